"""Every module against torch: its text, its state, its first values, forward and backward."""

from __future__ import annotations

import doctest
import inspect
import math

import numpy as np
import pytest
import torch

from tests.nn.cases import CASES, Case
from tests.oracle import (
    SELF_CHECK,
    TensorFacts,
    Trace,
    assert_same_trace,
    dtype_name,
    is_tensor,
    make_tensor,
    module_under_test,
    run_program,
    to_numpy,
)  # fmt: skip

#: Names of torch.nn that jaxtorch does not have.
ABSENT: set[str] = set()


@pytest.fixture(scope="module")
def lib():
    return module_under_test()


def each(cases, *params):
    return pytest.mark.parametrize("case", cases, ids=lambda c: c.source)


def state_facts(module) -> list:
    """The names, shapes, dtypes and requires_grad of all parameters and buffers, in order."""
    tensors = [*module.named_parameters(), *module.named_buffers()]
    return [(name, tuple(t.shape), dtype_name(t.dtype), t.requires_grad) for name, t in tensors]


LAZY = [c for c in CASES if c.source.startswith("Lazy")]
BUILT = [c for c in CASES if c not in LAZY]
CALLED = [c for c in CASES if c.makers]


@each(CASES)
def test_text(lib, case: Case):
    assert repr(case.build(lib)) == repr(case.build(torch))


@each(BUILT)
def test_state(lib, case: Case):
    ours, theirs = case.build(lib), case.build(torch)
    assert state_facts(ours) == state_facts(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert dict(ours.state_dict()._metadata) == dict(theirs.state_dict()._metadata)
    assert [name for name, _ in ours.named_modules()] == [
        name for name, _ in theirs.named_modules()
    ]


@each(LAZY)
def test_lazy_state(lib, case: Case):
    ours, theirs = case.build(lib), case.build(torch)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert {k: repr(v) for k, v in ours.state_dict().items()} == {
        k: repr(v) for k, v in theirs.state_dict().items()
    }


@each([c for c in BUILT if list(c.build(torch).parameters())])
def test_first_values_are_torch_s(lib, case: Case):
    def drawn(lib) -> list:
        lib.manual_seed(1234)
        module = case.build(lib)
        values = [(name, to_numpy(p).tobytes()) for name, p in module.named_parameters()]
        return [*values, ("the next draw", lib.rand(1).item())]

    assert drawn(lib) == drawn(torch)


def copy_values(source, target, lib) -> None:
    """Give ``target`` the parameters and buffers of a torch module."""
    values = {
        k: make_tensor(lib, to_numpy(v), dtype_name(v.dtype))
        for k, v in source.state_dict().items()
    }
    target.load_state_dict(values)


def tensors_in(value) -> list:
    if is_tensor(value):
        return [value]
    if isinstance(value, (tuple, list)):
        return [t for v in value for t in tensors_in(v)]
    return []


@each(CALLED)
def test_forward_and_backward(lib, case: Case):
    torch.manual_seed(0)
    reference = case.build(torch)

    def program(lib, trace: Trace, wide: bool = False) -> None:
        module = case.build(lib)
        copy_values(reference, module, lib)
        inputs = [make_tensor(lib, a) for a in case.arrays()]
        if wide:
            module.double()
            inputs = [t.double() if t.is_floating_point() else t for t in inputs]
        for t in inputs[: case.learned]:
            if t.is_floating_point():
                t.requires_grad_()
        if case.draws:
            lib.manual_seed(7)
        out = trace.attempt("forward", lambda: module(*inputs))
        results = [t for t in tensors_in(out) if t.requires_grad]
        if results:
            cotangents = [make_tensor(lib, weights(t.shape)).to(t.dtype) for t in results]
            trace.attempt("backward", lambda: lib.autograd.backward(results, cotangents))
        leaves = {f"input {i}": t for i, t in enumerate(inputs)} | dict(module.named_parameters())
        for name, leaf in leaves.items():
            if leaf.grad is not None:
                trace.note(f"gradient of {name}", TensorFacts.values_of(leaf.grad))
        for name, buffer in module.named_buffers():
            trace.note(f"buffer {name}", buffer)

    ours, theirs = run_program(program, lib), run_program(program, torch)
    # small differences of large numbers: no farther from the wide result than torch is
    wide = None if case.draws else run_program(lambda lib, t: program(lib, t, True), torch)
    assert_same_trace(ours, theirs, wide=wide)


def weights(shape):
    """Distinct cotangents, so that a gradient summed in the wrong place shows."""
    size = math.prod(shape)
    return np.linspace(0.5, 1.5, size, dtype=np.float32).reshape(tuple(shape))


@pytest.mark.parametrize("name", sorted(set(torch.nn.modules.__all__) | {"Parameter", "Buffer"}))
def test_names_and_signatures(lib, name):
    if name in ABSENT and lib is not torch:
        assert not hasattr(lib.nn, name), f"{name} is there: take it out of ABSENT"
        return
    theirs, ours = getattr(torch.nn, name), getattr(lib.nn, name)
    assert (ours.__module__, ours.__qualname__) == (theirs.__module__, theirs.__qualname__)
    assert ours.__doc__ or lib is torch
    if not issubclass(theirs, torch.nn.Module):
        return
    assert parameters_of(ours.__init__) == parameters_of(theirs.__init__)
    if theirs is not torch.nn.RNNBase:  # which has no forward in torch
        assert parameters_of(ours.forward) == parameters_of(theirs.forward)


def parameters_of(function) -> list:
    found = [(p.name, p.kind, p.default) for p in inspect.signature(function).parameters.values()]
    return [(name, kind, getattr(default, "__name__", repr(default))) for name, kind, default in found]


@pytest.mark.skipif(SELF_CHECK, reason="about jaxtorch's documentation")
def test_examples(lib):
    """The classes carry PyTorch's module names, by which doctest would not find them."""
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    finder = doctest.DocTestFinder(exclude_empty=True)
    classes = {c for c in vars(lib.nn).values() if isinstance(c, type)}
    classes |= set(lib.nn.Module.__mro__) - {object}
    for cls in sorted(classes, key=lambda c: c.__name__):
        for example in finder.find(cls, cls.__name__, module=False, globs={"torch": lib}):
            runner.run(example)
    assert runner.tries > 20
    assert runner.failures == 0
