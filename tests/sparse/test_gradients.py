"""Gradients through sparse tensors: of leaves that are sparse, of their values, of the dense side."""

import pytest

from ..oracle import module_under_test
from .outcome import compare


def helpers(torch):
    """Functions of one package that give gradients as numbers."""
    double = torch.float64
    W = torch.arange(1.0, 7, dtype=double).reshape(2, 3) / 3
    where = torch.tensor([[0, 1, 1, 0], [2, 0, 2, 2]])
    numbers = torch.tensor([0.3, -0.4, 0.5, 0.6], dtype=double)

    def parts(twice, hybrid):
        v = numbers[: 4 if twice else 3]
        return where[:, : len(v)], torch.stack([v, v * v], 1) if hybrid else v.clone(), (2, 3, 2) if hybrid else (2, 3)

    def leaf(twice=True, hybrid=False):
        return torch.sparse_coo_tensor(*parts(twice, hybrid)).requires_grad_()

    def dense(t):
        return t if repr(t.layout) == "torch.strided" else t.to_dense()

    def weigh(out):
        out = dense(out)
        return (out * torch.arange(1, out.numel() + 1, dtype=double).reshape(out.shape) / 7).sum()

    def g(f, twice=True, hybrid=False):
        """The gradient of a sparse leaf, where it has values."""
        s = leaf(twice, hybrid)
        weigh(f(s)).backward()
        return dense(s.grad) * (dense(s.detach()) != 0)

    def gv(f, twice=True, hybrid=False):
        """The gradient of values."""
        i, v, size = parts(twice, hybrid)
        v.requires_grad_()
        weigh(f(torch.sparse_coo_tensor(i, v, size))).backward()
        return v.grad

    def gd(f, *shape):
        """The gradient of the dense side."""
        d = torch.linspace(-1, 2, 6, dtype=double).reshape(shape).requires_grad_()
        weigh(f(leaf().detach(), d)).backward()
        return dense(d.grad)

    def csr(f):
        """The gradient of the values of compressed rows."""
        v = numbers[:3].clone().requires_grad_()
        weigh(f(torch.sparse_csr_tensor([0, 1, 3], [2, 0, 2], v, (2, 3)))).backward()
        return v.grad

    def table(order):
        """The .grad of a table after lookups with sparse (s) and dense (d) gradients."""
        w = torch.arange(10.0, dtype=double).reshape(5, 2).requires_grad_()
        for kind in order:
            if kind == "s":
                torch.nn.functional.embedding(torch.tensor([1, 3, 1]), w, sparse=True).pow(2).sum().backward()
            else:
                (w * w).sum().backward()
        return w.grad

    def at_once():
        w = torch.arange(10.0, dtype=double).reshape(5, 2).requires_grad_()
        look = torch.nn.functional.embedding
        seen = look(torch.tensor([1, 1]), w, sparse=True).sum() + look(torch.tensor([2, 1]), w, sparse=True).sum()
        (seen + (w * 3).sum()).backward()
        return w.grad

    def bag(mode, weighted=False, **options):
        w = torch.arange(10.0, dtype=double).reshape(5, 2).requires_grad_()
        p = torch.tensor([0.5, 2.0, 3.0], dtype=double, requires_grad=True) if weighted else None
        at, begin = torch.tensor([1, 3, 1]), torch.tensor([0, 2])
        out = torch.nn.functional.embedding_bag(
            at, w, begin, mode=mode, sparse=True, per_sample_weights=p, **options
        )
        out.pow(2).sum().backward()
        return w.grad, p.grad if weighted else None

    def module(cls, **options):
        m = cls(5, 2, sparse=True, **options).double()
        with torch.no_grad():
            m.weight.copy_(torch.arange(10.0, dtype=double).reshape(5, 2) / 7)
        for _ in range(2):
            m(torch.tensor([[1, 0], [1, 3]])).pow(2).sum().backward()
        return repr(m.weight.grad.layout), m.weight.grad.to_dense()

    def hooks():
        s, seen = leaf(False), []
        s.register_hook(lambda g: seen.append(repr(g.layout)))
        s.to_dense().sum().backward()
        return seen

    def retained():
        y = leaf(False) * 2
        y.retain_grad()
        y.to_dense().sum().backward()
        return y.grad

    def asked():
        s = leaf(False)
        return torch.autograd.grad(torch.sparse.mm(s, W.t()).sum(), s)[0]

    def used_up():
        w = torch.ones(5, 2, requires_grad=True)
        y = torch.nn.functional.embedding(torch.tensor([1, 1]), w, sparse=True).sum()
        y.backward()
        y.backward()

    def written():
        e = torch.ones(3, 2, dtype=double, requires_grad=True) * 1
        y = torch.sparse.mm(leaf(False), e)
        e.add_(1)
        y.sum().backward()

    def cleared(to_none):
        m = torch.nn.Embedding(3, 2, sparse=True)
        m(torch.tensor([1])).sum().backward()
        m.zero_grad(set_to_none=to_none)
        return m.weight.grad

    def clipped():
        m = torch.nn.Embedding(3, 2, sparse=True)
        m(torch.tensor([1])).sum().backward()
        return torch.nn.utils.clip_grad_norm_(m.parameters(), 0.1), m.weight.grad

    return {k: v for k, v in locals().items() if k not in ("torch", "where", "numbers")}


