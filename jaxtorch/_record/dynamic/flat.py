"""A recorded graph as one list of JAX's primitives, so that the graphs of two sizes can be compared."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import numpy as np
from jax.extend import core

from .sizes import Linear, Refused, Samples

#: Calls whose jaxprs are read in their place.
_CALLS = {
    "jit": "jaxpr", "pjit": "jaxpr", "closed_call": "call_jaxpr", "core_call": "call_jaxpr", "remat2": "jaxpr",
    "checkpoint": "jaxpr", "custom_jvp_call": "call_jaxpr", "custom_vjp_call": "call_jaxpr",
}  # fmt: skip
#: What the shape of the result says anyway.
_IMPLIED = {
    "reshape": ("new_sizes",), "broadcast_in_dim": ("shape",), "iota": ("shape",), "slice": ("limit_indices",),
    "dynamic_slice": ("slice_sizes",),
}  # fmt: skip
#: What the primitive says anyway.
_ITS_OWN = ("update_jaxpr", "update_consts")


class Op(NamedTuple):
    """One primitive.

    Attributes:
        params: as in the jaxpr.
        facts: those of them that are compared; jaxprs as `Flat`.
        reads: numbers of values; ``~k`` is the constant k.
        avals: of the results.
    """

    primitive: Any
    params: dict
    facts: dict
    reads: tuple[int, ...]
    makes: tuple[int, ...]
    avals: tuple


class Flat:
    """Primitives in order. Values are numbered through the whole graph, inner ones included."""

    def __init__(self, inputs: list[int], ops: list[Op], outputs: list[int]):
        self.inputs, self.ops, self.outputs = inputs, ops, outputs
        self.constants: list = []  # arrays, in the order in which they are read
        self.avals: list = []  # (shape, dtype) of the inputs


class _Flattener:
    def __init__(self):
        self.count, self.constants = 0, []

    def new(self) -> int:
        self.count += 1
        return self.count - 1

    def constant(self, value) -> int:
        self.constants.append(value)
        return ~(len(self.constants) - 1)

    def read(self, closed: core.ClosedJaxpr, reads, ops: list[Op]) -> list[int]:
        """Append a jaxpr's primitives; returns what its results are."""
        known: dict = dict(zip(closed.jaxpr.invars, reads, strict=True))
        held = dict(zip(closed.jaxpr.constvars, closed.consts, strict=True))

        def number(v) -> int:
            if isinstance(v, core.Literal):
                return self.constant(np.asarray(v.val, v.aval.dtype))  # pyright: ignore[reportAttributeAccessIssue]
            return self.constant(held[v]) if v in held else known[v]

        for e in closed.jaxpr.eqns:
            numbers = tuple(map(number, e.invars))
            inner = _CALLS.get(e.primitive.name)
            if inner is not None and inner in e.params:
                known.update(zip(e.outvars, self.read(_closed(e.params[inner]), numbers, ops), strict=True))
                continue
            makes = tuple([self.new() for _ in e.outvars])
            known.update(zip(e.outvars, makes, strict=True))
            hidden = _IMPLIED.get(e.primitive.name, ()) + _ITS_OWN
            facts = {k: self.fact(v) for k, v in e.params.items() if k not in hidden}
            avals = tuple([(v.aval.shape, v.aval.dtype) for v in e.outvars])  # pyright: ignore
            ops.append(Op(e.primitive, e.params, facts, numbers, makes, avals))
        return [number(v) for v in closed.jaxpr.outvars]

    def fact(self, value):
        if isinstance(value, (core.ClosedJaxpr, core.Jaxpr)):
            closed = _closed(value)
            inputs = [self.new() for _ in closed.jaxpr.invars]
            ops: list[Op] = []
            flat = Flat(inputs, ops, self.read(closed, inputs, ops))
            flat.avals = [(v.aval.shape, v.aval.dtype) for v in closed.jaxpr.invars]  # pyright: ignore
            return flat
        if isinstance(value, (tuple, list)) and any(isinstance(v, (core.ClosedJaxpr, core.Jaxpr)) for v in value):
            return tuple(map(self.fact, value))
        return value


def _closed(jaxpr) -> core.ClosedJaxpr:
    return jaxpr if isinstance(jaxpr, core.ClosedJaxpr) else core.ClosedJaxpr(jaxpr, ())


