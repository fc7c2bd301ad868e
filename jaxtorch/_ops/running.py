"""Scans: what an associative function makes of all elements up to each, along a dim."""

from __future__ import annotations

from functools import partial
from math import isqrt

import jax
import numpy as np
from jax import lax
from jax import numpy as jnp
from jax.core import Tracer
from jax.interpreters.partial_eval import DynamicJaxprTracer

_LANES = 4096  # elements that one step of a scan on the CPU works on, where there are as many
_SHORT = 64  # shorter scans compile faster as XLA's own


def running(combine, start, carried, xla, dim: int, reverse: bool, x):
    """``combine`` of ``start`` and the elements up to each along ``dim`` (after each, in ``reverse``).

    XLA's own scans take n log n work on the CPU. There the elements are cut into blocks, which
    advance side by side, one element a step; what came before is combined with a block afterwards.

    Args:
        combine: an associative function of two arrays; ``start`` is its neutral element.
        carried: the dtype of the running value on the CPU.
        xla: the scan ``(x, dim, reverse=)`` of other platforms, of short dims and of derivatives.
    """
    # Under `jax.vmap` the steps would become gathers, lowered under the caller's precision.
    transformed = isinstance(x, Tracer) and not isinstance(x, DynamicJaxprTracer)
    if transformed or x.shape[dim] <= _SHORT or not x.size:
        return xla(x, dim, reverse=reverse)
    return _staged(combine, start, carried, xla, dim, reverse, x)


@partial(jax.custom_jvp, nondiff_argnums=(0, 1, 2, 3, 4, 5))
def _staged(combine, start, carried, xla, dim, reverse, x):
    return lax.platform_dependent(
        x,
        cpu=lambda x: _by_blocks(combine, start, carried, dim, reverse, x),
        default=lambda x: xla(x, dim, reverse=reverse),
    )


@_staged.defjvp
def _running_tangent(combine, start, carried, xla, dim, reverse, primals, tangents):
    with jax.enable_x64(True):  # JAX runs rules when it likes, under the caller's setting
        _, tangent = jax.jvp(lambda x: xla(x, dim, reverse=reverse), primals, tangents)
        return _staged(combine, start, carried, xla, dim, reverse, *primals), tangent


def _by_steps(combine, start, dim, reverse, x):
    """The scan, a step for each element along ``dim``."""
    n = x.shape[dim]

    def step(i, state):
        before, out = state
        at = np.int32(n - 1) - i if reverse else i
        now = combine(before, lax.dynamic_index_in_dim(x, at, dim, keepdims=False))
        return now, lax.dynamic_update_index_in_dim(out, now, at, dim)

    none = jnp.full(x.shape[:dim] + x.shape[dim + 1 :], start, x.dtype)
    # 32 bits: inside a caller's jit this is lowered under the caller's precision
    return lax.fori_loop(np.int32(0), np.int32(n), step, (none, jnp.zeros_like(x)))[1]


def _by_blocks(combine, start, carried, dim, reverse, x):
    n, stored = x.shape[dim], x.dtype
    x = x.astype(carried)
    blocks = min(-(-_LANES * n // x.size), isqrt(n))
    if blocks < 2:
        return _by_steps(combine, start, dim, reverse, x).astype(stored)
    size = -(-n // blocks)
    padding = [(0, blocks * size - n if d == dim else 0, 0) for d in range(x.ndim)]
    cut = lax.pad(x, jnp.asarray(start, carried), padding)
    cut = cut.reshape(*x.shape[:dim], blocks, size, *x.shape[dim + 1 :])
    inside = _by_steps(combine, start, dim + 1, reverse, cut)
    whole = lax.index_in_dim(inside, 0 if reverse else size - 1, dim + 1, keepdims=False)
    ends = _by_steps(combine, start, dim, reverse, whole)
    none = jnp.full_like(lax.slice_in_dim(ends, 0, 1, axis=dim), start)
    if reverse:
        before = jnp.concatenate([lax.slice_in_dim(ends, 1, blocks, axis=dim), none], dim)
    else:
        before = jnp.concatenate([none, lax.slice_in_dim(ends, 0, blocks - 1, axis=dim)], dim)
    out = combine(jnp.expand_dims(before, dim + 1), inside).astype(stored)
    out = out.reshape(*x.shape[:dim], blocks * size, *x.shape[dim + 1 :])
    return lax.slice_in_dim(out, 0, n, axis=dim)


def _carried(dtype):
    """The dtype in which PyTorch carries running sums and products on the CPU."""
    return jnp.dtype(jnp.float64) if dtype == jnp.float32 else dtype


def running_sum(x, dim: int, reverse: bool = False):
    """The sum of the elements up to each."""
    return running(lax.add, 0, _carried(x.dtype), lax.cumsum, dim, reverse, x)


def running_product(x, dim: int):
    """The product of the elements up to each."""
    return running(lax.mul, 1, _carried(x.dtype), lax.cumprod, dim, False, x)


def running_max(x, dim: int):
    """The largest element up to each; NaN stays."""
    least = -jnp.inf if x.dtype.kind == "f" else jnp.iinfo(x.dtype).min
    return running(lax.max, least, x.dtype, lax.cummax, dim, False, x)


def running_min(x, dim: int):
    """The smallest element up to each; NaN stays."""
    most = jnp.inf if x.dtype.kind == "f" else jnp.iinfo(x.dtype).max
    return running(lax.min, most, x.dtype, lax.cummin, dim, False, x)


def _add_exponentials(a, b):
    """log(exp(a) + exp(b))"""
    if a.dtype.kind == "c":
        return add_complex_exponentials(a, b)
    low, high = lax.min(a, b), lax.max(a, b)
    infinite = (low == high) & jnp.isinf(low)
    return jnp.where(infinite, high, high + jnp.log1p(jnp.exp(jnp.where(infinite, 0, low - high))))


def add_complex_exponentials(a, b):
    """log(exp(a) + exp(b)): the angle is that of the larger one and by how much the other turns it, not wrapped."""
    swap = a.real < b.real
    low, high = jnp.where(swap, a, b), jnp.where(swap, b, a)
    sums = high + jnp.log1p(jnp.exp(low - high))
    infinite = low.real == jnp.inf  # both are
    alone = (low.real == -jnp.inf) & ~jnp.isnan(high) | (high.real == jnp.inf) & ~jnp.isnan(low)
    return jnp.where(infinite, jnp.log(jnp.exp(low) + jnp.exp(high)), jnp.where(alone, high, sums))


def _complex_logs(x, dim, *, reverse):
    return lax.associative_scan(_add_exponentials, x, axis=dim, reverse=reverse)


def running_logs(x, dim: int, reverse: bool = False):
    """The logarithm of the sum of the exponentials of the elements up to each."""
    xla = _complex_logs if x.dtype.kind == "c" else lax.cumlogsumexp
    return running(_add_exponentials, -jnp.inf, x.dtype, xla, dim, reverse, x)
