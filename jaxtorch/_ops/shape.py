"""Joining, repeating, flipping and reshaping: fresh results."""

from __future__ import annotations

import itertools
from math import prod

import numpy as np
from jax import lax
from jax import numpy as jnp

from .._core import devices, dtypes
from .._core import layout as layouts
from .._core.dispatch import dispatch
from .._core.errors import type_text, warn_once
from .._core.formats import check_strided, contiguous_format
from .._core.spec import composite, function, op, registry
from .._core.storage import put
from .._core.tensor import Size, Tensor, wrap
from .dims import SAME_OUT
from .view import apply_view, reshaped

PUBLIC = "function method"


# -- joining --------------------------------------------------------------------------------------
def _is_legacy_empty(fact) -> bool:
    # a 1-dimensional tensor of no elements joins with anything, from before 0-sized dimensions
    return fact.shape == (0,)


def _check_cat(tensors, *, dim):
    if not tensors:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    for i, x in enumerate(tensors):
        if x.ndim == 0:
            raise RuntimeError(f"zero-dimensional tensor (at position {i}) cannot be concatenated")
    kept = [(i, x) for i, x in enumerate(tensors) if not _is_legacy_empty(x)]
    if not kept:
        layouts.wrap_dim(dim, 1)
        return
    first = kept[0][1]
    dim = layouts.wrap_dim(dim, first.ndim)
    for i, x in kept[1:]:
        if x.ndim != first.ndim:
            raise RuntimeError(
                f"Tensors must have same number of dimensions: got {first.ndim} and {x.ndim}"
            )
        for d, (want, have) in enumerate(zip(first.shape, x.shape)):
            if d != dim and want != have:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {dim}. Expected size {want} but got "
                    f"size {have} for tensor number {i} in the list."
                )


def _joined_layout(given, shape):
    """channels_last where every part is, else contiguous."""
    if len(shape) == 4 and all(layouts.is_channels_last(l) and not l.is_contiguous for l in given):
        return layouts.channels_last(shape)
    return layouts.contiguous(shape)


def _cat_layout(given, *, dim):
    kept = [l for l in given if l.shape != (0,)] or given[:1]
    shape = list(kept[0].shape)
    dim = layouts.wrap_dim(dim, len(shape))
    shape[dim] = sum(l.shape[dim] for l in kept)
    return _joined_layout(kept, tuple(shape))


def _cat_gradient(g, tensors, dim):
    dim = layouts.wrap_dim(dim, g.ndim)
    grads, start = [], 0
    for x in tensors:
        if x.shape == (0,) and g.ndim != 1:
            grads.append(lax.full(x.shape, 0, g.dtype))
            continue
        stop = start + x.shape[dim]
        grads.append(lax.slice_in_dim(g, start, stop, axis=dim))
        start = stop
    return grads


def _cannot_join(result, out):
    return TypeError(f"torch.cat(): input types can't be cast to the desired output type {out.title}")


_JOINING = {"forms": "function out", "cast_error": _cannot_join, "apart": "always"}


@op("cat(Tensor[] tensors, int dim=0)", **_JOINING, promote="result", opmath=False,
    check=_check_cat, layout=_cat_layout, grad=_cat_gradient)  # fmt: skip
def cat(tensors, *, dim):
    """The tensors one after the other along ``dim``."""
    kept = [x for x in tensors if x.shape != (0,)] or tensors[:1]
    return lax.concatenate(kept, layouts.wrap_dim(dim, kept[0].ndim))


def _check_stack(tensors, *, dim):
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    layouts.wrap_dim(dim, tensors[0].ndim + 1)
    for i, x in enumerate(tensors):
        if x.shape != tensors[0].shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(tensors[0].shape)} at entry 0 and "
                f"{list(x.shape)} at entry {i}"
            )


def _stack_layout(given, *, dim):
    dim = layouts.wrap_dim(dim, given[0].ndim + 1)
    whole = given[0].shape
    shape = (*whole[:dim], len(given), *whole[dim:])
    if dim == 0 and len(whole) == 4:
        inner = _joined_layout(given, whole)
        return layouts.layout(shape, (prod(whole), *inner.stride))
    return _joined_layout([layouts.unsqueeze(l, dim) for l in given], shape)


