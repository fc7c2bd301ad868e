"""Transforms as objects, of images of Pillow and of tensors (..., channels, height, width).

The random ones draw from the default generator what torchvision draws, in its order.
"""

from __future__ import annotations

import math
import numbers
import random
from collections.abc import Callable, Sequence
from typing import Any

from ... import nn
from ..._core import dtypes
from ..._core.tensor import Tensor
from ...nn._namespace import torch
from . import functional as F
from .functional import InterpolationMode

__all__ = [
    "CenterCrop", "ColorJitter", "Compose", "ConvertImageDtype", "FiveCrop", "GaussianBlur", "Grayscale", "Lambda",
    "Normalize", "PILToTensor", "Pad", "RandomAffine", "RandomApply", "RandomChoice", "RandomCrop", "RandomErasing",
    "RandomGrayscale", "RandomHorizontalFlip", "RandomInvert", "RandomOrder", "RandomPosterize", "RandomResizedCrop",
    "RandomRotation", "RandomSolarize", "RandomVerticalFlip", "Resize", "TenCrop", "ToPILImage", "ToTensor",
]  # fmt: skip


def _uniform(low: float, high: float) -> float:
    return float(torch.empty(1).uniform_(float(low), float(high)).item())


def _integer(high: int) -> int:
    """A whole number from 0 to ``high``."""
    return int(torch.randint(0, high + 1, size=(1,)).item())


def _happens(p: float) -> bool:
    return float(torch.rand(1).item()) < p


def _size(size: int | Sequence[int], error: str = "Please provide only two dimensions (h, w) for size.") -> tuple:
    if isinstance(size, numbers.Number):
        return (int(size), int(size))  # pyright: ignore[reportArgumentType]
    size = tuple(size) * 2 if len(size) == 1 else tuple(size)
    if len(size) != 2:
        raise ValueError(error)
    return size


def _listing(name: str, items: Sequence) -> str:
    return "\n".join([f"{name}(", *(f"    {item}" for item in items), ")"])


# -- of transforms ---------------------------------------------------------------------------------
class Compose:
    """One transform after another.

    Args:
        transforms: callables.

    Example:
        >>> import numpy as np
        >>> from jaxtorch.vision import transforms
        >>> prepare = transforms.Compose([transforms.ToTensor(), transforms.Normalize([0.5], [0.5])])
        >>> prepare(np.full((2, 2), 255, np.uint8))
        tensor([[[1., 1.],
                 [1., 1.]]])
    """

    def __init__(self, transforms: Sequence[Callable]) -> None:
        self.transforms = transforms

    def __call__(self, img):
        for t in self.transforms:
            img = t(img)
        return img

    def __repr__(self) -> str:
        return _listing(self.__class__.__name__, self.transforms)


class Lambda:
    """A function as a transform.

    Args:
        lambd: the function.
    """

    def __init__(self, lambd: Callable) -> None:
        if not callable(lambd):
            raise TypeError(f"Argument lambd should be callable, got {repr(type(lambd).__name__)}")
        self.lambd = lambd

    def __call__(self, img):
        return self.lambd(img)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}()"


class RandomApply(nn.Module):
    """All of some transforms, or none.

    Args:
        transforms: callables.
        p: the probability of all.
    """

    def __init__(self, transforms: Sequence[Callable], p: float = 0.5) -> None:
        super().__init__()
        self.transforms = transforms
        self.p = p

    def forward(self, img):
        if self.p < float(torch.rand(1).item()):
            return img
        for t in self.transforms:
            img = t(img)
        return img

    def __repr__(self) -> str:
        return _listing(self.__class__.__name__, [f"p={self.p}", *self.transforms])


class _RandomTransforms:
    def __init__(self, transforms: Sequence[Callable]) -> None:
        if not isinstance(transforms, Sequence):
            raise TypeError("Argument transforms should be a sequence")
        self.transforms = transforms

    def __repr__(self) -> str:
        return _listing(self.__class__.__name__, self.transforms)


