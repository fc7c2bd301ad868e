"""What code below the package's top module uses of it: ``torch.f`` by attribute, and `typename`."""

from __future__ import annotations

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
