"""torch.cuda.random: the generators of GPUs, whose streams of numbers are not there."""

from __future__ import annotations

from .._core import devices
from ._current import require

__all__ = [
    "get_rng_state", "get_rng_state_all", "set_rng_state", "set_rng_state_all", "manual_seed", "manual_seed_all",
    "seed", "seed_all", "initial_seed",
]  # fmt: skip


def manual_seed(seed: int) -> None:
    """Seed the current GPU's generator (ignored without a GPU, as in PyTorch)."""
    if devices.cuda_devices():
        raise NotImplementedError("torch.cuda.manual_seed on a GPU: the CUDA stream of random numbers")


def manual_seed_all(seed: int) -> None:
    """Seed every GPU's generator (ignored without a GPU, as in PyTorch)."""
    manual_seed(seed)


def seed() -> None:
    """Seed the current GPU's generator with a number of chance (ignored without a GPU, as in PyTorch)."""
    if devices.cuda_devices():
        raise NotImplementedError("torch.cuda.seed on a GPU: the CUDA stream of random numbers")


def seed_all() -> None:
    """Seed every GPU's generator with a number of chance (ignored without a GPU, as in PyTorch)."""
    seed()


def get_rng_state(device="cuda"):
    """The state of a GPU's generator."""
    require()
    raise NotImplementedError("torch.cuda.get_rng_state on a GPU: the CUDA stream of random numbers")


def get_rng_state_all() -> list:
    """The states of all GPUs' generators."""
    return [get_rng_state(i) for i in range(len(devices.cuda_devices()))]


def set_rng_state(new_state, device="cuda") -> None:
    """Set the state of a GPU's generator (ignored without a GPU, as in PyTorch)."""
    if devices.cuda_devices():
        raise NotImplementedError("torch.cuda.set_rng_state on a GPU: the CUDA stream of random numbers")


def set_rng_state_all(new_states) -> None:
    """Set the states of all GPUs' generators."""
    for i, state in enumerate(new_states):
        set_rng_state(state, i)


def initial_seed() -> int:
    """The seed of the current GPU's generator."""
    require()
    raise NotImplementedError("torch.cuda.initial_seed on a GPU: the CUDA stream of random numbers")
