"""Parameter groups, state_dict, hooks, repr and errors, against torch's."""

import copy
import importlib
import io
import subprocess
import sys
import warnings

import numpy as np
import pytest
import torch

from tests.optim.programs import assert_close, give_gradients, numbers, parameters, run
from tests.oracle import comparable_text, module_under_test, same_error

lib = module_under_test()
NAMES = [
    "SGD", "Adam", "AdamW", "Adagrad", "RMSprop", "Adamax", "NAdam", "RAdam", "Adadelta", "ASGD", "Rprop", "LBFGS",
]  # fmt: skip
STEPPED = [n for n in NAMES if n != "LBFGS"]


def plain(value):
    """A state_dict as plain data."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(plain(v) for v in value)
    if hasattr(value, "tolist"):
        return [str(value.dtype).rpartition(".")[2], tuple(value.shape), np.array(value.tolist()).tolist()]
    return value


def as_torch(value):
    """The same structure with torch's tensors."""
    if isinstance(value, dict):
        return {k: as_torch(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(as_torch(v) for v in value)
    if isinstance(value, lib.Tensor):
        return torch.tensor(value.tolist(), dtype=getattr(torch, str(value.dtype).rpartition(".")[2]))
    return value


def as_tested(value):
    """The same structure with the tested library's tensors."""
    if isinstance(value, dict):
        return {k: as_tested(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(as_tested(v) for v in value)
    if isinstance(value, torch.Tensor):
        return lib.tensor(value.tolist(), dtype=getattr(lib, str(value.dtype).rpartition(".")[2]))
    return value


@pytest.mark.parametrize("name", NAMES)
def test_repr_and_fresh_state_dict(name):
    one, other = (getattr(x.optim, name)(parameters(x)) for x in (lib, torch))
    assert repr(one) == repr(other)
    assert plain(one.state_dict()) == plain(other.state_dict())
    assert list(one.state_dict()["param_groups"][0]) == list(other.state_dict()["param_groups"][0])
    assert one.defaults == other.defaults


@pytest.mark.parametrize("name", STEPPED)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_state_dict_has_the_form_of_torchs(name, dtype):
    def form(x):
        state = run(x, name, {}, dtype, steps=2)[0].state_dict()
        return {
            i: {k: (str(v.dtype).rpartition(".")[2], tuple(v.shape), v.stride()) for k, v in s.items()}
            for i, s in state["state"].items()
        }

    assert form(lib) == form(torch)


@pytest.mark.parametrize("name", STEPPED)
def test_states_travel_both_ways(name):
    options = {"lr": 0.1, "momentum": 0.9} if name == "SGD" else {}

    def resumed(x, state):
        params = parameters(x, seed=3)
        optimizer = getattr(x.optim, name)(params, **options)
        optimizer.load_state_dict(state)
        for k in range(3):
            give_gradients(x, params, k)
            optimizer.step()
        return numbers(optimizer, params)

    ours, theirs = (run(x, name, options, steps=3)[0].state_dict() for x in (lib, torch))
    converted = as_tested(theirs), as_torch(ours)  # before any of them is stepped on
    want = resumed(torch, theirs)
    assert_close(resumed(lib, converted[0]), want, 1e-12)
    assert_close(resumed(torch, converted[1]), want, 1e-12)


def test_states_saved_to_a_file_load_in_torch():
    optimizer, _ = run(lib, "Adam", {"amsgrad": True}, "float32", steps=2)
    buffer = io.BytesIO()
    lib.save(optimizer.state_dict(), buffer)
    buffer.seek(0)
    assert plain(torch.load(buffer)) == plain(optimizer.state_dict())


def test_old_states_with_plain_step_counts():
    def program(x):
        params = parameters(x)
        optimizer = x.optim.Adam(params)
        state = optimizer.state_dict()
        zeros = [x.zeros(tuple(p.shape), dtype=x.float64) for p in params]
        state["state"] = {i: {"step": 3, "exp_avg": z, "exp_avg_sq": z + 1} for i, z in enumerate(zeros)}
        del state["param_groups"][0]["maximize"]
        optimizer.load_state_dict(state)
        give_gradients(x, params, 0)
        optimizer.step()
        return numbers(optimizer, params), optimizer.param_groups[0]["maximize"]

    (got, flag), (want, expected) = program(lib), program(torch)
    assert_close(got, want, 1e-12)
    assert flag is expected is False


def test_loading_casts_to_the_parameters():
    def program(x):
        state = run(x, "Adam", {}, "float64", steps=1)[0].state_dict()
        params = parameters(x, "float32")
        optimizer = x.optim.Adam(params)
        optimizer.load_state_dict(state)
        return plain(optimizer.state_dict()["state"])

    got, want = program(lib), program(torch)
    assert {i: {k: v[0] for k, v in s.items()} for i, s in got.items()} == {
        i: {k: v[0] for k, v in s.items()} for i, s in want.items()
    }


def required(x):
    """The mark of an option that every group must give."""
    return importlib.import_module(x.__name__ + ".optim.optimizer").required


ERRORS = {
    "one tensor": lambda x: x.optim.SGD(x.ones(3), lr=0.1),
    "nothing": lambda x: x.optim.SGD([], lr=0.1),
    "a number": lambda x: x.optim.SGD([1], lr=0.1),
    "a text": lambda x: x.optim.SGD(["a"], lr=0.1),
    "not a leaf": lambda x: x.optim.SGD([x.ones(2, requires_grad=True) * 2], lr=0.1),
    "a set": lambda x: x.optim.SGD([{"params": {x.ones(1)}}], lr=0.1),
    "a group that is none": lambda x: x.optim.SGD([x.ones(1)], lr=0.1).add_param_group([x.ones(1)]),
    "some names": lambda x: x.optim.SGD([("a", x.ones(1)), x.ones(1)], lr=0.1),
    "names and none": lambda x: x.optim.SGD([("a", x.ones(1))], lr=0.1).add_param_group({"params": x.ones(1)}),
    "none and names": lambda x: x.optim.SGD([x.ones(1)], lr=0.1).add_param_group({"params": [("a", x.ones(1))]}),
    "required": lambda x: x.optim.Optimizer([x.ones(1)], {"lr": required(x)}),
    "no step": lambda x: x.optim.Optimizer([x.ones(1)], {}).step(),
    "lr": lambda x: x.optim.Adam([x.ones(1)], lr=-1),
    "sgd lr": lambda x: x.optim.SGD([x.ones(1)], lr=-1.5),
    "momentum": lambda x: x.optim.SGD([x.ones(1)], lr=1, momentum=-0.1),
    "sgd decay": lambda x: x.optim.SGD([x.ones(1)], lr=1, weight_decay=-0.1),
    "nesterov": lambda x: x.optim.SGD([x.ones(1)], lr=1, nesterov=True),
    "eps": lambda x: x.optim.Adam([x.ones(1)], eps=-1.0),
    "beta 0": lambda x: x.optim.Adam([x.ones(1)], betas=(1.0, 0.5)),
    "beta 1": lambda x: x.optim.Adam([x.ones(1)], betas=(0.0, -0.5)),
    "mixed betas": lambda x: x.optim.Adam([x.ones(1)], betas=(0.5, x.tensor(0.5))),
    "int beta": lambda x: x.optim.Adam([x.ones(1)], betas=(0, 0.5)),
    "decay": lambda x: x.optim.Adam([x.ones(1)], weight_decay=-1),
    "lr of two": lambda x: x.optim.Adam([x.ones(1)], lr=x.tensor([0.1, 0.2])),
    "lr tensor and foreach": lambda x: x.optim.Adam([x.ones(1)], lr=x.tensor(0.1), foreach=True),
    "fused and foreach": lambda x: x.optim.Adam([x.ones(1)], fused=True, foreach=True),
    "fused and differentiable": lambda x: x.optim.SGD([x.ones(1)], lr=1, fused=True, differentiable=True),
    "rho": lambda x: x.optim.Adadelta([x.ones(1)], rho=2.0),
    "etas": lambda x: x.optim.Rprop([x.ones(1)], etas=(2.0, 3.0)),
    "alpha": lambda x: x.optim.RMSprop([x.ones(1)], alpha=-1.0),
    "lr_decay": lambda x: x.optim.Adagrad([x.ones(1)], lr_decay=-1.0),
    "accumulator": lambda x: x.optim.Adagrad([x.ones(1)], initial_accumulator_value=-1.0),
    "momentum_decay": lambda x: x.optim.NAdam([x.ones(1)], momentum_decay=-1.0),
    "lbfgs groups": lambda x: x.optim.LBFGS([{"params": x.ones(1)}, {"params": x.ones(2)}]),
    "loading other groups": lambda x: x.optim.SGD([x.ones(1)], lr=1).load_state_dict(
        {"state": {}, "param_groups": []}
    ),
    "loading a larger group": lambda x: x.optim.SGD([x.ones(1)], lr=1).load_state_dict(
        {"state": {}, "param_groups": [{"params": [0, 1]}]}
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", ERRORS)
def test_refusals(what):
    same_error(lambda: ERRORS[what](lib), lambda: ERRORS[what](torch))


def test_a_parameter_in_two_groups():
    def program(x):
        p = x.ones(1)
        x.optim.SGD([{"params": p}, {"params": [p]}], lr=0.1)

    same_error(lambda: program(lib), lambda: program(torch))


def test_duplicates_warn():
    def program(x):
        p = x.ones(1)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            optimizer = x.optim.SGD([p, p], lr=0.1)
            p.grad = x.ones(1)
            optimizer.step()
        return [comparable_text(str(w.message)) for w in caught], p.tolist()

    assert program(lib) == program(torch)


def test_names_and_defaults_of_groups():
    def program(x):
        a, b = x.ones(1), x.ones(2)
        optimizer = x.optim.SGD([("a", a)], lr=0.1)
        optimizer.add_param_group({"params": [("b", b)], "lr": 0.5})
        return repr(optimizer), plain(optimizer.state_dict())

    assert program(lib) == program(torch)


def test_hooks_in_order():
    def program(x):
        seen = []
        params = parameters(x)
        optimizer = x.optim.SGD(params, lr=0.1)
        module = importlib.import_module(x.__name__ + ".optim.optimizer")
        handles = [
            optimizer.register_step_pre_hook(lambda *_: seen.append("pre")),
            optimizer.register_step_post_hook(lambda *_: seen.append("post")),
            module.register_optimizer_step_pre_hook(lambda *_: seen.append("all pre")),
            module.register_optimizer_step_post_hook(lambda *_: seen.append("all post")),
            optimizer.register_state_dict_pre_hook(lambda o: seen.append("dict pre")),
            optimizer.register_state_dict_post_hook(lambda o, s: {**s, "more": 1}),
            optimizer.register_state_dict_post_hook(lambda o, s: seen.append("first"), prepend=True),
            optimizer.register_load_state_dict_pre_hook(lambda o, s: seen.append(sorted(s))),
            optimizer.register_load_state_dict_post_hook(lambda o: seen.append("loaded")),
        ]
        optimizer.step()
        optimizer.load_state_dict(optimizer.state_dict())
        for handle in handles:
            handle.remove()
        optimizer.step()
        return seen

    assert program(lib) == program(torch)


def test_a_pre_hook_may_change_the_arguments():
    def program(x):
        optimizer = x.optim.SGD(parameters(x), lr=0.1)
        optimizer.register_step_pre_hook(lambda o, args, kwargs: ((o, lambda: 7), kwargs))
        return optimizer.step()

    assert program(lib) == program(torch) == 7


def test_steps_of_users_own_optimizers_are_hooked():
    def program(x):
        class Mine(x.optim.Optimizer):
            def __init__(self, params):
                super().__init__(params, {"lr": 0.5})

            def step(self, closure=None):
                with x.no_grad():
                    for group in self.param_groups:
                        for p in group["params"]:
                            p.add_(p.grad, alpha=-group["lr"])
                            self.state[p]["seen"] = self.state[p].get("seen", 0) + 1

        params, seen = parameters(x), []
        optimizer = Mine(params)
        optimizer.register_step_post_hook(lambda *_: seen.append(1))
        give_gradients(x, params, 0)
        optimizer.step()
        return seen, numbers(optimizer, params)

    (seen, got), (expected, want) = program(lib), program(torch)
    assert seen == expected
    assert_close(got, want, 1e-12)


def test_zero_grad():
    def program(x):
        params = parameters(x)
        give_gradients(x, params, 0)
        grads = [p.grad for p in params]
        params[1].grad = None
        optimizer = x.optim.SGD(params, lr=0.1)
        optimizer.zero_grad(set_to_none=False)
        kept = params[0].grad is grads[0], params[0].grad.tolist(), params[1].grad
        optimizer.zero_grad()
        return kept, params[0].grad, grads[1].tolist()

    assert program(lib) == program(torch)


@pytest.mark.parametrize("name", ["SGD", "Adam", "ASGD"])
def test_copies(name):
    optimizer, params = run(lib, name, {}, steps=2)
    twin = copy.deepcopy(optimizer)
    assert repr(twin) == repr(optimizer)
    theirs = twin.param_groups[0]["params"]
    assert_close(numbers(twin, theirs), numbers(optimizer, params), 0)


PICKLE = """
import pickle
from jaxtorch._compat import alias_torch
alias_torch.install()
import torch
w = torch.ones(3, requires_grad=True)
optimizer = torch.optim.Adam([w], lr=0.1)
w.grad = torch.ones(3)
optimizer.step()
twin = pickle.loads(pickle.dumps(optimizer))
(v,) = twin.param_groups[0]["params"]
v.grad = torch.ones(3)
for o in (optimizer, twin):
    o.step()
assert repr(twin) == repr(optimizer)
assert v is not w and v.tolist() == w.tolist()
assert twin.state[v]["step"].item() == 2
"""


@pytest.mark.skipif(lib is torch, reason="a process in which torch is jaxtorch")
def test_pickles():
    subprocess.run([sys.executable, "-c", PICKLE], check=True, timeout=120)


def test_a_scheduler_does_not_get_into_a_copy():
    optimizer = lib.optim.SGD(parameters(lib), lr=0.1)
    lib.optim.lr_scheduler.StepLR(optimizer, 2)
    assert "step" not in vars(copy.deepcopy(optimizer))
