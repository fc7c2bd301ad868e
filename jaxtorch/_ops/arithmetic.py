"""Addition, multiplication and their kin."""

from __future__ import annotations

from jax import lax
from jax import numpy as jnp

from .._core.spec import op
from .families import UNARY, binary, unary


@op("add(Operand self, Operand other, *, Scalar alpha=1)", forms=UNARY, promote="result", layout="pointwise",
    grad=lambda g, alpha: (g, g * alpha))  # fmt: skip
def add(self, other, alpha):
    """``self + alpha * other``, broadcast."""
    if self.dtype.kind == "b":
        return self | (other & alpha)
    return self + alpha * other


@op("sub(Operand self, Operand other, *, Scalar alpha=1)", forms=UNARY, promote="result", layout="pointwise",
    grad=lambda g, alpha: (g, -g * alpha))  # fmt: skip
def sub(self, other, alpha):
    """``self - alpha * other``, broadcast."""
    return self - alpha * other


binary("mul", lambda a, b: a & b if a.dtype.kind == "b" else a * b,
       grad=lambda g, self, other: (g * jnp.conj(other), g * jnp.conj(self)))  # fmt: skip
unary("neg", lax.neg, grad=lambda g: -g, promote="result")
unary("exp", lax.exp, grad=lambda g, result: g * jnp.conj(result))
unary("sin", lax.sin, grad=lambda g, self: g * jnp.conj(jnp.cos(self)))
