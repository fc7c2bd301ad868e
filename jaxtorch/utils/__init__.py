"""torch.utils: its parts are imported when first named."""

import importlib
import importlib.util


def __getattr__(name: str):
    full = f"{__name__}.{name}"
    if not name.startswith("__") and importlib.util.find_spec(full) is not None:
        return importlib.import_module(full)
    raise AttributeError(f"module 'torch.utils' has no attribute '{name}'")
