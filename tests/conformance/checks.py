"""The checks: what of an entry is run in both libraries and compared.

Gradients are compared with torch's own for the same random cotangents, first and second: that asks
more than finite differences of `gradcheck` and `gradgradcheck` would, whose tolerances are wider,
and costs less. A gradient that torch leaves undefined may be zeros.
"""

from __future__ import annotations

import re
import time
import traceback
import warnings
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch

from tests.conformance import database
from tests.conformance.comparison import problem, tensors
from tests.conformance.translation import Builder, Missing, counterpart
from tests.oracle import comparable_text, dtype_name, is_tensor, make_tensor, to_torch

#: The dtypes of the forward check.
DTYPES = ("float32", "float64", "int64", "bool", "complex64", "bfloat16")
WIDER = {torch.float32: torch.float64, torch.bfloat16: torch.float64, torch.complex64: torch.complex128}
#: Entries that promise no values.
UNINITIALIZED = {
    "empty", "empty_like", "new_empty", "new_empty_strided", "empty_strided", "empty_permuted", "resize_",
    "resize_as_",
}  # fmt: skip


def _low_rank(result: Any, sample: Any) -> Any:
    u, s, v = result
    return s, (u * s.unsqueeze(-2)).matmul(v.mH)


def _eigen(result: Any, sample: Any) -> Any:
    values, vectors = result
    return values, (vectors * values.unsqueeze(-2)).matmul(torch.linalg.inv(vectors))


def _dim(sample: Any, place: int) -> int:
    found = sample.kwargs.get("dim", sample.args[place] if len(sample.args) > place else -1)
    return -1 if isinstance(found, bool) else found


def _chosen(place: int) -> Callable[[Any, Any], Any]:
    def values(result: Any, sample: Any) -> Any:
        """The values, and those at the indices given."""
        found, at = result if isinstance(result, tuple) else (None, result)
        dim, source = _dim(sample, place), sample.input
        keeps = at.ndim == source.ndim
        picked = source.gather(dim, at if keeps else at.unsqueeze(dim)) if source.ndim else source
        return found, picked if keeps or not source.ndim else picked.squeeze(dim)

    return values


#: What of a result (in torch's tensors) is determined, where signs, phases or the order of equals are not.
DETERMINED = {
    "svd_lowrank": _low_rank, "pca_lowrank": _low_rank, "linalg.eigh": _eigen, "linalg.eig": _eigen,
    "sort": _chosen(0), "argsort": _chosen(0), "topk": _chosen(1), "kthvalue": _chosen(1),
}  # fmt: skip


def _in_torch(value: Any) -> Any:
    """A result with its tensors as torch's."""
    if is_tensor(value):
        return to_torch(value)
    return tuple(map(_in_torch, value)) if isinstance(value, list | tuple) else value


@dataclass
class Outcome:
    """What a check of an entry found.

    Attributes:
        ran: how many samples were compared.
        first: the place of the first sample that failed, -1 for none.
        failed: how many failed.
        reason: what the first failure was.
        missing: the library has no such op, or does not hold such arguments.
        seconds: the time of both libraries together.
    """

    entry: str
    check: str
    dtype: str = ""
    ran: int = 0
    first: int = -1
    failed: int = 0
    reason: str = ""
    missing: bool = False
    cut: bool = False
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)

    def fail(self, place: int, reason: str, missing: bool = False) -> None:
        self.failed += 1
        if self.first < 0:
            self.first, self.reason, self.missing = place, " ".join(reason.split())[:300], missing

    as_dict = asdict


class _Refused(Exception):
    """torch itself raises for a sample: it says nothing."""


def _seeded(lib: Any, call: Callable[[], Any]) -> Any:
    torch.manual_seed(5)
    if lib is not torch:
        lib.manual_seed(5)
    return call()


def _call(fn: Callable, sample: Any, builder: Builder) -> Any:
    args = builder.tree([sample.input, *sample.args])
    kwargs = builder.tree(sample.kwargs)
    return _seeded(builder.lib, lambda: fn(*args, **kwargs))


def _torch_call(fn: Callable, sample: Any, builder: Builder) -> Any:
    try:
        return _call(fn, sample, builder)
    except Exception as error:
        raise _Refused from error


def _is_missing(error: Exception) -> bool:
    """Whether an exception says that the library has no such op, or does not hold such an argument."""
    absent = isinstance(error, AttributeError) and re.match("module 'torch|'Tensor' object has no", str(error))
    return bool(absent) or isinstance(error, Missing | NotImplementedError)


def _sentence(error: Exception) -> str:
    if isinstance(error, Missing):
        return f"no {error}"
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f" ({place.filename.rpartition('/')[2]}:{place.lineno})"
    return f"{type(error).__name__}: {error}"[:200] + where


