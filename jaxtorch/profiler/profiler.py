"""`torch.profiler` on JAX's profiler: what ran, how long it took, and a trace that Perfetto opens."""

from __future__ import annotations

import enum
import json
import os
import socket
import time
import warnings
from collections.abc import Callable, Iterable
from typing import Any

from ..autograd.profiler import ProfilerActivity, Recording, kineto_available, record_function, supported_activities
from ..autograd.profiler_util import DeviceType, EventList, FunctionEventAvg

__all__ = [
    "DeviceType", "ProfilerAction", "ProfilerActivity", "kineto_available", "profile", "record_function", "schedule",
    "supported_activities", "tensorboard_trace_handler",
]  # fmt: skip


class ProfilerAction(enum.Enum):
    """What a profile does in a step."""

    NONE = 0
    WARMUP = 1
    RECORD = 2
    RECORD_AND_SAVE = 3


_RECORDS = (ProfilerAction.RECORD, ProfilerAction.RECORD_AND_SAVE)


def schedule(
    *, wait: int, warmup: int, active: int, repeat: int = 0, skip_first: int = 0, skip_first_wait: int = 0
) -> Callable[[int], ProfilerAction]:
    """A schedule of steps: some skipped, then cycles of waiting, warming up and recording.

    Args:
        wait, warmup, active: how many steps of each in a cycle.
        repeat: how many cycles; no end for 0.
        skip_first: how many steps before the first cycle.
        skip_first_wait: 1 leaves the waiting out of the first cycle.

    Returns:
        A function from the number of a step to a `ProfilerAction`.

    Raises:
        AssertionError: a number is negative, or ``active`` 0.

    Example:
        >>> import jaxtorch as torch
        >>> plan = torch.profiler.schedule(wait=0, warmup=1, active=1)
        >>> plan(0).name, plan(1).name
        ('WARMUP', 'RECORD_AND_SAVE')
    """
    if not (wait >= 0 and warmup >= 0 and active > 0 and repeat >= 0 and skip_first >= 0):
        raise AssertionError(
            f"Invalid profiler schedule arguments. Got wait={wait} (need >= 0), warmup={warmup} (need >= 0), "
            f"active={active} (need > 0), repeat={repeat} (need >= 0), skip_first={skip_first} (need >= 0)."
        )
    if warmup == 0:
        warnings.warn("Profiler won't be using warmup, this can skew profiler results", stacklevel=2)

    def action(step: int) -> ProfilerAction:
        step -= skip_first
        if step >= 0 and skip_first_wait:
            step += wait
        length = wait + warmup + active
        if step < 0 or repeat and step // length >= repeat:
            return ProfilerAction.NONE
        place = step % length
        if place < wait:
            return ProfilerAction.NONE
        if place < wait + warmup:
            return ProfilerAction.WARMUP
        return ProfilerAction.RECORD if place < length - 1 else ProfilerAction.RECORD_AND_SAVE

    return action


def tensorboard_trace_handler(dir_name: str, worker_name: str | None = None, use_gzip: bool = False) -> Callable:
    """What to do with each trace: write it to a folder, under the names that TensorBoard looks for.

    Args:
        dir_name: the folder, made if need be.
        worker_name: by default the host's name and the process's number.
        use_gzip: whether the files are compressed.

    Returns:
        A function of a `profile`, for its ``on_trace_ready``.
    """

    def write(p) -> None:
        os.makedirs(dir_name, exist_ok=True)
        worker = worker_name or f"{socket.gethostname()}_{os.getpid()}"
        end = ".gz" if use_gzip else ""
        p.export_chrome_trace(os.path.join(dir_name, f"{worker}.{time.time_ns()}.pt.trace.json{end}"))

    return write


