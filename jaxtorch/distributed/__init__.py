"""torch.distributed for one process: programs written for several run as one of one.

A process drives all of its devices through JAX; several processes are not supported.
"""

from __future__ import annotations

from . import _collectives, _groups
from ._collectives import *  # noqa: F403
from ._groups import *  # noqa: F403

__all__ = [*_groups.__all__, *_collectives.__all__]


def __getattr__(name: str):
    raise AttributeError(
        f"module 'torch.distributed' has no attribute '{name}' (groups have one process: several are not supported)"
    )
