"""What a table of cases is made of: recipes for tensors, and the call that takes them."""

from __future__ import annotations

import operator
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
import torch

from tests.oracle import is_tensor, make_tensor, numpy_dtype
from tests.sampling import EVERY

#: The dtypes every case is called with besides float32 (`forward`) and float64 (`grad`).
SWEEP = ("float16", "bfloat16", "int64", "uint8", "bool", "complex64")
WIDE_SWEEP = (*SWEEP, "int32", "complex128", "float64")


@dataclass(frozen=True, init=False)
class T:
    """A recipe for a tensor: uniform numbers in [lo, hi], or the given values, in the case's dtype.

    Args:
        shape: the sizes, as in ``T(2, 3)``.
        lo, hi: bounds; integer dtypes draw whole numbers between them.
        dtype: a fixed dtype; without one the tensor takes the dtype the harness sweeps.
        values: the values themselves, nested lists (the shape is then theirs).
        fix: a function on the drawn NumPy array, to make it, say, positive definite.
        grad: whether a float tensor takes part in the gradient checks.
    """

    shape: tuple[int, ...]
    lo: float
    hi: float
    dtype: str | None
    values: Any
    fix: Callable[[np.ndarray], np.ndarray] | None
    grad: bool

    def __init__(
        self,
        *shape: int,
        lo: float = -3.0,
        hi: float = 3.0,
        dtype: str | None = None,
        values: Any = None,
        fix: Callable[[np.ndarray], np.ndarray] | None = None,
        grad: bool = True,
    ) -> None:
        put = object.__setattr__
        put(self, "values", values)
        put(self, "shape", shape if values is None else np.shape(values))
        put(self, "lo", lo)
        put(self, "hi", hi)
        put(self, "dtype", dtype)
        put(self, "fix", fix)
        put(self, "grad", grad)

    def array(self, seed: str, dtype: str) -> np.ndarray:
        """The recipe's values for a dtype, the same for equal seeds."""
        carrier = numpy_dtype(dtype)
        if self.values is not None:
            with np.errstate(all="ignore"):
                return np.asarray(self.values).astype(carrier)
        rng = np.random.default_rng(zlib.crc32(seed.encode()))
        if dtype == "bool":
            return rng.random(self.shape) < 0.5
        if carrier.kind in "iu":
            lo, hi = int(np.ceil(self.lo)), int(np.floor(self.hi))
            lo = max(lo, 0) if carrier.kind == "u" else lo
            drawn = rng.integers(lo, max(hi, lo), self.shape, endpoint=True)
        else:
            drawn = rng.uniform(self.lo, self.hi, self.shape)
            if carrier.kind == "c":
                drawn = drawn + 1j * rng.uniform(self.lo, self.hi, self.shape)
        return np.asarray(self.fix(drawn) if self.fix else drawn).astype(carrier)


def I(*shape: int, n: int, lo: int = 0) -> T:  # noqa: E743  (reads as the index recipe in tables)
    """An int64 tensor of indices in [lo, n)."""
    return T(*shape, lo=lo, hi=n - 1, dtype="int64", grad=False)


def B(*shape: int) -> T:
    """A bool tensor."""
    return T(*shape, dtype="bool", grad=False)


def V(values: Any, dtype: str | None = None, grad: bool = True) -> T:
    """A tensor of exactly these values."""
    return T(values=values, dtype=dtype, grad=grad)


@dataclass(frozen=True)
class D:
    """A dtype argument, by name."""

    name: str


@dataclass(frozen=True)
class Of:
    """Any argument that only the library itself can make: ``Of(lambda lib: lib.device("cpu"))``."""

    make: Callable[[Any], Any]


