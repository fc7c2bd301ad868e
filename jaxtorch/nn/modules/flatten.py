"""Flatten and Unflatten."""

from __future__ import annotations

from ..._core.tensor import Tensor
from ._layer import Layer

__all__ = ["Flatten", "Unflatten"]


class Flatten(Layer, show="start_dim={start_dim}, end_dim={end_dim}"):
    """Joins the dimensions from ``start_dim`` to ``end_dim`` into one.

    Example:
        >>> import jaxtorch as torch
        >>> torch.nn.Flatten()(torch.zeros(2, 3, 4)).shape
        torch.Size([2, 12])
    """

    start_dim: int = 1
    end_dim: int = -1

    def forward(self, input: Tensor) -> Tensor:
        return input.flatten(self.start_dim, self.end_dim)


class Unflatten(Layer, show="dim={dim}, unflattened_size={unflattened_size}"):
    """Splits a dimension into several, the reverse of Flatten.

    Args:
        dim: the dimension.
        unflattened_size: the sizes it splits into.
    """

    dim: int
    unflattened_size: tuple[int, ...] | list[int]

    def _settle(self) -> None:
        size = self.unflattened_size
        if not isinstance(size, (tuple, list)):
            raise TypeError(
                f"unflattened_size must be a tuple of ints, but found type {type(size).__name__}"
            )
        for i, s in enumerate(size):
            if not isinstance(s, int):
                raise TypeError(
                    "unflattened_size must be tuple of ints, but found element of type "
                    f"{type(s).__name__} at pos {i}"
                )

    def forward(self, input: Tensor) -> Tensor:
        return input.unflatten(self.dim, self.unflattened_size)
