"""torch.cuda.nvtx: marks for NVIDIA's profilers. They would mark Python, not what XLA runs: refused by name."""

from __future__ import annotations

import contextlib

from .._core import devices

__all__ = ["range_push", "range_pop", "range_start", "range_end", "mark", "range"]


def _refused(name: str):
    def refuse(*args, **kwargs):
        if not devices.cuda_devices():
            raise RuntimeError("NVTX functions not installed. Are you sure you have a CUDA build?")
        raise NotImplementedError(f"torch.cuda.nvtx.{name}: mark spans with torch.profiler.record_function")

    refuse.__name__ = name
    refuse.__doc__ = "Refused: without a GPU as PyTorch does it, with one by name."
    return refuse


range_push, range_pop, mark = _refused("range_push"), _refused("range_pop"), _refused("mark")
range_start, range_end = _refused("range_start"), _refused("range_end")


@contextlib.contextmanager
def range(msg, *args, **kwargs):
    """A span for NVIDIA's profilers: entering it is refused as `range_push` is."""
    range_push(msg.format(*args, **kwargs))
    yield
    range_pop()
