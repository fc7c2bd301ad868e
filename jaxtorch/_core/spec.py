"""Declarations: one `OpSpec` an op, from which every public form of the op is derived.

A declaration is a schema in PyTorch's notation, a pure function on arrays, and facts:

    @op("lerp(Tensor self, Tensor end, Operand weight)", grad=...)
    def lerp(self, end, weight):
        return self + weight * (end - self)

Parameter kinds: `Tensor`, `Tensor?`, `Tensor[]`, `Scalar` (a Python number, traced: a new value
compiles nothing; cast to the common dtype), `Number` (a `Scalar` that takes part in type promotion)
and `Operand` (tensor or number) are *operands*; `int`, `float`, `bool`, `str`,
`dtype`, `int[]`, `dims` (an int or several), `size`, `any`, each with `?` for None, are *static*
facts, part of the key of the compiled program.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from . import dtypes
from .errors import CAST

_OPERANDS = {"Tensor", "Scalar", "Number", "Operand", "Tensor[]"}
#: operands that autograd knows nothing of: no edge, no gradient
NUMBERS = ("Scalar", "Number")
_CONSTANTS = {"None": None, "True": True, "False": False, **{d.name: d for d in dtypes.ALL}}
REQUIRED = object()


class Param:
    """One parameter of a schema."""

    __slots__ = ("name", "kind", "optional", "default", "kw_only", "is_operand", "index")

    def __init__(self, text: str, kw_only: bool, index: int):
        kind, rest = text.split(None, 1)
        self.optional = kind.endswith("?")
        self.kind = kind.rstrip("?")
        name, eq, default = rest.partition("=")
        self.name = name.strip()
        self.default = _constant(default.strip()) if eq else REQUIRED
        self.kw_only = kw_only
        self.is_operand = self.kind in _OPERANDS
        self.index = index

    @property
    def required(self) -> bool:
        return self.default is REQUIRED


def _constant(text: str):
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] in "\"'":
        return text[1:-1]
    if text[0] in "[(":
        inner = text[1:-1].strip()
        return tuple(_constant(t.strip()) for t in inner.split(",")) if inner else ()
    return float(text) if any(c in text for c in ".en") else int(text)


def _split(text: str) -> list[str]:
    """Split at the commas that are not inside brackets."""
    parts, depth, start = [], 0, 0
    for i, c in enumerate(text):
        if c in "[(":
            depth += 1
        elif c in "])":
            depth -= 1
        elif c == "," and depth == 0:
            parts.append(text[start:i].strip())
            start = i + 1
    tail = text[start:].strip()
    return [*parts, tail] if tail else parts


class Schema:
    """A parsed schema: ``name.overload(params) -> (outputs)``."""

    __slots__ = ("key", "name", "params", "positional", "defaults", "by_name", "outputs",
                 "operand_index", "static_index", "static_names", "required", "varargs",
                 "converted")  # fmt: skip

    def __init__(self, text: str):
        head, _, tail = text.partition("->")
        self.key, _, body = head.partition("(")
        self.key = self.key.strip()
        self.name = self.key.partition(".")[0]
        body = body.rstrip().removesuffix(")")
        self.params: list[Param] = []
        kw_only = False
        for part in _split(body):
            if part == "*":
                kw_only = True
                continue
            self.params.append(Param(part, kw_only, len(self.params)))
        self.positional = sum(not p.kw_only for p in self.params)
        self.defaults = [p.default for p in self.params]
        self.required = sum(p.required for p in self.params)
        self.by_name = {p.name: p.index for p in self.params}
        if "self" in self.by_name:
            self.by_name["input"] = self.by_name["self"]
        self.operand_index = [p.index for p in self.params if p.is_operand]
        self.static_index = [p.index for p in self.params if not p.is_operand]
        self.static_names = tuple(p.name for p in self.params if not p.is_operand)
        # f(x, 1, 2) may stand for f(x, (1, 2)) where the last positional takes several ints
        last = self.params[self.positional - 1] if self.positional else None
        self.varargs = last is not None and last.kind in ("size", "int[]", "dims")
        self.outputs = tuple(t.strip() for t in tail.strip().strip("()").split(",")) if tail else ()
        self.converted = ()


    @classmethod
    def bare(cls, name: str, static_names: tuple[str, ...] = ()) -> Schema:
        """The schema of an op that the package makes for itself: called by operands in order, never parsed."""
        self = object.__new__(cls)
        self.key = self.name = name
        self.params, self.operand_index, self.outputs, self.static_names = [], [], (), static_names
        return self


def _parse_kernel(text: str):
    label, _, kinds = text.partition(":")
    return label, frozenset(d for kind in kinds.split() for d in dtypes.KINDS[kind])


#: What `OpSpec.saved_views` says of an operand of which a copy is saved: writing it later harms nothing.
COPIED = "copied"


@dataclass(frozen=True)
class OutRules:
    """What an op does with ``out=``.

    Attributes:
        exact_out: the text of the error where ``out=`` has another dtype than the result (given as
            ``{out}`` and ``{result}``), for ops that take no other; or a function of the result's
            and the out's dtype that gives the text, or None where they go together.
        cast_error: as ``exact_out`` where the result cannot be cast to what it is written to; a
            function gives the exception itself.
        out_name: by what name errors about ``out=`` under autograd call the op; ``"copy_"`` where the
            result is copied there, which autograd follows.
        out_strides: ``"result"`` where an ``out=`` of another shape gets the result's strides, not those
            of a contiguous tensor; ``"result where empty"`` where only one without elements does.
        resize_out: ``(out, shape)`` gives ``out=`` its shape, where PyTorch warns of it in another way
            than `out.resize_out` or not at all.
        refused_out: under autograd ``out=`` takes a history whose backward refuses, as PyTorch has no
            formula for it (of other ops, PyTorch refuses the call).
        apart: ``out=`` may share no memory with operands: ``"always"``, or ``"partly"`` where it may be one.
        apart_first: that is looked at before ``out=`` gets the result's shape, not after; ``"others"``: of
            operands but the first before, of all after.
        computes_out: the op computes in the dtype of ``out=`` (and of what its in-place form writes),
            where no ``dtype=`` is given; ``"wider"``: in a floating dtype of ``out=`` that is wider.
    """

    exact_out: str | Callable | None = None
    cast_error: str | Callable = CAST
    out_name: str | None = None
    out_strides: str = ""
    resize_out: Callable | None = None
    refused_out: bool = False
    computes_out: bool | str = False
    apart: str = ""
    apart_first: bool | str = False


class OpSpec:
    """One op: its schema, its array function and the facts every form derives from.

    Attributes:
        fn: arrays in, array or tuple of arrays out; operands positionally, statics by keyword.
        promote: ``"result"`` (PyTorch's categories), ``"float"`` (as result, integers become
            the default float), ``"compare"`` (as result, but the op gives bools), ``"same"``
            (dtypes must agree), ``"none"``, or a function ``(facts, **static) -> dtype`` on
            (dtype, rank) pairs, Scalars included.
        kernel: ``"abs_cpu: int half float"``: the name by which PyTorch's errors call the kernel,
            and the `dtypes.KINDS` of common dtype it takes.
        opmath: halves are computed in float32 and rounded once; ``"numbers"``: numbers beside
            them are not rounded to the half first; ``"scalars"``: Scalars alone are float32.
        specialize: ``(operands, **static) -> OpSpec | None``: another op to run for numbers of
            particular value (those of `dispatch.NOTABLE`).
        layout: the strides of results: ``"pointwise"``, ``"contiguous"``, ``"like"`` (operand 0)
            a function ``(operand_layouts, **static) -> Layout``, or a tuple with a function
            ``(shape) -> Layout`` for each output.
        grad: a gradient formula; its parameter names say what it saves (inputs, ``result``,
            ``results``, ``result1`` or an output's own name), ``g`` is the first output's cotangent,
            ``gs`` are all of them, None where nothing reached an output. None: derived by `jax.vjp`.
        grad_error: the text of the error where a formula that returns ``Flagged(gradient, flag)`` has
            the flag up: the gradient is not defined for these values.
        check: ``(*facts, **static)``, raises PyTorch's error for shapes and dtypes that do not fit.
        check_first: the part of ``check`` that PyTorch makes before it looks where operands and result
            overlap in memory; on the operands alone.
        bounds: ``(*operands, **static) -> bool array``: true where a *value* is out of range;
            ``bounds_error`` builds the exception.
        bounds_values: the exception shows values of all operands, not of the indices alone: a compiled
            program keeps them for it.
        host: the same function in NumPy, for ops that make tensors out of nothing.
        dynamic: the shapes of the results depend on values: ``fn`` is a NumPy function that is run on
            host copies, never traced. The text says what to write inside a JAX trace instead.
        residuals: the forward is dear, so the program that runs it keeps its vjp closure.
        detached: the numbers of the outputs that have no gradient, though their dtype could.
        node: the name of ``grad_fn``, or a function of the statics (and of ``needs``, which says of
            each operand whether its gradient is wanted) giving it; ``inplace_node`` where the in-place
            form's is another.
        compares: the gradient only compares the values of operands and results with something: taping it,
            PyTorch follows the cotangent alone.
        copies_value: the in-place form copies a value that shares memory with what is written, where others
            refuse it.
        told: what PyTorch warns of, once, when the op is called.
        version: how often PyTorch has written a fresh result by the time it returns it.
        unary: the numbers of this pointwise op are its parameters; elsewhere they are operands as 0-dim
            tensors are, which counts for the strides of results.
        hidden: an overload of PyTorch's past, which its errors do not speak of.
        once: PyTorch has no derivative of the gradient.
        watches: operands whose values the gradient does not read, though PyTorch's saves them: writing
            one in place makes backward raise here too.
        saved_views: of operands that PyTorch saves a view of, in the order it unpacks them: a function
            ``(*shapes of all operands, **static)`` giving the view's shape (None for no view), for the error
            that one was written in place. Where strides decide: one function of the operands' facts that gives
            {name: shape, None, or COPIED for an operand of which PyTorch saves a copy}.
        overlap: what the in-place form does with memory that several elements of its destination
            refer to: ``"last"``, the last element that the op changes counts; ``"sum"``, all changes add
            up; a function of the statics that gives one of these. None: it refuses.
        overlap_example: the statement that PyTorch's warning about such a write shows.
        out: the `OutRules`, declared by their own names.
    """

    def __init__(self, schema: Schema, fn: Callable, *, promote="none", layout="contiguous",
                 grad=None, check=None, check_first=None, bounds=None, bounds_error=None,
                 host=None, residuals=False, node=None, differentiable=True, opmath=True,
                 forms="", specialize=None, kernel=None, dynamic=None, doc=None,
                 inplace_node=None, detached=(), grad_error=None, watches="", compares=False, unary=False,
                 saved_views=None, version=0, overlap=None, overlap_example=None, once=False, hidden=False,
                 copies_value=False, told=None, bounds_values=False, **out):  # fmt: skip
        self.schema = schema
        self.saves = saved_views if callable(saved_views) else None
        self.saved_views = {} if self.saves else saved_views or {}
        self.out = OutRules(**{"out_strides": "result" if layout == "pointwise" else "", **out})
        self.compares, self.unary = compares, unary
        self.overlap, self.overlap_example = overlap, overlap_example
        self.copies_value, self.told = copies_value, told
        self.version = version
        self.watches = frozenset(watches.split())
        self.once, self.hidden = once, hidden
        self.inplace_node, self.detached = inplace_node, detached
        self.key, self.name = schema.key, schema.name
        self.fn = fn
        self.promote, self.layout, self.opmath = promote, layout, opmath
        self.grad, self.grad_error, self.check, self.check_first = grad, grad_error, check, check_first
        self.bounds, self.bounds_error, self.bounds_values = bounds, bounds_error, bounds_values
        self.host, self.residuals, self.dynamic = host, residuals, dynamic
        self.differentiable = differentiable
        self.specialize = specialize
        self.kernel = kernel and _parse_kernel(kernel)
        self.forms = frozenset(forms.split())
        words = [w.title() if w[:1].islower() else w for w in self.name.split("_") if w]
        self.node = node or "".join(words) + "Backward0"
        self.fixed: tuple = ()  # numbers that are the last operands of every call (see `plain`)
        self.executables: dict = {}
        self.plans: dict = {}
        self.doc = doc or (inspect.getdoc(fn) if fn.__name__ == self.name else None)

    source: OpSpec | None = None  # the op whose gradient this is

    @property
    def convention(self) -> str:
        """In what the gradient formula departs from `jax.vjp` of ``fn``, if it says so (see `departs`)."""
        return getattr(self.grad, "convention", "")

    def __repr__(self) -> str:
        return f"<op {self.key}>"

    @cached_property
    def rule_names(self) -> tuple[str, ...]:
        return tuple(inspect.signature(self.grad).parameters) if self.grad else ()

    @cached_property
    def operand_names(self) -> tuple[str, ...]:
        return tuple(self.schema.params[i].name for i in self.schema.operand_index)

    @cached_property
    def operand_kinds(self) -> tuple[str, ...]:
        return tuple(self.schema.params[i].kind for i in self.schema.operand_index)

    @cached_property
    def saved_results(self) -> tuple[tuple[str, int], ...]:
        """(name, output number) of each output that the gradient formula names."""
        numbers = {"result": 0, "result0": 0, "result1": 1}
        numbers.update((name, i) for i, name in enumerate(self.schema.outputs))
        return tuple((n, numbers[n]) for n in self.rule_names if n in numbers and n not in self.schema.by_name)

    @cached_property
    def saves_result(self) -> bool:
        return bool(self.saved_results) or "results" in self.rule_names

    def saved_of(self, outs) -> list:
        """(output number, output) of each output that the gradient saves."""
        if "results" in self.rule_names:
            return list(enumerate(outs))
        return [(i, outs[i]) for _, i in self.saved_results]

    @cached_property
    def plain(self) -> OpSpec:
        """The op for calls that leave its last operands, numbers, at their defaults (``alpha=1``).

        Its programs have those numbers built in and take the others alone.
        """
        params = [self.schema.params[i] for i in self.schema.operand_index]
        n = len(params)
        while n and params[n - 1].kind in NUMBERS and params[n - 1].default not in (REQUIRED, None):
            n -= 1
        if n == len(params) or self.promote == "none" or self.specialize or self.host or self.dynamic:
            return self
        made = copy.copy(self)
        made.__dict__.pop("vjp", None)
        made.fixed = tuple(p.default for p in params[n:])
        made.executables, made.plans = {}, {}
        return made

    def out_of_range(self, operands, static: tuple) -> Exception:
        """The error for operands whose values are out of range."""
        return self.bounds_error(*operands, *self.fixed, **dict(zip(self.schema.static_names, static, strict=True)))

    def related(self):
        """The op and the ops derived from it so far: those that keep plans and programs."""
        yield self
        for name in ("plain", "vjp"):
            derived = self.__dict__.get(name)
            if derived is not None and derived is not self:
                yield from derived.related()

    @cached_property
    def vjp(self) -> OpSpec:
        """The gradient as an op of its own (see `gradient.vjp_spec`)."""
        from .gradient import vjp_spec

        return vjp_spec(self)

    def node_name(self, static: tuple, needs: tuple = ()) -> str:
        if isinstance(self.node, str):
            return self.node
        facts = dict(zip(self.schema.static_names, static, strict=True))
        if "needs" in inspect.signature(self.node).parameters:
            facts["needs"] = needs
        return self.node(**facts)


class ViewSpec:
    """A view op: a function Layout -> Layout(s), and how a cotangent of the view goes back.

    Attributes:
        backward: ``(g, shape, *args)`` on tensors (so it is differentiable); None means the general
            adjoint: zeros of the base with the cotangent added into the window.
        multi: ``fn`` returns a list of layouts.
        dtype: ``(dtype) -> dtype`` where the view changes it.
        check: ``(source, *args)`` raises what the layout alone cannot know; ``inplace_check`` is that of
            the in-place form where it is another.
        absolute: ``fn`` places the view in the storage, whatever the layout of its source.
        tracked: False for the ``unsafe_`` ops, whose results autograd does not count as views.
        node, inplace_node: the names of ``grad_fn``, of the view and of the in-place form.
    """

    operand_kinds = ()
    out = OutRules()
    hidden = False
    differentiable = True

    def __init__(self, schema: Schema, fn: Callable, *, backward=None, node=None, inplace_node=None,
                 forms="", multi=False, dtype=None, check=None, absolute=False, tracked=True,
                 inplace_check=None):  # fmt: skip
        self.schema = schema
        self.inplace_check = inplace_check or check
        self.key, self.name = schema.key, schema.name
        self.fn, self.backward, self.multi = fn, backward, multi
        self.dtype, self.check, self.absolute, self.tracked = dtype, check, absolute, tracked
        stem = "".join(w.title() for w in self.name.split("_") if w)
        self.node, self.inplace_node = node or stem + "Backward0", inplace_node or stem + "Backward1"
        self.forms = frozenset(forms.split())
        self.doc = inspect.getdoc(fn) if fn.__name__ == self.name else None


class CompositeSpec:
    """A public function written in terms of other ops, with its arguments checked by a schema."""

    hidden = False
    differentiable = True
    check_first = None

    def __init__(self, schema: Schema, fn: Callable, forms="", **out):
        self.schema, self.out = schema, OutRules(**out)
        self.key, self.name = schema.key, schema.name
        self.fn = fn
        self.forms = frozenset(forms.split())
        self.doc = inspect.getdoc(fn)


registry: dict[str, OpSpec] = {}
views: dict[str, ViewSpec] = {}
composites: dict[str, CompositeSpec] = {}
functions: dict[str, Callable] = {}
# public name -> its specs in the order overloads are tried
overloads: dict[str, list] = {}

#: where an op can be reached: torch.f, Tensor.f, Tensor.f_, out=, torch.nn.functional.f, ...
DEFAULT_FORMS = "function method"


def every_op():
    """The declared ops and those derived from them so far."""
    for declared in registry.values():
        yield from declared.related()


def _enter(table: dict, spec):
    if spec.key in table:
        raise ValueError(f"op {spec.key} is declared twice")
    table[spec.key] = spec
    overloads.setdefault(spec.name, []).append(spec)
    return spec


def op(schema: str, *, forms: str = DEFAULT_FORMS, **facts):
    """Declare an op on arrays. Returns a decorator that gives back the array function."""

    def declare(fn):
        _enter(registry, OpSpec(Schema(schema), fn, forms=forms, **facts))
        return fn

    return declare


def view_op(schema: str, *, forms: str = DEFAULT_FORMS, **facts):
    """Declare a view op: ``fn(layout, *args) -> Layout`` or a list of them."""

    def declare(fn):
        _enter(views, ViewSpec(Schema(schema), fn, forms=forms, **facts))
        return fn

    return declare


def composite(schema: str, *, forms: str = DEFAULT_FORMS, **facts):
    """Declare a function on tensors, made of other ops."""

    def declare(fn):
        _enter(composites, CompositeSpec(Schema(schema), fn, forms, **facts))
        return fn

    return declare


def departs(convention: str):
    """Say of a gradient formula in what it departs from `jax.vjp` of the op's function, which would give something
    else where values tie, lie on a bound or in a pole: the reason of the formula, and a line of docs/differences.md.
    """

    def mark(rule: Callable) -> Callable:
        rule.convention = convention  # pyright: ignore[reportFunctionMemberAccess]
        return rule

    return mark


def function(name: str):
    """Declare ``torch.<name>`` as a Python function of tensors, where no schema can say its arguments."""

    def declare(fn):
        if name in functions:
            raise ValueError(f"function {name} is declared twice")
        functions[name] = fn
        return fn

    return declare
