"""torch.backends.cuda: whether fp32 matrix products may use TF32, and the ways of computing attention."""

from __future__ import annotations

import contextlib
import warnings

from .._core import devices, settings


class _Matmul:
    @property
    def allow_tf32(self) -> bool:
        return settings.modes.Policy.allow_tf32

    @allow_tf32.setter
    def allow_tf32(self, value: bool):
        settings.set_float32_matmul_precision("high" if value else "highest")


matmul = _Matmul()


def is_built() -> bool:
    """Whether this process can use a GPU through JAX."""
    return bool(devices.cuda_devices())


def is_flash_attention_available() -> bool:
    """Whether attention has a fused kernel: not here, XLA compiles it."""
    return False


# -- the ways of computing attention (see torch.nn.attention.sdpa_kernel) -------------------------
def flash_sdp_enabled() -> bool:
    """Whether flash attention may be used."""
    return settings.modes.Policy.flash_attention


def enable_flash_sdp(enabled: bool) -> None:
    """Allow or forbid flash attention."""
    settings.modes.Policy.flash_attention = bool(enabled)


def mem_efficient_sdp_enabled() -> bool:
    """Whether memory-efficient attention may be used."""
    return settings.modes.Policy.efficient_attention


def enable_mem_efficient_sdp(enabled: bool) -> None:
    """Allow or forbid memory-efficient attention."""
    settings.modes.Policy.efficient_attention = bool(enabled)


def math_sdp_enabled() -> bool:
    """Whether attention may be computed by its formula."""
    return settings.modes.Policy.math_attention


def enable_math_sdp(enabled: bool) -> None:
    """Allow or forbid attention by its formula."""
    settings.modes.Policy.math_attention = bool(enabled)


def cudnn_sdp_enabled() -> bool:
    """Whether cuDNN's attention may be used."""
    return settings.modes.Policy.cudnn_attention


def enable_cudnn_sdp(enabled: bool) -> None:
    """Allow or forbid cuDNN's attention."""
    settings.modes.Policy.cudnn_attention = bool(enabled)


@contextlib.contextmanager
def sdp_kernel(
    enable_flash: bool = True, enable_math: bool = True, enable_mem_efficient: bool = True, enable_cudnn: bool = True
):
    """The former `torch.nn.attention.sdpa_kernel`."""
    warnings.warn(
        "`torch.backends.cuda.sdp_kernel()` is deprecated. In the future, this context manager will be removed. "
        "Please see `torch.nn.attention.sdpa_kernel()` for the new context manager, with updated signature.",
        FutureWarning,
        stacklevel=3,
    )
    switches = {
        "flash_attention": enable_flash,
        "math_attention": enable_math,
        "efficient_attention": enable_mem_efficient,
        "cudnn_attention": enable_cudnn,
    }
    policy = settings.modes.Policy
    before = {name: getattr(policy, name) for name in switches}
    try:
        for name, enabled in switches.items():
            setattr(policy, name, bool(enabled))
        yield {}
    finally:
        for name, enabled in before.items():
            setattr(policy, name, enabled)
