"""Recordings: a finished graph with where its inputs come from and where its results go."""

from __future__ import annotations

import sys
from operator import attrgetter

import jax
import numpy as np

from .._core.storage import Storage
from .._core.tensor import Tensor
from .graph import evaluate
from .recorder import Recorder

_array_of = attrgetter("array")
_swap_x64, _set_x64 = jax.enable_x64.swap_local, jax.enable_x64.set_local
#: Constants of at most so many elements are part of the program; larger ones are inputs.
SMALL = 64

#: Compiled programs by the structure of their graphs, so that a recording made anew (another value
#: of a guarded Python fact that changes nothing) compiles nothing.
_programs: dict = {}


class Place:
    """Where one result tensor of a run comes from."""

    __slots__ = ("tensor", "storage", "number", "layout", "native", "dtype", "device", "requires_grad", "grad_fn",
                 "output_nr", "cls")  # fmt: skip

    def __init__(self, t: Tensor, storage, number):
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


def _exclusive_count() -> int:
    """The reference count of an array that only its storage holds, as `Recording.run` sees it."""
    storage = Storage(object(), None, None, None)
    return list(map(sys.getrefcount, list(map(_array_of, [storage]))))[0]


_EXCLUSIVE = _exclusive_count()


class Gradient:
    """A ``.grad`` that a run leaves behind: None, or a tensor with the value of a number."""

    __slots__ = ("owner", "tensor", "number")

    def __init__(self, owner: Tensor, tensor: Tensor | None, number: int | None):
        self.owner, self.tensor, self.number = owner, tensor, number


_LONE_TENSOR = 4  # references to a gradient: Gradient.tensor, owner._grad, a local, getrefcount's


