"""torch.nn.utils.parametrize, parametrizations, weight_norm, spectral_norm against torch."""

from __future__ import annotations

import copy
import importlib
import pickle
import warnings
from functools import partial

import numpy as np
import pytest

import jaxtorch
from tests.nn.programs import built, compare, drawn
from tests.oracle import (
    SELF_CHECK,
    Trace,
)  # fmt: skip


def submodule(lib, name: str):
    return importlib.import_module(f"{lib.__name__}.nn.utils.{name}")


def steps(lib) -> dict:
    """Parametrizations of every kind."""
    Module = lib.nn.Module

    class Symmetric(Module):
        def forward(self, x):
            return x.triu() + x.triu(1).T

    class Exponential(Module):
        def forward(self, x):
            return x.exp()

        def right_inverse(self, x):
            return x.abs().add(1).log()

    class Sum(Module):
        def forward(self, x, y):
            return x + y

        def right_inverse(self, x):
            return x, lib.zeros_like(x)

    class Called(Module):
        def __init__(self, forward, inverse=None):
            super().__init__()
            self.function = forward
            if inverse is not None:
                self.right_inverse = inverse

        def forward(self, *x):
            return self.function(*x)

    return {"Symmetric": Symmetric, "Exponential": Exponential, "Sum": Sum, "Called": Called}


def state(trace: Trace, label: str, module) -> None:
    trace.note(label, [repr(module), list(module.state_dict()), [n for n, _ in module.named_parameters()]])
    trace.note(f"{label}: weight", module.weight)


def test_registering_and_removing():
    def program(lib, trace: Trace):
        parametrize, made = submodule(lib, "parametrize"), steps(lib)
        add, remove = parametrize.register_parametrization, parametrize.remove_parametrizations
        module = built(lib, "Linear(3, 3)")
        trace.note("at first", [parametrize.is_parametrized(module), parametrize.type_before_parametrizations(module)])
        trace.note("returned", add(module, "weight", made["Symmetric"]()) is module)
        state(trace, "symmetric", module)
        trace.note("type", [type(module).__name__, type(module).__module__, type(module).__bases__])
        trace.note("asked", [parametrize.is_parametrized(module, n) for n in (None, "weight", "bias")])
        trace.note("before", parametrize.type_before_parametrizations(module))
        add(module, "weight", made["Exponential"]())
        add(module, "bias", lib.nn.Identity())
        state(trace, "more", module)
        module(drawn(lib, 2, 3)).sum().backward()
        trace.note("gradients", [p.grad for p in module.parameters()])
        trace.observe("set", lambda: setattr(module, "weight", lib.ones(3, 3)))
        remove(module, "weight", leave_parametrized=False)
        state(trace, "the start left", module)
        original = module.parametrizations.bias.original
        remove(module, "bias")
        state(trace, "nothing", module)
        trace.note("the same parameter", [module.bias is original, type(module) is lib.nn.Linear])
        trace.observe("none", lambda: remove(module, "weight"))
        trace.observe("no tensor", lambda: add(module, "other", lib.nn.Identity()))

    compare(program)


def test_several_starts_and_setting():
    def program(lib, trace: Trace):
        parametrize, made = submodule(lib, "parametrize"), steps(lib)
        module = built(lib, "Linear(3, 3)")
        parametrize.register_parametrization(module, "weight", made["Sum"]())
        state(trace, "two", module)
        module.weight = drawn(lib, 3, 3, seed=1)
        state(trace, "set", module)
        remove = parametrize.remove_parametrizations
        trace.observe("not left", lambda: remove(module, "weight", leave_parametrized=False))
        remove(module, "weight")
        state(trace, "left", module)
        parametrize.register_parametrization(module, "weight", made["Exponential"]())
        module.weight = drawn(lib, 3, 3, seed=1)
        state(trace, "exponential", module)
        trace.observe("a parameter", lambda: setattr(module, "weight", lib.nn.Parameter(lib.ones(3, 3))))
        trace.observe("a dtype", lambda: setattr(module, "weight", lib.ones(3, 3).double()))
        parametrize.register_parametrization(lib.nn.BatchNorm1d(3), "running_mean", lib.nn.Identity())
        bn = parametrize.register_parametrization(lib.nn.BatchNorm1d(3), "running_mean", lib.nn.Identity())
        trace.note("a buffer", [list(bn.state_dict()), bn.running_mean])

    compare(program)


