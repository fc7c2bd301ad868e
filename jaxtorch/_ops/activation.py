"""Activation functions and softmax."""

from __future__ import annotations

import math

import numpy as np
from jax import lax
from jax import numpy as jnp

from .._core import dtypes, generator
from .._core import layout as layouts
from .._core.dispatch import dispatch
from .._core.layout import broadcast_shapes, pointwise_layout, wrap_dim
from .._core.out import resize_quietly
from .._core.spec import composite, departs, op, registry
from .dims import along, refuse
from .distance import measure, norm_gradient
from .families import EXACT, FLOAT
from .matmul import EXACT as EXACT_STRUCTURED
from .sample import drawn_tensor

#: torch.nn.functional's builtins, with and without their in-place form
NN, NN_ = "nn out", "nn nn_ out"


# -- pieces of lines ------------------------------------------------------------------------------
def _where(condition, x, y):
    """`jnp.where` with numbers taken in the dtype of the array beside them."""
    array = x if hasattr(x, "dtype") else y
    x, y = (v if hasattr(v, "dtype") else jnp.asarray(v, array.dtype) for v in (x, y))
    return jnp.where(condition, x, y)


def _check_relu(self):
    if self.dtype is dtypes.bool_:
        raise RuntimeError("Boolean inputs not supported for relu")
    _refuse_complex(self)


def _refuse_complex(self):
    if self.dtype.is_complex:
        raise NotImplementedError("clamp is not supported for complex types")


@op("relu(Tensor self)", forms="function method inplace", promote="result", layout="pointwise",
    check=_check_relu, grad=departs("0 at 0")(lambda g, result: _where(result <= 0, 0, g)))  # fmt: skip
def relu(self):
    """``max(self, 0)``.

    Example:
        >>> torch.relu(torch.tensor([-1.0, 2.0]))
        tensor([0., 2.])
    """
    return _where(self < 0, 0, self)  # and not max: the sign of zeros stays


def _check_hardtanh(self, min_val=None, max_val=None):
    if self.dtype is dtypes.bool_:
        raise RuntimeError("Bool inputs not supported for hardtanh")
    bounds = [b for b in (min_val, max_val) if b is not None]
    if self.dtype is dtypes.uint8 and any(int(b.number) < 0 for b in bounds):
        raise RuntimeError("cannot do hardtanh on an unsigned type with negative limits")
    _refuse_complex(self)


@departs("0 at a bound")
def _hardtanh_gradient(g, self, min_val, max_val):
    return _where((self <= min_val) | (self >= max_val), 0, g)


@op("hardtanh(Tensor self, Scalar min_val=-1, Scalar max_val=1)", forms=NN_, promote="result",
    layout="pointwise", check=_check_hardtanh, grad=_hardtanh_gradient)  # fmt: skip
def hardtanh(self, min_val, max_val):
    """``self`` held between ``min_val`` and ``max_val``."""
    return jnp.where(self < min_val, min_val, jnp.where(self > max_val, max_val, self))


@op("relu6(Tensor self)", forms=NN_, promote="result", layout="pointwise", check=_check_hardtanh,
    node="HardtanhBackward0",
    grad=departs("0 at a bound")(lambda g, self: _hardtanh_gradient(g, self, 0, 6)))  # fmt: skip
def relu6(self):
    """``self`` held between 0 and 6."""
    return _where(self < 0, 0, _where(self > 6, 6, self))


@op("threshold(Tensor self, Scalar threshold, Scalar value)", forms="function function_ nn out",
    promote="result", layout="pointwise", kernel="threshold_cpu: int half float",
    inplace_node="ThresholdBackward1", overlap="last",
    grad=lambda g, self, threshold: _where(self <= threshold, 0, g))  # fmt: skip
def threshold(self, threshold, value):
    """``self`` where it is above ``threshold``, ``value`` elsewhere."""
    return jnp.where(self <= threshold, value, self)


def _float_op(schema: str, kernel: str, **facts):
    """An elementwise op that PyTorch has for floating point tensors alone."""
    facts |= {"promote": "result", "layout": "pointwise", "exact_out": EXACT}
    return op(schema, kernel=f"{kernel}: {FLOAT}", **facts)


@_float_op("leaky_relu(Tensor self, Scalar negative_slope=0.01)", "leaky_relu_cpu",
           inplace_node="LeakyReluBackward1", forms=NN_,
           grad=lambda g, self, negative_slope: jnp.where(self > 0, g, g * negative_slope))  # fmt: skip