def _stack_gradient(g, dim):
    dim = layouts.wrap_dim(dim, g.ndim)
    return [lax.index_in_dim(g, i, dim, keepdims=False) for i in range(g.shape[dim])]


@op("stack(Tensor[] tensors, int dim=0)", **_JOINING, promote="result", opmath=False, check=_check_stack,
    layout=_stack_layout, grad=_stack_gradient)  # fmt: skip
def stack(tensors, *, dim):
    """The tensors along a new dimension ``dim``."""
    return jnp.stack(tensors, layouts.wrap_dim(dim, tensors[0].ndim + 1))


def _cat(tensors, dim: int) -> Tensor:
    return dispatch(registry["cat"], (list(tensors),), (dim,))


def _stack(tensors, dim: int) -> Tensor:
    return dispatch(registry["stack"], (list(tensors),), (dim,))


def _nonempty(name: str, tensors) -> None:
    if not tensors:
        raise RuntimeError(f"{name} expects a non-empty TensorList")


@composite("hstack(Tensor[] tensors)", **_JOINING, out_name="cat")
def hstack(tensors):
    """The tensors side by side: along dimension 1, or 0 where they have only one."""
    _nonempty("hstack", tensors)
    parts = [_at_least(x, 1) for x in tensors]
    return _cat(parts, 0 if parts[0].ndim == 1 else 1)


@composite("vstack(Tensor[] tensors)", **_JOINING, out_name="cat")
def vstack(tensors):
    """The tensors one above the other; vectors are rows."""
    _nonempty("vstack", tensors)
    return _cat([_at_least(x, 2) for x in tensors], 0)


@composite("row_stack(Tensor[] tensors)", **_JOINING, out_name="cat")
def row_stack(tensors):
    """The tensors one above the other; vectors are rows."""
    return vstack(tensors)


@composite("dstack(Tensor[] tensors)", **_JOINING, out_name="cat")
def dstack(tensors):
    """The tensors one behind the other, along dimension 2."""
    _nonempty("dstack", tensors)
    return _cat([_at_least(x, 3) for x in tensors], 2)


@composite("column_stack(Tensor[] tensors)", **_JOINING, out_name="cat")
def column_stack(tensors):
    """The tensors side by side; vectors are columns."""
    _nonempty("column_stack", tensors)
    return hstack([reshaped(x, (x.numel(), 1)) if x.ndim <= 1 else x for x in tensors])


def _block_diag_shape(given):
    """(rows, columns) of each block."""
    shapes = []
    for i, x in enumerate(given):
        if x.ndim > 2:
            raise RuntimeError(
                f"torch.block_diag: Input tensors must have 2 or fewer dimensions. Input {i} has {x.ndim} dimensions"
            )
        shapes.append((1,) * (2 - x.ndim) + x.shape)
    return shapes


def _block_diag_gradient(g, tensors):
    grads, row, column = [], 0, 0
    for x, (height, width) in zip(tensors, _block_diag_shape(tensors)):
        grads.append(lax.slice(g, (row, column), (row + height, column + width)).reshape(x.shape))
        row, column = row + height, column + width
    return grads


@op("block_diag.raw(Tensor[] tensors)", forms="", promote="result", opmath=False, node="BlockDiagBackward0",
    check=lambda tensors: _block_diag_shape(tensors) and None, grad=_block_diag_gradient)  # fmt: skip
def block_diag_raw(tensors):
    shapes = _block_diag_shape(tensors)
    out = lax.full((sum(h for h, _ in shapes), sum(w for _, w in shapes)), 0, tensors[0].dtype)
    row = column = 0
    for x, (height, width) in zip(tensors, shapes):
        out = lax.dynamic_update_slice(out, x.reshape(height, width), (row, column))
        row, column = row + height, column + width
    return out


def _tensors(given) -> tuple:
    """The tensors of a call ``f(a, b)``, with PyTorch's error for what is none."""
    for i, x in enumerate(given):
        if not isinstance(x, Tensor):
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type(x).__name__}")
    return tuple(given)


