"""Distributions against torch: facts, moments, densities, samples with their seeds, gradients, copies, pickles."""

import copy
import io
import pickle
import warnings

import numpy as np
import pytest
import torch

import jaxtorch
from tests.distributions.cases import BY_NAME, CASES

# A draw is PyTorch's to the bit; what is computed with it may differ in the last place.
TOLERANCE = {"float32": 2e-6, "float64": 1e-9}
FACTS = ("batch_shape", "event_shape", "has_rsample", "has_enumerate_support", "support", "arg_constraints")
MOMENTS = ("mean", "mode", "variance", "stddev")
#: expanded, these are looked at more closely: what they are made of is not their parameters alone
REVIEWED = ("Categorical", "LogisticNormal", "LowRankMultivariateNormal", "MixtureSameFamily", "MultivariateNormal",
            "NegativeBinomial", "StudentT", "Weibull", "Wishart")  # fmt: skip
METHODS = ("entropy", "enumerate_support", "__repr__")

both = pytest.mark.parametrize("name", BY_NAME)
mains = pytest.mark.parametrize("name", [name for name in BY_NAME if "-" not in name])


def read(obj, name):
    """What an attribute is, as `outcome` tells it."""
    return outcome(lambda: getattr(obj, name))


def outcome(function, *args):
    """What a call gives, in plain data: a tensor, an error's type and text, or the text of anything else."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            found = function(*args)
        except Exception as error:
            return type(error).__name__, str(error)
    if hasattr(found, "tolist"):
        return np.array(found.tolist()), str(found.dtype), tuple(found.shape)
    return str(found)


def assert_same(ours, theirs, tolerance=1e-9):
    if len(theirs) == 3 and isinstance(theirs[0], np.ndarray):
        assert ours[1:] == theirs[1:]
        np.testing.assert_allclose(ours[0], theirs[0], tolerance, tolerance)
    else:
        assert ours == theirs


def dtype_of(name: str) -> str:
    return "float32" if name == "GeneralizedPareto" else "float64"  # PyTorch's density refuses float64


@both
def test_facts_and_moments(name):
    case = BY_NAME[name]
    p, q = case.build(torch)[0], case.build(jaxtorch)[0]
    for attribute in (*FACTS, *MOMENTS):
        assert_same(read(q, attribute), read(p, attribute))
    for method in METHODS:
        assert_same(outcome(getattr(q, method)), outcome(getattr(p, method)))


@both
def test_densities(name):
    case, dtype = BY_NAME[name], dtype_of(name)
    p, q = case.build(torch, dtype)[0], case.build(jaxtorch, dtype)[0]
    for method in ("log_prob", "cdf")["-" not in name :]:  # test_gradients looks at log_prob of the others
        theirs = outcome(getattr(p, method), case.score(torch, dtype))
        assert_same(outcome(getattr(q, method), case.score(jaxtorch, dtype)), theirs, TOLERANCE[dtype])
    theirs, ours = [
        outcome(d.icdf, lib.tensor([0.1, 0.5, 0.8], dtype=getattr(lib, dtype)))
        for lib, d in ((torch, p), (jaxtorch, q))
    ]
    assert_same(ours, theirs, TOLERANCE[dtype])


def drawn(case, lib, dtype, method, shape):
    distribution = case.build(lib, dtype)[0]
    lib.manual_seed(5)
    found = outcome(lambda: getattr(distribution, method)(shape))
    return found, np.array(lib.get_rng_state().tolist())


@mains
def test_samples(name):
    """The generator moves as PyTorch's does, and the samples are the same."""
    theirs, state = drawn(BY_NAME[name], torch, "float32", "sample", (4,))
    ours, own = drawn(BY_NAME[name], jaxtorch, "float32", "sample", (4,))
    assert_same(ours, theirs, TOLERANCE["float32"])
    assert (own == state).all()


