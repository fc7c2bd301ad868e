"""Subscripts: basic, advanced and boolean indexing, read and written.

A subscript is worked through as PyTorch does it: integers, slices, None and ... one after the
other as views (`SelectBackward0`, `SliceBackward0`, ...), index tensors collected by dimension and
applied at the end, in one op. Positions are operands of the programs, so a loop over ``x[i]``
compiles once. A mask that is read becomes indices on the host (its count settles a shape); a mask
that is written through is a ``where``.
"""

from __future__ import annotations

import warnings
from math import prod
from operator import index as as_int

import jax
import numpy as np
from jax import lax
from jax import numpy as jnp
from jax.core import Tracer

from .._core import bind, dtypes
from .._core import layout as layouts
from .._core.alias import check_inplace, derive, settle
from .._core.arguments import shown_type
from .._core.dispatch import dispatch
from .._core.errors import PARTIAL_OVERLAP
from .._core.exchange import array_of
from .._core.layout import iterated_layout
from .._core.members import member
from .._core.modes import state
from .._core.spec import composite, op, registry, views
from .._core.storage import put
from .._core.tensor import Tensor, wrap
from .copying import copy_
from .masking import KEEP_SHAPE, ranks, untouched
from .view import apply_view

_SELECT, _SLICE = views["select"], views["slice"]
_UNSQUEEZE, _ALIAS, _VIEW = views["unsqueeze"], views["alias"], views["view"]
_FILL, _COPY = registry["fill_.Tensor"], registry["copy_.raw"]
_PLAIN = bind.PLAIN
_MASKS = (dtypes.bool_, dtypes.uint8)
_INDICES = (dtypes.int64, dtypes.int32)


# -- the array side -------------------------------------------------------------------------------
def _at(places: tuple, indices, ndim: int) -> tuple:
    """The subscript of an array that has ``indices`` in the dimensions ``places``."""
    full: list = [slice(None)] * ndim
    for d, ix in zip(places, indices):
        full[d] = ix
    return tuple(full)


def _result_shape(shape: tuple, places: tuple, index_shape: tuple) -> tuple[tuple, int]:
    """(the shape of ``x[indices]``, where in it the indices' dimensions begin)."""
    adjacent = places[-1] - places[0] + 1 == len(places)
    start = places[0] if adjacent else 0
    rest = [s for d, s in enumerate(shape) if d not in places]
    return (*rest[:start], *index_shape, *rest[start:]), start


def _index_shape(indices) -> tuple:
    shapes = [ix.shape for ix in indices]
    try:
        return layouts.broadcast_shapes(*shapes)
    except RuntimeError:
        shown = ", ".join(str(list(s)) for s in shapes)
        raise IndexError(
            f"shape mismatch: indexing tensors could not be broadcast together with shapes {shown}"
        ) from None


def _check_index(self, indices, *, places):
    shape = _index_shape(indices)
    if prod(shape) and not all(self.shape[d] for d in places):
        raise IndexError("index is out of bounds for dimension with size 0")


def _index_layout(given, *, places):
    """The strides of ``x[indices]``: it is an elementwise op on x restrided and the indices."""
    source, indices = given[0], given[1:]
    inner = _index_shape(indices)
    shape, start = _result_shape(source.shape, places, inner)
    steps = [s for d, s in enumerate(source.stride) if d not in places]
    strides = [(*steps[:start], *[0] * len(inner), *steps[start:])]
    after = len(shape) - start - len(inner)
    for l in indices:
        wide = (1,) * start + inner + (1,) * after
        spread = layouts.expand(l.form, inner)
        viewed = layouts.try_view(spread, wide) or layouts.contiguous(wide)
        strides.append(tuple([0 if w == 1 != s else t for w, s, t in zip(wide, shape, viewed.stride)]))
    return iterated_layout(shape, strides)


def _outside(self, indices, *, places):
    """Whether an index is out of range, as a bool array; PyTorch looks at none where nothing is moved."""
    if not prod(_result_shape(self.shape, places, _index_shape(indices))[0]):
        return None
    found = [jnp.any((ix < -self.shape[d]) | (ix >= self.shape[d])) for d, ix in zip(places, indices)]
    return jnp.any(jnp.stack(found))


