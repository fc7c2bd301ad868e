"""Losses."""

from __future__ import annotations

import math
import warnings

from ..._core import dtypes
from ..._core.dispatch import dispatch
from ..._core.layout import broadcast_shapes
from ..._core.spec import registry
from ..._ops.comparison import refuse_where
from ...autograd.grad_mode import no_grad
from .public import nn, public, torch

# -- reduction ------------------------------------------------------------------------------------
_NUMBERS = {"none": 0, "mean": 1, "sum": 2}


def number_of(reduction: str) -> int:
    """The number by which the ops know a reduction."""
    if reduction == "elementwise_mean":
        warnings.warn(
            "reduction='elementwise_mean' is deprecated. Please use reduction='mean' instead.",
            stacklevel=4,
        )
        return 1
    if reduction not in _NUMBERS:
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return _NUMBERS[reduction]


def named(size_average, reduce, reduction: str) -> str:
    """``reduction``, or what PyTorch's old pair of booleans stands for."""
    if size_average is None and reduce is None:
        return reduction
    if reduce is False:
        found = "none"
    else:
        found = "sum" if size_average is False else "mean"
    warnings.warn(
        f"size_average and reduce args will be deprecated, please use reduction='{found}' instead.",
        stacklevel=4,
    )
    return found


def _broadcast(input, target):
    """Both in one shape, with PyTorch's warning where they had two."""
    if target.size() == input.size():
        return input, target
    warnings.warn(
        f"Using a target size ({target.size()}) that is different to the input size ({input.size()}). "
        "This will likely lead to incorrect results due to broadcasting. Please ensure they have "
        "the same size.",
        stacklevel=4,
    )
    shape = broadcast_shapes(input._layout.shape, target._layout.shape)
    return input.expand(shape), target.expand(shape)


def _weighted(errors, weight, input, reduction: str, mean=None):
    """Weighted errors, reduced; ``mean`` is how PyTorch averages them."""
    if weight.size() != input.size():
        raise ValueError("Weights and input must have the same size.")
    loss = errors * weight
    if reduction == "mean":
        return loss.mean() if mean == "all" else loss.sum() / weight.sum()
    if reduction not in _NUMBERS:
        raise ValueError(
            f"Invalid reduction mode: {reduction}. Expected one of 'none', 'mean', 'sum'."
        )
    return loss.sum() if reduction == "sum" else loss


# -- of the difference ----------------------------------------------------------------------------
@public
def mse_loss(input, target, size_average=None, reduce=None, reduction="mean", weight=None):
    """The squared difference of input and target: its mean, its sum, or each."""
    given = input
    input, target = _broadcast(input, target)
    reduction = named(size_average, reduce, reduction)
    if weight is not None:
        return _weighted((input - target) ** 2, weight, given, reduction)
    return nn["mse_loss"](input, target, number_of(reduction))


@public
def l1_loss(input, target, size_average=None, reduce=None, reduction="mean", weight=None):
    """The absolute difference of input and target: its mean, its sum, or each."""
    given = input
    input, target = _broadcast(input, target)
    reduction = named(size_average, reduce, reduction)
    if weight is not None:
        return _weighted((input - target).abs(), weight, given, reduction)
    return nn["l1_loss"](input, target, number_of(reduction))


@public
def smooth_l1_loss(input, target, size_average=None, reduce=None, reduction="mean", beta=1.0):
    """The absolute difference, squared (over ``2 beta``) where it is below ``beta``."""
    input, target = _broadcast(input, target)
    number = number_of(named(size_average, reduce, reduction))
    if beta == 0.0:
        return nn["l1_loss"](input, target, number)
    return nn["smooth_l1_loss"](input, target, number, beta)


@public
def huber_loss(input, target, reduction="mean", delta=1.0, weight=None):
    """Half the squared difference, a line where it is above ``delta``."""
    given = input
    input, target = _broadcast(input, target)
    if weight is None:
        return nn["huber_loss"](input, target, number_of(reduction), delta)
    return _weighted(nn["huber_loss"](input, target, 0, delta), weight, given, reduction, "all")


# -- of probabilities -----------------------------------------------------------------------------
@public
def binary_cross_entropy(
    input, target, weight=None, size_average=None, reduce=None, reduction="mean"
):
    """``-target * log(input) - (1 - target) * log(1 - input)`` of probabilities.

    Raises:
        RuntimeError: a value outside [0, 1].
    """
    number = number_of(named(size_average, reduce, reduction))
    if target.size() != input.size():
        raise ValueError(
            f"Using a target size ({target.size()}) that is different to the input size ({input.size()}) "
            "is deprecated. Please ensure they have the same size."
        )
    if weight is not None:
        weight = weight.expand(broadcast_shapes(target._layout.shape, weight._layout.shape))
    return nn["binary_cross_entropy"](input, target, weight, number)


