"""GPUs as JAX sees them, under PyTorch's names."""

from __future__ import annotations

import jax

from .._compat.legacy import CUDA_TYPES as _TYPES
from .._core import devices as _devices
from .._core import modes as _modes
from .._core.devices import device as _device

globals().update(_TYPES)

_current = [0]


def is_available() -> bool:
    """Whether JAX sees a GPU."""
    return bool(_devices.cuda_devices())


def device_count() -> int:
    """How many GPUs JAX sees."""
    return len(_devices.cuda_devices())


def _require() -> None:
    if not is_available():
        raise AssertionError("Torch not compiled with CUDA enabled")


def current_device() -> int:
    """The index of the current GPU."""
    _require()
    return _current[0]


def set_device(device) -> None:
    """Make a GPU the current one."""
    _require()
    _current[0] = _index(device)


def _index(d) -> int:
    if d is None:
        return _current[0]
    return d if isinstance(d, int) else (_device(d).index or 0)


def get_device_name(device=None) -> str:
    """The name of a GPU."""
    _require()
    return _devices.cuda_devices()[_index(device)].device_kind


def synchronize(device=None) -> None:
    """Wait until the GPU has done what was asked of it."""
    _require()
    _modes.flush()
    jax.effects_barrier()
    jax.device_put(0, _devices.cuda_devices()[_index(device)]).block_until_ready()


def empty_cache() -> None:
    """Give unused memory back: nothing to do, XLA's allocator keeps its own pool."""


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """Whether the current GPU computes in bfloat16, by itself or (unless ``including_emulation`` is False) not."""
    if not is_available():
        return False
    major, _, _ = str(_devices.cuda_devices()[_current[0]].compute_capability).partition(".")
    return including_emulation or int(major) >= 8


def is_initialized() -> bool:
    """Whether the GPU has been set up."""
    return is_available()


def manual_seed(seed: int) -> None:
    """Seed the current GPU's generator (ignored without a GPU, as in PyTorch)."""
    if is_available():
        raise NotImplementedError("torch.cuda.manual_seed on a GPU: the CUDA stream of random numbers")


def manual_seed_all(seed: int) -> None:
    """Seed every GPU's generator (ignored without a GPU, as in PyTorch)."""
    manual_seed(seed)


def _memory(device, key: str) -> int:
    _require()
    return int((_devices.cuda_devices()[_index(device)].memory_stats() or {}).get(key, 0))


def memory_allocated(device=None) -> int:
    """Bytes in use on a GPU."""
    return _memory(device, "bytes_in_use")


def max_memory_allocated(device=None) -> int:
    """The most bytes that were in use on a GPU."""
    return _memory(device, "peak_bytes_in_use")


def __getattr__(name: str):
    if name == "amp":
        import importlib

        return importlib.import_module(".amp", __name__)
    raise AttributeError(f"module 'torch.cuda' has no attribute '{name}'")
