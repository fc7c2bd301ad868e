"""Kullback-Leibler divergences: `kl_divergence`, and `register_kl` to add pairs."""

from __future__ import annotations

import math
import warnings

from .._core.tensor import Tensor
from ..nn import functional as F
from ..nn._namespace import torch
from .bernoulli import Bernoulli
from .beta import Beta
from .binomial import Binomial
from .categorical import Categorical
from .cauchy import Cauchy
from .continuous_bernoulli import ContinuousBernoulli
from .dirichlet import Dirichlet
from .distribution import Distribution
from .exp_family import ExponentialFamily
from .exponential import Exponential
from .gamma import Gamma
from .geometric import Geometric
from .gumbel import Gumbel
from .half_normal import HalfNormal
from .independent import Independent
from .laplace import Laplace
from .lowrank_multivariate_normal import LowRankMultivariateNormal
from .multivariate_normal import MultivariateNormal
from .normal import Normal
from .one_hot_categorical import OneHotCategorical
from .pareto import Pareto
from .poisson import Poisson
from .transformed_distribution import TransformedDistribution
from .uniform import Uniform
from .utils import _sum_rightmost
from .utils import euler_constant as _euler

__all__ = ["register_kl", "kl_divergence"]

_KL_REGISTRY: dict = {}
_KL_MEMOIZE: dict = {}


def register_kl(type_p: type, type_q: type):
    """Decorate a function of two distributions: it gives `kl_divergence` of these classes and their subclasses.

    Where several pairs fit, the one that is nearest in ``type_p``, then in ``type_q``, counts.

    Example:
        >>> from jaxtorch.distributions import Normal, register_kl
        >>> class Mine(Normal):
        ...     pass
        >>> @register_kl(Mine, Mine)
        ... def kl(p, q):
        ...     return p.loc - q.loc
        >>> torch.distributions.kl_divergence(Mine(3.0, 1.0), Mine(1.0, 1.0))
        tensor(2.)
    """
    for name, kind in (("type_p", type_p), ("type_q", type_q)):
        if not isinstance(kind, type) or not issubclass(kind, Distribution):
            raise TypeError(f"Expected {name} to be a Distribution subclass but got {kind}")

    def enter(function):
        _KL_REGISTRY[type_p, type_q] = function
        _KL_MEMOIZE.clear()
        return function

    return enter


def _dispatch_kl(type_p: type, type_q: type):
    matches = [(p, q) for p, q in _KL_REGISTRY if issubclass(type_p, p) and issubclass(type_q, q)]
    if not matches:
        return NotImplemented

    left = min(matches, key=lambda m: (type_p.__mro__.index(m[0]), type_q.__mro__.index(m[1])))
    right = min(matches, key=lambda m: (type_q.__mro__.index(m[1]), type_p.__mro__.index(m[0])))
    if _KL_REGISTRY[left] is not _KL_REGISTRY[right]:
        warnings.warn(
            f"Ambiguous kl_divergence({type_p.__name__}, {type_q.__name__}). Please "
            f"register_kl({left[0].__name__}, {right[1].__name__})",
            RuntimeWarning,
            stacklevel=3,
        )
    return _KL_REGISTRY[left]


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    """The Kullback-Leibler divergence of ``q`` from ``p``: the mean of ``log p(x) - log q(x)`` under ``p``.

    Returns:
        A tensor of the batch's shape.

    Raises:
        NotImplementedError: no function is registered for the two classes.

    Example:
        >>> from jaxtorch.distributions import Normal
        >>> torch.distributions.kl_divergence(Normal(0.0, 1.0), Normal(1.0, 1.0))
        tensor(0.5000)
    """
    pair = type(p), type(q)
    if pair not in _KL_MEMOIZE:
        _KL_MEMOIZE[pair] = _dispatch_kl(*pair)
    function = _KL_MEMOIZE[pair]
    if function is NotImplemented:
        raise NotImplementedError(
            f"No KL(p || q) is implemented for p type {p.__class__.__name__} and q type {q.__class__.__name__}"
        )
    return function(p, q)


# -- infinite, as p can lie where q cannot --------------------------------------------------------
def _infinite(attribute: str):
    return lambda p, q: torch.full_like(getattr(p, attribute), math.inf)