@dataclass(frozen=True)
class Case:
    """One call that both libraries make.

    Args:
        fn: dotted path in the library (``"add"``, ``"nn.functional.relu"``, ``"Tensor.fill_"``), in
            Python's ``operator`` (``"operator.add"``), or, with ``tensors``, a piece of source.
        args, kwargs: recipes and plain values.
        tensors: for a piece of source, its names; ``torch`` is the library.
        checks: names of the checks to run; None means all that apply.
        without: checks that make no sense here.
        dtype: what recipes without one of their own take, but for the sweep and gradients.
        dtypes: the dtypes swept.
        post: turns the result into what is compared, where torch leaves a choice (signs, order).
        tags: "binary" adds the promotion check, "promotion" all of its pairs; "exact_zeros"
            compares the sign of zeros; "warns" compares warnings; "no_second" leaves out the second
            gradient; "refused" says that torch refuses the call in the case's own dtype.
        xfail: check name -> reason; an unexpected pass fails.
        covers: further names in the op registry that this case stands for.
    """

    fn: str
    args: tuple = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    tensors: dict[str, Any] | None = None
    checks: tuple[str, ...] | None = None
    without: tuple[str, ...] = ()
    dtype: str = "float32"
    dtypes: tuple[str, ...] = SWEEP
    post: Callable[[Any, Any], Any] | None = None
    tags: tuple[str, ...] = ()
    xfail: dict[str, str] = field(default_factory=dict)
    covers: tuple[str, ...] = ()
    id: str = ""

    @property
    def mutates(self) -> bool:
        """Whether the call writes its first tensor (``x`` in a piece of source)."""
        if self.tensors is not None:
            return is_statement(self.fn)
        name = self.fn.rpartition(".")[2]
        if self.fn.startswith("operator."):
            return name == "setitem" or (name[0] == "i" and hasattr(operator, name[1:].rstrip("_")))
        return name.endswith("_") and not name.endswith("__") or bool(self.kwargs.get("inplace"))


@cache
def is_statement(source: str) -> bool:
    """Whether a piece of source is a statement (it then changes ``x``) and not an expression."""
    try:
        compile(source, source, "eval")
    except SyntaxError:
        return True
    return False


@dataclass
class Call:
    """A case with its tensors made, ready to be called."""

    case: Case
    lib: Any
    args: list
    kwargs: dict
    leaves: list
    inputs: list

    def __call__(self) -> Any:
        """Call it; for a case that mutates, the result is the tensor written."""
        case, args, kwargs = self.case, list(self.args), dict(self.kwargs)
        if case.tensors is not None:
            result = self._run_source(kwargs)
        else:
            if case.mutates:
                args[0] = args[0].clone()
            returned = resolve(self.lib, case.fn)(*args, **kwargs)
            result = args[0] if case.mutates else returned
        return case.post(self.lib, result) if case.post else result

    def _run_source(self, names: dict) -> Any:
        space = namespace(self.lib, self.case.fn, names)
        if not self.case.mutates:
            return eval(compile(self.case.fn, self.case.fn, "eval"), space)
        space["x"] = space["x"].clone()
        exec(compile(self.case.fn, self.case.fn, "exec"), space)
        return space["x"]


def namespace(lib: Any, text: str, names: dict[str, Any]) -> dict[str, Any]:
    """What a piece of source may name: ``torch``, ``np``, ``F`` where used, and its tensors."""
    space = {"torch": lib, "np": np, **names}
    return {**space, "F": lib.nn.functional} if "F." in text else space


def resolve(lib: Any, path: str) -> Callable[..., Any]:
    """The function a dotted path names in a library."""
    if path.startswith("operator."):
        return getattr(operator, path.rpartition(".")[2])
    found = lib
    for part in path.split("."):
        found = getattr(found, part)
    return found


