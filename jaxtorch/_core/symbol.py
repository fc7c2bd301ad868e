"""Symbols: Python numbers of a recorded run that may be others at its next call.

A symbol passes for the float or int that it stands for. Handed to an operation it is an input of the
program; arithmetic with numbers makes another symbol. What is decided by it is a guard: how a
comparison came out, or, where the value itself is asked for, the value.
"""

from __future__ import annotations

import math
import operator

import numpy as np

from . import modes


class Symbol:
    """A number that Python looks up at every call.

    Args:
        recorder: the recording that relies on it.
        what: what it is called.
        look: gives its value before a run: for guards.
        value: what it is now.
        late: whether something that Python does in the run has set it, so that no guard can ask for it.
        given: gives its value in its turn among all that Python does for a run; None: as ``look``.
    """

    __slots__ = ("recorder", "what", "look", "value", "late", "given", "arrays")

    def __init__(self, recorder, what: str, look, value, late: bool = False, given=None):
        self.recorder, self.what, self.look, self.value, self.late = recorder, what, look, value, late
        self.given, self.arrays = given or look, {}

    @property
    def __class__(self):  # pyright: ignore[reportIncompatibleMethodOverride]
        return type(self.value)

    def _live(self) -> bool:
        """Whether what is done with it is part of the recording."""
        return modes.state.recorder is not None and self.recorder.running

    def now(self):
        """The value, which the recording holds for from now on."""
        if self._live():
            self._guard(self.what, self.look, same_number)
        return self.value

    def _guard(self, what: str, look, alike=operator.eq) -> None:
        if self.late:
            self.recorder.settle(f"{what} is looked at, which the run has just set")
        else:
            self.recorder.guard(what, look, alike)

    def array(self, kind_of, make, special: bool):
        """The value as an array of the program's.

        Args:
            kind_of: gives what the operation's program is made for, of a value.
            make: an array of a value.
            special: whether there are operations for particular values.
        """
        recorder, given = modes.state.recorder, self.given
        if special or not self.late:
            self._guard(self.what, self.look, lambda a, b: kind_of(a) is kind_of(b))
        found = self.arrays.get(id(recorder))
        if found is None:  # one input, however often it is used
            found = self.arrays[id(recorder)] = recorder, recorder.provide(lambda: [make(given())])[0]
        return found[1]

    def __float__(self):
        return float(self.now())

    def __int__(self):
        return int(self.now())

    def __index__(self):
        return operator.index(self.now())

    def __hash__(self):
        return hash(self.now())

    def __repr__(self):
        return repr(self.now())

    def __format__(self, spec):
        return format(self.now(), spec)

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.now(), dtype)

    def __reduce__(self):
        return type(self.value), (self.now(),)

    def __getattr__(self, name: str):
        return getattr(self.now(), name)


def same_number(a, b) -> bool:
    """Whether two numbers of one type are the same, signs of zeros and NaNs included."""
    if isinstance(a, float):
        return (a == b and math.copysign(1, a) == math.copysign(1, b)) or (a != a and b != b)
    return a == b


def as_float(x) -> float:
    """``float(x)``, but a number that may be another at the next call stays one."""
    return x * 1.0 if type(x) is Symbol else float(x)


def plain(x):
    """``x``, or the number that it stands for, unasked."""
    return x.value if type(x) is Symbol else x


def _derived(f, *operands) -> Symbol:
    """The symbol that ``f`` makes of numbers and symbols."""
    source = next(x for x in operands if type(x) is Symbol)
    shown = [x.what if type(x) is Symbol else str(x) for x in operands]
    what = f"({shown[0]} {_SIGNS[f]} {shown[1]})" if f in _SIGNS else f"{f.__name__}({', '.join(shown)})"
    late = any(type(x) is Symbol and x.late for x in operands)
    look, given = (_composed(f, operands, name) for name in ("look", "given"))
    return Symbol(source.recorder, what, look, f(*map(plain, operands)), late, given)


def _composed(f, operands, name: str):
    sources = [getattr(x, name) if type(x) is Symbol else None for x in operands]
    return lambda: f(*[x if source is None else source() for x, source in zip(operands, sources, strict=True)])


def _arithmetic(f, swapped: bool):
    def method(self, *others):
        if not all(type(x) in (Symbol, float, int, bool) for x in others):
            return NotImplemented
        operands = (*others, self) if swapped else (self, *others)
        return _derived(f, *operands) if self._live() else f(*map(plain, operands))

    return method


def _comparison(f):
    def method(self, other):
        if type(other) not in (Symbol, float, int, bool):
            return NotImplemented if f not in (operator.eq, operator.ne) else f(self.now(), other)
        outcome = f(self.value, plain(other))
        if self._live():
            mine, theirs = self.look, other.look if type(other) is Symbol else lambda: other
            self._guard(f"{self.what} {_SIGNS[f]} {plain(other)}", lambda: f(mine(), theirs()))
        return outcome

    return method


def _truth(self) -> bool:
    if self._live():
        look = self.look
        self._guard(f"bool({self.what})", lambda: bool(look()))
    return bool(self.value)


_COMPARISONS = (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne)
_SIGNS = {
    **dict(zip(_COMPARISONS, ("<", "<=", ">", ">=", "==", "!="), strict=True)),
    operator.add: "+", operator.sub: "-", operator.mul: "*", operator.truediv: "/", operator.floordiv: "//",
    operator.mod: "%", operator.pow: "**",
}  # fmt: skip
for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow"):
    _f = getattr(operator, _name)
    setattr(Symbol, f"__{_name}__", _arithmetic(_f, False))
    setattr(Symbol, f"__r{_name}__", _arithmetic(_f, True))
for _name, _f in (("neg", operator.neg), ("pos", operator.pos), ("abs", operator.abs), ("round", round)):
    setattr(Symbol, f"__{_name}__", _arithmetic(_f, False))
for _f in _COMPARISONS:
    setattr(Symbol, f"__{_f.__name__}__", _comparison(_f))
Symbol.__bool__ = _truth  # pyright: ignore[reportAttributeAccessIssue]
