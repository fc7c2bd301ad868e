"""Pickling objects of the library's own classes, which carry PyTorch's module names."""

from __future__ import annotations

import importlib
import sys


def reduce_by_path(obj) -> tuple | None:
    """How to pickle an object of one of the library's own classes where pickle would not find the class.

    These classes carry PyTorch's module names; None where `torch` is this package, and for other classes.
    """
    package = sys.modules[__name__.partition(".")[0]]
    cls = type(obj)
    if not cls.__module__.startswith("torch.") or sys.modules.get("torch") is package:
        return None
    return _blank, (package.__name__ + cls.__module__.removeprefix("torch"), cls.__qualname__), obj.__getstate__()


def _blank(module: str, name: str):
    """An instance of one of the library's classes for unpickling to fill."""
    cls = getattr(importlib.import_module(module), name)
    return cls.__new__(cls)
