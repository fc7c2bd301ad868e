"""torch.jit on `torch.compile`: scripted and traced functions are compiled ones."""

from __future__ import annotations

import copy
import warnings
from typing import Any, Final

from ..compiler import compile as _compile
from ..compiler import is_compiling
from ..nn import Module

__all__ = [
    "Final", "TracerWarning", "annotate", "export", "ignore", "is_scripting", "is_tracing", "script", "script_method",
    "trace", "trace_module", "unused",
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


def trace_module(mod, inputs, optimize=None, check_trace: bool = True, check_inputs=None,
                 check_tolerance: float = 1e-5, strict: bool = True, _force_outplace: bool = False, _module_class=None,
                 _compilation_unit=None, example_inputs_is_kwarg: bool = False,
                 _store_inputs: bool = True):  # fmt: skip
    """A module like ``mod`` with the same parameters, whose named methods are compiled and called once.

    Args:
        mod: a module; it is left as it is.
        inputs: method's name -> its example input, or a tuple of them.
        example_inputs_is_kwarg: the examples are dicts of keyword arguments.
        check_trace, check_inputs, check_tolerance, strict, optimize: accepted; every later call is guarded.

    Raises:
        AttributeError: ``mod`` is no module, or ``inputs`` no dict.

    Differs from PyTorch: as `trace`; the module's other methods are there too.

    Example:
        >>> import jaxtorch as torch
        >>> class Two(torch.nn.Module):
        ...     def twice(self, x):
        ...         return 2 * x
        >>> torch.jit.trace_module(Two(), {"twice": torch.ones(1)}).twice(torch.ones(2))
        tensor([2., 2.])
    """
    if not isinstance(mod, Module):
        raise AttributeError("expected torch.nn.Module as the first argument")
    if not isinstance(inputs, dict):
        raise AttributeError("expected a dictionary of (method_name, input) pairs")
    traced = copy.copy(mod)
    for name, example in inputs.items():
        method = getattr(traced, name)
        compiled = traced.__dict__[name] = _compile(method)
        if example_inputs_is_kwarg:
            compiled(**example)
        else:
            compiled(*(example if isinstance(example, tuple) else (example,)))
    return traced


def script_method(fn):
    """``fn``: a module's methods need no translation. Deprecated in PyTorch too."""
    warnings.warn(
        "`torch.jit.script_method` is deprecated. Please switch to `torch.compile` or `torch.export`.",
        DeprecationWarning,
        stacklevel=2,
    )
    return fn


def _overload(func):
    """``func``: signatures of an overloaded function say nothing here; the last definition, without it, runs."""
    return func


def _overload_method(func):
    """``func``, as `_overload` gives it, of methods."""
    return func


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