def _each(outcome: Outcome, drawn: list, lib: Any, one: Callable[[Any], str | None], limit: int, seconds: float):
    """Run ``one`` on the first samples; note what it says, what it raises, and how long it took."""
    start = time.monotonic()
    for place, sample in enumerate(drawn[:limit]):
        if time.monotonic() - start > seconds:
            outcome.cut = True
            break
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = one(sample)
        except _Refused:
            continue
        except Exception as error:
            outcome.fail(place, _sentence(error), _is_missing(error))
        else:
            if found is not None:
                outcome.fail(place, found)
        outcome.ran += 1
    outcome.seconds = round(time.monotonic() - start, 2)
    return outcome


# ---------------------------------------------------------------- forward and its variants


def forward(name: str, dtype: str, lib: Any, limit: int, seconds: float) -> Outcome:
    """The op on the database's samples: values, dtype and shape."""
    entry = database.entries()[name]

    def one(sample: Any) -> str | None:
        want = _torch_call(entry.op, sample, Builder(torch))
        got = _call(counterpart(entry.op, lib), sample, Builder(lib))
        return _with_reference(entry, entry.op, sample, dtype, got, want)

    return _each(Outcome(name, "forward", dtype), database.samples(name, dtype), lib, one, limit, seconds)


def _with_reference(entry: Any, fn: Callable, sample: Any, dtype: str, got: Any, want: Any) -> str | None:
    name = entry.name + (f"[{entry.variant_test_name}]" if entry.variant_test_name else "")
    given_tolerance = database.tolerance(name, dtype)
    found = problem(got, want, uninitialized=entry.name in UNINITIALIZED, tolerance=given_tolerance)
    if found and entry.name in DETERMINED:
        reduce = DETERMINED[entry.name]
        got, want, given = reduce(_in_torch(got), sample), reduce(_in_torch(want), sample), fn
        found = problem(got, want, tolerance=given_tolerance)
        fn = lambda *a, **k: reduce(_in_torch(given(*a, **k)), sample)  # noqa: E731
    narrow = getattr(torch, dtype)
    if found and "values differ" in found and narrow in WIDER:
        try:
            wide = _call(fn, sample, Builder(torch, (narrow, WIDER[narrow])))
        except Exception:
            return found
        found = problem(got, want, wide, tolerance=given_tolerance)
    return found


def method(name: str, dtype: str, lib: Any, limit: int, seconds: float) -> Outcome | None:
    """``x.op(...)`` and, where there is one, the operator."""
    entry = database.entries()[name]
    return _variants(name, "method", [entry.method_variant, entry.operator_variant], dtype, lib, limit, seconds)


def inplace(name: str, dtype: str, lib: Any, limit: int, seconds: float) -> Outcome | None:
    """``x.op_(...)`` and the operator: what is written, and that it is returned."""
    entry = database.entries()[name]
    forms = [entry.inplace_variant, entry.inplace_operator_variant]
    return _variants(name, "inplace", forms, dtype, lib, limit, seconds, written=True)


def _variants(
    name: str, check: str, forms: list, dtype: str, lib: Any, limit: int, seconds: float, written: bool = False
) -> Outcome | None:
    forms = [f for f in forms if f is not None]
    if not forms:
        return None
    entry = database.entries()[name]

    def one(sample: Any) -> str | None:
        if written and sample.broadcasts_input:
            raise _Refused
        for fn in forms:
            theirs, ours = Builder(torch), Builder(lib)
            want = _torch_call(fn, sample, theirs)
            got = _call(counterpart(fn, lib), sample, ours)
            found = _with_reference(entry, fn, sample, dtype, got, want)
            if found:
                return found
            if written and isinstance(sample.input, torch.Tensor):
                same, expected = got is ours.tensor(sample.input), want is theirs.tensor(sample.input)
                if same != expected:
                    return f"returns {'its input' if same else 'another tensor'}, unlike torch"
        return None

    return _each(Outcome(name, check, dtype), database.samples(name, dtype), lib, one, limit, seconds)


