"""Matrix products."""

from __future__ import annotations

from jax import lax

from .._core.spec import op
from .precision import dot_precision


def _check_mm(self, mat2):
    if self.ndim != 2:
        raise RuntimeError("self must be a matrix")
    if mat2.ndim != 2:
        raise RuntimeError("mat2 must be a matrix")
    (n, k), (k2, m) = self.shape, mat2.shape
    if k != k2:
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({n}x{k} and {k2}x{m})")


@op("mm(Tensor self, Tensor mat2)", forms="function method out", promote="same", check=_check_mm)
def mm(self, mat2):
    """The product of two matrices: (n, k) x (k, m) -> (n, m)."""
    return lax.dot(self, mat2, precision=dot_precision())
