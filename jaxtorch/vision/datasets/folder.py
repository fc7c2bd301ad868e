"""Datasets of files in folders, a folder for each class."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from .vision import VisionDataset

__all__ = ["DatasetFolder", "ImageFolder", "default_loader", "make_dataset"]

IMG_EXTENSIONS = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")


def has_file_allowed_extension(filename: str, extensions: str | tuple[str, ...]) -> bool:
    """Whether a name ends with one of these endings, in whatever case."""
    return filename.lower().endswith(extensions)


def is_image_file(filename: str) -> bool:
    """Whether a name ends as an image's."""
    return has_file_allowed_extension(filename, IMG_EXTENSIONS)


def find_classes(directory: Any) -> tuple[list[str], dict[str, int]]:
    """The folders in a folder, sorted, and their numbers.

    Raises:
        FileNotFoundError: there are none.
    """
    classes = sorted(entry.name for entry in os.scandir(directory) if entry.is_dir())
    if not classes:
        raise FileNotFoundError(f"Couldn't find any class folder in {directory}.")
    return classes, {name: i for i, name in enumerate(classes)}


def make_dataset(directory: Any, class_to_idx: dict[str, int] | None = None,
                 extensions: str | Sequence[str] | None = None, is_valid_file: Callable[[str], bool] | None = None,
                 allow_empty: bool = False) -> list[tuple[str, int]]:  # fmt: skip
    """The paths of files with the numbers of their classes, sorted.

    Args:
        directory: the folder of the classes' folders.
        class_to_idx: class -> number; by default by `find_classes`.
        extensions: endings of the files' names.
        is_valid_file: instead of them, says of a path whether to take it.
        allow_empty: whether classes may have no files.

    Raises:
        FileNotFoundError: a class has no files.
    """
    directory = os.path.expanduser(directory)
    if class_to_idx is None:
        _, class_to_idx = find_classes(directory)
    elif not class_to_idx:
        raise ValueError("'class_to_index' must have at least one entry to collect any samples.")
    if (extensions is None) == (is_valid_file is None):
        raise ValueError("Both extensions and is_valid_file cannot be None or not None at the same time")
    endings = extensions if extensions is None or isinstance(extensions, str) else tuple(extensions)
    valid = is_valid_file or (lambda path: has_file_allowed_extension(path, endings))
    samples, empty = [], []
    for name in sorted(class_to_idx):
        found = [
            (path, class_to_idx[name])
            for folder, _, files in sorted(os.walk(os.path.join(directory, name), followlinks=True))
            for path in (os.path.join(folder, file) for file in sorted(files))
            if valid(path)
        ]
        samples += found
        empty += [] if found else [name]
    if empty and not allow_empty:
        more = "" if extensions is None else (
            f"Supported extensions are: {extensions if isinstance(extensions, str) else ', '.join(extensions)}"
        )  # fmt: skip
        raise FileNotFoundError(f"Found no valid file for the classes {', '.join(empty)}. {more}")
    return samples


def pil_loader(path: str) -> Any:
    """An image of Pillow, in RGB."""
    try:
        from PIL import Image
    except ImportError as e:
        raise ImportError("ImageFolder needs the package pillow: pip install pillow") from e
    with open(path, "rb") as f:
        return Image.open(f).convert("RGB")


default_loader = pil_loader


class DatasetFolder(VisionDataset):
    """Files in folders, a folder for each class.

    Args:
        root: the folder of the classes' folders.
        loader: reads a file.
        extensions, is_valid_file, allow_empty: as of `make_dataset`.
        transform, target_transform: of what is read, of targets.
    """

    def __init__(self, root: Any, loader: Callable[[str], Any], extensions: Sequence[str] | None = None,
                 transform: Callable | None = None, target_transform: Callable | None = None,
                 is_valid_file: Callable[[str], bool] | None = None, allow_empty: bool = False) -> None:  # fmt: skip
        super().__init__(root, transform=transform, target_transform=target_transform)
        self.classes, self.class_to_idx = self.find_classes(self.root)
        self.loader, self.extensions = loader, extensions
        self.samples = self.make_dataset(self.root, self.class_to_idx, extensions, is_valid_file, allow_empty)
        self.targets = [target for _, target in self.samples]

    @staticmethod
    def make_dataset(directory: Any, class_to_idx: dict[str, int], extensions: Sequence[str] | None = None,
                     is_valid_file: Callable[[str], bool] | None = None,
                     allow_empty: bool = False) -> list[tuple[str, int]]:  # fmt: skip
        """The paths and targets; a subclass may define others."""
        if class_to_idx is None:
            raise ValueError("The class_to_idx parameter cannot be None.")
        return make_dataset(directory, class_to_idx, extensions, is_valid_file, allow_empty)

    def find_classes(self, directory: Any) -> tuple[list[str], dict[str, int]]:
        """The classes and their numbers; a subclass may define others."""
        return find_classes(directory)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        path, target = self.samples[index]
        return self._both(self.loader(path), target)

    def __len__(self) -> int:
        return len(self.samples)


class ImageFolder(DatasetFolder):
    """Images in folders, a folder for each class.

    Args:
        root: the folder of the classes' folders.
        transform, target_transform: of images of Pillow, of targets.
        loader: reads a file.
        is_valid_file: says of a path whether to take it; by default by its ending.
        allow_empty: whether classes may have no files.
    """

    def __init__(self, root: Any, transform: Callable | None = None, target_transform: Callable | None = None,
                 loader: Callable[[str], Any] = default_loader, is_valid_file: Callable[[str], bool] | None = None,
                 allow_empty: bool = False) -> None:  # fmt: skip
        super().__init__(root, loader, IMG_EXTENSIONS if is_valid_file is None else None, transform, target_transform,
                         is_valid_file, allow_empty)  # fmt: skip
        self.imgs = self.samples