def _outside_error(self, indices, *args, places, **_):
    for number, (d, ix) in enumerate(zip(places, indices)):
        size, values = self.shape[d], ix._host()
        wrong = values[(values < -size) | (values >= size)]
        if wrong.size:
            return IndexError(f"index {wrong.flat[0]} is out of bounds for dimension {number} with size {size}")
    raise AssertionError("no index is out of range")


def _index_gradient(g, self, indices, places):
    zeros = lax.full(self.shape, 0, g.dtype)
    return (zeros.at[_at(places, indices, self.ndim)].add(g) if g.size else untouched(zeros, g)), None


@op("index.raw(Tensor self, Tensor[] indices, any places)", forms="", node="IndexBackward0", opmath=False,
    check=_check_index, layout=_index_layout, bounds=_outside, bounds_error=_outside_error,
    grad=_index_gradient)  # fmt: skip
def index_raw(self, indices, *, places):
    return self.at[_at(places, indices, self.ndim)].get(mode="promise_in_bounds")


def _mismatch(have, want) -> RuntimeError:
    return RuntimeError(
        f"shape mismatch: value tensor of shape {list(have)} "
        f"cannot be broadcast to indexing result of shape {list(want)}"
    )


def _expandable(have: tuple, want: tuple) -> bool:
    return len(have) <= len(want) and all(
        h in (1, w) for h, w in zip(reversed(have), reversed(want), strict=False)
    )


def _check_put(self, indices, values, *, places, accumulate):
    _check_index(self, indices, places=places)
    shape, _ = _result_shape(self.shape, places, _index_shape(indices))
    if not _expandable(values.shape, shape):
        raise _mismatch(values.shape, shape)
    if values.is_tensor:
        _check_same_dtype(self, values)


def _check_same_dtype(self, values) -> None:
    if self.dtype is not values.dtype:
        raise RuntimeError(
            f"Index put requires the source and destination dtypes match, got {self.dtype.title} for the destination "
            f"and {values.dtype.title} for the source."
        )


def _put_gradient(g, indices, values, places, accumulate):
    where = _at(places, indices, g.ndim)
    back = g if accumulate else g.at[where].set(0, mode="promise_in_bounds")
    return back, None, g.at[where].get(mode="promise_in_bounds")


@op("index_put.raw(Tensor self, Tensor[] indices, Operand values, any places, bool accumulate)", forms="",
    node="IndexPutBackward0", opmath=False, layout="like", check=_check_put, grad=_put_gradient,
    overlap=lambda places, accumulate: "sum" if accumulate else "last", overlap_example="tensor[indices] = tensor",
    bounds=lambda self, indices, values, *, places, accumulate: _outside(self, indices, places=places),
    bounds_error=_outside_error)  # fmt: skip
def index_put_raw(self, indices, values, *, places, accumulate):
    target = self.at[_at(places, indices, self.ndim)]
    values = lax.convert_element_type(values, self.dtype)
    if not accumulate:
        return target.set(values, mode="promise_in_bounds")
    return target.max(values) if self.dtype.kind == "b" else target.add(values)


def _spread_mask(mask, ndim: int, dim: int):
    """``mask`` over dimensions ``dim..`` of an array of ``ndim``, with sizes 1 for the others."""
    return mask.reshape((1,) * dim + mask.shape + (1,) * (ndim - dim - mask.ndim))


def _mask_read_gradient(g, self, mask, dim):
    chosen = ranks(mask)
    flat = (*self.shape[:dim], mask.size, *self.shape[dim + mask.ndim :])
    if not g.size:
        return untouched(lax.full(self.shape, 0, g.dtype), g), None
    rows = jnp.take(g, chosen, axis=dim, mode="clip")
    keep = _spread_mask(mask.reshape(-1), len(flat), dim)
    return jnp.where(keep, rows, jnp.zeros((), g.dtype)).reshape(self.shape), None


