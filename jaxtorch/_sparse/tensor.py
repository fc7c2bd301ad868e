"""The classes of sparse tensors, their table of operations, and their place in the graph.

A sparse tensor is a pattern (index tensors) and values; both are plain tensors outside the graph, the history is
the sparse tensor's own. An operation is a *rule*: it takes the values out (`values_of`), computes with public ops
and puts the results into a sparse tensor again (`assemble`), so that its gradient follows. What is linear and
needs no pattern says its adjoint instead (`linked`). What has no rule is refused, here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from .._core import dtypes, errors, formats, modes
from .._core.bind import namespaces
from .._core.composed import Composed, declaring
from .._core.layout import contiguous
from .._core.linked import followed, linked
from .._core.tensor import Tensor

torch = namespaces["torch"]
#: name of a public function -> what it does with sparse tensors
COO: dict = {}
COMPRESSED: dict = {}


_rule = declaring(COO, COMPRESSED)


def rule(*names: str, inplace: str = "", of=(COO, COMPRESSED)):
    """Declare what the public functions ``names`` do with sparse tensors; ``inplace``: those of them that also
    have a form that writes their first argument."""

    def declare(fn):
        for name in inplace.split():
            _rule(name + "_", of=of)(_writing(fn, name + "_"))
        return _rule(*names, of=of)(fn)

    return declare


def _writing(fn, name: str):
    @wraps(fn)
    def write(self, *args, **kwargs):
        if not isinstance(self, SparseTensor):
            raise refusal(name, self, *args)
        made, through = fn(self, *args, **kwargs), True
        if isinstance(self, Coo) and name[:3] == "mul":  # as in PyTorch: values of its own, in no known order
            through, made._coalesced = False, made._nnz() < 2 or isinstance(args[0], SparseTensor)
        return become(self, made, through)

    return write


class SparseTensor(Composed):
    """A tensor of which only some elements are stored: a pattern of indices, and values."""

    _kind, _backend = "sparse", "Sparse"
    _values_node = "ValuesBackward0"
    _advice = (
        "Sparse tensors here have the operations that docs/design/0012-sparse.md lists; to_dense() gives a tensor that "
        "has all."
    )
    _read: Callable  # (cotangent) -> its values where this tensor has values; attached by pattern.py
    _table: dict
    # what the two kinds have each in its own way
    _storage: Any
    _parts: Any
    _format: Any
    _coalesced: Any
    _sparse_sizes: Any
    _by_rows: Any

    def __init_subclass__(cls, **kwargs):
        cls.__name__ = cls.__qualname__ = "Tensor"
        cls.__module__ = "torch"  # without the JAX node of plain tensors: see copies.py

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        if cls._leaves_to_others(types):
            return NotImplemented
        table = COMPRESSED if any(issubclass(t, Compressed) for t in types) else COO
        return cls._answer(table, func, args, kwargs or {})

    # -- facts -------------------------------------------------------------------------------------
    @property
    def layout(self) -> formats.layout:
        raise NotImplementedError

    @property
    def is_sparse(self) -> bool:
        return self.layout is formats.sparse_coo

    @property
    def is_sparse_csr(self) -> bool:
        return self.layout is formats.sparse_csr

    @property
    def nbytes(self) -> int:
        return sum(p.nbytes for p in self._parts)

    @Composed.data.setter
    def data(self, other):
        if not isinstance(other, type(self)):
            raise RuntimeError("a sparse tensor's data can be set to one of its own layout only")
        self._parts, self._layout, self._dtype = other._parts, other._layout, other._dtype
        self._take_facts(other)

    retains_grad = property(lambda self: self._retains_grad)
    T = property(lambda self: self.t() if self.ndim == 2 else self.permute(*range(self.ndim)[::-1]))
    H = property(lambda self: self.transpose(0, 1).conj())
    mH = property(lambda self: self.transpose(-2, -1).conj())

    @property
    def real(self):
        """This tensor itself, if it is real."""
        if self.dtype.is_complex:
            raise refusal("real", self)
        return self

    @property
    def imag(self):
        """Refused."""
        if not self.dtype.is_complex:
            raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
        raise refusal("imag", self)

    def _take_facts(self, other) -> None:
        """Take over what is known of the pattern of another tensor."""
        raise NotImplementedError

    # -- what there is no memory for ---------------------------------------------------------------
    def data_ptr(self) -> int:
        raise RuntimeError("Cannot access data pointer of Tensor that doesn't have storage")

    def tolist(self):
        raise RuntimeError("Cannot access data pointer of Tensor that doesn't have storage")

    def _sole(self, name: str):
        if self._layout.numel != 1:
            return getattr(Tensor, name)(self)
        return getattr(self.to_dense(), name)()

    def item(self):
        return self._sole("item")

    def __bool__(self) -> bool:
        return self._sole("__bool__")

    def __float__(self) -> float:
        return self._sole("__float__")

    def __int__(self) -> int:
        return self._sole("__int__")

    def __index__(self) -> int:
        return self._sole("__index__")

    def jax(self):
        """Refused: `to_dense` first."""
        raise NotImplementedError("a sparse tensor is no array: use to_dense().jax(), or values().jax()")


refusal = SparseTensor._refusal


class Coo(SparseTensor):
    """Coordinates (sparse_dim, nnz) and values (nnz, *dense sizes)."""

    _table = COO
    _coalesced = False

    @property
    def layout(self) -> formats.layout:
        return formats.sparse_coo

    def _facts(self) -> tuple:
        return Coo, self._layout, self._coalesced

    def _take_facts(self, other) -> None:
        self._coalesced = other._coalesced

    def _like(self, values, node=""):
        return coo(self._parts[0], values, self._layout.shape, self._coalesced, node)

    @property
    def _sparse_sizes(self) -> tuple:
        return self._layout.shape[: self._parts[0]._layout.shape[0]]


class Compressed(SparseTensor):
    """Rows (or columns) by where they end, the places of what they hold, and values: CSR, CSC, BSR, BSC."""

    _backend, _table = "SparseCsr", COMPRESSED
    _format: formats.layout

    @property
    def layout(self) -> formats.layout:
        return self._format

    def _facts(self) -> tuple:
        return Compressed, self._layout, self._format

    def _take_facts(self, other) -> None:
        self._format = other._format

    def _like(self, values, node=""):
        return compressed(*self._parts[:2], values, self._layout.shape, self._format, node)

    @property
    def _by_rows(self) -> bool:
        return self._format in (formats.sparse_csr, formats.sparse_bsr)

    @property
    def _blocked(self) -> bool:
        return self._format in (formats.sparse_bsr, formats.sparse_bsc)


def coo(indices: Tensor, values: Tensor, shape, coalesced: bool, node: str = "SparseCooTensorBackward0") -> Coo:
    """A COO tensor of these components; its history is that of ``values``, through a node of that name."""
    t = Coo._made(contiguous(tuple(shape)), values._dtype, values.device, (indices.detach(), values.detach()))
    t._coalesced = coalesced
    return _assembled(t, values, node)


def compressed(starts: Tensor, places: Tensor, values: Tensor, shape, form: formats.layout,
               node: str = "SparseCompressedTensorBackward0") -> Compressed:  # fmt: skip
    """A compressed tensor of these components, with the history of ``values``."""
    parts = starts.detach(), places.detach(), values.detach()
    t = Compressed._made(contiguous(tuple(shape)), values._dtype, values.device, parts)
    t._format = form
    return _assembled(t, values, node)


# -- history --------------------------------------------------------------------------------------
def _assembled(t: SparseTensor, values: Tensor, node: str):
    """``t`` with the history of its values: a cotangent is read where the pattern is."""
    if not followed(values):
        return t
    outside = t.detached()
    return linked(t, node, (values, outside._read))


def become(t: SparseTensor, new: Any, through: bool = True) -> SparseTensor:
    """Make ``t`` what ``new`` is. ``through``: by writing its values where the pattern is the same, so that others
    who have them see it."""
    if followed(t) and t._grad_fn is None:
        raise RuntimeError(errors.LEAF)
    if new._dtype is not t._dtype and not dtypes.can_cast(new._dtype, t._dtype):
        raise errors.refused_cast(errors.CAST, new._dtype, t._dtype)
    if new._layout.shape != t._layout.shape:
        raise RuntimeError(f"a sparse tensor of size {list(t.shape)} cannot be written with one of {list(new.shape)}")
    new = new.to(t._dtype)
    with modes.untaped():
        if through and all(_same(a, b) for a, b in zip(t._parts[:-1], new._parts[:-1], strict=True)):
            t._parts[-1].copy_(new._parts[-1])
        else:
            alter(t)
            t._parts = new._parts
    t._take_facts(new)
    t._count_write()
    if modes.state.grad:
        t._grad_fn, t._output_nr, t._requires_grad = new._grad_fn, new._output_nr, new._requires_grad
    return t


def alter(t: SparseTensor) -> None:
    """A sparse tensor is given other components: no recording can stand for that."""
    recorder = modes.state.recorder
    if recorder is not None and id(t) not in recorder.made:
        recorder.settle("a sparse tensor is given other components")
    modes.restructured()


def _same(a: Tensor, b: Tensor) -> bool:
    """Whether two index tensors are one."""
    return a is b or (a._storage is b._storage and a._layout is b._layout)
