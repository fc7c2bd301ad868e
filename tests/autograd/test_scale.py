"""Long and wide graphs, and that graphs are freed by reference counts alone."""

from __future__ import annotations

import gc
import sys
import weakref

import pytest

import jaxtorch as torch


def leaf(*values):
    return torch.tensor(values, requires_grad=True)


@pytest.fixture
def no_collector():
    """What dies inside dies by its reference count."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def test_long_chain():
    x = leaf(1.0)
    y = x
    for _ in range(10_000):
        y = y + 1
    assert sys.getrecursionlimit() < 10_000
    y.backward()
    assert x.grad.tolist() == [1.0]
    del y  # ten thousand nodes, each held by the next


def test_long_chain_that_saves():
    x = leaf(1.0)
    y = x
    for _ in range(3_000):
        y = y * 1.0001
    y.sum().backward()
    assert abs(x.grad.item() - 1.0001**3000) < 1e-3


def test_long_chain_of_views_and_writes():
    x = torch.ones(4, requires_grad=True)
    y = x * 1
    for i in range(300):
        y[i % 4].mul_(1.01)
    y.sum().backward()
    assert x.grad.shape == (4,)
    assert abs(x.grad[0].item() - 1.01**75) < 1e-3


def test_wide_graph():
    x = leaf(2.0)
    total = sum(x * float(i) for i in range(1_000))
    total.backward()
    assert x.grad.tolist() == [sum(range(1_000))]


def test_diamonds_run_each_node_once():
    x = leaf(1.0)
    runs = []
    y = x * 1
    y.register_hook(lambda g: runs.append(g.item()))
    for _ in range(30):  # 2 ** 30 paths
        y = y + y
    y.backward()
    assert runs == [2.0**30]


def test_graph_dies_with_its_result(no_collector):
    x = leaf(1.0, 2.0)
    y = (x * x).exp().sum()
    node = weakref.ref(y.grad_fn)
    deeper = weakref.ref(y.grad_fn.next_functions[0][0])
    del y
    assert node() is None and deeper() is None


def test_graph_dies_after_backward(no_collector):
    x = leaf(1.0, 2.0)
    h = x.exp()
    y = (h * h).sum()
    node, middle = weakref.ref(y.grad_fn), weakref.ref(h)
    y.backward()
    del y, h
    assert node() is None and middle() is None


def test_saved_results_make_no_cycle(no_collector):
    x = leaf(1.0, 2.0)
    for f in (torch.exp, torch.tanh, torch.sigmoid, torch.sqrt, lambda t: t.softmax(0)):
        y = f(x)
        node, result = weakref.ref(y.grad_fn), weakref.ref(y)
        del y
        assert node() is None and result() is None


def test_views_and_writes_make_no_cycle(no_collector):
    x = leaf(1.0, 2.0)
    y = x * 1
    v = y[:1]
    v.mul_(2)
    y.exp_()
    node, view, base = weakref.ref(y.grad_fn), weakref.ref(v), weakref.ref(y)
    y.sum().backward()
    del y, v
    assert node() is None and view() is None and base() is None


def test_functions_make_no_cycle(no_collector):
    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = x.exp()
            ctx.save_for_backward(x, y)
            return y

        @staticmethod
        def backward(ctx, g):
            return g * ctx.saved_tensors[1]

    x = leaf(1.0, 2.0)
    y = Exp.apply(x)
    node, result = weakref.ref(y.grad_fn), weakref.ref(y)
    y.sum().backward()
    del y
    assert node() is None and result() is None


def test_hooks_of_leaves_make_no_cycle(no_collector):
    x = leaf(1.0)
    x.register_hook(lambda g: g)
    x.register_post_accumulate_grad_hook(lambda t: None)
    (x * 2).backward()
    gone = weakref.ref(x)
    del x
    assert gone() is None


def test_gradients_die_with_their_leaf(no_collector):
    x = leaf(1.0)
    (x * 2).backward()
    gone = weakref.ref(x.grad)
    del x
    assert gone() is None


def test_checkpoint_keeps_nothing(no_collector):
    from jaxtorch.utils.checkpoint import checkpoint

    x = leaf(1.0, 2.0)
    kept = []

    def f(x):
        h = x.exp()
        kept.append(weakref.ref(h))
        return h.sin()

    y = checkpoint(f, x, use_reentrant=False)
    assert kept[0]() is None
    node = weakref.ref(y.grad_fn)
    y.sum().backward()
    del y
    assert node() is None


def test_training_steps_do_not_grow(no_collector):
    w = leaf(1.0, 2.0)

    def step():
        loss = ((w * 2 - 1) ** 2).sum()
        loss.backward()
        with torch.no_grad():
            w.sub_(w.grad, alpha=0.01)
        w.grad = None

    for _ in range(4):
        step()
    before = len(gc.get_objects())
    for _ in range(50):
        step()
    assert len(gc.get_objects()) - before < 100
