"""The Poisson distribution."""

from __future__ import annotations

from .._core.tensor import Tensor
from ..nn._namespace import torch
from . import constraints
from .exp_family import ExponentialFamily
from .utils import _through, _validated, broadcast_all

__all__ = ["Poisson"]


class Poisson(ExponentialFamily):
    """Counts of probability ``rate ** k * exp(-rate) / k!``.

    Args:
        rate: the mean, not negative.
    """

    arg_constraints = {"rate": constraints.nonnegative}
    support = constraints.nonnegative_integer
    mean = variance = _through("", "rate")

    def __init__(self, rate: Tensor | float, validate_args: bool | None = None):
        (self.rate,) = broadcast_all(rate)
        super().__init__(self.rate.size(), validate_args=validate_args)

    @property
    def mode(self):
        return self.rate.floor()

    def sample(self, sample_shape=()):
        with torch.no_grad():
            return torch.poisson(self.rate.expand(self._extended_shape(sample_shape)))

    @_validated
    def log_prob(self, value):
        rate, value = broadcast_all(self.rate, value)
        return value.xlogy(rate) - rate - (value + 1).lgamma()

    @property
    def _natural_params(self):
        return (torch.log(self.rate),)

    def _log_normalizer(self, x):
        return torch.exp(x)