class RandomOrder(_RandomTransforms):
    """All of some transforms in an order drawn from Python's `random`."""

    def __call__(self, img):
        order = list(range(len(self.transforms)))
        random.shuffle(order)
        for i in order:
            img = self.transforms[i](img)
        return img


class RandomChoice(_RandomTransforms):
    """One of some transforms, drawn from Python's `random`.

    Args:
        transforms: callables.
        p: their weights.
    """

    def __init__(self, transforms: Sequence[Callable], p: Sequence[float] | None = None) -> None:
        super().__init__(transforms)
        if p is not None and not isinstance(p, Sequence):
            raise TypeError("Argument p should be a sequence")
        self.p = p

    def __call__(self, *args):
        return random.choices(self.transforms, weights=self.p)[0](*args)

    def __repr__(self) -> str:
        return f"{super().__repr__()}(p={self.p})"


# -- conversions -----------------------------------------------------------------------------------
class _Plain:
    def __repr__(self) -> str:
        return f"{self.__class__.__name__}()"


class ToTensor(_Plain):
    """`functional.to_tensor` as an object."""

    def __call__(self, pic) -> Tensor:
        return F.to_tensor(pic)


class PILToTensor(_Plain):
    """`functional.pil_to_tensor` as an object."""

    def __call__(self, pic) -> Tensor:
        return F.pil_to_tensor(pic)


class ToPILImage:
    """`functional.to_pil_image` as an object.

    Args:
        mode: Pillow's name of the colour space; by default by the number of channels.
    """

    def __init__(self, mode: str | None = None) -> None:
        self.mode = mode

    def __call__(self, pic):
        return F.to_pil_image(pic, self.mode)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({'' if self.mode is None else f'mode={self.mode}'})"


class ConvertImageDtype(nn.Module):
    """`functional.convert_image_dtype` as a module.

    Args:
        dtype: the dtype wanted.
    """

    def __init__(self, dtype) -> None:
        super().__init__()
        self.dtype = dtype

    def forward(self, image: Tensor) -> Tensor:
        return F.convert_image_dtype(image, self.dtype)


class Normalize(nn.Module):
    """`functional.normalize` as a module.

    Args:
        mean, std: a number for each channel.
        inplace: write into the tensor.
    """

    def __init__(self, mean: Sequence[float], std: Sequence[float], inplace: bool = False) -> None:
        super().__init__()
        self.mean, self.std, self.inplace = mean, std, inplace

    def forward(self, tensor: Tensor) -> Tensor:
        return F.normalize(tensor, self.mean, self.std, self.inplace)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(mean={self.mean}, std={self.std})"


# -- sizes and places ------------------------------------------------------------------------------
class Resize(nn.Module):
    """`functional.resize` as a module; the same arguments."""

    def __init__(self, size: int | Sequence[int],
                 interpolation: InterpolationMode | int = InterpolationMode.BILINEAR, max_size: int | None = None,
                 antialias: bool | None = True) -> None:  # fmt: skip
        super().__init__()
        if not isinstance(size, (int, Sequence)):
            raise TypeError(f"Size should be int or sequence. Got {type(size)}")
        if isinstance(size, Sequence) and len(size) not in (1, 2):
            raise ValueError("If size is a sequence, it should have 1 or 2 values")
        self.size, self.max_size, self.antialias = size, max_size, antialias
        self.interpolation = InterpolationMode(F._mode(interpolation))

    def forward(self, img):
        return F.resize(img, self.size, self.interpolation, self.max_size, self.antialias)

    def __repr__(self) -> str:
        return (f"{self.__class__.__name__}(size={self.size}, interpolation={self.interpolation.value}, "
                f"max_size={self.max_size}, antialias={self.antialias})")  # fmt: skip


class CenterCrop(nn.Module):
    """`functional.center_crop` as a module.

    Args:
        size: height and width, or one number for both.
    """

    def __init__(self, size: int | Sequence[int]) -> None:
        super().__init__()
        self.size = _size(size)

    def forward(self, img):
        return F.center_crop(img, self.size)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(size={self.size})"


