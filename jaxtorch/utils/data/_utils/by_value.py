"""Functions and classes in pickles: by name where a worker can import them, else by value.

A worker is a fresh process: it does not have what the program's main module, a notebook or an
enclosing function defined, and running the main module again would run the program again. So such
functions and classes travel as what they are made of: code, defaults, closures, attributes, and the
globals that the code names. In the worker they live in a module of their module's name, so that
what comes back from it is found by name here.
"""

from __future__ import annotations

import collections
import dataclasses
import dis
import enum
import functools
import importlib
import importlib.util
import marshal
import sys
import types

from ...._core.arguments import MADE_AT_RUN_TIME

_READS_GLOBAL = ("LOAD_GLOBAL", "STORE_GLOBAL", "DELETE_GLOBAL", "LOAD_NAME")
_MADE_BY_C = (types.MemberDescriptorType, types.GetSetDescriptorType)
_MADE_BY_TYPE = {"__dict__", "__weakref__", "__module__", "__qualname__", "_abc_impl", "__abstractmethods__"}


def reduce(obj):
    """How to pickle ``obj``, or NotImplemented where pickle knows."""
    kind = type(obj)
    if kind is types.FunctionType or isinstance(obj, type):
        way = _by_name(obj)
        if way is None:
            way = _function(obj) if kind is types.FunctionType else _class(obj)
        return way
    found = _REDUCE.get(kind)
    return NotImplemented if found is None else found(obj)


# -- by name --------------------------------------------------------------------------------------
@functools.cache
def _importable(module: str) -> bool:
    """Whether a fresh process finds a module of this name."""
    if module in ("__main__", "__mp_main__"):
        return False
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, AttributeError, ValueError):
        return False


def _by_name(obj):
    """NotImplemented or a way by name, if there is one that gives this very object; else None."""
    own, name = getattr(obj, "__module__", None) or "", obj.__qualname__
    loaded = sys.modules.get(own)
    if loaded is not None and _attribute(loaded, name) is obj and _importable(own):
        return NotImplemented
    if isinstance(obj, type) and not obj.__flags__ & MADE_AT_RUN_TIME:
        # the types of functions, modules, None, ...: some have no name but in `types`
        named = next((n for n, t in vars(types).items() if t is obj), None)
        return NotImplemented if named is None else (find, ("types", named))
    if own.partition(".")[0] not in ("torch", "jaxtorch"):
        return None
    # this package's own bear PyTorch's names, under which a worker may not find them
    for module, loaded in list(sys.modules.items()):
        if module.partition(".")[0] == "jaxtorch" and _attribute(loaded, name) is obj:
            return find, (module, name)
    return NotImplemented


def _attribute(obj, path: str):
    for part in path.split("."):
        obj = getattr(obj, part, None)
    return obj


def find(module: str, path: str):
    """The object of that name."""
    return _attribute(importlib.import_module(module), path)


def namespace(module: str) -> dict:
    """The globals of a module, made (and registered) if there is none of this name."""
    if module not in sys.modules:
        sys.modules[module] = types.ModuleType(module)
    return vars(sys.modules[module])


# -- functions ------------------------------------------------------------------------------------
def _globals_named(code: types.CodeType) -> set[str]:
    names = {i.argval for i in dis.get_instructions(code) if i.opname in _READS_GLOBAL}
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= _globals_named(constant)
    return names


def _function(f: types.FunctionType):
    named = sorted(_globals_named(f.__code__) & f.__globals__.keys())
    state = {
        "globals": {n: f.__globals__[n] for n in named},
        "attributes": {
            "__defaults__": f.__defaults__, "__kwdefaults__": f.__kwdefaults__, "__doc__": f.__doc__,
            "__annotations__": f.__annotations__, "__qualname__": f.__qualname__, **f.__dict__,
        },
    }  # fmt: skip
    module = f.__module__ or "__main__"
    args = (marshal.dumps(f.__code__), f.__name__, module, f.__closure__)
    return make_function, args, state, None, None, fill_function


def make_function(code: bytes, name: str, module: str, closure) -> types.FunctionType:
    """A function whose globals and attributes are still to be filled in."""
    made = types.FunctionType(marshal.loads(code), namespace(module), name, None, closure)
    made.__module__ = module
    return made


def fill_function(f: types.FunctionType, state: dict) -> None:
    """Give a function what its code reads, and its attributes."""
    f.__globals__.update(state["globals"])
    for name, value in state["attributes"].items():
        setattr(f, name, value)


def _cell(cell: types.CellType):
    try:
        contents = cell.cell_contents
    except ValueError:  # nothing was assigned yet
        return make_cell, ()
    return make_cell, (), [contents], None, None, fill_cell


