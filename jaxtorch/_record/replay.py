"""Recordings: a finished graph with where its inputs come from and where its results go."""

from __future__ import annotations

import functools
import itertools
import operator
import sys
from collections import Counter
from operator import attrgetter
from typing import Any

import jax
import numpy as np

from .._core import casts, modes
from .._core.alias import View
from .._core.program import Program, compiled
from .._core.storage import Storage
from .._core.tensor import Tensor
from .ahead import Ahead, Flags, checked, foreseeable
from .gradients import ALONE, Entries, Gradients, is_whole
from .graph import SMALL, cone, evaluate, key_of
from .hold import NOTHING, Hold, can_hold, picker, write
from .images import together
from .recorder import Recorder

_array_of = attrgetter("array")
_swap_x64, _set_x64 = jax.enable_x64.swap_local, jax.enable_x64.set_local
#: Compiled programs by the structure of their graphs, so that a recording made anew (another value
#: of a guarded Python fact that changes nothing) compiles nothing.
_programs: dict = {}


class Place:
    """Where one result tensor of a run comes from.

    Attributes:
        itself: the position of the argument that it is.
        storage: the memory that it is a view of, if that is not made by the run: a captured one, or the
            position of an argument's.
        base, creation: of a view, the tensor it is one of (or the position of an argument that is it, or in a
            tuple of one that is a view of it), and as in `alias.View`.
        number: of its value.
        grad: the Place of its .grad.
    """

    __slots__ = ("itself", "storage", "number", "layout", "native", "dtype", "device", "requires_grad", "grad_fn",
                 "output_nr", "cls", "grad", "base", "creation")  # fmt: skip

    @classmethod
    def of(cls, t: Tensor, recorder: Recorder, positions: dict, owners: dict, arguments: list) -> Place | None:
        key = id(t._storage)
        if id(t) in owners:
            place = cls(t, None, None)
            place.itself = owners[id(t)]
            return place
        if key in recorder.captured:
            place, v = cls(t, positions.get(key, t._storage), None), t._view
            if v is not None:
                of = {id(x._view.base): i for i, x in enumerate(arguments) if x._view is not None}
                place.creation = v.creation
                if id(v.base) in of:  # another view of what an argument is one of
                    place.base = (of[id(v.base)],)
                elif id(v.base) in owners or not recorder.made_here(v.base):
                    place.base = owners.get(id(v.base), v.base)
            return place
        place, g = cls(t, None, recorder.number_of(t._storage.array)), t._grad
        if g is not None:
            if id(g._storage) in recorder.captured or not is_whole(g) or g._requires_grad:
                return None
            place.grad = cls(g, None, recorder.number_of(g._storage.array))
        return place

    def __init__(self, t: Tensor, storage, number):
        self.itself = self.grad = self.base = self.creation = None
        self.storage, self.number = storage, number
        self.layout, self.native, self.dtype = t._layout, t._storage.layout, t._dtype
        self.device, self.requires_grad = t._storage.device, t._requires_grad
        self.grad_fn, self.output_nr, self.cls = t._grad_fn, t._output_nr, type(t)

    def make(self, storage: Storage) -> Tensor:
        t = object.__new__(self.cls)
        t._storage, t._layout, t._dtype = storage, self.layout, self.dtype
        if self.requires_grad:
            t._requires_grad, t._grad_fn, t._output_nr = True, self.grad_fn, self.output_nr
        return t


