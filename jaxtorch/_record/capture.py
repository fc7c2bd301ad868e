"""Compiled functions: find the recording that stands for a call, or make one."""

from __future__ import annotations

import contextlib
import functools
import inspect
import sys
import warnings
import weakref

import numpy as np

from .._core import casts, dtypes, modes
from .._core.composed import Composed
from .._core.symbol import Symbol, plain
from .._core.tensor import Tensor
from . import graph, replay, segment
from .dynamic import Sized, Sizes
from .finish import finish
from .joint import Call
from .recorder import Recorder, Unfit
from .replay import Recording
from .trees import CONTAINERS, flatten, unflatten
from .watch import Watch

_LIMIT = 64  # recordings kept for calls that look alike


class Limits:
    """What compiled functions may do.

    Attributes:
        most: recordings with programs of their own and graph breaks of one function, after which what is new
            runs uncompiled.
        stance: as `torch.compiler.set_stance` says.
    """

    most = 256
    stance = "default"


limits = Limits()


_all: weakref.WeakSet = weakref.WeakSet()


def forget() -> None:
    """Drop every recording and program."""
    for f in _all:
        f.recordings.clear()
        f.breaks.clear()
        f.history.clear()
        f.sizes.families.clear()
    replay._programs.clear()
    replay._constants.clear()
    graph._traces.clear()
    segment.forget()


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
        # places of the ints among the arguments that vary (floats do); None: numbers are compared by value
        self.varies: set | None = set()
        self.sizes = Sizes(dynamic)
        self.ints: dict = {}  # what a call looks like but for its ints -> those of the first
        _all.add(self)

    def all_recordings(self) -> list[Recording]:
        """Every recording made, oldest first."""
        return [r for _, r in self.history if r is not None]

    def owned(self) -> int:
        """How many recordings share no program for several sizes, breaks included."""
        return sum(r is None or type(r.program) is not Sized for _, r in self.history)

    def programs(self) -> list:
        """The programs of all recordings, backward halves included, each once."""
        found = [p for r in self.all_recordings() for p in (r.program, *[j.program.jitted for j in r.joints])]
        return list({id(p): p for p in [p.bucket if type(p) is Sized else p for p in found]}.values())

    def __reduce__(self):  # a copy records anew
        return Compiled, (self.function, self.fullgraph, self.dynamic)

    def __get__(self, instance, owner=None):
        return self if instance is None else functools.partial(self, instance)

    # -- calling --------------------------------------------------------------------------------
    def __call__(self, *args, **kwargs):
        state = modes.state
        if state.recorder is not None or limits.stance == "force_eager":
            return self.function(*args, **kwargs)  # inside another compiled function: part of its program
        if state.segment is not None:
            return state.segment.apart(self, args, kwargs)
        tensors, key, numbers = describe(args, kwargs, self.varies)
        if tensors is None:
            self.refuse(key)
            return self.function(*args, **kwargs)
        if self.breaks and key in self.breaks:
            return self.function(*args, **kwargs)
        reason = None
        for recording in self.recordings.get(key, ()):
            recording.numbers.values = numbers
            failed = recording.holds(tensors)
            if failed is None:
                storages = recording.storages(tensors)
                outs, inner = recording.run(storages)
                made = recording.deliver(outs, tensors, storages)
                for joint in recording.joints:
                    call = Call(args, kwargs, tensors, numbers, *inner)
                    joint.attach([made[i] for i in joint.results], call, recording)
                return recording.result(made)
            reason = failed
        if reason is None:
            reason = f"a call with other arguments: {_shown(args, kwargs)}" if self.history else "the first call"
        if self.history and limits.stance == "fail_on_recompile":
            raise RuntimeError(f"Detected recompile when torch.compile stance is 'fail_on_recompile'. {reason}")
        if self.history and limits.stance == "eager_on_recompile":
            return self.function(*args, **kwargs)
        if len(self.history) >= limits.most and self.owned() >= limits.most:
            self.warn(f"it has been recorded {limits.most} times; torch.compiler.explain() says why")
            return self.function(*args, **kwargs)
        if self.vary(args, kwargs):
            tensors, key, numbers = describe(args, kwargs, self.varies)
        return self.record(args, kwargs, tensors, key, numbers, reason)

    def vary(self, args: tuple, kwargs: dict) -> bool:
        """Whether an int among the arguments turns out to be one that varies: another value than at a call
        that was the same otherwise. Floats are taken to vary from the start."""
        if self.varies is None:
            return False
        ints = {k: x for k, x in (*enumerate(args), *kwargs.items()) if type(x) is int and k not in self.varies}
        if not ints:
            return False
        first = self.ints.setdefault(describe(args, kwargs, self.varies | ints.keys())[1], ints)
        others = {k for k, x in ints.items() if first[k] != x}
        self.varies |= others
        return bool(others)

    def refuse(self, why: str) -> None:
        """Say that a call cannot be recorded at all."""
        if self.fullgraph:
            raise RuntimeError(f"{why}, which a compiled step with fullgraph=True cannot take")
        self.warn(why)

    def warn(self, why: str) -> None:
        """Say once why a call runs uncompiled."""
        if not self.warned:
            self.warned = True
            warnings.warn(f"{self.function.__qualname__} runs uncompiled: {why}", stacklevel=5)

    # -- recording ------------------------------------------------------------------------------
    def record(self, args, kwargs, tensors, key, numbers: dict, reason: str):
        try:
            return self._recorded(args, kwargs, tensors, key, numbers, reason)
        except _Refused:
            self.varies = None
        return self(*args, **kwargs)

    def _recorded(self, args, kwargs, tensors, key, numbers: dict, reason: str):
        recorder = Recorder(self.fullgraph)
        # the state of a first call, perhaps: what it starts with is another matter next time
        recorder.patient = self.kept_more < 2
        recorder.shapes = self.sizes.of(tensors)
        given = Numbers(numbers)
        symbols = {k: Symbol(recorder, self.named(k), functools.partial(given.get, k), x) for k, x in numbers.items()}
        watch = Watch(recorder, self.function, flatten((args, kwargs))[0], (args, kwargs))
        for t in tensors:
            recorder.capture(t._storage)
        modes.state.recorder = recorder
        in_effect = modes_in_effect()
        with watch.young():
            try:
                with watched_output(recorder), casts.fresh_casts(), watch:
                    result = self.function(*_with(symbols, enumerate(args)).values(), **_with(symbols, kwargs.items()))
            except BaseException as e:
                if recorder.broken is None:
                    recorder.abandon()
                    if symbols and isinstance(e, TypeError):
                        raise _Refused from e
                raise
            finally:
                modes.state.recorder = None
                recorder.stop()
            made = None
            if recorder.broken is None:
                try:
                    if modes_in_effect() != in_effect:
                        raise Unfit("it changes a mode (set_grad_enabled, set_default_dtype, autocast and the like)")
                    made = finish(recorder, tensors, result, watch, reason)
                except Unfit as e:
                    made = e
        leaves, structure = flatten(result)
        if any(type(x) is Symbol for x in leaves):
            result = unflatten(structure, list(map(plain, leaves)))
        call = Call(args, kwargs, tensors, numbers, {}, [])
        if isinstance(made, Unfit):
            self.run_unfit(made, recorder, call)
        elif made is not None:
            recording, storages = made
            recording.numbers = given
            kept = self.recordings.setdefault(key, [])
            kept.insert(0, recording)
            del kept[_LIMIT:]
            self.history.append((reason, recording))
            inner = self.first_run(recorder, recording, storages)
            for joint in recording.joints:
                joint.attach(joint.roots, call.after(inner), recording)
                joint.roots = None
            return result
        self.give_up(recorder, key)
        return result

    def named(self, place: int | str) -> str:
        """What an argument is called."""
        code = getattr(inspect.unwrap(self.function), "__code__", None)
        if isinstance(place, int) and code is not None and place < code.co_argcount:
            return code.co_varnames[place]
        return str(place) if isinstance(place, str) else f"argument {place}"

    def run_unfit(self, unfit: Unfit, recorder: Recorder, call: Call) -> None:
        """Finish a run that cannot be replayed."""
        modes.state.recorder = recorder
        values = recorder.end(unfit.reason, unfit.at_first, unfit.where)
        for joint in unfit.joints:
            joint.attach(joint.roots, call._replace(arrays=values), None)

    def give_up(self, recorder: Recorder, key) -> None:
        broken = recorder.broken
        if recorder.for_now:
            self.kept_more += not recorder.often
            self.history.append((f"not kept: {broken.reason}", None))
            return
        self.breaks[key] = broken
        self.history.append((f"{broken.line}: {broken.reason}", None))
        self.warn(f"{broken.line}: {broken.reason}")

    @staticmethod
    def first_run(recorder, recording, storages):
        """Run what was just recorded, for the run that was recorded; returns as `Recording.run` what is for
        a `Joint`."""
        for c in recorder.captured.values():
            s = c.storage
            s.array, s.host = c.array, c.host
            c.array = None
        recorder.release()
        try:
            outs, inner = recording.run(storages)
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
        return inner