class FiveCrop(nn.Module):
    """`functional.five_crop` as a module.

    Args:
        size: height and width, or one number for both.
    """

    def __init__(self, size: int | Sequence[int]) -> None:
        super().__init__()
        self.size = _size(size)

    def forward(self, img) -> tuple:
        return F.five_crop(img, self.size)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(size={self.size})"


class TenCrop(nn.Module):
    """`functional.ten_crop` as a module.

    Args:
        size: height and width, or one number for both.
        vertical_flip: whether the mirror image is upside down.
    """

    def __init__(self, size: int | Sequence[int], vertical_flip: bool = False) -> None:
        super().__init__()
        self.size, self.vertical_flip = _size(size), vertical_flip

    def forward(self, img) -> tuple:
        return F.ten_crop(img, self.size, self.vertical_flip)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(size={self.size}, vertical_flip={self.vertical_flip})"


class Pad(nn.Module):
    """`functional.pad` as a module; the same arguments."""

    def __init__(self, padding: int | Sequence[int], fill: Any = 0, padding_mode: str = "constant") -> None:
        super().__init__()
        if not isinstance(padding, (numbers.Number, tuple, list)):
            raise TypeError("Got inappropriate padding arg")
        if padding_mode not in ("constant", "edge", "reflect", "symmetric"):
            raise ValueError("Padding mode should be either constant, edge, reflect or symmetric")
        self.padding, self.fill, self.padding_mode = padding, fill, padding_mode

    def forward(self, img):
        return F.pad(img, self.padding, self.fill, self.padding_mode)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(padding={self.padding}, fill={self.fill}, padding_mode={self.padding_mode})"


class RandomCrop(nn.Module):
    """A rectangle of an image, at a random place.

    Args:
        size: height and width, or one number for both.
        padding: a frame put round the image first.
        pad_if_needed: put a frame round images that are too small.
        fill, padding_mode: of the frames, as of `functional.pad`.
    """

    def __init__(self, size: int | Sequence[int], padding: int | Sequence[int] | None = None,
                 pad_if_needed: bool = False, fill: Any = 0, padding_mode: str = "constant") -> None:  # fmt: skip
        super().__init__()
        self.size = _size(size)
        self.padding, self.pad_if_needed = padding, pad_if_needed
        self.fill, self.padding_mode = fill, padding_mode

    @staticmethod
    def get_params(img, output_size: tuple[int, int]) -> tuple[int, int, int, int]:
        """Top, left, height and width of a random rectangle."""
        _, h, w = F.get_dimensions(img)
        height, width = output_size
        if h < height or w < width:
            raise ValueError(f"Required crop size {(height, width)} is larger than input image size {(h, w)}")
        if w == width and h == height:
            return 0, 0, h, w
        return _integer(h - height), _integer(w - width), height, width

    def forward(self, img):
        if self.padding is not None:
            img = F.pad(img, self.padding, self.fill, self.padding_mode)
        _, h, w = F.get_dimensions(img)
        if self.pad_if_needed and w < self.size[1]:
            img = F.pad(img, [self.size[1] - w, 0], self.fill, self.padding_mode)
        if self.pad_if_needed and h < self.size[0]:
            img = F.pad(img, [0, self.size[0] - h], self.fill, self.padding_mode)
        return F.crop(img, *self.get_params(img, self.size))

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(size={self.size}, padding={self.padding})"


