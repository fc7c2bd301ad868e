"""`compile`: one ordinary run of a function is recorded, later calls replay it as one program."""

from __future__ import annotations

import functools

from .._core import modes
from .._record import capture
from ..nn import Module
from ._module import OptimizedModule

_BACKENDS = ("inductor", "xla", "openxla", "aot_eager", "cudagraphs")
_MODES = (None, "default", "reduce-overhead", "max-autotune", "max-autotune-no-cudagraphs")


def compile(model=None, *, fullgraph: bool = False, dynamic: bool | None = None, backend="inductor",  # noqa: A001
            mode: str | None = None, options: dict | None = None, disable: bool = False):  # fmt: skip
    """Compile a function, a whole training step or a module into one XLA program.

    The first call runs the Python of ``model`` and records its operations; the program made of them
    then stands for every call that the recording's guards admit: same argument structure, shapes,
    dtypes and Python values, same modes, same globals, same modules. What it reads (parameters,
    buffers, optimizer state, ``.grad``, random state) is found by itself and updated in place; memory
    that the program replaces is given away to it. Learning rates and other numbers of an optimizer's
    groups are read at every call.

    A run that looks at a value (``.item()``, ``print``, ``if t:``) or whose effects a program cannot
    repeat stays uncompiled: one warning names the line.

    Args:
        model: a function or `torch.nn.Module`; None: return a decorator.
        fullgraph: raise where a run cannot be one program, instead of running it uncompiled.
        dynamic: whether calls of other sizes share programs, padded to the next power of two, where the
            results are the same: True: in all dimensions of arguments that turn out to vary; None: in those of
            `torch._dynamo.mark_dynamic`; False: never. Each size is recorded once.
        backend: ``"inductor"`` and its kin all mean XLA; ``"eager"`` runs uncompiled.
        mode: PyTorch's names, accepted; XLA has no such choice.
        options: PyTorch's options of its backend.
        disable: return ``model`` as it is.

    Returns:
        The compiled function; for a module an `OptimizedModule` that shares its parameters.

    Raises:
        RuntimeError: ``mode`` and ``options`` together, or an unknown ``mode`` or ``backend``.
        NotImplementedError: ``options``, or a backend that is a function.

    Differs from PyTorch:
        ``backward()``, the optimizer's step and gradient clipping compile with the rest, and double
        backward across the compiled boundary works.

    Example:
        >>> import jaxtorch as torch
        >>> w = torch.ones(3, requires_grad=True)
        >>> opt = torch.optim.SGD([w], lr=0.1)
        >>> @torch.compile
        ... def step(x):
        ...     opt.zero_grad()
        ...     loss = (w * x).sum()
        ...     loss.backward()
        ...     opt.step()
        ...     return loss
        >>> [round(step(torch.ones(3)).item(), 2) for _ in range(3)]
        [3.0, 2.7, 2.4]
    """
    if model is not None and not callable(model):
        raise AssertionError(f"A callable function is expected, but {type(model)} is provided.")
    if model is None:
        return functools.partial(
            compile, fullgraph=fullgraph, dynamic=dynamic, backend=backend, mode=mode, options=options, disable=disable
        )
    if mode is not None and options is not None:
        raise RuntimeError("Either mode or options can be specified, but both can't be specified at the same time.")
    if mode not in _MODES:
        raise RuntimeError(f"Unrecognized mode={mode}, should be one of: {', '.join(str(m) for m in _MODES[1:])}")
    if options:
        raise NotImplementedError(f"torch.compile(options={options}): XLA takes none of PyTorch's backend options")
    if callable(backend):
        raise NotImplementedError("torch.compile(backend=<function>): there is no FX graph to give to a function")
    if backend not in (*_BACKENDS, "eager"):
        raise RuntimeError(f"Invalid backend: {backend!r}, see `torch._dynamo.list_backends()` for available backends.")
    if disable:
        return model
    if isinstance(model, Module):
        return OptimizedModule(model, fullgraph, dynamic, uncompiled=backend == "eager")
    if backend == "eager":
        return model
    if isinstance(model, capture.Compiled):
        return model
    return capture.Compiled(model, fullgraph, dynamic)


def disable(fn=None, recursive: bool = True, *, reason: str | None = None):
    """``fn`` as a function that runs uncompiled, also where a compiled one calls it.

    Args:
        fn: the function; None: return a decorator.
        recursive: whether what it calls runs uncompiled too (it does in any case).
        reason: said by `explain`.
    """
    if fn is None:
        return functools.partial(disable, recursive=recursive, reason=reason)

    @functools.wraps(fn)
    def uncompiled(*args, **kwargs):
        recorder = modes.state.recorder
        if recorder is not None:
            recorder.settle(reason or f"{fn.__qualname__} is disabled")
        return fn(*args, **kwargs)

    return uncompiled


def is_compiling() -> bool:
    """Whether a run is being recorded."""
    return modes.state.recorder is not None


is_dynamo_compiling = is_compiling


def is_exporting() -> bool:
    """Whether a program is being exported: never, here."""
    return False


def reset() -> None:
    """Forget every compiled program; compiled functions record anew."""
    capture.forget()


def allow_in_graph(fn):
    """``fn`` as it is: what a function does is part of the program wherever it is written."""
    return fn


def list_backends(exclude_tags=("debug", "experimental")) -> list[str]:
    """The names of backends; all of them mean XLA."""
    return sorted(set(_BACKENDS) - {"aot_eager"})


def cudagraph_mark_step_begin() -> None:
    """Say that a step begins: of CUDA graphs, which XLA makes by itself."""


class set_stance:  # noqa: N801
    """What compiled functions do where they would be recorded; also a context and a decorator.

    Args:
        stance: ``"default"``; ``"force_eager"``: run uncompiled; ``"eager_on_recompile"``: run uncompiled
            what no recording stands for; ``"fail_on_recompile"``: raise there. A first call is recorded.

    Raises:
        RuntimeError: another stance.
        NotImplementedError: options.
    """

    _STANCES = ("default", "eager_on_recompile", "fail_on_recompile", "force_eager")

    def __init__(self, stance: str = "default", *, skip_guard_eval_unsafe: bool = False, force_backend=None):
        if skip_guard_eval_unsafe or force_backend is not None:
            raise NotImplementedError("torch.compiler.set_stance: skip_guard_eval_unsafe, force_backend")
        if stance not in self._STANCES:
            raise RuntimeError(f"invalid torch.compile stance '{stance}'")
        self.stance, self.previous = stance, capture.limits.stance
        capture.limits.stance = stance

    def __enter__(self):
        capture.limits.stance = self.stance
        return self

    def __exit__(self, *_):
        capture.limits.stance = self.previous

    def __call__(self, fn):
        capture.limits.stance = self.previous

        @functools.wraps(fn)
        def run(*args, **kwargs):
            with set_stance(self.stance):
                return fn(*args, **kwargs)

        return run