def _mask_layout(given, *, dim):
    """The strides of ``x[mask]``: as of ``x`` at the places where the mask is true."""
    source, mask = given
    places = tuple(range(dim, dim + len(mask.shape)))
    return (lambda shape: _index_layout((source, layouts.contiguous(shape[dim : dim + 1])), places=places),)


@op("index.mask(Tensor self, Tensor mask, int dim)", forms="", node="IndexBackward0", opmath=False,
    dynamic=KEEP_SHAPE, layout=_mask_layout, grad=_mask_read_gradient)  # fmt: skip
def index_mask(self, mask, *, dim):
    return self[(slice(None),) * dim + (mask,)]


def _place_of_count(self, mask, values, dim: int):
    """The dimension of ``values`` that runs over the true elements, or None if none does."""
    place = values.ndim - 1 - (self.ndim - dim - mask.ndim)
    return place if place >= 0 and values.shape[place] != 1 else None


def _aligned(self, mask, values, dim: int):
    """``values`` over the dimensions of ``self``: one for each element, wherever the mask is true."""
    place = _place_of_count(self, mask, values, dim)
    after = self.ndim - dim - mask.ndim
    if place is None:
        if values.ndim > after:
            values = values.reshape(values.shape[: -1 - after or None][: values.ndim - 1 - after]
                                    + (1,) * mask.ndim + values.shape[values.ndim - after :])  # fmt: skip
        return values
    if not values.shape[place]:  # right only where the mask is all false: `_miscounted` says so
        return jnp.zeros(values.shape[:place] + mask.shape + values.shape[place + 1 :], values.dtype)
    rows = jnp.take(values, jnp.maximum(ranks(mask), 0), axis=place, mode="clip")
    return rows.reshape(rows.shape[:place] + mask.shape + rows.shape[place + 1 :])


def _mask_put_gradient(g, mask, values, dim):
    keep = _spread_mask(mask, g.ndim, dim)
    zero = jnp.zeros((), g.dtype)
    back, chosen = jnp.where(keep, zero, g), jnp.where(keep, g, zero)
    place = _place_of_count(g, mask, values, dim)
    after = g.ndim - dim - mask.ndim
    if place is None:
        chosen = chosen.sum(tuple(range(dim, dim + mask.ndim)), keepdims=False, dtype=g.dtype)
        chosen = jnp.expand_dims(chosen, dim) if values.ndim > after else chosen
        return back, None, chosen
    flat = chosen.reshape(*g.shape[:dim], mask.size, *g.shape[dim + mask.ndim :])
    count = values.shape[place]
    rows = jnp.zeros((*g.shape[:dim], count, *g.shape[dim + mask.ndim :]), g.dtype)
    rows = rows.at[(slice(None),) * dim + (ranks(mask) % max(count, 1),)].add(flat)
    return back, None, rows


def _miscounted(self, mask, values, *, dim):
    place = _place_of_count(self, mask, values, dim)
    return None if place is None else jnp.sum(mask) != values.shape[place]


def _miscounted_error(self, mask, values, *, dim):
    return _mismatch(values.shape, _chosen_shape(self, mask, dim))


@op("index_put.mask(Tensor self, Tensor mask, Operand values, int dim)", forms="", node="IndexPutBackward0",
    overlap="last", overlap_example="tensor[indices] = tensor", opmath=False, layout="like",
    bounds=_miscounted, bounds_error=_miscounted_error, grad=_mask_put_gradient)  # fmt: skip
def index_put_mask(self, mask, values, *, dim):
    values = lax.convert_element_type(values, self.dtype)
    return jnp.where(_spread_mask(mask, self.ndim, dim), _aligned(self, mask, values, dim), self)


# -- what a subscript means -----------------------------------------------------------------------
def _is_index(x) -> bool:
    return isinstance(x, (int, np.integer)) and not isinstance(x, bool)


def _is_sequence(x) -> bool:
    return isinstance(x, (list, tuple, range, str, bytes, np.ndarray))


def _means_tuple(index) -> bool:
    """Whether a sequence stands for a tuple of subscripts, as short lists that hold some do."""
    if not isinstance(index, (list, range, str, bytes)) or len(index) >= 32:
        return False
    return any(
        isinstance(e, (Tensor, slice)) or e is None or e is Ellipsis or _is_sequence(e) for e in index
    )


