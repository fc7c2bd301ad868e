"""Views: functions from layouts to layouts. Nothing is copied."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._core import dtypes, memory
from .._core import layout as layouts
from .._core.alias import check_inplace, derive, rebase, settle
from .._core.alias import view as apply
from .._core.bind import namespaces
from .._core.dispatch import dispatch
from .._core.errors import out_of_storage, type_text, warn_once
from .._core.formats import arrange, contiguous_format, preserve_format, strided
from .._core.members import attribute
from .._core.modes import state
from .._core.spec import composite, function, op, registry, view_op, views
from .._core.storage import Storage, put
from .._core.tape import Underivable, edge_of
from .._core.tensor import Tensor, alias

VIEW = "function method"
INPLACE = "function method inplace"


def apply_view(key: str, self: Tensor, *args) -> Any:
    """The view op ``key`` on ``self``."""
    return apply(views[key], self, args)


@view_op("alias(Tensor self)", forms="", backward=lambda g, shape: g)
def alias_(layout):
    return layout


@attribute
def layout(self):
    """How the elements are kept in memory: ``torch.strided``."""
    return strided


# -- the order of dimensions ----------------------------------------------------------------------
@view_op("transpose(Tensor self, int dim0, int dim1)", forms=INPLACE,
         backward=lambda g, shape, dim0, dim1: g.transpose(dim0, dim1))  # fmt: skip
def transpose(layout, dim0, dim1):
    """Swap two dimensions."""
    return layouts.transpose(layout, dim0, dim1)


@view_op("swapdims(Tensor self, int dim0, int dim1)", forms=INPLACE, node="TransposeBackward0",
         inplace_node="TransposeBackward1",
         backward=lambda g, shape, dim0, dim1: g.transpose(dim0, dim1))  # fmt: skip
def swapdims(layout, dim0, dim1):
    """Swap two dimensions."""
    return layouts.transpose(layout, dim0, dim1)


@view_op("swapaxes(Tensor self, int axis0, int axis1)", forms=INPLACE, node="TransposeBackward0",
         inplace_node="TransposeBackward1",
         backward=lambda g, shape, axis0, axis1: g.transpose(axis0, axis1))  # fmt: skip
def swapaxes(layout, axis0, axis1):
    """Swap two dimensions."""
    return layouts.transpose(layout, axis0, axis1)


def _check_t_(self):
    if self.ndim > 2:
        raise RuntimeError(f"t_() expects a tensor with <= 2 dimensions, but self is {self.ndim}D")


@view_op("t(Tensor self)", forms=INPLACE, inplace_check=_check_t_, backward=lambda g, shape: g.t())
def t(layout):
    """Transpose a matrix; vectors and scalars are themselves."""
    return layouts.t(layout)


def _permute_back(g, shape, dims):
    order = [d % len(dims) for d in dims]
    return g.permute(sorted(range(len(order)), key=order.__getitem__))


@view_op("permute(Tensor self, dims dims)", forms=VIEW, backward=_permute_back)
def permute(layout, dims):
    """Put the dimensions in the order ``dims``."""
    return layouts.permute(layout, dims)


@view_op("movedim(Tensor self, any source, any destination)", forms="", node="PermuteBackward0",
         backward=lambda g, shape, source, destination: g.movedim(destination, source))  # fmt: skip
def movedim_(layout, source, destination):
    return layouts.movedim(layout, source, destination)


def movedim(self, source, destination):
    """Move the dimensions ``source`` to the places ``destination``; the others keep their order."""
    layout = layouts.movedim(self._layout.plain, source, destination)  # a wrong dimension is told first
    if not self.ndim:
        return apply_view("alias", self)
    return derive(views["movedim"], self, (source, destination), layout)


for _name in ("movedim", "moveaxis"):
    composite(f"{_name}(Tensor self, int source, int destination)")(movedim)
    composite(f"{_name}.intlist(Tensor self, int[] source, int[] destination)")(movedim)


def _reversed(self: Tensor) -> Tensor:
    return apply_view("permute", self, tuple(range(self.ndim - 1, -1, -1)))


@attribute
def T(self):  # noqa: N802
    """The tensor with its dimensions reversed: the transpose of a matrix."""
    if self.ndim == 0:
        warn_once("Tensor.T is deprecated on 0-D tensors. This function is the identity in these cases.")
    elif self.ndim != 2:
        warn_once(
            "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it "
            "will throw an error in a future release. Consider `x.mT` to transpose batches of matrices or "
            "`x.permute(*torch.arange(x.ndim - 1, -1, -1))` to reverse the dimensions of a tensor."
        )
    return _reversed(self)


def _matrices(self: Tensor, name: str, at_zero: str) -> Tensor:
    """The transposes of a batch of matrices, with PyTorch's refusals."""
    if self.ndim == 0:
        warn_once(at_zero)
        return self
    if self.ndim == 1:
        raise RuntimeError(f"tensor.{name} is only supported on matrices or batches of matrices. Got 1-D tensor.")
    return apply_view("transpose", self, -2, -1)


