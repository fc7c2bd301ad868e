"""Gamma and Bessel functions, orthogonal polynomials and the rest of torch.special."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import jax
import numpy as np
from jax import lax
from jax import numpy as jnp
from jax.scipy import special as jsp

from .._core import dtypes
from .._core.dispatch import dispatch
from .._core.spec import composite, departs, op, registry
from .families import FLOAT, REAL, SPECIAL, binary, overloaded, require_kernel, unary

_PI, _EULER = math.pi, 0.5772156649015328606
_NO_HALF = "bool int uint float"


def in_double(fn: Callable) -> Callable:
    """``fn`` of float32 computed in double: XLA's series for float32 lose digits that PyTorch keeps
    (lgamma of 1 is not 0)."""

    def function(*operands, **static):
        kind = operands[0].dtype
        wide = [o.astype(np.float64) for o in operands] if kind == np.float32 else operands
        return fn(*wide, **static).astype(kind)

    return function


_i0, _i1, _i0e, _i1e = map(in_double, (jsp.i0, jsp.i1, jsp.i0e, jsp.i1e))
_lgamma = in_double(lax.lgamma)


# -- gamma functions ------------------------------------------------------------------------------
@in_double
def _digamma(x):
    zero = jnp.copysign(jnp.asarray(math.inf, x.dtype), -x)
    pole = jnp.where(x == 0, zero, jnp.asarray(math.nan, x.dtype))
    return jnp.where((x <= 0) & (x == jnp.floor(x)), pole, lax.digamma(x))


@in_double
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
    series = w * (1 / 6 + w * (-1 / 30 + w * (1 / 42 - w / 30)))
    total = total + (1 + 1 / (2 * z) + series) / z
    return jnp.where(reflected, (_PI / sine) ** 2 - total, total)


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def polygamma(x, n: int):
    """The n-th derivative of the digamma function."""
    if n == 0:
        return _digamma(x)
    if n == 1:
        return _trigamma(x)
    return (1 if n % 2 else -1) * math.gamma(n + 1) * _zeta(jnp.full_like(x, n + 1), x)


@polygamma.defjvp
def _(n, primals, tangents):
    (x,), (t,) = primals, tangents
    return polygamma(x, n), t * polygamma(x, n + 1)


@jax.custom_jvp
@in_double
def _zeta(s, q):
    pole = (q <= 0) & (q == jnp.floor(q))
    # XLA's series holds for positive q: the terms in front of it are added one by one
    front = ~pole & jnp.isfinite(q) & (s == jnp.floor(s))

    def step(at):
        q, total = at
        add = front & (q <= 0)
        term = jnp.where(add, q, 1) ** -s
        return jnp.where(add, q + 1, q), jnp.where(add, total + term, total)

    q, total = lax.while_loop(lambda at: jnp.any(front & (at[0] <= 0)), step, (q, jnp.zeros_like(q)))
    undefined = (s < 1) | (q <= 0) & ~pole
    found = jnp.where(undefined, jnp.asarray(math.nan, q.dtype), total + lax.zeta(s, q))
    return jnp.where((s == 1) | pole & (s > 1), jnp.asarray(math.inf, q.dtype), found)


@_zeta.defjvp
def _(primals, tangents):
    # of q only: the rules below refuse the derivative of s, which PyTorch does not have either
    s, q = primals
    return _zeta(s, q), tangents[1] * -s * _zeta(s + 1, q)


def _check_polygamma(self, n):
    if n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")
    require_kernel({0: "digamma", 1: "trigamma"}.get(n, "polygamma"), REAL, self.dtype)


for _key, _forms in (
    ("polygamma(int n, Tensor self)", "function out"),
    ("polygamma.method(Tensor self, int n)", "method inplace"),
):
    op(_key, forms=_forms, promote="float", layout="pointwise", check=_check_polygamma,
       inplace_node="PolygammaBackward1",
       grad=lambda g, self, n: g * polygamma(self, n + 1),
       doc="The ``n``-th derivative of the digamma function.",
       )(lambda self, *, n: polygamma(self, n))  # fmt: skip

unary("lgamma", _lgamma, kernel=f"lgamma_vml_cpu: {REAL}",
      grad=departs("-inf at 0, the pole of the digamma function")(lambda g, self: g * polygamma(self, 0)),
      doc="The logarithm of the absolute value of the gamma function.")  # fmt: skip
unary("digamma", _digamma, kernel=f"digamma: {REAL}",
      grad=departs("inf at 0 and large at the other poles, where the function is cut")(
          lambda g, self: g * polygamma(self, 1)),
      doc="The derivative of `lgamma`.")  # fmt: skip


def _check_mvlgamma(self, p):
    if self.dtype is dtypes.bool_:
        raise RuntimeError("The input tensor may not be a boolean tensor.")
    if p < 1:
        raise RuntimeError("p has to be greater than or equal to 1")


def _shifted(x, p):
    return x[..., None] + jnp.arange((1 - p) / 2, 0.5, 0.5, dtype=x.dtype)


_MVLGAMMA = {
    "promote": "float", "check": _check_mvlgamma,
    "kernel": "arange_cpu: int uint half float", "node": "MvlgammaBackward0",
    "grad": lambda g, self, p: g * polygamma(_shifted(self, p), 0).sum(-1),
}  # fmt: skip
_NOT_CAST = "mvlgamma: result type {} can't be cast to the desired output type {}"


# PyTorch's texts name the input's dtype as the result's, and the result's as the output's
@op("mvlgamma_(Tensor self, int p)", forms="inplace",
    cast_error=_NOT_CAST.format("{out.title}", "{result.title}"), **_MVLGAMMA)  # fmt: skip
@op("mvlgamma(Tensor self, int p)", forms="function method out",
    cast_error=_NOT_CAST.format("{result.title}", "{result.title}"), **_MVLGAMMA)  # fmt: skip
def mvlgamma(self, *, p):
    """The logarithm of the multivariate gamma function of dimension ``p``."""
    return _lgamma(_shifted(self, p)).sum(-1) + p * (p - 1) / 4 * math.log(_PI)


def _igamma_gradient(name: str, sign: int) -> Callable:
    def rule(g, self, other, needs):
        if needs[0]:
            raise NotImplementedError(f"the derivative for '{name}: input' is not implemented.")
        density = jnp.exp((self - 1) * jnp.log(other) - other - _lgamma(self))
        return None, sign * g * density

    return rule


def _incomplete(fn, upper: bool):
    """``fn`` with PyTorch's answers at zero and infinity; ``upper`` is what is left at zero."""

    def function(a, x):
        left, all_ = (1.0, 0.0) if upper else (0.0, 1.0)
        inner = fn(jnp.where((a > 0) & (a < math.inf), a, 1),
                   jnp.where((x > 0) & (x < math.inf), x, 1))
        found = jnp.where(jnp.isnan(a) | jnp.isnan(x), math.nan, inner)
        found = jnp.where(x == math.inf, all_, found)
        found = jnp.where(a == math.inf, jnp.where(x == math.inf, math.nan, left), found)
        found = jnp.where(x == 0, left, found)
        found = jnp.where(a == 0, jnp.where(x > 0, all_, math.nan), found)
        return jnp.where((a < 0) | (x < 0), math.nan, found).astype(a.dtype)

    return function


