"""autograd.functional: vjp, jvp, jacobian, hessian and their products, with every argument."""

from __future__ import annotations

from tests.compared import compared


def one(torch):
    return torch.tensor([1.0, 2.0])


def matrix(torch):
    return torch.tensor([[1.0, 2.0], [3.0, 4.0]])


@compared
def test_vjp(torch, see):
    F = torch.autograd.functional
    x, w = one(torch), matrix(torch)

    def f(x, w):
        return w @ x.exp(), x.sum()

    see(F.vjp(lambda x: x.exp(), x, torch.ones(2)))
    see(F.vjp(lambda x: x.exp().sum(), x))
    see(F.vjp(f, (x, w), (torch.ones(2), torch.tensor(2.0))))
    see(lambda: F.vjp(f, (x, w), (torch.ones(2),)))
    see(lambda: F.vjp(f, (x, w), torch.ones(2)))
    see(lambda: F.vjp(f, (x, w)))
    see(lambda: F.vjp(lambda x: x.exp(), x))
    see(lambda: F.vjp(lambda x: x.exp(), x, torch.ones(3)))
    see(lambda: F.vjp(lambda x: 3, x))
    see(lambda: F.vjp(lambda x: (x, 3), x, (torch.ones(2), torch.ones(2))))
    see(lambda: F.vjp(lambda x: x, [x], torch.ones(2)))
    see(lambda: F.vjp(lambda x: x, (x, 3), torch.ones(2)))
    see(lambda: F.vjp(lambda x: x, 3, torch.ones(2)))


@compared
def test_vjp_strict_and_create_graph(torch, see):
    F = torch.autograd.functional
    x, w = one(torch), matrix(torch)
    see(F.vjp(lambda x, w: x.exp(), (x, w), torch.ones(2)))
    see(lambda: F.vjp(lambda x, w: x.exp(), (x, w), torch.ones(2), strict=True))
    see(lambda: F.vjp(lambda x: torch.ones(2), x, torch.ones(2), strict=True))
    see(F.vjp(lambda x: torch.ones(2), x, torch.ones(2)))
    x.requires_grad_()
    out, g = F.vjp(lambda x: x.exp(), x, torch.ones(2), create_graph=True)
    see([out.requires_grad, g.requires_grad])
    see.values(torch.autograd.grad(g.sum(), x))
    see(F.vjp(lambda x: x.exp(), x, torch.ones(2)))
    see(x.grad)


@compared
def test_jvp(torch, see):
    F = torch.autograd.functional
    x, w = one(torch), matrix(torch)

    def f(x, w):
        return w @ x.exp(), x.sum()

    see(F.jvp(lambda x: x.exp(), x, torch.ones(2)))
    see(F.jvp(f, (x, w), (torch.ones(2), torch.ones(2, 2))))
    see(F.jvp(lambda x: x.exp(), torch.tensor(1.0)))
    see(lambda: F.jvp(lambda x: x.exp(), x))
    see(lambda: F.jvp(f, (x, w), (torch.ones(2),)))
    see(lambda: F.jvp(f, (x, w), (torch.ones(2), torch.ones(2))))
    see(F.jvp(lambda x: torch.ones(2), x, torch.ones(2)))
    see(lambda: F.jvp(lambda x: torch.ones(2), x, torch.ones(2), strict=True))
    see(F.jvp(lambda x: x * 2, x, torch.ones(2)))
    see(lambda: F.jvp(lambda x: x * 2, x, torch.ones(2), strict=True))
    x.requires_grad_()
    out, t = F.jvp(lambda x: x.exp(), x, torch.ones(2), create_graph=True)
    see.values(torch.autograd.grad(t.sum(), x))


