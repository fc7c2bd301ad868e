"""Steps of every optimizer, under every option, against torch's."""

import copy

import numpy as np
import pytest
import torch

from tests.counting import compilations
from tests.optim.programs import assert_close, give_gradients, numbers, parameters, run
from tests.oracle import module_under_test, same_error

lib = module_under_test()

OPTIONS = {
    "SGD": [
        {"lr": 0.1}, {"lr": 0.1, "momentum": 0.9},
        {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1},
        {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01, "maximize": True},
        {"lr": 0.1, "weight_decay": 0.1, "fused": True}, {"lr": 0.1, "momentum": 0.5, "foreach": True},
    ],
    "Adam": [
        {}, {"amsgrad": True}, {"weight_decay": 0.1}, {"amsgrad": True, "maximize": True, "weight_decay": 0.01},
        {"decoupled_weight_decay": True, "weight_decay": 0.1}, {"fused": True}, {"foreach": True},
        {"betas": (0.5, 0.6), "eps": 1e-3},
    ],
    "AdamW": [{}, {"amsgrad": True, "maximize": True}, {"fused": True, "amsgrad": True}],
    "Adagrad": [{}, {"lr_decay": 0.1, "weight_decay": 0.1}, {"initial_accumulator_value": 0.5, "maximize": True}],
    "RMSprop": [
        {}, {"centered": True}, {"momentum": 0.9},
        {"momentum": 0.9, "centered": True, "weight_decay": 0.1, "maximize": True},
    ],
    "Adamax": [{}, {"weight_decay": 0.1, "maximize": True}],
    "NAdam": [{}, {"weight_decay": 0.1}, {"weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True}],
    "RAdam": [{}, {"weight_decay": 0.1}, {"weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True}],
    "Adadelta": [{}, {"weight_decay": 0.1, "maximize": True}],
    "ASGD": [{}, {"t0": 3, "weight_decay": 0.1, "lambd": 0.1, "maximize": True}],
    "Rprop": [{}, {"etas": (0.3, 1.5), "step_sizes": (1e-3, 0.05), "maximize": True}],
}  # fmt: skip
CASES = [pytest.param(n, o, id=f"{n}-{i}") for n, all_ in OPTIONS.items() for i, o in enumerate(all_)]
NAMES = list(OPTIONS)


@pytest.mark.parametrize("name, options", CASES)
def test_twenty_steps_in_float64(name, options):
    assert_close(numbers(*run(lib, name, options)), numbers(*run(torch, name, options)), 1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_twenty_steps_in_float32(name):
    options = OPTIONS[name][-1]
    actual, expected = (numbers(*run(x, name, options, "float32")) for x in (lib, torch))
    assert_close(actual, expected, 1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_complex_parameters(name):
    options = {k: v for k, v in OPTIONS[name][-1].items() if k != "fused"}
    actual, expected = (numbers(*run(x, name, options, "complex128", steps=3)) for x in (lib, torch))
    assert_close(actual, expected, 1e-12)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("name", NAMES)
def test_halves_round_as_torch_rounds(name, dtype):
    # 64 elements: fewer are computed one by one by torch, and rounded after each operation
    options = OPTIONS[name][0]
    one, other = (numbers(*run(x, name, options, dtype, steps=1, shapes=((64,),))) for x in (lib, torch))
    for key, want in other.items():
        assert np.array_equal(one[key], want, equal_nan=True), key


@pytest.mark.parametrize("name, count", [("Adam", 64), ("AdamW", 64), ("SGD", 12), ("Adagrad", 12)])
def test_fused_halves_round_once_a_step(name, count):
    # torch 2.13's fused SGD leaves half parameters of 16 elements and more as they were
    options = {"fused": True} | ({"lr": 0.1} if name == "SGD" else {})
    one, other = (
        numbers(*run(x, name, options, "bfloat16", steps=3, shapes=((count,),))) for x in (lib, torch)
    )
    assert_close(one, other, 0)


@pytest.mark.parametrize("name", ["SGD", "Adam", "RAdam", "NAdam", "Adamax", "RMSprop", "ASGD", "Adagrad"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_learning_rate_as_a_tensor(name, dtype):
    def program(x):
        rate = x.tensor(0.05, dtype=getattr(x, dtype))
        optimizer, params = run(x, name, {"lr": rate, "weight_decay": 0.1}, steps=3)
        rate.fill_(0.01)
        give_gradients(x, params, 9)
        optimizer.step()
        return numbers(optimizer, params)

    assert_close(program(lib), program(torch), 1e-12)


def test_betas_as_tensors():
    def program(x):
        betas = (x.tensor(0.8), x.tensor([0.95]))
        return numbers(*run(x, "Adam", {"betas": betas}, "float32", steps=3))

    assert_close(program(lib), program(torch), 1e-5)


@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_parameters_without_gradients_lag_behind(name):
    options = {"lr": 0.1, "momentum": 0.9} if name == "SGD" else {}

    def program(x):
        params = parameters(x, shapes=((3,), (2, 2), (3,), ()))
        optimizer = getattr(x.optim, name)(params, **options)
        for k in range(12):
            give_gradients(x, params, k)
            for i, p in enumerate(params):
                if (k + i) % 3 == 0:
                    p.grad = None
            optimizer.step()
        return numbers(optimizer, params)

    assert_close(program(lib), program(torch), 1e-12)


def test_views_of_one_vector_are_all_updated():
    def program(x):
        vector = x.arange(12, dtype=x.float64)
        params = [vector[:6].view(2, 3), vector[6:9], vector[9:].as_strided((1, 3), (3, 1), 9)]
        params = [x.nn.Parameter(p) for p in params] if hasattr(x, "nn") else params
        optimizer = x.optim.Adam(params, lr=0.1)
        for k in range(10):
            give_gradients(x, params, k)
            optimizer.step()
        return vector.tolist(), [p._version for p in params]

    (got, versions), (want, expected) = program(lib), program(torch)
    np.testing.assert_allclose(got, want, rtol=1e-12)
    assert versions == expected


def test_parameters_of_any_layout_and_shared_with_numpy():
    def program(x):
        memory = np.arange(6.0)
        params = [
            x.arange(6.0, dtype=x.float64).view(2, 3).t(),
            x.arange(12.0, dtype=x.float64)[::2],
            x.from_numpy(memory),
        ]
        optimizer = x.optim.Adam(params, lr=0.1, amsgrad=True)
        for k in range(9):
            give_gradients(x, params, k)
            optimizer.step()
        strides = [optimizer.state[p]["exp_avg"].stride() for p in params]
        return numbers(optimizer, params), memory, strides

    (got, shared, strides), (want, expected, wanted) = program(lib), program(torch)
    assert_close(got, want, 1e-12)
    np.testing.assert_allclose(shared, expected, rtol=1e-12)
    assert strides == wanted


def test_versions_count_one_write_a_step():
    params = parameters(lib, shapes=((2,), (3,)))
    before = [p._version for p in params]
    optimizer = lib.optim.Adam(params)
    for k in range(3):
        give_gradients(lib, params, k)
        optimizer.step()
    assert [p._version - b for p, b in zip(params, before)] == [3, 3]


def test_a_graph_from_before_the_step_is_refused():
    def program(x):
        w = x.ones(2, requires_grad=True)
        loss = (w * w).sum()
        w.grad = x.ones(2)
        x.optim.SGD([w], lr=0.1).step()
        loss.backward()

    same_error(lambda: program(lib), lambda: program(torch))


def test_a_new_rate_or_step_compiles_nothing():
    params = parameters(lib, shapes=((2,), (3,)))
    optimizer = lib.optim.Adam(params)
    for k in range(10):
        give_gradients(lib, params, k)
        optimizer.step()
    before = compilations()
    for k in range(5):
        optimizer.param_groups[0]["lr"] = 0.1 / (k + 3)
        optimizer.param_groups[0]["eps"] = 1e-7 * k
        optimizer.step()
    assert compilations() == before


@pytest.mark.parametrize("name", ["SGD", "Adam", "RMSprop"])
def test_closures_and_two_groups(name):
    def program(x):
        a, b = parameters(x, shapes=((2,), (3,)))
        optimizer = getattr(x.optim, name)([{"params": a, "lr": 0.3}, {"params": [b]}], lr=0.01)
        losses = []

        def closure():
            optimizer.zero_grad()
            loss = (a * a).sum() + (b**2).sum()
            loss.backward()
            return loss

        for _ in range(4):
            losses.append(optimizer.step(closure).item())
        return losses, numbers(optimizer, [a, b])

    (losses, got), (expected, want) = program(lib), program(torch)
    np.testing.assert_allclose(losses, expected, rtol=1e-12)
    assert_close(got, want, 1e-12)


def test_printed_losses_of_a_thousand_epochs():
    def program(x):
        data = x.tensor([[1.0], [2.0], [3.0]])
        w, b = x.zeros(1, requires_grad=True), x.zeros(1, requires_grad=True)
        optimizer, lines = x.optim.SGD([w, b], lr=0.01), []
        for epoch in range(1001):
            cost = ((data * w + b - data) ** 2).mean()
            optimizer.zero_grad()
            cost.backward()
            optimizer.step()
            if epoch % 100 == 0:
                lines.append(f"{epoch} W: {w.item():.3f}, b: {b.item():.3f} Cost: {cost.item():.6f}")
        return lines

    assert program(lib) == program(torch)


def test_scaler_attributes_of_fused_optimizers():
    def program(x, inf):
        params = parameters(x, "float32")
        optimizer = x.optim.Adam(params, fused=True)
        optimizer.grad_scale, optimizer.found_inf = x.tensor(8.0), x.tensor(inf)
        for k in range(2):
            give_gradients(x, params, k)
            optimizer.step()
        return numbers(optimizer, params)

    for inf in (0.0, 1.0):
        assert_close(program(lib, inf), program(torch, inf), 1e-5)


@pytest.mark.parametrize("name", [n for n in NAMES if n not in ("SGD", "Adagrad")])
def test_capturable_needs_a_device(name):
    same_error(
        lambda: run(lib, name, {"capturable": True}, steps=1),
        lambda: run(torch, name, {"capturable": True}, steps=1),
    )


def test_copies_step_on_their_own():
    optimizer, params = run(lib, "Adam", {}, steps=2)
    twin = copy.deepcopy(optimizer)
    (theirs,) = (g["params"] for g in twin.param_groups)
    before = [p.tolist() for p in theirs]
    give_gradients(lib, params, 5)
    optimizer.step()
    assert [p.tolist() for p in theirs] == before != [p.tolist() for p in params]
    give_gradients(lib, theirs, 5)
    twin.step()
    assert [p.tolist() for p in theirs] == [p.tolist() for p in params]
