"""Between dense, coordinate and compressed tensors."""

from __future__ import annotations

from .._core import formats
from .._core.composed import values_of
from .._core.linked import followed, linked
from .._core.members import member
from .._core.tensor import Tensor
from .kernels import keys_of, put, take
from .pattern import (
    blocks_of,
    coalesced,
    coordinates,
    flat_values,
    join_blocks,
    looked_up,
    nonzeros,
    settled,
    split_blocks,
    unique,
)
from .tensor import COMPRESSED, COO, Compressed, Coo, SparseTensor, compressed, coo, torch

BY_ROWS = {formats.sparse_csr: True, formats.sparse_csc: False, formats.sparse_bsr: True, formats.sparse_bsc: False}
_BLOCKED = (formats.sparse_bsr, formats.sparse_bsc)


# -- to dense -------------------------------------------------------------------------------------
def _to_dense(self, dtype=None, *, masked_grad=None):
    """A dense tensor of the same elements."""
    unmasked = masked_grad is False and followed(self)
    source = self.detached() if unmasked else settled(self) if followed(self) else self
    values = flat_values(source, values_of(source))
    if isinstance(source, Compressed) and source._blocked:
        batch = source._parts[0].dim() - 1
        rows, columns = source.shape[batch : batch + 2]
        b0, b1 = blocks_of(source)
        shape = (*source.shape[:batch], rows // b0, columns // b1, *values.shape[1:])
        dense = join_blocks(put(coordinates(source), values, shape), batch)
    else:
        dense = put(coordinates(source), values, source.shape)
    if unmasked:
        rank = self.sparse_dim()
        dense = linked(dense, "ToDenseBackward0", (self, lambda g: g.to_sparse(rank)))
    return dense if dtype is None else dense.to(dtype)


COO["to_dense"] = COO["_to_dense"] = COMPRESSED["to_dense"] = COMPRESSED["_to_dense"] = _to_dense


# -- to coordinates -------------------------------------------------------------------------------
def to_coo(t: Tensor, sparse_dim: int | None = None) -> Coo:
    """A tensor of any layout as coordinates."""
    if isinstance(t, Coo):
        return t
    if isinstance(t, Compressed):
        values, where = flat_values(t, t._parts[-1]), coordinates(t)
        if t._blocked:
            where, values = _apart(t, where, values)
        made = coo(where, values, t.shape, t._by_rows and not t._blocked)
        if t._blocked:
            made = coalesced(made)
        return linked(made, "ToSparseBackward1", (t, lambda g: _back(g, t._format)))
    rank = t.dim() if sparse_dim is None else sparse_dim
    if not 0 <= rank <= t.dim() or rank == 0 and t.dim():
        raise RuntimeError(
            f"dense_to_sparse: sparse_dim argument must be in [0,{t.dim()}] range, but {rank} is given"
        )
    outside = t.detach()
    seen = outside.ne(0)
    if rank < t.dim():
        seen = seen.flatten(rank).any(-1)
    where = nonzeros(seen).t().contiguous()
    made = coo(where, take(outside, where), t.shape, True)
    name = "ToSparseBackward1" if sparse_dim is None else "ToSparseBackward0"
    return linked(made, name, (t, lambda g: g.to_dense() if isinstance(g, SparseTensor) else g))


def _apart(t: Compressed, where: Tensor, values: Tensor):
    """(coordinates, values) of every element of blocks."""
    batch, (b0, b1) = t._parts[0].dim() - 1, blocks_of(t)
    inside = torch["arange"](b0 * b1, device=where.device)
    rows = where[batch].unsqueeze(1) * b0 + inside // b1
    columns = where[batch + 1].unsqueeze(1) * b1 + inside % b1
    before = [where[d].unsqueeze(1).expand_as(rows) for d in range(batch)]
    return torch["stack"]([r.reshape(-1) for r in (*before, rows, columns)]), values.flatten(0, 2)


def _back(g: Tensor, form) -> Tensor:
    """A cotangent in the layout of what was converted; a dense one stays so."""
    return g.to_sparse(layout=form) if isinstance(g, SparseTensor) and form not in _BLOCKED else g


# -- to compressed --------------------------------------------------------------------------------
def to_compressed(t: Tensor, form: formats.layout, blocksize=None) -> Compressed:
    """A matrix of any layout as a compressed one."""
    name = form.name.removeprefix("sparse_")
    if isinstance(t, Compressed) and t._format is form and (blocksize is None or tuple(blocksize) == blocks_of(t)):
        return t
    if (form in _BLOCKED) != (blocksize is not None):
        if form in _BLOCKED:
            raise RuntimeError(f"to_sparse_{name}: expected a blocksize")
        raise RuntimeError(
            f"to_sparse for {_title(t)} to Sparse{name.title()} conversion does not use specified blocksize"
        )
    if isinstance(t, Compressed):
        return to_compressed(to_coo(t), form, blocksize)
    if t.dim() != 2 and not (isinstance(t, Coo) and t._parts[0].shape[0] == 2):
        raise NotImplementedError(f"to_sparse_{name} of a tensor that is no matrix: sparse batches are not made here")
    if blocksize is not None:
        rows, columns = t.shape[:2]
        if rows % blocksize[0] or columns % blocksize[1]:
            raise RuntimeError(
                f"dense_to_sparse_{name}: tensor sparse size ({rows},{columns}) must be divisible by given blocksize "
                f"({blocksize[0]},{blocksize[1]})"
            )
        outside = _grouped(t, tuple(blocksize))
    else:
        outside = coalesced(to_coo(t.detach()))
    values = outside._parts[1]
    sizes = outside._sparse_sizes
    if not BY_ROWS[form]:
        turned = coalesced(coo(outside._parts[0].flip(0), torch["arange"](values.shape[0]), sizes[::-1], False))
        values, outside, sizes = values.index_select(0, turned._parts[1]), turned, sizes[::-1]
    lines, places = outside._parts[0].unbind(0)
    bounds = torch["arange"](sizes[0] + 1, device=lines.device)
    starts = torch["searchsorted"](lines.contiguous(), bounds)
    made = compressed(starts, places.contiguous(), values, t.shape, form)
    back = (lambda g: g.to_sparse() if isinstance(g, Compressed) else g) if isinstance(t, Coo) else _dense
    return linked(made, f"ToSparse{name.title()}Backward0", (t, back))


def _title(t: Tensor) -> str:
    return t._backend if isinstance(t, SparseTensor) else "Strided"


def _dense(g: Tensor) -> Tensor:
    return g.to_dense() if isinstance(g, SparseTensor) else g


def _grouped(t: Tensor, blocks: tuple) -> Coo:
    """The blocks of a matrix that are not zero, as values at coordinates counted in blocks."""
    if not isinstance(t, Coo):
        return to_coo(split_blocks(t.detach(), blocks), 2)
    outside = coalesced(t.detached())
    (rows, columns), (b0, b1) = outside._parts[0].unbind(0), blocks
    sizes = t.shape[0] // b0, t.shape[1] // b1
    where = torch["stack"]([rows // b0, columns // b1])
    keys, inverse = unique(keys_of(where, sizes))
    values = put(torch["stack"]([inverse, rows % b0, columns % b1]), outside._parts[1],
                 (keys.shape[0], b0, b1, *outside._parts[1].shape[1:]))  # fmt: skip
    from_keys = torch["stack"]([keys // max(sizes[1], 1), keys % max(sizes[1], 1)])
    return coo(from_keys, values, (*sizes, *values.shape[1:]), True)


# -- members of every tensor ----------------------------------------------------------------------
def to_sparse(self, sparse_dim=None, *, layout=None, blocksize=None, dense_dim=None) -> Tensor:
    """A sparse tensor of the same elements.

    Args:
        sparse_dim: how many leading dims are sparse, of a result of coordinates; all by default.
        layout: ``torch.sparse_coo`` (default), ``sparse_csr``, ``sparse_csc``, ``sparse_bsr`` or ``sparse_bsc``.
        blocksize: the sizes of blocks, for ``sparse_bsr`` and ``sparse_bsc``.

    Example:
        >>> import jaxtorch as torch
        >>> torch.tensor([[0.0, 2.0], [0.0, 0.0]]).to_sparse().indices()
        tensor([[0],
                [1]])
    """
    if dense_dim:
        raise NotImplementedError("to_sparse(dense_dim=): dense dims of compressed tensors")
    if layout is not None and layout is not formats.sparse_coo:
        if layout is formats.strided:
            return self.to_dense()
        return to_compressed(self, layout, blocksize)
    if blocksize is not None:
        raise RuntimeError(f"to_sparse for {_title(self)} to Sparse conversion does not use specified blocksize")
    if isinstance(self, Coo) and sparse_dim is not None and sparse_dim != self._parts[0].shape[0]:
        raise RuntimeError(
            "to_sparse: conversion from Sparse to Sparse with sparse_dim argument !=self.sparse_dim() is not supported"
        )
    return to_coo(self, sparse_dim)


def to_sparse_coo(self) -> Tensor:
    """A sparse tensor of the same elements, by coordinates."""
    return to_coo(self)


def to_sparse_csr(self, dense_dim=None) -> Tensor:
    """A sparse matrix of the same elements, compressed by rows."""
    return to_sparse(self, layout=formats.sparse_csr, dense_dim=dense_dim)


def to_sparse_csc(self, dense_dim=None) -> Tensor:
    """A sparse matrix of the same elements, compressed by columns."""
    return to_sparse(self, layout=formats.sparse_csc, dense_dim=dense_dim)


def to_sparse_bsr(self, blocksize, dense_dim=None) -> Tensor:
    """A sparse matrix of the same elements in blocks, compressed by rows."""
    return to_sparse(self, layout=formats.sparse_bsr, blocksize=_pair(blocksize), dense_dim=dense_dim)


def to_sparse_bsc(self, blocksize, dense_dim=None) -> Tensor:
    """A sparse matrix of the same elements in blocks, compressed by columns."""
    return to_sparse(self, layout=formats.sparse_bsc, blocksize=_pair(blocksize), dense_dim=dense_dim)


def _pair(blocksize):
    return (blocksize, blocksize) if isinstance(blocksize, int) else tuple(blocksize)


def sparse_mask(self, mask) -> Tensor:
    """The elements of this tensor where the sparse ``mask`` has values, as a tensor of its pattern.

    Raises:
        RuntimeError: the sizes differ.
    """
    if not isinstance(mask, SparseTensor):
        raise RuntimeError("sparse_mask: expected the mask to be a sparse tensor")
    if self.shape != mask.shape:
        raise RuntimeError(
            f"sparse_mask(): operands have incompatible sizes; self has size {list(self.shape)} but mask has size "
            f"{list(mask.shape)}"
        )
    pattern = mask.detached()
    outside = self.detached() if isinstance(self, SparseTensor) else self.detach()
    if isinstance(pattern, Compressed):
        if isinstance(outside, SparseTensor) or pattern._blocked:
            raise NotImplementedError("sparse_mask of these layouts")
        made = pattern._like(take(outside, coordinates(pattern)).reshape(pattern._parts[2].shape), "")
    elif isinstance(outside, SparseTensor):
        made = pattern._like(looked_up(outside, pattern._parts[0]), "")
    else:
        made = pattern._like(take(outside, pattern._parts[0]), "")
    source = isinstance(self, SparseTensor)
    return linked(made, "SparseMaskBackward0", (self, lambda g: _masked(g, pattern, source)))


def _masked(g: Tensor, pattern: SparseTensor, sparse: bool) -> Tensor:
    """The cotangent of `sparse_mask`: what has reached the mask's pattern."""
    g = sparse_mask(g, coalesced(pattern) if isinstance(pattern, Coo) else pattern)
    return g if sparse else g.to_dense()


for _fn in (to_sparse, to_sparse_coo, to_sparse_csr, to_sparse_csc, to_sparse_bsr, to_sparse_bsc, sparse_mask):
    member(_fn)
    COO[_fn.__name__] = COMPRESSED[_fn.__name__] = _fn
