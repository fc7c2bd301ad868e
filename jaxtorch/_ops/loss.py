"""Losses.

What is one kernel in PyTorch is an op here; what PyTorch composes of other ops is composed of the
same ones, so that the graph shows the same nodes. `reduction` is PyTorch's number: 0 none, 1 mean,
2 sum.
"""

from __future__ import annotations

import math

import numpy as np
from jax import lax
from jax import numpy as jnp

from .._core import dtypes, errors
from .._core.dispatch import dispatch
from .._core.layout import broadcast_shapes, contiguous, pointwise_layout
from .._core.spec import composite, departs, op, registry
from .._core.tensor import Tensor
from .activation import pairwise_distance
from .dims import refuse
from .families import FLOAT
from .precision import accumulator

NONE, MEAN, SUM = 0, 1, 2


def reduced(loss: Tensor, reduction: int) -> Tensor:
    """A loss by element, its mean or its sum."""
    return loss.mean() if reduction == MEAN else loss.sum() if reduction == SUM else loss


def _reduce(loss, reduction: int, count: int | None = None):
    if reduction == NONE:
        return loss
    total = jnp.sum(loss)
    return total if reduction == SUM else total / jnp.asarray(count or loss.size, loss.dtype)


def _share(g, reduction: int, count: int):
    """The cotangent of each element of a loss, before it broadcasts."""
    return g / jnp.asarray(count, g.dtype) if reduction == MEAN else g


def _loss_layout(layouts, *, reduction, **_):
    shape = broadcast_shapes(*[l.shape for l in layouts])
    return contiguous(()) if reduction else pointwise_layout(shape, tuple(layouts))


# -- of the difference ----------------------------------------------------------------------------
_PAIR = {"forms": "nn", "promote": "result", "layout": _loss_layout}


def _pull(g, slope, reduction: int):
    """The gradients of input and target from the derivative by their difference."""
    out = _share(g, reduction, slope.size) * slope
    return out, -out


@op("mse_loss(Tensor self, Tensor target, int reduction=1)", **_PAIR, kernel=f"mse_cpu: {FLOAT}",
    grad=lambda g, self, target, reduction: _pull(g, 2 * (self - target), reduction))  # fmt: skip
def mse_loss(self, target, *, reduction):
    """The squared difference."""
    d = self - target
    return _reduce(d * d, reduction)


def _check_beta(self, target, beta, *, reduction):
    if beta.number < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")


def _smooth_slope(d, beta):
    return jnp.where(d <= -beta, -1, jnp.where(d >= beta, 1, d / beta)).astype(d.dtype)


@op("smooth_l1_loss(Tensor self, Tensor target, int reduction=1, Scalar beta=1.0)", **_PAIR,
    check=_check_beta, kernel=f"smooth_l1_cpu: {FLOAT}",
    grad=lambda g, self, target, reduction, beta: _pull(
        g, _smooth_slope(self - target, beta), reduction))  # fmt: skip
def smooth_l1_loss(self, target, beta, *, reduction):
    """The absolute difference, squared (over ``2 beta``) where it is below ``beta``."""
    d = lax.abs(self - target)
    return _reduce(jnp.where(d < beta, 0.5 * d * d / beta, d - 0.5 * beta), reduction)


def _check_delta(self, target, delta, *, reduction):
    if delta.number <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")


def _held(d, delta):
    return jnp.where(d <= -delta, -delta, jnp.where(d >= delta, delta, d))


@op("huber_loss(Tensor self, Tensor target, int reduction=1, Scalar delta=1.0)", **_PAIR,
    check=_check_delta, kernel=f"huber_cpu: {FLOAT}",
    grad=lambda g, self, target, reduction, delta: _pull(
        g, _held(self - target, delta), reduction))  # fmt: skip
def huber_loss(self, target, delta, *, reduction):
    """Half the squared difference, a line where it is above ``delta``."""
    d = lax.abs(self - target)
    return _reduce(jnp.where(d < delta, 0.5 * d * d, delta * (d - 0.5 * delta)), reduction)


@composite("l1_loss(Tensor self, Tensor target, int reduction=1)", forms="nn")
def l1_loss(self, target, reduction):
    """The absolute difference."""
    return reduced((self - target).abs(), reduction)


