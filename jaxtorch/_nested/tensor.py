"""Nested tensors: several tensors of one rank, of which some sizes differ, as one.

Their elements lie in one plain tensor, the values. `Jagged` ones differ in one dim: their components follow one
another along it, and offsets say where each starts. `Strided` ones may differ in any dim: each component is a run of
a flat buffer. The values are outside the graph, the history is the nested tensor's own. An operation is a rule: it
takes the values out (`values_of`), computes with public ops and makes results nested again (`_like`), so that its
gradient follows. What has no rule is refused by the mechanism of all composed tensors.
"""

from __future__ import annotations

import itertools
import math
import weakref
from functools import partial
from typing import Any

from .._core import exchange, formats
from .._core.bind import namespaces
from .._core.composed import Composed, declaring, values_of
from .._core.layout import contiguous
from .._core.linked import followed, linked
from .._core.tensor import Size, Tensor

torch = namespaces["torch"]
#: name of a public function -> what it does with nested tensors; takes the function itself first
JAGGED: dict = {}
STRIDED: dict = {}
_SIZES = "Internal error: NestedTensorImpl doesn't support {}. Please file an issue."


rule = declaring(JAGGED, STRIDED)


class Ragged:
    """The size of a dim in which components differ: equal to itself alone, ``j1``."""

    __slots__ = ("number", "factor")

    def __init__(self, number: int, factor: int = 1):
        self.number, self.factor = number, factor

    def __repr__(self) -> str:
        return f"j{self.number}" if self.factor == 1 else f"{self.factor}*j{self.number}"

    def __mul__(self, other):
        return Ragged(self.number, self.factor * other) if isinstance(other, int) else NotImplemented

    __rmul__ = __mul__

    def __eq__(self, other) -> bool:
        return isinstance(other, Ragged) and (self.number, self.factor) == (other.number, other.factor)

    def __hash__(self) -> int:
        return hash((Ragged, self.number, self.factor))


_numbers = itertools.count(1)
_named: dict[int, tuple[weakref.ref, Ragged]] = {}


def ragged_of(source: Tensor) -> Ragged:
    """The size that stands for these offsets (or lengths): one for one tensor."""
    held = _named.get(id(source))
    if held is None or held[0]() is not source:
        key = id(source)
        held = _named[key] = (weakref.ref(source, lambda _: _named.pop(key, None)), Ragged(next(_numbers)))
    return held[1]


class Nested(Composed):
    """Several tensors as one."""

    _kind, _backend = "nested", "NestedTensor"
    _values_node = "NestedGetValuesBackward0"
    _advice = (
        "unbind() gives the tensors that a nested tensor is made of, to_padded_tensor() one that has all operations."
    )
    _table: dict
    _storage: Any
    _parts: Any

    def __init_subclass__(cls, **kwargs):
        pass  # without the JAX node of plain tensors

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        if cls._leaves_to_others(types):
            return NotImplemented
        name = getattr(func, "__name__", "")
        found = cls._table.get(name)
        return cls._answer({} if found is None else {name: partial(found, func)}, func, args, kwargs or {})

    # -- facts -------------------------------------------------------------------------------------
    is_nested = True  # pyright: ignore

    @property
    def nbytes(self) -> int:
        return self._parts[-1].nbytes

    def data_ptr(self) -> int:
        return self._parts[-1].data_ptr()

    def jax(self):
        """Refused: `values` or `to_padded_tensor` first."""
        raise NotImplementedError("a nested tensor is no array: use values().jax(), or to_padded_tensor(0).jax()")

    def item(self):
        if self.numel() != 1:
            raise RuntimeError(f"a Tensor with {self.numel()} elements cannot be converted to Scalar")
        return self.unbind()[0].item() if self.size(0) == 1 else self.values().item()

    def __bool__(self) -> bool:
        if self.numel() > 1:
            raise RuntimeError("Boolean value of Tensor with more than one value is ambiguous")
        return bool(self.values())

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    # what the two kinds have each in its own way
    def _shapes(self) -> list[tuple]:
        """The shapes of the components."""
        raise NotImplementedError

    def _split(self, values: Tensor) -> list[Tensor]:
        """The components of ``values``."""
        raise NotImplementedError

    def _rows(self, values: Tensor) -> Tensor:
        """``values`` so that their last dim is the last of the components, which must be one size."""
        raise NotImplementedError

    def _from_rows(self, rows: Tensor, node: str = "") -> Any:
        """The inverse of `_rows`; the last dim may have another size."""
        raise NotImplementedError

    def _joined(self, components: list[Tensor], node: str = "") -> Any:
        """A nested tensor of the same structure from components."""
        raise NotImplementedError