_UNIT = (Beta, ContinuousBernoulli)
for _p, _attribute, _qs in (
    (Beta, "concentration1", (Pareto,)),
    (ContinuousBernoulli, "probs", (Pareto,)),
    (Exponential, "rate", (*_UNIT, Pareto, Uniform)),
    (Gamma, "concentration", (*_UNIT, Pareto, Uniform)),
    (Gumbel, "loc", (*_UNIT, Exponential, Gamma, Pareto, Uniform)),
    (Laplace, "loc", (*_UNIT, Exponential, Gamma, Pareto, Uniform)),
    (Normal, "loc", (*_UNIT, Exponential, Gamma, Pareto, Uniform)),
    (Pareto, "scale", (*_UNIT, Uniform)),
    (Poisson, "rate", (Bernoulli, Binomial)),
):
    for _q in _qs:
        register_kl(_p, _q)(_infinite(_attribute))


# -- of one family --------------------------------------------------------------------------------
@register_kl(Bernoulli, Bernoulli)
def _kl_bernoulli_bernoulli(p, q):
    def half(probs, other, sign):
        term = probs * (F.softplus(sign * q.logits) - F.softplus(sign * p.logits))
        return term.masked_fill(other == 0, math.inf).masked_fill(probs == 0, 0)

    return half(p.probs, q.probs, -1) + half(1 - p.probs, 1 - q.probs, 1)


@register_kl(Beta, Beta)
def _kl_beta_beta(p, q):
    a, b, c, d = p.concentration1, p.concentration0, q.concentration1, q.concentration0
    p_total, q_total = a + b, c + d
    t1 = c.lgamma() + d.lgamma() + p_total.lgamma()
    t2 = a.lgamma() + b.lgamma() + q_total.lgamma()
    t3 = (a - c) * torch.digamma(a)
    t4 = (b - d) * torch.digamma(b)
    return t1 - t2 + t3 + t4 + (q_total - p_total) * torch.digamma(p_total)


@register_kl(Binomial, Binomial)
def _kl_binomial_binomial(p, q):
    if (p.total_count < q.total_count).any():
        raise NotImplementedError("KL between Binomials where q.total_count > p.total_count is not implemented")
    kl = p.total_count * (p.probs * (p.logits - q.logits) + (-p.probs).log1p() - (-q.probs).log1p())
    return kl.masked_fill(p.total_count > q.total_count, math.inf)


@register_kl(Categorical, Categorical)
def _kl_categorical_categorical(p, q):
    t = p.probs * (p.logits - q.logits)
    return t.masked_fill(q.probs == 0, math.inf).masked_fill(p.probs == 0, 0).sum(-1)


@register_kl(OneHotCategorical, OneHotCategorical)
def _kl_onehotcategorical_onehotcategorical(p, q):
    return _kl_categorical_categorical(p._categorical, q._categorical)


@register_kl(Cauchy, Cauchy)
def _kl_cauchy_cauchy(p, q):
    square = (p.scale + q.scale).pow(2) + (p.loc - q.loc).pow(2)
    return square.log() - (4 * p.scale * q.scale).log()


@register_kl(ContinuousBernoulli, ContinuousBernoulli)
def _kl_continuous_bernoulli_continuous_bernoulli(p, q):
    t1 = p.mean * (p.logits - q.logits)
    t2 = p._cont_bern_log_norm() + torch.log1p(-p.probs)
    return t1 + t2 - q._cont_bern_log_norm() - torch.log1p(-q.probs)


@register_kl(Dirichlet, Dirichlet)
def _kl_dirichlet_dirichlet(p, q):
    p_total, q_total = p.concentration.sum(-1), q.concentration.sum(-1)
    t1 = p_total.lgamma() - q_total.lgamma()
    t2 = (p.concentration.lgamma() - q.concentration.lgamma()).sum(-1)
    slope = p.concentration.digamma() - p_total.digamma().unsqueeze(-1)
    return t1 - t2 + ((p.concentration - q.concentration) * slope).sum(-1)


@register_kl(Exponential, Exponential)
def _kl_exponential_exponential(p, q):
    ratio = q.rate / p.rate
    return -ratio.log() + ratio - 1


@register_kl(ExponentialFamily, ExponentialFamily)
def _kl_expfamily_expfamily(p, q):
    if type(p) is not type(q):
        raise NotImplementedError(
            "The cross KL-divergence between different exponential families cannot" + " " * 29
            + "be computed using Bregman divergences"
        )  # fmt: skip
    given, normalizer, gradients = p._differentiated()
    others = q._natural_params
    result = q._log_normalizer(*others) - normalizer
    for mine, other, g in zip(given, others, gradients):
        result = result - _sum_rightmost((other - mine) * g, len(q.event_shape))
    return result


@register_kl(Gamma, Gamma)
def _kl_gamma_gamma(p, q):
    t1 = q.concentration * (p.rate / q.rate).log()
    t2 = torch.lgamma(q.concentration) - torch.lgamma(p.concentration)
    t3 = (p.concentration - q.concentration) * torch.digamma(p.concentration)
    return t1 + t2 + t3 + (q.rate - p.rate) * (p.concentration / p.rate)


