"""What quantized tensors can do."""

from __future__ import annotations

import copy

from .._core import dtypes, modes
from .._core.tensor import Tensor
from .tensor import Quantized, Quantizer, dequantized, quantize, quantized, refusal, rule

_CHANNELS = (
    "Expected quantizer->qscheme() == kPerChannelAffine || quantizer->qscheme() == kPerChannelAffineFloatQParams to "
    "be true, but got false.  (Could this error message be improved?  If so, please report an enhancement request to "
    "PyTorch.)"
)
_ONE = (
    "Expected quantizer->qscheme() == kPerTensorAffine to be true, but got false.  (Could this error message be "
    "improved?  If so, please report an enhancement request to PyTorch.)"
)


# -- facts ----------------------------------------------------------------------------------------
@rule("dequantize")
def dequantize(self):
    """The numbers, float32."""
    if isinstance(self, (list, tuple)):
        return tuple(x.dequantize() for x in self)
    return dequantized(self)


@rule("int_repr")
def int_repr(self):
    """A copy of the integers."""
    return self._parts[0].clone()


def _of_one(name: str, field: str) -> None:
    def get(self):
        if self._quantizer.axis is not None:
            raise RuntimeError(_ONE)
        return getattr(self._quantizer, field)

    rule(name)(get)


def _of_channels(name: str, field: str) -> None:
    def get(self):
        if self._quantizer.axis is None:
            raise RuntimeError(_CHANNELS)
        return getattr(self._quantizer, field)

    rule(name)(get)


_of_one("q_scale", "scale")
_of_one("q_zero_point", "zero_point")
_of_channels("q_per_channel_scales", "scale")
_of_channels("q_per_channel_zero_points", "zero_point")
_of_channels("q_per_channel_axis", "axis")


@rule("qscheme")
def qscheme(self):
    """How the integers stand for numbers."""
    return self._quantizer.scheme


@rule("is_signed")
def is_signed(self):
    raise RuntimeError("isSignedType not supported for quantized types")


@rule("numpy")
def numpy(self, *, force=False):
    raise TypeError(f"Got unsupported ScalarType {self.dtype.title}")


def _of_memory(name: str) -> None:
    """A member that speaks of the integers' memory."""
    rule(name)(lambda self, *args, **kwargs: getattr(self._parts[0], name)(*args, **kwargs))


for _name in ("stride", "storage_offset", "is_contiguous", "__len__"):
    _of_memory(_name)


@rule("requires_grad_")
def requires_grad_(self, requires_grad=True):
    if requires_grad:
        raise RuntimeError("only Tensors of floating point dtype can require gradients")
    return self


# -- views and copies -----------------------------------------------------------------------------
def _same_scale(name: str) -> None:
    """A view or copy of the integers, which mean the same."""

    def run(self, *args, **kwargs):
        if self._quantizer.axis is not None:
            raise refusal(name, self)
        found = getattr(self._parts[0], name)(*args, **kwargs)
        if isinstance(found, Tensor):
            return quantized(found, self._dtype, self._quantizer)
        return type(found)(quantized(x, self._dtype, self._quantizer) for x in found)

    rule(name)(run)


for _name in (
    "view", "reshape", "t", "transpose", "permute", "flatten", "squeeze", "unsqueeze", "select", "narrow", "unbind",
    "__getitem__", "index_select", "expand", "as_strided", "chunk", "split",
):  # fmt: skip
    _same_scale(_name)


@rule("__iter__")
def iterate(self):
    """The slices along the first dim."""
    return iter(self.unbind(0))


@rule("clone")
def clone(self, *, memory_format=None):
    """The same integers in memory of their own."""
    kwargs = {} if memory_format is None else {"memory_format": memory_format}
    return quantized(self._parts[0].clone(**kwargs), self._dtype, self._quantizer)


@rule("contiguous")
def contiguous(self, **kwargs):
    """This tensor, if its integers lie in order, or a copy."""
    found = self._parts[0].contiguous(**kwargs)
    return self if found is self._parts[0] else quantized(found, self._dtype, self._quantizer)


