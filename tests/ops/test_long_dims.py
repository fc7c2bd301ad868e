"""Orders, ranks and scans of dims long enough for blocks, packed keys and searches, against torch."""

from __future__ import annotations

import jax
import numpy as np
import pytest
import torch

from tests.oracle import module_under_test
from tests.sampling import diagonals

lib = module_under_test()
FLOATS = ["float32", "float64", "float16", "bfloat16"]
DTYPES = [*FLOATS, "int64", "int32", "int8", "uint8"]
USUAL = ("float32", "int64")  # the dtypes that meet every shape


def dims(dtypes: list[str], apart: int, *shapes: tuple):
    """Dtypes with shapes and the dim of each that is long."""
    pairs = [(dtype, *shape) for dtype, shape in diagonals(dtypes, shapes, apart, USUAL)]
    return pytest.mark.parametrize("dtype, shape, dim", pairs, ids=str)


SPECIAL = [0.0, -0.0, float("nan"), -float("nan"), float("inf"), -float("inf"), 0.25]


def numbers(dtype: str, shape: tuple, special: bool = True) -> torch.Tensor:
    """Numbers of which many are equal, with all that a float can be."""
    rng = np.random.default_rng(len(shape) + shape[0])
    kind = getattr(torch, dtype)
    if kind.is_floating_point:
        values = torch.tensor(rng.standard_normal(shape)).to(kind)
        if special:
            odd = torch.tensor(rng.choice(SPECIAL, shape)).to(kind)
            values = torch.where(torch.tensor(rng.integers(0, 2, shape) == 0), odd, values)
        return values
    info = np.iinfo(dtype)
    values = rng.integers(info.min, info.max, shape, dtype=dtype, endpoint=True)
    return torch.tensor(np.where(rng.integers(0, 3, shape) == 0, values.flat[0], values))


def ours(t: torch.Tensor):
    if t.dtype is torch.bfloat16:
        return lib.tensor(t.view(torch.int16).numpy()).view(lib.bfloat16)
    return lib.tensor(t.numpy())


def assert_same(got, want, rtol: float = 0.0):
    got, want = np.asarray(got.tolist()), np.asarray(want.tolist())
    if rtol:
        np.testing.assert_allclose(got, want, rtol=rtol, atol=rtol)
        return
    np.testing.assert_array_equal(got, want)
    if got.dtype.kind == "f":
        np.testing.assert_array_equal(np.signbit(got[got == 0]), np.signbit(want[want == 0]))


@dims(DTYPES, 3, ((700,), 0), ((3, 200), 1), ((200, 3), 0))
def test_orders(dtype, shape, dim):
    t = numbers(dtype, shape)
    x = ours(t)
    for descending in (False, True):
        got, want = (a.sort(dim=dim, stable=True, descending=descending) for a in (x, t))
        assert_same(got[0], want[0])
        assert_same(got[1], want[1])
        assert_same(x.argsort(dim, descending), want[1])
    # few are picked, many are sorted; from either end
    for k, largest in ((1, True), (5, True), (5, False), (60, False), (shape[dim], True)):
        (values, places), want = x.topk(k, dim, largest), t.topk(k, dim, largest)[0]
        np.testing.assert_array_equal(values.tolist(), want.tolist())
        np.testing.assert_array_equal(torch.take_along_dim(t, to_torch(places), dim).tolist(), want.tolist())


def to_torch(places):
    return torch.tensor(places.tolist())


