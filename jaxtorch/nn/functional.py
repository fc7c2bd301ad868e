"""torch.nn.functional: the operations of neural networks as functions."""

from __future__ import annotations

from .._core.bind import namespaces as _namespaces
from ._functional.activation import (
    celu, celu_, cosine_similarity, elu, elu_, gelu, glu, gumbel_softmax, hardshrink, hardsigmoid,
    hardswish, hardtanh, hardtanh_, leaky_relu, leaky_relu_, log_softmax, logsigmoid, mish, normalize,
    pairwise_distance, prelu, relu, relu6, relu_, rrelu, rrelu_, selu, selu_, sigmoid, silu, softmax,
    softmin, softplus, softshrink, softsign, tanh, tanhshrink, threshold, threshold_,
)  # fmt: skip
from ._functional.embedding import embedding, embedding_bag
from ._functional.loss import (
    binary_cross_entropy, binary_cross_entropy_with_logits, cosine_embedding_loss, cross_entropy, ctc_loss,
    gaussian_nll_loss, hinge_embedding_loss, huber_loss, kl_div, l1_loss, margin_ranking_loss,
    mse_loss, multi_margin_loss, multilabel_margin_loss, multilabel_soft_margin_loss, nll_loss,
    poisson_nll_loss, smooth_l1_loss, soft_margin_loss, triplet_margin_loss,
    triplet_margin_with_distance_loss,
)  # fmt: skip
from ._functional.normalization import (
    alpha_dropout, batch_norm, dropout, dropout1d, dropout2d, dropout3d, feature_alpha_dropout,
    group_norm, instance_norm, layer_norm, rms_norm,
)  # fmt: skip

_torch, _nn = _namespaces["torch"], _namespaces["nn"]
linear, bilinear, one_hot = _nn["linear"], _nn["bilinear"], _nn["one_hot"]
