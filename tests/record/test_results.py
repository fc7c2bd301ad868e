"""What compiled functions return: aliases, views, graphs, and what becomes of them later."""

import pytest

import jaxtorch as torch
import jaxtorch.nn.functional as F
from jaxtorch import nn

from .scenes import Scenes, check, leaf, ones, training

scenes = Scenes()


def says(f):
    """What ``f()`` raises."""
    try:
        return f()
    except RuntimeError as e:
        return str(e)


@scenes(recordings=1)
def arguments_themselves(compile):
    f, out = compile(lambda x, w: (x, x * w, [w])), []
    x, w = leaf(), leaf()
    for _ in range(3):
        a, b, c = f(x, w)
        out += [a is x, c[0] is w, *torch.autograd.grad(b.sum(), [x, w])]
    return out


@scenes(recordings=1)
def one_tensor_twice(compile):
    def f(x):
        y = x * 2
        return y, y, [y]

    f, out = compile(f), []
    for _ in range(2):
        a, b, c = f(ones(2))
        a.add_(1)
        out += [a is b, c[0] is a, b]
    return out


@scenes()
def views_of_arguments(compile):
    f, out = compile(lambda x: x.view(-1)[1:3]), []
    for _ in range(3):
        x = torch.arange(4.0).reshape(2, 2).requires_grad_()
        y = f(x)
        out += [y.detach(), *torch.autograd.grad(y.square().sum(), x)]
        x = torch.arange(4.0).reshape(2, 2)
        y = f(x)
        y.add_(10)
        out += [x, y, y._is_view(), y._base is x or y._base is x._base]
    return out


@scenes(recordings=1)
def views_of_arguments_that_are_written_later(compile):
    w = leaf(4)
    f, out = compile(lambda x: x.view(2, 2)[0]), []
    for _ in range(3):
        x = w * 2
        y = f(x)
        y.mul_(3)
        out += [x.detach(), *torch.autograd.grad(x.sum(), w)]
    return out


@scenes(recordings=1)
def views_of_memory_from_outside(compile):
    base = torch.zeros(4)
    f, out = compile(lambda: base[1:3]), []
    for _ in range(3):
        y = f()
        y.add_(1)
        out += [base.clone(), y._base is base]
    return out


@scenes(recordings=1)
def results_of_earlier_calls(compile):
    w = torch.zeros(2)

    def f():
        w.add_(1)
        return w * 10, w.detach(), w

    f, kept = compile(f), []
    for _ in range(4):
        kept.append([*f(), w.clone()])
    return kept


@scenes(0, breaks="the history of a tensor from outside")
def an_argument_with_a_new_history(compile):
    w = leaf()

    def f(x):
        x.mul_(w)
        return x.sum()

    f, out = compile(f), []
    for _ in range(3):
        x = ones(2)
        f(x)
        out += [x.requires_grad, *torch.autograd.grad(x.sum(), w)]
    return out


@scenes(0, breaks="the shape of a tensor from outside")
def an_argument_with_a_new_shape(compile):
    f, out = compile(lambda x: x.t_().clone()), []
    for _ in range(3):
        x = torch.arange(6.0).reshape(2, 3)
        out += [f(x), x.shape, x.stride()]
    return out


@scenes(recordings=1)
def a_graph_that_is_used_up(compile):
    model = nn.Linear(3, 2)

    def step(x):
        model.zero_grad()
        loss = model(x).square().sum()
        loss.backward()
        return loss

    f, out = compile(step), []
    for _ in range(3):
        loss = f(ones(2, 3))
        out += [says(lambda loss=loss: loss.backward()), type(loss.grad_fn).__name__]
    return out


@scenes(recordings=1)
def a_graph_that_is_kept(compile):
    model, *_ = training()
    f, out = compile(model), []
    for _ in range(2):
        y = f(ones(2, 3))
        y.sum().backward(retain_graph=True)
        y.square().sum().backward()
        out += [[p.grad.clone() for p in model.parameters()], says(lambda y=y: y.sum().backward())[:40]]
    return out