@attribute
def mT(self):  # noqa: N802
    """The transposes of the matrices in the last two dimensions."""
    return _matrices(
        self, "mT", "Tensor.mT is deprecated on 0-D tensors. This function is the identity in these cases."
    )


@attribute
def H(self):  # noqa: N802
    """The conjugate transpose of a matrix."""
    if self.ndim not in (0, 2):
        more = ". For batches of matrices, consider using tensor.mH" if self.ndim > 2 else ""
        raise RuntimeError(
            f"tensor.H is only supported on matrices (2-D tensors). Got {self.ndim}-D tensor{more or '.'}"
        )
    return _matrices(self, "H", "Tensor.H is deprecated on 0-D tensors. Consider using x.conj().").conj()


@attribute
def mH(self):  # noqa: N802
    """The conjugate transposes of the matrices in the last two dimensions."""
    return _matrices(self, "mH", "Tensor.mH is deprecated on 0-D tensors. Consider using x.conj().").conj()


@composite("adjoint(Tensor self)")
def adjoint(self):
    """The conjugate transposes of the matrices in the last two dimensions."""
    return _matrices(self, "adjoint()", "adjoint() is deprecated on 0-D tensors. Consider using x.conj().").conj()


# -- parts ----------------------------------------------------------------------------------------
@view_op("select(Tensor self, int dim, int index)", forms=VIEW)
def select(layout, dim, index):
    """One position of a dimension, which disappears."""
    return layouts.select(layout, dim, index)


@view_op("slice(Tensor self, int dim=0, int? start=None, int? end=None, int step=1)", forms="aten")
def slice_(layout, dim, start, end, step):
    return layouts.slice(layout, dim, start, end, step)


@view_op("narrow(Tensor self, int dim, int start, int length)", forms="", node="SliceBackward0")
def narrow_(layout, dim, start, length):
    return layouts.narrow(layout, dim, start, length)


@composite("narrow(Tensor self, int dim, Operand start, int length)", forms=VIEW)
def narrow(self, dim, start, length):
    """``length`` positions of a dimension from ``start`` (an int or a 0-dim integer tensor) on."""
    if isinstance(start, Tensor):
        if start.ndim or start._dtype.category != 1:
            raise RuntimeError("start must be an 0-dim integral Tensor.")
        start = start.item()
    args = (dim, int(start), length)
    return derive(views["narrow"], self, args, layouts.narrow(self._layout.plain, *args))  # its errors come first


@view_op("unfold(Tensor self, int dimension, int size, int step)", forms="method")
def unfold(layout, dimension, size, step):
    """All windows of ``size`` positions, ``step`` apart; a window is a new last dimension."""
    return layouts.unfold(layout, dimension, size, step)


