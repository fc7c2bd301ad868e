"""Streams and events: a GPU runs what it is given in order, so there is one stream, and events are marks in it."""

from __future__ import annotations

import contextlib
import time

import jax

from .._core import devices, modes
from .._core.devices import index_of
from ._current import gpu, require, require_dummy


def synchronize(device=None) -> None:
    """Wait until the GPU has done what was asked of it."""
    found = gpu(device)
    modes.flush()
    jax.effects_barrier()
    jax.device_put(0, found).block_until_ready()


class Stream:
    """The order of a GPU's work; all streams are one.

    Args:
        device: whose.
        priority: accepted.

    Raises:
        RuntimeError: there is no GPU.
    """

    def __init__(self, device=None, priority: int = 0, **kwargs):
        if not devices.cuda_devices():
            raise RuntimeError("torch.cuda.Stream requires CUDA support")
        self.device_index, self.priority = index_of(device), priority
        self.device = devices.device("cuda", self.device_index)
        self.stream_id = self.cuda_stream = 0

    def synchronize(self) -> None:
        """Wait until all is done."""
        synchronize(self.device_index)

    def query(self) -> bool:
        """Whether all is done, after waiting for it."""
        synchronize(self.device_index)
        return True

    def wait_stream(self, stream) -> None:
        """Let what follows run after what the other stream has: it does."""

    def wait_event(self, event) -> None:
        """Let what follows run after the event: it does."""

    def record_event(self, event=None):
        """An event at this point."""
        event = Event() if event is None else event
        event.record(self)
        return event

    def __eq__(self, other) -> bool:
        return isinstance(other, Stream) and other.device_index == self.device_index

    def __hash__(self) -> int:
        return hash((Stream, self.device_index))

    def __repr__(self) -> str:
        return f"<torch.cuda.Stream device={self.device} cuda_stream={self.cuda_stream:#x}>"


class Event:
    """A point in a GPU's work, and the time at which it was reached.

    Raises:
        RuntimeError: there is no GPU.

    Differs from PyTorch:
        `record` waits for the GPU where times are wanted.
    """

    def __init__(self, enable_timing: bool = False, blocking: bool = False, interprocess: bool = False,
                 external: bool = False):  # fmt: skip
        require_dummy("Event")
        self.enable_timing = enable_timing
        self._time: float | None = None
        self._device = 0

    def record(self, stream=None) -> None:
        """Put the event here."""
        self._device = index_of(None) if stream is None else stream.device_index
        if self.enable_timing:
            synchronize(self._device)
        self._time = time.perf_counter()

    def synchronize(self) -> None:
        """Wait until the event is reached."""
        if self._time is not None:
            synchronize(self._device)

    def query(self) -> bool:
        """Whether the event is reached, after waiting for it."""
        self.synchronize()
        return True

    def wait(self, stream=None) -> None:
        """Let what a stream does next follow the event: it does."""

    def elapsed_time(self, end_event) -> float:
        """Milliseconds from this event to another.

        Raises:
            ValueError: one was made without ``enable_timing``, or not recorded.
        """
        if not (self.enable_timing and end_event.enable_timing):
            raise ValueError("Both events must be created with argument 'enable_timing=True'.")
        if self._time is None or end_event._time is None:
            raise ValueError("Both events must be recorded before calculating elapsed time.")
        return (end_event._time - self._time) * 1e3


def current_stream(device=None) -> Stream:
    """The stream of a GPU."""
    require()
    return Stream(device)


default_stream = current_stream


def set_stream(stream: Stream | None) -> None:
    """Make a stream the current one: there is one alone."""


@contextlib.contextmanager
def stream(stream: Stream | None):
    """A context in which a stream is the current one: there is one alone."""
    yield
