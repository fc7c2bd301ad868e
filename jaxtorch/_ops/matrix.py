"""Functions of matrices: norms, rank, pseudo-inverses, least squares, powers, the exponential."""

from __future__ import annotations

from math import comb, factorial, inf
from math import prod as size

import jax
from jax import lax
from jax import numpy as jnp

from .._core import dtypes
from .._core.bind import namespaces
from .._core.dispatch import Fact, dispatch
from .._core.errors import warn_once
from .._core.formats import contiguous_format
from .._core.layout import broadcast_shapes, column_major, contiguous, wrap_dim
from .._core.out import COPIED
from .._core.spec import composite, departs, op, registry
from . import distance  # noqa: F401 - declares linalg_vector_norm
from .dims import SAME_OUT
from .factorization import REFUSES_NAN, castable, linalg_eigvalsh, linalg_svdvals
from .linalg import KINDS, check_floating, check_matrix, check_square, check_square_floating
from .precision import adjoint, product, pull

_linalg = namespaces["linalg"]


# -- norms ----------------------------------------------------------------------------------------
def _shown(order) -> str:
    return f"{order:g}" if isinstance(order, float) else str(order)


def _check_order(order) -> None:
    name = "linalg.matrix_norm"
    if isinstance(order, complex):
        raise RuntimeError(f"{name}: Expected a non-complex scalar as the order of norm.")
    if order not in ("fro", "nuc", 1, -1, 2, -2, inf, -inf):
        raise RuntimeError(f"{name}: Order {_shown(order)} not supported.")


def _check_norm_dtype(A, dtype) -> None:
    name = "linalg.matrix_norm"
    if A.dtype.category < 2:
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {A.dtype.title}")
    if dtype is None:
        return
    if dtype.category < 2:
        raise RuntimeError(f"{name}: dtype should be floating point or complex, but got {dtype.title}")
    if dtype.is_complex != A.dtype.is_complex:
        kind = "complex" if A.dtype.is_complex else "real"
        raise RuntimeError(f"{name}: dtype should be {kind} for {kind} inputs, but got {dtype.title}")
    if dtypes.promote_types(A.dtype, dtype) is not dtype:
        raise RuntimeError(
            f"{name}: the dtype of the input ({A.dtype.title}) should be convertible without narrowing to the "
            f"specified dtype ({dtype.title})"
        )


def _spectral(A, order, keepdim):
    """A norm made of singular values, over the last two dims."""
    check_floating(A, "linalg.matrix_norm", low_precision=False)
    values = linalg_svdvals(A, driver=None)
    if order == "nuc":
        return values.sum(-1, keepdim)
    if order == 2 and not values.shape[-1]:
        return values.sum(-1, keepdim)
    return values.amax(-1, keepdim) if order == 2 else values.amin(-1, keepdim)


def _matrix_norm(self, ord, dim, keepdim, *, dtype):
    """Norms of matrices.

    Args:
        ord: ``"fro"``, ``"nuc"``, 2 and -2 (singular values), 1 and -1 (column sums), inf and -inf
            (row sums).
        dim: the two dims of the matrices.
        dtype: computed in this dtype.

    Example:
        >>> torch.linalg.matrix_norm(torch.tensor([[3.0, 0.0], [0.0, 4.0]]))
        tensor(5.)
    """
    name = "linalg.matrix_norm"
    _check_order(ord)
    check_matrix(self, name)
    if len(dim) != 2:
        raise RuntimeError(f"{name}: dim must be a 2-tuple. Got {' '.join(map(str, dim))}")
    rows, columns = (wrap_dim(d, self.dim()) for d in dim)
    if rows == columns:
        raise RuntimeError(f"{name}: dims must be different. Got ({dim[0]}, {dim[1]})")
    _check_norm_dtype(self, dtype)
    if ord == "fro":
        return _linalg["vector_norm"](self, 2, (rows, columns), keepdim, dtype=dtype)
    A = self if dtype is None else self.to(dtype)
    if ord in ("nuc", 2, -2):
        order = [d for d in range(self.dim()) if d not in (rows, columns)] + [rows, columns]
        found = _spectral(A.permute(order), ord, keepdim)
        return found.unsqueeze(-1).permute([order.index(d) for d in range(self.dim())]) if keepdim else found
    summed, other = (columns, rows) if abs(ord) == inf else (rows, columns)
    sums = A.abs().sum(summed, keepdim)
    if not keepdim and other > summed:
        other -= 1
    if ord > 0 and not sums.shape[other]:
        return sums.sum(other, keepdim).zero_()
    return sums.amax(other, keepdim) if ord > 0 else sums.amin(other, keepdim)


