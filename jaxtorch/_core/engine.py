"""The backward walk: from roots to leaves, latest node first, each node once.

PyTorch's order and rules: nodes run in the reverse of the order they were recorded, a node runs
when all cotangents that reach it have arrived, hooks see (and may replace) what flows, and a
leaf's ``.grad`` accumulates in place unless the backward itself is taped.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import warnings

import numpy as np
from jax.core import Tracer

from . import devices, modes
from .composed import Composed, accumulated, add_gradients, carrier
from .layout import contiguous
from .spec import registry
from .storage import put
from .tape import Node, edge_of
from .tensor import Size, Tensor, wrap, wrap_as


def add(a: Tensor, b: Tensor) -> Tensor:
    from .dispatch import dispatch

    if isinstance(a, Composed) or isinstance(b, Composed):
        return add_gradients(a, b)
    return dispatch(registry["add"], (a, b, 1))


class Capture:
    """The edges whose gradients are wanted: returned, or (``accumulate``) added where they belong.

    ``ends``: the walk goes no further than to these edges, where it otherwise goes on to those behind.
    """

    def __init__(self, edges, accumulate: bool = False, ends: bool = False):
        self.accumulate, self.ends = accumulate, ends
        self.at: dict[Node, list] = {}
        for position, edge in enumerate(edges):
            if edge is not None:
                self.at.setdefault(edge[0], []).append((edge[1], position))
        self.found: list = [None] * len(edges)


class Walk:
    """What hooks may ask of the backward they run in."""

    numbers = itertools.count()

    def __init__(self, reached, running):
        self.number = next(self.numbers)
        self.reached, self.running = reached, running
        self.grads: list = []  # the cotangents of the node that runs

    def runs(self, node: Node) -> bool:
        """Whether the gradient of ``node``'s outputs is computed."""
        return node in self.reached and (self.running is None or node in self.running)


class _Current(threading.local):
    walk: Walk | None = None


current = _Current()


def backward(roots, cotangents, retain_graph: bool, create_graph: bool, capture: Capture | None = None):
    """Run the graph from ``roots`` (edges) with ``cotangents`` (tensors).

    Without ``capture`` every reachable leaf accumulates; with it only the nodes that lead to the
    captured edges run.
    """
    state = modes.state
    buffers: dict[Node, list] = {}
    pending: dict[Node, int] = {}
    _count(roots, pending)
    running = captured = None
    if capture is not None:
        running = _leading_to(roots, capture.at, capture.at if capture.ends else ())
        if capture.accumulate:
            running.update(capture.at)
        else:
            captured = capture.at
    heap: list = []
    for edge, g in zip(roots, cotangents, strict=True):
        if edge is not None:
            _deliver(buffers, edge, g)
    if state.unusual and state.recorder is not None:
        state.recorder.starts_backward(pending)
    order = itertools.count()  # of equals, the first to be ready runs first
    for node in dict.fromkeys(e[0] for e in roots if e is not None):
        if pending[node] == 0:
            heapq.heappush(heap, (-node.sequence, next(order), node))
    reached = running if captured is None else {*running, *captured}
    outer, walk = current.walk, Walk(pending, reached)
    current.walk = walk
    previous, state.grad = state.grad, create_graph
    try:
        while heap:
            node = heapq.heappop(heap)[2]
            grads = buffers.pop(node, None)
            if grads is None:
                grads = [None] * len(node.outputs)
            runs = running is None or node in running
            if captured is not None and node in captured:
                grads = _take(node, grads, capture, runs)
            if runs:
                walk.grads = grads
                outs = _run(node, grads)
            else:
                outs = (None,) * len(node.edges)
            for edge, g in zip(node.edges, outs, strict=True):
                if edge is None:
                    continue
                target = edge[0]
                if g is not None:
                    try:
                        _deliver(buffers, edge, g)
                    except _Unfit as e:
                        raise RuntimeError(e.text(node, [out is g for out in outs].index(True))) from None
                pending[target] -= 1
                if pending[target] == 0:
                    heapq.heappush(heap, (-target.sequence, next(order), target))
            if runs and not retain_graph:
                node.release()  # not before: a node whose gradients are refused keeps what it saved
    finally:
        state.grad = previous
        current.walk = outer
    if state.segment is not None:
        state.segment.after_backward()


