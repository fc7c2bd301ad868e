"""What a profile sees, and the older interface to it (`torch.autograd.profiler`)."""

from __future__ import annotations

import enum
import functools
import gzip
import json
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import jax

from .._core import devices, modes
from .._core.program import Program, launch
from .profiler_util import DeviceType, EventList, FunctionEvent, FunctionEventAvg, merged

__all__ = [
    "DeviceType", "EventList", "FunctionEvent", "ProfilerActivity", "emit_itt", "emit_nvtx", "kineto_available",
    "profile", "record_function",
]  # fmt: skip

_HERE = __name__.partition(".")[0] + "."


class ProfilerActivity(enum.Enum):
    """What is looked at."""

    CPU = 0
    CUDA = 2


def kineto_available() -> bool:
    """Whether there is a profiler: JAX's is always there.

    Returns:
        True.
    """
    return True


def supported_activities() -> set[ProfilerActivity]:
    """What can be looked at on this machine.

    Returns:
        A set; `ProfilerActivity.CUDA` is in it where JAX has a GPU.
    """
    return {ProfilerActivity.CPU} | ({ProfilerActivity.CUDA} if devices.cuda_devices() else set())


class Observer:
    """Takes the operations of a thread, as a segment of deferred execution does, and runs each at once.

    Args:
        shapes, stacks, flops: whether events have those of their operations.
    """

    def __init__(self, shapes: bool = False, stacks: bool = False, flops: bool = False):
        self.shapes, self.stacks, self.flops = shapes, stacks, flops
        self.events: list[FunctionEvent] = []
        self.begin = time.perf_counter_ns()
        self.thread = threading.get_native_id()
        self.asked: list[tuple[FunctionEvent, Program, Any]] = []  # whose floating point operations are wanted

    # -- in the place of a segment ----------------------------------------------------------------
    def take(self, program: Program, values):
        """Run an operation, wait for it (on the CPU), and note it."""
        with self.span(f"aten::{program.inline.__name__}") as event:
            before = _compiled(program)
            with modes.holding("segment", None):
                began = self.now()
                out = launch(program, values)
            if _compiled(program) != before:
                self._note("jaxtorch::compile", began, self.now())
            self._finish(event, out)
        flat, structure = jax.tree.flatten(tuple(values))
        if self.shapes:
            event.input_shapes = [list(getattr(x, "shape", ())) for x in flat]
        if self.flops:
            facts = [jax.ShapeDtypeStruct(x.shape, x.dtype) if hasattr(x, "shape") else x for x in flat]
            self.asked.append((event, program, jax.tree.unflatten(structure, facts)))
        return out

    def apart(self, run: Callable, args: tuple, kwargs: dict):
        """Run a compiled function as one event."""
        with self.span(f"Torch-Compiled Region: {run.__name__}") as event:
            with modes.holding("segment", None):
                out = run(*args, **kwargs)
            self._finish(event, [t._storage.array for t in jax.tree.leaves(out) if hasattr(t, "_storage")])
        return out

    def flush(self) -> None:
        """Nothing waits."""

    def after_backward(self) -> None:
        """Nothing ends with a backward pass."""

    def step(self, optimizer: Any) -> _Span:
        """The range of an optimizer's step."""
        return self.span(f"Optimizer.step#{type(optimizer).__name__}.step", named=True)

    # -- events -----------------------------------------------------------------------------------
    def now(self) -> float:
        """Microseconds since the profile began."""
        return (time.perf_counter_ns() - self.begin) / 1e3

    def span(self, name: str, named: bool = False) -> _Span:
        """A range of time, here and in JAX's trace; entering it gives the event."""
        return _Span(self, name, named)

    def _note(self, name: str, start: float, end: float, named: bool = False) -> FunctionEvent:
        event = FunctionEvent(len(self.events) + 1, name, self.thread, start, end, is_user_annotation=named)
        self.events.append(event)
        return event

    def _finish(self, event: FunctionEvent, out) -> None:
        arrays = [x for x in jax.tree.leaves(out) if isinstance(x, jax.Array)]
        for x in arrays:
            if next(iter(x.devices())).platform == "cpu":
                x.block_until_ready()
        event.cpu_memory_usage = sum(x.nbytes for x in arrays)

    def count_flops(self) -> None:
        """Ask XLA for the floating point operations of what ran; lowers each program once more."""
        known: dict = {}
        for event, program, values in self.asked:
            key = program, str(values)
            if key not in known:
                try:
                    with jax.enable_x64(True):
                        found = program.jitted.lower(*values).cost_analysis()
                except (TypeError, NotImplementedError):  # a window of memory, or a backend without figures
                    found = None
                known[key] = int((found or {}).get("flops", 0) or 0)
            event.flops = known[key]


