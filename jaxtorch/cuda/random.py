"""torch.cuda.random: the generators of GPUs; without a GPU, seeding is ignored as in PyTorch.

Differs from PyTorch: a GPU's numbers are those of the CPU's stream for the same seed, not CUDA's.
"""

from __future__ import annotations

from collections.abc import Iterable

from .._core import devices, generator
from .._core.devices import index_of
from .._core.generator import Generator
from .._core.tensor import Tensor
from ._current import require

__all__ = [
    "get_rng_state", "get_rng_state_all", "set_rng_state", "set_rng_state_all", "manual_seed", "manual_seed_all",
    "seed", "seed_all", "initial_seed",
]  # fmt: skip


def generators() -> tuple[Generator, ...]:
    """The generators that draws on GPUs take which name none, one a GPU."""
    return tuple([generator.default_of(devices.resolve(f"cuda:{i}")) for i in range(len(devices.cuda_devices()))])


def _found(device=None) -> list[Generator]:
    """The generator of a GPU, by default the current one: a list, empty where there is none."""
    return [found[index_of(device)]] if (found := generators()) else []


def manual_seed(seed: int) -> None:
    """Seed the current GPU's generator."""
    seed = int(seed)
    for g in _found():
        g.manual_seed(seed)


def manual_seed_all(seed: int) -> None:
    """Seed every GPU's generator.

    Example:
        >>> import jaxtorch as torch
        >>> torch.cuda.manual_seed_all(0)
    """
    seed = int(seed)
    for g in generators():
        g.manual_seed(seed)


def seed() -> None:
    """Seed the current GPU's generator with a number of chance."""
    for g in _found():
        g.seed()


def seed_all() -> None:
    """Seed all GPUs' generators with one number of chance."""
    first, *others = generators() or (None,)
    if first is not None:
        chosen = first.seed()
        for g in others:
            g.manual_seed(chosen)


def get_rng_state(device="cuda") -> Tensor:
    """The state of a GPU's generator: a fresh uint8 tensor on the CPU."""
    require()
    return _found(device)[0].get_state()


def get_rng_state_all() -> list[Tensor]:
    """The states of all GPUs' generators."""
    return [g.get_state() for g in generators()]


def set_rng_state(new_state: Tensor, device="cuda") -> None:
    """Let a GPU's generator go on from a state."""
    for g in _found(device):
        g.set_state(new_state)


def set_rng_state_all(new_states: Iterable[Tensor]) -> None:
    """Let the GPUs' generators go on from states, one each."""
    for i, state in enumerate(new_states):
        set_rng_state(state, i)


def initial_seed() -> int:
    """The seed of the current GPU's generator."""
    require()
    return _found()[0].initial_seed()