class Numbers:
    """The numbers among the arguments of the call at hand, by their places."""

    def __init__(self, values: dict):
        self.values = values

    def get(self, place):
        return self.values[place]


def _with(symbols: dict, arguments) -> dict:
    """(place, argument) pairs with the symbols in their places."""
    return {k: symbols.get(k, x) for k, x in arguments}


class _Refused(Exception):
    """Something would not take a `Symbol` for a number."""


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
def describe(args, kwargs, varies: set | None):
    """(the tensors among the arguments, a key of everything else, the numbers that vary by their places), or
    (None, why that is impossible, {})."""
    numbers, tensors, key = {}, [], [len(args), *kwargs]
    for place, given in (*enumerate(args), *kwargs.items()):
        kind = type(given)
        if varies is not None and (kind is float or (kind is int and place in varies)):
            numbers[place] = given
            key.append(("a number", kind))
            continue
        if kind in CONTAINERS or isinstance(given, tuple):
            leaves, structure = flatten(given)
            key.append(structure)
        else:
            leaves = (given,)
        for x in leaves:
            if isinstance(x, Composed):
                if x._requires_grad:
                    return None, "an argument is a sparse tensor that requires grad", {}
                key.append(x._facts())
                tensors += x._parts
                key += [(p._layout, p._storage.layout, p._dtype, p._storage.device) for p in x._parts]
            elif isinstance(x, Tensor):
                s = x._storage
                tensors.append(x)
                key.append((type(x), x._layout, s.layout, x._dtype, s.device, x._requires_grad, x._grad_fn is None))
            elif isinstance(x, np.ndarray):
                return None, "an argument is a NumPy array", {}
            else:
                key.append((type(x), x if x or type(x) is not float else str(x)))
    if len(tensors) > 1:
        firsts = {}
        key.append(tuple([firsts.setdefault(id(t._storage), i) for i, t in enumerate(tensors)]))
    key.append(modes_in_effect())
    key = tuple(key)
    if modes.state.saved_hooks or modes.state.function_modes:
        return None, "saved_tensors_hooks or a TorchFunctionMode are in effect", {}
    try:
        hash(key)
    except TypeError as e:
        return None, f"an argument cannot be compared: {e}", {}
    return tensors, key, numbers


def modes_in_effect() -> tuple:
    """The modes that decide what operations do."""
    state, policy = modes.state, modes.Policy
    return (
        state.grad, state.inference, state.anomaly, state.default_devices, dtypes.get_default_dtype(),
        policy.must_repeat(), policy.allow_tf32, policy.conv_tf32, casts.key(), policy.attention(),
    )  # fmt: skip


def _shown(args, kwargs) -> str:
    def one(x):
        if isinstance(x, Tensor):
            return f"{x.dtype}{list(x._layout.shape)}"
        text = repr(x)
        return text if len(text) < 30 else type(x).__name__

    return ", ".join([*map(one, args), *(f"{k}={one(v)}" for k, v in kwargs.items())])
