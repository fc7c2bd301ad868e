"""Grids of images, images in files, and boxes drawn on images."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np

from .._core import dtypes
from .._core.exchange import from_numpy
from .._core.tensor import Tensor
from .transforms.functional import to_pil_image

__all__ = ["draw_bounding_boxes", "make_grid", "save_image"]


def _scale(values: np.ndarray, bounds: Sequence[float] | None) -> None:
    low, high = (float(values.min()), float(values.max())) if bounds is None else bounds
    np.clip(values, low, high, out=values)
    values -= values.dtype.type(low)
    values /= values.dtype.type(max(high - low, 1e-5))


def make_grid(tensor: Tensor | list[Tensor], nrow: int = 8, padding: int = 2, normalize: bool = False,
              value_range: tuple[int, int] | None = None, scale_each: bool = False,
              pad_value: float = 0.0) -> Tensor:  # fmt: skip
    """Images side by side in one image. It is put together on the host: no gradient flows through it.

    Args:
        tensor: (N, channels, height, width), one image, or a list of images of one shape.
        nrow: how many images a row has.
        padding: pixels between images.
        normalize: whether to scale values to [0, 1].
        value_range: what becomes 0 and 1; by default the least and the largest value.
        scale_each: whether that is of each image by itself.
        pad_value: of pixels between images.

    Returns:
        A fresh tensor (3 or more channels, height, width); gray images are repeated in three channels.

    Example:
        >>> from jaxtorch.vision.utils import make_grid
        >>> make_grid(torch.ones(5, 1, 4, 4), nrow=3).shape
        torch.Size([3, 14, 20])
    """
    if not isinstance(tensor, Tensor) and not (isinstance(tensor, list) and all(isinstance(t, Tensor) for t in tensor)):
        raise TypeError(f"tensor or list of tensors expected, got {type(tensor)}")
    first = tensor if isinstance(tensor, Tensor) else tensor[0]
    if isinstance(tensor, list):
        values = np.stack([t.detach().cpu().numpy() for t in tensor])
    else:
        values = tensor.detach().cpu().numpy()
    if values.ndim == 2:
        values = values[None]
    if values.ndim == 3:
        values = values[None]
    if values.shape[1] == 1:
        values = np.repeat(values, 3, 1)
    if normalize:
        values = values.copy()
        if value_range is not None and not isinstance(value_range, tuple):
            raise TypeError("value_range has to be a tuple (min, max) if specified. min and max are numbers")
        for part in values if scale_each else [values]:
            _scale(part, value_range)
    count, channels, height, width = values.shape
    if count == 1:
        return from_numpy(values[0].copy()).to(first.device)
    columns = min(nrow, count)
    rows = math.ceil(count / columns)
    high, wide = height + padding, width + padding
    grid = np.full((channels, high * rows + padding, wide * columns + padding), pad_value, values.dtype)
    for k, image in enumerate(values):
        top, left = k // columns * high + padding, k % columns * wide + padding
        grid[:, top : top + height, left : left + width] = image
    return from_numpy(grid).to(first.device)


def save_image(tensor: Tensor | list[Tensor], fp: str | os.PathLike | BinaryIO, format: str | None = None,
               **kwargs: Any) -> None:  # fmt: skip
    """Write `make_grid` of images to a file.

    Args:
        tensor: images with values in [0, 1].
        fp: the file or its path.
        format: of the file; by default by the path's ending.
        **kwargs: of `make_grid`.
    """
    grid = make_grid(tensor, **kwargs)
    values = (grid * 255 + 0.5).clamp(0, 255).to(dtypes.uint8)
    to_pil_image(values).save(fp, format=format)


def draw_bounding_boxes(image: Tensor, boxes: Tensor, labels: Sequence[str | None] | None = None, colors: Any = None,
                        fill: bool = False, width: int = 1, font: str | None = None,
                        font_size: int | None = None) -> Tensor:  # fmt: skip
    """An image with boxes drawn on it.

    Args:
        image: (1 or 3, height, width), of bytes or of floats in [0, 1].
        boxes: (N, 4), corners (x1, y1, x2, y2).
        labels: a text for each box, or None.
        colors: one for all boxes or one each: a name, "#rrggbb" or three numbers; by default red.
        fill: whether to tint the boxes.
        width: of the lines.
        font, font_size: a TrueType file and size, for the labels.

    Returns:
        A fresh tensor of the image's dtype with three channels.
    """
    try:
        from PIL import ImageColor, ImageDraw, ImageFont
    except ImportError as e:
        raise ImportError("draw_bounding_boxes needs the package pillow: pip install pillow") from e

    if not isinstance(image, Tensor):
        raise TypeError(f"Tensor expected, got {type(image)}")
    if image.dtype != dtypes.uint8 and not image.dtype.is_floating_point:
        raise ValueError(f"The image dtype must be uint8 or float, got {image.dtype}")
    if image.ndim != 3:
        raise ValueError("Pass individual images, not batches")
    if image.shape[0] not in (1, 3):
        raise ValueError("Only grayscale and RGB images are supported")
    corners = boxes.detach().cpu().tolist()
    if any(x1 > x2 or y1 > y2 for x1, y1, x2, y2 in corners):
        raise ValueError("Boxes need to be in (xmin, ymin, xmax, ymax) format. Use torchvision.ops.box_convert to "
                         "convert them")  # fmt: skip
    labels = [None] * len(corners) if labels is None else labels
    if len(labels) != len(corners):
        raise ValueError(f"Number of boxes ({len(corners)}) and labels ({len(labels)}) mismatch. Please specify labels "
                         "for each box.")  # fmt: skip
    each = list(colors) if isinstance(colors, list) else [colors or "red"] * len(corners)
    if len(each) < len(corners):
        raise ValueError(f"Number of colors ({len(each)}) is less than number of boxes ({len(corners)}). ")

    floats = image.dtype.is_floating_point
    whole = (image.detach() * 255).clamp(0, 255).to(dtypes.uint8) if floats else image
    canvas = to_pil_image(whole).convert("RGB")
    draw = ImageDraw.Draw(canvas, "RGBA" if fill else "RGB")
    letters = ImageFont.load_default() if font is None else ImageFont.truetype(font, font_size or 10)
    for box, label, color in zip(corners, labels, each):
        color = tuple(color) if isinstance(color, (list, tuple)) else color
        if fill:
            tint = ImageColor.getrgb(color) if isinstance(color, str) else color
            draw.rectangle(box, width=width, outline=color, fill=tint[:3] + (100,))
        else:
            draw.rectangle(box, width=width, outline=color)
        if label is not None:
            draw.text((box[0] + width + 1, box[1] + width + 1), label, fill=color, font=letters)
    drawn = from_numpy(np.ascontiguousarray(np.array(canvas).transpose(2, 0, 1)))
    return (drawn.to(image.dtype) / 255 if floats else drawn).to(image.device)
