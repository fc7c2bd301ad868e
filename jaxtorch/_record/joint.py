"""A recording whose results are differentiated outside: its forward and backward as two programs.

The backward of the recorded run is recorded too, from cotangents yet to come. What it reads of the
forward are the residuals: results of the first program, operands of the second. When the backward is
itself taped, both are one op, differentiated as a whole.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from .._core import engine, errors, modes, tape
from .._core.dispatch import dispatch
from .._core.program import Program, launch
from .._core.spec import OpSpec, Schema
from .._core.storage import put
from .._core.tensor import Tensor, wrap
from .graph import evaluate
from .recorder import Unfit, Unforeseeable
from .replay import program_of


class CompiledBackward(tape.Node):
    """The node of a compiled forward: runs the recorded backward."""

    _name = "CompiledFunctionBackward"
    holds = True

    def __init__(self, joint: Joint, edges, arrays: dict, sources: list):
        super().__init__(edges)
        self.joint, self.arrays, self.sources = joint, arrays, sources
        self.versions = [(t._storage, t._storage.version) for t in sources]
        self.saved = arrays

    def apply(self, grads):
        joint = self.joint
        if self.arrays is None:
            raise RuntimeError(errors.FREED)
        for (storage, version), t in zip(self.versions, self.sources, strict=True):
            if storage.version != version:
                text = errors.type_text(t._dtype, storage.device)
                raise RuntimeError(errors.modified_in_place(text, t._layout.shape, "", storage.version, version, False))
        grads = [
            wrap(put(np.zeros(shape, d.np), device), device) if g is None else g
            for g, (shape, d, device) in zip(grads, self.outputs, strict=True)
        ]
        if modes.state.grad:
            return joint.taped(self, grads)
        residuals = [self.arrays[n] for n in joint.residuals]
        outs = launch(joint.program, (residuals, [g._operand() for g in grads]))
        return joint.spread(outs, self.outputs[0][2])

    def release(self) -> None:
        self.arrays = self.saved = None


CompiledBackward.__name__ = CompiledBackward._name


class Joint:
    """The backward half of a recording.

    Attributes:
        edges: for each edge of its nodes, the tensor it leads to: a captured leaf, or the position of
            an argument.
        residuals: the numbers that the backward reads of the forward.
        both: the steps of the backward, and those of the forward that it depends on.
    """

    numbers: list
    results: list

    @classmethod
    def of(cls, recorder, roots: list[Tensor], arguments: list[Tensor]) -> Joint:
        """The backward of ``roots``.

        Raises:
            Unfit: it cannot be recorded.
        """
        forward, before = len(recorder.graph.steps), dict(recorder.grads)
        recorder.ahead, why, joint = True, None, None
        try:
            with modes.holding("recorder", recorder):
                joint = cls(recorder, roots, arguments)
            if not joint.fits:
                why = "it returns a tensor whose gradient goes to tensors it was not given"
        except Unforeseeable as e:
            why = f"in the backward of what it returns, {e}"
        except Exception as e:  # noqa: BLE001 - whatever it is, the real backward will say so
            why = f"the backward of what it returns raises {type(e).__name__}"
        finally:
            recorder.ahead = False
        for key, (t, grad) in recorder.grads.items():
            if key not in before:  # a backward inside that backward, as a reentrant checkpoint's
                t._grad, why = grad, "the backward of what it returns sets a .grad"
        if joint is not None and why is None:
            return joint
        recorder.grads = before
        del recorder.graph.steps[forward:]
        raise Unfit(why)

    def __init__(self, recorder, roots: list[Tensor], arguments: list[Tensor]):
        graph = self.graph = recorder.graph
        self.roots = roots
        place = {}
        for i, t in enumerate(arguments):
            edge = tape.edge_of(t)
            if edge is not None:
                place.setdefault(edge, i)
        edges = boundary([tape.edge_of(t)[0] for t in roots], recorder.first_node, set(place))
        self.edges = [place[e] if e in place else getattr(e[0], "variable", None) for e in edges]
        self.fits = all(e is not None for e in self.edges)
        self.forward = len(graph.steps)
        if not self.fits:
            return
        cotangents = []
        for t in roots:
            number = graph.value(t._layout.shape, t._dtype.np)
            cotangents.append(recorder.pending(number))
        self.cotangents = [p.number for p in cotangents]
        capture = engine.Capture(edges, ends=True)
        given = [wrap(p, t._storage.device) for p, t in zip(cotangents, roots, strict=True)]
        recorder.crosses = True
        engine.backward([tape.edge_of(t) for t in roots], given, True, False, capture)
        self.grads = [None if g is None else recorder.number_of(g._value()) for g in capture.found]
        wanted = [n for n in self.grads if n is not None]
        self.both = graph.needed(wanted)
        steps = [s for s in self.both if s.first >= self.cotangents[0]]
        made = {n for s in steps for n in s.makes} | set(self.cotangents)
        read = {n for s in steps for n in s.reads} | set(wanted)
        self.residuals = sorted(n for n in read if n not in made and n not in graph.constants)
        constants = {n: a for n, a in graph.constants.items() if n in read}
        self.steps, self.constants, self.wanted = steps, constants, wanted
        jitted = program_of(steps, (self.residuals, self.cotangents), constants, wanted)
        self.program = Program(self._run, jitted)

    def _run(self, residuals, cotangents):
        known = dict(self.constants)
        known.update(zip(self.residuals, residuals, strict=True))
        known.update(zip(self.cotangents, cotangents, strict=True))
        evaluate(self.steps, known)
        return [known[n] for n in self.wanted]

    def spread(self, outs, device):
        found = iter(outs)
        return tuple([None if n is None else wrap(next(found), device) for n in self.grads])

    # -- the node of a call ---------------------------------------------------------------------
    def attach(self, outputs: list[Tensor], tensors: list[Tensor], arrays: dict) -> None:
        """Hang the node of one call on its results."""
        targets = [tensors[e] if type(e) is int else e for e in self.edges]
        node = CompiledBackward(self, tuple([tape.edge_of(t) for t in targets]), arrays, targets)
        for number, t in enumerate(outputs):
            node.add_output(t)
            t._grad_fn, t._output_nr, t._requires_grad = node, number, True

    # -- under a tape ---------------------------------------------------------------------------
    def taped(self, node, grads):
        """The backward as one op of the differentiated tensors and the cotangents."""
        if None in self.numbers:
            raise NotImplementedError(
                "a second derivative across a compiled function, with respect to a view of part of a tensor"
            )
        spec, rest = self.whole
        outs = dispatch(spec, [*node.sources, *[node.arrays[n] for n in rest], *grads], ())
        found = iter(outs if type(outs) is tuple else (outs,))
        return tuple([None if n is None else next(found) for n in self.grads])

    @cached_property
    def whole(self) -> tuple[OpSpec, list[int]]:
        """(the op of forward and backward together, the numbers of the inputs that it takes between the
        differentiated tensors and the cotangents)."""
        graph, wanted, steps = self.graph, self.wanted, self.both
        numbers, shapes = [n for n, _ in self.numbers], [shape for _, shape in self.numbers]
        given = {*numbers, *self.cotangents, *graph.constants, *[n for s in steps for n in s.makes]}
        rest = sorted({n for s in steps for n in s.reads}.union(wanted) - given)
        inputs = [*numbers, *rest, *self.cotangents]

        def backward(*operands):
            known = {**graph.constants, **dict(zip(inputs, operands, strict=True))}
            known.update((n, known[n].reshape(shape)) for n, shape in zip(numbers, shapes, strict=True))
            evaluate(steps, known)
            outs: tuple = tuple([known[n] for n in wanted])
            return outs if len(outs) > 1 else outs[0]  # pyright: ignore[reportGeneralTypeIssues]

        made = OpSpec(Schema.bare("compiled_backward"), backward, promote="none", opmath=False)
        made.node = "CompiledFunctionBackwardBackward0"
        return made, rest


def boundary(nodes, first: int, stops: set) -> list:
    """The edges at which the recorded graph ends: leaves, arguments, nodes from before."""
    found, seen, stack = {}, set(), list(dict.fromkeys(nodes))
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        for edge in node.edges:
            if edge is None:
                continue
            if edge in stops or edge[0].sequence < first or isinstance(edge[0], tape.AccumulateGrad):
                found[edge] = None
            else:
                stack.append(edge[0])
    return list(found)

