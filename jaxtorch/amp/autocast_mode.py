"""Regions in which every op runs in the dtype that suits it."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterable, Mapping

import numpy as np

from .. import cuda
from .._core import dtypes, modes
from .._core.casts import set_enabled, settings
from .._core.devices import device
from .._core.tensor import Tensor
from . import _switches

__all__ = ["autocast_decorator", "autocast", "is_autocast_available", "custom_fwd", "custom_bwd"]

_SUPPORTED = (dtypes.bfloat16, dtypes.float16)


def is_autocast_available(device_type: str) -> bool:
    """Whether there is autocast for a kind of device (``"cpu"``, ``"cuda"``)."""
    return _switches.is_autocast_available(device_type)


def autocast_decorator(autocast_instance, func):
    """``func`` run in a region."""

    @functools.wraps(func)
    def decorate_autocast(*args, **kwargs):
        with autocast_instance:
            return func(*args, **kwargs)

    return decorate_autocast


class autocast:  # noqa: N801 - the public name
    """A region, or as a decorator a function, in which every op runs in the dtype that suits it.

    Products (linear layers, convolutions, attention) run in ``dtype``, losses and what needs the range in
    float32, all others in the dtype of what they are given.

    Args:
        device_type: ``"cpu"`` or ``"cuda"``.
        dtype: bfloat16 or float16; by default what ``torch.get_autocast_dtype`` says (bfloat16 on the CPU,
            float16 on GPUs).
        enabled: False switches autocast off in the region.
        cache_enabled: whether a weight is cast once for the whole of the outermost region.

    Raises:
        ValueError: ``device_type`` is no string.
        RuntimeError: there is no autocast for that kind of device.

    Differs from PyTorch:
        a weight that is written in the region is cast anew (PyTorch goes on with the old cast), and a region
        of another dtype inside has casts of its own. A backward run in the region computes in the dtypes that
        the forward was recorded in.

    Example:
        >>> import jaxtorch as torch
        >>> a = torch.ones(2, 2)
        >>> with torch.autocast("cpu"):
        ...     b = a @ a
        >>> b.dtype, (a @ a).dtype
        (torch.bfloat16, torch.float32)
    """

    def __init__(self, device_type: str, dtype=None, enabled: bool = True, cache_enabled: bool | None = None):
        if not isinstance(device_type, str):
            raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
        self.fast_dtype = _switches.get_autocast_dtype(device_type) if dtype is None else dtype
        self.device, self._kind = device_type, device(device_type).type
        if not is_autocast_available(device_type):
            raise RuntimeError(f"User specified an unsupported autocast device_type '{device_type}'")
        if device_type == "privateuseone":
            raise NotImplementedError("torch.autocast('privateuseone'): a backend of one's own")
        self._cache_enabled = settings.caches if cache_enabled is None else cache_enabled
        if enabled and device_type == "cuda":
            if not cuda.is_available():
                warnings.warn("CUDA is not available or torch_xla is imported. Disabling autocast.", stacklevel=2)
                enabled = False
            elif self.fast_dtype == dtypes.bfloat16 and not cuda.is_bf16_supported():
                raise RuntimeError(
                    "Current CUDA Device does not support bfloat16. Please switch dtype to float16."
                )
        elif enabled and self.fast_dtype not in _SUPPORTED:
            name = device_type.upper()
            warnings.warn(
                f"In {name} autocast, but the target dtype is not supported. Disabling autocast.\n"
                f"{name} Autocast only supports dtypes of {', '.join(map(str, _SUPPORTED))} currently.",
                stacklevel=2,
            )
            enabled = False
        self._enabled = enabled

    def __enter__(self):
        kind = self._kind
        if not isinstance(self.fast_dtype, dtypes.dtype):
            _switches.set_autocast_dtype(kind, self.fast_dtype)  # which refuses it
        self.prev, self.prev_fastdtype = kind in modes.state.autocast, settings.dtypes[kind]
        self.prev_cache_enabled = settings.caches
        set_enabled(kind, self._enabled)
        settings.dtypes[kind], settings.caches = self.fast_dtype, self._cache_enabled
        settings.nesting += 1
        return self

    def __exit__(self, exc_type, exc_val, exc_tb):
        settings.nesting -= 1
        if settings.nesting == 0:
            settings.casts.clear()
        set_enabled(self._kind, self.prev)
        settings.dtypes[self._kind], settings.caches = self.prev_fastdtype, self.prev_cache_enabled
        return False

    def __call__(self, func):
        if not callable(func):
            raise TypeError(
                f"autocast()(func) requires a callable, but got {type(func).__name__}. Did you mean to use "
                "autocast as a context manager? For example:\n    with torch.autocast(device_type=...):\n"
                "        output = model(input)"
            )
        return autocast_decorator(self, func)


def _enter_autocast(*vals):
    """Enter a region; `_exit_autocast` leaves it."""
    return autocast(*vals).__enter__()


def _exit_autocast(mode) -> None:
    mode.__exit__(None, None, None)


# -- autograd.Function ----------------------------------------------------------------------------
def _cast(value, device_type: str, dtype):
    """``value`` with its float tensors (and those in containers) in ``dtype``; float64 stays."""
    if isinstance(value, Tensor):
        casts = value.is_floating_point() and value.dtype is not dtypes.float64 and value.device.type == device_type
        return value.to(dtype) if casts else value
    if isinstance(value, (str, bytes, np.ndarray)):
        return value
    if isinstance(value, Mapping):
        return {_cast(k, device_type, dtype): _cast(v, device_type, dtype) for k, v in value.items()}
    if isinstance(value, Iterable):
        found = (_cast(v, device_type, dtype) for v in value)
        return type(value)(found) if isinstance(value, (list, tuple)) else found
    return value


def _require_type(device_type) -> None:
    if not isinstance(device_type, str):
        raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")


def custom_fwd(fwd=None, *, device_type: str, cast_inputs=None):
    """Decorate the ``forward`` of an ``autograd.Function`` that is to be used under autocast.

    Args:
        device_type: the kind of device of its tensors.
        cast_inputs: in a region, cast float tensors to this dtype and run ``forward`` without autocast;
            None leaves them and autocast as they are.
    """
    _require_type(device_type)
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)

    @functools.wraps(fwd)
    def decorate_fwd(*args, **kwargs):
        ctx = args[0]
        ctx._dtype = _switches.get_autocast_dtype(device_type)
        on = _switches.is_autocast_enabled(device_type)
        ctx._fwd_used_autocast = on and cast_inputs is None
        if cast_inputs is None or not on:
            return fwd(*args, **kwargs)
        with autocast(device_type=device_type, enabled=False):
            return fwd(*_cast(args, device_type, cast_inputs), **_cast(kwargs, device_type, cast_inputs))

    return decorate_fwd


def custom_bwd(bwd=None, *, device_type: str):
    """Decorate the ``backward`` of an ``autograd.Function`` to run with autocast as its ``forward`` did.

    Args:
        device_type: the kind of device of its tensors.
    """
    _require_type(device_type)
    if bwd is None:
        return functools.partial(custom_bwd, device_type=device_type)

    @functools.wraps(bwd)
    def decorate_bwd(*args, **kwargs):
        ctx = args[0]
        with autocast(device_type=device_type, enabled=ctx._fwd_used_autocast, dtype=ctx._dtype):
            return bwd(*args, **kwargs)

    return decorate_bwd
