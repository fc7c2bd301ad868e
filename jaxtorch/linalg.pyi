# Generated from the op tables by `make generate`; not to be edited.
from typing import Any, overload
from . import return_types
from ._core.tensor import Tensor
from .types import Number, _bool, _complex, _dtype, _float, _int, _size, _str
from ._ops.linalg import _LinAlgError as LinAlgError

__all__ = [
    "LinAlgError", "cholesky", "cholesky_ex", "cond", "cross", "det", "diagonal", "eig", "eigh", "eigvals", "eigvalsh",
    "householder_product", "inv", "inv_ex", "ldl_factor", "ldl_factor_ex", "ldl_solve", "lstsq", "lu", "lu_factor",
    "lu_factor_ex", "lu_solve", "matmul", "matrix_exp", "matrix_norm", "matrix_power", "matrix_rank", "multi_dot",
    "norm", "pinv", "qr", "slogdet", "solve", "solve_ex", "solve_triangular", "svd", "svdvals", "tensorinv",
    "tensorsolve", "vander", "vecdot", "vector_norm",
]

def cholesky(A: Tensor, *, upper: _bool = False, out: Tensor | None = None) -> Tensor:
    """The lower L of ``A = L @ L.mH`` (the upper U of ``A = U.mH @ U``)."""

