"""Images from and to files, through the package pillow."""

from __future__ import annotations

import io as _io
import os
from enum import Enum

import numpy as np

from .._core import dtypes
from .._core.exchange import from_numpy
from .._core.tensor import Tensor

__all__ = ["ImageReadMode", "decode_image", "read_file", "read_image", "write_jpeg", "write_png"]


class ImageReadMode(Enum):
    """The channels wanted of an image; UNCHANGED for those of the file."""

    UNCHANGED = 0
    GRAY = 1
    GRAY_ALPHA = 2
    RGB = 3
    RGB_ALPHA = 4


_MODES = {"GRAY": "L", "GRAY_ALPHA": "LA", "RGB": "RGB", "RGB_ALPHA": "RGBA"}


def _pillow():
    try:
        from PIL import Image
    except ImportError as e:
        raise ImportError("torchvision.io needs the package pillow: pip install pillow") from e
    return Image


def _read(source, mode: ImageReadMode | str, turn: bool) -> Tensor:
    mode = ImageReadMode[mode.upper()] if isinstance(mode, str) else mode
    with _pillow().open(source) as img:
        if turn:
            from PIL import ImageOps

            img = ImageOps.exif_transpose(img)
        if mode is not ImageReadMode.UNCHANGED:
            img = img.convert(_MODES[mode.name])
        elif img.mode == "P":
            img = img.convert("RGBA" if "transparency" in img.info else "RGB")
        elif img.mode == "1":
            img = img.convert("L")
        values = np.array(img)
    if values.dtype not in (np.uint8, np.uint16):
        raise RuntimeError(f"read_image: images of {values.dtype} are not supported by jaxtorch.vision")
    return from_numpy(np.ascontiguousarray(values[None] if values.ndim == 2 else values.transpose(2, 0, 1)))


def read_image(path: str | os.PathLike, mode: ImageReadMode | str = ImageReadMode.UNCHANGED,
               apply_exif_orientation: bool = False) -> Tensor:  # fmt: skip
    """An image in a file.

    Args:
        path: of the file, in any format that Pillow reads.
        mode: the channels wanted.
        apply_exif_orientation: whether to turn it as the file says.

    Returns:
        A fresh uint8 tensor (channels, height, width).
    """
    return _read(path, mode, apply_exif_orientation)


def read_file(path: str | os.PathLike) -> Tensor:
    """The bytes of a file, as a fresh uint8 tensor (N,)."""
    with open(path, "rb") as f:
        return from_numpy(np.frombuffer(f.read(), np.uint8).copy())


def decode_image(input: Tensor | str | os.PathLike, mode: ImageReadMode | str = ImageReadMode.UNCHANGED,
                 apply_exif_orientation: bool = False) -> Tensor:  # fmt: skip
    """An image from the bytes of a file, or from a file; else as `read_image`."""
    source = _io.BytesIO(input.cpu().numpy().tobytes()) if isinstance(input, Tensor) else input
    return _read(source, mode, apply_exif_orientation)


def _write(input: Tensor, filename: str | os.PathLike, **options) -> None:
    if input.dtype != dtypes.uint8:
        raise RuntimeError("Input tensor dtype should be uint8")
    if input.ndim != 3 or input.shape[0] not in (1, 3):
        raise RuntimeError(f"The number of channels should be 1 or 3, got: {input.shape[0]}")
    values = input.cpu().numpy()
    values = np.ascontiguousarray(values[0] if len(values) == 1 else values.transpose(1, 2, 0))
    _pillow().fromarray(values).save(filename, **options)


def write_png(input: Tensor, filename: str | os.PathLike, compression_level: int = 6) -> None:
    """Write a uint8 tensor (1 or 3, height, width) as a PNG file; the level is from 0 to 9."""
    _write(input, filename, format="PNG", compress_level=compression_level)


def write_jpeg(input: Tensor, filename: str | os.PathLike, quality: int = 75) -> None:
    """Write a uint8 tensor (1 or 3, height, width) as a JPEG file; the quality is from 1 to 100."""
    _write(input, filename, format="JPEG", quality=quality)
