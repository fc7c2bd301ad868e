"""Pooling as modules."""

from __future__ import annotations

from ..._core.tensor import Tensor
from .. import functional as F
from ._layer import Layer
from .utils import _ntuple

__all__ = [
    "MaxPool1d", "MaxPool2d", "MaxPool3d", "MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d", "AvgPool1d",
    "AvgPool2d", "AvgPool3d", "FractionalMaxPool2d", "FractionalMaxPool3d", "LPPool1d", "LPPool2d",
    "LPPool3d", "AdaptiveMaxPool1d", "AdaptiveMaxPool2d", "AdaptiveMaxPool3d", "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d", "AdaptiveAvgPool3d",
]  # fmt: skip

_Size = int | tuple[int, ...]
_Sizes = int | None | tuple[int | None, ...]  # None: as the input
_Ratio = float | tuple[float, ...]

_WINDOW = "kernel_size={kernel_size}, stride={stride}, padding={padding}"


class _Strided(Layer):
    """A window that moves by its own size unless told otherwise."""

    def _settle(self) -> None:
        if self.stride is None:
            self.stride = self.kernel_size


class _MaxPoolNd(_Strided, show=_WINDOW + ", dilation={dilation}, ceil_mode={ceil_mode}"):
    kernel_size: _Size
    stride: _Size | None = None
    padding: _Size = 0
    dilation: _Size = 1
    return_indices: bool = False
    ceil_mode: bool = False


_MAX = (
    "(input, kernel_size, stride, padding, dilation, ceil_mode=ceil_mode, "
    "return_indices=return_indices)"
)


class MaxPool1d(_MaxPoolNd, call="max_pool1d" + _MAX):
    """The maximum over each window of (N, C, L) or (C, L)."""


class MaxPool2d(_MaxPoolNd, call="max_pool2d" + _MAX):
    """The maximum over each window of (N, C, H, W) or (C, H, W).

    Args:
        kernel_size: of the window.
        stride: the step between windows; by default ``kernel_size``.
        padding: of minus infinity on each side.
        dilation: the step between the elements of a window.
        return_indices: give the places of the maxima too, for MaxUnpool2d.
        ceil_mode: round the number of windows up.

    Example:
        >>> import jaxtorch as torch
        >>> torch.nn.MaxPool2d(2)(torch.tensor([[[1.0, 2.0], [3.0, 4.0]]]))
        tensor([[[4.]]])
    """


class MaxPool3d(_MaxPoolNd, call="max_pool3d" + _MAX):
    """The maximum over each window of (N, C, D, H, W) or (C, D, H, W)."""


class _MaxUnpoolNd(_Strided, show=_WINDOW):
    kernel_size: _Size
    stride: _Size | None = None
    padding: _Size = 0

    _dims = 1

    def _settle(self) -> None:
        super()._settle()
        sizes = _ntuple(self._dims)
        self.kernel_size, self.stride = sizes(self.kernel_size), sizes(self.stride)  # pyright: ignore
        self.padding = sizes(self.padding)

    def forward(
        self, input: Tensor, indices: Tensor, output_size: list[int] | None = None
    ) -> Tensor:
        unpool = getattr(F, f"max_unpool{self._dims}d")
        return unpool(input, indices, self.kernel_size, self.stride, self.padding, output_size)


class MaxUnpool1d(_MaxUnpoolNd):
    """Puts maxima back to where MaxPool1d found them, zeros elsewhere."""


class MaxUnpool2d(_MaxUnpoolNd):
    """Puts maxima back to where MaxPool2d found them, zeros elsewhere."""

    _dims = 2


class MaxUnpool3d(_MaxUnpoolNd):
    """Puts maxima back to where MaxPool3d found them, zeros elsewhere."""

    _dims = 3


class _AvgPoolNd(_Strided, show=_WINDOW):
    kernel_size: _Size
    stride: _Size | None = None
    padding: _Size = 0
    ceil_mode: bool = False
    count_include_pad: bool = True
    divisor_override: int | None = None


_AVG = "(input, kernel_size, stride, padding, ceil_mode, count_include_pad"


class AvgPool1d(_AvgPoolNd, call="avg_pool1d" + _AVG + ")"):
    """The average over each window of (N, C, L) or (C, L)."""

    kernel_size: _Size
    stride: _Size = None  # pyright: ignore[reportAssignmentType]
    padding: _Size = 0
    ceil_mode: bool = False
    count_include_pad: bool = True

    def _settle(self) -> None:
        super()._settle()
        sizes = _ntuple(1)
        self.kernel_size, self.stride = sizes(self.kernel_size), sizes(self.stride)
        self.padding = sizes(self.padding)


class AvgPool2d(_AvgPoolNd, call="avg_pool2d" + _AVG + ", divisor_override)"):
    """The average over each window of (N, C, H, W) or (C, H, W).

    Args:
        kernel_size: of the window.
        stride: the step between windows; by default ``kernel_size``.
        padding: of zeros on each side.
        ceil_mode: round the number of windows up.
        count_include_pad: count the padding in the averages.
        divisor_override: divide by this instead of by the size of the window.
    """


