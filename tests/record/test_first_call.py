"""What the first call of a compiled step costs: each program lowered once, no memory copied."""

import re

import numpy as np
import pytest

import jaxtorch as torch
import jaxtorch.nn.functional as F
from jaxtorch import nn
from jaxtorch._core import storage
from jaxtorch._record import replay
from jaxtorch.compiler import assert_recordings

LAYERS = 6


def step_of(layers, sizes=(8,) * LAYERS):
    torch.manual_seed(0)
    body = [m for n, m in zip((8, *sizes), sizes, strict=False) for m in (nn.Linear(n, m), nn.Tanh())]
    model = nn.Sequential(*body[: 2 * layers], nn.Linear(sizes[layers - 1], 3)).double()
    opt = torch.optim.AdamW(model.parameters(), lr=0.01)
    x, y = torch.randn(5, 8, dtype=torch.float64), torch.randint(0, 3, (5,))

    def step():
        opt.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        opt.step()
        return loss

    return model, step


def lowered(monkeypatch, step) -> str:
    """The program of a compiled step, as it is handed to XLA."""
    texts, program_of = [], replay.program_of

    def noting(*args, **kwargs):
        program = program_of(*args, **kwargs)

        def run(*lists):
            texts.append(program.lower(*lists).as_text())
            return program(*lists)

        return run

    with monkeypatch.context() as patch:
        patch.setattr(replay, "program_of", noting)
        step()
    return texts[0]


def test_a_repeated_program_is_lowered_once(monkeypatch):
    text = lowered(monkeypatch, torch.compile(step_of(LAYERS)[1], fullgraph=True))
    functions = re.findall(r"func\.func private @(\w+?)(?:_\d+)?\(", text)
    calls = re.findall(r"call @(\w+?)(?:_\d+)?\(", text)
    assert calls.count("linear_bias") == LAYERS + 1
    assert functions.count("linear_bias") == 2  # the last layer has another shape
    assert functions.count("linear_bias_backward") <= 4 < calls.count("linear_bias_backward")


@pytest.mark.parametrize("sizes", [(8,) * LAYERS, (8, 8, 5, 5, 5, 8)], ids=["equal", "ragged"])
def test_steps_of_repeated_layers_are_those_of_the_uncompiled(sizes):
    (model, step), (other, plain) = step_of(LAYERS, sizes), step_of(LAYERS, sizes)
    fast = torch.compile(step, fullgraph=True)
    for _ in range(4):
        np.testing.assert_allclose(fast().detach(), plain().detach(), 1e-12)
    assert_recordings(fast, 1)
    for p, q in zip(model.parameters(), other.parameters(), strict=True):
        np.testing.assert_allclose(p.detach(), q.detach(), 1e-12, 1e-12)


def test_the_first_run_copies_no_memory(monkeypatch):
    model, step = step_of(2)
    copied, fast = [], torch.compile(step, fullgraph=True)
    monkeypatch.setattr(replay, "_copy", lambda a: copied.append(a.shape) or a.copy())
    fast()
    assert copied == []
    kept = model[0].weight.detach()  # shares the memory: what it shows is written too
    array = kept.jax()
    fast()
    assert copied == [(8, 8)]  # an array that somebody else holds is not given away
    assert not array.is_deleted()


def test_arrays_of_new_shapes_come_in_without_a_program(monkeypatch):
    monkeypatch.setattr(storage, "_came_in", {})
    made = [np.full((n, 3), n, np.float32) for n in range(1, 40)]
    compiled = []
    jitted = storage._copy_in
    monkeypatch.setattr(storage, "_copy_in", lambda x: compiled.append(x.shape) or jitted(x))
    found = [torch.tensor(a) for a in made]
    assert not compiled
    for a, t in zip(made, found, strict=True):
        a += 1
        assert t.tolist() == (a - 1).tolist()