def _tensor_of(sequence, like: Tensor) -> Tensor:
    """A sequence of numbers or bools, or an array, as an index tensor."""
    where = like._storage.device
    if isinstance(sequence, jax.Array):
        return wrap(sequence, where)
    if isinstance(sequence, (str, bytes)):
        raise TypeError(f"new(): invalid data type '{type(sequence).__name__}'")
    values = array_of(sequence, None)
    if values.dtype.kind == "c":
        raise TypeError("'complex' object cannot be interpreted as an integer")
    if values.dtype not in (np.bool_, np.uint8):
        values = values.astype(np.int64)
    elif values.size == 0 and not isinstance(sequence, np.ndarray):
        values = values.astype(np.int64)
    return wrap(put(values, where), where)


def _refuse_index(x):
    raise IndexError(
        "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices "
        f"(got {type(x).__name__})"
    )


def _bounds(s: slice) -> tuple:
    """(start, stop, step) of a slice, None where absent, with Python's and PyTorch's refusals."""
    step = 1 if s.step is None else _slice_int(s.step)
    if step == 0:
        raise ValueError("slice step cannot be zero")
    if step < 0:
        raise ValueError("step must be greater than zero")
    start = None if s.start is None else _slice_int(s.start)
    stop = None if s.stop is None else _slice_int(s.stop)
    return start, stop, step


def _slice_int(x) -> int:
    if type(x) is int:
        return x
    if not hasattr(x, "__index__"):
        raise TypeError("slice indices must be integers or None or have an __index__ method")
    return as_int(x)


def _known(t: Tensor) -> bool:
    """Whether the value can be read here: in no JAX trace, and in no function that a transform records."""
    if isinstance(t._storage.array, Tracer):
        return False
    return not state.unusual or state.recorder is None or not state.recorder.transform


def _at_hand(t: Tensor) -> bool:
    """Whether the value can be read without ending a recording."""
    return _known(t) and (not state.unusual or state.recorder is None or state.recorder.knows(t._storage.array))


