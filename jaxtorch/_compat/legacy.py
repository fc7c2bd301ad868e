"""Spellings of PyTorch's past: Tensor(...) and FloatTensor(...) constructors, Variable, type()."""

from __future__ import annotations

import numpy as np

from .._core import devices, dtypes
from .._core.storage import put
from .._core.tensor import Size, Tensor, wrap

_TYPE_NAMES = {
    dtypes.float32: "FloatTensor", dtypes.float64: "DoubleTensor", dtypes.float16: "HalfTensor",
    dtypes.bfloat16: "BFloat16Tensor", dtypes.uint8: "ByteTensor", dtypes.int8: "CharTensor",
    dtypes.int16: "ShortTensor", dtypes.int32: "IntTensor", dtypes.int64: "LongTensor",
    dtypes.bool_: "BoolTensor", dtypes.complex64: "ComplexFloatTensor",
    dtypes.complex128: "ComplexDoubleTensor",
}  # fmt: skip


def type_name(d: dtypes.dtype, device: devices.device) -> str:
    """``FloatTensor`` or ``cuda.FloatTensor``: the legacy name of a dtype on a device."""
    name = _TYPE_NAMES.get(d, f"{d.title}Tensor")
    return name if device.type == "cpu" else f"{device.type}.{name}"


def construct(cls, args: tuple, kwargs: dict, d: dtypes.dtype | None = None, device=None):
    """``Tensor(2, 3)`` (uninitialised: zeros here), ``Tensor(sequence)``, ``Tensor()``."""
    from .._core.exchange import array_of

    d = d or dtypes.get_default_dtype()
    where = devices.resolve(kwargs.pop("device", device))
    if kwargs:
        raise TypeError(f"new(): got an unexpected keyword argument '{next(iter(kwargs))}'")
    if len(args) == 1 and isinstance(args[0], Tensor):
        source = args[0]
        if source._dtype is not d:
            name, got = type_name(d, where), type_name(source._dtype, source.device)
            raise TypeError(f"expected {d.title} (got {source._dtype.title})" if False else f"expected TensorOptions(dtype={d.cpp}) (got {got} for {name})")
        out = source.detach()
    elif not args:
        out = wrap(put(np.zeros(0, d.np), where), where)
    elif isinstance(args[0], Size) or all(isinstance(a, (int, np.integer)) for a in args):
        shape = tuple(args[0]) if isinstance(args[0], Size) else tuple(int(a) for a in args)
        if any(s < 0 for s in shape):
            raise RuntimeError(
                f"Trying to create tensor with negative dimension {next(s for s in shape if s < 0)}: {list(shape)}"
            )
        out = wrap(put(np.zeros(shape, d.np), where), where)
    elif len(args) == 1 and not isinstance(args[0], (float, str)):
        out = wrap(put(array_of(args[0], d), where), where)
    else:
        got = ", ".join(type(a).__name__ for a in args)
        raise TypeError(f"new(): data must be a sequence (got {got})")
    if cls is not Tensor:
        out.__class__ = cls
    return out