OF_LEAVES = """
g(lambda s: s)
g(lambda s: s, hybrid=True)
g(lambda s: s.to_dense(), twice=False)
g(lambda s: s*2)
g(lambda s: s/4)
g(lambda s: -s)
g(lambda s: s+s)
g(lambda s: s-leaf().detach())
g(lambda s: W+s)
g(lambda s: W-s)
g(lambda s: torch.add(W,s,alpha=3))
g(lambda s: s*W)
g(lambda s: s*s, twice=False)
g(lambda s: s.t())
g(lambda s: s.transpose(0,1).coalesce())
g(lambda s: s.coalesce().values())
g(lambda s: torch.sparse.mm(s,W.t()))
g(lambda s: s@W.t())
g(lambda s: s@W[0])
g(lambda s: W.t()@s)
g(lambda s: torch.sparse.mm(s,s.t()), twice=False)
g(lambda s: torch.sparse.mm(s,leaf().detach().t()))
g(lambda s: torch.sparse.addmm(torch.ones(2,2,dtype=double),s,W.t(),beta=2,alpha=3))
g(lambda s: torch.sparse.sum(s))
g(lambda s: torch.sparse.sum(s,0))
g(lambda s: torch.sparse.sum(s,1))
g(lambda s: torch.sparse.sum(s,2), hybrid=True)
g(lambda s: torch.sparse.sum(s,(0,1)), hybrid=True)
g(lambda s: s.sum())
g(lambda s: s.coalesce().abs())
g(lambda s: torch.sparse.softmax(s.coalesce(),1), twice=False)
g(lambda s: torch.sparse.log_softmax(s.coalesce(),0), twice=False)
g(lambda s: torch.sparse.softmax(s,2), hybrid=True)
g(lambda s: s.pow(2), twice=False)
g(lambda s: s.float())
g(lambda s: s.clone())
g(lambda s: s.to_sparse_csr(), twice=False)
g(lambda s: s.sparse_mask(leaf(False).detach()), twice=False)
""".strip().splitlines()

OF_COMPONENTS = """
gv(lambda s: s)
gv(lambda s: s, hybrid=True)
gv(lambda s: torch.sparse.mm(s,W.t()))
gv(lambda s: s*3+s)
gv(lambda s: torch.sparse.sum(s,0))
gv(lambda s: s.t()@torch.ones(2,2,dtype=double))
gv(lambda s: torch.sparse.softmax(s,1), twice=False)
gd(lambda s,d: torch.sparse.mm(s,d),3,2)
gd(lambda s,d: d@s,3,2)
gd(lambda s,d: d+s,2,3)
gd(lambda s,d: s*d,2,3)
gd(lambda s,d: d.sparse_mask(s.coalesce()),2,3)
gd(lambda s,d: d.to_sparse(),2,3)
gd(lambda s,d: d.to_sparse(1),2,3)
gd(lambda s,d: d.to_sparse_csr(),2,3)
gd(lambda s,d: torch.sparse.addmm(d,s,torch.ones(3,3,dtype=double)),2,3)
gd(lambda s,d: torch.sparse.sampled_addmm(s.to_sparse_csr(),d,torch.ones(3,3,dtype=double)),2,3)
csr(lambda s: s)
csr(lambda s: s@W.t())
csr(lambda s: s*2)
csr(lambda s: s.t())
csr(lambda s: s.to_sparse_coo())
""".strip().splitlines()

