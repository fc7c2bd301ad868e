"""Masked padding: rules of gathers and scatters, and of what has graphs inside."""

from __future__ import annotations

import numpy as np
from jax import lax
from jax.lax import GatherScatterMode

from .padding import Padded, bind, rule
from .sizes import Linear, Refused, axis_of


def _lengths(shapes, dim: int) -> tuple:
    return tuple([s[dim] for s in shapes])


class _Places:
    """Where a gather or scatter reads or writes: what its dimension numbers say, in the operand's terms.

    Args:
        sizes: of the part at each index, for each dimension of the operand.
    """

    def __init__(self, context, value: Padded, indices: Padded, starts, sizes, mode):
        self.context, self.value, self.starts, self.sizes = context, value, starts, sizes
        self.mode = GatherScatterMode.from_any(mode)
        if self.mode == GatherScatterMode.ONE_HOT:
            raise Refused("a gather by a product")
        if indices.axes[-1] is not None:
            raise Refused("indices of a number of dimensions that varies")
        self.indices = indices

    def padded(self, dim: int) -> int:
        return self.context.padded(self.sizes[dim])

    def limits(self) -> list:
        """The largest index along each dimension that is indexed, by the true sizes."""
        context, found = self.context, []
        for d in self.starts:
            axis = self.value.axes[d]
            if axis is not None and len(axis) > 1:
                raise Refused("dimensions that were merged are indexed")
            size = self.value.array.shape[d] if axis is None else axis[0]
            found.append(lax.sub(context.true(size), context.true(self.sizes[d])))
        return found

    def bounded(self, drop: bool):
        """The indices such that each means by the padded sizes what it means by the true ones.

        Args:
            drop: whether those that are themselves padding must be out of range.
        """
        array = self.indices.array
        if array.dtype.itemsize < 4:
            array = lax.convert_element_type(array, np.int32)
        if not self.starts:
            if drop:
                raise Refused("a scatter without indices")
            return array
        limits = lax.concatenate([lax.reshape(x, (1,)) for x in self.limits()], 0)
        limits = lax.convert_element_type(limits, array.dtype)
        limits = lax.broadcast_in_dim(limits, array.shape, (array.ndim - 1,))
        zero = lax.full(array.shape, 0, array.dtype)
        outside = lax.full(array.shape, np.iinfo(np.int32).max, array.dtype)
        if self.mode == GatherScatterMode.FILL_OR_DROP:
            wrong = lax.bitwise_or(lax.lt(array, zero), lax.gt(array, limits))
            array = lax.select(wrong, outside, array)
        else:
            array = lax.max(zero, lax.min(array, limits))
        if drop:
            for d, axis in enumerate(self.indices.axes):
                if axis is not None:
                    here = lax.broadcast_in_dim(self.context.counts(axis), array.shape, (d,))
                    array = lax.select(here, array, outside)
        return array


@rule("gather")
def _gather(context, entry, value, indices):
    numbers, (shapes,) = entry.facts["dimension_numbers"], entry.shapes
    value, indices = context.whole(value, entry.read[0]), context.whole(indices, entry.read[1])
    sizes = entry.facts["slice_sizes"]
    places = _Places(context, value, indices, numbers.start_index_map, sizes, entry.facts["mode"])
    gone = (*numbers.collapsed_slice_dims, *numbers.operand_batching_dims)
    for a, b in zip(numbers.operand_batching_dims, numbers.start_indices_batching_dims, strict=True):
        if value.axes[a] != indices.axes[b]:
            raise Refused("a gather from dimensions whose padding differs")
    within = []
    for d, size in enumerate(sizes):
        if d not in gone:
            within.append(_window_axis(value, d, size, entry.read[0], context))
    along = iter(indices.axes[:-1])
    inside = iter(within)
    axes = tuple([next(inside) if d in numbers.offset_dims else next(along) for d in range(len(shapes[0]))])
    made = bind(entry, value.array, places.bounded(False), slice_sizes=tuple(map(context.padded, sizes)),
                indices_are_sorted=False, unique_indices=False)  # fmt: skip
    return Padded(made, axes)


def _window_axis(value: Padded, dim: int, size, shapes, context):
    """The atoms of the part of a dimension that is read or written at each index."""
    if context.samples.values((size,)) == _lengths(shapes, dim):
        if value.axes[dim] is not None and axis_of((size,)) != value.axes[dim]:
            raise Refused("a part of dimensions that were merged")
        return value.axes[dim]
    if isinstance(size, Linear):
        raise Refused("parts of a size that varies")
    return None