class RandomResizedCrop(nn.Module):
    """A rectangle of random place, area and shape, resized.

    Args:
        size: height and width of the result, or one number for both.
        scale: bounds of the rectangle's share of the area.
        ratio: bounds of its width over its height.
        interpolation, antialias: as of `functional.resize`.
    """

    def __init__(self, size: int | Sequence[int], scale: tuple[float, float] = (0.08, 1.0),
                 ratio: tuple[float, float] = (3.0 / 4.0, 4.0 / 3.0),
                 interpolation: InterpolationMode | int = InterpolationMode.BILINEAR,
                 antialias: bool | None = True) -> None:  # fmt: skip
        super().__init__()
        self.size = _size(size)
        if not isinstance(scale, Sequence):
            raise TypeError("Scale should be a sequence")
        if not isinstance(ratio, Sequence):
            raise TypeError("Ratio should be a sequence")
        self.interpolation = InterpolationMode(F._mode(interpolation))
        self.scale, self.ratio, self.antialias = scale, ratio, antialias

    @staticmethod
    def get_params(img, scale: Sequence[float], ratio: Sequence[float]) -> tuple[int, int, int, int]:
        """Top, left, height and width of a random rectangle; the largest in the middle if ten draws do not fit."""
        _, height, width = F.get_dimensions(img)
        area = height * width
        log_ratio = _logarithms(ratio)
        for _ in range(10):
            target = area * _uniform(scale[0], scale[1])
            aspect = _exponential_uniform(log_ratio)
            w = int(round(math.sqrt(target * aspect)))
            h = int(round(math.sqrt(target / aspect)))
            if 0 < w <= width and 0 < h <= height:
                return _integer(height - h), _integer(width - w), h, w
        whole = float(width) / float(height)
        w, h = width, height
        if whole < min(ratio):
            h = int(round(w / min(ratio)))
        elif whole > max(ratio):
            w = int(round(h * max(ratio)))
        return (height - h) // 2, (width - w) // 2, h, w

    def forward(self, img):
        i, j, h, w = self.get_params(img, self.scale, self.ratio)
        return F.resized_crop(img, i, j, h, w, self.size, self.interpolation, antialias=self.antialias)

    def __repr__(self) -> str:
        scale, ratio = (tuple(round(v, 4) for v in bounds) for bounds in (self.scale, self.ratio))
        return (f"{self.__class__.__name__}(size={self.size}, scale={scale}, ratio={ratio}, "
                f"interpolation={self.interpolation.value}, antialias={self.antialias})")  # fmt: skip


def _logarithms(ratio: Sequence[float]) -> list[float]:
    """As floats of 32 bits, which the draws between them are too."""
    return torch.log(torch.tensor(ratio, dtype=dtypes.float32)).tolist()


def _exponential_uniform(bounds: Sequence[float]) -> float:
    return torch.exp(torch.empty(1).uniform_(bounds[0], bounds[1])).item()


class _RandomFlip(nn.Module):
    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def forward(self, img):
        return self._apply_to(img) if _happens(self.p) else img

    def _apply_to(self, img):
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(p={self.p})"


class RandomHorizontalFlip(_RandomFlip):
    """`functional.hflip`, with probability ``p``."""

    def _apply_to(self, img):
        return F.hflip(img)


class RandomVerticalFlip(_RandomFlip):
    """`functional.vflip`, with probability ``p``."""

    def _apply_to(self, img):
        return F.vflip(img)


class RandomInvert(_RandomFlip):
    """`functional.invert`, with probability ``p``."""

    def _apply_to(self, img):
        return F.invert(img)


class RandomGrayscale(_RandomFlip):
    """`functional.rgb_to_grayscale`, with probability ``p``; the channels are as many as before."""

    def __init__(self, p: float = 0.1) -> None:
        super().__init__(p)

    def _apply_to(self, img):
        return F.rgb_to_grayscale(img, num_output_channels=F.get_image_num_channels(img))


class RandomPosterize(_RandomFlip):
    """`functional.posterize`, with probability ``p``.

    Args:
        bits: how many are kept.
        p: the probability.
    """

    def __init__(self, bits: int, p: float = 0.5) -> None:
        super().__init__(p)
        self.bits = bits

    def _apply_to(self, img):
        return F.posterize(img, self.bits)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(bits={self.bits},p={self.p})"


class RandomSolarize(_RandomFlip):
    """`functional.solarize`, with probability ``p``.

    Args:
        threshold: values from here on are inverted.
        p: the probability.
    """

    def __init__(self, threshold: float, p: float = 0.5) -> None:
        super().__init__(p)
        self.threshold = threshold

    def _apply_to(self, img):
        return F.solarize(img, self.threshold)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(threshold={self.threshold},p={self.p})"


