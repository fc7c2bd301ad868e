"""torch.distributed of a build without it: `is_available` says so, as such builds of PyTorch do.

A process drives all of its devices through JAX; several processes are not supported.
"""

from __future__ import annotations

__all__ = ["ProcessGroup", "is_available"]


def is_available() -> bool:
    """False: programs that ask go on in one process.

    Example:
        >>> import jaxtorch as torch
        >>> torch.distributed.is_available()
        False
    """
    return False


class ProcessGroup:
    """A name for annotations; there are no groups of processes."""


ProcessGroup.__module__ = "torch.distributed"


def __getattr__(name: str):
    raise AttributeError(
        f"module 'torch.distributed' has no attribute '{name}' (torch.distributed.is_available() is False: "
        "several processes are not supported)"
    )
