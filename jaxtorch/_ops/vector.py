"""Products of vectors along a dim, and matrices made of vectors."""

from __future__ import annotations

from jax import numpy as jnp

from .._core import dtypes
from .._core.bind import namespaces
from .._core.dispatch import dispatch
from .._core.errors import warn_once
from .._core.layout import broadcast_shapes, wrap_dim
from .._core.spec import composite, op, registry
from .dims import SAME_OUT
from .precision import conj


def _check_cross(self, other, *, dim):
    if self.ndim != other.ndim:
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    at = wrap_dim(dim, self.ndim, wrap_scalar=False)
    if self.shape[at] != 3 or other.shape[at] != 3:
        raise RuntimeError(
            f"linalg.cross: inputs dimension {dim} must have length 3. Got {self.shape[at]} and {other.shape[at]}"
        )
    broadcast_shapes(self.shape, other.shape)
    if self.dtype is not other.dtype:
        raise RuntimeError(f"expected scalar type {self.dtype.title} but found {other.dtype.title}")


def _cross(a, b, dim):
    turned = (jnp.roll(x, shift, dim) for shift in (-1, 1) for x in (a, b))
    a1, b1, a2, b2 = turned
    return a1 * b2 - a2 * b1


@op("linalg_cross(Tensor self, Tensor other, *, int dim=-1)", forms="linalg out", exact_out=SAME_OUT, promote="same",
    check=_check_cross, kernel="cross: int half float complex",
    grad=lambda g, self, other, dim: (_cross(conj(other), g, dim), _cross(g, conj(self), dim)))  # fmt: skip
def linalg_cross(self, other, *, dim):
    """The cross product of vectors of 3 elements along ``dim``; other dims broadcast.

    Example:
        >>> torch.linalg.cross(torch.tensor([1.0, 0.0, 0.0]), torch.tensor([0.0, 1.0, 0.0]))
        tensor([0., 0., 1.])
    """
    return _cross(self, other, dim)


@composite("cross(Tensor self, Tensor other, int? dim=None)", forms="function method out", exact_out=SAME_OUT,
           out_name="linalg_cross")  # fmt: skip
def cross(self, other, dim):
    """`linalg.cross` along the first dim of size 3, unless ``dim`` is given."""
    if dim is None:
        warn_once(
            "Using torch.cross without specifying the dim arg is deprecated.\nPlease either pass the dim explicitly "
            "or simply use torch.linalg.cross.\nThe default value of dim will change to agree with that of "
            "linalg.cross in a future release."
        )
        dim = next((d for d, n in enumerate(self.shape) if n == 3), None)
        if dim is None:
            raise RuntimeError("no dimension of size 3 in input")
    return dispatch(registry["linalg_cross"], (self, other), (dim,))


@composite("linalg_vecdot(Tensor x, Tensor y, *, int dim=-1)", forms="linalg out",
           exact_out="linalg.vecdot: Expected out of dtype{result.title} but found {out.title}",
           out_name="sum")  # fmt: skip
def linalg_vecdot(x, y, *, dim):
    """The dot products of vectors along ``dim``, those of ``x`` conjugated.

    Example:
        >>> torch.linalg.vecdot(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([1.0, 1.0]))
        tensor([3., 7.])
    """
    if x.dtype.category < 2:
        raise RuntimeError(
            f"linalg.vecdot: Expected a floating point or complex tensor as input. Got {x.dtype.title}"
        )
    if x.dtype is not y.dtype:
        raise RuntimeError(
            f"linalg.vecdot: Expected x and y to have the same dtype, but found x of type {x.dtype.title} and y of "
            f"type {y.dtype.title} instead"
        )
    if x.dim() == y.dim() == 1:
        return x.vdot(y)
    return x.conj().mul(y).sum(dim)


@composite("linalg_diagonal(Tensor A, *, int offset=0, int dim1=-2, int dim2=-1)", forms="linalg")
def linalg_diagonal(A, *, offset, dim1, dim2):
    """The diagonals of matrices: a view, as `diagonal` of the last two dims."""
    return A.diagonal(offset, dim1, dim2)


@composite("linalg_vander(Tensor x, *, int? N=None)", forms="linalg")
def linalg_vander(x, *, N):
    """The powers 0 to N - 1 of the elements of vectors.

    Args:
        x: (..., n).
        N: the number of columns, n by default.

    Returns:
        A fresh (..., n, N).

    Example:
        >>> torch.linalg.vander(torch.tensor([2, 3]), N=3)
        tensor([[1, 2, 4],
                [1, 3, 9]])
    """
    if x.dtype not in (d for kind in ("int", "float", "complex") for d in dtypes.KINDS[kind]):
        raise RuntimeError(
            f"linalg.vander supports floating point, complex, and integer tensors, but got {x.dtype.title}"
        )
    count = (x.shape[-1] if x.dim() else 1) if N is None else N
    if count <= 1:
        raise RuntimeError("N must be greater than 1.")
    x = x.reshape(1, 1) if x.dim() == 0 else x.unsqueeze(-1)
    powers = x.expand(*x.shape[:-1], count - 1).cumprod(-1)
    ones = x.new_ones(x.shape, dtype=powers.dtype)
    return namespaces["torch"]["cat"]((ones, powers), -1)
