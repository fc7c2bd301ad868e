"""Transposing, selecting, joining and resizing sparse tensors: work on coordinates."""

from __future__ import annotations

from .._core import formats
from .._core.composed import values_of
from .._core.layout import wrap_dim
from .._core.linked import followed, linked
from .._core.tensor import Tensor
from .pattern import nonzeros, places, settled
from .tensor import COMPRESSED, COO, Compressed, Coo, SparseTensor, alter, become, compressed, coo, refusal, rule, torch

_TURNED = {
    formats.sparse_csr: formats.sparse_csc, formats.sparse_csc: formats.sparse_csr,
    formats.sparse_bsr: formats.sparse_bsc, formats.sparse_bsc: formats.sparse_bsr,
}  # fmt: skip


# -- orders of dims -------------------------------------------------------------------------------
def _permuted(self: Coo, order: tuple, node: str) -> Coo:
    rank = self._parts[0].shape[0]
    if any((d < rank) is not (e < rank) for d, e in enumerate(order)):
        raise RuntimeError("transpose(): sparse and dense dims of a sparse tensor cannot change places")
    shape = tuple(self.shape[d] for d in order)
    indices, values = self._parts[0], self._parts[1].detach()
    if order[:rank] != tuple(range(rank)):
        indices = torch["stack"]([indices[d] for d in order[:rank]])
    if order[rank:] != tuple(range(rank, len(order))):
        values = values.permute(0, *[d - rank + 1 for d in order[rank:]])
    kept = self._coalesced and order[:rank] == tuple(range(rank))
    back = tuple(sorted(range(len(order)), key=order.__getitem__))
    return linked(coo(indices, values, shape, kept), node, (self, lambda g: g.permute(*back)))


@rule("transpose", "swapaxes", "swapdims", of=[COO])
def transpose(self, dim0, dim1):
    """This tensor with two dims exchanged."""
    n = self.dim()
    a, b = wrap_dim(dim0, n), wrap_dim(dim1, n)
    order = list(range(n))
    order[a], order[b] = order[b], order[a]
    return _permuted(self, tuple(order), "TransposeBackward0")


@rule("t", of=[COO])
def t(self):
    """The transposed matrix."""
    if self.dim() > 2:
        raise RuntimeError(
            "t() expects a tensor with <= 2 sparse and 0 dense dimensions, but got "
            f"{self.sparse_dim()} sparse and {self.dense_dim()} dense dimensions"
        )
    return _permuted(self, (1, 0)[: self.dim()] if self.dim() == 2 else tuple(range(self.dim())), "TBackward0")


def _turn(self, new):
    """Give ``self`` the components of a result of another shape."""
    if followed(self) and self._grad_fn is None:
        raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
    alter(self)
    self._parts, self._layout = new._parts, new._layout
    self._take_facts(new)
    self._count_write()
    self._grad_fn, self._output_nr, self._requires_grad = new._grad_fn, new._output_nr, new._requires_grad
    return self


@rule("t_", of=[COO])
def t_(self):
    """Transpose this matrix itself."""
    return _turn(self, t(self))


@rule("transpose_", "swapaxes_", "swapdims_", of=[COO])
def transpose_(self, dim0, dim1):
    """Exchange two dims of this tensor itself."""
    return _turn(self, transpose(self, dim0, dim1))


@rule("permute", of=[COO])
def permute(self, *dims):
    """This tensor with its dims in another order."""
    dims = dims[0] if len(dims) == 1 and not isinstance(dims[0], int) else dims
    n = self.dim()
    if len(dims) != n:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired "
            f"ordering of dimensions i.e. input.dim() = {n} is not equal to len(dims) = {len(dims)}"
        )
    order = tuple(wrap_dim(d, n) for d in dims)
    if len(set(order)) != n:
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return _permuted(self, order, "PermuteBackward0")


def _turned(self: Compressed, node: str) -> Compressed:
    at = self._parts[0].dim() - 1
    shape = list(self.shape)
    shape[at], shape[at + 1] = shape[at + 1], shape[at]
    values = self._parts[2].detach()
    if self._blocked:
        values = values.transpose(at + 1, at + 2)
    made = compressed(*self._parts[:2], values, shape, _TURNED[self._format])
    return linked(made, node, (self, lambda g: g.transpose(at, at + 1)))


