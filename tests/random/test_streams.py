"""Random tensors against torch: the same numbers for the same seed, and the same state after them."""

import jax
import pytest
import torch

import jaxtorch
from jaxtorch._core import devices, generator

DRAWS = {
    "rand": lambda t: t.rand(3, 5),
    "rand double": lambda t: t.rand(7, dtype=t.float64),
    "rand bfloat16": lambda t: t.rand(5, dtype=t.bfloat16),
    "randn serial": lambda t: t.randn(5),
    "randn grouped": lambda t: t.randn(64, 10),
    "randn ragged": lambda t: t.randn(20),
    "randint": lambda t: t.randint(0, 10, (8,)),
    "randint wide": lambda t: t.randint(-(2**40), 2**40, (3,)),
    "randperm": lambda t: t.randperm(10),
    "bernoulli": lambda t: t.bernoulli(t.full((12,), 0.3)),
    "normal": lambda t: t.normal(t.ones(4), t.full((4,), 2.0)),
    "multinomial": lambda t: t.multinomial(t.tensor([0.1, 0.2, 0.3, 0.4]), 4),
    "poisson": lambda t: t.poisson(t.tensor([0.5, 3.0, 20.0])),
    "transposed normal_": lambda t: t.empty(5, 4).t().normal_(),
    "stepped uniform_": lambda t: t.zeros(8)[::2].uniform_(-0.5, 2.5),
    "rand_like permuted": lambda t: t.rand_like(t.zeros(3, 4).t()),
    "exponential_": lambda t: t.zeros(4).exponential_(),
    "random_": lambda t: t.zeros(4, dtype=t.int32).random_(),
    "dropout": lambda t: t.dropout(t.ones(10), 0.4, True),
    "alpha_dropout": lambda t: t.alpha_dropout(t.ones(10), 0.4, True),
    "feature_dropout": lambda t: t.feature_dropout(t.ones(2, 3, 4), 0.5, True),
}


@pytest.mark.parametrize("seed", [0, 42, 1234, -1, 2**40])
@pytest.mark.parametrize("name", DRAWS)
def test_draws(name, seed):
    found = []
    for t in (torch, jaxtorch):
        t.manual_seed(seed)
        first, second = DRAWS[name](t), DRAWS[name](t)
        found.append((repr(first), first.stride(), repr(second), t.get_rng_state().tolist()))
    assert found[1] == found[0]


def test_generators_are_independent_and_can_be_saved():
    g = jaxtorch.Generator().manual_seed(3)
    state = g.get_state()
    first = jaxtorch.rand(4, generator=g)
    g.set_state(state)
    assert jaxtorch.rand(4, generator=g).tolist() == first.tolist()
    assert first.tolist() == torch.rand(4, generator=torch.Generator().manual_seed(3)).tolist()
    assert g.initial_seed() == 3


def test_the_storage_of_a_generator_is_its_engine():
    g = jaxtorch.Generator().manual_seed(0)
    before = g.storage.read()
    jaxtorch.rand(3, generator=g)
    assert int(g.storage.read()[-1]) == 3 and int(before[-1]) == 624


def test_fork_rng_puts_the_stream_back():
    jaxtorch.manual_seed(5)
    with jaxtorch.random.fork_rng():
        jaxtorch.rand(10)
    inside = jaxtorch.rand(2).tolist()
    jaxtorch.manual_seed(5)
    assert jaxtorch.rand(2).tolist() == inside


@pytest.fixture
def two_gpus(monkeypatch):
    """Generators as of two GPUs: they are made of names alone."""
    monkeypatch.setattr(devices, "cuda_devices", lambda: ("a GPU", "another"))
    monkeypatch.setattr(generator, "_of_devices", dict(generator._of_devices))


def test_generators_of_gpus(two_gpus):
    cuda = jaxtorch.cuda
    jaxtorch.manual_seed(3)
    assert [g.initial_seed() for g in cuda.default_generators] == [3, 3]
    cuda.manual_seed(4)
    assert [g.initial_seed() for g in cuda.default_generators] == [4, 3] and jaxtorch.initial_seed() == 3
    cuda.manual_seed_all(5)
    assert [g.initial_seed() for g in cuda.default_generators] == [5, 5]
    assert cuda.initial_seed() == 5
    first, second = cuda.get_rng_state_all()
    assert first.tolist() == jaxtorch.Generator().manual_seed(5).get_state().tolist() == second.tolist()
    cuda.seed()
    assert cuda.get_rng_state().tolist() != first.tolist() == cuda.get_rng_state(1).tolist()
    cuda.set_rng_state_all([second, first])
    assert cuda.get_rng_state("cuda:0").tolist() == second.tolist()
    cuda.seed_all()
    states = cuda.get_rng_state_all()
    assert states[0].tolist() == states[1].tolist() != first.tolist()
    with jaxtorch.random.fork_rng(devices=[1]):
        cuda.manual_seed_all(6)
    assert [s.tolist() == t.tolist() for s, t in zip(cuda.get_rng_state_all(), states, strict=True)] == [False, True]


def test_drawing_under_jit_is_refused_rather_than_frozen():
    with pytest.raises(NotImplementedError, match="jax.jit"):
        jax.jit(lambda: jaxtorch.rand(2))()


@pytest.mark.parametrize(
    "program",
    [
        lambda t: t.manual_seed(2**64),
        lambda t: t.ones(3).normal_(0, -1),
        lambda t: t.ones(3).expand(2, 3).uniform_(),
        lambda t: t.bernoulli(t.tensor([1.5])),
        lambda t: t.multinomial(t.ones(2, 3), 4),
        lambda t: t.rand(3, dtype=t.int64),
        lambda t: t.zeros(2, dtype=t.int64).normal_(),
        lambda t: t.randperm(-1),
    ],
)
def test_errors(program):
    with pytest.raises(Exception) as expected:
        program(torch)
    with pytest.raises(type(expected.value)) as found:
        program(jaxtorch)
    assert str(found.value).splitlines()[0] == str(expected.value).splitlines()[0]
