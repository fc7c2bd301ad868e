"""PyTorch's Python API on JAX: ``import jaxtorch as torch``."""

from . import _ops
from ._core import bind as _bind
from ._core import exchange as _exchange
from ._core.devices import device
from ._core.dtypes import ALL as _DTYPES
from ._core.dtypes import ALIASES as _DTYPE_ALIASES
from ._core.dtypes import dtype, finfo, get_default_dtype, iinfo, promote_types, can_cast
from ._core.exchange import as_tensor, from_dlpack, from_jax, from_numpy, tensor
from ._core.tensor import Size, Tensor

globals().update({d.name: d for d in _DTYPES})
globals().update(_DTYPE_ALIASES)
globals().update(_bind.namespaces["torch"])

__version__ = "2.13.0"
