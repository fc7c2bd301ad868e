"""Contractions: the precision of matrix products, and what halves are accumulated in."""

from __future__ import annotations

import jax
from jax import lax
from jax import numpy as jnp

from .._core.modes import Policy


def dot_precision():
    """PyTorch's float32 products are float32 ones, on GPUs too, unless TF32 is allowed."""
    return None if Policy.allow_tf32 else lax.Precision.HIGHEST


def convolution_precision():
    """PyTorch's float32 convolutions are TF32 ones on GPUs, unless `torch.backends.cudnn.allow_tf32` is off."""
    return None if Policy.conv_tf32 else lax.Precision.HIGHEST


def accumulator(dtype):
    """The dtype in which products of ``dtype`` are added up: float32 for halves."""
    return jnp.float32 if dtype.itemsize == 2 and dtype.kind in "fV" else dtype


def contract(a, b, axes, batch=((), ()), wide: bool = False):
    """`lax.dot_general` over ``axes`` (of a, of b), rounded to the operands' dtype unless ``wide``."""
    out = lax.dot_general(
        a, b, (axes, batch), precision=dot_precision(), preferred_element_type=accumulator(a.dtype)
    )
    return out if wide else out.astype(a.dtype)


def product(a, b, wide: bool = False):
    """The matrix product of arrays of two or more dims; leading dims are batches, broadcast."""
    if b.ndim == 2:
        return contract(a, b, ((a.ndim - 1,), (0,)), wide=wide)
    if a.ndim == 2:
        return jnp.moveaxis(contract(a, b, ((1,), (b.ndim - 2,)), wide=wide), 0, -2)
    kind = accumulator(a.dtype)
    out = jnp.matmul(a, b, precision=dot_precision(), preferred_element_type=kind)
    return out if wide else out.astype(a.dtype)


def conj(x):
    """The complex conjugate; real arrays are their own."""
    return lax.conj(x) if x.dtype.kind == "c" else x


def adjoint(x):
    """The conjugate of ``x`` with its last two dims swapped."""
    return conj(jnp.swapaxes(x, -1, -2))


def pull(fn, g, *primals):
    """The gradients of ``fn(*primals)`` for the cotangent ``g``, by `jax.vjp`, conjugated as PyTorch's are."""
    _, back = jax.vjp(fn, *primals)
    return tuple(conj(x) for x in back(conj(g)))