_NORM_OUT = "{name} expected out tensor dtype {{result.title}} but got: {{out.title}}"


def _norm_overloads(name: str, rest: str, fn, default: str) -> None:
    """A norm whose order is a number or a word."""
    out = _NORM_OUT.format(name=name.replace("_", ".", 1))
    for key, order in default:
        composite(f"{name}{key}(Tensor self, {order}, {rest}, bool keepdim=False, *, dtype? dtype=None)",
                  forms="linalg out", exact_out=out, out_name=COPIED)(fn)  # fmt: skip


_norm_overloads("linalg_matrix_norm", "int[] dim=[-2, -1]", _matrix_norm,
                (("", "Scalar ord"), (".str_ord", "str ord='fro'")))  # fmt: skip


def _norm(self, ord, dim, keepdim, *, dtype):
    """A vector norm of everything, or over one dim; with ``ord`` of matrices or two dims, a matrix norm.

    Example:
        >>> torch.linalg.norm(torch.tensor([3.0, 4.0]))
        tensor(5.)
    """
    if dim is not None and len(dim) not in (1, 2):
        raise RuntimeError(
            f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {list(dim)}"
        )
    n = self.dim()
    if dim is None and ord is not None and n not in (1, 2):
        raise RuntimeError(
            f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {n}D."
        )
    if isinstance(ord, str) or (ord is not None and (n if dim is None else len(dim)) == 2):
        return _matrix_norm(self, ord, (0, 1) if dim is None else dim, keepdim, dtype=dtype)
    return _linalg["vector_norm"](self, 2 if ord is None else ord, dim, keepdim, dtype=dtype)


_norm_overloads("linalg_norm", "dims? dim=None", _norm, (("", "Scalar? ord=None"), (".ord_str", "str ord")))


def _deprecated_norm(name: str, instead: str) -> None:
    warn_once(
        f"at::{name} is deprecated and it is just left for JIT compatibility. It will be removed in a future "
        f"PyTorch release. Please use `linalg.{instead}` instead"
    )


def _nuclear_norm(self, dim, keepdim):
    """`linalg.matrix_norm` with ``"nuc"`` under its old name."""
    _deprecated_norm("nuclear_norm", "matrix_norm(A, 'nuc', dim, keepdim)")
    return _matrix_norm(self, "nuc", dim, keepdim, dtype=None)


_NUCLEAR_OUT = _NORM_OUT.format(name="linalg.matrix_norm")
composite("nuclear_norm(Tensor self, bool keepdim=False)", forms="function out", exact_out=_NUCLEAR_OUT,
          out_name=COPIED)(  # fmt: skip
    lambda self, keepdim: _nuclear_norm(self, (-2, -1), keepdim)
)
composite("nuclear_norm.dim(Tensor self, int[] dim, bool keepdim=False)", forms="function out",
          exact_out=_NUCLEAR_OUT, out_name=COPIED)(_nuclear_norm)  # fmt: skip


def _check_frobenius(self, **_):
    if self.dtype.category < 2:
        raise RuntimeError(
            f"norm(): input dtype should be either floating point or complex. Got {self.dtype.title} instead."
        )


_vector_norm = registry["linalg_vector_norm"]
op("frobenius_norm.measured(Tensor self, dims dim, bool keepdim=False)", forms="", promote="same", node="NormBackward1",
   check=_check_frobenius,
   grad=departs(_vector_norm.convention)(lambda g, self, result, dim: _vector_norm.grad(g, self, result, 2.0, dim)))(
    lambda self, **over: _vector_norm.fn(self, ord=2.0, dtype=None, **over))  # fmt: skip


@composite("frobenius_norm(Tensor self, dims dim, bool keepdim=False)", forms="function out", exact_out=SAME_OUT,
           out_name="norm")  # fmt: skip
