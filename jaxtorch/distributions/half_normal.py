"""The absolute values of normal numbers."""

from __future__ import annotations

import math

from .._core.tensor import Tensor
from ..nn._namespace import torch
from . import constraints
from .normal import Normal
from .transformed_distribution import TransformedDistribution
from .transforms import AbsTransform
from .utils import _through, _validated

__all__ = ["HalfNormal"]


class _Half(TransformedDistribution):
    """The absolute values of numbers that are distributed symmetrically around zero, with a scale.

    Args:
        scale: the scale of the whole distribution, positive.
    """

    arg_constraints = {"scale": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True
    scale = _through("base_dist", "scale")
    _whole: type

    def __init__(self, scale: Tensor | float, validate_args: bool | None = None):
        super().__init__(self._whole(0, scale, validate_args=False), AbsTransform(), validate_args=validate_args)

    @property
    def mode(self):
        return torch.zeros_like(self.scale)

    @_validated
    def log_prob(self, value):
        value = torch.as_tensor(value, dtype=self.scale.dtype, device=self.scale.device)
        return torch.where(value >= 0, self.base_dist.log_prob(value) + math.log(2), -math.inf)

    @_validated
    def cdf(self, value):
        return 2 * self.base_dist.cdf(value) - 1

    def icdf(self, prob):  # pyright: ignore[reportIncompatibleMethodOverride]
        return self.base_dist.icdf((prob + 1) / 2)

    def entropy(self):
        return self.base_dist.entropy() - math.log(2)


class HalfNormal(_Half):
    """The absolute values of numbers of ``Normal(0, scale)``.

    Args:
        scale: the standard deviation of the normal distribution.
    """

    _whole = Normal

    def __init__(self, scale: Tensor | float, validate_args: bool | None = None):
        super().__init__(scale, validate_args)

    @property
    def mean(self):
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def variance(self):
        return self.scale.pow(2) * (1 - 2 / math.pi)
