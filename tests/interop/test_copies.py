"""copy, deepcopy and pickle of tensors, parameters, subclasses and what holds them."""

from __future__ import annotations

import copy
import pickle

from tests.compared import compared


@compared
def test_deepcopy(torch, see):
    t = torch.arange(4.0)
    d = copy.deepcopy(t)
    d.add_(1)
    see([t, d])
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    y = copy.deepcopy(x)
    see(y)
    see(y.grad)
    see([y.grad is x.grad, y.is_leaf])
    y.grad.zero_()
    see(x.grad)
    see(lambda: copy.deepcopy(x * 2))
    see(lambda: copy.deepcopy((x * 2).detach()))


@compared
def test_deepcopy_keeps_aliasing_and_strides(torch, see):
    base = torch.arange(6.0)
    pair = copy.deepcopy([base, base[1:3], base.view(2, 3).t(), base])
    pair[0].mul_(10)
    see(pair)
    see(pair[0] is pair[3])
    see(base)
    see(copy.deepcopy(torch.arange(6.0).view(2, 3).t()))
    see(copy.deepcopy(torch.arange(6.0)[::2]))
    see(copy.deepcopy(torch.tensor([1.0]).expand(3)))
    see(copy.deepcopy(torch.arange(6)[2:4]).storage_offset())


@compared
def test_shallow_copy(torch, see):
    t = torch.arange(3.0)
    c = copy.copy(t)
    see(c)
    c.add_(1)
    see(t)
    x = torch.tensor([1.0], requires_grad=True)
    see(copy.copy(x))
    see(lambda: copy.copy(x * 2))


@compared
def test_attributes_travel(torch, see):
    t = torch.arange(3.0)
    t.name_of_mine = ["a"]
    d = copy.deepcopy(t)
    see(d.name_of_mine)
    see(d.name_of_mine is t.name_of_mine)
    see(pickle.loads(pickle.dumps(t)).name_of_mine)
    see(copy.copy(t).name_of_mine is t.name_of_mine)


@compared
def test_pickle(torch, see):
    for t in (
        torch.arange(6.0).view(2, 3),
        torch.arange(6.0).view(2, 3).t(),
        torch.arange(6)[1::2],
        torch.tensor(2.5),
        torch.zeros(0, 3),
        torch.tensor([True]),
        torch.tensor([1 + 2j]),
        torch.tensor([1.5], dtype=torch.bfloat16),
        torch.tensor([1.0], requires_grad=True),
        torch.tensor([1.0]).expand(3),
    ):
        for protocol in (2, 4, pickle.HIGHEST_PROTOCOL):
            see(pickle.loads(pickle.dumps(t, protocol)))
    x = torch.tensor([1.0], requires_grad=True)
    see(lambda: pickle.loads(pickle.dumps(x * 2)))


@compared
def test_pickle_gives_each_tensor_memory_of_its_own(torch, see):
    base = torch.arange(4.0)
    for part in (base[1:3], base.detach(), base.view(2, 2)):
        a, b = pickle.loads(pickle.dumps((base, part)))
        a.mul_(10)
        see(b)
        see(b.storage_offset())
    c, d = pickle.loads(pickle.dumps((base, base)))
    see(c is d)
    p = torch.nn.Parameter(torch.ones(2))
    q, r = pickle.loads(pickle.dumps((p, p.data)))
    r.mul_(3)
    see(q)


@compared
def test_pickle_of_other_things(torch, see):
    for thing in (
        torch.float32, torch.int64, torch.device("cpu"), torch.Size([2, 3]), torch.strided,
        torch.contiguous_format, torch.tensor([3.0, 1.0]).max(0), torch.nn.Parameter(torch.ones(2)),
    ):  # fmt: skip
        copied = pickle.loads(pickle.dumps(thing))
        see(repr(copied))
        see(type(copied).__name__)
        see(repr(copy.deepcopy(thing)))
    see(pickle.loads(pickle.dumps(torch.float32)) is torch.float32)
    see(pickle.loads(pickle.dumps(torch.strided)) is torch.strided)
    g = torch.Generator().manual_seed(5)
    torch.rand(3, generator=g)
    h = pickle.loads(pickle.dumps(g))
    see(torch.rand(2, generator=h))
    see(torch.rand(2, generator=copy.deepcopy(g)) if hasattr(g, "__deepcopy__") else torch.rand(2, generator=g))


@compared
def test_parameters(torch, see):
    p = torch.nn.Parameter(torch.arange(3.0))
    for q in (copy.deepcopy(p), copy.copy(p), pickle.loads(pickle.dumps(p))):
        see(q)
        see([type(q).__name__, q.requires_grad, q.data_ptr() == p.data_ptr()])
    q = torch.nn.Parameter(torch.ones(2), requires_grad=False)
    see(copy.deepcopy(q).requires_grad)
    see(pickle.loads(pickle.dumps(q)).requires_grad)


@compared
def test_modules(torch, see):
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Linear(3, 2))
    net[1].weight = torch.nn.Parameter(net[0].weight.detach().t().clone())
    net.tied = net[0].weight
    twin = copy.deepcopy(net)
    see(twin.tied is twin[0].weight)
    see([k for k, _ in twin.named_parameters()])
    with torch.no_grad():
        twin.tied.zero_()
    see(net[0].weight)
    again = pickle.loads(pickle.dumps(net))
    see(again.tied is again[0].weight)
    see(again(torch.ones(1, 2)).detach())


def special(torch):
    class Special(torch.Tensor):
        pass

    Special.__qualname__ = "Special"
    globals()["Special"] = Special
    return Special


@compared
def test_subclasses(torch, see):
    Special = special(torch)
    t = torch.arange(3.0).as_subclass(Special)
    t.tag = "x"
    for q in (copy.copy(t), pickle.loads(pickle.dumps(t))):
        see([type(q).__name__, q.tag])
        see(q.tolist())
        see(repr(q))


@compared
def test_storages(torch, see):
    t = torch.arange(3.0)
    s = copy.deepcopy(t.untyped_storage())
    see([len(s), s.tolist() == t.untyped_storage().tolist(), s.data_ptr() == t.untyped_storage().data_ptr()])