def frobenius_norm(self, dim, keepdim):
    """`linalg.vector_norm` of order 2 under an old name."""
    _deprecated_norm("frobenius_norm", "vector_norm(A, 2., dim, keepdim)")
    return dispatch(registry["frobenius_norm.measured"], (self,), (dim, keepdim))


def _cond(self, p):
    """The condition number with respect to a matrix norm (by default of order 2).

    Args:
        p: as ``ord`` of `matrix_norm`.

    Returns:
        A fresh real tensor: inf for singular matrices.

    Differs from PyTorch:
        differentiable for the norms that take an inverse (1, inf, "fro"), where PyTorch's backward raises.

    Example:
        >>> torch.linalg.cond(torch.tensor([[2.0, 0.0], [0.0, 1.0]]))
        tensor(2.)
    """
    if self.dim() < 2:
        raise RuntimeError("linalg.cond: The input tensor must have at least 2 dimensions.")
    if p not in (None, "fro", "nuc", 1, -1, 2, -2, inf, -inf):
        raise RuntimeError(f"linalg.cond got an invalid norm type: {_shown(p)}")
    if not self.numel():
        return self.new_empty(self.shape[:-2], dtype=self.dtype.to_real() if self.is_complex() else self.dtype).zero_()
    if p in (None, 2, -2):
        values = linalg_svdvals(self, driver=None)
        largest, smallest = values.narrow(-1, 0, 1), values.narrow(-1, -1, 1)
        return (smallest / largest if p == -2 else largest / smallest).squeeze(-1)
    check_square(self, f"linalg.cond(ord={_shown(p)})")
    if p == "nuc":
        values = linalg_svdvals(self, driver=None)
        return values.sum(-1) * values.reciprocal().sum(-1)
    inverse, info = _linalg["inv_ex"](self)
    inverse = inverse.masked_fill((info > 0).unsqueeze(-1).unsqueeze(-1), inf)
    product = _matrix_norm(self, p, (-2, -1), False, dtype=None) * _matrix_norm(
        inverse, p, (-2, -1), False, dtype=None
    )
    return product.nan_to_num_(inf, inf, -inf)


for _key, _order in (("", "Scalar? p=None"), (".p_str", "str p")):
    composite(f"linalg_cond{_key}(Tensor self, {_order})", forms="linalg out", cast_error=castable("linalg.cond"),
              out_name=COPIED)(_cond)  # fmt: skip


# -- rank and pseudo-inverse ----------------------------------------------------------------------
def _epsilon(dtype) -> float:
    real = dtype.to_real() if dtype.is_complex else dtype
    if real not in (dtypes.float32, dtypes.float64):
        raise RuntimeError("This function doesn't handle types other than float and double")
    return dtypes.finfo(real).eps


def _tolerances(A, atol, rtol, name: str):
    """(atol, rtol) as numbers or tensors: relative to the machine's precision where neither is given."""
    for what, x in (("atol", atol), ("rtol", rtol)):
        if getattr(x, "dtype", None) is not None and x.dtype.is_complex:
            raise RuntimeError(f"{name}: {what} tensor of complex type is not supported. Got {x.dtype.title}")
    default = _epsilon(A.dtype) * max(A.shape[-2:])
    if rtol is not None:
        return (0.0 if atol is None else atol), rtol
    if atol is None:
        return 0.0, default
    if isinstance(atol, float):
        return atol, 0.0 if atol > 0 else default
    return atol, atol.new_zeros(()).where(atol > 0, default)


def _rank(A, atol, rtol, hermitian):
    """The number of singular values above ``max(atol, rtol * the largest)``.

    Args:
        A: (..., m, n).
        tol: as atol, alone.
        atol, rtol: numbers, or tensors that broadcast with the batch; by default rtol is the machine's
            precision times max(m, n).
        hermitian: the matrices are, so that eigenvalues do.

    Example:
        >>> torch.linalg.matrix_rank(torch.tensor([[1.0, 2.0], [2.0, 4.0]]))
        tensor(1)
    """
    name = "torch.linalg.matrix_rank"
    check_matrix(A, name, "input")
    atol, rtol = _tolerances(A, atol, rtol, name)
    A = A.detach()
    if not A.numel():
        return A.new_empty(A.shape[:-2], dtype=dtypes.int64).zero_()
    values = linalg_eigvalsh(A, "L").abs() if hermitian else linalg_svdvals(A, driver=None)
    bound = values.amax(-1) * rtol
    bound = bound.clamp(min=atol) if isinstance(atol, float) else bound.maximum(atol.to(bound.dtype))  # pyright: ignore
    return namespaces["torch"]["sum"](values > bound.unsqueeze(-1), -1, out=A.new_empty(0, dtype=dtypes.int64))