@function("block_diag")
def block_diag(*tensors):
    """A matrix of the given matrices along its diagonal and zeros elsewhere."""
    if not tensors:
        return wrap(put(np.zeros((1, 0), np.float32), devices.CPU), devices.CPU)
    return dispatch(registry["block_diag.raw"], (_tensors(tensors),))


# -- at least so many dimensions ------------------------------------------------------------------
def _at_least(x: Tensor, ndim: int) -> Tensor:
    if x.ndim >= ndim:
        return x
    if ndim < 3:
        return reshaped(x, (1,)) if ndim == 1 else reshaped(x, (1, 1)) if x.ndim == 0 else apply_view("unsqueeze", x, 0)
    if x.ndim == 0:
        return reshaped(x, (1, 1, 1))
    if x.ndim == 1:
        return apply_view("unsqueeze", apply_view("unsqueeze", x, 0), -1)
    return apply_view("unsqueeze", x, -1)


def _at_least_function(ndim: int):
    name = f"atleast_{ndim}d"

    def at_least(*tensors):
        if len(tensors) == 1:
            if isinstance(tensors[0], Tensor):
                return _at_least(tensors[0], ndim)
            if not isinstance(tensors[0], (list, tuple)):
                raise TypeError(
                    f"{name}() received an invalid combination of arguments - got ({type(tensors[0]).__name__}), but "
                    "expected one of:\n * (Tensor input)\n * (tuple of Tensors tensors)\n"
                )
            tensors = tensors[0]
        return tuple([_at_least(x, ndim) for x in _tensors(tensors)])

    at_least.__doc__ = f"Each tensor as a view with at least {ndim} dimension{'s' if ndim > 1 else ''}."
    function(name)(at_least)


for _ndim in (1, 2, 3):
    _at_least_function(_ndim)


# -- repeating ------------------------------------------------------------------------------------
def _repeated(shape, repeats):
    shape = (1,) * (len(repeats) - len(shape)) + shape
    return tuple(s * n for s, n in zip(shape, repeats))


def _check_repeat(self, *, repeats):
    if len(repeats) < self.ndim:
        raise RuntimeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor"
        )
    shape = _repeated(self.shape, repeats)
    for s in shape:
        if s < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {s}: {list(shape)}")


@op("repeat(Tensor self, size repeats)", forms="method", opmath=False, check=_check_repeat)
def repeat(self, *, repeats):
    """``self`` copied ``repeats`` times along each dimension; new dimensions come first."""
    return jnp.tile(self, repeats)


@composite("tile(Tensor self, size dims)")
def tile(self, dims):
    """``self`` copied ``dims`` times along each dimension, the last ones where ``dims`` is shorter."""
    dims = (1,) * (self.ndim - len(dims)) + tuple(dims)
    return dispatch(registry["repeat"], (self,), (dims,))


def _counts(repeats: Tensor, output_size) -> np.ndarray:
    """For each element of the result of repeat_interleave, the position it is taken from."""
    if repeats.ndim != 1:
        raise RuntimeError("repeat_interleave only accept 1D vector as repeat")
    if repeats._dtype not in (dtypes.int64, dtypes.int32):
        raise NotImplementedError(f"\"repeat_interleave_cpu\" not implemented for '{repeats._dtype.title}'")
    counts = repeats._host()
    if (counts < 0).any():
        raise RuntimeError("repeats can not be negative")
    found = np.repeat(np.arange(counts.size, dtype=repeats._dtype.np), counts)
    if output_size is not None and output_size != found.size:
        raise RuntimeError("allocated size does not match required size")
    return found


