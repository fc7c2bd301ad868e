"""Which version of PyTorch this package stands for, and what it was built with."""

import re as _re

from ._core import devices as _devices

__all__ = ["__version__", "cuda", "debug", "git_version", "hip", "rocm", "xpu"]  # noqa: F822

__version__ = "2.13.0"
debug = False
git_version = "Unknown"
hip = rocm = xpu = None


def __getattr__(name: str):
    if name != "cuda":
        raise AttributeError(f"module 'torch.version' has no attribute '{name}'")
    # asked when read: importing the package starts no backend
    for gpu in _devices.cuda_devices():
        found = _re.search(r"cuda (\d+)", gpu.client.platform_version)
        if found:
            return f"{int(found[1]) // 1000}.{int(found[1]) % 1000 // 10}"
    return None
