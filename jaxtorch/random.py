"""The default generators: seeding them, saving and restoring their state."""

from __future__ import annotations

import contextlib

from ._core.generator import (
    Generator,
    default_generator,
    get_rng_state,
    initial_seed,
    manual_seed,
    restore,
    seed,
    set_rng_state,
    snapshot,
)

__all__ = [
    "Generator", "default_generator", "fork_rng", "get_rng_state", "initial_seed", "manual_seed",
    "seed", "set_rng_state",
]  # fmt: skip


@contextlib.contextmanager
def fork_rng(devices=None, enabled: bool = True, device_type: str = "cuda"):
    """Put the default generator back, after the block, to where it was before."""
    if not enabled:
        yield
        return
    states = snapshot()
    try:
        yield
    finally:
        restore(states)
