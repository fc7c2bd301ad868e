"""Binding: from the op tables to torch.f, Tensor.f, Tensor.f_, out=, operators and namespaces.

Each public callable is a closure made here from the specs of its name. Calls whose arguments are
plain tensors and numbers in the leading positions go straight to `dispatch`; all others go
through the schema's parser, `__torch_function__` and the overloads.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable
from functools import cached_property

from . import alias, arguments, autocast, modes, recall
from .dispatch import dispatch, dispatch_dense
from .errors import warn_once
from .out import check_out, compute_in, write_of
from .return_types import return_type
from .spec import CompositeSpec, OpSpec, ViewSpec, functions, overloads
from .tensor import Tensor

PLAIN = {Tensor}  # classes whose __torch_function__ does nothing: Tensor, Parameter
PLAIN_OR_NUMBER = {Tensor, float, int}


# -- __torch_function__ ---------------------------------------------------------------------------
_overriding: dict[type, bool] = {}


def disabled_torch_function(cls, func, types, args=(), kwargs=None):
    """The ``__torch_function__`` of classes that opt out."""
    return func(*args, **(kwargs or {}))


def overrides(cls: type) -> bool:
    """Whether instances of ``cls`` want to see the functions they are passed to."""
    found = _overriding.get(cls)
    if found is None:
        handler = getattr(cls, "__torch_function__", None)
        found = handler is not None and cls is not Tensor
        if found and getattr(handler, "__func__", handler) is disabled_torch_function:
            found = False
        if found and isinstance(handler, _Disabled):
            found = False
        _overriding[cls] = found
        if not found and issubclass(cls, Tensor):
            PLAIN.add(cls)
            PLAIN_OR_NUMBER.add(cls)
    return found


class _Disabled:
    """The value of ``__torch_function__`` on Parameter."""

    def __call__(self, func, types, args=(), kwargs=None):
        with modes.holding("torch_function", False):  # a subclass that hands on has been asked
            return func(*args, **(kwargs or {}))


DISABLED = _Disabled()


def _candidates(args, kwargs):
    for a in (*args, *kwargs.values()):
        if isinstance(a, (list, tuple)):
            for e in a:
                if type(e) not in PLAIN and overrides(type(e)):
                    yield e
        elif type(a) not in PLAIN and overrides(type(a)):
            yield a


def overridden(func, args, kwargs, relevant=None, as_operator: bool = False, spell=None):
    """(True, result) if a mode or the class of an argument takes the call.

    ``relevant``: the arguments whose classes are asked, where they are not all of them. As an
    ``operator`` the result is NotImplemented where all of them decline. ``spell``: of a function
    that PyTorch writes in Python, what makes of its arguments those that are handed over.
    """
    state = modes.state
    among = (args, kwargs) if relevant is None else (relevant, {})
    if state.function_modes:
        mode = state.function_modes[-1]
        previous, state.function_modes = state.function_modes, state.function_modes[:-1]
        if spell is not None:
            args, kwargs, spell = *spell(args, kwargs), as_given
        try:
            types = tuple({type(a) for a in _candidates(*among)})
            result = mode.__torch_function__(func, types, args, kwargs)
        finally:
            state.function_modes = previous
        if result is not NotImplemented:
            return True, result
    if not state.torch_function:
        return False, None
    found: list = []
    for a in _candidates(*among):
        if type(a) not in [type(f) for f in found]:
            at = next((i for i, f in enumerate(found) if issubclass(type(a), type(f))), len(found))
            found.insert(at, a)
    if not found:
        return False, None
    types = tuple(type(a) for a in found)
    if spell is not None:
        args, kwargs = spell(args, kwargs)
    for a in found:
        result = type(a).__torch_function__(func, types, args, kwargs)
        if result is not NotImplemented:
            return True, result
    if as_operator:
        return True, NotImplemented
    if spell is not None:
        raise no_implementation(func, types)
    asked = "\n\n".join(f"  - tensor subclass {cls}" for cls in types)
    raise TypeError(
        f"Multiple dispatch failed for '{func.__module__}.{func.__qualname__}'; all __torch_function__ handlers "
        f"returned NotImplemented:\n\n{asked}\n\nFor more information, try re-running with "
        "TORCH_LOGS=not_implemented"
    )


def no_implementation(func, types) -> TypeError:
    """The error for a function written in Python that no class takes."""
    return TypeError(
        f"no implementation found for '{func.__module__}.{func.__name__}' on types that implement "
        f"__torch_function__: {list(types)}"
    )


def as_given(args, kwargs):
    """Arguments as they were given."""
    return args, kwargs


def speller(fn: Callable) -> Callable:
    """What hands over a call of ``fn`` as PyTorch's Python functions do: required arguments by
    position, all others by name with their defaults."""
    signature = None

    def spell(args, kwargs):
        nonlocal signature
        signature = signature or inspect.signature(fn)
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        positional, named = [], {}
        for name, value in bound.arguments.items():
            p = signature.parameters[name]
            if p.kind is p.VAR_POSITIONAL:
                positional += value
            elif p.kind is p.VAR_KEYWORD:
                named.update(value)
            elif p.default is p.empty and p.kind is not p.KEYWORD_ONLY:
                positional.append(value)
            else:
                named[name] = value
        return tuple(positional), named

    return spell


_TENSOR_KINDS = frozenset(("Tensor", "Tensor[]", "Operand"))


def overridable(fn: Callable, name: str) -> Callable:
    """``fn`` as a public function of the ``torch`` namespace, as PyTorch's Python functions are."""
    spell = speller(fn)

    def call(*args, **kwargs):
        taken, result = overridden(call, args, kwargs, spell=spell)
        return result if taken else fn(*args, **kwargs)

    call.__name__ = call.__qualname__ = name
    call.__module__, call.__doc__, call.__wrapped__ = "torch", fn.__doc__, fn
    call.__dict__["overridable"] = True  # as `torch.overrides` tells
    return call


