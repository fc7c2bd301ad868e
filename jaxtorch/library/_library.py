"""Operators declared by their schemas and given implementations one by one."""

from __future__ import annotations

from ._custom import CustomOpDef
from ._operator import Operator, operators
from ._operators import OpOverload, OpOverloadPacket

_DEVICES = {"CPU": "cpu", "CUDA": "cuda", "CompositeExplicitAutograd": None}
_taken: set[str] = set()


class Library:
    """A set of operators of one namespace.

    Args:
        ns: the namespace.
        kind: ``"DEF"`` (the one that declares it), ``"FRAGMENT"`` or ``"IMPL"``.
        dispatch_key: what implementations are for, where `impl` does not say.
    """

    __module__ = "torch.library"

    def __init__(self, ns: str, kind: str, dispatch_key: str = ""):
        if kind not in ("IMPL", "DEF", "FRAGMENT"):
            raise ValueError(f"Unsupported kind: {kind}")
        if ns == "prim" and kind != "IMPL":
            raise ValueError(f"{ns} is a reserved namespace. Please try creating a library with another name.")
        if ns == "aten":
            raise NotImplementedError("Library('aten', ...): ATen's operators cannot be changed in jaxtorch")
        if kind == "DEF":
            if ns in _taken:
                raise RuntimeError(
                    f"Only a single TORCH_LIBRARY can be used to register the namespace {ns}; please put all of "
                    "your definitions in a single TORCH_LIBRARY block.  If you were trying to specify implementations, "
                    "consider using TORCH_LIBRARY_IMPL (which can be duplicated).  If you really intended to define "
                    "operators for a single namespace in a distributed way, you can use TORCH_LIBRARY_FRAGMENT to "
                    "explicitly indicate this."
                )
            _taken.add(ns)
        self.ns, self.kind, self.dispatch_key = ns, kind, dispatch_key

    def __repr__(self) -> str:
        return f"Library(kind={self.kind}, ns={self.ns}, dispatch_key={self.dispatch_key})>"

    def define(self, schema: str, alias_analysis: str = "", *, tags=()) -> str:
        """Declare an operator by its schema; returns its name."""
        if alias_analysis not in ("", "FROM_SCHEMA", "CONSERVATIVE"):
            raise RuntimeError(f"Invalid alias_analysis type {alias_analysis}")
        if tags:
            raise NotImplementedError("Library.define(tags=...) is not supported by jaxtorch")
        name, bracket, rest = schema.partition("(")
        Operator(self.ns, name.strip(), bracket + rest)
        return name.strip()

    def impl(self, op_name, fn, dispatch_key: str = "") -> None:
        """Give an operator an implementation.

        Args:
            dispatch_key: ``"CPU"``, ``"CUDA"``, ``"CompositeExplicitAutograd"`` (any device), ``"Meta"`` (kept, not
                called), or ``"CompositeImplicitAutograd"`` (the default): a function that autograd follows by itself.
        """
        name = op_name._opname if isinstance(op_name, OpOverload) else op_name.rpartition("::")[2]
        operator = _named(f"{self.ns}::{name}")
        key = dispatch_key or self.dispatch_key or "CompositeImplicitAutograd"
        if key == "CompositeImplicitAutograd":
            operator.whole = fn
        elif key == "Meta":
            operator.fake = fn
        elif key in _DEVICES:
            operator.kernels[_DEVICES[key]] = fn
        else:
            raise NotImplementedError(f"Library.impl(dispatch_key='{key}') is not supported by jaxtorch")


def _named(op) -> Operator:
    if isinstance(op, CustomOpDef):
        return op._operator
    if isinstance(op, (OpOverload, OpOverloadPacket)):
        op = op.name() if isinstance(op, OpOverload) else str(op).replace(".", "::")
    space, _, name = op.partition("::")
    found = operators.get((space, name))
    if found is None:
        raise RuntimeError(f"operator {op} does not exist")
    return found


def define(qualname: str, schema: str, *, lib: Library | None = None, tags=()) -> None:
    """Declare the operator ``"namespace::name"`` by its schema."""
    space, colons, name = qualname.partition("::")
    if not colons:
        raise ValueError(
            f'Expected qualname to be a string of the form "namespace::name", but got {qualname}'
        )
    (lib or Library(space, "FRAGMENT")).define(name + schema, tags=tags)


def impl(qualname: str, types, func=None, *, lib: Library | None = None):
    """Give an operator an implementation for kinds of devices (or ``"default"``). Without ``func``, a decorator."""
    if func is None:
        return lambda func: impl(qualname, types, func, lib=lib)
    operator = _named(qualname)
    for kind in (types,) if isinstance(types, str) else types:
        if kind == "default":
            operator.whole = func
        else:
            operator.kernels[kind.lower()] = func
    return func


def register_kernel(op, device_types, func=None, /, *, lib: Library | None = None):
    """Give an operator an implementation for kinds of devices (None: all). Without ``func``, a decorator."""
    if func is None:
        return lambda func: register_kernel(op, device_types, func, lib=lib)
    kinds = (device_types,) if device_types is None or isinstance(device_types, str) else device_types
    for kind in kinds:
        _named(op).kernels[kind] = func
    return func


def register_fake(op, func=None, /, *, lib: Library | None = None, allow_override: bool = False):
    """Keep a function of shapes alone. Differs from PyTorch: it is never called. Without ``func``, a decorator."""
    if func is None:
        return lambda func: register_fake(op, func, lib=lib, allow_override=allow_override)
    operator = _named(op)
    if operator.fake is not None and not allow_override and not isinstance(op, CustomOpDef):
        raise RuntimeError(f"register_fake(...): the operator {operator.packet} already has a fake impl")
    operator.fake = func
    return func


def register_autograd(op, backward, /, *, setup_context=None, lib: Library | None = None) -> None:
    """Give an operator a gradient: ``backward(ctx, *grads)``, with what ``setup_context`` kept."""
    _named(op).derive(backward, setup_context)
