"""Dropout as modules."""

from __future__ import annotations

from ._layer import Layer

__all__ = ["Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout"]


class _DropoutNd(Layer, show="p={p}, inplace={inplace}"):
    p: float = 0.5
    inplace: bool = False

    def _settle(self) -> None:
        if self.p < 0 or self.p > 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {self.p}")


class Dropout(_DropoutNd, call="dropout(input, p, training, inplace)"):
    """Zeroes elements with probability ``p`` in training and scales the rest by ``1 / (1 - p)``.

    Raises:
        ValueError: ``p`` is not in [0, 1].

    Example:
        >>> import jaxtorch as torch
        >>> torch.nn.Dropout(0.5).eval()(torch.ones(2))
        tensor([1., 1.])
    """


class Dropout1d(_DropoutNd, call="dropout1d(input, p, training, inplace)"):
    """Zeroes whole channels of (N, C, L) or (C, L) with probability ``p`` in training."""


class Dropout2d(_DropoutNd, call="dropout2d(input, p, training, inplace)"):
    """Zeroes whole channels of (N, C, H, W) with probability ``p`` in training."""


class Dropout3d(_DropoutNd, call="dropout3d(input, p, training, inplace)"):
    """Zeroes whole channels of (N, C, D, H, W) with probability ``p`` in training."""


class AlphaDropout(_DropoutNd, call="alpha_dropout(input, p, training)"):
    """Dropout that keeps mean and variance, for use with SELU (Klambauer et al., 2017)."""


class FeatureAlphaDropout(_DropoutNd, call="feature_alpha_dropout(input, p, training)"):
    """AlphaDropout of whole channels."""
