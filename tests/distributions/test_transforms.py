"""Transforms, constraints and the registry between them, against torch."""

import copy
import pickle

import numpy as np
import pytest
import torch

import jaxtorch

V, M = [[0.3, -0.7, 1.2], [2.0, 0.1, -1.5]], [[0.5, 9.0], [0.3, -0.2]]
COMPOSED = "[D.ExpTransform(), D.AffineTransform(1.0, 2.0), D.PowerTransform(t(2.0))]"
TRANSFORMS = {
    "D.ExpTransform({c})": V,
    "D.SigmoidTransform({c})": V,
    "D.SoftplusTransform({c})": V,
    "D.TanhTransform({c})": V,
    "D.AbsTransform({c})": V,
    "D.AffineTransform(0.5, -2.0, {c})": V,
    "D.AffineTransform(t([0.5, 1.0, 2.0]), t([-2.0, 1.0, 3.0]), {c})": V,
    "D.AffineTransform(0.5, t([2.0, 1.0, 3.0]), 1, {c})": V,
    "D.PowerTransform(t(3.0), {c})": [0.5, 1.5],
    "D.ComposeTransform(" + COMPOSED + ", {c})": V,
    "D.ComposeTransform([D.StickBreakingTransform(), D.AffineTransform(1.0, 2.0)], {c})": V,
    "D.ComposeTransform([], {c})": V,
    "D.ExpTransform({c}).inv": [0.5, 1.5],
    "D.ComposeTransform(" + COMPOSED + ", {c}).inv": [10.0, 30.0],
    "D.IndependentTransform(D.ExpTransform(), 1, {c})": V,
    "D.ReshapeTransform((3,), (3, 1), {c})": V,
    "D.CatTransform([D.ExpTransform(), D.AffineTransform(1.0, 2.0)], 1, [2, 1], {c})": V,
    "D.CatTransform([D.ExpTransform(), D.SoftmaxTransform()], 0, [1, 1], {c})": V,
    "D.StackTransform([D.ExpTransform(), D.AffineTransform(1.0, 2.0)], 0, {c})": V,
    "D.CumulativeDistributionTransform(D.Normal(t(0.0), 1.0), {c})": V,
    "D.SoftmaxTransform({c})": V,
    "D.StickBreakingTransform({c})": V,
    "D.CorrCholeskyTransform({c})": V,
    "D.LowerCholeskyTransform({c})": M,
    "D.PositiveDefiniteTransform({c})": M,
}


def attempt(function, *args):
    try:
        found = function(*args)
    except (NotImplementedError, ValueError) as error:
        return type(error).__name__, str(error)
    return np.array(found.tolist()) if hasattr(found, "tolist") else repr(found)


def seen(lib, program, values) -> list:
    """All that a transform does."""

    def t(x):
        return lib.tensor(x, dtype=lib.float64)

    names = {"D": lib.distributions, "t": t}
    transform = eval(program.format(c="cache_size=0"), names)
    x = t(values)
    y = transform(x)
    back = transform.inv(y)
    found = [y, back, transform.inv.inv is transform, repr(transform), tuple(transform.forward_shape(x.shape))]
    found += [tuple(transform.inverse_shape(y.shape)), repr(transform.domain), repr(transform.codomain)]
    for attribute in ("bijective", "sign", "event_dim"):
        found.append(attempt(getattr, transform, attribute))
    found.append(attempt(transform.log_abs_det_jacobian, x, y))
    found.append(attempt(transform.inv.log_abs_det_jacobian, y, x))
    found += [transform.domain.event_dim, transform.codomain.event_dim]
    again = eval(program.format(c="cache_size=0"), names)
    found += [transform == again, transform != again, transform == lib.distributions.ExpTransform(), transform == 3]
    cached = eval(program.format(c="cache_size=1"), names)
    z = cached(x)
    found += [cached.inv(z) is x, cached(x) is z]
    found += [transform.with_cache(1)._cache_size, transform.with_cache(0) is transform]
    return [np.array(item.tolist()) if hasattr(item, "tolist") else item for item in found]


@pytest.mark.parametrize("program", TRANSFORMS)
def test_transforms(program):
    theirs, ours = [seen(lib, program, TRANSFORMS[program]) for lib in (torch, jaxtorch)]
    for a, b in zip(ours, theirs, strict=True):
        if isinstance(b, np.ndarray):
            np.testing.assert_allclose(a, b, 1e-9, 1e-12)
        else:
            assert a == b
    transform = eval(program.format(c="cache_size=0"), {"D": jaxtorch.distributions, "t": jaxtorch.tensor})
    for twin in (copy.deepcopy(transform), pickle.loads(pickle.dumps(transform))):
        assert type(twin) is type(transform) and repr(twin) == repr(transform)


def test_jacobians_are_those_of_autograd():
    D, tensor = jaxtorch.distributions, jaxtorch.tensor
    for transform in (D.StickBreakingTransform(), D.TanhTransform(), D.SigmoidTransform(), D.SoftplusTransform()):
        x = tensor([0.3, -0.7, 1.2], dtype=jaxtorch.float64)
        jacobian = jaxtorch.autograd.functional.jacobian(lambda v, t=transform: t(v)[..., :3], x)
        wanted = jacobian.det().abs().log()
        found = transform.log_abs_det_jacobian(x, transform(x))
        assert found.sum().item() == pytest.approx(wanted.item(), rel=1e-9)