for _name, _fn, _sign, _doc in (
    ("igamma", in_double(_incomplete(jsp.gammainc, False)), 1,
     "The regularized lower incomplete gamma function."),
    ("igammac", in_double(_incomplete(jsp.gammaincc, True)), -1,
     "The regularized upper incomplete gamma function."),
):
    binary(_name, _fn, kernel=f"{_name}_cpu: {FLOAT}", grad=_igamma_gradient(_name, _sign),
           doc=_doc)


def _zeta_gradient(g, self, other, needs):
    if needs[0]:
        raise NotImplementedError("the derivative for 'zeta' is not implemented.")
    return None, g * -self * _zeta(self + 1, other)


overloaded("special_zeta", _zeta, forms=SPECIAL, promote="float", kernel=f"zeta_cpu: {_NO_HALF}",
           doc="The Hurwitz zeta function: the sum of ``1 / (k + other)**self`` over k = 0, 1, ...",
           grad=_zeta_gradient, TT={"node": "SpecialZetaBackward0"},
           TS={"node": "SpecialZetaBackward2"},
           ST={"node": "SpecialZetaBackward1",
               "grad": lambda g, self, other: g * -self * _zeta(self + 1, other)})  # fmt: skip


# -- error functions ------------------------------------------------------------------------------
def _erfcx(x):
    """``exp(x**2) erfc(x)``: by its continued fraction where the factors over- and underflow."""
    size = jnp.abs(x)
    far = jnp.maximum(size, 2)
    tail = lax.fori_loop(0, 80, lambda i, t: far + (80 - i) / 2 / t, far)
    near = jnp.minimum(size, 2)
    found = jnp.where(size < 2, jnp.exp(near * near) * lax.erfc(near), 1 / (math.sqrt(_PI) * tail))
    return jnp.where(x < 0, 2 * jnp.exp(x * x) - found, found)


