"""The CPU, as programs for any kind of device ask for it."""

from __future__ import annotations

from .._core import modes as _modes


def is_available() -> bool:
    """True."""
    return True


def is_initialized() -> bool:
    """True."""
    return True


def device_count() -> int:
    """1."""
    return 1


def current_device() -> str:
    """``"cpu"``."""
    return "cpu"


def set_device(device) -> None:
    """Nothing: there is one CPU."""


def synchronize(device=None) -> None:
    """Run what waits to be run (`torch.engine.deferred`); what is read is there."""
    _modes.flush()


def __getattr__(name: str):
    if name == "amp":
        import importlib

        return importlib.import_module(".amp", __name__)
    raise AttributeError(f"module 'torch.cpu' has no attribute '{name}'")
