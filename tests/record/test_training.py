"""The state of training around compiled steps: optimizers, schedules, modules and gradients that change."""

import copy

import pytest

import jaxtorch as torch
import jaxtorch.nn.functional as F
from jaxtorch import nn

from .scenes import Scenes, check, leaf, ones, training

scenes = Scenes()
X = torch.ones(2, 3)


def runs(f, n: int = 2):
    return [f(X) for _ in range(n)]


# -- optimizers -------------------------------------------------------------------------------------
@scenes(recordings=2)
def loading_the_state_of_an_optimizer(compile):
    model, opt, step = training()
    f = compile(step)
    out = runs(f)
    saved = copy.deepcopy((model.state_dict(), opt.state_dict()))
    out += runs(f)
    model.load_state_dict(saved[0])
    opt.load_state_dict(saved[1])
    out += runs(f)
    opt.param_groups[0]["lr"] = 0.5
    return [*out, *runs(f), opt.state_dict()]


@scenes(recordings=3)
def clearing_the_state_of_an_optimizer(compile):
    _, opt, step = training()
    f = compile(step)
    out = runs(f)
    opt.state.clear()
    out += [*runs(f), opt.state_dict()]
    opt.state = type(opt.state)(dict)
    return [*out, *runs(f), opt.state_dict()]


@scenes(recordings=2)
def replacing_one_state(compile):
    model, opt, step = training()
    f = compile(step)
    out = runs(f)
    p = next(model.parameters())
    opt.state[p]["exp_avg"] = torch.ones_like(p)
    return [*out, *runs(f), opt.state_dict()]


@scenes(recordings=3)
def moving_a_parameter_to_another_group(compile):
    model, opt, step = training()
    f = compile(step)
    out = runs(f)
    p = opt.param_groups[0]["params"].pop()
    out += [*runs(f), p.detach().clone()]
    opt.add_param_group({"params": [p], "lr": 0.01})
    return [*out, *runs(f), p]


@scenes(recordings=2)
def another_parameter_in_a_group(compile):
    _, opt, step = training()
    f = compile(step)
    out = runs(f)
    params = opt.param_groups[0]["params"]
    q = params[0] = nn.Parameter(torch.ones_like(params[0]))
    q.grad = torch.ones_like(q)
    return [*out, *runs(f), q]


@scenes(recordings=2)
def an_option_of_a_group(compile):
    _, opt, step = training(lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.5))
    f = compile(step)
    out = runs(f)
    opt.param_groups[0]["nesterov"] = True
    out += runs(f)
    opt.param_groups[0]["momentum"] = 0.9
    return [*out, *runs(f)]


@scenes(recordings=1)
def the_rate_of_a_group_read_inside(compile):
    _, opt, step = training()
    f = compile(lambda x: step(x) * opt.param_groups[0]["lr"])
    out = runs(f)
    opt.param_groups[0]["lr"] = 0.5
    return [*out, *runs(f)]


@scenes(recordings=1)
def modules_made_inside(compile):
    model, opt, _ = training()

    def f(x):
        opt.zero_grad()
        whole = nn.Sequential(model, nn.Dropout(0.5), nn.Softmax(dim=1)).eval()
        whole.factor = 2
        drawn = nn.Linear(3, 2)
        loss = nn.CrossEntropyLoss()(whole(x) * whole.factor, torch.tensor([0, 1])) + drawn(x).sum()
        loss.backward()
        opt.step()
        return loss.detach(), drawn.weight.grad

    return [runs(compile(f), 4), *model.parameters()]


@scenes(0, breaks="a module that it makes is returned")
def a_module_made_inside_is_returned(compile):
    found = runs(compile(lambda x: nn.ReLU()), 3)
    return [len(set(map(id, found)))]


@scenes(0)
def a_module_made_inside_is_kept(compile):
    kept = []

    def f(x):
        kept.append(nn.Linear(3, 2))
        return kept[-1](x).detach()

    torch.manual_seed(0)
    return [runs(compile(f)), len(kept)]


@scenes(3, breaks="a lazy module learns its sizes")
def a_lazy_module_from_outside(compile):
    torch.manual_seed(0)
    layers = [nn.LazyLinear(2), nn.LazyLinear(2), nn.LazyLinear(2)]
    f = compile(lambda layer, x: layer(x).detach())
    return [[f(layer, X) for layer in layers] for _ in range(3)]


class Plain(torch.optim.Optimizer):
    """An optimizer written in operations on tensors."""

    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.add_(p.grad, alpha=-group["lr"])


class Counting(Plain):
    """One that counts its steps in Python."""

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if not state:
                    state["step"], state["mean"] = 0, torch.zeros_like(p)
                state["step"] += 1
                state["mean"].mul_(0.9).add_(p.grad)
                p.add_(state["mean"], alpha=-group["lr"] / (1 - 0.9 ** state["step"]))


