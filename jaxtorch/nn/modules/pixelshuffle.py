"""PixelShuffle and its reverse: channels to space, and space to channels."""

from __future__ import annotations

from ._layer import Layer

__all__ = ["PixelShuffle", "PixelUnshuffle"]


class PixelShuffle(Layer, call="pixel_shuffle(input, upscale_factor)"):
    """Rearranges (*, C * r ** 2, H, W) into (*, C, H * r, W * r).

    Example:
        >>> import jaxtorch as torch
        >>> torch.nn.PixelShuffle(2)(torch.zeros(1, 8, 3, 3)).shape
        torch.Size([1, 2, 6, 6])
    """

    upscale_factor: int


class PixelUnshuffle(Layer, call="pixel_unshuffle(input, downscale_factor)"):
    """Rearranges (*, C, H * r, W * r) into (*, C * r ** 2, H, W)."""

    downscale_factor: int
