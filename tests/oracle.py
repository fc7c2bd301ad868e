"""PyTorch as the oracle: the same tensors and steps in two libraries, and every fact compared.

A test writes its program once, as a function of ``lib`` (``torch`` or the module under test) that
notes what it sees on a :class:`Trace`; :func:`assert_same_trace` compares two traces fact by fact.
``JAXTORCH_ORACLE_SELF_CHECK=1`` puts torch itself under test, which proves tables and harness.
"""

from __future__ import annotations

import importlib
import os
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

SELF_CHECK = os.environ.get("JAXTORCH_ORACLE_SELF_CHECK", "0") not in ("", "0")


def module_under_test() -> Any:
    """The library the tests compare with torch: jaxtorch, or torch itself in a self-check."""
    return torch if SELF_CHECK else importlib.import_module("jaxtorch")


# ---------------------------------------------------------------- dtypes

#: bfloat16 and complex32 have no NumPy dtype: their values travel in the next wider one.
_NUMPY_CARRIER = {"bfloat16": "float32", "complex32": "complex64"}


def dtype_name(dtype: Any) -> str:
    """``torch.float32`` -> ``"float32"``, for either library."""
    return str(dtype).rpartition(".")[2]


def numpy_dtype(name: str) -> np.dtype:
    """The NumPy dtype that carries values of the named dtype without loss."""
    return np.dtype(_NUMPY_CARRIER.get(name, name))


def tolerances(name: str) -> tuple[float, float]:
    """(rtol, atol) of ``torch.testing.assert_close`` for the dtype; (0, 0) when it is exact."""
    from torch.testing._comparison import default_tolerances

    return default_tolerances(getattr(torch, name))


# ---------------------------------------------------------------- building tensors

LAYOUTS = ("dense", "transposed", "stepped", "offset", "expanded")


def strided_base(array: np.ndarray, layout: str) -> tuple[np.ndarray, tuple, tuple, int]:
    """A flat buffer and the (shape, stride, offset) that read ``array`` out of it.

    ``expanded`` repeats the first slice of dim 0, so it reads different values for dim 0 > 1.
    """
    shape = array.shape
    if layout == "transposed" and array.ndim >= 2:
        flat = np.ascontiguousarray(array.T).reshape(-1)
        return flat, shape, _dense_strides(shape[::-1])[::-1], 0
    if layout == "stepped" or (layout == "transposed" and array.ndim == 1):
        flat = np.full(max(2 * array.size, 1) + 1, _filler(array.dtype), array.dtype)
        flat[1 : 1 + 2 * array.size : 2] = array.reshape(-1)
        return flat, shape, tuple(2 * s for s in _dense_strides(shape)), 1
    if layout == "offset" or (layout == "transposed" and array.ndim == 0):
        flat = np.full(array.size + 3, _filler(array.dtype), array.dtype)
        flat[2 : 2 + array.size] = array.reshape(-1)
        return flat, shape, _dense_strides(shape), 2
    if layout == "expanded" and array.ndim:
        flat = np.ascontiguousarray(array[:1]).reshape(-1)
        return flat, shape, (0, *_dense_strides(shape)[1:]), 0
    return np.ascontiguousarray(array).reshape(-1), shape, _dense_strides(shape), 0


def _dense_strides(shape: tuple) -> tuple:
    strides, step = [], 1
    for size in reversed(shape):
        strides.append(step)
        step *= max(size, 1)
    return tuple(reversed(strides))


def _filler(dtype: np.dtype) -> Any:
    return True if dtype.kind == "b" else 77


def make_tensor(lib: Any, array: Any, dtype: str | None = None, layout: str = "dense") -> Any:
    """The values of ``array`` as a tensor of ``lib``, in the asked dtype and memory layout.

    A layout other than ``dense`` is the same flat base seen through ``as_strided`` on either side.
    """
    array = np.asarray(array)
    name = dtype or array.dtype.name
    array = array.astype(numpy_dtype(name))
    if layout == "dense":
        return _from_values(lib, array, name)
    flat, shape, stride, offset = strided_base(array, layout)
    return _from_values(lib, flat, name).as_strided(shape, stride, offset)


