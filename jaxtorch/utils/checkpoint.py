"""Checkpointing: forget what backward would need, and compute it again when it does."""

from __future__ import annotations

import contextlib
import itertools
import traceback
import warnings
import weakref

from .. import accelerator, cuda
from .._core import casts, engine, generator, modes
from .._core.override import TorchFunctionMode
from .._core.tape import Saved, edge_of
from .._core.tensor import Tensor
from ..autograd import backward as run_backward
from ..autograd.function import Function
from ..autograd.grad_mode import enable_grad, no_grad
from ..autograd.graph import saved_tensors_hooks
from ..random import fork_rng
from ._pytree import tree_leaves

__all__ = [
    "CheckpointError", "CheckpointFunction", "DefaultDeviceType", "check_backward_validity", "checkpoint",
    "checkpoint_sequential", "detach_variable", "get_device_states", "noop_context_fn", "set_checkpoint_debug_enabled",
    "set_checkpoint_early_stop", "set_device_states",
]  # fmt: skip

_TIP = """
Tip: To see a more detailed error message, either pass `debug=True` to
`torch.utils.checkpoint.checkpoint(...)` or wrap the code block
with `with torch.utils.checkpoint.set_checkpoint_debug_enabled(True):` to
enable checkpoint‑debug mode globally.
"""
_NOT_WITH_GRAD = (
    "When use_reentrant=True, torch.utils.checkpoint is incompatible with .grad() or passing an "
    "`inputs` parameter to .backward(). To resolve this error, you can either set use_reentrant=False, "
    "or call .backward() without passing the `inputs` argument."
)


class DefaultDeviceType:
    """The kind of device whose random numbers are kept where no argument is on one."""

    _default_device_type: str | None = None

    @staticmethod
    def set_device_type(device: str = "cuda") -> None:
        """Set it."""
        DefaultDeviceType._default_device_type = device

    @staticmethod
    def get_device_type() -> str:
        """What was set, or the kind of the accelerator, or ``"cpu"``."""
        if not DefaultDeviceType._default_device_type:
            found = accelerator.current_accelerator()
            DefaultDeviceType._default_device_type = "cpu" if found is None else found.type
        return DefaultDeviceType._default_device_type


def get_device_states(*args) -> tuple[list[int], list[Tensor]]:
    """(the GPUs that the arguments are on, the states of their generators).

    Args:
        args: tensors and other values, nested.
    """
    places = [x.get_device() for x in tree_leaves(args) if isinstance(x, Tensor) and x.is_cuda]
    return places, [cuda.get_rng_state(place) for place in places]


def set_device_states(devices, states, *, device_type: str | None = None) -> None:
    """Set the states of the generators of GPUs.

    Args:
        devices: their numbers.
        states: as `get_device_states` gives them.
        device_type: the kind of device; None: what `DefaultDeviceType` says.
    """
    kind = DefaultDeviceType.get_device_type() if device_type is None else device_type
    if kind == "meta":
        return
    for place, state in zip(devices, states):
        if kind != "cuda":
            raise NotImplementedError(f"set_device_states: a device of kind {kind!r}")
        cuda.set_rng_state(state, place)


class CheckpointError(RuntimeError):
    """What was computed again is not what was computed at first."""


def noop_context_fn():
    """Two contexts that do nothing."""
    return contextlib.nullcontext(), contextlib.nullcontext()


class _Overrides:
    """What the two context managers below have set, if anything."""

    early_stop: bool | None = None
    debug: bool | None = None


@contextlib.contextmanager
def set_checkpoint_early_stop(enable: bool):
    """Checkpoints made inside stop computing again once all that backward needs is there, or not."""
    previous, _Overrides.early_stop = _Overrides.early_stop, enable
    try:
        yield
    finally:
        _Overrides.early_stop = previous


@contextlib.contextmanager
def set_checkpoint_debug_enabled(enabled: bool | None):
    """Checkpoints made inside list, in their errors, the operations of both runs, or not."""
    previous, _Overrides.debug = _Overrides.debug, enabled
    try:
        yield
    finally:
        _Overrides.debug = previous


