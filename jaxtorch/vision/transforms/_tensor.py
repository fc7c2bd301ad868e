"""Transforms of tensors (..., channels, height, width); arguments as of the function of the name in `functional`."""

from __future__ import annotations

import math

import numpy as np

from ..._core import dtypes
from ..._core.exchange import from_numpy
from ..._core.tensor import Tensor
from ...nn import functional as F
from ...nn._namespace import torch


def max_value(dtype) -> float:
    """The value of white."""
    return 1 if dtype.is_floating_point or dtype == dtypes.bool_ else dtypes.iinfo(dtype).max


def get_dimensions(img: Tensor) -> list[int]:
    if img.ndim < 2:
        raise TypeError("Tensor is not a torch image.")
    return [1 if img.ndim == 2 else img.shape[-3], *img.shape[-2:]]


def _through_floats(img: Tensor, apply):
    """``apply`` to the image as a batch of floats; the result is rounded to the image's dtype."""
    batch = img.reshape(-1, *img.shape[-3:]) if img.ndim > 3 else img.reshape((1,) * (4 - img.ndim) + img.shape)
    result = apply(batch if img.dtype.is_floating_point else batch.to(dtypes.float32))
    if not img.dtype.is_floating_point:
        result = result.round().to(img.dtype)
    return result.reshape(img.shape[:-2] + result.shape[-2:])


def resize(img: Tensor, size: list[int], interpolation: str, antialias: bool | None) -> Tensor:
    if interpolation not in ("nearest", "nearest-exact", "bilinear", "bicubic"):
        raise ValueError("This interpolation mode is unsupported with Tensor input")
    smooth = interpolation in ("bilinear", "bicubic")
    facts = {"align_corners": False, "antialias": bool(antialias)} if smooth else {}

    def apply(x: Tensor) -> Tensor:
        out = F.interpolate(x, size=size, mode=interpolation, **facts)
        return out.clamp(0, 255) if interpolation == "bicubic" and img.dtype == dtypes.uint8 else out

    return _through_floats(img, apply)


def crop(img: Tensor, top: int, left: int, height: int, width: int) -> Tensor:
    h, w = img.shape[-2:]
    if top >= h or left >= w or top + height <= 0 or left + width <= 0:
        return img.new_zeros((*img.shape[:-2], height, width))
    inside = img[..., max(top, 0) : top + height, max(left, 0) : left + width]
    sides = [max(-left, 0), max(left + width - w, 0), max(-top, 0), max(top + height - h, 0)]
    return F.pad(inside, sides) if any(sides) else inside


def hflip(img: Tensor) -> Tensor:
    return img.flip(-1)


def vflip(img: Tensor) -> Tensor:
    return img.flip(-2)


def pad(img: Tensor, sides: tuple[int, int, int, int], fill, mode: str) -> Tensor:
    left, top, right, bottom = sides
    if mode == "constant":
        value = fill[0] if isinstance(fill, (tuple, list)) and len(fill) == 1 else fill
        if isinstance(value, (tuple, list)):
            raise ValueError("Padding fill of a tensor has to be one number")
        return F.pad(img, [left, right, top, bottom], value=float(value or 0))
    if mode == "symmetric":
        rows, columns = (
            np.pad(np.arange(n)[max(-a, 0) : n - max(-b, 0)], (max(a, 0), max(b, 0)), mode="symmetric")
            for n, a, b in ((img.shape[-2], top, bottom), (img.shape[-1], left, right))
        )
        return img.index_select(-2, from_numpy(rows).to(img.device)).index_select(
            -1, from_numpy(columns).to(img.device)
        )
    kind = {"edge": "replicate"}.get(mode, mode)
    return _through_floats(img, lambda x: F.pad(x, [left, right, top, bottom], mode=kind))


def _blend(one: Tensor, other: Tensor, ratio: float) -> Tensor:
    mixed = (ratio * one + (1.0 - ratio) * other).clamp(0, max_value(one.dtype))
    return mixed.to(one.dtype)


