# Generated from the op tables by `make generate`; not to be edited.
from typing import overload
from ._core.tensor import Tensor
from .types import Number, _bool, _complex, _dtype, _int, _size

__all__ = [
    "airy_ai", "bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1", "chebyshev_polynomial_t", "chebyshev_polynomial_u",
    "chebyshev_polynomial_v", "chebyshev_polynomial_w", "digamma", "entr", "erf", "erfc", "erfcx", "erfinv", "exp2",
    "expit", "expm1", "gammainc", "gammaincc", "gammaln", "hermite_polynomial_h", "hermite_polynomial_he", "i0", "i0e",
    "i1", "i1e", "laguerre_polynomial_l", "legendre_polynomial_p", "log1p", "log_ndtr", "log_softmax", "logit",
    "logsumexp", "modified_bessel_i0", "modified_bessel_i1", "modified_bessel_k0", "modified_bessel_k1",
    "multigammaln", "ndtr", "ndtri", "polygamma", "psi", "round", "scaled_modified_bessel_k0",
    "scaled_modified_bessel_k1", "shifted_chebyshev_polynomial_t", "shifted_chebyshev_polynomial_u",
    "shifted_chebyshev_polynomial_v", "shifted_chebyshev_polynomial_w", "sinc", "softmax", "spherical_bessel_j0",
    "xlog1py", "xlogy", "zeta",
]