class Recording:
    """One run of a function as a program: inputs are read, the program runs, results are written.

    Attributes:
        arguments: (position among the argument tensors, number) of the inputs among them.
        captured: (storage, number) of memory from outside the run.
        written: (storage, number of its new value, writes) of captured memory and of
        written_arguments: the same of arguments (by position).
    """

    def __init__(self, recorder: Recorder, reason: str):
        self.reason = reason
        self.graph = recorder.graph
        self.provided = recorder.provided
        self.guards = recorder.guards
        self.checks = recorder.checks
        self.calls = 0

    # -- making ---------------------------------------------------------------------------------
    def assemble(self, arguments, captured, written, written_arguments, gradients, places, result, joint) -> None:
        """Fix what goes in and out; the program is built from it."""
        self.joint = joint
        self.gradients, self.result, self.places = gradients, result, places
        self.fresh = list(dict.fromkeys(p.number for p in places if p is not None and p.storage is None))
        wanted = [n for _, n, _ in written] + [n for _, n, _ in written_arguments]
        wanted += [g.number for g in gradients if g.number is not None] + self.fresh
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
        first: dict[int, Storage] = {}
        self.sharing = []  # (storage, storage): arrays that must stay the same one
        donated, kept = [], []
        for s, n in captured:
            if n not in used:
                continue
            if n in first:
                self.sharing.append((first[n], s))
                continue
            first[n] = s
            (donated if id(s) in rewritten else kept).append((s, n))
        # what several storages share is given away only if all of them are written
        for one, other in self.sharing:
            if id(other) not in rewritten:
                kept += [(s, n) for s, n in donated if s is one]
                donated = [(s, n) for s, n in donated if s is not one]
        self.donated, self.kept = [s for s, _ in donated], [s for s, _ in kept]
        self.arguments = [(i, n) for i, n in arguments if n in used]
        constants = {n: a for n, a in self.graph.constants.items() if n in used}
        large = {n: a for n, a in constants.items() if a.size > SMALL}
        self.large = list(large.values())
        small = {n: a for n, a in constants.items() if a.size <= SMALL}
        self.written = [(s, at[n], count) for s, n, count in written]
        self.written_arguments = [(i, at[n], count) for i, n, count in written_arguments]
        self.gradient_places = [None if g.number is None else at[g.number] for g in gradients]
        self.fresh_places = {n: at[n] for n in self.fresh}
        self.check_places = [(at[n], error, [at[k] for k in error.numbers]) for n, error in self.checks]
        order = (  # of the program's lists of arrays
            [n for _, n in donated], [n for _, n in kept], [n for _, n in self.arguments],
            [n for p in self.provided for n in p.numbers], list(large),
        )  # fmt: skip
        self.order = order
        self.host_shared = [s for s in (*self.kept, *self.donated) if s.host is not None]
        self.program = program_of(self.steps, order, small, outputs, donate=True)
        self.shares = bool(self.sharing)

    # -- running --------------------------------------------------------------------------------
    def holds(self, storages) -> str | None:
        """None, or which guard says that the recording does not stand for the run asked for."""
        for what, look, value in self.guards:
            if look() != value:
                return f"{what}: {_short(value)} -> {_short(look())}"
        for one, other in self.sharing:
            if one.array is not other.array:
                return "tensors that shared one value no longer do"
        return None

    def run(self, storages):
        """Run the program on the storages of the argument tensors; returns what the function returns."""
        donated = list(map(_array_of, self.donated))
        counts = list(map(sys.getrefcount, donated))
        if self.shares or self.host_shared or counts.count(_EXCLUSIVE) != len(counts):
            donated = self._own(donated, counts)
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
        for storage, k, count in self.written:
            storage.array = outs[k]
            storage.version += count
        if self.host_shared:
            self._to_host(outs)
        arrays = None
        if self.joint is not None:
            arrays = dict(zip(self.outputs, outs, strict=True))
            for numbers, values in ((self.order[1], kept), (self.order[2], given), (self.order[3], provided)):
                arrays.update(zip(numbers, values, strict=True))
        return outs, arrays

    def _own(self, donated, counts):
        """Arrays that may be given away: copies of those that somebody else holds."""
        shared = {id(s) for pair in self.sharing for s in pair}
        mine = []
        for s, array, count in zip(self.donated, donated, counts, strict=True):
            if array is None:
                mine.append(s.read())
            elif count == _EXCLUSIVE:
                mine.append(array)
            elif id(s) in shared and self._only_shared(s, count):
                mine.append(array)
            else:
                mine.append(_copy(array))
        return mine

    def _only_shared(self, storage, count) -> bool:
        others = sum(1 for one, _ in self.sharing if one is storage)
        return count <= _EXCLUSIVE + others

    def _to_host(self, outs) -> None:
        for storage, k, _ in self.written:
            if storage.host is not None:
                storage.array = None
                storage.write(outs[k])

    def deliver(self, outs, arrays, tensors):
        """Write the results of `run` where they belong; returns what the function returns."""
        storages = [t._storage for t in tensors]
        for i, k, count in self.written_arguments:
            storages[i].write(outs[k])
            storages[i].version += count
        for g, k in zip(self.gradients, self.gradient_places, strict=True):
            owner, tensor = g.owner, g.tensor
            if k is None:
                owner._grad = tensor
                continue
            held = owner._grad
            if held is not None and held is not tensor:
                held = None
            alone = sys.getrefcount(tensor) == _LONE_TENSOR - (held is None)
            if alone and sys.getrefcount(tensor._storage) == 2:
                tensor._storage.array = outs[k]
            else:
                tensor = g.tensor = _like(tensor, outs[k])
            owner._grad = tensor
        made = {n: None for n in self.fresh}
        made_tensors = []
        for p in self.places:
            if p is None:
                continue
            storage = p.storage
            if storage is None:
                storage = made[p.number]
                if storage is None:
                    storage = made[p.number] = Storage(outs[self.fresh_places[p.number]], p.native, p.dtype, p.device)
            elif type(storage) is int:
                storage = storages[storage]
            made_tensors.append(p.make(storage))
        if self.joint is not None:
            self.joint.attach([made_tensors[i] for i in self.joint.results], tensors, arrays)
        return self.result(made_tensors)

    def raise_failed(self, outs) -> None:
        """Raise the error of an op that was given a value out of range, if there was one."""
        for k, error, numbers in self.check_places:
            if outs[k]:
                raise error([outs[j] for j in numbers])


_copy = jax.jit(lambda x: jax.numpy.array(x, copy=True))


def _like(t: Tensor, array) -> Tensor:
    made = object.__new__(type(t))
    old = t._storage
    made._storage = Storage(array, old.layout, old.dtype, old.device)
    made._layout, made._dtype = t._layout, t._dtype
    return made


def _short(value) -> str:
    text = repr(value)
    return text if len(text) < 60 else text[:57] + "..."


def program_of(steps, order, small, outputs, donate: bool = False):
    """The jitted program: lists of arrays, one a list of numbers in ``order``, to those of ``outputs``.

    ``donate``: the arrays of the first list are given away.
    """
    numbers = {}
    for group in order:
        for n in group:
            numbers.setdefault(n, len(numbers))

    def local(n):
        return numbers.setdefault(n, len(numbers))

    shape = tuple([(s.program, s.structure, tuple(map(local, s.reads)), tuple(map(local, s.makes))) for s in steps])
    constants = tuple([(local(n), a.dtype.str, a.shape, _bytes(a)) for n, a in small.items()])
    key = (shape, constants, tuple(map(len, order)), tuple(map(local, outputs)), tuple([s.traced for s in steps]), donate)
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


def _bytes(array) -> bytes:
    return np.asarray(array).tobytes()

