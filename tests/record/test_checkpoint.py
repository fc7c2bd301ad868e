"""Checkpoints in compiled functions: computed again in the backward, in the program too."""

from functools import cache

import jax
import numpy as np
import pytest

import jaxtorch as torch
from jaxtorch import nn
from jaxtorch.utils.checkpoint import checkpoint

WIDTH, HIDDEN, ROWS, BLOCKS = 16, 256, 64, 4


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.up, self.down, self.drop = nn.Linear(WIDTH, HIDDEN), nn.Linear(HIDDEN, WIDTH), nn.Dropout(0.1)

    def forward(self, x):
        return x + self.drop(self.down(torch.tanh(torch.sin(self.up(x)))))


class Deep(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.first, self.kind = nn.Linear(WIDTH, WIDTH), kind
        self.blocks = nn.ModuleList([Block() for _ in range(BLOCKS)])

    def forward(self, x):
        x = self.first(x)
        for block in self.blocks:
            x = block(x) if self.kind == "none" else checkpoint(block, x, use_reentrant=self.kind == "reentrant")
        return x.square().mean()


def made(kind):
    torch.manual_seed(0)
    model = Deep(kind)
    return model, torch.optim.SGD(model.parameters(), lr=0.01), torch.randn(ROWS, WIDTH)


@cache
def trained(kind):
    """(losses, parameters, the bytes that the program of a step holds for the time of it)."""
    model, opt, x = made(kind)

    @torch.compile(fullgraph=True)
    def step(x):
        opt.zero_grad()
        loss = model(x)
        loss.backward()
        opt.step()
        return loss

    losses = [step(x).item() for _ in range(3)]
    (recording,) = step.all_recordings()
    with jax.enable_x64(True):
        operands = [[jax.ShapeDtypeStruct(*recording.graph.avals[n]) for n in group] for group in recording.order]
        memory = recording.program.lower(*operands).compile().memory_analysis()
    return losses, [p.detach().numpy().copy() for p in model.parameters()], memory.temp_size_in_bytes


@pytest.mark.parametrize("kind", ["new", "reentrant"])
def test_a_step_holds_less(kind):
    losses, parameters, memory = trained(kind)
    plain_losses, plain_parameters, plain_memory = trained("none")
    assert losses == pytest.approx(plain_losses, rel=1e-5)
    for a, b in zip(parameters, plain_parameters, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
    activations = ROWS * HIDDEN * 4 * BLOCKS  # of one kind
    assert plain_memory > 2 * activations
    assert memory < 0.5 * plain_memory


def test_a_compiled_forward_leaves_less():
    sizes, gradients = {}, {}
    for kind in ("new", "none"):
        model, _, x = made(kind)
        f = torch.compile(model, fullgraph=True)
        f(x).backward()
        (recording,) = f._compiled.all_recordings()
        (joint,) = recording.joints
        inputs = {n for group in recording.order for n in group}
        avals = [recording.graph.avals[n] for n in joint.residuals if n not in inputs]
        sizes[kind] = sum(np.prod(shape, dtype=int) * dtype.itemsize for shape, dtype in avals)
        gradients[kind] = [p.grad.numpy() for p in model.parameters()]
    for a, b in zip(gradients["new"], gradients["none"], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
    assert sizes["new"] < 0.25 * sizes["none"]