@view_op("diagonal(Tensor self, int offset=0, int dim1=0, int dim2=1)", forms=VIEW)
def diagonal(layout, offset, dim1, dim2):
    """The diagonal of two dimensions, as a new last dimension."""
    return layouts.diagonal(layout, offset, dim1, dim2)


# -- sizes of 1 -----------------------------------------------------------------------------------
@view_op("unsqueeze(Tensor self, int dim)", forms=INPLACE, backward=lambda g, shape, dim: g.squeeze(dim))
def unsqueeze(layout, dim):
    """A dimension of size 1 put before ``dim``."""
    return layouts.unsqueeze(layout, dim)


@view_op("squeeze(Tensor self)", forms=INPLACE, node="SqueezeBackward0", inplace_node="SqueezeBackward3",
         backward=lambda g, shape: g.reshape(shape))  # fmt: skip
def squeeze(layout):
    """Without its dimensions of size 1: all of them, or those in ``dim``."""
    return layouts.squeeze(layout)


@view_op("squeeze.dim(Tensor self, int dim)", forms=INPLACE, node="SqueezeBackward1", inplace_node="SqueezeBackward4",
         backward=lambda g, shape, dim: g.reshape(shape))  # fmt: skip
def squeeze_dim(layout, dim):
    return layouts.squeeze(layout, dim)


@view_op("squeeze.dims(Tensor self, int[] dim)", forms=INPLACE,
         node="SqueezeBackward2", inplace_node="SqueezeBackward5",
         backward=lambda g, shape, dim: g.reshape(shape))  # fmt: skip
def squeeze_dims(layout, dim):
    return layouts.squeeze(layout, dim)


def _check_expand(self, size, implicit=False):
    if len(size) < self.ndim and self._dtype is not dtypes.float32:
        layouts.expand(self._layout, size, type_text(self._dtype, self._storage.device))


@view_op("expand(Tensor self, size size, *, bool implicit=False)", forms="method", check=_check_expand,
         backward=lambda g, shape, size, implicit: g.sum_to_size(shape))  # fmt: skip
def expand(layout, size, implicit):
    """Sizes of 1 repeated without copying; -1 keeps a size."""
    return layouts.expand(layout, size)


@composite("expand_as(Tensor self, Tensor other)", forms="method")
def expand_as(self, other):
    """``self`` expanded to the shape of ``other``."""
    return apply_view("expand", self, other._layout.shape, False)


@composite("broadcast_to(Tensor self, size size)")
def broadcast_to(self, size):
    """``self`` expanded to ``size``."""
    return apply_view("expand", self, size, False)


@function("broadcast_tensors")
def broadcast_tensors(*tensors):
    """The tensors, each expanded to their common shape."""
    if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)):
        tensors = tensors[0]
    shape = layouts.broadcast_shapes(*[x._layout.shape for x in tensors])
    return tuple([x if x._layout.shape == shape else apply_view("expand", x, shape, False) for x in tensors])


# -- another shape --------------------------------------------------------------------------------
def _view_back(g, shape, size):
    return g.reshape(shape)


@view_op("view(Tensor self, size size)", forms="method", backward=_view_back)
def view(layout, size):
    """The same elements in the same order under another shape (one size may be -1) or dtype."""
    return layouts.view(layout, size)


@composite("view.dtype(Tensor self, dtype dtype)", forms="method")
def view_dtype(self, dtype):
    source = self._dtype
    if self._layout.flipped:
        what = "conjugate view tensors" if source.is_complex else "tensors with negative bit set"
        raise RuntimeError(f"torch.Tensor.view is not supported for {what} when converting to a different dtype.")
    layout = layouts.view_dtype(self._layout, source.itemsize, dtype.itemsize, source.title, dtype.title)
    return alias(self, layout, dtype)  # autograd does not follow a reinterpretation of bits


@view_op("_unsafe_view(Tensor self, size size)", forms="function", node="UnsafeViewBackward0", tracked=False,
         backward=_view_back)  # fmt: skip
def unsafe_view(layout, size):
    return layouts.view(layout, size)


