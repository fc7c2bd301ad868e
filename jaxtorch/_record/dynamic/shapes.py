"""Masked padding: rules of primitives that move places about."""

from __future__ import annotations

import math

import numpy as np
from jax import lax

from .padding import Padded, bind, rule
from .sizes import FREE, Linear, Refused, added, axis_of, regroup


def _lengths(shapes, dim: int) -> tuple:
    return tuple([s[dim] for s in shapes])


@rule("broadcast_in_dim")
def _broadcast(context, entry, value):
    onto, (shapes,) = entry.facts["broadcast_dimensions"], entry.shapes
    axes, shape = [], []
    for d in range(len(shapes[0])):
        sizes, axis = _lengths(shapes, d), None
        if d in onto:
            axis = value.axes[onto.index(d)]
        if axis is None and len(set(sizes)) > 1:
            if d in onto and value.array.shape[onto.index(d)] != 1:
                raise Refused("a dimension that varies is not understood")
            axis = FREE
        axes.append(axis)
        shape.append(context.length(axis, sizes[0]))
    return Padded(lax.broadcast_in_dim(value.array, tuple(shape), onto), tuple(axes))


@rule("reshape")
def _reshape(context, entry, value):
    before, (after,) = entry.read[0], entry.shapes
    if entry.facts.get("dimensions") is not None:
        raise Refused("a reshape that transposes")
    if 0 in value.array.shape or any(0 in s for s in (*before, *after)):
        raise Refused("a reshape of nothing")
    array, axes, shape = value, [], []
    for ins, outs in _groups(before, after):
        own = [value.axes[d] for d in ins]
        if all(a is FREE or (a is None and value.array.shape[d] == 1) for a, d in zip(own, ins, strict=True)):
            for d in outs:  # all elements are equal
                varies = len(set(_lengths(after, d))) > 1
                axes.append(FREE if varies else None)
                shape.append(1)
            continue
        if len(ins) == len(outs) == 1:
            axes.append(own[0])
            shape.append(value.array.shape[ins[0]])
            continue
        array = context.whole(array, before, ins)
        atoms = [a for d in ins for a in (array.axes[d] or (array.array.shape[d],))]
        for dealt in regroup(atoms, [_lengths(after, d) for d in outs], context.samples):
            axes.append(axis_of(dealt))
            shape.append(math.prod(map(context.padded, dealt)))
    made = lax.reshape(array.array, shape)
    full = [n if a is not None else after[0][d] for d, (n, a) in enumerate(zip(shape, axes, strict=True))]
    if full != shape:
        made = lax.broadcast_in_dim(made, full, range(len(full)))
    return Padded(made, tuple(axes))


def _groups(before: list, after: list) -> list[tuple[list, list]]:
    """Dimensions before and after a reshape, in the smallest consecutive groups of as many elements."""
    i = j = 0
    groups = []
    while i < len(before[0]) or j < len(after[0]):
        ins, outs = [], []
        have = want = (1,) * len(before)
        while True:
            if have == want and (ins or outs):
                break
            short = i < len(before[0]) and (not ins or math.prod(have) <= math.prod(want))
            if short:
                have = tuple([n * s[i] for n, s in zip(have, before, strict=True)])
                ins.append(i)
                i += 1
            elif j < len(after[0]):
                want = tuple([n * s[j] for n, s in zip(want, after, strict=True)])
                outs.append(j)
                j += 1
            else:
                raise Refused("a reshape that is not understood")
        groups.append((ins, outs))
    return groups


@rule("transpose")
def _transpose(context, entry, value):
    order = entry.facts["permutation"]
    return Padded(lax.transpose(value.array, order), tuple([value.axes[d] for d in order]))


@rule("squeeze")
def _squeeze(context, entry, value):
    dims = entry.facts["dimensions"]
    if any(value.axes[d] is not None for d in dims):
        raise Refused("a dimension that varies is squeezed")
    return Padded(bind(entry, value.array), tuple([a for d, a in enumerate(value.axes) if d not in dims]))


