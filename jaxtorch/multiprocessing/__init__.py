"""Python's `multiprocessing`, through whose queues and pipes tensors travel; and `spawn`.

Differs from PyTorch:
    Tensors travel by value, but for those that `Tensor.share_memory_` has moved: what a process writes into
    another that it received, others do not see. Start processes by
    "spawn" or "forkserver": a forked child inherits JAX's locks without the threads that hold them.
"""

import multiprocessing as _multiprocessing
import sys as _sys
from multiprocessing import *  # noqa: F403  # pyright: ignore[reportWildcardImportFromLibrary]

from .reductions import init_reductions as _init_reductions
from .spawn import (
    ProcessContext,
    ProcessExitedException,
    ProcessRaisedException,
    SpawnContext,
    spawn,
    start_processes,
)

__all__ = [
    "ProcessContext", "ProcessExitedException", "ProcessRaisedException", "SpawnContext", "get_all_sharing_strategies",
    "get_sharing_strategy", "set_sharing_strategy", "spawn", "start_processes", *_multiprocessing.__all__,
]  # fmt: skip

_everywhere = {"file_system"}
_sharing_strategies = _everywhere if _sys.platform in ("darwin", "win32") else {"file_descriptor", *_everywhere}
_sharing_strategy = "file_descriptor" if "file_descriptor" in _sharing_strategies else "file_system"


def set_sharing_strategy(new_strategy: str) -> None:
    """Say how memory is to be shared; tensors travel by value whatever it is.

    Args:
        new_strategy: one of `get_all_sharing_strategies`.

    Raises:
        AssertionError: it is none of them.
    """
    global _sharing_strategy
    if new_strategy not in _sharing_strategies:
        raise AssertionError(f"invalid sharing strategy {new_strategy!r}, expected one of {_sharing_strategies}")
    _sharing_strategy = new_strategy


def get_sharing_strategy() -> str:
    """The strategy last set."""
    return _sharing_strategy


def get_all_sharing_strategies() -> set[str]:
    """The strategies that may be set on this system."""
    return _sharing_strategies


_init_reductions()
