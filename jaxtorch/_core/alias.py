"""View families: who is a view of whom, and autograd's history when one of them is written.

PyTorch's rule, kept here: a write to a view gives its *base* a new history (`CopySlices`), and
every other view of that base finds, when next asked for its ``grad_fn``, that the version has
moved and takes a fresh one (`AsStridedBackward0`) from the base.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from jax import lax
from jax import numpy as jnp

from . import dtypes, errors, modes
from .layout import Layout, contiguous, layout, required_size
from .operand import view_plan
from .spec import ViewSpec, op, registry
from .storage import put
from .tape import Node, edge_of, short_name
from .tensor import Tensor, alias, wrap


class View:
    """What autograd remembers of a view: its base and the version its ``grad_fn`` is for.

    ``creation`` says why it may not be written while gradients are recorded: "multi" (one of
    several outputs), "no_grad", "inference", "custom" (returned by a custom Function), or None.
    """

    __slots__ = ("base", "version", "creation")

    def __init__(self, base: Tensor, version: int, creation: str | None, _origin: str | None = None):
        self.base, self.version, self.creation = base, version, creation

    def refresh(self, t: Tensor) -> None:
        """Take a new history from the base if the family was written since."""
        base = self.base
        if t._grad_fn is None and not base._requires_grad:
            return
        now = t._writes
        if now == self.version:
            return
        if self.creation is not None:
            refuse_write(t, indirect=True)
        self.version = now
        t._grad_fn, t._output_nr, t._requires_grad = AsStrided(base, t), 0, True


def refuse_write(t: Tensor, indirect: bool = False):
    """Raise PyTorch's error for a write to a view that autograd cannot follow."""
    node = t._grad_fn
    name = None if node is None else short_name(node.name())
    raise RuntimeError(errors.view_written(t._view.creation, name, t._output_nr, indirect))


