"""What nested tensors can do beside pointwise operations."""

from __future__ import annotations

import copy

import numpy as np

from .._core import errors, exchange
from .._core import layout as layouts
from .._core.composed import values_of
from .._core.linked import named
from .._core.tensor import Tensor
from .tensor import _SIZES, JAGGED, STRIDED, Jagged, Nested, jagged, node_of, refusal, rule, strided, torch


def _dim_of(t: Nested, dim: int) -> int:
    return layouts.wrap_dim(dim, t.ndim, wrap_scalar=False)


# -- facts ----------------------------------------------------------------------------------------
@rule("size", of=[JAGGED])
def size(_, self, dim=None):
    """The shape, or a size of it."""
    return self.shape if dim is None else self.shape[_dim_of(self, dim)]


@rule("size", of=[STRIDED])
def strided_size(_, self, dim=None):
    """The size of a dim in which components do not differ."""
    if dim is None:
        return self.shape
    dim = _dim_of(self, dim)
    if not dim:
        return len(self._sizes)
    found = {s[dim - 1] for s in self._sizes}
    if len(found) != 1:
        raise RuntimeError(f"Given dimension {dim} is irregular and does not have a size.")
    return found.pop()


@rule("stride", of=[JAGGED])
def stride(_, self, dim=None):
    """How far apart elements are in the values."""
    own = self._parts[-1].stride()
    found = (self._ragged * own[self._dim - 1], *own)
    return found if dim is None else found[_dim_of(self, dim)]


@rule("stride", of=[STRIDED])
def strided_stride(_, self, dim=None):
    raise RuntimeError(_SIZES.format("strides"))


@rule("numel", "nelement")
def numel(_, self) -> int:
    """How many elements the components have."""
    return sum(int(np.prod(s)) for s in self._shapes())


@rule("storage_offset")
def storage_offset(_, self) -> int:
    """Where the values start in their memory."""
    return self._parts[-1].storage_offset()


@rule("is_contiguous")
def is_contiguous(_, self, *args, **kwargs) -> bool:
    """Whether the components fill the values, which lie in order."""
    return not (isinstance(self, Jagged) and self._lengths is not None) and self._parts[-1].is_contiguous()


@rule("is_same_size")
def is_same_size(_, self, other) -> bool:
    """Whether two nested tensors have the same structure."""
    if not (isinstance(self, Nested) and type(self) is type(other)):
        is_, other_is = ("" if isinstance(x, Nested) else "not " for x in (self, other))
        raise RuntimeError(
            f"Expected both self and other to be nested tensors. Self is {is_}nested. While Other is {other_is}nested."
        )
    if isinstance(self, Jagged):
        return tuple(self.shape) == tuple(other.shape)
    return self._shapes() == other._shapes()  # pyright: ignore


@rule("is_pinned", "is_conj", "is_neg", "is_shared")
def _no(_, self, *args) -> bool:
    return False


@rule("positive", "resolve_conj", "resolve_neg")
def positive(_, self):
    """This tensor itself."""
    return self


@rule("values")
def values(_, self):
    """The values, with the history of this tensor; flat, of a strided one."""
    names = {True: "NestedGetValuesBackward0", False: "ValuesBackwardAutogradNestedTensor0"}
    return values_of(self, names[isinstance(self, Jagged)]) if self.requires_grad else self._parts[-1].detach()


@rule("numpy", "__array__")
def numpy(_, self, *args, **kwargs):
    if isinstance(self, Jagged):
        raise RuntimeError(".numpy() is not supported for tensor subclasses.")
    raise RuntimeError(_SIZES.format("sizes"))


# -- components -----------------------------------------------------------------------------------
def _components(self) -> list[Tensor]:
    """The components, with the history of ``self``."""
    return self._split(values_of(self))


@rule("unbind")
def unbind(_, self, dim=0):
    """The components: views of the values."""
    dim = _dim_of(self, dim)
    if dim:
        raise RuntimeError(
            "unbind(): only supported for NestedTensor on dim=0" if isinstance(self, Jagged)
            else f"NestedTensor can only be unbound along dimension 0 got dimension {dim} instead."
        )  # fmt: skip
    return tuple([named(c, "UnbindBackwardAutogradNestedTensor0") for c in _components(self)])


@rule("__iter__")
def iterate(_, self):
    """The components, one after the other."""
    len(self)
    return iter(self.unbind())


@rule("__getitem__")
def getitem(_, self, index):
    """A component, or an element of one."""
    first, *rest = index if isinstance(index, tuple) else (index,)
    if isinstance(first, bool) or not isinstance(first, int):
        if isinstance(self, Jagged) and isinstance(first, slice) and first != slice(None):
            raise RuntimeError("slice(): not supported for NestedTensor on dim=0")
        raise refusal("slice.Tensor", self)
    n = self._layout.shape[0]
    if not -n <= first < n:
        if isinstance(self, Jagged):
            raise IndexError("tuple index out of range")
        raise IndexError(f"index {first} is out of bounds for dimension 0 with size {n}")
    found = self.unbind()[first]
    return found[tuple(rest)] if rest else found


