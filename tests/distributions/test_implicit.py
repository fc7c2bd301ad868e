"""The derivatives of gamma and Dirichlet samples in their parameters: PyTorch's approximations, in every region."""

import numpy as np
import pytest
import torch
from scipy import stats

import jaxtorch

N = 400


def numbers(dtype):
    """Parameters from 0.05 to 55, and samples of them: near the ends, in the middle, and at the means."""
    random = np.random.default_rng(0)
    a, b = np.exp(random.uniform(-3, 4, (2, N)))
    gamma = np.where(np.arange(N) % 4, random.gamma(a), a) + 1e-12
    beta = np.where(np.arange(N) % 4, random.beta(a, b), a / (a + b))
    return [x.astype(dtype) for x in (a, a + b, gamma, np.clip(beta, 1e-6, 1 - 1e-6))]


@pytest.mark.parametrize("dtype, tolerance", [("float64", 1e-11), ("float32", 2e-4)])
def test_values(dtype, tolerance):
    a, total, gamma, beta = numbers(dtype)
    for name, operands in (("_standard_gamma_grad", (a, gamma)), ("_dirichlet_grad", (beta, a, total))):
        theirs = getattr(torch, name)(*map(torch.tensor, operands))
        ours = getattr(jaxtorch, name)(*map(jaxtorch.tensor, operands))
        assert str(ours.dtype) == str(theirs.dtype)
        np.testing.assert_allclose(np.array(ours.tolist()), theirs.double().numpy(), tolerance)


def test_they_are_derivatives():
    """Near the derivative of the quantile function, which finite differences give."""
    a, _, gamma, _ = numbers("float64")
    share, h = stats.gamma.cdf(gamma, a), 1e-5 * a
    wanted = (stats.gamma.ppf(share, a + h) - stats.gamma.ppf(share, a - h)) / (2 * h)
    usual = (share > 1e-3) & (share < 1 - 1e-3)
    found = np.array(jaxtorch._standard_gamma_grad(jaxtorch.tensor(a), jaxtorch.tensor(gamma)).tolist())
    np.testing.assert_allclose(found[usual], wanted[usual], 5e-3)


def test_no_second_derivative():
    for lib in (torch, jaxtorch):
        p = lib.tensor([0.5, 2.0], requires_grad=True)
        found = {
            "the derivative for '_standard_gamma_grad' is not implemented.": lib._standard_gamma_grad(p, p),
            "derivative for aten::_dirichlet_grad is not implemented": lib._dirichlet_grad(p / 5, p, p + 1),
            "derivative for aten::_sample_dirichlet is not implemented": lib._sample_dirichlet(p),
        }
        for text, value in found.items():
            with pytest.raises((NotImplementedError, RuntimeError), match=text):
                value.sum().backward()
        half = p.detach().half()
        with pytest.raises(NotImplementedError, match="\"_standard_gamma_grad_cpu\" not implemented for 'Half'"):
            lib._standard_gamma_grad(half, half)
