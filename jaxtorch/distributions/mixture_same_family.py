"""Mixtures of distributions of one family."""

from __future__ import annotations

from .._core.tensor import Tensor
from ..nn._namespace import torch
from . import constraints
from .categorical import Categorical
from .constraints import MixtureSameFamilyConstraint
from .distribution import Distribution
from .utils import _through, _validated

__all__ = ["MixtureSameFamily"]


class MixtureSameFamily(Distribution):
    """Samples of one of K distributions, which a categorical one chooses.

    Args:
        mixture_distribution: the `Categorical` that chooses.
        component_distribution: a batch of distributions, numbered by its rightmost batch dimension.
    """

    arg_constraints = {}
    mixture_distribution = _through("", "_mixture_distribution")
    component_distribution = _through("", "_component_distribution")

    def __init__(
        self, mixture_distribution: Categorical, component_distribution: Distribution,
        validate_args: bool | None = None,
    ):  # fmt: skip
        if not isinstance(mixture_distribution, Categorical):
            raise ValueError(
                " The Mixture distribution needs to be an  instance of torch.distributions.Categorical"
            )
        if not isinstance(component_distribution, Distribution):
            raise ValueError(
                "The Component distribution needs to be an instance of torch.distributions.Distribution"
            )
        self._mixture_distribution = mixture_distribution
        self._component_distribution = component_distribution
        mixed, batch = mixture_distribution.batch_shape, component_distribution.batch_shape[:-1]
        if any(a != b and 1 not in (a, b) for a, b in zip(reversed(mixed), reversed(batch))):
            raise ValueError(
                f"`mixture_distribution.batch_shape` ({mixed}) is not compatible with "
                f"`component_distribution.batch_shape`({batch})"
            )
        self._num_component, count = mixture_distribution.logits.shape[-1], component_distribution.batch_shape[-1]
        if self._num_component != count:
            raise ValueError(
                f"`mixture_distribution component` ({self._num_component}) does not equal "
                f"`component_distribution.batch_shape[-1]` ({count})"
            )
        event_shape = component_distribution.event_shape
        self._event_ndims = len(event_shape)
        super().__init__(batch_shape=batch, event_shape=event_shape, validate_args=validate_args)

    def _batch_of(self, part, batch_shape):
        return batch_shape + (self._num_component,) if part is self._component_distribution else batch_shape

    @constraints.dependent_property
    def support(self):
        return MixtureSameFamilyConstraint(self._component_distribution.support)

    def _pad(self, x: Tensor) -> Tensor:
        return x.unsqueeze(-1 - self._event_ndims)

    def _expected(self, values: Tensor) -> Tensor:
        """The mean over the components."""
        probs = self._pad_mixture_dimensions(self.mixture_distribution.probs)
        return torch.sum(probs * values, dim=-1 - self._event_ndims)

    def _pad_mixture_dimensions(self, x: Tensor) -> Tensor:
        missing = len(self.batch_shape) - len(self.mixture_distribution.batch_shape)
        if len(self.mixture_distribution.batch_shape) == 1:
            missing = 0
        return x.reshape((*x.shape[:-1], *[1] * missing, x.shape[-1], *[1] * self._event_ndims))

    @property
    def mean(self):
        return self._expected(self.component_distribution.mean)

    @property
    def variance(self):
        within = self._expected(self.component_distribution.variance)
        return within + self._expected((self.component_distribution.mean - self._pad(self.mean)).pow(2.0))

    def cdf(self, x):  # pyright: ignore[reportIncompatibleMethodOverride]
        return torch.sum(self.component_distribution.cdf(self._pad(x)) * self.mixture_distribution.probs, dim=-1)

    @_validated
    def log_prob(self, x):
        log_probs = self.component_distribution.log_prob(self._pad(x))
        return torch.logsumexp(log_probs + torch.log_softmax(self.mixture_distribution.logits, dim=-1), dim=-1)

    def sample(self, sample_shape=()):
        with torch.no_grad():
            dim = len(sample_shape) + len(self.batch_shape)
            chosen = self.mixture_distribution.sample(sample_shape)
            samples = self.component_distribution.sample(sample_shape)
            chosen = chosen.reshape((*chosen.shape, 1, *[1] * self._event_ndims))
            chosen = chosen.repeat((*[1] * (chosen.dim() - self._event_ndims), *self.event_shape))
            return torch.gather(samples, dim, chosen).squeeze(dim)

    def __repr__(self):
        return f"MixtureSameFamily(\n  {self.mixture_distribution},\n  {self.component_distribution})"
