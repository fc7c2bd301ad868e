"""JAX: arrays both ways, tensors as pytrees, jnp functions of tensors, and nobody's precision changed."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxtorch as torch


def test_from_jax_and_back():
    a = jnp.arange(6.0).reshape(2, 3)
    t = torch.from_jax(a)
    assert t.dtype is torch.float32 and t.shape == (2, 3)
    assert isinstance(t.jax(), jax.Array)
    np.testing.assert_array_equal(t.jax(), a)
    t.add_(1)  # arrays are immutable: the caller's does not change
    np.testing.assert_array_equal(a, np.arange(6.0).reshape(2, 3))
    np.testing.assert_array_equal(t.t().jax(), (a + 1).T)
    with pytest.raises(TypeError, match="from_jax\\(\\) expects a jax.Array, got ndarray"):
        torch.from_jax(np.ones(2))


def test_snapshots_do_not_follow_writes():
    t = torch.ones(3)
    a = t.jax()
    t.mul_(5)
    np.testing.assert_array_equal(a, np.ones(3))


def test_jax_array_protocol():
    t = torch.tensor([1.0, 4.0, 9.0])
    np.testing.assert_allclose(jnp.sqrt(t), [1, 2, 3])
    np.testing.assert_allclose(jnp.asarray(t) + 1, [2, 5, 10])
    np.testing.assert_allclose(jnp.dot(t, t.flip(0)), 34)
    np.testing.assert_allclose(jnp.sum(t[1:]), 13)


def test_dlpack():
    a = jnp.arange(4.0)
    t = torch.from_dlpack(a)
    assert t.tolist() == [0, 1, 2, 3]
    b = jax.dlpack.from_dlpack(torch.arange(4.0))
    np.testing.assert_array_equal(b, a)
    other = pytest.importorskip("torch")
    x = other.arange(3.0)
    y = torch.from_dlpack(x)
    x.add_(1)
    assert y.tolist() == [1, 2, 3]
    z = torch.arange(3.0)
    w = other.from_dlpack(z)
    z.mul_(2)
    assert w.tolist() == [0, 2, 4]
    w.add_(1)
    assert z.tolist() == [1, 3, 5]
    capsule = torch.to_dlpack(z)
    assert other.from_dlpack(capsule).tolist() == [1, 3, 5]
    assert torch.from_dlpack(other.utils.dlpack.to_dlpack(x)).tolist() == [1, 2, 3]


def test_jit():
    @jax.jit
    def f(x, w):
        return (x @ w).relu() + 1

    x, w = torch.ones(2, 3), torch.tensor([[1.0], [-1.0], [2.0]])
    y = f(x, w)
    assert isinstance(y, torch.Tensor)
    assert y.tolist() == [[3.0], [3.0]]
    assert torch.equal(f(x * 2, w), (x * 2 @ w).relu() + 1)


def test_jit_compiles_once():
    traces = []

    @jax.jit
    def f(x):
        traces.append(1)
        return x * 2

    for _ in range(3):
        f(torch.ones(3))
    f(torch.ones(4))
    assert len(traces) == 2


def test_jit_with_views_and_writes_inside():
    @jax.jit
    def f(x):
        y = x.clone()
        y[0] = 5
        y[:, 1].mul_(10)
        y.t()[2].add_(100)
        return y

    x = torch.arange(6.0).reshape(2, 3)
    want = x.clone()
    want[0] = 5
    want[:, 1].mul_(10)
    want.t()[2].add_(100)
    assert torch.equal(f(x), want)
    assert x.tolist() == [[0, 1, 2], [3, 4, 5]]


def test_grad():
    def loss(p):
        return ((p["w"] * 3 - p["b"]) ** 2).sum().jax()

    p = {"w": torch.tensor([1.0, 2.0]), "b": torch.tensor([0.0, 1.0])}
    g = jax.grad(loss)(p)
    assert g["w"].tolist() == [18.0, 30.0] and g["b"].tolist() == [-6.0, -10.0]
    assert isinstance(g["w"], torch.Tensor)
    value, g = jax.value_and_grad(loss)(p)
    assert float(value) == 34.0


def test_grad_agrees_with_backward():
    def f(x, w):
        return torch.softmax(x @ w, 1).log().mean()

    x = torch.tensor([[1.0, 2.0], [0.5, -1.0]])
    w = torch.tensor([[0.3, -0.2], [1.0, 0.1]], requires_grad=True)
    f(x, w).backward()
    g = jax.grad(lambda w: f(x, w).jax())(w.detach())
    np.testing.assert_allclose(g.jax(), w.grad.jax(), rtol=1e-5)


def test_backward_inside_jit_agrees():
    def step(w):
        w = w.detach().requires_grad_()
        loss = (w * w).sum()
        loss.backward()
        return w.grad, loss.detach()

    w = torch.tensor([1.0, 2.0])
    g, loss = jax.jit(step)(w)
    assert g.tolist() == [2.0, 4.0] and loss.item() == 5.0


def test_vmap():
    f = jax.vmap(lambda x, w: (x * w).sum(), in_axes=(0, None))
    x, w = torch.arange(6.0).reshape(3, 2), torch.tensor([1.0, 10.0])
    assert f(x, w).tolist() == [10.0, 32.0, 54.0]
    g = jax.vmap(jax.grad(lambda x: (x**3).sum().jax()))(x)
    assert torch.equal(g, 3 * x**2)


def test_scan():
    def body(carry, x):
        carry = carry * 0.5 + x
        return carry, carry.sum()

    last, sums = jax.lax.scan(body, torch.zeros(2), torch.ones(3, 2))
    assert last.tolist() == [1.75, 1.75]
    assert sums.tolist() == [2.0, 3.0, 3.5]


def test_while_and_cond():
    out = jax.lax.while_loop(lambda t: (t < 10).jax(), lambda t: t * 2, torch.tensor(1))
    assert out.item() == 16 and out.dtype is torch.int64
    f = jax.jit(lambda t: jax.lax.cond((t.sum() > 0).jax(), lambda t: t * 2, lambda t: t - 1, t))
    assert f(torch.tensor([1.0])).tolist() == [2.0]
    assert f(torch.tensor([-1.0])).tolist() == [-2.0]


def test_trees():
    leaf = torch.tensor([1.0], requires_grad=True)
    leaves, treedef = jax.tree_util.tree_flatten({"a": leaf, "b": (torch.ones(2), 3)})
    assert [type(x).__name__ for x in leaves[:2]] == ["ArrayImpl", "ArrayImpl"] and leaves[2] == 3
    tree = jax.tree_util.tree_unflatten(treedef, leaves)
    assert tree["a"].requires_grad and not tree["b"][0].requires_grad
    doubled = jax.tree_util.tree_map(lambda x: x * 2, {"a": torch.ones(2)})
    assert isinstance(doubled["a"], torch.Tensor) and doubled["a"].tolist() == [2.0, 2.0]
    assert jax.tree_util.tree_structure(torch.ones(2)) == jax.tree_util.tree_structure(torch.zeros(3))
    mapped = jax.tree_util.tree_map(lambda x: None, {"a": torch.ones(2)})  # placeholders pass through
    assert jax.tree_util.tree_leaves(mapped) == []


def test_parameters_and_subclasses_in_trees():
    class Special(torch.Tensor):
        pass

    p = torch.nn.Parameter(torch.ones(2))
    out = jax.jit(lambda p: p)(p)
    assert isinstance(out, torch.nn.Parameter) and out.requires_grad
    s = torch.ones(2).as_subclass(Special)
    assert type(jax.jit(lambda s: s * 2)(s)) is Special
    (leaf,) = jax.tree_util.tree_leaves(s)
    assert isinstance(leaf, jax.Array)


def test_wide_types_inside_ops():
    """int64 and float64 are real, though the caller's JAX has 32 bits."""
    assert not jax.config.jax_enable_x64
    i = torch.tensor(2**40)
    assert (i + 1).item() == 2**40 + 1 and (i * 3).dtype is torch.int64
    x = torch.tensor([1.0, 1e-12], dtype=torch.float64)
    assert (x[0] + x[1]).item() == 1.0 + 1e-12
    assert x.sum().item() == 1.0 + 1e-12
    assert (x.cumsum(0)[1] - 1).item() == pytest.approx(1e-12, rel=1e-3)
    assert torch.arange(2**33, 2**33 + 2).tolist() == [2**33, 2**33 + 1]
    y = x.clone().requires_grad_()
    (y * y).sum().backward()
    assert y.grad.dtype is torch.float64 and y.grad[1].item() == 2e-12
    assert torch.mv(x[None], x).dtype is torch.float64
    assert torch.fft.fft(x).dtype is torch.complex128


