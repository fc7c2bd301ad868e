"""Which GPU is the current one, and the refusals where there is none."""

from __future__ import annotations

from .._core import devices
from .._core.devices import index_of


def require() -> None:
    """Raise where there is no GPU."""
    if not devices.cuda_devices():
        raise AssertionError("Torch not compiled with CUDA enabled")


def require_dummy(name: str) -> None:
    """Raise as a class of PyTorch's does that is there in name only, without a GPU."""
    if not devices.cuda_devices():
        raise RuntimeError(f"Tried to instantiate dummy base class {name}")


def require_function(name: str) -> None:
    """Raise as a function does that PyTorch lacks without a GPU."""
    if not devices.cuda_devices():
        raise AttributeError(f"module 'torch._C' has no attribute '{name}'")


def gpu(d=None):
    """JAX's object of a GPU."""
    require()
    return devices.cuda_devices()[index_of(d)]