def flatten(steps, graph, inputs: list[int], outputs: list[int]) -> Flat:
    """The primitives of a recording's steps.

    Args:
        inputs: the numbers of the graph that are given.
        outputs: those that are wanted.
    """
    of, ops = _Flattener(), []
    known: dict[int, int] = {}
    for n in inputs:
        known.setdefault(n, of.new())
    constants = graph.constants

    def number(n: int) -> int:
        return known[n] if n in known else of.constant(constants[n])

    for step in steps:
        outs = of.read(step.traced.jaxpr, [number(n) for n in step.reads], ops)
        known.update(zip(step.makes, outs, strict=True))
    wanted = [number(n) for n in outputs]
    live, kept = {n for n in wanted if n >= 0}, []
    for op in reversed(ops):
        if any(n in live for n in op.makes):
            live.update([n for n in op.reads if n >= 0])  # (inner graphs are closed)
            kept.append(op)
    flat = Flat([known[n] for n in inputs], kept[::-1], wanted)
    flat.avals = [graph.avals[n] for n in inputs]
    return _numbered(flat, of.constants)


def _numbered(flat: Flat, constants: list) -> Flat:
    """The same with values and constants numbered in the order in which they come up."""
    numbers: dict[int, int] = {}
    kept: list = []

    def one(n: int) -> int:
        if n < 0:
            kept.append(constants[~n])
            return ~(len(kept) - 1)
        return numbers.setdefault(n, len(numbers))

    def fact(value):
        if isinstance(value, Flat):
            return again(value)
        if isinstance(value, tuple) and any(isinstance(v, Flat) for v in value):
            return tuple(map(fact, value))
        return value

    def again(flat: Flat) -> Flat:
        inputs = list(map(one, flat.inputs))
        ops = [
            op._replace(
                facts={k: fact(v) for k, v in op.facts.items()},
                reads=tuple(map(one, op.reads)), makes=tuple(map(one, op.makes)),
            )
            for op in flat.ops
        ]  # fmt: skip
        made = Flat(inputs, ops, list(map(one, flat.outputs)))
        made.avals = flat.avals
        return made

    made = again(flat)
    made.constants = kept
    return made


def skeleton(flat: Flat) -> tuple:
    """Equal for graphs that differ in nothing but sizes, numbers and what facts say of them."""
    ranks = tuple([(len(shape), dtype) for shape, dtype in flat.avals])
    inner = tuple([
        (
            op.primitive, op.reads, op.makes, tuple([(len(s), d) for s, d in op.avals]),
            tuple([skeleton(f) for v in op.facts.values() for f in (v if isinstance(v, tuple) else (v,))
                   if isinstance(f, Flat)]),
        )
        for op in flat.ops
    ])  # fmt: skip
    return ranks, tuple(flat.inputs), inner, tuple(flat.outputs)


# -- comparing --------------------------------------------------------------------------------------
def same_constant(a, b) -> bool:
    """Whether two constants are one to a program."""
    if a is b:
        return True
    if np.shape(a) != np.shape(b) or a.dtype != b.dtype:
        return False
    if isinstance(a, jax.Array) and a.size > 1 << 16:  # to compare would cost more than to take it for another
        return False
    return np.asarray(a).tobytes() == np.asarray(b).tobytes()


def _is_size(x) -> bool:
    return isinstance(x, (int, np.integer)) and not isinstance(x, bool)


def merged(facts: list, samples: Samples):
    """Facts of several recordings as one: numbers that vary with the sizes are `Linear`.

    Raises:
        Refused: they differ otherwise.
    """
    first = facts[0]
    if isinstance(first, dict):
        if any(f.keys() != first.keys() for f in facts):
            raise Refused("the operations differ")
        return {k: merged([f[k] for f in facts], samples) for k in first}
    if isinstance(first, (tuple, list)) and all(type(f) is type(first) and len(f) == len(first) for f in facts):
        parts = [merged(list(of), samples) for of in zip(*facts, strict=True)]
        return first._make(parts) if hasattr(first, "_make") else tuple(parts)  # pyright: ignore
    if all(map(_is_size, facts)):
        return samples.fit(tuple(map(int, facts)))
    if any(not _equal(f, first) for f in facts):
        raise Refused(f"the operations differ: {first!r:.60} and {facts[-1]!r:.60}")
    return first


