"""Running reductions: cumsum, cumprod, cummax, logcumsumexp; differences and trapezoids."""

from __future__ import annotations

import jax
from jax import lax
from jax import numpy as jnp

from .._core import dtypes
from .._core.layout import wrap_dim
from .._core.spec import composite, op
from .dims import accumulated_dtype, along, check_dim, positions
from .families import FLOAT, REAL
from .sorting import scatter_gradient

OUT = "function method out"
ALL = "function method inplace out"


# -- running sums and products --------------------------------------------------------------------
def run_along(scan, self, dim):
    """``scan(x, dim)`` of an array of any rank."""
    return along(lambda x, *, dim: scan(x, dim))(self, dim=dim)


def _cumsum_gradient(g, dim):
    return run_along(lambda x, d: lax.cumsum(x, d, reverse=True), g, dim)


def _cumprod_gradient(g, self, result, dim):
    # JAX's derivative of the scan holds where elements are zero too
    _, pull = jax.vjp(lambda x: run_along(lax.cumprod, x, dim), self)
    return jnp.conj(pull(jnp.conj(g))[0])


def _scan(self, fn, dim):
    if self.dtype.kind == "b":  # asked for by dtype=torch.bool: added and multiplied as integers
        return run_along(fn, self.astype(jnp.int64), dim).astype(jnp.bool_)
    return run_along(fn, self, dim)


@op("cumsum(Tensor self, int dim, *, dtype? dtype=None)", forms=ALL, promote=accumulated_dtype,
    check=check_dim, grad=_cumsum_gradient)  # fmt: skip
def cumsum(self, *, dim, dtype):
    """The sum of the elements up to each along ``dim``; integers are added as int64.

    Example:
        >>> torch.cumsum(torch.tensor([1, 2, 3]), 0)
        tensor([1, 3, 6])
    """
    return _scan(self, lax.cumsum, dim)


@op("cumprod(Tensor self, int dim, *, dtype? dtype=None)", forms=ALL, promote=accumulated_dtype,
    check=check_dim, grad=_cumprod_gradient)  # fmt: skip
def cumprod(self, *, dim, dtype):
    """The product of the elements up to each along ``dim``; integers are multiplied as int64.

    Example:
        >>> torch.cumprod(torch.tensor([1, 2, 3]), 0)
        tensor([1, 2, 6])
    """
    return _scan(self, lax.cumprod, dim)


def _logcumsumexp_gradient(g, self, result, dim):
    def scan(x, d):
        return lax.cumlogsumexp(x, d, reverse=True)

    def part(g, sign):
        # log of the sum of g / exp(result) over what comes after, on one sign of g
        wanted = g * sign > 0
        logs = jnp.where(wanted, jnp.log(jnp.where(wanted, g * sign, 1)), -jnp.inf)
        return jnp.exp(run_along(scan, logs - result, dim) + self)

    return part(g, 1) - part(g, -1)


def _complex_logcumsumexp_gradient(g, self, result, dim):
    # sum over what comes after of g * conj(exp(self - result)): too rare to scale
    weighted = g * jnp.conj(jnp.exp(-result))
    return _cumsum_gradient(weighted, dim) * jnp.conj(jnp.exp(self))


@op("logcumsumexp(Tensor self, int dim)", forms=OUT, promote="same", check=check_dim,
    kernel=f"logcumsumexp_out_cpu: {FLOAT} complex",
    grad=lambda g, self, result, dim: (
        _complex_logcumsumexp_gradient if self.dtype.kind == "c" else _logcumsumexp_gradient
    )(g, self, result, dim))  # fmt: skip
def logcumsumexp(self, *, dim):
    """The logarithm of the cumulative sum of exponentials along ``dim``, without overflow.

    Example:
        >>> torch.logcumsumexp(torch.zeros(2), 0)
        tensor([0.0000, 0.6931])
    """
    if self.dtype.kind == "c":
        return run_along(lambda x, d: lax.associative_scan(_logaddexp, x, axis=d), self, dim)
    return run_along(lax.cumlogsumexp, self, dim)


def _logaddexp(a, b):
    low = jnp.where(a.real < b.real, a, b)
    high = jnp.where(a.real < b.real, b, a)
    return high + jnp.log1p(jnp.exp(low - high))


