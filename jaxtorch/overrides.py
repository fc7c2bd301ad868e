"""Overriding functions: modes and questions about ``__torch_function__``."""

from ._core.bind import overrides as _overrides
from ._core.override import (
    BaseTorchFunctionMode,
    TorchFunctionMode,
    handle_torch_function,
    has_torch_function,
)
from ._core.override import default_nowrap as get_default_nowrap_functions
from ._core.tensor import Tensor as _Tensor

__all__ = [
    "BaseTorchFunctionMode",
    "TorchFunctionMode",
    "get_default_nowrap_functions",
    "handle_torch_function",
    "has_torch_function",
    "is_tensor_like",
]


def is_tensor_like(inp) -> bool:
    """Whether ``inp`` is a tensor or overrides functions as one would."""
    return type(inp) is _Tensor or _overrides(type(inp)) or isinstance(inp, _Tensor)