class _Subscript:
    """A walk through a subscript: the view so far, its next dimension, the index tensors found."""

    __slots__ = ("tensor", "taped", "layout", "last", "dim", "indices", "original", "specified", "writes", "late")

    def __init__(self, tensor: Tensor, specified: int, writes: bool):
        self.writes = writes  # whether what is found is to be written
        self.late = 0  # how many of the indices are positions that a program alone knows
        self.tensor = self.original = tensor
        self.taped = state.grad and tensor.requires_grad
        self.layout = tensor._layout.plain
        self.last = None
        self.dim = 0
        self.indices: dict[int, Tensor] = {}
        self.specified = specified

    def step(self, spec, args: tuple, layout) -> None:
        """One view further. Only autograd wants to know the views in between."""
        if self.taped:
            self.tensor = derive(spec, self.tensor, args, layout)
        self.layout = layout
        self.last = spec, args

    def view(self) -> Tensor:
        if self.last is None:
            return self.tensor
        return self.tensor if self.taped else derive(*self.last_view())

    def last_view(self):
        spec, args = self.last  # pyright: ignore[reportGeneralTypeIssues]
        return spec, self.tensor, args, self.layout

    def take(self, item, place: int) -> None:
        """One element of the subscript."""
        kind = type(item)
        if kind is int:
            self.select(item, place)
        elif kind is slice:
            self.slice(item)
        elif item is None:
            self.step(_UNSQUEEZE, (self.dim,), layouts.unsqueeze(self.layout, self.dim))
            self.dim += 1
        elif item is Ellipsis:
            self.dim += self.original.ndim - self.specified
        elif kind is bool:
            self.whole(item)
        elif isinstance(item, Tensor):
            self.index(item, place)
        elif isinstance(item, np.integer):
            self.select(int(item), place)
        elif _is_sequence(item) or isinstance(item, jax.Array):
            self.index(_tensor_of(item, self.original), place)
        else:
            if not hasattr(item, "__index__") or isinstance(item, np.bool_):
                _refuse_index(item)
            self.select(as_int(item), place)

    def select(self, i: int, place: int) -> None:
        l, dim = self.layout, self.dim
        if not -(2**63) <= i < 2**63:
            raise ValueError("Overflow when unpacking long long")
        size = l.shape[dim]
        if not -size <= i < size:
            raise IndexError(f"index {i} is out of bounds for dimension {place} with size {size}")
        self.step(_SELECT, (dim, i), layouts.select(l, dim, i))

    def slice(self, s: slice) -> None:
        start, stop, step = _bounds(s)
        if not (step == 1 and (start is None or start == 0) and (stop is None or stop >= self.layout.shape[self.dim])):
            new = layouts.slice(self.layout, self.dim, start, stop, step)
            self.step(_SLICE, (self.dim, start, stop, step), new)
        self.dim += 1

    def whole(self, kept: bool) -> None:
        """``x[True]`` is all of x in a dimension of size 1, ``x[False]`` of size 0."""
        self.step(_UNSQUEEZE, (self.dim,), layouts.unsqueeze(self.layout, self.dim))
        where = self.original._storage.device
        self.indices[self.dim] = wrap(put(np.zeros(1 if kept else 0, np.int64), where), where)
        self.dim += 1

    def index(self, t: Tensor, place: int) -> None:
        """An index tensor: a position if it is a 0-dim integer, else kept for later."""
        if not t._layout.shape and t._dtype.category < 2:
            if t._dtype in _MASKS:
                if not _known(t):
                    raise NotImplementedError(
                        "x[mask] with a 0-dim mask inside a JAX trace: the shape of its result depends on the "
                        f"mask's value, which a traced program cannot. Call it outside, or {KEEP_SHAPE}."
                    )
                self.whole(bool(t.item()))
                return
            if self.writes and not _at_hand(t):
                self.late += 1
                self.indices[self.dim] = t
                self.dim += 1
                return
            if _known(t):
                self.select(t.item(), place)
                return
            # a position that is only known when the program runs
            view = self.view()
            self.tensor = _index(view, (self.dim,), (t,))
            self.layout, self.last = self.tensor._layout, None
            self.taped = state.grad and self.tensor.requires_grad
            return
        self.indices[self.dim] = t
        self.dim += 1


def _specified(items: tuple) -> int:
    """How many dimensions a tuple of subscripts speaks of."""
    count = 0
    for item in items:
        if item is None or item is Ellipsis or item is True or item is False:
            continue
        masks = isinstance(item, Tensor) and item._dtype in _MASKS
        count += len(item._layout.shape) if masks else 1
    return count


def _walk(self: Tensor, items: tuple, writes: bool = False) -> _Subscript:
    specified = _specified(items)
    ndim = len(self._layout.shape)
    if specified > ndim:
        raise IndexError(f"too many indices for tensor of dimension {ndim}")
    walk = _Subscript(self, specified, writes)
    for place, item in enumerate(items):
        walk.take(item, place)
    return walk


def _as_tuple(index) -> tuple:
    if type(index) is tuple:
        return index
    if isinstance(index, tuple):
        return tuple(index)
    if _means_tuple(index):
        warnings.warn(
            "Using a non-tuple sequence for multidimensional indexing is deprecated and will be changed in pytorch "
            "2.9; use x[tuple(seq)] instead of x[seq]. In pytorch 2.9 this will be interpreted as tensor index, "
            "x[torch.tensor(seq)], which will result either in an error or a different result",
            stacklevel=4,
        )
        return tuple(index)
    return (index,)


# -- index tensors --------------------------------------------------------------------------------
def _is_mask(t: Tensor) -> bool:
    if t._dtype is dtypes.uint8:
        warnings.warn(
            "indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead.", stacklevel=5
        )
    return t._dtype in _MASKS


def _check_types(indices) -> None:
    for t in indices:
        if t._dtype not in _INDICES and t._dtype not in _MASKS:
            raise IndexError("tensors used as indices must be long, int, byte or bool tensors")


