"""``torch._foreach_*`` against PyTorch: values, dtypes, in place, gradients, errors."""

from typing import Any

import numpy as np
import pytest
import torch

import jaxtorch
from tests.oracle import to_numpy

LIBRARIES = (torch, jaxtorch)
UNARY = sorted(
    n for n in dir(torch) if n.startswith("_foreach_") and not n.endswith("_")
    and n[9:] not in "add sub mul div pow lerp addcmul addcdiv clamp_max clamp_min maximum minimum mm".split()
)  # fmt: skip
#: ``x`` and ``y`` are lists of three tensors, ``m`` one of matrices
BINARY = [
    "add(x, y)", "add(x, y, alpha=2)", "add(x, 2)", "add(x, 2.5)", "add(x, [1, 2.5, 3])", "add(x, torch.tensor(2.0))",
    "sub(x, y)", "sub(x, 3)", "mul(x, y)", "mul(x, 0.5)", "mul(x, [1, 2, 3])", "mul(x, torch.tensor(2.0))",
    "div(x, y)", "div(x, 4)", "div(x, [1.0, 2.0, 4.0])", "pow(x, 2)", "pow(x, y)", "pow(x, [1, 2, 3])",
    "pow(2.0, x)", "lerp(x, y, 0.25)", "lerp(x, y, y)", "addcmul(x, y, y)", "addcmul(x, y, y, value=0.5)",
    "addcmul(x, y, y, [1.0, 2.0, 3.0])", "addcdiv(x, y, y, 2.0)", "addcdiv(x, y, y, torch.tensor([1.0, 2.0, 3.0]))",
    "clamp_min(x, 1)", "clamp_max(x, [0.5, 1, 2])", "clamp_min(x, y)", "maximum(x, y)", "maximum(x, 1.0)",
    "minimum(x, y)", "minimum(x, 1)", "minimum(self=x, other=y)",
]  # fmt: skip


def space(lib, dtype="float32", grad=False) -> dict[str, Any]:
    rng = np.random.default_rng(0)

    def made():
        found = [lib.tensor(rng.uniform(0.2, 2.0, s)).to(getattr(lib, dtype)) for s in ((2, 3), (4,), ())]
        return [t.requires_grad_() for t in found] if grad else found

    return {"torch": lib, "x": made(), "y": made(), "m": [lib.tensor(rng.normal(size=(3, 3))) for _ in range(3)]}


def call(lib, text, names):
    return eval(f"torch._foreach_{text}", names)


def same(ours, theirs):
    assert type(ours) is type(theirs) and len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        assert str(a.dtype) == str(b.dtype) and tuple(a.shape) == tuple(b.shape)
        np.testing.assert_allclose(to_numpy(a.detach()), to_numpy(b.detach()), rtol=2e-6, atol=1e-6)


def test_every_name_of_pytorch_is_there():
    assert not [n for n in dir(torch) if n.startswith("_foreach_") and not hasattr(jaxtorch, n)]


@pytest.mark.parametrize("name", UNARY)
def test_of_one_list(name):
    text = f"{name.removeprefix('_foreach_')}(x{', 3' if name == '_foreach_powsum' else ''})"
    theirs, ours = (call(lib, text, space(lib)) for lib in LIBRARIES)
    same(ours, theirs)
    if hasattr(torch, f"{name}_"):
        found = []
        for lib in LIBRARIES:
            names = space(lib)
            assert getattr(lib, f"{name}_")(names["x"]) is names["x"]
            found.append(names["x"])
        same(found[1], found[0])


@pytest.mark.parametrize("text", [*BINARY, "mm(m, m)", "norm(x, 1)", "norm(x, float('inf'))"])
def test_of_several(text):
    theirs, ours = (call(lib, text, space(lib)) for lib in LIBRARIES)
    same(ours, theirs)


@pytest.mark.parametrize("text", [t for t in BINARY if "self=" not in t and not t.startswith("pow(2")])
def test_in_place(text):
    found = []
    for lib in LIBRARIES:
        names = space(lib)
        name, _, rest = text.partition("(")
        versions = [t._version for t in names["x"]]
        assert call(lib, f"{name}_({rest}", names) is names["x"]
        found.append(names["x"])
        assert all(t._version > v for t, v in zip(names["x"], versions, strict=True))
    same(found[1], found[0])


@pytest.mark.parametrize("text", [
    "add(x, y, alpha=2)", "mul(x, y)", "lerp(x, y, 0.25)", "exp(x)", "norm(x)", "pow(x, 2)",
])  # fmt: skip
def test_gradients(text):
    found = []
    for lib in LIBRARIES:
        names = space(lib, "float64", grad=True)
        lib.stack([r.sum() for r in call(lib, text, names)]).sum().backward()
        found.append([t.grad for t in (*names["x"], *names["y"]) if t.grad is not None])
    same(found[1], found[0])


def test_whole_numbers_and_views():
    found = []
    for lib in LIBRARIES:
        base = lib.arange(12).reshape(3, 4)
        rows = [base[0], base[1, ::2], base[:, 3]]
        lib._foreach_add_(rows, 5)
        lib._foreach_mul_(rows[:2], [2, 3])
        found.append([base, *lib._foreach_div(rows, 2), *lib._foreach_sqrt(rows)])
    same(found[1], found[0])


def test_in_compiled_functions():
    names = space(jaxtorch)
    x, lib = names["x"], names["torch"]

    def step(xs):
        lib._foreach_mul_(xs, 2.0)
        return lib._foreach_add(xs, xs)

    expected = step([t.clone() for t in x])
    same(tuple(jaxtorch.compile(step, fullgraph=True)([t.clone() for t in x])), tuple(expected))


@pytest.mark.parametrize("lib", LIBRARIES)
def test_bad_input(lib):
    x = [lib.ones(2), lib.ones(3)]
    with pytest.raises(RuntimeError, match="Tensor list must have same number of elements as scalar list."):
        lib._foreach_add(x, [1])
    with pytest.raises(RuntimeError, match="Tensor lists must have the same number of tensors, got 2 and 1"):
        lib._foreach_mul(x, x[:1])
    with pytest.raises(RuntimeError, match="Tensor list must have at least one tensor."):
        lib._foreach_add([], 1)
    with pytest.raises(TypeError, match="_foreach_abs"):
        lib._foreach_abs("a")
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad is being used in an in-place operation"):
        lib._foreach_add_([lib.ones(2, requires_grad=True)], 1)
