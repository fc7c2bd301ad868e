"""Matrix products with a sparse side."""

from __future__ import annotations

from .._core import dtypes
from .._core.composed import values_of
from .._core.dispatch import dispatch
from .._core.linked import followed, named
from .._core.spec import function, registry
from .._core.tensor import Tensor
from .pattern import coordinates, counted, settled, summed
from .tensor import Compressed, Coo, SparseTensor, coo, refusal, rule, torch


def _flat(t: SparseTensor):
    """``t`` as elements at coordinates."""
    return t.to_sparse_coo() if isinstance(t, Compressed) and t._blocked else t


def _check_dtype(a: Tensor, b: Tensor) -> None:
    if a.dtype is not b.dtype:
        raise RuntimeError(f"expected scalar type {a.dtype.title} but found {b.dtype.title}")


def product(a: SparseTensor, dense: Tensor, node: str) -> Tensor:
    """A sparse matrix times a dense one."""
    if a.dim() != 2 or dense.dim() != 2:
        raise RuntimeError(f"addmm: Expected a sparse and a dense matrix, got {a.dim()}-D and {dense.dim()}-D tensors")
    if a.sparse_dim() != 2:
        raise RuntimeError(
            f"addmm: expected first two dims to be sparse (indices has size 2 at first dim), but got {a.sparse_dim()} "
            "sparse dims"
        )
    if a.shape[1] != dense.shape[0]:
        raise RuntimeError(f"addmm: Argument #3 (dense): Expected dim 0 size {a.shape[1]}, got {dense.shape[0]}")
    return _times(a, dense, node)


def _times(a: SparseTensor, dense: Tensor, node: str) -> Tensor:
    _check_dtype(a, dense)
    if a.dtype is dtypes.bool_:
        raise NotImplementedError("\"addmm_sparse_dense\" not implemented for 'Bool'")
    a = _flat(a)  # pyright: ignore[reportAssignmentType]
    a = settled(a) if followed(a) else a
    values = values_of(a, node)
    return dispatch(registry["sparse_product"], (coordinates(a), values, dense), (a.shape[0], node))


def sparse_product(a: SparseTensor, b: SparseTensor, node: str):
    """The product of two sparse matrices."""
    _check_dtype(a, b)
    if a.dim() != 2 or b.dim() != 2 or a.shape[1] != b.shape[0]:
        shapes = " and ".join("x".join(map(str, t.shape)) for t in (a, b))
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({shapes})")
    form = a.layout
    a, b = _coordinate_matrix(a), _coordinate_matrix(b)
    rows, columns = b._parts[0]
    bounds = torch["searchsorted"](rows.contiguous(), torch["arange"](b.shape[0] + 1, device=rows.device))
    first, counts = bounds[:-1], bounds[1:] - bounds[:-1]
    lines, across = a._parts[0]
    counted()
    repeats = counts.index_select(0, across)
    # one element for each pair of a value in a column of `a` and a value in that row of `b`
    left = torch["repeat_interleave"](torch["arange"](across.shape[0], device=rows.device), repeats)
    skipped = (repeats.cumsum(0) - repeats).index_select(0, left)
    inside = torch["arange"](left.shape[0], device=rows.device) - skipped
    right = first.index_select(0, across.index_select(0, left)) + inside
    values = values_of(a, node).index_select(0, left) * values_of(b, node).index_select(0, right)
    where = torch["stack"]([lines.index_select(0, left), columns.index_select(0, right)])
    shape = (a.shape[0], b.shape[1])
    made = coo(*summed(where, values, shape), shape, True, node)
    return made if isinstance(made, Coo) and form is made.layout else made.to_sparse(layout=form)


def _coordinate_matrix(t: SparseTensor) -> Coo:
    t = settled(t.to_sparse_coo())
    if t.sparse_dim() != 2:
        raise refusal("sparse_sparse_matmul", t)
    return t


def _mm(a: Tensor, b: Tensor, node: str) -> Tensor:
    if isinstance(a, SparseTensor) and isinstance(b, SparseTensor):
        return sparse_product(a, b, node)
    if isinstance(a, SparseTensor):
        return product(a, b, node)
    if a.dim() != 2 or a.shape[1] != b.shape[0]:
        shapes = " and ".join("x".join(map(str, t.shape)) for t in (a, b))
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({shapes})")
    return named(product(b.transpose(0, 1), a.t(), node).t(), node)


@rule("mm")
def mm(input, mat2):
    """The product of two matrices: sparse if both are."""
    return _mm(input, mat2, "MmBackward0")


@function("spmm")
def spmm(input, mat2):
    """`mm`, as it was called of sparse matrices."""
    return torch["mm"](input, mat2)


@function("dsmm")
def dsmm(input, mat2):
    """`mm`, as it was called of sparse and dense matrices."""
    return torch["mm"](input, mat2)


@rule("spmm", "dsmm")
def _mm_by_old_names(input, mat2):
    return mm(input, mat2)


@rule("mv")
def mv(input, vec):
    """The product of a sparse matrix and a vector."""
    if isinstance(vec, SparseTensor) or not isinstance(input, SparseTensor):
        raise refusal("mv", input, vec)
    if input.dim() != 2 or vec.dim() != 1:
        raise RuntimeError(
            f"mv: two tensor dim should be 2 and 1, but got SparseTensor Dim: {input.dim()}Tensor Dim: {vec.dim()}"
        )
    if input.shape[1] != vec.shape[0]:
        raise RuntimeError("mv: expected self.size(-1) == vec.size(-1)")
    return _times(input, vec, "MvBackward0")


