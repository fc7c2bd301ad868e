"""Pure functions of arrays, made of Python functions of tensors by recording them.

What `jax.lax.cond`, `jax.vmap` and their kin want: `Pure` holds the recorded graph, the memory it
captured and its gradient; `run` applies the array function made of it as one operation, taped like
any other.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from .._core import casts, devices, engine, modes, tape
from .._core.dispatch import dispatch
from .._core.spec import OpSpec, Schema
from .._core.storage import Storage
from .._core.tensor import Tensor, wrap
from .graph import SMALL, evaluate, key_of
from .joint import boundary
from .recorder import Recorder
from .trees import flatten


class Pure:
    """A recorded function of tensors.

    Attributes:
        arguments: the numbers of its arguments' leaves.
        outside: (tensor or array, number) of everything it read from outside.
        axes: of those, along which dimension the examples have their own; None: not.
        outputs: the numbers of the leaves of its result that are tensors.
    """

    def __init__(self, name: str, function, facts: list, examples: int | None = None):
        """Record ``function(*tensors)`` for tensors of the given (shape, dtype, device, requires_grad).

        ``examples``: so many have random numbers of their own, which are mapped over."""
        outer = modes.state.recorder
        recorder = Recorder(name)
        if examples is not None:
            recorder.examples = (*recorder.examples, examples)
        recorder.crosses = True  # what those graphs saved are operands of the recorded function
        graph = self.graph = recorder.graph
        tensors = []
        for shape, d, device, requires_grad in facts:
            t = wrap(recorder.pending(graph.value(tuple(shape), d.np)), device)
            t._requires_grad = requires_grad
            tensors.append(t)
        self.arguments = list(range(len(tensors)))
        modes.state.recorder = recorder
        try:
            with casts.fresh_casts():
                result = function(*tensors)
            self._finish(name, recorder, result, tensors)
        except BaseException:
            recorder.abandon()
            raise
        else:
            recorder.leave()
        finally:
            modes.state.recorder = outer
        self.draws = any(p.drawn or not p.numbers for p in recorder.provided)
        self.device = facts[0][2] if facts else devices.CPU
        own = {n for p in recorder.provided if p.mapped for n in p.numbers} if examples is not None else set()
        self.outside = [
            (x, n) if outer is None or not provided else (outer.adopt(x), n)
            for x, n, provided in self._outside(recorder)
        ]
        self.axes = [0 if n in own else None for _, n in self.outside]
        self.order = [n for _, n in self.outside]

    def _finish(self, name: str, recorder: Recorder, result, tensors) -> None:
        leaves, structure = flatten(result)
        for x in leaves:
            if not isinstance(x, Tensor):
                raise TypeError(f"{name}: expected the function to return tensors, but got {type(x).__name__}")
        self.structure = structure
        outs = [x._value() for x in leaves]
        self.outputs = [recorder.number_of(x) for x in outs]
        self.facts = [(x._layout.shape, x._dtype, x._storage.device) for x in leaves]
        if any(c.storage.array is not c.pending for c in recorder.captured.values()) or recorder.grads:
            raise NotImplementedError(f"{name}: the function writes a tensor from outside in place, or sets a .grad")
        self.backward = None
        roots = [i for i, x in enumerate(leaves) if x.requires_grad and tape.edge_of(x) is not None]
        if roots:
            self._record_backward(recorder, leaves, roots, tensors)

    def _record_backward(self, recorder, leaves, roots, tensors) -> None:
        graph, stops = self.graph, {tape.edge_of(t): n for n, t in enumerate(tensors) if t._requires_grad}
        stops.update((edge, n) for edge, n in recorder.sources.items())
        edges, _ = boundary([tape.edge_of(leaves[i])[0] for i in roots], recorder.first_node, set(stops))
        edges = [e for e in edges if e in stops]
        cotangents = [recorder.pending(graph.value(leaves[i]._layout.shape, leaves[i]._dtype.np)) for i in roots]
        capture = engine.Capture(edges, ends=True)
        given = [wrap(p, leaves[i]._storage.device) for p, i in zip(cotangents, roots, strict=True)]
        engine.backward([tape.edge_of(leaves[i]) for i in roots], given, True, False, capture)
        found = [(stops[e], recorder.number_of(g._value())) for e, g in zip(edges, capture.found, strict=True)
                 if g is not None]  # fmt: skip
        self.backward = roots, [p.number for p in cotangents], found

    def _outside(self, recorder: Recorder):
        """(value, number, whether Python provides it) of what was read from outside."""
        for number, leaf in recorder.foreign.items():
            yield leaf, number, False
        seen = set()
        for c in recorder.captured.values():
            number = c.pending.number
            if number not in seen:
                seen.add(number)
                yield recorder.readers.get(number, c.storage), number, False
        for number, x in recorder.readers.items():
            if number not in seen:
                yield x, number, False
        for p in recorder.provided:
            if not p.numbers and modes.state.recorder is not None:
                modes.state.recorder.provided.append(p)
            for number, value in zip(p.numbers, p.values, strict=True):
                yield (p if modes.state.recorder is not None else value), number, True
        for number, array in self.graph.constants.items():
            if array.size > SMALL:
                yield array, number, False

    # -- the array function -----------------------------------------------------------------------
    def key(self) -> tuple:
        """Equal for functions that compute the same."""
        wanted = [*self.outputs]
        if self.backward is not None:
            wanted += [n for _, n in self.backward[2]]
        return key_of(self.graph.needed(wanted), [*self.arguments, *self.order], self._small(), wanted), (
            None if self.backward is None else (tuple(self.backward[0]), len(self.backward[2]))
        )

    def _small(self) -> dict:
        return {n: a for n, a in self.graph.constants.items() if a.size <= SMALL}

    def arrays(self):
        """(operands from outside, arguments) -> results: differentiated by PyTorch's formulas."""
        graph, constants = self.graph, self._small()
        steps = graph.needed(self.outputs)
        inputs, outputs = [*self.order, *self.arguments], self.outputs

        def forward(*operands):
            known = dict(constants)
            known.update(zip(inputs, operands, strict=True))
            evaluate(steps, known)
            return known

        def function(*operands):
            known = forward(*operands)
            return tuple([known[n] for n in outputs])

        if self.backward is None:
            return function
        roots, cotangents, found = self.backward
        wanted = [n for _, n in found]
        pullers = [s for s in graph.needed(wanted) if s.first > cotangents[0]]
        made = {n for s in pullers for n in s.makes} | set(cotangents) | set(constants)
        read = {n for s in pullers for n in s.reads}
        residuals = sorted((read | set(wanted)) - made)

        def kept(*operands):
            known = forward(*operands)
            evaluate([s for s in graph.needed(residuals) if any(n not in known for n in s.makes)], known)
            return tuple([known[n] for n in outputs]), ([known[n] for n in residuals], operands)

        def pull(saved, gs):
            values, operands = saved
            known = dict(constants)
            known.update(zip(residuals, values, strict=True))
            known.update((n, _conj(gs[i])) for n, i in zip(cotangents, roots, strict=True))
            evaluate(pullers, known)
            grads = {n: _conj(known[k]) for n, k in found}
            return tuple([
                grads[n] if n in grads else None if not jnp.issubdtype(x.dtype, jnp.inexact) else jnp.zeros_like(x)
                for n, x in zip(inputs, operands, strict=True)
            ])  # fmt: skip

        made_function = jax.custom_vjp(function)
        made_function.defvjp(kept, pull)
        return made_function