# -- calling specs --------------------------------------------------------------------------------
def run_spec(spec, values, dest: Tensor | None = None):
    """Run a spec on parsed values."""
    kind = type(spec)
    if kind is OpSpec:
        schema = spec.schema
        result = dispatch(
            spec,
            [values[i] for i in schema.operand_index],
            tuple([values[i] for i in schema.static_index]),
            dest,
        )
        if dest is None and schema.outputs and type(result) is tuple:
            return return_type(schema)(result)
        return result
    if dest is None and modes.state.autocast:
        entering = autocast.entering(spec, values)
        if entering is not None:
            with autocast.off():
                return run_spec(spec, entering[0])
    if kind is ViewSpec:
        act = alias.view if dest is None else alias.reshape_inplace
        return act(spec, values[0], tuple(values[1:]))
    schema = spec.schema
    n = schema.positional
    result = spec.fn(*values[:n], **{p.name: values[p.index] for p in schema.params[n:]})
    return return_type(schema)(result) if schema.outputs and type(result) is tuple else result


def call_composite(spec, values, static, dest) -> Tensor:
    """Run a composite on all its arguments, in order: as `dispatch` is called of an op."""
    return run_spec(spec, values, dest) if modes.state.autocast else spec.fn(*values)


def select(specs, args, kwargs, offset: int, out=None, name: str | None = None):
    """(spec, values) of the overload that the arguments (beside ``out``, if given) fit."""
    if len(specs) == 1:
        return specs[0], arguments.parse(specs[0].schema, args, kwargs, offset)
    for spec in specs:
        if out is not None and "out" not in spec.forms:
            continue
        try:
            return spec, arguments.parse(spec.schema, args, kwargs, offset)
        except arguments.Mismatch:
            continue
    # PyTorch blames one argument where only one overload takes as many
    if out is not None:
        kwargs = {**kwargs, "out": out}
    given = len(args) - offset + len(kwargs)
    takers = [s for s in specs if not s.hidden and s.schema.required - offset <= given <= _most(s, offset)]
    if len(takers) == 1 and out is None:
        arguments.parse(takers[0].schema, args, kwargs, offset)
    raise arguments.no_overload(name or specs[0].name, specs, args[offset:], kwargs, offset)


