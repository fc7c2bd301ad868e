"""Transforms of images of Pillow; each has the arguments of the function of its name in `functional`."""

from __future__ import annotations

from typing import Any

import numpy as np

try:
    from PIL import Image, ImageEnhance, ImageOps
except ImportError:  # tensors are transformed without it
    Image = ImageEnhance = ImageOps = None  # pyright: ignore[reportAssignmentType]

_CODES = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3, "box": 4, "hamming": 5, "nearest-exact": 0}


def is_image(img: Any) -> bool:
    """Whether this is an image of Pillow."""
    return Image is not None and isinstance(img, Image.Image)


def get_dimensions(img) -> list[int]:
    return [len(img.getbands()), img.height, img.width]


def resize(img, size: list[int], interpolation: str, antialias: bool | None):
    return img.resize(tuple(size[::-1]), _CODES[interpolation])


def crop(img, top: int, left: int, height: int, width: int):
    return img.crop((left, top, left + width, top + height))


def hflip(img):
    return img.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def vflip(img):
    return img.transpose(Image.Transpose.FLIP_TOP_BOTTOM)


def _fill(img, fill) -> Any:
    """``fill`` as Pillow wants it: a number for images of one band, else a tuple."""
    bands = len(img.getbands())
    values = [fill] if isinstance(fill, (int, float)) or fill is None else list(fill)
    values = [0 if v is None else v for v in values]
    if len(values) == 1:
        values *= bands
    if len(values) != bands:
        raise ValueError("The number of elements in 'fill' does not match the number of channels of the image "
                         f"({len(values)} != {bands})")  # fmt: skip
    whole = tuple(v if img.mode == "F" else int(v) for v in values)
    return whole if bands > 1 else whole[0]


def pad(img, sides: tuple[int, int, int, int], fill, mode: str):
    left, top, right, bottom = sides
    if mode == "constant":
        return ImageOps.expand(img, border=sides, fill=_fill(img, fill))
    if min(sides) < 0:  # crop, then pad what is left to pad
        img = img.crop((max(-left, 0), max(-top, 0), img.width - max(-right, 0), img.height - max(-bottom, 0)))
        left, top, right, bottom = (max(side, 0) for side in sides)
    values = np.asarray(img)
    widths = ((top, bottom), (left, right), *[(0, 0)] * (values.ndim - 2))
    padded = Image.fromarray(np.pad(values, widths, mode={"edge": "edge"}.get(mode, mode)))
    if img.mode == "P":
        padded.putpalette(img.getpalette())
    return padded


def adjust_brightness(img, factor: float):
    return ImageEnhance.Brightness(img).enhance(factor)


def adjust_contrast(img, factor: float):
    return ImageEnhance.Contrast(img).enhance(factor)


def adjust_saturation(img, factor: float):
    return ImageEnhance.Color(img).enhance(factor)


def adjust_hue(img, factor: float):
    if img.mode in ("L", "1", "I", "F"):
        return img
    h, s, v = img.convert("HSV").split()
    turned = np.asarray(h) + np.int32(factor * 255).astype(np.uint8)  # wraps around
    return Image.merge("HSV", (Image.fromarray(turned.astype(np.uint8)), s, v)).convert(img.mode)


def adjust_gamma(img, gamma: float, gain: float):
    mode = img.mode
    curve = [int((255 + 1 - 1e-3) * gain * pow(level / 255.0, gamma)) for level in range(256)] * 3
    return img.convert("RGB").point(curve).convert(mode)


def rgb_to_grayscale(img, channels: int):
    gray = img.convert("L")
    return gray if channels == 1 else Image.merge("RGB", (gray, gray, gray))


def invert(img):
    return ImageOps.invert(img)


def posterize(img, bits: int):
    return ImageOps.posterize(img, bits)


def solarize(img, threshold: float):
    return ImageOps.solarize(img, threshold)


def rotate(img, angle: float, interpolation: str, expand: bool, center, fill):
    return img.rotate(angle, _CODES[interpolation], expand, None if center is None else tuple(center),
                      fillcolor=_fill(img, fill))  # fmt: skip


def affine(img, matrix: list[float], interpolation: str, fill):
    return img.transform(img.size, Image.Transform.AFFINE, matrix, _CODES[interpolation], fillcolor=_fill(img, fill))
