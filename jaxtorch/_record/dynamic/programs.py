"""Sizes that vary between the calls of a compiled function: few programs for all of them.

Every size is recorded: its Python runs once. Where two recordings differ in nothing but what their sizes
explain, a program with masked padding (`padding`) is made for a bucket of sizes. A further size gets it only
if its own recording is what the pattern of the others says for that size, every operation, number and shape.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import jax
import numpy as np
from jax.core import Tracer
from jax.extend.core import jaxpr_as_fun

from ..._core.program import compiled
from ..graph import unwatched
from .flat import Flat, Pattern, agrees, flatten, merge, same_constant, skeleton
from .padding import program_for
from .sizes import FREE, Refused, Samples, at, axis_of

#: How often patterns are tried for graphs of one kind.
_TRIES = 6


class Sizes:
    """What a compiled function knows of the sizes of its arguments.

    Args:
        dynamic: whether they may vary: True, False, or None for those that are marked.
    """

    def __init__(self, dynamic: bool | None):
        self.dynamic = dynamic
        self.marked: set[tuple[int, int]] = set()  # (argument, dimension)
        self.fixed: set[tuple[int, int]] = set()
        self.ranges: dict[tuple[int, int], tuple] = {}  # (least, most), as far as they are told
        self.families: dict[tuple, Family] = {}

    def of(self, tensors) -> Shapes | None:
        """The shapes of a call's arguments; None if none of their sizes may vary."""
        if self.dynamic is False:
            return None
        for i, t in enumerate(tensors):
            told = getattr(t, "__dict__", {})
            for name, noted in (("_dynamo_dynamic_indices", self.marked), ("_dynamo_weak_dynamic_indices", self.marked),
                                ("_dynamo_static_indices", self.fixed)):  # fmt: skip
                noted.update((i, d % t.dim()) for d in told.get(name, ()) if t.dim())
            for d, limits in told.get("_dynamo_dynamic_range", {}).items():
                self.ranges[i, d] = limits
        if not self.dynamic and not self.marked:
            return None
        return Shapes(self, [tuple(t.shape) for t in tensors], [t._layout.is_contiguous for t in tensors])

    def may_vary(self, place: tuple[int, int]) -> bool:
        return (bool(self.dynamic) or place in self.marked) and place not in self.fixed

    def refused(self) -> list[str]:
        """Why there are recordings that share no program."""
        return [why for family in self.families.values() for why in family.refused]

    def bucket(self, size: int, places) -> int:
        """The size that is computed with in the place of one: the next power of two."""
        padded = 1 << max(size - 1, 0).bit_length()
        for place in places:
            least, most = self.ranges.get(place, (None, None))
            padded = max(padded, least or 0)
            if most is not None and most >= size:
                padded = min(padded, most)
        return padded


class Shapes:
    """The shapes of the tensors among the arguments of a call, and where programs for them are found."""

    def __init__(self, sizes: Sizes, shapes: list[tuple], contiguous: list[bool]):
        self.sizes, self.shapes, self.contiguous = sizes, shapes, contiguous

    def program(self, graph, steps, groups, outputs, arguments: dict, exact, donate: bool = False):
        """A program for several sizes, or that of ``exact()`` alone.

        Args:
            groups: the numbers in the lists that the program is given; further lists are constants.
            arguments: number -> which argument's memory it is.
            exact: makes the program of this recording alone.
            donate: as in `replay.program_of`.
        """
        with unwatched():
            flat = flatten(steps, graph, [n for g in groups for n in g], list(outputs))
            key = skeleton(flat), tuple(map(len, groups)), donate, tuple(map(len, self.shapes))
            family = self.sizes.families.setdefault(key, Family(self.sizes, tuple(map(len, groups)), donate))
            places = [arguments.get(n) for g in groups for n in g]
            whole = [self._whole(flat, places, i) for i in range(len(places))]
            found = family.program(Member(flat, self.shapes, whole))
        return exact() if found is None else found.alone(exact)

    def _whole(self, flat: Flat, places, i: int) -> int | None:
        """The argument that an input is flat memory of."""
        k = places[i]
        if k is None or k >= len(self.shapes) or not self.contiguous[k]:
            return None
        shape = flat.avals[i][0]
        return k if len(shape) == 1 and len(self.shapes[k]) > 1 and shape[0] == math.prod(self.shapes[k]) else None


class Member(NamedTuple):
    """One recording: its graph, the shapes of its arguments, and which inputs are flat memory of arguments."""

    flat: Flat
    shapes: list[tuple]
    whole: list[int | None]


