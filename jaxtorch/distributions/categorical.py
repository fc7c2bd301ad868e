"""The categorical distribution."""

from __future__ import annotations

import math

from .._core.tensor import Tensor
from ..nn._namespace import torch
from . import constraints
from .distribution import Distribution
from .utils import _parameter_of, _ProbsOrLogits, _validated

__all__ = ["Categorical"]


class Categorical(_ProbsOrLogits, Distribution):
    """One of the numbers 0, ..., K - 1.

    Args:
        probs: their probabilities along the last dimension, which are normalized; or
        logits: the logarithms of these, up to a constant.
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    has_enumerate_support = True
    _binary = False

    def __init__(
        self, probs: Tensor | None = None, logits: Tensor | None = None, validate_args: bool | None = None
    ):
        name, value = _parameter_of(probs=probs, logits=logits) or ("", None)
        if value is not None and value.dim() < 1:
            raise ValueError(f"`{name}` parameter must be at least one-dimensional.")
        self._choose(probs, logits)
        if probs is not None:
            self.probs = probs / probs.sum(-1, keepdim=True)  # pyright: ignore[reportAttributeAccessIssue]
        else:
            self.logits = logits - logits.logsumexp(dim=-1, keepdim=True)  # pyright: ignore[reportAttributeAccessIssue]
        *batch, self._num_events = self._param.size()
        super().__init__(torch.Size(batch), validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self):
        return constraints.integer_interval(0, self._num_events - 1)

    @property
    def mean(self):
        return self._filled(math.nan, self.probs)

    variance = mean

    @property
    def mode(self):
        return self.probs.argmax(dim=-1)

    def sample(self, sample_shape=()):
        sample_shape = torch.Size(sample_shape)
        rows = self.probs.reshape(-1, self._num_events)
        samples = torch.multinomial(rows, sample_shape.numel(), True).T
        return samples.reshape(self._extended_shape(sample_shape))

    @_validated
    def log_prob(self, value):
        value, log_pmf = torch.broadcast_tensors(value.long().unsqueeze(-1), self.logits)
        return log_pmf.gather(-1, value[..., :1]).squeeze(-1)

    def entropy(self):
        logits = torch.clamp(self.logits, min=torch.finfo(self.logits.dtype).min)
        return -(logits * self.probs).sum(-1)

    def enumerate_support(self, expand=True):
        return self._enumerated(torch.arange(self._num_events, dtype=torch.long, device=self._param.device), expand)
