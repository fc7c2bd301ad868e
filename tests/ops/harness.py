"""One harness for every op: a check is a program over ``lib``, run on torch and on what is tested.

Whatever torch does in a check (a value, a warning, an exception) is what is expected; a table of
cases only says which calls to make.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from tests.ops.recipes import Case, Refusal, T, build, namespace, resolve, tensors_in
from tests.oracle import (
    Raised,
    Stopped,
    TensorFacts,
    Trace,
    assert_same_trace,
    differences,
    dtype_name,
    is_tensor,
    make_tensor,
    run_program,
    shares_storage,
    to_numpy,
)

Program = Callable[[Any, Trace], None]
_CHECKS: dict[str, tuple[Callable[..., None], Callable[[Case], bool]]] = {}


def check(applies: Callable[[Case], bool]) -> Callable:
    """Declare a check: ``program(case, lib, trace)`` and when it applies to a case."""

    def declare(program: Callable[..., None]) -> Callable[..., None]:
        _CHECKS[program.__name__.removeprefix("check_")] = (program, applies)
        return program

    return declare


def checks_of(case: Case) -> list[str]:
    """The names of the checks a case gets, dtype sweep included (``dtype:bool``)."""
    names = []
    for name, (_, applies) in _CHECKS.items():
        wanted = case.checks is None or name in case.checks
        if wanted and name not in case.without and applies(case):
            names += [f"dtype:{d}" for d in case.dtypes] if name == "dtype" else [name]
    return names


def program_of(name: str) -> tuple[Callable[..., None], dict[str, str]]:
    """The program of a check and its options: ``dtype:bool`` is the dtype check with one."""
    kind, _, dtype = name.partition(":")
    return _CHECKS[kind][0], {"dtype": dtype} if dtype else {}


def run_check(case: Case, name: str, lib: Any) -> None:
    """Run one check on torch and on ``lib`` and fail with every difference."""
    kind, _, dtype = name.partition(":")
    program, options = program_of(name)
    run = functools.partial(program, case, **options)
    expected = run_program(run, torch)
    refused = [fact for label, fact in expected.facts[:2] if isinstance(fact, Raised)]
    if kind in ("forward", "grad") and refused and "refused" not in case.tags:
        raise ValueError(f"{case.id}: torch itself refuses this case: {refused[0].text}")
    actual = run_program(run, lib)
    exact = "exact_zeros" in case.tags and kind == "forward"
    if differences(actual, expected, exact_zeros=exact):
        assert_same_trace(
            actual,
            expected,
            f"{case.id}, {name}: {case.fn} {case.args or case.tensors} {case.kwargs or ''}",
            wide=_double_reference(case, kind, dtype or case.dtype),
            exact_zeros=exact,
        )


def _double_reference(case: Case, kind: str, dtype: str) -> Trace | None:
    """Torch's answer in double precision on the same rounded numbers: what both should be near."""
    wide = {"complex64": "complex128", "complex32": "complex128"}.get(dtype, "float64")
    if kind not in ("forward", "dtype") or dtype not in (
        "float32", "float16", "bfloat16", "complex64",
    ):  # fmt: skip
        return None
    return run_program(
        lambda lib, t: _note_call(t, build(case, lib, wide, rounded_to=dtype)), torch
    )


def run_refusal(refusal: Refusal, lib: Any) -> None:
    """The refusal's source must raise on torch and raise the same on ``lib``."""

    def program(lib: Any, trace: Trace) -> None:
        case = Case(refusal.source, tensors=refusal.tensors)
        call = build(case, lib)
        space = namespace(lib, refusal.source, call.kwargs)

        def run() -> None:
            exec(compile(refusal.source, refusal.source, "exec"), space)

        trace.observe("refusal", run)
        trace.note("inputs after", call.inputs)

    expected = run_program(program, torch)
    assert isinstance(expected.facts[0][1], Raised), f"torch accepts {refusal.source}"
    assert_same_trace(run_program(program, lib), expected, refusal.source)


# ---------------------------------------------------------------- shared steps


