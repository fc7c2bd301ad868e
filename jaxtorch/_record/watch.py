"""What the Python of a recorded run depends on, and what it leaves changed.

While a run is recorded, Python tells of every function that it enters (`sys.setprofile`). The code of
the user's functions says which globals, variables of enclosing functions and attributes they look up;
what is found there when they begin is noted. After the run the notes tell whether it changed something
that a program does not change again, and before every later call whether the recording stands for it.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import os
import random
import sys
import types
from collections import deque

import numpy as np

from .._core.symbol import Symbol
from .._core.tensor import Tensor
from .code import OURS, facts_of
from .graph import unwatched
from .images import CONTAINERS, MISSING, PLAIN, Content, Names, Value
from .recorder import Recorder, Unfit
from .structure import Structure, is_module

#: Elements of a container that are themselves looked into.
_INTO = 1000
_GROWS = frozenset((
    "append", "extend", "insert", "pop", "popleft", "appendleft", "extendleft", "popitem", "remove", "clear", "sort",
    "reverse", "rotate", "update", "add", "discard", "setdefault", "__setitem__", "__delitem__", "__ior__", "__iadd__",
))  # fmt: skip
_MUTABLE = (list, dict, set, deque, bytearray)
_TIME = "the time is read"
_CLOCKS = dict.fromkeys((
    "time", "time_ns", "perf_counter", "perf_counter_ns", "monotonic", "monotonic_ns", "process_time", "sleep",
    "now", "utcnow", "today", "localtime", "gmtime", "ctime",
), _TIME)  # fmt: skip
_CALLS = {
    "builtins": {"print": "something is printed", "input": "input is read"},
    "io": {"open": "a file is opened"},
    "time": _CLOCKS,
    "posix": {"urandom": "the system's random numbers are read"},
}
_CALLS["nt"] = _CALLS["posix"]
_SYSTEM = frozenset(("posix", "nt", "io", "_socket", "_posixsubprocess"))
_HARMLESS = frozenset(("fspath", "getpid", "getcwd"))
_LEAVES = PLAIN | {Symbol, type(MISSING)}
#: Functions that live for one expression.
_OF_THE_RUN = frozenset(("<genexpr>", "<listcomp>", "<setcomp>", "<dictcomp>"))
#: Packages whose modules hold what they hold.
_FIXED = sys.stdlib_module_names | (OURS - {"jaxtorch", "torch"})
_getitem = os._Environ.__getitem__.__code__


class Watch:
    """The notes of one run.

    Args:
        recorder: what records it.
        function: what is run.
        arguments: the leaves of its arguments.
        trees: the arguments; containers among them are others at the next call.
    """

    def __init__(self, recorder: Recorder, function, arguments: list, trees):
        self.recorder, self.function = recorder, function
        self.notes: dict = {}  # key -> note, in the order they were made
        self.names: set[str] = set()  # of attributes, in all code that has run
        self.stored: set[str] = set()  # those that it sets
        self.effects: list = []  # (why, where, the object it is about)
        self.functions: dict[int, list] = {}  # id of code -> the functions of it that were seen
        self.unresolved: list = []  # (code, what its enclosing functions' variables held)
        self._objects: dict[int, tuple] = {}  # id -> (object, what it is called)
        self._codes: set[int] = set()
        self._inside = None  # the deaf frame that runs
        self._random = _random_states()
        for value in arguments:
            if type(value) not in PLAIN and not isinstance(value, Tensor):
                self.sight("an argument", value)
        self._given = []
        self._note_given(trees)
        self.sight(getattr(function, "__name__", "the function"), function)

    # -- while it runs ------------------------------------------------------------------------------
    @contextlib.contextmanager
    def young(self):
        """What is made in here stays in the youngest generation, by which it is told."""
        gc.collect(0)
        collects = gc.isenabled()
        gc.disable()
        try:
            yield
        finally:
            if collects:
                gc.enable()

    def __enter__(self):
        self._before, self._inside = sys.getprofile(), None
        sys.setprofile(self._tell)
        return self

    def __exit__(self, *_):
        sys.setprofile(self._before)

    def _tell(self, frame, event: str, arg) -> None:
        if self._inside is not None:
            if event == "return" and frame is self._inside:
                self._inside = None
        elif event == "call":
            code = frame.f_code
            facts = facts_of(code, frame.f_globals.get("__name__"))
            if facts.deaf:
                self._inside = frame
            elif facts.watched:
                self._entered(frame, code, facts)
            elif code is _getitem:
                key = frame.f_locals["key"]
                with unwatched():
                    value = os.environ.get(key)
                self._note(("environ", key), Value(f"os.environ[{key!r}]", lambda: os.environ.get(key), value))
        elif event == "c_call":
            code = frame.f_code
            facts = facts_of(code, frame.f_globals.get("__name__"))
            if facts.loud:
                self._called(frame, arg, facts)

    def _entered(self, frame, code, facts) -> None:
        """A function of the user's begins."""
        if id(code) not in self._codes:
            self._codes.add(id(code))
            self.stored |= facts.stored
            fresh = facts.attributes - self.names
            if fresh:
                self.names |= fresh
                for value, name in list(self._objects.values()):
                    self._look_into(name, value, fresh)
            found = frame.f_globals
            for name in facts.globals:
                if name in found or name in facts.sets:
                    self._name("", found, name, found.get(name, MISSING))
        known = frame.f_locals if code.co_freevars or code.co_argcount or code.co_kwonlyargcount else {}
        if code.co_freevars and code.co_name not in _OF_THE_RUN:
            self._enclosed(frame, code, known)
        for name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]:
            value = known.get(name)
            if type(value) in PLAIN or isinstance(value, (Tensor, np.ndarray)):
                continue
            if gc.is_tracked(value):  # otherwise nobody can tell whether the run made it
                self.sight(name, value)

    def _enclosed(self, frame, code, known: dict) -> None:
        """Note the variables of enclosing functions."""
        around = frame.f_back
        near = list(around.f_locals.values()) if around is not None else []
        near += [_of_class(cls, code.co_name) for cls in self._classes(known.get(next(iter(code.co_varnames), "")))]
        for f in (*self.functions.get(id(code), ()), *[getattr(f, "__func__", f) for f in near]):
            if type(f) is types.FunctionType and f.__code__ is code and _encloses(f, known):
                self._cells(dict(zip(code.co_freevars, f.__closure__, strict=True)))
                return
        self.unresolved.append((code, {name: known.get(name, MISSING) for name in code.co_freevars}))

    def _classes(self, value) -> list[type]:
        """The classes among which the method of ``value`` that runs may be."""
        return [*type(value).__mro__, *[x for x, _ in self._objects.values() if isinstance(x, type)]]

    def _cells(self, cells: dict) -> None:
        for name, cell in cells.items():
            if id(cell) not in self.notes:
                value = _content(cell)
                self._note(id(cell), Value(name, functools.partial(_content, cell), value), cell)
                self.sight(name, value)

    def _called(self, frame, function, facts) -> None:
        """A C function is called from where that may matter."""
        owner, name = getattr(function, "__self__", None), getattr(function, "__name__", "")
        why = None
        if isinstance(owner, _MUTABLE):
            if facts.watched and name in _GROWS:
                self._contents("a container", owner)
        elif type(owner) is types.ModuleType:
            module = owner.__name__
            if name in _CALLS.get(module, ()):
                why = _CALLS[module][name]
            elif module in _SYSTEM and name not in _HARMLESS:
                why = f"{name}() is called"
        elif name in _CLOCKS and isinstance(owner, type) and owner.__module__ == "datetime":
            why = _TIME
        elif type(owner).__module__ == "_io":
            why = "a file is used"
        elif isinstance(owner, random.Random) and name in ("random", "getrandbits", "seed"):
            why = "Python's random numbers are drawn"
        elif isinstance(owner, (np.random.Generator, np.random.RandomState)):
            why = "NumPy's random numbers are drawn"
        if why is not None:
            self.effects.append((why, _line(frame), owner))

    # -- noting -------------------------------------------------------------------------------------
    def _note(self, key, note, *of) -> None:
        """Keep a note, with what its key is the id of."""
        self.notes.setdefault(key, (note, of))

    def _name(self, prefix: str, of, name: str, value) -> None:
        """Note what is found under a name, and look into it."""
        key = ("names", id(of))
        note = self.notes.get(key)
        if note is None:
            note = self.notes[key] = (Names(prefix, of), (of,))
        if name not in note[0].expected:
            note[0].expected[name] = value
            self.sight(prefix + name, value)

    def _contents(self, what: str, container) -> None:
        if ("contents", id(container)) in self.notes:
            return
        self._note(("contents", id(container)), Content(what, container), container)
        if isinstance(container, (bytearray, np.ndarray)):
            return
        inside = list(container.values()) if isinstance(container, dict) else container
        if len(inside) <= _INTO:
            for e in list(inside):
                if type(e) not in PLAIN and not isinstance(e, Tensor):
                    self.sight(what, e)

    def _note_given(self, tree) -> None:
        """Note what containers among the arguments hold: they must be left so."""
        if isinstance(tree, (list, dict, set, deque)):
            self._given.append(Content("an argument", tree))
        if isinstance(tree, (list, tuple, dict)):
            for e in tree.values() if isinstance(tree, dict) else tree:
                if isinstance(e, CONTAINERS):
                    self._note_given(e)

    def sight(self, name: str, value) -> None:
        """A value was found under a name: look into it."""
        if type(value) in _LEAVES or isinstance(value, Tensor) or id(value) in self._objects:
            return
        if isinstance(value, CONTAINERS):
            self._contents(name, value)
            if type(value) in CONTAINERS:
                return
        self._objects[id(value)] = value, name
        if is_module(value):
            self._structure(name, value)
        elif isinstance(value, types.FunctionType):
            self._function(value)
        elif isinstance(value, types.MethodType):
            self.sight(name, value.__self__)
            self.sight(name, value.__func__)
        elif isinstance(value, functools.partial):
            for e in (value.func, *value.args, *value.keywords.values()):
                self.sight(name, e)
        elif isinstance(value, (staticmethod, classmethod)):
            self.sight(name, value.__func__)
        elif hasattr(value, "__next__"):
            self.effects.append((f"it uses {name}, an iterator", "", value))
        self._look_into(name, value, self.names)

    def _function(self, f) -> None:
        self.functions.setdefault(id(f.__code__), []).append(f)
        inner = f.__dict__.get("__wrapped__")
        if inner is not None:
            self.sight(f.__name__, inner)
        for cell in f.__closure__ or ():  # a decorator's: the function that it wraps
            if isinstance(_content(cell), (types.FunctionType, types.MethodType)):
                self.sight(f.__name__, _content(cell))

    def _structure(self, name: str, module) -> None:
        """Note a module's structure, once for all below it."""
        self._note(("structure", id(module)), Structure(name, module), module)
        for path, m in module.named_modules():
            if m is not module and id(m) not in self._objects:
                self._objects[id(m)] = m, f"{name}.{path}"
                self._look_into(f"{name}.{path}", m, self.names)

    def _look_into(self, name: str, value, names) -> None:
        """Note those attributes of an object that are among ``names``."""
        if not names:
            return
        fields = getattr(value, "__dict__", None)
        if isinstance(value, types.ModuleType):
            if value.__name__.partition(".")[0] in _FIXED:
                return
        elif isinstance(value, type):
            self._class(name, value, names)
            return
        else:
            self._class(name, type(value), names, value)
        if type(fields) is not dict:
            return
        of_module = is_module(value)
        for attribute in names & fields.keys() if len(names) > len(fields) else [n for n in names if n in fields]:
            found = fields[attribute]
            if of_module and (type(found) in PLAIN or isinstance(found, Tensor) or is_module(found)):
                continue  # its structure says it
            if of_module and attribute in ("_parameters", "_buffers", "_modules"):
                continue
            if attribute == "param_groups" and isinstance(found, list) and "_state" in fields:
                for group in found:  # of an optimizer: what is computed with its numbers is no guard on them
                    self.recorder.lend(group)
            self._name(f"{name}.", value, attribute, found)
        if "state" in names and "_state" in fields:  # of an optimizer
            self._name(f"{name}.", value, "_state", fields["_state"])
        if not of_module and not isinstance(value, types.ModuleType):
            for attribute in self.stored & names:
                if attribute not in fields:
                    self._name(f"{name}.", value, attribute, MISSING)

    def _class(self, name: str, cls: type, names, value=None) -> None:
        """Note attributes that a class provides."""
        for base in cls.__mro__:
            if base.__module__.partition(".")[0] in OURS or base.__module__ in sys.stdlib_module_names:
                continue
            for attribute in names:
                found = base.__dict__.get(attribute, MISSING)
                if found is MISSING:
                    continue
                if type(getattr(value, "__dict__", None)) is dict and not is_module(value):
                    self._name(f"{name}.", value, attribute, value.__dict__.get(attribute, MISSING))
                if isinstance(found, types.MemberDescriptorType) and value is not None:
                    look = functools.partial(_slot, found, value)
                    self._note(("slot", id(value), attribute), Value(f"{name}.{attribute}", look, look()), value)
                    self.sight(f"{name}.{attribute}", look())
                elif isinstance(found, (types.FunctionType, staticmethod, classmethod)):
                    self.sight(f"{name}.{attribute}", found)
                    self._kept(name, base, attribute, found)
                elif not isinstance(found, (property, types.MemberDescriptorType, types.GetSetDescriptorType)):
                    self._kept(name, base, attribute, found)
                    self.sight(f"{name}.{attribute}", found)

    def _kept(self, name: str, cls: type, attribute: str, found) -> None:
        look = functools.partial(_of_class, cls, attribute)
        self._note(("class", id(cls), attribute), Value(f"{name}.{attribute}", look, found), cls)

    # -- when it has run ----------------------------------------------------------------------------
    def guards(self) -> list:
        """The notes by which a later call is judged.

        Raises:
            Unfit: the run changed something, or did what a program does not.
        """
        self._resolve()
        kept = list(self.notes.values())
        old = _older([o for _, of in kept for o in of] + [o for *_, o in self.effects])
        for why, where, about in self.effects:
            if id(about) in old or type(about) is types.ModuleType or isinstance(about, type):
                raise Unfit(why, where=where)
        if _random_states() != self._random:
            raise Unfit("Python's or NumPy's random state is used")
        notes = [note for note, of in kept if all(id(o) in old for o in of)]
        for note in (*notes, *self._given):
            failed = note.failed()
            if failed is not None:
                raise Unfit(f"it changes {failed.partition(':')[0]}", True)
        for note in notes:
            if isinstance(note, Structure):
                note.restrict(self.names)
        # what the run made is not kept by having been noted
        for held in (self.notes, self._objects, self.functions, self.unresolved, self.effects):
            held.clear()
        return notes

    def _resolve(self) -> None:
        """Find the functions of which only the code was seen."""
        wanted = {id(code): code for code, _ in self.unresolved}
        if not wanted:
            return
        found: dict[int, list] = {}
        for f in gc.get_referrers(*wanted.values()):
            if isinstance(f, types.FunctionType):
                found.setdefault(id(f.__code__), []).append(f)
        for code, values in self.unresolved:
            functions = found.get(id(code), [])
            for f in [f for f in functions if _encloses(f, values)] or functions:
                cells = dict(zip(code.co_freevars, f.__closure__ or (), strict=True))
                for name, cell in cells.items():
                    if id(cell) not in self.notes:
                        look = functools.partial(_content, cell)
                        self._note(id(cell), Value(name, look, values[name]), cell)


def _older(objects: list) -> set[int]:
    """The ids of those objects that were there before the youngest."""
    ids = set(map(id, objects))
    return ids.difference(map(id, gc.get_objects(generation=0)))


def _encloses(f, known: dict) -> bool:
    """Whether the variables of enclosing functions hold what is known of them."""
    cells = zip(f.__code__.co_freevars, f.__closure__ or (), strict=True)
    return all(_content(c) is known.get(name, MISSING) for name, c in cells)


def _line(frame) -> str:
    """``file:line`` of the user's that led to ``frame``."""
    while frame.f_back is not None and not facts_of(frame.f_code, frame.f_globals.get("__name__")).watched:
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def _content(cell):
    try:
        return cell.cell_contents
    except ValueError:
        return MISSING


def _slot(descriptor, value):
    try:
        return descriptor.__get__(value)
    except AttributeError:
        return MISSING


def _of_class(cls: type, attribute: str):
    return cls.__dict__.get(attribute, MISSING)


def _random_states() -> tuple:
    name, words, *rest = np.random.get_state()
    return random.getstate(), name, words.tobytes(), *rest  # pyright: ignore[reportAttributeAccessIssue]
