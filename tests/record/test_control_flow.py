"""Control flow that stays compiled."""

import pytest

import jaxtorch as torch
from jaxtorch._higher_order_ops import scan
from jaxtorch.compiler import assert_recordings


@pytest.mark.parametrize("values", [[1.0, 2.0], [-1.0, -2.0], [0.0, 0.0]])
def test_cond(values):
    w = torch.tensor([2.0, 3.0], requires_grad=True)

    def f(x):
        y = torch.cond(x.sum() > 0, lambda x: (x * w).sum(), lambda x: (x.abs() - w).abs().sum(), (x,))
        return torch.autograd.grad(y, w)[0] + y

    compiled = torch.compile(f, fullgraph=True)
    x = torch.tensor(values)
    assert compiled(x).tolist() == f(x).tolist()
    assert compiled(-x).tolist() == f(-x).tolist()
    assert_recordings(compiled, 1)


def test_cond_refuses():
    x = torch.ones(2)
    with pytest.raises(RuntimeError, match="Expected pred to be bool or tensor"):
        torch.cond("yes", lambda x: x, lambda x: x, (x,))
    with pytest.raises(RuntimeError, match="single-element"):
        torch.cond(x > 0, lambda x: x, lambda x: x, (x,))
    with pytest.raises(RuntimeError, match="both functions must return the same structure"):
        torch.compile(lambda x: torch.cond(x.sum() > 0, lambda x: x, lambda x: x.sum(), (x,)))(x)
    with pytest.raises(RuntimeError, match="a value is read, which a branch of torch.cond cannot do"):
        torch.compile(lambda x: torch.cond(x.sum() > 0, lambda x: x * x.sum().item(), lambda x: x, (x,)))(x)


def test_while_loop():
    def f(x):
        return torch.while_loop(lambda n, x: n < 5, lambda n, x: (n + 1, x * 2), (torch.tensor(0), x))

    compiled = torch.compile(f, fullgraph=True)
    for x in (torch.ones(2), torch.full((2,), 3.0)):
        assert [t.tolist() for t in compiled(x)] == [t.tolist() for t in f(x)] == [5, [32 * x[0].item()] * 2]
    with pytest.raises(NotImplementedError, match="while_loop"):
        compiled(torch.ones(2, requires_grad=True))


@pytest.mark.parametrize("reverse", [False, True])
def test_scan(reverse):
    def by_scan(w, x):
        return scan(lambda c, x: (c + x * w, c * x), torch.zeros(2), x, reverse=reverse)

    def by_hand(w, x):
        c, ys = torch.zeros(2), []
        for row in reversed(x) if reverse else x:
            ys.append(c * row)
            c = c + row * w
        return c, torch.stack(ys[::-1] if reverse else ys)

    results = []
    for f in (by_scan, by_hand, torch.compile(by_scan, fullgraph=True)):
        w = torch.tensor([2.0, 3.0], requires_grad=True)
        x = torch.arange(6.0).reshape(3, 2).requires_grad_()
        c, y = f(w, x)
        g = torch.autograd.grad(c.sum() + y.pow(2).sum(), [w, x], create_graph=True)
        twice = torch.autograd.grad(sum(t.pow(2).sum() for t in g), [w, x])
        results.append([t.tolist() for t in (c, y, *g, *twice)])
    assert results[0] == results[1] == results[2]
