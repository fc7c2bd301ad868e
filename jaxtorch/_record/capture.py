"""Compiled functions: find the recording that stands for a call, or make one."""

from __future__ import annotations

import contextlib
import functools
import gc
import sys
import warnings
import weakref

import numpy as np

from .._core import modes, tape
from .._core.tensor import Tensor
from . import graph, replay
from .guards import Same, guards_of
from .joint import Joint
from .recorder import Recorder
from .replay import Place, Recording
from .trees import flatten, tensors_of, unflatten

_LIMIT = 64  # recordings kept for one function


_all: weakref.WeakSet = weakref.WeakSet()


def forget() -> None:
    """Drop every recording and program."""
    for f in _all:
        f.recordings.clear()
        f.breaks.clear()
        f.history.clear()
    replay._programs.clear()
    replay._constants.clear()
    graph._traces.clear()


class Compiled:
    """A function whose calls are recorded once and then replayed as one program."""

    def __init__(self, function, fullgraph: bool = False, dynamic=None):
        functools.update_wrapper(self, function)
        self.function, self.fullgraph, self.dynamic = function, fullgraph, dynamic
        self.recordings: dict = {}  # what a call looks like -> [Recording]
        self.history: list[tuple[str, Recording | None]] = []  # (why, what), or (why not, None)
        self.breaks: dict = {}  # what a call looks like -> why it cannot be replayed
        self.warned = False
        self.kept_more = 0
        _all.add(self)

    def all_recordings(self) -> list[Recording]:
        """Every recording made, oldest first."""
        return [r for _, r in self.history if r is not None]

    def __get__(self, instance, owner=None):
        return self if instance is None else functools.partial(self, instance)

    # -- calling --------------------------------------------------------------------------------
    def __call__(self, *args, **kwargs):
        state = modes.state
        if state.recorder is not None:  # inside another compiled function: part of its program
            return self.function(*args, **kwargs)
        tensors, key = describe(args, kwargs)
        if tensors is None or key in self.breaks:
            return self.function(*args, **kwargs)
        storages = [t._storage for t in tensors]
        reason = None
        for recording in self.recordings.get(key, ()):
            failed = recording.holds()
            if failed is None:
                outs, arrays = recording.run(storages)
                if recording.check_places:
                    recording.raise_failed(outs)
                return recording.deliver(outs, arrays, tensors)
            reason = failed
        if reason is None:
            reason = f"a call with other arguments: {_shown(args, kwargs)}" if self.history else "the first call"
        return self.record(args, kwargs, tensors, key, reason)

    # -- recording ------------------------------------------------------------------------------
    def record(self, args, kwargs, tensors, key, reason: str):
        recorder = Recorder(self.fullgraph)
        guards, still = guards_of(self.function, flatten((args, kwargs))[0])
        for t in tensors:
            recorder.capture(t._storage)
        modes.state.recorder = recorder
        try:
            with watched_output(recorder):
                result = self.function(*args, **kwargs)
        except BaseException:
            if recorder.broken is None:
                recorder.abandon()
            raise
        finally:
            modes.state.recorder = None
        if recorder.broken is None:
            recorder.guards += guards
            made = self.finish(recorder, tensors, result, still, reason)
            if made is not None:
                recording, storages = made
                kept = self.recordings.setdefault(key, [])
                kept.insert(0, recording)
                del kept[_LIMIT:]
                self.history.append((reason, recording))
                return self.first_run(recorder, recording, tensors, storages, result)
        self.give_up(recorder, key)
        return result

    def give_up(self, recorder: Recorder, key) -> None:
        broken = recorder.broken
        if recorder.for_now:
            self.history.append((f"not kept: {broken.reason}", None))
            return
        self.breaks[key] = broken
        self.history.append((f"{broken.line}: {broken.reason}", None))
        if not self.warned:
            self.warned = True
            warnings.warn(
                f"{self.function.__qualname__} runs uncompiled: {broken.line}: {broken.reason}", stacklevel=4
            )

    def finish(self, recorder: Recorder, tensors, result, still, reason: str):
        """(the recording, argument storages), or None where the run cannot be replayed."""
        positions = {}
        for i, t in enumerate(tensors):
            positions.setdefault(id(t._storage), i)
        arguments, captured, written, written_arguments = [], [], [], []
        for key, c in recorder.captured.items():
            s = c.storage
            moved = s.layout is not c.layout or s.dtype is not c.dtype
            if moved:
                return self.unfit(recorder, "a tensor captured from outside is given other memory (set_, resize_)")
            number = c.pending.number
            rewritten = s.array is not c.pending
            if key in positions:
                arguments.append((positions[key], number))
            else:
                captured.append((s, number))
            if rewritten:
                new = recorder.number_of(s.array)
                if key in positions:
                    written_arguments.append((positions[key], new, s.version - c.version))
                else:
                    written.append((s, new, s.version - c.version))
        for what, look, value in (*recorder.guards, *still):
            if look() != value:
                return self.unfit(recorder, f"it changes {what}")
        gradients, known = [], set(recorder.captured)
        for t, entry in recorder.grads.values():
            if id(t) in recorder.reads_grad:
                what = f"the .grad of a tensor of shape {list(t.shape)}"
                recorder.guards.append((what, _gradient_of(t), Same(entry)))
            g = t._grad
            if g is entry:
                continue
            if g is None:
                gradients.append((t, None, None))
            elif id(g._storage) in recorder.captured or g._layout is not g._storage.layout or g.requires_grad:
                return self.unfit(recorder, "a .grad is set to a tensor from outside, a view, or a taped tensor")
            else:
                gradients.append((t, g, recorder.number_of(g._storage.array)))
                known.add(id(g._storage))
        places, rebuild = describe_result(result, recorder, positions)
        outputs = [t for t in tensors_of(result) if id(t._storage) not in recorder.captured]
        live = [i for i, t in enumerate(outputs) if _live_graph(t)]
        for i in live:
            known.update(map(id, tape.kept_storages(outputs[i]._grad_fn)))
        returned = {id(t._storage) for t in tensors_of(result)}
        for attempt in (0, 1):
            stray = [s for s in recorder.holders() if id(s) not in known and id(s) not in returned]
            if not stray:
                break
            if attempt == 0:
                gc.collect()
        if stray:
            # the state of a first call, perhaps: what it starts with is another matter next time
            self.kept_more += 1
            return self.unfit(
                recorder, "a tensor made inside is kept by something outside the function", self.kept_more < 3
            )
        joint = None
        if live:
            modes.state.recorder = recorder
            joint = Joint(recorder, [outputs[i] for i in live], tensors)
            modes.state.recorder = None
            numbers = [self._leaf_number(e, recorder, tensors) for e in joint.edges]
            if not joint.fits:
                del recorder.graph.steps[joint.forward :]
                return self.unfit(recorder, "it returns a tensor whose gradient goes to tensors it was not given")
            joint.numbers, joint.results = numbers, live
        made = Recording(recorder, reason)
        made.assemble(arguments, captured, written, written_arguments, gradients, places, rebuild, joint)
        return made, [t._storage for t in tensors]

    @staticmethod
    def _leaf_number(edge, recorder: Recorder, tensors):
        """(number, shape) of the captured memory that an edge's tensor is the whole of, or None."""
        t = tensors[edge] if type(edge) is int else edge
        c = None if t is None else recorder.captured.get(id(t._storage))
        if c is None or t._dtype is not c.dtype:
            return None
        whole = t._layout is c.layout or (
            t._layout.is_contiguous and c.layout.is_contiguous and t._layout.numel == c.layout.numel
        )
        return (c.pending.number, c.layout.shape) if whole else None

    def unfit(self, recorder: Recorder, why: str, for_now: bool = False):
        """Finish a run that cannot be replayed without a program; ``for_now``: the next call may do."""
        modes.state.recorder = recorder
        recorder.fullgraph = recorder.fullgraph and not for_now
        recorder.settle(why)
        recorder.for_now = for_now

    def first_run(self, recorder, recording, tensors, storages, result):
        """Run what was just recorded, for the run that was recorded."""
        for c in recorder.captured.values():
            s = c.storage
            s.array, s.host = c.array, c.host
            c.array = None
        try:
            outs, arrays = recording.run(storages)
        except BaseException:
            recorder.abandon()
            raise
        values = dict(zip(recording.outputs, outs, strict=True))
        for i, k, _ in recording.written_arguments:
            storages[i].write(outs[k])
        for s, count in zip(recording.written, recording.writes, strict=True):
            s.version -= count  # counted when it was recorded
        for s in recorder.holders():
            s.array = values.get(s.array.number)
        if recording.check_places:
            recording.raise_failed(outs)
        if recording.joint is not None:
            recording.joint.attach(recording.joint.roots, tensors, arrays)
            recording.joint.roots = None
        return result


