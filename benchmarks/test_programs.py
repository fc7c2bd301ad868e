"""Whole programs: wall time of each example under `jaxtorch run` over torch's.

The first run finds an empty compilation cache, the second the one the first has filled.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("*.py"))


def seconds(command: list[str], cache: Path) -> float:
    env = {**os.environ, "JAX_COMPILATION_CACHE_DIR": str(cache)}
    start = time.perf_counter()
    subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


@pytest.mark.bench
def test_programs(tmp_path):
    table = Table(title="whole programs, seconds end to end (import included)")
    for column in ("program", "torch", "first run", "second run", "first / torch", "second / torch"):
        table.add_column(column, justify="left" if column == "program" else "right")
    for example in EXAMPLES:
        cache = tmp_path / example.stem
        plain = [sys.executable, str(example)]
        ours = [sys.executable, "-m", "jaxtorch", "run", str(example)]
        seconds(plain, cache)  # the page cache is warm for both
        first = seconds(ours, cache)
        torch_time = seconds(plain, cache)
        second = seconds(ours, cache)
        table.add_row(
            example.stem, f"{torch_time:.2f}", f"{first:.2f}", f"{second:.2f}",
            f"{first / torch_time:.2f}", f"{second / torch_time:.2f}",
        )  # fmt: skip
    Console(width=120).print(table)
