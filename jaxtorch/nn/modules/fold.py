"""Fold and Unfold: patches of images as columns."""

from __future__ import annotations

from ._layer import Layer

__all__ = ["Fold", "Unfold"]

_Size = int | tuple[int, ...]


class Fold(Layer, call="fold(input, output_size, kernel_size, dilation, padding, stride)"):
    """Adds the columns of (N, C * prod(kernel_size), L) up as patches of (N, C, *output_size)."""

    output_size: _Size
    kernel_size: _Size
    dilation: _Size = 1
    padding: _Size = 0
    stride: _Size = 1


class Unfold(Layer, call="unfold(input, kernel_size, dilation, padding, stride)"):
    """The patches of (N, C, *) as the columns of (N, C * prod(kernel_size), L)."""

    kernel_size: _Size
    dilation: _Size = 1
    padding: _Size = 0
    stride: _Size = 1