# -- of probabilities -----------------------------------------------------------------------------
def _check_bce(self, target, weight=None, *, reduction):
    if self.shape != target.shape:
        raise RuntimeError(
            f"value cannot be converted: the input has shape {list(self.shape)}, the target {list(target.shape)}"
        )
    for x in (target, weight):
        if x is not None and x.dtype is not self.dtype:
            if self.dtype.category != 2:
                raise refuse("binary_cross_entropy", self.dtype)
            raise RuntimeError(f"Found dtype {x.dtype.title} but expected {self.dtype.title}")


def _outside(x):
    # nan is in no range
    return jnp.any(~((x >= 0) & (x <= 1)))


def _bce_error(self, target, weight, *, reduction):
    values = self._host().astype(np.float64)
    which = "input" if ((values < 0) | (values > 1) | np.isnan(values)).any() else "target"
    return RuntimeError(f"all elements of {which} should be between 0 and 1")


@departs("divided by at least 1e-12, also where the function holds its logarithms at -100")
def _bce_gradient(g, self, target, weight, reduction, needs):
    g = _share(g, reduction, self.size)
    if weight is not None:
        g = g * weight
    own = g * (self - target) / jnp.maximum((1 - self) * self, jnp.asarray(1e-12, self.dtype))
    other = g * (lax.log1p(-self) - lax.log(self)) if needs[1] else None
    return own, other, None


@op("binary_cross_entropy(Tensor self, Tensor target, Tensor? weight=None, int reduction=1)", forms="nn",
    promote="same", layout=_loss_layout, check=_check_bce, kernel=f"binary_cross_entropy: {FLOAT}",
    bounds=lambda self, target, weight, *, reduction: _outside(self) | _outside(target),
    bounds_error=_bce_error, grad=_bce_gradient)  # fmt: skip
def binary_cross_entropy(self, target, weight, *, reduction):
    """``-target * log(self) - (1 - target) * log(1 - self)``, each logarithm at least -100."""
    floor = jnp.asarray(-100, self.dtype)
    loss = (target - 1) * jnp.maximum(lax.log1p(-self), floor) - target * jnp.maximum(lax.log(self), floor)
    return _reduce(loss if weight is None else loss * weight, reduction)


def _log_sigmoid(x):
    return jnp.minimum(x, jnp.zeros((), x.dtype)) - lax.log1p(lax.exp(-lax.abs(x)))


@departs("that of the logistic function at 0, where the function takes a minimum")
def _bce_logits_gradient(g, self, target, weight, pos_weight, reduction, needs):
    count = self.size
    g = _share(g, reduction, count)
    if weight is not None:
        g = g * weight
    positive = target if pos_weight is None else pos_weight * target
    own = g * ((positive + 1 - target) * lax.logistic(self) - positive)
    other = None
    if needs[1]:
        other = -self if pos_weight is None else _log_sigmoid(-self) - pos_weight * _log_sigmoid(self)
        other = g * other
    return own, other, None, None


def _check_bce_logits(self, target, weight=None, pos_weight=None, *, reduction):
    if self.dtype.category < 2:
        return  # refused as the kernel of the sigmoid refuses it
    if target.dtype is dtypes.bool_:
        raise RuntimeError(errors.TWO_BOOLS)
    if target.dtype.category < 2:
        raise RuntimeError(errors.CAST.format(result=self.dtype, out=target.dtype))


@op("binary_cross_entropy_with_logits(Tensor self, Tensor target, Tensor? weight=None, Tensor? pos_weight=None, "
    "int reduction=0)", forms="function", promote=lambda pairs, **_: pairs[1][0], layout=_loss_layout,
    check=_check_bce_logits, kernel=f"log_sigmoid_cpu: {FLOAT}", grad=_bce_logits_gradient)  # fmt: skip
def binary_cross_entropy_with_logits(self, target, weight, pos_weight, *, reduction):
    """`binary_cross_entropy` of ``sigmoid(self)``, without overflow."""
    log_weight = 1 if pos_weight is None else (pos_weight - 1) * target + 1
    loss = (1 - target) * self - log_weight * _log_sigmoid(self)
    return _reduce(loss if weight is None else loss * weight, reduction)


@composite("kl_div(Tensor self, Tensor target, int reduction=0, *, bool log_target=False)", forms="function")
def kl_div(self, target, reduction, *, log_target):
    """``target * (log(target) - self)``, where ``self`` (and with ``log_target`` the target too) is a
    logarithm of probabilities."""
    for x in (self, target):
        if x.dtype.category != 2:
            kind = "Complex" if x.is_complex() else "Integral"
            raise RuntimeError(f"kl_div: {kind} inputs not supported.")
    if log_target:
        return reduced(target.exp() * (target - self), reduction)
    return reduced(target.xlogy(target) - target * self, reduction)