def _tolerance_overloads(name: str, tol: str, forms: str, fn, **facts) -> None:
    """The ways of giving tolerances: both as tensors, as numbers, or one alone."""

    def both(A, *, atol, rtol, hermitian):
        return fn(A, atol, rtol, hermitian)

    both.__doc__ = fn.__doc__
    for kind in ("Tensor", "float"):
        composite(f"{name}.atol_rtol_{kind.lower()}(Tensor self, *, {kind}? atol=None, {kind}? rtol=None, "
                  "bool hermitian=False)", forms=forms, **facts)(both)  # fmt: skip
    alone = (lambda A, tol, hermitian: fn(A, tol, 0.0, hermitian)) if tol == "tol" else (
        lambda A, tol, hermitian: fn(A, 0.0, tol, hermitian))  # fmt: skip
    for key, kind in (("", "float"), (f".{tol}_tensor", "Tensor")):
        composite(f"{name}{key}(Tensor self, {kind} {tol}, bool hermitian=False)", forms=forms, **facts)(alone)


_tolerance_overloads("linalg_matrix_rank", "tol", "linalg out", _rank, cast_error=castable("torch.linalg.matrix_rank"))


def _pseudo_inverse(A, atol, rtol, hermitian):
    """By singular values (by eigenvalues) above ``max(atol, rtol * the largest)``."""
    if hermitian:
        V, L = lax.linalg.eigh(A, symmetrize_input=False)
        left, values, right = V, L, adjoint(V)
    else:
        U, values, Vh = lax.linalg.svd(A, full_matrices=False)
        left, right = adjoint(Vh), adjoint(U)
    if not values.shape[-1]:
        return product(left, right)
    sizes = jnp.abs(values)
    atol, rtol = (jnp.asarray(t, sizes.dtype)[..., None] for t in (atol, rtol))
    kept = sizes > jnp.maximum(atol, rtol * jnp.max(sizes, axis=-1, keepdims=True))
    inverse = jnp.where(kept, 1 / jnp.where(kept, values, 1), 0).astype(A.dtype)
    return product(left * inverse[..., None, :], right)


def _pseudo_inverse_tangent(A, P, dA):
    """The derivative of the pseudo-inverse P along dA (Golub and Pereyra 1973), at constant rank."""
    turned = adjoint(dA)
    outside = turned - product(product(turned, A), P)
    inside = product(turned, adjoint(P))
    return (
        product(product(P, adjoint(P)), outside)
        + product(inside - product(P, product(A, inside)), P)
        - product(product(P, dA), P)
    )


def _pseudo_inverse_gradient(g, A, P):
    # the tangent is linear over the reals: its transpose is the gradient
    return pull(lambda dA: _pseudo_inverse_tangent(A, P, dA), g, jnp.zeros_like(A))[0]


def _check_pinv(self, atol=None, rtol=None, *, hermitian):
    if self.ndim < 2 or self.dtype not in (d for kind in KINDS.split() for d in dtypes.KINDS[kind]):
        raise RuntimeError(
            f"linalg.pinv({self.dtype.title}{{{list(self.shape)}}}): expected a tensor with 2 or more dimensions of "
            "float, double, cfloat or cdouble types"
        )
    if hermitian:
        check_square(self, "linalg.eigh")


@op("linalg_pinv.tolerated(Tensor self, Operand atol, Operand rtol, bool hermitian)", forms="", check=_check_pinv,
    grad=lambda g, self, result: (_pseudo_inverse_gradient(g, self, result), None, None))  # fmt: skip
def pinv_tolerated(self, atol, rtol, *, hermitian):
    return _pseudo_inverse(self, atol, rtol, hermitian)


