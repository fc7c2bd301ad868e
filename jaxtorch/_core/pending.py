"""Pending values: what an op gives while a recorder takes operations instead of running them."""

from __future__ import annotations

import jax
import numpy as np


class Pending:
    """A value that a recording computes later: its shape and dtype now, the array once it has run.

    ``number`` is its place among the values of the recording that ``recorder`` makes.
    """

    __slots__ = ("recorder", "number", "shape", "dtype", "array", "__weakref__")

    def __init__(self, recorder, number: int, shape: tuple, dtype: np.dtype):
        self.recorder, self.number, self.shape, self.dtype = recorder, number, shape, dtype
        self.array = None

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def __repr__(self) -> str:
        return f"<pending %{self.number} {self.dtype.name}{list(self.shape)}>"

    def now(self):
        """The array; if the recording has not run, this makes it."""
        if self.array is None:
            self.recorder.settle()
        return self.array

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.now(), dtype)


def settled(values):
    """``values`` (operands of a program) with arrays in the place of what is pending."""
    return jax.tree_util.tree_map(lambda x: x.now() if type(x) is Pending else x, values)


def any_pending(values) -> bool:
    return any(type(x) is Pending for x in jax.tree_util.tree_leaves(values))