@composite("poisson_nll_loss(Tensor input, Tensor target, bool log_input, bool full, float eps, int reduction)",
           forms="function")  # fmt: skip
def poisson_nll_loss(input, target, log_input, full, eps, reduction):
    """The negative logarithm of a Poisson probability of ``target``, without what is constant."""
    loss = input.exp() - target * input if log_input else input - target * (input + eps).log()
    if full:
        stirling = target * target.log() - target + 0.5 * (2 * math.pi * target).log()
        loss = loss + stirling.masked_fill(target <= 1, 0)
    return reduced(loss, reduction)


# -- of classes -----------------------------------------------------------------------------------
def _class_dim(x) -> int:
    return 0 if x.ndim == 1 else 1


def _check_nll(self, target, weight, *, reduction, ignore_index, node):
    if self.dtype.category != 2:
        raise refuse("nll_loss_out_frame" if self.ndim < 3 else "nll_loss2d_forward_out_frame", self.dtype)
    if self.ndim < 3 and target.ndim > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if target.dtype.name not in ("int64", "uint8"):
        raise RuntimeError(f"expected target dtype to be Long or Byte, but got {target.dtype.title}")
    if self.ndim >= 3 and self.shape[2:] != target.shape[1:]:
        raise RuntimeError(
            f"Expected target size {[self.shape[0], *self.shape[2:]]}, got {list(target.shape)}"
        )
    classes = self.shape[_class_dim(self)]
    if weight is not None:
        if weight.dtype is not self.dtype:
            raise RuntimeError(f"expected scalar type {self.dtype.title} but found {weight.dtype.title}")
        if weight.shape != (classes,):
            shown = list(weight.shape)
            if self.ndim < 3:
                raise RuntimeError(
                    f"weight tensor should be defined either for all {classes} classes or no classes but "
                    f"got weight tensor of shape: {shown}"
                )
            raise RuntimeError("weight tensor should be defined either for all or no classes")


def _classes_out_of_range(self, target, weight, *, ignore_index, **_):
    classes = self.shape[_class_dim(self)]
    return jnp.any((target != ignore_index) & ((target < 0) | (target >= classes)))


def _class_error(self, target, weight, *, ignore_index, **_):
    values, classes = target._host().reshape(-1), self.shape[_class_dim(self)]
    wrong = values[(values != ignore_index) & ((values < 0) | (values >= classes))]
    return IndexError(f"Target {wrong[0]} is out of bounds.")


def _class_weights(self, target, weight, ignore_index):
    """The weight of each target: zero where it is ignored."""
    valid = target != ignore_index
    kind = accumulator(self.dtype)
    if weight is None:
        return valid.astype(kind)
    return jnp.where(valid, weight[jnp.where(valid, target, 0)].astype(kind), jnp.zeros((), kind))


def _nll_gradient(g, self, target, weight, reduction, ignore_index):
    dim = _class_dim(self)
    target = target.astype(jnp.int64)
    weights = _class_weights(self, target, weight, ignore_index)
    if reduction == MEAN:
        g = g / jnp.sum(weights)
    places = lax.broadcasted_iota(target.dtype, self.shape, dim) == jnp.expand_dims(target, dim)
    each = jnp.expand_dims(-g * weights, dim)
    return jnp.where(places, each, jnp.zeros((), each.dtype)), None, None


@op("nll_loss(Tensor self, Tensor target, Tensor? weight, int reduction, int ignore_index, str node)", forms="",
    check=_check_nll, bounds=_classes_out_of_range, bounds_error=_class_error, node=lambda node, **_: node,
    watches="self", grad=_nll_gradient)  # fmt: skip
def nll_loss(self, target, weight, *, reduction, ignore_index, node):
    """Minus the value at each target's class, times the class's weight."""
    target = target.astype(jnp.int64)
    dim = _class_dim(self)
    safe = jnp.where(target == ignore_index, 0, target)
    weights = _class_weights(self, target, weight, ignore_index)
    picked = jnp.take_along_axis(self, jnp.expand_dims(safe, dim), dim, mode="clip").squeeze(dim)
    loss = jnp.where(target == ignore_index, jnp.zeros((), weights.dtype), -picked * weights)
    if reduction:
        loss = jnp.sum(loss)
    if reduction == MEAN:
        loss = loss / jnp.sum(weights)
    return loss.astype(self.dtype)


