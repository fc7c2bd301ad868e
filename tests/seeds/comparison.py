"""Compares what two runs of one program printed."""

from __future__ import annotations

import difflib
import math
import re
from dataclasses import dataclass
from itertools import islice

# A number written with a point or an exponent: what is counted is written without either.
DECIMAL = re.compile(r"[-+]?(?:\d+\.\d*(?:e[-+]?\d+)?|\d+e[-+]?\d+)")


@dataclass(frozen=True)
class Closeness:
    """How far apart two printed decimals may lie: `relative`·|x| + `root`·√|x|, and one unit of
    the last printed digit, since a number near the middle of two may be printed as either."""

    relative: float
    root: float = 0.0

    def allows(self, actual: str, expected: str) -> bool:
        x, y = float(actual), float(expected)
        scale = max(abs(x), abs(y))
        allowed = self.relative * scale + self.root * math.sqrt(scale)
        # The last factor is for the binary rounding of the decimal numbers themselves.
        return abs(x - y) <= (allowed + max(last_unit(actual), last_unit(expected))) * (1 + 1e-12)


def last_unit(decimal: str) -> float:
    """One unit of the last digit written: 0.0001 for ``0.4984``, 1e-9 for ``9.8954e-05``."""
    mantissa, _, exponent = decimal.partition("e")
    _, _, fraction = mantissa.partition(".")
    return 10.0 ** (int(exponent or 0) - len(fraction))


def assert_same_text(actual: str, expected: str, closeness: Closeness | None = None) -> None:
    """Fail unless the texts are equal, or equal but for decimals that `closeness` allows."""
    if actual == expected:
        return
    if closeness is not None and DECIMAL.split(actual) == DECIMAL.split(expected):
        pairs = zip(DECIMAL.findall(actual), DECIMAL.findall(expected), strict=True)
        distant = [(a, e) for a, e in pairs if not closeness.allows(a, e)]
        if not distant:
            return
        shown = ", ".join(f"{a} for {e}" for a, e in distant[:5])
        raise AssertionError(f"{len(distant)} numbers farther apart than {closeness}: {shown}")
    lines = difflib.unified_diff(
        expected.splitlines(), actual.splitlines(), "under torch", "under test", lineterm="", n=1
    )
    raise AssertionError("printed text differs\n" + "\n".join(islice(lines, 40)))
