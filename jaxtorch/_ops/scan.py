"""Running reductions: cumsum, cumprod, cummax, logcumsumexp; differences and trapezoids."""

from __future__ import annotations

import operator
from functools import partial

import jax
from jax import lax
from jax import numpy as jnp

from .._core import dtypes
from .._core.bind import namespaces
from .._core.dispatch import dispatch
from .._core.layout import wrap_dim
from .._core.spec import composite, op, registry
from .._core.tensor import Tensor
from .dims import accumulated_dtype, along, axes_of, check_dim
from .families import FLOAT, NUMBER, REAL
from .ordering import take
from .running import running_logs, running_max, running_min, running_product, running_sum
from .sorting import scatter_gradient

OUT = "function method out"
ALL = "function method inplace out"
_SCAN_OUT = "expected scalar_type {result.title} but found {out.title}"


# -- running sums and products --------------------------------------------------------------------
def run_along(scan, self, dim):
    """``scan(x, dim)`` of an array of any rank."""
    return along(lambda x, *, dim: scan(x, dim))(self, dim=dim)


def _cumsum_gradient(g, dim):
    return run_along(lambda x, d: running_sum(x, d, reverse=True), g, dim)


def _cumprod_gradient(g, self, result, dim):
    # JAX's derivative of the scan holds where elements are zero too
    _, pull = jax.vjp(lambda x: run_along(running_product, x, dim), self)
    return jnp.conj(pull(jnp.conj(g))[0])


@op("cumsum(Tensor self, int dim, *, dtype? dtype=None)", forms=ALL, computes_out=True,
    promote=accumulated_dtype, check=check_dim, kernel=f"cumsum_out_cpu: {NUMBER} complex",
    grad=_cumsum_gradient)  # fmt: skip
def cumsum(self, *, dim, dtype):
    """The sum of the elements up to each along ``dim``; integers are added as int64.

    Example:
        >>> torch.cumsum(torch.tensor([1, 2, 3]), 0)
        tensor([1, 3, 6])
    """
    return run_along(running_sum, self, dim)


@op("cumprod(Tensor self, int dim, *, dtype? dtype=None)", forms=ALL, computes_out=True,
    promote=accumulated_dtype, check=check_dim, kernel=f"cumprod_out_cpu: {NUMBER} complex", watches="self",
    grad=_cumprod_gradient)  # fmt: skip
def cumprod(self, *, dim, dtype):
    """The product of the elements up to each along ``dim``; integers are multiplied as int64.

    Example:
        >>> torch.cumprod(torch.tensor([1, 2, 3]), 0)
        tensor([1, 2, 6])
    """
    return run_along(running_product, self, dim)


def _logcumsumexp_gradient(g, self, result, dim):
    """The sum of ``g * exp(self - result)`` over what comes after, in logarithms."""
    least = jnp.finfo(self.dtype).min

    def part(g, wanted):
        logs = jnp.where(wanted, jnp.log(jnp.where(wanted, g, 1)), jnp.asarray(least, g.dtype))
        after = run_along(lambda x, d: _run_logs(x, d, True), logs - result, dim)
        return jnp.exp(after + self)

    if self.dtype.kind == "c":
        return jnp.conj(part(jnp.conj(g), g != 0))
    return part(g, g > 0) - part(-g, g < 0)


@op("logcumsumexp(Tensor self, int dim)", forms=OUT, exact_out=_SCAN_OUT, promote="same",
    check=check_dim,
    kernel=f"logcumsumexp_out_cpu: {FLOAT} complex", grad=_logcumsumexp_gradient)  # fmt: skip
def logcumsumexp(self, *, dim):
    """The logarithm of the cumulative sum of exponentials along ``dim``, without overflow.

    Example:
        >>> torch.logcumsumexp(torch.zeros(2), 0)
        tensor([0.0000, 0.6931])
    """
    return run_along(lambda x, d: _run_logs(x, d, False), self, dim)


@partial(jax.custom_vjp, nondiff_argnums=(1, 2))
def _run_logs(x, dim, reverse):
    return running_logs(x, dim, reverse)


def _keep_logs(x, dim, reverse):
    result = _run_logs(x, dim, reverse)
    return result, (x, result)


def _pull_logs(dim, reverse, kept, g):
    turned = [lax.rev(t, (dim,)) if reverse else t for t in (jnp.conj(g), *kept)]
    out = jnp.conj(_logcumsumexp_gradient(*turned, dim))
    return (lax.rev(out, (dim,)) if reverse else out,)


