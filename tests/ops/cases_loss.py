"""Losses: every reduction, weights, and the values where they bend."""

from __future__ import annotations

from math import inf

import numpy as np

from tests.ops.recipes import B, I, S, T, V, bad, op, source

F = "nn.functional."
X, Y = T(2, 3), T(2, 3)
PROB, TARGET = T(2, 3, lo=0.1, hi=0.9), T(2, 3, lo=0.0, hi=1.0)
LOGITS, CLASSES = T(4, 3), V([0, 2, 1, 2], "int64")
IGNORED = V([0, -100, 1, 2], "int64")
SIGNS = V([[1.0, -1.0, 1.0], [-1.0, 1.0, -1.0]], grad=False)
REDUCTIONS = ("none", "mean", "sum")
CHECKS = ("forward", "dtype", "grad", "layouts", "backward", "saved")
FLOATS = ("float16", "bfloat16", "int64", "bool", "complex64")


def log_probs(a: np.ndarray) -> np.ndarray:
    """Rows of log-probabilities."""
    return a - np.log(np.exp(a).sum(1, keepdims=True))


LOGP = T(4, 3, fix=log_probs)
DIST = T(4, 3, lo=0.1, hi=0.9, fix=lambda a: a / a.sum(1, keepdims=True))


def _loss(name, *args, more=(), facts=None, **kwargs):
    """The loss with its default, with every reduction, and further samples."""
    samples = [S(*args, **kwargs), *[S(*args, **kwargs, reduction=r) for r in ("none", "sum")],
        *more]
    return op(F + name, *samples, checks=CHECKS, dtypes=FLOATS, **(facts or {}))


#: torch has no derivative of these gradients.
NOT_TWICE = {"tags": ("no_second",)}

