"""Nested tensors beside PyTorch's: values, structure, printed text, gradients, errors."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import pytest
import torch

from ..oracle import module_under_test
from ..sparse.outcome import assert_same

#: of both layouts
BOTH = """
NT([[1,2],[3]],layout=layout)
NT([[1.,2.],[3.]],layout=layout,dtype=torch.float64)
NT([t,W],layout=layout)
NT([1,[2]],layout=layout)
NT([t,t],layout=torch.sparse_coo)
NT([t.long(),t[:1].long()],layout=layout,requires_grad=True)
NT([torch.ones(2,0),torch.ones(1,0)],layout=layout)
NT([torch.ones(0,2),torch.ones(1,2)],layout=layout)
NT([torch.ones(2,1,3),torch.ones(1,1,3)],layout=layout)
NT([torch.ones(2,3),torch.ones(2,4)],layout=layout)
NT([torch.ones(2,3),torch.ones(3,4)],layout=layout)
NT([],layout=layout)
NT([torch.ones(()),torch.ones(())],layout=layout)
NT(3,layout=layout)
NT((t,t),layout=layout)
NT([t,t.long()],layout=layout)
torch.nested.as_nested_tensor([t,t[:1]],layout=layout)
torch.nested.as_nested_tensor((t,t),layout=layout)
torch.nested.as_nested_tensor([g[0],g[1]*2],layout=layout)
torch.nested.as_nested_tensor(W,layout=layout)
torch.nested.as_nested_tensor(n,layout=layout) is n
torch.nested.as_nested_tensor(t,layout=layout)
torch.nested.as_nested_tensor(3,layout=layout)
torch.nested.as_nested_tensor([1,2],layout=layout)
torch.nested.as_nested_tensor([[1.,2.],[3.]],layout=layout)
torch.nested.as_nested_tensor([t,t],dtype=torch.float64,layout=layout)
torch.nested.narrow(W,0,0,2,layout=layout)
torch.nested.narrow(W,1,0,torch.tensor([1,2,3]),layout=layout)
n
g
g*2
str(n1)
f'{n}'
n.size()
n.shape
n.size(0)
n.size(1)
n.size(2)
n.size(-1)
n.size(5)
n.size(-4)
n1.size(1)
n.stride()
n.dim()
n.ndim
n.numel()
n.nbytes
len(n)
list(n)
n.is_nested, t.is_nested
n.layout
n.is_contiguous()
n.dtype, n.device, n.requires_grad, g.requires_grad, g.is_leaf, (g*2).is_leaf, n.grad_fn
n.offsets()
n.lengths()
n.values()
g.values()
n[0]
n[-1]
n[5]
n[0,1]
n.unbind()
n.unbind(1)
g.unbind()
n+1
1+n
n-1
n+n
n*n
n/n
n/2
n*torch.tensor(2.)
n+torch.ones(5,3)
n+n1
g+g
-n
n.abs()
n.sin()
n.cos()
n.sqrt()
n.tanh()
torch.isnan(n)
n>1
F.relu(g)
F.gelu(n*0)
F.silu(n)
F.dropout(n,0.0)
F.dropout(n,training=False)
F.linear(g,W.T)
F.linear(n,W.T,torch.ones(4))
n@W
F.layer_norm(n,(3,),t,t)
F.softmax(g,-1)
F.softmax(n,1)
n.softmax(2)
F.softmax(n1,-1)
n.sum(0)
n.sum(-1,keepdim=True)
n.sum(dim=(1,2))
n.to_padded_tensor(0.0)
g.to_padded_tensor(0.0)
torch.nested.to_padded_tensor(n,-1.0)
torch.nested.to_padded_tensor(n,-1.0,(2,4,3))
torch.nested.to_padded_tensor(n,-1.0,(2,1,3))
torch.nested.to_padded_tensor(n1,-1.0)
torch.nested.to_padded_tensor(t,-1.0)
n.clone()
n.detach()
g.detach()
g.clone()
n.to(torch.float64)
n.double()
n.half()
n.long()
n.to('cpu') is n
n.contiguous() is n
n.data
n.item()
bool(n)
n.tolist()
n.is_same_size(n)
n.is_floating_point()
n.mul_(2)
n.fill_(1)
n.add_(n)
F.softmax(n,0)
F.softmax(n)
F.softmax(n1)
torch.nested.as_nested_tensor(n,dtype=torch.float64)
n.zero_()
torch.zeros_like(n)
torch.ones_like(n)
F.embedding(i,W)
copy.deepcopy(g*2)
pickle.loads(pickle.dumps(n))
(n*2).requires_grad_()
"""

JAGGED = """
n.exp()
n.sigmoid()
n**2
2**n
1-n
n%2
n+t
t+n
n*t
t-n
n+torch.ones(1,1,3)
n*torch.tensor([[[1.,2.,3.]],[[4.,5.,6.]]])
n+torch.tensor([[[1.]],[[2.]]])
n+torch.ones(3,1,3)
torch.arange(12.).reshape(2,2,3)+n
n+torch.ones(2,3,4,5)
n+NT([torch.ones(2,3),torch.ones(1,3)],layout=layout)
n.offsets()+0
n==n
n!=n
torch.where(n>1,n,-n)
n.clamp(0,1)
F.leaky_relu(n,0.2)
F.elu(n)
torch.maximum(n,n)
n.mean()
n.sum()
n.sum(-1)
n.sum(1)
n.sum(1,keepdim=True)
n.sum((0,1))
n.mean(1)
n.mean(-1)
n.amax(1)
n.amin(-1)
n.max()
n.argmax(1)
NT([torch.ones(2,1,3),torch.ones(1,1,3)],layout=layout).sum(1)
F.log_softmax(n,-1)
F.layer_norm(n,(3,))
torch.full_like(n,2)
torch.empty_like(n).shape
n.cos_()
J(v,o)
J(v,o).offsets()
J(v,o,l)
J(v,o,l).values()
J(v,o,l).lengths()
J(v,o,l).is_contiguous()
J(v,o,l).contiguous()
J(v,o,l).numel()
J(v,o,l)*2
J(v,o,l).to_padded_tensor(0)
J(v,o).to_padded_tensor(0)
J(v,o,min_seqlen=1,max_seqlen=3).to_padded_tensor(0)
J(v,lengths=torch.tensor([2,3,1])).offsets()
J(v,lengths=l)
J(v)
J(v,[0,2])
J(3,o)
J(v.T,o,jagged_dim=2)
J(v.T,o,jagged_dim=2)*2
copy.deepcopy(g)
J(v.T,o,jagged_dim=2).sum(1)
J(v,o)+J(v,o)
J(v,o)+J(v,o.clone())
J(v,o)._max_seqlen, J(v,o)._min_seqlen
J(v,o.int()).offsets()
J(v.clone().requires_grad_(),o)
torch.nested.narrow(W,1,torch.tensor([0,1,1]),torch.tensor([1,2,3]),layout=layout)
torch.nested.narrow(W,1,torch.tensor([0,1,1]),torch.tensor([1,2,3]),layout=layout).offsets()
torch.nested.narrow(W,1,torch.tensor([0,1,1]),torch.tensor([1,2,3]),layout=layout)+1
torch.nested.narrow(W,0,torch.tensor([0,1,1]),torch.tensor([1,2,3]),layout=layout)
torch.nested.masked_select(W,W%2==0)
torch.nested.masked_select(W,W%2==0).offsets()
torch.nested.masked_select(W,W)
torch.nested.masked_select(W,torch.tensor([True,False,True,True]))
"""

#: what is added up of a function of nested `x` (from leaves a and b), table W and vector t, for gradients
GRADIENTS = """
(x*x).values()
x.unbind()[0]*3
(x*x).to_padded_tensor(0.)
F.relu(x-1).values()*2
F.gelu(x).values()
F.silu(x).values()
F.linear(x,W.T).values()**2
F.linear(x,W.T,torch.ones(4)*W.sum()).to_padded_tensor(1.)**2
(F.softmax(x,-1).to_padded_tensor(0.)**2)
(F.layer_norm(x,(3,),t,t).values()**3)
(x/(x+2)+x).values()**2
x.double().values().float()**2
x.clone().values()**2
"""
JAGGED_GRADIENTS = """
(x*t).values()**2
(x+W[:2,None,:3]).values()**2
(x@W).values()**2
x.exp().values()
(x**2).sum()
x.sigmoid().mean()
"""


def names_of(torch: Any, layout: str) -> dict:
    """What expressions speak of, of one package."""
    import copy
    import pickle

    make, kind = torch.nested.nested_tensor, getattr(torch, layout)
    parts = [torch.arange(6.0).reshape(2, 3), torch.arange(3.0).reshape(1, 3)]
    return {
        "torch": torch, "F": torch.nn.functional, "NT": make, "layout": kind, "copy": copy, "pickle": pickle,
        "n": make(parts, layout=kind), "g": make(parts, layout=kind, requires_grad=True),
        "n1": make([torch.arange(2.0), torch.arange(3.0)], layout=kind), "t": torch.arange(3.0),
        "i": make([torch.tensor([0, 1]), torch.tensor([2])], layout=kind),
        "W": torch.arange(12.0).reshape(3, 4), "J": torch.nested.nested_tensor_from_jagged,
        "v": torch.arange(12.0).reshape(6, 2), "o": torch.tensor([0, 2, 5, 6]), "l": torch.tensor([1, 2, 1]),
    }  # fmt: skip


def facts(x: Any) -> Any:
    """A value as what can be compared."""
    if hasattr(x, "is_nested"):
        if x.is_nested:
            return ["nested", repr(x.layout), repr(x.dtype), x.requires_grad, *map(facts, x.unbind())]
        return [repr(x.dtype), tuple(x.shape), x.requires_grad, np.asarray(x.detach().double())]
    if isinstance(x, (list, tuple)) and not hasattr(x, "numel"):
        return [type(x).__name__, *map(facts, x)]
    return neutral(repr(x))


def neutral(text: str) -> str:
    """Text without addresses and without the numbers of ragged sizes."""
    return re.sub(r"\bj\d+", "j", re.sub(r"0x[0-9a-f]+", "0x", text))


def outcome(expression: str, torch: Any, layout: str) -> tuple:
    """("value", facts, text) or ("error", type, text)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's: nested tensors are in the prototype stage
        try:
            value = eval(expression, names_of(torch, layout))  # noqa: S307
            return "value", facts(value), neutral(repr(value))
        except Exception as e:  # noqa: BLE001
            text = re.sub(r"Could not run 'aten::.*", "Could not run", str(e), flags=re.DOTALL)
            return "error", type(e).__name__, neutral(text)


