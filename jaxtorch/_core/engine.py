"""The backward walk: from roots to leaves, latest node first, each node once.

PyTorch's order and rules: nodes run in the reverse of the order they were recorded, a node runs
when all cotangents that reach it have arrived, hooks see (and may replace) what flows, and a
leaf's ``.grad`` accumulates in place unless the backward itself is taped.
"""

from __future__ import annotations

import heapq
import warnings

import numpy as np

from . import dtypes, errors, modes
from .spec import registry
from .tape import AccumulateGrad, Node, edge_of
from .tensor import Tensor, alias, wrap_as


def add(a: Tensor, b: Tensor) -> Tensor:
    from .dispatch import dispatch

    return dispatch(registry["add"], (a, b, 1))


class Capture:
    """The gradients wanted by autograd.grad, keyed by the edge they flow through."""

    def __init__(self, inputs):
        self.inputs = inputs
        self.edges = [edge_of(t) for t in inputs]
        self.at: dict[Node, list] = {}
        for position, edge in enumerate(self.edges):
            if edge is not None:
                self.at.setdefault(edge[0], []).append((edge[1], position))
        self.found: list = [None] * len(inputs)


def backward(roots, cotangents, retain_graph: bool, create_graph: bool, capture: Capture | None = None,
             accumulate_only: bool = False):  # fmt: skip
    """Run the graph from ``roots`` (edges) with ``cotangents`` (tensors).

    Without ``capture`` every reachable leaf accumulates. With it only the nodes that lead to the
    captured edges run; ``accumulate_only`` (backward(inputs=...)) then accumulates instead of
    returning.
    """
    state = modes.state
    buffers: dict[Node, list] = {}
    pending: dict[Node, int] = {}
    _count(roots, pending)
    wanted = None if capture is None else _leading_to(roots, set(capture.at))
    heap: list = []
    for edge, g in zip(roots, cotangents, strict=True):
        if edge is None:
            continue
        _deliver(buffers, edge, g, create_graph)
    for node in {e[0] for e in roots if e is not None}:
        if pending[node] == 0:
            heapq.heappush(heap, (-node.sequence, id(node), node))
    previous = state.grad
    state.grad = create_graph
    try:
        while heap:
            node = heapq.heappop(heap)[2]
            grads = buffers.pop(node, None)
            if wanted is not None and node not in wanted:
                outs = (None,) * len(node.edges)
            else:
                outs = _run(node, grads, capture, accumulate_only, wanted)
                if not retain_graph:
                    node.release()
            for edge, g in zip(node.edges, outs, strict=True):
                if edge is None:
                    continue
                target = edge[0]
                if g is not None:
                    _deliver(buffers, edge, g, create_graph)
                pending[target] -= 1
                if pending[target] == 0:
                    heapq.heappush(heap, (-target.sequence, id(target), target))
    finally:
        state.grad = previous


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


def _leading_to(roots, targets) -> set:
    """The nodes from which some target can be reached."""
    order, seen, stack = [], set(), [(e[0], False) for e in roots if e is not None]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
            continue
        if node in seen:
            continue
        seen.add(node)
        stack.append((node, True))
        stack.extend((e[0], False) for e in node.edges if e is not None and e[0] not in seen)
    leading = set(targets)
    for node in order:
        if any(e is not None and e[0] in leading for e in node.edges):
            leading.add(node)
    return leading


def _deliver(buffers, edge, g: Tensor, create_graph: bool) -> None:
    node, number = edge
    slots = buffers.get(node)
    if slots is None:
        slots = buffers[node] = [None] * len(node.outputs)
    if g._layout.shape != node.outputs[number][0] or g._dtype is not node.outputs[number][1]:
        g = _conform(g, node, number)
    held = slots[number]
    slots[number] = g if held is None else add(held, g)


def _conform(g: Tensor, node: Node, number: int) -> Tensor:
    """A gradient in the shape and dtype of the value it belongs to."""
    shape, d, _ = node.outputs[number]
    if g._layout.shape != shape:
        g = g.sum_to_size(shape)
    if g._dtype is not d:
        if g._dtype.is_complex and not d.is_complex:
            g = g.real
        g = g.to(d)
    return g


