"""The Wishart distribution."""

from __future__ import annotations

import math
import warnings

from .._core.tensor import Tensor
from ..nn._namespace import torch
from . import constraints
from .chi2 import Chi2
from .exp_family import ExponentialFamily
from .multivariate_normal import _CHOICE, _half_log_det, _Scaled
from .utils import _Number, _parameter_of, _validated, lazy_property

__all__ = ["Wishart"]

_log_2 = math.log(2)


def _mvdigamma(x: Tensor, p: int) -> Tensor:
    """The derivative of ``mvlgamma(x, p)``."""
    if not x.gt((p - 1) / 2).all():
        raise AssertionError("Wrong domain for multivariate digamma function.")
    return torch.digamma(x.unsqueeze(-1) - torch.arange(p, dtype=x.dtype, device=x.device).div(2)).sum(-1)


class Wishart(_Scaled, ExponentialFamily):
    """Sums of the outer products of ``df`` normal vectors with themselves.

    Source: Bartlett's decomposition (Wang, Wu and Chu 2018).

    Args:
        df: degrees of freedom, above the size of the matrices less one.
        covariance_matrix: that of the vectors; or
        precision_matrix: its inverse; or
        scale_tril: its lower Cholesky factor.
    """

    support = constraints.positive_definite
    has_rsample = True
    _mean_carrier_measure = 0

    @property
    def arg_constraints(self):
        return {
            "covariance_matrix": constraints.positive_definite,
            "precision_matrix": constraints.positive_definite,
            "scale_tril": constraints.lower_cholesky,
            "df": constraints.greater_than(self.event_shape[-1] - 1),
        }

    def __init__(
        self, df: Tensor | float, covariance_matrix: Tensor | None = None, precision_matrix: Tensor | None = None,
        scale_tril: Tensor | None = None, validate_args: bool | None = None,
    ):  # fmt: skip
        given = _parameter_of(
            covariance_matrix=covariance_matrix, precision_matrix=precision_matrix, scale_tril=scale_tril
        )
        if given is None:
            raise AssertionError(_CHOICE)
        name, matrix = given
        if matrix.dim() < 2:
            raise ValueError("scale_tril must be at least two-dimensional, with optional leading batch dimensions")
        if isinstance(df, _Number):
            batch_shape = torch.Size(matrix.shape[:-2])
            self.df = torch.tensor(df, dtype=matrix.dtype, device=matrix.device)
        else:
            batch_shape = torch.broadcast_shapes(matrix.shape[:-2], df.shape)
            self.df = df.expand(batch_shape)
        event_shape = matrix.shape[-2:]
        if self.df.le(event_shape[-1] - 1).any():
            raise ValueError(f"Value of df={df} expected to be greater than ndim - 1 = {event_shape[-1] - 1}.")
        setattr(self, name, matrix.expand(batch_shape + (-1, -1)))
        if self.df.lt(event_shape[-1]).any():
            warnings.warn(
                "Low df values detected. Singular samples are highly likely to occur for ndim - 1 < df < ndim.",
                stacklevel=2,
            )
        super().__init__(batch_shape, event_shape, validate_args=validate_args)
        self._unbroadcasted_scale_tril = self._factor(name, matrix)

    @lazy_property
    def _dist_chi2(self) -> Chi2:
        less = torch.arange(self._event_shape[-1], dtype=self.df.dtype, device=self.df.device)
        return Chi2(df=self.df.unsqueeze(-1) - less.expand(self._batch_shape + (-1,)))

    @property
    def _df(self) -> Tensor:
        return self.df.expand(self._batch_shape)[..., None, None]

    @property
    def mean(self):
        return self._df * self.covariance_matrix

    @property
    def mode(self):
        factor = self._df - self.covariance_matrix.shape[-1] - 1
        return factor.masked_fill(factor <= 0, math.nan) * self.covariance_matrix

    @property
    def variance(self):
        V = self.covariance_matrix
        diagonal = V.diagonal(dim1=-2, dim2=-1)
        return self._df * (V.pow(2) + torch.einsum("...i,...j->...ij", diagonal, diagonal))

    def _bartlett_sampling(self, sample_shape=()):
        p = self._event_shape[-1]
        root = self._dist_chi2.rsample(sample_shape).sqrt()
        noise = root.clamp(min=torch.finfo(root.dtype).eps).diag_embed(dim1=-2, dim2=-1)
        shape = (*sample_shape, *self._batch_shape, p * (p - 1) // 2)
        below = torch.randn(shape, dtype=noise.dtype, device=noise.device)
        noise[(..., *torch.tril_indices(p, p, offset=-1))] = below
        chol = self._unbroadcasted_scale_tril @ noise
        return chol @ chol.transpose(-2, -1)

    def _any_of_batch(self, check: Tensor) -> Tensor:
        batch = [-1 - d for d in range(len(self._batch_shape))]
        return check.amax(batch) if batch else check

    def rsample(self, sample_shape=(), max_try_correction: int = 10):
        """Samples with gradients, drawn again where a matrix is singular, due to rounding.

        As in PyTorch 2.13 the first check is the wrong way round: what is *not* singular is drawn again, once.
        """
        sample_shape = torch.Size(sample_shape)
        sample = self._bartlett_sampling(sample_shape)
        singular = self._any_of_batch(self.support.check(sample))
        if singular.any():
            warnings.warn("Singular sample detected.", stacklevel=2)
            for _ in range(max_try_correction):
                again = self._bartlett_sampling(singular[singular].shape)
                sample[singular] = again
                singular[singular.clone()] = self._any_of_batch(~self.support.check(again))
                if not singular.any():
                    break
        return sample

    @_validated
    def log_prob(self, value):
        nu, p, tril = self.df, self._event_shape[-1], self._unbroadcasted_scale_tril
        return (
            -nu * (p * _log_2 / 2 + _half_log_det(tril))
            - torch.mvlgamma(nu / 2, p=p)
            + (nu - p - 1) / 2 * torch.linalg.slogdet(value).logabsdet
            - torch.cholesky_solve(value, tril).diagonal(dim1=-2, dim2=-1).sum(dim=-1) / 2
        )

    def entropy(self):
        nu, p = self.df, self._event_shape[-1]
        return (
            (p + 1) * (p * _log_2 / 2 + _half_log_det(self._unbroadcasted_scale_tril))
            + torch.mvlgamma(nu / 2, p=p)
            - (nu - p - 1) / 2 * _mvdigamma(nu / 2, p=p)
            + nu * p / 2
        )

    @property
    def _natural_params(self):
        return -self.precision_matrix / 2, (self.df - self._event_shape[-1] - 1) / 2

    def _log_normalizer(self, x, y):
        p = self._event_shape[-1]
        alpha = y + (p + 1) / 2
        return alpha * (-torch.linalg.slogdet(-2 * x).logabsdet + _log_2 * p) + torch.mvlgamma(alpha, p=p)