def _most(spec, offset: int) -> int:
    """How many arguments PyTorch's parser counts in an overload."""
    return len(spec.schema.params) - offset + ("out" in spec.forms and not offset)


def make_callable(name: str, specs: list, method: bool, inplace: bool = False, as_operator: str = "") -> Callable:
    """The public callable for ``specs``: function or method, out of place or in place.

    As an operator (by the name of its method) it leaves operands it does not know to the other side.
    """
    offset = 1 if method else 0
    takes_out = any("out" in s.forms for s in specs)
    numbers = as_operator and _takes_numbers(specs)
    fast = _Fast(specs, bool(as_operator))
    seen: dict = {}

    def call(*args, **kwargs):
        if not kwargs:
            found = fast[tuple(map(type, args))]
            if found is not None and (not modes.state.unusual or not modes.state.function_modes):
                run, spec, tail, static = found
                return run(spec, args + tail, static, args[0] if inplace else None)
        key = recall.key_of(args, kwargs, PLAIN)
        if key is not None:
            known = seen.get(key)
            if known is not None and (not modes.state.unusual or not modes.state.function_modes):
                return known(args, kwargs)
        if as_operator:
            if not _operand_like(args[-1], numbers):
                return NotImplemented
            _require_tensor(as_operator, args[0])
        taken, result = overridden(call, args, kwargs, as_operator=bool(as_operator))
        if taken:
            return result
        out = kwargs.pop("out", None) if takes_out and kwargs else None
        try:
            spec, values = select(specs, args, kwargs, offset, out, name)
        except arguments.Mismatch as e:
            text, stem = str(e), specs[0].name + "("
            if text.startswith(stem):  # add_() speaks of itself, not of add()
                text = f"{name}({text.removeprefix(stem)}"
            raise TypeError(text) from None
        if key is not None and out is None and key not in seen:
            named = return_type(spec.schema) if spec.schema.outputs and not inplace else None
            known = recall.remembered(spec, specs, values, args, kwargs, inplace, run_spec, named)
            if len(seen) >= recall.LIMIT:
                seen.clear()
            seen[key] = known
        if inplace:
            return run_spec(spec, values, values[0])
        if out is None:
            return run_spec(spec, values)
        if spec.out.computes_out and isinstance(out, Tensor):
            compute_in(spec, values, out._dtype)
        check_out(name, spec, values, out)
        with autocast.off():  # which leaves calls with out= alone
            result = run_spec(spec, values)
        return write_of(name, spec, values, out, result)

    told = next((s.told for s in specs if type(s) is OpSpec and s.told), None)
    if told is not None:
        silent = call

        def call(*args, **kwargs):
            result = silent(*args, **kwargs)
            warn_once(told, stacklevel=3)  # as PyTorch's kernel, when everything is in order
            return result

    call.__name__ = name
    call.__qualname__ = f"Tensor.{name}" if method else name
    call.__module__ = "torch"
    call.__doc__ = next((s.doc for s in specs if s.doc), None)
    call.__dict__["declared"] = specs, offset, inplace  # for the type stubs
    call.__dict__["overridable"] = any(p.kind in _TENSOR_KINDS for s in specs for p in s.schema.params)
    return call


NUMBERS = {float, int}
_SETTLED = {Tensor, float, int, bool, complex, str, tuple, list, type(None)}  # never to become plain tensors
_FAST = {"Tensor": PLAIN, "Operand": PLAIN_OR_NUMBER, "Scalar": NUMBERS, "Number": NUMBERS}


