"""Checkpointing: forget what backward would need, and compute it again when it does."""

from __future__ import annotations

import contextlib
import warnings

from .._core import generator, modes
from .._core.tensor import Tensor
from ..autograd import backward as run_backward
from ..autograd.function import Function
from ..autograd.grad_mode import enable_grad, no_grad
from ..autograd.graph import saved_tensors_hooks

__all__ = ["CheckpointError", "checkpoint", "checkpoint_sequential", "noop_context_fn"]


class CheckpointError(RuntimeError):
    """What was computed again is not what was computed at first."""


def noop_context_fn():
    """Two contexts that do nothing."""
    return contextlib.nullcontext(), contextlib.nullcontext()


@contextlib.contextmanager
def _random_state(state):
    """Draw inside as was drawn at first, then go on where the caller was."""
    if state is None:
        yield
        return
    now = generator.default_generator.engine.get_state()
    generator.default_generator.engine.set_state(state)
    try:
        yield
    finally:
        generator.default_generator.engine.set_state(now)


def checkpoint(function, *args, use_reentrant: bool | None = None, context_fn=noop_context_fn,
               determinism_check: str = "default", debug: bool = False, early_stop: bool = True, **kwargs):  # fmt: skip
    """``function(*args)``, keeping nothing for backward but its inputs.

    Args:
        function: takes tensors and other arguments; it runs again during backward.
        use_reentrant: True for the older form, a custom Function; False recommended.
        preserve_rng_state: (in kwargs) draw the same random numbers again; default True.
        context_fn: gives two contexts, for the first and for the second run.
        determinism_check: "default" compares shapes and dtypes of what is saved; "none" nothing.

    Returns:
        What ``function`` returns.
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
    if determinism_check not in ("default", "none"):
        raise ValueError(f"determinism_check should be one of ['default', 'none'], but got {determinism_check}")
    state = generator.default_generator.engine.get_state() if preserve else None
    if use_reentrant:
        if kwargs:
            raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
        if context_fn is not noop_context_fn or debug is not False:
            raise ValueError("Passing `context_fn` or `debug` is only supported when use_reentrant=False.")
        return CheckpointFunction.apply(function, state, *args)
    return _non_reentrant(function, state, context_fn, determinism_check == "default", args, kwargs)


class CheckpointFunction(Function):
    """The older form: a Function whose backward runs the function again and backwards through it."""

    @staticmethod
    def forward(ctx, function, state, *args):
        ctx.function, ctx.state = function, state
        ctx.places = [i for i, a in enumerate(args) if isinstance(a, Tensor)]
        ctx.others = [None if isinstance(a, Tensor) else a for a in args]
        ctx.save_for_backward(*[args[i] for i in ctx.places])
        if not any(args[i].requires_grad for i in ctx.places):
            warnings.warn("None of the inputs have requires_grad=True. Gradients will be None", stacklevel=5)
        with no_grad():
            return function(*args)

    @staticmethod
    def backward(ctx, *grads):
        inputs = list(ctx.others)
        for i, t in zip(ctx.places, ctx.saved_tensors, strict=True):
            inputs[i] = t.detach().requires_grad_(t.requires_grad)
        with enable_grad(), _random_state(ctx.state):
            outs = ctx.function(*inputs)
        outs = outs if isinstance(outs, tuple) else (outs,)
        pairs = [(o, g) for o, g in zip(outs, grads, strict=True) if isinstance(o, Tensor) and o.requires_grad]
        if not pairs:
            raise RuntimeError("none of output has requires_grad=True, this checkpoint() is not necessary")
        run_backward([o for o, _ in pairs], [g for _, g in pairs])
        return (None, None, *[t.grad if isinstance(t, Tensor) else None for t in inputs])


class _Stop(Exception):
    """All that was saved at first has been computed again."""


class _Frame:
    """One checkpointed call: how to run it again, and what that gave."""

    def __init__(self, run_again, compare: bool):
        self.run_again, self.compare = run_again, compare
        self.facts: list = []  # (shape, dtype) of each tensor saved at first
        self.values: list | None = None

    def pack(self, t: Tensor):
        self.facts.append((t.shape, t.dtype))
        return len(self.facts) - 1

    def unpack(self, number: int) -> Tensor:
        if self.values is None:
            self.values = []
            with saved_tensors_hooks(self._collect, lambda t: t), enable_grad(), contextlib.suppress(_Stop):
                self.run_again()
            if len(self.values) != len(self.facts):
                found, expected = len(self.values), len(self.facts)
                self.values = None
                raise CheckpointError(
                    "torch.utils.checkpoint: A different number of tensors was saved during the original forward "
                    f"and recomputation.\nNumber of tensors saved during forward: {expected}\nNumber of tensors "
                    f"saved during recomputation: {found}."
                )
            if self.compare:
                self._check()
        value = self.values[number]
        if value is None:
            raise CheckpointError(
                "torch.utils.checkpoint: Unpack is being triggered for a tensor that was already unpacked once. "
                "If you are calling ctx.saved_tensors in backward, make sure to do so only once. Otherwise please "
                "open an issue with details on your use case."
            )
        return value

    def _collect(self, t: Tensor):
        self.values.append(t.detach())
        return t.detach()

    def _check(self) -> None:
        wrong = [
            (i, fact, (t.shape, t.dtype))
            for i, (fact, t) in enumerate(zip(self.facts, self.values, strict=True))
            if fact != (t.shape, t.dtype)
        ]
        if wrong:
            lines = "\n".join(
                f"tensor at position {i}:\nsaved metadata: {{'shape': {a[0]}, 'dtype': {a[1]}}}\n"
                f"recomputed metadata: {{'shape': {b[0]}, 'dtype': {b[1]}}}"
                for i, a, b in wrong
            )
            self.values = None
            raise CheckpointError(
                "torch.utils.checkpoint: Recomputed values for the following tensors have different metadata "
                f"than during the forward pass.\n{lines}"
            )


def _non_reentrant(function, state, context_fn, compare, args, kwargs):
    first, second = context_fn()
    if not modes.state.grad:
        return function(*args, **kwargs)

    def run_again():
        with _random_state(state), second:
            function(*args, **kwargs)

    frame = _Frame(run_again, compare)
    with saved_tensors_hooks(frame.pack, frame.unpack), first:
        return function(*args, **kwargs)


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
