"""Distances as modules."""

from __future__ import annotations

from ._layer import Layer

__all__ = ["PairwiseDistance", "CosineSimilarity"]


class PairwiseDistance(Layer, call="pairwise_distance(x1, x2, self.norm, eps, keepdim)", show=""):
    """The p-norm of ``x1 - x2 + eps`` along the last dimension.

    Example:
        >>> import jaxtorch as torch
        >>> torch.nn.PairwiseDistance()(torch.zeros(1, 2), torch.tensor([[3.0, 4.0]]))
        tensor([5.0000])
    """

    p: float = 2.0
    eps: float = 1e-6
    keepdim: bool = False

    _passed = frozenset({"p"})

    def _settle(self, p: float) -> None:
        self.norm = p


class CosineSimilarity(Layer, call="cosine_similarity(x1, x2, dim, eps)", show=""):
    """The cosine of the angle between ``x1`` and ``x2`` along ``dim``."""

    dim: int = 1
    eps: float = 1e-8
