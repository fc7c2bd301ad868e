"""One eager operation: jaxtorch over torch, and over the bare `jax.jit` call it cannot beat."""

import jax
import numpy as np
import pytest
import torch
from rich.console import Console
from rich.table import Table
from rounds import interleave, median, ratio

import jaxtorch

OPS = {
    "add": (lambda a, b: a + b, lambda a, b: a + b),
    "mul": (lambda a, b: a * b, lambda a, b: a * b),
    "mm": (lambda a, b: a.mm(b), lambda a, b: jax.lax.dot(a, b, precision="highest")),
    "sum": (lambda a, b: a.sum(), lambda a, b: a.sum()),
}


def contenders(op: str, size: int, grad: bool) -> dict:
    values = np.random.default_rng(0).standard_normal((2, size, size)).astype(np.float32)
    eager, array = OPS[op]
    pairs = {
        "torch": [torch.tensor(v, requires_grad=grad) for v in values],
        "jaxtorch": [jaxtorch.tensor(v, requires_grad=grad) for v in values],
    }
    arrays = [jax.numpy.asarray(v) for v in values]
    jitted = jax.jit(array)
    # XLA runs asynchronously: the result is awaited, as torch's is done when the call returns
    return {
        "torch": lambda: eager(*pairs["torch"]),
        "jaxtorch": lambda: eager(*pairs["jaxtorch"])._value().block_until_ready(),
        "jit": lambda: jitted(*arrays).block_until_ready(),
    }


@pytest.mark.bench
def test_eager_ops():
    table = Table(title="one eager operation, medians of interleaved rounds")
    for column in ("op", "size", "grad", "torch us", "jaxtorch us", "jit us", "over torch", "over jit"):
        table.add_column(column, justify="right")
    for size in (8, 512):
        for op in OPS:
            for grad in (False, True):
                times = interleave(contenders(op, size, grad), rounds=20 if size > 8 else 40)
                table.add_row(
                    op, f"{size}x{size}", "yes" if grad else "no",
                    *(f"{median(times[n]):.1f}" for n in ("torch", "jaxtorch", "jit")),
                    f"{ratio(times, 'jaxtorch', 'torch'):.2f}",
                    f"{ratio(times, 'jaxtorch', 'jit'):.2f}",
                )  # fmt: skip
    Console(width=120).print(table)
