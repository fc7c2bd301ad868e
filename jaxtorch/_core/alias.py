"""View families: who is a view of whom, and autograd's history when one of them is written.

PyTorch's rule, kept here: a write to a view gives its *base* a new history (`CopySlices`), and
every other view of that base finds, when next asked for its ``grad_fn``, that the version has
moved and takes a fresh one (`AsStridedBackward0`) from the base.
"""

from __future__ import annotations

import numpy as np
from jax import lax
from jax import numpy as jnp

from . import errors, modes
from .layout import Layout, contiguous, required_size
from .operand import view_plan
from .spec import ViewSpec, op, registry
from .tape import Node, edge_of
from .tensor import Tensor, alias, wrap


class View:
    """What autograd remembers of a view: its base and the version its ``grad_fn`` is for."""

    __slots__ = ("base", "version", "creation", "origin")

    def __init__(self, base: Tensor, version: int, creation: str | None, origin: str):
        self.base, self.version, self.creation, self.origin = base, version, creation, origin

    def refresh(self, t: Tensor) -> None:
        """Take a new history from the base if the family was written since."""
        now = t._version
        if now == self.version:
            return
        self.version = now
        base = self.base
        if base.requires_grad and t._dtype.category > 1:
            node = AsStrided(base, t)
            t._grad_fn, t._output_nr, t._requires_grad = node, 0, True
        elif t._grad_fn is not None:
            t._grad_fn, t._requires_grad = None, False


# -- the array side: reading and writing one geometry inside another ------------------------------
class Geometry:
    """A view's place in its base: static plans and dynamic starts.

    Where the base is dense the base's own array is the memory; else a flat buffer stands for it.
    """

    __slots__ = ("static", "starts")

    def __init__(self, base: Layout, view: Layout, dtype):
        if base.dense:
            native = base.form
            shift = base.offset
            outer, outer_starts = None, ()
        else:
            low = min(base.offset, view.offset)
            native, shift = contiguous((max(required_size(base), required_size(view)) - low,)), low
            outer, outer_starts = view_plan(native, dtype, base.at(base.offset - shift), dtype) or (None, ())
        found = view_plan(native, dtype, view.at(view.offset - shift), dtype)
        inner, inner_starts = found or (None, ())
        self.static = (native.shape, outer, inner, base.shape)
        self.starts = (np.array(outer_starts, np.int32), np.array(inner_starts, np.int32))


def _memory(base, native_shape, outer, outer_starts):
    if outer is None:
        return base
    return outer.write(lax.full(native_shape, 0, base.dtype), outer_starts, base)


@op("view_read(Tensor self, Tensor outer_starts, Tensor inner_starts, any geometry)", forms="", node="AsStridedBackward0")
def view_read(self, outer_starts, inner_starts, *, geometry):
    native_shape, outer, inner, _ = geometry
    memory = _memory(self, native_shape, outer, outer_starts)
    return memory if inner is None else inner.read(memory, inner_starts)


@op("view_adjoint(Tensor self, Tensor outer_starts, Tensor inner_starts, any geometry)", forms="", node="AsStridedBackward0")
def view_adjoint(self, outer_starts, inner_starts, *, geometry):
    native_shape, outer, inner, base_shape = geometry
    if inner is None:
        memory = self
    else:
        memory = inner.accumulate(lax.full(native_shape, 0, self.dtype), inner_starts, self)
    return memory.reshape(base_shape) if outer is None else outer.read(memory, outer_starts)


@op("view_write(Tensor self, Tensor value, Tensor outer_starts, Tensor inner_starts, any geometry)", forms="", node="CopySlices")
def view_write(self, value, outer_starts, inner_starts, *, geometry):
    native_shape, outer, inner, _ = geometry
    memory = _memory(self, native_shape, outer, outer_starts)
    memory = value if inner is None else inner.write(memory, inner_starts, value)
    return memory if outer is None else outer.read(memory, outer_starts)


def _run(spec_fn, tensors, geometry: Geometry):
    from .dispatch import dispatch

    return dispatch(registry[spec_fn.__name__], [*tensors, *geometry.starts], (geometry.static,))


# -- nodes ----------------------------------------------------------------------------------------
class ViewNode(Node):
    """The node of a view op."""

    def __init__(self, spec: ViewSpec, source: Tensor, args: tuple, edge):
        super().__init__((edge,))
        self.spec, self.args = spec, args
        self.shape, self.layout, self.dtype = source._layout.shape, source._layout, source._dtype
        self._name = spec.node if isinstance(spec.node, str) else spec.node(*args)

    def apply(self, grads):
        spec = self.spec
        if spec.backward is not None:
            if spec.multi:
                grads = [_zeros(meta) if g is None else g for g, meta in zip(grads, self.outputs, strict=True)]
                return (spec.backward(grads, self.shape, *self.args),)
            return (spec.backward(grads[0], self.shape, *self.args),)
        base = contiguous(self.shape)
        layouts = spec.fn(base, *self.args)
        total = None
        for g, l in zip(grads, layouts if spec.multi else [layouts], strict=True):
            if g is not None:
                part = _run(view_adjoint, [g], Geometry(base, l, self.dtype))
                total = part if total is None else total + part
        return (total,)


