"""Normalizations over rows, batches, groups.

Each is one op that also gives the statistics its gradient needs, as PyTorch's native_* do; the
cotangents of the statistics themselves come only from second derivatives.
"""

from __future__ import annotations

from math import prod as size

from jax import lax
from jax import numpy as jnp

from .._core import dtypes
from .._core.dispatch import dispatch
from .._core.layout import channels_last, channels_last_3d, contiguous, is_channels_last, is_channels_last_3d
from .._core.spec import composite, op, registry
from .._core.tensor import Tensor
from .dims import refuse
from .precision import accumulator


def image_order(l):
    """The order of memory, shape -> Layout, of results that keep the order of channels of ``l``."""
    if l.ndim == 4 and is_channels_last(l) and not l.is_contiguous:
        return channels_last
    if l.ndim == 5 and is_channels_last_3d(l) and not l.is_contiguous:
        return channels_last_3d
    return contiguous


def _like_images(layouts, **_):
    return image_order(layouts[0])(layouts[0].shape)


def _images_and_statistics(layouts, **_):
    return image_order(layouts[0]), contiguous, contiguous


def _check_parameters(self, *parameters) -> None:
    """Parameters have the input's dtype, or float32 beside a half. The first that is given says which is meant."""
    given = [p.dtype for p in parameters if p is not None]
    if given and given[0] is not self.dtype:
        if any(dtype is not dtypes.float32 for dtype in given):
            raise RuntimeError("mixed dtype (CPU): expect parameter to have scalar type of Float")
        if self.dtype not in (dtypes.float16, dtypes.bfloat16):
            raise RuntimeError("mixed dtype (CPU): all inputs must share same datatype.")
        return
    for dtype in given:
        if dtype is not self.dtype:
            raise RuntimeError(f"expected scalar type {self.dtype.title} but found {dtype.title}")


def _moments(x, axes):
    mean = jnp.mean(x, axes, keepdims=True)
    d = x - mean
    return mean, jnp.mean(d * d, axes, keepdims=True)


def _wide(x):
    return None if x is None else x.astype(accumulator(x.dtype))


def _affine(x, weight, bias):
    if weight is not None:
        x = x * weight
    return x if bias is None else x + bias


def _given(g, x):
    """The cotangent ``g`` of a value like ``x``: zeros where nothing reached it."""
    return jnp.zeros(x.shape, x.dtype) if g is None else g


def _normalized_gradient(g, x, mean, rstd, weight, axes, affine_axes):
    """The gradients of (x, weight, bias) through ``(x - mean) * rstd * weight + bias``.

    ``mean`` and ``rstd`` are of ``x`` over ``axes``; ``affine_axes`` are those over which weight and
    bias are broadcast. All have ``x``'s dims.
    """
    unit = (x - mean) * rstd
    scaled = g if weight is None else g * weight
    own = scaled - jnp.mean(scaled, axes, keepdims=True) - unit * jnp.mean(scaled * unit, axes, keepdims=True)
    sums = jnp.sum(g * unit, affine_axes, keepdims=True), jnp.sum(g, affine_axes, keepdims=True)
    return own * rstd, *sums


def _through_moments(own, g_mean, g_var, x, mean, axes):
    """``own`` and the gradient through the mean and the variance over ``axes`` (None: no cotangent)."""
    count = jnp.asarray(max(size(x.shape[a] for a in axes), 1), x.dtype)
    if g_mean is not None:
        own = own + g_mean / count
    return own if g_var is None else own + 2 * g_var / count * (x - mean)


# -- layer_norm -----------------------------------------------------------------------------------
def _check_rows(self, shape, weight, bias, star: str = "*, ") -> None:
    shown = str(list(shape))[1:-1]
    if not shape:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, "
            "but got normalized_shape = []"
        )
    for name, x in (("weight", weight), ("bias", bias)):
        if x is not None and x.shape != tuple(shape):
            raise RuntimeError(
                f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape "
                f"{list(x.shape)} and normalized_shape = {list(shape)}"
            )
    if self.shape[max(self.ndim - len(shape), 0) :] != tuple(shape):
        raise RuntimeError(
            f"Given normalized_shape={list(shape)}, expected input with shape [{star}{shown}], but got "
            f"input of size{list(self.shape)}"
        )


