"""Programs run on both libraries, and what they start from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from tests.oracle import Trace, assert_same_trace, make_tensor, module_under_test, run_program


def compare(program: Callable[[Any, Trace], None]) -> None:
    """A program notes the same on jaxtorch as on torch."""
    assert_same_trace(run_program(program, module_under_test()), run_program(program, torch))


def drawn(lib: Any, *shape: int, seed: int = 0) -> Any:
    """Normal float32 numbers, the same in both libraries."""
    return make_tensor(lib, np.random.default_rng(seed).standard_normal(shape).astype(np.float32))


def built(lib: Any, source: str) -> Any:
    """A module of the same first values in both libraries."""
    lib.manual_seed(0)
    return eval(f"nn.{source}", {"nn": lib.nn, "torch": lib})