def _equal(a, b) -> bool:
    same = a is b or (type(a) is type(b) and a == b)
    return bool(same) or (isinstance(a, float) and a != a and b != b)


def agrees(pattern, fact, sizes, check) -> bool:
    """Whether a fact of another recording is what the pattern says for its sizes.

    Args:
        check: compares inner graphs.
    """
    if isinstance(pattern, Linear):
        return _is_size(fact) and pattern.at(sizes) == fact
    if isinstance(pattern, Pattern):
        return check(pattern, fact)
    if isinstance(pattern, dict):
        return pattern.keys() == fact.keys() and all(agrees(v, fact[k], sizes, check) for k, v in pattern.items())
    if isinstance(pattern, (tuple, list)):
        same = isinstance(fact, (tuple, list)) and len(fact) == len(pattern)
        return same and all(agrees(p, f, sizes, check) for p, f in zip(pattern, fact, strict=True))
    if _is_size(pattern):
        return _is_size(fact) and fact == pattern
    return _equal(pattern, fact)


class Entry(NamedTuple):
    """An `Op` of all recordings of a pattern.

    Attributes:
        facts: merged.
        shapes: for each result its shape in each recording.
        read: the same of each operand.
        varies: whether anything of it does but the values.
    """

    op: Op
    facts: dict
    shapes: list
    read: list
    varies: bool


class Pattern:
    """What the graphs of several recordings have in common.

    Attributes:
        constants: those of the first recording.
        changing: which of them have other values in another.
    """

    def __init__(self, flats: list[Flat], entries: list[Entry]):
        first = flats[0]
        self.inputs, self.outputs, self.entries = first.inputs, first.outputs, entries
        self.avals = first.avals
        self.input_shapes = [[f.avals[i][0] for f in flats] for i in range(len(first.avals))]
        self.constants: list = []
        self.constant_shapes: list = []
        self.changing: list[int] = []


def merge(flats: list[Flat], samples: Samples, shapes: dict | None = None) -> Pattern:
    """The pattern of graphs of one skeleton."""
    outermost = shapes is None
    shapes = {} if shapes is None else shapes
    first = flats[0]
    if outermost:
        for k in range(len(first.constants)):
            shapes[~k] = [np.shape(f.constants[k]) for f in flats]
    for k, n in enumerate(first.inputs):
        shapes[n] = [f.avals[k][0] for f in flats]
    entries = []
    for ops in zip(*[f.ops for f in flats], strict=True):
        op = ops[0]
        facts, inner = {}, False
        for k in op.facts:
            values = [o.facts[k] for o in ops]
            if _has_graphs(values[0]):
                facts[k], changed = _merged_graphs(values, samples, shapes)
                inner = inner or changed
            else:
                facts[k] = merged(values, samples)
        for i, n in enumerate(op.makes):
            shapes[n] = [o.avals[i][0] for o in ops]
        made = [shapes[n] for n in op.makes]
        varies = inner or has_linear(facts) or any(s != of[0] for of in made for s in of)
        entries.append(Entry(op, facts, made, [shapes.get(n) for n in op.reads], varies))
    pattern = Pattern(flats, entries)
    if outermost:
        pattern.constants = first.constants
        pattern.constant_shapes = [shapes[~k] for k in range(len(first.constants))]
        pattern.changing = [
            k for k, c in enumerate(first.constants) if not all(same_constant(c, f.constants[k]) for f in flats[1:])
        ]
    return pattern


def _has_graphs(value) -> bool:
    return isinstance(value, Flat) or (isinstance(value, tuple) and any(isinstance(v, Flat) for v in value))


def _merged_graphs(values: list, samples: Samples, shapes: dict):
    if isinstance(values[0], Flat):
        made = merge(values, samples, shapes)
        return made, any(e.varies for e in made.entries)
    parts = [merge(list(of), samples, shapes) for of in zip(*values, strict=True)]
    return tuple(parts), any(e.varies for p in parts for e in p.entries)


def has_linear(x) -> bool:
    if isinstance(x, Linear):
        return True
    if isinstance(x, dict):
        return any(map(has_linear, x.values()))
    return isinstance(x, (tuple, list)) and any(map(has_linear, x))