def _check_layer_norm(self, weight, bias, eps, *, normalized_shape):
    _check_rows(self, normalized_shape, weight, bias)
    _check_parameters(self, weight, bias)
    if self.dtype.category != 2:
        raise refuse("LayerNormKernelImpl", self.dtype)


def _trailing(x, normalized_shape):
    return tuple(range(x.ndim - len(normalized_shape), x.ndim))


def _layer_norm_gradient(gs, self, weight, bias, mean, rstd, normalized_shape):
    axes = _trailing(self, normalized_shape)
    rows = tuple(range(self.ndim - len(normalized_shape)))
    g, g_mean, g_rstd = _wide(_given(gs[0], self)), _wide(gs[1]), _wide(gs[2])
    x, mean, rstd = _wide(self), _wide(mean), _wide(rstd)
    own, w, b = _normalized_gradient(g, x, mean, rstd, _wide(weight), axes, rows)
    own = _through_moments(own, g_mean, _of_variance(g_rstd, rstd), x, mean, axes)
    return own, w.reshape(normalized_shape), b.reshape(normalized_shape)


def _of_variance(g_rstd, rstd):
    return None if g_rstd is None else -g_rstd * rstd * rstd * rstd / 2


@op("layer_norm.raw(Tensor self, Tensor? weight, Tensor? bias, Scalar eps, int[] normalized_shape) "
    "-> (out, mean, rstd)",
    forms="", check=_check_layer_norm, node="NativeLayerNormBackward0",
    grad=_layer_norm_gradient)  # fmt: skip
def layer_norm_raw(self, weight, bias, eps, *, normalized_shape):
    x = _wide(self)
    mean, variance = _moments(x, _trailing(x, normalized_shape))
    rstd = lax.rsqrt(variance + eps.astype(x.dtype))
    out = _affine((x - mean) * rstd, _wide(weight), _wide(bias))
    kind = self.dtype if weight is None else weight.dtype
    return out.astype(self.dtype), mean.astype(kind), rstd.astype(kind)


_layer_norm = registry["layer_norm.raw"]


@composite("layer_norm(Tensor input, int[] normalized_shape, Tensor? weight=None, Tensor? bias=None, float eps=1e-5, "
           "bool cudnn_enable=True)", forms="function")  # fmt: skip
def layer_norm(input, normalized_shape, weight, bias, eps, cudnn_enable):
    """Rows brought to mean 0 and variance 1, then scaled and shifted (Ba et al., 2016).

    Args:
        normalized_shape: the sizes of the last dims, which make up a row.
        weight, bias: of that shape.
        eps: added to the variance.

    Example:
        >>> torch.layer_norm(torch.tensor([[1.0, 3.0]]), (2,), eps=0.0)
        tensor([[-1.,  1.]])
    """
    return dispatch(_layer_norm, (input, weight, bias, eps), (normalized_shape,))[0]


@composite("native_layer_norm(Tensor input, int[] normalized_shape, Tensor? weight, Tensor? bias, float eps)",
           forms="function")  # fmt: skip
def native_layer_norm(input, normalized_shape, weight, bias, eps) -> tuple[Tensor, Tensor, Tensor]:
    """(`layer_norm`, the means, the reciprocal standard deviations)."""
    out, mean, rstd = dispatch(_layer_norm, (input, weight, bias, eps), (normalized_shape,))
    return out, mean.detach(), rstd.detach()  # PyTorch has no gradient of these


# -- rms_norm -------------------------------------------------------------------------------------
def _check_rms_norm(self, weight, eps, *, normalized_shape):
    _check_rows(self, normalized_shape, weight, None, star="*")
    if self.dtype.category < 2:
        raise refuse("rms_norm", self.dtype)


