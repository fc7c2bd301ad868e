"""Hooks around compiled functions: honoured, or the function runs uncompiled; never dropped."""

import pytest

import jaxtorch as torch
from jaxtorch import nn

from .scenes import Scenes, check, leaf, ones, training

scenes = Scenes()


def layer():
    model = nn.Linear(3, 2)
    nn.init.ones_(model.weight)
    nn.init.zeros_(model.bias)
    return model


def step_of(model):
    def step(x):
        model.zero_grad()
        loss = model(x).square().sum()
        loss.backward()
        return loss.detach()

    return step


@scenes(0, breaks="it changes")
def a_forward_hook_with_an_effect(compile):
    calls, model = [], layer()
    model.register_forward_hook(lambda *_: calls.append(1))
    f = compile(lambda x: model(x).detach())
    return [*[f(ones(1, 3)) for _ in range(4)], len(calls)]


@scenes(recordings=4)
def forward_hooks_that_come_and_go(compile):
    model = layer()
    f = compile(lambda x: model(x).detach())
    out = [f(ones(1, 3))]
    after = model.register_forward_hook(lambda m, i, o: o * 3)
    out += [f(ones(1, 3)), f(ones(1, 3))]
    model.register_forward_pre_hook(lambda m, i: (i[0] + 1,))
    out += [f(ones(1, 3)), f(ones(1, 3))]
    after.remove()
    return [*out, f(ones(1, 3))]


@scenes(0, breaks="it changes")
def a_backward_hook_with_an_effect(compile):
    calls, model = [], layer()
    model.register_full_backward_hook(lambda *_: calls.append(1))
    f = compile(step_of(model))
    return [*[f(ones(1, 3, requires_grad=True)) for _ in range(4)], len(calls)]


@scenes(recordings=1)
def a_backward_hook(compile):
    model = nn.Sequential(layer(), nn.Tanh())
    model[1].register_full_backward_hook(lambda m, gi, go: (gi[0] * 2,))
    f = compile(step_of(model))
    out = [f(ones(1, 3)) for _ in range(3)]
    return [*out, model[0].weight.grad]


@scenes(0, breaks="a hook runs")
def a_backward_hook_of_a_compiled_module(compile):
    calls, model = [], layer()
    model.register_full_backward_hook(lambda *_: calls.append(1))
    f, out = compile(model), []
    for _ in range(3):
        model.zero_grad()
        f(ones(1, 3, requires_grad=True)).sum().backward()
        out += [len(calls), model.weight.grad]
    return out


@scenes(0, breaks="it changes")
def a_hook_of_a_leaf_with_an_effect(compile):
    calls, w = [], leaf()
    w.register_hook(lambda g: calls.append(1) or g * 2)

    def step(x):
        w.grad = None
        (w * x).sum().backward()

    f, out = compile(step), []
    for _ in range(4):
        f(ones(2))
        out += [w.grad, len(calls)]
    return out


@scenes(recordings=4)
def hooks_of_a_leaf_that_come_and_go(compile):
    k, w = 2.0, leaf()
    w.register_hook(lambda g: g * k)

    def step(x):
        w.grad = None
        (w * x).sum().backward()
        return w.grad.clone()

    f = compile(step)
    out = [f(ones(2)), f(ones(2))]
    k = 5.0
    out += [f(ones(2)), f(ones(2))]
    handle = w.register_hook(lambda g: g + 1)
    out.append(f(ones(2)))
    handle.remove()
    out.append(f(ones(2)))
    w.register_post_accumulate_grad_hook(lambda p: p.grad.mul_(10) is None or None)
    return [*out, f(ones(2)), f(ones(2))]


@scenes(recordings=2)
def a_hook_of_a_leaf_and_a_compiled_forward(compile):
    w = leaf()
    f, out = compile(lambda x: w * x), []
    for i in range(4):
        if i == 2:
            w.register_hook(lambda g: g * 2)
        w.grad = None
        f(ones(2)).sum().backward()
        out.append(w.grad)
    return out


@scenes(0, breaks="it changes")
def a_hook_after_accumulation_with_an_effect(compile):
    calls, w = [], leaf()
    w.register_post_accumulate_grad_hook(lambda p: calls.append(p.grad is not None))

    def step(x):
        w.grad = None
        (w * x).sum().backward()

    f = compile(step)
    for _ in range(4):
        f(ones(2))
    return [calls, w.grad]


@scenes(recordings=1)
def an_optimizer_in_a_hook_after_accumulation(compile):
    w = leaf()
    opt = torch.optim.SGD([w], lr=0.1)

    def apply(p):
        opt.step()
        opt.zero_grad()

    w.register_post_accumulate_grad_hook(apply)

    def step(x):
        loss = (w * x).square().sum()
        loss.backward()
        return loss.detach()

    f = compile(step)
    return [*[f(ones(2)) for _ in range(4)], w, w.grad]


@scenes(recordings=1)
def a_hook_on_a_value_inside(compile):
    w = leaf()

    def step(x):
        w.grad = None
        y = w * x
        y.register_hook(lambda g: g * 3)
        y.sum().backward()
        return w.grad

    f = compile(step)
    return [f(ones(2)) for _ in range(3)]


@scenes(0, breaks="it changes")
def a_hook_on_a_value_inside_with_an_effect(compile):
    calls, w = [], leaf()

    def step(x):
        y = w * x
        y.register_hook(lambda g: calls.append(1))
        y.sum().backward()

    f = compile(step)
    for _ in range(4):
        f(ones(2))
    return [len(calls), w.grad]


