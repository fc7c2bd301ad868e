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
        antialias: whether the filter of ``"bilinear"``, ``"bicubic"`` or ``"lanczos"`` widens with the step
            where an image shrinks, so that every pixel counts.
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
        return nn["interpolated"](input, output, bool(align_corners), scales, f"{mode}_aa")
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


# -- places given by grids ------------------------------------------------------------------------
_MODES = {"bilinear": 0, "nearest": 1, "bicubic": 2}
_PADDINGS = {"zeros": 0, "border": 1, "reflection": 2}
_ALIGNED = (
    "Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. Please specify "
    "align_corners=True if the old behavior is desired. See the documentation of grid_sample for details."
)


@public
def grid_sample(input, grid, mode="bilinear", padding_mode="zeros", align_corners=None):
    """``input`` at the places of ``grid``.

    Args:
        input: (N, C, H, W) or (N, C, D, H, W).
        grid: (N, H', W', 2) or (N, D', H', W', 3), coordinates in [-1, 1], x first.
        mode: ``"bilinear"`` (of volumes: trilinear), ``"nearest"`` or, for images, ``"bicubic"``.
        padding_mode: what is outside: ``"zeros"``, the ``"border"``, or the image by ``"reflection"``.
        align_corners: whether -1 and 1 are the centres of the outer pixels, not their outer edges.

    Returns:
        (N, C, H', W') or (N, C, D', H', W').

    Raises:
        ValueError: there is no such mode.
        RuntimeError: shapes or dtypes do not go together.

    Example:
        >>> import jaxtorch as torch
        >>> image = torch.tensor([[[[0.0, 1.0], [2.0, 3.0]]]])
        >>> torch.nn.functional.grid_sample(image, torch.zeros(1, 1, 1, 2), align_corners=True)
        tensor([[[[1.5000]]]])
    """
    if mode not in _MODES:
        raise ValueError(
            f"nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '{mode}'"
        )
    if padding_mode not in _PADDINGS:
        raise ValueError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: "
            f"'{padding_mode}'"
        )
    if align_corners is None:
        warnings.warn(_ALIGNED, stacklevel=3)
    return torch["grid_sampler"](input, grid, _MODES[mode], _PADDINGS[padding_mode], bool(align_corners))


@public
def affine_grid(theta, size, align_corners=None):
    """The grid for `grid_sample` by which an image is mapped affinely.

    Args:
        theta: (N, 2, 3) or (N, 3, 4), the maps.
        size: (N, C, H, W) or (N, C, D, H, W), of the result of `grid_sample`.
        align_corners: as there.

    Returns:
        (N, H, W, 2) or (N, D, H, W, 3).

    Raises:
        ValueError: ``theta`` is of another shape or dtype, or a size is not positive.

    Example:
        >>> import jaxtorch as torch
        >>> identity = torch.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
        >>> torch.nn.functional.affine_grid(identity, (1, 1, 1, 2), align_corners=True)
        tensor([[[[-1.,  0.],
                  [ 1.,  0.]]]])
    """
    if align_corners is None:
        warnings.warn(_ALIGNED, stacklevel=3)
    align_corners = bool(align_corners)
    if not theta.is_floating_point():
        raise ValueError(f"Expected theta to have floating point type, but got {theta.dtype}")
    if len(size) not in (4, 5):
        raise NotImplementedError(
            "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. "
            f"Got size {size}."
        )
    dims = len(size) - 2
    if theta.dim() != 3 or theta.shape[-2] != dims or theta.shape[-1] != dims + 1:
        raise ValueError(
            f"Expected a batch of {dims}D affine matrices of shape Nx{dims}x{dims + 1} for size {size}. "
            f"Got {theta.shape}."
        )
    spatial = size[-dims:]
    if align_corners and min(spatial) == 1:
        warnings.warn(
            "Since version 1.3.0, affine_grid behavior has changed for unit-size grids when align_corners=True. This "
            "is not an intended use case of affine_grid. See the documentation of affine_grid for details.",
            stacklevel=3,
        )
    elif min(size) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {size}")
    return torch["affine_grid_generator"](theta, size, align_corners)


# -- former names ---------------------------------------------------------------------------------
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
