"""Names that libraries import from torch._C."""

from types import SimpleNamespace as _SimpleNamespace

from ._core.bind import disabled_torch_function as _disabled_torch_function_impl
from ._core.bind import namespaces as _namespaces
from ._core.devices import device
from ._core.dtypes import dtype
from ._core.formats import layout, memory_format
from ._core.generator import Generator, default_generator
from ._core.override import DisableTorchFunction, DisableTorchFunctionSubclass
from ._core.tensor import Size

_nn = _SimpleNamespace(**_namespaces["nn"])

__all__ = [
    "DisableTorchFunction", "DisableTorchFunctionSubclass", "Generator", "Size",
    "_disabled_torch_function_impl", "default_generator", "device", "dtype", "layout", "memory_format",
]  # fmt: skip