_run_logs.defvjp(_keep_logs, _pull_logs)


# -- running extremes -----------------------------------------------------------------------------
def _declare_running(name: str, scan, example: str) -> None:
    """``cummax`` or ``cummin``: of equal elements the last counts, as in PyTorch; NaN stays."""

    def run(self, *, dim):
        keys = self.astype(jnp.uint8 if self.dtype.kind == "b" else self.dtype)
        values = scan(keys, dim)
        taken = keys == values
        if keys.dtype.kind == "f":
            taken |= jnp.isnan(keys)
        small = jnp.int32 if self.shape[dim] < 2**31 else jnp.int64
        places = lax.broadcasted_iota(small, self.shape, dim)
        indices = running_max(jnp.where(taken, places, 0), dim).astype(jnp.int64)
        return take(self, indices, dim), indices

    run.__name__ = name
    run.__doc__ = f"""The {"largest" if name == "cummax" else "smallest"} element up to each along
    ``dim``, and where it is: (values, indices). Of equal elements the last counts.

    Example:
        >>> torch.{name}(torch.tensor([2, 1, 3]), 0).values
        tensor({example})
    """
    op(f"{name}(Tensor self, int dim) -> (values, indices)", forms=OUT, exact_out=_SCAN_OUT,
       check=check_dim,
       promote="same",
       kernel=f"{name}_cpu: {REAL}", watches="self",
       grad=lambda g, self, indices, dim: scatter_gradient(g, indices, self.shape, dim),
       )(along(run))  # fmt: skip


_declare_running("cummax", running_max, "[2, 2, 3]")
_declare_running("cummin", running_min, "[2, 1, 1]")


# -- differences ----------------------------------------------------------------------------------
def _check_joined(self, other, dim) -> None:
    if other.ndim != self.ndim:
        raise RuntimeError("diff expects prepend or append to be the same dimension as input")
    for d in range(self.ndim):
        if d != dim and other.shape[d] != self.shape[d]:
            raise RuntimeError(
                "diff expects the shape of tensor to prepend or append to match that of input "
                "except along the "
                f"differencing dimension; input.size({d}) = {self.shape[d]}, but got "
                f"tensor.size({d}) = "
                f"{other.shape[d]}"
            )


@composite(
    "diff(Tensor self, int n=1, int dim=-1, Tensor? prepend=None, Tensor? append=None)", forms=OUT,
    out_name="sub",
)  # fmt: skip
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
    out = namespaces["torch"]["cat"](joined, dim) if len(joined) > 1 else self
    for _ in range(min(n, out.shape[dim])):
        size = out.shape[dim]
        after, before = out.narrow(dim, 1, size - 1), out.narrow(dim, 0, size - 1)
        out = after.logical_xor(before) if out.dtype is dtypes.bool_ else after.sub(before)
    return out


# -- trapezoids -----------------------------------------------------------------------------------
# Products with plain numbers: in C++ these are overloads with nodes of their own names.
op("mul.by_number(Tensor self, Number other)", forms="", promote="result", layout="pointwise",
   node="MulBackward1", grad=lambda g, other: g * other)(operator.mul)  # fmt: skip
op("div.by_number(Tensor self, Number other)", forms="", promote="float", layout="pointwise",
   node="DivBackward1", grad=lambda g, other: g / other)(operator.truediv)  # fmt: skip


def multiply_by_number(x, number: float):
    return dispatch(registry["mul.by_number"], (x, number))


def divide_by_number(x, number: float):
    return dispatch(registry["div.by_number"], (x, number))


def _ends(y, dim):
    """(all but the last, all but the first) along ``dim``."""
    n = max(y.shape[dim] - 1, 0)
    return y.narrow(dim, 0, n), y.narrow(dim, y.shape[dim] - n, n)


def _check_points(name, y, x=None, dx=None):
    if y.dtype is dtypes.bool_ or (x is not None and x.dtype is dtypes.bool_):
        which = "`y`" if x is None else "`x` or `y`"
        raise RuntimeError(f"{name}: received a bool input for {which}, but bool is not supported")
    if isinstance(dx, (bool, complex)):
        raise RuntimeError(f"{name}: Currently, we only support dx as a real number.")


