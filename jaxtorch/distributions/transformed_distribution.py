"""Distributions of transformed samples."""

from __future__ import annotations

from functools import reduce
from typing import Any

from ..nn._namespace import torch
from . import constraints
from .distribution import Distribution
from .independent import Independent
from .transforms import ComposeTransform, Transform
from .utils import _sum_rightmost, _through, _validated

__all__ = ["TransformedDistribution"]


class TransformedDistribution(Distribution):
    """What transforms make of the samples of a distribution.

    Args:
        base_distribution: the distribution.
        transforms: one transform or a list of them, the first to apply first.
    """

    arg_constraints: Any = {}
    has_rsample = _through("base_dist", "has_rsample")

    def __init__(
        self, base_distribution: Distribution, transforms: Transform | list[Transform],
        validate_args: bool | None = None,
    ):  # fmt: skip
        if isinstance(transforms, Transform):
            transforms = [transforms]
        elif not isinstance(transforms, list):
            raise ValueError(f"transforms must be a Transform or list, but was {transforms}")
        elif not all(isinstance(t, Transform) for t in transforms):
            raise ValueError("transforms must be a Transform or a list of Transforms")
        self.transforms = transforms
        whole = ComposeTransform(transforms)
        shape = base_distribution.batch_shape + base_distribution.event_shape
        base_dims, dims_in, dims_out = (
            len(base_distribution.event_shape), whole.domain.event_dim, whole.codomain.event_dim
        )  # fmt: skip
        if len(shape) < dims_in:
            raise ValueError(
                f"base_distribution needs to have shape with size at least {dims_in}, but got {shape}."
            )
        forward_shape = whole.forward_shape(shape)
        expanded = whole.inverse_shape(forward_shape)
        if shape != expanded:
            base_distribution = base_distribution.expand(expanded[: len(expanded) - base_dims])
        if dims_in > base_dims:
            base_distribution = Independent(base_distribution, dims_in - base_dims)
        self.base_dist = base_distribution
        event_dim = max(dims_out, base_dims + dims_out - dims_in)
        cut = len(forward_shape) - event_dim
        if cut < 0:
            raise AssertionError(f"forward_shape length {len(forward_shape)} must be >= event_dim {event_dim}")
        super().__init__(forward_shape[:cut], forward_shape[cut:], validate_args=validate_args)

    def _batch_of(self, part, batch_shape):
        if part is not self.base_dist:
            return super()._batch_of(part, batch_shape)
        shape = reduce(lambda s, t: t.inverse_shape(s), reversed(self.transforms), batch_shape + self.event_shape)
        return shape[: len(shape) - len(part.event_shape)]

    def _support(self):
        if not self.transforms:
            return self.base_dist.support
        support = self.transforms[-1].codomain
        more = len(self.event_shape) - support.event_dim
        return constraints.independent(support, more) if more > 0 else support

    support: Any = constraints.dependent_property(_support, is_discrete=False)

    def _pushed(self, x):
        return reduce(lambda value, t: t(value), self.transforms, x)

    def sample(self, sample_shape=()):
        with torch.no_grad():
            return self._pushed(self.base_dist.sample(sample_shape))

    def rsample(self, sample_shape=()):
        return self._pushed(self.base_dist.rsample(sample_shape))

    @_validated
    def log_prob(self, value):
        event_dim, log_prob = len(self.event_shape), 0.0
        for transform in reversed(self.transforms):
            x = transform.inv(value)
            event_dim += transform.domain.event_dim - transform.codomain.event_dim
            log_det = transform.log_abs_det_jacobian(x, value)
            log_prob = log_prob - _sum_rightmost(log_det, event_dim - transform.domain.event_dim)
            value = x
        base = self.base_dist.log_prob(value)
        return log_prob + _sum_rightmost(base, event_dim - len(self.base_dist.event_shape))

    def _monotonize_cdf(self, value):
        """Probabilities of the base's samples, of which a falling transform counts those above."""
        sign = ComposeTransform(self.transforms).sign
        if isinstance(sign, int) and sign == 1:
            return value
        return sign * (value - 0.5) + 0.5

    def cdf(self, value):
        value = reduce(lambda v, t: t.inv(v), reversed(self.transforms), value)
        if self._validate_args:
            self.base_dist._validate_sample(value)
        return self._monotonize_cdf(self.base_dist.cdf(value))

    def icdf(self, value):
        return self._pushed(self.base_dist.icdf(self._monotonize_cdf(value)))
