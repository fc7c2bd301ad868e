"""Learning rate schedules: the numbers of PyTorch's, to the last bit.

Most schedulers compute the next rate from the present one (``get_lr``), so that several may act on
one optimizer; where there is a closed form, ``step(epoch)`` uses it.
"""

from ._schedules.base import LRScheduler
from ._schedules.by_epoch import (
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiplicativeLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)  # fmt: skip
from ._schedules.composed import ChainedScheduler, SequentialLR
from ._schedules.cycles import CyclicLR, OneCycleLR
from ._schedules.plateau import ReduceLROnPlateau

__all__ = [
    "LambdaLR", "MultiplicativeLR", "StepLR", "MultiStepLR", "ConstantLR", "LinearLR", "ExponentialLR",
    "SequentialLR", "CosineAnnealingLR", "ChainedScheduler", "ReduceLROnPlateau", "CyclicLR",
    "CosineAnnealingWarmRestarts", "OneCycleLR", "PolynomialLR", "LRScheduler",
]  # fmt: skip


class _LRScheduler(LRScheduler):
    """The former name of `LRScheduler`, for schedulers that derive from it."""