def checkpoint(function, *args, use_reentrant: bool | None = None, context_fn=noop_context_fn,
               determinism_check: str = "default", debug: bool = False, early_stop: bool = True, **kwargs):  # fmt: skip
    """``function(*args)``, keeping nothing for backward but its inputs.

    Args:
        function: takes tensors and other arguments; it runs again during backward.
        use_reentrant: True for the older form, a custom Function; False recommended.
        preserve_rng_state: (in kwargs) draw the same random numbers again; default True.
        context_fn: gives two contexts, for the first and for the second run.
        determinism_check: "default" compares shapes and dtypes of what is saved; "none" nothing.
        debug: errors list the operations of both runs.
        early_stop: stop the second run as soon as all that is needed is there.

    Returns:
        What ``function`` returns.

    Raises:
        CheckpointError: (in backward) the second run saved other tensors than the first.
    """
    if use_reentrant is None:
        warnings.warn(
            "torch.utils.checkpoint: the use_reentrant parameter should be passed explicitly. Starting in "
            "PyTorch 2.9, calling checkpoint without use_reentrant will raise an exception. use_reentrant=False "
            "is recommended, but if you need to preserve the current default behavior, you can pass "
            "use_reentrant=True. Refer to docs for more details on the differences between the two variants.",
            stacklevel=2,
        )
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if use_reentrant:
        if kwargs:
            raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
        if context_fn is not noop_context_fn or debug is not False:
            raise ValueError("Passing `context_fn` or `debug` is only supported when use_reentrant=False.")
        return CheckpointFunction.apply(function, preserve, *args)
    if determinism_check not in ("default", "none"):
        raise ValueError(f"determinism_check should be one of ['default', 'none'], but got {determinism_check}")
    if _Overrides.debug if _Overrides.debug is not None else debug:
        if context_fn is not noop_context_fn:
            raise ValueError("debug=True is incompatible with non-default context_fn")
        logs = _Log(), _Log()
        first, second, tell = *logs, lambda e: _listing(e, *logs)
    else:
        (first, second), tell = context_fn(), None
    if not modes.state.grad:
        return function(*args, **kwargs)
    again = _Again(function, args, kwargs, second, preserve)
    stop = early_stop if _Overrides.early_stop is None else _Overrides.early_stop
    frame = _Frame(again, stop, determinism_check == "default", tell)
    with saved_tensors_hooks(frame.pack, frame.unpack), first:
        result = function(*args, **kwargs)
        frame.completed = True
    if not frame.completed:
        raise RuntimeError(
            "torch.utils.checkpoint: the forward context provided by context_fn suppressed an exception "
            "raised during the checkpointed forward. This is not supported because checkpoint cannot "
            "return a value for a failed forward."
        )
    return result


def _computed_again(inputs, cotangents):
    """In a compiled step: what is done here is not what the forward has done, and not done before its turn."""
    recorder = modes.state.recorder
    if recorder is None:
        return contextlib.nullcontext()
    return recorder.computed_again([t for t in inputs if isinstance(t, Tensor)], cotangents)


# -- the older form -------------------------------------------------------------------------------
def detach_variable(inputs: tuple) -> tuple:
    """The tensors among ``inputs`` outside the graph, requiring gradients as before."""
    if not isinstance(inputs, tuple):
        raise RuntimeError("Only tuple of tensors is supported. Got Unsupported input type: ", type(inputs).__name__)
    return tuple(
        t.detach().requires_grad_(t.requires_grad) if isinstance(t, Tensor) else t for t in inputs
    )


def check_backward_validity(inputs) -> None:
    """Warn where none of the inputs requires grad."""
    if not any(t.requires_grad for t in inputs if isinstance(t, Tensor)):
        warnings.warn(
            "None of the inputs have requires_grad=True. Gradients will be None", stacklevel=2
        )