def out(name: str, dtype: str, lib: Any, limit: int, seconds: float) -> Outcome | None:
    """``out=`` tensors of the right shape, strided otherwise: what they hold, and that they are returned."""
    entry = database.entries()[name]
    if not entry.supports_out:
        return None

    def one(sample: Any) -> str | None:
        result = _torch_call(entry.op, sample, Builder(torch))
        if not tensors(result) or len(tensors(result)) != (1 if isinstance(result, torch.Tensor) else len(result)):
            raise _Refused
        answers = []
        for library in (torch, lib):
            room = [library.empty(tuple(t.shape), dtype=getattr(library, dtype_name(t.dtype))) for t in tensors(result)]
            given = room[0] if isinstance(result, torch.Tensor) else tuple(room)
            builder = Builder(library)
            fn = counterpart(entry.op, library)
            run = _torch_call if library is torch else _call
            returned = run(lambda *a, fn=fn, given=given, **k: fn(*a, **k, out=given), sample, builder)
            same = all(a is b for a, b in zip(tensors(returned), room))
            answers.append((room, same))
        (want, expected), (got, same) = answers
        if same != expected:
            return f"returns {'out' if same else 'other tensors than out'}, unlike torch"
        plain = lambda *a, **k: tensors(entry.op(*a, **k))  # noqa: E731
        # fft.ihfftn reads memory that nothing has written: then without out=
        return _with_reference(entry, plain, sample, dtype, got, want) and _with_reference(
            entry, plain, sample, dtype, got, tensors(result)
        )

    return _each(Outcome(name, "out", dtype), database.samples(name, dtype), lib, one, limit, seconds)


# ---------------------------------------------------------------- gradients


def gradient_dtype(name: str) -> str | None:
    """The dtype in which an entry's gradients are compared: float64, or complex128 where that is all it has."""
    entry = database.entries()[name]
    if entry.supports_autograd:
        for dtype in (torch.float64, torch.complex128):
            if dtype in entry.supported_backward_dtypes("cpu"):
                return dtype_name(dtype)
    return None


def gradients(name: str, dtype: str, lib: Any, limit: int, seconds: float) -> list[Outcome]:
    """First gradients for random cotangents, and the gradients of a random projection of those."""
    entry = database.entries()[name]
    first, second = Outcome(name, "grad", dtype), Outcome(name, "gradgrad", dtype)
    twice = entry.supports_gradgrad
    place = -1

    def one(sample: Any) -> str | None:
        nonlocal place
        place += 1
        try:
            want = _differentiate(entry, sample, torch, twice)
        except Exception as error:
            raise _Refused from error
        if want is None:
            raise _Refused
        got = _differentiate(entry, sample, lib, twice, want)
        found = _gradient_problem(got.firsts, want.firsts)
        if want.seconds is not None:
            second.ran += 1
            if found:
                second.fail(place, f"first gradient: {found}")
            elif isinstance(got.seconds, Exception):
                second.fail(place, _sentence(got.seconds), _is_missing(got.seconds))
            else:
                wrong = _gradient_problem(got.seconds or [None] * len(want.seconds), want.seconds)
                if wrong:
                    second.fail(place, wrong)
        return found

    _each(first, database.samples(name, dtype, grad=True), lib, one, limit, seconds)
    if twice and first.first >= 0 and second.first < 0:  # the call itself fails
        second.ran = max(second.ran, 1)
        second.fail(first.first, first.reason, first.missing)
    return [first, second] if twice else [first]


def _gradient_problem(got: list, want: list) -> str | None:
    for i, (a, b) in enumerate(zip(got, want, strict=True)):
        if a is None and b is None:
            continue
        if b is None:
            found = problem(a.detach(), torch.zeros(a.shape, dtype=getattr(torch, dtype_name(a.dtype))))
        elif a is None:
            found = "no gradient" if bool((b != 0).any()) else None
        else:
            found = problem(a.detach(), b.detach())
        if found:
            return f"input {i}: {found}"
    return None


@dataclass
class _Derivatives:
    """What one library says of one sample.

    Attributes:
        outputs: the places of the results that gradients are taken of: those that torch differentiates.
        seconds: the gradients of a projection of the first gradients, or the exception they raised.
        projected: the places of the inputs whose gradients are projected.
    """

    outputs: list[int]
    firsts: list
    projected: list[int]
    seconds: Any = None


def _differentiate(entry: Any, sample: Any, lib: Any, twice: bool, like: _Derivatives | None = None) -> Any:
    """The derivatives of one sample; of the same results and inputs as ``like``, where given."""
    wrapper, op = counterpart(entry.gradcheck_wrapper, lib), counterpart(entry.op, lib)
    builder = Builder(lib)
    result = _call(lambda *a, **k: wrapper(op, *a, **k), sample, builder)
    results = tensors(counterpart(sample.output_process_fn_grad, lib)(result))
    if like is None:
        chosen = [i for i, t in enumerate(results) if t.requires_grad and t.numel()]
        if not (chosen and builder.leaves):
            return None
    else:
        chosen = like.outputs
    for i in chosen:
        if i >= len(results) or not results[i].requires_grad:
            raise ValueError(f"result {i} is not differentiable")
    outputs = [results[i] for i in chosen]
    cotangents = [_cotangent(entry, i, t, lib).requires_grad_() for i, t in zip(chosen, outputs)]
    firsts = lib.autograd.grad(outputs, builder.leaves, cotangents, create_graph=twice, allow_unused=True)
    found = _Derivatives(chosen, list(firsts), [])
    if not twice:
        return found
    usable = [i for i, g in enumerate(firsts) if g is not None and g.requires_grad]
    found.projected = usable if like is None else [i for i in like.projected if i in usable]
    if not found.projected:
        return found
    try:
        total = sum((firsts[i] * _cotangent(entry, i, firsts[i], lib)).sum() for i in found.projected)
        total = total.real if total.is_complex() else total
        found.seconds = list(lib.autograd.grad(total, [*builder.leaves, *cotangents], allow_unused=True))
    except Exception as error:
        found.seconds = None if like is None else error
    return found


