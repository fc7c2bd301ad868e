"""torch.utils.collect_env: what a report of a defect should say of the machine."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys

import jax

from .._core import devices
from ..torch_version import __version__

__all__ = ["get_pretty_env_info", "main"]

_PACKAGES = ("jax", "jaxlib", "numpy", "optax", "flax", "jax-cuda12-plugin", "jax-cuda13-plugin")


def _versions() -> list[str]:
    found = []
    for name in _PACKAGES:
        try:
            found.append(f"[pip3] {name}=={importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def get_pretty_env_info() -> str:
    """The versions, the machine and its GPUs, a line each.

    Differs from PyTorch: the lines speak of JAX and XLA where PyTorch's speak of its build.
    """
    gpus = devices.cuda_devices()
    lines = [
        f"PyTorch version: {__version__} (by {devices.__name__.partition('.')[0]})",
        f"JAX version: {jax.__version__}",
        f"JAX platform: {jax.default_backend()}",
        "",
        f"OS: {platform.platform()}",
        f"Python version: {sys.version.splitlines()[0]} ({sys.maxsize.bit_length() + 1}-bit runtime)",
        f"Is CUDA available: {bool(gpus)}",
        f"GPU models and configuration: {', '.join(g.device_kind for g in gpus) or 'No CUDA'}",
        f"CPU: {platform.machine()}, {os.cpu_count()} cores",
        "",
        "Versions of relevant libraries:",
        *_versions(),
    ]
    return "\n".join(lines)


def main() -> None:
    """Print `get_pretty_env_info`."""
    print("Collecting environment information...")
    print(get_pretty_env_info())


if __name__ == "__main__":
    main()