@composite("repeat_interleave(Tensor self, Tensor repeats, int? dim=None, *, int? output_size=None)")
def repeat_interleave(self, repeats, dim, *, output_size):
    """Each element (or position of ``dim``) ``repeats`` times in a row."""
    if dim is None:
        self, dim = reshaped(self, (-1,)), 0
    if repeats.ndim > 1:
        raise RuntimeError("repeats must be 0-dim or 1-dim tensor")
    size = self.size(dim) if self.ndim else 1
    if repeats.ndim == 0 or repeats.size(0) == 1:
        repeats = reshaped(repeats, (1,)).expand(size)
    elif repeats.size(0) != size:
        raise RuntimeError(
            "repeats must have the same size as input along dim, but got repeats.size(0) = "
            f"{repeats.size(0)} and input.size(0) = {size}"
        )
    found = _counts(repeats, output_size)
    return self.index_select(dim, wrap(put(found, self.device), self.device))


@composite("repeat_interleave.int(Tensor self, int repeats, int? dim=None, *, int? output_size=None)")
def repeat_interleave_int(self, repeats, dim, *, output_size):
    if dim is None:
        self, dim = reshaped(self, (-1,)), 0
    shape = self._layout.shape
    dim = layouts.wrap_dim(dim, len(shape))
    if repeats < 0:
        raise RuntimeError("Repeats must be non-negative")
    if not shape:
        self, shape = reshaped(self, (1,)), (1,)
    total = repeats * shape[dim]
    if output_size is not None and output_size != total:
        raise RuntimeError(f"repeat_interleave: Invalid output_size, expected {total} but got {output_size}")
    wide = (*shape[: dim + 1], repeats, *shape[dim + 1 :])
    repeated = apply_view("expand", apply_view("unsqueeze", self, dim + 1), wide, False)
    copies = repeated.clone(memory_format=contiguous_format)
    return apply_view("view", copies, (*shape[:dim], total, *shape[dim + 1 :]))


@composite("repeat_interleave.repeats(Tensor repeats, *, int? output_size=None)", forms="function")
def repeat_interleave_repeats(repeats, *, output_size):
    found = _counts(repeats, output_size)
    return wrap(put(found, repeats.device), repeats.device)


# -- turning --------------------------------------------------------------------------------------
def _axes(dims, ndim: int) -> tuple:
    found = []
    for d in dims:
        d = layouts.wrap_dim(d, ndim)
        if d in found:
            raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
        found.append(d)
    return tuple(found) if ndim else ()


@op("flip(Tensor self, int[] dims)", opmath=False, layout=lambda given, *, dims: layouts.like_layout(given[0]),
    check=lambda self, *, dims: _axes(dims, self.ndim) and None,
    grad=lambda g, dims: lax.rev(g, _axes(dims, g.ndim)))  # fmt: skip
def flip(self, *, dims):
    """The elements in reverse order along each of ``dims``."""
    return lax.rev(self, _axes(dims, self.ndim))


@composite("fliplr(Tensor self)")
def fliplr(self):
    """The columns in reverse order."""
    if self.ndim < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return dispatch(registry["flip"], (self,), ((1,),))


@composite("flipud(Tensor self)")
def flipud(self):
    """The rows in reverse order."""
    if self.ndim < 1:
        raise RuntimeError("Input must be >= 1-d.")
    return dispatch(registry["flip"], (self,), ((0,),))


def _check_roll(self, *, shifts, dims):
    if not shifts:
        raise RuntimeError("`shifts` required")
    if not dims and len(shifts) == 1:
        return
    if len(shifts) != len(dims):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(shifts)}, dims:{len(dims)}")
    for d in dims:
        layouts.wrap_dim(d, self.ndim, wrap_scalar=False)


def _roll(x, shifts, dims):
    if not dims:
        return jnp.roll(x, shifts[0])
    return jnp.roll(x, shifts, tuple([layouts.wrap_dim(d, x.ndim) for d in dims]))


def _roll_layout(given, *, shifts, dims):
    # of no elements PyTorch makes a clone
    empty = dims and not given[0].numel
    return layouts.like_layout(given[0]) if empty else layouts.contiguous(given[0].shape)


@op("roll(Tensor self, dims shifts, dims dims=())", opmath=False, check=_check_roll, layout=_roll_layout,
    grad=lambda g, shifts, dims: _roll(g, tuple([-s for s in shifts]), dims))  # fmt: skip