@view_op("_reshape_alias(Tensor self, size size)", forms="", backward=_view_back)
def reshape_alias(layout, size):
    return layouts.view(layout, size)


@op("reshape.copy(Tensor self, size size)", forms="", differentiable=False, opmath=False)
def reshape_copy(self, *, size):
    return self.reshape(size)


def reshaped(self: Tensor, shape: tuple) -> Tensor:
    """``self`` under another shape: a view where the strides allow one, else a copy."""
    if self._layout.is_contiguous:
        settle(self)
    layout = layouts.try_view(self._layout, shape)
    if layout is not None:
        return derive(views["view" if self._layout.is_contiguous else "_reshape_alias"], self, (shape,), layout)
    if state.grad and self.requires_grad:
        return apply_view("_unsafe_view", self.clone(memory_format=contiguous_format), shape)
    return dispatch(registry["reshape.copy"], (self,), (layouts.infer_size(shape, self._layout.numel),))


@composite("reshape(Tensor self, size shape)")
def reshape(self, shape):
    """The same elements in the same order under another shape (one size may be -1).

    Returns:
        A view of ``self`` where its strides allow one, else a fresh tensor.
    """
    return reshaped(self, shape)


@composite("reshape_as(Tensor self, Tensor other)", forms="method")
def reshape_as(self, other):
    """``self`` in the shape of ``other``."""
    return reshaped(self, other._layout.shape)


@composite("view_as(Tensor self, Tensor other)", forms="method")
def view_as(self, other):
    """``self`` viewed in the shape of ``other``."""
    return apply_view("view", self, other._layout.shape)


@composite("flatten(Tensor self, int start_dim=0, int end_dim=-1)")
def flatten(self, start_dim, end_dim):
    """The dimensions ``start_dim..end_dim`` as one; ``self`` where that changes nothing."""
    shape = layouts.flatten_shape(self._layout.shape, start_dim, end_dim)
    return self if shape == self._layout.shape else reshaped(self, shape)


@composite("ravel(Tensor self)")
def ravel(self):
    """All elements in order, as one dimension."""
    return apply_view("view", self.contiguous(), (-1,))


@composite("unflatten(Tensor self, int dim, int[] sizes)")
def unflatten(self, dim, sizes):
    """One dimension as several of the given ``sizes`` (one may be -1)."""
    layout = layouts.unflatten(self._layout, dim, sizes)
    return derive(views["view"], self, (layout.shape,), layout)


# -- several views --------------------------------------------------------------------------------
def _join(grads, dim):
    return namespaces["torch"]["cat"](grads, dim)


def _stack(grads, dim):
    return namespaces["torch"]["stack"](grads, dim)


@view_op("split(Tensor self, int split_size, int dim=0)", forms="", multi=True,
         backward=lambda gs, shape, split_size, dim: _join(gs, dim))  # fmt: skip
def split(layout, split_size, dim):
    """Pieces of ``split_size`` (an int; the last may be smaller) or of the sizes listed."""
    return layouts.split(layout, split_size, dim)


@view_op("split_with_sizes(Tensor self, int[] split_sizes, int dim=0)", multi=True, forms=VIEW,
         backward=lambda gs, shape, split_sizes, dim: _join(gs, dim))  # fmt: skip
def split_with_sizes(layout, split_sizes, dim):
    """Pieces of the sizes listed."""
    return layouts.split(layout, split_sizes, dim)


@composite("split(Tensor self, any split_size, int dim=0)", forms="method")
def split_method(self, split_size, dim) -> tuple[Tensor, ...]:
    """Pieces of ``split_size`` (an int; the last may be smaller) or of the sizes listed."""
    if isinstance(split_size, Tensor):
        split_size = int(split_size)
    if isinstance(split_size, int):
        return apply_view("split", self, split_size, dim)
    return self.split_with_sizes(split_size, dim)