refusal = Nested._refusal


class Jagged(Nested):
    """Values, in which components follow one another along a dim, and offsets: where each starts. With lengths,
    components end before the next one starts."""

    _table = JAGGED
    _ragged: Ragged
    _dim: int  # the one in which components differ, of the nested tensor
    _seqlens: dict  # what is known of the least and greatest lengths

    @property
    def layout(self) -> formats.layout:
        return formats.jagged

    @property
    def shape(self) -> Size:
        given = list(self._layout.shape)
        given[self._dim] = self._ragged
        return tuple.__new__(Size, given)

    @property
    def _offsets(self) -> Tensor:
        return self._parts[0]

    @property
    def _lengths(self) -> Tensor | None:
        return self._parts[1] if len(self._parts) == 3 else None

    @property
    def _values(self) -> Tensor:
        return self._parts[-1]

    @property
    def _max_seqlen(self) -> int:
        return self._seqlens.setdefault("max", max(self._runs()[1]))

    @property
    def _min_seqlen(self) -> int:
        return self._seqlens.setdefault("min", min(self._runs()[1]))

    def offsets(self) -> Tensor:
        """Where each component starts in the values, and where the last one ends."""
        return self._parts[0]

    def lengths(self) -> Tensor | None:
        """How long each component is; None where they fill the values."""
        return self._lengths

    def _facts(self) -> tuple:
        return Jagged, self._dim, self._ragged, len(self._parts)

    def _runs(self) -> tuple[list[int], list[int]]:
        """(starts, lengths) of the components."""
        starts: Any = self._parts[0].tolist()
        if self._lengths is not None:
            return starts[:-1], self._lengths.tolist()  # pyright: ignore
        return starts[:-1], [b - a for a, b in itertools.pairwise(starts)]

    def _like(self, values, node=""):
        offsets, lengths = self._parts[0], self._lengths
        if values.device != offsets.device:
            offsets, lengths = offsets.to(values.device), None if lengths is None else lengths.to(values.device)
        return jagged(values, offsets, lengths, self._dim, self._ragged, self._seqlens, node)

    def _shapes(self):
        before, after = self._layout.shape[1 : self._dim], self._layout.shape[self._dim + 1 :]
        return [(*before, n, *after) for n in self._runs()[1]]

    def _split(self, values):
        (starts, lengths), dim = self._runs(), self._dim - 1
        if self._lengths is None and sum(lengths) != values.shape[dim]:
            raise RuntimeError(
                f"split_with_sizes expects split_sizes to sum exactly to {values.shape[dim]} (input tensor's size at "
                f"dimension {dim}), but got split_sizes={lengths}"
            )
        return [values.narrow(dim, a, n) for a, n in zip(starts, lengths, strict=True)]

    def _rows(self, values):
        if self._dim == self.ndim - 1:
            raise NotImplementedError("an operation along the last dim of a nested tensor, in which components differ")
        return values

    def _from_rows(self, rows, node=""):
        return self._like(rows, node)

    def _joined(self, components, node=""):
        values = torch["cat"](components, self._dim - 1)
        if self._lengths is None:
            return self._like(values, node)
        return jagged(values, offsets_of([c.shape[self._dim - 1] for c in components], values), None, self._dim)

    def tolist(self):
        raise RuntimeError(".tolist() is not supported for tensor subclasses, got NestedTensor")

    def __len__(self) -> int:
        return self._layout.shape[0]