def _check_mask(mask: Tensor, shape: tuple, dim: int, place: int) -> None:
    for i, size in enumerate(mask._layout.shape):
        if dim + i >= len(shape) or size != shape[dim + i]:
            raise IndexError(
                f"The shape of the mask {list(mask.shape)} at index {i} does not match the shape of the indexed "
                f"tensor {list(shape)} at index {dim + i}"
            )


def _expanded(self: Tensor, found: dict) -> tuple[tuple, tuple]:
    """(dimensions, integer index tensors) with every mask as the positions of its true elements."""
    shape, where = self._layout.shape, self._storage.device
    places, indices, shift = [], [], 0
    for dim in sorted(found):
        t = found[dim]
        at = dim + shift
        if _is_mask(t):
            _check_mask(t, shape, at, dim)
            for i, positions in enumerate(_positions(t)):
                places.append(at + i)
                indices.append(wrap(put(positions, where), where))
            shift += t.ndim - 1
        else:
            places.append(at)
            indices.append(t.to(where) if t._storage.device is not where else t)
    if places and places[-1] >= len(shape):
        raise IndexError(f"too many indices for tensor of dimension {len(shape)}")
    return tuple(places), tuple(indices)


def _positions(mask: Tensor) -> tuple:
    if not _known(mask):
        raise NotImplementedError(
            "x[mask] inside a JAX trace: the shape of its result depends on the mask's values, which a traced "
            f"program cannot. Call it outside, or {KEEP_SHAPE}."
        )
    return np.nonzero(mask._host())


def _index(self: Tensor, places: tuple, indices: tuple) -> Tensor:
    return dispatch(registry["index.raw"], (self, indices), (places,))


def _sole_mask(found: dict):
    """(dimension, mask) if all there is is one mask."""
    if len(found) == 1:
        ((dim, t),) = found.items()
        if t._dtype is dtypes.bool_:
            return dim, t
    return None


def _read(self: Tensor, found: dict) -> Tensor:
    """``self`` at index tensors, each in its dimension."""
    settle(self)
    _check_types(found.values())
    sole = _sole_mask(found)
    if sole is not None:
        dim, mask = sole
        _check_mask(mask, self._layout.shape, dim, dim)
        return dispatch(registry["index.mask"], (self, mask), (dim,))
    return _index(self, *_expanded(self, found))


def _chosen_shape(self: Tensor, mask: Tensor, dim: int) -> tuple:
    count = int(np.count_nonzero(mask._host())) if _known(mask) else -1
    return (*self.shape[:dim], count, *self.shape[dim + mask.ndim :])


def _write(self: Tensor, found: dict, values, accumulate: bool = False, dest: Tensor | None = None) -> Tensor:
    """``self`` with ``values`` at index tensors: written into ``dest``, or fresh."""
    if dest is not None:
        watched = dest.requires_grad or (isinstance(values, Tensor) and values.requires_grad)
        check_inplace(dest, state.grad and watched, state)
    _check_types(found.values())
    sole = None if accumulate else _sole_mask(found)
    single = not isinstance(values, Tensor) or (values._layout.numel == 1 and values._storage.device.type == "cpu")
    if single and not accumulate and len(found) == 1 and next(iter(found.values()))._dtype is dtypes.uint8:
        raise RuntimeError("masked_fill_ only supports boolean masks, but got mask with dtype unsigned char")
    if isinstance(values, Tensor) and values._storage is self._storage and dest is not None:
        if self._layout.dense and values._layout.dense:
            _check_apart(self, values)
    if sole is None:
        places, indices = _expanded(self, found)
        return dispatch(registry["index_put.raw"], (self, indices, values), (places, accumulate), dest)
    dim, mask = sole
    _check_mask(mask, self._layout.shape, dim, dim)
    if isinstance(values, Tensor):
        shape = values._layout.shape
        place = _place_of_count(self, mask, values, dim)
        fixed = tuple(1 if i == place else s for i, s in enumerate(shape))
        if not _expandable(fixed, (*self.shape[:dim], 1, *self.shape[dim + mask.ndim :])):
            raise _mismatch(shape, _chosen_shape(self, mask, dim))
        if not single and self.dtype is not values.dtype:
            if place is not None and _known(mask) and shape[place] != np.count_nonzero(mask._host()):
                raise _mismatch(shape, _chosen_shape(self, mask, dim))  # a wrong shape is told first
            _check_same_dtype(self, values)
    if mask._storage.device is not self._storage.device:
        mask = mask.to(self._storage.device)
    return dispatch(registry["index_put.mask"], (self, mask, values), (dim,), dest)