@rule("t", of=[COMPRESSED])
def _compressed_t(self):
    if self.dim() != 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {self.dim()}D")
    return _turned(self, "TBackward0")


@rule("transpose", "swapaxes", "swapdims", of=[COMPRESSED])
def _compressed_transpose(self, dim0, dim1):
    n, at = self.dim(), self._parts[0].dim() - 1
    pair = {wrap_dim(dim0, n), wrap_dim(dim1, n)}
    if len(pair) == 1:
        return self
    if pair != {at, at + 1}:
        raise NotImplementedError("transpose of other dims of a compressed tensor than those of its matrices")
    return _turned(self, "TransposeBackward0")


@rule("adjoint")
def adjoint(self):
    """The conjugates of the transposed matrices."""
    return self.transpose(-2, -1).conj()


# -- parts ----------------------------------------------------------------------------------------
def _pick(self: Coo, kept: Tensor, indices: Tensor, shape, unique: bool, node: str) -> Coo:
    """The values ``kept`` (places among all) at other coordinates."""
    # as PyTorch, which does not look whether what is picked is still in order
    return coo(indices, values_of(self, node).index_select(0, kept), shape, unique or kept.shape[0] < 2, node)


@rule("select", of=[COO])
def select(self, dim, index):
    """The slice at one index of a dim: a dense tensor, if that was the only sparse dim."""
    n = self.dim()
    if not n:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    dim, index = wrap_dim(dim, n), int(index)
    size = self.shape[dim]
    if not -size <= index < size:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(self.shape)} at dimension {dim}"
        )
    index %= size
    self = settled(self)
    rank, node = self.sparse_dim(), "SelectBackward0"
    shape = (*self.shape[:dim], *self.shape[dim + 1 :])
    if dim >= rank:
        return coo(self._parts[0], values_of(self, node).select(dim - rank + 1, index), shape, self._nnz() < 2, node)
    kept = places(self._parts[0][dim].eq(index))
    if rank == 1:
        return values_of(self, node).index_select(0, kept).sum(0)
    rest = [self._parts[0][d].index_select(0, kept) for d in range(rank) if d != dim]
    return _pick(self, kept, torch["stack"](rest), shape, False, node)


@rule("select", of=[COMPRESSED])
def _compressed_select(self, dim, index):
    made = self.to_sparse_coo().select(dim, index)
    if isinstance(made, Coo):
        made._coalesced = True
    return made


@rule("__getitem__")
def getitem(self, index):
    """The part at ints and None; other indices are refused."""
    index = index if isinstance(index, tuple) else (index,)
    out, dim = self, 0
    for i in index:
        if i is None:
            out, dim = out.unsqueeze(dim), dim + 1
        elif isinstance(i, bool) or not hasattr(i, "__index__") or isinstance(i, Tensor) and i.dim():
            raise refusal("index.Tensor" if isinstance(i, Tensor) else "as_strided", self)
        else:
            if out.dim() <= dim:
                raise IndexError(f"too many indices for tensor of dimension {self.dim()}")
            size, i = out.shape[dim], int(i)
            if not -size <= i < size:
                raise IndexError(f"index {i} is out of bounds for dimension {dim} with size {size}")
            out = out.select(dim, i)
    return out


@rule("__iter__")
def iterate(self):
    """The slices along the first dim, one after the other."""
    return iter(unbind(self))


@rule("unbind")
def unbind(self, dim=0):
    """The slices along a dim."""
    return tuple(self.select(dim, i) for i in range(self.shape[wrap_dim(dim, self.dim())]))


