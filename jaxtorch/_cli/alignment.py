"""Line up what two runs printed, and measure how far their numbers lie apart."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

# A number may follow a sign or any punctuation, but not a letter or a dot: `conv2`, `2.13.0`
# and `float32` hold text. A unit may follow it (`3ms`).
_NUMBER = re.compile(
    r"(?<![\w.])[-+]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|(?:inf|nan)(?!\w))", re.ASCII
)
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]+")  # differs between any two processes


@dataclass(frozen=True)
class Difference:
    """The first pair of lines that do not agree; None stands for a line that is missing."""

    line: int
    reference: str | None
    candidate: str | None


@dataclass(frozen=True)
class Alignment:
    """How two printed texts compare.

    `numbers` counts the pairs compared, `largest` is the largest relative difference among
    them, and `first` the first line that differs in text or by more than the tolerance.
    """

    numbers: int
    largest: float
    first: Difference | None


def split(line: str) -> tuple[str, list[str]]:
    """Return the line's text, with NUL for each number, and its numbers."""
    line = _ADDRESS.sub("<address>", line)
    # Columns are padded to their widest number, so blanks before a number say nothing.
    text = re.sub(r"\s+(?=\0)", "", _NUMBER.sub("\0", line))
    return " ".join(text.split()), _NUMBER.findall(line)


def relative_difference(reference: str, candidate: str, atol: float = 0.0) -> float:
    """Return |candidate - reference| / |reference|; 0 within `atol`, inf where undefined."""
    if reference == candidate:
        return 0.0
    a, b = float(reference), float(candidate)
    if a == b or (math.isnan(a) and math.isnan(b)) or abs(b - a) <= atol:
        return 0.0
    if a == 0 or not (math.isfinite(a) and math.isfinite(b)):
        return math.inf
    return abs(b - a) / abs(a)


def align(
    reference: Sequence[str], candidate: Sequence[str], rtol: float, atol: float = 0.0
) -> Alignment:
    """Pair two lists of lines in order, and the numbers of each two lines of the same text."""
    count, largest, first = 0, 0.0, None
    for line, (left, right) in enumerate(itertools.zip_longest(reference, candidate), start=1):
        agree = False
        if left is not None and right is not None:
            (text, numbers), (other_text, other_numbers) = split(left), split(right)
            if text == other_text:
                pairs = zip(numbers, other_numbers)
                apart = max((relative_difference(a, b, atol) for a, b in pairs), default=0.0)
                count += len(numbers)
                largest = max(largest, apart)
                agree = apart <= rtol
        if not agree and first is None:
            first = Difference(line, left, right)
    return Alignment(count, largest, first)
