"""A sampler that deals a dataset to the processes of a distributed run."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

from ..._core.generator import Generator
from ...distributed import get_rank, get_world_size
from .sampler import Sampler, draw_permutation

__all__ = ["DistributedSampler"]


class DistributedSampler(Sampler[int]):
    """Every ``num_replicas``-th index, from ``rank`` on, of an order that all processes share.

    Args:
        dataset: whose length counts.
        num_replicas: how many processes there are; by default those of the default group.
        rank: which of them this is; by default the rank in the default group.
        shuffle: a random order, new for each `set_epoch`.
        seed: of the order; equal in all processes.
        drop_last: leave out what cannot be dealt evenly; else some indices are dealt twice.

    Raises:
        ValueError: num_replicas or rank is left to a group that there is not, or the rank is not below num_replicas.
    """

    def __init__(self, dataset, num_replicas: int | None = None, rank: int | None = None,
                 shuffle: bool = True, seed: int = 0, drop_last: bool = False):  # fmt: skip
        if num_replicas is None:
            num_replicas = get_world_size()
        if rank is None:
            rank = get_rank()
        if rank >= num_replicas or rank < 0:
            raise ValueError(f"Invalid rank {rank}, rank should be in the interval [0, {num_replicas - 1}]")
        self.dataset = dataset
        self.num_replicas = num_replicas
        self.rank = rank
        self.epoch = 0
        self.drop_last = drop_last
        n = len(dataset)
        left_out = drop_last and n % num_replicas != 0
        self.num_samples = math.ceil((n - num_replicas if left_out else n) / num_replicas)
        self.total_size = self.num_samples * num_replicas
        self.shuffle = shuffle
        self.seed = seed

    def __iter__(self) -> Iterator[int]:
        n = len(self.dataset)
        if self.shuffle:
            indices = draw_permutation(n, Generator().manual_seed(self.seed + self.epoch))
        else:
            indices = list(range(n))
        if n:
            indices = list(itertools.islice(itertools.cycle(indices), self.total_size))
        if len(indices) != self.total_size:
            raise AssertionError(
                f"Number of indices ({len(indices)}) does not match total_size ({self.total_size})"
            )
        return iter(indices[self.rank :: self.num_replicas])

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of an epoch: without it every epoch has the first one's."""
        self.epoch = epoch
