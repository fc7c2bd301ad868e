"""torch.nn.functional: the operations of neural networks as functions."""

from __future__ import annotations

from .._core.bind import namespaces as _namespaces
from ._functional.activation import (
    celu, celu_, cosine_similarity, elu, elu_, gelu, glu, gumbel_softmax, hardshrink, hardsigmoid,
    hardswish, hardtanh, hardtanh_, leaky_relu, leaky_relu_, log_softmax, logsigmoid, mish, normalize,
    pairwise_distance, prelu, relu, relu6, relu_, rrelu, rrelu_, selu, selu_, sigmoid, silu, softmax,
    softmin, softplus, softshrink, softsign, tanh, tanhshrink, threshold, threshold_,
)  # fmt: skip

_torch, _nn = _namespaces["torch"], _namespaces["nn"]
linear, bilinear = _nn["linear"], _nn["bilinear"]
