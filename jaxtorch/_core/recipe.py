"""Recipes: how a layout's values are read from a storage's array, and written back.

A storage's array is logical: its shape is that of a dense *native* layout, and element (i, j, ..)
lives at memory position sum(index * stride). `recipe(native, l)` works out, once per pair of forms,
how to reach the window `l` from it. A `Plan` is three stages, each with its inverse and adjoint:

    pre    transposes and reshapes of the whole array, until the window is easy to cut out
    core   cutting it out: a block at dynamic starts, or (overlapping layouts) a gather
    post   transposes, reshapes and broadcasts of what was cut out

The offset of `l` reaches the plan only through `starts`, operands of the traced program, so that
`x[i]` in a loop compiles once. Three kinds of core are tried, in this order:

    _Block   the buffer seen as digits of a mixed radix, each dimension of `l` within one digit
    _Nested  any layout whose dimensions do not interleave, at any offset: its whole extent is cut
             out, then thinned dimension by dimension
    _Gather  the rest (sliding windows, arbitrary `as_strided`): indices computed from iota
"""

from __future__ import annotations

import weakref
from functools import lru_cache
from math import gcd, prod
from typing import NamedTuple

import jax
import numpy as np
from jax import lax

from .layout import Layout

_INT32_LIMIT = 2**31 - 1


class Recipe(NamedTuple):
    """A plan (static, interned) and the dynamic starts it is to be run with."""

    plan: Plan
    starts: tuple[int, ...]


# --- stages: lists of invertible steps ----------------------------------------------------------
#
# A step is a tuple: ("transpose", perm, inverse perm), ("reshape", new shape, old shape) or
# ("broadcast", new shape, kept dims, old shape).


class _Stage:
    """Builds a list of steps from a shape, leaving out and joining what it can."""

    def __init__(self, shape):
        self.shape = tuple(shape)
        self.steps = []

    def transpose(self, perm):
        perm = tuple(perm)
        self.shape = tuple([self.shape[d] for d in perm])
        if self.steps and self.steps[-1][0] == "transpose":
            before = self.steps.pop()[1]
            perm = tuple([before[d] for d in perm])
        if perm != tuple(range(len(perm))):
            inverse = tuple(sorted(range(len(perm)), key=perm.__getitem__))
            self.steps.append(("transpose", perm, inverse))

    def reshape(self, shape):
        shape, old = tuple(shape), self.shape
        if self.steps and self.steps[-1][0] == "reshape":
            old = self.steps.pop()[2]
        if shape != old:
            self.steps.append(("reshape", shape, old))
        self.shape = shape

    def broadcast(self, shape, kept):
        shape = tuple(shape)
        if shape != self.shape:
            self.steps.append(("broadcast", shape, tuple(kept), self.shape))
            self.shape = shape


def _run(steps, value):
    for step in steps:
        if step[0] == "transpose":
            value = lax.transpose(value, step[1])
        elif step[0] == "reshape":
            value = lax.reshape(value, step[1])
        else:
            value = lax.broadcast_in_dim(value, step[1], step[2])
    return value


def _run_back(steps, value, sums):
    """The inverse of `_run`; of a stretched dimension the last element wins, or all are summed."""
    for step in reversed(steps):
        if step[0] == "transpose":
            value = lax.transpose(value, step[2])
        elif step[0] == "reshape":
            value = lax.reshape(value, step[2])
        else:
            value = _narrow_back(step, value, sums)
    return value


def _narrow_back(step, value, sums):
    _, shape, kept, old = step
    sources = dict(zip(kept, old))
    stretched = [d for d, size in enumerate(shape) if sources.get(d, 1) != size]
    if sums:
        value = lax.reduce_sum(value, stretched)
    else:
        starts = [size - 1 if d in stretched else 0 for d, size in enumerate(shape)]
        value = lax.slice(value, starts, shape)
    return lax.reshape(value, old)


