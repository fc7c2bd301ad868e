"""PyTorch's operator database: its entries, and which of their samples are run."""

from __future__ import annotations

import functools
import sys
import types
import unittest
import warnings
import zlib
from typing import Any

import torch

from tests.conformance.comparison import tensors

#: Samples with more elements than this come last: they say little more, and cost much.
LARGE = 20_000


@functools.cache
def entries() -> dict[str, Any]:
    """Every entry of the database by its name, variants as ``softmax[with_dtype]``."""
    if "expecttest" not in sys.modules:
        try:
            import expecttest  # noqa: F401
        except ImportError:  # PyTorch's test tools name it as the base of their test case, which nobody runs here
            stand_in = types.ModuleType("expecttest")
            stand_in.TestCase = unittest.TestCase
            sys.modules["expecttest"] = stand_in
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from torch.testing._internal.common_methods_invocations import op_db

    found: dict[str, Any] = {}
    for entry in op_db:
        if type(entry.op).__module__.startswith("torch.cuda"):
            continue  # kernels given as CUDA source
        name = entry.name + (f"[{entry.variant_test_name}]" if entry.variant_test_name else "")
        while name in found:
            name += "'"
        found[name] = entry
    return found


def _spread(n: int) -> list[int]:
    """0 .. n-1 so that every beginning of the list is spread over the whole range."""
    bits = max(n - 1, 1).bit_length()
    return sorted(range(n), key=lambda i: int(f"{i:0{bits}b}"[::-1], 2))


def samples(name: str, dtype: str, grad: bool = False) -> list[Any]:
    """The samples of an entry in the order they are run: the first few are a fair choice of all."""
    torch.manual_seed(zlib.crc32(name.encode()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        drawn = list(entries()[name].sample_inputs("cpu", getattr(torch, dtype), requires_grad=grad))
    return sorted((drawn[i] for i in _spread(len(drawn))), key=lambda s: _elements(s) > LARGE)


def error_inputs(name: str) -> list[Any]:
    """The inputs for which the database expects an exception."""
    entry = entries()[name]
    if entry.error_inputs_func is None:
        return []
    torch.manual_seed(zlib.crc32(name.encode()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return list(entry.error_inputs("cpu"))


@functools.cache
def tolerance(name: str, dtype: str) -> tuple[float, float] | None:
    """(rtol, atol) that the database sets for an entry, the widest of any test of results on the CPU; or None."""
    from torch.testing._internal.common_device_type import toleranceOverride

    found = [
        override.d[getattr(torch, dtype)]
        for info in entries()[name].decorators
        if getattr(info, "device_type", None) in (None, "cpu") and getattr(info, "cls_name", "") == "TestCommon"
        for override in getattr(info, "decorators", ())
        if isinstance(override, toleranceOverride) and getattr(torch, dtype) in override.d
    ]
    return (max(t.rtol for t in found), max(t.atol for t in found)) if found else None


def _elements(sample: Any) -> int:
    return sum(t.numel() for t in tensors([sample.input, sample.args, tuple(sample.kwargs.values())]))
