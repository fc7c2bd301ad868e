"""gradcheck and gradgradcheck: they pass what is right and, above all, fail what is wrong."""

from __future__ import annotations

import pytest
import torch as oracle

import jaxtorch
from tests.compared import compared


def double(torch, *values):
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def wrong(torch, factor=2.0, second=1.0):
    """x ** 3 whose first derivative is off by ``factor``, or whose second is by ``second``."""

    class Slope(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, g):
            ctx.save_for_backward(x, g)
            return 3 * x * x * g

        @staticmethod
        def backward(ctx, h):
            x, g = ctx.saved_tensors
            return 6 * x * g * h * second, 3 * x * x * h

    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return Slope.apply(x, g) * factor

    return Cube.apply


@compared
def test_passes_what_is_right(torch, see):
    check, check2 = torch.autograd.gradcheck, torch.autograd.gradgradcheck
    x, w = double(torch, 0.5, 2.0), double(torch, 1.5, -1.0)
    for f, inputs in (
        (lambda x: x.exp(), (x,)),
        (lambda x, w: x * w + w.sin(), (x, w)),
        (lambda x, w: (x @ w, x.sum()), (x, w)),
        (lambda x, k: x * k, (x, 3)),
        (lambda x: x[0] * x, x),
        (wrong(torch, 1.0), (x,)),
        (lambda x: x.clone().mul_(2), (x,)),
        (lambda x: x.expand(3, 2).sum(0), (x,)),
    ):
        see(lambda f=f, inputs=inputs: check(f, inputs))
        see(lambda f=f, inputs=inputs: check2(f, inputs))


@compared
def test_fails_what_is_wrong(torch, see):
    check, check2 = torch.autograd.gradcheck, torch.autograd.gradgradcheck
    x = double(torch, 0.5, 2.0)
    see(lambda: check(wrong(torch, 2.0), (x,), raise_exception=False))
    see(lambda: check(wrong(torch, 1.0, 3.0), (x,), raise_exception=False))
    see(lambda: check2(wrong(torch, 1.0, 1.0), (x,), raise_exception=False))
    see(lambda: check2(wrong(torch, 1.0, 3.0), (x,), raise_exception=False))
    see(lambda: check(wrong(torch, 1.0001), (x,), raise_exception=False))
    see(lambda: check(wrong(torch, 1.01), (x,), raise_exception=False))
    see(lambda: check(lambda x: wrong(torch, 0.0)(x), (x,), raise_exception=False))
    see(lambda: check(lambda x: x.detach() ** 2, (x,), raise_exception=False))
    see(lambda: check(lambda x: x.detach() ** 2 + x, (x,), raise_exception=False))


@pytest.mark.parametrize("fast", [False, True])
def test_says_what_is_wrong(fast):
    def first_line(torch):
        x = double(torch, 0.5, 2.0)
        with pytest.raises(torch.autograd.gradcheck.__globals__["GradcheckError"]) as raised:
            torch.autograd.gradcheck(wrong(torch), (x,), fast_mode=fast)
        return str(raised.value).splitlines()[0]

    assert first_line(jaxtorch) == first_line(oracle)


@compared
def test_the_text_of_a_mismatch(torch, see):
    x = double(torch, 0.5, 2.0)
    see(lambda: torch.autograd.gradcheck(wrong(torch), (x,)))
    see(lambda: torch.autograd.gradcheck(lambda x, w: wrong(torch)(w), (x, x * 1)))


@compared
def test_complex(torch, see):
    check, check2 = torch.autograd.gradcheck, torch.autograd.gradgradcheck
    z = torch.tensor([1.0 + 2j, -0.5 + 1j], dtype=torch.complex128, requires_grad=True)
    x = double(torch, 0.5, 2.0)
    for f, inputs in (
        (lambda z: z * z, (z,)),
        (lambda z: z.abs(), (z,)),
        (lambda z: z.conj() * 3, (z,)),
        (lambda z: (z.real, z.imag * 2), (z,)),
        (lambda x: torch.complex(x, x * 2).exp(), (x,)),
        (lambda z, x: z * x, (z, x)),
    ):
        see(lambda f=f, inputs=inputs: check(f, inputs))
        see(lambda f=f, inputs=inputs: check2(f, inputs))

    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, z):
            return z * 2j

        @staticmethod
        def backward(ctx, g):
            return g * 2j  # not conjugated

    see(lambda: check(Wrong.apply, (z,), raise_exception=False))


@compared
def test_not_reentrant(torch, see):
    count = [0]

    class Noise(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            count[0] += 1
            return g * (2 + 1e-8 * count[0])

    x = double(torch, 0.5, 2.0)
    see(lambda: torch.autograd.gradcheck(Noise.apply, (x,), raise_exception=False))
    see(lambda: torch.autograd.gradcheck(Noise.apply, (x,), nondet_tol=1e-3))


@compared
def test_arguments(torch, see):
    check = torch.autograd.gradcheck
    x = double(torch, 0.5, 2.0)
    see(lambda: check(lambda x: x * 2, (x.detach(),)))
    see(lambda: check(lambda x: x * 2, (x,), check_forward_ad=False, check_backward_ad=False))
    see(lambda: check(lambda x: x * 2, (torch.ones(2, requires_grad=True),), atol=1e-1))
    see(lambda: check(lambda x: x.exp(), (x,), eps=1e-3, atol=1e-8, raise_exception=False))
    see(lambda: check(lambda x: x.exp(), (x,), eps=1e-3, atol=1e-2, rtol=1e-2))
    see(lambda: check(lambda x: x.long(), (x,)))
    see(lambda: check(lambda x: x * 2, (x,), fast_mode=True))
    see(lambda: check(lambda x: torch.ones(2, dtype=torch.float64), (x,)))


@compared
def test_undefined_gradients(torch, see):
    class Two(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, w):
            ctx.set_materialize_grads(False)
            return x * 2, w * 3

        @staticmethod
        def backward(ctx, a, b):
            return a * 2, b * 3  # cannot take None

    class Good(Two):
        @staticmethod
        def backward(ctx, a, b):
            return None if a is None else a * 2, None if b is None else b * 3

    x, w = double(torch, 0.5, 2.0), double(torch, 0.5, 2.0)
    check = torch.autograd.gradcheck
    see(lambda: check(Good.apply, (x, w)))
    see(lambda: check(Two.apply, (x, w), raise_exception=False))
    see(lambda: check(Two.apply, (x, w), check_undefined_grad=False))


@compared
def test_grad_outputs_of_gradgradcheck(torch, see):
    x = double(torch, 0.5, 2.0)
    g = torch.ones(2, dtype=torch.float64, requires_grad=True)
    check2 = torch.autograd.gradgradcheck
    see(lambda: check2(lambda x: x.exp(), (x,), (g,)))
    see(lambda: check2(lambda x: x.exp(), x, g))
    see(lambda: check2(lambda x: x.exp(), (x,), gen_non_contig_grad_outputs=True))
    see(lambda: check2(lambda x: x * 2, (x,)))


@compared
def test_inputs_are_left_as_they_were(torch, see):
    x = double(torch, 0.5, 2.0)
    before = x.detach().clone()
    torch.autograd.gradcheck(lambda x: x.exp(), (x,))
    see(torch.equal(x, before))
    see(x.grad)
