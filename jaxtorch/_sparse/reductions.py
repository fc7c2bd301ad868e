"""Sums, norms and softmaxes of sparse tensors."""

from __future__ import annotations

from .._core import dtypes
from .._core.composed import values_of
from .._core.dispatch import dispatch
from .._core.layout import wrap_dim
from .._core.linked import named
from .._core.spec import registry
from .._core.tensor import Tensor
from .kernels import keys_of
from .pattern import settled, summed, unique
from .tensor import COMPRESSED, COO, Compressed, Coo, SparseTensor, coo, refusal, rule, torch


def _dims(dim, n: int) -> list[int]:
    dims = [dim] if isinstance(dim, int) else list(dim)
    found = [wrap_dim(d, n) for d in dims]
    for d in found:
        if found.count(d) > 1:
            raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
    return sorted(found)


def sum_over(t: SparseTensor, dims: list[int], node: str) -> Tensor:
    """The sums over dims: dense, if all sparse dims are among them."""
    t = settled(t)
    values, rank = values_of(t, node), t.sparse_dim()
    shape = tuple(n for d, n in enumerate(t.shape) if d not in dims)
    inside = [d - rank + 1 for d in dims if d >= rank]
    if inside:
        values = values.sum(inside)
    kept = [d for d in range(rank) if d not in dims]
    if not kept:
        return values.sum(0)
    if len(kept) == rank:
        return coo(t._parts[0], values, shape, True, node)
    where = torch["stack"]([t._parts[0][d] for d in kept])
    return coo(*summed(where, values, shape[: len(kept)]), shape, True, node)


@rule("sum", of=[COO])
def sum_(self, dim=None, keepdim=False, *, dtype=None):
    """The sum of all elements, or sums over dims."""
    if dtype is not None:
        self = self.to(dtype)
    elif self.dtype.category < 2:
        self = self.to(dtypes.int64)
    n = self.dim()
    dims = list(range(n)) if dim is None or dim == () or dim == [] else _dims(dim, n)
    if len(dims) == n:
        out = values_of(settled(self), "SumBackward0").sum()
        return out.view([1] * n) if keepdim else out
    out = sum_over(self, dims, "SumBackward0")
    if keepdim:
        for d in dims:
            out = out.unsqueeze(d)
    return out


@rule("sum", of=[COMPRESSED])
def _compressed_sum(self, dim=None, keepdim=False, *, dtype=None):
    flat = self.to_sparse_coo() if dtype is None else self.to(dtype).to_sparse_coo()
    if dim is None:
        return sum_(flat)
    if not keepdim:
        raise RuntimeError("reduction operations on CSR tensors with keepdim=False is unsupported")
    return sum_(flat, dim, True).to_sparse(layout=self.layout)


def sum_of(input: Tensor, dim=None, dtype=None):
    """`torch.sparse.sum`."""
    if not isinstance(input, Coo):
        input.coalesce()
        raise refusal("_sparse_sum", input)
    if dtype is not None:
        input = input.to(dtype)
    if dim is None:
        return values_of(settled(input), "SparseSumBackward0").sum()
    return sum_over(input, _dims(dim, input.dim()), "SparseSumBackward0")


@rule("norm", of=[COO])
def norm(self, p="fro", dim=None, keepdim=False, dtype=None):
    """The norm of all elements."""
    if dim is not None and len(_dims(dim, self.dim())) != self.dim() and dim not in ((), []):
        raise RuntimeError(
            "norm_sparse currently only supports full reductions, so 'dim' must either be empty or contain all "
            "dimensions of the input"
        )
    if keepdim:
        raise RuntimeError("norm_sparse currently does not support keepdim=True")
    if dtype is not None:
        raise RuntimeError("norm_sparse currently does not support 'dtype' argument")
    if self.dtype.category < 2:
        raise RuntimeError(
            f"norm(): input dtype should be either floating point or complex. Got {self.dtype.title} instead."
        )
    found = values_of(settled(self), "NormBackward1").flatten().norm(2 if p in ("fro", None) else p)
    return named(found, "NormBackward1")


# -- softmax --------------------------------------------------------------------------------------
def softmax_of(t: Tensor, dim: int, dtype, log: bool) -> Tensor:
    """Softmax along a dim of the stored elements alone: what is not stored counts as -inf."""
    name = "_sparse_log_softmax" if log else "_sparse_softmax"
    if not isinstance(t, SparseTensor):
        raise NotImplementedError(f"Could not run 'aten::{name}' with arguments from the 'CPU' backend.")
    if isinstance(t, Compressed):
        raise refusal(name, t)
    if dtype is not None:
        t = t.to(dtype)
    if not t.dtype.is_floating_point:
        raise NotImplementedError(f"\"softmax\" not implemented for '{t.dtype.title}'")
    dim = wrap_dim(dim, t.dim())
    t = settled(t)
    node = "SparseLogSoftmaxBackward0" if log else "SparseSoftmaxBackward0"
    values, rank = values_of(t, node), t.sparse_dim()
    if dim >= rank:
        made = values.log_softmax(dim - rank + 1) if log else values.softmax(dim - rank + 1)
        return t._like(made, node)
    rest = [d for d in range(rank) if d != dim]
    if rest:
        where = torch["stack"]([t._parts[0][d] for d in rest])
        keys, groups = unique(keys_of(where, [t.shape[d] for d in rest]))
        count = keys.shape[0]
    else:
        groups, count = torch["zeros_like"](t._parts[0][0]), 1
    return t._like(dispatch(registry["sparse_softmax"], (values, groups), (count, log)), node)

