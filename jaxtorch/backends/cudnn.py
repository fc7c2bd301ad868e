"""torch.backends.cudnn: flags that programs set. XLA chooses algorithms itself, among what they allow."""

from __future__ import annotations

import contextlib
import sys

from .._core import devices, settings

enabled = True
benchmark = False  # XLA autotunes on GPUs in any case
benchmark_limit: int | None = None
settings.with_switches(
    __name__,
    deterministic=settings.switch("cudnn_deterministic", "set_deterministic_cudnn expects"),
    allow_tf32=settings.switch("conv_tf32", "set_allow_tf32_cublas expects"),
)


def is_available() -> bool:
    """Whether XLA has a GPU whose cuDNN it can use."""
    return bool(devices.cuda_devices())


def version() -> int | None:
    """The version of cuDNN, where there is one."""
    return None


def set_flags(_enabled: bool | None = None, _benchmark: bool | None = None, _benchmark_limit: int | None = None,
              _deterministic: bool | None = None, _allow_tf32: bool | None = None, _fp32_precision: str = "none",
              _depthwise_kernel: str | None = None) -> tuple:  # fmt: skip
    """Set several flags; None leaves one as it is.

    Args:
        _fp32_precision: "none" alone: how precise products are is set by `torch.set_float32_matmul_precision`.
        _depthwise_kernel: None or "auto" alone: XLA chooses kernels.

    Returns:
        What they were, in the order of the arguments.

    Raises:
        NotImplementedError: another precision or kernel.
    """
    if _fp32_precision != "none" or _depthwise_kernel not in (None, "auto"):
        raise NotImplementedError("torch.backends.cudnn.flags: fp32_precision, depthwise_kernel")
    module, names = sys.modules[__name__], ("enabled", "benchmark", "benchmark_limit", "deterministic", "allow_tf32")
    before = tuple([getattr(module, name) for name in names])
    given = (_enabled, _benchmark, _benchmark_limit, _deterministic, _allow_tf32)
    for name, value in zip(names, given, strict=True):
        if value is not None and (name != "benchmark_limit" or is_available()):
            setattr(module, name, value)
    return (*before, "none", "auto")


@contextlib.contextmanager
def flags(enabled: bool = False, benchmark: bool = False, benchmark_limit: int = 10, deterministic: bool = False,
          allow_tf32: bool = True, fp32_precision: str = "none", depthwise_kernel: str = "auto"):  # fmt: skip
    """A context with these flags.

    Example:
        >>> import jaxtorch as torch
        >>> with torch.backends.cudnn.flags(enabled=True, deterministic=True):
        ...     torch.backends.cudnn.deterministic
        True
    """
    before = set_flags(
        enabled, benchmark, benchmark_limit, deterministic, allow_tf32, fp32_precision, depthwise_kernel
    )
    try:
        yield
    finally:
        set_flags(*before)