def _class_loss(self, target, weight, reduction, ignore_index):
    if self.ndim < 3:
        node = "NllLossBackward0"
    else:
        node = "ViewBackward0" if reduction == NONE and self.ndim != 4 else "NllLoss2DBackward0"
    return dispatch(registry["nll_loss"], (self, target, weight), (reduction, ignore_index, node))


@composite("nll_loss_nd(Tensor self, Tensor target, Tensor? weight=None, int reduction=1, int ignore_index=-100)",
           forms="nn")  # fmt: skip
def nll_loss_nd(self, target, weight, reduction, ignore_index):
    """`nll_loss` of (classes,), (batch, classes) or (batch, classes, d1, ...)."""
    if self.ndim < 1:
        raise ValueError(f"Expected 1 or more dimensions (got {self.ndim})")
    if self.ndim != 1 and self.shape[0] != (target.shape[0] if target.ndim else 1):
        raise ValueError(
            f"Expected input batch_size ({self.shape[0]}) to match target batch_size ({target.shape[0]})."
        )
    return _class_loss(self, target, weight, reduction, ignore_index)


@op("smooth_class_loss(Tensor self, Tensor target, Tensor? weight, int reduction, int ignore_index)", forms="",
    node="MulBackward0")  # fmt: skip
def smooth_class_loss(self, target, weight, *, reduction, ignore_index):
    """Minus the sum of (weighted) log-probabilities over all classes, where the target counts."""
    dim = _class_dim(self)
    kind = accumulator(self.dtype)
    values = self.astype(kind)
    if weight is not None:
        shape = [-1 if d == dim else 1 for d in range(self.ndim)]
        values = values * weight.astype(kind).reshape(shape)
    valid = target != ignore_index
    loss = jnp.where(valid, -jnp.sum(values, dim), jnp.zeros((), kind))
    if reduction:
        loss = jnp.sum(loss)
    if reduction == MEAN:
        loss = loss / jnp.sum(_class_weights(self, target.astype(jnp.int64), weight, ignore_index))
    return loss.astype(self.dtype)


@op("quotient(Tensor self, Scalar other)", forms="", promote="result", node="DivBackward1",
    grad=lambda g, other: g / other)  # fmt: skip
def quotient(self, other):
    return self / other


def _probability_loss(self, target, weight, reduction, smoothing):
    dim = _class_dim(self)
    classes = self.shape[dim]
    scores = self.log_softmax(dim)
    if smoothing > 0:
        target = target * (1 - smoothing) + smoothing / classes
    products = scores * target
    if weight is not None:
        products = products * weight.view([-1 if d == dim else 1 for d in range(self.ndim)])
    if reduction == NONE:
        return -products.sum(dim)
    loss = -products.sum()
    if reduction == SUM:
        return loss
    return dispatch(registry["quotient"], (loss, self.numel() / classes if classes else math.nan))


@composite("cross_entropy_loss(Tensor self, Tensor target, Tensor? weight=None, int reduction=1, "
           "int ignore_index=-100, float label_smoothing=0.0)", forms="nn")  # fmt: skip
def cross_entropy_loss(self, target, weight, reduction, ignore_index, label_smoothing):
    """Minus the log-softmax of scores at each target's class, or weighted by class probabilities."""
    smoothing = label_smoothing
    if self.shape == target.shape and self.ndim:
        if target.dtype.category != 2:
            raise RuntimeError(
                f"Expected floating point type for target with class probabilities, got {target.dtype.title}"
            )
        if ignore_index >= 0:
            raise RuntimeError("ignore_index is not supported for floating point target")
        classes = self.shape[_class_dim(self)]
        if weight is not None and tuple(weight.shape) != (classes,):
            raise RuntimeError(
                f"cross_entropy: weight tensor should be defined either for all {classes} classes or no "
                f"classes but got weight tensor of shape: {list(weight.shape)}"
            )
        return _probability_loss(self, target, weight, reduction, smoothing)
    if not 0 <= smoothing <= 1:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {smoothing:g}")
    dim = _class_dim(self)
    scores = self.log_softmax(dim)
    loss = nll_loss_nd(scores, target, weight, reduction, ignore_index)
    if smoothing == 0:
        return loss
    smooth = dispatch(registry["smooth_class_loss"], (scores, target, weight), (reduction, ignore_index))
    return loss * (1 - smoothing) + smooth * (smoothing / self.shape[dim])


