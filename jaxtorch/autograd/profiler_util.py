"""What a profile found: events in a tree, and their averages as a table (`torch.autograd.profiler_util`)."""

from __future__ import annotations

import bisect
import enum
import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

__all__ = ["DeviceType", "EventList", "FunctionEvent", "FunctionEventAvg", "Interval"]

_SECOND, _MILLISECOND = 1e6, 1e3  # microseconds
_UNITS = {"s": _SECOND, "ms": _MILLISECOND, "us": 1.0}
_WIDTH = 12


class DeviceType(enum.Enum):
    """Where an event ran."""

    CPU = 0
    CUDA = 1


class Interval(NamedTuple):
    """Microseconds since the profile began."""

    start: float
    end: float

    def elapsed_us(self) -> float:
        return self.end - self.start


def _time(us: float, unit: str | None = None) -> str:
    unit = unit or ("s" if us >= _SECOND else "ms" if us >= _MILLISECOND else "us")
    return f"{us / _UNITS[unit]:.3f}{unit}"


def _memory(nbytes: float) -> str:
    for unit, size in (("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)):
        if abs(nbytes) >= size:
            return f"{nbytes / size:.2f} {unit}"
    return f"{nbytes} B"


class _Figures:
    """What an event and an average have in common: figures of the CPU, of the device, and as text."""

    count: int
    cpu_time_total: float
    self_cpu_time_total: float
    device_time_total: float
    self_device_time_total: float

    cpu_time = property(lambda self: self.cpu_time_total / self.count if self.count else 0.0)
    device_time = property(lambda self: self.device_time_total / self.count if self.count else 0.0)
    cuda_time = device_time
    cuda_time_total = property(lambda self: self.device_time_total)
    self_cuda_time_total = property(lambda self: self.self_device_time_total)
    cpu_time_str = property(lambda self: _time(self.cpu_time))
    cpu_time_total_str = property(lambda self: _time(self.cpu_time_total))
    self_cpu_time_total_str = property(lambda self: _time(self.self_cpu_time_total))
    device_time_str = property(lambda self: _time(self.device_time))
    device_time_total_str = property(lambda self: _time(self.device_time_total))
    self_device_time_total_str = property(lambda self: _time(self.self_device_time_total))


@dataclass(eq=False)
class FunctionEvent(_Figures):
    """One span of time: an operation, a range that the user named, or a kernel of a device.

    Args:
        id: its number in the profile.
        name: ``aten::add``, or the name the user gave.
        thread: the number of its thread.
        start_us, end_us: microseconds since the profile began.
        input_shapes: the shapes of its operands, [] for what is no tensor.
        stack: the Python frames that called it, innermost first.
        cpu_memory_usage: bytes that its results take.
        flops: floating point operations by XLA's analysis; 0 where none was asked for.
        device_type: where it ran.
        is_user_annotation: whether it is a range that the user named.

    Differs from PyTorch:
        Memory is what results take; what is freed is not subtracted.
    """

    id: int
    name: str
    thread: int
    start_us: float
    end_us: float
    input_shapes: list = field(default_factory=list)
    stack: list = field(default_factory=list)
    cpu_memory_usage: int = 0
    flops: int = 0
    device_type: DeviceType = DeviceType.CPU
    is_user_annotation: bool = False
    cpu_parent: FunctionEvent | None = None
    cpu_children: list[FunctionEvent] = field(default_factory=list)

    count = 1

    @property
    def key(self) -> str:
        """What averages are made by: the name, the same for all steps of a schedule."""
        return "ProfilerStep*" if self.name.startswith("ProfilerStep#") else self.name

    @property
    def time_range(self) -> Interval:
        return Interval(self.start_us, self.end_us)

    @property
    def cpu_time_total(self) -> float:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.end_us - self.start_us if self.device_type is DeviceType.CPU else 0.0

    @property
    def self_cpu_time_total(self) -> float:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.cpu_time_total - sum(child.cpu_time_total for child in self.cpu_children)

    @property
    def device_time_total(self) -> float:  # pyright: ignore[reportIncompatibleVariableOverride]
        return 0.0 if self.device_type is DeviceType.CPU else self.end_us - self.start_us

    self_device_time_total = device_time_total  # pyright: ignore

    @property
    def self_cpu_memory_usage(self) -> int:
        return self.cpu_memory_usage - sum(child.cpu_memory_usage for child in self.cpu_children)

    def __repr__(self) -> str:
        return (
            f"<FunctionEvent id={self.id} name={self.name} device_type={self.device_type} "
            f"cpu_time={self.cpu_time_str} start_us={self.start_us:.3f} end_us={self.end_us:.3f} "
            f"cpu_children={[child.id for child in self.cpu_children]} thread={self.thread} "
            f"input_shapes={self.input_shapes} cpu_memory_usage={self.cpu_memory_usage}>"
        )


@dataclass(eq=False)
class FunctionEventAvg(_Figures):
    """The figures of all events of one name (or of one name and shapes, or call stack)."""

    key: str = ""
    count: int = 0
    cpu_time_total: float = 0.0
    self_cpu_time_total: float = 0.0
    device_time_total: float = 0.0
    self_device_time_total: float = 0.0
    cpu_memory_usage: int = 0
    self_cpu_memory_usage: int = 0
    flops: int = 0
    input_shapes: Any = ""
    stack: list = field(default_factory=list)
    device_type: DeviceType = DeviceType.CPU
    is_user_annotation: bool = False
    cpu_parent: FunctionEvent | None = None

    def add(self, other: FunctionEvent | FunctionEventAvg) -> FunctionEventAvg:
        """Add the figures of one event, or of another average; returns this one."""
        for name in _SUMS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self

    __iadd__ = add

    def __repr__(self) -> str:
        return (
            f"<FunctionEventAvg key={self.key} self_cpu_time={self.self_cpu_time_total_str} "
            f"cpu_time={self.cpu_time_str}  self_cuda_time={self.self_device_time_total_str} "
            f"cuda_time={self.device_time_str} input_shapes={self.input_shapes} "
            f"cpu_memory_usage={self.cpu_memory_usage} cuda_memory_usage=0>"
        )


_SUMS = (
    "count", "cpu_time_total", "self_cpu_time_total", "device_time_total", "self_device_time_total",
    "cpu_memory_usage", "self_cpu_memory_usage", "flops",
)  # fmt: skip


class EventList(list):
    """Events, or averages of them, in the order in which they began.

    Args:
        events: the events.
        profile_memory, with_flops: whether tables have columns of them.
    """

    def __init__(self, events: Iterable = (), *, profile_memory: bool = False, with_flops: bool = False):
        super().__init__(events)
        self._profile_memory, self._with_flops = profile_memory, with_flops

    def _like(self, events: Iterable) -> EventList:
        return EventList(events, profile_memory=self._profile_memory, with_flops=self._with_flops)

    def _build_tree(self) -> None:
        """Find for each event of the CPU the one that it happened in."""
        threads = defaultdict(list)
        for event in self:
            if event.device_type is DeviceType.CPU:
                threads[event.thread].append(event)
        for events in threads.values():
            open_: list[FunctionEvent] = []
            for event in sorted(events, key=lambda e: (e.start_us, -e.end_us)):
                while open_ and (event.start_us >= open_[-1].end_us or event.end_us > open_[-1].end_us):
                    open_.pop()
                if open_:
                    event.cpu_parent = open_[-1]
                    open_[-1].cpu_children.append(event)
                open_.append(event)

    @property
    def self_cpu_time_total(self) -> float:
        return sum(event.self_cpu_time_total for event in self)

    def key_averages(self, group_by_input_shapes: bool = False, group_by_stack_n: int = 0) -> EventList:
        """The averages of the events of each name.

        Args:
            group_by_input_shapes: whether calls with other shapes are kept apart.
            group_by_stack_n: by how many frames of their callers calls are kept apart.
        """
        found: dict[tuple, FunctionEventAvg] = {}
        for event in self:
            shapes = str(event.input_shapes) if group_by_input_shapes else ""
            stack = event.stack[:group_by_stack_n]
            key = event.key, event.device_type, event.is_user_annotation, shapes, tuple(stack)
            if key not in found:
                found[key] = FunctionEventAvg(
                    event.key, input_shapes=shapes, stack=stack, device_type=event.device_type,
                    is_user_annotation=event.is_user_annotation, cpu_parent=event.cpu_parent,
                )  # fmt: skip
            found[key].add(event)
        return self._like(found.values())

    def total_average(self) -> FunctionEventAvg:
        """The sum of all events, as one average."""
        total = FunctionEventAvg("Total", input_shapes=[])
        for event in self:
            total.add(event)
        return total

    def table(
        self, sort_by: str | None = None, row_limit: int = 100, max_src_column_width: int = 75,
        max_name_column_width: int = 55, max_shapes_column_width: int = 80, header: str | None = None,
        top_level_events_only: bool = False, time_unit: str | None = None,
    ) -> str:  # fmt: skip
        """The events as a table.

        Args:
            sort_by: a figure (``"cpu_time_total"``, ``"self_cpu_time_total"``, ``"count"``, ...), largest first.
            row_limit: how many rows at most; all for -1.
            max_src_column_width, max_name_column_width, max_shapes_column_width: in characters.
            header: a line above.
            top_level_events_only: whether only events are shown that happened in no other.
            time_unit: ``"s"``, ``"ms"`` or ``"us"``; by default what fits each time.

        Returns:
            The text.

        Raises:
            AttributeError: there is no figure ``sort_by``.
            ValueError: there is no unit ``time_unit``.
        """
        if time_unit not in (None, *_UNITS):
            raise ValueError(f"Invalid time_unit: {time_unit}. Must be one of: s, ms, us")
        if not self:
            return ""
        rows = list(self)
        if sort_by is not None:
            figure = sort_by.replace("cuda", "device")
            rows.sort(key=lambda event: getattr(event, figure), reverse=True)
        if top_level_events_only:
            rows = [event for event in rows if event.cpu_parent is None]
        rows = rows if row_limit < 0 else rows[:row_limit]
        columns = self._columns(time_unit, max_name_column_width, max_shapes_column_width, max_src_column_width)
        return _text(columns, rows, header, top_level_events_only) + self._totals(time_unit)

    def _columns(self, unit, most_name: int, most_shapes: int, most_source: int) -> list[tuple[str, int, Callable]]:
        """(title, width, cell of an event) of each column."""
        total = self.self_cpu_time_total
        on_device = sum(e.self_device_time_total for e in self)

        def share(us: float, of: float) -> str:
            return f"{us * 100 / of:.2f}%" if of else "NaN"

        def width(texts: Iterable[str], most: int) -> int:
            return min(max(map(len, texts), default=0) + 4, most)

        columns: list[tuple[str, int, Callable]] = [
            ("Name", width((e.key for e in self), most_name), lambda e: e.key),
            ("Self CPU %", _WIDTH, lambda e: share(e.self_cpu_time_total, total)),
            ("Self CPU", _WIDTH, lambda e: _time(e.self_cpu_time_total, unit)),
            ("CPU total %", _WIDTH, lambda e: share(e.cpu_time_total, total)),
            ("CPU total", _WIDTH, lambda e: _time(e.cpu_time_total, unit)),
            ("CPU time avg", _WIDTH, lambda e: _time(e.cpu_time, unit)),
        ]
        if on_device:
            columns += [
                ("Self CUDA", _WIDTH, lambda e: _time(e.self_device_time_total, unit)),
                ("Self CUDA %", _WIDTH, lambda e: share(e.self_device_time_total, on_device)),
                ("CUDA total", _WIDTH, lambda e: _time(e.device_time_total, unit)),
                ("CUDA time avg", _WIDTH + 1, lambda e: _time(e.device_time, unit)),
            ]
        if self._profile_memory:
            columns += [
                ("CPU Mem", _WIDTH, lambda e: _memory(e.cpu_memory_usage)),
                ("Self CPU Mem", _WIDTH, lambda e: _memory(e.self_cpu_memory_usage)),
            ]
        columns.append(("# of Calls", _WIDTH, lambda e: str(e.count)))
        if any(e.input_shapes for e in self):
            shapes = width((str(e.input_shapes) for e in self), most_shapes)
            columns.append(("Input Shapes", max(shapes, len("Input Shapes") + 4), lambda e: str(e.input_shapes)))
        if any(e.stack for e in self):
            source = width((frame for e in self for frame in e.stack), most_source)
            columns.append(("Source Location", max(source, len("Source Location") + 2), lambda e: list(e.stack)))
        if self._with_flops and any(e.flops for e in self):
            scale = (len(str(min(e.flops for e in self if e.flops))) - 1) // 3
            titles = ("FLOPs", "KFLOPs", "MFLOPs", "GFLOPs", "TFLOPs", "PFLOPs")
            title = titles[min(scale, len(titles) - 1)]
            columns.append((
                f"Total {title}", _WIDTH, lambda e: f"{e.flops / 1000**scale:.3f}" if e.flops else "--",
            ))  # fmt: skip
        return columns

    def _totals(self, unit) -> str:
        text = f"Self CPU time total: {_time(self.self_cpu_time_total, unit)}\n"
        on_device = sum(e.self_device_time_total for e in self)
        return text + (f"Self CUDA time total: {_time(on_device, unit)}\n" if on_device else "")

    def export_chrome_trace(self, path) -> None:
        """Write the events as a trace that Perfetto and Chrome open (JSON)."""
        with open(path, "w") as f:
            json.dump([chrome_event(event) for event in self], f)

    def supported_export_stacks_metrics(self) -> list[str]:
        return ["self_cpu_time_total", "self_cuda_time_total"]

    def export_stacks(self, path: str, metric: str) -> None:
        """Write each call stack with its time in microseconds, as flame graphs are made of.

        Raises:
            ValueError: ``metric`` is none of `supported_export_stacks_metrics`.
        """
        if metric not in self.supported_export_stacks_metrics():
            raise ValueError("metric should be one of: " + str(self.supported_export_stacks_metrics()))
        with open(path, "w") as f:
            for event in self:
                time = int(getattr(event, metric))
                if event.stack and time > 0:
                    frames = [frame.replace(";", ",").replace(" ", "_") for frame in reversed(event.stack)]
                    f.write(";".join(frames) + f" {time}\n")

    def __str__(self) -> str:
        return self.table()


def chrome_event(event: FunctionEvent) -> dict:
    """An event in the format of Chrome's traces."""
    return {
        "name": event.name, "ph": "X", "ts": event.start_us, "dur": event.time_range.elapsed_us(),
        "tid": event.thread, "pid": "CPU functions", "args": {"Input Dims": event.input_shapes},
    }  # fmt: skip


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 3] + "..."


def _text(columns: list[tuple[str, int, Callable]], rows: list, header: str | None, top: bool) -> str:
    """The table; a cell that is a list takes a line for each of its items, and one that is empty."""

    def line(cells: Iterable[str]) -> str:
        shown = zip(cells, columns, strict=True)
        return "".join(
            f"{_cut(cell, width):<{width}}  " if title == "Source Location" else f"{_cut(cell, width):>{width}}  "
            for cell, (title, width, _) in shown
        )

    rule = "".join("-" * width + "  " for _, width, _ in columns)
    lines = []
    if header is not None:
        bar = "=" * (len(rule) - 2)
        lines += [bar, header]
    if top:
        bar = "=" * (len(rule) - 2)
        lines += [bar, "This report only display top-level ops statistics"]
    lines += [rule, line(title for title, _, _ in columns), rule]
    for event in rows:
        cells = [cell(event) for _, _, cell in columns]
        depth = max([len(c) + 1 for c in cells if isinstance(c, list)], default=1)
        for i in range(depth):
            parts = [(c[i : i + 1] or [""])[0] if isinstance(c, list) else c if i == 0 else "" for c in cells]
            lines.append(line(parts))
    return "\n".join([*lines, rule, ""])


def merged(events: Iterable[FunctionEvent], others: Iterable[FunctionEvent]) -> list[FunctionEvent]:
    """Both, by when they began."""
    out = list(events)
    for event in others:
        bisect.insort(out, event, key=lambda e: e.start_us)
    return out