def _angles(x: float | Sequence[float], name: str, lengths: Sequence[int] = (2,)) -> list[float]:
    if isinstance(x, numbers.Number):
        if x < 0:  # pyright: ignore[reportOperatorIssue]
            raise ValueError(f"If {name} is a single number, it must be positive.")
        return [-float(x), float(x)]  # pyright: ignore[reportArgumentType]
    if not isinstance(x, Sequence):
        raise TypeError(f"{name} should be a sequence of length {' or '.join(map(str, lengths))}.")
    if len(x) not in lengths:
        raise ValueError(f"{name} should be a sequence of length {' or '.join(map(str, lengths))}.")
    return [float(v) for v in x]


def _filling(img, fill: Any) -> Any:
    """A tensor's ``fill``: a number for each channel."""
    if not isinstance(img, Tensor):
        return fill
    channels = F.get_image_num_channels(img)
    return [float(fill)] * channels if isinstance(fill, (int, float)) else [float(v) for v in fill]


class RandomRotation(nn.Module):
    """An image turned by a random angle.

    Args:
        degrees: bounds of the angle; one number for minus and plus it.
        interpolation, expand, center, fill: as of `functional.rotate`.
    """

    def __init__(self, degrees: float | Sequence[float],
                 interpolation: InterpolationMode | int = InterpolationMode.NEAREST, expand: bool = False,
                 center: Sequence[int] | None = None, fill: Any = 0) -> None:  # fmt: skip
        super().__init__()
        self.degrees = _angles(degrees, "degrees")
        self.interpolation = InterpolationMode(F._mode(interpolation))
        self.expand, self.center, self.fill = expand, center, 0 if fill is None else fill

    @staticmethod
    def get_params(degrees: Sequence[float]) -> float:
        """A random angle."""
        return _uniform(degrees[0], degrees[1])

    def forward(self, img):
        angle = self.get_params(self.degrees)
        return F.rotate(img, angle, self.interpolation, self.expand, self.center, _filling(img, self.fill))

    def __repr__(self) -> str:
        more = "" if self.center is None else f", center={self.center}"
        more += "" if self.fill is None else f", fill={self.fill}"
        return (f"{self.__class__.__name__}(degrees={self.degrees}, interpolation={self.interpolation.value}, "
                f"expand={self.expand}{more})")  # fmt: skip


class RandomAffine(nn.Module):
    """An image turned, moved, scaled and sheared at random.

    Args:
        degrees: bounds of the angle; one number for minus and plus it.
        translate: the largest moves to either side, as shares of width and height.
        scale: bounds of the factor.
        shear: bounds of the shear along x, or along x and y; one number for minus and plus it.
        interpolation, fill, center: as of `functional.affine`.
    """

    def __init__(self, degrees: float | Sequence[float], translate: Sequence[float] | None = None,
                 scale: Sequence[float] | None = None, shear: float | Sequence[float] | None = None,
                 interpolation: InterpolationMode | int = InterpolationMode.NEAREST, fill: Any = 0,
                 center: Sequence[int] | None = None) -> None:  # fmt: skip
        super().__init__()
        self.degrees = _angles(degrees, "degrees")
        if translate is not None and not all(0.0 <= t <= 1.0 for t in translate):
            raise ValueError("translation values should be between 0 and 1")
        if scale is not None and any(s <= 0 for s in scale):
            raise ValueError("scale values should be positive")
        self.translate, self.scale = translate, scale
        self.shear = None if shear is None else _angles(shear, "shear", (2, 4))
        self.interpolation = InterpolationMode(F._mode(interpolation))
        self.fill, self.center = 0 if fill is None else fill, center

    @staticmethod
    def get_params(degrees: Sequence[float], translate: Sequence[float] | None, scale_ranges: Sequence[float] | None,
                   shears: Sequence[float] | None, img_size: Sequence[int]) -> tuple:  # fmt: skip
        """A random angle, move, factor and shear."""
        angle = _uniform(degrees[0], degrees[1])
        moves = (0, 0)
        if translate is not None:
            bounds = [float(share * side) for share, side in zip(translate, img_size)]
            moves = tuple(int(round(_uniform(-bound, bound))) for bound in bounds)
        scale = 1.0 if scale_ranges is None else _uniform(scale_ranges[0], scale_ranges[1])
        along_x = 0.0 if shears is None else _uniform(shears[0], shears[1])
        along_y = _uniform(shears[2], shears[3]) if shears is not None and len(shears) == 4 else 0.0
        return angle, moves, scale, (along_x, along_y)

    def forward(self, img):
        size = F.get_image_size(img)
        drawn = self.get_params(self.degrees, self.translate, self.scale, self.shear, size)
        return F.affine(img, *drawn, interpolation=self.interpolation, fill=_filling(img, self.fill),
                        center=self.center)  # fmt: skip