class profile:  # noqa: N801 - the public name
    """A profile of what this thread runs: a context manager, or `start`, `step` and `stop`.

    Args:
        activities: of `ProfilerActivity`; all that are there by default.
        schedule: what to do in which step, see `schedule`; by default all is recorded.
        on_trace_ready: called with the profile at the end of each cycle.
        record_shapes: whether events have the shapes of their operands.
        profile_memory: whether tables have a column of memory.
        with_stack: whether events have the Python frames that called them; JAX's trace then has all of Python's calls.
        with_flops: whether events have their floating point operations, by XLA's analysis.
        acc_events: whether the events of all cycles are kept, and not of the last alone.

    Raises:
        NotImplementedError: ``with_modules``, ``experimental_config``, ``execution_trace_observer``,
            ``custom_trace_id_callback`` or ``post_processing_timeout_s`` is given.

    Differs from PyTorch:
        An operation is what is one program here: views take no time and are no events, the backward of ``mul`` is
        ``aten::mul_backward``, and a compiled function is one event. On the CPU each operation is waited for, so that
        its time is its own; a first call shows what compiling took. Other threads of the CPU are in the trace alone.

    Example:
        >>> import jaxtorch as torch
        >>> with torch.profiler.profile() as p:
        ...     y = (torch.ones(3) * 2).sum()
        >>> sorted(event.key for event in p.key_averages() if event.key.startswith("aten"))
        ['aten::mul', 'aten::sum']
    """

    def __init__(
        self, *, activities: Iterable[ProfilerActivity] | None = None,
        schedule: Callable[[int], ProfilerAction] | None = None, on_trace_ready: Callable[..., Any] | None = None,
        record_shapes: bool = False, profile_memory: bool = False, with_stack: bool = False, with_flops: bool = False,
        with_modules: bool = False, experimental_config=None, execution_trace_observer=None, acc_events: bool = False,
        use_cuda: bool | None = None, custom_trace_id_callback=None, post_processing_timeout_s: float | None = None,
    ):  # fmt: skip
        wanted = set(activities) if activities else supported_activities()
        if use_cuda is not None:
            warnings.warn("`use_cuda` is deprecated, use `activities` argument instead", FutureWarning, stacklevel=2)
            wanted = (wanted - {ProfilerActivity.CUDA}) | ({ProfilerActivity.CUDA} if use_cuda else set())
        if not wanted:
            raise AssertionError("No valid profiler activities found")
        self._recording = Recording(
            wanted, record_shapes=record_shapes, profile_memory=profile_memory, with_stack=with_stack,
            with_flops=with_flops, acc_events=acc_events, with_modules=with_modules,
            experimental_config=experimental_config, execution_trace_observer=execution_trace_observer,
            custom_trace_id_callback=custom_trace_id_callback, post_processing_timeout_s=post_processing_timeout_s,
        )  # fmt: skip
        self.activities = wanted
        self.schedule = schedule or (lambda step: ProfilerAction.RECORD)
        self.record_steps = schedule is not None
        self.on_trace_ready = on_trace_ready
        self.record_shapes, self.profile_memory = record_shapes, profile_memory
        self.with_stack, self.with_flops, self.acc_events = with_stack, with_flops, acc_events
        self.step_num = 0
        self.current_action = self.schedule(0)
        self.preset_metadata: dict[str, Any] = {}
        self._step: Any = None

    # -- a session --------------------------------------------------------------------------------
    def __enter__(self) -> profile:
        self.start()
        return self

    def __exit__(self, *error) -> None:
        self.stop()

    def start(self) -> None:
        """Begin with the first step."""
        if self.current_action in _RECORDS:
            self.start_trace()
        self._begin_step()

    def step(self) -> None:
        """Say that the next step begins."""
        self._end_step()
        self.step_num += 1
        before, self.current_action = self.current_action, self.schedule(self.step_num)
        self._turn(before, self.current_action)
        self._begin_step()

    def stop(self) -> None:
        """End; what was recorded is ready."""
        self._end_step()
        self._turn(self.current_action, None)

    def _turn(self, before: ProfilerAction, after: ProfilerAction | None) -> None:
        if before in _RECORDS:
            if after in (ProfilerAction.NONE, ProfilerAction.WARMUP) and before is ProfilerAction.RECORD:
                warnings.warn(f"Incorrect schedule: RECORD followed by {after.name}", stacklevel=3)
                self.stop_trace()
            elif after is None or before is ProfilerAction.RECORD_AND_SAVE:
                self.stop_trace()
                if self.on_trace_ready is not None:
                    self.on_trace_ready(self)
        elif before is ProfilerAction.WARMUP and after is ProfilerAction.NONE:
            warnings.warn("Incorrect schedule: WARMUP followed by NONE", stacklevel=3)
        if after in _RECORDS and self._recording.observer is None:
            self.start_trace()

    def _begin_step(self) -> None:
        if self.record_steps and self._recording.observer is not None:
            self._step = self._recording.observer.span(f"ProfilerStep#{self.step_num}", named=True)
            self._step.__enter__()

    def _end_step(self) -> None:
        if self._step is not None:
            self._step.__exit__(None, None, None)
            self._step = None

    def start_trace(self) -> None:
        """Begin to record."""
        self._recording.start()

    def stop_trace(self) -> None:
        """End to record."""
        self._recording.stop()

    def toggle_collection_dynamic(self, enable: bool, activities: Iterable[ProfilerActivity]) -> None:
        """Stop looking at the operations of the CPU for a while, and look again.

        Raises:
            NotImplementedError: ``activities`` has others than `ProfilerActivity.CPU`.
        """
        if set(activities) != {ProfilerActivity.CPU}:
            raise NotImplementedError("toggle_collection_dynamic: activities other than ProfilerActivity.CPU")
        self._recording.pause(not enable)

    # -- what was found ---------------------------------------------------------------------------
    def events(self) -> EventList:
        """The events, in the order in which they began."""
        if self._recording.found is None:
            raise AssertionError("Profiler must be initialized before getting events")
        return self._recording.found

    def key_averages(
        self, group_by_input_shape: bool = False, group_by_stack_n: int = 0, group_by_overload_name: bool = False
    ) -> EventList:
        """The averages of the events of each name.

        Args:
            group_by_input_shape: whether calls with other shapes are kept apart (with ``record_shapes=True``).
            group_by_stack_n: by how many frames of their callers calls are kept apart (with ``with_stack=True``).
            group_by_overload_name: changes nothing: operations have one name each.

        Returns:
            An `EventList`; its ``table()`` is text.
        """
        if self._recording.found is None:
            raise AssertionError("Profiler must be initialized before getting key averages")
        return self._recording.found.key_averages(group_by_input_shape, group_by_stack_n)

    def export_chrome_trace(self, path: str) -> None:
        """Write JAX's trace, with all of its threads and devices, as JSON that Perfetto and Chrome open.

        Args:
            path: the file; compressed where it ends in ``.gz``.
        """
        if self._recording.found is None:
            raise AssertionError("Profiler must be initialized before exporting chrome trace")
        self._recording.export(path, self.preset_metadata)

    def export_stacks(self, path: str, metric: str = "self_cpu_time_total") -> None:
        """Write each call stack with its time (with ``with_stack=True``), as flame graphs are made of."""
        self.events().export_stacks(path, metric)

    def export_memory_timeline(self, path: str, device: str | None = None) -> None:
        """Not supported."""
        raise NotImplementedError("torch.profiler.profile.export_memory_timeline is not supported by jaxtorch")

    def add_metadata(self, key: str, value: str) -> None:
        """Put a text into the trace."""
        self.preset_metadata[key] = value

    def add_metadata_json(self, key: str, value: str) -> None:
        """Put a value, given as JSON, into the trace."""
        self.preset_metadata[key] = json.loads(value)

    preset_metadata_json = add_metadata_json

    def total_average(self) -> FunctionEventAvg:
        """The sum of all events."""
        return self.events().total_average()
