"""torch.distributions.transforms: invertible functions of tensors and the logarithms of their Jacobians."""

from __future__ import annotations

import math

from .._core.tensor import Tensor
from ..nn import functional as F
from ..nn._namespace import torch
from . import constraints
from ._composition import (
    _TOO_FEW,
    CatTransform,
    ComposeTransform,
    IndependentTransform,
    ReshapeTransform,
    StackTransform,
    Transform,
    _Equal,
    _InverseTransform,
    identity_transform,
)
from .utils import (
    _Number,
    _sum_rightmost,
    _through,
    broadcast_all,
    lazy_property,
    tril_matrix_to_vec,
    vec_to_tril_matrix,
)

__all__ = [
    "AbsTransform", "AffineTransform", "CatTransform", "ComposeTransform", "CorrCholeskyTransform",
    "CumulativeDistributionTransform", "ExpTransform", "IndependentTransform", "LowerCholeskyTransform",
    "PositiveDefiniteTransform", "PowerTransform", "ReshapeTransform", "SigmoidTransform", "SoftplusTransform",
    "TanhTransform", "SoftmaxTransform", "StackTransform", "StickBreakingTransform", "Transform",
    "identity_transform",
]  # fmt: skip

for _cls in (
    CatTransform, ComposeTransform, IndependentTransform, ReshapeTransform, StackTransform, Transform, _InverseTransform
):  # fmt: skip
    _cls.__module__ = __name__


# -- of numbers -----------------------------------------------------------------------------------
class ExpTransform(_Equal):
    """``y = exp(x)``."""

    domain, codomain = constraints.real, constraints.positive
    bijective, sign = True, +1

    def _call(self, x):
        return x.exp()

    def _inverse(self, y):
        return y.log()

    def log_abs_det_jacobian(self, x, y):
        return x


class _Broadcasting(Transform):
    """A transform whose parameters broadcast with x; `_parameters` names them."""

    _parameters: tuple[str, ...] = ()

    def forward_shape(self, shape):
        return torch.broadcast_shapes(shape, *[getattr(getattr(self, p), "shape", ()) for p in self._parameters])

    inverse_shape = forward_shape


class PowerTransform(_Broadcasting):
    """``y = x ** exponent`` for positive x.

    Args:
        exponent: a tensor or number.
    """

    domain = codomain = constraints.positive
    bijective = True
    _arguments = _parameters = ("exponent",)

    def __init__(self, exponent: Tensor | float, cache_size: int = 0):
        super().__init__(cache_size=cache_size)
        (self.exponent,) = broadcast_all(exponent)

    @lazy_property
    def sign(self):
        return self.exponent.sign()

    def __eq__(self, other):
        return isinstance(other, PowerTransform) and self.exponent.eq(other.exponent).all().item()

    def _call(self, x):
        return x.pow(self.exponent)

    def _inverse(self, y):
        return y.pow(1 / self.exponent)

    def log_abs_det_jacobian(self, x, y):
        return (self.exponent * y / x).abs().log()


def _inside_unit(y: Tensor) -> Tensor:
    finfo = torch.finfo(y.dtype)
    return y.clamp(min=finfo.tiny, max=1.0 - finfo.eps)


def _clipped_sigmoid(x: Tensor) -> Tensor:
    return _inside_unit(torch.sigmoid(x))


class SigmoidTransform(_Equal):
    """``y = 1 / (1 + exp(-x))``, kept within (0, 1)."""

    domain, codomain = constraints.real, constraints.unit_interval
    bijective, sign = True, +1

    def _call(self, x):
        return _clipped_sigmoid(x)

    def _inverse(self, y):
        y = _inside_unit(y)
        return y.log() - (-y).log1p()

    def log_abs_det_jacobian(self, x, y):
        return -F.softplus(-x) - F.softplus(x)


class SoftplusTransform(_Equal):
    """``y = log(1 + exp(x))``."""

    domain, codomain = constraints.real, constraints.positive
    bijective, sign = True, +1

    def _call(self, x):
        return F.softplus(x)

    def _inverse(self, y):
        return (-y).expm1().neg().log() + y

    def log_abs_det_jacobian(self, x, y):
        return -F.softplus(-x)