def _note_call(trace: Trace, call: Any, label: str = "forward", warned: bool = False) -> Any:
    """Note the result's facts, which input it is or shares memory with, and the inputs after."""
    result = trace.attempt(label, call, warned=warned)
    relations = []
    for tensor in tensors_in(result):
        same = next((i for i, x in enumerate(call.inputs) if tensor is x), None)
        shared = next((i for i, x in enumerate(call.inputs) if shares_storage(tensor, x)), None)
        where = None if shared is None else tensor.storage_offset()
        relations.append((same, shared, where, tensor._version))
    trace.note(f"{label}: (is input, shares storage with, offset, version)", relations)
    trace.note(f"{label}: inputs afterwards", call.inputs)
    return result


def _cotangents(case: Case, lib: Any, outputs: list, grad: bool) -> list:
    """Fixed random cotangents for outputs, equal in both libraries."""
    made = []
    for i, out in enumerate(outputs):
        name = dtype_name(out.dtype)
        array = T(*out.shape, lo=0.2, hi=1.7).array(f"cotangent/{case.fn}/{i}", name)
        made.append(make_tensor(lib, array, name).requires_grad_(grad))
    return made


def _differentiable(result: Any) -> list:
    return [t for t in tensors_in(result) if t.requires_grad]


def _trial(case: Case, dtype: str, grad: bool = False) -> Any:
    """What torch returns for a case, or its exception: decides at collection what applies."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return build(case, torch, dtype, grad="leaf" if grad else "none")()
        except Exception as error:
            return error


def _torch_differentiates(case: Case, dtype: str) -> bool:
    result = _trial(case, dtype, grad=True)
    return not isinstance(result, Exception) and bool(_differentiable(result))


# ---------------------------------------------------------------- forward, dtypes, layouts


@check(lambda case: True)
def check_forward(case: Case, lib: Any, trace: Trace) -> None:
    """Value, dtype, shape, stride, aliasing, and that inputs stay as they were."""
    warned = "warns" in case.tags
    # what is told once in a process must be told to both here
    lib.set_warn_always(warned)
    try:
        _note_call(trace, build(case, lib), warned=warned)
    finally:
        lib.set_warn_always(False)


@check(lambda case: any(t.dtype is None for t in _recipes(case)))
def check_dtype(case: Case, lib: Any, trace: Trace, dtype: str) -> None:
    """The same call in another dtype: its values, or the exception torch raises for it."""
    _note_call(trace, build(case, lib, dtype))


def _recipes(case: Case) -> list[T]:
    found: list[T] = []

    def walk(value: Any) -> None:
        if isinstance(value, T):
            found.append(value)
        elif isinstance(value, list | tuple):
            for v in value:
                walk(v)
        elif isinstance(value, dict):
            walk(list(value.values()))

    walk([case.args, case.kwargs, case.tensors])
    return found


@check(lambda case: any(t.shape for t in _recipes(case)))
def check_layouts(case: Case, lib: Any, trace: Trace) -> None:
    """Inputs transposed, with a step and an offset, expanded; then the first alone transposed."""
    for layout in ("transposed", "stepped", "expanded"):
        _observe_call(trace, layout, build(case, lib, layout=layout))
    if len(_recipes(case)) > 1:
        call = build(case, lib, layout="transposed", only=0)
        _observe_call(trace, "only the first transposed", call)


def _observe_call(trace: Trace, label: str, call: Any) -> None:
    try:
        _note_call(trace, call, label)
    except Stopped:
        pass


#: Pairs of dtypes: tensor with tensor, with a 0-dim tensor, with a number. The first two of each
#: kind show which rule an op follows; the cases tagged "promotion" go through all.
_PAIRS = (
    ("int64", "float32"), ("uint8", "int8"), ("float32", "float64"), ("bool", "int64"),
    ("float16", "bfloat16"), ("int32", "complex64"), ("float64", "complex64"),
    ("bfloat16", "float32"),
)  # fmt: skip
_WITH_SCALAR_TENSOR = (
    ("float32", "float64"), ("int64", "float32"), ("uint8", "int64"), ("bool", "int32"),
    ("float16", "complex128"),
)  # fmt: skip
_WITH_NUMBER = (
    ("int64", 2.5), ("bool", 3), ("float32", 2), ("uint8", 2), ("float16", 1.5), ("int32", True),
    ("bool", True), ("int64", 2), ("float32", 1 + 2j),
)  # fmt: skip


@check(lambda case: "binary" in case.tags)
def check_promotion(case: Case, lib: Any, trace: Trace) -> None:
    """Mixed dtypes: tensor and tensor, 0-dim tensor, Python number, on either side."""
    (left, right), rest = case.args[:2], case.args[2:]
    fn = resolve(lib, case.fn)

    def tensor(like: T, dtype: str, shape: tuple = left.shape) -> Any:
        array = T(*shape, lo=like.lo, hi=like.hi).array(f"{dtype}{shape}", dtype)
        return make_tensor(lib, array, dtype)

    def observe(label: str, a: Any, b: Any) -> None:
        trace.observe(label, lambda: fn(a, b, *rest, **case.kwargs))

    some = slice(None) if "promotion" in case.tags else slice(2)
    for a, b in _PAIRS[some]:
        observe(f"{a}, {b}", tensor(left, a), tensor(right, b))
    for a, b in _WITH_SCALAR_TENSOR[some]:
        observe(f"{a}, 0-dim {b}", tensor(left, a), tensor(right, b, ()))
        observe(f"0-dim {b}, {a}", tensor(left, b, ()), tensor(right, a))
    for a, number in _WITH_NUMBER[some]:
        observe(f"{a}, {number}", tensor(left, a), number)
        if case.fn.startswith("operator.") and not case.mutates:
            observe(f"{number}, {a}", number, tensor(right, a))


# ---------------------------------------------------------------- gradients


def _values(tensors: Any) -> list:
    return [None if t is None else TensorFacts.values_of(t) for t in tensors]


@check(lambda case: _torch_differentiates(case, "float64"))
def check_grad(case: Case, lib: Any, trace: Trace, dtype: str = "float64") -> None:
    """First gradients for random cotangents, then those of the first ones for random cotangents.

    In the second, a gradient that torch leaves undefined may be zeros.
    """
    call = build(case, lib, dtype, grad="leaf")
    outputs = _differentiable(_note_call(trace, call))
    cotangents = _cotangents(case, lib, outputs, grad=True)
    firsts = trace.attempt(
        "grad",
        lambda: lib.autograd.grad(
            outputs, call.leaves, cotangents, create_graph=True, allow_unused=True
        ),
        noted=_values,
    )
    sources = call.leaves + cotangents

    def second() -> list:
        found = [g for g in firsts if g is not None and g.requires_grad]
        got = lib.autograd.grad(found, sources, _cotangents(case, lib, found, grad=False), allow_unused=True)
        return [lib.zeros_like(x) if g is None else g for g, x in zip(got, sources, strict=True)]

    if "no_second" not in case.tags:
        trace.observe("second grad", second, noted=_values)


@check(lambda case: _torch_differentiates(case, "complex128"))
def check_grad_complex(case: Case, lib: Any, trace: Trace) -> None:
    """Both gradients on complex numbers."""
    check_grad(case, lib, trace, dtype="complex128")


@check(lambda case: _torch_differentiates(case, "float64"))
def check_backward(case: Case, lib: Any, trace: Trace) -> None:
    """``backward`` into leaves of two layouts: ``.grad``, with its strides, accumulated twice."""
    for layout in ("dense", "transposed"):
        call = build(case, lib, "float64", layout, grad="leaf")

        def run(call: Any = call) -> list:
            for _ in range(2):
                outputs = _differentiable(call())
                lib.autograd.backward(outputs, _cotangents(case, lib, outputs, grad=False))
            return [x.grad for x in call.leaves]

        trace.observe(layout, run)


@check(lambda case: _torch_differentiates(case, "float64") and not case.mutates)
def check_saved(case: Case, lib: Any, trace: Trace) -> None:
    """An input or output changed in place after the call: backward raises where torch's does."""
    outputs = len(tensors_in(_trial(case, "float64")))
    inputs = len(build(case, torch).inputs)
    victims = [(False, i) for i in range(inputs)] + [(True, i) for i in range(outputs)]
    for is_output, i in victims:
        call = build(case, lib, "float64", grad="inner")

        def run(call: Any = call, is_output: bool = is_output, i: int = i) -> list:
            result = tensors_in(call())
            with lib.no_grad() if is_output else contextlib.nullcontext():
                victim = (result if is_output else call.inputs)[i]
                victim.logical_not_() if str(victim.dtype).endswith("bool") else victim.add_(1)
            found = _differentiable(result)
            cotangents = _cotangents(case, lib, found, grad=False)
            return lib.autograd.grad(found, call.leaves, cotangents, allow_unused=True)

        what = "output" if is_output else "input"
        trace.observe(f"{what} {i} changed before backward", run, noted=_values)


