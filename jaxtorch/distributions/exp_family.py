"""Exponential families: entropy by differentiating the log normalizer."""

from __future__ import annotations

from .._core.tensor import Tensor
from ..autograd import grad
from .distribution import Distribution
from .utils import _sum_rightmost, _undefined

__all__ = ["ExponentialFamily"]


class ExponentialFamily(Distribution):
    """Distributions of density ``exp(t(x) . theta - F(theta) + k(x))``.

    Subclasses give ``_natural_params`` (theta), ``_log_normalizer`` (F) and ``_mean_carrier_measure`` (the
    mean of k), from which entropy and the divergence of two of the same family follow.
    """

    _natural_params = _undefined("theta: a tuple of tensors.")
    _mean_carrier_measure = _undefined("The mean of k.")

    def _log_normalizer(self, *natural_params) -> Tensor:
        raise NotImplementedError

    def _differentiated(self):
        """The natural parameters, the log normalizer there, and its gradients, which can be differentiated."""
        given = [p.detach().requires_grad_() for p in self._natural_params]
        normalizer = self._log_normalizer(*given)
        return given, normalizer, grad(normalizer.sum(), given, create_graph=True)

    def entropy(self) -> Tensor:
        """The entropy, as the Bregman divergence of the log normalizer gives it."""
        given, result, gradients = self._differentiated()
        result = -self._mean_carrier_measure + result
        for parameter, g in zip(given, gradients):
            term = parameter * g
            result = result - _sum_rightmost(term, term.dim() - len(self._batch_shape))
        return result