def _from_values(lib: Any, array: np.ndarray, name: str) -> Any:
    tensor = lib.tensor(array)
    return tensor.to(getattr(lib, name)) if name in _NUMPY_CARRIER else tensor


def to_numpy(tensor: Any) -> np.ndarray:
    """A tensor's values as a fresh array, read without sharing memory with the tensor.

    ``tolist`` and not ``numpy``, which would tie the storage to the host for the steps to come.
    """
    tensor = tensor.detach()
    if "strided" not in str(tensor.layout):
        tensor = tensor.to_dense()
    if isinstance(tensor, torch.Tensor) and tensor._is_zerotensor():
        tensor = torch.zeros(tensor.shape, dtype=tensor.dtype)  # torch refuses to list these
    name = dtype_name(tensor.dtype)
    return np.array(tensor.tolist(), dtype=numpy_dtype(name)).reshape(tuple(tensor.shape))


def to_torch(tensor: Any) -> torch.Tensor:
    """A torch tensor with the values, dtype and strides of a tensor of either library."""
    name = dtype_name(tensor.dtype)
    result = torch.empty_strided(tuple(tensor.shape), tensor.stride(), dtype=getattr(torch, name))
    # A repeated dim is one element in memory, and torch refuses to write it more than once.
    once = tuple(slice(0, 1) if step == 0 else slice(None) for step in tensor.stride())
    result[once].copy_(torch.from_numpy(to_numpy(tensor)[once]))
    return result


# ---------------------------------------------------------------- facts


def is_tensor(value: Any) -> bool:
    """Whether the value is a tensor of either library."""
    # The type is asked, not the value: a tensor whose history is broken raises on `grad_fn`.
    kind = type(value)
    return isinstance(value, torch.Tensor) or (hasattr(kind, "grad_fn") and hasattr(kind, "stride"))


def grad_fn_name(tensor: Any) -> str | None:
    """The class name of a tensor's ``grad_fn``, such as ``"AddBackward0"``."""
    return None if tensor.grad_fn is None else type(tensor.grad_fn).__name__


def storage_start(tensor: Any) -> int:
    """Address of the first element of the tensor's storage: equal for all views of it."""
    return tensor.data_ptr() - tensor.storage_offset() * tensor.element_size()


def shares_storage(a: Any, b: Any) -> bool:
    """Whether two non-empty tensors of one library are views of one storage."""
    return bool(a.numel() and b.numel()) and storage_start(a) == storage_start(b)


@dataclass
class TensorFacts:
    """What is compared of a tensor, as plain data."""

    values: np.ndarray
    dtype: str
    shape: tuple
    stride: tuple
    requires_grad: bool
    grad_fn: str | None

    @classmethod
    def of(cls, tensor: Any) -> TensorFacts:
        return cls(
            to_numpy(tensor),
            dtype_name(tensor.dtype),
            tuple(tensor.shape),
            tuple(tensor.stride()),
            bool(tensor.requires_grad),
            grad_fn_name(tensor),
        )

    @classmethod
    def values_of(cls, tensor: Any) -> TensorFacts:
        """Values, dtype and shape alone: a gradient's strides and history are no promise."""
        return cls(to_numpy(tensor), dtype_name(tensor.dtype), tuple(tensor.shape), (), False, None)


@dataclass
class Raised:
    """An exception as compared: its type's name and its text."""

    type: str
    text: str
    report: str = field(default="", compare=False)

    @classmethod
    def of(cls, error: BaseException) -> Raised:
        report = "".join(traceback.format_exception(error)[-6:])
        return cls(type(error).__name__, comparable_text(str(error)), report)


def comparable_text(text: str) -> str:
    """An exception's text without what describes torch's build: overload lists, C++ positions."""
    text = text.split("but expected one of:")[0].split("\nException raised from ")[0]
    return text.split("(Triggered internally")[0].rstrip()