def test_wide_types_inside_traces():
    x = torch.tensor([1.0, 1e-12], dtype=torch.float64)
    y = jax.jit(lambda t: t.sum() * 2)(x)
    assert y.dtype is torch.float64 and y.item() == 2 * (1.0 + 1e-12)
    i = jax.jit(lambda t: t + 1)(torch.tensor([2**40]))
    assert i.dtype is torch.int64 and i.item() == 2**40 + 1
    g = jax.grad(lambda t: (t * t).sum().jax())(x)
    assert g.dtype is torch.float64 and g[1].item() == 2e-12
    v = jax.vmap(lambda t: t + 1e-12)(x)
    assert v.dtype is torch.float64 and v[0].item() == 1 + 1e-12


def test_the_caller_keeps_32_bits():
    torch.ones(2, dtype=torch.float64).sum()
    assert jnp.arange(3).dtype == jnp.int32
    assert jnp.ones(2).dtype == jnp.float32
    assert (jnp.ones(2) * 2.5).dtype == jnp.float32
    assert jnp.asarray(np.ones(2)).dtype == jnp.float32
    assert jax.jit(lambda a: a * np.pi)(jnp.ones(2)).dtype == jnp.float32

    @jax.jit
    def mixed(a, t):
        inside = jnp.arange(3).dtype  # the caller's own code, between ours
        u = (t * 2).jax()
        return a * 2, u, jnp.zeros(2, inside), jnp.arange(2)

    a, u, z, r = mixed(jnp.ones(2), torch.ones(2, dtype=torch.float64))
    assert [x.dtype for x in (a, u, z, r)] == [jnp.float32, jnp.float64, jnp.int32, jnp.int32]


