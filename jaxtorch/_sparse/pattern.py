"""Patterns: the coordinates that a sparse tensor stores, sorted, compared and looked up."""

from __future__ import annotations

from typing import Any

from .._core import modes
from .._core.composed import values_of
from .._core.linked import linked
from .._core.tensor import Tensor
from .kernels import coordinates_of, keys_of, put, take
from .tensor import Compressed, Coo, SparseTensor, _same, coo, rule, torch


def counted() -> None:
    """How many values there will be depends on values: a recording ends here."""
    if modes.state.recorder is not None:
        modes.state.recorder.settle("how many values a sparse tensor has depends on values (coalesce it outside)")


def nonzeros(mask: Tensor) -> Tensor:
    """The indices of what is true, one a row."""
    counted()
    return mask.nonzero()


def places(mask: Tensor) -> Tensor:
    """The indices of what is true in a vector."""
    return nonzeros(mask).flatten()


def unique(keys: Tensor) -> tuple[Tensor, Tensor]:
    """(the numbers in their order, each once; for each one given its place among them)."""
    counted()
    return torch["unique"](keys, return_inverse=True)


def summed(indices: Tensor, values: Tensor, sizes) -> tuple[Tensor, Tensor]:
    """Coordinates in their order, each once, and the sums of the values that are at one."""
    keys, inverse = unique(keys_of(indices, sizes))
    count = keys.shape[0]
    return coordinates_of(keys, sizes), put(inverse.unsqueeze(0), values, (count, *values.shape[1:]))


def coalesced(t: Coo) -> Coo:
    """``t`` with each coordinate once, in order."""
    if t._coalesced:
        return t
    made = coo(*summed(*t._parts, t._sparse_sizes), t.shape, True)
    return linked(made, "CoalesceBackward0", (t, lambda g: g))


@rule("coalesce", of=[Coo._table])
def coalesce(self):
    """This tensor with each coordinate once, in order, values of one coordinate added up. Itself, if it is so."""
    return coalesced(self)


def settled(t: SparseTensor) -> SparseTensor:
    """``t`` fit for `values_of`."""
    return coalesced(t) if isinstance(t, Coo) else t


def find(keys: Tensor, among: Tensor) -> tuple[Tensor, Tensor]:
    """(where each of ``keys`` is in the sorted ``among``, whether it is there at all)."""
    count = among.shape[0]
    if not count:
        return torch["zeros_like"](keys), torch["zeros_like"](keys, dtype=torch["eq"](keys, 0).dtype)
    at = torch["searchsorted"](among, keys).clamp(max=count - 1)
    return at, among.index_select(0, at).eq(keys)


def coordinates(t: SparseTensor) -> Tensor:
    """(rank, nnz): where the values are; of a blocked tensor where its blocks are, in blocks."""
    if isinstance(t, Coo):
        return t._parts[0]
    starts, places = t._parts[:2]
    batch, count = starts.shape[:-1], places.shape[-1]
    arange = torch["arange"](count, device=starts.device, dtype=starts.dtype)
    lines = torch["searchsorted"](starts.contiguous(), arange.expand(*batch, count).contiguous(), right=True) - 1
    pair = (lines, places) if t._by_rows else (places, lines)
    rows = []
    for d, n in enumerate(batch):
        seen = torch["arange"](n, device=starts.device).view(*[-1 if e == d else 1 for e in range(len(batch) + 1)])
        rows.append(seen.expand(*batch, count))
    return torch["stack"]([r.reshape(-1).long() for r in (*rows, *pair)])


def flat_values(t: SparseTensor, values: Tensor) -> Tensor:
    """Values with one leading dim for all coordinates."""
    batch = 0 if isinstance(t, Coo) else t._parts[0].dim() - 1
    return values.flatten(0, batch) if batch else values


def blocks_of(t: Compressed) -> tuple[int, int]:
    """The sizes of the blocks of a blocked tensor."""
    at = t._parts[1].dim()
    return tuple(t._parts[2].shape[at : at + 2])


def split_blocks(dense: Tensor, blocks, at: int = 0) -> Tensor:
    """(.., R, C, ..) -> (.., R / b0, C / b1, b0, b1, ..)."""
    *batch, rows, columns = dense.shape[: at + 2]
    rest, (b0, b1) = dense.shape[at + 2 :], blocks
    split = dense.reshape(*batch, rows // b0, b0, columns // b1, b1, *rest)
    return split.transpose(at + 1, at + 2)


def join_blocks(split: Tensor, at: int = 0) -> Tensor:
    """The inverse of `split_blocks`."""
    joined = split.transpose(at + 1, at + 2)
    batch, (r, b0, c, b1), rest = joined.shape[:at], joined.shape[at : at + 4], joined.shape[at + 4 :]
    return joined.reshape(*batch, r * b0, c * b1, *rest)


def read(t: SparseTensor, g: Tensor) -> Tensor:
    """The values of a cotangent where ``t`` has values."""
    if isinstance(g, type(t)) and all(_same(a, b) for a, b in zip(g._parts[:-1], t._parts[:-1], strict=True)):
        if not isinstance(g, Coo) or g._coalesced or t._coalesced:
            return values_of(g)
    if isinstance(t, Compressed) and t._blocked:
        at = t._parts[0].dim() - 1
        dense = g.to_dense() if isinstance(g, SparseTensor) else g
        found = take(split_blocks(dense, blocks_of(t), at), coordinates(t))
        return found.reshape(t._parts[2].shape)
    where = coordinates(t)
    found = looked_up(g, where) if isinstance(g, SparseTensor) else take(g, where)
    return found.reshape(t._parts[-1].shape)


SparseTensor._read = read


def looked_up(g: Any, where: Tensor) -> Tensor:
    """The values of a sparse tensor at coordinates, 0 where it has none."""
    if isinstance(g, Compressed) or g._parts[0].shape[0] != where.shape[0]:
        dense_dim = g.dim() - where.shape[0]
        g = g.to_sparse_coo() if dense_dim == 0 else g.to_dense().to_sparse(where.shape[0])
    g = coalesced(g)
    values = values_of(g)
    if not values.shape[0]:
        return torch["zeros"]((where.shape[1], *values.shape[1:]), dtype=values.dtype, device=values.device)
    sizes = g._sparse_sizes
    at, there = find(keys_of(where, sizes), keys_of(g._parts[0], sizes))
    there = there.view(-1, *[1] * (values.dim() - 1))
    return torch["where"](there, values.index_select(0, at), torch["zeros"]((), dtype=values.dtype))
