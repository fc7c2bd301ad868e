"""MNIST and datasets in its format: arrays in IDX files, compressed or not."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from ..._core.exchange import from_numpy
from ..._core.tensor import Tensor
from ..transforms.functional import to_pil_image
from .vision import VisionDataset, check_files

__all__ = ["FashionMNIST", "KMNIST", "MNIST"]

# The code of a type in an IDX file.
_TYPES = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


def read_idx(path: str) -> np.ndarray:
    """The array in an IDX file, or in one compressed by gzip if that alone is there."""
    opened = open(path, "rb") if os.path.exists(path) else gzip.open(path + ".gz", "rb")
    with opened as f:
        data = f.read()
    kind, dims = data[2], data[3]
    if data[:2] != b"\0\0" or kind not in _TYPES:
        raise RuntimeError(f"{path} is not an IDX file")
    shape = np.frombuffer(data, ">i4", dims, 4)
    values = np.frombuffer(data, _TYPES[kind], offset=4 + 4 * dims)
    if values.size != shape.prod():
        raise RuntimeError(f"{path}: {values.size} values, where its head says {tuple(shape)}")
    values = values.reshape(shape)
    return values.astype(values.dtype.newbyteorder("="))  # a copy, in this machine's order of bytes


class MNIST(VisionDataset):
    """Handwritten digits, read from ``root/MNIST/raw``: 28x28 gray images of Pillow with classes 0 to 9.

    Args:
        root: the folder of the folder MNIST.
        train: the 60,000 images for training, or the 10,000 for testing.
        transform, target_transform: of images, of targets.
        download: accepted if the files are there.

    Raises:
        RuntimeError: files are missing.
    """

    classes = ["0 - zero", "1 - one", "2 - two", "3 - three", "4 - four", "5 - five", "6 - six", "7 - seven",
               "8 - eight", "9 - nine"]  # fmt: skip

    def __init__(self, root: Any, train: bool = True, transform: Callable | None = None,
                 target_transform: Callable | None = None, download: bool = False) -> None:  # fmt: skip
        super().__init__(root, transform=transform, target_transform=target_transform)
        self.train = train
        part = "train" if train else "t10k"
        files = [f"{part}-{kind}" for kind in ("images-idx3-ubyte", "labels-idx1-ubyte")]
        there = [f if os.path.exists(os.path.join(self.raw_folder, f)) else f + ".gz" for f in files]
        check_files(self.__class__.__name__, self.raw_folder, there, download)
        images, labels = (read_idx(os.path.join(self.raw_folder, f)) for f in files)
        self.data: Tensor = from_numpy(images)
        self.targets: Tensor = from_numpy(labels.astype(np.int64))

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        image = to_pil_image(self.data.numpy()[index])
        return self._both(image, int(self.targets.numpy()[index]))

    def __len__(self) -> int:
        return len(self.data)

    @property
    def raw_folder(self) -> str:
        """Where the files are."""
        return os.path.join(self.root, self.__class__.__name__, "raw")

    @property
    def processed_folder(self) -> str:
        """Where older releases kept other files."""
        return os.path.join(self.root, self.__class__.__name__, "processed")

    @property
    def class_to_idx(self) -> dict[str, int]:
        """Class -> target."""
        return {name: i for i, name in enumerate(self.classes)}

    def extra_repr(self) -> str:
        return f"Split: {'Train' if self.train else 'Test'}"


class FashionMNIST(MNIST):
    """Clothes, in MNIST's format and sizes, from ``root/FashionMNIST/raw``; arguments as of `MNIST`."""

    classes = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]


class KMNIST(MNIST):
    """Cursive Japanese characters, in MNIST's format and sizes, from ``root/KMNIST/raw``; arguments as of `MNIST`."""

    classes = ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"]