@rule("detach")
def detach(self):
    """Another tensor on the same integers."""
    return self.detached()


@rule("copy_")
def copy_(self, src, non_blocking=False):
    """Quantize numbers into this tensor, or take the integers of one like it, and what they stand for."""
    if not isinstance(self, Quantized):
        return self.copy_(dequantized(src))
    if isinstance(src, Quantized):
        if src._dtype is not self._dtype:
            raise RuntimeError(
                "Expected self.scalar_type() == src.scalar_type() to be true, but got false.  (Could this error "
                "message be improved?  If so, please report an enhancement request to PyTorch.)"
            )
        self._parts[0].copy_(src._parts[0])
        if src._quantizer is not self._quantizer:
            _rescale(self, src)
    else:
        self._parts[0].copy_(quantize(src.to(dtypes.float32).expand(self.shape), self._quantizer, self._dtype))
    self._count_write()
    return self


def _rescale(t: Quantized, src: Quantized) -> None:
    """Let integers stand for other numbers: no recording can stand for that."""
    if modes.state.recorder is not None:
        modes.state.recorder.settle("a quantized tensor is given another scale")
    modes.restructured()
    t._quantizer, t._parts = src._quantizer, (t._parts[0], *src._parts[1:])


@rule("cpu", "cuda", "to")
def to(self, *args, **kwargs):
    """This tensor on a device."""
    given = [a for a in (*args, *kwargs.values()) if isinstance(a, dtypes.dtype)]
    if given and given[0] is not self._dtype:
        raise RuntimeError("Creation of quantized tensor requires quantized dtype like torch.quint8")
    rest = [a for a in args if not isinstance(a, dtypes.dtype)]
    found = self._parts[0].to(*rest, **{k: v for k, v in kwargs.items() if k != "dtype"})
    return self if found is self._parts[0] else quantized(found, self._dtype, self._quantizer)


@rule("float", "double", "half", "int", "long", "bfloat16", "bool", "byte", "char", "short")
def convert(self, *_, **__):
    raise RuntimeError("Creation of quantized tensor requires quantized dtype like torch.quint8")


# -- comparisons ----------------------------------------------------------------------------------
def _number(x):
    return dequantized(x) if isinstance(x, Quantized) else x


def _compared(name: str) -> None:
    rule(name)(lambda self, other: getattr(_number(self), name)(_number(other)))


for _name in ("eq", "ne", "lt", "le", "gt", "ge", "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"):
    _compared(_name)


@rule("equal")
def equal(self, other) -> bool:
    """Whether two tensors hold the same integers, and those mean the same."""
    if not (isinstance(self, Quantized) and isinstance(other, Quantized)):
        raise RuntimeError("equal: a quantized tensor is compared with quantized ones")
    a, b = self._quantizer, other._quantizer
    same = self._dtype is other._dtype and a.scheme is b.scheme and a.axis == b.axis
    for x, y in ((a.scale, b.scale), (a.zero_point, b.zero_point)):
        same = same and (x.equal(y) if isinstance(x, Tensor) and isinstance(y, Tensor) else x is y or x == y)
    return bool(same) and self._parts[0].equal(other._parts[0])


# -- copies that Python makes ---------------------------------------------------------------------
@rule("__deepcopy__")
def deepcopy(self, memo):
    """A copy with integers of its own."""
    if id(self) not in memo:
        memo[id(self)] = quantized(copy.deepcopy(self._parts[0], memo), self._dtype, self._quantizer)
    return memo[id(self)]


@rule("__reduce_ex__")
def reduce_ex(self, protocol):
    """How a quantized tensor is pickled."""
    q = self._quantizer
    return _rebuilt, (self._parts[0], self._dtype, q.scheme, q.scale, q.zero_point, q.axis)


def _rebuilt(integers, kind, scheme, scale, zero_point, axis) -> Quantized:
    return quantized(integers, kind, Quantizer(scheme, scale, zero_point, axis))