@rule("index_select", of=[COO])
def index_select(self, dim, index):
    """The slices at several indices of a dim."""
    n = self.dim()
    dim = wrap_dim(dim, n)
    if index.dim() != 1:
        raise IndexError("index_select(): Index is supposed to be a vector")
    size, count = self.shape[dim], index.shape[0]
    found = index._host()
    wrong = found[(found < -size) | (found >= size)]
    if wrong.size:
        raise IndexError(
            f"index_select(): index contains {wrong[0]} that is out of range for tensor of size {list(self.shape)} at "
            f"dimension {dim}"
        )
    index = torch["remainder"](index.long(), size) if count else index.long()
    shape = (*self.shape[:dim], count, *self.shape[dim + 1 :])
    self = settled(self) if followed(self) else self
    rank, node = self.sparse_dim(), "IndexSelectBackward0"
    if dim >= rank:
        values = values_of(self, node).index_select(dim - rank + 1, index)
        return coo(self._parts[0], values, shape, self._nnz() < 2, node)
    matches = nonzeros(index.unsqueeze(1).eq(self._parts[0][dim].unsqueeze(0)))
    place, kept = matches[:, 0], matches[:, 1]
    rows = [place if d == dim else self._parts[0][d].index_select(0, kept) for d in range(rank)]
    return _pick(self, kept, torch["stack"](rows), shape, False, node)


@rule("narrow_copy", of=[COO])
def narrow_copy(self, dim, start, length):
    """A stretch of a dim, as a tensor of its own."""
    dim = wrap_dim(dim, self.dim())
    size = self.shape[dim]
    start = start + size if start < 0 else start
    if not 0 <= start <= size or length < 0 or start + length > size:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({size}).")
    made = index_select(self, dim, torch["arange"](start, start + length, device=self.device))
    made._coalesced = self._coalesced or made._coalesced
    return made


@rule("unsqueeze", of=[COO])
def unsqueeze(self, dim):
    """This tensor with a new dim of size 1."""
    dim = wrap_dim(dim, self.dim() + 1)
    rank, shape = self.sparse_dim(), (*self.shape[:dim], 1, *self.shape[dim:])
    indices, values = self._parts[0], self._parts[1].detach()
    if dim <= rank:
        zeros = torch["zeros_like"](indices[:1]) if rank else indices.new_zeros((1, indices.shape[1]))
        indices = torch["cat"]([indices[:dim], zeros, indices[dim:]])
    else:
        values = values.unsqueeze(dim - rank + 1)
    made = coo(indices, values, shape, False)
    return linked(made, "UnsqueezeBackward0", (self, lambda g: g.select(dim, 0)))


# -- joining --------------------------------------------------------------------------------------
@rule("cat", "concat", "concatenate", of=[COO])
def cat(tensors, dim=0):
    """Sparse tensors one after the other along a dim."""
    for at, x in enumerate(tensors):
        if not isinstance(x, Coo):
            raise RuntimeError(f"Concatenating sparse tensors, but a dense tensor was found at position {at}.")
    first = tensors[0]
    dim = wrap_dim(dim, first.dim())
    rank = first.sparse_dim()
    for at, x in enumerate(tensors):
        sizes = [*x.shape]
        if x.dim() == first.dim():
            sizes[dim] = first.shape[dim]
        if sizes != [*first.shape]:
            raise RuntimeError(
                f"All tensors must have the same shape: {list(first.shape)} (except in the concatenating dimension), "
                f"but found shape: {list(x.shape)} at position {at}."
            )
        if x.sparse_dim() != rank:
            raise RuntimeError(
                f"All tensors must have the same sparse_dim and dense_dim: {rank}, {first.dense_dim()}, but tensor at "
                f"position {at} has {x.sparse_dim()}, {x.dense_dim()}."
            )
    tensors = [settled(x) if followed(x) else x for x in tensors]
    total = sum(x.shape[dim] for x in tensors)
    shape = (*first.shape[:dim], total, *first.shape[dim + 1 :])
    before, rows, parts = 0, [], []
    for x in tensors:
        indices, values = x._parts[0], values_of(x, "CatBackward0")
        if dim < rank:
            moved = (indices[dim] + before).unsqueeze(0)
            indices = torch["cat"]([indices[:dim], moved, indices[dim + 1 :]])
        else:
            at = dim - rank + 1
            widths = [*values.shape]
            widths[at] = before
            low = values.new_zeros(widths)
            widths[at] = total - before - x.shape[dim]
            values = torch["cat"]([low, values, values.new_zeros(widths)], at)
        rows.append(indices)
        parts.append(values)
        before += x.shape[dim]
    return coo(torch["cat"](rows, 1), torch["cat"](parts), shape, False, "CatBackward0")


