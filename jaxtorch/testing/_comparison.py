"""`assert_close`: the pairs two structures consist of, then what each pair's comparison finds."""

from __future__ import annotations

import cmath
import contextlib
import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from .._core import dtypes, formats
from .._core.dtypes import dtype, promote_types
from .._core.exchange import as_tensor, tensor
from .._core.tensor import Tensor
from .._sparse.printing import component_names
from .._sparse.tensor import SparseTensor
from ..nn._namespace import torch

_TOLERANCES = {
    dtypes.float16: (1e-3, 1e-5),
    dtypes.bfloat16: (1.6e-2, 1e-5),
    dtypes.float32: (1.3e-6, 1e-5),
    dtypes.float64: (1e-7, 1e-7),
    dtypes.complex64: (1.3e-6, 1e-5),
    dtypes.complex128: (1e-7, 1e-7),
}
# What assert_allclose looked up before assert_close was there.
_FORMER_TOLERANCES = {
    dtypes.float16: (1e-3, 1e-3),
    dtypes.float32: (1e-4, 1e-5),
    dtypes.float64: (1e-5, 1e-8),
}
_NUMBERS = {int: dtypes.int64, float: dtypes.float64, complex: dtypes.complex128}
_WIDE_UNSIGNED = (dtypes.uint16, dtypes.uint32, dtypes.uint64)
_REPORT = (
    "resulted in the unexpected exception above. If you are a user and see this message during normal operation "
    "please file an issue at https://github.com/pytorch/pytorch/issues. If you are a developer and working on the "
    "comparison functions, please except the previous error and raise an expressive `ErrorMeta` instead."
)


class _Mismatch(Exception):
    """What a comparison found: the type and text of the error to raise, and where in the structure."""

    def __init__(self, kind: type[Exception], text: str, place: tuple = ()):
        super().__init__(text)
        self.kind, self.text, self.place = kind, text, place

    def error(self, msg: str | Callable[[str], str] | None = None) -> Exception:
        """The error for the user, with the user's message."""
        if isinstance(msg, str):
            return self.kind(msg)
        text = self.text + (f"\n\nThe failure occurred for item {_path(self.place)}" if self.place else "")
        return self.kind(msg(text) if callable(msg) else text)


class _Unsupported(Exception):
    """These inputs are no pair of this kind."""


def _path(place: tuple) -> str:
    return "".join(str([item]) for item in place)


def default_tolerances(*inputs: Tensor | dtype, dtype_precisions: dict | None = None) -> tuple[float, float]:
    """The loosest (rtol, atol) of the dtypes given; (0, 0) of those that are exact."""
    known = dtype_precisions or _TOLERANCES
    found = []
    for item in inputs:
        if not isinstance(item, (Tensor, dtype)):
            raise TypeError(f"Expected a torch.Tensor or a torch.dtype, but got {type(item)} instead.")
        found.append(known.get(item.dtype if isinstance(item, Tensor) else item, (0.0, 0.0)))
    rtols, atols = zip(*found, strict=True)
    return max(rtols), max(atols)


class _Pair:
    """Two inputs to compare, and where they stand.

    Making one raises `_Unsupported` where the inputs are not of its kind.
    """

    shown: tuple[str, ...] = ()  # options that its text names
    rtol: Any
    atol: Any
    equal_nan: bool
    check_dtype: bool
    check_device: bool
    check_layout: bool
    check_stride: bool

    def __init__(self, actual, expected, place: tuple, options: dict):
        self.actual, self.expected, self.id = actual, expected, place
        self.__dict__.update({name: options[name] for name in self.shown})

    def set_tolerances(self, *inputs: Tensor | dtype) -> None:
        """Those given, or the defaults of the inputs; one alone is refused."""
        if (self.rtol is None) != (self.atol is None):
            missing = "rtol" if self.rtol is None else "atol"
            text = f"Both 'rtol' and 'atol' must be either specified or omitted, but got no {missing}."
            raise _Mismatch(ValueError, text, self.id)
        if self.rtol is None:
            self.rtol, self.atol = default_tolerances(*inputs)

    def compare(self) -> None:
        """Raise `_Mismatch` where the inputs differ."""
        raise NotImplementedError

    def fail(self, text: str) -> None:
        raise _Mismatch(AssertionError, text, self.id)

    def __repr__(self) -> str:
        lines = [f"    {name}={getattr(self, name)!s}," for name in ("id", "actual", "expected", *self.shown)]
        return "\n".join((f"{type(self).__name__}(", *lines, ")"))