def cholesky_ex(
    A: Tensor, *, upper: _bool = False, check_errors: _bool = False,
    out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.linalg_cholesky_ex:
    """`cholesky`, with LAPACK's code instead of an error."""

@overload
def cond(input: Tensor, p: Number | _complex | None = None, *, out: Tensor | None = None) -> Tensor:
    """The condition number with respect to a matrix norm (by default of order 2)."""
@overload
def cond(input: Tensor, p: _str, *, out: Tensor | None = None) -> Tensor: ...

def cross(input: Tensor, other: Tensor, *, dim: _int = -1, out: Tensor | None = None) -> Tensor:
    """The cross product of vectors of 3 elements along ``dim``; other dims broadcast."""

def det(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The determinants of square matrices."""

def diagonal(A: Tensor, *, offset: _int = 0, dim1: _int = -2, dim2: _int = -1) -> Tensor:
    """The diagonals of matrices: a view, as `diagonal` of the last two dims."""

def eig(A: Tensor, *, out: tuple[Tensor, ...] | list[Tensor] | None = None) -> return_types.linalg_eig:
    """The complex eigenvalues and eigenvectors of square matrices, in no particular order."""

def eigh(
    A: Tensor, UPLO: _str = 'L', *, out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.linalg_eigh:
    """The eigenvalues, in ascending order, and eigenvectors of Hermitian matrices."""

def eigvals(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The complex eigenvalues of square matrices, in no particular order."""

def eigvalsh(A: Tensor, UPLO: _str = 'L', *, out: Tensor | None = None) -> Tensor:
    """The eigenvalues of Hermitian matrices, in ascending order."""

def householder_product(input: Tensor, tau: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The first n columns of the product of the reflectors that `geqrf` gives."""

def inv(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverses of square matrices."""

def inv_ex(
    A: Tensor, *, check_errors: _bool = False, out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.linalg_inv_ex:
    """The inverses of square matrices, with LAPACK's code instead of an error for singular ones."""

def ldl_factor(
    input: Tensor, *, hermitian: _bool = False, out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.linalg_ldl_factor:
    """The LDL factorization of symmetric or Hermitian matrices, as `ldl_solve` takes it."""

def ldl_factor_ex(
    input: Tensor, *, hermitian: _bool = False, check_errors: _bool = False,
    out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.linalg_ldl_factor_ex:
    """The LDL factorization of symmetric or Hermitian matrices, with LAPACK's code instead of an error."""

def ldl_solve(LD: Tensor, pivots: Tensor, B: Tensor, *, hermitian: _bool = False, out: Tensor | None = None) -> Tensor:
    """The solution X of ``A X = B`` where `ldl_factor` gave the factors of A."""

def lstsq(
    input: Tensor, b: Tensor, rcond: _float | None = None, *, driver: _str | None = None,
    out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.linalg_lstsq:
    """The X of least norm that minimizes ``norm(self @ X - b)``."""

def lu(
    A: Tensor, *, pivot: _bool = True, out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.linalg_lu:
    """The factors of ``A = P L U``."""

def lu_factor(
    A: Tensor, *, pivot: _bool = True, out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.linalg_lu_factor:
    """The LU factorization with partial pivoting, in one matrix, as `lu_solve` takes it."""

def lu_factor_ex(
    A: Tensor, *, pivot: _bool = True, check_errors: _bool = False,
    out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.linalg_lu_factor_ex:
    """The LU factorization with partial pivoting, in one matrix."""

def lu_solve(
    LU: Tensor, pivots: Tensor, B: Tensor, *, left: _bool = True, adjoint: _bool = False, out: Tensor | None = None,
) -> Tensor:
    """`solve` for a matrix whose factors `lu_factor` gave; ``adjoint`` solves with its adjoint."""

def matmul(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The matrix product; a vector is a row on the left and a column on the right, batches broadcast."""

def matrix_exp(input: Tensor) -> Tensor:
    """The matrix exponential ``sum(A**k / k!)``."""

@overload
def matrix_norm(
    input: Tensor, ord: Number | _complex, dim: _size = (-2, -1), keepdim: _bool = False, *,
    dtype: _dtype | None = None, out: Tensor | None = None,
) -> Tensor:
    """Norms of matrices."""
@overload
def matrix_norm(
    input: Tensor, ord: _str = 'fro', dim: _size = (-2, -1), keepdim: _bool = False, *, dtype: _dtype | None = None,
    out: Tensor | None = None,
) -> Tensor: ...

def matrix_power(input: Tensor, n: _int, *, out: Tensor | None = None) -> Tensor:
    """The product of n copies of square matrices; of their inverses for negative n."""

@overload
def matrix_rank(
    input: Tensor, *, atol: Tensor | None = None, rtol: Tensor | None = None, hermitian: _bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """The number of singular values above ``max(atol, rtol * the largest)``."""
@overload
def matrix_rank(
    input: Tensor, *, atol: _float | None = None, rtol: _float | None = None, hermitian: _bool = False,
    out: Tensor | None = None,
) -> Tensor: ...
@overload
def matrix_rank(input: Tensor, tol: _float, hermitian: _bool = False, *, out: Tensor | None = None) -> Tensor: ...
@overload
def matrix_rank(input: Tensor, tol: Tensor, hermitian: _bool = False, *, out: Tensor | None = None) -> Tensor: ...

def multi_dot(tensors: tuple[Tensor, ...] | list[Tensor], *, out: Tensor | None = None) -> Tensor:
    """The product of a chain of matrices, in the order that takes the fewest multiplications."""

@overload
def norm(
    input: Tensor, ord: Number | _complex | None = None, dim: _int | _size | None = None, keepdim: _bool = False, *,
    dtype: _dtype | None = None, out: Tensor | None = None,
) -> Tensor:
    """A vector norm of everything, or over one dim; with ``ord`` of matrices or two dims, a matrix norm."""
@overload
def norm(
    input: Tensor, ord: _str, dim: _int | _size | None = None, keepdim: _bool = False, *, dtype: _dtype | None = None,
    out: Tensor | None = None,
) -> Tensor: ...

@overload
def pinv(
    input: Tensor, *, atol: Tensor | None = None, rtol: Tensor | None = None, hermitian: _bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """The Moore-Penrose pseudo-inverse, by singular values above ``max(atol, rtol * the largest)``."""
@overload
def pinv(
    input: Tensor, *, atol: _float | None = None, rtol: _float | None = None, hermitian: _bool = False,
    out: Tensor | None = None,
) -> Tensor: ...
@overload
def pinv(input: Tensor, rcond: _float, hermitian: _bool = False, *, out: Tensor | None = None) -> Tensor: ...
@overload
def pinv(input: Tensor, rcond: Tensor, hermitian: _bool = False, *, out: Tensor | None = None) -> Tensor: ...

def qr(
    A: Tensor, mode: _str = 'reduced', *, out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.linalg_qr:
    """The factors of ``A = Q R``: Q with orthonormal columns, R upper triangular."""

def slogdet(A: Tensor, *, out: tuple[Tensor, ...] | list[Tensor] | None = None) -> return_types.linalg_slogdet:
    """The sign (of modulus 1) and the logarithm of the absolute value of determinants."""

def solve(A: Tensor, B: Tensor, *, left: _bool = True, out: Tensor | None = None) -> Tensor:
    """The solution of ``A X = B`` (``X A = B`` with ``left=False``), batches broadcast."""

def solve_ex(
    A: Tensor, B: Tensor, *, left: _bool = True, check_errors: _bool = False,
    out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.linalg_solve_ex:
    """`solve`, with LAPACK's code (the position of the first zero pivot) instead of an error."""

def solve_triangular(
    A: Tensor, B: Tensor, *, upper: _bool, left: _bool = True, unitriangular: _bool = False, out: Tensor | None = None,
) -> Tensor:
    """The solution of ``A X = B`` (``X A = B`` with ``left=False``) for a triangle of ``A``."""

def svd(
    A: Tensor, full_matrices: _bool = True, *, driver: _str | None = None,
    out: tuple[Tensor, ...] | list[Tensor] | None = None,
) -> return_types.linalg_svd:
    """The singular value decomposition ``A = U @ diag(S) @ Vh``."""

def svdvals(A: Tensor, *, driver: _str | None = None, out: Tensor | None = None) -> Tensor:
    """The singular values of matrices, in descending order."""

def tensorinv(input: Tensor, ind: _int = 2, *, out: Tensor | None = None) -> Tensor:
    """The inverse of a tensor as a map from its last dims to its first ``ind``, for `tensordot`."""

def tensorsolve(input: Tensor, other: Tensor, dims: _int | _size | None = None, *, out: Tensor | None = None) -> Tensor:
    """The X of ``tensordot(self, X, X.dim()) == other``."""

def vander(x: Tensor, *, N: _int | None = None) -> Tensor:
    """The powers 0 to N - 1 of the elements of vectors."""

def vecdot(x: Tensor, y: Tensor, *, dim: _int = -1, out: Tensor | None = None) -> Tensor:
    """The dot products of vectors along ``dim``, those of ``x`` conjugated."""

def vector_norm(
    input: Tensor, ord: Any = 2, dim: _int | _size | None = None, keepdim: _bool = False, *,
    dtype: _dtype | None = None, out: Tensor | None = None,
) -> Tensor:
    """The ``ord``-norm of all elements as one vector, or over ``dim``."""