def _pinv(A, atol, rtol, hermitian):
    """The Moore-Penrose pseudo-inverse, by singular values above ``max(atol, rtol * the largest)``.

    Args:
        A: (..., m, n).
        rcond: as rtol, alone.
        atol, rtol: numbers, or tensors that broadcast with the batch; by default rtol is the machine's
            precision times max(m, n).
        hermitian: the matrices are, so that eigenvalues do.

    Returns:
        A fresh (..., n, m).

    Example:
        >>> torch.linalg.pinv(torch.tensor([[2.0, 0.0], [0.0, 0.0]]))
        tensor([[0.5000, 0.0000],
                [0.0000, 0.0000]])
    """
    _check_pinv(Fact(tuple(A.shape), A.dtype, None, 2), hermitian=hermitian)
    atol, rtol = _tolerances(A, atol, rtol, "torch.linalg.pinv")
    return dispatch(registry["linalg_pinv.tolerated"], (A, atol, rtol), (hermitian,))


_tolerance_overloads("linalg_pinv", "rcond", "linalg out", _pinv, cast_error=castable("linalg.pinv"))


@composite("pinverse(Tensor self, float rcond=1e-15)")
def pinverse(self, rcond):
    """`linalg.pinv` under its old name."""
    return _pinv(self, 0.0, rcond, False)


# -- least squares --------------------------------------------------------------------------------
_DRIVERS = ("gels", "gelsy", "gelsd", "gelss")


def _is_vector(A_shape, B_shape) -> bool:
    return len(A_shape) - 1 == len(B_shape)


def _check_lstsq(self, b, rcond=None, *, driver):
    name = "torch.linalg.lstsq"
    if self.ndim < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if b.ndim < 1:
        raise RuntimeError(f"{name}: other must have at least 1 dimension.")
    if self.dtype is not b.dtype:
        raise RuntimeError(
            f"{name}: Expected input and other to have the same dtype, but got input's dtype {self.dtype.title} "
            f"and other's dtype {b.dtype.title}"
        )
    if not 0 <= self.ndim - b.ndim <= 1:
        raise RuntimeError(
            f"{name}: input.dim() must be greater or equal to other.dim() and (input.dim() - other.dim()) <= 1"
        )
    vector = _is_vector(self.shape, b.shape)
    if self.shape[-2] != b.shape[-1 if vector else -2]:
        raise RuntimeError(f"{name}: input.size(-2) should match other.size({-1 if vector else -2})")
    broadcast_shapes(self.shape[:-2], b.shape[: -1 if vector else -2])
    if driver not in _DRIVERS:
        raise RuntimeError(f"{name}: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)")
    _epsilon(self.dtype)


def _lstsq_gradient(gs, self, b, rcond, result):
    """Through ``pinv(self) @ b``; PyTorch's formula reads the solution, so that it is saved."""
    vector = _is_vector(self.shape, b.shape)
    g = gs[0]
    if g is None:
        return jnp.zeros_like(self), jnp.zeros_like(b)
    if vector:
        g, b = g[..., None], b[..., None]
    P = _differentiable_pseudo_inverse(self, rcond.real)
    gb = product(adjoint(P), g)
    return _pseudo_inverse_gradient(product(g, adjoint(b)), self, P), gb[..., 0] if vector else gb


@jax.custom_jvp
def _differentiable_pseudo_inverse(A, rtol):
    return _pseudo_inverse(A, 0.0, rtol, False)


@_differentiable_pseudo_inverse.defjvp
def _(primals, tangents):
    P = _differentiable_pseudo_inverse(*primals)
    return P, _pseudo_inverse_tangent(primals[0], P, tangents[0])


@op("linalg_lstsq.solved(Tensor self, Tensor b, Scalar rcond, *, str driver) -> (solution, rank, values)", forms="",
    promote="same", layout=(column_major, contiguous, contiguous), check=_check_lstsq, grad=_lstsq_gradient,
    detached=(2,), **REFUSES_NAN)  # fmt: skip
