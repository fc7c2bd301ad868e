"""Layouts: how a tensor's shape maps to positions of its storage, and the strides of results.

A `Layout` is (shape, stride, offset), in elements, and whether it reads the memory *flipped*.
Layouts are interned: equal ones are the same object, so they compare with `is` and hash by identity.
The layout without its offset and flip is its *form*; what depends on the form alone is worked out
once.
"""

from __future__ import annotations

import threading
import weakref
from functools import lru_cache
from operator import index as as_int

_STRONG_LIMIT = 1 << 13


class _Fields:
    """A layout being filled in; it becomes a `Layout` by changing its class."""

    __slots__ = (
        "shape",
        "stride",
        "offset",
        "form",
        "ndim",
        "numel",
        "is_contiguous",
        "dense",
        "overlapping",
        "extent",
        "flipped",
        "__weakref__",
    )


class Layout(_Fields):
    """An immutable, interned (shape, stride, offset, flipped).

    Attributes:
        shape, stride: tuples of int.
        offset: position of the first element in the storage.
        form: the layout of the same shape and stride at offset 0.
        ndim, numel: number of dimensions and of elements.
        is_contiguous: row-major, sizes of 1 ignored; True when empty.
        dense: non-overlapping and without gaps, in any order of dimensions.
        overlapping: a size over 1 has stride 0: PyTorch refuses to write through it.
        extent: elements from the first to the last one touched, both included; 0 when empty.
        flipped: complex values are the conjugates, others the negatives, of what the memory holds:
            PyTorch's conj and neg bits. Rules from layouts to layouts leave it out (they go by the
            form); views carry it over, and fresh results never have it.
    """

    __slots__ = ()

    def __setattr__(self, name, value):
        raise AttributeError("Layout is immutable")

    def flip(self) -> Layout:
        """The same place in memory, read flipped if this one is not."""
        if self.flipped:
            return self.form.at(self.offset)
        key = (self.form, self.offset, True)
        found = _strong.get(key)
        return found if found is not None else _intern(key, _shifted)

    @property
    def plain(self) -> Layout:
        """The same place in memory, read as it is."""
        return self.flip() if self.flipped else self

    def at(self, offset: int) -> Layout:
        """The same shape and stride at another offset, not flipped."""
        form = self.form
        if offset == 0:
            return form
        key = (form, offset)
        found = _strong.get(key)
        return found if found is not None else _intern(key, _shifted)

    def __repr__(self):
        flipped = ", flipped" if self.flipped else ""
        return f"Layout(shape={self.shape}, stride={self.stride}, offset={self.offset}{flipped})"

    def __reduce__(self):
        return layout, (self.shape, self.stride, self.offset, self.flipped)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self


# Two tables: `_weak` decides identity, `_strong` keeps the recent ones alive and is the one looked
# up first. Emptying `_strong` is always safe: a layout still in use stays in `_weak`. (A plain dict
# of references: weakref.WeakValueDictionary costs three times as much for each new offset.)
_weak: dict = {}
_strong: dict = {}
_lock = threading.RLock()


class _Reference(weakref.ref):
    __slots__ = ("key",)


def _forget(reference):
    with _lock:
        if _weak.get(reference.key) is reference:
            del _weak[reference.key]


def _intern(key, make):
    with _lock:
        reference = _weak.get(key)
        found = reference() if reference is not None else None
        if found is None:
            found = make(*key)
            reference = _weak[key] = _Reference(found, _forget)
            reference.key = key
        if len(_strong) >= _STRONG_LIMIT:
            _strong.clear()
        _strong[key] = found
        return found