class CheckpointFunction(Function):
    """The older form: a Function whose backward runs the function again and backwards through it."""

    @staticmethod
    def forward(ctx, run_function, preserve_rng_state, *args):
        check_backward_validity(args)
        ctx.run_function, ctx.preserve = run_function, preserve_rng_state
        ctx.random = generator.snapshot() if preserve_rng_state else None
        ctx.casting = casts.restorer()
        ctx.places = [i for i, a in enumerate(args) if isinstance(a, Tensor)]
        ctx.others = [None if isinstance(a, Tensor) else a for a in args]
        ctx.save_for_backward(*[args[i] for i in ctx.places])
        with no_grad():
            return run_function(*args)

    @staticmethod
    def backward(ctx, *grads):
        if engine.current.walk.running is not None:
            raise RuntimeError(_NOT_WITH_GRAD)
        inputs = list(ctx.others)
        for i, t in zip(ctx.places, ctx.saved_tensors, strict=True):
            inputs[i] = t
        inputs = detach_variable(tuple(inputs))
        with fork_rng(enabled=ctx.preserve), enable_grad(), ctx.casting(), _computed_again(inputs, grads):
            if ctx.preserve:
                generator.restore(ctx.random)
            outs = ctx.run_function(*inputs)
        outs = (outs,) if isinstance(outs, Tensor) else outs
        pairs = [(o, g) for o, g in zip(outs, grads) if isinstance(o, Tensor) and o.requires_grad]
        if not pairs:
            raise RuntimeError("none of output has requires_grad=True, this checkpoint() is not necessary")
        run_backward([o for o, _ in pairs], [g for _, g in pairs])
        return (None, None, *[t.grad if isinstance(t, Tensor) else None for t in inputs])


# -- the newer form -------------------------------------------------------------------------------
class _Stop(Exception):
    """All that is needed has been computed again."""


class _Again:
    """A call that can be made once more: its arguments, modes and random state."""

    def __init__(self, function, args, kwargs, context, preserve: bool):
        self.function, self.kwargs, self.context = function, kwargs, context
        self.random = generator.snapshot() if preserve else None
        self.devices, self.casting = modes.state.default_devices, casts.restorer()
        self.args = [(a, Saved(a, None, edge_of(a))) if isinstance(a, Tensor) else (a, None) for a in args]

    def __call__(self) -> None:
        args = []
        for a, saved in self.args:
            if saved is not None:
                saved.check(saved.edge and saved.edge[0])
            args.append(a)
        devices, modes.state.default_devices = modes.state.default_devices, self.devices
        walk, tensors = engine.current.walk, [a for a in args if isinstance(a, Tensor)]
        later = _computed_again(tensors, () if walk is None else walk.grads)
        try:
            with fork_rng(enabled=self.random is not None), self.context, enable_grad(), self.casting(), later:
                if self.random is not None:
                    generator.restore(self.random)
                self.function(*args, **self.kwargs)
        finally:
            modes.state.default_devices = devices


class _Slot:
    """Stands for one tensor that was saved at first; ``values``: what it is in each backward."""

    __slots__ = ("values", "__weakref__")

    def __init__(self):
        self.values: dict[int, Tensor | None] = {}