def test_an_error_inside_leaves_the_setting():
    for run in (lambda: torch.ones(2) + torch.ones(3), lambda: torch.mm(torch.ones(2), torch.ones(2))):
        with pytest.raises(RuntimeError):
            run()
        assert jnp.arange(3).dtype == jnp.int32


def test_under_the_callers_64_bits():
    with jax.enable_x64(True):
        assert jnp.arange(3).dtype == jnp.int64
        assert (torch.ones(2) * 2).dtype is torch.float32
        assert torch.tensor([1, 2]).dtype is torch.int64
        assert torch.from_jax(jnp.ones(2)).dtype is torch.float64
        assert jnp.arange(3).dtype == jnp.int64
    assert jnp.arange(3).dtype == jnp.int32


def test_constants_of_the_closure():
    """Tensors that are not arguments are constants of the traced program, views too."""
    w = torch.arange(6.0).reshape(2, 3)
    n = torch.from_numpy(np.ones(3, np.float32))
    f = jax.jit(lambda x: x @ w.t() + n[:2] * w[:, 1])
    assert torch.equal(f(torch.ones(3)), torch.ones(3) @ w.t() + n[:2] * w[:, 1])


def test_values_cannot_be_read_inside():
    for read in (lambda t: t.item(), lambda t: t.tolist(), lambda t: bool(t.sum()), lambda t: t.numpy()):
        with pytest.raises(Exception, match="(?i)trac|concrete"):
            jax.jit(lambda t, read=read: read(t) and t)(torch.ones(1))


