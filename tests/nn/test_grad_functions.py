"""`torch.nn.grad` against PyTorch: values, and gradients of them."""

import numpy as np
import pytest
import torch
import torch.nn.grad

import jaxtorch
import jaxtorch.nn.grad

SHAPES = {1: ((2, 4, 7), (6, 2, 3)), 2: ((2, 4, 6, 5), (6, 2, 3, 2)), 3: ((1, 2, 4, 5, 4), (2, 1, 2, 2, 2))}


@pytest.mark.parametrize("options", [{}, {"stride": 2, "padding": 1}, {"dilation": 2, "padding": 2}])
@pytest.mark.parametrize("n", SHAPES)
@pytest.mark.parametrize("what", ["input", "weight"])
def test_gradients(n, what, options):
    found = []
    for lib in (torch, jaxtorch):
        rng = np.random.default_rng(0)
        x, w = (lib.tensor(rng.normal(size=s)).requires_grad_() for s in SHAPES[n])
        options = {"groups": 2, **options}
        out = getattr(lib.nn.functional, f"conv{n}d")(x, w, **options)
        g = lib.tensor(rng.normal(size=tuple(out.shape))).requires_grad_()
        args = (x.shape, w, g) if what == "input" else (x, w.shape, g)
        made = getattr(lib.nn.grad, f"conv{n}d_{what}")(*args, **options)
        expected = lib.autograd.grad(out, x if what == "input" else w, g, retain_graph=True)[0]
        further = lib.autograd.grad(made.pow(2).sum(), [g, w if what == "input" else x])
        found.append([made, expected, *further])
    for ours, theirs in zip(found[1], found[0], strict=True):
        np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(found[1][0].detach().numpy(), found[1][1].detach().numpy(), rtol=1e-9, atol=1e-10)
