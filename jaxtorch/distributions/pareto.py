"""The Pareto distribution."""

from __future__ import annotations

from .._core.tensor import Tensor
from . import constraints
from .exponential import Exponential
from .transformed_distribution import TransformedDistribution
from .transforms import AffineTransform, ExpTransform
from .utils import _through, broadcast_all

__all__ = ["Pareto"]


class Pareto(TransformedDistribution):
    """Numbers above ``scale`` of density proportional to ``x ** -(alpha + 1)``.

    Args:
        scale: the least value.
        alpha: positive: the lower, the heavier the tail.
    """

    arg_constraints = {"alpha": constraints.positive, "scale": constraints.positive}
    mode = _through("", "scale")

    def __init__(self, scale: Tensor | float, alpha: Tensor | float, validate_args: bool | None = None):
        self.scale, self.alpha = broadcast_all(scale, alpha)
        base = Exponential(self.alpha, validate_args=validate_args)
        super().__init__(base, [ExpTransform(), AffineTransform(loc=0, scale=self.scale)], validate_args)

    @property
    def mean(self):
        a = self.alpha.clamp(min=1)
        return a * self.scale / (a - 1)

    @property
    def variance(self):
        a = self.alpha.clamp(min=2)
        return self.scale.pow(2) * a / ((a - 1).pow(2) * (a - 2))

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self):
        return constraints.greater_than_eq(self.scale)

    def entropy(self):
        return (self.scale / self.alpha).log() + (1 + self.alpha.reciprocal())