#: a forward and perhaps an inverse, which registering (on nothing, on another one) refuses
REFUSED = {
    "dtype": ("lambda x: x.double()", None),
    "shape": ("lambda x: x[:2]", None),
    "no tensor": ("lambda x: 3", None),
    "the start's dtype": ("lambda x: x.float()", "lambda x: x.double()"),
    "the start": ("lambda x: x", "lambda x: 3"),
    "the starts": ("lambda x, y: x", "lambda x: (x, 3)"),
    "the start's shape": ("lambda x: torch.ones(3, 3)", "lambda x: x[:2]"),
}


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("unsafe", [False, True])
def test_refusals(what, after, unsafe):
    def program(lib, trace: Trace):
        parametrize, made = submodule(lib, "parametrize"), steps(lib)
        module = built(lib, "Linear(3, 3)")
        if after:
            parametrize.register_parametrization(module, "weight", made["Symmetric"]())
        step = made["Called"](*[eval(text, {"torch": lib}) if text else None for text in REFUSED[what]])
        add = partial(parametrize.register_parametrization, module, "weight", step, unsafe=unsafe)
        trace.observe("added", add, noted=lambda m: list(m.state_dict()))

    if what == "the starts" and after:
        pytest.skip("calls a function of two with one")
    compare(program)


#: what the inverse of two starts gives when the weight is set
SET = {
    "three": "lambda x: (x, x, x)", "a number": "lambda x: (x, 3)", "one": "lambda x: 3",
    "a dtype": "lambda x: (x, x.double())",
}  # fmt: skip


@pytest.mark.parametrize("what", SET)
def test_starts_that_do_not_fit(what):
    def program(lib, trace: Trace):
        step = steps(lib)["Sum"]()
        module = built(lib, "Linear(3, 3)")
        submodule(lib, "parametrize").register_parametrization(module, "weight", step)
        step.right_inverse = eval(SET[what])
        trace.observe("set", lambda: setattr(module, "weight", lib.ones(3, 3)))

    compare(program)


def test_cache_copies_and_pickles():
    def program(lib, trace: Trace):
        parametrize, made = submodule(lib, "parametrize"), steps(lib)
        module = built(lib, "Linear(3, 3)")
        parametrize.register_parametrization(module, "weight", made["Symmetric"]())
        with parametrize.cached():
            first = module.weight
            with parametrize.cached():
                trace.note("cached", first is module.weight)
            trace.note("still", first is module.weight)
        trace.note("afterwards", first is module.weight)
        other = copy.deepcopy(module)
        trace.note("copy", [type(other) is type(module), other.weight.equal(first), other.weight is first])
        with lib.no_grad():
            other.parametrizations.weight.original.zero_()
        trace.note("apart", module.weight.equal(first))
        trace.observe("pickled", lambda: pickle.dumps(module))
        target = built(lib, "Linear(3, 3)")
        transfer = parametrize.transfer_parametrizations_and_params
        trace.note("transferred", transfer(module, target) is target)
        shared = target.parametrizations.weight.original is module.parametrizations.weight.original
        trace.note("shared", [shared, target.weight.equal(module.weight)])
        trace.note("to a module without", repr(transfer(module, lib.nn.Identity(), "weight")))
        trace.observe("nothing", lambda: parametrize.ParametrizationList([], lib.ones(2)))

    compare(program)


# -- kinds of weights -----------------------------------------------------------------------------
LAYERS = ["Linear(3, 2)", "Conv2d(2, 3, 2)", "ConvTranspose2d(2, 3, 2)"]


def input_for(lib, source: str):
    return drawn(lib, 4, 3) if source.startswith("Linear") else drawn(lib, 2, 2, 4, 4)


def trained(lib, trace: Trace, module, x) -> None:
    """Two steps of training, then evaluation."""
    for _ in range(2):
        module.zero_grad()
        out = module(x)
        (out**2).sum().backward()
        trace.note("out", out)
        trace.note("gradients", [p.grad for p in module.parameters()])
    trace.note("evaluation", module.eval()(x))
    trace.note("state", list(module.state_dict().items()))


@pytest.mark.parametrize("source", LAYERS)
@pytest.mark.parametrize("dim", [0, 1, -1, None])
def test_weight_norm(source, dim):
    def program(lib, trace: Trace):
        U, x = lib.nn.utils, input_for(lib, source)
        module = U.parametrizations.weight_norm(built(lib, source), dim=dim)
        trace.note("grad_fn", module.weight.grad_fn.name())
        state(trace, "module", module)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            former = U.weight_norm(built(lib, source), dim=dim)
        trace.note("told", [(w.category, str(w.message)) for w in told])
        for made in (module, former):
            trained(lib, trace, made, x)
        trace.note("loaded", str(module.load_state_dict(former.state_dict())))
        trace.note("as the former", module(x))
        trace.note("hook", type(next(iter(former._forward_pre_hooks.values()))))
        trace.observe("twice", lambda: U.weight_norm(former, dim=dim))
        U.remove_weight_norm(former)
        trace.note("removed", [list(former.state_dict()), former(x)])
        trace.observe("removed twice", lambda: U.remove_weight_norm(former))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compare(program)


