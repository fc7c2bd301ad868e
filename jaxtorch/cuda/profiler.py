"""torch.cuda.profiler: when NVIDIA's profilers begin and end."""

from __future__ import annotations

import contextlib

from ._current import require

__all__ = ["init", "start", "stop", "profile"]


def _refused(name: str):
    def refuse(*args, **kwargs):
        require()
        raise NotImplementedError(f"torch.cuda.profiler.{name}: profile with torch.profiler.profile")

    refuse.__name__ = name
    refuse.__doc__ = "Refused: without a GPU as PyTorch does it, with one by name."
    return refuse


init, start, stop = _refused("init"), _refused("start"), _refused("stop")


@contextlib.contextmanager
def profile():
    """A block that NVIDIA's profilers see: entering it is refused as `start` is."""
    start()
    try:
        yield
    finally:
        stop()
