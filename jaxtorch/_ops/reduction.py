"""Reductions."""

from __future__ import annotations

from jax import numpy as jnp

from .._core.spec import op


@op("sum(Tensor self, dims? dim=None, bool keepdim=False, *, dtype? dtype=None)",
    forms="function method out")  # fmt: skip
def sum(self, *, dim, keepdim, dtype):
    """The sum over ``dim`` (all dimensions by default)."""
    return jnp.sum(self, axis=dim or None, keepdims=keepdim)