class NonePair(_Pair):
    """None, and whatever stands against it."""

    def __init__(self, actual, expected, place, options):
        if actual is not None and expected is not None:
            raise _Unsupported
        super().__init__(actual, expected, place, options)

    def compare(self) -> None:
        if self.actual is not self.expected:
            self.fail(f"None mismatch: {self.actual} is not {self.expected}")


class BooleanPair(_Pair):
    """Two bools, Python's or NumPy's."""

    def __init__(self, actual, expected, place, options):
        if not (isinstance(actual, (bool, np.bool_)) and isinstance(expected, (bool, np.bool_))):
            raise _Unsupported
        # PyTorch's message does not say where a bool stands
        super().__init__(bool(actual), bool(expected), (), options)

    def compare(self) -> None:
        if self.actual is not self.expected:
            self.fail(f"Booleans mismatch: {self.actual} is not {self.expected}")


class NumberPair(_Pair):
    """Two numbers, Python's or NumPy's."""

    shown = ("rtol", "atol", "equal_nan", "check_dtype")

    def __init__(self, actual, expected, place, options):
        numbers = (*_NUMBERS, np.number)
        if not (isinstance(actual, numbers) and isinstance(expected, numbers)):
            raise _Unsupported
        pair = [n.item() if isinstance(n, np.number) else n for n in (actual, expected)]
        super().__init__(*pair, place, options)
        self.set_tolerances(*(_NUMBERS[type(n)] for n in pair))

    def compare(self) -> None:
        a, e = self.actual, self.expected
        if self.check_dtype and type(a) is not type(e):
            self.fail(f"The (d)types do not match: {type(a)} != {type(e)}.")
        if a == e or (self.equal_nan and cmath.isnan(a) and cmath.isnan(e)):
            return
        difference = abs(a - e)
        if not (cmath.isfinite(difference) and difference <= self.atol + self.rtol * abs(e)):
            self.fail(_scalar_text(a, e, self.rtol, self.atol))


class TensorLikePair(_Pair):
    """Two tensors, or what `as_tensor` makes tensors of."""

    shown = ("rtol", "atol", "equal_nan", "check_device", "check_dtype", "check_layout", "check_stride")

    def __init__(self, actual, expected, place, options):
        related = isinstance(actual, type(expected)) or isinstance(expected, type(actual))
        if not related or not (options["allow_subclasses"] or type(actual) is type(expected)):
            raise _Unsupported
        super().__init__(_tensor(actual), _tensor(expected), place, options)
        self.set_tolerances(self.actual, self.expected)

    def compare(self) -> None:
        a, e = self.actual, self.expected
        self.require_same("shape", a.shape, e.shape)
        if a.layout != e.layout:
            if self.check_layout:
                self.require_same("layout", a.layout, e.layout)
        elif a.layout == formats.strided and self.check_stride:
            self.require_same("stride()", a.stride(), e.stride())
        if self.check_device:
            self.require_same("device", a.device, e.device)
        if self.check_dtype:
            self.require_same("dtype", a.dtype, e.dtype)
        a, e = _alike(a, e)
        if a.layout != e.layout:
            a, e = a.to_dense(), e.to_dense()
        if not isinstance(a, SparseTensor):
            return self.compare_values(a, e)
        name = a.layout.name.removeprefix("sparse_").upper()
        if a.is_sparse and a.is_coalesced() != e.is_coalesced():
            a, e = a.coalesce(), e.coalesce()
        if a._nnz() != e._nnz():
            self.fail(
                f"The number of specified values in sparse {name} tensors does not match: {a._nnz()} != {e._nnz()}"
            )
        ours, theirs = a._parts, e._parts  # pyright: ignore[reportAttributeAccessIssue]
        for part, x, y in zip(component_names(a), ours, theirs, strict=True):
            exact = {} if part == "values" else {"rtol": 0.0, "atol": 0.0}
            self.compare_values(x, y, f"Sparse {name} {part}", **exact)

    def compare_values(self, a: Tensor, e: Tensor, subject: str = "Tensor-likes", **tolerances) -> None:
        """Compare dense tensors of one shape."""
        rtol, atol = tolerances.get("rtol", self.rtol), tolerances.get("atol", self.atol)
        if _is_float8(a) and (rtol != 0 or atol != 0):
            text = (
                f"Rtol={rtol} and atol={atol} are not supported for bitwise comparison of low dimensional "
                "floats. Please use rtol=0.0 and atol=0.0."
            )
            raise _Mismatch(AssertionError, text)
        close = torch.isclose(a, e, rtol=rtol, atol=atol, equal_nan=self.equal_nan)
        if bool(torch.all(close)):
            return
        if a.dim() == 0:
            self.fail(_scalar_text(a.item(), e.item(), rtol, atol))
        self.fail(_tensor_text(a, e, close, rtol, atol, subject))

    def require_same(self, name: str, actual, expected) -> None:
        if actual != expected:
            self.fail(f"The values for attribute '{name}' do not match: {actual} != {expected}.")


