"""The recorder: takes the operations of one ordinary Python run and keeps them as a graph.

While it is on, memory that the run reads holds pending values, so whatever looks at a value asks
the recorder for it; that ends the recording, computes what was recorded, and the run goes on
uncompiled.
"""

from __future__ import annotations

import contextlib
import sys
import weakref
from functools import cache
from operator import eq
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np

from .._core import modes, tape
from .._core.dispatch import is_traced
from .._core.members import show_gradient
from .._core.pending import Pending
from .._core.program import Program, launch
from .._core.storage import Storage, put
from .._core.symbol import Symbol, plain
from .._core.tensor import Tensor, wrap, wrap_as
from .conditional import Unconditional, only_where
from .graph import Graph, Step, trace, unwatched
from .images import Value

_PACKAGE = str(Path(__file__).parents[1])


def user_line() -> str:
    """``file:line`` of the innermost frame outside this package."""
    frame = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    return "" if frame is None else f"{frame.f_code.co_filename}:{frame.f_lineno}"


def facts_of(t: Tensor) -> tuple:
    """What a recording relies on of a tensor from outside, beside its value."""
    s = t._storage
    history = t._view is not None or t._grad_fn is None
    return s, s.layout, t._layout, t._dtype, t._requires_grad, history, _ids(t._hooks), _ids(t._post_accumulate)


def _ids(hooks) -> tuple:
    return tuple(map(id, hooks.values())) if hooks else ()


class Outside:
    """A guard on the facts of tensors: looked at when something was restructured."""

    what = "a tensor from outside"

    def __init__(self, seen: list):
        self.seen, self.count = seen, modes.structure[0]
        for _, facts in seen:
            facts[0].watched = True

    def failed(self) -> str | None:
        if self.count != modes.structure[0]:
            for x, facts in self.seen:
                if facts_of(x) != facts:
                    return f"{self.what}: one of shape {list(facts[2].shape)} changed"
            self.count = modes.structure[0]
        return None


class Captured:
    """Memory from before the recording: what it held, and how often it had been written."""

    __slots__ = ("storage", "array", "host", "version", "pending", "layout", "dtype")

    def __init__(self, storage: Storage, pending: Pending):
        self.storage, self.array, self.host = storage, storage.array, storage.host
        self.version, self.layout, self.dtype = storage.version, storage.layout, storage.dtype
        self.pending = pending

    def restore(self) -> None:
        s = self.storage
        s.version = self.version
        if self.array is not None or self.host is not None:  # otherwise it was given back before
            s.array, s.host = self.array, self.host
        s.layout, s.dtype = self.layout, self.dtype


class Provided:
    """Arrays that Python makes anew for every run: random draws, hyperparameters.

    Attributes:
        mapped: whether they have a leading dimension for each mapping around what they are made for that gives
            its examples random numbers of their own.
        drawn: whether they are random.
    """

    __slots__ = ("make", "numbers", "values", "mapped", "drawn")

    def __init__(self, make, values: list, mapped: bool = False):
        self.make, self.values, self.mapped, self.drawn = make, values, mapped, False
        self.numbers: list[int] = []


class Break(NamedTuple):
    """Why a run cannot be replayed, and where."""

    reason: str
    line: str


class Unfit(Exception):
    """A recorded run cannot be replayed.

    Attributes:
        reason: why.
        at_first: whether the next run may be another matter.
        joints: the `Joint`s that stand for the graphs of the run's results, which are gone.
        where: ``file:line``, if that is known.
    """

    def __init__(self, reason: str, at_first: bool = False, joints=(), where: str = ""):
        super().__init__(reason)
        self.reason, self.at_first, self.joints, self.where = reason, at_first, joints, where


class Unforeseeable(Exception):
    """What is recorded ahead of its time needs a value."""


