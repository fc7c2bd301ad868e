"""CIFAR-10 and CIFAR-100, from the pickled batches of the Python version."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np

from ..transforms.functional import to_pil_image
from .vision import VisionDataset, check_files, check_md5

__all__ = ["CIFAR10", "CIFAR100"]


class CIFAR10(VisionDataset):
    """32x32 photographs in ten classes, read from ``root/cifar-10-batches-py``.

    Args:
        root: the folder of that folder.
        train: the 50,000 images for training, or the 10,000 for testing.
        transform, target_transform: of images of Pillow, of targets.
        download: accepted if the files are there.

    Raises:
        RuntimeError: files are missing, or not those that were published (they are pickles, which run code).
    """

    base_folder = "cifar-10-batches-py"
    train_list = [
        ["data_batch_1", "c99cafc152244af753f735de768cd75f"],
        ["data_batch_2", "d4bba439e000b95fd0a9bffe97cbabec"],
        ["data_batch_3", "54ebc095f3ab1f0389bbae665268c751"],
        ["data_batch_4", "634d18415352ddfa80567beed471001a"],
        ["data_batch_5", "482c414d41f54cd18b22e5b47cb7c3cb"],
    ]
    test_list = [["test_batch", "40351d587109b95175f43aff81a1287e"]]
    meta = {"filename": "batches.meta", "key": "label_names", "md5": "5ff9c542aee3614f3951f8cda6e48888"}

    def __init__(self, root: Any, train: bool = True, transform: Callable | None = None,
                 target_transform: Callable | None = None, download: bool = False) -> None:  # fmt: skip
        super().__init__(root, transform=transform, target_transform=target_transform)
        self.train = train
        folder = os.path.join(self.root, self.base_folder)
        batches = self.train_list if train else self.test_list
        listed = [*batches, [self.meta["filename"], self.meta["md5"]]]
        check_files(self.__class__.__name__, folder, [name for name, _ in listed], download)
        loaded = [self._load(os.path.join(folder, name), md5) for name, md5 in listed]
        self.classes: list[str] = loaded.pop()[self.meta["key"]]
        self.class_to_idx = {name: i for i, name in enumerate(self.classes)}
        images = np.concatenate([batch["data"] for batch in loaded]).reshape(-1, 3, 32, 32)
        self.data: np.ndarray = np.ascontiguousarray(images.transpose(0, 2, 3, 1))
        self.targets: list[int] = [t for b in loaded for t in b["labels" if "labels" in b else "fine_labels"]]

    @staticmethod
    def _load(path: str, md5: str) -> dict:
        check_md5(path, md5)
        with open(path, "rb") as f:
            return pickle.load(f, encoding="latin1")

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        return self._both(to_pil_image(self.data[index]), self.targets[index])

    def __len__(self) -> int:
        return len(self.data)

    def extra_repr(self) -> str:
        return f"Split: {'Train' if self.train else 'Test'}"


class CIFAR100(CIFAR10):
    """32x32 photographs in a hundred classes, from ``root/cifar-100-python``; arguments as of `CIFAR10`."""

    base_folder = "cifar-100-python"
    train_list = [["train", "16019d7e3df5f24257cddd939b257f8d"]]
    test_list = [["test", "f0ef6b0ae62326f3e7ffdfab6717acfc"]]
    meta = {"filename": "meta", "key": "fine_label_names", "md5": "7973b15100ade9c7d40fb424638fde48"}
