"""A recorded graph: programs, and the numbered values they read and make.

    %2 = add(%0, %1)

Values are numbered in the order they come up: inputs, constants and results alike. The graph is
pure; what its inputs are and where its results go is the recorder's business.
"""

from __future__ import annotations

import contextlib
import sys
from typing import Any, NamedTuple

import jax
import numpy as np
from jax.extend.core import ClosedJaxpr, Var, jaxpr_as_fun

#: Constants of at most so many elements are part of a program; larger ones are operands of it.
SMALL = 64


class Traced(NamedTuple):
    """A program traced for operands of certain shapes: leaves in, leaves out."""

    function: Any
    structure: object  # of the result
    avals: tuple
    jaxpr: Any  # closed

    @property
    def handed_on(self) -> list[bool]:
        """Whether a result is an operand as it was given, or a constant."""
        made = {id(v) for e in self.jaxpr.jaxpr.eqns for v in e.outvars}
        return [id(v) not in made for v in self.jaxpr.jaxpr.outvars]


class Step(NamedTuple):
    """One operation of a graph."""

    program: Any
    traced: Traced
    structure: object  # of the operands
    reads: tuple[int, ...]
    first: int  # the number of the first result
    line: str  # where in the user's program it was asked for

    @property
    def makes(self) -> range:
        return range(self.first, self.first + len(self.traced.avals))


class Graph:
    """Steps in order, the constants they read, and how many values there are."""

    def __init__(self):
        self.steps: list[Step] = []
        self.constants: dict[int, Any] = {}
        self.avals: list = []  # (shape, dtype) of each value

    def value(self, shape: tuple, dtype) -> int:
        """A new value's number."""
        self.avals.append((shape, dtype))
        return len(self.avals) - 1

    def add(self, program, *reads: int) -> int:
        """Apply a program of one result to values; returns the result's number."""
        structure = jax.tree_util.tree_structure(reads)
        traced = trace(program, structure, tuple([self.avals[n] for n in reads]))
        self.steps.append(Step(program, traced, structure, reads, len(self.avals), ""))
        (aval,) = traced.avals
        return self.value(*aval)

    def needed(self, wanted) -> list[Step]:
        """The steps that the wanted values depend on."""
        live, kept = set(wanted), []
        for step in reversed(self.steps):
            if any(number in live for number in step.makes):
                live.update(step.reads)
                kept.append(step)
        return kept[::-1]


def cone(steps: list[Step], wanted) -> list[Step]:
    """What the wanted values depend on, with no more of each step than its results that count."""
    live, kept = set(wanted), []
    for step in reversed(steps):
        for i, number in enumerate(step.makes):
            if number in live:
                traced, which = one_result(step.traced, i)
                reads = tuple([step.reads[k] for k in which])
                kept.append(Step((step.program, i), traced, which, reads, number, step.line))
                live.update(reads)
    return kept[::-1]


_parts: dict = {}


def one_result(traced: Traced, i: int) -> tuple[Traced, tuple[int, ...]]:
    """One result of a traced program alone, and the places of the operands that it depends on."""
    found = _parts.get((traced, i))
    if found is None:
        jaxpr = traced.jaxpr.jaxpr
        out = jaxpr.outvars[i]
        live, equations = {out} if isinstance(out, Var) else set(), []
        for e in reversed(jaxpr.eqns):
            if not live.isdisjoint(e.outvars):
                live.update(v for v in e.invars if isinstance(v, Var))
                equations.append(e)
        which = tuple([k for k, v in enumerate(jaxpr.invars) if v in live])
        consts = [(v, c) for v, c in zip(jaxpr.constvars, traced.jaxpr.consts, strict=True) if v in live]
        part = jaxpr.replace(
            constvars=[v for v, _ in consts], invars=[jaxpr.invars[k] for k in which], outvars=[out],
            eqns=equations[::-1], debug_info=jaxpr.debug_info.with_unknown_names(),
        )  # fmt: skip
        closed = ClosedJaxpr(part, [c for _, c in consts])
        found = _parts[traced, i] = Traced(jaxpr_as_fun(closed), None, (traced.avals[i],), closed), which
    return found


def evaluate(steps, known: dict) -> dict:
    """Compute the values that ``steps`` make, from those in ``known`` (number -> array)."""
    for step in steps:
        outs = step.traced.function(*[known[number] for number in step.reads])
        known.update(zip(step.makes, outs, strict=True))
    return known


def key_of(steps, inputs, constants: dict, outputs) -> tuple:
    """Equal for graphs that compute the same of their inputs in order, whatever their numbers are."""
    numbers: dict = {}
    for n in inputs:
        numbers.setdefault(n, len(numbers))

    def local(n):
        return numbers.setdefault(n, len(numbers))

    held = tuple([(local(n), a.dtype.str, a.shape, np.asarray(a).tobytes()) for n, a in constants.items()])
    work = tuple(
        [(s.program, s.traced, s.structure, tuple(map(local, s.reads)), tuple(map(local, s.makes))) for s in steps]
    )
    return tuple(map(local, inputs)), held, work, tuple(map(local, outputs))


@contextlib.contextmanager
def unwatched():
    """What is entered here is no part of what a recorded run depends on (JAX's functions, which are many)."""
    before = sys.getprofile()
    sys.setprofile(None)
    try:
        yield
    finally:
        sys.setprofile(before)


def nbytes(shape: tuple, dtype) -> int:
    """The size of an array."""
    size = dtype.itemsize
    for n in shape:
        size *= n
    return size


_traces: dict = {}


def trace(program, structure, avals: tuple) -> Traced:
    """``program`` traced for operands of ``structure`` whose leaves have these (shape, dtype)."""
    key = (program, structure, avals)
    found = _traces.get(key)
    if found is None:
        shape_of = []

        def flat(*leaves):
            out = program.inline(*jax.tree_util.tree_unflatten(structure, leaves))
            outs, made = jax.tree_util.tree_flatten(out)
            shape_of[:] = [made]
            return outs

        with jax.enable_x64(True), unwatched():
            closed = jax.make_jaxpr(flat)(*[jax.ShapeDtypeStruct(s, d) for s, d in avals])
        found = _traces[key] = Traced(
            _called(program, closed), shape_of[0], tuple([(a.shape, a.dtype) for a in closed.out_avals]), closed
        )
    return found


def _called(program, closed):
    """The function of a traced program, as its name calls it in the programs that it is part of.

    A call is traced and lowered once for a program, however often the graph repeats it; XLA inlines it.
    """
    function = jaxpr_as_fun(closed)
    if len(closed.jaxpr.eqns) < 2:
        return function

    def called(*leaves):
        return function(*leaves)

    called.__name__ = called.__qualname__ = program.inline.__name__
    return jax.jit(called)