def _check_apart(self: Tensor, other: Tensor) -> None:
    a, b = self._layout, other._layout
    if a.numel and b.numel and a.offset < b.offset + b.numel and b.offset < a.offset + a.numel:
        raise RuntimeError(PARTIAL_OVERLAP)


# -- x[...] ---------------------------------------------------------------------------------------
def _get(self: Tensor, index) -> Tensor:
    kind = type(index)
    layout = self._layout
    if kind is int:
        if not layout.shape and not index:
            raise IndexError(
                "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to "
                "convert a 0-dim tensor to a number"
            )
        size = layout.shape[0] if layout.shape else 0
        if not -size <= index < size:
            if not -(2**63) <= index < 2**63:
                raise ValueError("Overflow when unpacking long long")
            raise IndexError(f"index {index} is out of bounds for dimension 0 with size {size}")
        return derive(_SELECT, self, (0, index), layouts.select(layout, 0, index))
    if kind is slice:
        if not layout.shape:
            settle(self)
        start, stop, step = _bounds(index)
        return derive(_SLICE, self, (0, start, stop, step), layouts.slice(layout, 0, start, stop, step))
    if index is Ellipsis:
        return derive(_ALIAS, self, (), layout.plain)
    if kind is np.int64 or (kind is not bool and isinstance(index, np.integer)):
        return _get(self, int(index))
    walk = _walk(self, index if kind is tuple else _as_tuple(index))
    view = walk.view()
    if walk.indices:
        return _read(view, walk.indices)
    return derive(_ALIAS, view, (), view._layout.plain) if view is self else view


def getitem(self, index) -> Tensor:
    """``self[index]``: a view for integers, slices, None and ..., else a fresh tensor.

    Args:
        index: integers, slices, None, ..., bools, integer or bool tensors, lists, ndarrays, ranges,
            or a tuple of those.

    Raises:
        IndexError: out of range, or more indices than dimensions.

    Example:
        >>> torch.arange(6).view(2, 3)[:, 1]
        tensor([1, 4])
    """
    if self.__class__ in _PLAIN and not state.unusual and type(index) in (int, slice):
        return _get(self, index)
    taken, result = bind.overridden(Tensor.__getitem__, (self, index), {})
    return result if taken else _get(self, index)


