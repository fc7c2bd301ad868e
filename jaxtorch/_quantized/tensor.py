"""Quantized tensors: integers, and how they stand for numbers, ``(integer - zero point) * scale``.

The integers are a plain tensor with memory of its own, so that views of a quantized tensor alias as others do. An
operation is a rule in `TABLE`; what has no rule is refused by the mechanism of all composed tensors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .._core import dtypes, formats
from .._core.bind import namespaces
from .._core.composed import Composed, backend_refusal, declaring
from .._core.tensor import Tensor

torch = namespaces["torch"]
#: name of a public function -> what it does with quantized tensors
TABLE: dict = {}


rule = declaring(TABLE)


@dataclass(frozen=True, slots=True, eq=False)
class Quantizer:
    """How integers stand for numbers: by one scale, or by one for each index of ``axis``."""

    scheme: formats.qscheme
    scale: float | Tensor
    zero_point: int | Tensor
    axis: int | None = None

    def told(self) -> tuple:
        """How PyTorch's files have it."""
        axis = () if self.axis is None else (self.axis,)
        return (self.scheme, self.scale, self.zero_point, *axis)

    def along(self, rank: int) -> tuple:
        """(scale, zero point) as they meet a tensor of ``rank`` dims."""
        if self.axis is None:
            return self.scale, self.zero_point
        shape = [-1 if d == self.axis else 1 for d in range(rank)]
        return self.scale.reshape(shape), self.zero_point.reshape(shape)  # pyright: ignore


class Quantized(Composed):
    """A tensor of integers that stand for numbers."""

    _kind, _backend = "quantized", "Quantized"
    _quantizer: Quantizer

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return cls._answer(TABLE, func, args, kwargs or {})

    is_quantized = True  # pyright: ignore

    @property
    def layout(self) -> formats.layout:
        return formats.strided

    def detached(self) -> Quantized:
        return quantized(self._parts[0].detach(), self._dtype, self._quantizer)

    def data_ptr(self) -> int:
        return self._parts[0].data_ptr()

    @property
    def nbytes(self) -> int:
        return self._parts[0].nbytes

    def _facts(self) -> tuple:
        q = self._quantizer
        return (Quantized, self._dtype, q.scheme, q.axis, *((q.scale, q.zero_point) if q.axis is None else ()))

    def type(self, dtype=None, non_blocking=False):
        if dtype is not None:
            raise RuntimeError("Creation of quantized tensor requires quantized dtype like torch.quint8")
        return f"torch.quantized.{self._dtype.title}Tensor"

    def tolist(self):
        if not self._layout.numel:
            return self._parts[0].tolist()
        raise RuntimeError("load_scalar: invalid type")

    def jax(self):
        """Refused: `dequantize` or `int_repr` first."""
        raise NotImplementedError("a quantized tensor is no array: use dequantize().jax(), or int_repr().jax()")

    def _refuse(self, name: str):
        raise backend_refusal(name, self._storage.owner)  # pyright: ignore

    def item(self):
        if self._layout.numel != 1:
            raise RuntimeError(f"a Tensor with {self._layout.numel} elements cannot be converted to Scalar")
        return self._refuse("_local_scalar_dense")

    def __bool__(self) -> bool:
        return self._refuse("is_nonzero")

    def __float__(self) -> float:
        return self._refuse("_local_scalar_dense")

    __int__ = __index__ = __float__  # pyright: ignore


refusal = Quantized._refusal
Quantized.__name__ = Quantized.__qualname__ = "Tensor"
Quantized.__module__ = "torch"


def quantized(integers: Tensor, kind: dtypes.dtype, quantizer: Quantizer) -> Quantized:
    """A quantized tensor over these integers (not copied)."""
    parts: tuple = (integers,) if quantizer.axis is None else (integers, quantizer.scale, quantizer.zero_point)
    t = Quantized._made(integers._layout, kind, integers.device, parts)
    t._quantizer = quantizer
    return t


def quantize(x: Tensor, quantizer: Quantizer, kind: dtypes.dtype) -> Tensor:
    """The integers that ``x`` is nearest to."""
    x = x.detach()
    if not (x.dim() == 4 and x.is_contiguous(memory_format=formats.channels_last)):
        x = x.contiguous()
    scale, zero_point = quantizer.along(x.dim())
    if quantizer.axis is None:
        inverse = float(np.float32(1) / np.float32(scale)) if scale else float("inf")
        # PyTorch's kernel of bytes is one fused multiply-add in float32
        wide = x.double() if kind.itemsize == 1 else x
        level = (wide * inverse + zero_point).to(dtypes.float32).round()
    else:
        level = (x * (1 / scale.to(dtypes.float32)) + zero_point.to(dtypes.float32)).round()  # pyright: ignore
    bounds = np.iinfo(kind.integers.np)  # pyright: ignore
    level = torch["where"](level.isnan(), float(bounds.max), level.double().clamp(bounds.min, bounds.max))
    return level.to(kind.integers)  # pyright: ignore


def dequantized(t: Quantized) -> Tensor:
    """The numbers that the integers stand for, float32."""
    scale, zero_point = t._quantizer.along(t.ndim)
    integers = t._parts[0]
    if t._quantizer.axis is not None:
        scale, zero_point = scale.to(dtypes.float32), zero_point.to(dtypes.float32)  # pyright: ignore
        return (integers.to(dtypes.float32) - zero_point) * scale
    return (integers.long() - zero_point).to(dtypes.float32) * scale