@scenes(0, breaks="a hook runs")
def a_hook_on_a_value_inside_a_compiled_forward(compile):
    w = leaf()

    def forward(x):
        y = w * x
        y.register_hook(lambda g: g * 3)
        return y * 2

    f, out = compile(forward), []
    for _ in range(3):
        w.grad = None
        f(ones(2)).sum().backward()
        out.append(w.grad)
    return out


@scenes(recordings=1)
def a_hook_for_the_time_of_a_run(compile):
    w = leaf()

    def step(x):
        with w.register_hook(lambda g: g * 3):
            w.grad = None
            (w * x).sum().backward()
        return w.grad.clone()

    f = compile(step)
    return [*[f(ones(2)) for _ in range(3)], len(w._hooks)]


@scenes(0, breaks="hooks")
def a_hook_that_a_run_leaves(compile):
    w = leaf()

    def step(x):
        w.register_hook(lambda g: g * 3)
        w.grad = None
        (w * x).sum().backward()
        return w.grad.clone()

    f = compile(step)
    return [f(ones(2)) for _ in range(3)]


@scenes(0, breaks="a hook is registered")
def a_hook_left_on_the_graph_of_an_argument(compile):
    w = leaf()

    def add_hook(y):
        y.register_hook(lambda g: g * 3)
        return y.detach() * 2

    f, out = compile(add_hook), []
    for _ in range(3):
        w.grad = None
        y = w * 2
        f(y)
        y.sum().backward()
        out.append(w.grad)
    return out


@scenes(0, breaks="it changes")
def a_hook_of_an_optimizer_with_an_effect(compile):
    calls = []
    _, opt, step = training()
    opt.register_step_post_hook(lambda *_: calls.append(1))
    f = compile(step)
    return [*[f(ones(2, 3)) for _ in range(4)], len(calls)]


@scenes(recordings=2)
def hooks_of_an_optimizer_that_come_and_go(compile):
    _, opt, step = training()

    def halve(opt, *_):
        for group in opt.param_groups:
            for p in group["params"]:
                p.grad.mul_(0.5)

    f = compile(step)
    out = [f(ones(2, 3))]
    handle = opt.register_step_pre_hook(halve)
    out += [f(ones(2, 3)), f(ones(2, 3))]
    handle.remove()
    return [*out, f(ones(2, 3)), f(ones(2, 3))]


@scenes(0, breaks="it changes")
def a_hook_of_every_module(compile):
    calls = []
    _, _, step = training()
    handle = nn.modules.module.register_module_forward_hook(lambda *_: calls.append(1))
    try:
        f = compile(step)
        return [*[f(ones(2, 3)) for _ in range(4)], len(calls)]
    finally:
        handle.remove()


@scenes(recordings=2)
def hooks_of_every_module_that_come_and_go(compile):
    model = layer()
    f = compile(lambda x: model(x).detach())
    out = [f(ones(1, 3))]
    handle = nn.modules.module.register_module_forward_hook(lambda m, i, o: o * 2)
    try:
        out += [f(ones(1, 3)), f(ones(1, 3))]
    finally:
        handle.remove()
    return [*out, f(ones(1, 3))]


@scenes(recordings=1)
def hooks_of_results(compile):
    w = leaf()
    f, out = compile(lambda x: w * x), []
    for _ in range(3):
        w.grad = None
        y = f(ones(2))
        y.retain_grad()
        y.register_hook(lambda g: g * 7)
        y.square().sum().backward()
        out += [w.grad, y.grad]
    return out


@scenes(0)
def hooks_of_saved_tensors(compile):
    calls, w = [], leaf()
    f = compile(lambda x: (w * x).exp())
    with torch.autograd.graph.saved_tensors_hooks(lambda t: calls.append(1) or t, lambda t: t):
        for _ in range(3):
            f(ones(2)).sum().backward()
    return [len(calls), w.grad]


@scenes(0, breaks="it changes")
def a_custom_function_with_an_effect(compile):
    calls, w = [], leaf()

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            calls.append("forward")
            return x * 2

        @staticmethod
        def backward(ctx, g):
            calls.append("backward")
            return g * 3

    def step(x):
        w.grad = None
        Double.apply(w * x).sum().backward()
        return w.grad.clone()

    f = compile(step)
    return [*[f(ones(2)) for _ in range(4)], calls]


@scenes(recordings=1)
def a_custom_function_in_a_compiled_module(compile):
    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, scale):
            ctx.kept = x.exp()
            ctx.save_for_backward(x)
            ctx.scale = scale
            return ctx.kept * scale

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * ctx.kept * ctx.scale + 0 * x, None

    class Model(nn.Module):
        def forward(self, x):
            return Exp.apply(x, 2.0)

    f, out = compile(Model()), []
    for i in range(3):
        x = torch.full((2,), float(i), requires_grad=True)
        (g,) = torch.autograd.grad(f(x).sum(), x)
        out.append(g)
    return out


@scenes(recordings=1)
def a_custom_function_that_writes(compile):
    class Increment(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            x.add_(1)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx, g):
            return g * 2

    f, out = compile(lambda x: Increment.apply(x * 1) * 3), []
    for _ in range(3):
        x = leaf()
        y = f(x)
        out += [y.detach(), *torch.autograd.grad(y.sum(), x)]
    return out


@pytest.mark.filterwarnings("ignore:Full backward hook is firing")
@pytest.mark.parametrize(("scene", "recordings", "breaks"), scenes.found)
def test_hooks(scene, recordings, breaks):
    check(scene, recordings, breaks)
