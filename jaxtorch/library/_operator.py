"""One operator of one's own: arguments checked by its schema, kernels by device, a gradient."""

from __future__ import annotations

import inspect

from .._core import modes
from .._core.devices import device, resolve
from .._core.spec import Schema
from .._core.tensor import Tensor
from ..autograd.function import Function
from ._operators import OpOverloadPacket, ops

#: (namespace, name) -> Operator
operators: dict[tuple[str, str], Operator] = {}

_NUMBERS = {
    "int": int, "SymInt": int, "float": (int, float), "bool": bool, "str": str, "Scalar": (int, float, complex),
    "number": (int, float, complex),
}  # fmt: skip


class Operator:
    """A declared operator: ``namespace::name(parameters) -> results``."""

    def __init__(self, space: str, name: str, text: str):
        if (space, name) in operators:
            raise RuntimeError(
                f"Tried to register an operator ({space}::{name}{text}) with the same name and overload name multiple "
                "times."
            )
        if "." in name:
            raise NotImplementedError(f"{space}::{name}: overloads of custom operators are not supported by jaxtorch")
        self.space, self.name = space, name
        self.schema = Schema(f"{name}{text}")
        self.declaration = f"{space}::{name}{_normal(text)}"
        self.kinds = [_unaliased(p.kind) for p in self.schema.params]
        self.writes = any("!" in p.kind for p in self.schema.params)
        self.kernels: dict[str | None, object] = {}
        self.whole = None  # a function of tensors that autograd follows by itself
        self.fake = self.backward = self.setup_context = None
        self.packet = OpOverloadPacket(space, name, ["default"], self.call)
        operators[space, name] = self
        setattr(getattr(ops, space), name, self.packet)

    def __str__(self) -> str:
        return f"{self.space}.{self.name}.default"

    # -- arguments
    def bind(self, args, kwargs) -> list:
        """The values of all parameters, in order."""
        params, n = self.schema.params, self.schema.positional
        title = f"{self.space}::{self.name}()"
        if len(args) + len(kwargs) > len(params):
            raise RuntimeError(
                f"{title} expected at most {len(params)} argument(s) but received {len(args) + len(kwargs)} "
                f"argument(s). Declaration: {self.declaration}"
            )
        if len(args) > n:
            raise RuntimeError(
                f"{title} takes {n} positional argument(s) but {len(args)} was/were given.  "
                f"Declaration: {self.declaration}"
            )
        values = list(args)
        for param, kind in zip(params[len(args) :], self.kinds[len(args) :]):
            if param.name in kwargs:
                values.append(kwargs[param.name])
            elif param.required and kind != "Device":
                raise RuntimeError(
                    f"{title} is missing value for argument '{param.name}'. Declaration: {self.declaration}"
                )
            else:
                values.append(None if param.required else param.default)
        left = [k for k in kwargs if k not in self.schema.by_name or self.schema.by_name[k] < len(args)]
        if left:
            raise RuntimeError(
                f"Unknown keyword argument '{left[0]}' for operator '{self.space}::{self.name}'. "
                f"Schema: {self.declaration}"
            )
        for place, (param, kind, value) in enumerate(zip(params, self.kinds, values, strict=True)):
            if not _fits(kind, param.optional, value):
                self._refuse(title, place, param.name, kind, value)
            if kind == "float" and type(value) is int:
                values[place] = float(value)
            elif kind == "Device" and value is not None:
                values[place] = device(value)
        return values

    def _refuse(self, title, place, name, kind, value) -> None:
        if kind == "Tensor":
            details = f"Unable to cast {value} to Tensor"
        else:
            details = (
                f"Unable to cast Python instance of type {type(value)} to C++ type '?' (#define "
                "PYBIND11_DETAILED_ERROR_MESSAGES or compile in debug mode for details)"
            )
        wanted = {"SymInt": "int", "Scalar": "number"}.get(kind, kind)
        raise RuntimeError(
            f"{title} Expected a value of type '{wanted}' for argument '{name}' but instead found type "
            f"'{type(value).__name__}'.\nPosition: {place}\nValue: {value!r}\nDeclaration: {self.declaration}\n"
            f"Cast error details: {details}"
        )

    # -- running
    def call(self, *args, **kwargs):
        values = self.bind(args, kwargs)
        if self.whole is not None:
            return self.run(self.whole, values)
        tensors = list(_tensors(values))
        if not self.writes and modes.state.grad and any(t.requires_grad for t in tensors):
            return _Differentiated.run(self, values)
        with modes.untaped():
            result = self.kernel(values, tensors)
        if self.writes:
            for t in _tensors(v for v, p in zip(values, self.schema.params, strict=True) if "!" in p.kind):
                t._count_write()  # beside the kernel's own writes, as PyTorch
        return result

    def run(self, fn, values: list):
        """A function called as the schema says."""
        n = self.schema.positional
        return fn(*values[:n], **{p.name: values[p.index] for p in self.schema.params[n:]})

    def kernel(self, values: list, tensors: list):
        """What the kernel of the arguments' device makes of them, checked to be fresh."""
        where = tensors[0].device if tensors else None
        if where is None:
            named = [v for v, kind in zip(values, self.kinds, strict=True) if kind == "Device"]
            where = resolve(named[0] if named else None)
        fn = self.kernels.get(where.type, self.kernels.get(None))
        if fn is None:
            raise NotImplementedError(
                f"Could not run '{self.space}::{self.name}' with arguments from the '{where.type.upper()}' backend: "
                "no kernel of it is registered for that device"
            )
        result = self.run(fn, values)
        taken = {id(t._storage) for t in tensors}
        for t in _tensors(result if isinstance(result, tuple) else (result,)):
            if id(t._storage) in taken:
                raise RuntimeError(
                    f"{self.name} (with implementation in {inspect.getmodule(fn)}): The output of this custom "
                    "operator (1) must not also be an input to this custom operator and (2) may not alias any inputs "
                    "to this custom operator or other returns. The most common way to trigger this error is if we "
                    "have y = custom_op(x) and y and x are the same Tensor. Please instead return a clone of the "
                    "offending output tensor(s) (e.g. return x.clone()) or refactor the custom operator to not "
                    "return y."
                )
            taken.add(id(t._storage))
        return result

    def derive(self, backward, setup_context) -> None:
        """Give it a gradient."""
        if self.writes:
            raise RuntimeError(
                f"Cannot register autograd formula for non-functional operator {self} with schema "
                f"{self.declaration}. Please create a functional operator and register an autograd formula for that."
            )
        self.backward, self.setup_context = backward, setup_context


