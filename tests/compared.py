"""Tests that are one small program, run under torch and under jaxtorch and compared step by step.

    @compared
    def test_accumulates(torch, see):
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        (x * x).sum().backward()
        see(x.grad)                      # a value: every fact of it is compared
        see(lambda: x.backward())        # a call: its result or exception, and its warnings

Each `see` is labelled by the line it stands on.
"""

from __future__ import annotations

import linecache
import re
import sys
import warnings
from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Any

import torch

from tests.oracle import (
    TensorFacts,
    Trace,
    assert_same_trace,
    comparable_text,
    is_tensor,
    module_under_test,
)

_ADDRESS = re.compile(r"0x[0-9a-f]+")


def plain(value: Any) -> Any:
    """A value without what must differ: addresses and the name of the library."""
    if isinstance(value, str):
        return _ADDRESS.sub("0x", value.replace("jaxtorch", "torch"))
    if is_tensor(value):
        return value
    if isinstance(value, list | tuple) and type(value) in (list, tuple):
        return type(value)(plain(v) for v in value)
    if isinstance(value, type):
        return plain(str(value))
    return value


class See(Trace):
    """Notes what a program sees, in order."""

    def __call__(self, thing: Any) -> None:
        caller = sys._getframe(1)
        line = linecache.getline(caller.f_code.co_filename, caller.f_lineno).strip()
        label = f"{len(self.facts)}, line {caller.f_lineno}: {line}"
        if isinstance(thing, FunctionType | MethodType):
            self.observe(label, thing, warned=True, noted=plain)
        else:
            self.note(label, plain(thing))

    def values(self, thing: Any) -> None:
        """Note tensors by value, dtype and shape alone: taped gradients have histories of ours."""
        for t in thing if isinstance(thing, list | tuple) else [thing]:
            self.note(f"{len(self.facts)}, values", TensorFacts.values_of(t) if is_tensor(t) else t)


def run(program: Callable[[Any, See], None], lib: Any) -> See:
    """Run a program on one library."""
    see = See()
    lib.set_warn_always(True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        program(lib, see)
    texts = [(w.category.__name__, plain(comparable_text(str(w.message)))) for w in caught]
    see.note("warnings outside the steps", [list(t) for t in texts if "Deprecation" not in t[0]])
    return see


def compared(program: Callable[[Any, See], None]) -> Callable[[], None]:
    """Make a test of a program."""

    def test() -> None:
        expected = run(program, torch)
        assert_same_trace(run(program, module_under_test()), expected)

    test.__name__ = test.__qualname__ = program.__name__
    test.__doc__, test.__module__ = program.__doc__, program.__module__
    return test