@function("split")
def split_function(tensor, split_size_or_sections, dim=0):
    """Pieces of one size (an int; the last may be smaller) or of the sizes listed."""
    return tensor.split(split_size_or_sections, dim)


@composite("chunk(Tensor self, int chunks, int dim=0)")
def chunk(self, chunks, dim) -> tuple[Tensor, ...]:
    """At most ``chunks`` pieces of one size, rounded up."""
    first, *_ = layouts.chunk(self._layout, chunks, dim)
    if not self._layout.shape[dim]:
        return apply_view("split_with_sizes", self, (0,) * chunks, dim)
    return apply_view("split", self, first.shape[dim], dim)


@view_op("unbind(Tensor self, int dim=0)", multi=True, forms=VIEW, backward=lambda gs, shape, dim: _stack(gs, dim))
def unbind(layout, dim):
    """Every position of a dimension, which disappears."""
    return layouts.unbind(layout, dim)


def _unsafe(schema: str, fn, node: str):
    view_op(schema, multi=True, forms=VIEW, node=node, tracked=False,
            backward=lambda gs, shape, size, dim: _join(gs, dim))(fn)  # fmt: skip


_unsafe("unsafe_split(Tensor self, int split_size, int dim=0)", layouts.split, "UnsafeSplitBackward0")
_unsafe("unsafe_split_with_sizes(Tensor self, int[] split_sizes, int dim=0)", layouts.split,
        "UnsafeSplitWithSizesBackward0")  # fmt: skip
_unsafe("unsafe_chunk(Tensor self, int chunks, int dim=0)", layouts.chunk, "UnsafeSplitBackward0")


def _cut(self: Tensor, indices_or_sections, dim: int) -> tuple:
    pieces = layouts.tensor_split(self._layout, indices_or_sections, dim)
    if isinstance(indices_or_sections, int):
        bounds = [0]
        for piece in pieces:
            bounds.append(bounds[-1] + piece.shape[dim])
    else:
        bounds = [0, *indices_or_sections, self._layout.shape[dim]]
    spec = views["slice"]
    return tuple([
        derive(spec, self, (dim, start, stop, 1), piece)
        for start, stop, piece in zip(bounds, bounds[1:], pieces, strict=False)
    ])  # fmt: skip


@composite("tensor_split(Tensor self, int[] indices, int dim=0)")
def tensor_split(self, indices, dim) -> tuple[Tensor, ...]:
    """Pieces cut at the ``indices``, or a number of ``sections`` whose sizes differ by at most 1."""
    return _cut(self, indices, dim)


@composite("tensor_split.tensor(Tensor self, Tensor tensor_indices_or_sections, int dim=0)")
def tensor_split_tensor(self, tensor_indices_or_sections, dim) -> tuple[Tensor, ...]:
    given = tensor_indices_or_sections
    if given.ndim > 1:
        raise RuntimeError(
            "tensor_split expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional tensor, "
            f"but got a tensor with {given.ndim} dims"
        )
    if given._dtype is not dtypes.int64:
        raise RuntimeError(
            f"tensor_split expected tensor_indices_or_sections to have dtype of long, but got {given._dtype.title}"
        )
    return _cut(self, given.tolist(), dim)


@composite("tensor_split.sections(Tensor self, int sections, int dim=0)")
def tensor_split_sections(self, sections, dim) -> tuple[Tensor, ...]:
    return _cut(self, sections, dim)


def _directed(name: str, least: int, dim_of):
    """hsplit, vsplit, dsplit: tensor_split along a fixed dimension."""

    def check(self: Tensor) -> int:
        if self.ndim < least:
            raise RuntimeError(
                f"torch.{name} requires a tensor with at least {least} dimension, but got a tensor with "
                f"{self.ndim} dimensions!"
            )
        return dim_of(self)

    def by_sections(self, sections) -> tuple[Tensor, ...]:
        dim = check(self)
        size = self._layout.shape[dim]
        if sections == 0 or size % sections:
            raise RuntimeError(
                f"torch.{name} attempted to split along dimension {dim}, but the size of the dimension {size} is "
                f"not divisible by the split_size {sections}!"
            )
        return _cut(self, sections, dim)

    def by_indices(self, indices) -> tuple[Tensor, ...]:
        return _cut(self, indices, check(self))

    by_sections.__doc__ = f"Equal ``sections`` along dimension {least - 1}, or pieces cut at ``indices``."
    composite(f"{name}(Tensor self, int sections)")(by_sections)
    composite(f"{name}.indices(Tensor self, int[] indices)")(by_indices)


