"""Deferred execution: the same unedited code op by op, deferred, compiled, and under PyTorch.

Interleaved rounds, medians, ratios; nothing is asserted. ``STEPS=MLP,LSTM`` picks training steps.
"""

import os
import time

import pytest
import torch
from rich.console import Console
from rich.table import Table
from rounds import interleave, median, ratio
from steps import PROGRAMS, step_of
from test_steps import settled

import jaxtorch
from jaxtorch._core import modes
from jaxtorch._record.segment import Segment

KINDS = ("torch", "eager", "deferred", "compiled")


def deferring(run):
    """``run`` with a segment of its own, which ends where the run does."""
    segment = Segment()

    def timed():
        modes.state.segment = segment
        try:
            out = run()
            segment.flush()
            return out
        finally:
            modes.state.segment = None

    timed.report = segment.report
    return timed


def show(title: str, rows: dict[str, dict[str, list[float]]]) -> None:
    table = Table(title=title)
    for column in ("program", *KINDS, "deferred / eager", "deferred / torch"):
        table.add_column(column, justify="left" if column == "program" else "right")
    for name, times in rows.items():
        table.add_row(
            name, *[f"{median(times[k]):,.0f}" if k in times else "-" for k in KINDS],
            f"{ratio(times, 'deferred', 'eager'):.2f}", f"{ratio(times, 'deferred', 'torch'):.2f}",
        )  # fmt: skip
    Console(width=120).print(table)


def contenders(name: str, times: int) -> dict:
    """By name, functions that make so many steps and wait for the last; they read no loss before that."""
    build, _ = PROGRAMS[name]
    theirs, eager, waiting = step_of(torch, build), step_of(jaxtorch, build), step_of(jaxtorch, build)
    compiled = jaxtorch.compile(step_of(jaxtorch, build), fullgraph=True)

    def several(step):
        return [step() for _ in range(times)][-1].item()

    return {
        "torch": lambda: several(theirs),
        "eager": lambda: (several(eager), settled(eager.model)),
        "deferred": deferring(lambda: (several(waiting), settled(waiting.model))),
        "compiled": lambda: several(compiled),
    }


@pytest.mark.bench
@pytest.mark.parametrize("times", [1, 10])
def test_steps_deferred(times):
    names = os.environ.get("STEPS", ",".join(PROGRAMS)).split(",")
    rows = {name: interleave(contenders(name, times), rounds=15) for name in names}
    show(f"{times} training steps, the last loss is read: medians of interleaved rounds, us", rows)


def chain(lib, n: int, backward: bool):
    """Elementwise operations over ``n`` numbers, and perhaps their gradient."""
    lib.manual_seed(0)
    x, w = lib.randn(n), lib.randn(n, requires_grad=backward)

    def run():
        y = ((w * x + 1).sigmoid() * x - w).pow(2).mean()
        if backward:
            w.grad = None
            y.backward()
            return y.item() + w.grad[0].item()
        return y.item()

    return run


@pytest.mark.bench
def test_chains():
    rows = {}
    for n in (1_000, 100_000, 4_000_000):
        for backward in (False, True):
            runs = {
                "torch": chain(torch, n, backward), "eager": chain(jaxtorch, n, backward),
                "deferred": deferring(chain(jaxtorch, n, backward)),
            }  # fmt: skip
            rows[f"{n:,} numbers{', with gradient' if backward else ''}"] = interleave(runs, rounds=15)
    show("a chain of elementwise operations, us", rows)


def sequences(lib, count: int = 300):
    """Sequences of random length through a cell written by hand."""
    lib.manual_seed(0)
    u, w = lib.randn(8, 16) * 0.1, lib.randn(16, 16) * 0.1
    total = 0.0
    for k in range(count):
        h = lib.zeros(4, 16)
        for _ in range(1 + (k * 7919) % 40):
            h = lib.tanh(lib.ones(4, 8) @ u + h @ w)
        total += h.sum().item()
    return total


def cache(lib, count: int = 300):
    """Attention over keys and values that grow by one."""
    lib.manual_seed(0)
    keys, values, total = lib.randn(1, 8), lib.randn(1, 8), 0.0
    for _ in range(count):
        q = values[-1:]
        out = lib.softmax(q @ keys.T, -1) @ values
        keys, values = lib.cat([keys, q * 0.9]), lib.cat([values, out])
        total += out.sum().item()
    return total


def trees(lib, count: int = 100):
    """A network that follows trees of random shape."""
    lib.manual_seed(0)
    w, leaf = lib.randn(8, 16) * 0.1, lib.randn(8)

    def node(depth: int, seed: int):
        if depth == 0 or seed % 3 == 0:
            return leaf
        both = lib.cat([node(depth - 1, seed * 5 // 2), node(depth - 1, seed * 7 // 3)])
        return lib.tanh(w @ both)

    return sum(node(6, k).sum().item() for k in range(1, count))


@pytest.mark.bench
def test_storms():
    """Whole runs whose segments keep being new; each kind begins with no program compiled."""
    table = Table(title="programs whose segments keep being new, seconds, first run")
    for column in ("program", "torch", "eager", "deferred", "deferred / eager", "programs"):
        table.add_column(column, justify="left" if column == "program" else "right")
    for run in (sequences, cache, trees):
        begin = time.perf_counter()
        run(torch)
        marks = [time.perf_counter()]
        for kind in (run, deferring(lambda run=run: run(jaxtorch))):
            jaxtorch.compiler.reset()
            kind(jaxtorch) if kind is run else kind()
            marks.append(time.perf_counter())
        seconds = [b - a for a, b in zip([begin, *marks], marks, strict=False)]
        table.add_row(
            run.__name__, *[f"{s:.2f}" for s in seconds], f"{seconds[2] / seconds[1]:.2f}", str(kind.report.programs)
        )
    Console(width=120).print(table)
