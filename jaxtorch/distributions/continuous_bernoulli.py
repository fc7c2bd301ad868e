"""The continuous Bernoulli distribution."""

from __future__ import annotations

import math

from .._core.tensor import Tensor
from ..nn import functional as F
from ..nn._namespace import torch
from . import constraints
from .exp_family import ExponentialFamily
from .utils import _ProbsOrLogits, _validated, broadcast_all, clamp_probs, lazy_property, logits_to_probs

__all__ = ["ContinuousBernoulli"]


class ContinuousBernoulli(_ProbsOrLogits, ExponentialFamily):
    """Numbers of [0, 1] of density proportional to ``probs ** x * (1 - probs) ** (1 - x)``.

    Source: Loaiza-Ganem and Cunningham 2019, The continuous Bernoulli.

    Args:
        probs: in (0, 1); or
        logits: their log odds.
        lims: between which probabilities the formulae are replaced by series, as they divide zero by zero at 1/2.
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.unit_interval
    has_rsample = True
    _mean_carrier_measure = 0

    def __init__(
        self, probs: Tensor | float | None = None, logits: Tensor | float | None = None,
        lims: tuple[float, float] = (0.499, 0.501), validate_args: bool | None = None,
    ):  # fmt: skip
        self._choose(probs, logits)
        self._lims = lims
        if probs is not None:
            if validate_args is not None:  # here, as clamping hides what is wrong
                valid = constraints.unit_interval.check(self.probs)
                self._demand(self.probs, valid, _invalid)
            self.probs = clamp_probs(self.probs)  # pyright: ignore[reportAttributeAccessIssue]
        super().__init__(self._param.size(), validate_args=validate_args)

    @lazy_property
    def probs(self) -> Tensor:
        return clamp_probs(logits_to_probs(self.logits, is_binary=True))

    def _stable(self, x, shift=0.0):
        """Where the formulae hold."""
        return torch.max(torch.le(x, self._lims[0] - shift), torch.gt(x, self._lims[1] - shift))

    def _outside_unstable_region(self):
        return self._stable(self.probs)

    def _cut_probs(self):
        return torch.where(self._outside_unstable_region(), self.probs, self._lims[0])

    def _by_series(self, formula, series):
        return torch.where(self._outside_unstable_region(), formula, series)

    def _cont_bern_log_norm(self):
        cut = self._cut_probs()
        low = torch.le(cut, 0.5)
        below = torch.where(low, cut, 0.0)
        above = torch.where(torch.ge(cut, 0.5), cut, 1.0)
        log_norm = torch.log(torch.abs(torch.log1p(-cut) - torch.log(cut))) - torch.where(
            low, torch.log1p(-2.0 * below), torch.log(2.0 * above - 1.0)
        )
        x = torch.pow(self.probs - 0.5, 2)
        return self._by_series(log_norm, math.log(2.0) + (4.0 / 3.0 + 104.0 / 45.0 * x) * x)

    @property
    def mean(self):
        cut, x = self._cut_probs(), self.probs - 0.5
        mean = cut / (2.0 * cut - 1.0) + 1.0 / (torch.log1p(-cut) - torch.log(cut))
        return self._by_series(mean, 0.5 + (1.0 / 3.0 + 16.0 / 45.0 * torch.pow(x, 2)) * x)

    @property
    def stddev(self):
        return torch.sqrt(self.variance)

    @property
    def variance(self):
        cut, x = self._cut_probs(), torch.pow(self.probs - 0.5, 2)
        odds = torch.log1p(-cut) - torch.log(cut)
        variance = cut * (cut - 1.0) / torch.pow(1.0 - 2.0 * cut, 2) + 1.0 / torch.pow(odds, 2)
        return self._by_series(variance, 1.0 / 12.0 - (1.0 / 15.0 - 128.0 / 945.0 * x) * x)

    def rsample(self, sample_shape=()):
        return self.icdf(
            torch.rand(self._extended_shape(sample_shape), dtype=self.probs.dtype, device=self.probs.device)
        )

    @_validated
    def log_prob(self, value):
        logits, value = broadcast_all(self.logits, value)
        cross = F.binary_cross_entropy_with_logits(logits, value, reduction="none")
        return -cross + self._cont_bern_log_norm()

    @_validated
    def cdf(self, value):
        cut = self._cut_probs()
        cdf = torch.pow(cut, value) * torch.pow(1.0 - cut, 1.0 - value) + cut - 1.0
        cdf = self._by_series(cdf / (2.0 * cut - 1.0), value)
        return torch.where(torch.le(value, 0.0), 0.0, torch.where(torch.ge(value, 1.0), 1.0, cdf))

    def icdf(self, value):
        cut = self._cut_probs()
        other = torch.log1p(-cut)
        icdf = torch.log1p(-cut + value * (2.0 * cut - 1.0)) - other
        return self._by_series(icdf / (torch.log(cut) - other), value)

    def entropy(self):
        other = torch.log1p(-self.probs)
        return self.mean * (other - torch.log(self.probs)) - self._cont_bern_log_norm() - other

    @property
    def _natural_params(self):
        return (self.logits,)

    def _log_normalizer(self, x):
        stable = self._stable(x, 0.5)
        cut = torch.where(stable, x, self._lims[0] - 0.5)
        log_norm = torch.log(torch.abs(torch.special.expm1(cut))) - torch.log(torch.abs(cut))
        return torch.where(stable, log_norm, 0.5 * x + torch.pow(x, 2) / 24.0 - torch.pow(x, 4) / 2880.0)


def _invalid(*_) -> str:
    return "The parameter probs has invalid values"
