"""Upsampling as modules."""

from __future__ import annotations

from ._layer import Layer

__all__ = ["Upsample", "UpsamplingNearest2d", "UpsamplingBilinear2d"]

_Size = int | tuple[int, ...]
_Ratio = float | tuple[float, ...]


class Upsample(
    Layer, show="",
    call="interpolate(input, size, scale_factor, mode, align_corners, "
    "recompute_scale_factor=recompute_scale_factor)",
):  # fmt: skip
    """Interpolates (N, C, *) to ``size``, or to ``scale_factor`` times its size.

    Args:
        mode: ``"nearest"``, ``"linear"``, ``"bilinear"``, ``"bicubic"`` or ``"trilinear"``.
        align_corners: whether the corners of input and output are the same points.
    """

    size: _Size | None = None
    scale_factor: _Ratio | None = None
    mode: str = "nearest"
    align_corners: bool | None = None
    recompute_scale_factor: bool | None = None

    def _settle(self) -> None:
        self.name = type(self).__name__
        factor = self.scale_factor
        if isinstance(factor, tuple):
            self.scale_factor = tuple(float(f) for f in factor)
        else:
            self.scale_factor = float(factor) if factor else None

    def __setstate__(self, state) -> None:
        state.setdefault("recompute_scale_factor", True)
        super().__setstate__(state)

    def extra_repr(self) -> str:
        name = "size" if self.scale_factor is None else "scale_factor"
        return f"{name}={getattr(self, name)!r}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """Upsample of (N, C, H, W) by the nearest neighbour."""

    def __init__(self, size: _Size | None = None, scale_factor: _Ratio | None = None) -> None:
        super().__init__(size, scale_factor, mode="nearest")


class UpsamplingBilinear2d(Upsample):
    """Upsample of (N, C, H, W) by bilinear interpolation, corners aligned."""

    def __init__(self, size: _Size | None = None, scale_factor: _Ratio | None = None) -> None:
        super().__init__(size, scale_factor, mode="bilinear", align_corners=True)
