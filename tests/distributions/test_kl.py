"""Divergences of all pairs that torch knows, against torch."""

import itertools
import math

import numpy as np
import pytest
import torch

import jaxtorch
from jaxtorch.distributions import kl
from tests.distributions.cases import ROWS

A, B, X = [0.5, 1.5, 3.0], [2.0, 1.2, 0.8], [0.2, 0.5, 0.9]
SCALARS = {
    "Bernoulli": lambda D, a, b, x: D.Bernoulli(x),
    "Beta": lambda D, a, b, x: D.Beta(a, b),
    "Binomial": lambda D, a, b, x: D.Binomial(4, x),
    "Cauchy": lambda D, a, b, x: D.Cauchy(a, b),
    "ContinuousBernoulli": lambda D, a, b, x: D.ContinuousBernoulli(x),
    "Exponential": lambda D, a, b, x: D.Exponential(a),
    "Gamma": lambda D, a, b, x: D.Gamma(a, b),
    "Geometric": lambda D, a, b, x: D.Geometric(x),
    "Gumbel": lambda D, a, b, x: D.Gumbel(a, b),
    "HalfNormal": lambda D, a, b, x: D.HalfNormal(a),
    "Independent": lambda D, a, b, x: D.Independent(D.Normal(a, b), 1),
    "Laplace": lambda D, a, b, x: D.Laplace(a, b),
    "Normal": lambda D, a, b, x: D.Normal(a, b),
    "Pareto": lambda D, a, b, x: D.Pareto(a, b),
    "Poisson": lambda D, a, b, x: D.Poisson(a),
    "TransformedDistribution": lambda D, a, b, x: D.LogNormal(a, b),
    "Uniform": lambda D, a, b, x: D.Uniform(x, x + a),
    "ExponentialFamily": lambda D, a, b, x: D.Chi2(a),
}
OTHERS = {
    "Categorical": lambda D, t: D.Categorical(t(ROWS)),
    "Dirichlet": lambda D, t: D.Dirichlet(t([A, B])),
    "OneHotCategorical": lambda D, t: D.OneHotCategorical(t(ROWS)),
    "LowRankMultivariateNormal":
        lambda D, t: D.LowRankMultivariateNormal(t([A, B]), t([[0.5], [1.0], [0.3]]), t([1.5, 0.8, 1.0])),
    "MultivariateNormal": lambda D, t: D.MultivariateNormal(t([B, A]), scale_tril=t(
        [[1.0, 0.0, 0.0], [0.5, 1.2, 0.0], [0.1, 0.2, 0.8]])),
}  # fmt: skip


def build(lib, name, second: bool):
    def t(values):
        return lib.tensor(values, dtype=lib.float64)

    if name in OTHERS:
        return OTHERS[name](lib.distributions, (lambda v: t(v).flip(0).contiguous()) if second and name in
                            ("Categorical", "Dirichlet", "OneHotCategorical") else t)  # fmt: skip
    a, b, x = (t(v) for v in ((B, A, X[::-1]) if second else (A, B, X)))
    return SCALARS[name](lib.distributions, a, b, x)


def test_the_same_pairs_are_registered():
    theirs = {(p.__name__, q.__name__) for p, q in torch.distributions.kl._KL_REGISTRY}
    assert {(p.__name__, q.__name__) for p, q in kl._KL_REGISTRY} == theirs
    assert {name for pair in theirs for name in pair} == SCALARS.keys() | OTHERS.keys()


@pytest.mark.parametrize("first", [*SCALARS, *OTHERS])
def test_divergences(first):
    for p, q in torch.distributions.kl._KL_REGISTRY:
        if p.__name__ != first:
            continue
        theirs, ours = [
            lib.distributions.kl_divergence(build(lib, p.__name__, False), build(lib, q.__name__, True))
            for lib in (torch, jaxtorch)
        ]
        np.testing.assert_allclose(np.array(ours.tolist()), theirs.numpy(), 1e-9, 1e-9, err_msg=str((p, q)))
        assert tuple(ours.shape) == tuple(theirs.shape)


def test_points_without_probability():
    rows = [[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]]
    for name in ("Categorical", "Bernoulli"):
        for (p, q), lib in itertools.product(itertools.product(rows, rows), (torch, jaxtorch)):
            make = getattr(lib.distributions, name)
            found = lib.distributions.kl_divergence(make(lib.tensor(p)), make(lib.tensor(q)))
            if name == "Categorical":
                assert math.isinf(found.item()) == any(a > 0 and b == 0 for a, b in zip(p, q, strict=True))
            elif lib is torch:
                theirs = found.tolist()
            else:
                assert found.tolist() == theirs


def test_the_nearest_pair_counts():
    D = jaxtorch.distributions

    class One(D.Normal):
        pass

    class Two(One):
        pass

    before = dict(kl._KL_REGISTRY)
    try:
        D.register_kl(One, D.Normal)(lambda p, q: "left")
        assert D.kl_divergence(Two(0.0, 1.0), D.Normal(0.0, 1.0)) == "left"
        D.register_kl(D.Normal, Two)(lambda p, q: "right")
        with pytest.warns(RuntimeWarning, match=r"Ambiguous kl_divergence\(Two, Two\). Please register_kl\(One, Two\)"):
            assert D.kl_divergence(Two(0.0, 1.0), Two(0.0, 1.0)) == "left"
        D.register_kl(Two, Two)(lambda p, q: "both")
        assert D.kl_divergence(Two(0.0, 1.0), Two(0.0, 1.0)) == "both"
    finally:
        kl._KL_REGISTRY.clear()
        kl._KL_REGISTRY.update(before)
        kl._KL_MEMOIZE.clear()


def test_gradients():
    found = []
    for lib in (torch, jaxtorch):
        a, b = (lib.tensor(v, dtype=lib.float64, requires_grad=True) for v in (A, B))
        D = lib.distributions
        total = (
            D.kl_divergence(D.Gamma(a, b), D.Gamma(b, a)).sum()
            + D.kl_divergence(D.Poisson(a), D.Poisson(b)).sum()
            + D.kl_divergence(D.Chi2(a), D.Chi2(b)).sum()
        )
        found.append([g.tolist() for g in lib.autograd.grad(total, (a, b))])
    np.testing.assert_allclose(found[1], found[0], 1e-9)