def make_cell() -> types.CellType:
    """A closure's variable without a value."""
    return types.CellType()


def fill_cell(cell: types.CellType, contents: list) -> None:
    """Give a closure's variable its value."""
    (cell.cell_contents,) = contents


# -- classes --------------------------------------------------------------------------------------
def _class(cls: type):
    attributes = {
        name: value for name, value in vars(cls).items()
        if name not in _MADE_BY_TYPE and not isinstance(value, _MADE_BY_C)
    }  # fmt: skip
    where = cls.__module__, cls.__qualname__
    if isinstance(cls, enum.EnumMeta):
        kind, args = make_enum, (cls.__name__, cls.__bases__, *where, {m.name: m.value for m in cls})  # pyright: ignore
        attributes = {n: v for n, v in attributes.items() if isinstance(v, _FUNCTIONS) and n in _own(cls)}
    elif cls.__bases__ == (tuple,) and hasattr(cls, "_fields"):
        defaults = [cls._field_defaults[n] for n in cls._fields if n in cls._field_defaults]
        kind, args = make_namedtuple, (cls.__name__, *where, cls._fields, defaults)
        attributes = {n: v for n, v in attributes.items() if n not in vars(collections.namedtuple("t", cls._fields))}
    else:
        slots = attributes.pop("__slots__", None)
        kind, args = make_class, (type(cls), cls.__name__, cls.__bases__, *where, slots)
    return kind, args, attributes, None, None, fill_class


_FUNCTIONS = (types.FunctionType, staticmethod, classmethod, property)


def _own(cls: enum.EnumMeta) -> set[str]:
    """The names that an enumeration's body defines, beside those every enumeration gets."""
    plain = enum.Enum("plain", {"a": 1})
    return {n for n in vars(cls) if n not in vars(plain)}


def _registered(made: type, module: str, path: str) -> type:
    made.__module__, made.__qualname__ = module, path
    if "." not in path:
        namespace(module)[path] = made
    return made


def make_class(meta: type, name: str, bases: tuple, module: str, path: str, slots) -> type:
    """A class whose attributes are still to be filled in."""
    body = {"__module__": module, "__qualname__": path}
    if slots is not None:
        body["__slots__"] = slots
    return _registered(meta(name, bases, body), module, path)


def make_enum(name: str, bases: tuple, module: str, path: str, members: dict) -> type:
    """An enumeration with these members."""
    mixed = {"type": bases[0]} if len(bases) > 1 else {}
    return _registered(bases[-1](name, members, module=module, qualname=path, **mixed), module, path)  # pyright: ignore


def make_namedtuple(name: str, module: str, path: str, fields: tuple, defaults: list) -> type:
    """A named tuple class."""
    return _registered(collections.namedtuple(name, fields, defaults=defaults, module=module), module, path)


def fill_class(cls: type, attributes: dict) -> None:
    """Give a class its attributes."""
    for name, value in attributes.items():
        setattr(cls, name, value)
        if isinstance(value, functools.cached_property):
            value.__set_name__(cls, name)
    if hasattr(cls, "__abstractmethods__"):
        # what ABCMeta works out from the body, which was empty
        inherited = (n for base in cls.__bases__ for n in getattr(base, "__abstractmethods__", ()))
        names = {*attributes, *inherited}
        abstract = {n for n in names if getattr(getattr(cls, n, None), "__isabstractmethod__", False)}
        cls.__abstractmethods__ = frozenset(abstract)


# -- what classes and functions hold ---------------------------------------------------------------
def _module(module: types.ModuleType):
    name = module.__spec__.name if module.__spec__ is not None else module.__name__
    if not _importable(name):
        raise TypeError(f"cannot pickle module {module.__name__!r}: a worker process cannot import it")
    return importlib.import_module, (name,)


_REDUCE = {
    types.ModuleType: _module,
    types.CellType: _cell,
    staticmethod: lambda x: (staticmethod, (x.__func__,)),
    classmethod: lambda x: (classmethod, (x.__func__,)),
    property: lambda x: (property, (x.fget, x.fset, x.fdel, x.__doc__)),
    functools.cached_property: lambda x: (functools.cached_property, (x.func,)),
    types.MappingProxyType: lambda x: (types.MappingProxyType, (dict(x),)),
    # dataclasses compares these by identity
    type(dataclasses.MISSING): lambda x: (find, ("dataclasses", "MISSING")),
    type(dataclasses.KW_ONLY): lambda x: (find, ("dataclasses", "KW_ONLY")),
    type(dataclasses._FIELD): lambda x: (find, ("dataclasses", x.name)),  # pyright: ignore[reportAttributeAccessIssue]
}
