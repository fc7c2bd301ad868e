"""The steps that PyTorch's optimizers are made of, on arrays, rounded as its kernels round.

Each takes numbers as 0-dim arrays of any float dtype. float16 and bfloat16 are computed in float32
and rounded once a step.
"""

from __future__ import annotations

from functools import partial, wraps

from jax import lax
from jax import numpy as jnp

_HALVES = ("float16", "bfloat16")


def widened(x):
    """float16 and bfloat16 as float32."""
    return x.astype(jnp.float32) if x.dtype.name in _HALVES else x


def narrowed(x, dtype):
    """``x`` rounded to ``dtype``: through `reduce_precision`, which XLA may not leave out."""
    if x.dtype == dtype:
        return x
    info = jnp.finfo(dtype)
    rounded = lax.reduce_precision(x, info.nexp, info.nmant)
    if dtype == jnp.float16 and x.dtype == jnp.float32:
        # it makes zeros of float16's subnormals; float32 steps by 2^-24 beside 0.75, as they do
        rounded = jnp.where(jnp.abs(x) < info.smallest_normal, (x + 0.75) - 0.75, rounded)
    return rounded.astype(dtype)


def _kernel(compute, rounded=False):
    """``compute(self, *others)`` in the precision of PyTorch's kernels, in the dtype of ``self``.

    ``rounded``: the kernel has its number rounded to that dtype first.
    """

    @wraps(compute)
    def run(self, *others):
        wide = widened(self)
        if rounded:
            number = lax.convert_element_type(others[-1], wide.dtype)
            others = (*others[:-1], narrowed(number, self.dtype))
        out = compute(wide, *[lax.convert_element_type(x, wide.dtype) for x in others])
        return narrowed(out, self.dtype)

    return run


@partial(_kernel, rounded=True)
def add(self, other, alpha):
    """self + alpha * other"""
    return self + alpha * other


@partial(_kernel, rounded=True)
def shift(self, number):
    """self + number"""
    return self + number


@_kernel
def mul(self, factor):
    """self * factor"""
    return self * factor


@_kernel
def div(self, divisor):
    """self / divisor"""
    return self / divisor


@_kernel
def lerp(self, end, weight):
    """self + weight * (end - self), from the nearer side"""
    delta = end - self
    return jnp.where(weight < 0.5, self + weight * delta, end - delta * (1 - weight))


@_kernel
def addcmul(self, a, b, value):
    """self + value * a * b"""
    return self + value * a * b


@_kernel
def addcdiv(self, a, b, value):
    """self + value * a / b"""
    return self + value * a / b


@_kernel
def sqrt(self):
    """The square root."""
    return jnp.sqrt(self)


@_kernel
def reciprocal(self):
    """1 / self"""
    return 1 / self