def _unaliased(kind: str) -> str:
    """``Tensor(a0!)?`` -> ``Tensor``."""
    head, _, tail = kind.partition("(")
    return head + tail.partition(")")[2].rstrip("?") if tail else kind


def _normal(text: str) -> str:
    """A schema as PyTorch prints it: ``2.`` for ``2.0``."""
    head, arrow, tail = text.partition("->")
    parts = [p[:-1] if "=" in p and p.endswith(".0") else p for p in head.strip()[1:-1].split(", ")]
    return f"({', '.join(parts)}) {arrow}{tail}".replace("'", '"')


def _fits(kind: str, optional: bool, value) -> bool:
    if value is None:
        return optional or kind == "Device"
    if kind.endswith("[]"):
        of = kind.removesuffix("[]")
        return isinstance(value, (list, tuple)) and all(_fits(of.rstrip("?"), of.endswith("?"), v) for v in value)
    if kind == "Tensor":
        return isinstance(value, Tensor)
    wanted = _NUMBERS.get(kind)
    if wanted is None:
        return True
    return isinstance(value, wanted) and (not isinstance(value, bool) or kind in ("bool", "Scalar", "number"))


def _tensors(values):
    for v in values:
        if isinstance(v, Tensor):
            yield v
        elif isinstance(v, (list, tuple)):
            yield from _tensors(v)