class Recording:
    """One run of a function as a program: inputs are read, the program runs, results are written.

    Attributes:
        entries: the ``.grad`` tensors that are read; they count as arguments, after the tensors.
        arguments: (position among the argument tensors, number) of the inputs among them.
        captured: (storage, number) of memory from outside the run.
        written: (storage, number of its new value, writes) of captured memory and of
        written_arguments: the same of arguments (by position).
    """

    def __init__(self, recorder: Recorder, reason: str, arity: int, function):
        self.reason, self.function = reason, function
        self.graph = recorder.graph
        self.provided = recorder.provided
        self.guards = together(recorder.notes)
        self.checks, self.engines = recorder.checks, recorder.engines
        self.shapes = recorder.shapes
        self.autocast = casts.restorer()  # as it is for every call that this stands for
        self.calls = 0
        self.arity = arity
        self.numbers: Any = None  # those of the call at hand
        self.hold = NOTHING  # what was written, unless somebody has looked at it
        self.gradients = Gradients([], [], [])

    def __del__(self, ending=sys.is_finalizing):
        if not ending():  # memory and its hold are a cycle: it would be freed late
            self.hold.release()
            self.gradients.hold.release()

    # -- making ---------------------------------------------------------------------------------
    def assemble(self, entries: Entries, arguments, captured, written, written_arguments, gradients, places,
                 result, joints) -> None:  # fmt: skip
        """Fix what goes in and out; the program is built from it."""
        self.joints, self.entries = joints, entries
        self.result, self.places = result, places
        ahead, checks = False, self.checks
        if checks:
            ahead = not joints and self.shapes is None and foreseeable(self.graph, checks, [n for _, n, _ in written])
            if not ahead:
                written = self._unless_failed(captured, written)
        made = [p for p in (*places, *[p.grad for p in places]) if p is not None and p.number is not None]
        self.fresh = list(dict.fromkeys([p.number for p in made]))
        wanted = [n for _, n, _ in written] + [n for _, n, _ in written_arguments]
        wanted += [n for _, _, n in gradients if n is not None] + self.fresh
        inputs = {n for _, n in captured} | {n for _, n in arguments} | {n for p in self.provided for n in p.numbers}
        residuals = [n for joint in joints for n in joint.residuals]
        wanted += [n for n in residuals if n not in inputs]
        wanted += [] if ahead else checked(checks)
        self.steps = self.graph.needed(wanted)
        used = set(wanted).union(residuals, *[s.reads for s in self.steps])
        if ahead:
            used.update(checked(checks), *[s.reads for s in cone(self.graph.steps, checked(checks))])
        # a backward that comes later may want what the forward found
        rewritten = {id(s) for s, _, _ in written} if not joints else set()
        holders: dict[int, list[Storage]] = {}
        for s, n in captured:
            if n in used:
                holders.setdefault(n, []).append(s)
        # what several storages share (the step counts of an optimizer) is not worth giving away
        self.sharing = [group for group in holders.values() if len(group) > 1]
        donated, kept = [], []
        for n, group in holders.items():
            given = len(group) == 1 and id(group[0]) in rewritten
            (donated if given else kept).append((group[0], n))
        self.donated, self.kept = [s for s, _ in donated], [s for s, _ in kept]
        # what is given away first, and in the same order: XLA writes each result over what it replaces
        at = {id(s): i for i, s in enumerate(self.donated)}
        written = sorted(written, key=lambda found: at.get(id(found[0]), len(at)))
        self.outputs = outputs = list(dict.fromkeys([*[n for _, n, _ in written], *wanted]))
        at = {n: i for i, n in enumerate(outputs)}
        # of the arguments, only gradients are the run's to give away
        given_away = {i for i, _, _ in written_arguments if i >= self.arity and not joints}
        self.arguments = [(i, n) for i, n in arguments if n in used and i not in given_away]
        donated_arguments = [(i, n) for i, n in arguments if n in used and i in given_away]
        self.donated_arguments = [i for i, _ in donated_arguments]
        constants = {n: a for n, a in self.graph.constants.items() if n in used}
        donated += donated_arguments
        fixed = [n for _, n in (*donated, *kept, *self.arguments)] + [n for p in self.provided for n in p.numbers]
        limit = -1 if _varies(self.steps, fixed, constants, outputs) else SMALL
        large = {n: a for n, a in constants.items() if a.size > limit}
        self.large = list(large.values())
        small = {n: a for n, a in constants.items() if a.size <= limit}
        self.written = [s for s, _, _ in written]
        self.writes = [count for _, _, count in written]
        self.state_size = len({n for _, n, _ in written})  # of the results, the first are those written
        self.pick_written = picker([at[n] for _, n, _ in written])
        self.written_arguments = [(i, at[n], count) for i, n, count in written_arguments]
        set_here = [(owner, t, at[n]) for owner, t, n in gradients if n is not None]
        self.pick_gradients = picker([k for _, _, k in set_here])
        self.gradients = Gradients(
            [owner for owner, _, _ in set_here], [t for _, t, _ in set_here],
            [owner for owner, _, n in gradients if n is None],
        )  # fmt: skip
        self.fresh_places = {n: at[n] for n in self.fresh}
        self.flags = Flags([] if ahead else checks, outputs)
        numbers = [outputs[k] for *_, k in set_here]
        shared = {*self.fresh, *[n for _, n, _ in (*written, *written_arguments)]}
        if not joints and not self.flags.places:
            self.gradients.replace(self._own_values(numbers, shared))
        spare = [self.graph.value(*self.graph.avals[numbers[i]]) for i in self.gradients.replaced]
        order = (  # of the program's lists of arrays
            [n for _, n in donated] + spare, [n for _, n in kept], [n for _, n in self.arguments],
            [n for p in self.provided for n in p.numbers], list(large),
        )  # fmt: skip
        self.order = order
        self.inputs = captured
        self.host_shared = [s for s in (*self.kept, *self.donated) if s.host is not None]
        self._foresee_hold([n for _, n, _ in written], {n for _, _, n in gradients} | {n for _, n in kept})
        make = functools.partial(program_of, self.steps, order, small, outputs, donate=True)
        if self.shapes is None:
            self.program = make()
        else:
            places = {n: i for i, n in arguments}
            self.program = self.shapes.program(self.graph, self.steps, order[:4], outputs, places, make, donate=True)
        self.ahead = Ahead(self.graph, checks, order, small, program_of) if ahead else None

    def _own_values(self, numbers: list[int], shared: set) -> list[int]:
        """The places of those values that are made by the program and nobody else's: memory that they may be
        written to is of use."""
        wanted = {n for n, count in Counter(numbers).items() if count == 1} - shared
        made = {
            n for s in self.steps if not wanted.isdisjoint(s.makes)
            for n, other in zip(s.makes, s.traced.handed_on, strict=True) if not other
        }  # fmt: skip
        return [i for i, n in enumerate(numbers) if n in wanted and n in made]

    def _foresee_hold(self, numbers: list[int], shared: set) -> None:
        """Find out whether the recording may keep what it writes from run to run.

        Args:
            numbers: of the values written.
            shared: of values that others see too.
        """
        of = {id(s): n for s, n in zip(self.written, numbers, strict=True)}
        at = {n: i for i, n in enumerate(dict.fromkeys(numbers))}
        shared = shared.union(self.fresh, checked(self.checks))
        shared.update(n for n, count in Counter(numbers).items() if count > 1)
        self.may_hold = not (
            self.joints or self.host_shared or self.donated_arguments
            or any(of.get(id(s)) in shared for s in self.donated)
        )  # fmt: skip
        # what several storages share must be shared after a run too
        self.sharing_outside = []
        for group in self.sharing:
            new = {of.get(id(s)) for s in group}
            self.may_hold = self.may_hold and len(new) == 1
            if None in new:
                self.sharing_outside.append(group)
        self.pick_donated = picker([at[of[id(s)]] for s in self.donated])
        self.kept_outside = [s for s in self.kept if id(s) not in of]
        self.keeps_held = len(self.kept_outside) < len(self.kept)
        places = iter(range(self.state_size, self.state_size + len(self.kept)))
        self.pick_kept = picker([at[of[id(s)]] if id(s) in of else next(places) for s in self.kept])

    def _unless_failed(self, captured, written) -> list:
        """``written`` with values that stay what they were where an op of the run raises an error."""
        failed = self.graph.add(_any, *[n for n, _ in self.checks])
        before = {id(s): n for s, n in captured}
        pairs = dict.fromkeys([(before[id(s)], n) for s, n, _ in written])  # equal ones stay one value
        kept = {(old, new): self.graph.add(_unless, failed, old, new) for old, new in pairs}
        return [(s, kept[before[id(s)], n], count) for s, n, count in written]

    # -- running --------------------------------------------------------------------------------
    def holds(self, tensors) -> str | None:
        """None, or which guard says that the recording does not stand for the run asked for."""
        failed = self._changed()
        if failed is not None:
            return failed
        if self.entries.entries:
            failed = self.entries.failed(tensors)
            if failed is not None:
                return failed
        for storages in self.sharing if self.hold.released else self.sharing_outside:
            if len(set(map(id, map(_array_of, storages)))) > 1:
                return "tensors that shared one value no longer do"
        return None

    def _changed(self) -> str | None:
        """None, or what of that which Python looked up is another value now."""
        for note in self.guards:
            failed = note.failed()
            if failed is not None:
                return failed
        return None

    def storages(self, tensors) -> list[Storage]:
        """The memory of a call's arguments, then of the gradients that are read."""
        storages = [t._storage for t in tensors]
        return storages + self.entries.storages(tensors) if self.entries.owners else storages

    def run(self, storages):
        """Run the program on what `storages` gives.

        Returns:
            Its results; for a `Joint` also (all values by number, the states of the random engines before).
        """
        donated, kept = self._operands(storages)
        donated += self.gradients.give()
        given = [storages[i].read() for i, _ in self.arguments]
        # the first run is the recorded one: what Python provided for it is there
        random = []
        if self.joints or self.checks:
            random = [(e, e.get_state() if self.calls else state) for e, state in self.engines.items()]
        provided = [a for p in self.provided for a in (p.make() if self.calls else p.values)]
        self.calls += 1
        previous = _swap_x64(True)
        try:
            if self.ahead is not None:
                error = self.ahead.failed((donated, kept, given, provided, self.large))
                if error is not None:
                    self._set_back(random)
                    raise error
            outs = self.program(donated, kept, given, provided, self.large)
        finally:
            _set_x64(previous)
        if self.may_hold and self.calls == 2:
            self.may_hold = self._unshared(outs, (donated, kept, given, provided, self.large))
        del donated
        self._write(outs)
        if self.host_shared:
            self._to_host()
        error = self.flags.failed(outs)
        if error is not None:
            for storage, count in zip(self.written, self.writes, strict=True):
                storage.version -= count
            self._set_back(random)
            raise error
        if not self.joints:
            return outs, None
        arrays = dict(zip(self.outputs, outs, strict=True))
        for numbers, values in ((self.order[1], kept), (self.order[2], given), (self.order[3], provided)):
            arrays.update(zip(numbers, values, strict=True))
        return outs, (arrays, random)

    def _operands(self, storages) -> tuple[list, list]:
        """The arrays that the program may use up, and others that it reads."""
        hold = self.hold
        if not hold.released:
            kept = list(map(_array_of, self.kept_outside))
            if not hold.released:  # looking at those may have ended it
                # each list of hundreds of arrays that is made costs some microseconds
                return self.pick_donated(hold.arrays), self.pick_kept(hold.arrays + kept) if self.keeps_held else kept
        given_away = self.donated
        if self.donated_arguments:
            given_away = given_away + [storages[i] for i in self.donated_arguments]
        donated = list(map(_array_of, given_away))
        counts = list(map(sys.getrefcount, donated))
        if self.host_shared or counts.count(ALONE) != len(counts):
            donated = self._own(given_away, donated, counts)
        return donated, [s.read() for s in self.kept] if self.host_shared else list(map(_array_of, self.kept))

    def _write(self, outs) -> None:
        """Write what a run has made."""
        if not self.hold.released:
            self.hold.renew(outs[: self.state_size])
        elif self.may_hold and self.calls > 1 and self.written and can_hold(self.written):
            self.hold = Hold(self.written, self.writes, outs[: self.state_size], self.pick_written)
        else:
            write(self.written, self.pick_written(outs), self.writes, 1)

    def _unshared(self, outs, operands) -> bool:
        """Whether the values that the next run uses up are nobody else's: a program hands on what it was given
        where a result is that, and gives equal results as one array."""
        seen = Counter(map(id, itertools.chain(outs, *operands)))
        return all(seen[id(a)] == 1 for a in self.pick_donated(outs))

    @staticmethod
    def _own(storages, donated, counts):
        """Arrays that may be given away: copies of those that somebody else holds."""
        return [
            s.read() if a is None else a if count == ALONE else _copy(a)
            for s, a, count in zip(storages, donated, counts, strict=True)
        ]

    def _to_host(self) -> None:
        for storage in self.written:
            if storage.host is not None:
                array, storage.array = storage.array, None
                storage.write(array)

    def deliver(self, outs, tensors, storages) -> list[Tensor]:
        """Write the results of `run` where they belong; returns the tensors that the function returns."""
        for i, k, count in self.written_arguments:
            storages[i].write(outs[k])
            storages[i].version += count
        self.gradients.set(self.pick_gradients(outs), tensors)
        made = {n: None for n in self.fresh}

        def fresh(p: Place) -> Tensor:
            storage = made[p.number]
            if storage is None:
                storage = made[p.number] = Storage(outs[self.fresh_places[p.number]], p.native, p.dtype, p.device)
            return p.make(storage)

        made_tensors = []
        for p in self.places:
            if p.number is not None:
                t = fresh(p)
                if p.grad is not None:
                    t._grad = fresh(p.grad)
            elif p.itself is not None:
                t = tensors[p.itself]
            else:
                t = p.make(storages[p.storage] if type(p.storage) is int else p.storage)
                if p.base is not None:
                    base = tensors[p.base] if type(p.base) is int else p.base
                    base = tensors[base[0]]._view.base if type(base) is tuple else base
                    t._view = View(base, base._writes, p.creation)
            made_tensors.append(t)
        return made_tensors

    # -- for a backward that comes later ----------------------------------------------------------
    def memory_of(self, numbers, tensors) -> list[Storage]:
        """The memory of those among the inputs that have these numbers."""
        wanted = set(numbers)
        found = [s for s, n in self.inputs if n in wanted]
        return found + [tensors[i]._storage for i, n in self.arguments if n in wanted and i < self.arity]

    def repeat(self, call):
        """Run the function once more, uncompiled, on what a call found; returns what it returns."""
        self.numbers.values = call.numbers
        failed = self._changed()
        if failed is not None:
            raise RuntimeError(f"a second derivative runs the compiled function again, but {failed} since it ran")
        if self.gradients.owners or self.gradients.cleared or self.entries.owners:
            raise NotImplementedError("a second derivative across a compiled function that sets a .grad")
        written = {id(s) for s in self.written}
        found = [(s, call.arrays[n]) for s, n in self.inputs if id(s) in written and n in call.arrays]
        numbers = dict(self.arguments)
        found += [
            (call.tensors[i]._storage, call.arrays[numbers[i]]) for i, _, _ in self.written_arguments if i in numbers
        ]
        before = [(s, s.read(), s.version) for s, _ in found]
        engines = [(e, e.get_state()) for e, _ in call.random]
        try:
            for s, array in found:
                s.write(array)
            for e, state in call.random:
                e.set_state(state)
            with modes.holding("grad", True), self.autocast():
                return self.function(*call.args, **call.kwargs)
        finally:
            for s, array, version in before:
                s.write(array)
                s.version = version
            for e, state in engines:
                e.set_state(state)

    @staticmethod
    def _set_back(random) -> None:
        for engine, state in random:
            engine.set_state(state)


