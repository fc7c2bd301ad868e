"""Recordings: a finished graph with where its inputs come from and where its results go."""

from __future__ import annotations

import sys
from operator import attrgetter, call, is_, itemgetter

import jax
import numpy as np

from .._core.storage import Storage
from .._core.tensor import Tensor
from .gradients import ALONE, Entries, Gradients, is_whole
from .graph import SMALL, evaluate, key_of
from .guards import Identity
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
        number: of its value.
        grad: the Place of its .grad.
    """

    __slots__ = ("itself", "storage", "number", "layout", "native", "dtype", "device", "requires_grad", "grad_fn",
                 "output_nr", "cls", "grad")  # fmt: skip

    @classmethod
    def of(cls, t: Tensor, recorder: Recorder, positions: dict, owners: dict) -> Place | None:
        key = id(t._storage)
        if id(t) in owners:
            place = cls(t, None, None)
            place.itself = owners[id(t)]
            return place
        if key in positions:
            return cls(t, positions[key], None)
        if key in recorder.captured:
            return cls(t, t._storage, None)
        place, g = cls(t, None, recorder.number_of(t._storage.array)), t._grad
        if g is not None:
            if id(g._storage) in recorder.captured or not is_whole(g) or g._requires_grad:
                return None
            place.grad = cls(g, None, recorder.number_of(g._storage.array))
        return place

    def __init__(self, t: Tensor, storage, number):
        self.itself = self.grad = None
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

    def __init__(self, recorder: Recorder, reason: str, arity: int):
        self.reason = reason
        self.graph = recorder.graph
        self.provided = recorder.provided
        self.guards = recorder.guards
        self.checks = recorder.checks
        self.calls = 0
        self.arity = arity

    # -- making ---------------------------------------------------------------------------------
    def assemble(self, entries: Entries, arguments, captured, written, written_arguments, gradients, places,
                 result, joint) -> None:  # fmt: skip
        """Fix what goes in and out; the program is built from it."""
        self.joint, self.entries = joint, entries
        self.same = [g for g in self.guards if type(g[1]) is Identity]
        self.equal = [g for g in self.guards if type(g[1]) is not Identity]
        self.looks, self.objects = [g[1].raw for g in self.same], [g[2].value for g in self.same]
        self.result, self.places = result, places
        made = [p for p in (*places, *[p.grad for p in places]) if p is not None and p.number is not None]
        self.fresh = list(dict.fromkeys([p.number for p in made]))
        wanted = [n for _, n, _ in written] + [n for _, n, _ in written_arguments]
        wanted += [n for _, _, n in gradients if n is not None] + self.fresh
        inputs = {n for _, n in captured} | {n for _, n in arguments} | {n for p in self.provided for n in p.numbers}
        residuals = joint.residuals if joint is not None else []
        wanted += [n for n in residuals if n not in inputs]
        wanted += [n for n, _ in self.checks] + [n for _, error in self.checks for n in error.numbers]
        self.outputs = outputs = list(dict.fromkeys(wanted))
        at = {n: i for i, n in enumerate(outputs)}
        self.steps = self.graph.needed(outputs)
        used = set(outputs).union(residuals, *[s.reads for s in self.steps])
        # what the backward reads of it must outlive the forward
        rewritten = {id(s) for s, _, _ in written} - {id(s) for s, n in captured if n in residuals}
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
        # of the arguments, only gradients are the run's to give away
        given_away = {i for i, _, _ in written_arguments if i >= self.arity}
        self.arguments = [(i, n) for i, n in arguments if n in used and (i not in given_away or n in residuals)]
        donated_arguments = [(i, n) for i, n in arguments if n in used and i in given_away and n not in residuals]
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
        self.pick_written = _picker([at[n] for _, n, _ in written])
        self.written_arguments = [(i, at[n], count) for i, n, count in written_arguments]
        set_here = [(owner, t, at[n]) for owner, t, n in gradients if n is not None]
        self.pick_gradients = _picker([k for _, _, k in set_here])
        self.gradients = Gradients(
            [owner for owner, _, _ in set_here], [t for _, t, _ in set_here],
            [owner for owner, _, n in gradients if n is None],
        )  # fmt: skip
        self.fresh_places = {n: at[n] for n in self.fresh}
        self.check_places = [(at[n], error, [at[k] for k in error.numbers]) for n, error in self.checks]
        order = (  # of the program's lists of arrays
            [n for _, n in donated], [n for _, n in kept], [n for _, n in self.arguments],
            [n for p in self.provided for n in p.numbers], list(large),
        )  # fmt: skip
        self.order = order
        self.host_shared = [s for s in (*self.kept, *self.donated) if s.host is not None]
        self.program = program_of(self.steps, order, small, outputs, donate=True)

    # -- running --------------------------------------------------------------------------------
    def holds(self, tensors) -> str | None:
        """None, or which guard says that the recording does not stand for the run asked for."""
        if not all(map(is_, map(call, self.looks), self.objects)):
            return self._changed(self.same)
        failed = self._changed(self.equal)
        if failed is not None:
            return failed
        if self.entries.entries:
            failed = self.entries.failed(tensors)
            if failed is not None:
                return failed
        for storages in self.sharing:
            if len(set(map(id, map(_array_of, storages)))) > 1:
                return "tensors that shared one value no longer do"
        return None

    @staticmethod
    def _changed(guards) -> str | None:
        for what, look, value in guards:
            if look() != value:
                return f"{what}: {_short(value)} -> {_short(look())}"
        return None

    def storages(self, tensors) -> list[Storage]:
        """The memory of a call's arguments, then of the gradients that are read."""
        storages = [t._storage for t in tensors]
        return storages + self.entries.storages(tensors) if self.entries.owners else storages

    def run(self, storages):
        """Run the program on what `storages` gives; returns its results, and all values by number for `Joint`."""
        given_away = self.donated
        if self.donated_arguments:
            given_away = given_away + [storages[i] for i in self.donated_arguments]
        donated = list(map(_array_of, given_away))
        counts = list(map(sys.getrefcount, donated))
        if self.host_shared or counts.count(ALONE) != len(counts):
            donated = self._own(given_away, donated, counts)
        kept = [s.read() for s in self.kept] if self.host_shared else list(map(_array_of, self.kept))
        given = [storages[i].read() for i, _ in self.arguments]
        # the first run is the recorded one: what Python provided for it is there
        provided = [a for p in self.provided for a in (p.make() if self.calls else p.values)]
        self.calls += 1
        previous = _swap_x64(True)
        try:
            outs = self.program(donated, kept, given, provided, self.large)
        finally:
            _set_x64(previous)
        del donated
        for storage, array, count in zip(self.written, self.pick_written(outs), self.writes):  # noqa: B905
            storage.array = array
            storage.version += count
        if self.host_shared:
            self._to_host()
        arrays = None
        if self.joint is not None:
            arrays = dict(zip(self.outputs, outs, strict=True))
            for numbers, values in ((self.order[1], kept), (self.order[2], given), (self.order[3], provided)):
                arrays.update(zip(numbers, values, strict=True))
        return outs, arrays

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

    def deliver(self, outs, arrays, tensors, storages):
        """Write the results of `run` where they belong; returns what the function returns."""
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
            made_tensors.append(t)
        if self.joint is not None:
            self.joint.attach([made_tensors[i] for i in self.joint.results], tensors, arrays)
        return self.result(made_tensors)

    def raise_failed(self, outs) -> None:
        """Raise the error of an op that was given a value out of range, if there was one."""
        for k, error, numbers in self.check_places:
            if outs[k]:
                raise error([outs[j] for j in numbers])


def _picker(places: list[int]):
    """A function that takes those places of a list, as a tuple."""
    if len(places) > 1:
        return itemgetter(*places)
    return (lambda outs: (outs[places[0]],)) if places else (lambda outs: ())


_copy = jax.jit(lambda x: jax.numpy.array(x, copy=True))


def _short(value) -> str:
    text = repr(value)
    return text if len(text) < 60 else text[:57] + "..."


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

        found = _programs[key] = jax.jit(run, donate_argnums=0 if donate else ())
    return found