class Family:
    """Recordings whose graphs differ in nothing but sizes and numbers."""

    def __init__(self, sizes: Sizes, groups: tuple[int, ...], donate: bool):
        self.sizes, self.groups, self.donate = sizes, groups, donate
        self.members: list[Member] = []  # those that have programs of their own
        self.shared: list[Shared] = []
        self.tries = 0
        self.refused: list[str] = []

    def program(self, member: Member) -> Sized | None:
        """The program for a member, if it needs none of its own."""
        for shared in self.shared:
            found = shared.program(member)
            if found is not None:
                return found
        if not any(0 in s for s in member.shapes):
            bases = [[m, member] for m in self._nearest(member)]
            for shared in self.shared:
                bases.insert(0, [*shared.members[-3:], member])
            for members in bases:
                if self.tries >= _TRIES:
                    break
                self.tries += 1
                try:
                    shared = Shared(self, members)
                    found = shared.program(member)
                except Refused as e:
                    self.refused.append(str(e))
                    continue
                if found is not None:
                    self.shared = [s for s in self.shared if s.members[-1] not in members] + [shared]
                    return found
            self.members.append(member)
        return None

    def _nearest(self, member: Member) -> list[Member]:
        """Members that differ in sizes that may vary, those first that differ in most."""
        found = []
        for m in reversed(self.members):
            places = _differing(m.shapes, member.shapes)
            if places and all(map(self.sizes.may_vary, places)):
                found.append((len(places), m))
        return [m for _, m in sorted(found, key=lambda f: -f[0])]


def _differing(a: list[tuple], b: list[tuple]) -> list[tuple[int, int]]:
    return [(i, d) for i, (s, t) in enumerate(zip(a, b, strict=True)) for d in range(len(s)) if s[d] != t[d]]


class Shared:
    """The pattern of some recordings, and its programs.

    Attributes:
        symbols: for each the (argument, dimension) pairs of its size.
    """

    def __init__(self, family: Family, members: list[Member]):
        self.family, self.members = family, members
        places: dict[tuple, list] = {}
        for i, shape in enumerate(members[0].shapes):
            for d in range(len(shape)):
                column = tuple([m.shapes[i][d] for m in members])
                if len(set(column)) > 1:
                    if not family.sizes.may_vary((i, d)):
                        raise Refused("a size varies that is static")
                    places.setdefault(column, []).append((i, d))
        if not places:
            raise Refused("no size varies")
        self.symbols = list(places.values())
        self.samples = Samples(list(zip(*places, strict=True)))
        self.pattern = merge([m.flat for m in members], self.samples)
        self.input_axes = [self._input_axes(i) for i in range(len(self.pattern.avals))]
        self.changing_axes = [self._axes(self.pattern.constant_shapes[k]) for k in self.pattern.changing]
        self.buckets: dict[tuple, Bucket] = {}
        self.labels: dict = {}
        self.spread: set = set()
        self.bucket(self.sizes_of(members[-1]) or ())

    def _axes(self, shapes) -> tuple:
        return tuple([axis_of((self.samples.fit(values),)) for values in zip(*shapes, strict=True)])

    def _input_axes(self, i: int) -> tuple:
        whole = {m.whole[i] for m in self.members}
        k = whole.pop()
        if not whole and k is not None:
            return (axis_of([self.samples.fit(values) for values in zip(*[m.shapes[k] for m in self.members],
                                                                        strict=True)]),)  # fmt: skip
        return self._axes(self.pattern.input_shapes[i])

    def sizes_of(self, member: Member) -> tuple[int, ...] | None:
        """The sizes of the symbols in a call, if its arguments' shapes are otherwise as here."""
        sizes = []
        for places in self.symbols:
            found = {member.shapes[i][d] for i, d in places}
            if len(found) != 1:
                return None
            sizes.append(found.pop())
        free = {place for places in self.symbols for place in places}
        if any(place not in free for place in _differing(self.members[0].shapes, member.shapes)):
            return None
        return tuple(sizes)

    def bucket(self, sizes: tuple[int, ...]) -> Bucket:
        """The program for sizes up to those of a bucket."""
        padded = tuple([
            self.family.sizes.bucket(n, places) for n, places in zip(sizes, self.symbols, strict=True)
        ])  # fmt: skip
        found = self.buckets.get(padded)
        if found is None:
            closed, axes, context = program_for(
                self.pattern, self.samples, padded, self.input_axes, self.changing_axes
            )
            self.labels, self.spread = context.labels, context.spread
            found = self.buckets[padded] = Bucket(padded, closed, axes, self.family)
        return found

    def program(self, member: Member) -> Sized | None:
        """The program for a recording, if it is what the pattern says."""
        sizes = self.sizes_of(member)
        if sizes is None or not self.matches(member.flat, sizes):
            return None
        try:
            bucket = self.bucket(sizes)
        except Refused as e:
            self.family.refused.append(str(e))
            return None
        inputs = zip(self.input_axes, [shape for shape, _ in member.flat.avals], strict=True)
        changing = [
            _resized(np.asarray(member.flat.constants[k]), axes, sizes, bucket.sizes)
            for k, axes in zip(self.pattern.changing, self.changing_axes, strict=True)
        ]
        return Sized(bucket, sizes, [axes if any(axes) else None for axes, _ in inputs], changing)

    # -- what a recording must be ------------------------------------------------------------------
    def matches(self, flat: Flat, sizes) -> bool:
        """Whether the graph of a recording is what the pattern says for these sizes."""
        pattern = self.pattern
        for axes, (shape, _), first in zip(self.input_axes, flat.avals, pattern.input_shapes, strict=True):
            if not _has_shape(axes, shape, first[0], sizes):
                return False
        changing = dict(zip(pattern.changing, self.changing_axes, strict=True))
        for k, (mine, theirs) in enumerate(zip(pattern.constants, flat.constants, strict=True)):
            if k in changing:
                if not _has_shape(changing[k], np.shape(theirs), np.shape(mine), sizes):
                    return False
            elif not same_constant(mine, theirs):
                return False
        return self._agrees(pattern, flat, sizes)

    def _agrees(self, pattern: Pattern, flat: Flat, sizes) -> bool:
        for entry, op in zip(pattern.entries, flat.ops, strict=True):
            if not agrees(entry.facts, op.facts, sizes, lambda p, f: self._agrees(p, f, sizes)):
                return False
            for n, shapes, (shape, _) in zip(op.makes, entry.shapes, op.avals, strict=True):
                axes = self.labels.get(n) or (None,) * len(shape)
                if not _has_shape(axes, shape, shapes[0], sizes):
                    return False
                for d, axis in enumerate(axes):
                    values = tuple([s[d] for s in shapes])
                    # a free dimension must have the size that it is taken for where it is spread out
                    if axis is FREE and values in self.spread and at(self.samples.fit(values), sizes) != shape[d]:
                        return False
        return True