# -- of margins -----------------------------------------------------------------------------------
def _soft_margin_gradient(g, self, target, reduction):
    z = lax.exp(-target * self)
    return -target * z / (1 + z) * _share(g, reduction, self.size), None


def _check_soft_margin(self, target, *, reduction):
    if target.dtype is dtypes.bool_:
        raise RuntimeError(
            "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a "
            "mask, use the `~` or `logical_not()` operator instead."
        )
    if self.dtype.category < 2:
        raise RuntimeError(f"result type Float can't be cast to the desired output type {self.dtype.title}")


@op("soft_margin_loss(Tensor self, Tensor target, int reduction=1)", forms="nn", promote="result",
    layout=_loss_layout, check=_check_soft_margin, grad=_soft_margin_gradient)  # fmt: skip
def soft_margin_loss(self, target, *, reduction):
    """``log(1 + exp(-target * self))``."""
    return _reduce(lax.log1p(lax.exp(-target * self)), reduction)


def _rows(x):
    return x.reshape(1, -1) if x.ndim < 2 else x


def _check_rows(self):
    if self.ndim > 2 or 0 in (self.shape if self.ndim == 1 else self.shape[1:]):
        raise RuntimeError(
            "Expected non-empty vector or matrix with optional 0-dim batch size, but got: " + str(list(self.shape))
        )


def _check_labels(target):
    if target.dtype is not dtypes.int64:
        raise RuntimeError(f"expected scalar type Long but found {target.dtype.title}")