@compared
def test_jacobian(torch, see):
    F = torch.autograd.functional
    x, w = one(torch), matrix(torch)

    def f(x, w):
        return w @ x.exp(), x.sum()

    see(F.jacobian(lambda x: x.exp(), x))
    see(F.jacobian(lambda x: x.exp().sum(), x))
    see(F.jacobian(lambda w: w.exp().sum(1), w))
    see(F.jacobian(f, (x, w)))
    see(F.jacobian(lambda x, w: w @ x, (x, w)))
    see(F.jacobian(lambda x, w: x.exp(), (x, w)))
    see(lambda: F.jacobian(lambda x, w: x.exp(), (x, w), strict=True))
    see(F.jacobian(lambda x: torch.ones(2), x))
    see(lambda: F.jacobian(lambda x: torch.ones(2), x, strict=True))
    see(lambda: F.jacobian(lambda x: 3, x))
    see(lambda: F.jacobian(lambda x: x, "a"))
    see(F.jacobian(lambda x: x.exp(), torch.tensor(1.0)))


@compared
def test_jacobian_vectorized(torch, see):
    F = torch.autograd.functional
    x, w = one(torch), matrix(torch)

    def f(x, w):
        return w @ x.exp(), x.sum()

    see.values(F.jacobian(lambda x: x.exp(), x, vectorize=True))
    for row in F.jacobian(f, (x, w), vectorize=True):
        see.values(row)
    see(lambda: F.jacobian(lambda x: x.exp(), x, strategy="forward-mode"))
    see(lambda: F.jacobian(lambda x: x.exp(), x, strategy="what"))
    see(lambda: F.jacobian(lambda x: x.exp(), x, strict=True, vectorize=True))


@compared
def test_jacobian_create_graph(torch, see):
    F = torch.autograd.functional
    x = one(torch).requires_grad_()
    j = F.jacobian(lambda x: x**3, x, create_graph=True)
    see.values(j)
    see(j.requires_grad)
    see.values(torch.autograd.grad(j.sum(), x))
    see(F.jacobian(lambda x: x**3, x).requires_grad)


@compared
def test_hessian(torch, see):
    F = torch.autograd.functional
    x, w = one(torch), matrix(torch)

    def f(x, w):
        return (w @ x.exp()).sum() + (w * w).sum()

    see.values(F.hessian(lambda x: (x**3).sum(), x))
    for row in F.hessian(f, (x, w)):
        see.values(row)
    see.values(F.hessian(lambda x: x.sum(), x))
    see(lambda: F.hessian(lambda x: x.sum(), x, strict=True))
    see(lambda: F.hessian(lambda x: x.exp(), x))
    see(lambda: F.hessian(lambda x: (x.sum(), x.sum()), x))
    see(lambda: F.hessian(lambda x: 3, x))
    for row in F.hessian(f, (x, w), vectorize=True):
        see.values(row)
    x.requires_grad_()
    h = F.hessian(lambda x: (x**3).sum(), x, create_graph=True)
    see.values(torch.autograd.grad(h.sum(), x))


@compared
def test_products_with_the_hessian(torch, see):
    F = torch.autograd.functional
    x, w = one(torch), matrix(torch)
    v = torch.tensor([1.0, -1.0])

    def f(x, w):
        return (w @ x.exp()).sum() + (w * w).sum()

    for product in (F.vhp, F.hvp):
        out, found = product(lambda x: (x**3).sum(), x, v)
        see.values([out, found])
        out, found = product(f, (x, w), (v, torch.ones(2, 2)))
        see.values([out, *found])
        see(lambda product=product: product(f, (x, w), (v,)))
        see(lambda product=product: product(lambda x: (x**3).sum(), x))
        see(lambda product=product: product(lambda x: x.exp(), x, v))
        see.values(product(lambda x: x.sum(), x, v))
        see(lambda product=product: product(lambda x: x.sum(), x, v, strict=True))
        see.values(product(lambda x: x**3, torch.tensor(2.0)))
        y = one(torch).requires_grad_()
        _, found = product(lambda x: (x**4).sum(), y, v, create_graph=True)
        see.values(torch.autograd.grad(found.sum(), y))


@compared
def test_inputs_are_not_touched(torch, see):
    F = torch.autograd.functional
    x = one(torch).requires_grad_()
    F.jacobian(lambda x: x.exp(), x)
    F.hessian(lambda x: x.exp().sum(), x)
    F.vjp(lambda x: x.exp(), x, torch.ones(2))
    see(x.grad)
    with torch.no_grad():
        see(F.jacobian(lambda x: x.exp(), x))
