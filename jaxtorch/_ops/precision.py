"""The precision of matrix products: PyTorch's fp32 is fp32, on GPUs too, unless TF32 is allowed."""

from __future__ import annotations

from jax import lax

from .._core.modes import Policy


def dot_precision():
    return None if Policy.allow_tf32 else lax.Precision.HIGHEST
