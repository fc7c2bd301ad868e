"""Masked padding: rules of primitives that keep places apart, and of those that combine them."""

from __future__ import annotations

import math

import numpy as np
from jax import lax

from .padding import Padded, bind, highest, lowest, rule
from .sizes import FREE, Refused

_ELEMENTWISE = (
    "abs acos acosh add add_any and asin asinh atan atan2 atanh bessel_i0e bessel_i1e cbrt ceil clamp clz complex conj "
    "convert_element_type copy copy_p cos cosh digamma div eq eq_to erf erf_inv erfc exp exp2 expm1 floor ge gt igamma "
    "igamma_grad_a igammac imag integer_pow is_finite le le_to lgamma log log1p logistic lt lt_to max min mul ne neg "
    "nextafter not or polygamma population_count pow random_gamma_grad real reduce_precision "
    "regularized_incomplete_beta rem round rsqrt select_n shift_left shift_right_arithmetic shift_right_logical sign "
    "sin sinh sqrt square stop_gradient sub tan tanh xor zeta"
).split()


@rule(*_ELEMENTWISE)
def _elementwise(context, entry, *values):
    arrays, axes = context.aligned(values)
    return Padded(bind(entry, *arrays), axes)


@rule("bitcast_convert_type")
def _bitcast(context, entry, value):
    if entry.read[0] != entry.shapes[0]:
        raise Refused("elements of another width")
    return Padded(bind(entry, value.array), value.axes)


@rule("optimization_barrier")
def _barrier(context, entry, *values):
    arrays = bind(entry, *[v.array for v in values])
    return [Padded(a, v.axes) for a, v in zip(arrays, values, strict=True)]


# -- reductions -------------------------------------------------------------------------------------
def _reduction(neutral):
    def reduce(context, entry, value):
        dims = entry.facts["axes"]
        value = context.whole(value, entry.read[0], dims)
        array = context.masked(value, dims, neutral(value.array.dtype))
        return Padded(bind(entry, array), tuple([a for d, a in enumerate(value.axes) if d not in dims]))

    return reduce


rule("reduce_sum", "reduce_or")(_reduction(lambda dtype: False if dtype.kind == "b" else 0))
rule("reduce_prod", "reduce_and")(_reduction(lambda dtype: True if dtype.kind == "b" else 1))
rule("reduce_max")(_reduction(lowest))
rule("reduce_min")(_reduction(highest))


@rule("argmax", "argmin")
def _position(context, entry, value):
    (dim,) = entry.facts["axes"]
    value = context.whole(value, entry.read[0], (dim,))
    if value.axes[dim] is not None and len(value.axes[dim]) > 1:
        raise Refused("argmax along dimensions that were merged")
    # of equal elements the first one counts, and padding comes last
    fill = lowest if entry.op.primitive.name == "argmax" else highest
    array = context.masked(value, (dim,), fill(value.array.dtype))
    return Padded(bind(entry, array), tuple([a for d, a in enumerate(value.axes) if d != dim]))


@rule("cumsum", "cumprod", "cummax", "cummin", "cumlogsumexp")
def _running(context, entry, value):
    dim, name = entry.facts["axis"], entry.op.primitive.name
    value = context.whole(value, entry.read[0], (dim,))
    dtype = value.array.dtype
    neutral = {"cumsum": 0, "cumprod": 1, "cummin": highest(dtype)}.get(name, lowest(dtype))
    return Padded(bind(entry, context.masked(value, (dim,), neutral)), value.axes)


@rule("sort")
def _sort(context, entry, *values):
    dim = entry.facts["dimension"]
    values = [context.whole(v, s, (dim,)) for v, s in zip(values, entry.read, strict=True)]
    arrays, axes = context.aligned(values)
    if axes[dim] is None:
        return [Padded(a, axes) for a in bind(entry, *arrays)]
    if len(axes[dim]) > 1:
        raise Refused("a sort along dimensions that were merged")
    last = lax.broadcast_in_dim(lax.bitwise_not(context.counts(axes[dim])), arrays[0].shape, (dim,))
    keys = entry.facts["num_keys"] + 1
    made = bind(entry, lax.convert_element_type(last, np.int32), *arrays, num_keys=keys)
    return [Padded(a, axes) for a in made[1:]]