class _Frame:
    """One checkpointed call: what it saved, and what running it again gave."""

    numbers = itertools.count(-1, -1)  # of unpackings outside any backward

    def __init__(self, again: _Again, early_stop: bool, compare: bool, tell):
        self.again, self.early_stop, self.compare, self.tell = again, early_stop, compare, tell
        self.slots: list[weakref.ref] = []
        self.facts: list[dict | None] = []
        self.done: set[int] = set()
        self.completed = False

    def pack(self, t: Tensor) -> _Slot:
        slot = _Slot()
        self.slots.append(weakref.ref(slot))
        self.facts.append(_facts(t) if self.compare else None)
        return slot

    def unpack(self, slot: _Slot) -> Tensor:
        walk = engine.current.walk
        number = next(self.numbers) if walk is None else walk.number
        try:
            return self._unpacked(slot, number)
        except CheckpointError as e:
            if self.tell is None:
                raise
            raise self.tell(e) from e

    def _unpacked(self, slot: _Slot, number: int) -> Tensor:
        if number not in self.done:
            self._run_again(number)
        value = slot.values.get(number)
        if value is None:
            raise CheckpointError(
                "torch.utils.checkpoint: Unpack is being triggered for a tensor that was already unpacked once. "
                "If you are calling ctx.saved_tensors in backward, make sure to do so only once. Otherwise please "
                "open an issue with details on your use case."
            )
        slot.values[number] = None  # each is wanted once: what is not kept here can be freed
        return value

    def _run_again(self, number: int) -> None:
        expected = len(self.slots)
        count = 0
        unlike = []

        def collect(t: Tensor) -> Tensor:
            nonlocal count
            t = t.detach() if t.requires_grad else t
            place, count = count, count + 1
            if place >= expected:
                if not self.completed:
                    return t
                raise CheckpointError(
                    "torch.utils.checkpoint: trying to save more tensors during recomputation than during the "
                    f"original forward pass.\n{_TIP}"
                )
            slot = self.slots[place]()
            if slot is not None:
                slot.values[number] = t
                if self.compare and _facts(t) != self.facts[place]:
                    unlike.append((place, self.facts[place], _facts(t)))
            if self.early_stop and count == expected:
                raise _Stop
            return t

        with contextlib.suppress(_Stop), saved_tensors_hooks(collect, lambda t: t):
            self.again()
        self.done.add(number)
        if count != expected and self.completed:
            raise CheckpointError(
                "torch.utils.checkpoint: A different number of tensors was saved during the original forward "
                f"and recomputation.\nNumber of tensors saved during forward: {expected}\nNumber of tensors "
                f"saved during recomputation: {count}.\n{_TIP}"
            )
        if unlike:
            lines = "".join(
                f"tensor at position {i}:\nsaved metadata: {a}\nrecomputed metadata: {b}\n" for i, a, b in unlike
            )
            raise CheckpointError(
                "torch.utils.checkpoint: Recomputed values for the following tensors have different metadata "
                f"than during the forward pass.\n{lines}.\n{_TIP}"
            )


def _facts(t: Tensor) -> dict:
    return {"shape": t.shape, "dtype": t.dtype, "device": t.device}


class _Log(TorchFunctionMode):
    """Notes each operation and where it was called."""

    def __init__(self):
        self.calls: list[tuple[str, str]] = []

    def __torch_function__(self, func, types, args=(), kwargs=None):
        shown = ", ".join(
            f"{a.dtype}{list(a.shape)}" if isinstance(a, Tensor) else repr(a) for a in args
        )
        where = "".join(traceback.format_list(traceback.extract_stack()[:-2][-4:]))
        self.calls.append((f"{getattr(func, '__name__', func)}({shown})", where))
        return func(*args, **(kwargs or {}))


def _listing(error: CheckpointError, first: _Log, second: _Log) -> CheckpointError:
    parts = []
    for title, log in (("the original forward", first), ("recomputation", second)):
        parts.append(f"Operations of {title}, each with where it was called:\n")
        parts += [f"{i}. {call}\n{where}" for i, (call, where) in enumerate(log.calls, 1)]
    return CheckpointError("\n".join([*parts, str(error).removesuffix(_TIP)]))


def checkpoint_sequential(functions, segments: int, input, use_reentrant: bool | None = None, **kwargs):
    """Run a chain of functions in ``segments`` parts, each but the last checkpointed.

    Args:
        functions: a Sequential or a list of functions of one tensor.
        segments: how many parts.
        input: what the first function takes.
    """
    if use_reentrant is None:
        warnings.warn(
            "torch.utils.checkpoint.checkpoint_sequential: the use_reentrant parameter should be passed "
            "explicitly. In version 2.9 we will raise an exception if use_reentrant is not passed. "
            "use_reentrant=False is recommended, but if you need to preserve the current default behavior, you "
            "can pass use_reentrant=True. Refer to docs for more details on the differences between the two variants.",
            stacklevel=2,
        )
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    chain = list(functions.children()) if hasattr(functions, "children") else list(functions)

    def part(start, end):
        def run(x):
            for f in chain[start : end + 1]:
                x = f(x)
            return x

        return run

    size = len(chain) // segments
    end = -1
    for start in range(0, size * (segments - 1), size):
        end = start + size - 1
        input = checkpoint(part(start, end), input, use_reentrant=use_reentrant, preserve_rng_state=preserve)
    return part(end + 1, len(chain) - 1)(input)
