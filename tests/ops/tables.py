"""All tables of cases and refusals, by family.

To add an op, add a line to ``CASES`` of its family (see ``recipes`` for ``T``, ``I``, ``V``...)::

    op("hypot", S(T(2, 3), T(2, 3)), S(T(3, 1), T(2)))
    op("nn.functional.elu", S(T(2, 3), alpha=0.5))
    source("x[i] = y", {"x": T(3, 4), "i": I(2, n=3), "y": T(4)})

The first sample of an op gets every check, the others forward and gradients; a source is an
expression, or a statement that changes ``x``. What must raise goes to ``REFUSALS``, as in
``bad("torch.mm(x, x)", x=T(2, 3))``. What torch does in a check is what is expected:
``python -m tests.ops hypot hypot-out`` prints it, and how the module under test differs.
"""

from __future__ import annotations

import importlib
from functools import cache

from tests.ops.recipes import Case, Refusal, flat, numbered

FAMILIES = (
    "pointwise",
    "compare",
    "reduce",
    "views",
    "index",
    "create",
    "sort",
    "matmul",
    "linalg",
    "activation",
    "loss",
    "spatial",
    "recurrent",
    "embedding",
    "spectral",
    "sample",
    "attention",
    "aten",
)


@cache
def cases() -> list[Case]:
    """Every case of every family, with unique ids."""
    return numbered(case for family in FAMILIES for case in flat(_table(family).CASES))


@cache
def refusals() -> list[tuple[str, Refusal]]:
    """(family, refusal) of every family."""
    return [(family, r) for family in FAMILIES for r in _table(family).REFUSALS]


def covered() -> set[str]:
    """Names the cases stand for: full paths, last components, and what a case says it covers."""
    names: set[str] = set()
    for case in cases():
        if case.tensors is None:
            last = case.fn.rpartition(".")[2]
            names |= {case.fn, last, last.rstrip("_"), case.fn.replace(".", "_")}
            if case.checks is None or "inplace" in case.checks:
                names.add(f"{last}_")
        names |= set(case.covers)
    return names


def _table(family: str):
    return importlib.import_module(f"tests.ops.cases_{family}")