def _form(shape, stride):
    numel = 1
    extent = 1
    for size, step in zip(shape, stride):
        numel *= size
        extent += (size - 1) * step
    stretched = any(size > 1 and step == 0 for size, step in zip(shape, stride))
    self = _Fields()
    self.shape, self.stride, self.offset, self.form, self.flipped = shape, stride, 0, self, False
    self.ndim, self.numel = len(shape), numel
    self.is_contiguous = numel == 0 or _follows(shape, stride, range(len(shape) - 1, -1, -1))
    self.dense = self.is_contiguous or _follows(shape, stride, _by_stride(shape, stride))
    self.overlapping = stretched and not self.dense
    self.extent = extent if numel else 0
    self.__class__ = Layout
    return self


def _shifted(form, offset, flipped=False):
    self = _Fields()
    self.shape, self.stride, self.offset, self.form = form.shape, form.stride, offset, form
    self.flipped = flipped
    self.ndim, self.numel, self.extent = form.ndim, form.numel, form.extent
    self.is_contiguous, self.dense = form.is_contiguous, form.dense
    self.overlapping = form.overlapping
    self.__class__ = Layout
    return self


def _by_stride(shape, stride):
    return sorted((d for d, size in enumerate(shape) if size != 1), key=lambda d: stride[d])


def _follows(shape, stride, order):
    """Whether going through `order`, innermost first, strides are products of the sizes before."""
    expected = 1
    for d in order:
        if shape[d] != 1:
            if stride[d] != expected:
                return False
            expected *= shape[d]
    return True


def layout(shape, stride, offset: int = 0, flipped: bool = False) -> Layout:
    """The interned layout of these sizes, strides and offset (sequences of int)."""
    key = (shape, stride)
    try:
        form = _strong.get(key)
    except TypeError:
        form = None
    if form is None:
        form = _intern((tuple(map(as_int, shape)), tuple(map(as_int, stride))), _form)
    found = form if offset == 0 else form.at(as_int(offset))  # pyright: ignore[reportAttributeAccessIssue]
    return found.flip() if flipped else found  # pyright: ignore[reportAttributeAccessIssue]


class _ContiguousTable(dict):
    def __missing__(self, shape):
        key = tuple(map(as_int, shape))
        found = layout(key, contiguous_strides(key))
        if len(self) >= _STRONG_LIMIT:
            self.clear()
        self[key] = found
        return found


# contiguous(shape) -> the row-major Layout of a tuple of ints: one dict lookup, no Python frame.
contiguous = _ContiguousTable().__getitem__


# --- strides ------------------------------------------------------------------------------------


def contiguous_strides(shape) -> tuple[int, ...]:
    """Row-major strides; a size of 0 counts as 1."""
    strides = []
    step = 1
    for size in reversed(shape):
        strides.append(step)
        step *= size if size > 1 else 1
    return tuple(reversed(strides))


def _channels_last_strides(shape, rank, name):
    if len(shape) != rank:
        raise RuntimeError(f"required rank {rank} tensor to use {name} format")
    strides = [0] * rank
    step = 1
    for d in (1, *range(rank - 1, 1, -1), 0):
        # Unlike in row-major strides, a size of 0 makes the strides after it 0.
        strides[d] = step
        step *= shape[d]
    return tuple(strides)


def channels_last(shape) -> Layout:
    """The NHWC layout of an NCHW shape."""
    return layout(shape, _channels_last_strides(shape, 4, "channels_last"))


def channels_last_3d(shape) -> Layout:
    """The NDHWC layout of an NCDHW shape."""
    return layout(shape, _channels_last_strides(shape, 5, "channels_last_3d"))


@lru_cache(4096)
def _is_channels_last(form, rank):
    if form.ndim != rank:
        return False
    return _follows(form.shape, form.stride, (1, *range(rank - 1, 1, -1), 0))


def is_channels_last(l: Layout) -> bool:
    """What `is_contiguous(memory_format=torch.channels_last)` answers."""
    return _is_channels_last(l.form, 4)


def is_channels_last_3d(l: Layout) -> bool:
    """What `is_contiguous(memory_format=torch.channels_last_3d)` answers."""
    return _is_channels_last(l.form, 5)