def _cases(*tables: tuple[str, str]) -> list:
    return [(layout, line) for layout, table in tables for line in table.strip().splitlines()]


@pytest.mark.parametrize(("layout", "expression"), _cases(("jagged", BOTH), ("strided", BOTH), ("jagged", JAGGED)))
def test_expression(layout, expression):
    wanted = outcome(expression, torch, layout)
    found = outcome(expression, module_under_test(), layout)
    assert found[0] == wanted[0], (found, wanted)
    if wanted[0] == "error":
        assert found[1:] == wanted[1:]
        return
    assert_same(found[1], wanted[1])
    assert found[2] == wanted[2]


def gradients(expression: str, torch: Any, layout: str) -> list:
    """The gradients of two components, of a nested leaf (its components), and of dense tensors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        names = names_of(torch, layout)
        a = torch.tensor([[0.3, -1.0, 2.0], [0.5, 1.5, 0.1]], requires_grad=True)
        b = torch.tensor([[1.0, 2.0, -0.7]], requires_grad=True)
        names["W"] = (torch.arange(12.0).reshape(3, 4) / 10).requires_grad_()
        names["t"] = torch.tensor([0.5, 2.0, 1.0]).requires_grad_()
        for _ in range(2):  # the second is added to the first
            x = torch.nested.as_nested_tensor([a, b], layout=names["layout"])
            eval(expression, names | {"x": x}).sum().backward()  # noqa: S307
        leaf = names["NT"]([a, b], layout=names["layout"], requires_grad=True)
        (nested,) = torch.autograd.grad(eval(expression, names | {"x": leaf}).sum(), leaf)  # noqa: S307
        assert nested.is_nested and nested.layout is names["layout"]
        found = (a.grad, b.grad, names["W"].grad, names["t"].grad, *nested.unbind())
        return [None if g is None else facts(g) for g in found]


_GRADIENT_CASES = _cases(("jagged", GRADIENTS), ("strided", GRADIENTS), ("jagged", JAGGED_GRADIENTS))


@pytest.mark.parametrize(("layout", "expression"), _GRADIENT_CASES)
def test_gradient(layout, expression):
    wanted = gradients(expression, torch, layout)
    assert_same(gradients(expression, module_under_test(), layout), wanted, 1e-5)