@pytest.mark.parametrize("source", LAYERS)
def test_spectral_norm(source):
    def program(lib, trace: Trace):
        U, x = lib.nn.utils, input_for(lib, source).double()
        module = U.parametrizations.spectral_norm(built(lib, source).double(), n_power_iterations=2)
        trained(lib, trace, module, x)
        former = U.spectral_norm(built(lib, source).double())
        trace.note("metadata", dict(former.state_dict()._metadata))
        trained(lib, trace, former, x)
        other = U.spectral_norm(built(lib, source).double())
        trace.note("loaded", str(other.load_state_dict(former.state_dict())))
        trace.note("as the other", other.eval()(x))
        trace.observe("twice", lambda: U.spectral_norm(former))
        U.remove_spectral_norm(former)
        trace.note("removed", [list(former.state_dict()), former(x)])
        trace.observe("removed twice", lambda: U.remove_spectral_norm(former))

    compare(program)


def test_spectral_norms_refused_and_of_vectors():
    def program(lib, trace: Trace):
        U = lib.nn.utils
        new = U.parametrizations.spectral_norm
        trace.note("a vector", new(lib.nn.BatchNorm1d(3)).weight)
        for f in (new, U.spectral_norm):
            trace.observe("iterations", partial(f, lib.nn.Linear(2, 2), n_power_iterations=0))
            trace.observe("no tensor", partial(f, lib.nn.Linear(2, 2), "other"))
        trace.observe("dim", partial(new, lib.nn.Linear(2, 2), dim=3))
        trace.observe("norm of none", partial(U.parametrizations.weight_norm, lib.nn.Linear(2, 2), "other"))

    compare(program)


@pytest.mark.parametrize("source", ["Linear(3, 3)", "Linear(4, 2)", "Linear(2, 4)"])
@pytest.mark.parametrize("name", [None, "matrix_exp", "cayley", "householder"])
@pytest.mark.parametrize("trivialized", [True, False])
def test_orthogonal(source, name, trivialized):
    def program(lib, trace: Trace):
        module = built(lib, source).double()
        made = lib.nn.utils.parametrizations.orthogonal(module, "weight", name, use_trivialization=trivialized)
        trace.note("returned", made is module)
        state(trace, "module", module)
        trace.note("next draw", lib.rand(1))
        (module.weight * drawn(lib, *module.weight.shape)).sum().backward()
        trace.note("gradient", module.parametrizations.weight.original.grad)
        q = lib.nn.init.orthogonal_(lib.empty(*module.weight.shape, dtype=lib.float64))
        trace.observe("set", lambda: setattr(module, "weight", q))
        trace.note("weight", module.weight)
        trace.observe("another shape", lambda: setattr(module, "weight", lib.ones(5, 5).double()))

    compare(program)


def test_orthogonal_refusals():
    def program(lib, trace: Trace):
        orthogonal = lib.nn.utils.parametrizations.orthogonal
        trace.observe("map", partial(orthogonal, lib.nn.Linear(3, 3), orthogonal_map="other"))
        trace.observe("a vector", partial(orthogonal, lib.nn.Linear(3, 3), "bias"))
        trace.observe("no tensor", partial(orthogonal, lib.nn.Linear(3, 3), "other"))
        layer = lib.nn.Linear(3, 3, dtype=lib.complex64)
        trace.observe("complex", partial(orthogonal, layer, orthogonal_map="householder"))

    compare(program)


@pytest.mark.skipif(SELF_CHECK, reason="compiles")
@pytest.mark.parametrize("kind", ["weight_norm", "spectral_norm", "orthogonal"])
def test_compiled_is_as_uncompiled(kind):
    def step(compiled: bool) -> list:
        lib = jaxtorch
        module = getattr(lib.nn.utils.parametrizations, kind)(built(lib, "Linear(3, 2)"))
        optimizer = lib.optim.SGD(module.parameters(), lr=0.1)

        def train(x):
            optimizer.zero_grad()
            loss = (module(x) ** 2).sum()
            loss.backward()
            optimizer.step()
            return loss

        run = lib.compile(train, fullgraph=True) if compiled else train
        losses = [run(drawn(lib, 4, 3)).item() for _ in range(3)]
        return [*losses, *[v.detach().numpy() for v in module.state_dict().values()]]

    for ours, plain in zip(step(True), step(False), strict=True):
        np.testing.assert_allclose(ours, plain, rtol=1e-4, atol=1e-5)
