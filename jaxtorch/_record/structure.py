"""What decides what a module computes, but for the values of its tensors."""

from __future__ import annotations

from .._core import modes
from .._core.tensor import Tensor
from .code import OURS
from .images import PLAIN, same

_TABLES = ("_parameters", "_buffers")


def is_module(x) -> bool:
    """Whether ``x`` is a `torch.nn.Module`."""
    fields = getattr(x, "__dict__", ())
    return "_modules" in fields and "_parameters" in fields


class Everywhere:
    """What is registered for every module, optimizer and the like."""

    what = "what is registered for all modules"

    def __init__(self):
        self.known, self.count = self._look(), modes.structure[0]

    def _look(self) -> list:
        return [id(v) for table in modes.everywhere for v in table.values()]

    def failed(self) -> str | None:
        if self.count != modes.structure[0]:
            if self._look() != self.known:
                return f"{self.what}: it changed"
            self.count = modes.structure[0]
        return None


class Structure:
    """The structure of a module and all below it: looked at when any module's has changed since."""

    def __init__(self, what: str, module):
        self.what, self.of = what, module
        self.known, self.count = signature(module), modes.structure[0]
        self.names = None

    def restrict(self, names: set[str]) -> None:
        """Look no more at attributes of the user's own that no code names."""
        self.names = frozenset(names)
        self.known = signature(self.of, self.names)
        self.count = modes.structure[0]

    def failed(self) -> str | None:
        if self.count == modes.structure[0]:
            return None
        now = signature(self.of, self.names)
        known = self.known
        for key in {**known, **now}:
            if key not in known or key not in now or not same(known[key], now[key]):
                return f"the module {self.what}: {'.'.join(key)} changed"
        self.count = modes.structure[0]
        return None


def signature(module, names=None) -> dict:
    """(module, attribute) names with what is there."""
    found: dict = {}
    for path, m in module.named_modules():
        everything = names is None or _reads_all(type(m))
        for key, value in vars(m).items():
            if key in _TABLES:
                value = tuple([(k, None if t is None else _facts(t)) for k, t in value.items()])
            elif not everything and not key.startswith("_") and key != "training" and key not in names:
                continue
            elif isinstance(value, dict):
                value = tuple([(k, _identity(v)) for k, v in value.items()])
            elif isinstance(value, (list, tuple)):
                value = tuple([_identity(v) for v in value])
            else:
                value = _identity(value)
            found[path or "itself", key] = value
    return found


def _reads_all(cls: type) -> bool:
    """Whether code of this package reads attributes of the instances of ``cls`` beside a module's own."""
    for base in cls.__mro__:
        if base.__module__.partition(".")[0] in OURS:
            return base.__name__ != "Module"
    return True


def _identity(x):
    return x if type(x) in PLAIN else ("id", id(x))


def _facts(t: Tensor) -> tuple:
    return id(t), t._requires_grad, id(t._storage), id(t._layout), _hooks(t._hooks), _hooks(t._post_accumulate)


def _hooks(table) -> tuple:
    return tuple(map(id, table.values())) if table else ()