class _Fast(dict):
    """Classes of positional arguments -> (how to run, spec, the other operands' defaults, statics), or None.

    Calls that name only leading operands, each a plain tensor or a number, need no parser.
    """

    def __init__(self, specs, as_operator: bool = False):
        self.specs, self.as_operator = specs, as_operator

    @cached_property
    def rows(self) -> list:
        """(classes that each argument may have, what is found) in the order they are tried."""
        rows = []
        for spec in self.specs:
            params = spec.schema.params
            whole = type(spec) is CompositeSpec and spec.schema.positional == len(params)
            if not (whole or type(spec) is OpSpec) or spec.schema.outputs:
                break  # a later overload must not be tried before this one
            leading = 0
            while leading < spec.schema.positional and params[leading].kind in _FAST:
                leading += 1
            if leading == 0 or any(p.required for p in params[leading:]):
                continue
            static = () if whole else tuple(p.default for p in params if not p.is_operand)
            required = max((p.index + 1 for p in params[:leading] if p.required), default=0)
            for n in range(max(required, 1), leading + 1):
                tail = tuple(p.default for p in params[n:] if whole or p.is_operand)
                found = spec, tail, static
                if tail and type(spec) is OpSpec and tail == spec.plain.fixed:
                    found = spec.plain, (), static
                rows.append(([_FAST[p.kind] for p in params[:n]], found))
        return rows

    def __missing__(self, classes: tuple[type, ...]):
        if self.as_operator and classes[0] in NUMBERS:
            return None
        found = next(
            (found for allowed, found in self.rows
             if len(allowed) == len(classes) and all(map(operator.contains, allowed, classes))), None)  # fmt: skip
        if found is not None:
            spec, tail, _ = found
            if type(spec) is CompositeSpec:
                run = call_composite
            elif not tail and 0 < len(classes) < 3 and classes[0] not in NUMBERS and not spec.host:
                run = dispatch_dense
            else:
                run = dispatch
            found = (run, *found)
        if found is not None or all(c in _SETTLED for c in classes):
            self[classes] = found
        return found


# -- binding --------------------------------------------------------------------------------------
namespaces: dict[str, dict] = {"torch": {}, "nn": {}, "linalg": {}, "special": {}, "fft": {}, "aten": {}}

# operator -> (op, swap operands)
_OPERATORS = {
    "__add__": "add", "__mul__": "mul", "__sub__": "sub", "__truediv__": "div",
    "__floordiv__": "floor_divide", "__mod__": "remainder", "__pow__": "pow",
    "__matmul__": "matmul", "__and__": "bitwise_and", "__or__": "bitwise_or",
    "__xor__": "bitwise_xor", "__lshift__": "bitwise_left_shift",
    "__rshift__": "bitwise_right_shift", "__eq__": "eq", "__ne__": "ne", "__lt__": "lt",
    "__le__": "le", "__gt__": "gt", "__ge__": "ge",
    "__div__": "div", "__radd__": "add", "__rmul__": "mul", "__rsub__": "rsub", "__rtruediv__": "__rdiv__",
    "__rdiv__": "__rdiv__",
}  # fmt: skip
_REFLECTED = {
    "__rfloordiv__": "floor_divide", "__rmod__": "remainder", "__rpow__": "pow",
    "__rmatmul__": "matmul", "__rand__": "bitwise_and", "__ror__": "bitwise_or",
    "__rxor__": "bitwise_xor", "__rlshift__": "bitwise_left_shift",
    "__rrshift__": "bitwise_right_shift",
}  # fmt: skip
_IN_PLACE = {
    "__iadd__": "add_", "__imul__": "mul_", "__isub__": "sub_", "__itruediv__": "div_",
    "__idiv__": "div_", "__ifloordiv__": "floor_divide_", "__imod__": "remainder_", "__ipow__": "pow_",
    "__iand__": "bitwise_and_", "__ior__": "bitwise_or_", "__ixor__": "bitwise_xor_",
    "__ilshift__": "bitwise_left_shift_", "__irshift__": "bitwise_right_shift_",
}  # fmt: skip
_UNARY = {"__neg__": "neg", "__abs__": "abs", "__pos__": "positive"}


def _takes_numbers(specs) -> bool:
    """Whether an operator takes a number on its other side (``@`` does not)."""
    return any(p.kind != "Tensor" for s in specs for p in s.schema.params)


def _operand_like(other, numbers: bool) -> bool:
    if numbers and isinstance(other, arguments._NUMBERS):
        return True
    return isinstance(other, Tensor) or overrides(type(other))