# -- products ---------------------------------------------------------------------------------------
@rule("dot_general")
def _product(context, entry, left, right):
    (lc, rc), (lb, rb) = entry.facts["dimension_numbers"]
    for a, b in zip((*lc, *lb), (*rc, *rb), strict=True):
        if left.axes[a] is FREE and right.axes[b] is FREE:
            left = context.whole(left, entry.read[0], (a,))
        if left.axes[a] is FREE:
            left = context.stretched(left, a, right.axes[b])
        elif right.axes[b] is FREE:
            right = context.stretched(right, b, left.axes[a])
        if left.axes[a] != right.axes[b]:
            raise Refused("a product of dimensions whose padding differs")
    arrays = context.masked(left, lc, 0), context.masked(right, rc, 0)
    kept = [left.axes[d] for d in lb]
    kept += [a for d, a in enumerate(left.axes) if d not in (*lc, *lb)]
    kept += [a for d, a in enumerate(right.axes) if d not in (*rc, *rb)]
    return Padded(bind(entry, *arrays), tuple(kept))


@rule("conv_general_dilated")
def _convolution(context, entry, left, right):
    facts = entry.facts
    numbers = facts["dimension_numbers"]
    lhs, rhs, out = numbers.lhs_spec, numbers.rhs_spec, numbers.out_spec
    left, right = context.whole(left, entry.read[0]), context.whole(right, entry.read[1])
    features, batches = facts["feature_group_count"] != 1, facts["batch_group_count"] != 1
    if any(left.axes[d] for d in lhs[2:]) or any(right.axes[d] for d in rhs[2:]):
        raise Refused("a convolution over a dimension that varies")
    apart = [(right.axes[rhs[0]], features or batches), (left.axes[lhs[1]], features), (left.axes[lhs[0]], batches)]
    if left.axes[lhs[1]] != right.axes[rhs[1]] or any(axis and grouped for axis, grouped in apart):
        raise Refused("a convolution with groups of features that vary")
    axes: list = [None] * len(out)
    axes[out[0]], axes[out[1]] = left.axes[lhs[0]], right.axes[rhs[0]]
    arrays = context.masked(left, lhs[1:2], 0), context.masked(right, rhs[1:2], 0)
    return Padded(bind(entry, *arrays), tuple(axes))


@rule("reduce_window_sum", "reduce_window_max", "reduce_window_min", "select_and_scatter_add", "select_and_gather_add")
def _window(context, entry, *values):
    facts = entry.facts
    arrays, axes = context.aligned(values) if len({v.array.ndim for v in values}) == 1 else (None, ())
    if entry.op.primitive.name == "select_and_scatter_add":
        source, operand = values
        arrays, axes = [v.array for v in values], operand.axes
        if source.axes != axes or FREE in axes:
            raise Refused("pooling of dimensions whose padding differs")
    for d, axis in enumerate(axes):
        apart = all(facts[k][d] == 1 for k in facts if k.endswith(("dimensions", "strides", "dilation")))
        if axis is not None and not (apart and tuple(facts["padding"][d]) == (0, 0)):
            raise Refused("a window over a dimension that varies")
    return Padded(bind(entry, *arrays), axes)


@rule("rev")
def _reverse(context, entry, value):
    dims = entry.facts["dimensions"]
    value = context.whole(value, entry.read[0], dims)
    array = lax.rev(value.array, dims)
    for d in dims:
        axis = value.axes[d]
        if axis is not None:
            if len(axis) > 1:
                raise Refused("dimensions that were merged are reversed")
            length = math.prod(map(context.padded, axis))
            filler = np.zeros((), array.dtype)
            longer = [(0, length if e == d else 0, 0) for e in range(array.ndim)]
            start = lax.sub(np.int32(length), context.true(axis[0]))
            array = lax.dynamic_slice_in_dim(lax.pad(array, filler, longer), start, length, d)
    return Padded(array, value.axes)