def _check_multi_margin(self, target, margin, weight, *, p, reduction):
    if p not in (1, 2):
        raise RuntimeError("only p == 1 and p == 2 supported")
    _check_rows(self)
    count = self.shape[0] if self.ndim == 2 else 1
    if target.ndim > 1 or (target.shape or (1,))[0] != count:
        raise RuntimeError(
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples (batch "
            f"size). Expected target size [{count}], but got {list(target.shape)}. Input has shape "
            f"{list(self.shape)}."
        )
    if weight is not None and weight.shape != (self.shape or (1,))[-1:]:
        raise RuntimeError(
            f"inconsistent weight size, expected {(self.shape or (1,))[-1]} but got {list(weight.shape)}"
        )
    _check_labels(target)
    if self.dtype.name not in ("float32", "float64"):
        raise refuse("multi_margin_loss_cpu_kernel", self.dtype)


def _target_outside(self, target, margin, weight, **_):
    return jnp.any((target < 0) | (target >= (self.shape or (1,))[-1]))


@op("multi_margin_loss(Tensor self, Tensor target, int p=1, Scalar margin=1.0, Tensor? weight=None, int reduction=1)",
    forms="nn", check=_check_multi_margin, bounds=_target_outside, once=True,
    bounds_error=lambda *_, **__: RuntimeError("target out of range"))  # fmt: skip
def multi_margin_loss(self, target, margin, weight, *, p, reduction):
    """For each other class, how much less than ``margin`` the target's score is above its score."""
    x, t = _rows(self), target.reshape(-1)
    picked = jnp.take_along_axis(x, t[:, None], 1, mode="clip")
    lack = margin.astype(x.dtype) - picked + x
    lack = jnp.where(lack > 0, lack, jnp.zeros((), x.dtype)) ** p
    if weight is not None:
        lack = lack * weight[t][:, None]
    others = lax.broadcasted_iota(t.dtype, x.shape, 1) != t[:, None]
    loss = jnp.sum(jnp.where(others, lack, jnp.zeros((), x.dtype)), 1) / x.shape[1]
    return _reduce(loss.reshape(()) if self.ndim < 2 and not target.ndim else loss, reduction)


def _check_multilabel(self, target, *, reduction):
    _check_rows(self)
    if self.shape != target.shape:
        raise RuntimeError(f"inconsistent target size: {list(target.shape)} for input of size: {list(self.shape)}")
    if self.dtype.name not in ("float32", "float64"):
        raise refuse("multilabel_margin_loss_forward_out_frame", self.dtype)


def _labels_outside(self, target, *, reduction):
    return jnp.any((target < -1) | (target >= max(self.shape[-1:] or (1,))))


@op("multilabel_margin_loss(Tensor self, Tensor target, int reduction=1)", forms="nn", check=_check_multilabel,
    bounds=_labels_outside,
    bounds_error=lambda *_, **__: RuntimeError("argument #2 'target' is out of range"))  # fmt: skip
def multilabel_margin_loss(self, target, *, reduction):
    """For each pair of a target class and another, how much less than 1 their scores differ.

    A row of ``target`` lists classes up to the first -1.
    """
    x, t = _rows(self), _rows(target)
    listed = jnp.cumsum(t < 0, 1) == 0
    safe = jnp.where(listed, t, 0)
    classes = lax.broadcasted_iota(t.dtype, (1, 1, x.shape[1]), 2)
    is_target = jnp.any((safe[:, :, None] == classes) & listed[:, :, None], 1)
    picked = jnp.take_along_axis(x, safe, 1)
    lack = 1 - (picked[:, :, None] - x[:, None, :])
    counts = listed[:, :, None] & ~is_target[:, None, :] & (lack > 0)
    loss = jnp.sum(jnp.where(counts, lack, jnp.zeros((), x.dtype)), (1, 2)) / x.shape[1]
    return _reduce(loss.reshape(()) if self.ndim < 2 else loss, reduction)


_REDUCED = "int reduction=0"


@composite(f"hinge_embedding_loss(Tensor self, Tensor target, float margin=1.0, {_REDUCED})", forms="function")
def hinge_embedding_loss(self, target, margin, reduction):
    """``self`` where the target is 1, ``max(0, margin - self)`` where it is -1."""
    zeros = self.new_zeros(())
    beyond = (self.new_full((), margin) - self).clamp_min(0)
    loss = beyond.where(target != 1, zeros) + self.where(target != -1, zeros)
    return reduced(loss, reduction)


@composite(f"margin_ranking_loss(Tensor input1, Tensor input2, Tensor target, float margin=0.0, {_REDUCED})",
           forms="function")  # fmt: skip
def margin_ranking_loss(input1, input2, target, margin, reduction):
    """``max(0, -target * (input1 - input2) + margin)``."""
    difference = input1 - input2
    return reduced((-target * difference + margin).clamp_min_(0), reduction)


def _check_cosine_embedding(input1, input2, target):
    if target.ndim > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    wanted = target.ndim + 1
    if input1.ndim != wanted or input2.ndim != wanted:
        raise RuntimeError(
            f"{target.ndim}D target tensor expects {wanted}D input tensors, but found inputs with sizes "
            f"{list(input1.shape)} and {list(input2.shape)}."
        )


@composite(f"cosine_embedding_loss(Tensor input1, Tensor input2, Tensor target, float margin=0.0, {_REDUCED})",
           forms="function")  # fmt: skip
def cosine_embedding_loss(input1, input2, target, margin, reduction):
    """``1 - cos`` where the target is 1, ``max(0, cos - margin)`` where it is -1."""
    _check_cosine_embedding(input1, input2, target)
    dim, tiny = target.ndim, 1e-12
    square1, square2 = (input1 * input1).sum(dim) + tiny, (input2 * input2).sum(dim) + tiny
    cosine = (input1 * input2).sum(dim) / (square1 * square2).sqrt()
    zeros = cosine.new_zeros(())
    near = (1 - cosine).where(target == 1, zeros)
    far = (cosine - margin).clamp_min(0).where(target == -1, zeros)
    return reduced(near + far, reduction)


@composite("triplet_margin_loss(Tensor anchor, Tensor positive, Tensor negative, float margin=1.0, float p=2, "
           f"float eps=1e-6, bool swap=False, {_REDUCED})", forms="function")  # fmt: skip
def triplet_margin_loss(anchor, positive, negative, margin, p, eps, swap, reduction):
    """How much less than ``margin`` farther the negative is from the anchor than the positive is."""
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of "
            f"dimensions, but got: anchor {anchor.ndim}D, positive {positive.ndim}D, and negative "
            f"{negative.ndim}D inputs"
        )
    near = pairwise_distance(anchor, positive, p, eps, False)
    far = pairwise_distance(anchor, negative, p, eps, False)
    if swap:
        far = far.minimum(pairwise_distance(positive, negative, p, eps, False))
    return reduced((margin + near - far).clamp_min(0), reduction)
