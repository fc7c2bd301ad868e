"""Control flow on tensors that stays compiled: `cond`, `while_loop`, `scan`."""

from __future__ import annotations

import jax
from jax.core import Tracer

from ._core import modes
from ._core.bind import namespaces
from ._core.pending import Pending
from ._core.tensor import Tensor
from ._record import pure
from ._record.trees import flatten, unflatten

__all__ = ["cond", "scan", "while_loop"]

_torch = namespaces["torch"]


def _facts(tensors) -> list:
    return [(t._layout.shape, t._dtype, t._storage.device, modes.state.grad and t.requires_grad) for t in tensors]


def _tensors(name: str, tree):
    leaves, structure = flatten(tree)
    for x in leaves:
        if not isinstance(x, Tensor):
            raise RuntimeError(f"{name}: expected (possibly nested) tensors, but got {type(x).__name__}")
    return leaves, structure


def _known(t: Tensor) -> bool:
    """Whether the value can be looked at: neither recorded nor traced."""
    if modes.state.recorder is not None:
        return False
    array = t._storage.array
    return not isinstance(array, (Tracer, Pending))


def _same(name: str, one: pure.Pure, other: pure.Pure) -> None:
    if one.structure != other.structure or [f[:2] for f in one.facts] != [f[:2] for f in other.facts]:
        shown = [[f"{d}{list(shape)}" for shape, d, _ in p.facts] for p in (one, other)]
        raise RuntimeError(
            f"{name}: both functions must return the same structure, shapes and dtypes, but they return {shown[0]} "
            f"and {shown[1]}"
        )


def cond(pred, true_fn, false_fn, operands=()):
    """``true_fn(*operands)`` where ``pred`` holds, else ``false_fn(*operands)``: inside a compiled function
    one of the two runs, without a graph break.

    Args:
        pred: a bool, or a bool tensor of one element.
        true_fn, false_fn: tensors in, tensors out, of the same structure, shapes and dtypes.
        operands: a tuple of (nested) tensors.

    Returns:
        What the function chosen returns.

    Raises:
        RuntimeError: ``pred`` of another kind, results that do not match, values read inside.

    Example:
        >>> import jaxtorch as torch
        >>> @torch.compile(fullgraph=True)
        ... def f(x):
        ...     return torch.cond(x.sum() > 0, lambda x: x * 2, lambda x: -x, (x,))
        >>> f(torch.tensor([1.0, 2.0])), f(torch.tensor([-3.0]))
        (tensor([2., 4.]), tensor([3.]))
    """
    if not isinstance(pred, (bool, int, Tensor)):
        raise RuntimeError(f"Expected pred to be bool or tensor, but got {pred}.")
    if isinstance(pred, Tensor) and pred.numel() != 1:
        raise RuntimeError(f"Expected pred to be bool or single-element tensor, but got {pred}.")
    if not callable(true_fn) or not callable(false_fn):
        raise RuntimeError("Expect both branches to be callable.")
    if not isinstance(operands, (tuple, list)):
        raise RuntimeError(
            "Expect operands to be a tuple of possibly nested dict/list/tuple that only consists of tensor "
            f"leaves, but got {operands}."
        )
    leaves, structure = _tensors("cond", tuple(operands))
    if not isinstance(pred, Tensor) or _known(pred):
        return (true_fn if pred else false_fn)(*operands)
    branches = [
        pure.Pure("a branch of torch.cond", lambda *xs, f=f: f(*unflatten(structure, xs)), _facts(leaves))
        for f in (true_fn, false_fn)
    ]
    _same("cond", *branches)

    def combine(yes, no):
        def function(own, other, chosen, *xs):
            return jax.lax.cond(
                chosen.reshape(()) != 0, lambda xs: yes(*own, *xs), lambda xs: no(*other, *xs), xs
            )

        return function

    results = pure.run("cond", (), branches, combine, [pred, *leaves])
    return unflatten(branches[0].structure, results)