# -- gradients ------------------------------------------------------------------------------------
class _Differentiated(Function):
    """An operator's call on the tape: lists of tensors are taken apart for it, and put together again."""

    _classes: dict[Operator, type] = {}

    @classmethod
    def run(cls, operator: Operator, values: list):
        made = cls._classes.get(operator)
        if made is None:
            name = f"GeneratedBackwardFor_{operator.space}_{operator.name}_default"
            made = cls._classes[operator] = type(name, (cls,), {})
        call = _Call(operator, values)
        outs = made.apply(call, *call.flat)
        return call.gathered(outs)

    @staticmethod
    def forward(ctx, call, *flat):
        operator, ctx.call = call.operator, call
        given = call.grouped(flat)
        result = operator.kernel(given, list(_tensors(given)))
        if operator.setup_context is not None:
            ctx.needs_input_grad = call.needs = call.grouped_needs(ctx.needs_input_grad)
            n = operator.schema.positional
            named = {"ctx": ctx, "inputs": tuple(given[:n]), "output": result}
            if n < len(given):
                rest = operator.schema.params[n:]
                named["keyword_only_inputs"] = {p.name: v for p, v in zip(rest, given[n:], strict=True)}
            operator.setup_context(**named)
        return call.scattered(result)

    @staticmethod
    def backward(ctx, *grads):
        call = ctx.call
        operator = call.operator
        if operator.backward is None:
            raise RuntimeError(
                f"Trying to backward through {operator} but no autograd formula was registered. Please use "
                "register_autograd to add one."
            )
        if call.needs is None:
            ctx.needs_input_grad = call.needs = call.grouped_needs(ctx.needs_input_grad)
        found = operator.backward(ctx, *call.gathered_grads(grads))
        return None, *call.flattened(found if isinstance(found, tuple) else (found,))


class _Call:
    """How one call's arguments and results lie in the flat lists that the tape takes."""

    def __init__(self, operator: Operator, values: list):
        self.operator = operator
        self.lengths = [len(v) if _listed(v) else None for v in values]
        self.flat = [e for v in values for e in (v if _listed(v) else (v,))]
        self.results: list = []
        self.alone = False
        self.needs: tuple | None = None
        # PyTorch passes on what is no default: gradients of the rest may be left out
        params = operator.schema.params[: operator.schema.positional]
        told = [i for i, (p, v) in enumerate(zip(params, values)) if p.required or v is not p.default]
        self.given = told[-1] + 1 if told else 0

    def grouped(self, flat) -> list:
        rest = iter(flat)
        return [next(rest) if n is None else [next(rest) for _ in range(n)] for n in self.lengths]

    def grouped_needs(self, needs) -> tuple:
        """``needs_input_grad`` by the operator's parameters."""
        return tuple(self.grouped(needs[1:])[: self.operator.schema.positional])

    def scattered(self, result) -> tuple:
        self.alone = not isinstance(result, tuple)
        parts = (result,) if self.alone else result
        self.results = [len(r) if isinstance(r, list) else None for r in parts]
        return tuple(e for r in parts for e in (r if isinstance(r, list) else (r,)))

    def gathered_grads(self, grads) -> list:
        rest = iter(grads)
        return [next(rest) if n is None else [next(rest) for _ in range(n)] for n in self.results]

    def gathered(self, outs):
        parts = self.gathered_grads(outs if isinstance(outs, tuple) else (outs,))
        return parts[0] if self.alone else tuple(parts)

    def flattened(self, found: tuple) -> list:
        n = self.operator.schema.positional
        if not self.given <= len(found) <= n:
            raise RuntimeError(
                f"function {self.operator.packet} returned an incorrect number of gradients (expected "
                f"{self.given}, got {len(found)})"
            )
        flat = []
        for length, g in zip(self.lengths, (*found, *[None] * (len(self.lengths) - len(found))), strict=True):
            if length is None:
                flat.append(g)
            elif g is None:
                flat += [None] * length
            elif not isinstance(g, (list, tuple)) or len(g) != length:
                raise RuntimeError(
                    "Expected the return from backward to be of the same structure as the inputs: a list of "
                    f"{length} for a list of as many tensors"
                )
            else:
                flat += g
        return flat


def _listed(value) -> bool:
    return isinstance(value, (list, tuple)) and any(isinstance(v, Tensor) for v in value)