class AvgPool3d(_AvgPoolNd, call="avg_pool3d" + _AVG + ", divisor_override)"):
    """The average over each window of (N, C, D, H, W) or (C, D, H, W)."""


class _FractionalMaxPoolNd(Layer, show=""):
    kernel_size: _Size
    output_size: _Size | None = None
    output_ratio: _Ratio | None = None
    return_indices: bool = False
    _random_samples: Tensor | None = None

    _dims = 2

    def _settle(self) -> None:
        sizes, ratio = _ntuple(self._dims), self.output_ratio
        self.kernel_size = sizes(self.kernel_size)
        if self.output_size is None and ratio is None:
            raise ValueError(
                f"{type(self).__name__} requires specifying either an output size, or a pooling "
                "ratio"
            )
        if self.output_size is not None and ratio is not None:
            raise ValueError("only one of output_size and output_ratio may be specified")
        if ratio is None:
            self.output_size = sizes(self.output_size)  # pyright: ignore[reportAttributeAccessIssue]
            return
        self.output_ratio = sizes(ratio)
        if not all(0 < r < 1 for r in self.output_ratio[: self._dims]):
            raise ValueError(f"output_ratio must be between 0 and 1 (got {ratio})")


_FRACTIONAL = (
    "(input, kernel_size, output_size, output_ratio, return_indices, "
    "_random_samples=_random_samples)"
)


class FractionalMaxPool2d(_FractionalMaxPoolNd, call="fractional_max_pool2d" + _FRACTIONAL):
    """The maximum over windows at random places, to a given size or ratio (Graham, 2014)."""


class FractionalMaxPool3d(_FractionalMaxPoolNd, call="fractional_max_pool3d" + _FRACTIONAL):
    """The maximum over windows at random places of three dimensions."""

    _dims = 3

    def _settle(self) -> None:
        size = self.kernel_size
        if any(k <= 0 for k in (size if isinstance(size, (tuple, list)) else (size,))):
            raise ValueError(f"kernel_size must be greater than 0, but got {size}")
        super()._settle()


class _LPPoolNd(
    Layer,
    show="norm_type={norm_type}, kernel_size={kernel_size}, stride={stride}, ceil_mode={ceil_mode}",
):
    norm_type: float
    kernel_size: _Size
    stride: _Size | None = None
    ceil_mode: bool = False


_LP = "(input, float(norm_type), kernel_size, stride, ceil_mode)"


class LPPool1d(_LPPoolNd, call="lp_pool1d" + _LP):
    """``sum(x ** p) ** (1 / p)`` over each window of (N, C, L) or (C, L)."""


class LPPool2d(_LPPoolNd, call="lp_pool2d" + _LP):
    """``sum(x ** p) ** (1 / p)`` over each window of (N, C, H, W) or (C, H, W)."""


class LPPool3d(_LPPoolNd, call="lp_pool3d" + _LP):
    """``sum(x ** p) ** (1 / p)`` over each window of (N, C, D, H, W) or (C, D, H, W)."""


class _AdaptiveMaxPoolNd(Layer, show="output_size={output_size}"):
    output_size: _Sizes
    return_indices: bool = False


class AdaptiveMaxPool1d(
    _AdaptiveMaxPoolNd, call="adaptive_max_pool1d(input, output_size, return_indices)"
):
    """The maximum over as many windows of (N, C, L) or (C, L) as ``output_size`` says."""


class AdaptiveMaxPool2d(
    _AdaptiveMaxPoolNd, call="adaptive_max_pool2d(input, output_size, return_indices)"
):
    """The maximum over as many windows of (N, C, H, W) or (C, H, W) as ``output_size`` says."""


class AdaptiveMaxPool3d(
    _AdaptiveMaxPoolNd, call="adaptive_max_pool3d(input, output_size, return_indices)"
):
    """The maximum over as many windows of (N, C, D, H, W) as ``output_size`` says."""


class _AdaptiveAvgPoolNd(Layer, show="output_size={output_size}"):
    output_size: _Sizes


class AdaptiveAvgPool1d(_AdaptiveAvgPoolNd, call="adaptive_avg_pool1d(input, output_size)"):
    """The average over as many windows of (N, C, L) or (C, L) as ``output_size`` says."""


class AdaptiveAvgPool2d(_AdaptiveAvgPoolNd, call="adaptive_avg_pool2d(input, output_size)"):
    """The average over as many windows of (N, C, H, W) or (C, H, W) as ``output_size`` says."""


class AdaptiveAvgPool3d(_AdaptiveAvgPoolNd, call="adaptive_avg_pool3d(input, output_size)"):
    """The average over as many windows of (N, C, D, H, W) as ``output_size`` says."""