class _Span:
    def __init__(self, observer: Observer, name: str, named: bool):
        self.observer, self.name, self.named = observer, name, named

    def __enter__(self) -> FunctionEvent:
        observer = self.observer
        self.annotation = jax.profiler.TraceAnnotation(self.name)
        self.annotation.__enter__()
        self.event = observer._note(self.name, observer.now(), 0.0, self.named)
        if observer.stacks:
            self.event.stack = _frames()
        return self.event

    def __exit__(self, *error) -> None:
        self.event.end_us = self.observer.now()
        self.annotation.__exit__(*error)


def _compiled(program: Program) -> int:
    size = getattr(program.jitted, "_cache_size", None)
    return size() if size is not None else 0


def _frames() -> list[str]:
    """The frames of the user's code, innermost first."""
    found, frame = [], sys._getframe(2)
    while frame is not None:
        if not frame.f_globals.get("__name__", "").startswith(_HERE):
            found.append(f"{frame.f_code.co_filename}({frame.f_lineno}): {frame.f_code.co_qualname}")
        frame = frame.f_back
    return found


def observer() -> Observer | None:
    """The observer of this thread, while a profile records."""
    found = modes.state.segment
    return found if isinstance(found, Observer) else None


class record_function:  # noqa: N801 - the public name
    """A range of time with a name, in the profile and in JAX's trace; a context manager and a decorator.

    Args:
        name: its name.
        args: shown with it in JAX's trace.

    Example:
        >>> import jaxtorch as torch
        >>> with torch.profiler.profile() as p, torch.profiler.record_function("doubling"):
        ...     y = torch.ones(3) * 2
        >>> [event.key for event in p.key_averages()]
        ['doubling', 'aten::mul']
    """

    def __init__(self, name: str, args: str | None = None):
        self.name, self.args = name, args

    def __enter__(self) -> record_function:
        found = observer()
        if found is not None:
            self.span: Any = found.span(self.name, named=True)
        else:
            more = {} if self.args is None else {"args": self.args}
            self.span = jax.profiler.TraceAnnotation(self.name, **more)
        self.span.__enter__()
        return self

    def __exit__(self, *error) -> None:
        self.span.__exit__(*error)

    def __call__(self, function: Callable) -> Callable:
        @functools.wraps(function)
        def run(*args, **kwargs):
            with record_function(self.name, self.args):
                return function(*args, **kwargs)

        return run


class Recording:
    """A recording of what this thread runs, in JAX's trace and as events.

    Args:
        activities: of `ProfilerActivity`; all that are there by default.
        record_shapes, profile_memory, with_stack, with_flops: what events and tables have.
        acc_events: whether events of earlier recordings are kept.
        unsupported: options that raise NotImplementedError where they are given.
    """

    def __init__(
        self, activities: Iterable[ProfilerActivity] | None, *, record_shapes: bool, profile_memory: bool,
        with_stack: bool, with_flops: bool, acc_events: bool, **unsupported: Any,
    ):  # fmt: skip
        for name, value in unsupported.items():
            if value:
                raise NotImplementedError(f"torch.profiler.profile({name}=...) is not supported by jaxtorch")
        self.activities = set(activities) if activities is not None else supported_activities()
        self.shapes, self.memory, self.stacks, self.flops = record_shapes, profile_memory, with_stack, with_flops
        self.accumulates = acc_events
        self.observer: Observer | None = None
        self.found: EventList | None = None
        self.trace: dict = {}

    def start(self) -> None:
        """Begin to record; RuntimeError where this thread is recorded already."""
        if observer() is not None:
            raise RuntimeError("Profiler is already enabled on this thread")
        options = jax.profiler.ProfileOptions()
        options.python_tracer_level = int(self.stacks)
        self.folder = tempfile.mkdtemp(prefix="jaxtorch-profile-")
        try:
            jax.profiler.start_trace(self.folder, profiler_options=options)
        except BaseException:
            shutil.rmtree(self.folder)
            raise
        modes.flush()
        self.observer = Observer(self.shapes, self.stacks, self.flops)
        self.previous, modes.state.segment = modes.state.segment, self.observer

    def pause(self, paused: bool) -> None:
        """Stop looking at operations for a while, or look again."""
        if self.observer is not None:
            modes.state.segment = self.previous if paused else self.observer

    def stop(self) -> None:
        """End; `found` and `trace` are what was recorded."""
        seen, self.observer = self.observer, None
        if seen is None:
            return
        modes.state.segment = self.previous
        end = seen.now()
        for event in seen.events:
            if not event.end_us:  # a range that is left later than the profile
                event.end_us = end
        try:
            jax.profiler.stop_trace()
            self.trace = _read(Path(self.folder))
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)
        seen.count_flops()
        known = seen.events if ProfilerActivity.CPU in self.activities else []
        kernels = _kernels(self.trace) if ProfilerActivity.CUDA in self.activities else []
        earlier = list(self.found or ()) if self.accumulates else []
        events = EventList(merged(known, kernels), profile_memory=self.memory, with_flops=self.flops)
        events._build_tree()
        for event in reversed(known):
            if event.cpu_parent is not None:
                event.cpu_parent.cpu_memory_usage += event.cpu_memory_usage
        events[:0] = earlier
        self.found = events

    def export(self, path, metadata: dict[str, Any] | None = None) -> None:
        """Write JAX's trace as JSON, compressed where the name ends in ``.gz``."""
        text = json.dumps({**self.trace, **(metadata or {})}).encode()
        Path(path).write_bytes(gzip.compress(text) if str(path).endswith(".gz") else text)