def while_loop(cond_fn, body_fn, carried_inputs, additional_inputs=()):
    """Run ``body_fn`` on what it carries while ``cond_fn`` holds of it.

    Args:
        cond_fn: (carried..., additional...) -> a bool tensor of one element.
        body_fn: (carried..., additional...) -> the carried tensors anew, of the same shapes and dtypes.
        carried_inputs: a tuple of (nested) tensors.
        additional_inputs: a tuple of tensors that stay.

    Returns:
        The carried tensors at the end.

    Raises:
        RuntimeError: carried tensors that change shape or dtype.
        NotImplementedError: the gradient of a loop that is compiled.
    """
    leaves, structure = _tensors("while_loop", tuple(carried_inputs))
    more = list(_tensors("while_loop", tuple(additional_inputs))[0])
    if all(map(_known, (*leaves, *more))):
        carried = tuple(carried_inputs)
        while bool(cond_fn(*carried, *additional_inputs)):
            carried = body_fn(*carried, *additional_inputs)
            carried = carried if isinstance(carried, tuple) else (carried,)
        return carried
    if modes.state.grad and any(x.requires_grad for x in (*leaves, *more)):
        raise NotImplementedError("the gradient of a compiled while_loop: use scan, or no_grad")
    n = len(leaves)
    rest = flatten(tuple(additional_inputs))[1]

    def called(f):
        return lambda *xs: f(*unflatten(structure, xs[:n]), *unflatten(rest, xs[n:]))

    facts = _facts([*leaves, *more])
    test = pure.Pure("the condition of while_loop", called(cond_fn), facts)
    body = pure.Pure("the body of while_loop", called(body_fn), facts)
    if [f[:2] for f in body.facts] != [f[:2] for f in facts[:n]]:
        raise RuntimeError("while_loop: body_fn must return tensors of the shapes and dtypes of carried_inputs")

    def combine(test, body):
        def function(own, other, *xs):
            fixed = xs[n:]
            return jax.lax.while_loop(
                lambda c: test(*own, *c, *fixed)[0].reshape(()) != 0, lambda c: body(*other, *c, *fixed), tuple(xs[:n])
            )

        return function

    results = pure.run("while_loop", (n,), [test, body], combine, [*leaves, *more])
    return unflatten(structure, results)


def scan(combine_fn, init, xs, *, dim: int = 0, reverse: bool = False, additional_inputs=()):
    """(the carry at the end, what ``combine_fn`` gave at each place, stacked along a first dimension).

    Args:
        combine_fn: (carry, x) -> (carry, y), of (nested) tensors; the carry keeps its shapes and dtypes.
        init: the first carry.
        xs: tensors whose dimension ``dim`` is walked along.
        dim: that dimension.
        reverse: walk from the end.
        additional_inputs: tensors that ``combine_fn`` takes after ``x``.

    Returns:
        Fresh tensors; differentiable, to any order.

    Example:
        >>> import jaxtorch as torch
        >>> from jaxtorch._higher_order_ops import scan
        >>> scan(lambda c, x: (c + x, c * x), torch.tensor(0.0), torch.tensor([1.0, 2.0, 3.0]))
        (tensor(6.), tensor([0., 2., 9.]))
    """
    carry, carry_structure = _tensors("scan", init)
    items, items_structure = _tensors("scan", xs)
    more, more_structure = _tensors("scan", tuple(additional_inputs))
    if not items:
        raise RuntimeError("scan() operator doesn't support zero xs: there is nothing to walk along")
    items = [x.movedim(dim, 0) for x in items]
    facts = [*_facts(carry), *[(f[0][1:], *f[1:]) for f in _facts(items)], *_facts(more)]
    # what one place gives may be differentiated though only the carry or an argument further in is
    if any(f[3] for f in facts):
        facts = [(*f[:3], f[1].category > 1) for f in facts]
    n, m = len(carry), len(items)

    def one(*leaves):
        c, x = unflatten(carry_structure, leaves[:n]), unflatten(items_structure, leaves[n : n + m])
        found = combine_fn(c, x, *unflatten(more_structure, leaves[n + m :]))
        if not (isinstance(found, tuple) and len(found) == 2):
            raise RuntimeError("scan: combine_fn must return (carry, y)")
        return found

    body = pure.Pure("the function of scan", one, facts)
    if [f[:2] for f in body.facts[:n]] != [f[:2] for f in facts[:n]]:
        raise RuntimeError("scan: combine_fn must return a carry of the shapes and dtypes of init")

    def combine(function):
        def walked(outside, *operands):
            start, along, fixed = operands[:n], operands[n : n + m], operands[n + m :]

            def step(c, x):
                outs = function(*outside, *c, *x, *fixed)
                return outs[:n], outs[n:]

            last, ys = jax.lax.scan(step, tuple(start), tuple(along), reverse=reverse)
            return (*last, *ys)

        return walked

    results = pure.run("scan", (n, m, reverse), [body], combine, [*carry, *items, *more])
    return unflatten(body.structure, results)
