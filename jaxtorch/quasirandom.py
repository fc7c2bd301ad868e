"""Quasi-random points: Sobol' sequences."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

import numpy as np

from ._core import devices, dtypes
from ._core.bind import namespaces
from ._core.exchange import tensor
from ._core.generator import Generator
from ._core.tensor import Tensor

_torch = namespaces["torch"]


@cache
def _direction_numbers() -> tuple[np.ndarray, np.ndarray]:
    """(primitive polynomials, initial numbers) of Joe and Kuo for 21201 dimensions, as SciPy brings them."""
    spec = importlib.util.find_spec("scipy")
    place = Path((spec.origin if spec is not None else None) or "").parent / "stats" / "_sobol_direction_numbers.npz"
    try:
        with np.load(place) as table:
            return table["poly"], table["vinit"]
    except OSError:
        raise NotImplementedError(
            "SobolEngine takes its direction numbers from SciPy, and this SciPy has no file "
            "stats/_sobol_direction_numbers.npz"
        ) from None


def _initial_state(dimension: int, bits: int) -> np.ndarray:
    """(dimension, bits) direction numbers, by the recurrence that each dimension's polynomial says."""
    polynomials, initial = _direction_numbers()
    state = np.zeros((dimension, bits), np.int64)
    state[0] = 1
    for d in range(1, dimension):
        polynomial = int(polynomials[d])
        degree = polynomial.bit_length() - 1
        row = [int(v) for v in initial[d, :degree]]
        for j in range(degree, bits):
            new = row[j - degree]
            for k in range(degree):
                if polynomial >> (degree - 1 - k) & 1:
                    new ^= row[j - k - 1] << (k + 1)
            row.append(new)
        state[d] = row[:bits]
    return state << np.arange(bits - 1, -1, -1)