def _conj(x):
    # JAX's cotangents of complex values are the conjugates of PyTorch's
    return x.conj() if jnp.iscomplexobj(x) else x


def _operand(x, device) -> Tensor:
    """What was read from outside, as dispatch takes it."""
    if isinstance(x, Tensor):
        return x
    if not isinstance(x, Storage):
        return wrap(x, device)
    t = object.__new__(Tensor)
    t._storage, t._layout, t._dtype = x, x.layout, x.dtype
    return t


_ops: dict = {}


def run(name: str, key, pures: list[Pure], combine, tensors: list[Tensor]) -> tuple:
    """Apply ``combine(*array functions)`` to (what the functions read outside..., tensors...).

    Args:
        key: with the functions' own keys, tells this operation from others.
        combine: array functions -> one function of (list of outside operands for each, *arrays) that
            returns a tuple of arrays.

    Returns:
        Fresh tensors.
    """
    whole = (name, key, tuple([p.key() for p in pures]), tuple([len(p.outside) for p in pures]))
    spec = _ops.get(whole)
    if spec is None:
        function, counts = combine(*[p.arrays() for p in pures]), [len(p.outside) for p in pures]

        def applied(*operands):
            lists, at = [], 0
            for n in counts:
                lists.append(operands[at : at + n])
                at += n
            return function(*lists, *operands[at:])

        differentiable = any(p.backward is not None for p in pures)
        spec = _ops[whole] = OpSpec(
            Schema.bare(name), applied, promote="none", opmath=False, residuals=True, differentiable=differentiable
        )
    operands = [_operand(x, p.device) for p in pures for x, _ in p.outside]
    return dispatch(spec, [*operands, *tensors])
