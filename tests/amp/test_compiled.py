"""Mixed precision inside compiled steps: one program, the same numbers, guards on what autocast is set to."""

from __future__ import annotations

import contextlib
import warnings

import numpy as np
import pytest

import jaxtorch as torch
from jaxtorch import nn
from jaxtorch.compiler import assert_recordings
from tests.sampling import diagonals

OPTIMIZERS = {
    "SGD": lambda p: torch.optim.SGD(p, lr=0.1),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "Adam": lambda p: torch.optim.Adam(p, lr=0.01, amsgrad=True),
    "NAdam": lambda p: torch.optim.NAdam(p, lr=0.01),
    "ASGD": lambda p: torch.optim.ASGD(p, lr=0.01),
    "fused": lambda p: torch.optim.AdamW(p, lr=0.01, fused=True),
    "Lion": lambda p: Lion(p),
}


class Lion(torch.optim.Optimizer):
    """An optimizer of one's own, that makes its state in its first step and counts in Python."""

    def __init__(self, params, lr=0.01):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if not state:
                    state["mean"] = torch.zeros_like(p)
                p.add_(torch.sign(state["mean"] * 0.9 + p.grad * 0.1), alpha=-group["lr"])
                state["mean"].mul_(0.99).add_(p.grad, alpha=0.01)


def model():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1)).double()


def data(steps, bad):
    rng = np.random.default_rng(0)
    for i in range(steps):
        x = rng.normal(size=(8, 4)) * (1e300 if i in bad else 1)
        yield torch.tensor(x), torch.tensor(rng.normal(size=(8, 1)))


def train(optimizer: str, compiled: bool, bad=(2, 5), steps=8, clip=False):
    """Scaled steps in double precision, some of which give infs."""
    net = model()
    opt = OPTIMIZERS[optimizer](net.parameters())
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10, growth_interval=2)

    def step(x, y):
        opt.zero_grad()
        loss = nn.functional.mse_loss(net(x), y)
        scaler.scale(loss).backward()
        if clip:
            scaler.unscale_(opt)
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        scaler.step(opt)
        scaler.update()
        return loss

    run = torch.compile(step) if compiled else step
    losses, scales = [], []
    for x, y in data(steps, bad):
        losses.append(run(x, y).item())
        scales.append((scaler.get_scale(), scaler._get_growth_tracker()))
    state = [t.tolist() for p in net.parameters() for t in opt.state[p].values() if isinstance(t, torch.Tensor)]
    return losses, scales, [p.tolist() for p in net.parameters()], state, run, scaler


@pytest.mark.parametrize("optimizer, clip", diagonals(list(OPTIMIZERS), [False, True], 2, ("Adam", "Lion")))
def test_scaled_steps(optimizer, clip):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = train(optimizer, True, clip=clip)
    expected = train(optimizer, False, clip=clip)
    assert found[1] == expected[1]
    for a, b in zip(found[:1] + found[2:4], expected[:1] + expected[2:4], strict=True):
        for x, y in zip(a, b, strict=True):
            np.testing.assert_allclose(x, y, rtol=1e-6)
    assert_recordings(found[4], 1)


@pytest.mark.parametrize("optimizer", ["momentum", "Adam", "Lion"])
def test_a_first_step_that_is_skipped(optimizer):
    found, expected = (train(optimizer, compiled, bad=(0, 1), steps=5) for compiled in (True, False))
    assert found[1] == expected[1]
    for x, y in zip(found[2], expected[2], strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-6)
    assert_recordings(found[4], 1)


def test_a_changed_setting_of_the_scaler_is_seen():
    *_, run, scaler = train("SGD", True, bad=())
    scaler.set_growth_factor(4.0)
    scaler.set_growth_interval(1)
    before = scaler.get_scale()
    for x, y in data(1, ()):
        run(x, y)
    assert scaler.get_scale() == 4 * before
    assert_recordings(run, 2)
    scaler.load_state_dict({**scaler.state_dict(), "scale": 8.0})  # the scale is memory, no setting
    for x, y in data(1, ()):
        run(x, y)
    assert scaler.get_scale() == 32.0
    assert_recordings(run, 2)