@op("rms_norm.raw(Tensor self, Tensor? weight, Scalar eps, int[] normalized_shape)", forms="",
    check=_check_rms_norm, node="MulBackward0")  # fmt: skip
def rms_norm_raw(self, weight, eps, *, normalized_shape):
    x = _wide(self)
    mean = jnp.mean(x * x, _trailing(x, normalized_shape), keepdims=True)
    out = (x * lax.rsqrt(mean + eps.astype(x.dtype))).astype(self.dtype)
    return out if weight is None else out * weight


@composite("rms_norm(Tensor input, int[] normalized_shape, Tensor? weight=None, float? eps=None)", forms="function")
def rms_norm(input, normalized_shape, weight, eps):
    """Rows divided by the root of their mean square, then scaled (Zhang and Sennrich, 2019).

    Args:
        eps: added to the mean square; the machine epsilon of the dtype by default.
    """
    if eps is None:
        kind = input.dtype.to_real() if input.dtype.category > 1 else dtypes.float32
        eps = dtypes.finfo(dtypes.float32 if kind.itemsize == 2 else kind).eps
    return dispatch(registry["rms_norm.raw"], (input, weight, eps), (normalized_shape,))


# -- batch_norm -----------------------------------------------------------------------------------
def _check_batch_norm(self, weight, bias, running_mean, running_var, training: bool) -> None:
    channels = self.shape[1] if self.ndim > 1 else 0
    for name, x in (("running_mean", running_mean), ("running_var", running_var)):
        if x is not None:
            _check_length(name, x, channels)
        elif not training:
            raise RuntimeError(f"{name} must be defined in evaluation mode")
    for name, x in (("weight", weight), ("bias", bias)):
        if x is not None:
            _check_length(name, x, channels)
    if self.dtype.category != 2:
        raise refuse("batch_norm", self.dtype)
    _check_parameters(self, weight, bias, running_mean, running_var)


def _check_length(name: str, x, channels: int) -> None:
    if x.numel() != channels:
        raise RuntimeError(f"{name} should contain {channels} elements not {x.numel()}")


def _of_channels(x, ndim: int):
    return None if x is None else _wide(x).reshape((1, -1) + (1,) * (ndim - 2))


def _over_channels(x):
    return tuple(d for d in range(x.ndim) if d != 1)


def _batch_norm_gradient(gs, self, weight, mean, var, eps):
    axes, n = _over_channels(self), self.ndim
    g, g_mean, g_var = _wide(_given(gs[0], self)), _of_channels(gs[1], n), _of_channels(gs[2], n)
    x, mean = _wide(self), _of_channels(mean, n)
    rstd = lax.rsqrt(_of_channels(var, n) + eps.astype(x.dtype))
    own, w, b = _normalized_gradient(g, x, mean, rstd, _of_channels(weight, n), axes, axes)
    return _through_moments(own, g_mean, g_var, x, mean, axes), w.reshape(-1), b.reshape(-1)


@op("batch_norm.train(Tensor self, Tensor? weight, Tensor? bias, Scalar eps) -> (out, mean, var)", forms="",
    layout=_images_and_statistics, node="NativeBatchNormBackward0", grad=_batch_norm_gradient)  # fmt: skip
def batch_norm_train(self, weight, bias, eps):
    x = _wide(self)
    mean, variance = _moments(x, _over_channels(x))
    out = _scaled(x, mean, variance, weight, bias, eps)
    return out.astype(self.dtype), mean.reshape(-1), variance.reshape(-1)


def _scaled(x, mean, variance, weight, bias, eps):
    # as one line in x, with PyTorch's roundings
    scale = lax.rsqrt(variance + eps.astype(x.dtype))
    if weight is not None:
        scale = scale * _of_channels(weight, x.ndim)
    shift = -mean * scale if bias is None else _of_channels(bias, x.ndim) - mean * scale
    return x * scale + shift


