"""Exponentials, logarithms, trigonometric and special functions."""

from __future__ import annotations

import math
import operator
from functools import partial

import numpy as np
from jax import lax
from jax import numpy as jnp
from jax.scipy import special as jsp

from .._core import dtypes
from .._core.spec import op
from .families import (
    ANY,
    FLOAT,
    FUNCTION,
    REAL,
    SPECIAL,
    UNARY,
    binary,
    overloaded,
    refuse,
    unary,
)

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


def _tangent(x):
    return jnp.tan(x)


def _sinc(x):
    angle = _PI * x
    return jnp.where(x == 0, jnp.ones_like(x), jnp.sin(angle) / jnp.where(x == 0, 1, angle))


def _sinc_gradient(g, self):
    angle = _PI * self
    square = angle * self
    zero = square == 0
    slope = (angle * jnp.cos(angle) - jnp.sin(angle)) / jnp.where(zero, 1, square)
    return jnp.where(zero, 0, g * jnp.conj(slope))


for _name, _fn, _kernel, _rule, _doc in (
    ("exp", lax.exp, "exp_vml_cpu", _slope_of_result(lambda y: y), "e to the power of ``self``."),
    ("exp2", exp2, "exp2", _slope_of_result(lambda y: y * _LN2), "2 to the power of ``self``."),
    ("expm1", lax.expm1, "expm1_vml_cpu", _slope_of_result(lambda y: y + 1),
     "``exp(self) - 1``, accurate near zero."),
    ("log", lax.log, "log_vml_cpu", lambda g, self: g / jnp.conj(self), "The natural logarithm."),
    ("log2", log2, "log2_vml_cpu", lambda g, self: g / jnp.conj(self * _LN2), "The logarithm to base 2."),
    ("log10", log10, "log10_vml_cpu", lambda g, self: g / jnp.conj(self * _LN10), "The logarithm to base 10."),
    ("log1p", lax.log1p, "log1p_vml_cpu", lambda g, self: g / jnp.conj(self + 1),
     "``log(1 + self)``, accurate near zero."),
    ("sqrt", lax.sqrt, "sqrt_vml_cpu", lambda g, result: g / jnp.conj(2 * result), "The square root."),
    ("rsqrt", lax.rsqrt, "rsqrt_cpu", _slope_of_result(lambda y: -0.5 * (y * y * y)), "``1 / sqrt(self)``."),
    ("sin", lax.sin, "sin_vml_cpu", _slope(jnp.cos), "The sine."),
    ("cos", lax.cos, "cos_vml_cpu", _slope(lambda x: -jnp.sin(x)), "The cosine."),
    ("tan", _tangent, "tan_vml_cpu", _slope_of_result(lambda y: 1 + y * y), "The tangent."),
    ("asin", lax.asin, "asin_vml_cpu", _rsqrt_of(lambda x: 1 - x * x), "The inverse of the sine."),
    ("acos", lax.acos, "acos_vml_cpu", _slope(lambda x: -lax.rsqrt(1 - x * x)), "The inverse of the cosine."),
    ("atan", lax.atan, "atan_vml_cpu", lambda g, self: g / jnp.conj(self * self + 1),
     "The inverse of the tangent."),
    ("sinh", lax.sinh, "sinh_cpu", _slope(jnp.cosh), "The hyperbolic sine."),
    ("cosh", lax.cosh, "cosh_cpu", _slope(jnp.sinh), "The hyperbolic cosine."),
    ("tanh", lax.tanh, "tanh_vml_cpu", _slope_of_result(lambda y: 1 - y * y), "The hyperbolic tangent."),
    ("asinh", lax.asinh, "asinh_cpu", _rsqrt_of(lambda x: x * x + 1), "The inverse hyperbolic sine."),
    ("acosh", lax.acosh, "acosh_cpu", _rsqrt_of(lambda x: x * x - 1), "The inverse hyperbolic cosine."),
    ("atanh", lax.atanh, "atanh_cpu", lambda g, self: g / jnp.conj(1 - self * self),
     "The inverse hyperbolic tangent."),
    ("sigmoid", lax.logistic, "sigmoid_cpu", _slope_of_result(lambda y: y * (1 - y)), "``1 / (1 + exp(-self))``."),
    ("sinc", _sinc, "sinc_cpu", _sinc_gradient, "``sin(pi self) / (pi self)``, 1 at zero."),
):  # fmt: skip
    unary(_name, _fn, kernel=f"{_kernel}: {ANY}", grad=_rule, doc=_doc)

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