def _require_tensor(name: str, self) -> None:
    """Refuse what is no tensor as an operator's own side, with Python's error for methods written in C.

    (PyTorch writes two in Python: they call a method of it.)
    """
    if not isinstance(self, Tensor):
        kind = type(self).__name__
        if _OPERATORS.get(name) == "__rdiv__":
            raise AttributeError(f"'{kind}' object has no attribute 'reciprocal'")
        raise TypeError(f"descriptor '{name}' for 'torch._C.TensorBase' objects doesn't apply to a '{kind}' object")


def _reflected(name: str, target: Callable, numbers: bool) -> Callable:
    def operate(self, other):
        _require_tensor(name, self)
        if not _operand_like(other, numbers):
            return NotImplemented
        return target(other, self)

    operate.__name__ = name
    operate.__qualname__ = f"Tensor.{name}"
    operate.__module__ = "torch"
    return operate


#: in-place functions that are no method, or that take more than the tensor they write
_WRITTEN_FORMS = {"function_": "torch", "nn_": "nn"}


def bind_all() -> None:
    """Attach every declared op to Tensor and the namespaces. Called once, when all are declared.

    Functions name the modules in which PyTorch has them, and in which its pickles find them.
    """
    written_methods: dict[str, list] = {}
    for name, specs in overloads.items():
        by_form: dict[str, list] = {}
        for s in specs:
            for form in s.forms:
                by_form.setdefault(form, []).append(s)
        for space, table in namespaces.items():
            form = "function" if space == "torch" else space
            if form in by_form:
                public = name.removeprefix(space + "_") if space in ("linalg", "special", "fft") else name
                table[public] = call = make_callable(name, by_form[form], method=False)
                if "function" not in by_form:
                    call.__module__ = f"torch._C._{space}"
        if "method" in by_form:
            setattr(Tensor, name, make_callable(name, by_form["method"], method=True))
        written = name if name.endswith("_") else name + "_"
        if "inplace" in by_form:
            method = make_callable(written, by_form["inplace"], method=True, inplace=True)
            setattr(Tensor, written, method)
            written_methods[written] = by_form["inplace"]
            if len(by_form["inplace"][0].operand_kinds) == 1 and "function" in by_form:
                namespaces["torch"][written] = make_callable(written, by_form["inplace"], method=False, inplace=True)
        for form, space in _WRITTEN_FORMS.items():
            if form in by_form:
                namespaces[space][written] = call = make_callable(written, by_form[form], method=False, inplace=True)
                if space == "nn":
                    call.__module__ = "torch._C._nn"
    for name, fn in functions.items():
        namespaces["torch"][name] = overridable(autocast.entered(fn, name), name)
    table = namespaces["torch"]
    for dunder, name in _OPERATORS.items():
        if name in overloads:
            setattr(Tensor, dunder, make_callable(name, overloads[name], True, as_operator=dunder))
    for dunder, name in _REFLECTED.items():
        if name in table:
            setattr(Tensor, dunder, _reflected(dunder, table[name], _takes_numbers(overloads[name])))
    for dunder, name in _IN_PLACE.items():
        if hasattr(Tensor, name):
            in_place = written_methods[name]
            setattr(Tensor, dunder, make_callable(name, in_place, True, inplace=True, as_operator=dunder))
    for dunder, name in _UNARY.items():
        if hasattr(Tensor, name):
            setattr(Tensor, dunder, getattr(Tensor, name))
    Tensor.__hash__ = lambda self: id(self)
    from .._compat.aliases import ALIASES

    for public, name in ALIASES.items():
        bind_alias(public, name)


def bind_alias(public: str, name: str) -> None:
    """Make ``public`` (``"multiply"``, ``"special.expit"``) another name of the callables of ``name``.

    A name without a namespace stands for the function, the method and both in-place forms.
    """
    space, _, last = public.rpartition(".")
    source, _, target = name.rpartition(".")
    functions = namespaces[source or "torch"]
    for suffix in ("",) if space else ("", "_"):
        if target + suffix in functions:
            namespaces[space or "torch"][last + suffix] = functions[target + suffix]
            if not space and source:
                setattr(Tensor, last, functions[target])
        if not space and not source and hasattr(Tensor, target + suffix):
            setattr(Tensor, last + suffix, getattr(Tensor, target + suffix))


__all__ = ["bind_all", "CompositeSpec", "namespaces"]
