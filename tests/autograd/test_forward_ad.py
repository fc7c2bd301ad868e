"""Forward-mode gradients, by PyTorch run beside."""

import pytest
import torch as pytorch
import torch.autograd.forward_ad as pytorch_forward_ad

import jaxtorch
import jaxtorch.autograd.forward_ad as jaxtorch_forward_ad
from tests.func.test_func import assert_same

LIBRARIES = ((pytorch, pytorch_forward_ad), (jaxtorch, jaxtorch_forward_ad))


def dual(lib, ad, f):
    """What ``f`` of a dual tensor unpacks to."""
    x, v = lib.arange(1.0, 4.0, dtype=lib.float64), lib.ones(3, dtype=lib.float64)
    with ad.dual_level():
        return ad.unpack_dual(f(ad.make_dual(x, v)))


FUNCTIONS = {
    "the dual itself": lambda lib: lambda d: d,
    "pointwise": lambda lib: lambda d: d.sin() * d + 2,
    "reduction": lambda lib: lambda d: (d / d.sum()).logsumexp(0),
    "matmul": lambda lib: lambda d: d.outer(d) @ d,
    "views": lambda lib: lambda d: (d * d).view(1, 3).T[1:],
    "indexing": lambda lib: lambda d: d[lib.tensor([2, 0, 0])],
    "written in place": lambda lib: lambda d: lib.zeros(3, dtype=lib.float64).add_(d).mul_(d),
    "a view written": lambda lib: lambda d: lib.ones(5, dtype=lib.float64).index_put_((lib.arange(3),), d),
    "at zero": lambda lib: lambda d: (d - 2).abs() + (d - 2).relu(),
    "complex": lambda lib: lambda d: lib.view_as_real(lib.complex(d, d * d) ** 2),
    "a constant": lambda lib: lambda d: lib.ones(2),
    "no derivative": lambda lib: lambda d: d.argmax(),
    "detached": lambda lib: lambda d: (d * 2).detach(),
    "the gradient of a gradient": lambda lib: lambda d: lib.func.grad(lambda y: (y**3).sum())(d),
}


def shown(found):
    return [None if t is None else (str(t.dtype), list(t.shape), t.requires_grad, t.tolist()) for t in found]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name):
    expected, found = [shown(dual(lib, ad, FUNCTIONS[name](lib))) for lib, ad in LIBRARIES]
    assert_same(found, expected)


def both(program):
    seen = []
    for lib, ad in LIBRARIES:
        try:
            seen.append(program(lib, ad))
        except (RuntimeError, ValueError, TypeError) as e:
            seen.append((type(e).__name__, str(e).partition("\nException raised")[0]))
    assert_same(seen[1], seen[0])
    return seen[1]


def nested(lib, ad):
    with ad.dual_level(), ad.dual_level():
        pass


def made_twice(lib, ad):
    with ad.dual_level():
        d = ad.make_dual(lib.ones(2), lib.ones(2))
        ad.make_dual(d * 2, lib.ones(2))


def in_level(f):
    def run(lib, ad):
        with ad.dual_level():
            return f(lib, ad)

    return run


REFUSED = {
    "levels in levels": nested,
    "a dual of a dual": made_twice,
    "no level": lambda lib, ad: ad.make_dual(lib.ones(2), lib.ones(2)),
    "no level to leave": lambda lib, ad: ad.exit_dual_level(),
    "another level to leave": in_level(lambda lib, ad: ad.exit_dual_level(level=3)),
    "shapes": in_level(lambda lib, ad: ad.make_dual(lib.ones(2), lib.ones(3))),
    "an int": in_level(lambda lib, ad: ad.make_dual(lib.arange(2), lib.ones(2))),
    "an int direction": in_level(lambda lib, ad: ad.make_dual(lib.ones(2), lib.arange(2))),
    "another level": in_level(lambda lib, ad: ad.make_dual(lib.ones(2), lib.ones(2), level=1)),
    "unpacking a number": in_level(lambda lib, ad: ad.unpack_dual(2.0)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name):
    assert type(both(REFUSED[name])[0]) is str
    both(lambda lib, ad: ad.enter_dual_level())  # nothing is left over
    both(lambda lib, ad: [ad.exit_dual_level()][:0])


def test_facts():
    def program(lib, ad):
        x, v = lib.ones(2), lib.full((2,), 3.0)
        assert ad.enter_dual_level() == 0
        d = ad.make_dual(x, v)
        y = d * d
        facts = [d is x, d.data_ptr() == x.data_ptr(), ad.unpack_dual(d).tangent is v, ad.unpack_dual(x)[1] is None]
        ad.exit_dual_level()
        after = ad.unpack_dual(y)
        return [*facts, after.tangent is None, type(after).__name__, after._fields]

    both(program)


def test_forward_over_reverse_and_reverse_over_forward():
    def program(lib, ad):
        a, v = lib.arange(3.0).requires_grad_(), lib.ones(3)
        with ad.dual_level():
            d = ad.make_dual(a, v)
            value, derivative = ad.unpack_dual((d**3).sum())
            (g,) = lib.autograd.grad((d**3).sum(), d, create_graph=True)
            second = ad.unpack_dual(g)
            (back,) = lib.autograd.grad(derivative, a)
        return [t.tolist() for t in (value, derivative, back, *second)]

    both(program)


def test_parameters_and_mapping():
    def program(lib, ad):
        lib.manual_seed(0)
        model, x = lib.nn.Linear(3, 2), lib.arange(3.0)

        def along(v):
            with ad.dual_level():
                return ad.unpack_dual(ad.make_dual(x, v).square() + x).tangent

        with ad.dual_level():
            for name, p in list(model.named_parameters()):
                delattr(model, name)
                setattr(model, name, ad.make_dual(p.detach(), lib.ones_like(p)))
            value, derivative = ad.unpack_dual(model(x))
        columns = lib.stack([along(v) for v in lib.eye(3)])
        return [[round(n, 5) for n in value.tolist()], derivative.tolist(), columns.tolist()]

    both(program)


def test_compiled():
    def along(x, v):
        with jaxtorch_forward_ad.dual_level():
            return jaxtorch_forward_ad.unpack_dual(jaxtorch_forward_ad.make_dual(x, v).sin()).tangent

    x, v = jaxtorch.arange(3.0), jaxtorch.ones(3)
    fast = jaxtorch.compile(along)
    for _ in range(3):
        assert fast(x, v).tolist() == pytest.approx(along(x, v).tolist())


@pytest.mark.parametrize("off", ["torch.no_grad()", "torch.inference_mode()", "torch.set_grad_enabled(False)"])
def test_what_would_lose_derivatives_raises(off):
    ad, x = jaxtorch_forward_ad, jaxtorch.ones(2)
    with ad.dual_level():
        with eval(off, {"torch": jaxtorch}):
            with pytest.raises(NotImplementedError, match="forward-mode gradients are found on the tape"):
                ad.make_dual(x, x)
        d = ad.make_dual(x, x)
        with pytest.raises(NotImplementedError, match="while there are dual tensors"), eval(off, {"torch": jaxtorch}):
            pass
        assert ad.unpack_dual(d * d).tangent.tolist() == [2, 2]
    with eval(off, {"torch": jaxtorch}):
        assert not (x * 2).requires_grad