@public
def binary_cross_entropy_with_logits(
    input, target, weight=None, size_average=None, reduce=None, reduction="mean", pos_weight=None
):
    """`binary_cross_entropy` of ``sigmoid(input)``, without overflow.

    Args:
        pos_weight: what a positive target counts, against a negative one.
    """
    number = number_of(named(size_average, reduce, reduction))
    if target.size() != input.size():
        raise ValueError(
            f"Target size ({target.size()}) must be the same as input size ({input.size()})"
        )
    return torch["binary_cross_entropy_with_logits"](input, target, weight, pos_weight, number)


@public
def kl_div(input, target, size_average=None, reduce=None, reduction="mean", log_target=False):
    """``target * (log(target) - input)``: ``input`` holds log-probabilities.

    Args:
        reduction: ``"batchmean"`` is the mathematical mean; ``"mean"`` divides by all elements.
        log_target: whether the target is logarithms too.
    """
    if size_average is not None or reduce is not None:
        reduction = named(size_average, reduce, reduction)
    elif reduction == "mean":
        warnings.warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size."
            "'batchmean' divides only by the batch size, and aligns with the KL div math definition."
            "'mean' will be changed to behave the same as 'batchmean' in the next major release.",
            stacklevel=3,
        )
    number = 2 if reduction == "batchmean" else number_of(reduction)
    loss = torch["kl_div"](input, target, number, log_target=log_target)
    if reduction == "batchmean" and input.dim():
        loss = loss / input.size()[0]
    return loss


@public
def poisson_nll_loss(
    input, target, log_input=True, full=False, size_average=None, eps=1e-8, reduce=None,
    reduction="mean",
):  # fmt: skip
    """The negative logarithm of a Poisson probability of ``target``.

    Args:
        log_input: whether ``input`` is the logarithm of the rate.
        full: whether to add Stirling's approximation of ``log(target!)``.
    """
    number = number_of(named(size_average, reduce, reduction))
    return torch["poisson_nll_loss"](input, target, log_input, full, eps, number)


@public
def gaussian_nll_loss(input, target, var, full=False, eps=1e-6, reduction="mean"):
    """The negative logarithm of a normal density with mean ``input`` and variance ``var``.

    Args:
        var: of ``input``'s shape, or one for each row: (..., 1) or (...); or a float.
        full: whether to add the constant.
        eps: the least variance.
    """
    if isinstance(var, float):
        if var < 0:
            raise ValueError("var has negative entry/entries")
        var = var * torch["ones_like"](input)
    else:
        refuse_where(var < 0, ValueError, "var has negative entry/entries")
    if var.size() != input.size():
        if input.size()[:-1] == var.size():
            var = var.unsqueeze(-1)
        elif input.ndim != var.ndim or _other_sizes(input, var) != 1:
            raise ValueError("var is of incorrect size")
    if reduction not in _NUMBERS:
        raise ValueError(reduction + " is not valid")
    var = var.clone()
    with no_grad():
        var.clamp_(min=eps)
    loss = 0.5 * (var.log() + (input - target) ** 2 / var)
    if full:
        loss += 0.5 * math.log(2 * math.pi)
    return _reduced(loss, reduction)


def _other_sizes(input, var) -> int:
    return sum(v for s, v in zip(input.size(), var.size(), strict=True) if s != v)


def _reduced(loss, reduction: str):
    return loss.mean() if reduction == "mean" else loss.sum() if reduction == "sum" else loss


# -- of classes -----------------------------------------------------------------------------------
@public
def nll_loss(
    input, target, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean"
):
    """Minus the log-probability that ``input`` gives each target's class.

    Args:
        input: (classes,), (batch, classes) or (batch, classes, d1, ...).
        target: class numbers, int64, without the dim of classes.
        weight: (classes,), what each class counts.
        ignore_index: the class number that counts for nothing.

    Raises:
        IndexError: a target is no class.
    """
    number = number_of(named(size_average, reduce, reduction))
    return nn["nll_loss_nd"](input, target, weight, number, ignore_index)


