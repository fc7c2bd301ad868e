"""Distributions in compiled steps: the samples, densities and gradients of the uncompiled function."""

import numpy as np
import pytest

import jaxtorch as torch
from jaxtorch.compiler import assert_recordings

D = torch.distributions
TRIL = torch.tensor([[1.0, 0.0, 0.0], [0.5, 1.0, 0.0], [0.2, 0.1, 1.0]])

#: distributions of two tensors whose steps are one program
WHOLE = {
    "Bernoulli": lambda a, b: D.Bernoulli(logits=a),
    "Categorical": lambda a, b: D.Categorical(logits=a * b),
    "Gumbel": lambda a, b: D.Gumbel(a, b),
    "LogNormal": lambda a, b: D.LogNormal(a, b),
    "MixtureSameFamily": lambda a, b: D.MixtureSameFamily(D.Categorical(a), D.Normal(a, b)),
    "MultivariateNormal": lambda a, b: D.MultivariateNormal(a, scale_tril=TRIL * b.exp()),
    "Normal": lambda a, b: D.Normal(a, b),
    "OneHotCategoricalStraightThrough": lambda a, b: D.OneHotCategoricalStraightThrough(logits=a),
    "RelaxedBernoulli": lambda a, b: D.RelaxedBernoulli(b[:1], logits=a),
    "Uniform": lambda a, b: D.Uniform(a, a + b),
}
#: those of which the engine's course depends on values
BROKEN = {
    "Beta": lambda a, b: D.Beta(a, b),
    "Dirichlet": lambda a, b: D.Dirichlet(a * b),
    "Gamma": lambda a, b: D.Gamma(a, b),
}


def make_step(make):
    def step(a, b):
        distribution = make(a, b)
        x = distribution.rsample() if distribution.has_rsample else distribution.sample()
        log_prob = distribution.log_prob(x.detach()).sum()
        (log_prob + x.sum() if distribution.has_rsample else log_prob).backward()
        return x.detach(), log_prob.detach()

    return step


def run(step):
    """Three steps: samples, densities, gradients, and where the generator then is."""
    a = torch.tensor([0.5, 1.5, 3.0], requires_grad=True)
    b = torch.tensor([2.0, 0.7, 1.2], requires_grad=True)
    torch.manual_seed(4)
    found = []
    for _ in range(3):
        a.grad = b.grad = None
        found += [t.tolist() for t in (*step(a, b), a.grad, b.grad) if t is not None]
    return found, torch.get_rng_state().tolist()


@pytest.mark.parametrize("name", WHOLE)
def test_a_step_is_one_program(name):
    compiled = torch.compile(make_step(WHOLE[name]), fullgraph=True)
    (ours, state), (wanted, state_wanted) = run(compiled), run(make_step(WHOLE[name]))
    assert state == state_wanted and len(ours) == len(wanted)
    for a, b in zip(ours, wanted, strict=True):
        np.testing.assert_allclose(a, b, 1e-5, 1e-6)
    assert_recordings(compiled, 1)


@pytest.mark.parametrize("name", BROKEN)
def test_a_step_that_runs_uncompiled(name):
    compiled = torch.compile(make_step(BROKEN[name]))
    with pytest.warns(UserWarning, match="runs uncompiled: .*a value is read"):
        ours, state = run(compiled)
    wanted, state_wanted = run(make_step(BROKEN[name]))
    assert state == state_wanted
    for a, b in zip(ours, wanted, strict=True):
        np.testing.assert_allclose(a, b, 1e-5, 1e-6)


@pytest.mark.parametrize("name", BROKEN)
def test_densities_of_all_are_compiled(name):
    make = BROKEN[name]
    x = torch.tensor([0.2, 0.3, 0.5])

    def density(a, b):
        return make(a, b).log_prob(x), make(a, b).entropy()

    a, b = torch.tensor([0.5, 1.5, 3.0]), torch.tensor([2.0, 0.7, 1.2])
    for ours, wanted in zip(torch.compile(density, fullgraph=True)(a, b), density(a, b), strict=True):
        np.testing.assert_allclose(ours.tolist(), wanted.tolist(), 1e-5, 1e-6)


def refused(function, *args) -> str:
    with pytest.raises(ValueError) as caught:
        function(*args)
    return str(caught.value)


@pytest.mark.parametrize(
    "function",
    [
        lambda a, b: D.Normal(a, b).log_prob(a),
        lambda a, b: D.Independent(D.Uniform(a - 3, b), 1).log_prob(a),
        lambda a, b: D.TransformedDistribution(D.Normal(a, b.abs()), [D.AffineTransform(a, b), D.ExpTransform()])
        .log_prob(b),
        lambda a, b: D.Geometric(b[:1]).log_prob(a),
    ],
)
def test_what_is_refused_inside(function):
    """The error of the uncompiled function, values included; the next call is in order."""
    compiled = torch.compile(function, fullgraph=True)
    a, b = torch.tensor([1.0, 0.0]), torch.tensor([1.0, 2.0])
    for _ in range(2):
        assert compiled(a, b).tolist() == pytest.approx(function(a, b).tolist(), rel=1e-6)
        assert refused(compiled, a, -b) == refused(function, a, -b)
    assert_recordings(compiled, 1)


def test_multinomial_draws_inside_what_it_draws_outside():
    weights = torch.tensor([[0.1, 0.2, 0.7], [0.5, 0.0, 0.5]])
    for count, replacement in ((1, True), (2, False), (9, True)):

        def draw(w, count=count, replacement=replacement):
            return torch.multinomial(w * 2, count, replacement)

        compiled = torch.compile(draw, fullgraph=True)
        for seed in range(3):
            torch.manual_seed(seed)
            wanted = draw(weights).tolist()
            torch.manual_seed(seed)
            assert compiled(weights).tolist() == wanted
        for bad in (-weights, weights * 0, weights / 0):
            with pytest.raises(RuntimeError) as inside:
                compiled(bad)
            with pytest.raises(RuntimeError) as outside:
                draw(bad)
            assert str(inside.value) == str(outside.value)


def test_an_in_place_draw_stays_in_the_program():
    """What a recording keeps of a draw must not hold the tensor that was drawn into."""

    @torch.compile(fullgraph=True)
    def f(x):
        return x + torch.empty(3).normal_() * torch.empty(3).exponential_()

    for seed in range(3):
        torch.manual_seed(seed)
        wanted = torch.zeros(3) + torch.empty(3).normal_() * torch.empty(3).exponential_()
        torch.manual_seed(seed)
        assert f(torch.zeros(3)).tolist() == wanted.tolist()
    assert_recordings(f, 1)
