"""torchvision's Python API on jaxtorch: models, transforms, datasets, ops, utils and io.

Under ``jaxtorch run``, and wherever the alias of ``torch`` is installed, ``import torchvision`` resolves to this
package. Nothing here needs torch or torchvision; images of Pillow need the extra ``vision``.

Differs from PyTorch:
    Nothing is downloaded: weights and datasets are read from files where torchvision would have put them.
    Detection, segmentation, video and quantized models and ``transforms.v2`` are not provided.
"""

from __future__ import annotations

import importlib

__version__ = "0.28.0"  # the release of torchvision that goes with PyTorch 2.13
__all__ = ["datasets", "get_image_backend", "io", "models", "ops", "set_image_backend", "transforms", "utils"]
_SUBMODULES = frozenset({"datasets", "io", "models", "ops", "transforms", "utils"})


def __getattr__(name: str):
    if name in _SUBMODULES:
        return importlib.import_module("." + name, __name__)
    raise AttributeError(f"module 'torchvision' has no attribute '{name}'")


def get_image_backend() -> str:
    """The package that reads images: always "PIL"."""
    return "PIL"


def set_image_backend(backend: str) -> None:
    """Choose the package that reads images: there is only "PIL"."""
    if backend != "PIL":
        raise NotImplementedError(f"set_image_backend: jaxtorch.vision reads images with PIL alone, not {backend!r}")
