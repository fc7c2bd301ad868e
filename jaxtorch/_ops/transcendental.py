"""Exponentials, logarithms, trigonometric and special functions."""

from __future__ import annotations

import math
import operator
from functools import partial

import numpy as np
from jax import lax
from jax import numpy as jnp

from .._core import dtypes
from .._core.spec import departs, op, registry
from .families import (
    ANY,
    FLOAT,
    FUNCTION,
    REAL,
    SPECIAL,
    UNARY,
    binary,
    missing,
    overloaded,
    refuse,
    unary,
)
from .running import add_complex_exponentials

_LN2, _LN10, _PI = math.log(2), math.log(10), math.pi


# -- powers of two and their inverse --------------------------------------------------------------
def _powers_of_two(n, dtype):
    """Two exact powers of two, made of bits, with the product ``2**n``."""
    info = jnp.finfo(dtype)
    bits = np.dtype(f"int{info.bits}")
    top = info.maxexp - 1
    whole = jnp.clip(n, -2 * top, 2 * top).astype(bits)
    return [
        lax.bitcast_convert_type((part + top) << info.nmant, dtype)
        for part in (whole >> 1, whole - (whole >> 1))
    ]


def exp2(x):
    """``2**x``, exact for whole ``x``."""
    if x.dtype.kind == "c":
        return jnp.exp(x * _LN2)
    near = jnp.clip(jnp.round(x), -2048, 2048)  # NaN and the infinities come in by the rest
    rest = jnp.where(near == x, 0, x - near)
    low, high = _powers_of_two(near, x.dtype)
    return low * jnp.exp(rest * _LN2) * high


def log2(x):
    """The logarithm to base 2, exact for powers of two."""
    if x.dtype.kind == "c":
        return jnp.log(x) / _LN2
    mantissa, exponent = jnp.frexp(x)
    low = mantissa < math.sqrt(0.5)
    mantissa = jnp.where(low, 2 * mantissa, mantissa)
    exponent = (exponent - low).astype(x.dtype)
    plain = (x > 0) & (x < math.inf)
    return jnp.where(plain, exponent + jnp.log(mantissa) / _LN2, jnp.log(x))


def log10(x):
    """The logarithm to base 10, exact for powers of ten."""
    found = jnp.log(x) / _LN10
    if x.dtype.kind == "c":
        return found
    top = 308 if x.dtype == np.float64 else 38
    powers = np.array([float(f"1e{k}") for k in range(-top, top + 1)], x.dtype)
    whole = jnp.clip(jnp.nan_to_num(jnp.round(found), posinf=0, neginf=0), -top, top)
    exact = jnp.asarray(powers)[(whole + top).astype(np.int32)] == x
    return jnp.where(exact, whole, found)


# -- rows -----------------------------------------------------------------------------------------
def _rsqrt_of(fn):
    """A derivative of the form ``1 / sqrt(fn(self))``."""
    return lambda g, self: g * jnp.conj(lax.rsqrt(fn(self)))


def _slope(fn):
    """The gradient by a derivative that is a function of the input."""
    return lambda g, self: g * jnp.conj(fn(self))


def _slope_of_result(fn):
    """The gradient by a derivative that is a function of the result."""
    return lambda g, result: g * jnp.conj(fn(result))


def _sinc(x):
    angle = _PI * x
    return jnp.where(x == 0, jnp.ones_like(x), jnp.sin(angle) / jnp.where(x == 0, 1, angle))


def _sinc_gradient(g, self):
    angle = _PI * self
    square = angle * self
    zero = square == 0
    slope = (angle * jnp.cos(angle) - jnp.sin(angle)) / jnp.where(zero, 1, square)
    return jnp.where(zero, 0, g * jnp.conj(slope))


_EXACT = "the slope at exact powers, too, which the function takes apart"