CASES = [
    op("nn.functional.multi_margin_loss", S(T(), V(0, "int64")), S(T(3), V([1], "int64")), checks=("forward", "grad")),
    op("nn.functional.linear_cross_entropy", S(T(3, 4), T(5, 4), I(3, n=5), linear_bias=T(5)),
        S(T(4), T(5, 4), I(n=5), reduction="sum"), S(T(3, 4), T(5, 2, 4), I(3, 2, n=5), ignore_index=1,
        label_smoothing=0.1), S(T(3, 4), T(5, 4), T(3, 5, lo=0, hi=1), reduction="none"),
        checks=("forward", "grad")),
    _loss("mse_loss", X, Y, more=[S(T(3), T(3)), S(T(), T()), S(X, Y, weight=TARGET)]),
    _loss("l1_loss", X, Y, more=[S(V([1.0, 2.0]), V([1.0, 3.0]))]),
    _loss("smooth_l1_loss", X, Y, more=[S(X, Y, beta=0.5), S(X, Y, beta=0.0), S(V([1.0, 2.0, 0.0]),
        V([0.0, 2.0, 3.0]))]),
    _loss("huber_loss", X, Y, more=[S(X, Y, delta=0.5), S(V([1.0, 2.0]), V([0.0, 2.0]))]),
    _loss("binary_cross_entropy", PROB, TARGET, more=[S(PROB, TARGET, weight=T(2, 3, lo=0.1,
        grad=False))]),
    # where a logarithm is held at -100, second derivatives are of the order of 1e23
    op(F + "binary_cross_entropy", S(V([0.0, 1.0, 0.5]), V([1.0, 0.0, 1.0], grad=False)),
        checks=("forward", "grad"), tags=("no_second",)),
    _loss("binary_cross_entropy_with_logits", X, TARGET, more=[S(X, TARGET, pos_weight=T(3, lo=0.1,
        grad=False)), S(X, TARGET, T(2, 3, lo=0.1, grad=False)), S(V([100.0, -100.0, 0.0]), V([0.0,
        1.0, 1.0]))]),
    _loss("nll_loss", LOGP, CLASSES, more=[S(LOGP, IGNORED), S(LOGP, CLASSES, weight=T(3, lo=0.1,
        grad=False)), S(LOGP, CLASSES, T(3, lo=0.1, grad=False), reduction="none"), S(LOGP,
        CLASSES, ignore_index=2), S(T(3), V(1, "int64")), S(T(2, 3, 2), I(2, 2, n=3)), S(LOGP,
        V([-100] * 4, "int64"))]),
    _loss("cross_entropy", LOGITS, CLASSES, more=[S(LOGITS, IGNORED), S(LOGITS, CLASSES,
        weight=T(3, lo=0.1, grad=False)), S(LOGITS, CLASSES, label_smoothing=0.1), S(LOGITS, DIST),
        S(LOGITS, DIST, reduction="none", label_smoothing=0.2), S(T(3), V(1, "int64")), S(T(2, 3,
        2), I(2, 2, n=3)), S(LOGITS, IGNORED, T(3, lo=0.1, grad=False), label_smoothing=0.1),
        S(LOGITS, CLASSES, ignore_index=2), S(LOGITS, DIST, T(3, lo=0.1, grad=False))]),
    _loss("kl_div", LOGP, DIST, more=[S(LOGP, DIST, reduction="batchmean"), S(LOGP, LOGP,
        log_target=True, reduction="sum"), S(LOGP, V([[0.0, 0.5, 0.5]] * 4), reduction="sum")]),
    _loss("poisson_nll_loss", X, T(2, 3, lo=0.0, hi=4.0), more=[S(X, TARGET, log_input=False), S(X,
        T(2, 3, lo=0.0, hi=4.0, grad=False), full=True)]),
    _loss("gaussian_nll_loss", X, Y, T(2, 3, lo=0.2), more=[S(X, Y, T(2, 1, lo=0.2), full=True),
        S(X, Y, T(2, lo=0.2)), S(X, Y, 0.5)]),
    _loss("hinge_embedding_loss", X, SIGNS, more=[S(X, SIGNS, margin=0.5)]),
    _loss("margin_ranking_loss", T(3), T(3), V([1.0, -1.0, 1.0], grad=False), more=[S(T(3), T(3),
        V([1.0, -1.0, 1.0], grad=False), margin=0.5)]),
    _loss("cosine_embedding_loss", X, Y, V([1.0, -1.0], grad=False), more=[S(X, Y, V([1.0, -1.0],
        grad=False), margin=0.5), S(T(3), T(3), V(1.0, grad=False))]),
    _loss("soft_margin_loss", X, SIGNS),
    _loss("multilabel_soft_margin_loss", X, T(2, 3, lo=0, hi=1, grad=False)),
    _loss("multi_margin_loss", LOGITS, CLASSES, more=[S(LOGITS, CLASSES, p=2, margin=0.5),
        S(LOGITS, CLASSES, weight=T(3, lo=0.1, grad=False))], facts=NOT_TWICE),
    _loss("multilabel_margin_loss", LOGITS, V([[0, 2, -1], [1, -1, 0], [-1, 0, 1], [2, 1, 0]],
        "int64"), facts=NOT_TWICE),
    _loss("triplet_margin_loss", X, Y, T(2, 3), more=[S(X, Y, T(2, 3), margin=2.0, p=1.0), S(X, Y,
        T(2, 3), swap=True)]),
    _loss("triplet_margin_with_distance_loss", X, Y, T(2, 3)),
    op(F + "ctc_loss", S(T(4, 2, 3, fix=lambda a: a - np.log(np.exp(a).sum(2, keepdims=True))),
        V([[1, 2], [2, 1]], "int64"), V([4, 4], "int64"), V([2, 1], "int64")), S(T(4, 2, 3,
        fix=lambda a: a - np.log(np.exp(a).sum(2, keepdims=True))), V([[1, 0], [0, 1]], "int64"),
        V([4, 3], "int64"), V([2, 1], "int64"), 0, "sum"),
        checks=("forward", "grad"), tags=("no_second",), covers=("ctc_loss.raw",)),
    op(F + "mse_loss", S(X, T(1, 3)), S(X, T(3)), checks=("forward",), tags=("warns",)),
    op(F + "l1_loss", S(X, T(3)), checks=("forward",), tags=("warns",)),
    op(F + "smooth_l1_loss", S(X, T(3)), checks=("forward",), tags=("warns",)),
    op(F + "huber_loss", S(X, T(3)), checks=("forward",), tags=("warns",)),
    op(F + "kl_div", S(LOGP, DIST), checks=("forward",), tags=("warns",)),
    *[op(F + n, S(X, Y, reduce=False), S(X, Y, size_average=False), S(X, Y, size_average=True,
        reduce=True), checks=("forward",), tags=("warns",)) for n in ("mse_loss", "l1_loss")],
    op(F + "cross_entropy", S(LOGITS, CLASSES, size_average=False), S(LOGITS, CLASSES,
        reduce=False), checks=("forward",), tags=("warns",), covers=("smooth_class_loss",
        "quotient")),
    op(F + "cross_entropy", S(V([[inf, 0.0], [-inf, 1.0]]), V([1, 0], "int64")), S(V([[1e4, 0.0]]),
        V([1], "int64")), checks=("forward",)),
    *[op(n, S(X, SIGNS), checks=("forward",)) for n in ("hinge_embedding_loss",)],
    op("margin_ranking_loss", S(T(3), T(3), V([1.0, -1.0, 1.0])), checks=("forward",)),
    op("cosine_embedding_loss", S(X, Y, V([1.0, -1.0])), checks=("forward",)),
    op("triplet_margin_loss", S(X, Y, T(2, 3)), checks=("forward",)),
    op("kl_div", S(LOGP, DIST), checks=("forward",)),
    op("poisson_nll_loss", S(X, TARGET, True, False, 1e-8, 1), checks=("forward",)),
    op("binary_cross_entropy_with_logits", S(X, TARGET), checks=("forward",)),
    source("F.cross_entropy(x, y).item()", {"x": LOGITS, "y": CLASSES},
        covers=("cross_entropy_loss", "nll_loss_nd")),
    source("F.nll_loss(F.log_softmax(x, 1), y)", {"x": LOGITS, "y": CLASSES}),
    source("F.mse_loss(input=x, target=y)", {"x": X, "y": Y}),
]  # fmt: skip

