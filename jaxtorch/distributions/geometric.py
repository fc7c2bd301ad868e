"""The geometric distribution."""

from __future__ import annotations

from .._core.tensor import Tensor
from ..nn import functional as F
from ..nn._namespace import torch
from . import constraints
from .distribution import Distribution
from .utils import _ProbsOrLogits, _validated, broadcast_all

__all__ = ["Geometric"]


class Geometric(_ProbsOrLogits, Distribution):
    """How often trials fail before one succeeds.

    Args:
        probs: the probability of success; or
        logits: its log odds.
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.nonnegative_integer

    def __init__(
        self, probs: Tensor | float | None = None, logits: Tensor | float | None = None,
        validate_args: bool | None = None,
    ):  # fmt: skip
        self._choose(probs, logits)
        super().__init__(self._param.size(), validate_args=validate_args)
        if self._validate_args and probs is not None:
            self._demand(self.probs, self.probs > 0, _not_positive)

    @property
    def mean(self):
        return 1.0 / self.probs - 1.0

    @property
    def mode(self):
        return torch.zeros_like(self.probs)

    @property
    def variance(self):
        return (1.0 / self.probs - 1.0) / self.probs

    def sample(self, sample_shape=()):
        with torch.no_grad():
            u = self.probs.new(self._extended_shape(sample_shape)).uniform_(torch.finfo(self.probs.dtype).tiny, 1)
            return (u.log() / (-self.probs).log1p()).floor()

    @_validated
    def log_prob(self, value):
        value, probs = broadcast_all(value, self.probs)
        probs = probs.masked_fill((probs == 1) & (value == 0), 0)
        return value * (-probs).log1p() + self.probs.log()

    def entropy(self):
        return F.binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none") / self.probs


def _not_positive(distribution, value, kind: str) -> str:
    return (
        f"Expected parameter probs {kind} of distribution {distribution!r} to be positive but found invalid "
        f"values:\n{value.data[~(value > 0)]}"
    )