# -- running extremes -----------------------------------------------------------------------------
def _declare_running(name: str, scan, example: str) -> None:
    """``cummax`` or ``cummin``: of equal elements the last counts, as in PyTorch; NaN stays."""

    def run(self, *, dim):
        keys = self.astype(jnp.uint8) if self.dtype.kind == "b" else self
        values = scan(keys, dim)
        taken = keys == values
        if keys.dtype.kind == "f":
            taken |= jnp.isnan(keys)
        indices = lax.cummax(jnp.where(taken, positions(self.shape, dim), 0), dim)
        return values.astype(self.dtype), indices

    run.__name__ = name
    run.__doc__ = f"""The {"largest" if name == "cummax" else "smallest"} element up to each along
    ``dim``, and where it is: (values, indices). Of equal elements the last counts.

    Example:
        >>> torch.{name}(torch.tensor([2, 1, 3]), 0).values
        tensor({example})
    """
    op(f"{name}(Tensor self, int dim) -> (values, indices)", forms=OUT, check=check_dim, promote="same",
       kernel=f"{name}_cpu: {REAL}",
       grad=lambda g, self, indices, dim: scatter_gradient(g, indices, self.shape, dim))(along(run))  # fmt: skip


_declare_running("cummax", lax.cummax, "[2, 2, 3]")
_declare_running("cummin", lax.cummin, "[2, 1, 1]")


# -- differences ----------------------------------------------------------------------------------
def _check_joined(self, other, dim) -> None:
    if other.ndim != self.ndim:
        raise RuntimeError("diff expects prepend or append to be the same dimension as input")
    for d in range(self.ndim):
        if d != dim and other.shape[d] != self.shape[d]:
            raise RuntimeError(
                "diff expects the shape of tensor to prepend or append to match that of input except along the "
                f"differencing dimension; input.size({d}) = {self.shape[d]}, but got tensor.size({d}) = "
                f"{other.shape[d]}"
            )


@composite("diff(Tensor self, int n=1, int dim=-1, Tensor? prepend=None, Tensor? append=None)", forms=OUT)
def diff(self, n=1, dim=-1, prepend=None, append=None):
    """The ``n``-th differences of neighbours along ``dim`` (exclusive or of booleans).

    Args:
        prepend, append: values put before and after ``self`` along ``dim`` first.

    Example:
        >>> torch.diff(torch.tensor([1, 3, 2]))
        tensor([ 2, -1])
    """
    if self.ndim == 0:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    dim = wrap_dim(dim, self.ndim)
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    joined = []
    for other in (prepend, append):
        if other is not None:
            _check_joined(self, other, dim)
    if n == 0:
        return self.new_zeros(self.shape).copy_(self)
    joined = [t for t in (prepend, self, append) if t is not None]
    out = functions()["cat"](joined, dim) if len(joined) > 1 else self
    for _ in range(min(n, out.shape[dim])):
        size = out.shape[dim]
        after, before = out.narrow(dim, 1, size - 1), out.narrow(dim, 0, size - 1)
        out = after.logical_xor(before) if out.dtype is dtypes.bool_ else after.sub(before)
    return out


def functions() -> dict:
    """torch.f by name, for composites whose parts are no methods."""
    from .._core.bind import namespaces

    return namespaces["torch"]


# -- trapezoids -----------------------------------------------------------------------------------
def _shrunk(y, dim):
    """(all but the first, all but the last) along ``dim``."""
    n = y.shape[dim]
    return y.narrow(dim, 1, n - 1), y.narrow(dim, 0, n - 1)


def _check_trapezoid(y, name, x=None):
    for t, letter in ((y, "y"), (x, "x")):
        if t is not None and t.dtype is dtypes.bool_:
            raise RuntimeError(f"{name}: received a bool input for `{letter}`, but bool is not supported")


def _spacing(y, x, dim, name):
    """The widths between sample points, shaped to go along ``dim`` of ``y``."""
    if x.ndim == 0:
        # PyTorch takes the differences of no points here
        width = x.new_zeros(0)
    elif x.ndim == 1:
        if x.shape[0] != y.shape[dim]:
            raise RuntimeError(f"{name}: There must be one `x` value for each sample point")
        width = x.diff()
        shape = [1] * y.ndim
        shape[dim] = width.shape[0]
        return width.view(shape)
    else:
        width = x.diff(dim=dim)
    return width


def _empty_sum(y, dim):
    shape = [s for d, s in enumerate(y.shape) if d != dim]
    return y.new_zeros(shape)


def _trapezoid(name, key, positional):
    pass