def _has_shape(axes: tuple, shape, first, sizes) -> bool:
    return all(
        axis is FREE or n == (was if axis is None else math.prod([at(a, sizes) for a in axis]))
        for axis, n, was in zip(axes, shape, first, strict=True)
    )


class Bucket:
    """A program for all sizes up to some.

    Attributes:
        sizes: those that it is padded to.
        axes: the atoms of each dimension of each result.
    """

    def __init__(self, sizes: tuple[int, ...], closed, axes: list[tuple], family: Family):
        self.sizes, self.axes = sizes, axes
        run = jaxpr_as_fun(closed)

        def program(*lists):
            return run(*[a for arrays in lists for a in arrays])

        self.jitted = compiled(program, donate_argnums=0 if family.donate else ())
        self.groups = family.groups


class Sized:
    """The program of a bucket for one size: pads what it is given, cuts what it returns."""

    def __init__(self, bucket: Bucket, sizes, input_axes: list, changing: list):
        self.bucket, self.sizes, self.changing = bucket, sizes, changing
        places = [(g, i) for g, count in enumerate(bucket.groups) for i in range(count)]
        self.padded = [(g, i, axes) for (g, i), axes in zip(places, input_axes, strict=True) if axes is not None]
        self.cut = [(i, axes) for i, axes in enumerate(bucket.axes) if any(axes)]
        self.operand = np.array(sizes, np.int32)

    def alone(self, exact) -> Sized:
        self.exact = exact
        return self

    def __call__(self, *lists):
        bucket = self.bucket
        given = list(map(list, lists[: len(bucket.groups)]))
        for g, i, axes in self.padded:
            array = given[g][i]
            if not isinstance(array, (jax.Array, np.ndarray)):
                raise TypeError(f"expected an array, but got {type(array).__name__}")
            if isinstance(array, Tracer):
                return self.exact()(*lists)
            given[g][i] = _resized(array, axes, self.sizes, bucket.sizes)
        outs = bucket.jitted(*given, self.changing, [self.operand])
        for i, axes in self.cut:
            outs[i] = _resized(outs[i], axes, bucket.sizes, self.sizes)
        return outs


def _resized(array, axes: tuple, before, after):
    """An array padded from sizes ``before``, or cut, to sizes ``after``."""
    if not any(axes) or before == after:
        return array
    split = [a if a is not None else (n,) for a, n in zip(axes, array.shape, strict=True)]
    old = tuple([at(a, before) for atoms in split for a in atoms])
    new = tuple([at(a, after) for atoms in split for a in atoms])
    whole = tuple([math.prod([at(a, after) for a in atoms]) for atoms in split])
    if isinstance(array, jax.Array) and next(iter(array.devices())).platform != "cpu":
        return _on_device(array, old, new, whole)
    made = np.zeros(new, array.dtype)
    kept = tuple([slice(min(n, m)) for n, m in zip(old, new, strict=True)])
    made[kept] = np.asarray(array).reshape(old)[kept]
    made = made.reshape(whole)
    if not isinstance(array, jax.Array):
        return made
    # without a program: one would be compiled for every size
    return jax.device_put(made, array.sharding if array.committed else None)


def _resize(array, old, new, whole):
    kept = jax.lax.slice(array.reshape(old), (0,) * len(old), tuple(map(min, old, new)))
    pads = [(0, m - n, 0) for n, m in zip(kept.shape, new, strict=True)]
    return jax.lax.pad(kept, np.zeros((), array.dtype), pads).reshape(whole)


_on_device: Any = jax.jit(_resize, static_argnums=(1, 2, 3))
