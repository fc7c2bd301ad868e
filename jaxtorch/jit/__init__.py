"""torch.jit on `torch.compile`: scripted and traced functions are compiled ones."""

from __future__ import annotations

from typing import Any, Final

from ..compiler import compile as _compile
from ..compiler import is_compiling
from ..nn import Module

__all__ = [
    "Final", "TracerWarning", "annotate", "export", "ignore", "is_scripting", "is_tracing", "script", "trace", "unused",
]  # fmt: skip


class TracerWarning(Warning):
    """What PyTorch's tracer warns with; named by filters of warnings, never given here."""


TracerWarning.__module__ = "torch.jit._trace"


def annotate(the_type, the_value: Any):
    """``the_value``: what scripts say of types, Python does not ask.

    Example:
        >>> import jaxtorch as torch
        >>> torch.jit.annotate(list[int], [])
        []
    """
    return the_value


def script(obj, optimize=None, _frames_up: int = 0, _rcb=None, example_inputs=None):
    """``obj`` compiled, as `torch.compile` does it.

    Args:
        obj: a function or a module. Of a class, which PyTorch would make scriptable, nothing changes.
        optimize, example_inputs: accepted.

    Returns:
        The compiled function or module.

    Differs from PyTorch:
        The code is not translated to TorchScript, so it may be any Python; there is no ``.graph`` or ``.code``
        (`torch.compiler.show` prints the operations).
    """
    if isinstance(obj, type):
        return obj
    return _compile(obj)


def trace(func, example_inputs=None, optimize=None, check_trace: bool = True, check_inputs=None,
          check_tolerance: float = 1e-5, strict: bool = True, _force_outplace: bool = False, _module_class=None,
          _compilation_unit=None, example_kwarg_inputs=None, _store_inputs: bool = True):  # fmt: skip
    """``func`` compiled, and called once with the example inputs.

    Args:
        func: a function or a module.
        example_inputs: a tensor, or a tuple of arguments.
        example_kwarg_inputs: keyword arguments.
        check_trace, check_inputs, check_tolerance, strict, optimize: accepted; every later call is guarded.

    Returns:
        The compiled function or module.

    Differs from PyTorch:
        Calls of other shapes or Python values are recorded anew instead of replaying the example's.
    """
    compiled = _compile(func)
    given = example_inputs if isinstance(example_inputs, (tuple, list)) else (example_inputs,)
    if example_inputs is not None or example_kwarg_inputs is not None:
        compiled(*(given if example_inputs is not None else ()), **(example_kwarg_inputs or {}))
    return compiled


def is_scripting() -> bool:
    """Whether code is being translated to TorchScript: never."""
    return False


def is_tracing() -> bool:
    """Whether a run is being recorded."""
    return is_compiling()


def export(fn):
    """``fn``: there is nothing to mark."""
    return fn


def unused(fn):
    """``fn``: what is not called is not compiled."""
    return fn


def ignore(drop: bool = False, **kwargs):
    """A decorator that leaves a function as it is: any Python may be called."""
    return drop if callable(drop) else lambda fn: fn


def _refused(name: str):
    def refuse(*args, **kwargs):
        raise NotImplementedError(f"torch.jit.{name}: there is no TorchScript; save a state_dict instead")

    return refuse


save, load, freeze = _refused("save"), _refused("load"), _refused("freeze")
ScriptModule = Module