@scenes()
def an_optimizer_of_the_users(compile):
    _, opt, step = training(lambda p: Plain(p, 0.1))
    schedule = torch.optim.lr_scheduler.ExponentialLR(opt, 0.5)
    f, out = compile(step), []
    for _ in range(4):
        out.append(f(X))
        schedule.step()
    return out


@scenes(0, breaks="it changes")
def an_optimizer_that_counts_in_python(compile):
    _, opt, step = training(lambda p: Counting(p, 0.1))
    return runs(compile(step), 5)


@scenes(recordings=1)
def only_the_optimizer_compiled(compile):
    model, opt, _ = training()
    f, out = compile(opt.step), []
    for i in range(4):
        opt.zero_grad(set_to_none=i != 2)
        loss = model(X).square().sum()
        loss.backward()
        f()
        out.append(loss.detach())
    return out


# -- schedules --------------------------------------------------------------------------------------
SCHEDULES = {
    "exponential": lambda o: torch.optim.lr_scheduler.ExponentialLR(o, 0.5),
    "cosine": lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 5),
    "lambda": lambda o: torch.optim.lr_scheduler.LambdaLR(o, lambda n: 0.9**n),
    "restarts": lambda o: torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(o, 2),
    "sequence": lambda o: torch.optim.lr_scheduler.SequentialLR(
        o, [torch.optim.lr_scheduler.ConstantLR(o, 0.1, 2), torch.optim.lr_scheduler.ExponentialLR(o, 0.9)], [2]
    ),
}


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.filterwarnings("ignore:The epoch parameter")
def test_a_schedule_stepped_inside(schedule):
    def scene(compile):
        _, opt, step = training(lambda p: torch.optim.SGD(p, lr=0.1))
        s = SCHEDULES[schedule](opt)

        def both(x):
            loss = step(x)
            s.step()
            return loss

        return [*runs(compile(both), 5), s.last_epoch, s.get_last_lr(), opt.param_groups[0]["lr"]]

    check(scene, 1, "")


@scenes(0, breaks="a scheduler is given a tensor")
def a_plateau(compile):
    _, opt, step = training()
    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(opt, patience=0, factor=0.5)

    def both(x):
        loss = step(x)
        schedule.step(loss)
        return loss

    return [*runs(compile(both), 4), opt.param_groups[0]["lr"]]


# -- modules ----------------------------------------------------------------------------------------
@scenes(recordings=3)
def train_and_eval_of_a_part(compile):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.5))
    f = compile(lambda x: model(x).detach())
    out = runs(f)
    model[1].eval()
    out += runs(f)
    model[1].train()
    model[1].p = 0.9
    return [*out, *runs(f)]


@scenes(recordings=2)
def tying_weights_later(compile):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    opt = torch.optim.SGD(model.parameters(), lr=0.01)

    def step(x):
        opt.zero_grad()
        loss = model(x).square().sum()
        loss.backward()
        opt.step()
        return loss.detach()

    f = compile(step)
    out = runs(f)
    model[1].weight = model[0].weight
    return [*out, *runs(f)]


@scenes(recordings=2)
def another_dtype(compile):
    model, *_ = training()
    f = compile(lambda x: model(x.to(model[0].weight.dtype)).detach())
    out = runs(f)
    model.double()
    return [*out, *runs(f)]


@scenes(recordings=2)
def loading_a_module(compile):
    model, *_ = training()
    f = compile(lambda x: model(x).detach())
    out = runs(f)
    state = {k: torch.ones_like(v) for k, v in model.state_dict().items()}
    model.load_state_dict(state)
    out += runs(f)
    model.load_state_dict({k: v * 2 for k, v in state.items()}, assign=True)
    return [*out, *runs(f)]


@scenes(recordings=1)
def a_copy_of_a_compiled_module(compile):
    model, *_ = training()
    f = compile(model)
    out = [f(X).detach()]
    other = copy.deepcopy(f)
    with torch.no_grad():
        for p in model.parameters():
            p.zero_()
    return [*out, f(X).detach(), other(X).detach()]


@scenes(recordings=1)
def a_moving_average_of_a_module(compile):
    model, _, step = training()
    average = copy.deepcopy(model)

    def both(x):
        loss = step(x)
        with torch.no_grad():
            for a, p in zip(average.parameters(), model.parameters(), strict=True):
                a.lerp_(p, 0.1)
        return loss

    return [*runs(compile(both), 3), *average.parameters()]


# -- memory -----------------------------------------------------------------------------------------
@scenes(recordings=2)
def other_memory_for_a_tensor(compile):
    w = ones(2)
    f = compile(lambda x: x + w)
    out = [f(ones(2))]
    w.data = torch.full((2,), 4.0)
    return [*out, f(ones(2))]


