"""torch.accelerator: GPUs under names that say no kind."""

from __future__ import annotations

import functools
import warnings

from .. import cuda as _cuda
from .._core import devices as _devices
from .._core.devices import device as _device

__all__ = [
    "current_accelerator", "current_device_idx", "current_device_index", "current_stream", "device_count",
    "device_index", "empty_cache", "get_device_capability", "get_memory_info", "is_available", "max_memory_allocated",
    "max_memory_reserved", "memory_allocated", "memory_reserved", "memory_stats", "reset_accumulated_memory_stats",
    "reset_peak_memory_stats", "set_device_idx", "set_device_index", "set_stream", "synchronize",
]  # fmt: skip


def is_available() -> bool:
    """Whether JAX sees a GPU."""
    return _cuda.is_available()


def device_count() -> int:
    """How many GPUs JAX sees."""
    return _cuda.device_count()


def current_accelerator(check_available: bool = False) -> _device | None:
    """The device without an index, ``device('cuda')``; None without a GPU.

    Args:
        check_available: accepted; what JAX sees is available.
    """
    return _device("cuda") if is_available() else None


def _on_gpu(name: str, fn):
    """``fn`` of torch.cuda, with this module's refusal where there is no GPU."""

    @functools.wraps(fn)
    def call(*args, **kwargs):
        _devices.require_accelerator()
        return fn(*args, **kwargs)

    call.__name__ = call.__qualname__ = name
    call.__module__ = __name__
    return call


current_device_index = _on_gpu("current_device_index", _cuda.current_device)
set_device_index = _on_gpu("set_device_index", _cuda.set_device)
current_stream = _on_gpu("current_stream", _cuda.current_stream)
set_stream = _on_gpu("set_stream", _cuda.set_stream)
synchronize = _on_gpu("synchronize", _cuda.synchronize)
empty_cache = _on_gpu("empty_cache", _cuda.empty_cache)
memory_stats = _on_gpu("memory_stats", _cuda.memory_stats)
memory_allocated = _on_gpu("memory_allocated", _cuda.memory_allocated)
max_memory_allocated = _on_gpu("max_memory_allocated", _cuda.max_memory_allocated)
memory_reserved = _on_gpu("memory_reserved", _cuda.memory_reserved)
max_memory_reserved = _on_gpu("max_memory_reserved", _cuda.max_memory_reserved)
reset_peak_memory_stats = _on_gpu("reset_peak_memory_stats", _cuda.reset_peak_memory_stats)
reset_accumulated_memory_stats = _on_gpu("reset_accumulated_memory_stats", _cuda.reset_accumulated_memory_stats)
get_memory_info = _on_gpu("get_memory_info", _cuda.mem_get_info)


def _no_capability(device=None):
    """What dtypes a GPU computes in: not told by JAX."""
    raise NotImplementedError("torch.accelerator.get_device_capability: JAX does not tell what dtypes a GPU has")


get_device_capability = _on_gpu("get_device_capability", _no_capability)


def current_device_idx() -> int:
    """The former `current_device_index`."""
    warnings.warn("Use `current_device_index` instead.", FutureWarning, stacklevel=2)
    return current_device_index()


def set_device_idx(device, /) -> None:
    """The former `set_device_index`."""
    warnings.warn("Use `set_device_index` instead.", FutureWarning, stacklevel=2)
    set_device_index(device)


class device_index:  # noqa: N801 - the public name is torch.accelerator.device_index
    """A context in which a GPU is the current one; None changes nothing."""

    def __init__(self, device: int | None, /):
        self.idx, self.prev_idx = device, -1

    def __enter__(self) -> None:
        if self.idx is not None:
            self.prev_idx = current_device_index()
            set_device_index(self.idx)

    def __exit__(self, *error) -> None:
        if self.idx is not None:
            set_device_index(self.prev_idx)


from . import memory  # noqa: E402 - it names what is made here
