"""The Weibull distribution."""

from __future__ import annotations

from .._core.tensor import Tensor
from ..nn._namespace import torch
from . import constraints
from .exponential import Exponential
from .transformed_distribution import TransformedDistribution
from .transforms import AffineTransform, PowerTransform
from .utils import broadcast_all, euler_constant, lazy_property

__all__ = ["Weibull"]


class Weibull(TransformedDistribution):
    """Powers of exponential numbers: ``scale * x ** (1 / concentration)``.

    Args:
        scale: positive.
        concentration: the shape parameter, positive.
    """

    arg_constraints = {"scale": constraints.positive, "concentration": constraints.positive}
    support = constraints.positive

    def __init__(self, scale: Tensor | float, concentration: Tensor | float, validate_args: bool | None = None):
        self.scale, self.concentration = broadcast_all(scale, concentration)
        base = Exponential(torch.ones_like(self.scale), validate_args=validate_args)
        transforms = [
            PowerTransform(exponent=self.concentration_reciprocal), AffineTransform(loc=0, scale=self.scale)
        ]  # fmt: skip
        super().__init__(base, transforms, validate_args=validate_args)

    @lazy_property
    def concentration_reciprocal(self) -> Tensor:
        return self.concentration.reciprocal()

    def _log_moment(self, n: int) -> Tensor:
        return torch.lgamma(1 + n * self.concentration_reciprocal)

    @property
    def mean(self):
        return self.scale * torch.exp(self._log_moment(1))

    @property
    def mode(self):
        return self.scale * ((self.concentration - 1) / self.concentration) ** self.concentration.reciprocal()

    @property
    def variance(self):
        return self.scale.pow(2) * (torch.exp(self._log_moment(2)) - torch.exp(2 * self._log_moment(1)))

    def entropy(self):
        reciprocal = self.concentration_reciprocal
        return euler_constant * (1 - reciprocal) + torch.log(self.scale * reciprocal) + 1
