"""L-BFGS, with and without its line search, against torch's."""

import numpy as np
import pytest
import torch

from tests.oracle import module_under_test, same_error

lib = module_under_test()


def rosenbrock(p):
    return 100 * (p[1] - p[0] ** 2) ** 2 + (1 - p[0]) ** 2


@pytest.mark.parametrize(
    "options",
    [{"lr": 0.002}, {"line_search_fn": "strong_wolfe"}, {"lr": 0.001, "max_iter": 3, "history_size": 2},
     {"line_search_fn": "strong_wolfe", "max_iter": 7, "max_eval": 9}],
)  # fmt: skip
def test_rosenbrock(options):
    def program(x):
        p = x.tensor([-1.5, 2.0], dtype=x.float64, requires_grad=True)
        optimizer = x.optim.LBFGS([p], **options)
        seen = []

        def closure():
            optimizer.zero_grad()
            loss = rosenbrock(p)
            loss.backward()
            return loss

        for _ in range(3):
            seen.append(optimizer.step(closure).item())
            seen += p.tolist()
        state = optimizer.state[p]
        return seen, state["func_evals"], state["n_iter"], sorted(state)

    (got, *facts), (want, *expected) = program(lib), program(torch)
    np.testing.assert_allclose(got, want, rtol=1e-6)
    assert facts == expected


def test_several_parameters_of_several_kinds():
    def program(x):
        a = x.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=x.float64, requires_grad=True)
        b = x.tensor([1 + 2j, 3 - 1j], dtype=x.complex128, requires_grad=True)
        unused = x.ones(2, dtype=x.float64, requires_grad=True)
        optimizer = x.optim.LBFGS([a, b, unused], lr=0.1, max_iter=4)

        def closure():
            optimizer.zero_grad()
            loss = (a**4).sum() + (b.abs() ** 2).sum()
            loss.backward()
            return loss

        optimizer.step(closure)
        return a.tolist(), [[z.real, z.imag] for z in b.tolist()], unused.tolist()

    for got, want in zip(program(lib), program(torch), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-9)


def test_a_flat_start_is_left_alone():
    def program(x):
        p = x.zeros(2, dtype=x.float64, requires_grad=True)
        optimizer = x.optim.LBFGS([p])

        def closure():
            optimizer.zero_grad()
            loss = (p**2).sum()
            loss.backward()
            return loss

        return optimizer.step(closure).item(), p.tolist(), optimizer.state[p]["n_iter"]

    assert program(lib) == program(torch)


def test_an_unknown_line_search():
    def program(x):
        p = x.ones(2, requires_grad=True)
        optimizer = x.optim.LBFGS([p], line_search_fn="armijo")

        def closure():
            loss = (p**2).sum()
            loss.backward()
            return loss

        optimizer.step(closure)

    same_error(lambda: program(lib), lambda: program(torch))
