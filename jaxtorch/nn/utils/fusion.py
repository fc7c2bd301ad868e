"""torch.nn.utils.fusion: batch normalization taken into the layer before it."""

from __future__ import annotations

import copy

from .._namespace import torch
from ..parameter import Parameter

__all__ = ["fuse_conv_bn_eval", "fuse_conv_bn_weights", "fuse_linear_bn_eval", "fuse_linear_bn_weights"]


def _fused(weight, bias, mean, var, eps, bn_weight, bn_bias, shape):
    """Parameters by which a linear layer also does what a normalization after it does."""
    bias = torch.zeros_like(mean) if bias is None else bias
    bn_weight = torch.ones_like(mean) if bn_weight is None else bn_weight
    bn_bias = torch.zeros_like(mean) if bn_bias is None else bn_bias
    scale = bn_weight * torch.rsqrt(var + eps)
    new_weight = (weight * scale.reshape(shape)).to(dtype=weight.dtype)
    new_bias = ((bias - mean) * scale + bn_bias).to(dtype=bias.dtype)
    return Parameter(new_weight, weight.requires_grad), Parameter(new_bias, bias.requires_grad)


def _require_statistics(bn) -> None:
    known = bn.running_mean is not None and bn.running_var is not None
    assert known, "bn.running_mean and bn.running_var must not be None"


def fuse_conv_bn_weights(conv_w, conv_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, transpose=False):
    """(weight, bias) of a convolution that is normalized by running statistics.

    Args:
        bn_rm, bn_rv: the running mean and variance.
        transpose: whether the convolution is a transposed one.
    """
    shape = [1] * conv_w.dim()
    shape[1 if transpose else 0] = -1
    return _fused(conv_w, conv_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, shape)


def fuse_linear_bn_weights(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b):
    """(weight, bias) of a linear layer that is normalized by running statistics."""
    return _fused(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, (-1, 1))


def fuse_conv_bn_eval(conv, bn, transpose: bool = False):
    """A copy of ``conv`` that gives what ``bn(conv(x))`` gives; both are in evaluation.

    Raises:
        AssertionError: one is in training, or ``bn`` has no running statistics.

    Example:
        >>> import jaxtorch as torch
        >>> conv, bn = torch.nn.Conv2d(2, 3, 1).eval(), torch.nn.BatchNorm2d(3).eval()
        >>> fused, x = torch.nn.utils.fuse_conv_bn_eval(conv, bn), torch.ones(1, 2, 4, 4)
        >>> torch.allclose(fused(x), bn(conv(x)), atol=1e-5)
        True
    """
    assert not (conv.training or bn.training), "Fusion only for eval!"
    made = copy.deepcopy(conv)
    _require_statistics(bn)
    made.weight, made.bias = fuse_conv_bn_weights(
        made.weight, made.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias, transpose
    )
    return made


def fuse_linear_bn_eval(linear, bn):
    """A copy of ``linear`` that gives what ``bn(linear(x))`` gives; both are in evaluation.

    Raises:
        AssertionError: one is in training, or their features do not go together.
    """
    assert not (linear.training or bn.training), "Fusion only for eval!"
    made = copy.deepcopy(linear)
    assert linear.out_features == bn.num_features or bn.num_features == 1, (
        "To fuse, linear.out_features == bn.num_features or bn.num_features == 1, got "
        f"linear.out_features={linear.out_features} and bn.num_features={bn.num_features}"
    )
    _require_statistics(bn)
    made.weight, made.bias = fuse_linear_bn_weights(
        made.weight, made.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias
    )
    return made
