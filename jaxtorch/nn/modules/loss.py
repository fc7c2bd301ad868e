"""Losses as modules."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable

from ..._core.tensor import Tensor
from .. import functional as F
from .._reduction import legacy_get_string
from ._layer import Layer
from .distance import PairwiseDistance
from .linear import Linear
from .linear_cross_entropy_options import LinearCrossEntropyOptions
from .module import Module

__all__ = [
    "L1Loss", "NLLLoss", "NLLLoss2d", "PoissonNLLLoss", "GaussianNLLLoss", "KLDivLoss", "MSELoss",
    "BCELoss", "BCEWithLogitsLoss", "HingeEmbeddingLoss", "MultiLabelMarginLoss", "SmoothL1Loss",
    "HuberLoss", "SoftMarginLoss", "CrossEntropyLoss", "MultiLabelSoftMarginLoss",
    "CosineEmbeddingLoss", "MarginRankingLoss", "MultiMarginLoss", "TripletMarginLoss",
    "TripletMarginWithDistanceLoss", "CTCLoss", "LinearCrossEntropyLoss",
]  # fmt: skip

Legacy = bool | None  # size_average and reduce, which reduction has replaced


class _Loss(Layer, show=""):
    size_average: Legacy = None
    reduce: Legacy = None
    reduction: str = "mean"

    _passed = frozenset({"size_average", "reduce"})

    def _settle(self, size_average: Legacy = None, reduce: Legacy = None) -> None:
        if size_average is not None or reduce is not None:
            self.reduction = legacy_get_string(size_average, reduce)


class _WeightedLoss(_Loss, show=""):
    weight: Tensor | None = None
    size_average: Legacy = None
    reduce: Legacy = None
    reduction: str = "mean"


class L1Loss(_Loss, call="l1_loss(input, target, reduction=reduction)"):
    """``|input - target|``, reduced.

    Args:
        reduction: ``"mean"``, ``"sum"`` or ``"none"``.

    Example:
        >>> import jaxtorch as torch
        >>> torch.nn.L1Loss()(torch.tensor([1.0, 2.0]), torch.tensor([0.0, 0.0]))
        tensor(1.5000)
    """


class NLLLoss(
    _WeightedLoss,
    call="nll_loss(input, target, weight=weight, ignore_index=ignore_index, reduction=reduction)",
):  # fmt: skip
    """The negative log likelihood of ``target`` (N, d...) under log-probabilities (N, C, d...).

    Args:
        weight: of each class, (C,).
        ignore_index: a target that does not count.
    """

    weight: Tensor | None = None
    size_average: Legacy = None
    ignore_index: int = -100
    reduce: Legacy = None
    reduction: str = "mean"


class NLLLoss2d(NLLLoss):
    """NLLLoss, by a former name."""

    def __init__(self, weight: Tensor | None = None, size_average: Legacy = None,
                 ignore_index: int = -100, reduce: Legacy = None,
                 reduction: str = "mean") -> None:  # fmt: skip
        warnings.warn(
            "`NLLLoss2d` has been deprecated. Please use `NLLLoss` instead as a drop-in "
            "replacement and see https://pytorch.org/docs/main/nn.html#torch.nn.NLLLoss for more "
            "details.",
            FutureWarning,
            stacklevel=2,
        )
        super().__init__(weight, size_average, ignore_index, reduce, reduction)


class PoissonNLLLoss(
    _Loss, inputs="log_input target",
    call="poisson_nll_loss(log_input, target, log_input=self.log_input, full=full, eps=eps, "
    "reduction=reduction)",
):  # fmt: skip
    """The negative log likelihood of counts under Poisson distributions of given (log) rates."""

    log_input: bool = True
    full: bool = False
    size_average: Legacy = None
    eps: float = 1e-8
    reduce: Legacy = None
    reduction: str = "mean"


class GaussianNLLLoss(
    _Loss, keyword_only=True,
    call="gaussian_nll_loss(input, target, var, full=full, eps=eps, reduction=reduction)",
):  # fmt: skip
    """The negative log likelihood under normal distributions of the given means and variances."""

    full: bool = False
    eps: float = 1e-6
    reduction: str = "mean"


class KLDivLoss(_Loss, call="kl_div(input, target, reduction=reduction, log_target=log_target)"):
    """``target * (log(target) - input)``, reduced; with ``log_target`` the target is a log too."""

    size_average: Legacy = None
    reduce: Legacy = None
    reduction: str = "mean"
    log_target: bool = False


class MSELoss(_Loss, call="mse_loss(input, target, reduction=reduction)"):
    """``(input - target) ** 2``, reduced.

    Args:
        reduction: ``"mean"``, ``"sum"`` or ``"none"``.

    Example:
        >>> import jaxtorch as torch
        >>> torch.nn.MSELoss()(torch.tensor([1.0, 2.0]), torch.tensor([0.0, 0.0]))
        tensor(2.5000)
    """


class BCELoss(
    _WeightedLoss, call="binary_cross_entropy(input, target, weight=weight, reduction=reduction)"
):
    """The cross entropy between probabilities and binary targets, reduced."""


class BCEWithLogitsLoss(
    _Loss,
    call="binary_cross_entropy_with_logits(input, target, weight, pos_weight=pos_weight, "
    "reduction=reduction)",
):  # fmt: skip
    """The cross entropy between ``sigmoid(input)`` and binary targets, reduced.

    Args:
        weight: of each element of the batch.
        pos_weight: of the positive examples of each class.
    """

    weight: Tensor | None = None
    size_average: Legacy = None
    reduce: Legacy = None
    reduction: str = "mean"
    pos_weight: Tensor | None = None


class HingeEmbeddingLoss(
    _Loss, call="hinge_embedding_loss(input, target, margin=margin, reduction=reduction)"
):
    """``x`` where the target is 1, ``max(0, margin - x)`` where it is -1, reduced."""

    margin: float = 1.0
    size_average: Legacy = None
    reduce: Legacy = None
    reduction: str = "mean"


class MultiLabelMarginLoss(
    _Loss, call="multilabel_margin_loss(input, target, reduction=reduction)"
):
    """The hinge loss of several classes a sample: targets (N, C) list them, ended by -1."""


class SmoothL1Loss(_Loss, call="smooth_l1_loss(input, target, reduction=reduction, beta=beta)"):
    """``0.5 * d ** 2 / beta`` where ``d = |input - target| < beta``, else ``d - 0.5 * beta``."""

    size_average: Legacy = None
    reduce: Legacy = None
    reduction: str = "mean"
    beta: float = 1.0


class HuberLoss(_Loss, call="huber_loss(input, target, reduction=reduction, delta=delta)"):
    """``d ** 2 / 2`` where ``d = |input - target| < delta``, else ``delta * (d - delta / 2)``."""

    reduction: str = "mean"
    delta: float = 1.0

    def _settle(self) -> None:
        if not isinstance(self.delta, (float, int)):
            raise TypeError(f"delta must be a float or int, got: {type(self.delta)}")


class SoftMarginLoss(_Loss, call="soft_margin_loss(input, target, reduction=reduction)"):
    """``log(1 + exp(-target * input))`` for targets 1 and -1, reduced."""


class CrossEntropyLoss(
    _WeightedLoss,
    call="cross_entropy(input, target, weight=weight, ignore_index=ignore_index, "
    "reduction=reduction, label_smoothing=label_smoothing)",
):  # fmt: skip
    """The cross entropy between logits (N, C, *) and classes (N, *) or probabilities (N, C, *).

    Args:
        weight: of each class, (C,).
        ignore_index: a class that does not count.
        label_smoothing: how much of the target is spread over all classes.

    Example:
        >>> import jaxtorch as torch
        >>> torch.nn.CrossEntropyLoss()(torch.zeros(1, 2), torch.tensor([0]))
        tensor(0.6931)
    """

    weight: Tensor | None = None
    size_average: Legacy = None
    ignore_index: int = -100
    reduce: Legacy = None
    reduction: str = "mean"
    label_smoothing: float = 0.0


class LinearCrossEntropyLoss(Module):
    """The cross entropy of a linear map's scores; the map's weight is its parameter.

    Args:
        in_features, num_classes: of the map.
        out_features: further dims of the scores (N, C, *out_features).
        bias: whether the map adds one.
        weight: of each class, (C,).
        ignore_index: a class that does not count.
        label_smoothing: how much of the target is spread over all classes.
        options: `LinearCrossEntropyOptions`, to take the batch in chunks.
    """

    def __init__(self, in_features: int, num_classes: int, *, out_features: tuple[int, ...] = (), bias: bool = False,
                 device=None, dtype=None, reduction: str = "mean", weight: Tensor | None = None,
                 ignore_index: int | None = None, label_smoothing: float = 0.0,
                 options: LinearCrossEntropyOptions | None = None) -> None:  # fmt: skip
        if weight is not None and tuple(weight.shape) != (num_classes,):
            raise RuntimeError(f"expected weight shape to be {(num_classes,)}, got {tuple(weight.shape)}")
        if not 0 <= label_smoothing <= 1:
            raise RuntimeError(f"expected label_smoothing to be in range [0, 1], got {label_smoothing}")
        super().__init__()
        self.register_buffer("weight", weight)
        self.reduction, self.num_classes, self.out_features = reduction, num_classes, out_features
        self.ignore_index, self.label_smoothing, self.options = ignore_index, label_smoothing, options
        outputs = math.prod(out_features, start=num_classes)
        self.linear = Linear(in_features, outputs, bias=bias, device=device, dtype=dtype)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        outputs, bias = (self.num_classes, *self.out_features), self.linear.bias
        return F.linear_cross_entropy(
            input, self.linear.weight.reshape((*outputs, self.linear.in_features)), target,
            linear_bias=None if bias is None else bias.reshape(outputs), weight=self.weight, reduction=self.reduction,
            ignore_index=self.ignore_index, label_smoothing=self.label_smoothing, options=self.options,
        )  # fmt: skip

    def extra_repr(self) -> str:
        return (
            f"in_features={self.linear.in_features}, num_classes={self.num_classes}, "
            f"out_features={self.out_features}, bias={self.linear.bias is not None}, reduction={self.reduction}, "
            f"ignore_index={self.ignore_index}, label_smoothing={self.label_smoothing}, options={self.options}"
        )


class MultiLabelSoftMarginLoss(
    _WeightedLoss,
    call="multilabel_soft_margin_loss(input, target, weight=weight, reduction=reduction)",
):
    """The cross entropy of each of C binary labels, averaged over the classes and reduced."""


class CosineEmbeddingLoss(
    _Loss, call="cosine_embedding_loss(input1, input2, target, margin=margin, reduction=reduction)"
):
    """``1 - cos`` of pairs that belong together (target 1), else ``max(0, cos - margin)``."""

    margin: float = 0.0
    size_average: Legacy = None
    reduce: Legacy = None
    reduction: str = "mean"


class MarginRankingLoss(
    _Loss, call="margin_ranking_loss(input1, input2, target, margin=margin, reduction=reduction)"
):
    """``max(0, -target * (input1 - input2) + margin)``, reduced."""

    margin: float = 0.0
    size_average: Legacy = None
    reduce: Legacy = None
    reduction: str = "mean"


class MultiMarginLoss(
    _WeightedLoss,
    call="multi_margin_loss(input, target, p=p, margin=margin, weight=weight, reduction=reduction)",
):  # fmt: skip
    """The hinge loss of one class a sample, to the power ``p`` (1 or 2), reduced."""

    p: int = 1
    margin: float = 1.0
    weight: Tensor | None = None
    size_average: Legacy = None
    reduce: Legacy = None
    reduction: str = "mean"

    def _settle(self, **legacy) -> None:
        super()._settle(**legacy)
        if self.p not in (1, 2):
            raise ValueError("only p == 1 and p == 2 supported")
        if self.weight is not None and self.weight.dim() != 1:
            raise ValueError(
                "MultiMarginLoss: expected weight to be None or 1D tensor, got "
                f"{self.weight.dim()}D instead"
            )


def _check_margin(self) -> None:
    if self.margin <= 0:
        name = type(self).__name__
        raise ValueError(f"{name}: expected margin to be greater than 0, got {self.margin} instead")


class TripletMarginLoss(
    _Loss,
    call="triplet_margin_loss(anchor, positive, negative, margin=margin, p=p, eps=eps, swap=swap, "
    "reduction=reduction)",
):  # fmt: skip
    """``max(0, d(anchor, positive) - d(anchor, negative) + margin)`` of p-norm distances."""

    margin: float = 1.0
    p: float = 2.0
    eps: float = 1e-6
    swap: bool = False
    size_average: Legacy = None
    reduce: Legacy = None
    reduction: str = "mean"

    def _settle(self, **legacy) -> None:
        super()._settle(**legacy)
        _check_margin(self)


class TripletMarginWithDistanceLoss(
    _Loss, keyword_only=True,
    call="triplet_margin_with_distance_loss(anchor, positive, negative, "
    "distance_function=distance_function, margin=margin, swap=swap, reduction=reduction)",
):  # fmt: skip
    """TripletMarginLoss of any distance; by default PairwiseDistance."""

    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None
    margin: float = 1.0
    swap: bool = False
    reduction: str = "mean"

    _passed = frozenset({"distance_function"})

    def _settle(self, distance_function=None) -> None:
        _check_margin(self)
        self.distance_function = (  # pyright: ignore[reportAttributeAccessIssue]
            PairwiseDistance() if distance_function is None else distance_function
        )


class CTCLoss(
    _Loss,
    call="ctc_loss(log_probs, targets, input_lengths, target_lengths, blank, reduction, "
    "zero_infinity)",
):  # fmt: skip
    """The connectionist temporal classification loss (Graves et al., 2006).

    Args:
        blank: the class that stands for no label.
        zero_infinity: whether infinite losses, of inputs too short, count as zero.
    """

    blank: int = 0
    reduction: str = "mean"
    zero_infinity: bool = False