def build(
    case: Case,
    lib: Any,
    dtype: str | None = None,
    layout: str = "dense",
    grad: str = "none",
    rounded_to: str | None = None,
    only: int | None = None,
) -> Call:
    """Make a case's tensors in a library.

    Args:
        dtype: what recipes without one of their own take; the case's unless given.
        layout: memory layout of every tensor, or of the ``only``-th one.
        grad: "leaf": float tensors are leaves that require grad; "inner": those, times one.
        rounded_to: values are first rounded to this dtype (for the reference in double).
    """
    call = Call(case, lib, [], {}, [], [])
    count = 0
    dtype = dtype or case.dtype

    def made(value: Any) -> Any:
        nonlocal count
        if isinstance(value, T):
            kind = value.dtype or dtype
            array = value.array(f"{case.fn}/{count}", value.dtype or rounded_to or dtype)
            if rounded_to and value.dtype is None:
                array = rounded(array, rounded_to).astype(numpy_dtype(kind))
            elif rounded_to and value.dtype == "float32":
                kind = "float64"
            here = layout if only is None or only == count else "dense"
            tensor = make_tensor(lib, array, kind, here)
            count += 1
            if (
                grad != "none"
                and value.grad
                and (tensor.is_floating_point() or tensor.is_complex())
            ):
                tensor = tensor.detach().requires_grad_()
                call.leaves.append(tensor)
                tensor = tensor * 1 if grad == "inner" else tensor
            call.inputs.append(tensor)
            return tensor
        if isinstance(value, D):
            return getattr(lib, value.name)
        if isinstance(value, Of):
            return value.make(lib)
        if isinstance(value, list | tuple):
            return type(value)([made(v) for v in value])
        return value

    call.args = [made(a) for a in case.args]
    source = case.kwargs if case.tensors is None else case.tensors
    call.kwargs = {k: made(v) for k, v in source.items()}
    return call


def rounded(array: np.ndarray, dtype: str) -> np.ndarray:
    """The values as a tensor of that dtype holds them."""
    tensor = make_tensor(torch, array, dtype)
    return tensor.to(torch.complex128 if tensor.is_complex() else torch.float64).numpy()


def tensors_in(value: Any) -> list:
    """All tensors in a nested result, in order."""
    if is_tensor(value):
        return [value]
    if isinstance(value, list | tuple):
        return [t for v in value for t in tensors_in(v)]
    return []


# ---------------------------------------------------------------- writing tables

#: A later sample of an op repeats only what depends on its arguments.
SAMPLE_CHECKS = ("forward", "grad")


def S(*args: Any, **kwargs: Any) -> tuple[tuple, dict]:
    """The arguments of one call."""
    return args, kwargs


def op(fn: str, *samples: tuple[tuple, dict], **facts: Any) -> list[Case]:
    """Cases of one function: the first sample gets every check, the others forward and grad."""
    if not samples:
        raise ValueError(f"{fn}: no sample")
    first = Case(fn, *samples[0], **facts)
    wanted = facts.get("checks") or SAMPLE_CHECKS
    later = replace(first, checks=tuple(c for c in SAMPLE_CHECKS if c in wanted))
    # the dearest check: of the later samples one in three has it, all by `make fuzz`
    once = later if EVERY else replace(later, tags=(*first.tags, "no_second"))
    return [first] + [
        replace(once if i % 3 else later, args=args, kwargs=kwargs) for i, (args, kwargs) in enumerate(samples[1:], 1)
    ]


def source(text: str, tensors: dict[str, Any] | None = None, **facts: Any) -> Case:
    """A piece of source and the tensors it names: an expression, or a statement changing ``x``."""
    facts.setdefault("without", ("out", "inplace", "method"))
    used = set(re.findall(r"[A-Za-z_]\w*", text)) | {"x"}
    return Case(text, tensors={k: v for k, v in (tensors or {}).items() if k in used}, **facts)


def flat(rows: Sequence[Case | list[Case]]) -> Iterator[Case]:
    """The cases of a table in which ops (lists) and single cases are mixed."""
    for row in rows:
        yield from row if isinstance(row, list) else [row]


def numbered(cases: Iterator[Case]) -> list[Case]:
    """The cases with unique ids: the function's name, and a number from its second case on."""
    seen: dict[str, int] = {}
    result = []
    for case in cases:
        base = case.id or case.fn
        n = seen[base] = seen.get(base, -1) + 1
        result.append(replace(case, id=f"{base}#{n}" if n else base))
    return result


@dataclass(frozen=True)
class Refusal:
    """A call that torch refuses; jaxtorch must refuse it with the same exception."""

    source: str
    tensors: dict[str, Any] = field(default_factory=dict)
    xfail: str = ""


def bad(text: str, **tensors: Any) -> Refusal:
    """A statement or expression that must raise, over named tensors."""
    used = set(re.findall(r"[A-Za-z_]\w*", text))
    return Refusal(text, {k: v for k, v in tensors.items() if k in used})