for _name, _fn, _kernel, _rule, _doc in (
    ("exp", lax.exp, "exp_vml_cpu", _slope_of_result(lambda y: y), "e to the power of ``self``."),
    ("exp2", exp2, "exp2", departs(_EXACT)(_slope_of_result(lambda y: y * _LN2)), "2 to the power of ``self``."),
    ("expm1", lax.expm1, "expm1_vml_cpu", _slope_of_result(lambda y: y + 1),
     "``exp(self) - 1``, accurate near zero."),
    ("log", lax.log, "log_vml_cpu", lambda g, self: g / jnp.conj(self), "The natural logarithm."),
    ("log2", log2, "log2_vml_cpu", departs(_EXACT)(lambda g, self: g / jnp.conj(self * _LN2)),
     "The logarithm to base 2."),
    ("log10", log10, "log10_vml_cpu", departs(_EXACT)(lambda g, self: g / jnp.conj(self * _LN10)),
     "The logarithm to base 10."),
    ("log1p", lax.log1p, "log1p_vml_cpu", lambda g, self: g / jnp.conj(self + 1),
     "``log(1 + self)``, accurate near zero."),
    ("sqrt", lax.sqrt, "sqrt_vml_cpu", lambda g, result: g / jnp.conj(2 * result),
     "The square root."),
    ("rsqrt", lax.rsqrt, "rsqrt_cpu", _slope_of_result(lambda y: -0.5 * (y * y * y)),
     "``1 / sqrt(self)``."),
    ("sin", lax.sin, "sin_vml_cpu", _slope(jnp.cos), "The sine."),
    ("cos", lax.cos, "cos_vml_cpu", _slope(lambda x: -jnp.sin(x)), "The cosine."),
    ("tan", lax.tan, "tan_vml_cpu", _slope_of_result(lambda y: 1 + y * y), "The tangent."),
    ("asin", lax.asin, "asin_vml_cpu", _rsqrt_of(lambda x: 1 - x * x), "The inverse of the sine."),
    ("acos", lax.acos, "acos_vml_cpu", _slope(lambda x: -lax.rsqrt(1 - x * x)),
     "The inverse of the cosine."),
    ("atan", lax.atan, "atan_vml_cpu", lambda g, self: g / jnp.conj(self * self + 1),
     "The inverse of the tangent."),
    ("sinh", lax.sinh, "sinh_cpu", _slope(jnp.cosh), "The hyperbolic sine."),
    ("cosh", lax.cosh, "cosh_cpu", _slope(jnp.sinh), "The hyperbolic cosine."),
    ("tanh", lax.tanh, "tanh_vml_cpu", _slope_of_result(lambda y: 1 - y * y),
     "The hyperbolic tangent."),
    ("asinh", lax.asinh, "asinh_cpu", _rsqrt_of(lambda x: x * x + 1),
     "The inverse hyperbolic sine."),
    ("acosh", lax.acosh, "acosh_cpu", _rsqrt_of(lambda x: x * x - 1),
     "The inverse hyperbolic cosine."),
    ("atanh", lax.atanh, "atanh_cpu", lambda g, self: g / jnp.conj(1 - self * self),
     "The inverse hyperbolic tangent."),
    ("sigmoid", lax.logistic, "sigmoid_cpu", _slope_of_result(lambda y: y * (1 - y)),
     "``1 / (1 + exp(-self))``."),
    ("sinc", _sinc, "sinc_cpu", _sinc_gradient, "``sin(pi self) / (pi self)``, 1 at zero."),
):  # fmt: skip
    _forms = UNARY
    if _name in ("asinh", "acosh", "atanh"):  # PyTorch has no derivative of their in-place forms
        _forms = FUNCTION
        unary(f"{_name}_", _fn, kernel=f"{_kernel}: {ANY}", forms="inplace function_", doc=_doc,
              node=f"{_name.title()}Backward1",
              grad=missing(f"the derivative for 'inplace version of {_name}' is not implemented."))  # fmt: skip
    unary(_name, _fn, kernel=f"{_kernel}: {ANY}", forms=_forms, grad=_rule, doc=_doc)

def _slope_of_scaling(factor: float):
    return lambda g: g * factor


for _name, _factor, _doc in (
    ("deg2rad", _PI / 180, "Degrees as radians."),
    ("rad2deg", 180 / _PI, "Radians as degrees."),
):
    _scaled = partial(operator.mul, _factor)
    unary(_name, _scaled, kernel=f"mul_cpu_reduced_float: {REAL}", doc=_doc,
          check=refuse("complex", f"{_name} is not supported for complex tensors.", RuntimeError),
          grad=_slope_of_scaling(_factor))  # fmt: skip


# -- two operands ---------------------------------------------------------------------------------
@departs("0 at (0, 0), not 0 / 0")
def _atan2_gradient(g, self, other):
    square = self * self + other * other
    inverse = jnp.where(square == 0, 0, 1 / square)
    return g * other * inverse, g * -self * inverse


binary("atan2", lax.atan2, promote="float", kernel=f"atan2_cpu: {REAL}", grad=_atan2_gradient,
       doc="The angle of the point (``other``, ``self``) in (-pi, pi].")  # fmt: skip


def _logaddexp2(a, b):
    large = jnp.maximum(a, b)
    found = large + lax.log1p(exp2(-jnp.abs(a - b))) / _LN2
    return jnp.where((a == b) & jnp.isinf(a), a, found)


def _joint_gradient(power):
    """The gradient of a logarithm of a sum of two powers."""
    return lambda g, self, other: (
        g / jnp.conj(1 + power(other - self)), g / jnp.conj(1 + power(self - other))
    )  # fmt: skip


def _logaddexp(a, b):
    return add_complex_exponentials(a, b) if a.dtype.kind == "c" else jnp.logaddexp(a, b)


binary("logaddexp", _logaddexp, forms=FUNCTION, kernel=f"logaddexp_cpu: {FLOAT} complex",
       grad=_joint_gradient(jnp.exp),
       doc="``log(exp(self) + exp(other))`` without overflow.")  # fmt: skip
