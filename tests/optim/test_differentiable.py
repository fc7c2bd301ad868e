"""Gradients through steps, against torch's."""

import numpy as np
import pytest
import torch

from tests.optim.programs import values
from tests.oracle import module_under_test, same_error

lib = module_under_test()

# (optimizer, options, steps, rtol). Through several steps of the others torch refuses to go back.
# With differentiable=True torch corrects the bias of Adam's kin in float32, whatever the parameters.
CASES = [
    ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1}, 7, 1e-9),
    ("SGD", {"lr": 0.1, "nesterov": True, "momentum": 0.5}, 7, 1e-9),
    ("Adam", {"weight_decay": 0.1}, 7, 2e-5),
    ("Adam", {"amsgrad": True}, 1, 2e-5),
    ("AdamW", {}, 7, 2e-5),
    ("Adagrad", {}, 7, 1e-9),
    ("RMSprop", {"momentum": 0.9, "centered": True}, 1, 1e-9),
    ("Adamax", {}, 1, 1e-9),
    ("NAdam", {}, 7, 2e-5),
    ("RAdam", {}, 7, 1e-9),
    ("Adadelta", {}, 7, 1e-9),
    ("ASGD", {}, 7, 1e-9),
]


def leaf(x, rng, shape=(4,)):
    return x.tensor(values(rng, shape, "float64"), dtype=x.float64).requires_grad_()


@pytest.mark.parametrize("name, options, steps, rtol", CASES)
def test_gradients_of_steps(name, options, steps, rtol):
    def program(x):
        rng = np.random.default_rng(0)
        start, gradient = leaf(x, rng), leaf(x, rng)
        p = start.clone()
        p.retain_grad()
        optimizer = getattr(x.optim, name)([p], differentiable=True, **options)
        for _ in range(steps):
            p.grad = gradient * 1.5
            optimizer.step()
        (p * p).sum().backward()
        return [t.tolist() for t in (p, start.grad, gradient.grad)]

    for got, want in zip(program(lib), program(torch), strict=True):
        np.testing.assert_allclose(got, want, rtol=rtol, atol=1e-14)


@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_gradients_of_the_learning_rate(name):
    def program(x):
        rng = np.random.default_rng(1)
        rate = x.tensor(0.1, dtype=x.float64, requires_grad=True)
        p = leaf(x, rng).clone()
        optimizer = getattr(x.optim, name)([p], lr=rate, differentiable=True)
        p.grad = leaf(x, rng).detach()
        optimizer.step()
        (p**3).sum().backward()
        return rate.grad.item(), optimizer.state[p].get("step") is None or optimizer.state[p]["step"].requires_grad

    (got, flag), (want, expected) = program(lib), program(torch)
    np.testing.assert_allclose(got, want, rtol=1e-9 if name == "SGD" else 2e-5)
    assert flag == expected


def test_second_order_through_a_step():
    def program(x):
        a = x.tensor(0.7, dtype=x.float64, requires_grad=True)
        w = x.tensor([1.0, 2.0], dtype=x.float64, requires_grad=True)
        p = w.clone()
        inner = ((p - a) ** 2).sum()
        (p.grad,) = x.autograd.grad(inner, p, create_graph=True)
        x.optim.SGD([p], lr=0.1, differentiable=True).step()
        (p**2).sum().backward()
        return [a.grad.item(), *w.grad.tolist()]

    assert program(lib) == pytest.approx(program(torch), rel=1e-12)


def test_leaves_are_refused():
    def program(x):
        w = x.ones(2, requires_grad=True)
        w.grad = x.ones(2)
        x.optim.SGD([w], lr=0.1, differentiable=True).step()

    same_error(lambda: program(lib), lambda: program(torch))


def test_steps_that_require_grad_are_refused():
    def program(x):
        w = x.ones(2, requires_grad=True).clone()
        w.retain_grad()
        w.grad = x.ones(2)
        optimizer = x.optim.Adam([w], differentiable=True)
        optimizer.step()
        optimizer.state[w]["step"] = x.tensor(1.0, requires_grad=True)
        optimizer.step()

    same_error(lambda: program(lib), lambda: program(torch))