# ---------------------------------------------------------------- forms


def _takes_tensor_first(case: Case) -> bool:
    if case.tensors is not None:
        return isinstance(case.tensors.get("x"), T)
    return bool(case.args) and isinstance(case.args[0], T)


def _method_name(case: Case) -> str | None:
    if "." in case.fn or case.tensors is not None or not _takes_tensor_first(case):
        return None
    return case.fn if callable(getattr(torch.Tensor, case.fn, None)) else None


@check(_method_name)
def check_method(case: Case, lib: Any, trace: Trace) -> None:
    """``x.op(...)`` beside ``torch.op(x, ...)``."""
    call = build(case, lib)
    trace.observe("method", lambda: getattr(call.args[0], case.fn)(*call.args[1:], **call.kwargs))


def _inplace_path(case: Case) -> str | None:
    """The path of a case's in-place form, or None: itself, ``Tensor.op_``, ``functional.op_``."""
    if not _takes_tensor_first(case):
        return None
    if case.mutates:
        return case.fn
    if case.tensors is not None or case.fn.startswith("operator."):
        return None
    if "." not in case.fn:
        return f"Tensor.{case.fn}_" if hasattr(torch.Tensor, f"{case.fn}_") else None
    if not case.fn.startswith("nn.functional."):
        return None
    name = case.fn.rpartition(".")[2]
    if hasattr(torch.nn.functional, f"{name}_"):
        return f"{case.fn}_"
    found = resolve(torch, case.fn)
    takes = inspect.isfunction(found) and "inplace" in inspect.signature(found).parameters
    return case.fn if takes else None


