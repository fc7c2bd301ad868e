"""Stochastic depth (Huang et al., 2016: Deep networks with stochastic depth)."""

from __future__ import annotations

from ... import nn
from ..._core.tensor import Tensor
from ...nn._namespace import torch

__all__ = ["StochasticDepth", "stochastic_depth"]


def stochastic_depth(input: Tensor, p: float, mode: str, training: bool = True) -> Tensor:
    """Zero the whole input or whole rows of it, and scale up what stays.

    Args:
        input: of any dtype and shape.
        p: the probability of zeros.
        mode: "batch" or "row".
        training: whether to do anything.

    Returns:
        A fresh tensor, or ``input`` where there is nothing to do.
    """
    if p < 0.0 or p > 1.0:
        raise ValueError(f"drop probability has to be between 0 and 1, but got {p}")
    if mode not in ("batch", "row"):
        raise ValueError(f"mode has to be either 'batch' or 'row', but got {mode}")
    if not training or p == 0.0:
        return input
    rows = input.shape[0] if mode == "row" else 1
    survival = 1.0 - p
    noise = torch.empty([rows] + [1] * (input.ndim - 1), dtype=input.dtype, device=input.device).bernoulli_(survival)
    if survival > 0.0:
        noise.div_(survival)
    return input * noise


class StochasticDepth(nn.Module):
    """`stochastic_depth` as a module.

    Args:
        p: the probability of zeros.
        mode: "batch" or "row".
    """

    def __init__(self, p: float, mode: str) -> None:
        super().__init__()
        self.p = p
        self.mode = mode

    def forward(self, input: Tensor) -> Tensor:
        return stochastic_depth(input, self.p, self.mode, self.training)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(p={self.p}, mode={self.mode})"