class TanhTransform(_Equal):
    """``y = tanh(x)``; for the density the cache is advised, as atanh is not stable near the ends."""

    domain, codomain = constraints.real, constraints.interval(-1.0, 1.0)
    bijective, sign = True, +1

    def _call(self, x):
        return x.tanh()

    def _inverse(self, y):
        return torch.atanh(y)

    def log_abs_det_jacobian(self, x, y):
        return 2.0 * (math.log(2.0) - x - F.softplus(-2.0 * x))


class AbsTransform(_Equal):
    """``y = |x|``; of its two inverses it gives the positive one."""

    domain, codomain = constraints.real, constraints.positive

    def _call(self, x):
        return x.abs()

    def _inverse(self, y):
        return y


def _same(a, b) -> bool:
    if isinstance(a, _Number) and isinstance(b, _Number):
        return a == b
    return bool((a == b).all().item())


class AffineTransform(_Broadcasting):
    """``y = loc + scale * x``.

    Args:
        loc, scale: tensors or numbers.
        event_dim: how many dimensions an event has.
    """

    bijective = True
    _parameters = ("loc", "scale")
    _arguments = (*_parameters, "event_dim")

    def __init__(self, loc: Tensor | float, scale: Tensor | float, event_dim: int = 0, cache_size: int = 0):
        super().__init__(cache_size=cache_size)
        self.loc, self.scale, self._event_dim = loc, scale, event_dim

    event_dim = _through("", "_event_dim")

    @constraints.dependent_property(is_discrete=False)
    def domain(self):
        return constraints.independent(constraints.real, self.event_dim) if self.event_dim else constraints.real

    codomain = domain

    def __eq__(self, other):
        return isinstance(other, AffineTransform) and all(
            _same(getattr(self, p), getattr(other, p)) for p in self._parameters
        )

    @property
    def sign(self):
        if isinstance(self.scale, _Number):
            return (self.scale > 0) - (self.scale < 0)
        return self.scale.sign()

    def _call(self, x):
        return self.loc + self.scale * x

    def _inverse(self, y):
        return (y - self.loc) / self.scale

    def log_abs_det_jacobian(self, x, y):
        number = isinstance(self.scale, _Number)
        result = torch.full_like(x, math.log(abs(self.scale))) if number else torch.abs(self.scale).log()
        result = _sum_rightmost(result, self.event_dim)
        return result.expand(x.shape[: x.dim() - self.event_dim])


class CumulativeDistributionTransform(Transform):
    """``y = cdf(x)`` of a distribution of numbers.

    Args:
        distribution: the distribution.
    """

    bijective, sign = True, +1
    codomain = constraints.unit_interval
    domain = _through("distribution", "support")
    _arguments = ("distribution",)

    def __init__(self, distribution, cache_size: int = 0):
        super().__init__(cache_size=cache_size)
        self.distribution = distribution

    def _call(self, x):
        return self.distribution.cdf(x)

    def _inverse(self, y):
        return self.distribution.icdf(y)

    def log_abs_det_jacobian(self, x, y):
        return self.distribution.log_prob(x)