@public
def cross_entropy(
    input, target, weight=None, size_average=None, ignore_index=-100, reduce=None,
    reduction="mean", label_smoothing=0.0,
):  # fmt: skip
    """`nll_loss` of ``log_softmax(input)``.

    Args:
        input: scores, (classes,), (batch, classes) or (batch, classes, d1, ...).
        target: class numbers without the dim of classes, or probabilities of ``input``'s shape.
        weight: (classes,), what each class counts.
        ignore_index: the class number that counts for nothing.
        label_smoothing: how much of each target is spread over all classes, in [0, 1].

    Raises:
        IndexError: a target is no class.
    """
    number = number_of(named(size_average, reduce, reduction))
    return nn["cross_entropy_loss"](input, target, weight, number, ignore_index, label_smoothing)


@public
def linear_cross_entropy(
    input, linear_weight, target, *, linear_bias=None, weight=None, reduction="mean", ignore_index=None,
    label_smoothing=0.0, options=None,
):  # fmt: skip
    """`cross_entropy` of ``linear(input, linear_weight, linear_bias)``.

    Args:
        input: (features,) or (batch, features).
        linear_weight: (classes, ..., features).
        target: as of `cross_entropy`.
        linear_bias: (classes, ...).
        options: `LinearCrossEntropyOptions`, to take the batch in chunks and never hold all scores.
    """
    if not 1 <= input.dim() <= 2:
        raise RuntimeError(f"expected input with dimensionality 1 or 2, got {input.dim()}")
    if linear_weight.dim() < 2:
        raise RuntimeError(f"expected linear_weight with dimensionality at least 2, got {linear_weight.dim()}")
    features = input.shape[-1]
    if features != linear_weight.shape[-1]:
        raise RuntimeError(
            "expected equal input and linear_weight last dimensions (in_features), "
            f"got {features} and {linear_weight.shape[-1]}, respectively"
        )
    outputs = tuple(linear_weight.shape[:-1])
    if linear_bias is not None and tuple(linear_bias.shape) != outputs:
        raise RuntimeError(f"expected linear_bias shape {outputs}, got {tuple(linear_bias.shape)}")
    if len(outputs) > 1 and input.dim() == 1:
        raise RuntimeError(
            f"K-dimensional loss defined by linear_weight shape {tuple(linear_weight.shape)} requires batched input, "
            f"(N, {features}), got unbatched input with shape {tuple(input.shape)}"
        )
    shape = (*input.shape[:-1], *outputs)
    if tuple(target.shape) == shape and ignore_index is not None:
        raise RuntimeError("ignore_index cannot be specified when target contains probabilities")
    if options is not None:
        if (
            len(outputs) == 1 and reduction in _NUMBERS and label_smoothing == 0.0 and target.dtype is dtypes.int64
        ):  # fmt: skip
            return _in_chunks(input, linear_weight, target, linear_bias, weight, reduction, ignore_index, options)
        warnings.warn(
            "linear_cross_entropy: ``options`` ignored; chunked path needs reduction in {'mean','sum','none'}, "
            "label_smoothing == 0, target.dtype == int64, out_features == (). Got "
            f"reduction={reduction!r}, label_smoothing={label_smoothing}, target.dtype={target.dtype}, "
            f"out_features={outputs[1:]}, tracing=False, linear_bias.shape="
            f"{None if linear_bias is None else tuple(linear_bias.shape)}.",
            stacklevel=3,
        )
    if len(outputs) > 1:
        linear_weight = linear_weight.reshape(-1, features)
        linear_bias = None if linear_bias is None else linear_bias.reshape(-1)
    return cross_entropy(
        nn["linear"](input, linear_weight, linear_bias).reshape(shape), target, weight=weight, reduction=reduction,
        ignore_index=-100 if ignore_index is None else ignore_index, label_smoothing=label_smoothing,
    )  # fmt: skip


def _in_chunks(input, linear_weight, target, linear_bias, weight, reduction, ignore_index, options):
    batched = input.dim() == 2
    if not batched:
        input, target = input.unsqueeze(0), target.unsqueeze(0)
    classes, features = linear_weight.shape
    rows, acc = options.settled(input.shape[0], features, classes, input.dtype, input.device)
    ignored = -100 if ignore_index is None else ignore_index
    static = (_NUMBERS[reduction], ignored, rows, acc)
    operands = (input, linear_weight, target, linear_bias, weight)
    out = dispatch(registry["linear_cross_entropy.chunked"], operands, static)
    return out if batched else out.squeeze(0)


# -- of margins -----------------------------------------------------------------------------------
@public
def soft_margin_loss(input, target, size_average=None, reduce=None, reduction="mean"):
    """``log(1 + exp(-target * input))`` for targets 1 and -1."""
    return nn["soft_margin_loss"](input, target, number_of(named(size_average, reduce, reduction)))


