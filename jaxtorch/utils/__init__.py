"""torch.utils: its parts are imported when first named."""

import importlib
import importlib.util

from .._core.swapping import swap_tensors

__all__ = ["swap_tensors"]


def __getattr__(name: str):
    full = f"{__name__}.{name}"
    if not name.startswith("__") and importlib.util.find_spec(full) is not None:
        return importlib.import_module(full)
    raise AttributeError(f"module 'torch.utils' has no attribute '{name}'")