_directed("hsplit", 1, lambda self: 0 if self.ndim == 1 else 1)
_directed("vsplit", 2, lambda self: 0)
_directed("dsplit", 3, lambda self: 2)


# -- conjugates and negatives, by a bit of the layout -----------------------------------------------
@view_op("_conj(Tensor self)", backward=lambda g, shape: g.conj())
def conj_view(layout):
    return layout.flip()


def _check_negated(self):
    if self._dtype.is_complex:
        raise NotImplementedError("_neg_view of complex tensors: their one bit is the conj bit. Write -x instead")
    if self._dtype is dtypes.bool_:
        raise NotImplementedError("\"neg_cpu\" not implemented for 'Bool'")


@view_op("_neg_view(Tensor self)", backward=lambda g, shape: g.neg(), check=_check_negated)
def neg_view(layout):
    return layout.flip()


@composite("conj(Tensor self)")
def conj(self):
    """The complex conjugate; real tensors are themselves.

    Returns:
        A view that reads the same memory conjugated (`is_conj` is true of it).
    """
    return apply_view("_conj", self) if self._dtype.is_complex else self


@composite("is_conj(Tensor self)")
def is_conj(self) -> bool:
    """Whether the tensor reads its memory conjugated."""
    return self._layout.flipped and self._dtype.is_complex


@composite("is_neg(Tensor self)")
def is_neg(self) -> bool:
    """Whether the tensor reads its memory negated, as ``x.conj().imag`` does."""
    return self._layout.flipped and not self._dtype.is_complex


@composite("resolve_conj(Tensor self)")
def resolve_conj(self):
    """``self``, or a copy without the conj bit where it is set."""
    return self.clone() if is_conj(self) else self


@composite("resolve_neg(Tensor self)")
def resolve_neg(self):
    """``self``, or a copy without the neg bit where it is set."""
    return self.clone() if is_neg(self) else self


# -- complex numbers as pairs ---------------------------------------------------------------------
def _check_complex(self):
    if not self._dtype.is_complex:
        raise RuntimeError("view_as_real is only supported for complex tensors")
    if self._layout.flipped:
        raise RuntimeError(
            "view_as_real doesn't work on unresolved conjugated tensors.  To resolve the conjugate tensor so you can "
            "view it as real, use self.resolve_conj(); however, be warned that the resulting tensor will NOT alias "
            "the original."
        )


def _check_pairs(self):
    if self._dtype not in (dtypes.float16, dtypes.float32, dtypes.float64):
        raise RuntimeError(
            "view_as_complex is only supported for half, float and double tensors, but got a tensor of scalar type: "
            + self._dtype.title
        )
    if self._dtype is dtypes.float16:
        raise NotImplementedError("view_as_complex of float16: complex32 is not supported by jaxtorch")
    if self._layout.flipped:
        raise NotImplementedError("view_as_complex of a tensor with the neg bit: write x.resolve_neg() first")


@view_op("view_as_real(Tensor self)", forms="function", check=_check_complex, dtype=lambda d: d.to_real(),
         backward=lambda g, shape: apply_view("view_as_complex", g.contiguous().resolve_neg()))  # fmt: skip
def view_as_real(layout):
    """Complex numbers as pairs (real, imaginary) in a new last dimension."""
    return layouts.view_as_real(layout)


