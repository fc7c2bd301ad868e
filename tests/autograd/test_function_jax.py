"""autograd.Function inside JAX's transforms: the user's backward is what JAX differentiates with."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxtorch as torch


class Round(torch.autograd.Function):
    """Straight through: JAX's own derivative would be zero."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.round()

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * x


class Scale(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, k, name):
        ctx.k, ctx.name, ctx.also = k, name, x * 2
        return x * k

    @staticmethod
    def backward(ctx, g):
        assert ctx.name == "name"
        return g * ctx.k * ctx.also, None, None


class Two(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, i):
        ctx.save_for_backward(i)
        order = i + 1
        ctx.mark_non_differentiable(order)
        return x * 2, order, 7

    @staticmethod
    def backward(ctx, g, order_g, _):
        (i,) = ctx.saved_tensors
        return g * 100 + i, None


def total(f):
    return lambda a: f(torch.from_jax(a)).sum().jax()


def test_grad():
    g = jax.grad(total(Round.apply))(jnp.array([1.4, 2.6]))
    np.testing.assert_allclose(g, [1.4, 2.6])


def test_jit_grad_and_grad_jit():
    a = jnp.array([1.4, 2.6])
    np.testing.assert_allclose(jax.jit(jax.grad(total(Round.apply)))(a), [1.4, 2.6])
    np.testing.assert_allclose(jax.grad(jax.jit(total(Round.apply)))(a), [1.4, 2.6])
    np.testing.assert_allclose(jax.jit(total(Round.apply))(a), 4.0)


def test_attributes_of_the_context():
    f = total(lambda t: Scale.apply(t, 3, "name"))
    np.testing.assert_allclose(jax.jit(jax.grad(f))(jnp.array([1.0, 2.0])), [6.0, 12.0])


def test_vmap_of_grad():
    a = jnp.array([[1.4, 2.6], [0.6, -1.2]])
    np.testing.assert_allclose(jax.vmap(jax.grad(total(Round.apply)))(a), a)


def test_several_outputs_and_integers():
    def f(a, i):
        y, order, seven = Two.apply(torch.from_jax(a), torch.from_jax(i))
        assert seven == 7
        return (y.sum() + (order * 0).sum()).jax()

    g = jax.grad(f)(jnp.array([1.0, 2.0]), jnp.array([3, 4]))
    np.testing.assert_allclose(g, [103.0, 104.0])


def test_leaves_inside_a_trace():
    """A tensor that requires grad is differentiated by JAX through the same backward."""

    def f(t):
        return Round.apply(t).sum().jax()

    t = torch.tensor([1.4, 2.6], requires_grad=True)
    np.testing.assert_allclose(jax.grad(f)(t).jax(), [1.4, 2.6])


def test_backward_inside_jit():
    @jax.jit
    def step(a):
        x = torch.from_jax(a).requires_grad_()
        Round.apply(x * 1).sum().backward()
        return x.grad.jax()

    np.testing.assert_allclose(step(jnp.array([1.4, 2.6])), [1.4, 2.6])


def test_jax_grad_of_backward():
    """Second order: JAX through the tape's first."""

    def slope(a):
        x = torch.from_jax(a).requires_grad_()
        y = (Round.apply(x) * x).sum()
        (g,) = torch.autograd.grad(y, x, create_graph=True)
        return g.sum().jax()

    a = jnp.array([1.4, 2.6])
    # g = round(x) + x * x, whose derivative JAX takes as x (straight through) + 2 x
    np.testing.assert_allclose(jax.grad(slope)(a), 3 * a, rtol=1e-6)


def test_in_place():
    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            x.mul_(2)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx, g):
            return g * 20

    def f(a):
        x = torch.from_jax(a) * 1
        y = Twice.apply(x)
        assert y is x
        return (x.sum() + y.sum()).jax()

    value, g = jax.value_and_grad(f)(jnp.array([1.0, 2.0]))
    assert value == 12.0
    np.testing.assert_allclose(g, [40.0, 40.0])


def test_complex():
    class Turn(torch.autograd.Function):
        @staticmethod
        def forward(ctx, z):
            return z * 1j

        @staticmethod
        def backward(ctx, g):
            return g * -1j

    def f(a):
        return Turn.apply(torch.from_jax(a)).real.sum().jax()

    def plain(a):
        return (a * 1j).real.sum()

    a = jnp.array([1.0 + 2.0j, 3.0 - 1.0j])
    np.testing.assert_allclose(jax.grad(f)(a), jax.grad(plain)(a))


def test_double_precision_under_32_bit_jax():
    t = torch.tensor([1.4, 2.6], dtype=torch.float64)
    g = jax.grad(lambda t: Round.apply(t).sum().jax())(t)
    assert g.dtype is torch.float64
    np.testing.assert_allclose(g.numpy(), [1.4, 2.6], rtol=1e-15)


def test_setup_context():
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(x):
            return x * x

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(inputs[0], output)

        @staticmethod
        def backward(ctx, g):
            x, y = ctx.saved_tensors
            return g * (x + y)

    g = jax.jit(jax.grad(total(Square.apply)))(jnp.array([2.0, 3.0]))
    np.testing.assert_allclose(g, [6.0, 12.0])


def test_missing_backward_says_so():
    class Half(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x / 2

    np.testing.assert_allclose(jax.jit(total(Half.apply))(jnp.array([2.0])), 1.0)
    with pytest.raises(NotImplementedError, match="You must implement either the backward or vjp"):
        jax.grad(total(Half.apply))(jnp.array([2.0]))