# -- Bessel functions -----------------------------------------------------------------------------
def _away_from_zero(x):
    """(whether ``x`` is not tiny, ``x`` or a small number in its place)."""
    small = jnp.finfo(x.dtype).eps
    plain = jnp.abs(x) > small
    return plain, jnp.where(plain, x, small)


def _i1_gradient(g, self, result):
    plain, x = _away_from_zero(self)
    return g * jnp.where(plain, _i0(x) - result / x, 0.5)


def _i1e_gradient(g, self, result):
    plain, x = _away_from_zero(self)
    return g * jnp.where(plain, _i0e(x) - result * (jnp.sign(x) + 1 / x), 0.5)


# Up to _NEAR a Bessel function of the first or second kind is an integral over a quarter turn,
# which the midpoint rule gives to the last digit; beyond it is Hankel's asymptotic series.
_NEAR, _POINTS, _TERMS = 25.0, 64, 40
_ANGLES = (np.arange(_POINTS) + 0.5) * (_PI / (2 * _POINTS))


def _mean_over_quarter(weights, of, x):
    """The mean over the quarter turn of ``weights * of(x sin(angle))``."""
    total = jnp.zeros_like(x)
    for w, s in zip(weights, np.sin(_ANGLES), strict=True):
        total = total + float(w) * of(x * float(s))
    return total / _POINTS


_FLAT = np.ones(_POINTS)
_SINES = np.sin(_ANGLES)
# the weights of Neumann's series of J_2k for the second kind
_NEUMANN = sum((-1) ** k * np.cos(2 * k * _ANGLES) / k for k in range(1, _TERMS + 1))