@rule("matmul", "__matmul__", "__rmatmul__")
def matmul(input, other):
    """The product of matrices, or of a matrix and a vector."""
    if input.dim() == 2 and other.dim() == 2:
        return mm(input, other)
    if input.dim() == 2 and other.dim() == 1:
        return mv(input, other)
    if input.dim() == 3 and other.dim() == 3:
        return bmm(input, other)
    raise RuntimeError("expand is unsupported for Sparse tensors")


@rule("bmm")
def bmm(input, mat2):
    """Products of the matrices of a sparse batch and a dense one."""
    if not isinstance(input, Coo) or isinstance(mat2, SparseTensor) or input.sparse_dim() != 3:
        raise refusal("bmm", input, mat2)
    _check_dtype(input, mat2)
    n, rows, columns = input.shape
    if mat2.dim() != 3 or mat2.shape[:2] != (n, columns):
        raise RuntimeError(
            "Expected size for first two dimensions of batch2 tensor to be: "
            f"[{n}, {columns}] but got: [{mat2.shape[0]}, {mat2.shape[1]}]."
        )
    input = settled(input) if followed(input) else input
    batch, lines, across = input._parts[0]
    where = torch["stack"]([batch * rows + lines, batch * columns + across])
    values = values_of(input, "BmmBackward0")
    flat = dispatch(registry["sparse_product"], (where, values, mat2.reshape(n * columns, -1)),
                    (n * rows, "BmmBackward0"))  # fmt: skip
    return flat.view(n, rows, mat2.shape[2])


@rule("addmm")
def addmm(input, mat1, mat2, *, beta=1, alpha=1):
    """beta input + alpha mat1 @ mat2."""
    return _plus(input, _mm(mat1, mat2, "AddmmBackward0"), beta, alpha, "AddmmBackward0")


def _plus(input, found, beta, alpha, node: str):
    if isinstance(found, SparseTensor) is not isinstance(input, SparseTensor):
        raise refusal("addmm", found, input)
    found = found if alpha == 1 else found * alpha
    if beta == 0 and not isinstance(input, SparseTensor):
        return named(found, node)
    return named((input if beta == 1 else input * beta) + found, node)


@rule("addmm_")
def addmm_(self, mat1, mat2, *, beta=1, alpha=1):
    """Make this dense matrix beta self + alpha mat1 @ mat2."""
    if isinstance(self, SparseTensor):
        raise refusal("addmm_", self)
    return self.copy_(addmm(self, mat1, mat2, beta=beta, alpha=alpha))


@rule("linear")
def linear(input, weight, bias=None):
    """input @ weight.T + bias."""
    made = matmul(input, weight.t())
    return made if bias is None else made + bias


# -- torch.sparse ---------------------------------------------------------------------------------
_REDUCTIONS = ("sum", "mean", "amax", "amin")


def mm_of(mat1: Tensor, mat2: Tensor, reduce: str | None = None):
    """`torch.sparse.mm`."""
    if not isinstance(mat1, SparseTensor) and not isinstance(mat2, SparseTensor):
        raise NotImplementedError("torch.sparse.mm of two dense matrices: use torch.mm")
    if reduce is None:
        both = isinstance(mat1, SparseTensor) and isinstance(mat2, SparseTensor)
        return _mm(mat1, mat2, "SparseSparseMatmulBackward0" if both else "SparseAddmmBackward0")
    if not isinstance(mat1, Compressed) or isinstance(mat2, SparseTensor):
        raise refusal("_sparse_mm_reduce_impl", mat1, mat2)
    if reduce not in _REDUCTIONS:
        raise RuntimeError(f"sparse_mm_reduce: reduce type of {reduce} has not been enabled.")
    if reduce == "sum":
        return _mm(mat1, mat2, "SparseMmReduceImplBackward0")
    rows, columns = coordinates(mat1)
    terms = values_of(mat1, "SparseMmReduceImplBackward0").unsqueeze(1) * mat2.index_select(0, columns)
    out = torch["zeros"]((mat1.shape[0], mat2.shape[1]), dtype=terms.dtype, device=terms.device)
    return out.scatter_reduce(0, rows.unsqueeze(1).expand_as(terms), terms, reduce, include_self=False)


def addmm_of(mat: Tensor, mat1: Tensor, mat2: Tensor, *, beta=1, alpha=1):
    """`torch.sparse.addmm`."""
    return _plus(mat, _mm(mat1, mat2, "SparseAddmmBackward0"), beta, alpha, "SparseAddmmBackward0")


def sampled_addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta=1, alpha=1):
    """`torch.sparse.sampled_addmm`."""
    if not isinstance(input, Compressed):
        raise refusal("sparse_sampled_addmm", input)
    if input.layout.name != "sparse_csr" or input.dim() != 2:
        raise NotImplementedError("sampled_addmm of what is no CSR matrix")
    for t in (mat1, mat2):
        _check_dtype(input, t)
    if mat1.shape[1] != mat2.shape[0]:
        shapes = " and ".join("x".join(map(str, t.shape)) for t in (mat1, mat2))
        raise RuntimeError(f"sampled_addmm: mat1 and mat2 shapes cannot be multiplied ({shapes})")
    if (mat1.shape[0], mat2.shape[1]) != tuple(input.shape):
        raise RuntimeError(
            "sampled_addmm: Expected mat1 @ mat2 of the size of self, "
            f"{list(input.shape)}, but got {[mat1.shape[0], mat2.shape[1]]}"
        )
    rows, columns = coordinates(input)
    found = (mat1.index_select(0, rows) * mat2.t().index_select(0, columns)).sum(1) * alpha
    if beta != 0:
        found = found + values_of(input, "SparseSampledAddmmBackward0") * beta
    return input._like(found, "SparseSampledAddmmBackward0")