@scenes(recordings=3)
def a_list_of_tensors(compile):
    ws = [ones(2), ones(2) * 2]
    f = compile(lambda x: x + sum(ws))
    out = [f(ones(2))]
    ws[0].data = torch.full((2,), 4.0)
    out.append(f(ones(2)))
    ws[1] = torch.zeros(2)
    return [*out, f(ones(2))]


@scenes(recordings=2)
def a_leaf_that_is_frozen(compile):
    w = leaf()
    f = compile(lambda x: x * w)
    out = [f(ones(2))]
    w.requires_grad_(False)
    return [*out, f(ones(2))]


@scenes(recordings=2)
def memory_that_numpy_holds(compile):
    model, _, step = training()
    f = compile(step)
    out = runs(f)
    held = model[0].weight.detach().numpy()
    out += [*runs(f, 1), held.copy(), *runs(f, 1), held.copy(), model[0].weight]
    held[:] = 0.5
    return [*out, *runs(f, 1), held.copy()]


@scenes(recordings=1)
def views_of_parameters_are_held(compile):
    model, _, step = training()
    f = compile(step)
    out = runs(f)
    row, data = model[0].weight.detach()[0], model[0].weight.data
    for _ in range(2):
        out += [*runs(f, 1), row.clone(), data.clone()]
    return [*out, model[0].weight]


@scenes(recordings=1)
def values_change_places(compile):
    a, b = torch.zeros(3), torch.ones(3)

    def swap():
        t = a.clone()
        a.copy_(b)
        b.copy_(t)

    f, out = compile(swap), []
    for _ in range(3):
        f()
        out += [a.clone(), b.clone()]
    a.add_(5)
    return [*out, a, b]


@scenes(recordings=1)
def one_value_in_two_places(compile):
    a, b, c = torch.zeros(3), torch.zeros(3), torch.ones(3)

    def spread():
        a.copy_(c)
        b.copy_(c)
        c.add_(1)

    f, out = compile(spread), []
    for _ in range(3):
        f()
        out += [a.clone(), b.clone(), c.clone()]
    return out


# -- gradients --------------------------------------------------------------------------------------
@scenes(recordings=2)
def gradients_in_memory_that_numpy_holds(compile):
    torch.manual_seed(0)
    model = nn.Linear(3, 2)
    opt = torch.optim.SGD(model.parameters(), lr=0.1)

    def step(x):
        opt.zero_grad(set_to_none=False)
        model(x).sum().backward()
        opt.step()

    f = compile(step)
    f(X)
    held = model.weight.grad.numpy()
    out = []
    for i in range(3):
        f(X * i)
        out += [held.copy(), model.weight.grad.clone()]
    return out


@scenes(recordings=2)
def gradients_of_arguments(compile):
    f = compile(lambda w: (w * w).sum().backward())
    a, b = leaf(), leaf()
    for w in (a, b, b, a, a):
        f(w)
    return [a.grad, b.grad]


@scenes(recordings=1)
def leaves_made_inside(compile):
    def f(x):
        y = x.detach().clone().requires_grad_()
        (y**3).sum().backward()
        return y.grad * 2, y

    f, out = compile(f), []
    for i in range(3):
        g, y = f(ones(2) * i)
        out += [g, y, y.grad]
    return out


@scenes(recordings=1)
def two_backwards(compile):
    model, opt, _ = training()

    def step(x):
        opt.zero_grad()
        y = model(x)
        loss = y.square().sum()
        loss.backward(retain_graph=True)
        loss.backward(retain_graph=True)
        y.sum().backward()
        opt.step()
        return loss

    f = compile(step)
    return [f(X).detach() for _ in range(4)]


@scenes(recordings=1)
def complex_parameters(compile):
    torch.manual_seed(0)
    w = torch.randn(3, dtype=torch.complex64, requires_grad=True)
    opt = torch.optim.Adam([w], lr=0.1)

    def step(x):
        opt.zero_grad()
        loss = torch.fft.fft(w * x).abs().square().sum()
        loss.backward()
        opt.step()
        return loss.detach(), w.grad

    f = compile(step)
    return [[t.clone() for t in f(ones(3))] for _ in range(3)] + [w]


@scenes(recordings=1)
def an_empty_batch(compile):
    model, opt, _ = training()

    def step(x):
        opt.zero_grad()
        F.dropout(model(x), 0.5).sum().backward()
        opt.step()

    f = compile(step)
    f(X[:0])
    f(X[:0])
    return [*model.parameters(), *[p.grad for p in model.parameters()]]


@pytest.mark.parametrize(("scene", "recordings", "breaks"), scenes.found)
def test_training(scene, recordings, breaks):
    check(scene, recordings, breaks)