@register_kl(Geometric, Geometric)
def _kl_geometric_geometric(p, q):
    return -p.entropy() - torch.log1p(-q.probs) / p.probs - q.logits


@register_kl(Gumbel, Gumbel)
def _kl_gumbel_gumbel(p, q):
    ratio, mine, other = p.scale / q.scale, p.loc / q.scale, q.loc / q.scale
    t1 = -ratio.log() - other + mine
    t3 = torch.exp(other + (1 + ratio).lgamma() - mine)
    return t1 + ratio * _euler + t3 - (1 + _euler)


@register_kl(Laplace, Laplace)
def _kl_laplace_laplace(p, q):
    ratio, distance = p.scale / q.scale, (p.loc - q.loc).abs()
    return -ratio.log() + distance / q.scale + ratio * torch.exp(-distance / p.scale) - 1


@register_kl(Normal, Normal)
def _kl_normal_normal(p, q):
    ratio = (p.scale / q.scale).pow(2)
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale).pow(2) - 1 - ratio.log())


@register_kl(HalfNormal, HalfNormal)
def _kl_halfnormal_halfnormal(p, q):
    return _kl_normal_normal(p.base_dist, q.base_dist)


@register_kl(Pareto, Pareto)
def _kl_pareto_pareto(p, q):
    ratio = q.alpha / p.alpha
    result = q.alpha * (p.scale / q.scale).log() - ratio.log() + ratio - 1
    return result.masked_fill(p.support.lower_bound < q.support.lower_bound, math.inf)


@register_kl(Poisson, Poisson)
def _kl_poisson_poisson(p, q):
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


@register_kl(Uniform, Uniform)
def _kl_uniform_uniform(p, q):
    result = ((q.high - q.low) / (p.high - p.low)).log()
    return result.masked_fill((q.low > p.low) | (q.high < p.high), math.inf)


@register_kl(TransformedDistribution, TransformedDistribution)
def _kl_transformed_transformed(p, q):
    if p.transforms != q.transforms or p.event_shape != q.event_shape:
        raise NotImplementedError
    return kl_divergence(p.base_dist, q.base_dist)


@register_kl(Independent, Independent)
def _kl_independent_independent(p, q):
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError
    return _sum_rightmost(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)


# -- multivariate normals -------------------------------------------------------------------------
def _kl_normals(kind: str):
    """The divergence of two normal distributions, each with a dense or a low-rank covariance."""

    def kl(p, q):
        if p.event_shape != q.event_shape:
            raise ValueError(
                f"KL-divergence between two {kind} with" + " " * 26 + "different event shapes cannot be computed"
            )
        trace, distance = q._precision_trace(*p._covariance_parts), q._mahalanobis(q.loc - p.loc)
        return 0.5 * (q._log_det() - p._log_det() + trace + distance - p.event_shape[0])

    return kl


for _p, _q, _kind in (
    (MultivariateNormal, MultivariateNormal, "Multivariate Normals"),
    (LowRankMultivariateNormal, LowRankMultivariateNormal, "Low Rank Multivariate Normals"),
    (MultivariateNormal, LowRankMultivariateNormal, "(Low Rank) Multivariate Normals"),
    (LowRankMultivariateNormal, MultivariateNormal, "(Low Rank) Multivariate Normals"),
):
    register_kl(_p, _q)(_kl_normals(_kind))


# -- of two families ------------------------------------------------------------------------------
def _square(x):
    return x.pow(2)


def _x_log_x(x):
    return torch.special.xlogy(x, x)


def _log_normalizer(q):
    """Of a gamma distribution."""
    return q.concentration.lgamma() - q.concentration * q.rate.log()


@register_kl(Bernoulli, Poisson)
def _kl_bernoulli_poisson(p, q):
    return -p.entropy() - (p.probs * q.rate.log() - q.rate)


@register_kl(Beta, ContinuousBernoulli)
def _kl_beta_continuous_bernoulli(p, q):
    return -p.entropy() - p.mean * q.logits - torch.log1p(-q.probs) - q._cont_bern_log_norm()


@register_kl(Beta, Exponential)
@register_kl(ContinuousBernoulli, Exponential)
@register_kl(Gamma, Exponential)
def _kl_exponential(p, q):
    return -p.entropy() - q.rate.log() + q.rate * p.mean