def adjust_brightness(img: Tensor, factor: float) -> Tensor:
    return _blend(img, torch.zeros_like(img), factor)


def adjust_contrast(img: Tensor, factor: float) -> Tensor:
    dtype = img.dtype if img.dtype.is_floating_point else dtypes.float32
    gray = rgb_to_grayscale(img, 1) if img.shape[-3] == 3 else img
    return _blend(img, gray.to(dtype).mean(dim=(-3, -2, -1), keepdim=True), factor)


def adjust_saturation(img: Tensor, factor: float) -> Tensor:
    return img if img.shape[-3] == 1 else _blend(img, rgb_to_grayscale(img, 1), factor)


def adjust_hue(img: Tensor, factor: float) -> Tensor:
    if img.shape[-3] == 1:
        return img
    dtype = img.dtype
    x = img if dtype.is_floating_point else img.to(dtypes.float32) / max_value(dtype)
    value, least = x.amax(-3, keepdim=True), x.amin(-3, keepdim=True)
    chroma = value - least
    gray = chroma == 0
    r, g, b = x.unbind(-3)
    step = torch.where(gray, 1.0, chroma).squeeze(-3)
    v = value.squeeze(-3)
    hue = torch.where(v == r, ((g - b) / step) % 6, torch.where(v == g, (b - r) / step + 2, (r - g) / step + 4))
    hue = (torch.where(gray.squeeze(-3), 0.0, hue) + 6 * factor) % 6
    # each channel falls from the brightest value by the chroma, in a trapezium of the hue
    turns = torch.stack([(hue + n) % 6 for n in (5, 3, 1)], -3)
    turned = value - chroma * torch.minimum(turns, 4 - turns).clamp(0, 1)
    return turned if dtype.is_floating_point else (turned * (max_value(dtype) + 1.0 - 1e-3)).to(dtype)


def adjust_gamma(img: Tensor, gamma: float, gain: float) -> Tensor:
    if img.dtype.is_floating_point:
        return (gain * img**gamma).clamp(0, 1)
    top = max_value(img.dtype)
    scaled = (gain * (img.to(dtypes.float32) / top) ** gamma).clamp(0, 1)
    return (scaled * (top + 1.0 - 1e-3)).to(img.dtype)


def rgb_to_grayscale(img: Tensor, channels: int) -> Tensor:
    if img.shape[-3] == 3:
        r, g, b = img.unbind(-3)
        img = (0.2989 * r + 0.587 * g + 0.114 * b).to(img.dtype).unsqueeze(-3)
    elif img.shape[-3] != 1:
        raise TypeError(f"Input image tensor permitted channel values are 1 or 3, but found {img.shape[-3]}")
    return img if channels == 1 else img.expand(*img.shape[:-3], 3, *img.shape[-2:])


def invert(img: Tensor) -> Tensor:
    return max_value(img.dtype) - img


def posterize(img: Tensor, bits: int) -> Tensor:
    if img.dtype != dtypes.uint8:
        raise TypeError(f"Only torch.uint8 image tensors are supported, but found {img.dtype}")
    return img & (256 - 2 ** (8 - bits))


def solarize(img: Tensor, threshold: float) -> Tensor:
    return torch.where(img >= threshold, invert(img), img)