def _writer(case: Case, lib: Any, call: Any) -> Callable[[Any], Any]:
    """The in-place form as a function of the tensor it writes."""
    path = _inplace_path(case)
    if case.tensors is not None:
        return lambda x: exec(case.fn, {**namespace(lib, case.fn, call.kwargs), "x": x})
    fn = resolve(lib, path)
    extra = {"inplace": True} if path == case.fn and not case.mutates else {}
    return lambda x: fn(x, *call.args[1:], **call.kwargs, **extra)


def _note_write(trace: Trace, label: str, write: Callable, x: Any, others: Any = ()) -> bool:
    """Write ``x``; note whether the result is ``x``, and the facts of ``x`` and its aliases."""
    done = trace.observe(label, lambda: write(x), noted=lambda result: result is x)
    trace.note(f"{label}: x, version", (x, x._version))
    for i, other in enumerate(others):
        trace.note(f"{label}: alias {i}, version", (other, other._version))
    return not isinstance(done, Raised)


@check(_inplace_path)
def check_inplace(case: Case, lib: Any, trace: Trace) -> None:
    """The in-place form: value, version, views, layouts, dtypes that cannot hold the result."""
    for layout in ("dense", "transposed", "expanded"):
        call = build(case, lib, layout=layout, only=0)
        _note_write(trace, layout, _writer(case, lib, call), call.inputs[0])
    call = build(case, lib)
    base = lib.stack([call.inputs[0]] * 2)
    _note_write(trace, "row of a base", _writer(case, lib, call), base[1], [base, base.view(-1)])
    for dtype in ("int64", "bool", "float32"):
        call = build(case, lib, dtype, only=0)
        _note_write(trace, dtype, _writer(case, lib, build(case, lib)), call.inputs[0])


