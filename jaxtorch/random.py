"""The default generators: seeding them, saving and restoring their state."""

from __future__ import annotations

import contextlib

from ._core.devices import device, index_of, resolve
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
    """Put the default generators back, after the block, to where they were before.

    Args:
        devices: the GPUs whose generators are meant beside the CPU's; None: all.
        enabled: whether anything is done.
        device_type: the kind of those devices: "cuda".
    """
    if device_type != "cuda":
        raise NotImplementedError(f"fork_rng(device_type={device_type!r}): there are the CPU and NVIDIA's GPUs")
    if not enabled:
        yield
        return
    states = snapshot(None if devices is None else [resolve(device("cuda", index_of(d))) for d in devices])
    try:
        yield
    finally:
        restore(states)
