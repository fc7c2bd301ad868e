"""The categorical distribution with samples in one-hot coding."""

from __future__ import annotations

from .._core.tensor import Tensor
from ..nn import functional as F
from ..nn._namespace import torch
from . import constraints
from .categorical import Categorical
from .distribution import Distribution
from .utils import _through, _validated

__all__ = ["OneHotCategorical", "OneHotCategoricalStraightThrough"]


class OneHotCategorical(Distribution):
    """One of K categories, as a vector with one at its place and zeros elsewhere.

    Args:
        probs: their probabilities along the last dimension, which are normalized; or
        logits: the logarithms of these, up to a constant.
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    support = constraints.one_hot
    has_enumerate_support = True
    logits, probs, param_shape, _param, _new = _through(
        "_categorical", "logits", "probs", "param_shape", "_param", "_new"
    )
    mean = probs

    def __init__(
        self, probs: Tensor | None = None, logits: Tensor | None = None, validate_args: bool | None = None
    ):
        self._categorical = Categorical(probs, logits)
        super().__init__(self._categorical.batch_shape, self._categorical.param_shape[-1:], validate_args)

    def _coded(self, indices: Tensor) -> Tensor:
        return F.one_hot(indices, self._categorical._num_events).to(self.probs)

    @property
    def mode(self):
        return self._coded(self.probs.argmax(dim=-1))

    @property
    def variance(self):
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape=()):
        return self._coded(self._categorical.sample(sample_shape))

    @_validated
    def log_prob(self, value):
        return self._categorical.log_prob(value.max(-1)[1])

    def entropy(self):
        return self._categorical.entropy()

    def enumerate_support(self, expand=True):
        n = self.event_shape[0]
        return self._enumerated(torch.eye(n, dtype=self._param.dtype, device=self._param.device), expand)


class OneHotCategoricalStraightThrough(OneHotCategorical):
    """One-hot samples whose gradient is passed to the probabilities as if they were the samples.

    Source: Bengio, Leonard and Courville 2013, Estimating or propagating gradients through stochastic neurons.
    """

    has_rsample = True

    def rsample(self, sample_shape=()):
        return self.sample(sample_shape) + (self.probs - self.probs.detach())
