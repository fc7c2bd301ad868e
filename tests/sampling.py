"""How much of a product of cases is run: a sample, or all of it by `make fuzz`."""

from __future__ import annotations

import os
from collections.abc import Container, Sequence
from typing import Any

EVERY = "JAXTORCH_FUZZ_STEPS" in os.environ


def diagonals(rows: Sequence, columns: Sequence, apart: int, whole: Container = ()) -> list[tuple[Any, Any]]:
    """(row, column) for one in ``apart`` columns of each row, a place further for the next row; all of ``whole``."""
    return [
        (row, column)
        for i, row in enumerate(rows)
        for j, column in enumerate(columns)
        if EVERY or row in whole or (i + j) % apart == 0
    ]
