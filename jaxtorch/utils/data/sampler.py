"""Samplers: the order in which a loader asks for items."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence, Sized
from typing import Generic, TypeVar

import numpy as np

from ..._core import devices, draws, dtypes, generator
from ..._core.exchange import as_tensor
from ..._core.generator import Generator
from ..._core.mt19937 import Engine

__all__ = [
    "BatchSampler", "RandomSampler", "Sampler", "SequentialSampler", "SubsetRandomSampler",
    "WeightedRandomSampler",
]  # fmt: skip

_T_co = TypeVar("_T_co", covariant=True)

# Draws are made on the host and stay there: no tensor, and so no program, for each length.


def engine_of(source: Generator | None) -> Engine:
    """The engine of a generator, or of the default one."""
    return generator.of(source, devices.CPU)


def draw_seed(source: Generator | None = None) -> int:
    """63 random bits, as an iterator of a loader and a random sampler draw them for a seed."""
    return int(draws.random(engine_of(source), 1, dtypes.int64)[0])


def draw_permutation(n: int, source: Generator | None) -> list[int]:
    """0, 1, ... n - 1 in random order."""
    return draws.randperm(engine_of(source), n).tolist()


class Sampler(Generic[_T_co]):
    """The base class of samplers: a subclass defines ``__iter__``, giving indices or lists of them."""

    def __iter__(self) -> Iterator[_T_co]:
        raise NotImplementedError


class SequentialSampler(Sampler[int]):
    """0, 1, 2, ..."""

    def __init__(self, data_source: Sized):
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler[int]):
    """All indices in random order, or draws with replacement.

    Args:
        data_source: whose length counts.
        replacement: draw each index independently.
        num_samples: how many; the length of the data by default.
        generator: the source; without one, a fresh one is seeded from the default generator.
    """

    def __init__(self, data_source: Sized, replacement: bool = False, num_samples: int | None = None,
                 generator: Generator | None = None):  # fmt: skip
        self.data_source = data_source
        self.replacement = replacement
        self._num_samples = num_samples
        self.generator = generator
        if not isinstance(replacement, bool):
            raise TypeError(f"replacement should be a boolean value, but got replacement={replacement}")
        if not isinstance(self.num_samples, int) or self.num_samples <= 0:
            raise ValueError(
                f"num_samples should be a positive integer value, but got num_samples={self.num_samples}"
            )

    @property
    def num_samples(self) -> int:
        """How many indices an iteration gives."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self) -> Iterator[int]:
        n, count, source = len(self.data_source), self.num_samples, self.generator
        if source is None:
            source = Generator().manual_seed(draw_seed())
        if self.replacement:
            # PyTorch draws by the 32, and the rest (of none, too) at the end
            for size in (*itertools.repeat(32, count // 32), count % 32):
                yield from draws.random(engine_of(source), size, dtypes.int64, 0, n).tolist()
            return
        for _ in range(count // n):
            yield from draw_permutation(n, source)
        yield from draw_permutation(n, source)[: count % n]

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler[int]):
    """Given indices, in random order."""

    def __init__(self, indices: Sequence[int], generator: Generator | None = None):
        self.indices = indices
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        for i in draw_permutation(len(self.indices), self.generator):
            yield self.indices[i]

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler[int]):
    """Indices drawn in proportion to weights.

    Args:
        weights: one for each index; they need not sum to 1.
        num_samples: how many to draw.
        replacement: whether an index may be drawn again.
        generator: the source; the default generator without one.
    """

    def __init__(self, weights: Sequence[float], num_samples: int, replacement: bool = True,
                 generator: Generator | None = None):  # fmt: skip
        if not isinstance(num_samples, int) or isinstance(num_samples, bool) or num_samples <= 0:
            raise ValueError(
                f"num_samples should be a positive integer value, but got num_samples={num_samples}"
            )
        if not isinstance(replacement, bool):
            raise ValueError(f"replacement should be a boolean value, but got replacement={replacement}")
        held = as_tensor(weights, dtype=dtypes.float64)
        if held.dim() != 1:
            raise ValueError(f"weights should be a 1d sequence but given weights have shape {tuple(held.shape)}")
        self.weights = held
        self.num_samples = num_samples
        self.replacement = replacement
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        weights, engine = np.asarray(self.weights._host()), engine_of(self.generator)
        yield from draws.multinomial(engine, weights, self.num_samples, self.replacement).tolist()

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler[list[int]]):
    """The indices of a sampler, by the batch.

    Args:
        sampler: any iterable of indices.
        batch_size: how many in a batch.
        drop_last: leave out a last batch that is not full.
    """

    def __init__(self, sampler: Sampler[int] | Iterable[int], batch_size: int, drop_last: bool):
        if not isinstance(batch_size, int) or isinstance(batch_size, bool) or batch_size <= 0:
            raise ValueError(
                f"batch_size should be a positive integer value, but got batch_size={batch_size}"
            )
        if not isinstance(drop_last, bool):
            raise ValueError(f"drop_last should be a boolean value, but got drop_last={drop_last}")
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list[int]]:
        indices = iter(self.sampler)
        while True:
            batch = list(itertools.islice(indices, self.batch_size))
            if not batch or self.drop_last and len(batch) < self.batch_size:
                return
            yield batch

    def __len__(self) -> int:
        n = len(self.sampler)
        return n // self.batch_size if self.drop_last else (n + self.batch_size - 1) // self.batch_size