def test_random_numbers_inside_raise():
    draws = {
        "rand": lambda t: torch.rand(2),
        "randn": lambda t: torch.randn_like(t),
        "randint": lambda t: torch.randint(3, (2,)),
        "randperm": lambda t: torch.randperm(3),
        "uniform_": lambda t: (t * 1).uniform_(),
        "normal_": lambda t: (t * 1).normal_(),
        "bernoulli": lambda t: torch.bernoulli(torch.ones(2) * 0.5),
        "normal": lambda t: torch.normal(torch.zeros(2), 1.0),
        "dropout": lambda t: torch.nn.functional.dropout(t, 0.5),
        "multinomial": lambda t: torch.multinomial(torch.ones(3), 2),
        "exponential_": lambda t: (t * 1).exponential_(),
        "poisson": lambda t: torch.poisson(torch.ones(2)),
    }
    for name, draw in draws.items():
        with pytest.raises(NotImplementedError, match="inside jax.jit would give the same numbers"):
            print(name, jax.jit(draw)(torch.ones(2)))


def test_printing_a_traced_tensor():
    seen = []
    jax.jit(lambda t: seen.append(repr(t)) or t)(torch.ones(2))
    assert seen[0].startswith("tensor(") and "float32[2]" in seen[0]


def test_asarray_and_tensor_of_jax_arrays():
    a = jnp.ones((2, 2))
    assert torch.tensor(a).tolist() == [[1, 1], [1, 1]]
    assert torch.as_tensor(a).dtype is torch.float32
    assert torch.asarray(a).shape == (2, 2)
    assert torch.tensor([jnp.float32(1.5), 2.0]).tolist() == [1.5, 2.0]


def test_pmap_like_sharding_is_kept():
    mesh = jax.sharding.Mesh(np.array(jax.devices()[:1]), ("i",))
    sharding = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("i"))
    a = jax.device_put(jnp.arange(4.0), sharding)
    t = torch.from_jax(a)
    assert (t * 2).tolist() == [0, 2, 4, 6]


VIEWS = {
    "transposed": lambda t: (t * 2).T,
    "selected": lambda t: (t * t)[0],
    "expanded": lambda t: t.sin().sum(0).expand(2, 3),
    "of an argument": lambda t: t.T,
    "of memory written": lambda t: (t * t).mul_(3).T[1:],
    "nested": lambda t: {"a": [(t * t).unbind(1)[2]], "b": (t * 2).view(3, 2)},
    "complex as real": lambda t: torch.view_as_real(torch.complex(t, t * t)).transpose(0, 1),
}


@pytest.mark.parametrize("name", VIEWS)
def test_transforms_of_functions_that_return_views(name):
    f, x, v = VIEWS[name], torch.arange(6.0).reshape(2, 3), torch.ones(2, 3)

    def cloned(t):
        return jax.tree.map(torch.clone, f(t), is_leaf=lambda x: isinstance(x, torch.Tensor))

    def same(found, expected):
        for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
            np.testing.assert_array_equal(a, b)

    expected = jax.jvp(cloned, (x,), (v,))
    same(jax.jvp(f, (x,), (v,)), expected)
    same(jax.jit(lambda x: jax.jvp(f, (x,), (v,)))(x), expected)
    same(jax.linearize(f, x)[1](v), expected[1])
    twice = [lambda x, g=g: jax.jvp(g, (x,), (v,)) for g in (f, cloned)]
    same(*[jax.jvp(g, (x,), (v,)) for g in twice])
    same(jax.vmap(lambda x: jax.jvp(f, (x,), (v,))[1])(x[None]), jax.tree.map(lambda a: a[None], expected[1]))