def _zeros(meta):
    shape, d, device = meta
    return wrap(jnp.zeros(shape, d.np), device)


class AsStrided(Node):
    """The node a view takes from its base after the family was written."""

    _name = "AsStridedBackward0"

    def __init__(self, base: Tensor, t: Tensor):
        super().__init__((edge_of(base),))
        self.geometry = Geometry(base._layout, t._layout, t._dtype)
        self.add_output(t)

    def apply(self, grads):
        return (_run(view_adjoint, grads, self.geometry),)


class CopySlices(Node):
    """The history of a base after one of its views was written by ``inner``."""

    _name = "CopySlices"

    def __init__(self, base: Tensor, view: Tensor, inner: Node):
        # the first edge of ``inner`` is the view itself: its gradient goes into the base's
        super().__init__((edge_of(base), *inner.edges[1:]))
        self.inner = inner
        self.geometry = Geometry(base._layout, view._layout, view._dtype)
        self.add_output(base)

    def apply(self, grads):
        g = grads[0]
        outs = self.inner.apply([_run(view_read, [g], self.geometry)])
        own = outs[0]
        if own is None:
            own = _zeros(self.inner.outputs[0])
        base = _run(view_write, [g, own], self.geometry) if self.edges[0] is not None else None
        return (base, *outs[1:])

    def release(self):
        self.inner.release()


# -- making views ---------------------------------------------------------------------------------
def view(spec: ViewSpec, source: Tensor, args: tuple):
    """Apply a view op: another layout of the same storage, followed by autograd."""
    layouts = spec.fn(source._layout, *args)
    d = source._dtype if spec.dtype is None else spec.dtype(source._dtype, *args)
    if not spec.multi:
        out = alias(source, layouts, d)
        attach(out, source, spec, args)
        return out
    outs = [alias(source, l, d) for l in layouts]
    attach_all(outs, source, spec, args)
    return tuple(outs)


def _creation(source: Tensor, multi: bool) -> str | None:
    state = modes.state
    if source._view is not None and source._view.creation is not None:
        return source._view.creation
    if state.inference:
        return "inference"
    if multi:
        return "multi"
    return None if state.grad else "no_grad"


def attach(out: Tensor, source: Tensor, spec: ViewSpec, args: tuple) -> None:
    """Tie the view ``out`` of ``source`` into its family."""
    parent = source._view
    requires = source.requires_grad
    creation = _creation(source, False)
    out._view = View(source if parent is None else parent.base, out._version, creation, spec.node)
    if requires and modes.state.grad and out._dtype.category > 1:
        node = ViewNode(spec, source, args, edge_of(source))
        node.add_output(out)
        out._grad_fn, out._requires_grad = node, True


def attach_all(outs, source: Tensor, spec: ViewSpec, args: tuple) -> None:
    parent = source._view
    base = source if parent is None else parent.base
    requires = source.requires_grad
    creation = _creation(source, True)
    node = None
    if requires and modes.state.grad and source._dtype.category > 1:
        node = ViewNode(spec, source, args, edge_of(source))
    for number, out in enumerate(outs):
        name = spec.node.partition("Backward")[0]
        out._view = View(base, out._version, creation, f"{number} {name}")
        if node is not None:
            node.add_output(out)
            out._grad_fn, out._output_nr, out._requires_grad = node, number, True


# -- writing --------------------------------------------------------------------------------------
def check_inplace(dest: Tensor, taped: bool, state) -> None:
    """Refuse the in-place writes that autograd cannot follow, with PyTorch's errors."""
    if dest._inference and not state.inference:
        raise RuntimeError(errors.INFERENCE_INPLACE)
    if not taped:
        return
    v = dest._view
    if v is None:
        if dest._requires_grad and dest._grad_fn is None:
            raise RuntimeError(errors.LEAF)
        return
    if v.creation == "multi":
        number, _, name = v.origin.partition(" ")
        raise RuntimeError(errors.MULTI_VIEW.format(number=number, name=name))
    if v.creation is not None:
        mode = "no_grad" if v.creation == "no_grad" else "inference"
        raise RuntimeError(errors.VIEW_FROM_NO_GRAD.format(mode=mode))
    if v.base._requires_grad and v.base._grad_fn is None:
        raise RuntimeError(errors.VIEW_OF_LEAF)


def rebase(dest: Tensor, node: Node | None) -> None:
    """Give ``dest``, just written by ``node``, its new history; its base's too if it is a view."""
    if node is None:
        return
    v = dest._view
    if v is None:
        dest._grad_fn, dest._output_nr, dest._requires_grad = node, 0, True
        return
    base = v.base
    outer = CopySlices(base, dest, node)
    base._grad_fn, base._output_nr, base._requires_grad = outer, 0, True
    v.refresh(dest)