def roll(self, *, shifts, dims):
    """The elements moved along ``dims`` (or flattened) by ``shifts`` places, around the end."""
    return _roll(self, shifts, dims)


def _check_rot90(self, *, k, dims):
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if self.ndim < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {self.ndim}")
    if dims[0] == dims[1] or abs(dims[0] - dims[1]) == self.ndim:
        raise RuntimeError(
            f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}"
        )
    for d in dims:
        layouts.wrap_dim(d, self.ndim)


def _rot90_layout(given, *, k, dims):
    if k % 4 == 0:
        return layouts.contiguous(given[0].shape)
    turned = layouts.like_layout(given[0])
    return turned if k % 2 == 0 else layouts.transpose(turned, *dims)


@op("rot90(Tensor self, int k=1, int[] dims=[0, 1])", opmath=False, check=_check_rot90, layout=_rot90_layout,
    grad=lambda g, k, dims: jnp.rot90(g, -k, dims))  # fmt: skip
def rot90(self, *, k, dims):
    """The plane of ``dims`` turned by ``k`` quarters, from the first towards the second."""
    return jnp.rot90(self, k, dims)


# -- grids ----------------------------------------------------------------------------------------
def _grids(tensors: tuple, indexing: str) -> tuple:
    _nonempty("meshgrid", tensors)
    for x in tensors:
        if x.ndim > 1:
            sizes = ",".join(map(str, x.shape))
            raise RuntimeError(
                "torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: "
                f"{_dump(x)}[ {type_text(x._dtype, x._storage.device)}{{{sizes}}} ]"
            )
    for x in tensors[1:]:
        if x._dtype is not tensors[0]._dtype:
            raise RuntimeError("meshgrid expects all tensors to have the same dtype")
        if x.device is not tensors[0].device:
            raise RuntimeError("meshgrid expects all tensors to have the same device")
    if indexing not in ("ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    swap = indexing == "xy" and len(tensors) > 1
    if swap:
        tensors = (tensors[1], tensors[0], *tensors[2:])  # pyright: ignore[reportGeneralTypeIssues]
    shape = tuple([x.numel() for x in tensors])
    made = []
    for i, x in enumerate(tensors):
        place = [1] * len(tensors)
        place[i] = shape[i]
        made.append(apply_view("expand", apply_view("view", x, tuple(place)), shape, False))
    return (made[1], made[0], *made[2:]) if swap else tuple(made)


def _dump(x: Tensor) -> str:
    """A small matrix as PyTorch's C++ prints it, for the error of `meshgrid`."""
    values = x._host().astype(np.float64).reshape(-1, x.shape[-1])
    largest = np.abs(values).max(initial=0)
    digits = int(np.floor(np.log10(largest))) + 1 if largest else 1
    if (values == np.ceil(values)).all():
        width, precision = digits + 1, 0
    else:
        width, precision = (7 if digits <= 0 else digits + 6), 4
    return "".join(" ".join(f"{v:{width}.{precision}f}" for v in row) + "\n" for row in values)


@function("meshgrid")
def meshgrid(*tensors, indexing=None):
    """For each vector, a view over the grid of all of them in which it runs along its own dimension.

    Args:
        tensors: vectors or scalars of one dtype.
        indexing: ``"ij"`` (dimension i is tensor i) or ``"xy"`` (the first two exchanged).
    """
    if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)):
        tensors = tensors[0]
    tensors = _tensors(tensors)
    if indexing is None:
        warn_once("torch.meshgrid: in an upcoming release, it will be required to pass the indexing argument.")
        indexing = "ij"
    return _grids(tensors, indexing)


def _check_vector(x: Tensor) -> None:
    if x.ndim != 1:
        raise RuntimeError(f"Expect a 1D vector, but got shape {list(x.shape)}")


@function("cartesian_prod")
def cartesian_prod(*tensors):
    """All combinations of an element of each vector, one a row."""
    for x in _tensors(tensors):
        _check_vector(x)
    if len(tensors) == 1:
        return tensors[0]
    return _stack([reshaped(x, (-1,)) for x in _grids(tensors, "ij")], 1)


