"""Sizes that vary between recordings, and what is padded along a dimension of such a size.

A *symbol* is a size that varies (of a batch, of a sequence). A dimension of a padded value is described by
its *atoms*, outermost first: plain ints, and `Linear` forms of symbols. Of an atom ``f`` the first
``f(true sizes)`` of ``f(padded sizes)`` places count; whatever stands in the others is never looked at.
"""

from __future__ import annotations

import math
from typing import NamedTuple

#: The atoms of a dimension of a size that varies, along which all elements are equal: it is kept as size 1.
FREE = "free"


class Refused(Exception):
    """No program for several sizes can be made."""


class Linear(NamedTuple):
    """A sum of multiples of symbols and a number.

    Attributes:
        terms: (symbol, coefficient), by symbol.
    """

    terms: tuple[tuple[int, int], ...]
    constant: int = 0

    def at(self, sizes):
        """The value for sizes of the symbols: ints, or scalar arrays."""
        return sum([k * sizes[s] for s, k in self.terms], self.constant)

    def plus(self, other: Linear | int) -> Linear | int:
        if isinstance(other, int):
            return self._replace(constant=self.constant + other)
        counts = dict(self.terms)
        for s, k in other.terms:
            counts[s] = counts.get(s, 0) + k
        terms = tuple([(s, k) for s, k in sorted(counts.items()) if k])
        constant = self.constant + other.constant
        return Linear(terms, constant) if terms else constant

    def times(self, factor: int) -> Linear:
        return Linear(tuple([(s, k * factor) for s, k in self.terms]), self.constant * factor)

    def over(self, divisor: int) -> Linear:
        if any(k % divisor for _, k in self.terms) or self.constant % divisor:
            raise Refused(f"a dimension that varies is split by {divisor}")
        return Linear(tuple([(s, k // divisor) for s, k in self.terms]), self.constant // divisor)


def added(a: Linear | int, b: Linear | int) -> Linear | int:
    return a.plus(b) if isinstance(a, Linear) else b.plus(a) if isinstance(b, Linear) else a + b


def subtracted(a: Linear | int, b: Linear | int) -> Linear | int:
    return added(a, b.times(-1) if isinstance(b, Linear) else -b)


def at(size: Linear | int, sizes):
    return size.at(sizes) if isinstance(size, Linear) else size


class Samples:
    """The sizes of the symbols in the recordings that a pattern is read from."""

    def __init__(self, rows: list[tuple[int, ...]]):
        self.rows = rows
        self.columns = list(zip(*rows, strict=True))

    def values(self, atoms) -> tuple[int, ...]:
        """The length of a dimension in each recording."""
        return tuple([math.prod([at(a, row) for a in atoms]) for row in self.rows])

    def fit(self, values: tuple[int, ...]) -> Linear | int:
        """The form that gives these values in the recordings. That it gives those of a third is checked there.

        Raises:
            Refused: there is none.
        """
        if len(set(values)) == 1:
            return values[0]
        for s, column in enumerate(self.columns):
            if values == column:
                return Linear(((s, 1),))
        pairs = [(s, list(zip(values, column, strict=True))) for s, column in enumerate(self.columns)]
        for s, found in pairs:
            if all(v % n == 0 for v, n in found) and len({v // n for v, n in found}) == 1:
                return Linear(((s, found[0][0] // found[0][1]),))
        for s, found in pairs:
            if len({v - n for v, n in found}) == 1:
                return Linear(((s, 1),), found[0][0] - found[0][1])
        for s, ((v, n), (w, m), *more) in pairs:
            if n != m and (w - v) % (m - n) == 0:
                k = (w - v) // (m - n)
                if all(x - k * y == v - k * n for x, y in more):
                    return Linear(((s, k),), v - k * n)
        raise Refused(f"a size goes {' -> '.join(map(str, values))}, which no argument's does")


def normal(atoms) -> tuple:
    """The same dimension in the one form by which dimensions are compared: of ``f`` rows of ``k`` elements,
    the first elements count, as of ``k f`` elements."""
    made: list = []
    for a in atoms:
        if isinstance(a, int) and made:
            last = made[-1]
            made[-1] = last.times(a) if isinstance(last, Linear) else last * a
        elif a != 1:
            made.append(a)
    return tuple(made)


def axis_of(atoms) -> tuple | None:
    """The atoms of a dimension; None for one of constant size."""
    atoms = normal(atoms)
    return atoms if any(isinstance(a, Linear) for a in atoms) else None


def regroup(atoms: list, lengths: list[tuple[int, ...]], samples: Samples) -> list[list]:
    """Atoms of consecutive dimensions, dealt out to dimensions of other lengths.

    Args:
        lengths: of each dimension to come, in each recording.

    Raises:
        Refused: what counts along one of them would not be what counts along an atom.
    """
    left, dims = [a for a in atoms if a != 1], []
    for length in lengths:
        taken, have = [], (1,) * len(length)
        while have != length:
            if not left or any(n % h for n, h in zip(length, have, strict=True)):
                raise Refused("a dimension that varies is merged with another, or split")
            missing = [n // h for n, h in zip(length, have, strict=True)]
            first = left.pop(0)
            values = samples.values((first,))
            if any(v > m for v, m in zip(values, missing, strict=True)):
                first, rest = _split(first, values, missing)
                left.insert(0, rest)
                values = samples.values((first,))
            taken.append(first)
            have = tuple([h * v for h, v in zip(have, values, strict=True)])
        dims.append(taken)
    if left:
        raise Refused("a dimension that varies is merged with another, or split")
    return dims


def _split(atom, values, leading) -> tuple:
    """An atom as two, of which the first has the length ``leading``."""
    if any(v % n for v, n in zip(values, leading, strict=True)):
        raise Refused("a dimension that varies is split")
    quotients = {v // n for v, n in zip(values, leading, strict=True)}
    if len(quotients) != 1:
        raise Refused("a dimension that varies is split")
    rest = quotients.pop()
    return (atom.over(rest) if isinstance(atom, Linear) else atom // rest), rest