@register_kl(Beta, Gamma)
def _kl_beta_gamma(p, q):
    mean_log = p.concentration1.digamma() - (p.concentration1 + p.concentration0).digamma()
    return -p.entropy() + _log_normalizer(q) - (q.concentration - 1) * mean_log + q.rate * p.mean


@register_kl(Beta, Normal)
def _kl_beta_normal(p, q):
    mean, variance = p.mean, _square(q.scale)
    spread = (mean * (1 - mean) / (p.concentration1 + p.concentration0 + 1) + _square(mean)) * 0.5
    return (
        -p.entropy()
        + 0.5 * (variance * 2 * math.pi).log()
        + (spread - q.loc * mean + _square(q.loc) * 0.5) / variance
    )


@register_kl(Beta, Uniform)
def _kl_beta_uniform(p, q):
    result = -p.entropy() + (q.high - q.low).log()
    outside = (q.low > p.support.lower_bound) | (q.high < p.support.upper_bound)
    return result.masked_fill(outside, math.inf)


@register_kl(ContinuousBernoulli, Normal)
def _kl_continuous_bernoulli_normal(p, q):
    t2 = 0.5 * (math.log(2.0 * math.pi) + _square(q.loc / q.scale)) + torch.log(q.scale)
    t3 = (p.variance + _square(p.mean) - 2.0 * q.loc * p.mean) / (2.0 * _square(q.scale))
    return -p.entropy() + t2 + t3


@register_kl(ContinuousBernoulli, Uniform)
def _kl_continuous_bernoulli_uniform(p, q):
    result = -p.entropy() + (q.high - q.low).log()
    outside = (q.low >= p.support.lower_bound) | (q.high <= p.support.upper_bound)
    return result.masked_fill(outside, math.inf)


@register_kl(Exponential, Gamma)
def _kl_exponential_gamma(p, q):
    ratio = q.rate / p.rate
    t1 = -q.concentration * torch.log(ratio)
    return t1 + ratio + q.concentration.lgamma() + q.concentration * _euler - (1 + _euler)


@register_kl(Exponential, Gumbel)
def _kl_exponential_gumbel(p, q):
    product, ratio = p.rate * q.scale, q.loc / q.scale
    return product.log() - 1 - ratio + torch.exp(ratio) * product / (product + 1) + product.reciprocal()


@register_kl(Exponential, Normal)
def _kl_exponential_normal(p, q):
    variance, square = _square(q.scale), _square(p.rate)
    t1 = 0.5 * torch.log(square * variance * 2 * math.pi)
    return t1 - 1 + (square.reciprocal() - q.loc / p.rate + _square(q.loc) * 0.5) / variance


@register_kl(Gamma, Gumbel)
def _kl_gamma_gumbel(p, q):
    a, product, ratio = p.concentration, p.rate * q.scale, q.loc / q.scale
    t1 = (a - 1) * a.digamma() - a.lgamma() - a
    t2 = product.log() + a / product
    return t1 + t2 + torch.exp(ratio) * (1 + product.reciprocal()).pow(-a) - ratio


@register_kl(Gamma, Normal)
def _kl_gamma_normal(p, q):
    a, variance, square = p.concentration, _square(q.scale), _square(p.rate)
    t1 = 0.5 * torch.log(square * variance * 2 * math.pi) - a - a.lgamma()
    t2 = 0.5 * (_square(a) + a) / square
    return t1 + (a - 1) * a.digamma() + (t2 - q.loc * a / p.rate + 0.5 * _square(q.loc)) / variance


@register_kl(Gumbel, Normal)
def _kl_gumbel_normal(p, q):
    ratio = p.scale / q.scale
    t1 = (ratio / math.sqrt(2 * math.pi)).log()
    t2 = _square(math.pi * ratio * 0.5) / 3
    t3 = _square((p.loc + p.scale * _euler - q.loc) / q.scale) * 0.5
    return -t1 + t2 + t3 - (_euler + 1)


@register_kl(Laplace, Normal)
def _kl_laplace_normal(p, q):
    variance = _square(q.scale)
    ratio = _square(p.scale) / variance
    t1 = 0.5 * torch.log(2 * ratio / math.pi)
    return -t1 + ratio + (0.5 * _square(p.loc) - p.loc * q.loc + 0.5 * _square(q.loc)) / variance - 1


@register_kl(Normal, Gumbel)
def _kl_normal_gumbel(p, q):
    mean, loc, ratio = p.loc / q.scale, q.loc / q.scale, _square(p.scale / q.scale)
    t3 = torch.exp(-mean + 0.5 * ratio + loc)
    return -(ratio.log() * 0.5) + mean - loc + t3 - 0.5 * (1 + math.log(2 * math.pi))


