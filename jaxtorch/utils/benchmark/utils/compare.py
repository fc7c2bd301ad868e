"""Tables of measurements."""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable

from .common import Measurement, ordered_unique, select_unit, trim_sigfig, unit_to_english

__all__ = ["Colorize", "Compare"]

_END = "\033[0m"
#: (at least so many times the best, colour, how many ends it takes), the first that holds
_SLOW = ((5, "\033[31m\033[1m", 2), (2, "\033[2m\033[91m", 2))
_BEST, _GOOD = "\033[92m\033[1m", "\033[34m\033[1m"
_WARNED = "(! XX%) Measurement has high variance, where XX is the IQR / median * 100.\n"
_MARK = 7  # characters of a warning in a cell


class Colorize(enum.Enum):
    """What times are compared with: others of the column, or of the row."""

    NONE = "none"
    COLUMNWISE = "columnwise"
    ROWWISE = "rowwise"


def _colored(text: str, value: float, best: float) -> str:
    if value <= best * 1.01 or value <= best + 100e-9:
        return _BEST + text + _END * 2
    if value <= best * 1.1:
        return _GOOD + text + _END * 2
    for times, color, ends in _SLOW:
        if value >= best * times:
            return color + text + _END * ends
    return text


class _Column:
    """How the numbers of one column are written."""

    def __init__(self, cells: list[Measurement | None], scale: float, trimmed: bool, warned: bool):
        there = [m for m in cells if m is not None]
        self.trimmed, self.marked = trimmed, warned and any(m.has_warnings for m in there)
        digits = [math.ceil(math.log10(m.median / scale)) for m in there]
        decimals = 1
        if trimmed:
            decimals = min(max(m.significant_figures - d, 0) for m, d in zip(there, digits, strict=True))
        self.decimals, self.scale = decimals, scale
        self.width = max(digits) + decimals + (1 if decimals else 0)

    def cell(self, m: Measurement | None) -> str:
        if m is None:
            return " " * len(self._number(1, 1, None))
        spread = m.iqr / m.median if m.has_warnings else None
        return self._number(m.median / self.scale, m.significant_figures, spread)

    def _number(self, value: float, figures: int, spread: float | None) -> str:
        value = trim_sigfig(value, figures) if self.trimmed else value
        mark = f" (! {spread * 100:.0f}%)" if self.marked and spread is not None else ""
        return f"{value:>{self.width}.{self.decimals}f}{mark:>{_MARK if self.marked else 0}}"


class Compare:
    """A table of measurements: a row for each sub-label, a column for each description, a table for each label.

    Args:
        results: of `Timer`; equal tasks are put together.

    Raises:
        ValueError: one of them is no `Measurement`.
    """

    def __init__(self, results: Iterable[Measurement]):
        self._results: list[Measurement] = []
        self._trimmed = self._warned = False
        self._colors = Colorize.NONE
        self.extend_results(results)

    def extend_results(self, results: Iterable[Measurement]) -> None:
        """Add measurements."""
        for result in results:
            if not isinstance(result, Measurement):
                raise ValueError(f"Expected an instance of `Measurement`, got {type(result)} instead.")
            self._results.append(result)

    def trim_significant_figures(self) -> None:
        """Show only figures that the spread of the times allows."""
        self._trimmed = True

    def colorize(self, rowwise: bool = False) -> None:
        """Color times by how far they are from the best of their column, or row."""
        self._colors = Colorize.ROWWISE if rowwise else Colorize.COLUMNWISE

    def highlight_warnings(self) -> None:
        """Mark times that vary much."""
        self._warned = True

    def print(self) -> None:
        """Print the tables."""
        print(str(self))

    def __str__(self) -> str:
        labels: dict[str | None, list[Measurement]] = {}
        for m in Measurement.merge(self._results):
            labels.setdefault(m.label, []).append(m)
        return "\n".join(self._table(label, found) for label, found in labels.items())

    def _table(self, label: str | None, results: list[Measurement]) -> str:
        unit, scale = select_unit(min(m.median for m in results))
        rows = ordered_unique((m.num_threads, m.env, m.as_row_name) for m in results)
        rows.sort(key=lambda row: (row[0], row[1] or ""))
        names = ordered_unique(m.description for m in results)
        at = {((m.num_threads, m.env, m.as_row_name), m.description): m for m in results}
        cells = [[at.get((row, name)) for name in names] for row in rows]
        columns = [_Column(list(column), scale, self._trimmed, self._warned) for column in zip(*cells, strict=True)]
        texts = [["", *(name or "" for name in names)]]
        for row_name, row in zip(self._row_names(rows, results), cells, strict=True):
            texts.append([row_name, *(column.cell(m) for column, m in zip(columns, row, strict=True))])
        widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
        lines = ["  |  ".join(text.center(width) for text, width in zip(texts[0], widths, strict=True))]
        whole = len(lines[0])
        for i, (row, found, text) in enumerate(zip(rows, cells, texts[1:], strict=True)):
            if i == 0 or rows[i - 1][0] != row[0]:
                lines.append(f"{row[0]} threads: ".ljust(whole, "-"))
            bests = self._bests(row, found, rows, cells)
            shown = [text[0].ljust(widths[0])]
            for cell, width, m, best in zip(text[1:], widths[1:], found, bests, strict=True):
                cell = cell.center(width)
                shown.append(cell if m is None or best is None else _colored(cell, m.median, best))
            lines.append("  |  ".join(shown))
        title = f" {label or ''} ".center(whole - 2, "-")
        warned = self._warned and any(m.has_warnings for m in results)
        return (
            f"[{title}]\n" + "\n".join(lines) + f"\n\nTimes are in {unit_to_english(unit)}s ({unit}).\n"
            + (_WARNED if warned else "")
        )  # fmt: skip

    @staticmethod
    def _row_names(rows: list, results: list[Measurement]) -> Iterable[str]:
        """The rows' names, after the environment where there are several and it is another one."""
        environments = {m.env for m in results}
        several = len(environments) > 1
        width = max(len(env or "") for env in environments) + 4 if several else 4
        before: tuple | None = None
        for threads, env, name in rows:
            shown = several and (threads, env) != before
            before = threads, env
            yield "  " + (f"({env})" if shown else "").ljust(width) + name

    def _bests(self, row: tuple, found: list, rows: list, cells: list) -> list[float | None]:
        """What each cell of a row is compared with."""
        if self._colors is Colorize.NONE:
            return [None] * len(found)
        if self._colors is Colorize.ROWWISE:
            return [min(m.median for m in found if m is not None)] * len(found)
        alike = [other for key, other in zip(rows, cells, strict=True) if key[0] == row[0]]
        columns = zip(*alike, strict=True)
        return [min((m.median for m in column if m is not None), default=None) for column in columns]
