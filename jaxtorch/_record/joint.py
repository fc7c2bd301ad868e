"""A recording whose results are differentiated outside: its forward and backward as two programs.

The backward of the recorded run is recorded too, from cotangents yet to come. What it reads of the
forward are the residuals: results of the first program, operands of the second. When the backward is
itself taped, the function runs again, uncompiled, and its graph is the history.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np

from .._core import engine, errors, modes, tape
from .._core.program import Program, launch
from .._core.storage import put
from .._core.tensor import Tensor, wrap
from .graph import evaluate
from .recorder import Unfit, Unforeseeable
from .replay import program_of
from .trees import flatten


class Call(NamedTuple):
    """One call of a compiled function, as its backward may need it.

    Attributes:
        args, kwargs: what it was given.
        tensors: those among them.
        numbers: those that vary.
        arrays: number -> array of all inputs and results of its program.
        random: (engine, state) of the random engines that it drew from.
    """

    args: tuple
    kwargs: dict
    tensors: list
    numbers: dict
    arrays: dict
    random: list

    def after(self, inner: tuple) -> Call:
        """The call with what its program has left."""
        return self._replace(arrays=inner[0], random=inner[1])


class CompiledBackward(tape.Node):
    """The node of a compiled forward: runs the recorded backward."""

    _name = "CompiledFunctionBackward"
    holds = True

    def __init__(self, joint: Joint, edges, call: Call, saved: list):
        super().__init__(edges)
        self.joint, self.call = joint, call
        self.versions = [(storage, storage.version) for storage in saved]

    @property
    def saved(self):
        return self.call

    def apply(self, grads):
        joint, call = self.joint, self.call
        if call is None:
            raise RuntimeError(errors.FREED)
        for storage, version in self.versions:
            if storage.version != version:
                text = errors.type_text(storage.dtype, storage.device)
                shape = storage.layout.shape
                raise RuntimeError(errors.modified_in_place(text, shape, "", storage.version, version, False))
        grads = [
            wrap(put(np.zeros(shape, d.np), device), device) if g is None else g
            for g, (shape, d, device) in zip(grads, self.outputs, strict=True)
        ]
        if modes.state.grad:
            return joint.taped(self, grads)
        residuals = [call.arrays[n] for n in joint.residuals]
        outs = launch(joint.program, (residuals, [g._operand() for g in grads]))
        return joint.spread(outs, self.outputs[0][2])

    def release(self) -> None:
        self.call = None


CompiledBackward.__name__ = CompiledBackward._name


class Freed(tape.Node):
    """Stands for a graph that a backward in the run has used up."""

    holds, saved = True, None

    def __init__(self, node: tape.Node):
        super().__init__(())
        self.outputs = node.outputs

    @classmethod
    def of(cls, node: tape.Node) -> Freed:
        return type(type(node).__name__, (cls,), {"_name": node._name, "__module__": "builtins"})(node)

    def apply(self, grads):
        raise RuntimeError(errors.FREED)


class Joint:
    """The backward half of a recording.

    Attributes:
        edges: for each edge of its nodes, the tensor it leads to: a captured leaf, or the position of
            an argument.
        residuals: the numbers that the backward reads of the forward.
        results: which of the results of a call are differentiated: their places, and (``leaves``) where
            they are among the leaves of what the function returns.
    """

    results: list[int]
    leaves: list[int]

    @classmethod
    def of(cls, recorder, roots: list[Tensor], arguments: list[Tensor]) -> Joint:
        """The backward of ``roots``.

        Raises:
            Unfit: it cannot be recorded.
        """
        forward, before = len(recorder.graph.steps), dict(recorder.grads)
        recorder.ahead, joint, why = True, None, None
        try:
            with modes.holding("recorder", recorder):
                joint = cls(recorder, roots, arguments)
            if not joint.fits:
                why = "it returns a tensor whose gradient goes to tensors it was not given"
        except Unforeseeable as e:
            why = f"in the backward of what it returns, {e}"
        except Exception as e:  # noqa: BLE001 - whatever it is, the real backward will say so
            why = f"the backward of what it returns raises {type(e).__name__}: {e}"
        finally:
            recorder.ahead = False
        for key, (t, grad) in recorder.grads.items():
            if key not in before:  # a backward inside that backward, as a reentrant checkpoint's
                t._grad, why = grad, "the backward of what it returns sets a .grad"
        if joint is not None and why is None:
            return joint
        recorder.grads = before
        del recorder.graph.steps[forward:]
        raise Unfit(why or "")

    def __init__(self, recorder, roots: list[Tensor], arguments: list[Tensor]):
        graph = self.graph = recorder.graph
        self.roots = roots
        self.numbers = [recorder.number_of(t._storage.array) for t in roots]
        place = {}
        for i, t in enumerate(arguments):
            edge = tape.edge_of(t)
            if edge is not None:
                place.setdefault(edge, i)
        edges, inner = boundary([tape.edge_of(t)[0] for t in roots], recorder.first_node, set(place))
        if any(node.pre_hooks or node.node_pre_hooks or node.post_hooks or node.retain for node in inner):
            raise Unforeseeable("a hook runs")
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
        steps = [s for s in graph.needed(wanted) if s.first >= self.cotangents[0]]
        made = {n for s in steps for n in s.makes} | set(self.cotangents)
        read = {n for s in steps for n in s.reads} | set(wanted)
        self.residuals = sorted(n for n in read if n not in made and n not in graph.constants)
        constants = {n: a for n, a in graph.constants.items() if n in read}
        self.steps, self.constants, self.wanted = steps, constants, wanted
        groups = self.residuals, self.cotangents
        jitted = functools.partial(program_of, steps, groups, constants, wanted)
        if recorder.shapes is None:
            jitted = jitted()
        else:
            places = {n: i for i, t in enumerate(arguments) if (n := recorder.input_of(t._storage)) is not None}
            jitted = recorder.shapes.program(graph, steps, groups, wanted, places, jitted)
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
    def attach(self, outputs: list[Tensor], call: Call, recording) -> None:
        """Hang the node of one call on its results."""
        self.recording = recording
        targets = [call.tensors[e] if type(e) is int else e for e in self.edges]
        saved = recording.memory_of(self.residuals, call.tensors) if recording is not None else []
        saved += [t._storage for t, n in zip(outputs, self.numbers, strict=True) if n in self.residuals]
        node = CompiledBackward(self, tuple([tape.edge_of(t) for t in targets]), call, saved)
        for number, t in enumerate(outputs):
            node.add_output(t)
            t._grad_fn, t._output_nr, t._requires_grad = node, number, True

    # -- under a tape ---------------------------------------------------------------------------
    def taped(self, node, grads):
        """The gradients with their history. The function runs again, uncompiled, as it ran: only so every
        operation is differentiated twice as its own formulas say."""
        if self.recording is None:
            raise NotImplementedError("a second derivative across a compiled function whose first run was not kept")
        result = self.recording.repeat(node.call)
        roots = [tape.edge_of(flatten(result)[0][i]) for i in self.leaves]
        capture = engine.Capture(node.edges, ends=True)
        engine.backward(roots, grads, True, True, capture)
        return tuple(capture.found)


def boundary(nodes, first: int, stops: set) -> tuple[list, set]:
    """(the edges at which the recorded graph ends: leaves, arguments, nodes from before; its nodes)."""
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
    return list(found), seen