binary("logaddexp", jnp.logaddexp, forms=FUNCTION, kernel=f"logaddexp_cpu: {FLOAT} complex",
       grad=_joint_gradient(jnp.exp), doc="``log(exp(self) + exp(other))`` without overflow.")  # fmt: skip
binary("logaddexp2", _logaddexp2, forms=FUNCTION, kernel=f"logaddexp2_cpu: {FLOAT}",
       grad=_joint_gradient(exp2), doc="``log2(2**self + 2**other)`` without overflow.")  # fmt: skip


def _scale(self, other):
    return self * exp2(other)


binary("ldexp", _scale, promote="float", kernel=f"pow: {ANY}", forms=UNARY + " function_",
       grad=lambda g, self, other: (
           g * jnp.conj(exp2(other)), g * jnp.conj(self * exp2(other) * _LN2)),
       doc="``self * 2**other``.")  # fmt: skip


def _times_log(log):
    """``x * log(y)`` that is 0 where ``x`` is, unless ``y`` is NaN."""

    def product(x, y):
        found = jnp.where(x == 0, 0, x * log(y))
        return jnp.where(jnp.isnan(y), y, found)

    return product


def _times_log_gradient(product, shift: float):
    def rule(g, self, other):
        masked = (self == 0) & (other <= -shift)
        return jnp.where(masked, 0, product(g, other)), g * self / (other + shift)

    return rule


for _name, _log, _shift, _forms, _node, _doc in (
    ("xlogy", lax.log, 0.0, UNARY + " function_", "Xlogy", "``self * log(other)``, 0 where ``self`` is."),
    ("special_xlog1py", lax.log1p, 1.0, SPECIAL, "SpecialXlog1Py", "``self * log1p(other)``, 0 where ``self`` is."),
):
    _product = _times_log(_log)
    overloaded(_name, _product, forms=_forms, promote="float", doc=_doc,
               kernel=f"{_name.removeprefix('special_')}_cpu: {REAL}",
               grad=_times_log_gradient(_product, _shift), TT={"node": f"{_node}Backward0"},
               TS={"node": f"{_node}Backward2"}, ST={"node": f"{_node}Backward1"})  # fmt: skip


# -- logit ----------------------------------------------------------------------------------------
def _logit_gradient(g, self, eps):
    slope = g / (self * (1 - self))
    if eps is None:
        return jnp.where((self < 0) | (self > 1), jnp.asarray(math.nan, g.dtype), slope)
    return jnp.where((self < eps) | (self > 1 - eps), 0, slope)


@op("logit(Tensor self, Number? eps=None)", forms=UNARY + " function_ special",
    promote=lambda pairs: dtypes.get_default_dtype() if pairs[0][0].category < 2 else pairs[0][0],
    layout="pointwise", kernel=f"logit_cpu: {REAL}", grad=_logit_gradient)  # fmt: skip
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
    ("erf", lax.erf, lambda g, self: _TWO_OVER_SQRT_PI * jnp.exp(-(self * self)) * g, "The error function."),
    ("erfc", lax.erfc, lambda g, self: -_TWO_OVER_SQRT_PI * jnp.exp(-(self * self)) * g, "``1 - erf(self)``."),
    ("erfinv", _erfinv, lambda g, self: 0.5 * math.sqrt(_PI) * jnp.exp(_erfinv(self) ** 2) * g,
     "The inverse of the error function."),
):  # fmt: skip
    unary(_name, _fn, kernel=f"{_name}_vml_cpu: {REAL}", grad=_rule, doc=_doc)


def _erfcx(x):
    """``exp(x**2) erfc(x)``: by its continued fraction where the product would over- and underflow."""
    size = jnp.abs(x)
    far = jnp.maximum(size, 2)
    tail = lax.fori_loop(0, 80, lambda i, t: far + (80 - i) / 2 / t, far)
    near = jnp.minimum(size, 2)
    found = jnp.where(size < 2, jnp.exp(near * near) * lax.erfc(near), 1 / (math.sqrt(_PI) * tail))
    return jnp.where(x < 0, 2 * jnp.exp(x * x) - found, found)


