"""Transforms as functions, of images of Pillow and of tensors (..., channels, height, width).

Each returns an image of the kind it was given, fresh unless there was nothing to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any

import numpy as np

from ..._core import dtypes
from ..._core.exchange import from_numpy
from ..._core.tensor import Tensor
from ...nn._namespace import torch
from . import _pil, _tensor

__all__ = [
    "InterpolationMode", "adjust_brightness", "adjust_contrast", "adjust_gamma", "adjust_hue", "adjust_saturation",
    "affine", "center_crop", "convert_image_dtype", "crop", "erase", "five_crop", "gaussian_blur", "get_dimensions",
    "get_image_num_channels", "get_image_size", "hflip", "invert", "normalize", "pad", "pil_to_tensor", "posterize",
    "resize", "resized_crop", "rgb_to_grayscale", "rotate", "solarize", "ten_crop", "to_grayscale", "to_pil_image",
    "to_tensor", "vflip",
]  # fmt: skip


class InterpolationMode(Enum):
    """How values between pixels are found; the last three are for images of Pillow only."""

    NEAREST = "nearest"
    NEAREST_EXACT = "nearest-exact"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    BOX = "box"
    HAMMING = "hamming"
    LANCZOS = "lanczos"


_OF_CODE = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic", 4: "box", 5: "hamming"}


def _mode(interpolation: InterpolationMode | int) -> str:
    if isinstance(interpolation, int):
        return _OF_CODE[int(interpolation)]
    if not isinstance(interpolation, InterpolationMode):
        raise TypeError("Argument interpolation should be a InterpolationMode or a corresponding Pillow integer "
                        "constant")  # fmt: skip
    return interpolation.value


def _of(img) -> Any:
    """The module with the functions for this kind of image."""
    if isinstance(img, Tensor):
        return _tensor
    if _pil.is_image(img):
        return _pil
    raise TypeError(f"img should be PIL Image. Got {type(img)}")


def get_dimensions(img) -> list[int]:
    """Channels, height and width of an image."""
    return _of(img).get_dimensions(img)


def get_image_size(img) -> list[int]:
    """Width and height of an image."""
    return get_dimensions(img)[:0:-1]


def get_image_num_channels(img) -> int:
    """The number of channels of an image."""
    return get_dimensions(img)[0]


# -- conversions -----------------------------------------------------------------------------------
def _channels_first(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values.transpose(2, 0, 1))


def to_tensor(pic) -> Tensor:
    """An image as floats, (channels, height, width); bytes are scaled to [0, 1].

    Args:
        pic: an image of Pillow, or an array (height, width[, channels]).
    """
    if isinstance(pic, np.ndarray):
        if pic.ndim not in (2, 3):
            raise ValueError(f"pic should be 2/3 dimensional. Got {pic.ndim} dimensions.")
        values = _channels_first(pic[:, :, None] if pic.ndim == 2 else pic)
    elif _pil.is_image(pic):
        values = _values(pic) * np.uint8(255) if pic.mode == "1" else _values(pic)
    else:
        raise TypeError(f"pic should be PIL Image or ndarray. Got {type(pic)}")
    if values.dtype != np.uint8:
        return from_numpy(values)
    whole = torch.get_default_dtype()
    if whole == dtypes.float32:
        return from_numpy(values.astype(np.float32) / np.float32(255))
    return from_numpy(values).to(whole) / 255


def _values(img) -> np.ndarray:
    """A copy of the pixels, (channels, height, width)."""
    kind = {"I": np.int32, "I;16": np.uint16, "F": np.float32}.get(img.mode, np.uint8)
    values = np.array(img, kind, copy=True)
    return _channels_first(values[:, :, None] if values.ndim == 2 else values)


def pil_to_tensor(pic) -> Tensor:
    """The values of an image of Pillow, unchanged, (channels, height, width)."""
    if not _pil.is_image(pic):
        raise TypeError(f"pic should be PIL Image. Got {type(pic)}")
    return from_numpy(_values(pic))


def convert_image_dtype(image: Tensor, dtype=dtypes.float32) -> Tensor:
    """A tensor image in another dtype, its values scaled: white is 1 of floats and the largest of integers.

    Raises:
        RuntimeError: floats would not hold the integers.
    """
    if image.dtype == dtype:
        return image
    if image.dtype.is_floating_point:
        if dtype.is_floating_point:
            return image.to(dtype)
        unsafe = dtype == dtypes.int64 or (image.dtype == dtypes.float32 and dtype == dtypes.int32)
        if unsafe:
            raise RuntimeError(f"The cast from {image.dtype} to {dtype} cannot be performed safely.")
        return (image * (_tensor.max_value(dtype) + 1.0 - 1e-3)).to(dtype)
    white = int(_tensor.max_value(image.dtype))
    if dtype.is_floating_point:
        return image.to(dtype) / white
    wanted = int(_tensor.max_value(dtype))
    if white > wanted:
        return torch.div(image, (white + 1) // (wanted + 1), rounding_mode="floor").to(dtype)
    return image.to(dtype) * ((wanted + 1) // (white + 1))


def to_pil_image(pic: Tensor | np.ndarray, mode: str | None = None):
    """A tensor (channels, height, width) or array (height, width, channels) as an image of Pillow.

    Args:
        pic: floats are scaled from [0, 1] to bytes.
        mode: Pillow's name of the colour space; by default by the number of channels.
    """
    if isinstance(pic, Tensor):
        if pic.ndim not in (2, 3):
            raise ValueError(f"pic should be 2/3 dimensional. Got {pic.ndim} dimensions.")
        values = pic.detach().cpu().numpy()
        values = values[:, :, None] if values.ndim == 2 else values.transpose(1, 2, 0)
        if values.dtype.kind == "f" and mode != "F":
            values = (values * values.dtype.type(255)).astype(np.int64).astype(np.uint8)  # wraps around
    elif isinstance(pic, np.ndarray):
        if pic.ndim not in (2, 3):
            raise ValueError(f"pic should be 2/3 dimensional. Got {pic.ndim} dimensions.")
        values = pic[:, :, None] if pic.ndim == 2 else pic
    else:
        raise TypeError(f"pic should be Tensor or ndarray. Got {type(pic)}.")
    channels = values.shape[2]
    if channels > 4:
        raise ValueError(f"pic should not have > 4 channels. Got {channels} channels.")
    if channels == 1:
        expected = {"uint8": "L", "int16": "I;16", "uint16": "I;16", "int32": "I", "float32": "F"}.get(
            values.dtype.name
        )
        if mode is not None and mode != expected:
            raise ValueError(f"Incorrect mode ({mode}) supplied for input type {values.dtype}. Should be {expected}")
        modes, values = (expected,), values[:, :, 0]
    else:
        modes = {2: ("LA",), 3: ("RGB", "YCbCr", "HSV"), 4: ("RGBA", "CMYK", "RGBX")}[channels]
        if mode is not None and mode not in modes:
            raise ValueError(f"Only modes {list(modes)} are supported for {channels}D inputs")
        if values.dtype != np.uint8:
            raise TypeError(f"Input type {values.dtype} is not supported")
    if modes[0] is None:
        raise TypeError(f"Input type {values.dtype} is not supported")
    if _pil.Image is None:
        raise ImportError("to_pil_image needs the package pillow: pip install pillow")
    values = np.ascontiguousarray(values)
    chosen = mode or modes[0]
    if chosen in ("L", "I;16", "I", "F", "LA", "RGB", "RGBA"):
        return _pil.Image.fromarray(values)
    return _pil.Image.frombytes(chosen, (values.shape[1], values.shape[0]), values.tobytes())


def normalize(tensor: Tensor, mean: Sequence[float], std: Sequence[float], inplace: bool = False) -> Tensor:
    """``(tensor - mean) / std``, for each channel.

    Args:
        tensor: (..., channels, height, width) of floats.
        mean, std: a number for each channel.
        inplace: write into the tensor.
    """
    if not isinstance(tensor, Tensor):
        raise TypeError(f"img should be Tensor Image. Got {type(tensor)}")
    if not tensor.dtype.is_floating_point:
        raise TypeError(f"Input tensor should be a float tensor. Got {tensor.dtype}.")
    if tensor.ndim < 3:
        raise ValueError("Expected tensor to be a tensor image of size (..., C, H, W). Got tensor.size() = "
                         f"{tensor.size()}")  # fmt: skip
    offset, scale = (torch.as_tensor(v, dtype=tensor.dtype, device=tensor.device) for v in (mean, std))
    if (scale == 0).any():
        raise ValueError(f"std evaluated to zero after conversion to {tensor.dtype}, leading to division by zero.")
    offset, scale = (v.view(-1, 1, 1) if v.ndim == 1 else v for v in (offset, scale))
    return tensor.sub_(offset).div_(scale) if inplace else (tensor - offset) / scale


# -- sizes and places ------------------------------------------------------------------------------
def _resized(h: int, w: int, size: Sequence[int], max_size: int | None) -> list[int]:
    if len(size) == 2:
        if max_size is not None:
            raise ValueError("max_size should only be passed if size specifies the length of the smaller edge, i.e. "
                             "size should be an int or a sequence of length 1 in torchscript mode.")  # fmt: skip
        return list(size)
    short, long = min(h, w), max(h, w)
    new_short, new_long = size[0], int(size[0] * long / short)
    if max_size is not None:
        if max_size <= size[0]:
            raise ValueError(f"max_size = {max_size} must be strictly greater than the requested size for the smaller "
                             f"edge size = {size[0]}")  # fmt: skip
        if new_long > max_size:
            new_short, new_long = int(max_size * new_short / new_long), max_size
    return [new_long, new_short] if w <= h else [new_short, new_long]


def resize(img, size: int | Sequence[int], interpolation: InterpolationMode | int = InterpolationMode.BILINEAR,
           max_size: int | None = None, antialias: bool | None = True):  # fmt: skip
    """An image in another size.

    Args:
        img: an image of Pillow or a tensor.
        size: height and width, or one number: the shorter side's, the shape staying.
        interpolation: how values between pixels are found.
        max_size: the longer side is at most this, where ``size`` is one number.
        antialias: of tensors that shrink, whether every pixel counts; images of Pillow do so always.
    """
    size = [size] if isinstance(size, int) else list(size)
    if len(size) not in (1, 2):
        raise ValueError(f"Size must be an int or a 1 or 2 element tuple/list, not a {len(size)} element tuple/list")
    _, h, w = get_dimensions(img)
    out = _resized(h, w, size, max_size)
    return img if out == [h, w] else _of(img).resize(img, out, _mode(interpolation), antialias)


def crop(img, top: int, left: int, height: int, width: int):
    """A rectangle of an image; what lies outside is black. Of a tensor, a view where nothing does."""
    return _of(img).crop(img, top, left, height, width)


def _pair(size: int | Sequence[int], error: str = "Please provide only two dimensions (h, w) for size.") -> list[int]:
    size = [size, size] if isinstance(size, (int, float)) else list(size)
    size = size * 2 if len(size) == 1 else size
    if len(size) != 2:
        raise ValueError(error)
    return [int(v) for v in size]


def center_crop(img, output_size: int | Sequence[int]):
    """The middle of an image, with a black frame where it is smaller.

    Args:
        img: an image of Pillow or a tensor.
        output_size: height and width, or one number for both.
    """
    height, width = _pair(output_size)
    _, h, w = get_dimensions(img)
    if width > w or height > h:
        wide, high = max(width - w, 0), max(height - h, 0)
        img = pad(img, [wide // 2, high // 2, (wide + 1) // 2, (high + 1) // 2])
        _, h, w = get_dimensions(img)
    return crop(img, int(round((h - height) / 2.0)), int(round((w - width) / 2.0)), height, width)


def resized_crop(img, top: int, left: int, height: int, width: int, size: int | Sequence[int],
                 interpolation: InterpolationMode | int = InterpolationMode.BILINEAR,
                 antialias: bool | None = True):  # fmt: skip
    """A rectangle of an image, in another size."""
    return resize(crop(img, top, left, height, width), size, interpolation, antialias=antialias)


def pad(img, padding: int | Sequence[int], fill: Any = 0, padding_mode: str = "constant"):
    """An image with a frame.

    Args:
        img: an image of Pillow or a tensor.
        padding: of all sides; of left and right, top and bottom; or of left, top, right and bottom.
        fill: the value, or one for each channel, where the mode is "constant".
        padding_mode: "constant", "edge", "reflect" or "symmetric".
    """
    if padding_mode not in ("constant", "edge", "reflect", "symmetric"):
        raise ValueError("Padding mode should be either constant, edge, reflect or symmetric")
    sides = [padding] if isinstance(padding, int) else list(padding)
    if len(sides) not in (1, 2, 4):
        raise ValueError(f"Padding must be an int or a 1, 2, or 4 element tuple, not a {len(sides)} element tuple")
    return _of(img).pad(img, tuple(sides * (4 // len(sides))), fill, padding_mode)


def hflip(img):
    """An image with left and right exchanged."""
    return _of(img).hflip(img)


def vflip(img):
    """An image with top and bottom exchanged."""
    return _of(img).vflip(img)


def five_crop(img, size: int | Sequence[int]) -> tuple:
    """The corners (top left, top right, bottom left, bottom right) and the middle of an image."""
    height, width = _pair(size)
    _, h, w = get_dimensions(img)
    if width > w or height > h:
        raise ValueError(f"Requested crop size {size} is bigger than input size {(h, w)}")
    corners = [(0, 0), (0, w - width), (h - height, 0), (h - height, w - width)]
    return (*(crop(img, top, left, height, width) for top, left in corners), center_crop(img, [height, width]))


def ten_crop(img, size: int | Sequence[int], vertical_flip: bool = False) -> tuple:
    """`five_crop` of an image and of its mirror image."""
    return five_crop(img, size) + five_crop((vflip if vertical_flip else hflip)(img), size)


def rotate(img, angle: float, interpolation: InterpolationMode | int = InterpolationMode.NEAREST, expand: bool = False,
           center: Sequence[int] | None = None, fill: Any = None):  # fmt: skip
    """An image turned by degrees against the clock.

    Args:
        img: an image of Pillow or a tensor.
        angle: in degrees.
        interpolation: how values between pixels are found.
        expand: whether the result is as large as needed to hold all of it.
        center: what it turns about, from the top left corner; by default the middle.
        fill: the value outside, or one for each channel.
    """
    return _of(img).rotate(img, angle, _mode(interpolation), expand, center, fill)


def affine(img, angle: float, translate: Sequence[float], scale: float, shear: float | Sequence[float],
           interpolation: InterpolationMode | int = InterpolationMode.NEAREST, fill: Any = None,
           center: Sequence[int] | None = None):  # fmt: skip
    """An image sheared, scaled, turned with the clock and moved, about its middle or ``center``.

    Args:
        img: an image of Pillow or a tensor.
        angle: in degrees.
        translate: by how many pixels to the right and down.
        scale: a factor.
        shear: degrees along the x and y axes.
        interpolation, fill, center: as of `rotate`.
    """
    if scale <= 0.0:
        raise ValueError("Argument scale should be positive")
    shear = [shear, 0.0] if isinstance(shear, (int, float)) else list(shear)
    shear = shear * 2 if len(shear) == 1 else shear
    _, h, w = get_dimensions(img)
    middle = [w * 0.5, h * 0.5]
    about = middle if center is None else list(center)
    if isinstance(img, Tensor):  # a tensor's pixels are counted from its middle
        about = [c - m for c, m in zip(about, middle)]
    matrix = _tensor.inverse_affine_matrix(about, angle, translate, scale, shear)
    return _of(img).affine(img, matrix, _mode(interpolation), fill)


# -- colours ---------------------------------------------------------------------------------------
def _not_negative(factor: float, name: str) -> float:
    if factor < 0:
        raise ValueError(f"{name} ({factor}) is not non-negative.")
    return float(factor)


def adjust_brightness(img, brightness_factor: float):
    """An image so many times as bright."""
    return _of(img).adjust_brightness(img, _not_negative(brightness_factor, "brightness_factor"))


def adjust_contrast(img, contrast_factor: float):
    """An image with so many times the contrast."""
    return _of(img).adjust_contrast(img, _not_negative(contrast_factor, "contrast_factor"))


def adjust_saturation(img, saturation_factor: float):
    """An image with so many times the colour: 0 is gray."""
    return _of(img).adjust_saturation(img, _not_negative(saturation_factor, "saturation_factor"))


def adjust_hue(img, hue_factor: float):
    """An image with its hues turned, by at most 0.5 of the circle either way."""
    if not -0.5 <= hue_factor <= 0.5:
        raise ValueError(f"hue_factor ({hue_factor}) is not in [-0.5, 0.5].")
    return _of(img).adjust_hue(img, hue_factor)


def adjust_gamma(img, gamma: float, gain: float = 1):
    """``gain * img ** gamma``, with values scaled to [0, 1] meanwhile."""
    if gamma < 0:
        raise ValueError("Gamma should be a non-negative real number")
    return _of(img).adjust_gamma(img, gamma, gain)


def rgb_to_grayscale(img, num_output_channels: int = 1):
    """The luminance of an image, in one channel or three."""
    if num_output_channels not in (1, 3):
        raise ValueError("num_output_channels should be either 1 or 3")
    return _of(img).rgb_to_grayscale(img, num_output_channels)


def to_grayscale(img, num_output_channels: int = 1):
    """`rgb_to_grayscale` of an image of Pillow."""
    if not _pil.is_image(img):
        raise TypeError("Input should be PIL Image")
    return rgb_to_grayscale(img, num_output_channels)


def invert(img):
    """The negative of an image."""
    return _of(img).invert(img)


def posterize(img, bits: int):
    """An image with only the ``bits`` highest bits of each value."""
    if not 0 <= bits <= 8:
        raise ValueError(f"The number if bits should be between 0 and 8. Got {bits}")
    return _of(img).posterize(img, bits)


def solarize(img, threshold: float):
    """An image with the values from ``threshold`` on inverted."""
    return _of(img).solarize(img, threshold)


def gaussian_blur(img, kernel_size: int | Sequence[int], sigma: float | Sequence[float] | None = None):
    """An image convolved with a Gaussian.

    Args:
        img: an image of Pillow or a tensor.
        kernel_size: odd: the kernel's width and height, or one number for both.
        sigma: its standard deviations; by default they follow from the size.
    """
    size = _pair(kernel_size, f"If kernel_size is a sequence its length should be 2. Got {kernel_size}")
    if any(k % 2 == 0 or k < 0 for k in size):
        raise ValueError(f"kernel_size should have odd and positive integers. Got {size}")
    if sigma is None:
        sigma = [k * 0.15 + 0.35 for k in size]
    sigma = [float(sigma)] * 2 if isinstance(sigma, (int, float)) else [float(s) for s in sigma]
    sigma = sigma * 2 if len(sigma) == 1 else sigma
    if len(sigma) != 2 or any(s <= 0.0 for s in sigma):
        raise ValueError(f"sigma should have positive values. Got {sigma}")
    if isinstance(img, Tensor):
        return _tensor.gaussian_blur(img, size, sigma)
    return to_pil_image(_tensor.gaussian_blur(pil_to_tensor(img), size, sigma), mode=img.mode)


def erase(img: Tensor, i: int, j: int, h: int, w: int, v: Tensor, inplace: bool = False) -> Tensor:
    """A tensor image with the rectangle at row i and column j filled with ``v``."""
    if not isinstance(img, Tensor):
        raise TypeError(f"img should be Tensor Image. Got {type(img)}")
    return _tensor.erase(img, i, j, h, w, v, inplace)