@public
def multilabel_soft_margin_loss(
    input, target, weight=None, size_average=None, reduce=None, reduction="mean"
):
    """The mean over classes of `binary_cross_entropy_with_logits`, for each row."""
    reduction = named(size_average, reduce, reduction)
    log_sigmoid = nn["log_sigmoid"]
    loss = -(target * log_sigmoid(input) + (1 - target) * log_sigmoid(-input))
    if weight is not None:
        loss = loss * weight
    loss = loss.sum(dim=input.dim() - 1) / input.size(input.dim() - 1)
    if reduction not in _NUMBERS:
        raise ValueError(reduction + " is not valid")
    return _reduced(loss, reduction)


@public
def multi_margin_loss(
    input, target, p=1, margin=1.0, weight=None, size_average=None, reduce=None, reduction="mean"
):
    """For each other class, how much less than ``margin`` the target's score is above its score."""
    number = number_of(named(size_average, reduce, reduction))
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    if weight is not None and weight.dim() != 1:
        raise ValueError("weight must be one-dimensional")
    return nn["multi_margin_loss"](input, target, p, margin, weight, number)


@public
def multilabel_margin_loss(input, target, size_average=None, reduce=None, reduction="mean"):
    """For each pair of a target class and another, how much less than 1 their scores differ."""
    number = number_of(named(size_average, reduce, reduction))
    return nn["multilabel_margin_loss"](input, target, number)


@public
def hinge_embedding_loss(
    input, target, margin=1.0, size_average=None, reduce=None, reduction="mean"
):
    """``input`` where the target is 1, ``max(0, margin - input)`` where it is -1."""
    number = number_of(named(size_average, reduce, reduction))
    return torch["hinge_embedding_loss"](input, target, margin, number)


@public
def margin_ranking_loss(
    input1, input2, target, margin=0, size_average=None, reduce=None, reduction="mean"
):
    """``max(0, -target * (input1 - input2) + margin)``: the first should rank higher for target 1."""
    number = number_of(named(size_average, reduce, reduction))
    if not input1.dim() == input2.dim() == target.dim():
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: "
            f"input1: {input1.size()}, input2: {input2.size()}, target: {target.size()} "
        )
    return torch["margin_ranking_loss"](input1, input2, target, margin, number)


@public
def cosine_embedding_loss(
    input1, input2, target, margin=0, size_average=None, reduce=None, reduction="mean"
):
    """``1 - cos`` where the target is 1, ``max(0, cos - margin)`` where it is -1."""
    number = number_of(named(size_average, reduce, reduction))
    return torch["cosine_embedding_loss"](input1, input2, target, margin, number)


@public
def triplet_margin_loss(
    anchor, positive, negative, margin=1.0, p=2, eps=1e-6, swap=False, size_average=None,
    reduce=None, reduction="mean",
):  # fmt: skip
    """How much less than ``margin`` farther the negative is from the anchor than the positive is."""
    number = number_of(named(size_average, reduce, reduction))
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    return torch["triplet_margin_loss"](anchor, positive, negative, margin, p, eps, swap, number)


@public
def triplet_margin_with_distance_loss(
    anchor, positive, negative, *, distance_function=None, margin=1.0, swap=False, reduction="mean"
):
    """`triplet_margin_loss` with a distance of one's own."""
    if reduction not in _NUMBERS:
        raise ValueError(f"{reduction} is not a valid value for reduction")
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of "
            f"dimensions, but got: anchor {anchor.ndim}D, positive {positive.ndim}D, and negative "
            f"{negative.ndim}D inputs"
        )
    distance = distance_function or torch["pairwise_distance"]
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = far.minimum(distance(positive, negative))
    return _reduced((margin + near - far).clamp_min(0), reduction)


@public
def ctc_loss(
    log_probs, targets, input_lengths, target_lengths, blank=0, reduction="mean",
    zero_infinity=False,
):  # fmt: skip
    """Minus the log-probability of label sequences under unaligned predictions.

    Args:
        log_probs: (steps, batch, labels) or (steps, labels).
        targets: (batch, longest), or all targets one after the other.
        input_lengths, target_lengths: (batch,), or sequences of ints.
        blank: the label that stands for none.
        zero_infinity: whether a target too long for its input counts 0 and not infinity.
    """
    number = number_of(reduction)
    return torch["ctc_loss"](
        log_probs, targets, input_lengths, target_lengths, blank, number, zero_infinity
    )
