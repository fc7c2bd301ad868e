"""Masked padding: a pattern of graphs as one program, for all sizes up to those of a bucket.

The pattern is evaluated on values that are padded along the dimensions whose sizes vary; the true sizes are
operands. What stands in the padding is arbitrary, NaN included, and no rule lets it into what counts:
elementwise operations keep places apart, what combines places masks first. A primitive without a rule is
refused where a padded value meets it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import numpy as np
from jax import lax

from .flat import Entry, Pattern, has_linear
from .sizes import FREE, Linear, Refused, Samples, at, axis_of


class Padded(NamedTuple):
    """An array with, for each dimension, its atoms; None where its size is constant."""

    array: Any
    axes: tuple

    @property
    def plain(self) -> bool:
        return not any(self.axes)


#: Rules by the name of the primitive: (context, entry, *values) -> value, or a list of them.
rules: dict[str, Callable] = {}


def rule(*names: str):
    def declare(f):
        rules.update(dict.fromkeys(names, f))
        return f

    return declare


class Context:
    """One evaluation of a pattern.

    Attributes:
        bucket: the padded sizes of the symbols.
        sizes: their true ones, scalar arrays.
        changing: constant -> value, of those that differ between recordings.
        labels: number -> atoms of each dimension, as found.
        spread: lengths of free dimensions that were spread out, in each recording.
    """

    def __init__(self, pattern: Pattern, samples: Samples, bucket: tuple[int, ...], sizes, changing: dict):
        self.samples, self.bucket, self.sizes, self.changing = samples, bucket, sizes, changing
        self.constants = pattern.constants
        self.labels: dict[int, tuple] = {}
        self.spread: set[tuple] = set()

    # -- sizes ----------------------------------------------------------------------------------
    def true(self, size: Linear | int):
        """A size as it is."""
        return lax.convert_element_type(size.at(self.sizes), np.int32) if isinstance(size, Linear) else np.int32(size)

    def padded(self, size: Linear | int) -> int:
        """A size of the bucket."""
        return at(size, self.bucket)

    def length(self, axis, size: int) -> int:
        """The padded length of a dimension."""
        return size if axis is None else 1 if axis is FREE else math.prod(map(self.padded, axis))

    def counts(self, axis: tuple):
        """Which places along a dimension count: booleans of its padded length."""
        lengths = list(map(self.padded, axis))
        found = None
        for i, a in enumerate(axis):
            if isinstance(a, Linear):
                here = lax.lt(lax.broadcasted_iota(np.int32, lengths, i), self.true(a))
                found = here if found is None else lax.bitwise_and(found, here)
        return lax.reshape(found, (math.prod(lengths),))

    # -- values ---------------------------------------------------------------------------------
    def plain(self, value: Padded) -> Padded:
        """``value``, unless it is padded."""
        if not value.plain:
            raise Refused("a dimension that varies is where it must not")
        return value

    def stretched(self, value: Padded, dim: int, axis: tuple) -> Padded:
        """``value`` with a free dimension spread out."""
        shape = list(value.array.shape)
        shape[dim] = self.length(axis, 0)
        axes = (*value.axes[:dim], axis, *value.axes[dim + 1 :])
        return Padded(lax.broadcast_in_dim(value.array, shape, range(len(shape))), axes)

    def whole(self, value: Padded, shapes: list, dims=None) -> Padded:
        """``value`` without free dimensions (among ``dims``).

        Args:
            shapes: its shape in each recording.
        """
        for d, axis in enumerate(value.axes):
            if axis is FREE and (dims is None or d in dims):
                values = tuple([s[d] for s in shapes])
                self.spread.add(values)
                value = self.stretched(value, d, axis_of((self.samples.fit(values),)) or ())
        return value

    def masked(self, value: Padded, dims, fill) -> Any:
        """The array with ``fill`` where it does not count along ``dims``."""
        array = value.array
        for d in dims:
            if value.axes[d] is not None:
                counts = lax.broadcast_in_dim(self.counts(value.axes[d]), array.shape, (d,))
                array = lax.select(counts, array, lax.full(array.shape, fill, array.dtype))
        return array

    def aligned(self, values) -> tuple[list, tuple]:
        """Arrays of one shape whose places are the same ones, and their axes; scalars stay scalars."""
        ranked = [v for v in values if v.array.ndim]
        axes, shape = [], []
        for d in range(ranked[0].array.ndim if ranked else 0):
            # JAX spreads dimensions of size 1 by itself
            found = {v.axes[d] for v in ranked if v.array.shape[d] != 1 or v.axes[d] not in (None, FREE)}
            found = found or {FREE if any(v.axes[d] is FREE for v in ranked) else None}
            if len(found) > 1:
                raise Refused(f"dimensions meet whose padding differs: {found}")
            axes.append(found.pop())
            shape.append(max(v.array.shape[d] for v in ranked) if axes[-1] is None else self.length(axes[-1], 0))
        shape = tuple(shape)
        arrays = [
            v.array if v.array.shape in ((), shape) else lax.broadcast_in_dim(v.array, shape, range(len(shape)))
            for v in values
        ]
        return arrays, tuple(axes)

    # -- graphs ---------------------------------------------------------------------------------
    def evaluate(self, pattern: Pattern, values) -> list[Padded]:
        """The results of a graph."""
        known = dict(zip(pattern.inputs, values, strict=True))

        def value(n: int) -> Padded:
            return known[n] if n >= 0 else self.constant(~n)

        for n, v in known.items():
            self.labels[n] = v.axes
        for entry in pattern.entries:
            found = self.apply(entry, [value(n) for n in entry.op.reads])
            for n, v in zip(entry.op.makes, found, strict=True):
                known[n], self.labels[n] = v, v.axes
        return [value(n) for n in pattern.outputs]

    def constant(self, k: int) -> Padded:
        found = self.changing.get(k)
        if found is None:
            array = self.constants[k]
            return Padded(array, (None,) * np.ndim(array))
        return found

    def apply(self, entry: Entry, values: list[Padded]) -> list[Padded]:
        """The results of one primitive."""
        primitive = entry.op.primitive
        if not entry.varies and all(v.plain for v in values) and not self._changes(entry.facts):
            found = primitive.bind(*[v.array for v in values], **entry.op.params)
            found = found if primitive.multiple_results else [found]
            return [Padded(x, (None,) * x.ndim) for x in found]
        made = rules.get(primitive.name)
        if made is None:
            raise Refused(f"{primitive.name} has no rule for dimensions that vary")
        try:
            found = made(self, entry, *values)
        except Refused as e:
            raise Refused(f"{primitive.name}: {e}") from None
        found = [found] if isinstance(found, Padded) else found
        for v, shapes in zip(found, entry.shapes, strict=True):
            self._check(primitive.name, v, shapes)
        return found

    def _changes(self, facts) -> bool:
        """Whether a graph among the facts reads a constant that differs between recordings."""
        if isinstance(facts, Pattern):
            reads = [n for e in facts.entries for n in e.op.reads] + facts.outputs
            return any(~n in self.changing for n in reads if n < 0) or any(
                self._changes(e.facts) for e in facts.entries
            )
        if isinstance(facts, dict):
            return any(map(self._changes, facts.values()))
        return isinstance(facts, tuple) and any(map(self._changes, facts))

    def _check(self, name: str, v: Padded, shapes) -> None:
        """The atoms of a result must have its length in every recording."""
        for d, axis in enumerate(v.axes):
            values = tuple([s[d] for s in shapes])
            size = v.array.shape[d]
            if axis is FREE:
                right = size == 1
            elif axis is None:
                right = set(values) == {size}
            else:
                right = self.samples.values(axis) == values and size == self.length(axis, 0)
            if not right:
                raise Refused(f"{name}: a dimension of sizes {values} is not understood")


def bind(entry: Entry, *arrays, **changed):
    """The primitive on arrays, with some of its parameters changed; no other may vary with the sizes."""
    if has_linear({k: v for k, v in entry.facts.items() if k not in changed}):
        raise Refused("a parameter varies with the sizes")
    return entry.op.primitive.bind(*arrays, **{**entry.op.params, **changed})


def lowest(dtype: np.dtype):
    """What no element of ``dtype`` is less than."""
    if dtype.kind == "b":
        return False
    return np.iinfo(dtype).min if dtype.kind in "iu" else -np.inf


def highest(dtype: np.dtype):
    if dtype.kind == "b":
        return True
    return np.iinfo(dtype).max if dtype.kind in "iu" else np.inf


def program_for(pattern: Pattern, samples: Samples, bucket: tuple[int, ...], input_axes: list[tuple], changing_axes):
    """(the program of a pattern for a bucket, traced; the atoms of its results; the `Context` of its values).

    The program takes the inputs, the changing constants and the true sizes, and returns the results.

    Args:
        input_axes: the atoms of each dimension of each input, and ``changing_axes`` of each changing constant.

    Raises:
        Refused: something has no rule.
    """
    found: dict = {}

    def shape_of(axes, shape) -> tuple:
        return tuple([
            n if axis is None else math.prod([at(a, bucket) for a in axis]) for axis, n in zip(axes, shape, strict=True)
        ])  # fmt: skip

    given = [
        jax.ShapeDtypeStruct(shape_of(axes, shape), dtype)
        for axes, (shape, dtype) in zip(input_axes, pattern.avals, strict=True)
    ]
    constants = [pattern.constants[k] for k in pattern.changing]
    given += [
        jax.ShapeDtypeStruct(shape_of(axes, np.shape(c)), c.dtype)
        for axes, c in zip(changing_axes, constants, strict=True)
    ]
    given.append(jax.ShapeDtypeStruct((len(bucket),), np.int32))

    def run(*arrays):
        *arrays, sizes = arrays
        values = [Padded(a, axes) for a, axes in zip(arrays, (*input_axes, *changing_axes), strict=True)]
        inputs, held = values[: len(input_axes)], values[len(input_axes) :]
        context = Context(pattern, samples, bucket, [sizes[i] for i in range(len(bucket))],
                          dict(zip(pattern.changing, held, strict=True)))  # fmt: skip
        shapes = dict(zip(pattern.inputs, pattern.input_shapes, strict=True))
        shapes.update({~k: s for k, s in enumerate(pattern.constant_shapes)})
        for e in pattern.entries:
            shapes.update(zip(e.op.makes, e.shapes, strict=True))
        outs = [
            context.whole(v, shapes[n])
            for n, v in zip(pattern.outputs, context.evaluate(pattern, inputs), strict=True)
        ]
        found["outputs"], found["context"] = [v.axes for v in outs], context
        return [v.array for v in outs]

    with jax.enable_x64(True):
        closed = jax.make_jaxpr(run)(*given)
    return closed, found["outputs"], found["context"]