class OutOfRange:
    """Makes the error of an op that found an index out of range, from the arrays of a run.

    Of the operands, only integer ones (the indices) keep their values, unless the op says otherwise.
    """

    def __init__(self, spec, operands, static):
        self.spec, self.static = spec, static
        self.operands, self.numbers = [], []
        for x in operands:
            self.operands.append(self._blank(x))

    def _blank(self, x):
        if isinstance(x, (tuple, list)):
            return [self._blank(e) for e in x]
        if not isinstance(x, Tensor):
            return x
        array = x._value()
        if x._dtype.category < 2 or self.spec.bounds_values:
            if type(array) is not Pending:
                return x
            self.numbers.append(array.number)
            return lambda found, where=x._storage.device: wrap(next(found), where)
        facts = x._layout.shape, x._dtype.np, x._storage.device
        return lambda found: wrap(put(np.zeros(*facts[:2]), facts[2]), facts[2])

    def __call__(self, arrays) -> Exception:
        found = iter(arrays)

        def real(x):
            if type(x) is list:
                return [real(e) for e in x]
            return x(found) if callable(x) else x

        return self.spec.out_of_range([real(x) for x in self.operands], self.static)


class Anew:
    """Stand-ins for values in a stretch that is computed again: the same values, but only once another is there."""

    def __init__(self, recorder: Recorder, inputs, tie: Tensor):
        self.recorder, self.tie, self.start = recorder, recorder.number_of(tie._value()), len(recorder.graph.avals)
        self.program = _late(tie._storage.device.type == "cpu" and tie._layout.numel > 0)
        self.inputs = {t._storage.array.number for t in inputs if type(t._storage.array) is Pending}
        self.stand_ins: dict[int, int] = {}

    def read(self, number: int) -> int:
        """The number to read in the place of one."""
        if number >= self.start or number == self.tie:
            return number
        if number not in self.inputs and number not in self.recorder.computed:
            return number  # an input of the program is there anyway
        found = self.stand_ins.get(number)
        if found is None:
            found = self.stand_ins[number] = self.recorder.graph.add(self.program, number, self.tie)
        return found


@cache
def _late(by_choice: bool) -> Program:
    """The program of a value that is there only once another is.

    XLA drops barriers on the CPU before it looks for equal operations (`jax.checkpoint` saves no memory
    there either); a choice by a number that is no number, and is one, it cannot see through.
    """

    def wait(value, tie):
        if not by_choice:
            return jax.lax.optimization_barrier((value, tie))[0]
        first = tie.reshape(-1)[0]
        return jax.numpy.where((first != first) & (first == first), jax.numpy.zeros((), value.dtype), value)

    return Program(wait)