@rule("select")
def select(_, self, dim, index):
    """A component."""
    if _dim_of(self, dim):
        raise refusal("select.int", self)
    return self[index]


@rule("to_padded_tensor")
def to_padded_tensor(_, self, padding, output_size=None):
    """A dense tensor of the components, each padded behind its elements."""
    if isinstance(self, Jagged):
        return named(_padded_rows(self, padding, output_size), "ToPaddedTensorBackward0")
    if not self._sizes:
        raise NotImplementedError("to_padded_tensor of a nested tensor without components")
    shape = [len(self._sizes), *map(max, zip(*self._sizes, strict=True))]
    if output_size is not None:
        if len(output_size) != len(shape):
            raise RuntimeError(
                "Length of output_size does not match NestedTensor dims. Broadcasting is not supported."
            )
        if any(a < b for a, b in zip(output_size, shape, strict=True)):
            raise RuntimeError(
                "Value in output_size is less than NestedTensor padded size. Truncation is not supported."
            )
        shape = list(output_size)
    total, start = self._parts[-1].shape[0], 0
    places = np.full(shape, total)
    for i, s in enumerate(self._sizes):
        places[(i, *map(slice, s))] = np.arange(start, start + int(np.prod(s))).reshape(s)
        start += int(np.prod(s))
    found = _put_between(values_of(self), places, padding).view(shape)
    return named(found, "ToPaddedTensorBackward0")


def _padded_rows(self: Jagged, padding, output_size) -> Tensor:
    if self._lengths is not None:
        raise RuntimeError("to_padded_tensor(): not supported for nested tensors with holes")
    values = values_of(self).movedim(self._dim - 1, 0)
    starts, lengths = self._runs()
    width = self._seqlens.get("max", values.shape[0]) if output_size is None else output_size[self._dim]
    places = np.full((len(starts), width), values.shape[0])
    for i, (a, n) in enumerate(zip(starts, lengths, strict=True)):
        n = min(n, width)
        places[i, :n] = np.arange(a, a + n)
    found = _put_between(values, places, padding).unflatten(0, places.shape)
    return found.movedim(1, self._dim)


def _put_between(values: Tensor, places: np.ndarray, padding) -> Tensor:
    """Rows of ``values`` at ``places``; the one behind the last is padding."""
    behind = torch["full"]((1, *values.shape[1:]), padding, dtype=values.dtype, device=values.device)
    index = exchange.tensor(places.reshape(-1), device=values.device)
    return torch["cat"]([values, behind]).index_select(0, index)


@rule("contiguous")
def contiguous(_, self, **kwargs):
    """This tensor, if its components fill their values in order, or a copy where they do."""
    if self.is_contiguous():
        return self
    return self._joined(_components(self)) if self._lengths is not None else self._like(values_of(self).contiguous())


@rule("detach")
def detach(_, self):
    """The same values outside the graph."""
    return self.detached()


# -- along the last dim ---------------------------------------------------------------------------
@rule("linear")
def linear(func, input, weight, bias=None):
    """Each row times a dense matrix."""
    if not isinstance(input, Nested) or isinstance(weight, Nested) or isinstance(bias, Nested):
        raise refusal("linear", input, weight, bias)
    return input._from_rows(func(input._rows(values_of(input)), weight, bias), "LinearBackward0")


@rule("matmul", "__matmul__")
def matmul(func, self, other):
    """Each row of a jagged tensor times a dense matrix."""
    if isinstance(self, Nested) and not isinstance(other, Nested):
        if not isinstance(self, Jagged):
            raise RuntimeError("Expected both to be nested, but got a nested self and non-nested other")
        if other.ndim == 2 and self._dim < self.ndim - 1:
            return self._from_rows(func(self._rows(values_of(self)), other))
    raise refusal("matmul", self, other)


@rule("layer_norm")
def layer_norm(func, input, normalized_shape, weight=None, bias=None, eps=1e-5):
    """The trailing dims, in which components do not differ, normalised."""
    if not isinstance(input, Nested):
        raise refusal("layer_norm", input, weight, bias)
    over, values = len(normalized_shape), values_of(input)
    if isinstance(input, Jagged):
        if input.ndim - over <= input._dim:
            raise refusal("native_layer_norm", input)  # over the dim in which components differ
        return input._like(func(values, normalized_shape, weight, bias, eps))
    if over > 1:
        raise refusal("native_layer_norm", input)
    return input._from_rows(func(input._rows(values), normalized_shape, weight, bias, eps))


