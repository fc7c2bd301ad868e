"""What is measured, and what was found."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

__all__ = [
    "TaskSpec", "Measurement", "select_unit", "unit_to_english", "trim_sigfig", "ordered_unique", "set_torch_threads",
]  # fmt: skip

_UNITS = {"ns": (1e-9, "nanosecond"), "us": (1e-6, "microsecond"), "ms": (1e-3, "millisecond"), "s": (1, "second")}
_FLUCTUATES, _DISTURBED = 0.1, 0.25  # the interquartile range over the median
_LEAST_INTERVAL = 25e-9  # seconds
_MOST_FIGURES = 4


@dataclasses.dataclass(repr=False, frozen=True)
class TaskSpec:
    """What a `Timer` runs, and what it is called."""

    stmt: str
    setup: str
    global_setup: str = ""
    label: str | None = None
    sub_label: str | None = None
    description: str | None = None
    env: str | None = None
    num_threads: int = 1

    @property
    def title(self) -> str:
        """The label, or the code."""
        more = self.sub_label
        if self.label is None and "\n" in self.stmt:
            head = f"stmt: ({more})" if more else "stmt:"
            return f"{head}\n{textwrap.indent(self.stmt, '  ')}"
        name = self.stmt if self.label is None else self.label
        return f"{name}: {more}" if more else name

    def setup_str(self) -> str:
        """The setup, where there is one."""
        if self.setup in ("", "pass"):
            return ""
        return f"setup:\n{textwrap.indent(self.setup, '  ')}" if "\n" in self.setup else f"setup: {self.setup}"

    def summarize(self) -> str:
        """Title, description and setup."""
        parts = filter(None, (self.title, self.description, self.setup_str()))
        return "\n".join(f"{part}\n" if "\n" in part else part for part in parts)


_FIELDS = frozenset(field.name for field in dataclasses.fields(TaskSpec))


@dataclasses.dataclass(repr=False)
class Measurement:
    """Times of one task.

    Args:
        number_per_run: how often it ran in each of ``raw_times``.
        raw_times: seconds.
        task_spec: what ran.
        metadata: the user's own.
    """

    number_per_run: int
    raw_times: list[float]
    task_spec: TaskSpec
    metadata: dict[Any, Any] | None = None

    def __getattr__(self, name: str) -> Any:
        if name in _FIELDS:
            return getattr(self.task_spec, name)
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    @property
    def times(self) -> list[float]:
        """Seconds a run."""
        return [t / self.number_per_run for t in self.raw_times]

    def _quantile(self, q: float) -> float:
        return float(np.quantile(np.asarray(self.times), q)) if self.raw_times else -1.0

    @property
    def median(self) -> float:
        return self._quantile(0.5)

    @property
    def mean(self) -> float:
        return float(np.mean(self.times)) if self.raw_times else -1.0

    @property
    def iqr(self) -> float:
        """The range of the middle half."""
        return self._quantile(0.75) - self._quantile(0.25)

    @property
    def significant_figures(self) -> int:
        """How many figures of the median can be trusted, by the spread of the middle half."""
        n = len(self.raw_times)
        middle = np.asarray(sorted(self.times)[n // 4 : math.ceil(3 * n / 4)])
        interval = max(1.645 * float(np.std(middle)) / math.sqrt(len(middle)), _LEAST_INTERVAL)
        figures = math.floor(math.log10(self.median / interval))
        return min(max(figures, 1), _MOST_FIGURES)

    def meets_confidence(self, threshold: float = _FLUCTUATES) -> bool:
        """Whether the range of the middle half is less than ``threshold`` of the median."""
        return self.iqr / self.median < threshold

    @property
    def has_warnings(self) -> bool:
        return bool(self.raw_times) and not self.meets_confidence()

    def _warning(self) -> str:
        if not self.has_warnings:
            return ""
        gross = not self.meets_confidence(_DISTURBED)
        why = "This suggests significant environmental influence." if gross else (
            "This could indicate system fluctuation."
        )
        share = self.iqr / self.median * 100
        return (
            f"  WARNING: Interquartile range is {share:.1f}% of the median measurement.\n           {why}"
        )

    @property
    def title(self) -> str:
        return self.task_spec.title

    @property
    def as_row_name(self) -> str:
        """Its row in a table."""
        return self.sub_label or self.stmt or "[Unknown]"

    def __repr__(self) -> str:
        n, unit = len(self.raw_times), select_unit(self.median)
        name, scale = unit
        several = n > 1
        lines = [
            object.__repr__(self),
            self.task_spec.summarize(),
            f"  {'Median: ' if several else ''}{self.median / scale:.2f} {name}",
        ]
        if n >= 4:
            low, high = self._quantile(0.25) / scale, self._quantile(0.75) / scale
            lines.append(f"  IQR:    {self.iqr / scale:.2f} {name} ({low:.2f} to {high:.2f})")
        runs = f"{self.number_per_run} runs {'per measurement,' if several else ','}"
        threads = f"{self.num_threads} thread{'s' if self.num_threads > 1 else ''}"
        lines.append(f"  {n} measurement{'s' if several else ''}, {runs} {threads}")
        return "\n".join(filter(None, [*lines, self._warning()]))

    @staticmethod
    def merge(measurements: Iterable[Measurement]) -> list[Measurement]:
        """Put the times of equal tasks together; metadata is left out."""
        times: dict[TaskSpec, list[float]] = {}
        for m in measurements:
            times.setdefault(m.task_spec, []).extend(m.times)
        return [Measurement(1, found, task) for task, found in times.items()]


def select_unit(t: float) -> tuple[str, float]:
    """The unit in which ``t`` seconds are a number of usual size, and its seconds."""
    place = math.log10(t) // 3 if t > 0 else 0
    name = {-3: "ns", -2: "us", -1: "ms"}.get(int(place), "s")
    return name, _UNITS[name][0]


def unit_to_english(u: str) -> str:
    """The unit in words."""
    return _UNITS[u][1]


def trim_sigfig(x: float, n: int) -> float:
    """``x`` with ``n`` significant figures, in float32 as PyTorch has it."""
    if n != int(n):
        raise AssertionError("Number of significant figures must be an integer")
    scale = 10.0 ** (math.ceil(math.log10(abs(x))) - n)
    return float(np.float32(np.round(np.float32(x / scale))) * np.float32(scale))


def ordered_unique(elements: Iterable[Any]) -> list[Any]:
    """Each element once, in the order in which they first come."""
    return list(dict.fromkeys(elements))


@contextlib.contextmanager
def set_torch_threads(n: int) -> Iterator[None]:
    """Nothing: XLA's threads are made once.

    Differs from PyTorch: the number of threads does not change.
    """
    yield