def _value_for(self: Tensor, value):
    """What is assigned: a tensor, or a number that ``self``'s dtype can hold."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, (bool, int, float, complex, np.integer)):
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise ValueError("Overflow when unpacking long long")
        dtypes.require_holds(self._dtype, value)
        if self._dtype.category < 2 and not isinstance(value, int):
            return bool(value) if self._dtype is dtypes.bool_ else int(value.real)
        return value
    if isinstance(value, jax.Array):
        return wrap(value, self._storage.device)
    where = "" if self._storage.device.type == "cpu" else self._storage.device.type + "."
    kind = f"torch.{where}{self._dtype.title}Tensor"
    raise TypeError(f"can't assign a {shown_type(value)} to a {kind}")


def _stripped(value: Tensor) -> Tensor:
    """Without leading dimensions of size 1: they may be more than the place has."""
    shape = value._layout.shape
    n = 0
    while n < len(shape) and shape[n] == 1:
        n += 1
    return apply_view("view", value, shape[n:]) if n else value


def _assign(view: Tensor, value) -> None:
    """``view[...] = value``."""
    shape = view._layout.shape
    if not isinstance(value, Tensor):
        dispatch(_FILL if shape else _COPY, (view, value), (), view)
        return
    if value._storage is view._storage and value._layout is view._layout and value._dtype is view._dtype:
        if not (state.grad and (view.requires_grad or value.requires_grad)):
            view._count_write()  # x[0] += 1 assigns what it has just written
            return
    if value._layout.shape != shape:
        if not value._layout.shape and value._storage.device.type == "cpu":
            dispatch(_FILL, (view, value), (), view)
            return
        value = _stripped(value)
        if value._layout.shape != shape:
            value = apply_view("expand", value, shape, True)
    copy_(view, value, False)


def setitem(self, index, value) -> None:
    """``self[index] = value``: broadcast into the place, which is written through every alias."""
    taken, _ = (
        (False, None)
        if self.__class__ in _PLAIN and value.__class__ in bind.PLAIN_OR_NUMBER and not state.unusual
        and type(index) in (int, slice)
        else bind.overridden(Tensor.__setitem__, (self, index, value), {})
    )  # fmt: skip
    if taken:
        return
    if index is False:
        return
    value = _value_for(self, value)
    kind = type(index)
    if kind is np.int64 or (kind is not bool and isinstance(index, np.integer)):
        kind, index = int, int(index)
    if kind is int:
        _assign(_get(self, index), value)
        return
    if index is Ellipsis:
        _assign(self, value)
        return
    if kind is slice and not self._layout.shape:
        settle(self)
        layouts.slice(self._layout)  # raises
    items = (None,) if index is True else index if kind is tuple else _as_tuple(index)
    walk = _walk(self, items, True)
    if 0 < walk.late < len(walk.indices):  # positions come first, and the others count from there
        if not all(_known(t) for t in walk.indices.values()):
            raise NotImplementedError(
                "x[i, j] = value inside a JAX trace, i a 0-dim tensor and j a longer one: write x[i:i + 1, j]"
            )
        walk = _walk(self, items)
    view = walk.view()
    if not walk.indices:
        _assign(view, value)
        return
    if isinstance(value, Tensor):
        value = _stripped(value.to(self._dtype) if walk.late else value)
    _write(view, walk.indices, value, dest=view)


def delitem(self, index) -> None:
    raise TypeError("Tensor does not support deleting items")


Tensor.__getitem__, Tensor.__setitem__, Tensor.__delitem__ = getitem, setitem, delitem
for _name, _fn in {"__getitem__": getitem, "__setitem__": setitem, "__delitem__": delitem}.items():
    _fn.__name__, _fn.__qualname__ = _name, f"Tensor.{_name}"


@member
def __iter__(self):
    """The rows, one after the other."""
    if not self._layout.shape:
        raise TypeError("iteration over a 0-d tensor")
    return iter(apply_view("unbind", self, 0))


@member
def __contains__(self, element) -> bool:
    """Whether any element equals ``element`` (a number or a tensor)."""
    if not isinstance(element, (Tensor, bool, int, float, complex, np.number, np.bool_)):
        raise RuntimeError(
            f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}."
        )
    return bool((element == self).any().item())


# -- index_put ------------------------------------------------------------------------------------
def _given(self: Tensor, indices) -> dict:
    """The indices of index_put by dimension; None skips one."""
    if isinstance(indices, Tensor) or not isinstance(indices, (tuple, list)):
        raise TypeError(
            f"index_put_(): argument 'indices' (position 1) must be tuple of Tensors, not {type(indices).__name__}"
        )
    for i, t in enumerate(indices):
        if t is not None and not isinstance(t, Tensor):
            raise TypeError(f"expected Tensor as element {i} in argument 1, but got {type(t).__name__}")
    if len(indices) > self.ndim:
        raise IndexError(f"too many indices for tensor of dimension {self.ndim} (got {len(indices)})")
    return {i: t for i, t in enumerate(indices) if t is not None}


@composite("index_put(Tensor self, any indices, Tensor values, bool accumulate=False)")
def index_put(self, indices, values, accumulate):
    """A copy of ``self`` with ``values`` put (or added) at the places of a tuple of index tensors."""
    return _write(self, _given(self, indices), values, accumulate)


@composite("index_put_(Tensor self, any indices, Tensor values, bool accumulate=False)")
def index_put_(self, indices, values, accumulate):
    """Put (or add) ``values`` at the places of a tuple of index tensors. Returns ``self``."""
    return _write(self, _given(self, indices), values, accumulate, self)