@rule("softmax", "log_softmax")
def softmax(func, self, dim=None, *args, **kwargs):
    """Along a dim of the components."""
    dim = int(self.ndim not in (1, 3)) if dim is None else _dim_of(self, dim)
    if not dim and isinstance(self, Jagged):
        name = func.__name__
        raise RuntimeError(f"{name}(): not supported when reducing across the batch dimension for NestedTensor")
    if not dim:
        raise RuntimeError("Cannot apply softmax across nested dimension 0")
    if isinstance(self, Jagged) and dim != self._dim:
        return self._like(func(values_of(self), dim - 1, *args, **kwargs))
    if dim == self.ndim - 1 and isinstance(self, Nested) and len({s[-1] for s in self._shapes()}) == 1:
        rows = values_of(self)
        if not isinstance(self, Jagged):
            return self._from_rows(func(self._rows(rows), -1, *args, **kwargs))
    made = [func(c, dim - 1, *args, **kwargs) for c in _components(self)]
    return self._joined(made, node_of(made[0]))


@rule("embedding")
def embedding(func, input, weight, *args, **kwargs):
    """Rows of a dense table by nested indices."""
    if isinstance(weight, Nested):
        raise refusal("embedding", input, weight)
    found = func(values_of(input), weight, *args, **kwargs)
    if isinstance(input, Jagged):
        return input._like(found)
    return strided(found.reshape(-1), tuple([(*s, found.shape[-1]) for s in input._sizes]), node_of(found))


# -- reductions -----------------------------------------------------------------------------------
@rule("sum", "mean", "prod", "amax", "amin", "all", "any", "argmax", "argmin", of=[JAGGED])
def reduce(func, self, dim=None, keepdim=False, **kwargs):
    """All elements; along dims of the components; or along that in which they differ, to a dense tensor."""
    name, self = func.__name__, self.contiguous()
    if dim is None or dim == ():
        return func(values_of(self), **kwargs)
    dims = sorted({_dim_of(self, d) for d in (dim if isinstance(dim, (tuple, list)) else (dim,))})
    if 0 in dims and self._dim not in dims:
        raise RuntimeError(
            f"{name}(): reducing along the batch dimension but not the ragged dimension is not supported for nested "
            "tensors"
        )
    if self._dim in dims and dims not in ([self._dim], [0, self._dim]):
        raise RuntimeError(
            f"{name}(): reducing along a ragged and non-batch dimension is not supported for nested tensors"
        )
    if 0 in dims:
        found = func(values_of(self), self._dim - 1, keepdim=keepdim, **kwargs)
        return found.unsqueeze(0) if keepdim else found
    if dims == [self._dim]:
        return torch["stack"]([func(c, self._dim - 1, keepdim=keepdim, **kwargs) for c in _components(self)])
    inner = [d - 1 for d in dims]
    found = func(values_of(self), inner if len(inner) > 1 else inner[0], keepdim=keepdim, **kwargs)
    left = self._dim if keepdim else self._dim - sum(d < self._dim for d in dims)
    return jagged(found, self._parts[0], None, left, self._ragged, self._seqlens)


@rule("max", "min", of=[JAGGED])
def extreme(func, self, *args, **kwargs):
    """The greatest or least of all elements."""
    if args or kwargs:
        raise refusal(func.__name__, self)
    return func(values_of(self.contiguous()))


@rule("sum", of=[STRIDED])
def strided_sum(func, self, dim=None, keepdim=False, **kwargs):
    """Along the last dim, which stays with size 1."""
    if dim is None:
        raise refusal("sum", self)
    dims = [_dim_of(self, d) for d in (dim if isinstance(dim, (tuple, list)) else (dim,))]
    if len(dims) != 1:
        raise RuntimeError("NestedTensor only allows reduction of a single dimension for now.")
    if dims[0] != self.ndim - 1:
        raise RuntimeError(
            f"NestedTensor can only be reduced across the last dimension for now got dimension {dims[0]} instead."
        )
    if not keepdim:
        raise RuntimeError("NestedTensor always requires keepdim=True for now.")
    made = [func(c, -1, keepdim=True, **kwargs) for c in _components(self)]
    return self._joined(made, node_of(made[0]) if made else "")


# -- copies that Python makes ---------------------------------------------------------------------
@rule("__deepcopy__")
def deepcopy(_, self, memo):
    """A leaf with values of its own."""
    if self.grad_fn is not None:
        raise RuntimeError(errors.DEEPCOPY)
    if id(self) not in memo:
        memo[id(self)] = made = _rebuilt(*_facts_of(self, copy.deepcopy(self._parts, memo)))
        if self._grad is not None:
            made._grad = copy.deepcopy(self._grad, memo)
    return memo[id(self)]


@rule("__reduce_ex__")
def reduce_ex(_, self, protocol):
    """How a nested tensor is pickled: its components and facts."""
    return _rebuilt, _facts_of(self, self._parts)


def _facts_of(self, parts) -> tuple:
    facts = (self._dim, dict(self._seqlens)) if isinstance(self, Jagged) else (self._sizes,)
    return isinstance(self, Jagged), parts, facts, self.requires_grad


def _rebuilt(is_jagged: bool, parts, facts, requires_grad: bool):
    """A leaf of these components."""
    if is_jagged:
        dim, seqlens = facts
        made = jagged(parts[-1], parts[0], parts[1] if len(parts) == 3 else None, dim, seqlens=seqlens)
    else:
        made = strided(parts[-1], *facts)
    return made.requires_grad_(requires_grad)
