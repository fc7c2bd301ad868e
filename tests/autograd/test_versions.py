"""Which operation saves what: in-place changes that a backward must notice, and those it may not."""

from __future__ import annotations

import pytest
import torch as oracle

from tests.compared import compared, run
from tests.oracle import assert_same_trace, module_under_test

# name -> f(torch, a, b), whose result's gradient may need a, b or the result
OPERATIONS = {
    "add": lambda torch, a, b: a + b,
    "sub": lambda torch, a, b: a - b,
    "mul": lambda torch, a, b: a * b,
    "div": lambda torch, a, b: a / b,
    "mul_number": lambda torch, a, b: a * 3 + b,
    "div_number": lambda torch, a, b: a / 3 + b,
    "neg": lambda torch, a, b: -a + b,
    "pow_number": lambda torch, a, b: a**2 + b,
    "pow": lambda torch, a, b: torch.pow(a, b),
    "rpow": lambda torch, a, b: 2.0**a + b,
    "exp": lambda torch, a, b: a.exp(),
    "log": lambda torch, a, b: a.log(),
    "sqrt": lambda torch, a, b: a.sqrt(),
    "rsqrt": lambda torch, a, b: a.rsqrt(),
    "reciprocal": lambda torch, a, b: a.reciprocal(),
    "sin": lambda torch, a, b: a.sin(),
    "tanh": lambda torch, a, b: a.tanh(),
    "sigmoid": lambda torch, a, b: a.sigmoid(),
    "relu": lambda torch, a, b: a.relu(),
    "leaky_relu": lambda torch, a, b: torch.nn.functional.leaky_relu(a),
    "elu": lambda torch, a, b: torch.nn.functional.elu(a),
    "gelu": lambda torch, a, b: torch.nn.functional.gelu(a),
    "silu": lambda torch, a, b: torch.nn.functional.silu(a),
    "softplus": lambda torch, a, b: torch.nn.functional.softplus(a),
    "hardtanh": lambda torch, a, b: torch.nn.functional.hardtanh(a),
    "abs": lambda torch, a, b: a.abs(),
    "clamp": lambda torch, a, b: a.clamp(0.5, 2.5),
    "softmax": lambda torch, a, b: a.softmax(0),
    "log_softmax": lambda torch, a, b: a.log_softmax(0),
    "sum": lambda torch, a, b: a.sum(),
    "mean": lambda torch, a, b: a.mean(0),
    "prod": lambda torch, a, b: a.prod(),
    "var": lambda torch, a, b: a.var(),
    "std": lambda torch, a, b: a.std(),
    "norm": lambda torch, a, b: a.norm(),
    "max": lambda torch, a, b: a.max(),
    "amax": lambda torch, a, b: a.amax(0),
    "max_dim": lambda torch, a, b: a.max(0)[0],
    "maximum": lambda torch, a, b: torch.maximum(a, b),
    "logsumexp": lambda torch, a, b: a.logsumexp(0),
    "cumsum": lambda torch, a, b: a.cumsum(0),
    "cumprod": lambda torch, a, b: a.cumprod(0),
    "sort": lambda torch, a, b: a.sort()[0],
    "cat": lambda torch, a, b: torch.cat([a, b]),
    "stack": lambda torch, a, b: torch.stack([a, b]),
    "where": lambda torch, a, b: torch.where(a > 1, a, b),
    "dot": lambda torch, a, b: torch.dot(a, b),
    "mm": lambda torch, a, b: a.view(1, 3) @ b.view(3, 1),
    "matmul": lambda torch, a, b: torch.matmul(a.view(3, 1), b.view(1, 3)),
    "addmm": lambda torch, a, b: torch.addmm(torch.ones(3, 3), a.view(3, 1), b.view(1, 3)),
    "lerp": lambda torch, a, b: torch.lerp(a, b, 0.3),
    "addcmul": lambda torch, a, b: torch.addcmul(a, a, b),
    "addcdiv": lambda torch, a, b: torch.addcdiv(a, a, b),
    "atan2": lambda torch, a, b: torch.atan2(a, b),
    "view": lambda torch, a, b: a.view(3, 1) * 1,
    "expand": lambda torch, a, b: a.expand(2, 3).sum(),
    "index": lambda torch, a, b: a[torch.tensor([0, 2])],
    "mse_loss": lambda torch, a, b: torch.nn.functional.mse_loss(a, b),
    "clone": lambda torch, a, b: a.clone(),
    "to_double": lambda torch, a, b: a.double(),
    "cross_entropy": lambda torch, a, b: torch.nn.functional.cross_entropy(
        a.view(1, 3) * 1, torch.tensor([1])
    ),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_writes_after(name):
    """Writing an operand or the result: the same refusals, to the letter."""
    f = OPERATIONS[name]

    def program(torch, see):
        for written in ("a", "b", "result"):
            x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
            w = torch.tensor([2.0, 0.5, 1.5], requires_grad=True)
            a, b = x * 1, w * 1
            y = f(torch, a, b)
            target = {"a": a, "b": b, "result": y}[written]
            with torch.no_grad():
                target.zero_()
            see(lambda y=y: y.sum().backward())

    assert_same_trace(run(program, module_under_test()), run(program, oracle), name)


# name -> f(torch, y), in place on an intermediate
WRITES = {
    "add_": lambda torch, y: y.add_(1),
    "mul_": lambda torch, y: y.mul_(2),
    "mul_self": lambda torch, y: y.mul_(y),
    "exp_": lambda torch, y: y.exp_(),
    "sigmoid_": lambda torch, y: y.sigmoid_(),
    "tanh_": lambda torch, y: y.tanh_(),
    "relu_": lambda torch, y: y.relu_(),
    "sqrt_": lambda torch, y: y.sqrt_(),
    "pow_": lambda torch, y: y.pow_(2),
    "clamp_": lambda torch, y: y.clamp_(1.5, 10),
    "zero_": lambda torch, y: y.zero_(),
    "fill_": lambda torch, y: y.fill_(3.0),
    "copy_": lambda torch, y: y.copy_(y.detach() * 3),
    "masked_fill_": lambda torch, y: y.masked_fill_(y > 2, 0.5),
    "index_put": lambda torch, y: y.__setitem__(0, 9.0),
    "slice_write": lambda torch, y: y.__setitem__(slice(1, None), y[1:] * 2),
    "view_mul_": lambda torch, y: y[1:].mul_(4),
    "t_": lambda torch, y: y.t_(),
    "div_": lambda torch, y: y.div_(y + 1),
    "sub_number": lambda torch, y: y.sub_(1, alpha=2),
}


@pytest.mark.parametrize("name", WRITES)
def test_in_place(name):
    """In place on an intermediate: value, name of the node, gradient, versions."""
    f = WRITES[name]

    def program(torch, see):
        for earlier in (None, "exp", "mul"):
            x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
            y = x * 2
            other = {None: lambda y: 0, "exp": lambda y: y.exp(), "mul": lambda y: y * y}[earlier](y)
            see(lambda y=y: f(torch, y))
            see([y, y._version])
            see(lambda y=y, other=other: (y + other).sum().backward())
            see(x.grad)

    assert_same_trace(run(program, module_under_test()), run(program, oracle), name)


@compared
def test_versions(torch, see):
    x = torch.zeros(3)
    v = x[1:]
    d = x.detach()
    see([x._version, v._version, d._version])
    x.add_(1)
    see([x._version, v._version, d._version])
    v.mul_(2)
    see([x._version, v._version, d._version])
    d.zero_()
    see([x._version, v._version, d._version])
    x.data.add_(1)
    see([x._version, x.data._version])
    x[0] = 1.0
    see(x._version)
    x.unsqueeze_(0)
    see(x._version)
    x.resize_(2, 2)
    see(x._version)
    y = x.clone()
    see(y._version)
    torch.add(y, 1, out=x)
    see(x._version)
    x.copy_(y)
    see(x._version)
    x.requires_grad_()
    see(x._version)
    x.data = torch.ones(2)
    see(x._version)
    x.detach().fill_(2)
    see(x._version)
    see(torch.nn.functional.relu(torch.zeros(2), inplace=True)._version)
    x = torch.zeros(3)
    x.set_(torch.ones(2))
    see(x._version)
    x.random_()
    x.normal_()
    x.uniform_()
    see(x._version)


@compared
def test_the_text_names_the_operation(torch, see):
    x = torch.ones(2, 3, requires_grad=True)
    y = x * 2
    z = y.exp()
    w = z * z
    z.add_(1)
    see(lambda: w.sum().backward())
    y = (x * 2).view(6)
    w = y * y
    y.zero_()
    see(lambda: w.sum().backward())
    y = x.double() * 1
    w = y * y
    y.mul_(2)
    see(lambda: w.sum().backward())
    a, b = (x * 1).split(1)
    w = b * b
    with torch.no_grad():
        b.add_(1)
    see(lambda: w.sum().backward())
    c = torch.ones(3)
    w = (x * c).sum()
    c.add_(1)
    see(lambda: w.backward())
    with torch.no_grad():
        w = None
    w = (x * x).sum()
    with torch.no_grad():
        x.add_(1)
    see(lambda: w.backward())
    i = torch.tensor([0, 1])
    w = x[i].sum()
    i.add_(0)
    see(lambda: w.backward())


@compared
def test_several_writes_are_counted(torch, see):
    x = torch.ones(2, requires_grad=True)
    y = x * 1
    y.add_(1)
    z = y.exp() * y
    y.add_(1)
    y.add_(1)
    see(lambda: z.sum().backward())
    see(y._version)


@compared
def test_write_before_the_save_is_fine(torch, see):
    x = torch.ones(2, requires_grad=True)
    y = x * 1
    y.add_(1)
    z = y * y
    see(lambda: z.sum().backward())
    see(x.grad)


@compared
def test_weights_written_between_forward_and_backward(torch, see):
    w = torch.tensor([[1.0, 2.0]], requires_grad=True)
    x = torch.tensor([[3.0], [4.0]], requires_grad=True)
    loss = (w @ x).sum()
    with torch.no_grad():
        w -= 0.1
    see(lambda: loss.backward())
