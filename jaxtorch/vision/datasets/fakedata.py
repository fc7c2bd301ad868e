"""Images of noise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..._core.generator import get_rng_state, manual_seed, set_rng_state
from ...nn._namespace import torch
from ..transforms.functional import to_pil_image
from .vision import VisionDataset

__all__ = ["FakeData"]


class FakeData(VisionDataset):
    """Images of noise and random classes, the same for the same index; the default generator's state stays.

    Args:
        size: how many.
        image_size: channels, height and width.
        num_classes: how many classes.
        transform, target_transform: of images of Pillow, of targets.
        random_offset: added to the index for the seed.

    Example:
        >>> from jaxtorch.vision import datasets, transforms
        >>> image, target = datasets.FakeData(4, (1, 2, 2), 10, transforms.PILToTensor())[0]
        >>> image.shape, 0 <= target < 10
        (torch.Size([1, 2, 2]), True)
    """

    def __init__(self, size: int = 1000, image_size: tuple[int, int, int] = (3, 224, 224), num_classes: int = 10,
                 transform: Callable | None = None, target_transform: Callable | None = None,
                 random_offset: int = 0) -> None:  # fmt: skip
        super().__init__(transform=transform, target_transform=target_transform)
        self.size, self.image_size = size, image_size
        self.num_classes, self.random_offset = num_classes, random_offset

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        if index >= len(self):
            raise IndexError(f"{self.__class__.__name__} index out of range")
        before = get_rng_state()
        manual_seed(index + self.random_offset)
        image = torch.randn(*self.image_size)
        target = torch.randint(0, self.num_classes, size=(1,)).item()
        set_rng_state(before)
        return self._both(to_pil_image(image), target)

    def __len__(self) -> int:
        return self.size