@view_op("view_as_complex(Tensor self)", forms="function", check=_check_pairs, dtype=lambda d: d.to_complex(),
         backward=lambda g, shape: apply_view("view_as_real", g.contiguous().resolve_conj()))  # fmt: skip
def view_as_complex(layout):
    """Pairs (real, imaginary) in the last dimension as complex numbers."""
    return layouts.view_as_complex(layout)


@composite("real(Tensor self)", forms="function")
def real(self):
    """The real parts: a view; real tensors are themselves."""
    return _part_of(self, 0) if self._dtype.is_complex else self


@composite("imag(Tensor self)", forms="function")
def imag(self):
    """The imaginary parts of a complex tensor: a view."""
    if not self._dtype.is_complex:
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return _part_of(self, 1)


def _part_of(self: Tensor, which: int) -> Tensor:
    """The real (0) or imaginary (1) parts; the latter of a conjugate have the neg bit."""
    flipped = self._layout.flipped
    pairs = apply_view("view_as_real", self.conj() if flipped else self)
    if which and flipped:
        pairs = apply_view("_neg_view", pairs)
    return apply_view("select", pairs, -1, which)


def _part(fn):
    def write(self, value):
        fn(self).copy_(value)

    setattr(Tensor, fn.__name__, property(fn, write, doc=fn.__doc__))


_part(real)
_part(imag)


# -- any layout, other memory ---------------------------------------------------------------------
def _check_as_strided(self, size, stride, storage_offset):
    target = layouts.as_strided(self._layout, size, stride, storage_offset)
    needed = layouts.required_size(target) * self._dtype.itemsize
    have = self._storage.nbytes
    if needed > have:
        raise RuntimeError(out_of_storage(size, stride, target.offset, self._dtype, needed, have))


@view_op("as_strided(Tensor self, size size, size stride, int? storage_offset=None)", forms=INPLACE + " function_",
         absolute=True, check=_check_as_strided)  # fmt: skip
def as_strided(layout, size, stride, storage_offset):
    """The storage of ``self`` seen with any sizes, strides and offset."""
    return layouts.as_strided(layout, size, stride, storage_offset)


@composite("slice_inverse(Tensor self, Tensor src, int dim=0, int? start=None, int? end=None, int step=1)",
           forms="function method")  # fmt: skip
def slice_inverse(self, src, dim, start, end, step):
    """The memory of ``self``, a slice of a tensor like ``src``, seen as that whole tensor: a view.

    Args:
        src: gives sizes, strides and offset.
        dim, start, end, step: how ``self`` was sliced; nothing depends on it, in PyTorch neither.

    Raises:
        RuntimeError: the memory of ``self`` is not so large.

    Differs from PyTorch: ``grad_fn`` is that of `as_strided`.
    """
    return self.as_strided(src.size(), src.stride(), src.storage_offset())


def _check_resize(self: Tensor, size) -> None:
    if self.requires_grad:
        raise RuntimeError("cannot resize variables that require grad")
    if any(s < 0 for s in size):
        raise RuntimeError("numel: integer multiplication overflow")


def _resized(self: Tensor, size: tuple, wanted) -> Tensor:
    if self._layout.shape != size or wanted is not None:
        memory.resize(self, arrange(self._layout, wanted or contiguous_format, size))
        self._count_write()
    return self


@composite("resize_(Tensor self, size size, *, any memory_format=None)", forms="method")
def resize_(self, size, *, memory_format):
    """Give ``self`` another shape; its memory grows where needed and keeps what it holds."""
    _check_resize(self, size)
    if memory_format is preserve_format:
        raise RuntimeError("Unsupported memory formatPreserve")
    return _resized(self, size, memory_format)


@composite("resize_as_(Tensor self, Tensor the_template, *, any memory_format=None)", forms="function method")
def resize_as_(self, the_template, *, memory_format):
    """Give ``self`` the shape of another tensor; its memory grows where needed."""
    size = the_template._layout.shape
    _check_resize(self, size)
    if memory_format is preserve_format:
        memory.resize(self, layouts.like_layout(the_template._layout))
        self._count_write()
        return self
    return _resized(self, size, memory_format)