def _widths(name, y, x, dim):
    """The distances between sample points, with as many dims as ``y``."""
    if x.ndim == 1:
        if x.shape[0] != y.shape[dim]:
            raise RuntimeError(f"{name}: There must be one `x` value for each sample point")
        x = x.view([x.shape[0] if d == dim else 1 for d in range(y.ndim)])
    elif x.ndim < y.ndim:
        x = x.view([1] * (y.ndim - x.ndim) + list(x.shape))
    left, right = _ends(x, dim)
    return right - left


def _no_area(y, dim):
    return y.new_zeros([s for d, s in enumerate(y.shape) if d != dim])


def _area(y, x, dim):
    dim = wrap_dim(dim, y.ndim, wrap_scalar=False)
    if y.shape[dim] == 0:
        return _no_area(y, dim)
    _check_points("trapezoid", y, x)
    width = _widths("trapezoid", y, x, dim)
    left, right = _ends(y, dim)
    return divide_by_number(((left + right) * width).sum(dim), 2.0)


def _area_of_steps(y, dx, dim):
    dim = wrap_dim(dim, y.ndim, wrap_scalar=False)
    if y.shape[dim] == 0:
        return _no_area(y, dim)
    _check_points("trapezoid", y, dx=dx)
    ends = y.select(dim, 0) + y.select(dim, -1)
    return multiply_by_number(y.sum(dim) - multiply_by_number(ends, 0.5), float(dx))


@composite("trapezoid.x(Tensor y, Tensor x, *, int dim=-1)", forms="function")
def trapezoid(y, x, *, dim=-1):
    """The integral of ``y`` along ``dim`` by the trapezoid rule, at points ``x`` or steps ``dx``.

    Example:
        >>> torch.trapezoid(torch.tensor([1.0, 2.0, 4.0]))
        tensor(4.5000)
    """
    return _area(y, x, dim)


@composite("trapezoid.dx(Tensor y, *, Scalar dx=1, int dim=-1)", forms="function")
def trapezoid_of_steps(y, *, dx=1, dim=-1):
    return _area_of_steps(y, dx, dim)


@composite("trapz.x(Tensor y, Tensor x, *, int dim=-1)", forms="function")
def trapz(y, x, *, dim=-1):
    """`trapezoid` under its older name."""
    return _area(y, x, dim)


@composite("trapz.dx(Tensor y, *, float dx=1, int dim=-1)", forms="function")
def trapz_of_steps(y, *, dx=1, dim=-1):
    return _area_of_steps(y, dx, dim)


@composite("cumulative_trapezoid.x(Tensor y, Tensor x, *, int dim=-1)", forms="function")
def cumulative_trapezoid(y, x, *, dim=-1):
    """The integral of ``y`` up to each point along ``dim`` by the trapezoid rule.

    Example:
        >>> torch.cumulative_trapezoid(torch.tensor([1.0, 2.0, 4.0]))
        tensor([1.5000, 4.5000])
    """
    name = "cumulative_trapezoid"
    dim = wrap_dim(dim, y.ndim)
    _check_points(name, y, x)
    width = _widths(name, y, x, dim)
    left, right = _ends_of_many(y, dim)
    return divide_by_number(((right + left) * width).cumsum(dim), 2.0)


@composite("cumulative_trapezoid.dx(Tensor y, *, Scalar dx=1, int dim=-1)", forms="function")
def cumulative_trapezoid_of_steps(y, *, dx=1, dim=-1):
    dim = wrap_dim(dim, y.ndim)
    _check_points("cumulative_trapezoid", y, dx=dx)
    left, right = _ends_of_many(y, dim)
    return multiply_by_number(right + left, dx / 2.0).cumsum(dim)


def _ends_of_many(y, dim):
    if y.ndim == 0:
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    return _ends(y, dim)


# -- gradients on a grid --------------------------------------------------------------------------
def _check_grid(self, count, dims, edge_order):
    if self.dtype is dtypes.uint8:
        raise RuntimeError("torch.gradient does not support uint8 input.")
    if edge_order not in (1, 2):
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    if dims is None and count not in (None, self.ndim):
        raise RuntimeError(
            "torch.gradient expected spacing to be unspecified, a scalar, or a list of length "
            "equal to "
            f"'self.dim() = {self.ndim}', since dim argument was not given, but got a list of "
            f"length {count}"
        )
    if dims is not None and count not in (None, len(dims)):
        raise RuntimeError(
            "torch.gradient expected spacing to be unspecified, a scalar or it's spacing and dim "
            "arguments to "
            f"have the same length, but got a spacing argument of length {count} and a dim "
            "argument of length "
            f"{len(dims)}."
        )
    for d in axes_of(dims, self.ndim) if dims != () else ():
        if self.shape[d] < edge_order + 1:
            raise RuntimeError(
                "torch.gradient expected each dimension size to be at least edge_order+1"
            )