@rule("iota")
def _iota(context, entry):
    dim, (shapes,) = entry.facts["dimension"], entry.shapes
    axes: list = [FREE if len(set(_lengths(shapes, d))) > 1 else None for d in range(len(shapes[0]))]
    if axes[dim] is FREE:
        axes[dim] = axis_of((context.samples.fit(_lengths(shapes, dim)),))
    shape = [context.length(a, n) for a, n in zip(axes, shapes[0], strict=True)]
    return Padded(lax.broadcasted_iota(entry.facts["dtype"], shape, dim), tuple(axes))


# -- parts ------------------------------------------------------------------------------------------
def _size(value: Padded, dim: int) -> Linear | int:
    """The size of a dimension of which a part is taken or replaced."""
    axis = value.axes[dim]
    if axis is None:
        return value.array.shape[dim]
    if len(axis) > 1:
        raise Refused("a part of dimensions that were merged")
    return axis[0]


def _longer(array, dim: int, length: int):
    """``array`` with at least ``length`` places along ``dim``."""
    more = length - array.shape[dim]
    if more <= 0:
        return array
    return lax.pad(array, np.zeros((), array.dtype), [(0, more if d == dim else 0, 0) for d in range(array.ndim)])


def _part(context, value: Padded, dim: int, start, size: Linear | int, stride: int = 1) -> Padded:
    """``size`` places along a dimension, from ``start``: a size, or a scalar array in range."""
    _size(value, dim)
    length, array = context.padded(size), value.array
    if isinstance(start, int):
        stop = start + (length - 1) * stride + 1 if length else start
        array = lax.slice_in_dim(_longer(array, dim, stop), start, stop, stride, dim)
    elif stride != 1:
        raise Refused("every n-th place from one that varies")
    else:
        start = context.true(start) if isinstance(start, Linear) else start
        array = lax.dynamic_slice_in_dim(_longer(array, dim, array.shape[dim] + length), start, length, dim)
    return Padded(array, (*value.axes[:dim], axis_of((size,)), *value.axes[dim + 1 :]))


@rule("slice")
def _slice(context, entry, value):
    starts, (shapes,) = entry.facts["start_indices"], entry.shapes
    strides = entry.facts["strides"] or (1,) * len(starts)
    for d, (start, stride) in enumerate(zip(starts, strides, strict=True)):
        sizes = _lengths(shapes, d)
        if start == 0 and stride == 1 and sizes == _lengths(entry.read[0], d):
            continue
        value = context.whole(value, entry.read[0], (d,))
        value = _part(context, value, d, start, context.samples.fit(sizes), stride)
    return value


@rule("split")
def _split(context, entry, value):
    dim, parts, start = entry.facts["axis"], [], 0
    value = context.whole(value, entry.read[0], (dim,))
    for size in entry.facts["sizes"]:
        parts.append(_part(context, value, dim, start, size))
        start = added(start, size)
    return parts


def _clamped(context, start, size, part):
    """A start in range, as XLA has it."""
    start = lax.convert_element_type(start.array, np.int32)
    return lax.max(np.int32(0), lax.min(start, lax.sub(context.true(size), context.true(part))))


@rule("dynamic_slice")
def _dynamic_slice(context, entry, value, *starts):
    (shapes,) = entry.shapes
    for start in starts:
        context.plain(start)
    for d, start in enumerate(starts):
        sizes = _lengths(shapes, d)
        if sizes == _lengths(entry.read[0], d):
            continue
        value = context.whole(value, entry.read[0], (d,))
        part = context.samples.fit(sizes)
        value = _part(context, value, d, _clamped(context, start, _size(value, d), part), part)
    return value


@rule("dynamic_update_slice")
def _dynamic_update(context, entry, value, update, *starts):
    value, update = context.whole(value, entry.read[0]), context.whole(update, entry.read[1])
    at, cut, array, counts = [], value.array.shape, value.array, []
    for d, start in enumerate(map(context.plain, starts)):
        if value.axes[d] == update.axes[d] and _lengths(entry.read[0], d) == _lengths(entry.read[1], d):
            at.append(np.int32(0))
            continue
        part = _size(update, d)
        at.append(_clamped(context, start, _size(value, d), part))
        if update.axes[d] is not None:
            array = _longer(array, d, array.shape[d] + update.array.shape[d])
            counts.append(d)
    new = update.array
    for d in counts:
        here = lax.broadcast_in_dim(context.counts(update.axes[d]), new.shape, (d,))
        new = lax.select(here, new, lax.dynamic_slice(array, at, new.shape))
    return Padded(lax.slice(lax.dynamic_update_slice(array, new, at), (0,) * len(cut), cut), value.axes)