def _cotangent(entry: Any, place: int, like: Any, lib: Any) -> Any:
    """A random tensor in the shape and dtype of ``like``, the same in both libraries."""
    rng = np.random.default_rng(zlib.crc32(f"{entry.name}/{place}".encode()))
    array = rng.uniform(0.2, 1.7, tuple(like.shape))
    if like.dtype.is_complex:
        array = array + 1j * rng.uniform(-1, 1, tuple(like.shape))
    return make_tensor(lib, array, dtype_name(like.dtype))


# ---------------------------------------------------------------- errors


def errors(name: str, lib: Any) -> list[Outcome]:
    """The database's error inputs: that an exception is raised, its type, its text."""
    entry = database.entries()[name]
    kinds = [Outcome(name, f"error {kind}") for kind in ("raised", "type", "text")]
    raised, typed, texted = kinds
    for place, wrong in enumerate(database.error_inputs(name)):
        expected = _exception(lambda wrong=wrong: _call(entry.op, wrong.sample_input, Builder(torch)))
        if expected is None:
            continue
        for kind in kinds:
            kind.ran += 1
        try:
            fn = counterpart(entry.op, lib)
            builder = Builder(lib)
            args = builder.tree([wrong.sample_input.input, *wrong.sample_input.args])
            kwargs = builder.tree(wrong.sample_input.kwargs)
        except Exception as error:
            # an argument that is refused by itself is refused all the same
            for kind in kinds if isinstance(error, Missing) else (typed, texted):
                kind.fail(place, _sentence(error), _is_missing(error))
            continue
        got = _exception(lambda fn=fn, args=args, kwargs=kwargs: _seeded(lib, lambda: fn(*args, **kwargs)))
        theirs = f"torch: {type(expected).__name__}: {comparable_text(str(expected))}"
        if got is None:
            for kind in kinds:
                kind.fail(place, f"nothing raised; {theirs}")
            continue
        mine = f"{type(got).__name__}: {comparable_text(str(got))}; {theirs}"
        if type(got).__name__ != type(expected).__name__:
            typed.fail(place, mine)
        if _same_text(str(got), str(expected)):
            continue
        texted.fail(place, mine)
    return [kind for kind in kinds if kind.ran]


def _same_text(got: str, want: str) -> bool:
    def bare(text: str) -> str:
        return re.sub(r"\s+", " ", comparable_text(text)).strip()

    return bare(got) == bare(want)


def _exception(call: Callable[[], Any]) -> Exception | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            call()
        except Exception as error:
            return error
    return None


# ---------------------------------------------------------------- all of an entry's


def plan(name: str) -> Iterator[tuple[str, str]]:
    """The (check, dtype) pairs of an entry."""
    entry = database.entries()[name]
    held = {dtype_name(d) for d in entry.dtypes}
    for dtype in DTYPES:
        if dtype in held:
            yield "forward", dtype
    main = next((d for d in DTYPES if d in held), None)
    if main is not None:
        if entry.method_variant or entry.operator_variant:
            yield "method", main
        if entry.inplace_variant or entry.inplace_operator_variant:
            yield "inplace", main
        if entry.supports_out:
            yield "out", main
    dtype = gradient_dtype(name)
    if dtype:
        yield "gradients", dtype
    if entry.error_inputs_func is not None:
        yield "errors", ""


def run(name: str, check: str, dtype: str, lib: Any, limit: int, seconds: float) -> list[Outcome]:
    """Run one check of an entry."""
    try:
        if check == "errors":
            return errors(name, lib)
        if check == "gradients":
            return gradients(name, dtype, lib, limit, seconds)
        found = _SINGLE[check](name, dtype, lib, limit, seconds)
        return [] if found is None else [found]
    except Exception as error:
        raise RuntimeError(f"the check itself fails: {name} {check} {dtype}") from error


_SINGLE = {"forward": forward, "method": method, "inplace": inplace, "out": out}