@rule("stack", of=[COO])
def stack(tensors, dim=0):
    """Sparse tensors of one shape along a new dim."""
    for x in tensors:
        if not isinstance(x, Coo):
            raise refusal("stack", *tensors)
        if x.shape != tensors[0].shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(tensors[0].shape)} at entry 0 and "
                f"{list(x.shape)} at entry {tensors.index(x)}"
            )
    dim = wrap_dim(dim, tensors[0].dim() + 1)
    return cat([x.unsqueeze(dim) for x in tensors], dim)


# -- contents -------------------------------------------------------------------------------------
@rule("copy_")
def copy_(self, src, non_blocking=False):
    """Make this tensor what ``src`` is, pattern and all."""
    if not isinstance(self, SparseTensor) or not isinstance(src, SparseTensor):
        raise RuntimeError(
            "copy_() between dense and sparse Tensors is not implemented! Found self type = "
            f"{self.type()} and src type = {src.type()}"
        )
    if type(self) is not type(src) or self.shape != src.shape or self.layout is not src.layout:
        raise RuntimeError("copy_() between sparse tensors of different sizes or layouts is not supported")
    source = src.clone().to(dtype=self.dtype, device=self.device)
    return become(self, source, isinstance(self, Compressed))


def _resizes(self: Coo, size, rank: int, dense: int) -> tuple:
    size = tuple(size)
    if rank + dense != len(size):
        raise RuntimeError(
            f"'len(size) == sparse_dim + dense_dim' is not satisfied: len(size) = {len(size)}, sparse_dim = {rank}, "
            f"dense_dim = {dense}"
        )
    if followed(self):
        raise RuntimeError("sparse_resize_: a tensor that requires grad cannot be resized")
    return size


@rule("sparse_resize_", of=[COO])
def sparse_resize_(self, size, sparse_dim, dense_dim):
    """Give this tensor another shape that holds all its coordinates."""
    size = _resizes(self, size, sparse_dim, dense_dim)
    indices, values = self._parts
    if self._nnz():
        if (sparse_dim, dense_dim) != (self.sparse_dim(), self.dense_dim()):
            raise RuntimeError(
                "changing the number of sparse or dense dimensions on a non-empty sparse tensor is not supported"
            )
        kinds = (("sparse", 0, sparse_dim), ("dense", sparse_dim, len(size)))
        for what, a, b in kinds:
            if any(n < m for n, m in zip(size[a:b], self.shape[a:b], strict=True)):
                raise RuntimeError(
                    f"shrinking the size of {what} dimensions (from {list(self.shape[a:b])} to {list(size[a:b])}) on a "
                    "non-empty sparse tensor is not supported."
                )
        if size[sparse_dim:] != self.shape[sparse_dim:]:
            raise NotImplementedError("sparse_resize_ of dense dims of a tensor that stores something")
    else:
        indices, values = indices.new_zeros((sparse_dim, 0)), values.new_zeros((0, *size[sparse_dim:]))
    return _turn(self, coo(indices, values, size, self._coalesced))


@rule("sparse_resize_and_clear_", of=[COO])
def sparse_resize_and_clear_(self, size, sparse_dim, dense_dim):
    """Give this tensor another shape; nothing is stored then."""
    size = _resizes(self, size, sparse_dim, dense_dim)
    indices, values = self._parts[0].new_zeros((sparse_dim, 0)), self._parts[1].new_zeros((0, *size[sparse_dim:]))
    return _turn(self, coo(indices, values, size, True))


@rule("resize_as_sparse_", of=[COO])
def resize_as_sparse_(self, other):
    """Give this tensor the shape of another."""
    if self.shape == other.shape:
        return self
    return sparse_resize_(self, other.shape, other.sparse_dim(), other.dense_dim())