def _ndtr(x):
    return 0.5 * (1 + lax.erf(x * math.sqrt(0.5)))


# -- gamma functions ------------------------------------------------------------------------------
def _digamma(x):
    pole = jnp.where(x == 0, jnp.copysign(jnp.asarray(math.inf, x.dtype), -x), jnp.asarray(math.nan, x.dtype))
    return jnp.where((x <= 0) & (x == jnp.floor(x)), pole, lax.digamma(x))


def _trigamma(x):
    """The second derivative of log gamma: reflection, six steps up, then its asymptotic series."""
    reflected = x < 0.5
    sine = jnp.sin(_PI * x)
    z = jnp.where(reflected, 1 - x, x)
    total = jnp.zeros_like(x)
    for _ in range(6):
        total = total + 1 / (z * z)
        z = z + 1
    w = 1 / (z * z)
    series = 1 / 42 + w * (-1 / 30 + w * (5 / 66))
    total = total + (1 + 1 / (2 * z) + w * (1 / 6 + w * (-1 / 30 + w * series))) / z
    return jnp.where(reflected, (_PI / sine) ** 2 - total, total)


def polygamma(x, n: int):
    """The n-th derivative of `_digamma`."""
    if n == 0:
        return _digamma(x)
    if n == 1:
        return _trigamma(x)
    return (1 if n % 2 else -1) * math.gamma(n + 1) * lax.zeta(jnp.full_like(x, n + 1), x)


def _check_polygamma(self, n):
    if n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")


for _key, _forms in (("polygamma(int n, Tensor self)", "function out"),
                     ("polygamma.method(Tensor self, int n)", "method inplace")):  # fmt: skip
    op(_key, forms=_forms, promote="float", layout="pointwise", kernel=f"polygamma: {REAL}",
       check=_check_polygamma, grad=lambda g, self, n: g * polygamma(self, n + 1),
       doc="The ``n``-th derivative of the digamma function.")(polygamma)  # fmt: skip

unary("lgamma", lax.lgamma, kernel=f"lgamma_vml_cpu: {REAL}", grad=lambda g, self: g * _digamma(self),
      doc="The logarithm of the absolute value of the gamma function.")  # fmt: skip
unary("digamma", _digamma, kernel=f"digamma: {REAL}", grad=lambda g, self: g * _trigamma(self),
      doc="The derivative of `lgamma`.")  # fmt: skip


def _check_mvlgamma(self, p):
    if self.dtype is dtypes.bool_:
        raise RuntimeError("The input tensor may not be a boolean tensor.")
    if p < 1:
        raise RuntimeError("p has to be greater than or equal to 1")


def _shifted(x, p):
    return x[..., None] + jnp.arange((1 - p) / 2, 0.5, 0.5, dtype=x.dtype)


@op("mvlgamma(Tensor self, int p)", forms=UNARY, promote="float", kernel="arange_cpu: int uint half float",
    check=_check_mvlgamma,
    grad=lambda g, self, p: g * _digamma(_shifted(self, p)).sum(-1))  # fmt: skip
def mvlgamma(self, *, p):
    """The logarithm of the multivariate gamma function of dimension ``p``."""
    return lax.lgamma(_shifted(self, p)).sum(-1) + p * (p - 1) / 4 * math.log(_PI)


def _igamma_gradient(name: str, sign: int):
    def rule(g, self, other, needs):
        if needs[0]:
            raise NotImplementedError(f"the derivative for '{name}: input' is not implemented.")
        return None, sign * g * jnp.exp((self - 1) * jnp.log(other) - other - lax.lgamma(self))

    return rule


for _name, _fn, _sign, _doc in (
    ("igamma", jsp.gammainc, 1, "The regularized lower incomplete gamma function."),
    ("igammac", jsp.gammaincc, -1, "The regularized upper incomplete gamma function."),
):
    binary(_name, _fn, kernel=f"{_name}_cpu: {FLOAT}", grad=_igamma_gradient(_name, _sign), doc=_doc)


