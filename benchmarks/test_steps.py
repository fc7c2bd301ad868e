"""Whole training steps: jaxtorch compiled and eager, torch eager and compiled, hand-written JAX + optax.

Interleaved rounds, medians, ratios; nothing is asserted. ``STEPS=MLP,LSTM`` picks programs. `torch.compile` takes
part where there is a C++ compiler for it.
"""

import os
import shutil
import warnings

import pytest
import torch
from rich.console import Console
from rich.table import Table
from rounds import interleave, median, ratio
from steps import PROGRAMS, step_of

import jaxtorch

#: contender -> the head of its column
COLUMNS = {
    "torch": "torch eager", "torch.compile": "torch.compile", "hand": "JAX by hand", "eager": "jaxtorch eager",
    "compiled": "compiled",
}  # fmt: skip


def settled(model) -> None:
    """Wait until the update of every parameter has run: a step's loss is there before."""
    for p in model.parameters():
        p.detach().jax().block_until_ready()


def contenders(name: str) -> dict:
    """By name, functions that run one step to its end."""
    build, hand = PROGRAMS[name]
    theirs, eager = step_of(torch, build), step_of(jaxtorch, build)
    compiled, written = jaxtorch.compile(step_of(jaxtorch, build), fullgraph=True), hand()
    other = {}
    if shutil.which("g++"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what PyTorch's compiler imports of PyTorch
            quick = torch.compile(step_of(torch, build))
            quick(), quick()
        other["torch.compile"] = lambda: quick().item()
    return {
        **other,
        "torch": lambda: theirs().item(),
        "hand": lambda: written().block_until_ready(),
        "eager": lambda: (eager(), settled(eager.model)),
        "compiled": lambda: compiled().jax().block_until_ready(),
    }


@pytest.mark.bench
def test_steps():
    chosen = os.environ.get("STEPS", ",".join(PROGRAMS)).split(",")
    table = Table(title="a training step, medians of interleaved rounds, us")
    for column in ("program", *COLUMNS.values(), "/ by hand", "/ torch"):
        table.add_column(column, justify="left" if column == "program" else "right")
    for name in chosen:
        times = interleave(contenders(name), rounds=15)
        table.add_row(
            name, *[f"{median(times[k]):,.0f}" if k in times else "-" for k in COLUMNS],
            f"{ratio(times, 'compiled', 'hand'):.2f}", f"{ratio(times, 'compiled', 'torch'):.2f}",
        )  # fmt: skip
    Console(width=140).print(table)
