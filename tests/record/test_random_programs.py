"""Random training programs do compiled what they do uncompiled, and are recorded no more than they must.

``JAXTORCH_FUZZ_STEPS`` says how many programs; ``make fuzz`` runs 200.
"""

from __future__ import annotations

import math
import os

import jax
import numpy as np
import pytest

import jaxtorch as torch
from jaxtorch.compiler import explain

from .programs import Program

PROGRAMS = int(os.environ.get("JAXTORCH_FUZZ_STEPS", "15"))
TOLERANCE = 1e-6
#: Programs after which a process drops its compiled code, which would otherwise fill the memory.
KEPT = 20
_run = 0


def difference(found, expected, where: str = "") -> str | None:
    """Where two nests of results differ by more than rounding, or None."""
    if type(found) is not type(expected):
        return f"{where}: {found!r} instead of {expected!r}"
    if isinstance(found, dict):
        if found.keys() != expected.keys():
            return f"{where}: keys {list(found)} instead of {list(expected)}"
        pairs = [(found[k], expected[k], f"{where}.{k}") for k in found]
    elif isinstance(found, (list, tuple)):
        if len(found) != len(expected):
            return f"{where}: {len(found)} elements instead of {len(expected)}"
        pairs = [(a, b, f"{where}[{i}]") for i, (a, b) in enumerate(zip(found, expected, strict=True))]
    elif isinstance(found, torch.Tensor):
        if (found.dtype, found.shape, found.stride(), found.requires_grad) != (
            expected.dtype, expected.shape, expected.stride(), expected.requires_grad,
        ):  # fmt: skip
            return f"{where}: {found!r} instead of {expected!r}"
        a, b = found.detach().numpy(), expected.detach().numpy()
        scale = max(1.0, float(np.abs(b, dtype=np.float64).max(initial=0)))
        same = np.allclose(a, b, rtol=TOLERANCE, atol=TOLERANCE * scale, equal_nan=True)
        return None if same else f"{where}: {found!r} instead of {expected!r}"
    elif isinstance(found, float):
        same = math.isclose(found, expected, rel_tol=TOLERANCE) or found == expected
        return None if same else f"{where}: {found} instead of {expected}"
    else:
        return None if found == expected else f"{where}: {found!r} instead of {expected!r}"
    return next((d for d in (difference(*pair) for pair in pairs) if d), None)


@pytest.mark.fuzz
@pytest.mark.filterwarnings("ignore:.*runs uncompiled", "ignore:None of the inputs have requires_grad")
@pytest.mark.parametrize("seed", range(PROGRAMS))
def test_random_programs(seed):
    global _run
    _run += 1
    if _run % KEPT == 0:
        torch.compiler.reset()
        jax.clear_caches()
    plain, compiled = Program(seed), Program(seed)
    torch.manual_seed(seed)
    expected, _ = plain.run(lambda f: f)
    torch.manual_seed(seed)
    found, functions = compiled.run(lambda f: torch.compile(f, fullgraph=not plain.breaks))
    assert difference(found, expected) is None, plain.text
    for f in functions:
        recordings = len(getattr(f, "_compiled", f).all_recordings())
        assert recordings <= 1 + compiled.short + (not compiled.to_none), f"{plain.text}\n{explain(f)}"
        assert recordings or plain.breaks, f"{plain.text}\n{explain(f)}"