def _run(node: Node, grads, capture, accumulate_only, wanted):
    if grads is None:
        grads = [None] * len(node.outputs)
    for number, hooks in node.pre_hooks.items():
        for hook in list(hooks.values()):
            if grads[number] is not None:
                grads[number] = _hooked(hook, grads[number])
    for hook in list(node.node_pre_hooks.values()):
        result = hook(tuple(grads))
        if result is not None:
            grads = list(result) if isinstance(result, tuple) else [result]
    for number, ref in node.retain.items():
        t = ref()
        if t is not None and grads[number] is not None:
            t._grad = grads[number] if t._grad is None else add(t._grad, grads[number])
    if capture is not None and node in capture.at:
        for number, position in capture.at[node]:
            if accumulate_only and not isinstance(node, AccumulateGrad):
                if grads[number] is not None:
                    accumulate(capture.inputs[position], grads[number])
            capture.found[position] = grads[number]
        if isinstance(node, AccumulateGrad) and not accumulate_only:
            return ()
    if all(g is None for g in grads):
        return (None,) * len(node.edges)
    if wanted is not None and not any(e is not None and e[0] in wanted for e in node.edges) and not (
        accumulate_only and isinstance(node, AccumulateGrad)
    ):
        return (None,) * len(node.edges)
    try:
        outs = node.apply(grads)
    except Exception:
        if node.trace is not None:
            _tell_anomaly(node)
        raise
    if node.trace is not None and modes.state.anomaly_check_nan:
        for i, g in enumerate(outs):
            if g is not None and bool(np.isnan(g._host()).any()):
                _tell_anomaly(node)
                raise RuntimeError(f"Function '{node.name()}' returned nan values in its {i}th output.")
    for hook in list(node.post_hooks.values()):
        result = hook(tuple(outs), tuple(grads))
        if result is not None:
            outs = result if isinstance(result, tuple) else (result,)
    return outs


def _hooked(hook, g: Tensor) -> Tensor:
    result = hook(g)
    if result is None:
        return g
    if not isinstance(result, Tensor):
        raise TypeError(f"hook '{getattr(hook, '__name__', hook)}' has changed the type of value (was torch.FloatTensor got {type(result).__name__})")
    if result.shape != g.shape:
        raise RuntimeError(f"hook '{getattr(hook, '__name__', hook)}' has changed the size of value")
    return result


def _tell_anomaly(node: Node) -> None:
    warnings.warn(
        f"Error detected in {node.name()}. Traceback of forward call that caused the error:\n"
        + "".join(node.trace),
        stacklevel=2,
    )


def accumulate(variable: Tensor, g: Tensor | None) -> None:
    """Add ``g`` to ``variable.grad`` as PyTorch does."""
    if g is None:
        return
    taped = modes.state.grad
    if variable._hooks:
        for hook in list(variable._hooks.values()):
            g = _hooked(hook, g)
    held = variable._grad
    if held is None:
        variable._grad = _own(g, variable, taped)
    elif taped:
        variable._grad = add(held, g)
    else:
        from .dispatch import dispatch

        dispatch(registry["add"], (held, g, 1), (), held)
    node = variable._accumulator() if variable._accumulator is not None else None
    if node is not None:
        for hook in list(node.post_accumulate.values()):
            hook(variable)


def _own(g: Tensor, variable: Tensor, taped: bool) -> Tensor:
    """A first gradient: in the memory order of its variable, shared with nobody."""
    layout = variable._layout
    target = layout.form if layout.dense else g._layout
    if taped:
        return g if g._layout.form is target else g.clone()
    value = g._value()
    if not layout.dense:
        from .layout import contiguous

        target = contiguous(g._layout.shape)
    # arrays are immutable, so a new storage over the same array is a copy that costs nothing
    return wrap_as(value, target, g._dtype, g._storage.device)


def make_cotangents(outputs, given, *, named: bool = True):
    """The cotangents to start from, with PyTorch's checks and implicit ones."""
    from jax import numpy as jnp

    from .tensor import wrap

    made = []
    for i, (out, g) in enumerate(zip(outputs, given, strict=True)):
        if g is None:
            if out.requires_grad:
                if out._layout.numel != 1:
                    raise RuntimeError("grad can be implicitly created only for scalar outputs")
                if not out._dtype.is_floating_point:
                    raise RuntimeError(
                        "grad can be implicitly created only for real scalar outputs but got " + repr(out._dtype)
                    )
                made.append(wrap(_one(out._layout.shape, out._dtype.np, jnp), out._storage.device))
            else:
                made.append(None)
            continue
        if not isinstance(g, Tensor):
            raise TypeError(f"gradients can be either Tensors or None, but got {type(g).__name__}")
        if g._layout.shape != out._layout.shape:
            raise RuntimeError(
                f"Mismatch in shape: grad_output[{i}] has a shape of {g.shape} and output[{i}] has a "
                f"shape of {out.shape}."
            )
        if out._dtype.is_complex != g._dtype.is_complex:
            raise RuntimeError(
                "For complex Tensors, both grad_output and output are required to have the same dtype. "
                f"Mismatch in dtype: grad_output[{i}] has a dtype of {g._dtype!r} and output[{i}] has a dtype of {out._dtype!r}."
            )
        made.append(g)
    for i, out in enumerate(outputs):
        if not out.requires_grad:
            raise RuntimeError(f"element {i} of tensors does not require grad and does not have a grad_fn")
    return made


_ones: dict = {}


def _one(shape, d, jnp):
    """A one in ``shape`` (all sizes 1): every backward starts with one, so it is kept."""
    found = _ones.get((shape, d))
    if found is None:
        from . import devices
        from .storage import put

        found = put(np.ones(shape, d), devices.CPU)
        import jax

        if not isinstance(found, jax.core.Tracer):
            _ones[shape, d] = found
    return found


__all__ = ["backward", "Capture", "accumulate", "make_cotangents", "alias", "dtypes", "errors"]
