"""What Python values are compared by: whether they are what a recorded run found."""

from __future__ import annotations

import functools
from collections import deque
from operator import call, is_

import numpy as np

from .._core.symbol import Symbol, plain, same_number

#: Values that are compared by value; all others are by identity.
PLAIN = frozenset((int, float, complex, bool, str, bytes, type(None)))
CONTAINERS = (list, tuple, dict, set, frozenset, deque, bytearray, np.ndarray)
#: Elements of a container, bytes of an ndarray, that are compared one by one; of larger ones the size is.
LONG, LARGE = 10_000, 1 << 20


class _Missing:
    def __repr__(self) -> str:
        return "nothing"


MISSING = _Missing()


def same(a, b) -> bool:
    """Whether two values are one to a program: the same object, or equal plain values of one type."""
    if a is b:
        return True
    kind = type(a)
    if kind is Symbol or type(b) is Symbol:  # whose value the recording looks up
        return type(plain(a)) is type(plain(b))
    if kind is not type(b):
        return False
    if kind is float:
        return same_number(a, b)
    if kind is complex:
        return same(a.real, b.real) and same(a.imag, b.imag)
    if kind in PLAIN:
        return a == b
    if isinstance(a, np.generic):
        return a.tobytes() == b.tobytes()
    if kind is tuple:
        return len(a) == len(b) and all(map(same, a, b))
    return False


def short(value) -> str:
    """``value`` for a message."""
    text = repr(value) if type(value) in PLAIN or isinstance(value, (list, tuple, _Missing)) else _named(value)
    return text if len(text) < 60 else text[:57] + "..."


def _named(value) -> str:
    return f"a {type(value).__name__}"


class Names:
    """Values found under names: of a module's globals, or of an object."""

    def __init__(self, prefix: str, of):
        self.prefix, self.of = prefix, of
        self.expected: dict = {}

    def mapping(self) -> dict:
        return self.of if type(self.of) is dict else self.of.__dict__

    def looks(self):
        """(what looks, what it finds) of everything that this is about."""
        mapping = self.mapping()
        if mapping is not self.of:
            yield functools.partial(getattr, self.of, "__dict__"), mapping
        for name, value in self.expected.items():
            yield functools.partial(mapping.get, name, MISSING), value

    def failed(self) -> str | None:
        """None, or what is another value now."""
        get = self.mapping().get
        for name, value in self.expected.items():
            now = get(name, MISSING)
            if now is not value and not same(now, value):
                return f"{self.prefix}{name}: {short(value)} -> {short(now)}"
        return None


class Value:
    """What a function that looks finds."""

    def __init__(self, what: str, look, value, alike=same):
        self.what, self.look, self.value, self.alike = what, look, value, alike

    def looks(self):
        yield self.look, self.value

    def failed(self) -> str | None:
        now = self.look()
        return None if self.alike(now, self.value) else f"{self.what}: {short(self.value)} -> {short(now)}"


class Untouched:
    """Many notes at once: that each finds the very object that it found before, which most do."""

    def __init__(self, notes: list):
        self.notes = notes
        self.looks: list = []
        self.values: list = []
        for note in notes:
            for look, value in note.looks():
                self.looks.append(look)
                self.values.append(value)

    def failed(self) -> str | None:
        """None, or what is another value now."""
        try:
            if all(map(is_, map(call, self.looks), self.values)):
                return None
        except Exception:  # noqa: BLE001, S110 - whose look failed says so below
            pass
        for note in self.notes:
            failed = note.failed()
            if failed is not None:
                return failed
        return None


def together(notes: list) -> list:
    """``notes`` with those of which that is possible as one, first."""
    single = [n for n in notes if isinstance(n, Names) or (isinstance(n, Value) and n.alike is same)]
    return [Untouched(single), *[n for n in notes if n not in single]]


class Content:
    """The elements of a container."""

    def __init__(self, what: str, container):
        self.what, self.of = what, container
        self.elements = elements(container)

    def failed(self) -> str | None:
        before, now = self.elements, elements(self.of)
        if type(before) is list:
            if len(before) == len(now) and (all(map(is_, before, now)) or all(map(same, before, now))):
                return None
        elif before == now:
            return None
        return f"{self.what}: its {'length' if len(before) != len(now) else 'elements'} changed"


def elements(container):
    """What the contents of a container are compared by: a list of objects, or something that ``==`` compares."""
    if isinstance(container, np.ndarray):
        small = container.nbytes <= LARGE and container.dtype.kind != "O"
        return (container.dtype, container.shape, container.tobytes() if small else None)
    if isinstance(container, bytearray):
        return bytes(container)
    if len(container) > LONG:
        return (len(container),)
    if isinstance(container, dict):
        return [*container, *container.values()]
    if isinstance(container, (set, frozenset)):
        return set(container)
    return list(container)
