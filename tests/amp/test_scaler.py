"""GradScaler against torch: scaling, skipped steps, several optimizers, its state, what it refuses."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import torch

from tests.compared import compared
from tests.oracle import module_under_test

X = np.random.default_rng(0).normal(size=(16, 4)).astype("float32")
Y = np.random.default_rng(1).normal(size=(16, 1)).astype("float32")


def model(torch):
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))


def leaf(torch, *values, dtype="float32"):
    return torch.tensor(values, dtype=getattr(torch, dtype), requires_grad=True)


def state_of(scaler):
    return [scaler.get_scale(), scaler._get_growth_tracker(), scaler.state_dict()]


OPTIMIZERS = {
    "adam": ("float16", lambda torch, p: torch.optim.Adam(p, lr=0.01)),
    "momentum": ("bfloat16", lambda torch, p: torch.optim.SGD(p, lr=0.01, momentum=0.9)),
    "fused": ("float16", lambda torch, p: torch.optim.AdamW(p, lr=0.01, fused=True)),
}


def trained(torch, kind: str, steps: int = 10):
    """(losses, states of the scaler, parameters, counts) of some steps, one of which gives infs."""
    dtype, make = OPTIMIZERS[kind]
    net = model(torch)
    optimizer = make(torch, net.parameters())
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**13, growth_interval=3)
    x, y = torch.tensor(X), torch.tensor(Y)
    losses, states = [], []
    for i in range(steps):
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=getattr(torch, dtype)):
            loss = torch.nn.functional.mse_loss(net(x * (1e30 if i == 4 else 1)), y)
        scaler.scale(loss).backward()
        if i % 2:
            scaler.unscale_(optimizer)
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        scaler.step(optimizer)
        scaler.update()
        losses.append(loss.item() if i != 4 else 0.0)
        states.append(state_of(scaler))
    counts = [float(optimizer.state[p].get("step", -1)) for p in net.parameters()]
    return losses, states, [p.detach().numpy() for p in net.parameters()], counts


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_training(kind):
    losses, states, params, counts = trained(module_under_test(), kind)
    expected = trained(torch, kind)
    assert (states, counts) == (expected[1], expected[3])
    assert states[-1][0] != 2.0**13
    np.testing.assert_allclose(losses, expected[0], rtol=2e-3)
    for p, wanted in zip(params, expected[2], strict=True):
        np.testing.assert_allclose(p, wanted, atol=2e-3)


@compared
def test_scaled_outputs(torch, see):
    scaler = torch.amp.GradScaler("cpu", init_scale=4.0)
    see([scaler.get_scale(), scaler._scale, scaler.is_enabled()])
    x = leaf(torch, 1.0, 2.0)
    for outputs in (x.sum(), [x, (x * 2, x.half())], (x.double(),), x.bfloat16().sum()):
        see(scaler.scale(outputs))
    see(list(scaler.scale(iter([x]))))
    see(lambda: scaler.scale([3]))
    see([scaler._scale, scaler._growth_tracker])


@compared
def test_infs_and_nans_skip_the_step(torch, see):
    for value in (1.0, float("inf"), float("-inf"), float("nan")):
        w, v = leaf(torch, 1.0, 1.0), leaf(torch, 3.0)
        optimizer = torch.optim.SGD([w, v], lr=0.5)
        scaler = torch.amp.GradScaler("cpu", init_scale=4.0, backoff_factor=0.25)
        scaler.scale(w.sum() + v.sum()).backward()
        w.grad[1] = value
        scaler.step(optimizer)
        see([w, v, w.grad, v.grad])
        see([scaler._found_inf_per_device(optimizer), state_of(scaler)])
        scaler.update()
        see(state_of(scaler))


@compared
def test_growth(torch, see):
    w = leaf(torch, 1.0)
    optimizer = torch.optim.SGD([w], lr=0.0)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**126, growth_interval=2, growth_factor=4.0)
    for _ in range(5):  # as far as float32 goes
        scaler.scale(w.sum() * 1e-30).backward()
        scaler.step(optimizer)
        scaler.update()
        see(state_of(scaler))
    scaler.set_growth_factor(3.0)
    scaler.set_backoff_factor(0.1)
    scaler.set_growth_interval(1)
    see([scaler.get_growth_factor(), scaler.get_backoff_factor(), scaler.get_growth_interval()])
    scaler.update(8.0)
    scaler.scale(w.sum()).backward()
    scaler.step(optimizer)
    scaler.update()
    see(state_of(scaler))
    scaler.update(torch.tensor(5.0))
    see(state_of(scaler))
    for new in (torch.tensor([1.0, 2.0]), leaf(torch, 3.0), "x", 3):
        see(lambda new=new: scaler.update(new))


@compared
def test_several_optimizers(torch, see):
    first, second, idle = leaf(torch, 1.0), leaf(torch, 2.0), leaf(torch, 3.0)
    optimizers = [torch.optim.SGD([first], lr=0.5), torch.optim.Adam([second, idle], lr=0.5)]
    scaler = torch.amp.GradScaler("cpu", init_scale=4.0)
    for bad in (False, True):
        for loss in (first.sum(), second.sum() * (float("inf") if bad else 1.0)):
            scaler.scale(loss).backward()
        for optimizer in optimizers:
            scaler.step(optimizer)
        scaler.update()
        see([first, second, idle, state_of(scaler)])
        for optimizer in optimizers:
            optimizer.zero_grad()


@compared
def test_gradients_of_several_dtypes(torch, see):
    params = [leaf(torch, 1.0, dtype=d) for d in ("float32", "float64", "bfloat16")]
    optimizer = torch.optim.SGD(params, lr=0.5)
    scaler = torch.amp.GradScaler("cpu", init_scale=4.0)
    scaler.scale(sum(p.sum().double() for p in params)).backward()
    scaler.unscale_(optimizer)
    see([p.grad for p in params])
    scaler.step(optimizer)
    see(params)


@compared
def test_disabled(torch, see):
    w = leaf(torch, 1.0)
    optimizer = torch.optim.SGD([w], lr=0.5)
    scaler = torch.amp.GradScaler("cpu", enabled=False)
    loss = w.sum()
    see(scaler.scale(loss) is loss)
    loss.backward()
    see([scaler.unscale_(optimizer), scaler.step(optimizer), scaler.update(), scaler.get_scale(), scaler.state_dict()])
    see([w, scaler.is_enabled(), scaler._get_growth_tracker(), scaler.load_state_dict({})])
    see(lambda: scaler.get_growth_factor())


@compared
def test_state(torch, see):
    w = leaf(torch, 1.0)
    optimizer = torch.optim.SGD([w], lr=0.5)

    def trained():
        scaler = torch.amp.GradScaler("cpu", init_scale=4.0, growth_interval=3)
        scaler.scale(w.sum()).backward()
        scaler.step(optimizer)
        scaler.update()
        return scaler

    scaler = trained()
    saved = scaler.state_dict()
    see(saved)
    for other in (torch.amp.GradScaler("cpu"), trained()):
        other.load_state_dict({**saved, "scale": 16.0, "_growth_tracker": 2})
        see(state_of(other))
        other.scale(w.sum()).backward()
        see([other._scale, other._growth_tracker])
    see(lambda: scaler.load_state_dict({}))
    for other in (pickle.loads(pickle.dumps(scaler)), copy.deepcopy(scaler)):
        see([state_of(other), other._scale])
        other.scale(w.sum())
        see([other._scale, other._growth_tracker])
    scaler.scale(w.sum()).backward()
    scaler.unscale_(optimizer)
    see(lambda: pickle.dumps(scaler))


@compared
def test_what_scalers_refuse(torch, see):
    see(lambda: torch.amp.GradScaler("cpu", growth_factor=1.0))
    see(lambda: torch.amp.GradScaler("cpu", backoff_factor=1.0))
    see(lambda: type(torch.amp.GradScaler()))
    w, half = leaf(torch, 1.0), leaf(torch, 1.0, dtype="float16")
    optimizer = torch.optim.SGD([w], lr=0.5)
    scaler = torch.GradScaler("cpu", init_scale=4.0)
    for call in (lambda: scaler.step(optimizer), lambda: scaler.unscale_(optimizer), lambda: scaler.update()):
        see(call)
    scaler.scale(w.sum())
    see(lambda: scaler.update())
    see(lambda: scaler.step(optimizer))  # no gradients
    scaler.update(2.0)
    scaler.scale(w.sum()).backward()
    scaler.unscale_(optimizer)
    see(lambda: scaler.unscale_(optimizer))
    see(lambda: scaler.step(optimizer, closure=lambda: 3))
    scaler.step(optimizer)
    see(lambda: scaler.step(optimizer))
    see(lambda: scaler.unscale_(optimizer))
    scaler.update()
    halves = torch.optim.SGD([half], lr=0.5)
    scaler.scale(half.sum()).backward()
    see(lambda: scaler.unscale_(halves))
    see(lambda: scaler.scale(3))


@compared
def test_optimizers_that_know_of_scaling(torch, see):
    class Told(torch.optim.SGD):
        _step_supports_amp_scaling = True

        def step(self, closure=None):
            see([self.grad_scale, self.found_inf])
            return "stepped"

    class Asked(torch.optim.SGD):
        _step_supports_amp_scaling = True

        def step(self, closure=None, grad_scaler=None):
            return grad_scaler.get_scale()

    w = leaf(torch, 1.0)
    for make in (Told, Asked):
        optimizer = make([w], lr=0.5)
        for unscaled in (False, True):
            scaler = torch.amp.GradScaler("cpu", init_scale=4.0)
            scaler.scale(w.sum()).backward()
            if unscaled:
                scaler.unscale_(optimizer)
            see(lambda scaler=scaler, optimizer=optimizer: scaler.step(optimizer))
            see([hasattr(optimizer, "found_inf"), hasattr(optimizer, "grad_scale")])