def _fixed_gradient(g, self, weight, running_mean, running_var, eps, needs):
    axes, n = _over_channels(self), self.ndim
    g = _wide(g)
    rstd = lax.rsqrt(_of_channels(running_var, n) + eps.astype(g.dtype))
    scale = rstd if weight is None else rstd * _of_channels(weight, n)
    slope = None
    if weight is not None and needs[1]:
        slope = jnp.sum(g * (_wide(self) - _of_channels(running_mean, n)) * rstd, axes)
    return g * scale, slope, jnp.sum(g, axes), None, None


@op("batch_norm.eval(Tensor self, Tensor? weight, Tensor? bias, Tensor running_mean, Tensor running_var, Scalar eps)",
    forms="", layout=_like_images, node="NativeBatchNormBackward0", grad=_fixed_gradient)  # fmt: skip
def batch_norm_eval(self, weight, bias, running_mean, running_var, eps):
    x = _wide(self)
    mean, variance = _of_channels(running_mean, x.ndim), _of_channels(running_var, x.ndim)
    return _scaled(x, mean, variance, weight, bias, eps).astype(self.dtype)


@op("running_average(Tensor self, Tensor value, Scalar momentum, Scalar factor)", forms="", layout="like",
    differentiable=False)  # fmt: skip
def running_average(self, value, momentum, factor):
    """``self`` moved towards ``factor * value`` by the share ``momentum``."""
    momentum, factor = momentum.astype(self.dtype), factor.astype(self.dtype)
    return (1 - momentum) * self + momentum * factor * value.astype(self.dtype)


def _update(running, value, momentum, factor: float = 1.0) -> None:
    if running is not None:
        # as in PyTorch, the write does not count in the version that saved tensors are checked by
        running = running.data
        dispatch(registry["running_average"], (running, value, momentum, factor), (), running)


def normalized_batch(input, weight, bias, running_mean, running_var, training, momentum, eps):
    """(result, means, variances) of the batch; the running statistics are updated."""
    _check_batch_norm(input, weight, bias, running_mean, running_var, training)
    if not training:
        operands = (input, weight, bias, running_mean, running_var, eps)
        return dispatch(registry["batch_norm.eval"], operands), None, None
    out, mean, var = dispatch(registry["batch_norm.train"], (input, weight, bias, eps))
    count = input.numel() // input.shape[1]
    _update(running_mean, mean, momentum)
    _update(running_var, var, momentum, count / (count - 1) if count > 1 else float("nan"))
    return out, mean, var


_BATCH_NORM = (
    "Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool {} float momentum, float eps"
)


@composite(f"batch_norm(Tensor input, {_BATCH_NORM.format('training,')}, bool cudnn_enabled)", forms="function")
def batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps, cudnn_enabled):
    """Channels (dim 1) brought to mean 0 and variance 1 over the batch, then scaled and shifted
    (Ioffe and Szegedy, 2015).

    In training the statistics are the batch's, towards which the running ones move, in place, by
    ``momentum``; otherwise they are the running ones.
    """
    if not input.numel() and training:
        _check_batch_norm(input, weight, bias, running_mean, running_var, training)
        out = input.clone()
        out = out if weight is None else out * weight[0]
        return out if bias is None else out + bias[0]
    return normalized_batch(input, weight, bias, running_mean, running_var, training, momentum, eps)[0]


@composite(f"native_batch_norm(Tensor input, {_BATCH_NORM.format('training,')})", forms="function out",
           exact_out="expected scalar type {result.title} but found {out.title}")  # fmt: skip
def native_batch_norm(
    input, weight, bias, running_mean, running_var, training, momentum, eps
) -> tuple[Tensor, Tensor, Tensor]:
    """(`batch_norm`, the means, the reciprocal standard deviations)."""
    out, mean, var = normalized_batch(input, weight, bias, running_mean, running_var, training, momentum, eps)
    if mean is None:
        return out, input.new_empty(0), input.new_empty(0)
    kind = input.dtype if weight is None or weight.dtype is input.dtype else mean.dtype
    return out, mean.detach().to(kind), (var.detach() + eps).rsqrt().to(kind)