def lstsq_solved(self, b, rcond, *, driver):
    vector = _is_vector(self.shape, b.shape)
    U, S, Vh = lax.linalg.svd(self, full_matrices=False)
    largest = jnp.max(S, axis=-1, keepdims=True, initial=0)
    kept = S > rcond.real * largest
    inverse = jnp.where(kept, 1 / jnp.where(kept, S, 1), 0).astype(self.dtype)
    B = b[..., None] if vector else b
    batch = broadcast_shapes(self.shape[:-2], B.shape[:-2])
    B = jnp.broadcast_to(B, (*batch, *B.shape[-2:]))
    X = product(adjoint(Vh), inverse[..., None] * product(adjoint(U), B))
    return X[..., 0] if vector else X, jnp.sum(kept & bool(b.size), axis=-1, dtype=jnp.int64), S


@op("linalg_lstsq.residuals(Tensor self, Tensor b, Tensor solution)", forms="", promote="same")
def lstsq_residuals(self, b, solution):
    if _is_vector(self.shape, b.shape):
        b, solution = b[..., None], solution[..., None]
        return lstsq_residuals(self, b, solution)[..., 0]
    return jnp.sum(jnp.square(jnp.abs(product(self, solution) - b)), axis=-2)


@composite("linalg_lstsq(Tensor self, Tensor b, float? rcond=None, *, str? driver=None) -> (solution, residuals, "
           "rank, singular_values)", forms="linalg out",
           cast_error=castable("torch.linalg.lstsq", "solution"))  # fmt: skip
def linalg_lstsq(self, b, rcond, *, driver):
    """The X of least norm that minimizes ``norm(self @ X - b)``.

    Args:
        self: (..., m, n).
        b: (..., m, k), or vectors (..., m).
        rcond: singular values below rcond times the largest count as 0; by default the machine's
            precision times max(m, n).
        driver: LAPACK's: it decides which of the results are not empty.

    Returns:
        A named tuple: solution (..., n, k); residuals (..., k), the squared norms, for m > n, full rank
        and no driver ``"gelsy"``; rank (not for ``"gels"``); singular_values (``"gelsd"``, ``"gelss"``).

    Differs from PyTorch:
        all drivers use singular values; the solution's strides are those of its own shape.

    Example:
        >>> torch.linalg.lstsq(torch.tensor([[1.0], [1.0]]), torch.tensor([[1.0], [3.0]])).solution
        tensor([[2.0000]])
    """
    driver = "gelsy" if driver is None else driver
    _check_lstsq(*(Fact(tuple(x.shape), x.dtype, None, 2) for x in (self, b)), driver=driver)
    m, n = self.shape[-2:]
    if rcond is None:
        rcond = _epsilon(self.dtype) * max(m, n)
    solution, rank, values = dispatch(registry["linalg_lstsq.solved"], (self, b, rcond), (driver,))
    residuals = self.new_zeros(0, dtype=values.dtype)
    full_rank = driver == "gels" or (m > n and driver != "gelsy" and bool((rank == n).all()))
    if m > n and driver != "gelsy" and full_rank:
        residuals = dispatch(registry["linalg_lstsq.residuals"], (self, b, solution))
    if driver == "gels":
        rank = rank.new_zeros(0)
    return solution, residuals, rank, values if driver in ("gelsd", "gelss") else values.new_zeros(0)


# -- powers and the exponential -------------------------------------------------------------------
def _matrix_power(A, n):
    """The product of n copies of square matrices; of their inverses for negative n.

    Raises:
        torch.linalg.LinAlgError: n is negative and a matrix is singular.

    Example:
        >>> torch.linalg.matrix_power(torch.tensor([[1, 1], [0, 1]]), 3)
        tensor([[1, 3],
                [0, 1]])
    """
    check_square(A, "linalg.matrix_power")
    if n == 0:
        eye = namespaces["torch"]["eye"](A.shape[-1], dtype=A.dtype, device=A.device)
        return A.clone(memory_format=contiguous_format).copy_(eye)
    if n < 0:
        A, n = _linalg["inv"](A), -n
        if n == 1:
            return A
    if n == 1:
        return A.clone(memory_format=contiguous_format)
    if n == 3:
        return A.matmul(A).matmul(A)
    result, square = None, A
    while n:
        if n % 2:
            result = square if result is None else result.matmul(square)
        n //= 2
        if n:
            square = square.matmul(square)
    return result