binary("logaddexp2", _logaddexp2, forms=FUNCTION, kernel=f"logaddexp2_cpu: {FLOAT}",
       grad=departs(_EXACT)(_joint_gradient(exp2)),
       doc="``log2(2**self + 2**other)`` without overflow.")  # fmt: skip


def _scale(self, other):
    return self * exp2(other)


def _scale_gradient(scale):
    return lambda g, other, result: (g * jnp.conj(scale(other)), g * jnp.conj(result * _LN2))


_SCALING = {
    "promote": "float", "kernel": f"pow: {ANY}",
    "cast_error": "ldexp can't be cast to the desired output type {out.title}",
}  # fmt: skip
# PyTorch's gradient takes 2 to the power of an integer as an integer: 0 where it is negative
binary("ldexp.integer", _scale, **_SCALING, forms="", node="LdexpBackward0",
       grad=departs("2 to the power of a negative integer is the integer 0")(
           _scale_gradient(lambda other: jnp.where(other < 0, 0, exp2(other)))))  # fmt: skip
binary("ldexp", _scale, **_SCALING, forms=UNARY + " function_",
       specialize=lambda operands: registry["ldexp.integer"] if operands[1]._dtype.category < 2 else None,
       grad=departs(_EXACT)(_scale_gradient(exp2)), doc="``self * 2**other``.")  # fmt: skip


def _times_log(log):
    """``x * log(y)`` that is 0 where ``x`` is, unless ``y`` is NaN."""

    def product(x, y):
        found = jnp.where(x == 0, 0, x * log(y))
        return jnp.where(jnp.isnan(y), y, found)

    return product


def _times_log_gradient(product, shift: float):
    @departs("the logarithm where the first operand is 0; 0 where there is none")
    def rule(g, self, other):
        masked = (self == 0) & (other <= -shift)
        return jnp.where(masked, 0, product(g, other)), g * self / (other + shift)

    return rule


for _name, _log, _shift, _forms, _node, _doc in (
    ("xlogy", lax.log, 0.0, UNARY + " function_", "Xlogy",
     "``self * log(other)``, 0 where ``self`` is."),
    ("special_xlog1py", lax.log1p, 1.0, SPECIAL, "SpecialXlog1Py",
     "``self * log1p(other)``, 0 where ``self`` is."),
):
    _product = _times_log(_log)
    overloaded(_name, _product, forms=_forms, promote="float", doc=_doc,
               kernel=f"{_name.removeprefix('special_')}_cpu: {REAL}",
               grad=_times_log_gradient(_product, _shift), TT={"node": f"{_node}Backward0"},
               TS={"node": f"{_node}Backward2"}, ST={"node": f"{_node}Backward1"})  # fmt: skip


# -- logit ----------------------------------------------------------------------------------------
@departs("inf at 0 and 1, nan beyond")
def _logit_gradient(g, self, eps):
    slope = g / (self * (1 - self))
    if eps is None:
        return jnp.where((self < 0) | (self > 1), jnp.asarray(math.nan, g.dtype), slope)
    return jnp.where((self < eps) | (self > 1 - eps), 0, slope)


@op("logit(Tensor self, Number? eps=None)", forms=UNARY + " function_ special",
    promote=lambda pairs: dtypes.get_default_dtype() if pairs[0][0].category < 2 else pairs[0][0],
    layout="pointwise", unary=True, kernel=f"logit_cpu: {REAL}", grad=_logit_gradient)  # fmt: skip
def logit(self, eps):
    """``log(self / (1 - self))``, of ``self`` clamped to [eps, 1 - eps] where eps is given."""
    if eps is not None:
        self = jnp.where(self < eps, eps, jnp.where(self > 1 - eps, 1 - eps, self))
    return jnp.log(self / (1 - self))


# -- error functions ------------------------------------------------------------------------------
def _erfinv(x):
    return jnp.where(jnp.abs(x) > 1, jnp.asarray(math.nan, x.dtype), lax.erf_inv(x))


_TWO_OVER_SQRT_PI = 2 / math.sqrt(_PI)

for _name, _fn, _rule, _doc in (
    ("erf", lax.erf, lambda g, self: _TWO_OVER_SQRT_PI * jnp.exp(-(self * self)) * g,
     "The error function."),
    ("erfc", lax.erfc, lambda g, self: -_TWO_OVER_SQRT_PI * jnp.exp(-(self * self)) * g,
     "``1 - erf(self)``."),
    ("erfinv", _erfinv, lambda g, self: 0.5 * math.sqrt(_PI) * jnp.exp(_erfinv(self) ** 2) * g,
     "The inverse of the error function."),
):  # fmt: skip
    unary(_name, _fn, kernel=f"{_name}_vml_cpu: {REAL}", grad=_rule, doc=_doc)
