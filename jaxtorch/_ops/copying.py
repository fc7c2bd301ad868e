"""Copies and conversions: clone, copy_, fill_, to, contiguous, dtype methods."""

from __future__ import annotations

import numpy as np
from jax import lax
from jax import numpy as jnp

from .._core import devices, dtypes
from .._core.arguments import Mismatch, _as_dtype
from .._core.dispatch import dispatch
from .._core.formats import arrange, contiguous_format, memory_format, preserve_format
from .._core.members import member
from .._core.spec import composite, op, registry
from .._core.tensor import Tensor
from .._core.transfer import move


@op("copy_.raw(Tensor self, Operand src)", forms="", layout="pointwise", grad=lambda g: (jnp.zeros_like(g), g),
    node="torch::autograd::CopyBackwards")  # fmt: skip
def copy_raw(self, src):
    return src


@composite("copy_(Tensor self, Operand src, bool non_blocking=False)", forms="method")
def copy_(self, src, non_blocking):
    """Overwrite ``self`` with ``src``, broadcast and cast to ``self``'s dtype. Returns self."""
    if isinstance(src, Tensor) and src._storage.device is not self._storage.device:
        src = move(src, self._storage.device)
    return dispatch(registry["copy_.raw"], (self, src), (), self)


def _clone_layout(layouts, *, memory_format):
    return arrange(layouts[0], memory_format)


@op("clone(Tensor self, *, any memory_format=None)", layout=_clone_layout, grad=lambda g: g)
def clone(self, *, memory_format):
    """A copy in memory of its own; dense strides are kept unless ``memory_format`` says else."""
    return self  # arrays are immutable: a storage of its own is all a copy needs


@composite("contiguous(Tensor self, *, any memory_format=None)", forms="method")
def contiguous(self, *, memory_format):
    """``self`` if its elements lie in order already, else a copy where they do."""
    wanted = memory_format or contiguous_format
    if wanted is preserve_format:
        raise RuntimeError("preserve memory format is unsupported by the contiguous operator")
    return self if self.is_contiguous(memory_format=wanted) else self.clone(memory_format=wanted)


def _check_fill(self, value):
    if value.ndim != 0:
        raise RuntimeError(
            f"fill_ only supports 0-dimension value tensor but got tensor with {value.ndim} dimensions."
        )
    if not value.is_tensor:
        dtypes.require_holds(self.dtype, value.number)


def _fill(self, value):
    if value.dtype.kind == "c" and self.dtype.kind != "c":
        value = lax.real(value)
    return lax.full(self.shape, lax.convert_element_type(value, self.dtype))


# (form, kind of value): PyTorch numbers the nodes of the four
for _number, (_name, _form, _kind) in enumerate((
    ("fill.Scalar", "function", "Scalar"), ("fill.Tensor", "function", "Tensor"),
    ("fill_.Scalar", "inplace function_", "Scalar"), ("fill_.Tensor", "inplace function_", "Tensor"),
)):  # fmt: skip
    op(f"{_name}(Tensor self, {_kind} value)", forms=_form, layout="like", node=f"FillBackward{_number}",
       check=_check_fill, overlap="last" if _kind == "Scalar" else None, copies_value=True,
       doc="``self`` with every element replaced by ``value``.",
       grad=(lambda g: jnp.zeros_like(g)) if _kind == "Scalar" else
       (lambda g: (jnp.zeros_like(g), jnp.sum(g))))(_fill)  # fmt: skip