@check(lambda case: _inplace_path(case) and _torch_differentiates(case, "float64"))
def check_inplace_grad(case: Case, lib: Any, trace: Trace) -> None:
    """The in-place form under autograd: on an inner tensor, a leaf, a view, a sibling of a view."""

    def note_grads(label: str, outputs: list, leaves: list) -> None:
        found = [t for t in outputs if t.requires_grad]
        cotangents = _cotangents(case, lib, found, grad=False)
        trace.observe(
            f"{label}: grad",
            lambda: lib.autograd.grad(found, leaves, cotangents, allow_unused=True),
            noted=_values,
        )

    call = build(case, lib, "float64", grad="inner")
    x = call.inputs[0]
    if _note_write(trace, "inner", _writer(case, lib, call), x):
        note_grads("inner", [x], call.leaves)

    call = build(case, lib, "float64", grad="leaf")
    _note_write(trace, "leaf", _writer(case, lib, call), call.inputs[0])

    call = build(case, lib, "float64", grad="leaf")
    if call.inputs[0].requires_grad:
        base = lib.stack([call.inputs[0]] * 2)
        view, sibling = base[1], base.view(-1)
        if _note_write(trace, "view", _writer(case, lib, call), view, [base, sibling]):
            note_grads("view", [base, view, sibling], call.leaves)

    call = build(case, lib, "float64", grad="leaf")
    plain = call.inputs[0].detach().clone()
    if _note_write(trace, "plain tensor", _writer(case, lib, call), plain):
        note_grads("plain tensor", [plain], call.leaves)


# ---------------------------------------------------------------- out=


def _with_out(case: Case, call: Any, out: Any) -> Any:
    return resolve(call.lib, case.fn)(*call.args, **call.kwargs, out=out)


def _out_shape(case: Case) -> list[tuple[tuple, str]] | None:
    """Shapes and dtypes of the case's results if torch takes ``out=`` for it, else None."""
    if case.tensors is not None or case.mutates or case.fn.startswith(("operator.", "Tensor.")):
        return None
    result = _trial(case, case.dtype)
    found = tensors_in(result)
    if isinstance(result, Exception) or not found or isinstance(result, list):
        return None
    outs = [t.detach().clone() for t in found]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _with_out(case, build(case, torch), outs[0] if is_tensor(result) else tuple(outs))
    except TypeError:
        return None
    except Exception:
        pass
    return [(tuple(t.shape), dtype_name(t.dtype)) for t in found]


def _as_computed(lib: Any, out: Any, dtype: str) -> Any:
    """A float64 ``out`` that holds what was computed in float32, to be compared as float32."""
    if dtype != "float32" or dtype_name(out.dtype) != "float64":
        return out
    narrow = out.detach().to(lib.float32)
    same = np.array_equal(to_numpy(narrow), to_numpy(out), equal_nan=True)
    return narrow if same else out


@check(lambda case: bool(_out_shape(case)))
def check_out(case: Case, lib: Any, trace: Trace) -> None:
    """``out=``: fitting, empty, misshapen, strided, of other dtypes, an input, under autograd."""
    kinds = _out_shape(case)
    alone = is_tensor(_trial(case, case.dtype))

    def run(label: str, make: Callable[[tuple, str], Any], call: Any = None) -> None:
        call = call or build(case, lib)
        outs = [make(shape, dtype) for shape, dtype in kinds]
        out = outs[0] if alone else tuple(outs)

        def result_is_out(result: Any) -> list:
            return [type(result).__name__, *map(lambda a, b: a is b, tensors_in(result), outs)]

        trace.observe(label, lambda: _with_out(case, call, out), warned=True, noted=result_is_out)
        if label != "wrong shape, other dtype":
            noted = [
                (dtype_name(o.dtype), _as_computed(lib, o, dtype), o._version)
                for o, (_, dtype) in zip(outs, kinds, strict=True)
            ]
            trace.note(f"{label}: out, version", noted)

    def full(shape: tuple, dtype: str, layout: str = "dense") -> Any:
        return make_tensor(lib, np.full(shape, 7), dtype, layout)

    run("fitting", full)
    run("empty", lambda shape, dtype: full((0,), dtype))
    run("wrong shape", lambda shape, dtype: full((3, 5), dtype))
    run("strided", lambda shape, dtype: full(shape, dtype, "stepped"))
    for other in ("float64", "int64", "bool", "complex64"):
        run(other, lambda shape, dtype, other=other: full(shape, other))
    if _differentiable(_trial(case, case.dtype, grad=True)):
        run("inputs require grad", full, build(case, lib, grad="leaf"))
    if kinds[0][1] == "float32":
        run("out requires grad", lambda s, d: full(s, d).requires_grad_(d == "float32"))
    if alone and _takes_tensor_first(case) and case.args[0].shape == kinds[0][0]:
        call = build(case, lib)
        run("out is the input", lambda shape, dtype: call.args[0], call)
