"""The multivariate normal distribution whose covariance is of low rank but for its diagonal."""

from __future__ import annotations

import math

from .._core.tensor import Tensor
from ..nn._namespace import torch
from . import constraints
from .distribution import Distribution
from .multivariate_normal import _batch_mahalanobis, _batch_mv, _half_log_det, _norm2
from .utils import _standard_normal, _through, _validated, lazy_property

__all__ = ["LowRankMultivariateNormal"]


def _one_more(matrix: Tensor) -> Tensor:
    """The lower Cholesky factor of the identity plus ``matrix``."""
    n = matrix.size(-1)
    return torch.linalg.cholesky(matrix + torch.eye(n, dtype=matrix.dtype, device=matrix.device))


def _batch_capacitance_tril(W, D):
    """The Cholesky factor of ``I + W^T D^-1 W``."""
    return _one_more(torch.matmul(W.mT / D.unsqueeze(-2), W))


def _batch_lowrank_logdet(W, D, capacitance_tril):
    """``log det(W W^T + D)``, by the matrix determinant lemma."""
    return 2 * _half_log_det(capacitance_tril) + D.log().sum(-1)


def _batch_lowrank_mahalanobis(W, D, x, capacitance_tril):
    """``x^T (W W^T + D)^-1 x``, by the Woodbury identity."""
    projected = _batch_mv(W.mT / D.unsqueeze(-2), x)
    return (x.pow(2) / D).sum(-1) - _batch_mahalanobis(capacitance_tril, projected)


class LowRankMultivariateNormal(Distribution):
    """Vectors of normal numbers of covariance ``cov_factor @ cov_factor.T + diag(cov_diag)``.

    What it computes takes the inverse of m x m, not of n x n matrices.

    Args:
        loc: the mean, (..., n).
        cov_factor: (..., n, m), m < n.
        cov_diag: positive, (..., n).
    """

    arg_constraints = {
        "loc": constraints.real_vector, "cov_factor": constraints.independent(constraints.real, 2),
        "cov_diag": constraints.independent(constraints.positive, 1),
    }  # fmt: skip
    support = constraints.real_vector
    has_rsample = True
    mean = mode = _through("", "loc")

    def __init__(self, loc: Tensor, cov_factor: Tensor, cov_diag: Tensor, validate_args: bool | None = None):
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        event_shape = loc.shape[-1:]
        if cov_factor.dim() < 2:
            raise ValueError("cov_factor must be at least two-dimensional, with optional leading batch dimensions")
        if cov_factor.shape[-2:-1] != event_shape:
            raise ValueError(f"cov_factor must be a batch of matrices with shape {event_shape[0]} x m")
        if cov_diag.shape[-1:] != event_shape:
            raise ValueError(f"cov_diag must be a batch of vectors with shape {event_shape}")
        try:
            columns = torch.broadcast_tensors(loc.unsqueeze(-1), cov_factor, cov_diag.unsqueeze(-1))
        except RuntimeError as e:
            raise ValueError(
                f"Incompatible batch shapes: loc {loc.shape}, cov_factor {cov_factor.shape}, "
                f"cov_diag {cov_diag.shape}"
            ) from e
        self.loc, self.cov_factor, self.cov_diag = columns[0][..., 0], columns[1], columns[2][..., 0]
        self._unbroadcasted_cov_factor, self._unbroadcasted_cov_diag = cov_factor, cov_diag
        self._capacitance_tril = _batch_capacitance_tril(cov_factor, cov_diag)
        super().__init__(self.loc.shape[:-1], event_shape, validate_args=validate_args)

    @property
    def _low_rank(self):
        return self._unbroadcasted_cov_factor, self._unbroadcasted_cov_diag

    def _whole(self, matrix: Tensor) -> Tensor:
        return matrix.expand(self._batch_shape + self._event_shape + self._event_shape)

    @lazy_property
    def variance(self) -> Tensor:
        W, D = self._low_rank
        return (W.pow(2).sum(-1) + D).expand(self._batch_shape + self._event_shape)

    @lazy_property
    def scale_tril(self) -> Tensor:
        W, D = self._low_rank
        root = D.sqrt().unsqueeze(-1)
        scaled = W / root
        return self._whole(root * _one_more(torch.matmul(scaled, scaled.mT)))

    @lazy_property
    def covariance_matrix(self) -> Tensor:
        W, D = self._low_rank
        return self._whole(torch.matmul(W, W.mT) + torch.diag_embed(D))

    @lazy_property
    def precision_matrix(self) -> Tensor:
        D, A = self._unbroadcasted_cov_diag, self._solved()
        return self._whole(torch.diag_embed(D.reciprocal()) - A.mT @ A)

    def _solved(self) -> Tensor:
        """A with which the precision matrix is ``D^-1 - A^T A``."""
        W, D = self._low_rank
        return torch.linalg.solve_triangular(self._capacitance_tril, W.mT / D.unsqueeze(-2), upper=False)

    def rsample(self, sample_shape=()):
        shape, kind = self._extended_shape(sample_shape), (self.loc.dtype, self.loc.device)
        eps_W = _standard_normal(shape[:-1] + self.cov_factor.shape[-1:], *kind)
        eps_D = _standard_normal(shape, *kind)
        W, D = self._low_rank
        return self.loc + _batch_mv(W, eps_W) + D.sqrt() * eps_D

    def _log_det(self):
        return _batch_lowrank_logdet(*self._low_rank, self._capacitance_tril)

    @_validated
    def log_prob(self, value):
        constant = self._event_shape[0] * math.log(2 * math.pi)
        return -0.5 * (constant + self._log_det() + self._mahalanobis(value - self.loc))

    def _mahalanobis(self, x: Tensor) -> Tensor:
        return _batch_lowrank_mahalanobis(*self._low_rank, x, self._capacitance_tril)

    _covariance_parts = _through("", "_low_rank")

    def _precision_trace(self, A: Tensor, d: Tensor | None) -> Tensor:
        D, S = self._unbroadcasted_cov_diag, self._solved()
        trace = _norm2(A * D.rsqrt().unsqueeze(-1)) - _norm2(S.matmul(A))
        return trace if d is None else trace + (d / D).sum(-1) - _norm2(S * d.sqrt().unsqueeze(-2))

    def entropy(self):
        constant = self._event_shape[0] * (1.0 + math.log(2 * math.pi))
        return (0.5 * (constant + self._log_det())).expand(self._batch_shape)
