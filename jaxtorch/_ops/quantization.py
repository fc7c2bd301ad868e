"""Quantized tensors made of plain ones, and what plain tensors answer to questions about quantization."""

from __future__ import annotations

import numpy as np

from .._core import dtypes, formats
from .._core.composed import backend_refusal
from .._core.errors import warn_once
from .._core.spec import composite
from .._core.tensor import Tensor
from .._quantized.tensor import Quantized, Quantizer, quantize, quantized

_TOLD = (
    "torch.quantize_per_tensor, torch.quantize_per_channel and other quantized tensor creation functions that produce "
    "tensors with dtype torch.quint8, torch.qint8, and torch.qint32 are deprecated and will be removed in a future "
    "PyTorch release. Please see https://github.com/pytorch/pytorch/issues/184982 for more information."
)


def _check(x: Tensor, kind: dtypes.dtype) -> None:
    warn_once(_TOLD)
    if kind not in dtypes.QUANTIZED:
        raise RuntimeError(f"ScalarType {kind.title} is not supported in new_qtensor.")
    if x.dtype is not dtypes.float32:
        raise RuntimeError(f"Quantize only works on Float Tensor, got {x.dtype.title}")


def _check_zero_point(name: str, zero_point, kind: dtypes.dtype) -> None:
    bounds = np.iinfo(kind.integers.np)  # pyright: ignore
    low = high = zero_point
    if isinstance(zero_point, Tensor):
        low, high = zero_point.min().item(), zero_point.max().item()
    if high > bounds.max:
        raise RuntimeError(f"{name} zero_point {high} is above upper bound.")
    if low < bounds.min:
        raise RuntimeError(f"{name} zero_point {low} is below lower bound.")


def _with_one_scale(x: Tensor, scale: float, zero_point: int, kind: dtypes.dtype) -> Quantized:
    _check(x, kind)
    _check_zero_point("quantize_tensor_per_tensor_affine", zero_point, kind)
    quantizer = Quantizer(formats.per_tensor_affine, scale, zero_point)
    return quantized(quantize(x, quantizer, kind), kind, quantizer)


@composite("quantize_per_tensor.tensor_qparams(Tensor self, Tensor scale, Tensor zero_point, dtype dtype)",
           forms="function")  # fmt: skip
def quantize_by_tensors(self, scale, zero_point, dtype):
    return _with_one_scale(self, float(scale.item()), int(zero_point.item()), dtype)


@composite("quantize_per_tensor(Tensor self, float scale, int zero_point, dtype dtype)", forms="function")
def quantize_per_tensor(self, scale, zero_point, dtype):
    """Integers that stand for the values of ``self``: ``(integer - zero_point) * scale``.

    Args:
        self: float32.
        scale: a number, or a tensor of one.
        zero_point: the integer that stands for 0.
        dtype: ``torch.quint8``, ``torch.qint8`` or ``torch.qint32``.

    Returns:
        A quantized tensor; it has views, copies, comparisons, `dequantize` and `int_repr`.

    Example:
        >>> import warnings
        >>> with warnings.catch_warnings(action="ignore"):  # PyTorch means to give quantized tensors up
        ...     q = torch.quantize_per_tensor(torch.tensor([0.26, 1.0]), 0.5, 0, torch.quint8)
        >>> q.int_repr()
        tensor([1, 2], dtype=torch.uint8)
    """
    return _with_one_scale(self, float(scale), zero_point, dtype)


@composite("quantize_per_tensor.tensors(Tensor[] tensors, Tensor scales, Tensor zero_points, dtype dtype)",
           forms="function")  # fmt: skip
def quantize_several(tensors, scales, zero_points, dtype):
    numbers = zip(tensors, scales.tolist(), zero_points.tolist(), strict=True)
    return tuple(_with_one_scale(x, scale, int(zero_point), dtype) for x, scale, zero_point in numbers)


@composite("quantize_per_channel(Tensor self, Tensor scales, Tensor zero_points, int axis, dtype dtype)",
           forms="function")  # fmt: skip
def quantize_per_channel(self, scales, zero_points, axis, dtype):
    """`quantize_per_tensor` with a scale and a zero point for each index of ``axis``.

    Args:
        scales: (size of ``axis``,).
        zero_points: (size of ``axis``,); floating ones are kept as they are.
    """
    _check(self, dtype)
    return quantized(*_by_channels(self, scales, zero_points, axis, dtype))


def _by_channels(x, scales, zero_points, axis: int, kind):
    quantizer = channels(x.shape, scales, zero_points, axis)
    if quantizer.scheme is formats.per_channel_affine:
        _check_zero_point("quantize_tensor_per_channel_affine", zero_points, kind)
    return quantize(x, quantizer, kind), kind, quantizer


def channels(shape, scales: Tensor, zero_points: Tensor, axis: int) -> Quantizer:
    """How integers of ``shape`` stand for numbers by the index of ``axis``."""
    if scales.dim() != 1 or zero_points.dim() != 1:
        raise RuntimeError(f"{'scale' if scales.dim() != 1 else 'zero_points'} tensor must have dimension 1")
    if scales.numel() != zero_points.numel():
        raise RuntimeError("number of elements in scales and zero_points must match")
    if not 0 <= axis < len(shape):
        raise RuntimeError(
            f"Channel axis out of range in per channel affine quantization. Got: {axis}Expected: [0, {len(shape)})"
        )
    if scales.numel() != shape[axis]:
        raise RuntimeError(f"length of scales must equal to channel, expected {shape[axis]} got, {scales.numel()}")
    if zero_points.is_floating_point():
        kinds, scheme = (dtypes.float32, dtypes.float32), formats.per_channel_affine_float_qparams
    else:
        kinds, scheme = (dtypes.float64, dtypes.int64), formats.per_channel_affine
    # the very tensors, where nothing has to change
    given = scales, zero_points
    kept = [(t.detach() if t.requires_grad else t).to(kind) for t, kind in zip(given, kinds, strict=True)]
    return Quantizer(scheme, *kept, axis)


# -- of plain tensors -----------------------------------------------------------------------------
@composite("dequantize(Tensor self)", forms="function method")
def dequantize(self):
    """The numbers of a quantized tensor; of a plain one itself in float32."""
    return self.float()


@composite("dequantize.tensors(Tensor[] tensors)", forms="function")
def dequantize_several(tensors):
    return tuple(x.dequantize() for x in tensors)


def _of_quantized(name: str, doc: str) -> None:
    def refuse(self):
        raise backend_refusal(name, self.device.type.upper())

    refuse.__doc__ = f"{doc} of a quantized tensor."
    composite(f"{name}(Tensor self)", forms="method" if name == "qscheme" else "function method")(refuse)


for _name, _doc in {
    "int_repr": "The integers", "q_scale": "The scale", "q_zero_point": "The integer that stands for 0",
    "q_per_channel_scales": "The scales", "q_per_channel_zero_points": "The integers that stand for 0",
    "q_per_channel_axis": "The dim of the scales", "qscheme": "How integers stand for numbers,",
}.items():  # fmt: skip
    _of_quantized(_name, _doc)