class Recorder:
    """One recording under way."""

    def __init__(self, fullgraph: bool | str = False):
        self.fullgraph = fullgraph  # whether a value that is read is an error; of what function
        self.transform = isinstance(fullgraph, str)  # whether it records for one of `torch.cond` and its kin
        self.outer = modes.state.recorder  # the recording that this one is part of
        self.examples: tuple = () if self.outer is None else self.outer.examples  # of mappings around, see `Provided`
        self.shapes: Any = None  # of the arguments, where their sizes may vary (`dynamic.Shapes`)
        self.foreign: dict[int, Pending] = {}  # values of a recording around this one
        self.readers: dict[int, Tensor] = {}  # the tensor through which a captured number was first read
        self.sources: dict = {}  # edge -> number of the captured tensor it leads from
        self.graph = Graph()
        self.captured: dict[int, Captured] = {}  # id of the storage
        self.provided: list[Provided] = []
        self.grads: dict[int, tuple[Tensor, Tensor | None]] = {}  # id -> (tensor, .grad at entry)
        self.reads_grad: set[int] = set()  # ids of tensors whose .grad at entry matters
        self.checks: list = []  # (number of a flag, what makes the error)
        self.engines: dict = {}  # random engines and their states at entry
        self.made: set[int] = set()  # ids of the tensors made in the run
        self.modules: set[int] = set()  # ids of the modules made in the run
        self.guarded: dict[int, Tensor] = {}  # id -> tensor made of components, guarded as such
        self.notes: list = []  # guards: each says by failed() what is no longer as it was
        self.later: list = []  # what makes guards when the run is over
        self.undo: list = []  # what else takes the run back
        self.seen: dict[int, tuple] = {}  # id -> (tensor from outside, its facts at first sight)
        self.changed = ""  # what the run did to a tensor from outside that a program cannot
        self.broken: Break | None = None
        self.crosses = False  # whether a backward may run through graphs made outside
        self.ahead = False  # whether what is recorded comes after the run: nothing of it has a value yet
        self.for_now = False  # whether what broke it may not come again
        self.patient = False  # whether such runs are put up with
        self.often = False  # whether this one does not count among them
        self.running = True  # whether the run that is recorded goes on
        self.performed = False  # whether something of Python's was done that is done again at every call
        self.lent: list = []  # (dict, the symbols that stand in it for the time of the run)
        self.switched: dict[int, tuple] = {}  # id -> (module set to train or eval, what it was)
        self.conditional = False  # whether what is recorded happens only where a value says so
        self.computed: set[int] = set()  # the numbers of what operations made
        self._arrays: dict[int, int] = {}  # id of an array -> its number
        self._inputs: dict[int, Pending] = {}
        self._kept: list = []  # arrays, so that no id is used twice
        self._made_here: set[int] = set()  # ids of arrays that the run itself made from Python values
        self._holders: list = []  # weak references to the storages that hold pending values
        self._pending: list = []  # weak references to pending values
        self._known: dict = {}  # equal operations are done once
        self._anew: Anew | None = None  # what stands for values from before in what is computed again
        self.first_node = next(tape._sequence)

    only_where = only_where

    # -- what dispatch tells --------------------------------------------------------------------
    def take(self, program, values):
        """Note an operation instead of running it; its result is pending."""
        leaves, structure = jax.tree_util.tree_flatten(values)
        if any(map(is_traced, leaves)):
            if any(type(x) is Pending for x in leaves):
                self.settle("a transform of JAX is given a tensor of the recording")
                return launch(program, values, inline=True)
            with modes.outside_recording():
                return launch(program, values, inline=True)
        reads = tuple([self.number_of(x) for x in leaves])
        if self._anew is not None:
            reads = tuple(map(self._anew.read, reads))
        key = (program, structure, reads)
        first = self._known.get(key)
        avals = self.graph.avals
        traced = trace(program, structure, tuple([avals[n] for n in reads]))
        if first is None:
            first = self._known[key] = len(avals)
            avals.extend(traced.avals)
            self.computed.update(range(first, len(avals)))
            self.graph.steps.append(Step(program, traced, structure, reads, first, user_line()))
        outs = [self.pending(first + i) for i in range(len(traced.avals))]
        return jax.tree_util.tree_unflatten(traced.structure, outs)

    @contextlib.contextmanager
    def computed_again(self, inputs, cotangents):
        """What is done here was done before, and is to be computed again once the cotangents are there,
        instead of being kept: it must not pass for equal operations.

        Args:
            inputs: the tensors that it begins with.
        """
        before, ties = self._anew, [g for g in cotangents if g is not None]
        self.reads([*inputs, *ties])
        if ties:
            self._anew = Anew(self, inputs, ties[0])
        try:
            yield
        finally:
            self._anew = before

    def pending(self, number: int) -> Pending:
        shape, dtype = self.graph.avals[number]
        made = Pending(self, number, shape, dtype)
        self._pending.append(weakref.ref(made))
        return made

    def number_of(self, leaf) -> int:
        if type(leaf) is Pending:
            if leaf.recorder is self:
                return leaf.number
            if leaf.array is None:
                number = self._arrays.get(id(leaf))
                if number is None:
                    number = self._arrays[id(leaf)] = self.graph.value(leaf.shape, leaf.dtype)
                    self.foreign[number] = leaf
                    self._kept.append(leaf)
                return number
            leaf = leaf.array
        number = self._arrays.get(id(leaf))
        if number is None:
            number = self._arrays[id(leaf)] = self.graph.value(np.shape(leaf), leaf.dtype)
            self.graph.constants[number] = leaf
            self._kept.append(leaf)
        return number

    def reads(self, operands) -> None:
        """The memory of operands becomes an input of the recording, if it is from before it."""
        for x in operands:
            if isinstance(x, Tensor):
                storage = x._storage
                array = storage.array
                foreign = type(array) is not Pending or array.recorder is not self
                if foreign and id(array) not in self._made_here:
                    self.capture(storage)
                if id(storage) in self.captured and id(x) not in self.made and id(x) not in self.seen:
                    self.seen[id(x)] = x, facts_of(x)
                if self.crosses and id(storage) in self.captured:
                    self._note_source(x)
            elif type(x) is list or type(x) is tuple:
                self.reads(x)

    def capture(self, storage: Storage) -> None:
        array = storage.array
        if array is None:  # NumPy shares it: what it holds is looked up at every call
            array = storage.read()
        elif type(array) is Pending and array.recorder is self:
            return
        # scalars that are one array (the step counts of an optimizer) are one value of the program
        number = self._arrays.get(id(array)) if not array.shape and not self.crosses else None
        if number is None or number in self.graph.constants:
            number = self._arrays[id(array)] = self.graph.value(array.shape, array.dtype)
            self._kept.append(array)
            self._inputs[number] = self.pending(number)
        self.captured[id(storage)] = Captured(storage, self._inputs[number])
        storage.array = self._inputs[number]

    def original(self, t: Tensor) -> Tensor:
        """``t`` with the value it had before the recording; ``t`` itself where the recording has written it."""
        c = self.captured.get(id(t._storage))
        if c is None or c.array is None or t._storage.array is not c.pending or t._layout is not c.layout:
            return t
        return wrap_as(c.array, c.layout, t._dtype, t._storage.device)

    def _note_source(self, x: Tensor) -> None:
        """Remember which tensor was read, for recordings that are differentiated as a whole."""
        c = self.captured[id(x._storage)]
        if x._layout is not c.layout or x._dtype is not c.dtype:
            return
        number, edge = c.pending.number, tape.edge_of(x) if x.requires_grad else None
        if edge is None:
            self.readers.setdefault(number, x)
        elif edge not in self.sources:
            if number in self.readers:  # the same memory under another history: its gradient is its own
                number = self.graph.value(x._layout.shape, x._dtype.np)
            self.readers[number], self.sources[edge] = x, number

    def adopt(self, provided: Provided) -> Pending:
        """A value that a function recorded inside this run is provided with."""
        self.provided.append(provided)
        (number,) = provided.numbers = [self._provided_value(provided, provided.values[0])]
        return self.pending(number)

    def _provided_value(self, provided: Provided, array) -> int:
        """The number of what one of the examples that are mapped over is given of a provided array."""
        return self.graph.value(np.shape(array)[len(self.examples) if provided.mapped else 0 :], array.dtype)

    def input_of(self, storage: Storage) -> int | None:
        """The number of captured memory."""
        found = self.captured.get(id(storage))
        return None if found is None else found.pending.number

    def around(self, array):
        """What is done here with ``array`` is part of the recording only if ``array`` is."""
        own = type(array) is Pending and array.recorder is self
        return contextlib.nullcontext() if own or not self.crosses else modes.holding("recorder", self.outer)

    def constant(self, array) -> None:
        """An array was made from Python values, here and now."""
        self._made_here.add(id(array))
        self._kept.append(array)

    def made_here(self, t: Tensor) -> bool:
        """Whether the run itself made this tensor."""
        storage = t._storage
        return id(t) in self.made or (type(storage.array) is Pending and id(storage) not in self.captured)

    def knows(self, array) -> bool:
        """Whether an array was made of Python values: to read it ends no recording."""
        return id(array) in self._made_here

    def holds(self, storage: Storage) -> bool:
        """A storage is given a pending value; whether it may keep it."""
        self._holders.append(weakref.ref(storage))
        return True

    # -- what the rest of the package tells -----------------------------------------------------
    def provide(self, make, mapped: bool = False) -> list:
        """Values that Python makes for every run: ``make()`` returns a list of arrays.

        ``mapped``: as `Provided` says."""
        with modes.outside_recording():
            found = Provided(make, make(), mapped)
        for array in found.values:
            found.numbers.append(self._provided_value(found, array))
        self.provided.append(found)
        return [self.pending(n) for n in found.numbers]

    def draw(self, engine_of, gen, where, make) -> Pending:
        """Random numbers: ``make(examples)`` draws them, for this run and for every later one."""
        with modes.outside_recording():
            self.draws_from(engine_of(gen, where))
        made = self.provide(lambda: [make(self.examples)], bool(self.examples))[0]
        self.provided[-1].drawn = True
        return made

    def draws_from(self, engine) -> None:
        """A random engine is about to move."""
        if engine not in self.engines:
            self.engines[engine] = engine.get_state()

    def perform(self, action):
        """Do something of Python's that no program does: now, and before every later run."""
        self.repeat(action)
        lent = self.take_back()
        try:
            with modes.outside_recording(), unwatched():
                return action()
        finally:
            self.performed = True
            for options in lent:
                self.lend(options)

    def symbol(self, what: str, look) -> Symbol:
        """A number that Python looks up at every call, in its turn: something that is performed may set it."""
        held = [look()]

        def take():
            held[0] = look()

        self.repeat(take)
        return Symbol(self, what, look, held[0], self.performed, lambda: held[0])

    def lend(self, options: dict) -> None:
        """Let the floats of a dict be symbols for the time of the run."""
        if any(found is options for found, _ in self.lent):
            return
        symbols = {
            key: self.symbol(f"the option {key!r}", lambda key=key: plain(options.get(key)))
            for key, value in options.items() if type(value) is float
        }  # fmt: skip
        options.update(symbols)
        self.lent.append((options, symbols))

    def take_back(self) -> list[dict]:
        """Put the floats back where `lend` took them from; returns those dicts."""
        lent, self.lent = self.lent, []
        for options, symbols in lent:
            for key, symbol in symbols.items():
                if options.get(key) is not symbol:
                    self.changed = f"it changes the option {key!r} of an optimizer"
                if type(options.get(key)) is Symbol:
                    options[key] = options[key].value
        return [options for options, _ in lent]

    def stop(self) -> None:
        """The run is over."""
        self.running = False
        self.take_back()

    def release(self) -> None:
        """Nothing more is recorded: let go of the arrays of the run, so that its program may be given them."""
        self._arrays.clear()
        self._kept.clear()

    def repeat(self, action) -> None:
        """``action()`` was done, and is to be done again for every later run, in its turn among the draws."""

        def again() -> tuple:
            action()
            return ()

        self.provided.append(Provided(again, []))

    def guard(self, what: str, look, alike=eq) -> None:
        """The recording holds only while ``look()`` gives what it gives now, as ``alike`` compares it."""
        self.notes.append(Value(what, look, look(), alike))

    def guard_later(self, make) -> None:
        """``make()`` makes a guard when the run is over: an object with ``failed()``."""
        self.later.append(make)

    def reads_gradient(self, t: Tensor) -> None:
        """``t.grad`` is looked at."""
        if id(t) not in self.grads:
            self.sets_gradient(t)
            self.reads_grad.add(id(t))

    def sets_gradient(self, t: Tensor) -> None:
        """``t.grad`` is about to be replaced."""
        self.grads.setdefault(id(t), (t, t._grad))

    def alters(self, t: Tensor, what: str) -> None:
        """A fact of ``t`` that is no value is changed."""
        if id(t) not in self.made:
            self.settle(f"{what} of a tensor from outside is changed")

    def makes_module(self, module) -> None:
        """A module is made: what is set on it is no effect."""
        self.modules.add(id(module))

    def sets_attribute(self, module, name: str) -> None:
        """An attribute of a module is about to be set."""
        if id(module) in self.modules:
            return
        if name != "training" or name not in module.__dict__:
            self.settle(f"the attribute {name} of a module is set")
        elif id(module) not in self.switched:  # evaluation in between leaves it as it was
            before = module.__dict__[name]
            self.switched[id(module)] = module, before
            self.undo.append(lambda: module.__dict__.update(training=before))

    def hooks(self, t: Tensor) -> None:
        """A hook of ``t`` is about to be registered: what is left of it is seen in the end."""
        if id(t) in self.made:
            return
        if t._grad_fn is not None:
            self.settle("a hook is registered on a tensor from outside")
        self.seen.setdefault(id(t), (t, facts_of(t)))

    def rebases(self, t: Tensor) -> None:
        """``t`` is about to be given another history."""
        if id(t) in self.made:
            return
        before = t._grad_fn, t._output_nr, t._requires_grad

        def back():
            t._grad_fn, t._output_nr, t._requires_grad = before

        self.undo.append(back)
        self.changed = "the history of a tensor from outside is changed"

    def altered(self) -> str:
        """What the run changed of tensors from outside, beside their values and gradients."""
        if any(facts_of(x) != facts for x, facts in self.seen.values()):
            return self.changed or "a tensor from outside is given other memory (set_, resize_) or hooks"
        return self.changed

    def outside(self, but: set[int]) -> Outside:
        """A guard on the facts of what was read from outside, ``but`` tensors with these ids."""
        but = but | {id(g) for _, g in self.grads.values()}
        return Outside([found for key, found in self.seen.items() if key not in but])

    def starts_backward(self, nodes) -> None:
        """A backward runs: over nodes of this recording only."""
        if self.crosses:
            return
        for node in nodes:
            if node.sequence < self.first_node:
                self.settle("backward() through a graph that was made outside")
                return

    def check(self, flag: Pending, spec, operands, static) -> None:
        """The op's error is to be raised where ``flag`` turns out to be true."""
        self.checks.append((flag.number, OutOfRange(spec, operands, static)))

    # -- the ends -------------------------------------------------------------------------------
    def settle(self, reason: str = "a value is read", where: str = "") -> dict:
        """End the recording here: compute what it has, so that the run goes on uncompiled.
        Returns the values by number."""
        if self.ahead:
            raise Unforeseeable(reason)
        if self.conditional:
            raise Unconditional(reason)
        line = where or user_line()
        if self.fullgraph:
            self.abandon()
            where = self.fullgraph if isinstance(self.fullgraph, str) else "a compiled step with fullgraph=True"
            way = "" if isinstance(self.fullgraph, str) else (
                ", or leave fullgraph=True out: the function then runs uncompiled"
            )
            raise RuntimeError(
                f"{line}: {reason}, which {where} cannot do. Return the tensor and read it outside, or keep the "
                f"decision in tensors (torch.where, torch.cond){way}."
            )
        self.broken, self.running = Break(reason, line), False
        modes.state.recorder = None
        values = self.entry_values()
        for step in self.graph.steps:
            leaves = [values[n] for n in step.reads]
            out = launch(step.program, jax.tree_util.tree_unflatten(step.structure, leaves))
            values.update(zip(step.makes, jax.tree_util.tree_leaves(out), strict=True))
        self.fulfil(values)
        for number, error in self.checks:
            if values[number]:
                raise error([values[n] for n in error.numbers])
        return values

    def end(self, reason: str, for_now: bool, where: str = "", often: bool = False) -> dict:
        """`settle`, in a run after which (``for_now``) the next may be recorded, ``often``: however many there were."""
        self.for_now, self.often = for_now and (often or self.patient), often
        self.fullgraph = self.fullgraph and not self.for_now
        return self.settle(reason, where)

    def entry_values(self) -> dict:
        """number -> array of everything that is not computed."""
        values = dict(self.graph.constants)
        for c in self.captured.values():
            values[c.pending.number] = _snapshot(c) if c.array is None else c.array
        for p in self.provided:
            values.update(zip(p.numbers, p.values, strict=True))
        return values

    def fulfil(self, values: dict) -> None:
        """Give every pending value that is still held its array."""
        for ref in self._pending:
            p = ref()
            if p is not None and p.number in values:
                p.array = values[p.number]
        for c in self.captured.values():
            s = c.storage
            if s.array is c.pending:
                s.array = c.array
            elif type(s.array) is Pending:
                array = s.array.array
                s.array = c.array
                s.write(array)
        for ref in self._holders:
            s = ref()
            if s is not None and type(s.array) is Pending:
                s.array = s.array.array

    def leave(self) -> None:
        """Give captured memory back; random engines stay where the draws have left them."""
        modes.state.recorder = None
        for c in self.captured.values():
            c.restore()

    def abandon(self) -> None:
        """Take the run back: everything is as it was at entry."""
        self.leave()
        for t, grad in self.grads.values():
            show_gradient(t)
            t._grad = grad
        for engine, state in self.engines.items():
            engine.set_state(state)
        for undo in reversed(self.undo):
            undo()

    def holders(self) -> list[Storage]:
        """The storages, made in the run, that hold pending values."""
        found = {}
        for ref in self._holders:
            s = ref()
            if s is not None and id(s) not in self.captured and type(s.array) is Pending:
                found[id(s)] = s
        return list(found.values())


def _snapshot(c: Captured):
    """What memory that NumPy shares holds."""
    s = c.storage
    pending, s.array = s.array, None
    try:
        return s.read()
    finally:
        s.array = pending

