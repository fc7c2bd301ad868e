"""The generalized Pareto distribution."""

from __future__ import annotations

import math

from .._core.tensor import Tensor
from ..nn._namespace import torch
from . import constraints
from .distribution import Distribution
from .utils import _through, _validated, broadcast_all

__all__ = ["GeneralizedPareto"]


class GeneralizedPareto(Distribution):
    """What exceeds a threshold: with tails lighter (concentration < 0) or heavier (> 0) than exponential ones.

    Args:
        loc: the threshold.
        scale: positive.
        concentration: the shape parameter.
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive, "concentration": constraints.real}
    has_rsample = True
    mode = _through("", "loc")

    def __init__(
        self, loc: Tensor | float, scale: Tensor | float, concentration: Tensor | float,
        validate_args: bool | None = None,
    ):  # fmt: skip
        self.loc, self.scale, self.concentration = broadcast_all(loc, scale, concentration)
        super().__init__(self.loc.size(), validate_args=validate_args)

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self):
        end = self.loc - self.scale / self.concentration
        return constraints.interval(self.loc, torch.where(self.concentration < 0, end, math.inf))

    def _limit(self):
        """Where the distribution is an exponential one, and a concentration to divide by."""
        zero = torch.isclose(self.concentration, torch.zeros_like(self.concentration))
        return zero, torch.where(zero, 1.0, self.concentration)

    def _z(self, x):
        return (x - self.loc) / self.scale

    def rsample(self, sample_shape=()):
        return self.icdf(torch.rand(self._extended_shape(sample_shape), dtype=self.loc.dtype, device=self.loc.device))

    @_validated
    def log_prob(self, value):
        z = self._z(value)
        zero, concentration = self._limit()
        y = 1 / concentration + torch.ones_like(z)
        log = torch.where(y == 0, y, y * torch.log1p(concentration * z))
        return -self.scale.log() - torch.where(zero, z, log)

    @_validated
    def log_survival_function(self, value):
        """The log of the probability of samples above ``value``."""
        z = self._z(value)
        zero, concentration = self._limit()
        return torch.where(zero, -z, -torch.log1p(concentration * z) / concentration)

    def log_cdf(self, value):
        """The log of `cdf`."""
        return torch.log1p(-torch.exp(self.log_survival_function(value)))

    def cdf(self, value):
        return torch.exp(self.log_cdf(value))

    def icdf(self, value):
        zero, concentration = self._limit()
        log = torch.log1p(-value)
        power = self.loc + self.scale / concentration * torch.expm1(-concentration * log)
        return torch.where(zero, self.loc - self.scale * log, power)

    def _moment(self, limit: float, safe: float, formula):
        valid = self.concentration < limit
        return torch.where(valid, formula(torch.where(valid, self.concentration, safe)), math.nan)

    @property
    def mean(self):
        return self._moment(1, 0.5, lambda c: self.loc + self.scale / (1 - c))

    @property
    def variance(self):
        return self._moment(0.5, 0.25, lambda c: self.scale**2 / ((1 - c) ** 2 * (1 - 2 * c)))

    def entropy(self):
        return torch.broadcast_to(torch.log(self.scale) + self.concentration + 1, self._batch_shape)
