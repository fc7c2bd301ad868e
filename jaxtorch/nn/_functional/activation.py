"""Activations."""

from __future__ import annotations

import warnings

from ..._core.formats import contiguous_format
from .public import nn, public, torch


def _two_forms(name: str, plain, written):
    """``name(input, inplace=False)``, from the function and its in-place form."""

    def call(input, inplace=False):
        return written(input) if inplace else plain(input)

    call.__name__, call.__doc__ = name, plain.__doc__
    return public(call)


relu = _two_forms("relu", torch["relu"], torch["relu_"])
relu6 = _two_forms("relu6", nn["relu6"], nn["relu6_"])
selu = _two_forms("selu", torch["selu"], torch["selu_"])
hardsigmoid = _two_forms("hardsigmoid", nn["hardsigmoid"], nn["hardsigmoid_"])
hardswish = _two_forms("hardswish", nn["hardswish"], nn["hardswish_"])
silu = _two_forms("silu", nn["silu"], nn["silu_"])
mish = _two_forms("mish", nn["mish"], nn["mish_"])
relu_, selu_, celu_, threshold_ = (torch[n] for n in ("relu_", "selu_", "celu_", "threshold_"))
elu_, hardtanh_, leaky_relu_ = (nn[n] for n in ("elu_", "hardtanh_", "leaky_relu_"))
gelu, softplus, softshrink, logsigmoid = (
    nn[n] for n in ("gelu", "softplus", "softshrink", "log_sigmoid")
)
hardshrink, prelu = torch["hardshrink"], torch["prelu"]


def _threshold(input, threshold, value, inplace=False):
    """``input`` where it is above ``threshold``, ``value`` elsewhere."""
    return torch["threshold_" if inplace else "threshold"](input, threshold, value)


threshold = public(_threshold)


@public
def elu(input, alpha=1.0, inplace=False):
    """``input`` where positive, ``alpha * (exp(input) - 1)`` elsewhere."""
    return nn["elu_" if inplace else "elu"](input, alpha)


@public
def celu(input, alpha=1.0, inplace=False):
    """``input`` where positive, ``alpha * (exp(input / alpha) - 1)`` elsewhere."""
    return torch["celu_" if inplace else "celu"](input, alpha)


@public
def leaky_relu(input, negative_slope=0.01, inplace=False):
    """``input`` where positive, ``negative_slope * input`` elsewhere."""
    return nn["leaky_relu_" if inplace else "leaky_relu"](input, negative_slope)


@public
def hardtanh(input, min_val=-1.0, max_val=1.0, inplace=False):
    """``input`` held between ``min_val`` and ``max_val``."""
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    return nn["hardtanh_" if inplace else "hardtanh"](input, min_val, max_val)


@public
def rrelu(input, lower=1.0 / 8, upper=1.0 / 3, training=False, inplace=False):
    """``input`` where positive; elsewhere times a slope drawn from [``lower``, ``upper``] in training,
    times their mean otherwise."""
    return torch["rrelu_" if inplace else "rrelu"](input, lower, upper, training)


rrelu_ = torch["rrelu_"]


@public
def tanhshrink(input):
    """``input - tanh(input)``."""
    return input - input.tanh()


@public
def softsign(input):
    """``input / (1 + abs(input))``."""
    return input / (input.abs() + 1)


@public
def tanh(input):
    """The hyperbolic tangent."""
    return input.tanh()


@public
def sigmoid(input):
    """``1 / (1 + exp(-input))``."""
    return input.sigmoid()


@public
def glu(input, dim=-1):
    """The first half along ``dim`` times the sigmoid of the second."""
    if input.dim() == 0:
        raise RuntimeError("glu does not support scalars because halving size must be even")
    return nn["glu"](input, dim)


# -- softmax --------------------------------------------------------------------------------------
def _softmax_dim(name: str, ndim: int, stacklevel: int) -> int:
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include "
        "dim=X as an argument.",
        stacklevel=stacklevel + 1,
    )
    return 0 if ndim in (0, 1, 3) else 1


@public
def softmax(input, dim=None, _stacklevel=3, dtype=None):
    """``exp(input) / sum(exp(input), dim)``: positive numbers with sum 1 along ``dim``."""
    if dim is None:
        dim = _softmax_dim("softmax", input.dim(), _stacklevel)
    return input.softmax(dim) if dtype is None else input.softmax(dim, dtype=dtype)


@public
def softmin(input, dim=None, _stacklevel=3, dtype=None):
    """The softmax of ``-input``."""
    if dim is None:
        dim = _softmax_dim("softmin", input.dim(), _stacklevel)
    return (-input).softmax(dim) if dtype is None else (-input).softmax(dim, dtype=dtype)


@public
def log_softmax(input, dim=None, _stacklevel=3, dtype=None):
    """``log(softmax(input, dim))``, without overflow."""
    if dim is None:
        dim = _softmax_dim("log_softmax", input.dim(), _stacklevel)
    return input.log_softmax(dim) if dtype is None else input.log_softmax(dim, dtype=dtype)


@public
def gumbel_softmax(logits, tau=1, hard=False, eps=1e-10, dim=-1):
    """A draw from the Gumbel-softmax distribution of ``logits`` (Jang et al., 2016).

    Args:
        tau: the temperature; small ones give nearly one-hot results.
        hard: whether the result is one-hot, with the gradient of the soft one.
    """
    if eps != 1e-10:
        warnings.warn("`eps` parameter is deprecated and has no effect.", stacklevel=2)
    gumbels = -torch["empty_like"](logits, memory_format=contiguous_format).exponential_().log()
    soft = ((logits + gumbels) / tau).softmax(dim)
    if not hard:
        return soft
    index = soft.max(dim, keepdim=True)[1]
    one_hot = torch["zeros_like"](logits, memory_format=contiguous_format).scatter_(dim, index, 1.0)
    return one_hot - soft.detach() + soft


# -- similarity -----------------------------------------------------------------------------------
cosine_similarity, pairwise_distance = torch["cosine_similarity"], torch["pairwise_distance"]


@public
def normalize(input, p=2.0, dim=1, eps=1e-12, out=None):
    """``input`` divided by its ``p``-norm along ``dim`` (by ``eps`` at least)."""
    divisor = input.norm(p, dim, keepdim=True).clamp_min(eps).expand_as(input)
    return input / divisor if out is None else torch["div"](input, divisor, out=out)