def _become(self: Tensor, storage, layout, source: Tensor | None = None) -> Tensor:
    """Make ``self`` a tensor over other memory; tensors over the old memory stay as they were."""
    taped = state.grad and (self.requires_grad or (source is not None and source.requires_grad))
    check_inplace(self, taped, state)
    edges = (edge_of(self), None if source is None else edge_of(source)) if taped else ()
    self._move(storage, layout.flip() if self._layout.flipped else layout, self._dtype)
    self._count_write()
    self._accumulator = None  # graphs that are there keep the old one
    if taped:
        node = Underivable("set_", edges)
        node.add_output(self)
        rebase(self, node)
    return self


def _typed(self: Tensor, source) -> None:
    if self._dtype is not source._dtype:
        raise RuntimeError(
            f"Could not set tensor of type {_set_name(source._dtype)} to a tensor of type {_set_name(self._dtype)}"
        )


def _set_name(d: dtypes.dtype) -> str:
    return {"long": "long int", "short": "short int"}.get(d.cpp, d.cpp)


@composite("set_(Tensor self)", forms="method")
def set_(self):
    """Make ``self`` share the memory (and shape) of another tensor or storage; empty without one."""
    empty = Storage(put(np.zeros(0, self._dtype.np), self.device), layouts.contiguous((0,)), self._dtype, self.device)
    return _become(self, empty, empty.layout)


@composite("set_.tensor(Tensor self, Tensor source)", forms="method")
def set_tensor(self, source):
    _typed(self, source)
    return _become(self, source._storage, source._layout.plain, source)


@composite("set_.part(Tensor self, Tensor source, int storage_offset, int[] size, int[]? stride=None)", forms="method")
def set_part(self, source, storage_offset, size, stride):
    _typed(self, source)
    return _set_part(self, source._storage, storage_offset, size, stride, source)


def _set_part(self: Tensor, storage, offset: int, size: tuple, stride, source: Tensor | None = None) -> Tensor:
    form = layouts.contiguous(size) if not stride else layouts.layout(size, stride)
    layout = form.at(offset)
    needed = layouts.required_size(layout)
    if storage.dtype is self._dtype:
        memory.grow(storage, needed)
    elif needed * self._dtype.itemsize > storage.nbytes:
        raise NotImplementedError("set_ beyond the end of a storage of another dtype")
    return _become(self, storage, layout, source)


@composite("set_.storage(Tensor self, any source)", forms="method")
def set_storage(self, source):
    storage = _storage_of(source)
    count = storage.nbytes // self._dtype.itemsize
    return _become(self, storage, layouts.contiguous((count,)))


@composite("set_.storage_part(Tensor self, any source, int storage_offset, int[] size, int[]? stride=None)",
           forms="method")  # fmt: skip
def set_storage_part(self, source, storage_offset, size, stride):
    return _set_part(self, _storage_of(source), storage_offset, size, stride)


def _storage_of(source) -> Storage:
    if not isinstance(source, (memory.UntypedStorage, memory.TypedStorage)):
        raise TypeError(
            f"set_() received an invalid combination of arguments - got ({type(source).__name__}), "
            "but expected one of:\n"
            " * ()\n * (torch.Storage source)\n * (Tensor source)\n"
        )
    return source._storage


@composite("is_set_to(Tensor self, Tensor tensor)", forms="method")
def is_set_to(self, tensor) -> bool:
    """Whether both are the same window of the same memory; never for conjugates, as in PyTorch."""
    same = self._storage is tensor._storage and self._layout is tensor._layout
    return same and not self._layout.flipped


@function("detach")
def detach(input):
    """The same memory outside the graph: a view that requires no gradient."""
    return input.detach()


@function("detach_")
def detach_(input):
    """Take a tensor itself out of the graph. Returns it."""
    return input.detach_()
