"""All tables of cases and refusals, by family."""

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
    "activation",
    "loss",
    "embedding",
    "spectral",
    "sample",
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
            names |= {case.fn, last, last.strip("_"), case.fn.replace(".", "_")}
        names |= set(case.covers)
    return names


def _table(family: str):
    return importlib.import_module(f"tests.ops.cases_{family}")