@composite(f"_native_batch_norm_legit(Tensor input, {_BATCH_NORM.format('training,')})", forms="function out",
           refused_out=True)  # fmt: skip
def _native_batch_norm_legit(
    input, weight, bias, running_mean, running_var, training, momentum, eps
) -> tuple[Tensor, Tensor, Tensor]:
    """`native_batch_norm`, by the name under which programs are exported."""
    return native_batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps)


@composite("_native_batch_norm_legit.no_stats(Tensor input, Tensor? weight, Tensor? bias, bool training, "
           "float momentum, float eps)", forms="function")  # fmt: skip
def native_batch_norm_without_stats(input, weight, bias, training, momentum, eps) -> tuple[Tensor, Tensor, Tensor]:
    return native_batch_norm(input, weight, bias, None, None, training, momentum, eps)


def _repeated(x, times: int):
    return None if x is None else x.repeat(times)


@composite(f"instance_norm(Tensor input, {_BATCH_NORM.format('use_input_stats,')}, bool cudnn_enabled)",
           forms="function")  # fmt: skip
def instance_norm(input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps, cudnn_enabled):
    """`batch_norm` of each sample by itself."""
    if not use_input_stats and (running_mean is None or running_var is None):
        raise RuntimeError("Expected running_mean and running_var to be defined when use_input_stats is false")
    batch, channels, *rest = input.shape
    running = [_repeated(x, batch) for x in (running_mean, running_var)]
    out = normalized_batch(
        input.contiguous().view(1, batch * channels, *rest), _repeated(weight, batch), _repeated(bias, batch),
        *running, use_input_stats, momentum, eps,
    )[0]  # fmt: skip
    for own, used in zip((running_mean, running_var), running, strict=True):
        if own is not None and use_input_stats:
            own.detach().copy_(used.view(batch, channels).mean(0))
    return out.view(input.shape)


# -- group_norm -----------------------------------------------------------------------------------
def _check_group_norm(self, weight, bias, eps, *, num_groups):
    if self.ndim < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {self.ndim}")
    channels = self.shape[1]
    if num_groups <= 0:
        raise RuntimeError(f"Expected num groups to be greater than 0, got {num_groups}")
    if channels % num_groups:
        raise RuntimeError(
            "Expected number of channels in input to be divisible by num_groups, but got input of shape "
            f"{list(self.shape)} and num_groups={num_groups}"
        )
    for name, x in (("weight", weight), ("bias", bias)):
        if x is not None and x.shape != (channels,):
            # PyTorch shows the weight's shape in both
            shown = list(weight.shape) if weight is not None else [0]
            raise RuntimeError(
                f"Expected {name} to be a vector of size equal to the number of channels in input, but got "
                f"{name} of shape {shown} and input of shape {list(self.shape)}"
            )
    _check_parameters(self, weight, bias)
    if self.dtype.category != 2:
        raise refuse("GroupNormKernelImpl", self.dtype)