# -- of vectors and matrices ----------------------------------------------------------------------
class CorrCholeskyTransform(Transform):
    """Vectors of n (n - 1) / 2 numbers to Cholesky factors of n x n correlation matrices.

    Each row is a point of the unit sphere, its coordinates made of tanh(x) by breaking off what is left of 1.
    """

    domain, codomain = constraints.real_vector, constraints.corr_cholesky
    bijective = True

    def _call(self, x):
        x = torch.tanh(x)
        eps = torch.finfo(x.dtype).eps
        r = vec_to_tril_matrix(x.clamp(min=-1 + eps, max=1 - eps), diag=-1)
        left = (1 - r**2).sqrt().cumprod(-1)
        r = r + torch.eye(r.shape[-1], dtype=r.dtype, device=r.device)
        return r * F.pad(left[..., :-1], [1, 0], value=1)

    def _inverse(self, y):
        left = 1 - torch.cumsum(y * y, dim=-1)
        before = tril_matrix_to_vec(F.pad(left[..., :-1], [1, 0], value=1), diag=-1)
        t = tril_matrix_to_vec(y, diag=-1) / before.sqrt()
        return (t.log1p() - t.neg().log1p()) / 2

    def log_abs_det_jacobian(self, x, y, intermediates=None):
        left = tril_matrix_to_vec(1 - (y * y).cumsum(dim=-1), diag=-2)
        tanh = -2 * (x + F.softplus(-2 * x) - math.log(2.0)).sum(dim=-1)
        return 0.5 * left.log().sum(-1) + tanh

    def forward_shape(self, shape):
        if len(shape) < 1:
            raise ValueError(_TOO_FEW)
        count = shape[-1]
        n = round((0.25 + 2 * count) ** 0.5 + 0.5)
        if n * (n - 1) // 2 != count:
            raise ValueError("Input is not a flattened lower-diagonal number")
        return shape[:-1] + (n, n)

    def inverse_shape(self, shape):
        if len(shape) < 2:
            raise ValueError(_TOO_FEW)
        if shape[-2] != shape[-1]:
            raise ValueError("Input is not square")
        n = shape[-1]
        return shape[:-2] + (n * (n - 1) // 2,)


class _ToSimplex(_Equal):
    """Vectors to points of the simplex; `_more` is how much longer a point is."""

    domain, codomain = constraints.real_vector, constraints.simplex
    _more = 0

    def forward_shape(self, shape):
        return self._longer(shape, self._more)

    def inverse_shape(self, shape):
        return self._longer(shape, -self._more)

    @staticmethod
    def _longer(shape, by: int):
        if len(shape) < 1:
            raise ValueError(_TOO_FEW)
        return shape[:-1] + (shape[-1] + by,) if by else shape


class SoftmaxTransform(_ToSimplex):
    """Vectors to the simplex by softmax, and back by the logarithm: not bijective."""

    def _call(self, x):
        probs = (x - x.max(-1, True)[0]).exp()
        return probs / probs.sum(-1, True)

    def _inverse(self, y):
        return y.log()


class StickBreakingTransform(_ToSimplex):
    """Vectors to the simplex of one more dimension, each number breaking off a share of what is left."""

    bijective = True
    _more = 1

    @staticmethod
    def _offset(x):
        """The log of how many shares are left: zeros go to equal shares."""
        n = x.shape[-1]
        return (n + 1 - x.new_ones(n).cumsum(-1)).log()

    def _call(self, x):
        z = _clipped_sigmoid(x - self._offset(x))
        return F.pad(z, [0, 1], value=1) * F.pad((1 - z).cumprod(-1), [1, 0], value=1)

    def _inverse(self, y):
        y = y[..., :-1]
        left = torch.clamp(1 - y.cumsum(-1), min=torch.finfo(y.dtype).tiny)
        return y.log() - left.log() + self._offset(y)

    def log_abs_det_jacobian(self, x, y):
        x = x - self._offset(x)
        return (-x + F.logsigmoid(x) + y[..., :-1].log()).sum(-1)


def _with_diagonal(matrix: Tensor, function) -> Tensor:
    """The lower triangle of matrices, ``function`` applied to the diagonal."""
    return matrix.tril(-1) + function(matrix.diagonal(dim1=-2, dim2=-1)).diag_embed()


class LowerCholeskyTransform(_Equal):
    """Matrices to lower triangular ones with a positive diagonal."""

    domain, codomain = constraints.independent(constraints.real, 2), constraints.lower_cholesky

    def _call(self, x):
        return _with_diagonal(x, torch.exp)

    def _inverse(self, y):
        return _with_diagonal(y, torch.log)


class PositiveDefiniteTransform(_Equal):
    """Matrices to positive definite ones."""

    domain, codomain = constraints.independent(constraints.real, 2), constraints.positive_definite

    def _call(self, x):
        x = _with_diagonal(x, torch.exp)
        return x @ x.mT

    def _inverse(self, y):
        return _with_diagonal(torch.linalg.cholesky(y), torch.log)