class Strided(Nested):
    """A flat buffer, in which components follow one another, and their sizes."""

    _table = STRIDED
    _sizes: tuple[tuple[int, ...], ...]

    @property
    def layout(self) -> formats.layout:
        return formats.strided

    @property
    def shape(self) -> Size:
        raise RuntimeError(_SIZES.format("sizes"))

    def _facts(self) -> tuple:
        return Strided, self._sizes

    def _like(self, values, node=""):
        return strided(values, self._sizes, node)

    def _shapes(self):
        return list(self._sizes)

    def _split(self, values):
        ends = itertools.accumulate(map(math.prod, self._sizes), initial=0)
        return [values.narrow(0, a, math.prod(s)).view(s) for a, s in zip(ends, self._sizes, strict=False)]

    def _rows(self, values):
        last = {s[-1:] for s in self._sizes}
        if len(last) != 1 or last == {()}:
            raise NotImplementedError("an operation along the last dim of a nested tensor, in which components differ")
        return values.view(-1, *last.pop())

    def _from_rows(self, rows, node=""):
        sizes = tuple([(*s[:-1], rows.shape[-1]) for s in self._sizes])
        return strided(rows.reshape(-1), sizes, node or node_of(rows))

    def _joined(self, components, node=""):
        sizes = tuple([tuple(c.shape) for c in components])
        return strided(torch["cat"]([c.reshape(-1) for c in components]), sizes, node)

    def tolist(self):
        raise RuntimeError(_SIZES.format("strides"))

    def __len__(self) -> int:
        raise RuntimeError(_SIZES.format("sizes"))


Jagged.__name__ = Jagged.__qualname__ = "NestedTensor"
Jagged.__module__ = "torch.nested._internal.nested_tensor"
Strided.__name__ = Strided.__qualname__ = "Tensor"
Strided.__module__ = "torch"


# -- making ---------------------------------------------------------------------------------------
def offsets_of(lengths: list[int], beside: Tensor) -> Tensor:
    """Where components of these lengths start and end, on the device of ``beside``."""
    return exchange.tensor(list(itertools.accumulate(lengths, initial=0)), device=beside.device)


def jagged(values: Tensor, offsets: Tensor, lengths: Tensor | None, dim: int = 1, ragged: Ragged | None = None,
           seqlens: dict | None = None, node: str = "") -> Jagged:  # fmt: skip
    """A nested tensor of these components, with the history of ``values``.

    Args:
        dim: the one in which components differ, of the nested tensor: one more than that of ``values``.
        node: the name of the step of the graph; by default that of the step that made ``values``.
    """
    parts = (offsets, values.detach()) if lengths is None else (offsets, lengths, values.detach())
    shape = offsets._layout.shape[0] - 1, *values._layout.shape
    t = Jagged._made(contiguous(shape), values._dtype, values.device, parts)
    t._dim, t._seqlens = dim, {} if seqlens is None else seqlens
    t._ragged = ragged or ragged_of(offsets if lengths is None else lengths)
    return _assembled(t, values, node)


def strided(values: Tensor, sizes: tuple, node: str = "") -> Strided:
    """A nested tensor of components of these sizes, one after the other in flat ``values``, with their history."""
    ranks = [sum(s) if len(set(s)) > 1 else s[0] for s in zip(*sizes, strict=True)]
    t = Strided._made(contiguous((len(sizes), *ranks)), values._dtype, values.device, (values.detach(),))
    t._sizes = sizes
    return _assembled(t, values, node)


# -- history --------------------------------------------------------------------------------------
def node_of(t: Tensor) -> str:
    """The name of the step of the graph that made ``t``."""
    return "" if t.grad_fn is None else type(t.grad_fn).__name__


def _values_in(g: Tensor) -> Tensor:
    """The values of a cotangent of a nested tensor."""
    if not isinstance(g, Nested):
        raise NotImplementedError("the gradient of a nested tensor must be nested")
    return values_of(g)


def _assembled(t: Nested, values: Tensor, node: str):
    if not followed(values):
        return t
    return linked(t, node or node_of(values) or "NestedViewFromJaggedBackward0", (values, _values_in))