def leaky_relu(self, negative_slope):
    """``self`` where positive, ``negative_slope * self`` elsewhere."""
    return jnp.where(self > 0, self, self * negative_slope)


def _between(x, bound):
    return (x >= -bound) & (x <= bound)


@_float_op("hardshrink(Tensor self, Scalar lambd=0.5)", "hardshrink_cpu", forms="function method out",
           grad=lambda g, self, lambd: _where(_between(self, lambd), 0, g))  # fmt: skip
def hardshrink(self, lambd):
    """``self``, zero between ``-lambd`` and ``lambd``."""
    return _where(_between(self, lambd), 0, self)


def _check_softshrink(self, lambd):
    if self.dtype.category != 2:
        raise refuse("softshrink_check", self.dtype)
    if lambd.number < 0:
        top = dtypes.finfo(self.dtype).max
        raise RuntimeError(
            f"lambda must be in range [0, {top:g}] for input dtype {self.dtype.title}, but found {lambd.number:g}"
        )


@_float_op("softshrink(Tensor self, Scalar lambd=0.5)", "softshrink_cpu", forms=NN, check=_check_softshrink,
           grad=lambda g, self, lambd: _where(_between(self, lambd), 0, g))  # fmt: skip
def softshrink(self, lambd):
    """``self`` drawn towards zero by ``lambd``."""
    return jnp.where(self > lambd, self - lambd, jnp.where(self < -lambd, self + lambd, self * 0))


# -- pieces of exponentials -----------------------------------------------------------------------
def _elu(self, negative, positive, inner):
    return jnp.where(self <= 0, lax.expm1(self * inner) * negative, self * positive)


def _elu_gradient(g, self, negative, positive, inner):
    return jnp.where(self <= 0, g * inner * negative * lax.exp(self * inner), g * positive)


@_float_op("elu(Tensor self, Scalar alpha=1, Scalar scale=1, Scalar input_scale=1)", "elu_cpu",
           inplace_node="EluBackward1", forms=NN_,
           grad=lambda g, self, alpha, scale, input_scale: _elu_gradient(
               g, self, alpha * scale, scale, input_scale))  # fmt: skip
def elu(self, alpha, scale, input_scale):
    """``self`` where positive, ``alpha * (exp(self) - 1)`` elsewhere."""
    return _elu(self, alpha * scale, scale, input_scale)


@_float_op("celu(Tensor self, Scalar alpha=1)", "elu_cpu", inplace_node="CeluBackward1", forms="function function_",
           check=lambda self, alpha: _check_celu(alpha),
           grad=lambda g, self, alpha: _elu_gradient(g, self, alpha, 1, 1 / alpha))  # fmt: skip
def celu(self, alpha):
    """``self`` where positive, ``alpha * (exp(self / alpha) - 1)`` elsewhere."""
    return _elu(self, alpha, 1, 1 / alpha)


def _check_celu(alpha):
    if alpha.number == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")


_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946


@_float_op("selu(Tensor self)", "elu_cpu", forms="function function_", node="EluBackward0", inplace_node="EluBackward1",
           grad=lambda g, self: _elu_gradient(g, self, _SELU_ALPHA * _SELU_SCALE, _SELU_SCALE, 1))  # fmt: skip
def selu(self):
    """The scaled `elu` whose outputs keep mean 0 and variance 1 (Klambauer et al., 2017)."""
    return _elu(self, _SELU_ALPHA * _SELU_SCALE, _SELU_SCALE, 1)


def _softplus_gradient(g, self, beta, threshold):
    z = lax.exp(self * beta)
    return jnp.where(self * beta > threshold, g, g * z / (z + 1))


@_float_op("softplus(Tensor self, Scalar beta=1, Scalar threshold=20)", "softplus_cpu", forms=NN,
           grad=_softplus_gradient)  # fmt: skip
def softplus(self, beta, threshold):
    """``log(1 + exp(beta * self)) / beta``; ``self`` itself where ``beta * self > threshold``."""
    scaled = self * beta
    return jnp.where(scaled > threshold, self, lax.log1p(lax.exp(scaled)) / beta)


@departs("1/2 at 0, where the function takes a minimum")
def _log_sigmoid_gradient(g, self):
    z = lax.exp(-lax.abs(self))
    share = z / (1 + z)
    return g * jnp.where(self < 0, 1 - share, share)


@op("log_sigmoid(Tensor self)", forms=NN, out_name="log_sigmoid_forward", resize_out=resize_quietly,
    exact_out="expected scalar type {result.title} but found {out.title}",
    promote="result", kernel=f"log_sigmoid_cpu: {FLOAT}",
    grad=_log_sigmoid_gradient)  # fmt: skip