@pytest.mark.parametrize("name", ["Bernoulli", "Binomial", "Categorical", "Normal", "Poisson", "Geometric", "Gamma"])
def test_bare_draws_are_equal_to_the_bit(name):
    for dtype in ("float32", "float64"):
        found = []
        for lib in (torch, jaxtorch):
            d, t = lib.distributions, lambda *x, lib=lib, dtype=dtype: lib.tensor(x, dtype=getattr(lib, dtype))
            p = {
                "Bernoulli": lambda d, t: d.Bernoulli(t(0.2, 0.5, 0.9)),
                "Binomial": lambda d, t: d.Binomial(30, t(0.2, 0.5, 0.9)),
                "Categorical": lambda d, t: d.Categorical(t(0.2, 0.5, 0.9)),
                "Normal": lambda d, t: d.Normal(t(0.0, 0.0, 0.0), t(1.0, 1.0, 1.0)),
                "Poisson": lambda d, t: d.Poisson(t(0.5, 3.0, 20.0)),
                "Geometric": lambda d, t: d.Geometric(t(0.2, 0.5, 0.9)),
                "Gamma": lambda d, t: d.Gamma(t(0.5, 1.5, 9.0), t(1.0, 1.0, 1.0)),
            }[name](d, t)
            lib.manual_seed(11)
            found.append(p.sample((20,)).tolist())
        assert found[0] == found[1]


def differentiated(lib, case, dtype, what):
    """A value, and its gradients in the tensors that a distribution was made of; or an error."""
    distribution, made = case.build(lib, dtype, requires_grad=True)
    lib.manual_seed(5)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            given = (case.score(lib, dtype),) if what == "log_prob" else ()
            value = getattr(distribution, what)(*given)
            wanted = [t for t in made if t.requires_grad]
            return [value.detach(), *lib.autograd.grad((value * value).sum(), wanted, allow_unused=True)]
    except Exception as error:
        return type(error).__name__, str(error)


@pytest.mark.parametrize("what", ["log_prob", "rsample"])
@mains
def test_gradients(name, what):
    """Values of log_prob and rsample, and their gradients."""
    case, dtype = BY_NAME[name], dtype_of(name)
    tolerance = 1e-5 if dtype == "float32" else 1e-8
    theirs, ours = [differentiated(lib, case, dtype, what) for lib in (torch, jaxtorch)]
    if isinstance(theirs, tuple):
        assert ours == theirs
        return
    for a, b in zip(ours, theirs, strict=True):
        assert (a is None) == (b is None)
        if b is not None:
            np.testing.assert_allclose(np.array(a.tolist()), b.numpy(), tolerance, tolerance)


@both
def test_expand(name):
    case = BY_NAME[name]
    p, q = case.build(torch)[0], case.build(jaxtorch)[0]
    q.log_prob(case.score(jaxtorch))  # what is computed lazily must not go along
    shape = (2, *p.batch_shape)
    p, q = p.expand(shape), q.expand(shape)
    for attribute in ("batch_shape", "event_shape", "mean"):
        assert_same(read(q, attribute), read(p, attribute))
    assert type(q).__name__ == type(p).__name__
    if name in REVIEWED:
        assert_same(outcome(lambda: q.log_prob(case.score(jaxtorch))), outcome(lambda: p.log_prob(case.score(torch))))
    for parameter in q.arg_constraints if "logits" not in repr(q) else ():
        assert getattr(q, parameter).shape == tuple(getattr(p, parameter).shape)


@both
def test_copies_and_pickles(name):
    case = BY_NAME[name]
    q, score = case.build(jaxtorch)[0], case.score(jaxtorch)
    wanted = q.log_prob(score).tolist()
    file = io.BytesIO()
    pickle.dump(q, file)
    file.seek(0)
    for twin in (copy.deepcopy(q), copy.copy(q), pickle.load(file)):
        assert type(twin) is type(q) and repr(twin) == repr(q)
        assert twin.log_prob(score).tolist() == wanted


def test_names_are_those_of_pytorch():
    ours, theirs = jaxtorch.distributions, torch.distributions
    assert set(ours.__all__) == set(theirs.__all__)
    covered = {case.name.split("-")[0] for case in CASES}
    classes = {n for n in theirs.__all__ if isinstance(getattr(theirs, n), type)}
    classes = {n for n in classes if issubclass(getattr(theirs, n), theirs.Distribution)}
    assert covered == classes - {"Distribution", "ExponentialFamily"}
    for name in theirs.__all__:
        a, b = getattr(ours, name), getattr(theirs, name)
        if isinstance(b, type):
            assert a.__module__ == b.__module__
            module = a.__module__.rpartition(".")[2]
            assert getattr(getattr(ours, module), name) is a
    for module in ("constraints", "transforms", "utils", "kl", "constraint_registry"):
        assert set(getattr(ours, module).__all__) == set(getattr(theirs, module).__all__)
    assert ours.normal.Normal.__mro__[1] is ours.exp_family.ExponentialFamily


