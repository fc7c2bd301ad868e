"""Operands: immutable snapshots of tensors, as the jitted programs of ops receive them.

A dense tensor's snapshot is its storage's array itself. A view's is a `Window`: the storage's
array with the recipe that reads the view out of it, so that reading happens inside the program
of the op that needs it (a transposed matmul stays one dot). A value that a gradient formula
names only for its shape is a `Blank`. All three are pytrees: JAX's own cache tells them apart.
"""

from __future__ import annotations

from functools import cache, lru_cache

import jax
import numpy as np
from jax import lax

from . import dtypes, recipe
from .layout import Layout, contiguous
from .storage import Storage, linear


class ViewPlan:
    """The static half of reading a view: an optional reinterpretation of bits, a recipe, a flip."""

    __slots__ = ("native", "source", "target", "plan", "flipped")

    def __init__(self, native: Layout, source: dtypes.dtype, target: dtypes.dtype, plan, flipped: bool):
        self.native, self.source, self.target, self.plan, self.flipped = native, source, target, plan, flipped

    def read(self, array, starts):
        if self.source is not self.target:
            array = reinterpret(linear(array, self.native), self.target)
        value = array if self.plan is None else recipe.read(self.plan, array, starts)
        return flip(value) if self.flipped else value

    def write(self, array, starts, value):
        """``array`` with the view replaced by ``value``."""
        if self.flipped:
            value = flip(value)
        if self.source is self.target:
            return value if self.plan is None else recipe.write(self.plan, array, starts, value)
        flat = reinterpret(linear(array, self.native), self.target)
        flat = recipe.write(self.plan, flat, starts, value) if self.plan else value.reshape(flat.shape)
        return delinear(reinterpret(flat, self.source), self.native)

    def accumulate(self, array, starts, value):
        """``array`` with ``value`` added into the view: the adjoint of `read`."""
        if self.flipped:
            value = flip(value)
        if self.source is not self.target:
            # complex numbers seen as pairs of real ones, or the reverse: the adjoint does the same
            flat = lax.full((self.native.numel * self.source.itemsize // self.target.itemsize,), 0, self.target.np)
            flat = value.reshape(-1) if self.plan is None else recipe.accumulate(self.plan, flat, starts, value)
            return array + delinear(reinterpret(flat, self.source), self.native)
        return array + value if self.plan is None else recipe.accumulate(self.plan, array, starts, value)


@cache
def _intern(native, source, target, plan, flipped) -> ViewPlan:
    return ViewPlan(native, source, target, plan, flipped)


def flip(value):
    """What a flipped layout makes of memory: its own inverse, and its own adjoint."""
    return lax.conj(value) if value.dtype.kind == "c" else lax.neg(value)


@lru_cache(maxsize=65536)
def view_plan(native: Layout, source: dtypes.dtype, layout: Layout, target: dtypes.dtype):
    """(ViewPlan, starts) that read ``layout``/``target`` out of a storage, or None if identity."""
    if source is target:
        found = recipe.recipe(native, layout.plain)
        if found is None and not layout.flipped:
            return None
    else:
        count = native.numel * source.itemsize // target.itemsize
        found = recipe.recipe(contiguous((count,)), layout.plain)
    plan, starts = (None, ()) if found is None else (found.plan, found.starts)
    return _intern(native, source, target, plan, layout.flipped), starts


def reinterpret(flat, target: dtypes.dtype):
    """The same bits as elements of ``target``: one dimension in, one dimension out."""
    source = dtypes.lookup_numpy(flat.dtype)
    if source is dtypes.bool_:
        flat, source = flat.astype(np.uint8), dtypes.uint8
    if source.is_complex:
        flat = lax.concatenate([lax.real(flat)[:, None], lax.imag(flat)[:, None]], 1).reshape(-1)
        return reinterpret(flat, target)
    if target.is_complex:
        pairs = reinterpret(flat, target.to_real()).reshape(-1, 2)
        return lax.complex(pairs[:, 0], pairs[:, 1])
    if target is dtypes.bool_:
        return reinterpret(flat, dtypes.uint8).astype(np.bool_)
    if dtypes.lookup_numpy(flat.dtype) is target:
        return flat
    ratio = target.itemsize // source.itemsize
    if ratio > 1:
        flat = flat.reshape(-1, ratio)
    return lax.bitcast_convert_type(flat, target.np).reshape(-1)


def delinear(flat, native: Layout):
    """The inverse of `storage.linear`: memory order back to the native dimensions."""
    if native.is_contiguous:
        return flat.reshape(native.shape)
    shape, stride = native.shape, native.stride
    order = sorted(range(len(shape)), key=lambda d: (-stride[d], shape[d] != 1, d))
    inverse = [order.index(d) for d in range(len(shape))]
    return flat.reshape([shape[d] for d in order]).transpose(inverse)


class Window:
    """A view's snapshot: the storage's array, a static plan and the dynamic starts."""

    __slots__ = ("array", "plan", "starts")

    def __init__(self, array, plan: ViewPlan, starts):
        self.array, self.plan, self.starts = array, plan, starts


class Blank:
    """A value of which only shape and dtype matter; it reads as zeros."""

    __slots__ = ("shape", "dtype")

    def __init__(self, shape: tuple, dtype: np.dtype):
        self.shape, self.dtype = shape, dtype


jax.tree_util.register_pytree_node(
    Window, lambda w: ((w.array, w.starts), w.plan), lambda plan, c: Window(c[0], plan, c[1])
)
jax.tree_util.register_pytree_node(
    Blank, lambda b: ((), (b.shape, b.dtype)), lambda aux, _: Blank(*aux)
)


def value_of(operand):
    """The array that an operand stands for. Only called while tracing."""
    kind = type(operand)
    if kind is Window:
        return operand.plan.read(operand.array, operand.starts)
    if kind is Blank:
        return lax.full(operand.shape, 0, operand.dtype)
    if kind is tuple or kind is list:
        return [value_of(o) for o in operand]
    return operand


_starts_cache: dict = {}


def window(storage: Storage, layout: Layout, dtype: dtypes.dtype):
    """The snapshot of the view ``layout`` of ``storage``."""
    found = view_plan(storage.layout, storage.dtype, layout, dtype)
    array = storage.array
    if array is None:
        array = storage.read()
        found = view_plan(storage.layout, storage.dtype, layout, dtype)
    if found is None:
        return array
    plan, starts = found
    return Window(array, plan, np.array(starts, np.int32) if starts else ())