def _hankel(x, order: int):
    """(the amplitudes P and Q, the phase) of the functions of ``order`` far from zero."""
    ratio, even, odd = jnp.ones_like(x), jnp.zeros_like(x), jnp.zeros_like(x)
    for k in range(20):
        if k % 2:
            odd = odd + (-1) ** (k // 2) * ratio
        else:
            even = even + (-1) ** (k // 2) * ratio
        ratio = ratio * ((4 * order**2 - (2 * k + 1) ** 2) / (8 * (k + 1))) / x
    return even, odd, x - (order / 2 + 0.25) * _PI


def _first_kind(x, order: int):
    size = jnp.abs(x)
    close = jnp.minimum(size, _NEAR)
    if order == 0:
        near = _mean_over_quarter(_FLAT, jnp.cos, close)
    else:
        near = _mean_over_quarter(_SINES, jnp.sin, close)
    distant = jnp.maximum(size, _NEAR)
    even, odd, phase = _hankel(distant, order)
    far = jnp.sqrt(2 / (_PI * distant)) * (even * jnp.cos(phase) - odd * jnp.sin(phase))
    found = jnp.where(size <= _NEAR, near, far)
    return jnp.where(x < 0, -found, found) if order else found


def _second_kind(x, order: int):
    close = jnp.clip(x, jnp.finfo(x.dtype).tiny, _NEAR)
    log = jnp.log(close / 2) + _EULER
    if order == 0:
        rest = _mean_over_quarter(_NEUMANN, jnp.cos, close)
        near = 2 / _PI * (log * _first_kind(close, 0) - 2 * rest)
    else:
        rest = _mean_over_quarter(_NEUMANN * _SINES, jnp.sin, close)
        near = -2 / _PI * (_first_kind(close, 0) / close - log * _first_kind(close, 1) + 2 * rest)
    distant = jnp.maximum(x, _NEAR)
    even, odd, phase = _hankel(distant, order)
    far = jnp.sqrt(2 / (_PI * distant)) * (even * jnp.sin(phase) + odd * jnp.cos(phase))
    found = jnp.where(x <= _NEAR, near, far)
    return jnp.where(x > 0, found, jnp.where(x == 0, -math.inf, math.nan).astype(x.dtype))


def _scaled_second_kind(x, order: float):
    """``exp(x) K(x)`` of any order: the trapezoid rule on its integral over t of
    ``exp(x - x cosh t) cosh(order t)``."""
    step = 0.25 * jnp.sqrt(2 / x)
    total = jnp.full_like(x, 0.5)
    for k in range(1, 27):
        total = total + jnp.exp(-2 * x * jnp.sinh(k * step / 2) ** 2) * jnp.cosh(order * k * step)
    return total * step


def _modified_second_kind(x, order: int, scaled: bool):
    """K of ``order``: its power series up to 2, then its integral."""
    close = jnp.clip(x, jnp.finfo(x.dtype).tiny, 2)
    quarter, term = close * close / 4, jnp.ones_like(x)
    total, harmonic = jnp.zeros_like(x), 0.0
    for k in range(20):
        if order == 0:
            total = total + term * harmonic
            term = term * quarter / (k + 1) ** 2
            harmonic += 1 / (k + 1)
        else:
            total = total + term * (2 * harmonic + 1 / (k + 1) - 2 * _EULER)
            term = term * quarter / ((k + 1) * (k + 2))
            harmonic += 1 / (k + 1)
    log = jnp.log(close / 2)
    if order == 0:
        near = total - (log + _EULER) * _i0(close)
    else:
        near = 1 / close + log * _i1(close) - close / 4 * total
    distant = jnp.clip(x, 2, jnp.finfo(x.dtype).max / 8)
    far = _scaled_second_kind(distant, order)
    if scaled:
        near = near * jnp.exp(close)
    else:
        far = far * jnp.exp(-distant)
    found = jnp.where(x <= 2, near, far)
    return jnp.where(x > 0, found, jnp.where(x == 0, math.inf, math.nan).astype(x.dtype))


@in_double
def _airy(x):
    """Ai: its power series near zero, to the right K of order 1/3, to the left its asymptotic
    series."""
    close = jnp.clip(x, -9, 1.5)
    cube = close**3
    first, second = jnp.ones_like(x), close
    even, odd = first, second
    for k in range(1, 50):
        even = even * cube / ((3 * k - 1) * (3 * k))
        odd = odd * cube / ((3 * k) * (3 * k + 1))
        first, second = first + even, second + odd
    near = 0.355028053887817239 * first - 0.258819403792806798 * second
    size = jnp.maximum(jnp.abs(x), 1.5)
    root = jnp.sqrt(size)
    zeta = 2 / 3 * size * root
    right = root / (math.sqrt(3) * _PI) * _scaled_second_kind(zeta, 1 / 3) * jnp.exp(-zeta)
    ratio, even, odd = jnp.ones_like(x), jnp.zeros_like(x), jnp.zeros_like(x)
    for k in range(20):
        if k % 2:
            odd = odd + (-1) ** (k // 2) * ratio
        else:
            even = even + (-1) ** (k // 2) * ratio
        ratio = ratio * ((6 * k + 1) * (6 * k + 5) / (72 * (k + 1))) / zeta
    phase = zeta - _PI / 4
    left = (jnp.cos(phase) * even + jnp.sin(phase) * odd) / (math.sqrt(_PI) * jnp.sqrt(root))
    found = jnp.where(x < -9, left, jnp.where(x > 1.5, right, near))
    return jnp.where(jnp.isinf(x), math.nan, found)


def _spherical(x):
    ratio = jnp.where(x == 0, 1, jnp.sin(x) / jnp.where(x == 0, 1, x))
    return jnp.where(jnp.isinf(x), jnp.zeros_like(x), ratio)


unary("i0", _i0, kernel=f"i0_vml_cpu: {REAL}",
      grad=departs("0 at 0: the function is one of |x|")(lambda g, self: g * _i1(self)),
      doc="The modified Bessel function of the first kind, order 0.")  # fmt: skip

# -- torch.special --------------------------------------------------------------------------------
_SQRT_2PI = math.sqrt(2 * _PI)

for _name, _fn, _kernel, _rule, _doc in (
    ("i0e", _i0e, f"i0e_cpu: {REAL}",
     lambda g, self, result: g * (_i1e(self) - jnp.sign(self) * result),
     "``exp(-|self|) i0(self)``."),
    ("i1", _i1, f"i1_cpu: {REAL}", _i1_gradient,
     "The modified Bessel function of the first kind, order 1."),
    ("i1e", _i1e, f"i1e_cpu: {REAL}", _i1e_gradient, "``exp(-|self|) i1(self)``."),
    ("entr", jsp.entr, f"entr_cpu: {REAL}", lambda g, self: g * (-1 - jnp.log(self)),
     "``-self log(self)``, the entropy of a probability."),
    ("erfcx", _erfcx, f"erfcx_cpu: {_NO_HALF}",
     departs("whole where the pieces of the function meet")(
         lambda g, self, result: (2 * self * result - 2 / math.sqrt(_PI)) * g),
     "``exp(self**2) erfc(self)``."),
    ("ndtri", jsp.ndtri, f"ndtri_cpu: {_NO_HALF}",
     departs("inf at 0 and 1")(lambda g, result: g * _SQRT_2PI * jnp.exp(result * result / 2)),
     "The inverse of `ndtr`."),
    ("log_ndtr", in_double(jsp.log_ndtr), f"log_ndtr_cpu: {_NO_HALF}",
     lambda g, self, result: g * jnp.exp(-self * self / 2 - result) / _SQRT_2PI,
     "The logarithm of `ndtr`."),
):  # fmt: skip
    unary("special_" + _name, _fn, forms=SPECIAL, kernel=_kernel, grad=_rule, doc=_doc)



@composite("special_ndtr(Tensor self)", forms=SPECIAL, out_name="copy_")
def ndtr(self):
    """The area under the standard normal density up to ``self``."""
    area = dispatch(registry["mul.Scalar"], (self, math.sqrt(0.5))).erf()
    return dispatch(registry["mul.Scalar"], (dispatch(registry["add.Scalar"], (area, 1)), 0.5))


_FIRST, _SECOND = "The Bessel function of the first kind", "The Bessel function of the second kind"
_MODIFIED = "The modified Bessel function of the {} kind"

for _name, _fn, _doc in (
    ("airy_ai", _airy, "The Airy function Ai."),
    ("bessel_j0", partial(_first_kind, order=0), f"{_FIRST}, order 0."),
    ("bessel_j1", partial(_first_kind, order=1), f"{_FIRST}, order 1."),
    ("bessel_y0", partial(_second_kind, order=0), f"{_SECOND}, order 0."),
    ("bessel_y1", partial(_second_kind, order=1), f"{_SECOND}, order 1."),
    ("modified_bessel_i0", _i0, f"{_MODIFIED.format('first')}, order 0."),
    ("modified_bessel_i1", _i1, f"{_MODIFIED.format('first')}, order 1."),
    ("modified_bessel_k0", partial(_modified_second_kind, order=0, scaled=False),
     f"{_MODIFIED.format('second')}, order 0."),
    ("modified_bessel_k1", partial(_modified_second_kind, order=1, scaled=False),
     f"{_MODIFIED.format('second')}, order 1."),
    ("scaled_modified_bessel_k0", partial(_modified_second_kind, order=0, scaled=True),
     "``exp(self) modified_bessel_k0(self)``."),
    ("scaled_modified_bessel_k1", partial(_modified_second_kind, order=1, scaled=True),
     "``exp(self) modified_bessel_k1(self)``."),
    ("spherical_bessel_j0", _spherical, "``sin(self) / self``."),
):  # fmt: skip
    unary("special_" + _name, _fn, forms=SPECIAL, kernel=f"{_name}_cpu: {_NO_HALF}",
          differentiable=False, doc=_doc)  # fmt: skip


@composite("special_round(Tensor self, *, int decimals=0)", forms=SPECIAL)
def special_round(self, *, decimals):
    """The nearest number of ``decimals`` digits after the point."""
    return dispatch(registry["round.decimals"], (self,), (decimals,))


# -- orthogonal polynomials -----------------------------------------------------------------------
def _polynomial(first: Callable, step: Callable):
    """The polynomial of degree ``n``: of degree 0 it is 1, of degree 1 ``first(x)``, and of degree
    k + 1 ``step(x, k, p, q)`` of those of degrees k - 1 and k."""

    def polynomial(x, n):
        degree = jnp.trunc(n)
        top = jnp.max(degree, initial=0)

        def body(state):
            k, p, q = state
            return k + 1, q, jnp.where(k < degree, step(x, k, p, q), q)

        start = jnp.ones_like(x), first(x)
        _, _, found = lax.while_loop(lambda s: s[0] < top, body, (jnp.ones((), x.dtype), *start))
        return jnp.where(degree < 0, 0, jnp.where(degree == 0, 1, found))

    return polynomial


def _chebyshev(first: Callable) -> Callable:
    return _polynomial(first, lambda x, k, p, q: 2 * x * q - p)


def _on_unit_interval(polynomial: Callable) -> Callable:
    return lambda x, n: polynomial(2 * x - 1, n)


_CHEBYSHEV = {
    "t": lambda x: x, "u": lambda x: 2 * x, "v": lambda x: 2 * x - 1, "w": lambda x: 2 * x + 1,
}  # fmt: skip
_POLYNOMIALS = {
    **{f"chebyshev_polynomial_{k}": _chebyshev(first) for k, first in _CHEBYSHEV.items()},
    **{
        f"shifted_chebyshev_polynomial_{k}": _on_unit_interval(_chebyshev(first))
        for k, first in _CHEBYSHEV.items()
    },
    "hermite_polynomial_h": _polynomial(lambda x: 2 * x, lambda x, k, p, q: 2 * (x * q - k * p)),
    "hermite_polynomial_he": _polynomial(lambda x: x, lambda x, k, p, q: x * q - k * p),
    "laguerre_polynomial_l": _polynomial(
        lambda x: 1 - x, lambda x, k, p, q: ((2 * k + 1 - x) * q - k * p) / (k + 1)),
    "legendre_polynomial_p": _polynomial(
        lambda x: x, lambda x, k, p, q: ((2 * k + 1) * x * q - k * p) / (k + 1)),
}  # fmt: skip
_OPERANDS = {
    "TT": {"operands": "Tensor x, Tensor n"}, "TS": {"operands": "Tensor x, Number n"},
    "ST": {"operands": "Number x, Tensor n"},
}  # fmt: skip

for _name, _fn in _POLYNOMIALS.items():
    overloaded("special_" + _name, _fn, forms=SPECIAL, promote="float",
               kernel=f"{_name}_cpu: {_NO_HALF}",
               differentiable=False,
               doc=f"The {_name.replace('_', ' ')} of degree ``n`` at ``x``.",
               **_OPERANDS)  # fmt: skip