def _count(roots, pending) -> None:
    """How many edges lead into each reachable node."""
    stack = [e[0] for e in roots if e is not None]
    for node in stack:
        pending.setdefault(node, 0)
    seen = set(stack)
    stack = list(seen)
    while stack:
        for edge in stack.pop().edges:
            if edge is None:
                continue
            target = edge[0]
            pending[target] = pending.get(target, 0) + 1
            if target not in seen:
                seen.add(target)
                stack.append(target)


def _leading_to(roots, targets, ends=()) -> set:
    """The nodes from which some target can be reached, without passing through ``ends``."""
    order, seen, stack = [], set(), [(e[0], False) for e in roots if e is not None]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
            continue
        if node in seen or node in ends:
            continue
        seen.add(node)
        stack.append((node, True))
        stack.extend((e[0], False) for e in node.edges if e is not None and e[0] not in seen)
    leading: set = set()
    for node in order:
        for e in node.edges:
            if e is not None and (e[0] in leading or e[0] in targets):
                leading.add(node)
                break
    return leading


def _deliver(buffers, edge, g: Tensor) -> None:
    node, number = edge
    slots = buffers.get(node)
    if slots is None:
        slots = buffers[node] = [None] * len(node.outputs)
    if g._layout.shape != node.outputs[number][0] or g._dtype is not node.outputs[number][1]:
        g = _conform(g, node, number)
    held = slots[number]
    slots[number] = g if held is None else add(held, g)


class _Unfit(Exception):
    """A gradient cannot be summed to the shape of the value it belongs to."""

    def text(self, made: Node, number: int) -> str:
        given, wanted = self.args
        return (
            f"Function {made.name()} returned an invalid gradient at index {number} - got {list(given)} but "
            f"expected shape compatible with {list(wanted)}"
        )


def _conform(g: Tensor, node: Node, number: int) -> Tensor:
    """A gradient in the shape and dtype of the value it belongs to."""
    shape, d, _ = node.outputs[number]
    if g._layout.shape != shape:
        given = g._layout.shape
        if len(given) < len(shape) or any(n not in (1, m) for n, m in zip(reversed(shape), reversed(given))):  # noqa: B905
            raise _Unfit(given, shape)
        g = g.sum_to_size(shape)
    if g._dtype is not d and d is not None:
        if g._dtype.is_complex and not d.is_complex:
            g = g.real
        g = g.to(d)
    return g


def _take(node: Node, grads, capture: Capture, runs: bool):
    """Give the captured gradients out. As in PyTorch, tensor hooks come first only at a node that
    does not run itself; where the walk ends, they are for whoever goes on from there."""
    if not runs and not capture.ends:
        grads = _tensor_hooks(node, grads)
    for number, position in capture.at[node]:
        capture.found[position] = grads[number]
    return grads


def _tensor_hooks(node: Node, grads):
    """Run the hooks of the tensors whose cotangents ``grads`` are, then keep what retain_grad asks."""
    for number, hooks in node.pre_hooks.items():
        grads[number] = _hooked(hooks, grads[number])
    for number, ref in node.retain.items():
        t, g = ref(), grads[number]
        if t is not None and g is not None:
            t._grad = _copy(g, contiguous(g._layout.shape)) if t._grad is None else add(t._grad, g)
    return grads


def _run(node: Node, grads):
    grads = _tensor_hooks(node, grads)
    for hook in list(node.node_pre_hooks.values()):
        result = hook(tuple(grads))
        if result is not None:
            grads = _checked_all(hook, grads, result)
    outs = None
    if not node.accepts_absent:
        for g in grads:
            if g is not None:
                break
        else:
            outs = (None,) * len(node.edges)
    if outs is None:
        outs = _watched(node, grads) if modes.state.anomaly else node.apply(grads)
    for hook in list(node.post_hooks.values()):
        result = hook(tuple(outs), tuple(grads))
        if result is not None:
            outs = _checked_all(hook, outs, result)
    return outs