def log_sigmoid(self):
    """``log(sigmoid(self))``, without overflow."""
    return lax.min(self, jnp.zeros((), self.dtype)) - lax.log1p(lax.exp(-lax.abs(self)))


def _silu_gradient(g, self):
    s = lax.logistic(self)
    return g * jnp.conj(s * (1 + self * (1 - s)))


@op("silu(Tensor self)", forms=NN_, promote="result", layout="pointwise",
    kernel=f"silu_cpu: {FLOAT} complex", exact_out=EXACT, grad=_silu_gradient)  # fmt: skip
def silu(self):
    """``self * sigmoid(self)``."""
    return self / (1 + lax.exp(-self))


def _mish_gradient(g, self):
    t = lax.tanh(lax.log1p(lax.exp(self)))
    return g * (t + self * lax.logistic(self) * (1 - t * t))


@_float_op("mish(Tensor self)", "mish_cpu", forms=NN_, grad=_mish_gradient)
def mish(self):
    """``self * tanh(softplus(self))``."""
    return self * lax.tanh(lax.log1p(lax.exp(self)))


@_float_op("hardsigmoid(Tensor self)", "hardsigmoid_cpu", forms=NN_, once=True,
           grad=departs("0 at a bound")(lambda g, self: _where((self > -3) & (self < 3), g / 6, 0)))  # fmt: skip
def hardsigmoid(self):
    """The line through (-3, 0) and (3, 1), held between 0 and 1."""
    return jnp.clip(self + 3, 0, 6) / 6


@departs("0 at -3, 1 at 3")
def _hardswish_gradient(g, self):
    return _where(self <= -3, 0, _where(self < 3, g * (self / 3 + 0.5), g))


@_float_op("hardswish(Tensor self)", "hardswish_cpu", forms=NN_, grad=_hardswish_gradient)
def hardswish(self):
    """``self * hardsigmoid(self)``."""
    return self * jnp.clip(self + 3, 0, 6) / 6


def _check_gelu(self, *, approximate):
    if approximate not in ("none", "tanh"):
        raise RuntimeError("approximate argument must be either none or tanh.")


_GELU_SCALE, _GELU_CUBE = math.sqrt(2 / math.pi), 0.044715


def _gelu_gradient(g, self, approximate):
    if approximate == "none":
        cdf = 0.5 * (1 + lax.erf(self * math.sqrt(0.5)))
        pdf = lax.exp(-0.5 * self * self) / math.sqrt(2 * math.pi)
        return g * (cdf + self * pdf)
    inner = _GELU_SCALE * (self + _GELU_CUBE * self * self * self)
    t = lax.tanh(inner)
    slope = _GELU_SCALE * (1 + 3 * _GELU_CUBE * self * self)
    return g * (0.5 * (1 + t) + 0.5 * self * (1 - t * t) * slope)


@_float_op("gelu(Tensor self, *, str approximate='none')", "GeluKernelImpl", forms=NN_, check=_check_gelu,
           grad=_gelu_gradient)  # fmt: skip
def gelu(self, *, approximate):
    """``self`` times the normal distribution function of ``self`` (Hendrycks and Gimpel, 2016).

    Args:
        approximate: ``"none"``, or ``"tanh"`` for the tanh formula.
    """
    if approximate == "none":
        return self * 0.5 * (1 + lax.erf(self * math.sqrt(0.5)))
    inner = _GELU_SCALE * (self + _GELU_CUBE * self * self * self)
    return 0.5 * self * (1 + lax.tanh(inner))


# -- with parameters or dims ----------------------------------------------------------------------
def _check_prelu(self, weight):
    if self.dtype is not weight.dtype:
        raise RuntimeError(
            f"prelu: Type promoting not supported. Got {self.dtype.title} and {weight.dtype.title}"
        )
    if weight.ndim > 1:
        raise RuntimeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.ndim}")
    count = weight.shape[0] if weight.ndim else 1
    if count != 1:
        if not self.ndim:
            raise RuntimeError("Not allow zero-dim input tensor.")
        channels = self.shape[1] if self.ndim > 1 else 1
        if channels != count:
            raise RuntimeError(
                f"Mismatch of parameter numbers and input channel size. Found parameter numbers = {count} "
                f"and channel size = {channels}."
            )


@op("prelu.kernel(Tensor self, Tensor weight)", forms="", promote="result", layout="pointwise",
    kernel=f"prelu_cpu: {FLOAT}", node="PreluKernelBackward0",
    grad=lambda g, self, weight: (jnp.where(self > 0, g, weight * g), _where(self > 0, 0, self * g)))  # fmt: skip