# --- cores --------------------------------------------------------------------------------------


def _dynamic(starts, limit):
    """Starts as a list of scalars of one integer dtype, wide enough for positions up to `limit`."""
    dtype = np.int32
    if limit > _INT32_LIMIT:
        if not jax.config.jax_enable_x64:  # pyright: ignore[reportAttributeAccessIssue]
            raise NotImplementedError(
                f"a view into a dimension of {limit} elements without jax.enable_x64(True)"
            )
        dtype = np.int64
    if isinstance(starts, jax.Array):
        starts = [lax.index_in_dim(starts, i, keepdims=False) for i in range(starts.shape[0])]
    return [
        dtype(s) if isinstance(s, (int, np.integer)) else lax.convert_element_type(s, dtype)
        for s in starts
    ]


class _Block:
    """A block at dynamic starts of some dimensions, then every `step`-th element of it."""

    def __init__(self, shape, block, step):
        self.shape, self.block, self.step = shape, block, step
        self.moving = tuple([d for d, size in enumerate(shape) if block[d] != size])
        self.key = (shape, block, step)
        self.out = tuple([-(-size // n) for size, n in zip(block, step)])

    def _starts(self, starts):
        given = _dynamic(starts, max(self.shape))
        if len(given) != len(self.moving):
            raise ValueError(f"expected {len(self.moving)} starts, got {len(given)}")
        full = [given[0].dtype.type(0)] * len(self.shape)
        for d, start in zip(self.moving, given):
            full[d] = start
        return full

    def _cut(self, array, starts):
        if not self.moving:
            return array
        return lax.dynamic_slice(
            array, self._starts(starts), self.block, allow_negative_indices=False
        )

    def read(self, array, starts):
        block = self._cut(array, starts)
        if self.out == self.block:
            return block
        return lax.slice(block, (0,) * len(self.block), self.block, self.step)

    def write(self, array, starts, value, add):
        if self.out != self.block:
            value = self._spread(value, None if add else self._cut(array, starts))
        if add:
            value = lax.add(self._cut(array, starts), value)
        if not self.moving:
            return value
        return lax.dynamic_update_slice(
            array, value, self._starts(starts), allow_negative_indices=False
        )

    def _spread(self, value, between):
        """`value` at its places of the block, what `between` holds (else zeros) elsewhere."""
        gaps = [
            (0, size - ((n - 1) * step + 1), step - 1)
            for size, n, step in zip(self.block, self.out, self.step)
        ]
        spread = lax.pad(value, _zero(value.dtype), gaps)
        if between is None:
            return spread
        places = lax.pad(lax.full(value.shape, True, np.bool_), _zero(np.bool_), gaps)
        return lax.select(places, spread, between)


class _Nested:
    """A window of a flat buffer at a dynamic start, thinned by (size, stride), outermost first.

    Each stride is at least the extent of the dimensions inside it. The window ends with the last
    element of the layout, so it lies inside the buffer wherever the layout does; it is padded to
    whole strides after it is cut out.
    """

    def __init__(self, numel, dims):
        self.dims = dims
        self.window = 1 + sum((size - 1) * stride for size, stride in dims)
        self.key = (numel, dims)
        self.cut = _Block((numel,), (self.window,), (1,))

    def read(self, array, starts):
        value = self.cut.read(array, starts)
        for size, stride in self.dims:
            value, inner = self._rows(value, size, stride)
            value = lax.slice(value, (0,) * value.ndim, (*value.shape[:-1], inner))
        return lax.reshape(value, value.shape[:-1])

    def _rows(self, value, size, stride):
        """The last dimension as `size` rows of `stride`, and how much of each row is used."""
        *outer, last = value.shape
        inner = last - (size - 1) * stride
        gaps = [(0, 0, 0)] * len(outer) + [(0, stride - inner, 0)]
        value = lax.pad(value, _zero(value.dtype), gaps)
        return lax.reshape(value, (*outer, size, stride)), inner

    def write(self, array, starts, value, add):
        level = self.cut.read(array, starts)
        levels = []
        for size, stride in self.dims:
            rows, inner = self._rows(level, size, stride)
            levels.append((rows, level.shape))
            level = lax.slice(rows, (0,) * rows.ndim, (*rows.shape[:-1], inner))
        value = lax.reshape(value, level.shape)
        if add:
            value = lax.add(level, value)
        for rows, shape in reversed(levels):
            rows = lax.dynamic_update_slice(
                rows, value, (np.int32(0),) * rows.ndim, allow_negative_indices=False
            )
            padded = lax.reshape(rows, (*shape[:-1], rows.shape[-2] * rows.shape[-1]))
            value = lax.slice(padded, (0,) * padded.ndim, shape)
        return self.cut.write(array, starts, value, False)


class _Gather:
    """Any (size, stride) dimensions of a flat buffer at a dynamic start."""

    _read = lax.GatherDimensionNumbers(
        offset_dims=(), collapsed_slice_dims=(0,), start_index_map=(0,)
    )
    _write = lax.ScatterDimensionNumbers(
        update_window_dims=(), inserted_window_dims=(0,), scatter_dims_to_operand_dims=(0,)
    )

    def __init__(self, numel, dims):
        if numel > _INT32_LIMIT:
            raise NotImplementedError(
                f"an overlapping or interleaved view (sizes and strides {dims}) of a storage of "
                f"more than 2**31 - 1 elements ({numel}); copy the part needed first"
            )
        self.key = (numel, dims)
        self.dims = dims

    def _positions(self, starts):
        shape = tuple([size for size, _ in self.dims])
        # No start where the layout spans the storage.
        positions = lax.broadcast(_dynamic(starts if len(starts) else (0,), 0)[0], shape)
        for d, (_, stride) in enumerate(self.dims):
            along = lax.broadcasted_iota(np.int32, shape, d)
            positions = lax.add(positions, lax.mul(along, lax.full_like(along, stride)))
        return lax.reshape(positions, (*shape, 1))

    def read(self, array, starts):
        return lax.gather(
            array,
            self._positions(starts),
            self._read,
            (1,),
            mode=lax.GatherScatterMode.PROMISE_IN_BOUNDS,
        )

    def write(self, array, starts, value, add):
        return (lax.scatter_add if add else lax.scatter)(
            array,
            self._positions(starts),
            value,
            self._write,
            mode=lax.GatherScatterMode.PROMISE_IN_BOUNDS,
        )


def _zero(dtype):
    return lax.full((), 0, dtype)


# --- plans --------------------------------------------------------------------------------------


class Plan:
    """The static part of a recipe; interned, so equal plans are the same object.

    Attributes:
        shape: what `read` returns.
        pre, core, post: the stages; core is None where nothing is cut out.
        empty: the layout holds no element, nothing is read or written.
    """

    __slots__ = ("shape", "pre", "core", "post", "empty", "key", "__weakref__")

    def __repr__(self):
        if self.empty:
            return f"Plan(empty, shape={self.shape})"
        core = f"{type(self.core).__name__[1:].lower()}{self.core.key}" if self.core else None
        return f"Plan(pre={self.pre}, core={core}, post={self.post})"


_plans: weakref.WeakValueDictionary = weakref.WeakValueDictionary()


def _plan(shape, pre=(), core=None, post=(), empty=False):
    pre, post = tuple(pre), tuple(post)
    key = (shape, pre, type(core), core.key if core else None, post, empty)
    plan = _plans.get(key)
    if plan is None:
        plan = Plan()
        plan.shape, plan.pre, plan.core, plan.post, plan.empty = shape, pre, core, post, empty
        plan.key = key
        # setdefault: of two threads racing here, both keep the one that came first.
        plan = _plans.setdefault(key, plan)
    return plan


def read(plan: Plan, array, starts=()):
    """The values of the layout: an array of its shape. Pure and traceable.

    Args:
        array: the storage's array, of the native layout's shape, any dtype.
        starts: the recipe's starts: a sequence of ints or integer scalars (arrays, tracers), or
            one integer array.
    """
    if plan.empty:
        return lax.full(plan.shape, 0, array.dtype)
    array = _run(plan.pre, array)
    if plan.core is not None:
        array = plan.core.read(array, starts)
    return _run(plan.post, array)


def write(plan: Plan, array, starts, value):
    """The storage's array with the layout's elements replaced by `value`.

    `value` has the layout's shape and the array's dtype. Where elements of the layout share a
    position, one of them wins.
    """
    return _update(plan, array, starts, value, False)


def accumulate(plan: Plan, array, starts, value):
    """The adjoint of `read`: `value` added at the layout's positions, overlaps summed."""
    return _update(plan, array, starts, value, True)


def _update(plan, array, starts, value, add):
    if value.shape != plan.shape:
        raise ValueError(f"expected a value of shape {plan.shape}, got {value.shape}")
    if plan.empty:
        return array
    value = _run_back(plan.post, value, add)
    if plan.core is not None:
        value = plan.core.write(_run(plan.pre, array), starts, value, add)
    back = _run_back(plan.pre, value, False)
    return lax.add(array, back) if add and plan.core is None else back


# --- finding a plan -----------------------------------------------------------------------------


@lru_cache(1 << 14)
def recipe(native: Layout, l: Layout) -> Recipe | None:
    """How to reach `l` in a storage whose array has the dense layout `native` (offset 0).

    Returns None where the array itself is the value (same shape, same positions).
    """
    if native is l:
        return None
    if l.numel and l.offset + l.extent > native.numel:
        raise ValueError(f"{l} reaches past the {native.numel} elements of its storage")
    for candidate in _candidates(native, l.form):
        starts = candidate.starts(l.offset)
        if starts is not None:
            plan = candidate.plan
            identity = not (plan.core or plan.post or plan.empty)
            return None if identity else Recipe(plan, starts)
    raise AssertionError(f"no plan for {l} in {native}")


class _Candidate(NamedTuple):
    """A plan with the digits (unit, radix, block) an offset must fit, in the core's order."""

    plan: Plan
    digits: tuple[tuple[int, int, int], ...]

    def starts(self, offset):
        """The digits of `offset` where the block moves, or None where the block does not fit."""
        starts = []
        for unit, radix, block in self.digits:
            digit = offset // unit % radix
            if digit + block > radix:
                return None
            if block != radix:
                starts.append(digit)
        return tuple(starts)


@lru_cache(8192)
def _candidates(native, form):
    """The plans for a form, preferred first; the last one serves every offset in the storage."""
    if form.numel == 0:
        return (_Candidate(_plan(form.shape, empty=True), ()),)
    live = _outermost_first(form)
    runs = _coalesced(live)
    memory = _outermost_first(native)
    found = []
    # First as slices of the array's own dimensions, then of the flat buffer.
    for flat in (False, True):
        digits = _digits([(native.numel, 1, 0)] if flat else memory, runs)
        if digits is not None:
            found.append(_block_candidate(native, form, digits, flat))
    if _is_nested(runs):
        core = _Nested(native.numel, tuple(runs))
    else:
        core = _Gather(native.numel, tuple([(n, s) for n, s, _ in live]))
    pre, post = _Stage(native.shape), _Stage([n for n, _ in core.dims])
    _flatten(pre, native)
    _to_layout(post, form, range(len(core.dims)))
    plan = _plan(form.shape, pre.steps, core, post.steps)
    found.append(_Candidate(plan, ((1, native.numel, form.extent),)))
    return tuple(found)


def _outermost_first(l):
    """(size, stride, dim) of the dimensions that move through memory, largest stride first."""
    dims = [(n, s, d) for d, (n, s) in enumerate(zip(l.shape, l.stride)) if n != 1 and s != 0]
    return sorted(dims, key=lambda dim: (-dim[1], -dim[0]))


def _coalesced(live):
    """Dimensions (outermost first) that continue one another, joined."""
    runs = []
    for size, stride, _ in live:
        if runs and runs[-1][1] == size * stride:
            runs[-1] = (runs[-1][0] * size, stride)
        else:
            runs.append((size, stride))
    return runs


def _is_nested(runs):
    inner = 1
    for size, stride in reversed(runs):
        if stride < inner:
            return False
        inner += (size - 1) * stride
    return True


def _digits(box, runs):
    """The buffer as digits of a mixed radix with every run inside one of them, or None.

    Args:
        box: (size, stride, dim) of the array, outermost in memory first.
        runs: (size, stride) of the layout, outermost first.

    Returns: (unit, radix, block, step, dim) for each digit, outermost first.
    """
    placed = [[] for _ in box]
    pending = list(reversed(runs))
    while pending:
        size, stride = pending.pop()
        place = next(i for i, (_, unit, _) in enumerate(box) if unit <= stride)
        length, unit, _ = box[place]
        step = stride // unit
        if stride % unit:
            return None
        if (size - 1) * step < length:
            placed[place].append((size, stride))
            continue
        # The run goes on past the end of this dimension: cut it there if it meets the end evenly.
        inside = length // step
        if place == 0 or length % step or inside < 2 or size % inside:
            return None
        pending.append((inside, stride))
        pending.append((size // inside, unit * length))
    digits = []
    for (length, unit, dim), here in zip(box, placed):
        outer = unit * length
        here = here or [(1, unit)]
        for i, (size, stride) in enumerate(here):
            # Several runs in one dimension split it between them.
            split = gcd(outer, stride) if i + 1 < len(here) else unit
            step = stride // split
            digits.append((split, outer // split, (size - 1) * step + 1, step, dim))
            outer = split
    return None if any(block > radix for _, radix, block, _, _ in digits) else digits


def _block_candidate(native, form, digits, flat):
    pre = _Stage(native.shape)
    if flat:
        _flatten(pre, native)
    else:
        digits = sorted(digits, key=lambda digit: digit[4])
    pre.reshape([radix for _, radix, _, _, _ in digits])
    block = tuple([block for _, _, block, _, _ in digits])
    core = _Block(pre.shape, block, tuple([step for _, _, _, step, _ in digits]))
    inward = sorted(range(len(digits)), key=lambda i: -digits[i][0])
    fits = tuple([digit[:3] for digit in digits])
    if core.moving or core.out != block:
        post = _Stage(core.out)
        _to_layout(post, form, inward)
        return _Candidate(_plan(form.shape, pre.steps, core, post.steps), fits)
    # Nothing is cut out: one stage does it all.
    _to_layout(pre, form, inward)
    return _Candidate(_plan(form.shape, post=pre.steps), fits)


def _flatten(stage, native):
    """From the native shape to memory order, one dimension."""
    order = sorted(range(native.ndim), key=lambda d: -native.stride[d])
    if not native.is_contiguous:
        stage.transpose(order)
    stage.reshape((native.numel,))


def _to_layout(stage, form, inward):
    """From what was cut out to the form's shape; `inward`: its dims, outermost in memory first."""
    inward = [d for d in inward if stage.shape[d] != 1]
    kept = sorted(inward)
    stage.reshape([stage.shape[d] for d in kept])
    stage.transpose([kept.index(d) for d in inward])
    live = _outermost_first(form)
    stage.reshape([n for n, _, _ in live])
    order = [d for _, _, d in live]
    stage.transpose([order.index(d) for d in sorted(order)])
    if len(live) == form.ndim or form.numel == prod([n for n, _, _ in live]):
        stage.reshape(form.shape)
    else:
        stage.broadcast(form.shape, sorted(order))