@composite("fill_diagonal_(Tensor self, Scalar fill_value, bool wrap=False)", forms="method")
def fill_diagonal_(self, fill_value, wrap):
    """Set the main diagonal; with ``wrap`` that of a tall matrix goes on below an empty row. Returns self."""
    shape, stride = self._layout.shape, self._layout.stride
    if len(shape) < 2:
        raise RuntimeError("dimensions must larger than 1")
    if len(shape) > 2 and len(set(shape)) > 1:
        raise RuntimeError("all dimensions of input must be of equal length")
    height, width = shape[:2]
    offset, size = self._layout.offset, min(height, width)
    self.as_strided((size,), (sum(stride),), offset).fill_(fill_value)
    if wrap and len(shape) == 2 and height > width + 1:
        rest = -(-self._layout.numel // (width + 1)) - size
        self.as_strided((rest,), (sum(stride),), offset + stride[0] * (width + 1)).fill_(fill_value)
    return self


@op("zero(Tensor self)", forms="inplace function_", overlap="last", layout="like", grad=lambda g: jnp.zeros_like(g))
def zero(self):
    """``self`` with every element zero."""
    return lax.full(self.shape, 0, self.dtype)


@op("_to_copy(Tensor self, dtype dtype, any memory_format=None)", forms="", node="ToCopyBackward0", opmath=False,
    layout=lambda layouts, *, dtype, memory_format: arrange(layouts[0], memory_format), grad=lambda g: g)  # fmt: skip
def to_copy(self, *, dtype, memory_format):
    if self.dtype.kind == "c" and dtype.category < 3:
        self = lax.real(self)
    if dtype is dtypes.bool_:
        return self != 0
    if self.dtype.kind == "f" and dtype.category == 1:
        return float_to_int(self, dtype)
    return lax.convert_element_type(self, dtype.np)


def float_to_int(x, d: dtypes.dtype):
    """A float array as integers: PyTorch's CPU goes through int64, so small types wrap."""
    if d.itemsize < 8 and d not in (dtypes.int32,):
        x = lax.convert_element_type(x, np.int64)
    return lax.convert_element_type(x, d.np)


def convert(t: Tensor, d: dtypes.dtype | None, where: devices.device | None, copy: bool = False, wanted=None) -> Tensor:
    """``t`` with another dtype or device; ``t`` itself where nothing changes."""
    out = t
    if where is not None and where is not t._storage.device:
        out = move(out, where)
        copy = False
    if d is not None and d is not t._dtype:
        if t._dtype.is_complex and not d.is_complex and d is not dtypes.bool_:
            _warn_complex()
        return dispatch(registry["_to_copy"], (out,), (d, wanted))
    if copy or (wanted is not None and wanted is not preserve_format and not out.is_contiguous(memory_format=wanted)):
        return out.clone(memory_format=wanted)
    return out


def _warn_complex():
    import warnings

    warnings.warn(
        "Casting complex values to real discards the imaginary part", category=UserWarning, stacklevel=5
    )


_TO_NAMES = ("device", "dtype", "non_blocking", "copy")


@member
def to(self, *args, **kwargs):
    """``self`` with another dtype, on another device, or as another tensor is.

    ``to(dtype)``, ``to(device, dtype=None)``, ``to(other)``, each with ``non_blocking``, ``copy``
    and ``memory_format``.

    Returns:
        ``self`` where nothing has to change (and ``copy`` is false), else a fresh tensor.
    """
    if args and isinstance(args[0], Tensor) or "other" in kwargs:
        other = args[0] if args else kwargs.pop("other")
        args = (other.device, other._dtype, *args[1:])
    elif args and isinstance(args[0], (dtypes.dtype, type)) and not isinstance(args[0], str):
        args = (None, args[0], *args[1:])
    elif args and isinstance(args[0], memory_format):
        args, kwargs = (), {**kwargs, "memory_format": args[0]}
    given = dict(zip(_TO_NAMES, args, strict=False))
    wanted = kwargs.pop("memory_format", None)
    for k, v in kwargs.items():
        if k not in _TO_NAMES:
            raise TypeError(f"to() got an unexpected keyword argument '{k}'")
        given[k] = v
    if not given and wanted is None:
        return self
    d, where = given.get("dtype"), given.get("device")
    if d is not None:
        try:
            d = _as_dtype(d)
        except (Mismatch, TypeError):
            raise TypeError(
                "to() received an invalid combination of arguments - got "
                f"({', '.join(type(a).__name__ for a in args if a is not None)}), but expected one of:\n"
                " * (torch.device device = None, torch.dtype dtype = None, bool non_blocking = False, "
                "bool copy = False, *, torch.memory_format memory_format = None)\n"
                " * (torch.dtype dtype, bool non_blocking = False, bool copy = False, "
                "*, torch.memory_format memory_format = None)\n"
                " * (Tensor tensor, bool non_blocking = False, bool copy = False, "
                "*, torch.memory_format memory_format = None)\n"
            ) from None
    return convert(self, d, None if where is None else devices.resolve(where), bool(given.get("copy")), wanted)


@member
def cpu(self, memory_format=None) -> Tensor:
    """``self`` in host memory (itself if it is there)."""
    return convert(self, None, devices.CPU, wanted=memory_format)


@member
def cuda(self, device=None, non_blocking: bool = False, memory_format=None) -> Tensor:
    """``self`` on a GPU (itself if it is there)."""
    where = devices.resolve("cuda" if device is None else device)
    return convert(self, None, where, wanted=memory_format)


def _conversion(name: str, d: dtypes.dtype):
    def convert_to(self, memory_format=None) -> Tensor:
        return convert(self, d, None, wanted=memory_format)

    convert_to.__name__ = name
    convert_to.__doc__ = f"``self`` as {d!r}: itself if it is already."
    member(convert_to)


for _name, _dtype in dtypes.CONVERSIONS.items():
    _conversion(_name, _dtype)


@composite("type_as(Tensor self, Tensor other)", forms="method")
def type_as(self, other):
    """``self`` with the dtype and device of ``other``."""
    return self.to(other)
