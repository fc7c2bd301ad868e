"""`torch.ops`: namespaces of operators, each a packet of overloads."""

from __future__ import annotations

from functools import cache
from types import ModuleType

from .._compat.aten import ROWS
from .._core.bind import namespaces
from .._core.tensor import Size, Tensor


class OpOverload:
    """One overload of an operator: ``torch.ops.aten.add.Tensor``."""

    __module__ = "torch._ops"

    def __init__(self, packet: OpOverloadPacket, overload: str, run):
        self.overloadpacket = packet
        self.namespace, self._opname, self._overloadname = packet._space, packet.__name__, overload
        self.__name__ = f"{packet.__name__}.{overload}"
        self._run = run

    def __call__(self, /, *args, **kwargs):
        return self._run(*args, **kwargs)

    def name(self) -> str:
        """Its name with its namespace, as schemas write it: ``"aten::add.Tensor"``."""
        tail = "" if self._overloadname == "default" else f".{self._overloadname}"
        return f"{self.namespace}::{self._opname}{tail}"

    def __str__(self) -> str:
        return f"{self.namespace}.{self.__name__}"

    def __repr__(self) -> str:
        return f"<OpOverload(op='{self.overloadpacket}', overload='{self._overloadname}')>"


class OpOverloadPacket:
    """All overloads of an operator: ``torch.ops.aten.add``; called, the one that the arguments fit."""

    __module__ = "torch._ops"

    def __init__(self, space: str, name: str, overloads, run):
        self._space, self.__name__ = space, name
        self._names, self._run = list(overloads), run

    def __call__(self, /, *args, **kwargs):
        return self._run(*args, **kwargs)

    def overloads(self) -> list[str]:
        """The names of the overloads."""
        return list(self._names)

    def __getattr__(self, key: str):
        if key.startswith("__") or key not in self._names:
            raise AttributeError(f"The underlying op of '{self}' has no overload name '{key}'")
        self.__dict__[key] = made = OpOverload(self, key, self._run)
        return made

    def __str__(self) -> str:
        return f"{self._space}.{self.__name__}"

    def __repr__(self) -> str:
        return f"<OpOverloadPacket(op='{self}')>"


class _OpNamespace(ModuleType):
    """The operators of one namespace, made when they are asked for."""

    def __init__(self, name: str):
        super().__init__(f"torch.ops.{name}")
        self.__file__ = "torch.ops"
        self._space = name

    def __getattr__(self, name: str):
        found = None if name.startswith("__") and name not in _aten() else self._find(name)
        if found is None:
            raise AttributeError(f"'_OpNamespace' '{self._space}' object has no attribute '{name}'")
        self.__dict__[name] = found
        return found

    def _find(self, name: str):
        return _aten_packet(name) if self._space == "aten" else None


class _Ops(ModuleType):
    """`torch.ops`: a namespace for every name."""

    def __init__(self):
        super().__init__("torch.ops")
        self.__file__ = "_ops.py"
        self.loaded_libraries: set[str] = set()

    def load_library(self, path):
        """Operators written in C++ cannot be loaded."""
        raise NotImplementedError("torch.ops.load_library is not supported by jaxtorch: register operators in Python")

    def __getattr__(self, name: str) -> _OpNamespace:
        if name.startswith("__"):
            raise AttributeError(name)
        self.__dict__[name] = made = _OpNamespace(name)
        return made


ops = _Ops()


# -- ATen -----------------------------------------------------------------------------------------
@cache
def _aten() -> dict[str, tuple[str, ...]]:
    """name -> its overloads; ``[]`` follows a name that gives a list."""
    rows = [row.split() for row in ROWS.replace("\n", " ").split(";")]
    return {name: tuple(overloads) for name, *overloads in rows}


def _aten_packet(name: str) -> OpOverloadPacket | None:
    rows = _aten()
    if name in rows:
        return OpOverloadPacket("aten", name, rows[name], _plain(_public(name), name))
    if name + "[]" in rows:
        target = _public(name)
        return OpOverloadPacket("aten", name, rows[name + "[]"], lambda *args, **kwargs: list(target(*args, **kwargs)))
    return None


def _public(name: str):
    """The public function that an operator of ATen's is."""
    for space in ("aten", "torch", "nn"):
        if name in namespaces[space]:
            return namespaces[space][name]
    space, _, rest = name.partition("_")
    if space in namespaces and rest in namespaces[space]:
        return namespaces[space][rest]
    return getattr(Tensor, name)


def _plain(target, name: str):
    """``target`` as ATen's operator: several results are a tuple without names, sizes a list."""

    def run(*args, **kwargs):
        result = target(*args, **kwargs)
        if isinstance(result, tuple) and type(result) is not tuple:
            return list(result) if type(result) is Size else tuple(result)
        return result

    run.__name__ = run.__qualname__ = name
    return run