class Reader(torch.optim.SGD):
    """Its step reads a value, which no program can."""

    def step(self, closure=None):
        self.largest = max(p.grad.abs().max().item() for g in self.param_groups for p in g["params"])
        return super().step(closure)


class Replacer(Lion):
    """Its step puts new tensors in the place of its state."""

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                mean = self.state[p].get("mean", torch.zeros_like(p))
                self.state[p]["mean"] = mean * 0.9 + p.grad * 0.1
                p.sub_(self.state[p]["mean"], alpha=group["lr"])


@pytest.mark.parametrize("cls", [Reader, Replacer])
def test_steps_that_cannot_be_conditional_run_uncompiled(cls):
    OPTIMIZERS["own"] = lambda p: cls(p, lr=0.01)
    try:
        with pytest.warns(UserWarning, match="runs uncompiled") as told:
            found = train("own", True, bad=(1, 4), steps=6)
        assert len(told) == 1
        expected = train("own", False, bad=(1, 4), steps=6)
    finally:
        del OPTIMIZERS["own"]
    assert found[:2] == expected[:2]
    for x, y in zip(found[2], expected[2], strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-6)
    assert_recordings(found[4], 0)


def test_the_whole_graph_is_asked_for():
    net = model()

    def run(optimizer):
        scaler = torch.amp.GradScaler("cpu", init_scale=4.0)

        @torch.compile(fullgraph=True)
        def step(x, y):
            optimizer.zero_grad()
            scaler.scale(nn.functional.mse_loss(net(x), y)).backward()
            scaler.step(optimizer)
            scaler.update()

        for x, y in data(3, ()):
            step(x, y)
        return step

    assert_recordings(run(Lion(net.parameters())), 1)  # its state is made in a first run that is not kept
    with pytest.raises(RuntimeError, match="a value is read in the step of an optimizer that may be skipped"):
        run(Reader(net.parameters(), lr=0.01))


def test_a_value_read_after_the_step():
    def run(compiled):
        net = model()
        opt = torch.optim.Adam(net.parameters(), lr=0.01)
        scaler = torch.amp.GradScaler("cpu", init_scale=4.0)
        scales = []

        def step(x, y):
            opt.zero_grad()
            scaler.scale(nn.functional.mse_loss(net(x), y)).backward()
            scaler.step(opt)
            scaler.update()
            scales.append(scaler.get_scale())

        call = torch.compile(step) if compiled else step
        for x, y in data(4, (0, 2)):
            call(x, y)
        return scales, [p.tolist() for p in net.parameters()]

    with pytest.warns(UserWarning, match="a value is read"):
        scales, params = run(True)
    expected = run(False)
    assert scales == expected[0] == [2.0, 2.0, 1.0, 1.0]
    for x, y in zip(params, expected[1], strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-6)


def test_several_optimizers():
    def run(compiled):
        first, second = model(), model()
        opts = [torch.optim.Adam(first.parameters(), lr=0.01), torch.optim.SGD(second.parameters(), lr=0.01)]
        scaler = torch.amp.GradScaler("cpu", init_scale=4.0, growth_interval=3)

        def step(x, y):
            for net, opt in zip((first, second), opts, strict=True):
                opt.zero_grad()
                scaler.scale(nn.functional.mse_loss(net(x), y)).backward()
                x = x.clamp(-1, 1)  # the second never has an inf
            for opt in opts:
                scaler.step(opt)
            scaler.update()

        call = torch.compile(step, fullgraph=True) if compiled else step
        for x, y in data(6, (1, 3)):
            call(x, y)
        if compiled:
            assert_recordings(call, 1)
        return scaler.state_dict(), [p.tolist() for net in (first, second) for p in net.parameters()]

    (scale, params), (wanted_scale, wanted) = run(True), run(False)
    assert scale == wanted_scale
    for x, y in zip(params, wanted, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-6)


