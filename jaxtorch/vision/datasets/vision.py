"""What datasets of images share."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from typing import Any

from ...utils.data import Dataset

__all__ = ["StandardTransform", "VisionDataset"]


class StandardTransform:
    """A transform of images and one of targets, as one.

    Args:
        transform, target_transform: callables, or None.
    """

    def __init__(self, transform: Callable | None = None, target_transform: Callable | None = None) -> None:
        self.transform, self.target_transform = transform, target_transform

    def __call__(self, input: Any, target: Any) -> tuple[Any, Any]:
        return (input if self.transform is None else self.transform(input),
                target if self.target_transform is None else self.target_transform(target))  # fmt: skip

    def _lines(self) -> list[str]:
        found = []
        for title, transform in (("Transform", self.transform), ("Target transform", self.target_transform)):
            if transform is not None:
                first, *rest = repr(transform).splitlines()
                found += [f"{title}: {first}", *(" " * (len(title) + 2) + line for line in rest)]
        return found

    def __repr__(self) -> str:
        return "\n".join([self.__class__.__name__, *self._lines()])


class VisionDataset(Dataset):
    """The base class of datasets of images in a folder.

    Args:
        root: the folder.
        transforms: of images and targets together; excludes the next two.
        transform, target_transform: of images, of targets.
    """

    def __init__(self, root: Any = None, transforms: Callable | None = None, transform: Callable | None = None,
                 target_transform: Callable | None = None) -> None:  # fmt: skip
        self.root = os.path.expanduser(root) if isinstance(root, str) else root
        if transforms is not None and (transform is not None or target_transform is not None):
            raise ValueError("Only transforms or transform/target_transform can be passed as argument")
        self.transform, self.target_transform = transform, target_transform
        if transform is not None or target_transform is not None:
            transforms = StandardTransform(transform, target_transform)
        self.transforms = transforms

    def _both(self, image: Any, target: Any) -> tuple[Any, Any]:
        """The item of an image and a target."""
        return StandardTransform(self.transform, self.target_transform)(image, target)

    def __getitem__(self, index: int) -> Any:
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError

    def extra_repr(self) -> str:
        """More lines of the text."""
        return ""

    def __repr__(self) -> str:
        lines = [f"Number of datapoints: {len(self)}"]
        lines += [] if self.root is None else [f"Root location: {self.root}"]
        lines += self.extra_repr().splitlines()
        if isinstance(self.transforms, StandardTransform):
            lines += [repr(self.transforms).splitlines()[0], *self.transforms._lines()]
        elif self.transforms is not None:
            lines += repr(self.transforms).splitlines()
        return "\n".join([f"Dataset {self.__class__.__name__}", *("    " + line for line in lines)])


def check_files(name: str, folder: str, files: list[str], download: bool) -> None:
    """Refuse a dataset whose files are not all there.

    Raises:
        RuntimeError: they are not; with ``download`` it says that nothing is downloaded.
    """
    missing = [file for file in files if not os.path.exists(os.path.join(folder, file))]
    if missing:
        shown = ", ".join(missing)
        how = ("jaxtorch.vision downloads nothing: put them there by hand" if download
               else "You can put them there by hand; jaxtorch.vision downloads nothing")  # fmt: skip
        raise RuntimeError(f"Dataset not found or corrupted. {name}: no {shown} in {folder}. {how}")


def check_md5(path: str, md5: str) -> None:
    """Refuse a file with another MD5 hash."""
    with open(path, "rb") as f:
        found = hashlib.file_digest(f, "md5").hexdigest()
    if found != md5:
        raise RuntimeError(f"Dataset not found or corrupted. {path} has the MD5 hash {found}, not {md5}")