@rule("concatenate")
def _concatenate(context, entry, *values):
    dim = entry.facts["dimension"]
    values = [context.whole(v, s, (dim,)) for v, s in zip(values, entry.read, strict=True)]
    axes = []
    for d in range(values[0].array.ndim):
        found = {v.axes[d] for v in values} - {FREE}
        if d != dim and len(found) > 1:
            raise Refused("dimensions are put together whose padding differs")
        axes.append(next(iter(found), FREE))
    arrays = []
    for v in values:
        shape = [v.array.shape[d] if d == dim or a is None else context.length(a, 0) for d, a in enumerate(axes)]
        same = v.array.shape == tuple(shape)
        arrays.append(v.array if same else lax.broadcast_in_dim(v.array, shape, range(len(shape))))
    if all(v.axes[dim] is None for v in values):
        axes[dim] = None
        return Padded(lax.concatenate(arrays, dim), tuple(axes))
    whole: Linear | int = 0
    starts = []
    for v in values:
        starts.append(whole)
        whole = added(whole, _size(v, dim))
    made = _longer(arrays[0], dim, context.padded(whole))
    for array, start in zip(arrays[1:], starts[1:], strict=True):  # over what of the one before is padding
        place = context.true(start)
        made = lax.dynamic_update_slice_in_dim(made, array, place, dim)
    axes[dim] = axis_of((whole,))
    return Padded(made, tuple(axes))


@rule("stack")
def _stack(context, entry, *values):
    dim = entry.facts["axis"]
    arrays, axes = context.aligned(values)
    return Padded(bind(entry, *arrays), (*axes[:dim], None, *axes[dim:]))


@rule("unstack")
def _unstack(context, entry, value):
    dim = entry.facts["axis"]
    axes = value.axes[:dim] + value.axes[dim + 1 :]
    if value.axes[dim] is not None:
        raise Refused("a dimension that varies is taken apart")
    return [Padded(x, axes) for x in bind(entry, value.array)]


@rule("pad")
def _pad(context, entry, value, filler):
    value = context.whole(value, entry.read[0])
    context.plain(filler)
    fill, array, axes = filler.array, value.array, list(value.axes)
    fixed = []
    for d, (low, high, interior) in enumerate(entry.facts["padding_config"]):
        varies = value.axes[d] is not None or isinstance(low, Linear) or isinstance(high, Linear)
        fixed.append((0, 0, 0) if varies else (low, high, interior))
        if not varies or (low, high, interior) == (0, 0, 0):
            continue
        if interior != 0:
            raise Refused("padding between the elements of a dimension that varies")
        size = _size(value, d)
        whole = added(added(size, low), high)
        if isinstance(low, Linear):
            array = _shifted(context, array, d, low, context.padded(whole), fill)
        else:
            ends = [(low, context.padded(whole) - low - array.shape[d], 0) if e == d else (0, 0, 0)
                    for e in range(array.ndim)]  # fmt: skip
            array = lax.pad(array, fill, ends)
        place = lax.broadcasted_iota(np.int32, array.shape, d)
        inside = lax.lt(place, context.true(added(size, low)))
        if isinstance(low, Linear):
            inside = lax.bitwise_and(inside, lax.ge(place, context.true(low)))
        array = lax.select(inside, array, lax.broadcast(fill, array.shape))
        axes[d] = axis_of((whole,))
    return Padded(lax.pad(array, fill, fixed), tuple(axes))


def _shifted(context, array, dim: int, low: Linear, length: int, fill):
    """``array`` moved up by a number of places that varies, in ``length`` places."""
    before = array.shape[dim] + length
    ends = [(before, before, 0) if d == dim else (0, 0, 0) for d in range(array.ndim)]
    start = lax.sub(np.int32(before), context.true(low))
    return lax.dynamic_slice_in_dim(lax.pad(array, fill, ends), start, length, dim)


