"""Layer: modules that are one function of torch.nn.functional with its settings kept.

Such a module is declared as a row: the function it calls, and its settings as annotated fields in
the order of the constructor's parameters.

    class Softplus(Layer, call="softplus(input, beta, threshold)"):
        beta: float = 1.0
        threshold: float = 20.0

The constructor, ``forward``, ``extra_repr`` and ``__constants__`` follow from that. In the call,
names of fields (and ``training``) are read from the module; the others are forward's parameters.
"""

from __future__ import annotations

import ast
import sys
from typing import dataclass_transform

from ..._core.tensor import Tensor
from .. import functional as F
from .module import Module

_REQUIRED = object()
_BUFFER = "Tensor | None"


@dataclass_transform()
class Layer(Module):
    """Base of the modules declared as rows.

    Class keywords of a row:
        call: the call of a function of torch.nn.functional that forward makes.
        inputs: forward's parameters, where they cannot be told from the call.
        show: a format string over the fields for ``extra_repr``, inherited; without one it is every
            field by name, ``inplace`` only where it is set.
        keyword_only: the constructor takes no positional arguments.

    A field of type ``Tensor | None`` is a buffer. The fields in ``_passed`` are not kept: they are
    handed to ``_settle``, which completes and checks what the constructor stored.
    """

    _fields: tuple[str, ...] = ()
    _passed: frozenset[str] = frozenset()
    _show: str | None = None
    __constants__: list[str] = []

    def __init_subclass__(cls, call: str | None = None, inputs: str = "", show: str | None = None,
                          keyword_only: bool = False, **rest):  # fmt: skip
        super().__init_subclass__(**rest)
        if call is None and show is None:
            return  # an ordinary subclass
        own = cls.__dict__.get("__annotations__")
        if own:
            defaults = {name: cls.__dict__.get(name, _REQUIRED) for name in own}
            for name in own:
                if name in cls.__dict__:
                    delattr(cls, name)
            cls._fields = tuple(own)
            cls.__constants__ = [n for n in own if n not in cls._passed and own[n] != _BUFFER]
            cls.__init__ = _constructor(cls, own, defaults, keyword_only)
        if call is not None:
            cls.forward = _forward(cls, call, inputs.split())
        if show is not None:
            cls._show = show

    def _settle(self) -> None:
        """Complete and check what the constructor stored."""

    def extra_repr(self) -> str:
        """The settings, as PyTorch shows them."""
        values = vars(self)
        if self._show is not None:
            return self._show.format_map(values)
        shown = [name for name in self.__constants__ if name != "inplace" or values[name]]
        return ", ".join(f"{name}={values[name]}" for name in shown)


def unusual(module: Module, **usual) -> list[str]:
    """``name=value`` of each setting that is not as usual."""
    values = {name: getattr(module, name) for name in usual}
    return [f"{name}={value}" for name, value in values.items() if value != usual[name]]


def _constructor(cls: type, annotations: dict, defaults: dict, keyword_only: bool):
    """``__init__``: stores the fields, then settles."""
    scope = {"_Layer": Layer, "_defaults": defaults, **vars(sys.modules[cls.__module__])}
    params, body = [], []
    for name, annotation in annotations.items():
        default = "" if defaults[name] is _REQUIRED else f" = _defaults[{name!r}]"
        params.append(f"{name}: {annotation}{default}")
        if name in cls._passed:
            continue
        store = (
            f"self.register_buffer({name!r}, {name})"
            if annotation == _BUFFER
            else f"self.{name} = {name}"
        )
        body.append(store)
    passed = ", ".join(f"{n}={n}" for n in annotations if n in cls._passed)
    star = "*, " if keyword_only else ""
    lines = ["super(_Layer, self).__init__()", *body, f"self._settle({passed})"]
    return _made(cls, "__init__", f"self, {star}{', '.join(params)}", "None", lines, scope)


def _forward(cls: type, call: str, inputs: list[str]):
    """``forward``: the call, with the fields read from the module."""
    tree = ast.parse(call, mode="eval")
    names: list[str] = list(inputs)
    for node in ast.walk(tree):
        for field, child in ast.iter_fields(node):
            for at, part in enumerate(child if isinstance(child, list) else [child]):
                if not isinstance(part, ast.Name) or field == "func":
                    continue
                if part.id in inputs or part.id == "self":
                    continue
                if part.id in cls._fields or part.id == "training":
                    read = ast.Attribute(ast.Name("self", ast.Load()), part.id, ast.Load())
                    if isinstance(child, list):
                        child[at] = read
                    else:
                        setattr(node, field, read)
                elif part.id not in names:
                    names.append(part.id)
    params = ", ".join(["self", *(f"{name}: Tensor" for name in names)])
    scope = {"F": F, "Tensor": Tensor}
    return _made(cls, "forward", params, "Tensor", [f"return F.{ast.unparse(tree)}"], scope)


def _made(cls: type, name: str, params: str, result: str, lines: list[str], scope: dict):
    """A method from its source."""
    source = f"def {name}({params}) -> {result}:\n" + "".join(f"    {line}\n" for line in lines)
    exec(compile(source, f"<{cls.__name__}.{name}>", "exec"), scope)
    made = scope[name]
    made.__qualname__, made.__module__ = f"{cls.__qualname__}.{name}", cls.__module__
    return made