def gaussian_blur(img: Tensor, size: list[int], sigma: list[float]) -> Tensor:
    def weights(k: int, s: float) -> np.ndarray:
        x = np.linspace(-(k - 1) * 0.5, (k - 1) * 0.5, k)
        w = np.exp(-0.5 * (x / s) ** 2)
        return w / w.sum()

    kernel = from_numpy(np.outer(weights(size[1], sigma[1]), weights(size[0], sigma[0])))

    def apply(x: Tensor) -> Tensor:
        channels, half = x.shape[-3], [size[0] // 2, size[0] // 2, size[1] // 2, size[1] // 2]
        w = kernel.to(x.device, x.dtype).expand(channels, 1, *kernel.shape)
        return F.conv2d(F.pad(x, half, mode="reflect"), w, groups=channels)

    return _through_floats(img, apply)


def rotate(img: Tensor, angle: float, interpolation: str, expand: bool, center, fill) -> Tensor:
    h, w = img.shape[-2:]
    from_middle = [0.0, 0.0] if center is None else [c - s * 0.5 for c, s in zip(center, (w, h))]
    matrix = inverse_affine_matrix(from_middle, -angle, [0.0, 0.0], 1.0, [0.0, 0.0])
    size = _expanded(matrix, w, h) if expand else (w, h)
    return _warp(img, matrix, size, interpolation, fill)


def affine(img: Tensor, matrix: list[float], interpolation: str, fill) -> Tensor:
    return _warp(img, matrix, (img.shape[-1], img.shape[-2]), interpolation, fill)


def inverse_affine_matrix(center, angle: float, translate, scale: float, shear) -> list[float]:
    """Where the pixels of the result come from: the inverse of shear, scale and turn about a center, then a move."""
    turn, sx, sy = math.radians(angle), math.radians(shear[0]), math.radians(shear[1])
    a = math.cos(turn - sy) / math.cos(sy)
    c = math.sin(turn - sy) / math.cos(sy)
    b = -a * math.tan(sx) - math.sin(turn)
    d = -c * math.tan(sx) + math.cos(turn)
    m = [value / scale for value in (d, -b, -c, a)]
    (cx, cy), (tx, ty) = center, translate
    return [m[0], m[1], cx - m[0] * (cx + tx) - m[1] * (cy + ty), m[2], m[3], cy - m[2] * (cx + tx) - m[3] * (cy + ty)]


def _expanded(matrix: list[float], w: int, h: int) -> tuple[int, int]:
    """The size that holds all of the turned image."""
    corners = np.array([[x, y, 1.0] for x in (-0.5 * w, 0.5 * w) for y in (-0.5 * h, 0.5 * h)], np.float32)
    turned = corners @ np.array(matrix, np.float32).reshape(2, 3).T + np.array([0.5 * w, 0.5 * h], np.float32)
    snapped = [np.trunc(v / 1e-4) * 1e-4 for v in (turned.min(0), turned.max(0))]  # forgives rounding errors
    width, height = np.ceil(snapped[1]) - np.floor(snapped[0])
    return int(width), int(height)


def _warp(img: Tensor, matrix: list[float], size: tuple[int, int], interpolation: str, fill) -> Tensor:
    if interpolation not in ("nearest", "bilinear"):
        raise ValueError(f"Resampling mode '{interpolation}' is unsupported with Tensor input")
    h, w = img.shape[-2:]
    theta = np.array(matrix, np.float32).reshape(2, 3)
    x, y = (np.arange(n, dtype=np.float32) - np.float32((n - 1) * 0.5) for n in size)
    places = np.stack([*np.meshgrid(x, y), np.ones((size[1], size[0]), np.float32)], -1)
    grid = from_numpy(places @ (theta.T / np.array([0.5 * w, 0.5 * h], np.float32)))

    def apply(batch: Tensor) -> Tensor:
        where = grid.to(batch.device, batch.dtype).expand(batch.shape[0], *grid.shape)
        if fill is None:
            return F.grid_sample(batch, where, mode=interpolation, padding_mode="zeros", align_corners=False)
        whole = torch.cat([batch, torch.ones_like(batch[:, :1])], 1)
        sampled = F.grid_sample(whole, where, mode=interpolation, padding_mode="zeros", align_corners=False)
        sampled, mask = sampled[:, :-1], sampled[:, -1:]
        values = fill if isinstance(fill, (tuple, list)) else [float(fill)]
        color = torch.tensor([float(v) for v in values], dtype=batch.dtype, device=batch.device).view(1, -1, 1, 1)
        if interpolation == "nearest":
            return torch.where(mask < 0.5, color, sampled)
        return sampled * mask + (1.0 - mask) * color

    return _through_floats(img, apply)


def erase(img: Tensor, i: int, j: int, h: int, w: int, v: Tensor, inplace: bool) -> Tensor:
    result = img if inplace else img.clone()
    result[..., i : i + h, j : j + w] = v
    return result
