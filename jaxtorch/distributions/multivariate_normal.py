"""The multivariate normal distribution."""

from __future__ import annotations

import math

from .._core.tensor import Tensor
from ..nn._namespace import torch
from . import constraints
from .distribution import Distribution
from .utils import _parameter_of, _standard_normal, _through, _validated, lazy_property

__all__ = ["MultivariateNormal"]


def _batch_mv(bmat: Tensor, bvec: Tensor) -> Tensor:
    """The products of matrices with vectors."""
    return torch.matmul(bmat, bvec.unsqueeze(-1)).squeeze(-1)


def _batch_mahalanobis(bL: Tensor, bx: Tensor) -> Tensor:
    """``|L^-1 x| ** 2`` for Cholesky factors L and vectors x, whose batches broadcast.

    Vectors that share a factor are solved for together: each dimension that the factors do not have becomes
    a column of the right-hand side.
    """
    n, batch = bx.size(-1), bx.shape[:-1]
    outer = len(batch) - (bL.dim() - 2)
    factors = bL.shape[:-2]
    # x: outer..., then for each batch dimension of L how often it is repeated, and its size
    split = [part for size, whole in zip(factors, batch[outer:]) for part in (whole // size, size)]
    bx = bx.reshape((*batch[:outer], *split, n))
    last = bx.dim() - 1
    order = [*range(outer), *range(outer, last, 2), *range(outer + 1, last, 2), last]
    bx = bx.permute(order)
    flat_L = bL.reshape(-1, n, n)
    columns = bx.reshape(-1, flat_L.size(0), n).permute(1, 2, 0)
    squares = torch.linalg.solve_triangular(flat_L, columns, upper=False).pow(2).sum(-2).t()
    back = sorted(range(last), key=order.__getitem__)
    return squares.reshape(bx.shape[:-1]).permute(back).reshape(batch)


def _precision_to_scale_tril(P: Tensor) -> Tensor:
    """The Cholesky factor of the inverse, by way of that of the matrix read backwards."""
    backwards = torch.linalg.cholesky(torch.flip(P, (-2, -1)))
    inverse = torch.transpose(torch.flip(backwards, (-2, -1)), -2, -1)
    return torch.linalg.solve_triangular(inverse, torch.eye(P.shape[-1], dtype=P.dtype, device=P.device), upper=False)


def _half_log_det(tril: Tensor) -> Tensor:
    return tril.diagonal(dim1=-2, dim2=-1).log().sum(-1)


def _norm2(matrix: Tensor) -> Tensor:
    """The sum of the squares of a matrix."""
    return matrix.pow(2).sum((-2, -1))


_CHOICE = "Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified."


class _Scaled(Distribution):
    """A distribution with a positive definite matrix that is given in one of three forms, the others being
    computed when asked for."""

    _unbroadcasted_scale_tril: Tensor

    @staticmethod
    def _factor(name: str, matrix: Tensor) -> Tensor:
        """The Cholesky factor of what is given."""
        if name == "scale_tril":
            return matrix
        return torch.linalg.cholesky(matrix) if name == "covariance_matrix" else _precision_to_scale_tril(matrix)

    def _whole(self, matrix: Tensor) -> Tensor:
        return matrix.expand(self._batch_shape + matrix.shape[-2:])

    @lazy_property
    def scale_tril(self) -> Tensor:
        return self._whole(self._unbroadcasted_scale_tril)

    @lazy_property
    def covariance_matrix(self) -> Tensor:
        return self._whole(torch.matmul(self._unbroadcasted_scale_tril, self._unbroadcasted_scale_tril.mT))

    @lazy_property
    def precision_matrix(self) -> Tensor:
        return self._whole(torch.cholesky_inverse(self._unbroadcasted_scale_tril))


class MultivariateNormal(_Scaled):
    """Vectors of normal numbers that may be correlated.

    Args:
        loc: the mean.
        covariance_matrix: positive definite; or
        precision_matrix: its inverse; or
        scale_tril: its lower Cholesky factor, the fastest to give.
    """

    arg_constraints = {
        "loc": constraints.real_vector, "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite, "scale_tril": constraints.lower_cholesky,
    }  # fmt: skip
    support = constraints.real_vector
    has_rsample = True
    mean = mode = _through("", "loc")

    def __init__(
        self, loc: Tensor, covariance_matrix: Tensor | None = None, precision_matrix: Tensor | None = None,
        scale_tril: Tensor | None = None, validate_args: bool | None = None,
    ):  # fmt: skip
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        given = _parameter_of(
            covariance_matrix=covariance_matrix, precision_matrix=precision_matrix, scale_tril=scale_tril
        )
        if given is None:
            raise ValueError(_CHOICE)
        name, matrix = given
        if matrix.dim() < 2:
            kind = "scale_tril matrix" if name == "scale_tril" else name
            raise ValueError(f"{kind} must be at least two-dimensional, with optional leading batch dimensions")
        batch_shape = torch.broadcast_shapes(matrix.shape[:-2], loc.shape[:-1])
        setattr(self, name, matrix.expand(batch_shape + (-1, -1)))
        self.loc = loc.expand(batch_shape + (-1,))
        super().__init__(batch_shape, self.loc.shape[-1:], validate_args=validate_args)
        self._unbroadcasted_scale_tril = self._factor(name, matrix)

    @property
    def variance(self):
        return self._unbroadcasted_scale_tril.pow(2).sum(-1).expand(self._batch_shape + self._event_shape)

    def rsample(self, sample_shape=()):
        eps = _standard_normal(self._extended_shape(sample_shape), self.loc.dtype, self.loc.device)
        return self.loc + _batch_mv(self._unbroadcasted_scale_tril, eps)

    @_validated
    def log_prob(self, value):
        constant = self._event_shape[0] * math.log(2 * math.pi)
        distance = self._mahalanobis(value - self.loc)
        return -0.5 * (constant + distance) - _half_log_det(self._unbroadcasted_scale_tril)

    # -- for divergences from other normal distributions ------------------------------------------
    def _log_det(self) -> Tensor:
        return 2 * _half_log_det(self._unbroadcasted_scale_tril)

    def _mahalanobis(self, x: Tensor) -> Tensor:
        return _batch_mahalanobis(self._unbroadcasted_scale_tril, x)

    @property
    def _covariance_parts(self):
        """(A, d) with which the covariance is ``A A^T + diag(d)``."""
        return self._unbroadcasted_scale_tril, None

    def _precision_trace(self, A: Tensor, d: Tensor | None) -> Tensor:
        """The trace of this precision matrix times ``A A^T + diag(d)``."""
        tril = self._unbroadcasted_scale_tril
        trace = _norm2(torch.linalg.solve_triangular(tril, A, upper=False))
        if d is None:
            return trace
        return trace + _norm2(torch.linalg.solve_triangular(tril, torch.diag_embed(d.sqrt()), upper=False))

    def entropy(self):
        constant = 0.5 * self._event_shape[0] * (1.0 + math.log(2 * math.pi))
        return (constant + _half_log_det(self._unbroadcasted_scale_tril)).expand(self._batch_shape)
