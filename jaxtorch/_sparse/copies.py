"""Copies and pickles of sparse tensors, and how JAX's transforms see them."""

from __future__ import annotations

import copy

import jax

from .._core import errors, formats
from .._core.exchange import CORE_FIELDS
from .._core.tensor import Tensor
from .construct import _compressed_of, _coo_of
from .tensor import Compressed, Coo, SparseTensor, compressed, coo, rule

_OWN = {*CORE_FIELDS, "_parts", "_coalesced", "_format"}


@rule("__deepcopy__")
def deepcopy(self, memo):
    """A copy with components of its own."""
    if self.grad_fn is not None:
        raise RuntimeError(errors.DEEPCOPY)
    if id(self) in memo:
        return memo[id(self)]
    made = memo[id(self)] = type(self)._made(self._layout, self._dtype, self.device, ())
    made._parts = tuple(copy.deepcopy(p, memo) for p in self._parts)
    made._take_facts(self)
    made._requires_grad = self._requires_grad
    if self._grad is not None:
        made._grad = copy.deepcopy(self._grad, memo)
    for name, v in self.__dict__.items():
        if name not in _OWN:
            made.__dict__[name] = copy.deepcopy(v, memo)
    return made


@rule("__reduce_ex__")
def reduce_ex(self, protocol):
    """How a sparse tensor is pickled: its components and facts; not that it requires grad, as in PyTorch."""
    facts = self._coalesced if isinstance(self, Coo) else self._format
    state = {k: v for k, v in self.__dict__.items() if k not in _OWN}
    return _rebuilt, (type(self) is Coo, self._parts, tuple(self.shape), facts, state)


def _rebuilt(by_coordinates: bool, parts, shape, facts, state: dict) -> SparseTensor:
    """A leaf of these components."""
    made = coo(*parts, shape, facts) if by_coordinates else compressed(*parts, shape, facts)
    made.__dict__.update(state)
    return made


# -- PyTorch's files ------------------------------------------------------------------------------
def saved_form(t: SparseTensor) -> tuple:
    """(layout, components and facts) as PyTorch's files have them."""
    if isinstance(t, Coo):
        return formats.sparse_coo, (*t._parts, t.shape, t._coalesced)
    return t._format, (*t._parts, t.shape)


def rebuild_sparse_tensor(layout, data) -> SparseTensor:
    """A sparse tensor from a file: its components are checked as those of any."""
    if layout is formats.sparse_coo:
        indices, values, size, *coalesced = data
        return _coo_of(indices, values, tuple(size), bool(coalesced and coalesced[0]), True)
    starts, places, values, size = data
    return _compressed_of(starts, places, values, tuple(size), layout, True)


# -- JAX's transforms -----------------------------------------------------------------------------
def _taken_apart(t: SparseTensor):
    facts = t._coalesced if isinstance(t, Coo) else t._format
    return t._parts, (type(t), tuple(t.shape), facts)


def _put_together(aux, parts):
    cls, shape, facts = aux
    if not all(isinstance(p, Tensor) and "_placeholder" not in p.__dict__ for p in parts):
        return parts  # JAX also rebuilds trees around placeholders
    return coo(*parts, shape, facts) if cls is Coo else compressed(*parts, shape, facts)


def register(cls) -> None:
    """Let JAX's transforms see the components."""
    jax.tree_util.register_pytree_node(cls, _taken_apart, _put_together)


for _cls in (Coo, Compressed):
    register(_cls)