def _grouped(x, groups: int):
    """(batch, groups, channels of a group, rest)."""
    return _wide(x).reshape(x.shape[0], groups, x.shape[1] // groups, -1)


def _in_groups(x, groups: int):
    return None if x is None else _wide(x).reshape(1, groups, -1, 1)


def _group_norm_gradient(gs, self, weight, mean, rstd, num_groups):
    x, g = _grouped(self, num_groups), _grouped(_given(gs[0], self), num_groups)
    g_mean, g_rstd, mean, rstd = (
        None if s is None else _wide(s)[:, :, None, None] for s in (gs[1], gs[2], mean, rstd)
    )
    own, w, b = _normalized_gradient(g, x, mean, rstd, _in_groups(weight, num_groups), (2, 3), (0, 3))
    own = _through_moments(own, g_mean, _of_variance(g_rstd, rstd), x, mean, (2, 3))
    return own.reshape(self.shape), w.reshape(-1), b.reshape(-1)


@op("group_norm.raw(Tensor self, Tensor? weight, Tensor? bias, Scalar eps, int num_groups) -> (out, mean, rstd)",
    forms="", check=_check_group_norm, layout=_images_and_statistics, node="NativeGroupNormBackward0",
    grad=_group_norm_gradient)  # fmt: skip
def group_norm_raw(self, weight, bias, eps, *, num_groups):
    x = _grouped(self, num_groups)
    mean, variance = _moments(x, (2, 3))
    rstd = lax.rsqrt(variance + eps.astype(x.dtype))
    out = _affine((x - mean) * rstd, _in_groups(weight, num_groups), _in_groups(bias, num_groups))
    kind = self.dtype if weight is None else weight.dtype
    return out.reshape(self.shape).astype(self.dtype), *(s[:, :, 0, 0].astype(kind) for s in (mean, rstd))


@composite("group_norm(Tensor input, int num_groups, Tensor? weight=None, Tensor? bias=None, float eps=1e-5, "
           "bool cudnn_enabled=True)", forms="function")  # fmt: skip
def group_norm(input, num_groups, weight, bias, eps, cudnn_enabled):
    """Each sample's groups of channels brought to mean 0 and variance 1, then scaled and shifted
    by channel (Wu and He, 2018).
    """
    return dispatch(registry["group_norm.raw"], (input, weight, bias, eps), (num_groups,))[0]


@composite("native_group_norm(Tensor input, Tensor? weight, Tensor? bias, int N, int C, int HxW, int group, float eps)",
           forms="function")  # fmt: skip
def native_group_norm(input, weight, bias, N, C, HxW, group, eps) -> tuple[Tensor, Tensor, Tensor]:
    """(`group_norm`, the means, the reciprocal standard deviations)."""
    if not input.is_contiguous() and image_order(input._layout) is contiguous:
        raise RuntimeError(
            "Expected X.is_contiguous(memory_format) to be true, but got false.  (Could this error message be "
            "improved?  If so, please report an enhancement request to PyTorch.)"
        )
    return dispatch(registry["group_norm.raw"], (input, weight, bias, eps), (group,))


# -- weights by direction and length --------------------------------------------------------------
def _lengths(v, dim: int):
    """The 2-norms of the slices of ``v`` along ``dim``, kept dims; of all of ``v`` for -1."""
    return lax.sqrt(jnp.sum(v * v, tuple(d for d in range(v.ndim) if d != dim), keepdims=dim >= 0))


@op("weight_norm_interface(Tensor v, Tensor g, int dim, bool fused)", forms="", promote="result",
    node=lambda fused, **_: "WeightNormInterfaceBackward0" if fused else "MulBackward0")  # fmt: skip
def weight_norm_interface(v, g, *, dim, fused):
    return v * (g / _lengths(v, dim))


@composite("_weight_norm(Tensor v, Tensor g, int dim=0)", forms="function")
def _weight_norm(v, g, dim):
    """``v`` with slices along ``dim`` of the lengths ``g`` (Salimans and Kingma, 2016)."""
    fused = dim in (0, v.ndim - 1)
    return dispatch(registry["weight_norm_interface"], (v, g), (dim, fused))


@composite("norm_except_dim(Tensor v, int pow=2, int dim=0)", forms="function")
def norm_except_dim(v, pow, dim):
    """The ``pow``-norms of the slices of ``v`` along ``dim``, dims kept; of all of ``v`` for ``dim=-1``.

    Example:
        >>> torch.norm_except_dim(torch.tensor([[3.0, 4.0], [6.0, 8.0]]), 2, 0)
        tensor([[ 5.],
                [10.]])
    """
    if dim == -1:
        return v.norm(pow)
    if dim == 0:
        return v.contiguous().view(v.shape[0], -1).norm(pow, 1).view(v.shape[0], *[1] * (v.ndim - 1))
    if dim == v.ndim - 1:
        return v.contiguous().view(-1, v.shape[-1]).norm(pow, 0).view(*[1] * (v.ndim - 1), v.shape[-1])
    return norm_except_dim(v.transpose(0, dim), pow, 0).transpose(0, dim)
