"""torch.backends.cudnn: flags that programs set. XLA chooses algorithms itself, among what they allow."""

from .._core import devices, settings

enabled = True
benchmark = False  # XLA autotunes on GPUs in any case
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