# -- colours ---------------------------------------------------------------------------------------
class Grayscale(nn.Module):
    """`functional.rgb_to_grayscale` as a module.

    Args:
        num_output_channels: 1 or 3.
    """

    def __init__(self, num_output_channels: int = 1) -> None:
        super().__init__()
        self.num_output_channels = num_output_channels

    def forward(self, img):
        return F.rgb_to_grayscale(img, num_output_channels=self.num_output_channels)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(num_output_channels={self.num_output_channels})"


class ColorJitter(nn.Module):
    """Brightness, contrast, saturation and hue changed at random, in a random order.

    Args:
        brightness, contrast, saturation: bounds of the factor; one number for 1 minus and plus it.
        hue: bounds of the turn; one number for minus and plus it, at most 0.5.
    """

    def __init__(self, brightness: float | Sequence[float] = 0, contrast: float | Sequence[float] = 0,
                 saturation: float | Sequence[float] = 0, hue: float | Sequence[float] = 0) -> None:  # fmt: skip
        super().__init__()
        self.brightness = self._bounds(brightness, "brightness")
        self.contrast = self._bounds(contrast, "contrast")
        self.saturation = self._bounds(saturation, "saturation")
        self.hue = self._bounds(hue, "hue", middle=0.0, least=-0.5, most=0.5)

    @staticmethod
    def _bounds(value: Any, name: str, middle: float = 1.0, least: float = 0.0,
                most: float = float("inf")) -> tuple[float, float] | None:  # fmt: skip
        if isinstance(value, numbers.Number):
            if value < 0:  # pyright: ignore[reportOperatorIssue]
                raise ValueError(f"If {name} is a single number, it must be non negative.")
            low, high = middle - float(value), middle + float(value)  # pyright: ignore[reportArgumentType]
            low = low if name == "hue" else max(low, 0.0)
        elif isinstance(value, (tuple, list)) and len(value) == 2:
            low, high = float(value[0]), float(value[1])
        else:
            raise TypeError(f"{name} should be a single number or a list/tuple with length 2.")
        if not least <= low <= high <= most:
            raise ValueError(f"{name} values should be between {(least, most)}, but got {[low, high]}.")
        return None if low == high == middle else (low, high)

    @staticmethod
    def get_params(brightness, contrast, saturation, hue) -> tuple:
        """A random order and four random factors, None for what does not change."""
        order = torch.randperm(4)
        factors = [None if b is None else _uniform(b[0], b[1]) for b in (brightness, contrast, saturation, hue)]
        return order, *factors

    def forward(self, img):
        order, *factors = self.get_params(self.brightness, self.contrast, self.saturation, self.hue)
        changes = (F.adjust_brightness, F.adjust_contrast, F.adjust_saturation, F.adjust_hue)
        for i in order.tolist():
            if factors[i] is not None:
                img = changes[i](img, factors[i])
        return img

    def __repr__(self) -> str:
        return (f"{self.__class__.__name__}(brightness={self.brightness}, contrast={self.contrast}, "
                f"saturation={self.saturation}, hue={self.hue})")  # fmt: skip


