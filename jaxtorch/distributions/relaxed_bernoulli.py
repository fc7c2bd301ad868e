"""Bernoulli numbers relaxed to (0, 1), so that samples have gradients."""

from __future__ import annotations

from .._core.tensor import Tensor
from ..nn._namespace import torch
from . import constraints
from .distribution import Distribution
from .transformed_distribution import TransformedDistribution
from .transforms import SigmoidTransform
from .utils import _ProbsOrLogits, _through, _validated, broadcast_all, clamp_probs

__all__ = ["LogitRelaxedBernoulli", "RelaxedBernoulli"]


class LogitRelaxedBernoulli(_ProbsOrLogits, Distribution):
    """The log odds of `RelaxedBernoulli` numbers.

    Source: Maddison, Mnih and Teh 2017, The concrete distribution; Jang, Gu and Poole 2017, Categorical
    reparameterization with Gumbel-softmax.

    Args:
        temperature: positive; towards 0 samples become 0 and 1.
        probs: the probability of 1; or
        logits: its log odds.
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.real

    def __init__(
        self, temperature: Tensor, probs: Tensor | float | None = None, logits: Tensor | float | None = None,
        validate_args: bool | None = None,
    ):  # fmt: skip
        self.temperature = temperature
        self._choose(probs, logits)
        super().__init__(self._param.size(), validate_args=validate_args)

    def rsample(self, sample_shape=()):
        shape = self._extended_shape(sample_shape)
        probs = clamp_probs(self.probs.expand(shape))
        uniforms = clamp_probs(torch.rand(shape, dtype=probs.dtype, device=probs.device))
        odds = uniforms.log() - (-uniforms).log1p() + probs.log() - (-probs).log1p()
        return odds / self.temperature

    @_validated
    def log_prob(self, value):
        logits, value = broadcast_all(self.logits, value)
        difference = logits - value.mul(self.temperature)
        return self.temperature.log() + difference - 2 * difference.exp().log1p()


class RelaxedBernoulli(TransformedDistribution):
    """Bernoulli numbers relaxed to (0, 1), of which samples have gradients.

    Args:
        temperature: positive; towards 0 samples become 0 and 1.
        probs: the probability of 1; or
        logits: its log odds.
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.unit_interval
    has_rsample = True
    temperature, logits, probs = _through("base_dist", "temperature", "logits", "probs")

    def __init__(
        self, temperature: Tensor, probs: Tensor | float | None = None, logits: Tensor | float | None = None,
        validate_args: bool | None = None,
    ):  # fmt: skip
        super().__init__(LogitRelaxedBernoulli(temperature, probs, logits), SigmoidTransform(), validate_args)
