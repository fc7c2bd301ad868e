"""Names that libraries import from torch._C."""

import sys as _sys
from types import ModuleType as _ModuleType

from ._core.bind import disabled_torch_function as _disabled_torch_function_impl
from ._core.bind import namespaces as _namespaces
from ._core.devices import device
from ._core.dtypes import dtype
from ._core.formats import layout, memory_format
from ._core.generator import Generator, default_generator
from ._core.override import DisableTorchFunction, DisableTorchFunctionSubclass
from ._core.tensor import Size, Tensor

for _space in ("nn", "linalg", "fft", "special"):
    _module = globals()[f"_{_space}"] = _sys.modules[f"{__name__}._{_space}"] = _ModuleType(f"torch._C._{_space}")
    _prefix = "" if _space == "nn" else _space + "_"
    _module.__dict__.update({_prefix + _name: _function for _name, _function in _namespaces[_space].items()})

#: what pickles of functions go through: `torch.add` is one of these classes' attributes
_VariableFunctionsClass = type(
    "_VariableFunctionsClass", (), {_name: staticmethod(_function) for _name, _function in _namespaces["torch"].items()}
)
_VariableFunctions = _VariableFunctionsClass()
TensorBase = Tensor


def _get_tracing_state():
    """None: nothing is being traced by `torch.jit.trace`, which runs programs as they are."""


__all__ = [
    "DisableTorchFunction", "DisableTorchFunctionSubclass", "Generator", "Size",
    "_disabled_torch_function_impl", "default_generator", "device", "dtype", "layout", "memory_format",
]  # fmt: skip