@rule("scatter", "scatter-add", "scatter-mul", "scatter-min", "scatter-max")
def _scatter(context, entry, value, indices, update):
    numbers = entry.facts["dimension_numbers"]
    value, indices, update = [context.whole(v, s) for v, s in zip((value, indices, update), entry.read, strict=True)]
    gone = (*numbers.inserted_window_dims, *numbers.operand_batching_dims)
    windows, sizes = iter(numbers.update_window_dims), []
    for d in range(value.array.ndim):
        size, k = 1, None
        if d not in gone:
            k = next(windows)
            size = context.samples.fit(_lengths(entry.read[2], k))
            if _window_axis(value, d, size, entry.read[0], context) != update.axes[k]:
                raise Refused("a scatter to dimensions whose padding differs")
        sizes.append(size)
    for a, b in zip(numbers.operand_batching_dims, numbers.scatter_indices_batching_dims, strict=True):
        if value.axes[a] != indices.axes[b]:
            raise Refused("a scatter to dimensions whose padding differs")
    along = [a for d, a in enumerate(update.axes) if d not in numbers.update_window_dims]
    if along != list(indices.axes[:-1]):
        raise Refused("a scatter from dimensions whose padding differs")
    mode = GatherScatterMode.from_any(entry.facts["mode"])
    if mode == GatherScatterMode.PROMISE_IN_BOUNDS:  # what is out of range is dropped
        mode = GatherScatterMode.FILL_OR_DROP
    places = _Places(context, value, indices, numbers.scatter_dims_to_operand_dims, sizes, mode)
    made = bind(entry, value.array, places.bounded(not indices.plain), update.array,
                mode=GatherScatterMode.FILL_OR_DROP, indices_are_sorted=False, unique_indices=False)  # fmt: skip
    return Padded(made, value.axes)


# -- graphs inside ----------------------------------------------------------------------------------
def _results(context, pattern, values) -> list[Padded]:
    """The results of an inner graph, without free dimensions."""
    shapes = dict(zip(pattern.inputs, pattern.input_shapes, strict=True))
    for e in pattern.entries:
        shapes.update(zip(e.op.makes, e.shapes, strict=True))
    outs = context.evaluate(pattern, values)
    return [
        context.whole(v, shapes[n]) if n >= 0 else v for n, v in zip(pattern.outputs, outs, strict=True)
    ]


@rule("cond")
def _choice(context, entry, index, *values):
    context.plain(index)
    branches, platforms = entry.facts["branches"], entry.op.params.get("branches_platforms")
    arrays, axes = [v.array for v in values], [v.axes for v in values]
    found: list = []

    def branch(pattern):
        def run(*arrays):
            outs = _results(context, pattern, [Padded(x, a) for x, a in zip(arrays, axes, strict=True)])
            found.append([v.axes for v in outs])
            return [v.array for v in outs]

        return run

    runs = list(map(branch, branches))
    if platforms is None:
        made = lax.switch(index.array, runs, *arrays)
    else:
        own = {name: run for names, run in zip(platforms, runs, strict=True) for name in names or ()}
        other = [run for names, run in zip(platforms, runs, strict=True) if names is None]
        made = lax.platform_dependent(*arrays, default=other[0] if other else None, **own)
    if any(axes != found[0] for axes in found):
        raise Refused("branches whose padding differs")
    return [Padded(x, a) for x, a in zip(made, found[0], strict=True)]


@rule("scan")
def _scan(context, entry, *values):
    facts, pattern = entry.facts, entry.facts["jaxpr"]
    values = [context.whole(v, s) for v, s in zip(values, entry.read, strict=True)]
    consts, carried = facts["num_consts"], facts["num_consts"] + facts["num_carry"]
    fixed, start, over = values[:consts], values[consts:carried], values[carried:]
    steps, length = facts["length"], context.padded(facts["length"])
    along = axis_of((steps,))
    if any(v.axes[0] != along for v in over):
        raise Refused("a scan over dimensions whose padding differs")
    found: dict = {}

    def step(state, now):
        i, now = now[0], now[1:]
        inner = [Padded(x, v.axes) for x, v in zip(state, start, strict=True)]
        inner += [Padded(x, v.axes[1:]) for x, v in zip(now, over, strict=True)]
        outs = _results(context, pattern, [*fixed, *inner])
        after, made = outs[: len(start)], outs[len(start) :]
        if any(a.axes != v.axes for a, v in zip(after, start, strict=True)):
            raise Refused("a state that varies from step to step in its padding")
        found["made"] = [v.axes for v in made]
        new = [a.array for a in after]
        if along is not None:  # a step past the last one leaves the state as it is
            counts = lax.lt(i, context.true(steps))
            new = [lax.select(lax.broadcast(counts, x.shape), x, old) for x, old in zip(new, state, strict=True)]
        return new, [v.array for v in made]

    order = lax.iota(np.int32, length)
    state, made = lax.scan(
        step, [v.array for v in start], [order, *[v.array for v in over]], length,
        reverse=facts["reverse"], unroll=min(facts["unroll"], max(length, 1)),
    )  # fmt: skip
    return [Padded(x, v.axes) for x, v in zip(state, start, strict=True)] + [
        Padded(x, (along, *axes)) for x, axes in zip(made, found["made"], strict=True)
    ]
