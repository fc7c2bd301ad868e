"""Segments: operations that are noted as they are asked for, and run together as one program.

    trie:  start -(mm, x, w)-> place -(relu, %2)-> place -> ...

What a program asks for again and again is one path in a trie of operations. An edge is a program and the
numbers of the values that it reads; the place behind it knows what comes out. So an operation that was noted
before costs one look into a dictionary, and a segment of them one program. Only values that somebody still has
when it ends are results of it.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
import time
from collections import Counter
from sys import getrefcount
from typing import Any
from weakref import ref

import jax
import numpy as np

from .._core import modes
from .._core.dispatch import notable, notables
from .._core.pending import Pending
from .._core.program import compiled
from .graph import Step, evaluate, key_of, nbytes, one_result, trace
from .tiers import Report, Tiers

_flatten, _unflatten = jax.tree_util.tree_flatten, jax.tree_util.tree_unflatten
_swap_x64, _set_x64 = jax.enable_x64.swap_local, jax.enable_x64.set_local

#: References to what nobody has but a list of its segment: that list's, and the argument of the count.
ALONE = 2
#: A segment ends when it has so many operations, or results of so many bytes.
MOST_STEPS, MOST_BYTES = 1000, 1 << 30
#: Once segments have been cut for their length, the beginning of a loop ends one that has so many results.
LEAST = 16
#: So many places, and the trie is begun anew.
MOST_PLACES = 50_000


class Place:
    """Where a path in the trie has come to.

    Attributes:
        after: edge -> the next place.
        step: the operation that led here.
        results: (shape, dtype) of what it made.
        only: the one of them, if the result is an array and no structure of arrays.
        programs: those of segments that ended here, first those that use up most of their inputs.
        ends: how many did.
    """

    __slots__ = ("after", "before", "step", "results", "only", "structure", "programs", "ends", "nbytes")

    def __init__(self, before: Place | None = None, step: Step | None = None):
        self.before, self.step, self.ends = before, step, 0
        self.after: dict[tuple, Place] = {}
        self.programs: list[Fused] = []
        if step is not None:
            self.results, self.structure = step.traced.avals, step.traced.structure
            self.only = self.results[0] if jax.tree_util.treedef_is_leaf(self.structure) else None
            self.nbytes = sum([nbytes(*aval) for aval in self.results])

    def steps(self) -> list[Step]:
        """The operations on the way here."""
        found, at = [], self
        while at.step is not None:
            found.append(at.step)
            at = at.before
        return found[::-1]


class Fused:
    """The program of a segment.

    Attributes:
        results: the numbers of the values that it makes.
        given: the numbers of those inputs whose memory it may use up.
        read: those of the others.
        spare: (shape, dtype) of further memory that it may write to.
    """

    __slots__ = ("results", "given", "read", "spare", "jitted", "ran")

    def __init__(self, steps: list[Step], results: tuple, given: tuple, read: tuple, spare: tuple):
        self.results, self.given, self.read, self.spare, self.ran = results, given, read, spare, False
        order = (*given, *read)
        constants = {n: np.asarray(notables[-n - 1]) for s in steps for n in s.reads if n < 0}
        key = key_of(steps, order, constants, results), len(given), spare
        found = _programs.get(key)
        if found is None:

            def segment(given_away, others):
                arrays = (*given_away[: len(given)], *others)
                known = evaluate(steps, {**constants, **dict(zip(order, arrays, strict=True))})
                return [known[n] for n in results]

            if len(_programs) >= 1024:
                _programs.clear()
            found = _programs[key] = compiled(segment, donate_argnums=0, keep_unused=True)
        self.jitted = found


class Segment:
    """The operations of one thread that have not run yet.

    Attributes:
        numbers: id of an array that was read -> its number.
        inputs: number -> that array.
        made: the results, pending, in order.
        holders: weak references to the memory that keeps them.
        left: arrays that the last segment made.
        finished: what a run has returned, until it is where it belongs.
        ending: the program of that run; None if it was op by op.
    """

    def __init__(self):
        self.lock = threading.RLock()
        self.start, self.places = Place(), 1
        self.heads: set = set()  # programs that loops without another mark begin with
        self.report = Report()
        self.tiers = Tiers(self.report)
        self.left: list = []
        self.finished: list = []
        self.ending: Fused | None = None
        self.stepping = True  # whether an optimizer's step comes after each backward
        self._begin()

    def _begin(self) -> None:
        self.place = self.start
        self.numbers: dict[int, int] = {}
        self.inputs: dict[int, Any] = {}
        self.made: list[Pending] = []
        self.holders: list = []
        self.count = self.length = self.nbytes = self.backwards = 0

    # -- noting -----------------------------------------------------------------------------------
    def take(self, program, values):
        """Note an operation; its results are pending."""
        with self.lock:
            if self.length >= MOST_STEPS or self.nbytes >= MOST_BYTES:
                self._cut()
            elif self.heads and program in self.heads and len(self.made) >= LEAST:
                self.flush()
            if all(map(_is_array, map(type, values))):
                leaves, edge = values, [program]
            else:
                leaves, structure = _flatten(tuple(values))
                edge = [program, structure]
            for x in leaves:
                if type(x) is Pending:
                    if x.array is None and x.recorder is self:
                        edge.append(x.number)
                        continue
                    x = x.now()
                elif x is None:
                    edge.append(None)
                    continue
                n = self.numbers.get(id(x))
                if n is None:
                    n, shape = self.count, x.shape
                    if shape:  # numbers are kept by value: one array may be two that happen to be equal
                        self.numbers[id(x)] = n
                    elif id(x) in notable:
                        edge.append(notable[id(x)])
                        continue
                    self.count = n + 1
                    self.inputs[n] = x
                    edge += (n, shape, x.dtype)
                else:
                    edge.append(n)
            edge = tuple(edge)
            place = self.place.after.get(edge)
            if place is None:
                place = self._grow(edge, values)
            self.place = place
            self.length += 1
            self.nbytes += place.nbytes
            n, made = self.count, self.made
            if place.only is not None:
                p = Pending(self, n, *place.only)
                self.count = n + 1
                made.append(p)
                return p
            outs = []
            for shape, dtype in place.results:
                outs.append(Pending(self, n, shape, dtype))
                n += 1
            self.count = n
            made += outs
            return _unflatten(place.structure, outs)

    def _grow(self, edge: tuple, values) -> Place:
        leaves, structure = _flatten(tuple(values))
        reads = tuple([n for n in edge if type(n) is int])
        traced = trace(edge[0], structure, tuple([(tuple(x.shape), x.dtype) for x in leaves]))
        place = self.place.after[edge] = Place(self.place, Step(edge[0], traced, structure, reads, self.count, ""))
        self.places += 1
        return place

    def check(self, flag: Pending, spec, operands, static) -> None:
        """Raise the op's error where ``flag``, made by the last operation, is up. The segment ends unless all that
        the flag depends on was there before it."""
        step = self.place.step
        alone, which = one_result(step.traced, flag.number - step.first)
        reads = [step.reads[k] for k in which]
        if all(n < 0 or n in self.inputs for n in reads):
            with jax.enable_x64(True):
                (up,) = _flag_of(alone)(*[self.inputs[n] if n >= 0 else notables[-n - 1] for n in reads])
        else:
            up = flag.now()
        if up:
            raise spec.out_of_range(operands, static)

    def holds(self, storage) -> bool:
        """Memory is to keep a pending value; whether it may: not where NumPy sees it too."""
        self.holders.append(ref(storage))
        return storage.host is None

    # -- ends -------------------------------------------------------------------------------------
    def after_backward(self) -> None:
        """A backward pass is over: the segment ends here unless an optimizer's step is what follows."""
        self.backwards += 1
        if self.backwards > 1:
            self.stepping = False
        if not self.stepping:
            self.flush()

    @contextlib.contextmanager
    def step(self, optimizer):
        """An optimizer makes its step: then the segment ends."""
        yield
        self.stepping = True
        self.flush()

    def apart(self, run, args: tuple, kwargs: dict):
        """Call a compiled function, which is no operation of a segment."""
        with modes.at_once():
            return run(*args, **kwargs)

    def _cut(self) -> None:
        """End a segment for its length; a loop that has no other mark is known by what it begins with."""
        at = self.place
        while at.before.step is not None:
            at = at.before
        self.heads.add(at.step.program)
        self.flush()

    def settle(self, *_, **__) -> None:
        """As a recorder does where a value is looked at."""
        self.flush()

    # -- running ----------------------------------------------------------------------------------
    def flush(self) -> None:
        """Run what was noted."""
        with self.lock:
            if self.finished:  # a run that was interrupted before its results were taken
                self._deliver()
            if self.place is not self.start:
                with jax.ensure_compile_time_eval():  # whatever JAX is tracing
                    self._run()

    def _run(self) -> None:
        place, made = self.place, self.made
        live = [p.number for p, c in zip(made, list(map(getrefcount, made)), strict=True) if c > ALONE]
        spared = self._spared()
        place.ends += 1
        program = self.ending = self._program(place, live)
        self.report.count(self.length, place.ends == 1, program is not None)
        finished, previous = self.finished, _swap_x64(True)
        try:
            # what a call has returned is in the list before anything can interrupt
            if program is None:
                finished.extend(map(self._one_by_one, [place], [live]))
                return
            given = [self.inputs[n] for n in program.given]
            for aval in program.spare:
                ready = spared.get(aval)
                given.append(ready.pop() if ready else jax.numpy.empty(*aval))
            read = [self.inputs[n] for n in program.read]
            begin = time.perf_counter()
            finished.extend(map(program.jitted, [given], [read]))
            if not program.ran:
                program.ran = True
                self.tiers.compiled(self.length, time.perf_counter() - begin)
        finally:
            _set_x64(previous)
            if finished:
                self._deliver()

    def _deliver(self) -> None:
        (found,), made, holders = self.finished, self.made, self.holders
        if self.ending is not None:
            self.left = list(found)
            found = dict(zip(self.ending.results, found, strict=True))
        for p in made:
            p.array = found.get(p.number)
        for holder in holders:
            storage = holder()
            if storage is not None:
                late = storage.array
                if type(late) is Pending and late.array is not None:
                    storage.array = late.array
        if self.places > MOST_PLACES:
            self.start, self.places = Place(), 1
        self.finished = []
        self._begin()

    def _spared(self) -> dict:
        """(shape, dtype) -> memory that the last segment has made and nobody has any more."""
        left, self.left = self.left, []
        found: dict = {}
        for x, c in zip(left, list(map(getrefcount, left)), strict=True):
            if c <= ALONE and x.shape:
                found.setdefault((x.shape, x.dtype), []).append(x)
        return found

    def _program(self, place: Place, live: list[int]) -> Fused | None:
        """A program that makes what is live of the segment that ends at a place; None to run it one by one."""
        arrays = list(self.inputs.values())
        counts = list(map(getrefcount, arrays))
        free = {n for n, c in zip(self.inputs, counts, strict=True) if c <= ALONE + 1}
        for found in place.programs:
            if free.issuperset(found.given) and set(live).issubset(found.results):
                return found
        steps = place.steps()
        if not self.tiers.fuses(steps, place.ends):
            return None
        avals = {n: aval for s in steps for n, aval in zip(s.makes, s.traced.avals, strict=True)}
        results = tuple(dict.fromkeys([*live, *[n for found in place.programs for n in found.results]]))
        room = Counter([avals[n] for n in results if avals[n][0]])
        given = []
        for n in free:
            x = self.inputs[n]
            if isinstance(x, jax.Array) and room[x.shape, x.dtype]:
                room[x.shape, x.dtype] -= 1
                given.append(n)
        read = tuple([n for n in self.inputs if n not in given])
        found = Fused(steps, results, tuple(given), read, tuple(room.elements()))
        place.programs.append(found)
        place.programs.sort(key=lambda p: -len(p.given))
        return found

    def _one_by_one(self, place: Place, live: list[int]) -> dict:
        """Run the operations of a segment one after another, each as its own program."""
        steps = place.steps()
        last = {n: k for k, s in enumerate(steps) for n in s.reads}
        known, kept = {**dict(zip(itertools.count(-1, -1), notables)), **self.inputs}, set(live)
        for k, s in enumerate(steps):
            self.tiers.alone.add(id(s.traced))
            read = [known[n] for n in s.reads]
            outs, structure = _flatten(s.program.jitted(*_unflatten(s.structure, read)))
            if structure != s.traced.structure:  # a closure over other residuals than the one that was noted
                outs = s.traced.function(*read)
            known.update(zip(s.makes, outs, strict=True))
            for n in (*s.reads, *s.makes):
                if n >= 0 and last.get(n, -1) <= k and n not in kept:
                    known.pop(n, None)
        return {n: known[n] for n in live}


class _Kinds(dict):
    """class -> whether its objects are arrays, or None."""

    def __missing__(self, kind: type) -> bool:
        found = self[kind] = issubclass(kind, (Pending, jax.Array, np.ndarray, type(None)))
        return found


_is_array = _Kinds().__getitem__
_programs: dict = {}
_flags: dict = {}
_own = threading.local()


def _flag_of(alone):
    found = _flags.get(id(alone))
    if found is None:
        found = _flags[id(alone)] = jax.jit(alone.function), alone
    return found[0]


def of_thread() -> Segment:
    """The segment of this thread."""
    found = getattr(_own, "segment", None)
    if found is None:
        found = _own.segment = Segment()
    return found


def forget() -> None:
    """Drop what this thread has seen, and every program."""
    of_thread().flush()
    _own.__dict__.clear()
    _programs.clear()
    _flags.clear()
    if modes.state.segment is not None:
        modes.state.segment = of_thread()


def _before_fork() -> None:
    """What a process forks with is there: no program can run in the child."""
    modes.flush()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork)
