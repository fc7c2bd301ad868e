"""Guards on what a function names: its closure, its globals, the objects and functions it uses.

A guard is (what it is about, a function that looks, what it saw). Which attributes of an object are
looked at is decided by the names in the code: those that no code names cannot matter.
"""

from __future__ import annotations

import functools
import inspect
import random
import types

import numpy as np

from .._core import modes
from .._core.tensor import Tensor

_PLAIN = (int, float, complex, bool, str, bytes, type(None), np.generic)
_LONG = 10000  # elements of a list that are looked at one by one

class Same:
    """Equal to one object only."""

    __slots__ = ("value",)
    __hash__ = None  # pyright: ignore[reportAssignmentType]

    def __init__(self, value):
        self.value = value

    def __eq__(self, other):
        return other.value is self.value

    def __repr__(self) -> str:
        return "None" if self.value is None else f"a {type(self.value).__name__}"


class Identity:
    """A look at an object that must stay the same one; `Recording` checks those together."""

    __slots__ = ("raw",)

    def __init__(self, raw):
        self.raw = raw

    def __call__(self) -> Same:
        return Same(self.raw())


def guards_of(function, arguments=()) -> tuple[list, list]:
    """(guards on everything that ``function``, and the functions it names, look up, also in objects among
    its arguments; what a run that is to be replayed must leave as it is)."""
    walk = _Walk(function, arguments)
    return walk.found, walk.still


class _Walk:
    def __init__(self, function, arguments):
        self.found: list = []
        self.still: list = []
        self.seen: set = set()
        self.names: set[str] = set()
        self.objects: list = []
        self.enter(inspect.unwrap(function))
        for value in arguments:
            if not isinstance(value, (*_PLAIN, Tensor)):
                self.watch("an argument", lambda v=value: v)
        for name, look in self.objects:  # now that all the names are known
            self.watch_attributes(name, look)

    def enter(self, function) -> None:
        """Walk a function of the user's."""
        if isinstance(function, functools.partial):
            for value in (*function.args, *function.keywords.values()):
                self.watch("an argument", lambda v=value: v)
            function = function.func
        if isinstance(function, types.MethodType):
            self.watch("self", lambda o=function.__self__: o)
            function = function.__func__
        function = inspect.unwrap(function)
        if not isinstance(function, types.FunctionType) or id(function) in self.seen:
            return
        if (function.__module__ or "").partition(".")[0] in _OURS:
            return
        self.seen.add(id(function))
        code = function.__code__
        names = _names(code)
        self.names |= names
        for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            self.watch(name, functools.partial(_contents, cell))
        for name in names & function.__globals__.keys():
            self.watch(name, functools.partial(function.__globals__.get, name))
        for value in function.__defaults__ or ():
            self.watch("a default", lambda v=value: v)

    def note(self, name: str, look) -> None:
        self.found.append((name, look, look()))

    def watch(self, name: str, look) -> None:
        value = look()
        if isinstance(value, _PLAIN):
            self.note(name, look)
        elif isinstance(value, (list, tuple)) and len(value) < _LONG:
            self.note(name, lambda: [_identity(e) for e in look()])
            for e in value:
                if is_module(e):
                    self.watch_module(name, e)
        elif isinstance(value, dict) and len(value) < _LONG:
            self.note(name, lambda: {k: _identity(e) for k, e in look().items()})
        else:
            self.note(name, Identity(look))
            if hasattr(value, "__next__"):
                self.still.append((f"{name}, an iterator", object, None))  # how far it is cannot be seen
            elif value is random:
                self.still.append(("Python's random state", random.getstate, random.getstate()))
            elif value is np:
                self.still.append(("NumPy's random state", _numpy_state, _numpy_state()))
            if is_module(value):
                self.watch_module(name, value)
            elif isinstance(value, (types.FunctionType, types.MethodType, functools.partial)):
                self.enter(value)
            elif hasattr(value, "__dict__") and not isinstance(value, (type, types.ModuleType, Tensor)):
                self.objects.append((name, look))

    def watch_attributes(self, name: str, look) -> None:
        """Look at the attributes of an object that the code names."""
        value = look()
        if id(value) in self.seen or type(value).__module__.partition(".")[0] in _OURS:
            return
        self.seen.add(id(value))
        for attribute in sorted(self.names):
            if attribute in vars(value):
                self.watch(f"{name}.{attribute}", lambda a=attribute: vars(look()).get(a))
            else:
                method = inspect.getattr_static(type(value), attribute, None)
                if isinstance(method, types.FunctionType):
                    self.enter(method)

    def watch_module(self, name: str, module) -> None:
        """Look at a module's structure, when any module's has changed since."""
        if id(module) in self.seen:
            return
        self.seen.add(id(module))
        known, count = signature(module), [modes.structure[0]]

        def look():
            if count[0] == modes.structure[0]:
                return ""
            now = signature(module)
            if now == known:
                count[0] = modes.structure[0]
                return ""
            moved = [k for k in {**known, **now} if known.get(k) != now.get(k)]
            return f"{'.'.join(moved[0])} changed"

        self.note(f"the module {name}", look)


def _numpy_state():
    name, words, *rest = np.random.get_state()
    return name, words.tobytes(), *rest  # pyright: ignore[reportAttributeAccessIssue]


_OURS = {"jaxtorch", "torch", "jax", "numpy", "builtins"}


def _contents(cell):
    try:
        return cell.cell_contents
    except ValueError:
        return None


def _names(code) -> set[str]:
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= _names(constant)
    return names


def _identity(x):
    return x if isinstance(x, _PLAIN) else id(x)


def is_module(x) -> bool:
    """Whether ``x`` is a `torch.nn.Module`."""
    fields = getattr(x, "__dict__", ())
    return "_modules" in fields and "_parameters" in fields


def signature(module) -> dict:
    """All that decides what a module computes, but for the values of its tensors: (module, attribute)
    names with what is there."""
    found: dict = {}
    for path, m in module.named_modules():
        for key, value in vars(m).items():
            if key in ("_parameters", "_buffers"):
                value = [(k, None if t is None else _tensor_facts(t)) for k, t in value.items()]
            elif isinstance(value, dict):
                value = [(k, _identity(v)) for k, v in value.items()]
            elif isinstance(value, (list, tuple)):
                value = [_identity(v) for v in value]
            else:
                value = _identity(value)
            found[path or "itself", key] = value
    return found


def _tensor_facts(t: Tensor) -> tuple:
    return id(t), t._requires_grad, id(t._storage), id(t._layout)