def _power_out(result, out) -> str:
    return SAME_OUT if dtypes.can_cast(result, out) else castable("matrix_power")


for _schema, _forms in (("linalg_matrix_power(Tensor self, int n)", "linalg out"),
                        ("matrix_power(Tensor self, int n)", "function method out")):
    composite(_schema, forms=_forms, exact_out=_power_out, out_name="matmul")(_matrix_power)

#: how many times the exponential of a scaled matrix is squared at most: norms up to 2**66
_SQUARINGS = 64


def _pade(degree: int) -> list[float]:
    """The coefficients of the exponential's diagonal Pade approximant: of its numerator."""
    return [
        comb(degree, k) * factorial(2 * degree - k) / factorial(2 * degree) for k in range(degree + 1)
    ]


def _exponential(A):
    """By scaling and squaring (Higham 2005): ``exp(A / 2**s) ** (2**s)`` with a Pade approximant."""
    n = A.shape[-1]
    if not A.size:
        return A
    degree, bound = (13, 5.37) if jnp.finfo(A.dtype).bits == 64 else (7, 3.92)
    norm = lax.stop_gradient(jnp.max(jnp.sum(jnp.abs(A), axis=-2), axis=-1))
    times = jnp.ceil(jnp.log2(jnp.maximum(norm / bound, 1)))
    times = jnp.where(jnp.isnan(times), 0, jnp.minimum(times, _SQUARINGS))[..., None, None]
    A = A * jnp.exp2(-times).astype(A.dtype)
    square = product(A, A)
    eye = jnp.broadcast_to(jnp.eye(n, dtype=A.dtype), A.shape)
    even = odd = jnp.zeros_like(A)
    coefficients = _pade(degree)
    for k in range(degree - 1, -1, -2):
        even = product(even, square) + coefficients[k] * eye
        odd = product(odd, square) + coefficients[k + 1] * eye
    odd = product(A, odd)
    found = jnp.linalg.solve(even - odd, even + odd)
    most = jnp.max(times)

    def again(x, i):
        return lax.cond(i < most, lambda x: jnp.where(i < times, product(x, x), x), lambda x: x, x), None

    return lax.scan(again, found, jnp.arange(_SQUARINGS, dtype=times.dtype))[0]


def _exponential_gradient(g, self):
    """The derivative of the exponential of the adjoint along ``g``: a corner of a larger exponential."""
    across = adjoint(self)
    n = across.shape[-1]
    whole = jnp.block([[across, g], [jnp.zeros_like(across), across]])
    return _exponential(whole)[..., :n, n:]


@op("linalg_matrix_exp(Tensor self)", forms="linalg", promote="same", grad=_exponential_gradient,
    check=check_square_floating("linalg.matrix_exp"))  # fmt: skip
def linalg_matrix_exp(self):
    """The matrix exponential ``sum(A**k / k!)``.

    Args:
        self: (..., n, n), floating point or complex.

    Example:
        >>> torch.linalg.matrix_exp(torch.tensor([[0.0, 1.0], [0.0, 0.0]]))
        tensor([[1., 1.],
                [0., 1.]])
    """
    return _exponential(self)


# -- tensors as matrices --------------------------------------------------------------------------
def _check_folds(what: str, right: int, left: int) -> None:
    if right != left:
        raise RuntimeError(
            f"Expected self to satisfy the requirement prod(self.shape[{what}:]) == prod(self.shape[:{what}]), but "
            f"got {right} != {left}"
        )


@composite("linalg_tensorinv(Tensor self, int ind=2)", forms="linalg out", cast_error=castable("tensorinv"),
           out_name=COPIED)  # fmt: skip
def linalg_tensorinv(self, ind):
    """The inverse of a tensor as a map from its last dims to its first ``ind``, for `tensordot`.

    Example:
        >>> torch.linalg.tensorinv(torch.eye(6).reshape(6, 2, 3), ind=1).shape
        torch.Size([2, 3, 6])
    """
    if ind <= 0:
        raise RuntimeError(f"Expected a strictly positive integer for 'ind', but got {ind}")
    first, last = self.shape[:ind], self.shape[ind:]
    _check_folds("ind", size(last), size(first))
    matrix = self.reshape(size(last), size(first))
    return dispatch(registry["linalg_tensorinv.matrix"], (matrix,)).reshape(*last, *first)