# -- autocast -------------------------------------------------------------------------------------
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("outside", [False, True])
def test_regions(dtype, outside):
    """A region inside the step, or around the calls."""

    def run(compiled):
        net = model().float()
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        scaler = torch.amp.GradScaler("cpu", init_scale=2.0**8)
        dtypes = []

        def step(x, y):
            opt.zero_grad()
            with contextlib.nullcontext() if outside else torch.autocast("cpu", dtype=dtype):
                out = net(x)
                loss = nn.functional.mse_loss(out, y)
            scaler.scale(loss).backward()
            scaler.step(opt)
            scaler.update()
            return out, loss

        call = torch.compile(step, fullgraph=True) if compiled else step
        losses = []
        with torch.autocast("cpu", dtype=dtype) if outside else contextlib.nullcontext():
            for x, y in data(5, ()):
                out, loss = call(x.float(), y.float())
                dtypes.append(out.dtype)
                losses.append(loss.item())
        if compiled:
            assert_recordings(call, 1)
        return losses, dtypes, [p.tolist() for p in net.parameters()]

    found, expected = run(True), run(False)
    assert found[1] == expected[1] == [dtype] * 5
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-2)
    for x, y in zip(found[2], expected[2], strict=True):
        np.testing.assert_allclose(x, y, atol=1e-2)


def test_what_autocast_is_set_to_is_guarded():
    net = model().float()

    @torch.compile
    def forward(x):
        return net(x)

    x = torch.ones(2, 4)
    assert forward(x).dtype is torch.float32
    with torch.autocast("cpu"):
        assert forward(x).dtype is torch.bfloat16
        with torch.autocast("cpu", enabled=False):
            assert forward(x).dtype is torch.float32
    with torch.autocast("cpu", dtype=torch.float16):
        assert forward(x).dtype is torch.float16
    assert forward(x).dtype is torch.float32
    assert_recordings(forward, 3)


def test_the_default_dtype_is_guarded():
    @torch.compile
    def product(x):
        with torch.autocast("cpu"):
            return x @ x

    x = torch.ones(2, 2)
    assert product(x).dtype is torch.bfloat16
    torch.set_autocast_dtype("cpu", torch.float16)
    try:
        assert product(x).dtype is torch.float16
    finally:
        torch.set_autocast_dtype("cpu", torch.bfloat16)
    assert product(x).dtype is torch.bfloat16


def test_a_function_that_switches_autocast_is_not_replayed():
    @torch.compile
    def switch(x):
        torch.set_autocast_enabled("cpu", True)
        return x @ x

    try:
        with pytest.warns(UserWarning, match="it changes a mode"):
            switch(torch.ones(2, 2))
        assert torch.is_autocast_enabled("cpu")
    finally:
        torch.set_autocast_enabled("cpu", False)


def test_a_compiled_model_in_a_region():
    net = model().float()
    compiled = torch.compile(net)
    for x, y in data(3, ()):
        grads = []
        for run in (compiled, net):
            net.zero_grad()
            with torch.autocast("cpu"):
                loss = nn.functional.mse_loss(run(x.float()), y.float())
            loss.backward()
            grads.append([p.grad.tolist() for p in net.parameters()])
        for a, b in zip(*grads, strict=True):
            np.testing.assert_allclose(a, b, atol=2e-2)


def test_transforms_in_a_region():
    w = torch.full((3, 3), 0.5, requires_grad=True)
    x = torch.ones(2, 3)
    with torch.autocast("cpu"):
        y = torch.cond(torch.tensor(True), lambda a: a @ w, lambda a: a.bfloat16() * 2, (x,))
        assert y.dtype is torch.bfloat16
        z = x @ w  # what was cast inside is not used here
        each = torch.vmap(lambda row: row @ w)(x)
        assert each.dtype is torch.bfloat16
    (y.sum() + z.sum() + each.sum()).float().backward()
    assert w.grad.tolist() == [[6.0] * 3] * 3
    grad = torch.func.grad(lambda v: torch.nn.functional.mse_loss(x @ v, torch.zeros(2, 3)))
    with torch.autocast("cpu"):
        assert grad(w.detach()).dtype is torch.float32