def test_a_subclass_expands_as_its_author_says():
    class Plain(jaxtorch.distributions.Normal):
        pass

    class Other(jaxtorch.distributions.Normal):
        def __init__(self, loc):
            super().__init__(loc, 1.0)

    class Own(Other):
        def __init__(self, loc):
            super().__init__(loc)
            self.extra = loc

        def expand(self, batch_shape, _instance=None):
            new = self._get_checked_instance(Own, _instance)
            new.extra = "mine"
            return super().expand(batch_shape, _instance=new)

    assert type(Plain(0.0, 1.0).expand((2,))) is Plain
    with pytest.raises(NotImplementedError, match="Subclass Other of Normal that defines a custom __init__"):
        Other(0.0).expand((2,))
    own = Own(0.0).expand((2,))
    assert own.extra == "mine" and own.loc.shape == (2,)

    class Bare(jaxtorch.distributions.Distribution):
        arg_constraints = {}

        def __init__(self):
            super().__init__()

    with pytest.raises(NotImplementedError):
        Bare().expand((2,))
    assert repr(Bare()) == "Bare()"


def test_undeclared_constraints_warn():
    for lib in (torch, jaxtorch):

        class Bare(lib.distributions.Distribution):
            def log_prob(self, value):
                self._validate_sample(value)

        with pytest.warns(UserWarning, match=r"Bare'> does not define `arg_constraints`. Please set"):
            bare = Bare()
        with pytest.warns(UserWarning, match=r"Bare'> does not define `support` to enable sample validation"):
            bare.log_prob(lib.tensor(1.0))


def test_checks_can_be_turned_off():
    D = jaxtorch.distributions
    D.Normal(0.0, -1.0, validate_args=False).log_prob(jaxtorch.tensor(float("nan")))
    try:
        D.Distribution.set_default_validate_args(False)
        assert D.Normal(0.0, -1.0)._validate_args is False
        with pytest.raises(ValueError):
            D.Normal(0.0, -1.0, validate_args=True)
    finally:
        D.Distribution.set_default_validate_args(True)


def test_sample_n_is_deprecated():
    for lib in (torch, jaxtorch):
        with pytest.warns(FutureWarning, match=r"`sample_n\(n\)` will be deprecated. Use `sample\(\(n,\)\)` instead."):
            assert tuple(lib.distributions.Normal(0.0, 1.0).sample_n(3).shape) == (3,)


def test_perplexity():
    p = jaxtorch.distributions.Categorical(jaxtorch.full((8,), 0.125))
    assert p.perplexity().item() == pytest.approx(8)


def test_lazy_property():
    utils = jaxtorch.distributions.utils
    calls = []

    class A:
        @utils.lazy_property
        def x(self):
            calls.append(1)
            return jaxtorch.is_grad_enabled()

    with jaxtorch.no_grad():
        a = A()
        assert a.x is True and a.x is True and len(calls) == 1
    assert isinstance(A.x, utils.lazy_property) and isinstance(A.x, property)


@pytest.mark.parametrize("diag", [-1, 0, 1, -2])
def test_triangles_as_vectors(diag):
    mats = [lib.arange(18.0).view(2, 3, 3) for lib in (torch, jaxtorch)]
    theirs, ours = [
        lib.distributions.utils.tril_matrix_to_vec(m, diag) for lib, m in zip((torch, jaxtorch), mats, strict=True)
    ]
    assert ours.tolist() == theirs.tolist()
    if diag <= 0:
        theirs, ours = [
            lib.distributions.utils.vec_to_tril_matrix(v, diag)
            for lib, v in ((torch, theirs), (jaxtorch, ours))
        ]
        assert ours.tolist() == theirs.tolist()


def test_probabilities_and_logits():
    for name in ("probs_to_logits", "logits_to_probs", "clamp_probs"):
        for binary in ((), (True,), (False,)):
            if name == "clamp_probs" and binary:
                continue
            theirs, ours = [
                getattr(lib.distributions.utils, name)(lib.tensor([[0.0, 0.3, 0.7]]), *binary).tolist()
                for lib in (torch, jaxtorch)
            ]
            np.testing.assert_allclose(ours, theirs, 1e-6)
    for values in ((1, "a"), (None,)):
        with pytest.raises(ValueError, match="Input arguments must all be instances of Number"):
            jaxtorch.distributions.utils.broadcast_all(*values)
