"""Normalizations and dropout."""

from __future__ import annotations

import warnings
from math import prod

from ..._core.tensor import Tensor
from ..._ops.normalization import normalized_batch
from .public import public, torch


def _require_values(sizes, shown) -> None:
    if prod(sizes) == 1:
        raise ValueError(
            f"Expected more than 1 value per channel when training, got input size {shown}"
        )


@public
def layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    """Rows (the last dims, of ``normalized_shape``) brought to mean 0 and variance 1."""
    return torch["layer_norm"](input, normalized_shape, weight, bias, eps, True)


@public
def rms_norm(input, normalized_shape, weight=None, eps=None):
    """Rows (the last dims, of ``normalized_shape``) divided by the root of their mean square."""
    return torch["rms_norm"](input, normalized_shape, weight, eps)


@public
def batch_norm(
    input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5
):
    """Channels (dim 1) brought to mean 0 and variance 1.

    In training over the batch, and the running statistics are updated in place; otherwise by the
    running statistics.
    """
    if training:
        size = input.size()
        _require_values((size[0], *size[2:]), size)
        if eps <= 0.0:
            raise ValueError(f"batch_norm eps must be positive during training, but got {eps}")
    elif eps < 0.0:
        raise ValueError(f"batch_norm eps must be non-negative, but got {eps}")
    if isinstance(momentum, Tensor) and input.numel():  # whose value a program alone knows
        return normalized_batch(input, weight, bias, running_mean, running_var, training, momentum, eps)[0]
    return torch["batch_norm"](
        input, weight, bias, running_mean, running_var, training, momentum, eps, True
    )


@public
def group_norm(input, num_groups, weight=None, bias=None, eps=1e-5):
    """Each sample's groups of channels brought to mean 0 and variance 1."""
    if input.dim() < 2:
        raise RuntimeError(
            f"Expected at least 2 dimensions for input tensor but received {input.dim()}"
        )
    size = input.size()
    first = [size[0] * size[1] // num_groups, num_groups, *size[2:]]
    _require_values((first[0], *first[2:]), first)
    return torch["group_norm"](input, num_groups, weight, bias, eps, True)


@public
def instance_norm(
    input, running_mean=None, running_var=None, weight=None, bias=None, use_input_stats=True,
    momentum=0.1, eps=1e-5,
):  # fmt: skip
    """`batch_norm` of each sample by itself."""
    if use_input_stats and prod(input.size()[2:]) == 1:
        raise ValueError(
            f"Expected more than 1 spatial element when training, got input size {input.size()}"
        )
    return torch["instance_norm"](
        input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps, True
    )


# -- dropout --------------------------------------------------------------------------------------
def _check_probability(p) -> None:
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def _dropped(name: str, input, p, training, inplace):
    return torch[name + "_" if inplace else name](input, p, training)


@public
def dropout(input, p=0.5, training=True, inplace=False):
    """While training, zeros at random with probability ``p``; the rest divided by ``1 - p``."""
    _check_probability(p)
    return _dropped("dropout", input, p, training, inplace)


@public
def alpha_dropout(input, p=0.5, training=False, inplace=False):
    """Dropout that keeps the mean and variance that `selu` gives (Klambauer et al., 2017)."""
    _check_probability(p)
    return _dropped("alpha_dropout", input, p, training, inplace)


@public
def feature_alpha_dropout(input, p=0.5, training=False, inplace=False):
    """`alpha_dropout` of whole channels."""
    _check_probability(p)
    return _dropped("feature_alpha_dropout", input, p, training, inplace)


def _of_one(input, inplace, drop):
    """``drop`` on a batch of one sample."""
    if inplace:
        return drop(input.unsqueeze_(0)).squeeze_(0)
    return drop(input.unsqueeze(0)).squeeze(0)


@public
def dropout1d(input, p=0.5, training=True, inplace=False):
    """Dropout of whole channels: (batch, channels, length) or (channels, length)."""
    _check_probability(p)
    n = input.dim()
    if n not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, but received a {n}D input. "
            "Note that dropout1d exists to provide channel-wise dropout on inputs with 1 "
            "spatial dimension, a channel dimension, and an optional batch dimension "
            "(i.e. 2D or 3D inputs)."
        )

    def drop(x):
        return _dropped("feature_dropout", x, p, training, inplace)

    return drop(input) if n == 3 else _of_one(input, inplace, drop)


@public
def dropout2d(input, p=0.5, training=True, inplace=False):
    """Dropout of whole channels: (batch, channels, height, width)."""
    _check_probability(p)
    n = input.dim()
    if n not in (3, 4):
        warnings.warn(
            f"dropout2d: Received a {n}-D input to dropout2d, which is deprecated "
            "and will result in an error in a future release. To retain the behavior "
            "and silence this warning, please use dropout instead. Note that dropout2d "
            "exists to provide channel-wise dropout on inputs with 2 spatial dimensions, "
            "a channel dimension, and an optional batch dimension (i.e. 3D or 4D inputs).",
            stacklevel=3,
        )
    if n == 3:
        warnings.warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise "
            "1D dropout behavior is desired - input is interpreted as shape (N, C, L), where C "
            "is the channel dim. This behavior will change in a future release to interpret the "
            "input as one without a batch dimension, i.e. shape (C, H, W). To maintain the 1D "
            "channel-wise dropout behavior, please switch to using dropout1d instead.",
            stacklevel=3,
        )
    return _dropped("feature_dropout", input, p, training, inplace)


@public
def dropout3d(input, p=0.5, training=True, inplace=False):
    """Dropout of whole channels: (batch, channels, depth, height, width), or without the batch."""
    _check_probability(p)
    n = input.dim()
    if n not in (4, 5):
        warnings.warn(
            f"dropout3d: Received a {n}-D input to dropout3d, which is deprecated "
            "and will result in an error in a future release. To retain the behavior "
            "and silence this warning, please use dropout instead. Note that dropout3d "
            "exists to provide channel-wise dropout on inputs with 3 spatial dimensions, "
            "a channel dimension, and an optional batch dimension (i.e. 4D or 5D inputs).",
            stacklevel=3,
        )

    def drop(x):
        return _dropped("feature_dropout", x, p, training, inplace)

    return drop(input) if n == 5 else _of_one(input, inplace, drop)
