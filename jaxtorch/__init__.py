"""PyTorch's Python API on JAX: ``import jaxtorch as torch``."""

import os as _os
from math import e, inf, nan, pi

from . import _ops, autograd, backends, cuda
from ._compat import legacy as _legacy
from ._core import bind as _bind
from ._core import dtypes as _dtypes
from ._core import kinds as _kinds
from ._core import memory as _memory
from ._core import modes as _modes
from ._core.devices import device
from ._core.dtypes import can_cast, dtype, finfo, get_default_dtype, iinfo, promote_types
from ._core.exchange import (
    as_tensor,
    asarray,
    from_dlpack,
    from_jax,
    from_numpy,
    frombuffer,
    tensor,
    to_dlpack,
)  # fmt: skip
from ._core.formats import (
    channels_last,
    channels_last_3d,
    contiguous_format,
    jagged,
    layout,
    memory_format,
    per_channel_affine,
    per_channel_affine_float_qparams,
    per_channel_symmetric,
    per_tensor_affine,
    per_tensor_symmetric,
    preserve_format,
    qscheme,
    sparse_bsc,
    sparse_bsr,
    sparse_coo,
    sparse_csc,
    sparse_csr,
    strided,
)  # fmt: skip
from ._core.generator import (
    Generator,
    default_generator,
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_rng_state,
)  # fmt: skip
from ._core.memory import TypedStorage, UntypedStorage
from ._core.printing import set_printoptions
from ._core.settings import (
    are_deterministic_algorithms_enabled,
    get_default_device,
    get_deterministic_debug_mode,
    get_float32_matmul_precision,
    get_num_interop_threads,
    get_num_threads,
    is_complex,
    is_deterministic_algorithms_warn_only_enabled,
    is_floating_point,
    is_nonzero,
    is_storage,
    is_tensor,
    is_warn_always_enabled,
    numel,
    result_type,
    set_default_device,
    set_default_dtype,
    set_default_tensor_type,
    set_deterministic_debug_mode,
    set_float32_matmul_precision,
    set_num_interop_threads,
    set_num_threads,
    set_warn_always,
    use_deterministic_algorithms,
)  # fmt: skip
from ._core.tensor import Size, Tensor
from .amp import GradScaler, autocast
from .amp._switches import SWITCHES as _SWITCHES
from .autograd.anomaly_mode import is_anomaly_check_nan_enabled, is_anomaly_enabled, set_anomaly_enabled
from .autograd.grad_mode import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)  # fmt: skip
from .cuda import OutOfMemoryError
from .serialization import load, save
from .torch_version import __version__

newaxis = None

# What the tables declare: dtypes, ops, legacy types.
globals().update({d.name: d for d in (*_dtypes.ALL, *_dtypes.QUANTIZED)})
globals().update(_dtypes.ALIASES)
globals().update(_legacy.CPU_TYPES)
globals().update(_memory.LEGACY_STORAGES)
globals().update(_bind.namespaces["torch"])
globals().update(_SWITCHES)
Storage = _memory.LEGACY_STORAGES["FloatStorage"]
is_distributed, is_vulkan_available, typename = _kinds.is_distributed, _kinds.is_vulkan_available, _kinds.typename
get_device, is_inference = _kinds.get_device, _kinds.is_inference


def __getattr__(name: str):
    # Submodules are loaded when first named, so that importing jaxtorch stays cheap.
    import importlib

    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name], __name__), name)
    if name in _SUBMODULES:
        return importlib.import_module("." + name, __name__)
    raise AttributeError(f"module 'torch' has no attribute '{name}'")


_LAZY = {
    "compile": ".compiler", "vmap": ".func", "cond": "._higher_order_ops", "while_loop": "._higher_order_ops",
    "scan": "._higher_order_ops", "ops": ".library",
}  # fmt: skip
_SUBMODULES = {
    "_C", "_dynamo", "_tensor", "cpu", "nn", "optim", "utils", "random", "serialization", "linalg", "fft", "special",
    "signal", "func", "masked", "testing", "storage", "overrides", "return_types", "types", "version", "torch_version",
    "distributions", "amp", "hub", "accelerator", "multiprocessing", "distributed", "jit", "compiler", "engine",
    "vision", "profiler", "library", "quasirandom", "nested", "sparse", "futures", "functional", "__future__", "xpu",
    "mps",
}  # fmt: skip

if _os.environ.get("JAXTORCH_DEFERRED", "0") != "0":
    from ._record.segment import of_thread as _of_thread

    _modes.state.segment = _of_thread()
