"""Padding as modules."""

from __future__ import annotations

from ..._core.tensor import Tensor
from .. import functional as F
from ._layer import Layer
from .utils import _ntuple

__all__ = [
    "CircularPad1d", "CircularPad2d", "CircularPad3d", "ConstantPad1d", "ConstantPad2d",
    "ConstantPad3d", "ReflectionPad1d", "ReflectionPad2d", "ReflectionPad3d", "ReplicationPad1d",
    "ReplicationPad2d", "ReplicationPad3d", "ZeroPad1d", "ZeroPad2d", "ZeroPad3d",
]  # fmt: skip

_Size = int | tuple[int, ...]


class _PadNd(Layer, show="{padding}"):
    padding: _Size

    _sides = 2  # of the padded dimensions, from the last: (left, right, top, bottom, front, back)

    def _settle(self) -> None:
        self.padding = _ntuple(self._sides)(self.padding)


class _CircularPadNd(_PadNd):
    def _check_input_dim(self, input: Tensor) -> None:
        few, many = self._sides // 2 + 1, self._sides // 2 + 2
        if input.dim() not in (few, many):
            raise ValueError(f"expected {few}D or {many}D input (got {input.dim()}D input)")

    def forward(self, input: Tensor) -> Tensor:
        self._check_input_dim(input)
        return F.pad(input, self.padding, "circular")


class _ConstantPadNd(
    _PadNd, call="pad(input, padding, 'constant', value)", show="padding={padding}, value={value}"
):
    padding: _Size
    value: float


class _ReflectionPadNd(_PadNd, call="pad(input, padding, 'reflect')"):
    pass


class _ReplicationPadNd(_PadNd, call="pad(input, padding, 'replicate')"):
    pass


class CircularPad1d(_CircularPadNd):
    """Pads the last dimension of (C, L) or (N, C, L) with what is at its other end."""


class CircularPad2d(_CircularPadNd):
    """Pads the last two dimensions of (N, C, H, W) or (C, H, W) with their other ends."""

    _sides = 4


class CircularPad3d(_CircularPadNd):
    """Pads the last three dimensions of (N, C, D, H, W) or (C, D, H, W) with their other ends."""

    _sides = 6


class ConstantPad1d(_ConstantPadNd):
    """Pads the last dimension with ``value``.

    Args:
        padding: (left, right), or one size for both.
    """


class ConstantPad2d(_ConstantPadNd):
    """Pads the last two dimensions with ``value``.

    Args:
        padding: (left, right, top, bottom), or one size for all.
    """

    _sides = 4


class ConstantPad3d(_ConstantPadNd):
    """Pads the last three dimensions with ``value``.

    Args:
        padding: (left, right, top, bottom, front, back), or one size for all.
    """

    _sides = 6


class ReflectionPad1d(_ReflectionPadNd):
    """Pads the last dimension with its reflection at the edges, not repeated."""


class ReflectionPad2d(_ReflectionPadNd):
    """Pads the last two dimensions with their reflections at the edges, not repeated."""

    _sides = 4


class ReflectionPad3d(_ReflectionPadNd):
    """Pads the last three dimensions with their reflections at the edges, not repeated."""

    _sides = 6


class ReplicationPad1d(_ReplicationPadNd):
    """Pads the last dimension with its edges."""


class ReplicationPad2d(_ReplicationPadNd):
    """Pads the last two dimensions with their edges."""

    _sides = 4


class ReplicationPad3d(_ReplicationPadNd):
    """Pads the last three dimensions with their edges."""

    _sides = 6


class _ZeroPad:
    def __init__(self, padding: _Size) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"  # pyright: ignore[reportAttributeAccessIssue]


class ZeroPad1d(_ZeroPad, ConstantPad1d):
    """Pads the last dimension with zeros."""


class ZeroPad2d(_ZeroPad, ConstantPad2d):
    """Pads the last two dimensions with zeros.

    Example:
        >>> import jaxtorch as torch
        >>> torch.nn.ZeroPad2d(1)(torch.ones(1, 1, 1))
        tensor([[[0., 0., 0.],
                 [0., 1., 0.],
                 [0., 0., 0.]]])
    """


class ZeroPad3d(_ZeroPad, ConstantPad3d):
    """Pads the last three dimensions with zeros."""