@composite("combinations(Tensor self, int r=2, bool with_replacement=False)")
def combinations(self, r, with_replacement):
    """All choices of ``r`` elements of a vector in their order, one a row."""
    _check_vector(self)
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    if r == 0:
        return wrap(put(np.zeros(0, self._dtype.np), self.device), self.device)
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    mask = np.zeros((self.numel(),) * r, np.bool_)
    for chosen in choose(range(self.numel()), r):
        mask[chosen] = True
    chosen = wrap(put(mask, self.device), self.device)
    return _stack([x.masked_select(chosen) for x in _grids((self,) * r, "ij")], 1)


# -- triangles and diagonals ----------------------------------------------------------------------
def _triangle(name: str, cut, doc: str):
    def check(self, *, diagonal):
        if self.ndim < 2:
            raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions")

    def triangle(self, *, diagonal):
        return cut(self, diagonal)

    triangle.__doc__ = doc
    triangle.__name__ = name
    op(f"{name}(Tensor self, int diagonal=0)", forms="function method inplace out", opmath=False,
       check=check, exact_out=SAME_OUT, overlap="last",
       grad=lambda g, diagonal: cut(g, diagonal))(triangle)  # fmt: skip


_triangle("tril", jnp.tril, "The lower triangle of matrices, up to ``diagonal``; zeros elsewhere.")
_triangle("triu", jnp.triu, "The upper triangle of matrices, from ``diagonal`` on; zeros elsewhere.")


def _triangle_indices(name: str, indices_of, doc: str):
    def triangle_indices(row, col, offset, *, dtype, layout, device, pin_memory):
        check_strided(layout)
        for side, given in (("row", row), ("col", col)):
            if given < 0:
                raise RuntimeError(f"{side} must be non-negative, got{given}")
        d = dtype or dtypes.int64
        if d.category != 1:
            raise NotImplementedError(f"\"{name}\" not implemented for '{d.title}'")
        where = devices.resolve(device)
        return wrap(put(np.stack(indices_of(row, offset, col)).astype(d.np), where), where)

    triangle_indices.__doc__ = doc
    composite(f"{name}(int row, int col, int offset=0, *, dtype? dtype=None, any layout=None, any device=None, "
              "pinned? pin_memory=False)", forms="function")(triangle_indices)  # fmt: skip


_triangle_indices("tril_indices", np.tril_indices, "(2, n): rows and columns of the lower triangle, row by row.")
_triangle_indices("triu_indices", np.triu_indices, "(2, n): rows and columns of the upper triangle, row by row.")


def _embedding(shape, offset, dim1, dim2):
    """(shape of the result of diag_embed, its two matrix dimensions)."""
    first, second = layouts.wrap_dim(dim1, len(shape) + 1), layouts.wrap_dim(dim2, len(shape) + 1)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    side = shape[-1] + abs(offset)
    out = list(shape[:-1])
    for d in sorted((first, second)):
        out.insert(d, side)
    return tuple(out), first, second


@op("diag_embed(Tensor self, int offset=0, int dim1=-2, int dim2=-1)", opmath=False,
    check=lambda self, *, offset, dim1, dim2: _embedding(self.shape, offset, dim1, dim2) and None,
    grad=lambda g, offset, dim1, dim2: jnp.diagonal(g, offset, dim1, dim2))  # fmt: skip
def diag_embed(self, *, offset, dim1, dim2):
    """Matrices in the dimensions ``dim1, dim2`` with the last dimension of ``self`` as a diagonal."""
    shape, first, second = _embedding(self.shape, offset, dim1, dim2)
    rest = [d for d in range(len(shape)) if d not in (first, second)]
    count = self.shape[-1]
    along = jnp.arange(count)
    rows, columns = along + max(-offset, 0), along + max(offset, 0)
    out = lax.full((*[shape[d] for d in rest], shape[first], shape[second]), 0, self.dtype)
    out = out.at[..., rows, columns].set(self)
    places = [*rest, first, second]
    return lax.transpose(out, [places.index(d) for d in range(len(shape))])


