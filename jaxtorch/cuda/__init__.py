"""GPUs as JAX sees them, under PyTorch's names."""

from __future__ import annotations

from .._compat.legacy import CUDA_TYPES as _TYPES
from .._core import devices as _devices
from .._core.devices import current as _chosen
from .._core.devices import index_of as _index
from ._current import gpu as _gpu
from ._current import require as _require
from ._current import require_dummy as _require_dummy
from ._current import require_function as _require_function
from .memory import (
    max_memory_allocated,
    max_memory_cached,
    max_memory_reserved,
    mem_get_info,
    memory_allocated,
    memory_cached,
    memory_reserved,
    memory_stats,
    memory_summary,
    reset_accumulated_memory_stats,
    reset_max_memory_allocated,
    reset_max_memory_cached,
    reset_peak_memory_stats,
)
from .random import generators as _generators
from .random import (
    get_rng_state,
    get_rng_state_all,
    initial_seed,
    manual_seed,
    manual_seed_all,
    seed,
    seed_all,
    set_rng_state,
    set_rng_state_all,
)
from .streams import Event, Stream, current_stream, default_stream, set_stream, stream, synchronize

globals().update(_TYPES)


class OutOfMemoryError(RuntimeError):
    """A GPU has no more memory.

    Differs from PyTorch: what JAX raises there is its own error.
    """


OutOfMemoryError.__module__ = "torch"


def is_available() -> bool:
    """Whether JAX sees a GPU."""
    return bool(_devices.cuda_devices())


def device_count() -> int:
    """How many GPUs JAX sees."""
    return len(_devices.cuda_devices())


def current_device() -> int:
    """The index of the current GPU."""
    _require()
    return _chosen[0]


def set_device(device) -> None:
    """Make a GPU the current one; a negative index changes nothing."""
    index = _index(device)
    if index >= 0:
        _require_function("_cuda_setDevice")
        _chosen[0] = index


def get_device_name(device=None) -> str:
    """The name of a GPU."""
    return _gpu(device).device_kind


def empty_cache() -> None:
    """Give unused memory back: nothing to do, XLA's allocator keeps its own pool."""


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """Whether the current GPU computes in bfloat16, by itself or (unless ``including_emulation`` is False) not."""
    return is_available() and (including_emulation or get_device_capability()[0] >= 8)


def is_initialized() -> bool:
    """Whether the GPU has been set up."""
    return is_available()


class _DeviceProperties:
    """What is known of a GPU: ``name``, ``major``, ``minor``, ``total_memory``, ``multi_processor_count``.

    ``total_memory`` is what JAX may use of it.
    """

    def __init__(self, gpu):
        self.name = gpu.device_kind
        self.major, self.minor = _capability(gpu)
        self.total_memory = int((gpu.memory_stats() or {}).get("bytes_limit", 0))
        self.multi_processor_count = gpu.core_count

    def __repr__(self) -> str:
        return (
            f"_CudaDeviceProperties(name='{self.name}', major={self.major}, minor={self.minor}, "
            f"total_memory={self.total_memory // 2**20}MB, multi_processor_count={self.multi_processor_count})"
        )


def _capability(gpu) -> tuple[int, int]:
    major, _, minor = str(gpu.compute_capability).partition(".")
    return int(major), int(minor or 0)


def get_device_capability(device=None) -> tuple[int, int]:
    """(major, minor) of a GPU's compute capability."""
    return _capability(_gpu(device))


def get_device_properties(device=None) -> _DeviceProperties:
    """A GPU's name, capability, memory and number of multiprocessors."""
    return _DeviceProperties(_gpu(device))


def can_device_access_peer(device, peer_device) -> bool:
    """Whether one GPU can read another's memory."""
    _require()
    raise NotImplementedError("torch.cuda.can_device_access_peer: JAX does not tell")


def init() -> None:
    """Set up the GPU: JAX has."""
    _require()


def ipc_collect() -> None:
    """Free memory that other processes have let go of: none is shared."""
    _require()


def get_arch_list() -> list[str]:
    """The architectures there are kernels for: none without a GPU, those of the GPUs that are there with some."""
    return sorted({"sm_{}{}".format(*_capability(gpu)) for gpu in _devices.cuda_devices()})


def get_gencode_flags() -> str:
    """The flags that PyTorch's kernels were compiled with: there are none, XLA compiles for the GPU at hand."""
    return ""


def is_current_stream_capturing() -> bool:
    """Whether a CUDA graph is being captured (never)."""
    _require_dummy("_cuda_isCurrentStreamCapturing")
    return False


def is_tf32_supported() -> bool:
    """Whether the current GPU computes in TF32."""
    return is_available() and get_device_capability()[0] >= 8


class device:  # noqa: N801 - the public name is torch.cuda.device
    """A context in which a GPU is the current one; a negative index changes nothing."""

    def __init__(self, device):
        self.idx = _index(device) if device is not None or is_available() else -1
        self.prev_idx = -1

    def __enter__(self):
        if self.idx >= 0 and not is_available():
            raise RuntimeError("PyTorch was compiled without CUDA support")
        self.prev_idx = _chosen[0]
        if self.idx >= 0:
            _chosen[0] = self.idx

    def __exit__(self, *error) -> bool:
        _chosen[0] = self.prev_idx
        return False


class device_of(device):  # noqa: N801 - the public name is torch.cuda.device_of
    """A context in which the GPU of a tensor is the current one; one of the CPU changes nothing."""

    def __init__(self, obj):
        super().__init__(obj.get_device() if obj.is_cuda else -1)


def __getattr__(name: str):
    if name in ("amp", "nvtx", "profiler"):
        import importlib

        return importlib.import_module("." + name, __name__)
    if name == "default_generators":
        return _generators()
    raise AttributeError(f"module 'torch.cuda' has no attribute '{name}'")