OF_TABLES = """
table('s')
table('ss')
table('sd')
table('ds')
table('dss')
at_once()
bag('sum')
bag('sum',weighted=True)
bag('mean')
bag('mean',padding_idx=1)
bag('max')
bag('sum',scale_grad_by_freq=True)
module(torch.nn.Embedding)
module(torch.nn.Embedding,padding_idx=1)
module(torch.nn.Embedding,scale_grad_by_freq=True)
module(torch.nn.EmbeddingBag)
module(torch.nn.EmbeddingBag,mode='sum')
hooks()
retained()
asked()
used_up()
written()
cleared(True)
cleared(False)
clipped()
""".strip().splitlines()


@pytest.mark.parametrize("expression", [*OF_LEAVES, *OF_COMPONENTS, *OF_TABLES])
def test_is_as_in_pytorch(expression):
    compare(expression, helpers, text=False)


@pytest.mark.parametrize(
    "sparse, dense",
    [
        (lambda s: s.coalesce().sin().to_dense(), lambda d: d.sin()),
        (lambda s: s.coalesce().tanh().to_dense(), lambda d: d.tanh()),
        (lambda s: s.norm(), lambda d: d.norm()),
        (lambda s: s[0].to_dense(), lambda d: d[0]),
        (lambda s: s.unsqueeze(1).to_dense(), lambda d: d.unsqueeze(1)),
        (lambda s: s.to_sparse_csr().sin().to_dense(), lambda d: d.sin()),
        (lambda s: s.permute(1, 0).to_dense().cumsum(0), lambda d: d.t().cumsum(0)),
    ],
)
def test_gradients_that_pytorch_refuses_are_those_of_dense_tensors(sparse, dense):
    torch = module_under_test()
    given = torch.tensor([[0.0, 0.0, 0.3], [-0.4, 0.0, 0.5]], dtype=torch.float64)
    s, d = given.to_sparse().requires_grad_(), given.clone().requires_grad_()
    for f, x in ((sparse, s), (dense, d)):
        out = f(x)
        (out * torch.arange(1, out.numel() + 1).reshape(out.shape)).sum().backward()
    assert s.grad.layout is torch.sparse_coo
    torch.testing.assert_close(s.grad.to_dense(), d.grad * (given != 0))


def test_gradients_of_joined_and_selected_parts():
    torch = module_under_test()
    s = torch.eye(2, dtype=torch.float64).to_sparse().requires_grad_()
    weights = torch.arange(8, dtype=torch.float64).reshape(4, 2)
    (torch.cat([s, s]).to_dense() * weights).sum().backward()
    assert s.grad.to_dense().tolist() == [[4, 0], [0, 10]]
    s.grad = None
    (s.index_select(0, torch.tensor([1, 1])).to_dense() * weights[:2]).sum().backward()
    assert s.grad.to_dense().tolist() == [[0, 0], [0, 4]]


@pytest.mark.parametrize("sine", [False, True])
def test_second_gradients_are_those_of_dense_tensors(sine):
    torch = module_under_test()
    w = torch.arange(6, dtype=torch.float64).reshape(3, 2)
    where = torch.tensor([[0, 1, 1], [2, 0, 2]])

    def second(make):
        v = torch.tensor([0.3, -0.4, 0.5], dtype=torch.float64, requires_grad=True)
        matrix = make(v)
        out = (matrix.sin() if sine else matrix) @ w
        (first,) = torch.autograd.grad(out.pow(2).sum(), v, create_graph=True)
        return torch.autograd.grad(first.pow(2).sum(), v)[0]

    found = second(lambda v: torch.sparse_coo_tensor(where, v, (2, 3)).coalesce())
    zeros = torch.zeros(2, 3, dtype=torch.float64)
    torch.testing.assert_close(found, second(lambda v: zeros.index_put((where[0], where[1]), v)))