def required_size(l: Layout) -> int:
    """How many elements the storage must hold for `l`; 0 when `l` is empty."""
    return l.offset + l.extent if l.numel else 0


@lru_cache(4096)
def column_major(shape) -> Layout:
    """Matrices (the last two dims) column by column, as LAPACK writes them; else row-major."""
    if len(shape) < 2:
        return contiguous(shape)
    *batch, rows, columns = shape
    *outer, step, unit = contiguous_strides((*batch, columns, rows))
    return layout(shape, (*outer, unit, step))


# --- layouts of results -------------------------------------------------------------------------


def _insertion_sorted(ndim, after):
    """Dimensions innermost first: row-major unless `after` (1, -1, 0 = cannot tell) says so.

    The order of comparisons matters, because 0 neither swaps nor stops the search.
    """
    order = list(range(ndim - 1, -1, -1))
    for i in range(1, ndim):
        moving = i
        for other in range(i - 1, -1, -1):
            verdict = after(order[other], order[moving])
            if verdict > 0:
                order[other], order[moving] = order[moving], order[other]
                moving = other
            elif verdict < 0:
                break
    return order


def _compare(shape, strides, dim0, dim1):
    for stride in strides:
        step0, step1 = stride[dim0], stride[dim1]
        if step0 == 0 or step1 == 0:
            continue
        if step0 != step1:
            return -1 if step0 < step1 else 1
        if shape[dim0] > shape[dim1]:
            return 1
    return 0


@lru_cache(8192)
def _like_form(form):
    if form.dense:
        return form
    shape = form.shape
    if form.ndim == 1:
        return contiguous(shape)
    order = _insertion_sorted(form.ndim, lambda a, b: _compare(shape, (form.stride,), a, b))
    stride = [0] * form.ndim
    step = 1
    for d in order:
        stride[d] = step
        step *= max(shape[d], 1)
    return layout(shape, tuple(stride))


def like_layout(l: Layout) -> Layout:
    """The layout `empty_like` and `clone` give: the strides of a dense one, else its order."""
    return _like_form(l.form)


def pointwise_layout(shape: tuple[int, ...], operands) -> Layout:
    """The layout of a pointwise op's fresh result, from its operands' layouts in order.

    Args:
        shape: the broadcast shape of the operands.
        operands: layouts before broadcasting. A Python number counts, as the 0-dim layout
            `contiguous(())`: it decides between the strides of `x.neg()` and `x + 1`.
    """
    for l in operands:
        if not l.is_contiguous or l.shape != shape:
            return _pointwise_form(shape, tuple([l.form for l in operands]))
    return contiguous(shape)


@lru_cache(16384)
def _pointwise_form(shape, operands):
    if all(l.shape == shape for l in operands):
        if all(l.is_contiguous for l in operands):
            return contiguous(shape)
        if all(_is_channels_last(l, 4) for l in operands):
            return channels_last(shape)
        first = operands[0]
        if all(l.dense and l.stride == first.stride for l in operands):
            return first
    ndim = len(shape)
    strides = []
    for l in operands:
        added = ndim - l.ndim
        inner = zip(l.shape, l.stride, shape[added:])
        stretched = [0 if have == 1 and want != 1 else step for have, step, want in inner]
        strides.append([0] * added + stretched)
    return iterated_layout(shape, strides)


def iterated_layout(shape: tuple[int, ...], strides) -> Layout:
    """The layout PyTorch's iterator gives a fresh result, from each operand's stride along `shape`."""
    ndim = len(shape)
    order = _insertion_sorted(ndim, lambda a, b: _compare(shape, strides, a, b))
    if order == list(range(ndim - 1, -1, -1)):
        return contiguous(shape)
    stride = [0] * ndim
    step = 1
    for d in order:
        # Unlike in row-major strides, a size of 0 makes the strides after it 0.
        stride[d] = step
        step *= shape[d]
    return layout(shape, tuple(stride))
