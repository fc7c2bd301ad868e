"""Compiled functions: find the recording that stands for a call, or make one."""

from __future__ import annotations

import contextlib
import functools
import sys
import warnings
import weakref

import numpy as np

from .._core import casts, modes
from .._core.tensor import Tensor
from . import graph, replay
from .finish import finish
from .guards import guards_of
from .recorder import Recorder, Unfit
from .replay import Recording
from .trees import flatten

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
        reason = None
        for recording in self.recordings.get(key, ()):
            failed = recording.holds(tensors)
            if failed is None:
                storages = recording.storages(tensors)
                outs, arrays = recording.run(storages)
                if recording.check_places:
                    recording.raise_failed(outs)
                return recording.deliver(outs, arrays, tensors, storages)
            reason = failed
        if reason is None:
            reason = f"a call with other arguments: {_shown(args, kwargs)}" if self.history else "the first call"
        return self.record(args, kwargs, tensors, key, reason)

    # -- recording ------------------------------------------------------------------------------
    def record(self, args, kwargs, tensors, key, reason: str):
        recorder = Recorder(self.fullgraph)
        guards, still = guards_of(self.function, flatten((args, kwargs))[0])
        still.append(("what autocast is set to", casts.key, casts.key()))
        for t in tensors:
            recorder.capture(t._storage)
        modes.state.recorder = recorder
        try:
            with watched_output(recorder), casts.fresh_casts():
                result = self.function(*args, **kwargs)
        except BaseException:
            if recorder.broken is None:
                recorder.abandon()
            raise
        finally:
            modes.state.recorder = None
        if recorder.broken is None:
            recorder.guards += guards
            try:
                made = finish(recorder, tensors, result, still, reason)
            except Unfit as e:
                made = e
            if not isinstance(made, Unfit):
                recording, storages = made
                kept = self.recordings.setdefault(key, [])
                kept.insert(0, recording)
                del kept[_LIMIT:]
                self.history.append((reason, recording))
                return self.first_run(recorder, recording, tensors, storages, result)
            self.run_unfit(made, recorder, tensors)
        self.give_up(recorder, key)
        return result

    def run_unfit(self, unfit: Unfit, recorder: Recorder, tensors) -> None:
        """Finish a run that cannot be replayed."""
        # the state of a first call, perhaps: what it starts with is another matter next time
        self.kept_more += unfit.at_first
        modes.state.recorder = recorder
        values = recorder.end(unfit.reason, unfit.at_first and self.kept_more < 3)
        if unfit.joint is not None:
            unfit.joint.attach(unfit.joint.roots, tensors, values)

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
    key.append(casts.key())
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
