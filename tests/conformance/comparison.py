"""Whether a result of the library is torch's: structure, dtype and shape exactly, values within tolerances."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.oracle import dtype_name, is_tensor, to_numpy, value_problem


def tensors(value: Any) -> list[Any]:
    """The tensors of a result in order."""
    if is_tensor(value):
        return [value]
    if isinstance(value, list | tuple):
        return [t for v in value for t in tensors(v)]
    return []


def problem(
    got: Any, want: Any, wide: Any = None, uninitialized: bool = False, tolerance: tuple[float, float] | None = None
) -> str | None:
    """How ``got`` differs from torch's ``want``, or None.

    A tensor with elements outside the tolerance of ``torch.testing`` for the dtype passes where those are no
    farther from ``wide`` (torch's result in double precision on the same numbers) than torch's own, or where
    no element is farther from it than the worst of torch's. ``tolerance`` is (rtol, atol) that the database
    sets for the entry.
    """
    if is_tensor(want):
        if not is_tensor(got):
            return f"{type(got).__name__} {got!r:.60}, torch a tensor"
        name = dtype_name(want.dtype)
        if dtype_name(got.dtype) != name:
            return f"dtype {dtype_name(got.dtype)}, torch {name}"
        if str(got.layout) != str(want.layout):
            return f"layout {got.layout}, torch {want.layout}"
        if tuple(got.shape) != tuple(want.shape):
            return f"shape {tuple(got.shape)}, torch {tuple(want.shape)}"
        if uninitialized:
            return None
        reference = to_numpy(wide) if is_tensor(wide) and wide.shape == want.shape else None
        mine, theirs = to_numpy(got), to_numpy(want)
        found = value_problem(mine, theirs, name, reference)
        if found and tolerance is not None and np.allclose(mine, theirs, *tolerance, equal_nan=True):
            return None
        return None if found and reference is not None and _as_near(mine, theirs, reference) else found
    if isinstance(want, list | tuple):
        if not isinstance(got, list | tuple) or len(got) != len(want):
            return f"{type(got).__name__} {got!r:.60}, torch {type(want).__name__} of {len(want)}"
        wides = wide if isinstance(wide, list | tuple) and len(wide) == len(want) else [None] * len(want)
        for i, (a, b, c) in enumerate(zip(got, want, wides)):
            found = problem(a, b, c, uninitialized, tolerance)
            if found:
                return f"[{i}] {found}"
        return None
    if isinstance(want, float | complex) and type(got) is type(want):
        # a number made from a tensor is as exact as a tensor of the default dtype
        kind = "complex64" if isinstance(want, complex) else "float32"
        return value_problem(np.asarray(got), np.asarray(want), kind)
    if isinstance(want, bool | int | str) or want is None:
        return None if type(got) is type(want) and got == want else f"{got!r:.60}, torch {want!r:.60}"
    return None if str(got).replace("jaxtorch", "torch") == str(want) else f"{got!r:.60}, torch {want!r:.60}"


def _as_near(got: np.ndarray, want: np.ndarray, wide: np.ndarray) -> bool:
    with np.errstate(all="ignore"):
        mine, theirs = np.abs(got - wide), np.abs(want - wide)
    finite = np.isfinite(theirs)
    same = (got == want) | (np.isnan(got) & np.isnan(want))
    return bool(finite.any() and same[~finite].all() and np.max(mine[finite]) <= np.max(theirs[finite]))