def _scrambled(state: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """Direction numbers multiplied by lower triangular binary matrices, (dimension, bits, bits)."""
    bits = state.shape[1]
    lower = lower | np.eye(bits, dtype=lower.dtype)
    # row p of a matrix is the parity mask of bit bits-1-p; the first column is the highest bit
    masks = (lower << np.arange(bits - 1, -1, -1)).sum(-1)
    parity = np.bitwise_count(masks[:, None, :] & state[:, :, None]) & 1
    return (parity.astype(np.int64) << np.arange(bits - 1, -1, -1)).sum(-1)


def _lowest_zeros(first: int, count: int) -> np.ndarray:
    """The place of the lowest zero bit of each of ``count`` numbers from ``first`` on."""
    numbers = np.arange(first, first + count)
    return np.bitwise_count(numbers & ~(numbers + 1))


class SobolEngine:
    """Points of a Sobol' sequence in the unit cube, the same as PyTorch's.

    Args:
        dimension: of the cube, up to 21201.
        scramble: whether the sequence is scrambled (Owen), at random.
        seed: of the scrambling; the global generator's numbers by default.

    Raises:
        ValueError: the dimension is out of range.

    Example:
        >>> torch.quasirandom.SobolEngine(2).draw(3)
        tensor([[0.0000, 0.0000],
                [0.5000, 0.5000],
                [0.7500, 0.2500]])
    """

    MAXBIT = 30
    MAXDIM = 21201

    def __init__(self, dimension: int, scramble: bool = False, seed: int | None = None):
        if dimension > self.MAXDIM or dimension < 1:
            raise ValueError(f"Supported range of dimensionality for SobolEngine is [1, {self.MAXDIM}]")
        self.seed, self.scramble, self.dimension = seed, scramble, dimension
        state = _initial_state(dimension, self.MAXBIT)
        if scramble:
            state, self.shift = self._scramble(state)
        else:
            self.shift = self._whole(np.zeros(dimension, np.int64))
        self.sobolstate = self._whole(state)
        self.quasi = self.shift.clone()
        self._first_point = (self.quasi / 2**self.MAXBIT).reshape(1, -1)
        self.num_generated = 0

    @staticmethod
    def _whole(values: np.ndarray) -> Tensor:
        return tensor(values, dtype=dtypes.int64, device=devices.CPU)

    def _scramble(self, state: np.ndarray) -> tuple[np.ndarray, Tensor]:
        generator = None
        if self.seed is not None:
            generator = Generator()
            generator.manual_seed(self.seed)
        shape = (self.dimension, self.MAXBIT)
        shift = _torch["randint"](2, shape, device=devices.CPU, generator=generator)
        lower = _torch["randint"](2, (*shape, self.MAXBIT), device=devices.CPU, generator=generator).tril()
        powers = np.int64(1) << np.arange(self.MAXBIT)
        return _scrambled(state, lower._host()), self._whole((shift._host() * powers).sum(-1))

    def draw(self, n: int = 1, out: Tensor | None = None, dtype: dtypes.dtype | None = None) -> Tensor:
        """The next ``n`` points, (n, dimension)."""
        dtype = dtype or dtypes.get_default_dtype()
        parts = [self._first_point.to(dtype)] if self.num_generated == 0 else []
        if not parts or n != 1:
            parts.append(self._walk(n - len(parts), dtype))
        result = _torch["cat"](parts, -2) if len(parts) > 1 else parts[0]
        self.num_generated += n
        return result if out is None else out.resize_as_(result).copy_(result)

    def _walk(self, count: int, dtype: dtypes.dtype) -> Tensor:
        if dtype not in (dtypes.float32, dtypes.float64):
            raise NotImplementedError(f"\"_sobol_engine_draw\" not implemented for '{dtype.title}'")
        if count < 0:
            raise RuntimeError(
                f"Trying to create tensor with negative dimension {count}: [{count}, {self.dimension}]"
            )
        if count == 0:
            return _torch["empty"]((0, self.dimension), dtype=dtype)
        steps = self.sobolstate._host().T[_lowest_zeros(max(self.num_generated - 1, 0), count)]
        points = np.bitwise_xor.accumulate(steps, 0) ^ self.quasi._host()
        self.quasi = self._whole(points[-1])
        return tensor(points.astype(dtype.np) * dtype.np.type(2.0**-self.MAXBIT), device=devices.CPU)

    def draw_base2(self, m: int, out: Tensor | None = None, dtype: dtypes.dtype | None = None) -> Tensor:
        """The next ``2**m`` points, which balance where all that were drawn are a power of two.

        Raises:
            ValueError: they would not be.
        """
        n = 2**m
        total = self.num_generated + n
        if total & (total - 1):
            raise ValueError(
                "The balance properties of Sobol' points require n to be a power of 2. "
                f"{self.num_generated} points have been previously generated, then: n={self.num_generated}+2**{m}="
                f"{total}. If you still want to do this, please use 'SobolEngine.draw()' instead."
            )
        return self.draw(n=n, out=out, dtype=dtype)

    def reset(self) -> SobolEngine:
        """Begin the sequence again."""
        self.quasi.copy_(self.shift)
        self.num_generated = 0
        return self

    def fast_forward(self, n: int) -> SobolEngine:
        """Pass over ``n`` points."""
        first = max(self.num_generated - 1, 0)
        last = first + max(n if self.num_generated else n - 1, 0)
        passed = (first ^ first >> 1) ^ (last ^ last >> 1)  # in Gray code: which directions were taken oddly often
        columns = [j for j in range(self.MAXBIT) if passed >> j & 1]
        moved = np.bitwise_xor.reduce(self.sobolstate._host()[:, columns], 1) ^ self.quasi._host()
        self.quasi.copy_(self._whole(moved))
        self.num_generated += n
        return self

    def __repr__(self) -> str:
        told = [f"dimension={self.dimension}"]
        told += ["scramble=True"] if self.scramble else []
        told += [] if self.seed is None else [f"seed={self.seed}"]
        return f"{self.__class__.__name__}({', '.join(told)})"
