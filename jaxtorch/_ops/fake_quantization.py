"""Fake quantization: floating values rounded to those that quantized integers stand for."""

from __future__ import annotations

import numpy as np
from jax import lax
from jax import numpy as jnp

from .._core import dtypes, modes
from .._core.dispatch import dispatch
from .._core.spec import composite, op, registry

_BOUNDS = "`quant_min` should be less than or         equal to `quant_max`."
_ZERO_POINT = "`zero_point` must be between `quant_min` and `quant_max`."


def _check_kind(self, kernel: str, quant_min: int, quant_max: int) -> None:
    if quant_min > quant_max:
        raise RuntimeError(_BOUNDS)
    if self.dtype not in (dtypes.float32, dtypes.float64, dtypes.float16, dtypes.bfloat16):
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{self.dtype.title}'")


def _levels(self, scale, zero_point, added_first: bool = False):
    """The integers (as floats, not yet bounded) that values are nearest to; products are float32 ones at least."""
    wide = self if self.dtype == np.float64 else self.astype(np.float32)
    inverse = (1 / scale.astype(np.float32)).astype(wide.dtype)
    shift = zero_point.astype(wide.dtype)
    if added_first:
        return lax.round(wide * inverse + shift, lax.RoundingMethod.TO_NEAREST_EVEN)
    return lax.round(wide * inverse, lax.RoundingMethod.TO_NEAREST_EVEN) + shift


def _faked(self, scale, zero_point, quant_min: int, quant_max: int, added_first: bool = False):
    level = _levels(self, scale, zero_point, added_first)
    # a NaN becomes the lowest level
    level = jnp.where(level >= quant_min, jnp.minimum(level, quant_max), quant_min)
    out = (level - zero_point.astype(level.dtype)) * scale.astype(np.float32).astype(level.dtype)
    return out.astype(self.dtype)


def _passed(g, self, scale, zero_point, quant_min: int, quant_max: int, added_first: bool = False):
    """The cotangent, where a value is not beyond the levels."""
    level = _levels(self, scale, zero_point, added_first)
    return jnp.where((level >= quant_min) & (level <= quant_max), g, jnp.zeros((), g.dtype))


# -- one scale for all ----------------------------------------------------------------------------
def _check_tensors(self, scale, zero_point, *, quant_min, quant_max):
    for x in (scale, zero_point):
        if x.layout.numel != 1:
            raise RuntimeError(f"a Tensor with {x.layout.numel} elements cannot be converted to Scalar")
    _check_kind(self, "fake_quantize_tensor_cachemask_kernel_type_handling", quant_min, quant_max)


@op("fake_quantize_per_tensor_affine.tensor_qparams(Tensor self, Tensor scale, Tensor zero_point, int quant_min, "
    "int quant_max)", forms="function", layout="like", opmath=False, check=_check_tensors,
    node="FakeQuantizePerTensorAffineCachemaskTensorQparamsBackward0",
    grad=lambda g, self, scale, zero_point, quant_min, quant_max: (
        _passed(g, self, scale.reshape(()), zero_point.reshape(()), quant_min, quant_max), None, None))  # fmt: skip
def fake_quantize_by_tensors(self, scale, zero_point, *, quant_min, quant_max):
    return _faked(self, scale.reshape(()), zero_point.reshape(()), quant_min, quant_max)


def _check_numbers(self, scale, zero_point, *, quant_min, quant_max):
    _check_kind(self, "fake_quantize_tensor_cachemask_kernel_type_handling", quant_min, quant_max)
    if not quant_min <= zero_point.number <= quant_max:
        raise RuntimeError(_ZERO_POINT)
    if type(zero_point.number) is not int:
        raise TypeError("fake_quantize_per_tensor_affine(): argument 'zero_point' (position 3) must be int, not float")


@op("fake_quantize_per_tensor_affine(Tensor self, Scalar scale, Scalar zero_point, int quant_min, int quant_max)",
    forms="function", layout="like", opmath=False, check=_check_numbers,
    node="FakeQuantizePerTensorAffineCachemaskBackward0",
    grad=lambda g, self, scale, zero_point, quant_min, quant_max: (
        _passed(g, self, scale, zero_point, quant_min, quant_max)))  # fmt: skip