def test_a_transform_with_a_constructor_says_how_it_is_cached():
    class Mine(jaxtorch.distributions.Transform):
        def __init__(self, a):
            super().__init__()

    with pytest.raises(NotImplementedError, match=r"Mine'>.with_cache is not implemented"):
        Mine(1).with_cache()


CONSTRAINTS = {
    "boolean": [0.0, 1.0, 0.5],
    "cat([c.positive, c.real], 0, [2, 1])": [1.0, -1.0, 2.0],
    "corr_cholesky": [[[1.0, 0.0], [0.6, 0.8]], [[1.0, 0.0], [0.6, 0.9]]],
    "greater_than(1.0)": [0.5, 1.0, 2.0],
    "greater_than_eq(1.0)": [0.5, 1.0, 2.0],
    "less_than(1.0)": [0.5, 1.0, 2.0],
    "independent(c.positive, 1)": [[1.0, 2.0], [1.0, -1.0]],
    "integer_interval(0, 2)": [0.0, 1.5, 3.0],
    "interval(0.0, 1.0)": [0.0, 1.0, 1.5],
    "half_open_interval(0.0, 1.0)": [0.0, 1.0, 1.5],
    "lower_cholesky": [[[1.0, 0.0], [0.6, 0.8]], [[1.0, 0.0], [0.6, -0.9]], [[1.0, 1.0], [0.6, 0.9]]],
    "lower_triangular": [[[1.0, 0.0], [0.6, 0.8]], [[1.0, 0.0], [0.6, -0.9]], [[1.0, 1.0], [0.6, 0.9]]],
    "MixtureSameFamilyConstraint(c.positive)": [1.0, -1.0],
    "multinomial(3)": [[1.0, 2.0], [2.0, 2.0], [-1.0, 1.0]],
    "nonnegative": [0.0, -1.0],
    "nonnegative_integer": [0.0, -1.0, 1.5],
    "one_hot": [[0.0, 1.0], [1.0, 1.0], [0.5, 0.5]],
    "positive": [0.0, 1.0],
    "positive_definite": [[[2.0, 1.0], [1.0, 2.0]], [[1.0, 2.0], [2.0, 1.0]]],
    "positive_semidefinite": [[[2.0, 1.0], [1.0, 2.0]], [[1.0, 2.0], [2.0, 1.0]]],
    "positive_integer": [0.0, 1.0, 1.5],
    "real": [0.0, float("nan")],
    "real_vector": [[0.0, float("nan")], [1.0, 2.0]],
    "simplex": [[0.5, 0.5], [0.5, 0.6], [1.5, -0.5]],
    "square": [[[2.0, 1.0], [1.0, 2.0]]],
    "stack([c.positive, c.real], 0)": [1.0, -1.0],
    "symmetric": [[[2.0, 1.0], [1.0, 2.0]], [[2.0, 1.0], [0.0, 2.0]]],
    "unit_interval": [0.0, 1.0, 1.5],
}
MIXED = [[[2.0, 1.0], [0.5, 2.0]], [[1.0, 2.0], [2.0, 1.0]]]


@pytest.mark.parametrize("program", CONSTRAINTS)
def test_constraints(program):
    found = []
    for lib in (torch, jaxtorch):
        c = lib.distributions.constraints
        constraint = eval("c." + program, {"c": c})
        assert copy.deepcopy(constraint).check(lib.tensor(CONSTRAINTS[program])).dtype == lib.bool
        found.append([
            constraint.check(lib.tensor(CONSTRAINTS[program], dtype=lib.float64)).tolist(),
            repr(constraint), constraint.is_discrete, constraint.event_dim, c.is_dependent(constraint),
            attempt(lib.distributions.transform_to, constraint),
            attempt(lib.distributions.biject_to, constraint),
        ])  # fmt: skip
    assert found[0] == found[1]
    assert pickle.loads(pickle.dumps(eval("c." + program, {"c": jaxtorch.distributions.constraints}))) is not None


@pytest.mark.parametrize("name", ["positive_definite", "positive_semidefinite", "symmetric", "square"])
def test_matrices_beside_others(name):
    """One matrix that is not symmetric hides which others are not definite, as it does in PyTorch."""
    for values in (MIXED, [[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]]):
        theirs, ours = [
            getattr(lib.distributions.constraints, name).check(lib.tensor(values)).tolist()
            for lib in (torch, jaxtorch)
        ]
        assert ours == theirs


def test_dependent_constraints():
    for lib in (torch, jaxtorch):
        c, D = lib.distributions.constraints, lib.distributions
        assert c.is_dependent(D.Uniform.support) and c.is_dependent(c.dependent)
        assert not c.is_dependent(D.Uniform(0.0, 1.0).support)
        assert (D.Uniform.support.is_discrete, D.Uniform.support.event_dim) == (False, 0)
        made = c.dependent(is_discrete=True, event_dim=2)
        assert (made.is_discrete, made.event_dim) == (True, 2)


def test_registering_a_constraint():
    for lib in (torch, jaxtorch):

        class Mine(lib.distributions.constraints.Constraint):
            pass

        registry = type(lib.distributions.biject_to)()
        registry.register(Mine, lambda c, lib=lib: lib.distributions.ExpTransform())
        assert repr(registry(Mine())) == "ExpTransform()"

        @registry.register(lib.distributions.constraints.real)
        def other(constraint, lib=lib):
            return lib.distributions.identity_transform

        assert registry(lib.distributions.constraints.real) is lib.distributions.identity_transform
        with pytest.raises(NotImplementedError, match="Cannot transform _Simplex constraints"):
            registry(lib.distributions.constraints.simplex)