def airy_ai(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The Airy function Ai."""

def bessel_j0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The Bessel function of the first kind, order 0."""

def bessel_j1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The Bessel function of the first kind, order 1."""

def bessel_y0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The Bessel function of the second kind, order 0."""

def bessel_y1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The Bessel function of the second kind, order 1."""

@overload
def chebyshev_polynomial_t(x: Tensor, n: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The chebyshev polynomial t of degree ``n`` at ``x``."""
@overload
def chebyshev_polynomial_t(x: Tensor, n: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...
@overload
def chebyshev_polynomial_t(x: Number | _complex, n: Tensor, *, out: Tensor | None = None) -> Tensor: ...

@overload
def chebyshev_polynomial_u(x: Tensor, n: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The chebyshev polynomial u of degree ``n`` at ``x``."""
@overload
def chebyshev_polynomial_u(x: Tensor, n: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...
@overload
def chebyshev_polynomial_u(x: Number | _complex, n: Tensor, *, out: Tensor | None = None) -> Tensor: ...

@overload
def chebyshev_polynomial_v(x: Tensor, n: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The chebyshev polynomial v of degree ``n`` at ``x``."""
@overload
def chebyshev_polynomial_v(x: Tensor, n: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...
@overload
def chebyshev_polynomial_v(x: Number | _complex, n: Tensor, *, out: Tensor | None = None) -> Tensor: ...

@overload
def chebyshev_polynomial_w(x: Tensor, n: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The chebyshev polynomial w of degree ``n`` at ``x``."""
@overload
def chebyshev_polynomial_w(x: Tensor, n: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...
@overload
def chebyshev_polynomial_w(x: Number | _complex, n: Tensor, *, out: Tensor | None = None) -> Tensor: ...

def digamma(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The derivative of `lgamma`."""

def entr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``-self log(self)``, the entropy of a probability."""

def erf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The error function."""

def erfc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``1 - erf(self)``."""

def erfcx(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``exp(self**2) erfc(self)``."""

def erfinv(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of the error function."""

def exp2(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """2 to the power of ``self``."""

def expit(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``1 / (1 + exp(-self))``."""

def expm1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``exp(self) - 1``, accurate near zero."""

def gammainc(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The regularized lower incomplete gamma function."""

def gammaincc(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The regularized upper incomplete gamma function."""

def gammaln(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The logarithm of the absolute value of the gamma function."""

@overload
def hermite_polynomial_h(x: Tensor, n: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The hermite polynomial h of degree ``n`` at ``x``."""
@overload
def hermite_polynomial_h(x: Tensor, n: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...
@overload
def hermite_polynomial_h(x: Number | _complex, n: Tensor, *, out: Tensor | None = None) -> Tensor: ...

@overload
def hermite_polynomial_he(x: Tensor, n: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The hermite polynomial he of degree ``n`` at ``x``."""
@overload
def hermite_polynomial_he(x: Tensor, n: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...
@overload
def hermite_polynomial_he(x: Number | _complex, n: Tensor, *, out: Tensor | None = None) -> Tensor: ...

def i0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The modified Bessel function of the first kind, order 0."""

def i0e(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``exp(-|self|) i0(self)``."""

def i1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The modified Bessel function of the first kind, order 1."""

def i1e(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``exp(-|self|) i1(self)``."""

@overload
def laguerre_polynomial_l(x: Tensor, n: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The laguerre polynomial l of degree ``n`` at ``x``."""
@overload
def laguerre_polynomial_l(x: Tensor, n: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...
@overload
def laguerre_polynomial_l(x: Number | _complex, n: Tensor, *, out: Tensor | None = None) -> Tensor: ...

@overload
def legendre_polynomial_p(x: Tensor, n: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The legendre polynomial p of degree ``n`` at ``x``."""
@overload
def legendre_polynomial_p(x: Tensor, n: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...
@overload
def legendre_polynomial_p(x: Number | _complex, n: Tensor, *, out: Tensor | None = None) -> Tensor: ...

def log1p(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``log(1 + self)``, accurate near zero."""

def log_ndtr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The logarithm of `ndtr`."""

def log_softmax(input: Tensor, dim: _int, dtype: _dtype | None = None, *, out: Tensor | None = None) -> Tensor:
    """``log(softmax(self, dim))``, without overflow."""

def logit(input: Tensor, eps: Number | _complex | None = None, *, out: Tensor | None = None) -> Tensor:
    """``log(self / (1 - self))``, of ``self`` clamped to [eps, 1 - eps] where eps is given."""

def logsumexp(input: Tensor, dim: _int | _size, keepdim: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """``log(sum(exp(self)))`` over ``dim``, without overflow."""

def modified_bessel_i0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The modified Bessel function of the first kind, order 0."""

def modified_bessel_i1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The modified Bessel function of the first kind, order 1."""

def modified_bessel_k0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The modified Bessel function of the second kind, order 0."""

def modified_bessel_k1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The modified Bessel function of the second kind, order 1."""

def multigammaln(input: Tensor, p: _int, *, out: Tensor | None = None) -> Tensor:
    """The logarithm of the multivariate gamma function of dimension ``p``."""

def ndtr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The area under the standard normal density up to ``self``."""

def ndtri(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of `ndtr`."""

def polygamma(n: _int, input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The ``n``-th derivative of the digamma function."""

def psi(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The derivative of `lgamma`."""

def round(input: Tensor, *, decimals: _int = 0, out: Tensor | None = None) -> Tensor:
    """The nearest number of ``decimals`` digits after the point."""

def scaled_modified_bessel_k0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``exp(self) modified_bessel_k0(self)``."""

def scaled_modified_bessel_k1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``exp(self) modified_bessel_k1(self)``."""

@overload
def shifted_chebyshev_polynomial_t(x: Tensor, n: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The shifted chebyshev polynomial t of degree ``n`` at ``x``."""
@overload
def shifted_chebyshev_polynomial_t(x: Tensor, n: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...
@overload
def shifted_chebyshev_polynomial_t(x: Number | _complex, n: Tensor, *, out: Tensor | None = None) -> Tensor: ...

@overload
def shifted_chebyshev_polynomial_u(x: Tensor, n: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The shifted chebyshev polynomial u of degree ``n`` at ``x``."""
@overload
def shifted_chebyshev_polynomial_u(x: Tensor, n: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...
@overload
def shifted_chebyshev_polynomial_u(x: Number | _complex, n: Tensor, *, out: Tensor | None = None) -> Tensor: ...

@overload
def shifted_chebyshev_polynomial_v(x: Tensor, n: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The shifted chebyshev polynomial v of degree ``n`` at ``x``."""
@overload
def shifted_chebyshev_polynomial_v(x: Tensor, n: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...
@overload
def shifted_chebyshev_polynomial_v(x: Number | _complex, n: Tensor, *, out: Tensor | None = None) -> Tensor: ...

@overload
def shifted_chebyshev_polynomial_w(x: Tensor, n: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The shifted chebyshev polynomial w of degree ``n`` at ``x``."""
@overload
def shifted_chebyshev_polynomial_w(x: Tensor, n: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...
@overload
def shifted_chebyshev_polynomial_w(x: Number | _complex, n: Tensor, *, out: Tensor | None = None) -> Tensor: ...

def sinc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``sin(pi self) / (pi self)``, 1 at zero."""

def softmax(input: Tensor, dim: _int, dtype: _dtype | None = None, *, out: Tensor | None = None) -> Tensor:
    """``exp(self) / sum(exp(self), dim)``: positive numbers with sum 1 along ``dim``."""

def spherical_bessel_j0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``sin(self) / self``."""

@overload
def xlog1py(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``self * log1p(other)``, 0 where ``self`` is."""
@overload
def xlog1py(input: Tensor, other: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...
@overload
def xlog1py(input: Number | _complex, other: Tensor, *, out: Tensor | None = None) -> Tensor: ...

@overload
def xlogy(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``self * log(other)``, 0 where ``self`` is."""
@overload
def xlogy(input: Tensor, other: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...
@overload
def xlogy(input: Number | _complex, other: Tensor, *, out: Tensor | None = None) -> Tensor: ...

@overload
def zeta(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The Hurwitz zeta function: the sum of ``1 / (k + other)**self`` over k = 0, 1, ..."""
@overload
def zeta(input: Tensor, other: Number | _complex, *, out: Tensor | None = None) -> Tensor: ...
@overload
def zeta(input: Number | _complex, other: Tensor, *, out: Tensor | None = None) -> Tensor: ...