def fake_quantize_per_tensor_affine(self, scale, zero_point, *, quant_min, quant_max):
    """The values of ``self`` at the nearest of the levels ``(q - zero_point) * scale``, ``q`` an integer in bounds.

    Args:
        scale: a number, or a tensor of one element.
        zero_point: the integer that stands for 0.
        quant_min, quant_max: the bounds of ``q``.

    Returns:
        A fresh tensor; its gradient passes where ``q`` was in bounds.

    Example:
        >>> torch.fake_quantize_per_tensor_affine(torch.tensor([0.26, 9.0]), 0.1, 0, 0, 15)
        tensor([0.3000, 1.5000])
    """
    return _faked(self, scale, zero_point, quant_min, quant_max)


# -- a scale for each slice -----------------------------------------------------------------------
def _check_channels(self, scale, zero_point, *, axis, quant_min, quant_max):
    if scale.dtype not in (dtypes.float32, dtypes.bfloat16):
        raise RuntimeError(f"Scale must be Float or BFloat16, found {scale.dtype.title}")
    if zero_point.dtype not in (dtypes.int32, dtypes.float32, dtypes.float16):
        raise RuntimeError(f"Zero-point must be Int32, Float or Half, found {zero_point.dtype.title}")
    if scale.ndim != 1:
        raise RuntimeError("scale should be a 1-D tensor")
    if zero_point.ndim != 1:
        raise RuntimeError("zero point should be a 1-D tensor")
    if scale.shape != zero_point.shape:
        raise RuntimeError("scale and zero-point need to have the same dimensions")
    if not -self.ndim <= axis < self.ndim:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-self.ndim}, {self.ndim - 1}], but got {axis})"
        )
    if scale.shape[0] != self.shape[axis]:
        raise RuntimeError("dimensions of scale and zero-point are not consistent with input tensor")
    if quant_min > quant_max:
        raise RuntimeError(_BOUNDS)
    if axis < 0:
        raise RuntimeError("`axis` must be between 0 and number of dimensions of input")
    _check_kind(self, "fake_quantize_channel_cachemask_cpu_type_handling", quant_min, quant_max)


def _beyond(self, scale, zero_point, *, axis, quant_min, quant_max):
    if zero_point.dtype != np.int32:
        return None
    return jnp.any((zero_point < quant_min) | (zero_point > quant_max))


def _along(self, x, axis: int):
    return x.reshape([-1 if d == axis else 1 for d in range(self.ndim)])


def _channels_gradient(g, self, scale, zero_point, axis, quant_min, quant_max):
    first = zero_point.dtype != np.int32
    scale, zero_point = _along(self, scale, axis), _along(self, zero_point, axis)
    return _passed(g, self, scale, zero_point, quant_min, quant_max, first), None, None


@op("fake_quantize_per_channel_affine.raw(Tensor self, Tensor scale, Tensor zero_point, int axis, int quant_min, "
    "int quant_max)", forms="", layout="like", opmath=False, check=_check_channels, bounds=_beyond,
    bounds_error=lambda *_, **__: RuntimeError(_ZERO_POINT), node="FakeQuantizePerChannelAffineCachemaskBackward0",
    grad=_channels_gradient)  # fmt: skip
def fake_quantize_channels(self, scale, zero_point, *, axis, quant_min, quant_max):
    first = zero_point.dtype != np.int32
    scale, zero_point = _along(self, scale, axis), _along(self, zero_point, axis)
    return _faked(self, scale, zero_point, quant_min, quant_max, first)


@composite("fake_quantize_per_channel_affine(Tensor self, Tensor scale, Tensor zero_point, int axis, int quant_min, "
           "int quant_max)", forms="function")  # fmt: skip
def fake_quantize_per_channel_affine(self, scale, zero_point, axis, quant_min, quant_max):
    """`fake_quantize_per_tensor_affine` with a scale and a zero point for each index of ``axis``.

    Args:
        scale: (size of ``axis``,) float32 or bfloat16.
        zero_point: (size of ``axis``,) int32; floating ones are added before rounding.
    """
    for name, x in (("scale", scale), ("zero_point", zero_point)):
        if modes.state.grad and x.requires_grad:
            raise RuntimeError(
                "The function 'fake_quantize_per_channel_affine_cachemask' is not differentiable with respect to "
                f"argument '{name}'. This input cannot have requires_grad True."
            )
    spec = registry["fake_quantize_per_channel_affine.raw"]
    return dispatch(spec, (self, scale, zero_point), (axis, quant_min, quant_max))
