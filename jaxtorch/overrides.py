"""Overriding functions: modes and questions about ``__torch_function__``."""

from __future__ import annotations

import functools
import importlib
import inspect
import keyword
import types
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from ._compat.coverage import public_names as _public_names
from ._core.bind import overrides as _overrides
from ._core.override import (
    BaseTorchFunctionMode,
    TorchFunctionMode,
    handle_torch_function,
    has_torch_function,
)
from ._core.override import default_nowrap as get_default_nowrap_functions
from ._core.spec import REQUIRED as _REQUIRED
from ._core.tensor import Tensor as _Tensor

__all__ = [
    "BaseTorchFunctionMode",
    "TorchFunctionMode",
    "get_default_nowrap_functions",
    "get_ignored_functions",
    "get_overridable_functions",
    "get_testing_overrides",
    "handle_torch_function",
    "has_torch_function",
    "is_tensor_like",
    "is_tensor_method_or_property",
    "resolve_name",
    "wrap_torch_function",
]


def is_tensor_like(inp) -> bool:
    """Whether ``inp`` is a tensor or overrides functions as one would."""
    return type(inp) is _Tensor or _overrides(type(inp)) or isinstance(inp, _Tensor)


# -- what there is ---------------------------------------------------------------------------------
#: the later say what a function of several is called
_SPACES = ("torch", "torch.functional", "torch.nn.functional", "torch.nn.init", "torch.Tensor", "torch.linalg",
           "torch.fft", "torch.special")  # fmt: skip


def _space(name: str) -> Any:
    package = importlib.import_module(__name__.partition(".")[0])
    return _Tensor if name == "torch.Tensor" else importlib.import_module(package.__name__ + name[len("torch") :])


def _members() -> Iterator[tuple[str, Any, str, Callable]]:
    """(namespace's name, namespace, name, function) of what is public; of a property, its getter."""
    listed = _public_names()
    for title in _SPACES:
        space = _space(title)
        names = listed[title] if title == "torch" else dir(space)
        for name in names:
            if space is _Tensor:
                found = inspect.getattr_static(space, name)
                if name == "__weakref__" or found is inspect.getattr_static(object, name, None):
                    continue
                if isinstance(found, property):
                    yield title, space, f"{name}.__get__", found.fget  # pyright: ignore[reportReturnType]
                    continue
            elif name.startswith("__"):
                continue
            found = getattr(space, name, None)
            if callable(found) and not isinstance(found, (type, types.ModuleType)):
                yield title, space, name, found


def _is_open(name: str, space, function) -> bool:
    hidden = space is not _Tensor and (name.startswith("_") or name.endswith("_") or not name[0].islower())
    return not hidden and getattr(function, "overridable", False) is True


@functools.cache
def _found() -> tuple[dict, dict, set]:
    """(functions that can be overridden by namespace, names of all, those that cannot be)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found: dict[Any, list] = {}
        names, closed = {}, set()
        for title, space, name, function in _members():
            if names.get(function) != f"{title}.{function.__name__}":  # else this is another name of it
                names[function] = f"{title}.{name}"
            if _is_open(name, space, function):
                key = inspect.getattr_static(space, name.removesuffix(".__get__")) if "." in name else space
                found.setdefault(key, []).append(function)
            elif space is _Tensor or not name.startswith("_"):
                closed.add(function)
    return found, names, closed


def get_overridable_functions() -> dict[Any, list[Callable]]:
    """The functions that ask ``__torch_function__`` of their arguments, by namespace; of a property, its getter.

    Differs from PyTorch: of the members of `Tensor` that are no operations, such as ``shape``, some do not ask.
    """
    return {space: list(functions) for space, functions in _found()[0].items()}


def get_ignored_functions() -> set[Callable]:
    """The public functions that do not ask ``__torch_function__`` of their arguments."""
    return set(_found()[2])


def resolve_name(f) -> str | None:
    """The name of a function that ``__torch_function__`` was given; None of one that is not public.

    Example:
        >>> import jaxtorch as torch
        >>> torch.overrides.resolve_name(torch.Tensor.add), torch.overrides.resolve_name(torch.add)
        ('torch.Tensor.add', 'torch.add')
    """
    return str(f) if type(f).__module__ == "torch._ops" else _found()[1].get(f)


@functools.cache
def _of_tensors() -> set:
    members = [found for space, found in _found()[0].items() if space is _Tensor or isinstance(space, property)]
    return {function for found in members for function in found}


def is_tensor_method_or_property(func: Callable) -> bool:
    """Whether ``func``, as ``__torch_function__`` was given it, is a member of `Tensor`."""
    return func in _of_tensors() or func.__name__ == "__get__"


@functools.cache
def get_testing_overrides() -> dict[Callable, Callable]:
    """For each function that can be overridden, one of the same signature that returns -1."""
    made = {}
    for functions in _found()[0].values():
        for function in functions:
            made[function] = _standing_in(function)
    return made


def _standing_in(function: Callable) -> Callable:
    def stand_in(*args, **kwargs):
        return -1

    declared = getattr(function, "declared", None)
    signature = inspect.signature(function) if declared is None else _signature(*declared[:2])
    stand_in.__signature__ = signature  # pyright: ignore[reportFunctionMemberAccess]
    return stand_in


def _signature(specs, offset: int) -> inspect.Signature:
    """The signature of an op's first overload; of a method with ``self``."""
    made = []
    for param in specs[0].schema.params:
        name = "input" if param.name == "self" and not offset else param.name
        name += "_" * keyword.iskeyword(name)  # `from`, which Python cannot write
        kind = inspect.Parameter.KEYWORD_ONLY if param.kw_only else inspect.Parameter.POSITIONAL_OR_KEYWORD
        default = inspect.Parameter.empty if param.default is _REQUIRED else param.default
        made.append(inspect.Parameter(name, kind, default=default))
    return inspect.Signature(made)


def wrap_torch_function(dispatcher: Callable) -> Callable:
    """A decorator by which a function asks ``__torch_function__`` of some of its arguments.

    Args:
        dispatcher: takes the function's arguments and returns those that are asked.

    Example:
        >>> import jaxtorch as torch
        >>> @torch.overrides.wrap_torch_function(lambda a: (a,))
        ... def twice(a):
        ...     return 2 * a
        >>> twice(torch.ones(1))
        tensor([2.])
    """

    def decorate(func):
        @functools.wraps(func)
        def wrapped(*args, **kwargs):
            asked = dispatcher(*args, **kwargs)
            if has_torch_function(asked):
                return handle_torch_function(wrapped, asked, *args, **kwargs)
            return func(*args, **kwargs)

        return wrapped

    return decorate
