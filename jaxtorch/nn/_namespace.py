"""What code below the package's top module uses of it: ``torch.f`` by attribute, and `typename`."""

from __future__ import annotations

import importlib
import sys
from types import SimpleNamespace

from .._core import dtypes
from .._core.bind import namespaces
from .._core.exchange import as_tensor, tensor
from .._core.tensor import Size
from ..autograd.grad_mode import enable_grad, no_grad

torch = SimpleNamespace(
    **namespaces["torch"],
    linalg=SimpleNamespace(**namespaces["linalg"]),
    special=SimpleNamespace(**namespaces["special"]),
    Size=Size,
    as_tensor=as_tensor,
    tensor=tensor,
    finfo=dtypes.finfo,
    get_default_dtype=dtypes.get_default_dtype,
    bool=dtypes.bool_,
    long=dtypes.int64,
    double=dtypes.float64,
    no_grad=no_grad,
    enable_grad=enable_grad,
)


def name_as_torch(*modules) -> None:
    """Give the classes that modules of this package define PyTorch's names of those modules."""
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, type) and value.__module__ == module.__name__:
                value.__module__ = "torch." + module.__name__.partition(".")[2]


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
