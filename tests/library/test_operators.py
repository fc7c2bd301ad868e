"""torch.ops.aten: ATen's names and overloads, and what they do."""

import pytest
import torch

from jaxtorch._compat.aten import ROWS

from ..oracle import assert_same_trace, module_under_test, run_program

LIB = module_under_test()


def test_overloads_are_those_of_aten():
    for row in ROWS.replace("\n", " ").split(";"):
        name, *overloads = row.split()
        packet = getattr(torch.ops.aten, name.removesuffix("[]"))
        assert set(overloads) <= set(packet.overloads()), name
        returned = [str(r.type) for r in getattr(packet, overloads[0])._schema.returns]
        assert (returned == ["List[Tensor]"]) == name.endswith("[]"), name
        assert callable(getattr(LIB.ops.aten, name.removesuffix("[]"))), name


CALLS = {
    "add": lambda aten, x: (aten.add(x, 2, alpha=3), aten.add.Tensor(x, x, alpha=2), aten.add.Scalar(x, 2)),
    "add_": lambda aten, x: aten.add_.Tensor(x.clone(), x),
    "add.out": lambda aten, x: aten.add.out(x, x, out=x.new_zeros(2, 3)),
    "max.dim": lambda aten, x: aten.max.dim(x, 0),
    "sum": lambda aten, x: (aten.sum(x), aten.sum.dim_IntList(x, [0], True)),
    "view": lambda aten, x: aten.view.default(x, [3, 2]),
    "slice": lambda aten, x: (aten.slice(x, 1, 1, 3), aten.slice.Tensor(x, 0, None, None, 2), aten.slice(x)),
    "split": lambda aten, x: aten.split.Tensor(x, 1),
    "sizes": lambda aten, x: (aten.size(x), aten.sym_size.int(x, 1), aten.sym_numel.default(x)),
    "softmax": lambda aten, x: (aten._softmax(x, 1, False), aten._log_softmax.default(x, 1, False)),
    "linalg": lambda aten, x: aten.linalg_vector_norm(x, 2, [1]),
    "special": lambda aten, x: aten.special_i0e(x),
    "item": lambda aten, x: aten._local_scalar_dense(x[0, 0]),
    "linear": lambda aten, x: aten.linear(x, x),
    "layer norm": lambda aten, x: aten.native_layer_norm(x, [3], None, None, 1e-5),
    "names": lambda aten, x: (
        str(aten.add), repr(aten.add), str(aten.add.Tensor), repr(aten.mm.default), aten.add.Tensor.name(),
        aten.mm.default.name(), aten.add.Tensor.__name__, aten.add.__name__, aten.add.Tensor.namespace,
    ),
    "identity": lambda aten, x: (aten.add.Tensor is aten.add.Tensor, aten.add.Tensor.overloadpacket is aten.add),
    "no such name": lambda aten, x: aten.no_such_name,
    "no such overload": lambda aten, x: aten.add.no_such_name,
}  # fmt: skip


def test_calls():
    def program(lib, trace):
        for name, call in CALLS.items():
            trace.observe(name, lambda: call(lib.ops.aten, lib.arange(6.0).view(2, 3)))  # noqa: B023
        trace.observe("another namespace", lambda: lib.ops.no_such_namespace.no_such_name)
        trace.observe("repr", lambda: (repr(lib.ops), repr(lib.ops.aten)))

    assert_same_trace(run_program(program, LIB), run_program(program, torch))


def test_slices_are_views_with_gradients():
    def program(lib, trace):
        x = lib.arange(6.0).view(2, 3).requires_grad_()
        y = lib.ops.aten.slice(x, 1, 1, 3)
        trace.observe("view", lambda: (y, y._is_view(), y.stride()))
        (y * y).sum().backward()
        trace.observe("grad", lambda: x.grad)

    assert_same_trace(run_program(program, LIB), run_program(program, torch))


@pytest.mark.parametrize("shape", [(2, 4, 5), (1, 2, 4, 5)])
def test_the_gradient_of_max_pooling(shape):
    def program(lib, trace):
        lib.manual_seed(0)
        x = lib.randn(shape, requires_grad=True)
        value, where = lib.ops.aten.max_pool2d_with_indices(x, 3, 1, 1)
        g = lib.randn(value.shape, requires_grad=True)
        out = lib.ops.aten.max_pool2d_with_indices_backward(g, x, [3], [1], [1], [1], False, where)
        trace.observe("out", lambda: (out, type(out.grad_fn).__name__))
        (out * out).sum().backward()
        trace.observe("grads", lambda: (g.grad, x.grad))
        back = lib.ops.aten.max_pool2d_with_indices_backward
        trace.observe("dtype", lambda: back(g.double(), x, [3], [1], [1], [1], False, where))
        trace.observe("indices", lambda: back(g, x, [3], [1], [1], [1], False, where.int()))

    assert_same_trace(run_program(program, LIB), run_program(program, torch))