def _gradient_of(t: Tensor):
    return lambda: Same(t._grad)


def _live_graph(t: Tensor) -> bool:
    """Whether a backward from ``t`` could still run."""
    if not t.requires_grad or t._grad_fn is None:
        return False
    return not any(
        getattr(node, "holds", False) and node.saved is None  # pyright: ignore[reportAttributeAccessIssue]
        for node in tape.reachable(t._grad_fn)
    )


class _Output:
    """The program's standard output while a run is recorded: writing to it ends the recording."""

    def __init__(self, stream, recorder: Recorder):
        self._stream, self._recorder = stream, recorder

    def write(self, text):
        if self._recorder.broken is None:
            self._recorder.settle("something is printed")
        return self._stream.write(text)

    def __getattr__(self, name: str):
        return getattr(self._stream, name)


@contextlib.contextmanager
def watched_output(recorder: Recorder):
    """What is printed here breaks the graph."""
    before, sys.stdout = sys.stdout, _Output(sys.stdout, recorder)  # pyright: ignore[reportAttributeAccessIssue]
    try:
        yield
    finally:
        sys.stdout = before


# -- what a call looks like -----------------------------------------------------------------------
def describe(args, kwargs):
    """(the tensors among the arguments, a key of everything else): (None, None) if that is impossible."""
    leaves, structure = flatten((args, kwargs))
    tensors, key = [], [structure]
    for x in leaves:
        if isinstance(x, Tensor):
            s = x._storage
            tensors.append(x)
            key.append((type(x), x._layout, s.layout, x._dtype, s.device, x._requires_grad, x._grad_fn is None))
        elif isinstance(x, np.ndarray):
            return None, None
        else:
            key.append((type(x), x))
    if len(tensors) > 1:
        firsts = {}
        key.append(tuple([firsts.setdefault(id(t._storage), i) for i, t in enumerate(tensors)]))
    state = modes.state
    key.append((state.grad, state.inference, modes.Policy.deterministic, modes.Policy.allow_tf32, state.anomaly))
    key = tuple(key)
    try:
        hash(key)
    except TypeError:
        return None, None
    return tensors, key


def _shown(args, kwargs) -> str:
    def one(x):
        if isinstance(x, Tensor):
            return f"{x.dtype}{list(x.shape)}"
        text = repr(x)
        return text if len(text) < 30 else type(x).__name__

    return ", ".join([*map(one, args), *(f"{k}={one(v)}" for k, v in kwargs.items())])


def describe_result(result, recorder: Recorder, positions: dict):
    """(a Place for each tensor of the result, what rebuilds the result from those tensors)."""
    leaves, structure = flatten(result)
    places, fixed = [], []
    for x in leaves:
        place = None
        if isinstance(x, Tensor):
            key = id(x._storage)
            if key in positions:
                place = Place(x, positions[key], None)
            elif key not in recorder.captured:
                place = Place(x, None, recorder.number_of(x._storage.array))
            elif x._view is not None:
                place = Place(x, x._storage, None)
        fixed.append((place is not None, x if place is None else None))
        if place is not None:
            places.append(place)

    def rebuild(tensors):
        found = iter(tensors)
        return unflatten(structure, [next(found) if made else x for made, x in fixed])

    return places, rebuild