@composite("linalg_tensorsolve(Tensor self, Tensor other, dims? dims=None)", forms="linalg out",
           cast_error=castable("tensorsolve"), out_name=COPIED)  # fmt: skip
def linalg_tensorsolve(self, other, dims):
    """The X of ``tensordot(self, X, X.dim()) == other``.

    Args:
        dims: dims of ``self`` to move to its end first.
    """
    if dims is not None:
        order = [wrap_dim(d, self.dim()) for d in dims]
        self = self.movedim(order, list(range(self.dim() - len(order), self.dim())))
    last = self.shape[other.dim() :]
    _check_folds("other.ndim", size(last), other.numel())
    A = self.reshape(size(last), size(last))
    return _linalg["solve"](A, other.reshape(-1)).reshape(last)


# -- what is gone ---------------------------------------------------------------------------------
_REMOVED = {
    "eig(Tensor self, bool eigenvectors=False, *, any e=None, any v=None)": " `torch.linalg.eig` returns complex "
        "tensors of dtype `cfloat` or `cdouble` rather than real tensors mimicking complex tensors.\n\nL, _ = "
        "torch.eig(A) should be replaced with:\nL_complex = torch.linalg.eigvals(A)\n\nand\n\nL, V = torch.eig(A, "
        "eigenvectors=True) should be replaced with:\nL_complex, V_complex = torch.linalg.eig(A)",
    "symeig(Tensor self, bool eigenvectors=False, bool upper=True, *, any out=None)": " The default behavior has "
        "changed from using the upper triangular portion of the matrix by default to using the lower triangular "
        "portion.\n\nL, _ = torch.symeig(A, upper=upper) should be replaced with:\nL = torch.linalg.eigvalsh(A, "
        "UPLO='U' if upper else 'L')\n\nand\n\nL, V = torch.symeig(A, eigenvectors=True) should be replaced with:\n"
        "L, V = torch.linalg.eigh(A, UPLO='U' if upper else 'L')",
    "lstsq(Tensor self, Tensor A, *, any out=None)": " `torch.lstsq` is deprecated in favor of `torch.linalg.lstsq`."
        "\n`torch.linalg.lstsq` has reversed arguments and does not return the QR decomposition in the returned tuple "
        "(although it returns other information about the problem).\n\nTo get the QR decomposition consider using "
        "`torch.linalg.qr`.\n\nThe returned solution in `torch.lstsq` stored the residuals of the solution in the last "
        "m - n columns of the returned value whenever m > n. In torch.linalg.lstsq, the residuals are in the field "
        "'residuals' of the returned named tuple.\n\nThe unpacking of the solution, as in\nX, _ = torch.lstsq(B, "
        "A).solution[:A.size(1)]\nshould be replaced with:\nX = torch.linalg.lstsq(A, B).solution",
    "solve(Tensor self, Tensor A, *, any out=None)": " `torch.solve` is deprecated in favor of `torch.linalg.solve`. "
        "`torch.linalg.solve` has its arguments reversed and does not return the LU factorization.\n\nTo get the LU "
        "factorization see `torch.lu`, which can be used with `torch.lu_solve` or `torch.lu_unpack`.\nX = "
        "torch.solve(B, A).solution should be replaced with:\nX = torch.linalg.solve(A, B)",
    "matrix_rank(Tensor self, any tol=None, bool symmetric=False, *, any out=None)": "\nPlease use the "
        "`torch.linalg.matrix_rank` function instead. The parameter 'symmetric' was renamed in "
        "`torch.linalg.matrix_rank()` to 'hermitian'.",
}  # fmt: skip


def _remove(schema: str, instead: str) -> None:
    forms = "function" if schema.startswith("matrix_rank") else "function method"

    @composite(schema, forms=forms)
    def removed(*_, **__):
        """Removed from PyTorch: raises what PyTorch raises."""
        raise RuntimeError(f"This function was deprecated since version 1.9 and is now removed.{instead}")


for _schema, _instead in _REMOVED.items():
    _remove(_schema, _instead)