REFUSALS = [
    *(bad(f"F.binary_cross_entropy_with_logits(x, y.{kind}())", x=T(2, 3), y=T(2, 3, lo=0, hi=1))
      for kind in ("bool", "long", "byte")),
    bad("F.multi_margin_loss(x, y)", x=T(5, 0), y=I(5, n=1)),
    bad("F.multi_margin_loss(x, y)", x=T(2, 3), y=I(3, n=2)),
    bad("F.multi_margin_loss(x, y)", x=T(2, 3), y=T(2)),
    bad("F.multilabel_margin_loss(x, y)", x=T(5, 0), y=I(5, 4, n=1)),
    bad("F.linear_cross_entropy(x, x, y)", x=T(2, 3, 4), y=I(2, n=3)),
    bad("F.linear_cross_entropy(x, x, y)", x=T(3), y=I(2, n=3)),
    bad("F.linear_cross_entropy(x, y, z)", x=T(2, 3), y=T(4, 5), z=I(2, n=3)),
    bad("F.linear_cross_entropy(x, y, z, linear_bias=x)", x=T(2, 3), y=T(4, 3), z=I(2, n=3)),
    bad("F.linear_cross_entropy(x, y, z)", x=T(3), y=T(4, 2, 3), z=I(2, n=3)),
    bad("F.linear_cross_entropy(x, y, x, ignore_index=0)", x=T(3, 3), y=T(3, 3)),
    bad("F.mse_loss(x, y)", x=X, y=T(2, 4)),
    bad("F.mse_loss(x, y, reduction='no')", x=X, y=Y),
    bad("F.mse_loss(x)", x=X),
    bad("F.mse_loss(x, 1.0)", x=X),
    bad("F.mse_loss(x, y)", x=T(2, dtype="int64"), y=T(2, dtype="int64")),
    bad("F.l1_loss(x, y)", x=X, y=T(4)),
    bad("F.smooth_l1_loss(x, y, beta=-1)", x=X, y=Y),
    bad("F.huber_loss(x, y, delta=0)", x=X, y=Y),
    bad("F.binary_cross_entropy(x, y)", x=PROB, y=T(3)),
    bad("F.binary_cross_entropy(x, y)", x=V([1.5, 0.5]), y=V([1.0, 0.0])),
    bad("F.binary_cross_entropy(x, y)", x=V([0.5, 0.5]), y=V([2.0, 0.0])),
    bad("F.binary_cross_entropy(x, y)", x=PROB, y=B(2, 3)),
    bad("F.binary_cross_entropy(x, y)", x=PROB, y=T(2, 3, dtype="float64", lo=0, hi=1)),
    bad("F.binary_cross_entropy_with_logits(x, y)", x=X, y=T(3)),
    bad("F.nll_loss(x, y)", x=LOGP, y=V([0, 3, 1, 2], "int64")),
    bad("F.nll_loss(x, y)", x=LOGP, y=V([0, -1, 1, 2], "int64")),
    bad("F.nll_loss(x, y)", x=LOGP, y=V([0, 1], "int64")),
    bad("F.nll_loss(x, y)", x=LOGP, y=V([0.0, 1.0, 1.0, 2.0])),
    bad("F.nll_loss(x, y)", x=LOGP, y=V([0, 1, 1, 2], "int32")),
    bad("F.nll_loss(x, y)", x=T(), y=V(0, "int64")),
    bad("F.nll_loss(x, y, w)", x=LOGP, y=CLASSES, w=T(2)),
    bad("F.cross_entropy(x, y)", x=LOGITS, y=V([0, 3, 1, 2], "int64")),
    bad("F.cross_entropy(x, y)", x=LOGITS, y=V([0, 1], "int64")),
    bad("F.cross_entropy(x, y)", x=LOGITS, y=V([0.0, 1.0, 1.0, 2.0])),
    bad("F.cross_entropy(x, y)", x=LOGITS, y=T(4, 2)),
    bad("F.cross_entropy(x, y, label_smoothing=1.5)", x=LOGITS, y=CLASSES),
    bad("F.cross_entropy(x, y)", x=LOGITS, y=I(4, 3, n=3)),
    bad("F.cross_entropy(x, y)", x=T(4, 3, dtype="int64"), y=CLASSES),
    bad("F.cross_entropy(x, y, reduction='avg')", x=LOGITS, y=CLASSES),
    bad("F.kl_div(x, y, reduction='no')", x=LOGP, y=DIST),
    bad("F.kl_div(x, y)", x=LOGP, y=T(2)),
    bad("F.gaussian_nll_loss(x, y, v)", x=X, y=Y, v=V([[-1.0, 1.0, 1.0]] * 2)),
    bad("F.gaussian_nll_loss(x, y, v)", x=X, y=Y, v=T(4, lo=0.1)),
    bad("F.gaussian_nll_loss(x, y, v, reduction='no')", x=X, y=Y, v=T(2, 3, lo=0.1)),
    bad("F.margin_ranking_loss(x, y, z)", x=X, y=T(2), z=T(2)),
    bad("F.cosine_embedding_loss(x, y, z)", x=X, y=Y, z=X),
    bad("F.multi_margin_loss(x, y)", x=LOGITS, y=V([0, 5, 1, 2], "int64")),
    bad("F.multi_margin_loss(x, y, p=3)", x=LOGITS, y=CLASSES),
    bad("F.triplet_margin_loss(x, y, z)", x=X, y=Y, z=T(3)),
    bad("F.multilabel_margin_loss(x, y)", x=LOGITS, y=V([[0, 5, -1]] * 4, "int64")),
    bad("F.soft_margin_loss(x, y)", x=X, y=T(4)),
    bad("F.hinge_embedding_loss(x, y, reduction='no')", x=X, y=Y),
]  # fmt: skip
