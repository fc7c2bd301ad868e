"""Spellings of PyTorch's past: Tensor(...) and FloatTensor(...) constructors, x.type(...)."""

from __future__ import annotations

import numpy as np

from .._core import devices, dtypes
from .._core.alias import view
from .._core.composed import Composed
from .._core.exchange import array_of
from .._core.members import member, overriding
from .._core.memory import TypedStorage, UntypedStorage
from .._core.spec import views
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


def construct(
    cls, args: tuple, kwargs: dict, d: dtypes.dtype | None = None, device=None, strict: bool = False
) -> Tensor:
    """``Tensor(2, 3)`` (uninitialised in PyTorch, zeros here), ``Tensor(sequence)``, ``Tensor()``."""
    d = d or dtypes.get_default_dtype()
    where = devices.resolve(kwargs.pop("device", device))
    if kwargs:
        raise TypeError(f"new() got an unexpected keyword argument '{next(iter(kwargs))}'")
    if len(args) == 1 and isinstance(args[0], Tensor):
        source = args[0]
        if strict and (source._dtype is not d or source.device.type != where.type):
            raise TypeError(f"expected {_options(d, where)} (got {_options(source._dtype, source.device)})")
        out = view(views["alias"], source)
    elif not args:
        out = wrap(put(np.zeros(0, d.np), where), where)
    elif isinstance(args[0], Size) or _is_size(args[0]):
        shape = tuple(args[0]) if isinstance(args[0], Size) else args
        for at, a in enumerate(shape, 1):
            if not _is_size(a):
                raise TypeError(
                    f"new(): argument 'size' failed to unpack the object at pos {at} with error \"type must be tuple "
                    f'of ints,but got {type(a).__name__}"'
                )
        shape = tuple([int(a) for a in shape])
        for s in shape:
            if s < 0:
                raise RuntimeError(f"Trying to create tensor with negative dimension {s}: {list(shape)}")
        out = wrap(put(np.zeros(shape, d.np), where), where)
    elif len(args) == 1 and isinstance(args[0], (TypedStorage, UntypedStorage)):
        flat = TypedStorage(args[0]._storage, d)._flat()
        out = view(views["alias"], flat)
    elif len(args) == 1 and hasattr(args[0], "__getitem__") and not isinstance(args[0], (str, dict)):
        out = wrap(put(array_of(args[0], d), where), where)
    elif len(args) == 1:
        if isinstance(args[0], str):
            raise TypeError("new(): invalid data type 'str'")
        raise TypeError(f"new(): data must be a sequence (got {type(args[0]).__name__})")
    else:
        got = ", ".join(type(a).__name__ for a in args)
        raise TypeError(f"new() received an invalid combination of arguments - got ({got})")
    if cls is not Tensor:
        out.__class__ = cls
    return out


def _is_size(a) -> bool:
    return isinstance(a, (int, np.integer)) and not isinstance(a, bool)


def _options(d: dtypes.dtype, where: devices.device) -> str:
    name = "long int" if d is dtypes.int64 else d.cpp
    return (
        f"TensorOptions(dtype={name}, device={where}, layout=Strided, requires_grad=false (default), "
        "pinned_memory=false (default), memory_format=(nullopt))"
    )


def _new(self, *args, **kwargs):
    """A tensor of ``self``'s dtype and device, of a shape or with the values of a sequence."""
    return construct(Tensor, args, kwargs, self._dtype, self.device, strict=True)


Tensor.new = overriding(_new)


class tensortype(type):  # noqa: N801 - PyTorch's name for the type of FloatTensor
    """The type of FloatTensor and its kin: calling one makes a tensor, isinstance asks the dtype."""

    dtype: dtypes.dtype
    _kind: str

    def __new__(mcls, name: str, d: dtypes.dtype, kind: str):
        module = "torch" if kind == "cpu" else f"torch.{kind}"
        self = super().__new__(mcls, name, (), {"__module__": module})
        self.dtype, self._kind = d, kind
        return self

    def __init__(cls, *_):
        pass

    def __call__(cls, *args, **kwargs):
        if cls._kind == "cuda" and not devices.cuda_devices():
            raise TypeError(f"type torch.cuda.{cls.__name__} not available. Torch not compiled with CUDA enabled.")
        return construct(Tensor, args, kwargs, cls.dtype, cls._kind, strict=True)

    def __instancecheck__(cls, other) -> bool:
        plain = isinstance(other, Tensor) and not isinstance(other, Composed)
        return plain and other._dtype is cls.dtype and other.device.type == cls._kind

    @property
    def is_cuda(cls) -> bool:
        return cls._kind == "cuda"


CPU_TYPES = {name: tensortype(name, d, "cpu") for d, name in _TYPE_NAMES.items() if not d.is_complex}
CUDA_TYPES = {name: tensortype(name, d, "cuda") for d, name in _TYPE_NAMES.items() if not d.is_complex}
_BY_TEXT = {
    **{f"torch.{n}": (c.dtype, devices.CPU) for n, c in CPU_TYPES.items()},
    **{f"torch.cuda.{n}": (c.dtype, "cuda") for n, c in CUDA_TYPES.items()},
}


def type_(self, dtype=None, non_blocking: bool = False, **kwargs):
    """The legacy type name of this tensor, or this tensor converted to a type.

    Args:
        dtype: a dtype, a legacy type (``torch.FloatTensor``) or its name as text.

    Returns:
        Text without arguments; else ``self`` where nothing changes, or a fresh tensor.
    """
    if dtype is None:
        return f"torch.{type_name(self._dtype, self._storage.device)}"
    if isinstance(dtype, dtypes.dtype):
        return self.to(dtype)
    if isinstance(dtype, str):
        if dtype not in _BY_TEXT:
            raise ValueError(f"invalid type: '{dtype}'")
        d, where = _BY_TEXT[dtype]
        return self.to(device=where, dtype=d)
    if isinstance(dtype, tensortype):
        if dtype.is_cuda and not devices.cuda_devices():
            raise TypeError(f"type torch.cuda.{dtype.__name__} not available. Torch not compiled with CUDA enabled.")
        return self.to(device="cuda" if dtype.is_cuda else "cpu", dtype=dtype.dtype)
    if dtype is Tensor:
        return self.to(dtypes.get_default_dtype())
    if isinstance(dtype, type):
        raise ValueError(f"invalid type: '{dtype.__name__}'")
    raise TypeError("dtype must be a type, str, or dtype object")


@member
def new(self, *args, **kwargs):
    """A tensor of ``self``'s dtype and device: of a shape (``new(2, 3)``; zeros here), of data, or empty."""
    return construct(Tensor, args, kwargs, self._dtype, self._storage.device, strict=True)


type_.__name__ = "type"
type_.__qualname__ = "Tensor.type"
Tensor.type = type_  # pyright: ignore[reportAttributeAccessIssue]