def _even_slopes(f, step, dim, edge_order):
    """The derivative at points ``step`` apart: (first, inner, last)."""
    n = f.shape[dim]

    def at(i):
        return f.narrow(dim, i % n, 1)

    if edge_order == 1:
        first, last = (at(1) - at(0)) / step, (at(-1) - at(-2)) / step
    else:
        first = (at(1) * 4 - at(0) * 3 - at(2)) / (2 * step)
        last = (at(-1) * 3 - at(-2) * 4 + at(-3)) / (2 * step)
    return first, (f.narrow(dim, 2, n - 2) - f.narrow(dim, 0, n - 2)) / (2 * step), last


def _uneven_slopes(f, points, dim, edge_order):
    """The derivative at the coordinates ``points``: (first, inner, last)."""
    n = f.shape[dim]
    width = points.diff()
    shape = [-1 if d == dim else 1 for d in range(f.ndim)]
    left, right = width.narrow(0, 0, n - 2), width.narrow(0, 1, n - 2)

    def weighted(a, b, c, start, size):
        terms = [
            w.reshape(shape) * f.narrow(dim, (start + i) % n, size) for i, w in enumerate((a, b, c))
        ]
        return terms[0] + terms[1] + terms[2]

    both = left + right
    inner = weighted(
        -right / (left * both), (right - left) / (left * right), left / (right * both), 0, n - 2
    )
    if edge_order == 1:
        first = (f.narrow(dim, 1, 1) - f.narrow(dim, 0, 1)) / width[0]
        last = (f.narrow(dim, n - 1, 1) - f.narrow(dim, n - 2, 1)) / width[-1]
        return first, inner, last
    a, b = width[0], width[1]
    first = weighted(-(2 * a + b) / (a * (a + b)), (a + b) / (a * b), -a / (b * (a + b)), 0, 1)
    a, b = width[-2], width[-1]
    last = weighted(b / (a * (a + b)), -(a + b) / (a * b), (2 * b + a) / (b * (a + b)), -3, 1)
    return first, inner, last


@composite(
    "gradient(Tensor self, *, any spacing=None, dims? dim=None, int edge_order=1)", forms="function"
)
def gradient(self, *, spacing=None, dim=None, edge_order=1) -> tuple[Tensor, ...]:
    """The derivative of values on a grid along each dim, by second order central differences.

    Args:
        spacing: the step, one for each dim, or the coordinates along each dim as tensors.
        edge_order: 1 or 2, the order of the differences at the ends.

    Returns:
        A tuple of tensors of ``self``'s shape, one for each dim.

    Example:
        >>> torch.gradient(torch.tensor([1.0, 4.0, 9.0]))
        (tensor([3., 4., 5.]),)
    """
    several = isinstance(spacing, (list, tuple))
    if isinstance(spacing, Tensor) and spacing.ndim:
        raise TypeError(
            "gradient() received an invalid combination of arguments - got (Tensor, spacing=Tensor)"
            ": coordinates are given as a tuple with one tensor for each dim"
        )
    _check_grid(self, len(spacing) if several else None, dim, edge_order)
    dims = range(self.ndim) if dim is None else [wrap_dim(d, self.ndim) for d in dim]
    steps = spacing if several else [1 if spacing is None else spacing] * len(dims)
    out = []
    for d, step in zip(dims, steps, strict=True):
        grid = several and isinstance(step, Tensor)
        if grid and step.ndim != 1:  # pyright: ignore[reportAttributeAccessIssue]
            raise RuntimeError(
                "torch.gradient expected each element of spacing to have one dimension, but got an "
                "element "
                f"with {step.ndim} dimensions!"  # pyright: ignore[reportAttributeAccessIssue]
            )
        slopes = (_uneven_slopes if grid else _even_slopes)(self, step, d, edge_order)
        out.append(namespaces["torch"]["cat"](list(slopes), d))
    return tuple(out)