_KINDS = (NonePair, BooleanPair, NumberPair, TensorLikePair)


def _tensor(value) -> Tensor:
    if isinstance(value, Tensor):
        return value
    try:
        return as_tensor(value)
    except Exception:
        raise _Unsupported from None


def _is_float8(t: Tensor) -> bool:
    return t.dtype.is_floating_point and t.dtype.itemsize == 1


def _alike(a: Tensor, e: Tensor) -> tuple[Any, Any]:
    """The two on one device and in one dtype."""
    if a.device != e.device:
        a, e = a.cpu(), e.cpu()
    if a.dtype != e.dtype:
        common = promote_types(*(dtypes.int64 if t.dtype in _WIDE_UNSIGNED else t.dtype for t in (a, e)))
        a, e = a.to(common), e.to(common)
    return a, e


def _difference_text(kind: str, value, index: tuple | None, allowed: float, exact: bool) -> str:
    head = f"{kind.title()} difference: {value}"
    if index is not None:
        head = f"Greatest {kind} difference: {value} at index {index}"
    return head if exact else f"{head} (up to {allowed} allowed)"


def _values_text(subject: str, facts: str, absolute: tuple, relative: tuple, rtol: float, atol: float) -> str:
    """The text about values; each difference is (value, index or None)."""
    exact = rtol == 0 and atol == 0
    return "\n".join([
        f"{subject} are not {'equal' if exact else 'close'}!",
        "",
        facts,
        _difference_text("absolute", *absolute, atol, exact),
        _difference_text("relative", *relative, rtol, exact),
    ])  # fmt: skip


def _scalar_text(actual, expected, rtol: float, atol: float) -> str:
    difference = abs(actual - expected)
    relative = math.inf if expected == 0 else difference / abs(expected)
    facts = f"Expected {expected} but got {actual}."
    return _values_text("Scalars", facts, (difference, None), (relative, None), rtol, atol)


def _greatest(values: Tensor, shape: tuple) -> tuple:
    """The greatest of flat values, and its index in a tensor of this shape."""
    value, position = torch.max(values, 0)
    return value.item(), tuple(int(i) for i in np.unravel_index(int(position), shape))


def _tensor_text(a: Tensor, e: Tensor, close: Tensor, rtol: float, atol: float, subject: str) -> str:
    shape, count = tuple(a.shape), close.numel()
    wrong = count - int(torch.sum(close))
    facts = f"Mismatched elements: {wrong} / {count} ({wrong / count:.1%})"
    if _is_float8(a):
        first = tuple(torch.nonzero(~close)[0].tolist())
        return f"Tensor-likes are not 'equal'!\n\n{facts}\nThe first mismatched element is at index {first}."
    a, e, close = a.detach().flatten(), e.detach().flatten(), close.flatten()
    if not a.dtype.is_floating_point and not a.dtype.is_complex:
        a, e = a.to(dtypes.int64), e.to(dtypes.int64)
    absolute = torch.abs(a - e)
    absolute[close] = 0
    relative = absolute / torch.abs(e)
    relative[close] = 0
    return _values_text(subject, facts, _greatest(absolute, shape), _greatest(relative, shape), rtol, atol)


def _is_sequence(value) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _pairs(actual, expected, place: tuple, options: dict) -> Iterator[_Pair]:
    """The pairs of two structures, item by item."""
    if _is_sequence(actual) and _is_sequence(expected):
        if len(actual) != len(expected):
            text = f"The length of the sequences mismatch: {len(actual)} != {len(expected)}"
            raise _Mismatch(AssertionError, text, place)
        keys: Any = range(len(actual))
    elif isinstance(actual, Mapping) and isinstance(expected, Mapping):
        keys, others = set(actual), set(expected)
        if keys != others:
            text = (
                "The keys of the mappings do not match:\n"
                f"Missing keys in the actual mapping: {sorted(others - keys)}\n"
                f"Additional keys in the actual mapping: {sorted(keys - others)}"
            )
            raise _Mismatch(AssertionError, text, place)
        with contextlib.suppress(Exception):
            keys = sorted(keys)
    else:
        yield _pair(actual, expected, place, options)
        return
    for key in keys:
        yield from _pairs(actual[key], expected[key], (*place, key), options)