def snapshot(value: Any) -> Any:
    """Plain data for any result: tensors become TensorFacts, containers are walked."""
    if isinstance(value, Raised | TensorFacts):
        return value
    if is_tensor(value):
        return TensorFacts.of(value)
    if isinstance(value, dict):
        return {str(k): snapshot(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        fields = getattr(type(value), "__match_args__", ()) or getattr(value, "_fields", ())
        name = type(value).__name__.rpartition(".")[2]
        return {"type": name, "fields": tuple(fields), "items": [snapshot(v) for v in value]}
    if value is None or isinstance(value, bool | int | float | complex | str):
        return value
    return str(value).replace("jaxtorch.", "torch.")


# ---------------------------------------------------------------- traces


class Stopped(Exception):
    """A step of the program raised; the fact is noted and the rest of the program is not run."""


class Trace:
    """The labelled facts one run of a program notes, in order."""

    def __init__(self) -> None:
        self.facts: list[tuple[str, Any]] = []

    def note(self, label: str, value: Any) -> Any:
        """Note a value's facts and hand the value back."""
        try:
            self.facts.append((label, snapshot(value)))
        except Exception as error:  # reading a result may itself raise: a fact like any other
            self.facts.append((label, Raised.of(error)))
            raise Stopped from error
        return value

    def attempt(self, label: str, thunk: Callable[[], Any], **options: Any) -> Any:
        """Run a step and note its result; if it raises, note that and end the program."""
        result = self.observe(label, thunk, **options)
        if isinstance(result, Raised):
            raise Stopped
        return result

    def observe(
        self,
        label: str,
        thunk: Callable[[], Any],
        warned: bool = False,
        noted: Callable[[Any], Any] = lambda result: result,
    ) -> Any:
        """Run a step and note its result or exception; the program goes on either way.

        ``warned`` notes the warnings too; ``noted`` says what of the result is noted.
        """
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                result = thunk()
            except Exception as error:
                result = Raised.of(error)
        if warned:
            texts = [[w.category.__name__, comparable_text(str(w.message))] for w in caught]
            self.note(f"{label}: warnings", [t for t in texts if "Deprecation" not in t[0]])
        self.note(label, result if isinstance(result, Raised) else noted(result))
        return result


def run_program(program: Callable[[Any, Trace], None], lib: Any) -> Trace:
    """Run a program on a library; an exception outside a step is the program's own defect."""
    trace = Trace()
    # what is told once in a process would be told to whichever run comes first
    before = lib.is_warn_always_enabled()
    lib.set_warn_always(True)
    try:
        program(lib, trace)
    except Stopped:
        pass
    finally:
        lib.set_warn_always(before)
    return trace


def differences(
    actual: Trace, expected: Trace, wide: Trace | None = None, exact_zeros: bool = False
) -> list[str]:
    """Every difference between two traces, one line each; empty when they agree.

    ``wide`` is the trace of torch in double precision on the same numbers: an element outside the
    tolerance still passes when it is no farther from that than torch is.
    """
    found: list[str] = []
    references = dict(wide.facts) if wide else {}
    for i, (label, want) in enumerate(expected.facts):
        if i >= len(actual.facts):
            found.append(f"{label}: missing")
            break
        got_label, got = actual.facts[i]
        if got_label != label:
            found.append(f"step {label!r} became {got_label!r}")
            break
        _compare(label, got, want, references.get(label), exact_zeros, found)
    for label, got in actual.facts[len(expected.facts) :]:
        found.append(f"{label}: torch does not get here, got {brief(got)}")
    return found


def assert_same_trace(actual: Trace, expected: Trace, what: str = "", **options: Any) -> None:
    """Fail with every difference between the traces."""
    found = differences(actual, expected, **options)
    if found:
        raise AssertionError("\n".join([what, *found]).strip())


def brief(value: Any) -> str:
    """A snapshot on one line, for messages."""
    if isinstance(value, Raised):
        return f"{value.type}: {value.text}"
    if isinstance(value, TensorFacts):
        marks = [f"stride {value.stride}"] if value.stride else []
        marks += [value.grad_fn or "leaf"] if value.requires_grad else []
        values = " ".join(np.array2string(value.values, threshold=24, precision=5).split())
        return f"{value.dtype}{list(value.shape)} {values} {' '.join(marks)}".rstrip()
    if isinstance(value, dict) and "items" in value:
        return f"{value['type']}({', '.join(brief(v) for v in value['items'])})"
    return repr(value)


def _compare(
    where: str, got: Any, want: Any, wide: Any, exact_zeros: bool, found: list[str]
) -> None:
    if isinstance(want, TensorFacts) and isinstance(got, TensorFacts):
        for name in ("dtype", "shape", "stride", "requires_grad", "grad_fn"):
            a, b = getattr(got, name), getattr(want, name)
            if a != b:
                found.append(f"{where}.{name}: {a}, torch {b}")
        if got.shape == want.shape and got.dtype == want.dtype:
            reference = wide.values if isinstance(wide, TensorFacts) else None
            problem = value_problem(got.values, want.values, want.dtype, reference, exact_zeros)
            if problem:
                found.append(f"{where}: {problem}")
    elif isinstance(want, dict) and isinstance(got, dict) and want.keys() == got.keys():
        for key in want:
            below = wide.get(key) if isinstance(wide, dict) else None
            _compare(f"{where}.{key}", got[key], want[key], below, exact_zeros, found)
    elif isinstance(want, list) and isinstance(got, list) and len(want) == len(got):
        for i, (a, b) in enumerate(zip(got, want, strict=True)):
            below = wide[i] if isinstance(wide, list) and i < len(wide) else None
            _compare(f"{where}[{i}]", a, b, below, exact_zeros, found)
    elif isinstance(want, float) and isinstance(got, float):
        problem = value_problem(np.float64(got), np.float64(want), "float32")
        if problem:
            found.append(f"{where}: {problem}")
    elif isinstance(want, complex) and isinstance(got, complex):
        problem = value_problem(np.complex128(got), np.complex128(want), "complex64")
        if problem:
            found.append(f"{where}: {problem}")
    elif type(want) is not type(got) or want != got:
        line = f"{where}: {brief(got)}\n    torch: {brief(want)}"
        if isinstance(got, Raised) and not isinstance(want, Raised):
            line += "\n" + got.report
        found.append(line)


def value_problem(
    got: np.ndarray,
    want: np.ndarray,
    dtype: str,
    wide: np.ndarray | None = None,
    exact_zeros: bool = False,
) -> str | None:
    """How values differ beyond torch.testing's tolerance for the dtype, or None."""
    rtol, atol = tolerances(dtype)
    if not rtol and not atol:
        good = np.asarray(got == want)
    else:
        with np.errstate(all="ignore"):
            good = np.isclose(got, want, rtol=rtol, atol=atol, equal_nan=True)
            if wide is not None and wide.shape == want.shape and not good.all():
                good = good | (np.abs(got - wide) <= np.abs(want - wide))
        if exact_zeros and not np.iscomplexobj(want):
            zeros = (got == 0) & (want == 0)
            good = good & ~(zeros & (np.signbit(got) != np.signbit(want)))
    if good.all():
        return None
    where = np.argwhere(~good)[0] if good.ndim else ()
    at = tuple(int(k) for k in where)
    count = int((~good).sum())
    return f"{count} of {good.size} values differ, first at {at}: {got[at]!r}, torch {want[at]!r}"


# ---------------------------------------------------------------- for tests that need no program


def assert_same(actual: Any, expected: Any, what: str = "result") -> None:
    """Compare one result (tensor, container, scalar) of the module under test with torch's."""
    found: list[str] = []
    _compare(what, snapshot(actual), snapshot(expected), None, False, found)
    assert not found, "\n".join(found)


def same_error(run_actual: Callable[[], Any], run_expected: Callable[[], Any]) -> None:
    """Both thunks must raise, the same type by name with the same text."""

    def raised_by(thunk: Callable[[], Any]) -> Raised | None:
        try:
            thunk()
        except Exception as error:
            return Raised.of(error)
        return None

    expected = raised_by(run_expected)
    assert expected is not None, "torch does not raise here"
    actual = raised_by(run_actual)
    assert actual is not None, f"did not raise; torch: {brief(expected)}"
    found: list[str] = []
    _compare("error", actual, expected, None, False, found)
    assert not found, "\n".join(found)