def _hooked(hooks, g: Tensor | None):
    """``g`` after the hooks of a tensor."""
    for hook in list(hooks.values()):
        result = hook(g)
        if result is not None and result is not g:
            _check_result(hook, g, result)
            g = result
    return g


def _name_of(hook) -> str:
    return getattr(hook, "__name__", "<unknown>")


def _check_result(hook, given: Tensor | None, result) -> None:
    """Refuse what a hook may not put in the place of a gradient, with PyTorch's errors."""
    if result is None:
        return
    if given is None:
        raise RuntimeError("can't replace a None gradient with a non-None value")
    if not isinstance(result, Tensor):
        raise TypeError(f"expected Variable, but hook returned '{type(result).__name__}'")
    if result._dtype is not given._dtype or result._storage.device is not given._storage.device:
        raise RuntimeError(
            f"hook '{_name_of(hook)}' has changed the type of value (was {given.type()} got {result.type()})"
        )
    if result._layout.shape != given._layout.shape:
        raise RuntimeError(f"hook '{_name_of(hook)}' has changed the size of value")


def _checked_all(hook, given, result) -> list:
    """The gradients that a node's hook puts in the place of ``given``."""
    if not isinstance(result, tuple):
        raise TypeError(f"expected tuple, but hook returned '{type(result).__name__}'")
    if len(result) != len(given):
        raise RuntimeError(
            f"hook '{_name_of(hook)}' has returned an incorrect number of values (got {len(result)}, "
            f"but expected {len(given)})"
        )
    for g, r in zip(given, result, strict=True):
        _check_result(hook, g, r)
    return list(result)


def _watched(node: Node, grads):
    """``node.apply(grads)`` under detect_anomaly."""
    previous, modes.state.evaluating = modes.state.evaluating, node
    try:
        outs = node.apply(grads)
        for i, g in enumerate(outs):
            if g is not None and modes.state.anomaly_check_nan and bool(np.isnan(carrier(g)._host()).any()):
                raise RuntimeError(f"Function '{node.name()}' returned nan values in its {i}th output.")
        return outs
    except Exception:
        _tell_anomaly(node)
        raise
    finally:
        modes.state.evaluating = previous


def _tell_anomaly(node: Node) -> None:
    """Warn of where the node that failed was made, and the nodes whose backward made it."""
    if node.trace is None:
        warnings.warn(
            f"Error detected in {node.name()}. No forward pass information available. Enable detect anomaly "
            "during forward pass for more information.",
            stacklevel=2,
        )
        return
    stack, parent = node.trace
    warnings.warn(
        f"Error detected in {node.name()}. Traceback of forward call that caused the error:\n{stack}",
        stacklevel=2,
    )
    while parent is not None:
        if parent.trace is None:
            warnings.warn(
                f"\n\nPrevious calculation was induced by {parent.name()}. No forward pass information "
                "available. Enable detect anomaly during forward pass for more information.",
                stacklevel=2,
            )
            return
        stack, above = parent.trace
        warnings.warn(
            f"\n\nPrevious calculation was induced by {parent.name()}. Traceback of forward call that "
            f"induced the previous calculation:\n{stack}",
            stacklevel=2,
        )
        parent = above


def accumulate(variable: Tensor, g: Tensor | None) -> None:
    """Add ``g`` to ``variable.grad`` as PyTorch does, then call its post-accumulate hooks."""
    if g is None:
        return
    if modes.state.unusual and modes.state.recorder is not None:
        modes.state.recorder.reads_gradient(variable)
    held = variable._grad
    if isinstance(g, Composed) or isinstance(held, Composed):
        variable._grad = accumulated(held, g)
    elif held is None:
        variable._grad = _own(g, variable)
    elif modes.state.grad:
        variable._grad = add(held, g)
    else:
        from .dispatch import dispatch

        dispatch(registry["add"], (held, g, 1), (), held)
    for hook in list(variable._post_accumulate.values()) if variable._post_accumulate else ():
        result = hook(variable)
        if result is not None:
            _check_result(hook, variable, result)
            raise RuntimeError("Tensor post accumulate grad hooks should return None.")


