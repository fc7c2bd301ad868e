"""Python numbers that are inputs of compiled functions: a new value records and compiles nothing."""

import json
import math

import pytest

import jaxtorch as torch
import jaxtorch.nn.functional as F
from jaxtorch import nn
from jaxtorch._record import replay
from jaxtorch.compiler import assert_recordings, explain

from .scenes import Scenes, check, ones, training

FLOATS = [0.25, 1.5, 0.7, 1.0, 2.0, 1e-8, -3.25, 0.0, -0.0]
#: What is done with a number, how many recordings nine values of it take, and how many programs.
USES = {
    "multiplied": (lambda x, k: x * k, 1, 1),
    "on the left": (lambda x, k: k * x - k / (x + 2), 1, 1),
    "in arithmetic": (lambda x, k: x * (1 - k) + (2 * k + 1) * x - (k * k) // 3, 1, 1),
    "as an option": (lambda x, k: x.add(x, alpha=k) + torch.lerp(x, x * 2, k) + x.clamp(min=k), 1, 1),
    "in functions": (lambda x, k: torch.where(x > k, x, k) + F.leaky_relu(-x, k) + F.elu(-x, k), 1, 1),
    "made a tensor": (lambda x, k: x + torch.full((2,), k) + torch.tensor(k), 1, 1),
    "given back": (lambda x, k: (x * k, k, {"twice": 2 * k}), 1, 1),
    "compared": (lambda x, k: x * (k if k > 1.0 else 2 * k), 2, 1),
    "compared with itself": (lambda x, k: x * max(0.0, min(k, 1.0)), 5, 3),
    "a condition": (lambda x, k: x * k if k else x, 2, 2),
    "squared by its own operation": (lambda x, k: (x**k), 4, 4),
    "looked at": (lambda x, k: x * math.cos(k), 9, 2),
    "formatted": (lambda x, k: x * len(f"{k:.3f}"), 9, 2),
    "given to what is not Python": (lambda x, k: x * len(json.dumps(k)), 9, 2),
}


@pytest.mark.parametrize("use", USES)
def test_floats(use):
    f, recordings, programs = USES[use]

    def scene(compile):
        g = compile(f)
        return [g(ones(2), k) for k in FLOATS] + [g(x=ones(2), k=0.3), g(ones(2), k=0.4)]

    check(scene, None, "")
    compiled = torch.compile(f)
    for k in FLOATS:
        compiled(ones(2), k)
    found = compiled.all_recordings()
    assert len(found) <= recordings, explain(compiled)
    assert len({id(r.program) for r in found}) <= programs


#: What is done with a counter, and how many recordings it takes.
COUNTERS = {
    "multiplied": (lambda x, i: x * i, 2),
    "in powers": (lambda x, i: x / (1 - 0.9 ** (i + 1)), 2),
    "every third time": (lambda x, i: x * 2 if i % 3 == 0 else x * i, 3),
    "a size": (lambda x, i: torch.ones(i).sum() + x, 8),
    "a place": (lambda x, i: x[i % 2] + x[: i + 1].sum(), 8),
    "a loop": (lambda x, i: sum([x * n for n in range(i)], x), 8),
    "a key": (lambda x, i: x * {0: 2, 1: 3}.get(i, 4), 8),
    "an index of a list": (lambda x, i: x * [1, 2, 3, 4, 5, 6, 7, 8][i], 8),
}


@pytest.mark.parametrize("use", COUNTERS)
def test_counters(use):
    f, recordings = COUNTERS[use]

    def scene(compile):
        g = compile(f)
        return [g(ones(2), i) for i in range(8)] * 2

    check(scene, recordings, "")


scenes = Scenes()


@scenes(recordings=1)
def a_number_of_the_backward(compile):
    f, out = compile(lambda x, k: (x * k).sin() * k), []
    for k in (0.5, 0.7, 2.5):
        x = ones(2, requires_grad=True)
        (g,) = torch.autograd.grad(f(x, k).sum(), x, create_graph=True)
        out += [g.detach(), *torch.autograd.grad(g.sum(), x)]
    return out


@scenes(recordings=1)
def a_rate_that_is_given(compile):
    model, _, _ = training()

    def step(x, rate):
        model.zero_grad()
        loss = model(x).square().sum()
        loss.backward()
        with torch.no_grad():
            for p in model.parameters():
                p.sub_(p.grad, alpha=rate)
        return loss.detach()

    f = compile(step)
    return [f(ones(2, 3), 0.1 * 0.9**n) for n in range(5)]


@scenes(recordings=1)
def clipping(compile):
    model, opt, _ = training(lambda p: torch.optim.SGD(p, lr=0.1))

    def step(x, most):
        opt.zero_grad()
        model(x).square().sum().backward()
        nn.utils.clip_grad_value_(model.parameters(), 2 * most)
        norm = nn.utils.clip_grad_norm_(model.parameters(), most)
        opt.step()
        return norm

    step = compile(step)
    return [[step(ones(2, 3), most) for most in (1.0, 0.5, 0.25)], list(model.parameters())]


@scenes(0, breaks="option 'lr'")
def a_rate_that_is_set_inside(compile):
    _, opt, step = training(lambda p: torch.optim.SGD(p, lr=0.1))

    def scheduled(x, rate):
        for group in opt.param_groups:
            group["lr"] = rate
        return step(x)

    f = compile(scheduled)
    return [f(ones(2, 3), 0.1 / n) for n in (1, 2, 3)] + [opt.param_groups[0]["lr"]]


class Plain(torch.optim.Optimizer):
    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr, "decay": 0.01})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                if group["decay"] > 0:
                    p.mul_(1 - group["lr"] * group["decay"])
                p.add_(p.grad, alpha=-group["lr"])