@register_kl(Normal, Laplace)
def _kl_normal_laplace(p, q):
    offset = p.loc - q.loc
    scaled = offset / p.scale
    t2 = math.sqrt(2 / math.pi) * p.scale * torch.exp(-0.5 * _square(scaled))
    t3 = offset * torch.erf(math.sqrt(0.5) * scaled)
    return -torch.log(p.scale / q.scale) + (t2 + t3) / q.scale - 0.5 * (1 + math.log(0.5 * math.pi))


@register_kl(Pareto, Exponential)
def _kl_pareto_exponential(p, q):
    product = p.scale * q.rate
    result = (p.alpha / product).log() - p.alpha.reciprocal() + p.alpha * product / (p.alpha - 1) - 1
    return result.masked_fill(p.alpha <= 1, math.inf)


@register_kl(Pareto, Gamma)
def _kl_pareto_gamma(p, q):
    mean_log = p.scale.log() + p.alpha.reciprocal()
    t1 = p.alpha.log() - mean_log
    t3 = (1 - q.concentration) * mean_log
    t4 = q.rate * p.alpha * p.scale / (p.alpha - 1)
    return (t1 + _log_normalizer(q) + t3 + t4 - 1).masked_fill(p.alpha <= 1, math.inf)


@register_kl(Pareto, Normal)
def _kl_pareto_normal(p, q):
    a, part = p.alpha, p.scale / (p.alpha - 1)
    t1 = (math.sqrt(2 * math.pi) * q.scale * a / p.scale).log()
    t3 = a * _square(part) / (a - 2) + _square(a * part - q.loc)
    return (t1 - a.reciprocal() + t3 / (2 * _square(q.scale)) - 1).masked_fill(a <= 2, math.inf)


def _uniform_logs(p):
    """The integral of ``1 + log x`` over the range of a uniform distribution, and how wide that is."""
    return _x_log_x(p.high) - _x_log_x(p.low), p.high - p.low


@register_kl(Uniform, Beta)
def _kl_uniform_beta(p, q):
    ones, width = _uniform_logs(p)
    zeros = _x_log_x(1 - p.high) - _x_log_x(1 - p.low)
    a, b = q.concentration1, q.concentration0
    t2 = (a - 1) * (ones - width) / width
    t3 = (b - 1) * (zeros + width) / width
    result = t3 + (a.lgamma() + b.lgamma() - (a + b).lgamma()) - torch.log(width) - t2
    return result.masked_fill((p.high > q.support.upper_bound) | (p.low < q.support.lower_bound), math.inf)


@register_kl(Uniform, ContinuousBernoulli)
def _kl_uniform_continuous_bernoulli(p, q):
    result = -p.entropy() - p.mean * q.logits - torch.log1p(-q.probs) - q._cont_bern_log_norm()
    return result.masked_fill((p.high >= q.support.upper_bound) | (p.low <= q.support.lower_bound), math.inf)


@register_kl(Uniform, Exponential)
def _kl_uniform_exponential(p, q):
    result = q.rate * (p.high + p.low) / 2 - ((p.high - p.low) * q.rate).log()
    return result.masked_fill(p.low < q.support.lower_bound, math.inf)


@register_kl(Uniform, Gamma)
def _kl_uniform_gamma(p, q):
    logs, width = _uniform_logs(p)
    t3 = (1 - q.concentration) * (logs - width) / width
    result = -width.log() + _log_normalizer(q) + t3 + q.rate * (p.high + p.low) / 2
    return result.masked_fill(p.low < q.support.lower_bound, math.inf)


@register_kl(Uniform, Gumbel)
def _kl_uniform_gumbel(p, q):
    ratio, high, low = q.scale / (p.high - p.low), (p.high - q.loc) / q.scale, (p.low - q.loc) / q.scale
    return ratio.log() + 0.5 * (high + low) - ratio * (torch.exp(-high) - torch.exp(-low))


@register_kl(Uniform, Normal)
def _kl_uniform_normal(p, q):
    width = p.high - p.low
    t1 = (math.sqrt(math.pi * 2) * q.scale / width).log()
    t3 = _square((p.high + p.low - 2 * q.loc) / 2)
    return t1 + 0.5 * (_square(width) / 12 + t3) / _square(q.scale)


@register_kl(Uniform, Pareto)
def _kl_uniform_pareto(p, q):
    logs, width = _uniform_logs(p)
    t1 = (q.alpha * q.scale.pow(q.alpha) * width).log()
    result = (logs - width) / width * (q.alpha + 1) - t1
    return result.masked_fill(p.low < q.support.lower_bound, math.inf)