@scenes(recordings=1)
def writing_what_the_graph_saved(compile):
    w = leaf()
    f, out = compile(lambda x: ((w * x).exp(), w + x)), []
    for which in ("result", "argument", "parameter", "unsaved", "nothing"):
        x = ones(2)
        saved, unsaved = f(x)
        with torch.no_grad():
            if which == "result":
                saved.add_(1)
            elif which == "unsaved":
                unsaved.add_(1)
            elif which != "nothing":
                {"argument": x, "parameter": w}[which].add_(1)
        out.append(says(lambda t=saved: t.sum().backward(retain_graph=True) or "fine")[:60])
        out.append(says(lambda t=unsaved: t.sum().backward() or "fine")[:60])
    return out


@scenes(recordings=1)
def saved_by_a_graph_outside(compile):
    model, _, step = training()
    f = compile(step)
    f(ones(2, 3))
    y = model(ones(2, 3)).sum()
    f(ones(2, 3))
    return [says(lambda: y.backward())[:70]]


@scenes(recordings=1)
def second_derivatives(compile):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    f, out = compile(model), []
    for _ in range(2):
        x = torch.randn(5, 3, requires_grad=True)
        (g,) = torch.autograd.grad(f(x).pow(3).sum(), x, create_graph=True)
        (h,) = torch.autograd.grad(g.pow(2).sum(), x, create_graph=True)
        out += [g.detach(), h.detach(), *torch.autograd.grad(h.sum(), [x, *model.parameters()], allow_unused=True)[:-1]]
    return out


@scenes(recordings=1)
def second_derivatives_of_what_is_cut(compile):
    class Cut(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm, self.table = nn.BatchNorm1d(3), nn.Embedding(5, 3, padding_idx=0)

        def forward(self, x, i):
            h = F.dropout(self.norm(self.table(i) * x), 0.3)
            return (h.sin() * h.detach()).sum() + self.table.weight.pow(3).sum()

    torch.manual_seed(0)
    model = Cut().double()
    f, out = compile(model), []
    for _ in range(3):
        x = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
        loss = f(x, torch.tensor([0, 1, 2, 0]))
        (g,) = torch.autograd.grad(loss, x, create_graph=True)
        twice = torch.autograd.grad(g.pow(2).sum(), [x, *model.parameters()], allow_unused=True)
        out += [loss.detach(), g.detach(), *[t for t in twice if t is not None], *model.buffers(), torch.rand(1)]
    return out


@scenes(recordings=2)
def second_derivatives_after_a_write_in_place(compile):
    class Counts(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("n", torch.ones(2))

        def forward(self, x):
            self.n += 1
            return (x * self.n.clone()).sin()

    model = Counts()
    f, out = compile(model), []
    for _ in range(3):
        x = leaf()
        (g,) = torch.autograd.grad(f(x).sum(), x, create_graph=True)
        f(ones(2))
        out += [g.detach(), *torch.autograd.grad(g.sum(), x), model.n.clone()]
    return out


@scenes()
def functions_that_call_themselves(compile):
    def f(x, n):
        return x if n == 0 else g(x * 2, n - 1) + 1

    g = compile(f)
    return [g(ones(1), n) for n in (3, 3, 0, 2)]


@scenes()
def functions_that_call_each_other(compile):
    inner = compile(lambda x: x * 2)
    outer = compile(lambda x: inner(x) + inner(x * 3))
    return [outer(ones(1)), inner(ones(1)), outer(ones(1)), outer(ones(2))]


@pytest.mark.parametrize(("scene", "recordings", "breaks"), scenes.found)
def test_results(scene, recordings, breaks):
    check(scene, recordings, breaks)


def test_a_second_derivative_when_the_module_has_changed():
    model = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5))
    f = torch.compile(model, fullgraph=True)
    x = leaf()
    y = f(x.unsqueeze(0)).sum()
    model.eval()
    with pytest.raises(RuntimeError, match="a second derivative runs the compiled function again, but the module"):
        torch.autograd.grad(y, x, create_graph=True)


def test_a_second_derivative_runs_under_the_autocast_of_the_forward():
    torch.manual_seed(0)
    model = nn.Linear(3, 2)
    x, found = torch.randn(4, 3, requires_grad=True), []
    for f in (model, torch.compile(model, fullgraph=True)):
        with torch.autocast("cpu", torch.bfloat16):
            y = f(x)
        (g,) = torch.autograd.grad(y.float().pow(3).sum(), x, create_graph=True)
        found.append((y.dtype, *torch.autograd.grad(g.sum(), model.weight)))
    assert found[0][0] is found[1][0] is torch.bfloat16
    assert torch.allclose(found[0][1], found[1][1], rtol=0.05, atol=0.05)