def _read(folder: Path) -> dict:
    """What JAX's profiler wrote, in the format of Chrome's traces."""
    found = sorted(folder.rglob("*.trace.json.gz"))
    return json.loads(gzip.decompress(found[-1].read_bytes())) if found else {"traceEvents": []}


def _kernels(trace: dict) -> list[FunctionEvent]:
    """What ran on GPUs, by JAX's trace."""
    events = trace.get("traceEvents", [])
    gpus = {
        e["pid"] for e in events
        if e.get("name") == "process_name" and str(e["args"]["name"]).startswith("/device:GPU")
    }  # fmt: skip
    return [
        FunctionEvent(-1, e["name"], e["tid"], e["ts"], e["ts"] + e["dur"], device_type=DeviceType.CUDA)
        for e in events
        if e.get("ph") == "X" and e["pid"] in gpus
    ]


class profile:  # noqa: N801 - the public name
    """A profile of what this thread runs; `torch.profiler.profile` is newer.

    Args:
        enabled: False makes this do nothing.
        use_cuda, use_device: whether to look at a GPU (``use_device="cuda"``).
        record_shapes, profile_memory, with_stack, with_flops: what events and tables have.
        use_cpu: whether to look at the operations of the CPU.

    Raises:
        NotImplementedError: one of the other options is given.

    Example:
        >>> import jaxtorch as torch
        >>> with torch.autograd.profiler.profile() as p:
        ...     y = torch.ones(3) * 2
        >>> [event.name for event in p.function_events if event.name.startswith("aten")]
        ['aten::mul']
    """

    def __init__(
        self, enabled: bool = True, *, use_cuda: bool = False, use_device: str | None = None,
        record_shapes: bool = False, with_flops: bool = False, profile_memory: bool = False, with_stack: bool = False,
        with_modules: bool = False, use_kineto: bool = False, use_cpu: bool = True, experimental_config=None,
        acc_events: bool = False, custom_trace_id_callback=None, post_processing_timeout_s: float | None = None,
        activity_filters=None,
    ):  # fmt: skip
        self.enabled = enabled
        on_device = use_cuda or use_device == "cuda"
        wanted = [(use_cpu, ProfilerActivity.CPU), (on_device, ProfilerActivity.CUDA)]
        self._recording = Recording(
            [activity for given, activity in wanted if given], record_shapes=record_shapes,
            profile_memory=profile_memory, with_stack=with_stack, with_flops=with_flops, acc_events=acc_events,
            with_modules=with_modules, experimental_config=experimental_config, activity_filters=activity_filters,
            custom_trace_id_callback=custom_trace_id_callback, post_processing_timeout_s=post_processing_timeout_s,
        )  # fmt: skip

    def __enter__(self) -> profile | None:
        if not self.enabled:
            return None
        self._recording.start()
        return self

    def __exit__(self, *error) -> None:
        if self.enabled:
            self._recording.stop()

    @property
    def function_events(self) -> EventList:
        """The events; RuntimeError before the end."""
        if self._recording.found is None:
            raise RuntimeError("Profiler didn't finish running")
        return self._recording.found

    @property
    def self_cpu_time_total(self) -> float:
        return self.function_events.self_cpu_time_total

    def table(self, *args, **kwargs) -> str:
        """All events as a table; see `EventList.table`."""
        return self.function_events.table(*args, **kwargs)

    def key_averages(
        self, group_by_input_shape: bool = False, group_by_stack_n: int = 0, group_by_overload_name: bool = False
    ) -> EventList:
        """The averages of the events of each name."""
        return self.function_events.key_averages(group_by_input_shape, group_by_stack_n)

    def total_average(self) -> FunctionEventAvg:
        """The sum of all events."""
        return self.function_events.total_average()

    def export_chrome_trace(self, path: str) -> None:
        """Write JAX's trace as JSON that Perfetto and Chrome open."""
        self._recording.export(path)

    def export_stacks(self, path: str, metric: str = "self_cpu_time_total") -> None:
        """Write each call stack with its time."""
        self.function_events.export_stacks(path, metric)

    def __str__(self) -> str:
        return "<unfinished torch.autograd.profile>" if self._recording.found is None else str(self.function_events)


def emit_nvtx(enabled: bool = True, record_shapes: bool = False):
    """Not supported: JAX's own profiler writes what Nsight reads."""
    raise NotImplementedError("torch.autograd.profiler.emit_nvtx is not supported by jaxtorch")


def emit_itt(enabled: bool = True, record_shapes: bool = False):
    """Not supported."""
    raise NotImplementedError("torch.autograd.profiler.emit_itt is not supported by jaxtorch")