_any = Program(lambda *flags: functools.reduce(operator.or_, flags))
_unless = Program(lambda failed, before, after: jax.numpy.where(failed, before, after))
_copy = jax.jit(lambda x: jax.numpy.array(x, copy=True))


#: The constants of a graph's first recording, by its structure; None once another had other values.
_constants: dict = {}


def _varies(steps, inputs, constants: dict, outputs) -> bool:
    """Whether graphs that differ from this one in nothing but constants have been recorded: the constants
    are inputs then, and new values compile nothing."""
    key = key_of(steps, [*inputs, *constants], {}, outputs), len(inputs)
    values = [np.asarray(a).tobytes() for a in constants.values()]
    if _constants.setdefault(key, values) != values:
        _constants[key] = None
    return _constants[key] is None


def program_of(steps, order, small, outputs, donate: bool = False):
    """The jitted program: lists of arrays, one a list of numbers in ``order``, to those of ``outputs``.

    ``donate``: the arrays of the first list are given away.
    """
    key = (key_of(steps, [n for group in order for n in group], small, outputs), tuple(map(len, order)), donate)
    found = _programs.get(key)
    if found is None:

        def run(*lists):
            known = dict(small)
            for group, arrays in zip(order, lists, strict=True):
                known.update(zip(group, arrays, strict=True))
            evaluate(steps, known)
            return [known[n] for n in outputs]

        found = _programs[key] = compiled(run, donate_argnums=0 if donate else (), keep_unused=donate)
    return found
