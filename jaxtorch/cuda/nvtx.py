"""torch.cuda.nvtx: named spans of the program's Python, in the profiles of `torch.profiler` and JAX.

Differs from PyTorch: NVIDIA's own profilers do not see them.
"""

from __future__ import annotations

import contextlib
import itertools
import threading

import jax

from .._core import devices

__all__ = ["range_push", "range_pop", "range_start", "range_end", "mark", "range"]


class _Open(threading.local):
    def __init__(self):
        self.spans: list = []


_open = _Open()
_started: dict[int, jax.profiler.TraceAnnotation] = {}
_numbers = itertools.count(1)


def _begun(msg: str) -> jax.profiler.TraceAnnotation:
    if not devices.cuda_devices():
        raise RuntimeError("NVTX functions not installed. Are you sure you have a CUDA build?")
    span = jax.profiler.TraceAnnotation(msg)
    span.__enter__()
    return span


def range_push(msg: str) -> int:
    """Begin a span inside those that are open; how many were.

    Raises:
        RuntimeError: there is no GPU, as in PyTorch.
    """
    _open.spans.append(_begun(msg))
    return len(_open.spans) - 1


def range_pop() -> int:
    """End the span that was begun last; how many are left open, -2 where there was none."""
    if not _open.spans:
        return -2
    _open.spans.pop().__exit__(None, None, None)
    return len(_open.spans)


def range_start(msg: str) -> int:
    """Begin a span that `range_end` ends, wherever; its number."""
    number = next(_numbers)
    _started[number] = _begun(msg)
    return number


def range_end(range_id: int) -> None:
    """End a span of `range_start`."""
    _started.pop(range_id).__exit__(None, None, None)


def mark(msg: str) -> None:
    """A span of no length."""
    _begun(msg).__exit__(None, None, None)


@contextlib.contextmanager
def range(msg, *args, **kwargs):
    """A block that is a span called ``msg.format(*args, **kwargs)``."""
    range_push(msg.format(*args, **kwargs))
    try:
        yield
    finally:
        range_pop()
