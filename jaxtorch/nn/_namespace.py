"""What code below the package's top module uses of it: ``torch.f`` by attribute, and `typename`."""

from __future__ import annotations

from types import SimpleNamespace

from .._core.bind import namespaces
from .._core.tensor import Tensor

torch = SimpleNamespace(
    **namespaces["torch"],
    linalg=SimpleNamespace(**namespaces["linalg"]),
)


def typename(obj) -> str:
    """The full name of an object's type, or of a class."""
    if isinstance(obj, Tensor):
        return obj.type()
    named = obj if hasattr(obj, "__qualname__") else type(obj)
    module = getattr(named, "__module__", None)
    return (
        named.__qualname__ if module in ("builtins", "", None) else f"{module}.{named.__qualname__}"
    )


def name_as_torch(*modules) -> None:
    """Give the classes that modules of this package define PyTorch's names of those modules."""
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, type) and value.__module__ == module.__name__:
                value.__module__ = "torch." + module.__name__.partition(".")[2]