@dims(DTYPES, 3, ((2**14 + 3,), 0), ((2, 2**14), 1), ((90,), 0))
def test_ranks(dtype, shape, dim):
    t = numbers(dtype, shape)
    x = ours(t)
    order = t.sort(dim=dim, stable=True)
    n = shape[dim]
    for k in (1, n // 3, n):
        values, places = x.kthvalue(k, dim)
        np.testing.assert_array_equal(values.tolist(), t.kthvalue(k, dim)[0].tolist())
        assert_same(places, order[1].select(dim, k - 1))
    for name in ("median", "nanmedian"):
        np.testing.assert_array_equal(getattr(x, name)(dim)[0].tolist(), getattr(t, name)(dim)[0].tolist())
        np.testing.assert_array_equal(getattr(x, name)().tolist(), getattr(t, name)().tolist())


SHAPES = ((65,), 0), ((1000,), 0), ((3, 130), 1), ((130, 3), 0), ((2, 70, 5000), 1), ((5, 81, 2), 1)


@dims(FLOATS, 2, *SHAPES)
def test_scans_of_floats(dtype, shape, dim):
    rtol = {"float32": 1e-5, "float64": 1e-12, "float16": 2e-3, "bfloat16": 2e-2}[dtype]
    for special in (False, True):
        t = numbers(dtype, shape, special)
        x = ours(t)
        for name in ("cumsum", "cumprod", "logcumsumexp"):
            assert_same(getattr(x, name)(dim), getattr(t, name)(dim), rtol)
        for name in ("cummax", "cummin"):
            for got, want in zip(getattr(x, name)(dim), getattr(t, name)(dim), strict=True):
                assert_same(got, want)


@dims(["int64", "int8", "uint8"], 3, *SHAPES)
def test_scans_of_integers(dtype, shape, dim):
    t = numbers(dtype, shape)
    x = ours(t)
    for name in ("cumsum", "cumprod"):
        assert_same(getattr(x, name)(dim), getattr(t, name)(dim))
    for name in ("cummax", "cummin"):
        for got, want in zip(getattr(x, name)(dim), getattr(t, name)(dim), strict=True):
            assert_same(got, want)


def test_float32_is_summed_as_torch_sums_it():
    t = numbers("float32", (100_000,), False)
    assert_same(ours(t).cumsum(0), t.cumsum(0))
    overflow = torch.tensor([3e38, 3e38, -3e38] + [0.0] * 100)
    assert_same(ours(overflow).cumsum(0), overflow.cumsum(0))


OPS = {
    "cumsum": lambda a: a.cumsum(0),
    "cumprod": lambda a: (1 + a / 50).cumprod(0),
    "logcumsumexp": lambda a: a.logcumsumexp(0),
    "cummax": lambda a: a.cummax(0)[0],
    "cummin": lambda a: a.cummin(0)[0],
    "sort": lambda a: a.sort(0)[0],
    "topk": lambda a: a.topk(7, 0, False)[0],
    "kthvalue": lambda a: a.kthvalue(30, 0)[0],
    "median": lambda a: a.median(0)[0],
}


@pytest.mark.parametrize("name", OPS)
def test_gradients_and_transforms(name):
    f = OPS[name]
    t = numbers("float32", (90,), False).requires_grad_()
    out = f(t)
    weight = torch.linspace(-1, 2, out.numel()).view(out.shape)
    (want,) = torch.autograd.grad((out * weight).sum(), t)
    x, w = ours(t.detach()), ours(weight)
    leaf = x.clone().requires_grad_()
    (f(leaf) * w).sum().backward()
    assert_same(leaf.grad, want, 1e-4)

    def loss(a):
        return (f(a) * w).sum().jax()

    def transforms(x, rows):
        return jax.grad(loss)(x), jax.vmap(f)(rows), jax.vmap(jax.grad(loss))(rows)

    rows = lib.stack([x, x.flip(0), x * 2])
    each = lib.stack([f(r) for r in rows])
    # outside of jit JAX compiles each of its primitives for itself: of the ops of a kind, one
    for run in (jax.jit(transforms), transforms) if name in ("cumsum", "sort", "median") else (jax.jit(transforms),):
        gradient, many, gradients = run(x, rows)
        assert_same(gradient, want, 1e-4)
        assert_same(many, each, 1e-5)
        assert_same(gradients[0], want, 1e-4)
    if name == "logcumsumexp":  # has a reverse rule alone, for zeros and infinities
        return
    _, tangent = jax.jit(lambda x, t: jax.jvp(loss, (x,), (t,)))(x, w.new_ones(90))
    np.testing.assert_allclose(np.asarray(tangent), want.sum().item(), rtol=1e-4)


@pytest.mark.parametrize("name", ["kthvalue", "median"])
def test_searched_ranks_under_transforms(name):
    f = OPS[name]
    x = ours(numbers("float32", (2**14 + 1,), False))
    rows = lib.stack([x, x.flip(0)])
    got = jax.jit(jax.vmap(f))(rows)
    assert_same(got, lib.stack([f(r) for r in rows]))
    g = jax.jit(jax.grad(lambda a: f(a).jax()))(x)
    assert [int(g.sum()), int(g.ne(0).sum())] == [1, 1] and x[g.argmax()].item() == f(x).item()