def _pair(actual, expected, place: tuple, options: dict) -> _Pair:
    for kind in _KINDS:
        try:
            return kind(actual, expected, place, options)
        except _Unsupported:
            continue
        except _Mismatch:
            raise
        except Exception as error:
            raise RuntimeError(
                f"Originating a {kind.__name__}() at item {_path(place)} with\n\n{type(actual).__name__}(): {actual}"
                f"\n\nand\n\n{type(expected).__name__}(): {expected}\n\n{_REPORT}"
            ) from error
    text = f"No comparison pair was able to handle inputs of type {type(actual)} and {type(expected)}."
    raise _Mismatch(TypeError, text, place)


def _mismatches(pairs: list[_Pair]) -> Iterator[_Mismatch]:
    for pair in pairs:
        try:
            pair.compare()
        except _Mismatch as found:
            yield found
        except Exception as error:
            raise RuntimeError(f"Comparing\n\n{pair}\n\n{_REPORT}") from error


def assert_close(actual: Any, expected: Any, *, allow_subclasses: bool = True, rtol: float | None = None,
                 atol: float | None = None, equal_nan: bool = False, check_device: bool = True,
                 check_dtype: bool = True, check_layout: bool = True, check_stride: bool = False,
                 msg: str | Callable[[str], str] | None = None) -> None:  # fmt: skip
    """Raise where two inputs differ by more than ``atol + rtol * |expected|``.

    Args:
        actual, expected: tensors, numbers, None, what `torch.as_tensor` takes, or sequences and mappings of these.
        allow_subclasses: whether inputs of related types may be compared.
        rtol, atol: both or none; by default those of the dtypes, and the looser where they differ.
        equal_nan: whether NaN equals NaN.
        check_device, check_dtype, check_layout, check_stride: what else has to be the same.
        msg: the text of the error, or a function of the text that would be there.

    Raises:
        AssertionError: they differ; the text says how many elements, by how much and where.
        TypeError: inputs that no comparison is for.
        ValueError: one tolerance without the other.

    Example:
        >>> import jaxtorch as torch
        >>> torch.testing.assert_close(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.000001]))
        >>> torch.testing.assert_close({"a": 1.0}, {"a": 1.5})
        Traceback (most recent call last):
            ...
        AssertionError: Scalars are not close!
        <BLANKLINE>
        Expected 1.5 but got 1.0.
        Absolute difference: 0.5 (up to 1e-07 allowed)
        Relative difference: 0.3333333333333333 (up to 1e-07 allowed)
        <BLANKLINE>
        The failure occurred for item ['a']
    """
    __tracebackhide__ = True
    options = {
        "allow_subclasses": allow_subclasses, "rtol": rtol, "atol": atol, "equal_nan": equal_nan,
        "check_device": check_device, "check_dtype": check_dtype, "check_layout": check_layout,
        "check_stride": check_stride,
    }  # fmt: skip
    try:
        pairs = list(_pairs(actual, expected, (), options))
    except _Mismatch as found:
        raise found.error() from None
    found = list(_mismatches(pairs))
    if found:
        raise found[0].error(msg)


def assert_allclose(actual: Any, expected: Any, rtol: float | None = None, atol: float | None = None,
                    equal_nan: bool = True, msg: str = "") -> None:  # fmt: skip
    """The former `assert_close`: dtypes may differ, NaN equals NaN, and its tolerances are looser.

    Args:
        actual, expected: tensors, or what `torch.tensor` takes.
        rtol, atol, equal_nan, msg: as those of `assert_close`.
    """
    warnings.warn(
        "`torch.testing.assert_allclose()` is deprecated since 1.12 and will be removed in a future release. "
        "Please use `torch.testing.assert_close()` instead. "
        "You can find detailed upgrade instructions in https://github.com/pytorch/pytorch/issues/61844.",
        FutureWarning,
        stacklevel=2,
    )
    if not isinstance(actual, Tensor):
        actual = tensor(actual)
    if not isinstance(expected, Tensor):
        expected = tensor(expected, dtype=actual.dtype)
    if rtol is None and atol is None:
        rtol, atol = default_tolerances(actual, expected, dtype_precisions=_FORMER_TOLERANCES)
    assert_close(actual, expected, rtol=rtol, atol=atol, equal_nan=equal_nan, check_dtype=False, msg=msg or None)