# -- Bessel functions -----------------------------------------------------------------------------
def _away_from_zero(x):
    """(whether ``x`` is not tiny, ``x`` or a small number in its place)."""
    small = jnp.finfo(x.dtype).eps
    plain = jnp.abs(x) > small
    return plain, jnp.where(plain, x, small)


def _i1_gradient(g, self, result):
    plain, x = _away_from_zero(self)
    return g * jnp.where(plain, jsp.i0(x) - result / x, 0.5)


def _i1e_gradient(g, self, result):
    plain, x = _away_from_zero(self)
    return g * jnp.where(plain, jsp.i0e(x) - result * (jnp.sign(x) + 1 / x), 0.5)


unary("i0", jsp.i0, kernel=f"i0_vml_cpu: {REAL}", grad=lambda g, self: g * jsp.i1(self),
      doc="The modified Bessel function of the first kind, order 0.")  # fmt: skip

# -- torch.special --------------------------------------------------------------------------------
_NO_HALF = "bool int uint float"
_SQRT_2PI = math.sqrt(2 * _PI)

for _name, _fn, _kernel, _rule, _doc in (
    ("i0e", jsp.i0e, f"i0e_cpu: {REAL}", lambda g, self, result: g * (jsp.i1e(self) - jnp.sign(self) * result),
     "``exp(-|self|) i0(self)``."),
    ("i1", jsp.i1, f"i1_cpu: {REAL}", _i1_gradient, "The modified Bessel function of the first kind, order 1."),
    ("i1e", jsp.i1e, f"i1e_cpu: {REAL}", _i1e_gradient, "``exp(-|self|) i1(self)``."),
    ("entr", jsp.entr, f"entr_cpu: {REAL}", lambda g, self: g * (-1 - jnp.log(self)), "``-self log(self)``."),
    ("erfcx", _erfcx, f"erfcx_cpu: {_NO_HALF}",
     lambda g, self, result: (2 * self * result - _TWO_OVER_SQRT_PI) * g, "``exp(self**2) erfc(self)``."),
    ("ndtri", jsp.ndtri, f"ndtri_cpu: {_NO_HALF}",
     lambda g, result: g * _SQRT_2PI * jnp.exp(result * result / 2), "The inverse of `ndtr`."),
    ("log_ndtr", jsp.log_ndtr, f"log_ndtr_cpu: {_NO_HALF}",
     lambda g, self: g / _erfcx(-self * math.sqrt(0.5)) * math.sqrt(2 / _PI), "The logarithm of `ndtr`."),
):  # fmt: skip
    unary("special_" + _name, _fn, forms=SPECIAL, kernel=_kernel, grad=_rule, doc=_doc)

unary("special_ndtr", _ndtr, forms=SPECIAL, kernel=f"erf_vml_cpu: {REAL}", node="MulBackward1",
      doc="The area under the standard normal density up to ``self``.")  # fmt: skip

for _name, _fn, _doc in (
    ("modified_bessel_i0", jsp.i0, "The modified Bessel function of the first kind, order 0."),
    ("modified_bessel_i1", jsp.i1, "The modified Bessel function of the first kind, order 1."),
    ("spherical_bessel_j0", lambda x: jnp.where(x == 0, 1, jnp.sin(x) / jnp.where(x == 0, 1, x)),
     "``sin(self) / self``."),
):
    unary("special_" + _name, _fn, forms=SPECIAL, kernel=f"{_name}_cpu: {_NO_HALF}", differentiable=False,
          doc=_doc)  # fmt: skip


def _zeta_gradient(g, self, other, needs):
    if needs[0]:
        raise NotImplementedError("the derivative for 'zeta' is not implemented.")
    return None, g * -self * lax.zeta(self + 1, other)


overloaded("special_zeta", lax.zeta, forms=SPECIAL, promote="float", kernel=f"zeta_cpu: {_NO_HALF}",
           doc="The Hurwitz zeta function: the sum of ``1 / (k + other)**self`` over k = 0, 1, ...",
           TT={"node": "SpecialZetaBackward0", "grad": _zeta_gradient},
           TS={"node": "SpecialZetaBackward2", "grad": lambda g, self, other, needs: _zeta_gradient(g, self, other, (True,))},
           ST={"node": "SpecialZetaBackward1",
               "grad": lambda g, self, other: g * -self * lax.zeta(self + 1, other)})  # fmt: skip
