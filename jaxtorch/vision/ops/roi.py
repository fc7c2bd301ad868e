"""Features of regions of interest.

The regions are read on the host, where bins and weights are worked out; no gradient reaches them, as in torchvision.
What the features go through is a few products whose sizes are rounded up to powers of two: another number of regions
seldom compiles another program.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ... import nn
from ..._core.exchange import from_numpy
from ..._core.tensor import Tensor
from ...nn._namespace import torch

__all__ = ["RoIAlign", "RoIPool", "roi_align", "roi_pool"]


def _regions(boxes: Tensor | Sequence[Tensor]) -> tuple[np.ndarray, np.ndarray]:
    """The image of each region (K,) and its corners (K, 4)."""
    if isinstance(boxes, Tensor):
        if boxes.ndim != 2 or boxes.shape[1] != 5:
            raise AssertionError("The boxes tensor shape is not correct as Tensor[K, 5]")
        rows = boxes.detach().cpu().numpy()
        return rows[:, 0].astype(np.int64), rows[:, 1:]
    if any(b.ndim != 2 or b.shape[1] != 4 for b in boxes):
        raise AssertionError("The shape of the tensor in the boxes list is not correct as List[Tensor[L, 4]]")
    corners = [b.detach().cpu().numpy() for b in boxes]
    return np.repeat(np.arange(len(corners)), [len(c) for c in corners]), np.concatenate(corners)


def _pair(size: int | Sequence[int]) -> tuple[int, int]:
    height, width = (size, size) if isinstance(size, int) else size
    return height, width


def _power(n: int) -> int:
    return 1 << max(n - 1, 0).bit_length()


def _check_images(image: np.ndarray, count: int) -> None:
    if image.size and not 0 <= image.min() <= image.max() < count:
        raise IndexError(f"a region is of image {int(image.max())}, but there are {count} images")


def _weights(start: np.ndarray, extent: np.ndarray, bins: int, size: int, ratio: int) -> np.ndarray:
    """How much each of ``size`` rows counts in each bin of each region: (K, bins, size)."""
    step = extent / np.float32(bins)
    samples = np.full(len(start), ratio) if ratio > 0 else np.ceil(step).astype(np.int64)
    result = np.zeros((len(start), bins, size), np.float32)
    if not result.size or samples.max(initial=0) <= 0:
        return result
    n = np.arange(samples.max())
    inside = n < samples[:, None]
    each = np.maximum(samples, 1).astype(np.float32)[:, None]
    offsets = (n.astype(np.float32) + np.float32(0.5)) * step[:, None] / each  # within a bin: (K, samples)
    y = start[:, None, None] + np.arange(bins, dtype=np.float32)[:, None] * step[:, None, None] + offsets[:, None]
    counted = inside[:, None] & (y >= -1.0) & (y <= size)
    y = np.clip(y, 0, size - 1)
    low = y.astype(np.int64)
    part = (y - low).astype(np.float32)
    region, bin_, _ = np.indices(y.shape, sparse=True)
    share = np.where(counted, 1 / each[:, :, None], 0).astype(np.float32)
    np.add.at(result, (region, bin_, low), share * (1 - part))
    np.add.at(result, (region, bin_, np.minimum(low + 1, size - 1)), share * part)
    return result


def roi_align(input: Tensor, boxes: Tensor | Sequence[Tensor], output_size: int | Sequence[int],
              spatial_scale: float = 1.0, sampling_ratio: int = -1, aligned: bool = False) -> Tensor:  # fmt: skip
    """Means of bilinear samples in the bins of each region (He et al., 2017: Mask R-CNN).

    Args:
        input: features (N, C, H, W) of floats.
        boxes: (K, 5), the image's index before the corners; or for each image, corners (L, 4).
        output_size: how many bins: height and width, or one number for both.
        spatial_scale: of features to the coordinates of boxes.
        sampling_ratio: samples of a bin along either side; if not positive, as many as it is long.
        aligned: whether coordinates are those of pixels' corners: half a pixel less.

    Returns:
        A fresh tensor (K, C, height, width).
    """
    images, channels, height, width = input.shape
    image, corners = _regions(boxes)
    _check_images(image, images)
    corners = corners.astype(np.float32) * np.float32(spatial_scale) - np.float32(0.5 if aligned else 0.0)
    start, extent = corners[:, :2], corners[:, 2:] - corners[:, :2]
    if not aligned:
        extent = np.maximum(extent, np.float32(1.0))
    count, bins = len(corners), _pair(output_size)
    rows = np.zeros((_power(count), bins[0], images, height), np.float32)
    rows[np.arange(count), :, image] = _weights(start[:, 1], extent[:, 1], bins[0], height, sampling_ratio)
    columns = np.zeros((_power(count), bins[1], width), np.float32)
    columns[:count] = _weights(start[:, 0], extent[:, 0], bins[1], width, sampling_ratio)
    rows, columns = (from_numpy(w).to(input.device, input.dtype) for w in (rows, columns))
    lines = input.permute(0, 2, 1, 3).reshape(images * height, channels * width)
    summed = (rows.reshape(-1, images * height) @ lines).reshape(-1, bins[0], channels, width)
    return torch.einsum("kicx,kjx->kcij", summed, columns)[:count]


def _round(x: np.ndarray) -> np.ndarray:
    """To the nearest, halves away from zero."""
    return (np.sign(x) * np.floor(np.abs(x) + 0.5)).astype(np.int64)


def _bounds(start: np.ndarray, end: np.ndarray, bins: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """First row and the row after the last of each bin of each region, (K, bins)."""
    step = np.maximum(end - start + 1, 1).astype(np.float32)[:, None] / np.float32(bins)
    n = np.arange(bins, dtype=np.float32)
    low = np.floor(n * step).astype(np.int64) + start[:, None]
    high = np.ceil((n + 1) * step).astype(np.int64) + start[:, None]
    return np.clip(low, 0, size), np.clip(high, 0, size)


def _members(low: np.ndarray, high: np.ndarray, size: int) -> np.ndarray:
    """The rows of each bin, its last repeated: (K, bins, the longest rounded up to a power of two)."""
    longest = _power(int((high - low).max(initial=1)))
    return np.clip(np.minimum(low[..., None] + np.arange(longest), high[..., None] - 1), 0, size - 1)


def roi_pool(input: Tensor, boxes: Tensor | Sequence[Tensor], output_size: int | Sequence[int],
             spatial_scale: float = 1.0) -> Tensor:  # fmt: skip
    """The largest value in the bins of each region (Girshick, 2015: Fast R-CNN); 0 in bins without pixels.

    Args:
        input, boxes, output_size, spatial_scale: as of `roi_align`.

    Returns:
        A fresh tensor (K, C, height, width).
    """
    images, channels, height, width = input.shape
    image, corners = _regions(boxes)
    _check_images(image, images)
    count, (bins_y, bins_x) = len(corners), _pair(output_size)
    padded = np.zeros((_power(count), 5))
    padded[:count, 0], padded[:count, 1:] = image, _round(corners.astype(np.float32) * np.float32(spatial_scale))
    whole = padded.astype(np.int64)
    y_low, y_high = _bounds(whole[:, 2], whole[:, 4], bins_y, height)
    x_low, x_high = _bounds(whole[:, 1], whole[:, 3], bins_x, width)
    y, x = _members(y_low, y_high, height), _members(x_low, x_high, width)
    flat = (whole[:, 0, None, None] * height + y)[:, :, None, :, None] * width + x[:, None, :, None, :]
    index = from_numpy(np.ascontiguousarray(flat.reshape(len(padded), bins_y, bins_x, -1))).to(input.device)
    empty = ((y_high <= y_low)[:, :, None] | (x_high <= x_low)[:, None, :])[..., None]
    largest = input.permute(0, 2, 3, 1).reshape(-1, channels)[index].max(3).values
    return torch.where(from_numpy(empty).to(input.device), 0, largest).permute(0, 3, 1, 2)[:count]


class RoIAlign(nn.Module):
    """`roi_align` as a module.

    Args:
        output_size, spatial_scale, sampling_ratio, aligned: of the function.
    """

    def __init__(self, output_size: int | Sequence[int], spatial_scale: float, sampling_ratio: int,
                 aligned: bool = False) -> None:  # fmt: skip
        super().__init__()
        self.output_size, self.spatial_scale = output_size, spatial_scale
        self.sampling_ratio, self.aligned = sampling_ratio, aligned

    def forward(self, input: Tensor, rois: Tensor | Sequence[Tensor]) -> Tensor:
        return roi_align(input, rois, self.output_size, self.spatial_scale, self.sampling_ratio, self.aligned)

    def __repr__(self) -> str:
        return (f"{self.__class__.__name__}(output_size={self.output_size}, spatial_scale={self.spatial_scale}, "
                f"sampling_ratio={self.sampling_ratio}, aligned={self.aligned})")  # fmt: skip


class RoIPool(nn.Module):
    """`roi_pool` as a module.

    Args:
        output_size, spatial_scale: of the function.
    """

    def __init__(self, output_size: int | Sequence[int], spatial_scale: float) -> None:
        super().__init__()
        self.output_size, self.spatial_scale = output_size, spatial_scale

    def forward(self, input: Tensor, rois: Tensor | Sequence[Tensor]) -> Tensor:
        return roi_pool(input, rois, self.output_size, self.spatial_scale)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(output_size={self.output_size}, spatial_scale={self.spatial_scale})"