def prelu_kernel(self, weight):
    return jnp.where(self > 0, self, weight * self)


@composite("prelu(Tensor self, Tensor weight)")
def prelu(self, weight):
    """``self`` where positive, ``weight * self`` elsewhere; one weight, or one a channel (dim 1)."""
    _check_prelu(self, weight)
    if self.ndim != weight.ndim:
        weight = weight.reshape([weight.numel() if d == 1 else 1 for d in range(self.ndim)])
    return dispatch(registry["prelu.kernel"], (self, weight))


def _check_glu(self, *, dim):
    if not self.ndim:
        raise RuntimeError("glu does not support scalars because halving size must be even")
    dim = wrap_dim(dim, self.ndim)
    if self.shape[dim] % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {dim} is size {self.shape[dim]}")


def _glu_layout(operands, *, dim):
    whole = operands[0]
    half = whole.shape[wrap_dim(dim, whole.ndim)] // 2
    halves = tuple(layouts.narrow(whole, dim, start, half) for start in (0, half))
    return pointwise_layout(halves[0].shape, halves)


@op("glu(Tensor self, int dim=-1)", forms=NN, promote="result", check=_check_glu, kernel=f"glu_cpu: {FLOAT}",
    layout=_glu_layout, exact_out=EXACT)  # fmt: skip
def glu(self, *, dim):
    """The first half along ``dim`` times the sigmoid of the second."""
    a, b = jnp.split(self, 2, dim)
    return a * lax.logistic(b)


# -- randomized -----------------------------------------------------------------------------------
_RRELU = {"forms": "", "promote": "result", "kernel": f"leaky_relu_cpu: {FLOAT}", "node": "RreluWithNoiseBackward0",
          "inplace_node": "RreluWithNoiseBackward1"}
op("rrelu_sloped(Tensor self, Scalar slope)", **_RRELU,
   grad=lambda g, self, slope: jnp.where(self > 0, g, g * slope))(leaky_relu)  # fmt: skip


@op("rrelu_with_noise(Tensor self, Tensor noise)", **_RRELU,
    grad=lambda g, self, noise: (jnp.where(self > 0, g, g * noise), None))  # fmt: skip
def rrelu_with_noise(self, noise):
    return jnp.where(self > 0, self, self * noise)


def _rrelu(self, lower, upper, training, gen, dest):
    for which, bound in (("lower", lower), ("upper", upper)):
        if not math.isfinite(bound):
            raise RuntimeError(f"rrelu: {which} bound must be finite, got {bound}")
    if lower > upper:
        raise RuntimeError("Lower bound should be less than or equal to the upper bound")
    if not training:
        return dispatch(registry["rrelu_sloped"], (self, (lower + upper) / 2), (), dest)
    # PyTorch draws for the elements that need a slope, in order
    negative = generator.values_of(self) <= 0

    def draw(engine):
        noise = np.ones(negative.shape, self.dtype.np)
        slopes = engine.doubles(int(negative.sum()))
        noise[negative] = (slopes * (upper - lower) + lower).astype(noise.dtype)
        return noise

    return dispatch(registry["rrelu_with_noise"], (self, drawn_tensor(gen, self.device, draw)), (), dest)


_RRELU_SCHEMA = (
    "Tensor self, Scalar lower=0.125, Scalar upper=0.3333333333333333, bool training=False, *, any generator=None"
)


@composite(f"rrelu({_RRELU_SCHEMA})", forms="function")
def rrelu(self, lower, upper, training, *, generator):
    """``self`` where positive; elsewhere times a slope drawn from [``lower``, ``upper``] in training,
    times their mean otherwise."""
    return _rrelu(self, lower, upper, training, generator, None)


@composite(f"rrelu_({_RRELU_SCHEMA})", forms="function")
def rrelu_(self, lower, upper, training, *, generator):
    """`rrelu` in place. Returns self."""
    return _rrelu(self, lower, upper, training, generator, self)


# -- softmax --------------------------------------------------------------------------------------
def softmax_dtype(pairs, *, dim, dtype):
    return dtype or pairs[0][0]


def softmax_check(name: str):
    def check(self, *, dim, dtype):
        last = wrap_dim(dim, self.ndim) == max(self.ndim - 1, 0)
        found = dtype or self.dtype
        if found.category != 2:
            raise refuse(f"{name}_lastdim_kernel_impl" if last else f"{name}_kernel_impl", found)

    return check


@along
def softmax_gradient(g, result, dim):
    return result * (g - jnp.sum(g * result, dim, keepdims=True))