# -- the array side: reading and writing one geometry inside another ------------------------------
class Geometry:
    """A view's place in its base: static plans and dynamic starts.

    Where the base is dense the base's own array is the memory; else a flat buffer stands for it.
    """

    __slots__ = ("static", "starts")

    def __init__(self, base: Layout, view: Layout, d: dtypes.dtype, view_dtype: dtypes.dtype | None = None):
        target = view_dtype or d
        first, last = base.offset * d.itemsize, (base.offset + base.numel) * d.itemsize
        inside = first <= view.offset * target.itemsize and required_size(view) * target.itemsize <= last
        whole = base.dense and (inside or not view.numel)  # else one of them has moved since (.data)
        # offsets are counted in elements: a complex view of real memory has half as many
        low = base.offset if whole else min(base.offset, view.offset * target.itemsize // d.itemsize)
        view_low, rest = divmod(low * d.itemsize, target.itemsize)
        if rest:
            raise NotImplementedError("autograd of a complex view at an odd offset of a detached base")
        view = layout(view.shape, view.stride, view.offset - view_low if view.numel else 0, view.flipped)
        outer, outer_starts = None, ()
        if whole and not base.flipped:
            native = base.form
        elif whole:
            native, (outer, outer_starts) = base.form, view_plan(base.form, d, base.form.flip(), d)
        else:
            base = layout(base.shape, base.stride, base.offset - low, base.flipped)
            reached = -(-required_size(view) * target.itemsize // d.itemsize)
            native = contiguous((max(required_size(base), reached),))
            outer, outer_starts = view_plan(native, d, base, d) or (None, ())
        inner, inner_starts = view_plan(native, d, view, target) or (None, ())
        self.static = (native.shape, outer, inner, base.shape, d, not base.dense and _overlaps(base))
        self.starts = (np.array(outer_starts, np.int32), np.array(inner_starts, np.int32))


def _overlaps(layout: Layout) -> bool:
    """Whether two elements may lie at one place: by PyTorch's rule, which looks no further than needed."""
    reached = 0
    for step, size in sorted(zip(layout.stride, layout.shape, strict=True)):
        if size > 1:
            if step <= reached:
                return True
            reached += step * (size - 1)
    return False


def _memory(base, native_shape, outer, outer_starts):
    if outer is None:
        return base
    return outer.write(lax.full(native_shape, 0, base.dtype), outer_starts, base)


@op("view_read(Tensor self, Tensor outer_starts, Tensor inner_starts, any geometry)",
    forms="", node="AsStridedBackward0")  # fmt: skip
def view_read(self, outer_starts, inner_starts, *, geometry):
    native_shape, outer, inner, *_ = geometry
    memory = _memory(self, native_shape, outer, outer_starts)
    return memory if inner is None else inner.read(memory, inner_starts)


@op("view_adjoint(Tensor self, Tensor outer_starts, Tensor inner_starts, any geometry)",
    forms="", node="AsStridedBackward0")  # fmt: skip
def view_adjoint(self, outer_starts, inner_starts, *, geometry):
    native_shape, outer, inner, base_shape, d, overlapping = geometry
    memory = self
    if inner is not None:
        memory = inner.accumulate(lax.full(native_shape, 0, d.np), inner_starts, self)
    if overlapping:
        # each place of the memory shares its gradient among the elements of the base that are it
        ones = lax.full(base_shape, 1, d.np)
        counts = outer.accumulate(lax.full(native_shape, 0, d.np), outer_starts, ones)
        memory = memory / jnp.where(counts == 0, 1, counts)
    return memory.reshape(base_shape) if outer is None else outer.read(memory, outer_starts)


@op("view_write(Tensor self, Tensor value, Tensor outer_starts, Tensor inner_starts, any geometry)",
    forms="", node="CopySlices")  # fmt: skip
def view_write(self, value, outer_starts, inner_starts, *, geometry):
    native_shape, outer, inner, *_ = geometry
    memory = _memory(self, native_shape, outer, outer_starts)
    memory = value if inner is None else inner.write(memory, inner_starts, value)
    return memory if outer is None else outer.read(memory, outer_starts)


def _run(spec_fn, tensors, geometry: Geometry):
    from .dispatch import dispatch

    return dispatch(registry[spec_fn.__name__], [*tensors, *geometry.starts], (geometry.static,))


# -- nodes ----------------------------------------------------------------------------------------
class ViewNode(Node):
    """The node of a view op."""

    of_view = True

    def __init__(self, spec: ViewSpec, layout: Layout, d: dtypes.dtype, args: tuple, edge):
        super().__init__((edge,))
        self.spec, self.args, self.layout, self.dtype = spec, args, layout, d

    def apply(self, grads):
        spec, shape = self.spec, self.layout.shape
        if spec.backward is not None:
            if spec.multi:
                grads = [zeros_of(meta) if g is None else g for g, meta in zip(grads, self.outputs, strict=True)]
                return (spec.backward(grads, shape, *self.args),)
            return (spec.backward(grads[0], shape, *self.args),)
        base = self.layout.plain if spec.absolute else contiguous(shape)
        view = spec.fn(base, *self.args)
        return (_run(view_adjoint, grads, Geometry(base, view, self.dtype)),)


@cache
def node_class(name: str) -> type:
    """The class of view nodes called ``name`` (``type(y.grad_fn).__name__`` is PyTorch's)."""
    return type(name, (ViewNode,), {"_name": name, "__module__": "builtins"})


def zeros_of(meta):
    shape, d, device = meta
    return wrap(put(np.zeros(shape, d.np), device), device)


class AsStrided(Node):
    """The node a view takes from its base after the family was written."""

    of_view = True
    _name = "AsStridedBackward0"

    def __init__(self, base: Tensor, t: Tensor):
        super().__init__((edge_of(base),))
        self.geometry = Geometry(base._layout, t._layout, base._dtype, t._dtype)
        self.add_output(t)

    def apply(self, grads):
        return (_run(view_adjoint, grads, self.geometry),)


AsStrided.__name__ = AsStrided._name


class CopySlices(Node):
    """The history of a base after one of its views was written by ``inner``."""

    _name = "torch::autograd::CopySlices"

    def __init__(self, base: Tensor, view: Tensor, inner: Node):
        # the first edge of ``inner`` is the view itself: its gradient goes into the base's
        super().__init__((edge_of(base), *inner.edges[1:]))
        self.inner = inner
        self.geometry = Geometry(base._layout, view._layout, base._dtype, view._dtype)
        self.refusal = self._refuse(base, view)
        self.overlapping = view._layout.overlapping
        self.add_output(base)

    @staticmethod
    def _refuse(base: Tensor, view: Tensor) -> str | None:
        """Why the view's place cannot be found in a gradient laid out as the base, if it cannot.

        So it is where one of them has moved to other memory (``.data =``) since the view was made.
        """
        if base._layout.overlapping:
            return errors.OVERLAP
        if view._dtype is not base._dtype or view._layout.flipped is not base._layout.flipped:
            return None  # the view is made again from the gradient: no offsets
        place, offset = view._layout, view._layout.offset - base._layout.offset
        if offset < 0:
            return f"Tensor: invalid storage offset {offset}"
        size = base._dtype.itemsize
        needed, have = required_size(place.at(offset)) * size, required_size(base._layout.at(0)) * size
        if needed > have:
            return str(errors.out_of_storage(place.shape, place.stride, offset, base._dtype, needed, have))
        return None

    def apply(self, grads):
        if self.inner is None:
            raise RuntimeError(errors.FREED)
        if self.refusal is not None:
            raise RuntimeError(self.refusal)
        g = grads[0]
        outs = self.inner.apply([_run(view_read, [g], self.geometry)])
        base = None
        if self.edges[0] is not None:
            if self.overlapping:
                raise RuntimeError(errors.OVERLAP)
            own = zeros_of(self.inner.outputs[0]) if outs[0] is None else outs[0]
            base = _run(view_write, [g, own], self.geometry)
        return (base, *outs[1:])

    def release(self):
        self.inner = None


# -- making views ---------------------------------------------------------------------------------
def settle(source: Tensor) -> None:
    """Refuse a history that autograd cannot follow before anything else is looked at."""
    if source._view is not None and modes.state.grad and source.requires_grad:
        source._view.refresh(source)


def view(spec: ViewSpec, source: Tensor, args: tuple = ()):
    """Apply a view op: another layout of the same storage (or several), followed by autograd."""
    settle(source)
    if spec.check is not None:
        spec.check(source, *args)
    layout = source._layout
    layouts = spec.fn(layout.plain if layout.flipped else layout, *args)
    if spec.multi:
        return _several(spec, source, args, layouts)
    return derive(spec, source, args, layouts)


def derive(spec: ViewSpec, source: Tensor, args: tuple, layout: Layout) -> Tensor:
    """The view of ``source`` at ``layout``, tied into its family as ``spec(source, *args)``.

    ``layout`` is relative to how ``source`` reads its memory: flipped where the view itself flips.
    """
    d = source._dtype if spec.dtype is None else spec.dtype(source._dtype)
    if source._layout.flipped:
        layout = layout.flip()
    out = alias(source, layout, d)
    if not spec.tracked:
        if modes.state.grad and source.requires_grad:
            _connect(spec, source, args, (out,), d)
        return out
    parent = source._view
    state = modes.state
    creation = None if state.grad else "no_grad"
    if parent is None:
        base = source
    else:
        base = parent.base
        if creation is None:
            creation = parent.creation
    if state.unusual and state.inference:
        creation = "inference"
    out._view = View(base, out._writes, creation)
    if state.grad and (source._requires_grad or base._requires_grad):
        _connect(spec, source, args, (out,), d)
    return out


def _several(spec: ViewSpec, source: Tensor, args: tuple, layouts) -> tuple:
    d = source._dtype
    if source._layout.flipped:
        layouts = [l.flip() for l in layouts]
    outs = tuple([alias(source, l, d) for l in layouts])
    state = modes.state
    if spec.tracked:
        parent = source._view
        base = source if parent is None else parent.base
        creation = "inference" if state.inference else "multi" if state.grad else "no_grad"
        version = source._writes
        for out in outs:
            out._view = View(base, version, creation)
    if state.grad and source.requires_grad:
        _connect(spec, source, args, outs, d)
    return outs


def _connect(spec: ViewSpec, source: Tensor, args: tuple, outs: tuple, d: dtypes.dtype) -> None:
    """Hang the node of ``spec(source, *args)`` on the views it made."""
    if modes.state.unusual and modes.state.recorder is not None:
        modes.state.recorder.reads((source,))
    node = node_class(spec.node)(spec, source._layout, source._dtype, args, edge_of(source))
    if not spec.tracked:
        node.of_view = False
    where = source._storage.device
    for number, out in enumerate(outs):
        node.outputs.append((out._layout.shape, d, where))
        out._grad_fn, out._requires_grad = node, True
        if number:
            out._output_nr = number


def reshape_inplace(spec: ViewSpec, t: Tensor, args: tuple) -> Tensor:
    """Make ``t`` itself the view ``spec(t, *args)``: ``t_``, ``unsqueeze_`` and their kin."""
    state = modes.state
    taped = state.grad and t.requires_grad
    check_inplace(t, taped, state)
    if spec.inplace_check is not None:
        spec.inplace_check(t, *args)
    if state.recorder is not None:
        state.recorder.alters(t, "the shape")
    layout = spec.fn(t._layout.plain, *args)
    if t._layout.flipped:
        layout = layout.flip()
    node = None
    if taped:
        node = node_class(spec.inplace_node)(spec, t._layout, t._dtype, args, edge_of(t))
        node.outputs.append((layout.shape, t._dtype, t._storage.device))
    t._layout = layout
    t._count_write()
    if node is not None:
        t._grad_fn, t._output_nr, t._requires_grad = node, 0, True
        if t._view is not None:
            t._view.version = t._writes
    return t


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
    if v.creation is not None:
        refuse_write(dest)
    if v.base._grad_fn is None and dest.requires_grad:
        raise RuntimeError(errors.VIEW_OF_LEAF)
    if dest.requires_grad and dest.grad_fn is None:
        raise RuntimeError(errors.LEAF)


def check_overlap(dest: Tensor, other: Tensor, spec, operands, same: bool = True) -> None:
    """Refuse that ``spec`` writes ``dest`` while reading ``other``, which shares part of its memory.

    As PyTorch, only dense layouts are looked at, and reading exactly what is written is fine (if ``same``).
    """
    a, b = dest._layout, other._layout
    if not (a.dense and b.dense and a.numel and b.numel):
        return
    start, other_start = a.offset * dest._dtype.itemsize, b.offset * other._dtype.itemsize
    end, other_end = start + dest.nbytes, other_start + other.nbytes
    if same and start == other_start and end == other_end and a.stride == b.stride:
        return
    if start < other_end and other_start < end:
        if spec.check_first is not None:
            spec.check_first(*operands)
        raise RuntimeError(errors.PARTIAL_OVERLAP)


def rebase(dest: Tensor, node: Node | None) -> None:
    """Give ``dest``, just written by ``node``, its new history; its base's too if it is a view."""
    if node is None or dest._dtype.category < 2:
        return
    v = dest._view
    base = dest if v is None else v.base
    if modes.state.unusual and modes.state.recorder is not None:
        modes.state.recorder.rebases(base)
    if base._storage.watched:
        modes.restructured()
    if v is None:
        dest._grad_fn, dest._output_nr, dest._requires_grad = node, 0, True
        return
    outer = CopySlices(base, dest, node)
    base._grad_fn, base._output_nr, base._requires_grad = outer, 0, True
    v.version = -1  # whatever the version is now, the next look takes the new history
