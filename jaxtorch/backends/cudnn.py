"""torch.backends.cudnn: flags that programs set. XLA chooses algorithms itself."""

from .._core import devices

enabled = True
benchmark = False  # XLA autotunes on GPUs in any case
deterministic = False
allow_tf32 = True


def is_available() -> bool:
    """Whether XLA has a GPU whose cuDNN it can use."""
    return bool(devices.cuda_devices())


def version() -> int | None:
    """The version of cuDNN, where there is one."""
    return None