@along
def _log_softmax_gradient(g, result, dim):
    return g - lax.exp(result) * jnp.sum(g, dim, keepdims=True)


_SOFTMAX = {"promote": softmax_dtype, "forms": "function method out", "exact_out": EXACT_STRUCTURED}


@op("softmax(Tensor self, int dim, dtype? dtype=None)", check=softmax_check("softmax"), **_SOFTMAX, refused_out=True,
    grad=lambda g, result, dim: softmax_gradient(g, result, dim=dim))  # fmt: skip
@along
def softmax(self, *, dim, dtype):
    """``exp(self) / sum(exp(self), dim)``: positive numbers with sum 1 along ``dim``.

    Args:
        dtype: the dtype to convert to first.

    Raises:
        NotImplementedError: ``self`` is not floating point and no ``dtype`` is given.

    Example:
        >>> torch.softmax(torch.tensor([0.0, 0.0]), 0)
        tensor([0.5000, 0.5000])
    """
    e = lax.exp(self - lax.stop_gradient(jnp.max(self, dim, keepdims=True, initial=-jnp.inf)))
    return e / jnp.sum(e, dim, keepdims=True)


@op("log_softmax(Tensor self, int dim, dtype? dtype=None)", check=softmax_check("log_softmax"),
    **_SOFTMAX, refused_out=True,
    grad=lambda g, result, dim: _log_softmax_gradient(g, result, dim=dim))  # fmt: skip
@along
def log_softmax(self, *, dim, dtype):
    """``log(softmax(self, dim))``, without overflow."""
    shifted = self - lax.stop_gradient(jnp.max(self, dim, keepdims=True, initial=-jnp.inf))
    return shifted - lax.log(jnp.sum(lax.exp(shifted), dim, keepdims=True))


# -- similarity -----------------------------------------------------------------------------------
def _clamped_norm(x, dim, eps):
    """The 2-norm along ``dim``, at least ``eps``; its gradient is that of the norm all the same."""
    square = jnp.sum(x * x, dim, keepdims=True)
    norm = jnp.where(square == 0, 0, lax.sqrt(jnp.where(square == 0, 1, square)))
    return jnp.where(norm < eps, eps + (norm - lax.stop_gradient(norm)), norm)


def _check_similarity(x1, x2, eps, *, dim):
    shape = broadcast_shapes(x1.shape, x2.shape)
    common = dtypes.result_dtype([(x1.dtype, x1.rank), (x2.dtype, x2.rank)])
    if common.category != 2:
        raise RuntimeError("expected common dtype to be floating point, yet common dtype is " + common.title)
    wrap_dim(dim, len(shape))


@op("cosine_similarity(Tensor x1, Tensor x2, int dim=1, Scalar eps=1e-8)", forms="function", promote="result",
    check=lambda x1, x2, eps, *, dim: _check_similarity(x1, x2, eps, dim=dim), node="SumBackward1")  # fmt: skip
def cosine_similarity(x1, x2, eps, *, dim):
    """The cosine of the angle between vectors along ``dim``: 1 for the same direction.

    Example:
        >>> torch.cosine_similarity(torch.tensor([[3.0, 4.0]]), torch.tensor([[6.0, 8.0]]))
        tensor([1.])
    """
    x1, x2 = jnp.broadcast_arrays(x1, x2)
    eps = eps.astype(x1.dtype)
    return jnp.sum((x1 / _clamped_norm(x1, dim, eps)) * (x2 / _clamped_norm(x2, dim, eps)), dim)


@op("row_norm(Tensor self, any p, bool keepdim)", forms="", promote="float", node="NormBackward1",
    grad=lambda g, self, p, result, keepdim: norm_gradient(
        _kept(g, keepdim), self, p, _kept(result, keepdim), (self.ndim - 1,)))  # fmt: skip
def row_norm(self, *, p, keepdim):
    return _kept(measure(self, p, (self.ndim - 1,)), not keepdim)


def _kept(x, keepdim: bool):
    return x if keepdim else x[..., None]


@composite("pairwise_distance(Tensor x1, Tensor x2, float p=2, float eps=1e-6, bool keepdim=False)",
           forms="function")  # fmt: skip
def pairwise_distance(x1, x2, p, eps, keepdim):
    """The ``p``-norm of ``x1 - x2 + eps`` over the last dim.

    Example:
        >>> torch.pairwise_distance(torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0]]), eps=0.0)
        tensor([5.])
    """
    return dispatch(registry["row_norm"], (x1.sub(x2).add(eps),), (p, keepdim))