@scenes(recordings=1)
def the_rate_of_an_optimizer_of_the_users(compile):
    _, opt, step = training(lambda p: Plain(p, 0.1))
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 10)
    f, out = compile(step), []
    for _ in range(6):
        out.append(f(ones(2, 3)))
        schedule.step()
    return [*out, opt.param_groups[0]["lr"], type(opt.param_groups[0]["lr"]).__name__]


@scenes(recordings=1)
def rates_that_are_read(compile):
    _, opt, step = training()
    schedule = torch.optim.lr_scheduler.ExponentialLR(opt, 0.5)

    def logged(x):
        loss = step(x)
        before = schedule.get_last_lr()[0], opt.param_groups[0]["lr"]
        schedule.step()
        return loss * before[1], before, schedule.get_last_lr(), opt.param_groups[0]["lr"]

    f = compile(logged)
    return [f(ones(2, 3)) for _ in range(4)] + [opt.param_groups[0]["lr"]]


@scenes(0, breaks="which the run has just set")
def a_rate_that_decides_after_it_was_set(compile):
    _, opt, step = training()
    schedule = torch.optim.lr_scheduler.ExponentialLR(opt, 0.5)

    def decides(x):
        loss = step(x)
        schedule.step()
        return loss if schedule.get_last_lr()[0] > 0.03 else -loss

    f = compile(decides)
    return [f(ones(2, 3)) for _ in range(4)]


@pytest.mark.parametrize(("scene", "recordings", "breaks"), scenes.found)
def test_numbers(scene, recordings, breaks):
    check(scene, recordings, breaks)


def test_a_thousand_steps():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.1), nn.Linear(8, 3))
    opt = torch.optim.AdamW(model.parameters(), lr=1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 1000)

    @torch.compile(fullgraph=True)
    def step(x, y, smoothing):
        opt.zero_grad()
        loss = F.cross_entropy(model(x), y, reduction="sum") * (1 - smoothing) + smoothing * model(x).square().mean()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()
        return loss

    @torch.compile(fullgraph=True)
    @torch.no_grad()
    def evaluate(x, y):
        return (model(x).argmax(-1) == y).float().mean()

    x, y = torch.randn(16, 4), torch.randint(0, 3, (16,))
    programs = None
    for i in range(1000):
        n = 16 if i % 10 else 7  # an epoch's last batch is short
        step(x[:n].clone(), y[:n].clone(), 0.1 * i / 1000)
        schedule.step()
        if i % 100 == 50:
            model.eval()
            accuracy = evaluate(x, y)
            model.train()
        if i == 60:
            programs = len(replay._programs)
    assert_recordings(step, 2)
    assert_recordings(evaluate, 1)
    assert len(replay._programs) == programs
    assert accuracy.item() > 0.8