def _diag_out(result, out):
    if dtypes.can_cast(result, out):
        return SAME_OUT
    return "diag: result type {result.title} can't be cast to the desired out= type {out.title}"


@composite("diag(Tensor self, int diagonal=0)", forms="function method out",
           exact_out=_diag_out, out_name="diag_embed", refused_out=True)  # fmt: skip
def diag(self, diagonal):
    """A matrix with the vector as a diagonal, or a copy of a matrix's diagonal."""
    if self.ndim not in (1, 2):
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {self.ndim}D")
    if self.ndim == 1:
        return dispatch(registry["diag_embed"], (self,), (diagonal, -2, -1))
    return dispatch(registry["diagonal_copy"], (self,), (diagonal, 0, 1))


@composite("diagflat(Tensor self, int offset=0)")
def diagflat(self, offset):
    """A matrix with all elements of ``self`` along a diagonal."""
    return diag(apply_view("view", self.contiguous(), (-1,)), offset)


def _check_trace(self):
    if self.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {self.ndim}")
    if self.dtype is dtypes.bool_:
        raise NotImplementedError(f"\"trace\" not implemented for '{self.dtype.title}'")


def _trace_gradient(g, self):
    return jnp.eye(*self.shape, dtype=g.dtype) * g


@op("trace(Tensor self)", check=_check_trace, grad=_trace_gradient,
    promote=lambda pairs: pairs[0][0] if pairs[0][0].category > 1 else dtypes.int64)  # fmt: skip
def trace(self):
    """The sum of the diagonal of a matrix."""
    return jnp.trace(self, dtype=self.dtype)


@composite("vander(Tensor x, int? N=None, bool increasing=False)", forms="function")
def vander(x, N, increasing):  # noqa: N803
    """The powers of the elements of a vector, one a column: ``N`` of them, from the highest down."""
    if x.ndim != 1:
        raise RuntimeError("x must be a one-dimensional tensor.")
    count = x.size(0) if N is None else N
    if count < 0:
        raise RuntimeError("N must be non-negative.")
    d = x._dtype if x._dtype.category > 1 else dtypes.int64
    out = wrap(put(np.zeros((x.size(0), count), d.np), x.device), x.device)
    if count:
        out.select(1, 0).fill_(1)
        if count > 1:
            out.narrow(1, 1, count - 1).copy_(x.unsqueeze(1))
            out.narrow(1, 1, count - 1).copy_(out.narrow(1, 1, count - 1).cumprod(1))
    return out if increasing else out.flip((1,))


@composite("unravel_index(Tensor indices, size shape)", forms="function")
def unravel_index(indices, shape) -> tuple[Tensor, ...]:
    """The index along each dimension of ``shape`` of flat ``indices``."""
    if indices._dtype.category != 1:
        raise TypeError(f"expected 'indices' to be integer dtype, but got {indices._dtype!r}")
    steps = [prod(shape[d + 1 :]) for d in range(len(shape))]
    where = indices._storage.device

    def constant(values):
        return wrap(put(np.asarray(values, np.int64), where), where)

    parts = indices.unsqueeze(-1).floor_divide(constant(steps)).remainder(constant(shape))
    return parts.unbind(-1)


# -- shapes ---------------------------------------------------------------------------------------
@function("broadcast_shapes")
def broadcast_shapes(*shapes):
    """The shape that tensors of the given shapes broadcast to."""
    shapes = [(s,) if isinstance(s, int) else s for s in shapes]
    ndim = max(map(len, shapes), default=0)
    out = [1] * ndim
    for i, shape in enumerate(shapes):
        for d in range(-1, -1 - len(shape), -1):
            if shape[d] < 0:
                raise ValueError("Attempting to broadcast a dimension with negative length!")
            if shape[d] in (1, out[d]):
                continue
            if out[d] != 1:
                raise RuntimeError(
                    f"Attempting to broadcast a dimension of length {shape[d]} at {d}! Mismatching argument at index "
                    f"{i} had {shape}; but expected shape should be broadcastable to {out}"
                )
            out[d] = shape[d]
    return Size(out)
