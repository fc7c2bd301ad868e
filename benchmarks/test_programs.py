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


def seconds(command: list[str], home: Path, **flags: str) -> float:
    env = {**os.environ, "XDG_CACHE_HOME": str(home), **flags}
    env.pop("JAX_COMPILATION_CACHE_DIR", None)
    start = time.perf_counter()
    subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


@pytest.mark.bench
def test_programs(tmp_path):
    table = Table(title="whole programs, seconds end to end, first run / second run")
    for column in ("program", "torch", "op by op", "deferred", "over torch", "deferred", "deferred / op by op"):
        table.add_column(column, justify="left" if column == "program" else "right")
    for example in EXAMPLES:
        plain = [sys.executable, str(example)]
        ours = [sys.executable, "-m", "jaxtorch", "run", str(example)]
        seconds(plain, tmp_path)  # the page cache is warm for all
        times: dict[str, list[float]] = {"0": [], "1": []}
        theirs = []
        for _ in range(2):
            theirs.append(seconds(plain, tmp_path))
            for deferred, found in times.items():
                found.append(seconds(ours, tmp_path / example.stem / deferred, JAXTORCH_DEFERRED=deferred))
        torch_time = min(theirs)
        pairs = [times["0"], times["1"], *([s / torch_time for s in found] for found in times.values())]
        pairs.append([d / e for d, e in zip(times["1"], times["0"], strict=True)])
        table.add_row(example.stem, f"{torch_time:.2f}", *[f"{first:.2f} / {second:.2f}" for first, second in pairs])
    Console(width=120).print(table)
