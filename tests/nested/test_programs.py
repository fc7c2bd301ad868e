"""Programs with nested tensors, and what is refused."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from ..oracle import SELF_CHECK, module_under_test

torch = module_under_test()
F = torch.nn.functional
LAYOUTS = pytest.mark.parametrize("layout", [torch.jagged, torch.strided], ids=["jagged", "strided"])
pytestmark = pytest.mark.skipif(SELF_CHECK, reason="PyTorch lacks some of it")


def leaf(layout, **kwargs):
    parts = [torch.arange(6.0).reshape(2, 3), torch.arange(3.0).reshape(1, 3)]
    return torch.nested.nested_tensor(parts, layout=layout, **kwargs)


@LAYOUTS
def test_grad_of_a_leaf_is_nested_and_adds_up(layout):
    x = leaf(layout, requires_grad=True)
    (x * x).to_padded_tensor(0.0).sum().backward()
    assert x.grad.is_nested and x.grad.layout is layout and not x.grad.requires_grad
    held = x.grad
    assert held.values().tolist() == (x * 2).values().tolist()
    (x * 3).values().sum().backward()
    assert x.grad is held and held.values().tolist() == (x * 2 + 3).values().tolist()


@LAYOUTS
def test_second_derivative(layout):
    x = leaf(layout, requires_grad=True)
    (first,) = torch.autograd.grad((x * x * x).values().sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.values().sum(), x)
    assert second.values().tolist() == (x * 6).values().tolist()


@LAYOUTS
def test_cotangent_is_nested(layout):
    x = leaf(layout, requires_grad=True)
    (g,) = torch.autograd.grad(x * 2, x, torch.ones_like(x))
    assert g.values().tolist() == (torch.ones_like(x) * 2).values().tolist()


@LAYOUTS
def test_training_is_that_of_the_components(layout):
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.GELU(), torch.nn.LayerNorm(4), torch.nn.Linear(4, 2))
    beside = copy.deepcopy(net)
    x = leaf(layout)
    for net_, loss in (
        (net, lambda m: (m(x).to_padded_tensor(0.0) ** 2).sum()),
        (beside, lambda m: torch.stack([(m(c) ** 2).sum() for c in x.unbind()]).sum()),
    ):
        optimizer = torch.optim.SGD(net_.parameters(), lr=0.01)
        for _ in range(2):
            optimizer.zero_grad()
            loss(net_).backward()
            optimizer.step()
    for a, b in zip(net.parameters(), beside.parameters(), strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-5, atol=1e-6)


@LAYOUTS
def test_components_are_views(layout):
    x = leaf(layout)
    x[0].zero_()
    assert x.values().reshape(-1).tolist() == [0.0] * 6 + [0.0, 1.0, 2.0]
    x.values().fill_(1.0)
    assert x[1].tolist() == [[1.0, 1.0, 1.0]]


@LAYOUTS
def test_list_is_copied_and_history_dropped(layout):
    a = torch.ones(2, requires_grad=True)
    x = torch.nested.nested_tensor([a, a[:1] * 2], layout=layout)
    x.values().zero_()
    assert a.tolist() == [1.0, 1.0] and not x.requires_grad and x.is_leaf


def test_ragged_sizes_are_names():
    x = leaf(torch.jagged)
    assert x.size(1) == (x + 1).size(1) == x.detach().shape[1] != leaf(torch.jagged).size(1)
    assert tuple(x.shape) == (2, x.size(1), 3) and len({x.size(1), (x * 2).size(1)}) == 1
    assert copy.deepcopy(x).size(1) != x.size(1)


def test_sums_along_the_ragged_dim_behind_another():
    v, o = torch.arange(12.0).reshape(2, 6), torch.tensor([0, 2, 5, 6])
    x = torch.nested.nested_tensor_from_jagged(v, o, jagged_dim=2)
    assert x.sum(-1).tolist() == [c.sum(-1).tolist() for c in x.unbind()]


@LAYOUTS
def test_copies(layout):
    x = leaf(layout, requires_grad=True)
    for made in (copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert made.layout is layout and made.requires_grad and made.is_leaf
        assert made.values().tolist() == x.values().tolist()
        with torch.no_grad():
            made.values().zero_()
    assert x.values().sum() == 18


@LAYOUTS
@pytest.mark.parametrize(
    ("name", "run"),
    [
        ("cumsum", lambda x: x.cumsum(1)),
        ("sort", lambda x: torch.sort(x)),
        ("conv1d", lambda x: F.conv1d(x, torch.ones(1, 1, 1))),
        ("mm", lambda x: torch.mm(x, torch.ones(3, 2))),
        ("transpose", lambda x: x.transpose(1, 2)),
        ("stack", lambda x: torch.stack([x, x])),
        ("where", lambda x: torch.where(x > 1)),
    ],
)
def test_what_has_no_rule_is_refused_by_name(layout, name, run):
    with pytest.raises(NotImplementedError, match=f"aten::{name}' with arguments from the 'NestedTensorCPU'"):
        run(leaf(layout))


@LAYOUTS
def test_in_place(layout):
    x = leaf(layout)
    values, same = x.values(), x
    x += 1
    x.mul_(x)
    F.relu(x, inplace=True)
    assert x is same and x._version == 3
    assert values.reshape(-1).tolist() == [1.0, 4.0, 9.0, 16.0, 25.0, 36.0, 1.0, 4.0, 9.0]
    y = leaf(layout, requires_grad=True)
    with torch.no_grad():
        y.sub_(y)
    assert y.is_leaf and y.requires_grad and y.detach().values().sum() == 0


@LAYOUTS
def test_hooks(layout):
    x, seen = leaf(layout, requires_grad=True), []
    y = x * 2
    y.retain_grad()
    x.register_hook(lambda g: seen.append(g.is_nested) or g * 10)
    y.values().sum().backward()
    assert seen == [True] and y.grad.is_nested
    assert set(x.grad.values().reshape(-1).tolist()) == {20.0}


@LAYOUTS
def test_memory_is_refused(layout):
    with pytest.raises(NotImplementedError, match="is no array"):
        leaf(layout).jax()
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        leaf(layout, requires_grad=True).mul_(2)
    with pytest.raises(NotImplementedError, match="in place"):
        (leaf(layout, requires_grad=True) * 1).mul_(2)
    with pytest.raises(NotImplementedError, match="out="):
        torch.add(leaf(layout), 1, out=leaf(layout))


@LAYOUTS
def test_compiled(layout):
    @torch.compile
    def f(x, w):
        return (F.relu(F.linear(x, w.T)) * 2).values()

    x, w = leaf(layout), torch.ones(3, 2)
    assert all(f(x, w).reshape(3, 2)[:, 0].tolist() == [6.0, 24.0, 6.0] for _ in range(4))
    assert f(x * 2, w).reshape(3, 2)[:, 1].tolist() == [12.0, 48.0, 12.0]


def test_files_are_refused(tmp_path):
    with pytest.raises(NotImplementedError, match="torch.save of a nested tensor"):
        torch.save(leaf(torch.jagged), tmp_path / "x.pt")