def _own(g: Tensor, variable: Tensor) -> Tensor:
    """A first gradient: in the memory order of its variable, shared with nobody."""
    layout, given = variable._layout, g._layout
    if not layout.dense:
        layout = contiguous(given.shape)
    if given.dense and all(a == b for n, a, b in zip(given.shape, given.stride, layout.stride) if n != 1):
        layout = given  # they differ in dimensions of size 1 at most
    if layout.shape != given.shape:  # the variable's changed in place since: PyTorch copies into the new one
        from .dispatch import dispatch

        own = wrap(put(np.zeros(layout.shape, g._dtype.np), g._storage.device), g._storage.device)
        return dispatch(registry["copy_.raw"], (own, g), (), own)
    own = _copy(g, layout.form)
    if modes.state.grad and g.requires_grad:
        from .dispatch import dispatch

        dispatch(registry["copy_.raw"], (own, g), (), own)
    return own


def _copy(g: Tensor, layout) -> Tensor:
    """A copy of ``g`` outside the graph: arrays are immutable, so the same array in a new storage."""
    if isinstance(g, Composed):
        return g.detached()
    return wrap_as(g._late_value(), layout, g._dtype, g._storage.device)


def make_cotangents(outputs, given):
    """The cotangents to start from, with PyTorch's checks and implicit ones.

    ``outputs``: tensors or edges of the graph.
    """
    made = []
    for i, (out, g) in enumerate(zip(outputs, given, strict=False)):
        if isinstance(out, Tensor):
            shape, d, device, wanted = out._layout.shape, out._dtype, out._storage.device, out.requires_grad
        else:
            node, number = out
            (shape, d, device), wanted = node.outputs[number], True
        if isinstance(g, Tensor):
            if g._layout.shape != shape:
                raise RuntimeError(
                    f"Mismatch in shape: grad_output[{i}] has a shape of {g.shape} and output[{i}] has a "
                    f"shape of {Size(shape)}."
                )
            if d.is_complex != g._dtype.is_complex:
                raise RuntimeError(
                    "For complex Tensors, both grad_output and output are required to have the same dtype. "
                    f"Mismatch in dtype: grad_output[{i}] has a dtype of {g._dtype!r} "
                    f"and output[{i}] has a dtype of {d!r}."
                )
        elif g is not None:
            raise TypeError(f"gradients can be either Tensors or None, but got {type(g).__name__}")
        elif wanted:
            if contiguous(shape).numel != 1:
                raise RuntimeError("grad can be implicitly created only for scalar outputs")
            if not d.is_floating_point:
                raise RuntimeError(f"grad can be implicitly created only for real scalar outputs but got {d!r}")
            g = wrap(_one(shape, d.np), device)
        made.append(g)
    return made


def edges_of(outputs, cotangents) -> list:
    """The edges at which a backward starts."""
    if len(cotangents) != len(outputs):
        raise RuntimeError(f"got {len(outputs)} tensors and {len(cotangents)} gradients")
    edges = []
    for i, (out, g) in enumerate(zip(outputs, cotangents, strict=True)):
        edge = edge_of(out) if isinstance(out, Tensor) else tuple(out)
        if edge is None:
            raise RuntimeError(f"element {i} of tensors does not require grad and does not have a grad_fn")
        if g is None:
            raise RuntimeError("grad can be implicitly created only for scalar outputs")
        edges.append(edge)
    return edges


_ones: dict = {}


def _one(shape, d):
    """A one in ``shape`` (all sizes 1): every backward starts with one, so it is kept."""
    found = _ones.get((shape, d))
    if found is None:
        found = put(np.ones(shape, d), devices.CPU)
        if not isinstance(found, Tracer):
            _ones[shape, d] = found
    return found
