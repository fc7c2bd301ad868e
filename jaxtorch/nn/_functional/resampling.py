"""Images in other sizes."""

from __future__ import annotations

import warnings

from .public import nn, public, torch
from .spatial import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d

pixel_shuffle, pixel_unshuffle = torch["pixel_shuffle"], torch["pixel_unshuffle"]
channel_shuffle = native_channel_shuffle = torch["channel_shuffle"]

#: the dims of the input that each of the linear modes takes
_DIMS = {"linear": 3, "bilinear": 4, "bicubic": 4, "trilinear": 5}


def _sizes(input, size):
    dims = input.dim() - 2
    if not isinstance(size, (list, tuple)):
        return (size,) * dims
    if len(size) != dims:
        raise ValueError(
            "Input and output must have the same number of spatial dimensions, but got "
            f"input with spatial dimensions of {list(input.shape[2:])} and output size of {size}. "
            "Please provide input tensor in (N, C, d1, d2, ...,dK) format and "
            "output size in (o1, o2, ...,oK) format."
        )
    if not all(isinstance(s, int) for s in size):
        raise TypeError(
            "expected size to be one of int or Tuple[int] or Tuple[int, int] or Tuple[int, int, int], "
            f"but got size with types {[type(s) for s in size]}"
        )
    return tuple(size)


def _factors(input, scale_factor):
    dims = input.dim() - 2
    if not isinstance(scale_factor, (list, tuple)):
        return (float(scale_factor),) * dims
    if len(scale_factor) != dims:
        raise ValueError(
            "Input and scale_factor must have the same number of spatial dimensions, but "
            f"got input with spatial dimensions of {list(input.shape[2:])} and "
            f"scale_factor of shape {scale_factor}. "
            "Please provide input tensor in (N, C, d1, d2, ...,dK) format and "
            "scale_factor in (s1, s2, ...,sK) format."
        )
    return tuple(float(s) for s in scale_factor)


@public
def interpolate(
    input, size=None, scale_factor=None, mode="nearest", align_corners=None,
    recompute_scale_factor=None, antialias=False,
):  # fmt: skip
    """``input`` with other sizes in the dims after the second.

    Args:
        input: (batch, channels, ...) with one to three more dims.
        size: the sizes wanted, or one for all.
        scale_factor: instead, the factors by which sizes grow, or one for all.
        mode: ``"nearest"``, ``"nearest-exact"``, ``"linear"``, ``"bilinear"``, ``"trilinear"``,
            ``"bicubic"`` or ``"area"``.
        align_corners: whether the corners' centres keep their places (the linear modes).
        recompute_scale_factor: whether the factor used is that of the resulting sizes.

    Raises:
        NotImplementedError: ``antialias=True``.
    """
    plain = mode in ("nearest", "area", "nearest-exact")
    if plain and align_corners is not None:
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear | "
            "bicubic | trilinear"
        )
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is None and scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    if size is not None:
        output, scales = _sizes(input, size), None
        if recompute_scale_factor:
            raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
    else:
        scales = _factors(input, scale_factor)
        output = tuple(int(n * s) for n, s in zip(input.shape[2:], scales, strict=True))
        if recompute_scale_factor or mode == "area":
            scales = None
    n = input.dim()
    if antialias:
        if mode not in ("bilinear", "bicubic", "lanczos") or n != 4:
            raise ValueError(
                "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a "
                "4-D tensor as input"
            )
        raise NotImplementedError("interpolate(antialias=True)")
    if mode == "area" and n in (3, 4, 5):
        return (adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d)[n - 3](input, output)
    if plain and n in (3, 4, 5) or _DIMS.get(mode) == n:
        return nn["interpolated"](input, output, bool(align_corners), scales, mode)
    if mode in ("linear", "bilinear", "trilinear") and n in (3, 4, 5):
        raise NotImplementedError(f"Got {n}D input, but {mode} mode needs {_DIMS[mode]}D input")
    raise NotImplementedError(
        "Input Error: Only 3D, 4D and 5D input Tensors supported"
        f" (got {n}D) for the modes: nearest | linear | bilinear | bicubic | trilinear | lanczos | area "
        f"| nearest-exact (got {mode})"
    )


def _deprecated(name: str) -> None:
    warnings.warn(
        f"`nn.functional.{name}` is deprecated. Use `nn.functional.interpolate` instead.", stacklevel=4
    )


@public
def upsample(input, size=None, scale_factor=None, mode="nearest", align_corners=None):
    """The old name of `interpolate`."""
    _deprecated("upsample")
    return interpolate(input, size, scale_factor, mode, align_corners)


@public
def upsample_nearest(input, size=None, scale_factor=None):
    """The old name of `interpolate` with ``mode="nearest"``."""
    _deprecated("upsample_nearest")
    return interpolate(input, size, scale_factor, mode="nearest")


@public
def upsample_bilinear(input, size=None, scale_factor=None):
    """The old name of `interpolate` with ``mode="bilinear"`` and aligned corners."""
    _deprecated("upsample_bilinear")
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)
