"""Focal loss (Lin et al., 2017: Focal loss for dense object detection)."""

from __future__ import annotations

from ..._core.tensor import Tensor
from ...nn import functional as F

__all__ = ["sigmoid_focal_loss"]


def sigmoid_focal_loss(inputs: Tensor, targets: Tensor, alpha: float = 0.25, gamma: float = 2,
                       reduction: str = "none") -> Tensor:  # fmt: skip
    """Binary cross entropy that easy examples count less in.

    Args:
        inputs: logits, floats of any shape.
        targets: 0 or 1, floats of the same shape.
        alpha: the weight of positive examples, that of negative ones being 1 - alpha; negative for no weights.
        gamma: how much less easy examples count.
        reduction: "none", "mean" or "sum".
    """
    if not 0 <= alpha <= 1 and alpha != -1:
        raise ValueError(f"Invalid alpha value: {alpha}. alpha must be in the range [0,1] or -1 for ignore.")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"Invalid Value for arg 'reduction': '{reduction} \n Supported reduction modes: 'none', "
                         "'mean', 'sum'")  # fmt: skip
    p = inputs.sigmoid()
    loss = F.binary_cross_entropy_with_logits(inputs, targets, reduction="none")
    loss = loss * (1 - (p * targets + (1 - p) * (1 - targets))) ** gamma
    if alpha >= 0:
        loss = (alpha * targets + (1 - alpha) * (1 - targets)) * loss
    return loss if reduction == "none" else loss.mean() if reduction == "mean" else loss.sum()