class GaussianBlur(nn.Module):
    """An image convolved with a Gaussian of random width.

    Args:
        kernel_size: odd: the kernel's width and height, or one number for both.
        sigma: bounds of the standard deviation, or one number for it.
    """

    def __init__(self, kernel_size: int | Sequence[int], sigma: float | Sequence[float] = (0.1, 2.0)) -> None:
        super().__init__()
        self.kernel_size = _size(kernel_size, "Kernel size should be a tuple/list of two integers")
        if any(k <= 0 or k % 2 == 0 for k in self.kernel_size):
            raise ValueError("Kernel size value should be an odd and positive number.")
        self.sigma = (sigma, sigma) if isinstance(sigma, (int, float)) else tuple(sigma)
        if len(self.sigma) != 2 or not 0.0 < self.sigma[0] <= self.sigma[1]:
            raise ValueError(f"sigma values should be positive and of the form (min, max). Got {self.sigma}")

    @staticmethod
    def get_params(sigma_min: float, sigma_max: float) -> float:
        """A random standard deviation."""
        return _uniform(sigma_min, sigma_max)

    def forward(self, img):
        sigma = self.get_params(self.sigma[0], self.sigma[1])
        return F.gaussian_blur(img, self.kernel_size, [sigma, sigma])

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(kernel_size={self.kernel_size}, sigma={self.sigma})"


class RandomErasing(nn.Module):
    """A rectangle of random place, area and shape filled in a tensor, with probability ``p``.

    Args:
        p: the probability.
        scale: bounds of the rectangle's share of the area.
        ratio: bounds of its height over its width.
        value: what fills it: a number, one for each channel, or "random".
        inplace: write into the tensor.
    """

    def __init__(self, p: float = 0.5, scale: Sequence[float] = (0.02, 0.33), ratio: Sequence[float] = (0.3, 3.3),
                 value: float | Sequence[float] | str = 0, inplace: bool = False) -> None:  # fmt: skip
        super().__init__()
        if not isinstance(value, (numbers.Number, str, tuple, list)):
            raise TypeError("Argument value should be either a number or str or a sequence")
        if isinstance(value, str) and value != "random":
            raise ValueError("If value is str, it should be 'random'")
        if scale[0] < 0 or scale[1] > 1:
            raise ValueError("Scale should be between 0 and 1")
        if p < 0 or p > 1:
            raise ValueError("Random erasing probability should be between 0 and 1")
        self.p, self.scale, self.ratio, self.value, self.inplace = p, scale, ratio, value, inplace

    @staticmethod
    def get_params(img: Tensor, scale: Sequence[float], ratio: Sequence[float],
                   value: list[float] | None = None) -> tuple:  # fmt: skip
        """Top, left, height, width and values of a random rectangle; the image itself if ten draws do not fit."""
        channels, height, width = img.shape[-3:]
        area = height * width
        log_ratio = _logarithms(ratio)
        for _ in range(10):
            target = area * _uniform(scale[0], scale[1])
            aspect = _exponential_uniform(log_ratio)
            h = int(round(math.sqrt(target * aspect)))
            w = int(round(math.sqrt(target / aspect)))
            if not (h < height and w < width):
                continue
            if value is None:
                v = torch.empty([channels, h, w], dtype=dtypes.float32).normal_()
            else:
                v = torch.tensor(value)[:, None, None]
            return _integer(height - h), _integer(width - w), h, w, v
        return 0, 0, height, width, img

    def forward(self, img: Tensor) -> Tensor:
        if not _happens(self.p):
            return img
        if isinstance(self.value, (int, float)):
            value = [float(self.value)]
        else:
            value = None if isinstance(self.value, str) else [float(v) for v in self.value]
        if value is not None and len(value) not in (1, img.shape[-3]):
            raise ValueError("If value is a sequence, it should have either a single value or "
                             f"{img.shape[-3]} (number of input channels)")  # fmt: skip
        return F.erase(img, *self.get_params(img, self.scale, self.ratio, value), self.inplace)

    def __repr__(self) -> str:
        return (f"{self.__class__.__name__}(p={self.p}, scale={self.scale}, ratio={self.ratio}, value={self.value}, "
                f"inplace={self.inplace})")  # fmt: skip
