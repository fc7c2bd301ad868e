"""The transforms that published weights expect."""

from __future__ import annotations

from collections.abc import Sequence

from ... import nn
from ..._core.tensor import Tensor
from . import functional as F

__all__ = ["ImageClassification"]


class ImageClassification(nn.Module):
    """Resize, crop the middle, scale to [0, 1] and normalise.

    Args:
        crop_size: of the images that come out.
        resize_size: of their shorter side before that.
        mean, std: of each channel.
        interpolation, antialias: of `functional.resize`.
    """

    def __init__(self, *, crop_size: int, resize_size: int = 256, mean: Sequence[float] = (0.485, 0.456, 0.406),
                 std: Sequence[float] = (0.229, 0.224, 0.225),
                 interpolation: F.InterpolationMode | str = F.InterpolationMode.BILINEAR,
                 antialias: bool | None = True) -> None:  # fmt: skip
        super().__init__()
        self.crop_size, self.resize_size = [crop_size], [resize_size]
        self.mean, self.std = list(mean), list(std)
        self.interpolation = F.InterpolationMode(interpolation)
        self.antialias = antialias

    def forward(self, img) -> Tensor:
        img = F.resize(img, self.resize_size, interpolation=self.interpolation, antialias=self.antialias)
        img = F.center_crop(img, self.crop_size)
        if not isinstance(img, Tensor):
            img = F.pil_to_tensor(img)
        return F.normalize(F.convert_image_dtype(img), mean=self.mean, std=self.std)
