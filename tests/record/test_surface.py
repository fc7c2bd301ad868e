"""The rest of torch.compiler and torch._dynamo, and modules compiled in place."""

import copy
import io

import pytest

import jaxtorch as torch
from jaxtorch import nn
from jaxtorch.compiler import assert_recordings, explain


def test_marks():
    x = torch.ones(2, 3)
    torch._dynamo.mark_dynamic(x, 0, min=1, max=8)
    torch._dynamo.maybe_mark_dynamic(x, [1])
    torch._dynamo.mark_static(x)
    assert (x._dynamo_dynamic_indices, x._dynamo_weak_dynamic_indices, x._dynamo_static_indices) == ({0}, {1}, {0, 1})
    with pytest.raises(AssertionError, match="Expected index to be int, list, or tuple, got <class 'str'>"):
        torch._dynamo.mark_dynamic(x, "0")
    f = torch.compile(lambda x: x * 2, dynamic=True)
    assert [f(torch.ones(n)).tolist() for n in (2, 3, 2)] == [[2, 2], [2, 2, 2], [2, 2]]
    assert_recordings(f, 2)


def test_graph_break():
    @torch.compile
    def f(x):
        y = x + 1
        torch._dynamo.graph_break("as asked")
        return y * 2

    torch._dynamo.graph_break()
    with pytest.warns(UserWarning, match=r"test_surface.py:\d+: graph_break\(\) is called: as asked"):
        assert [f(torch.ones(1)).item() for _ in range(2)] == [4, 4]


def test_stances():
    f = torch.compile(lambda x: x * 2)
    with torch.compiler.set_stance("force_eager"):
        f(torch.ones(1))
    assert_recordings(f, 0)
    f(torch.ones(1))
    with torch.compiler.set_stance("fail_on_recompile"):
        assert f(torch.ones(1)).item() == 2
        with pytest.raises(RuntimeError, match="fail_on_recompile.*a call with other arguments"):
            f(torch.ones(2))

    @torch.compiler.set_stance("eager_on_recompile")
    def g():
        return f(torch.ones(3)).tolist()

    assert g() == [2, 2, 2]
    assert_recordings(f, 1)
    f(torch.ones(4))
    assert_recordings(f, 2)
    with pytest.raises(RuntimeError, match="invalid torch.compile stance 'never'"):
        torch.compiler.set_stance("never")


def test_limits():
    before = torch._dynamo.config.recompile_limit
    f = torch.compile(lambda x: x * 2)
    torch._dynamo.config.recompile_limit = 3
    try:
        with pytest.warns(UserWarning, match="it has been recorded 3 times"):
            assert [f(torch.ones(n)).sum().item() for n in range(1, 7)] == [2, 4, 6, 8, 10, 12]
        assert [f(torch.ones(n)).sum().item() for n in range(1, 7)] == [2, 4, 6, 8, 10, 12]
    finally:
        torch._dynamo.config.cache_size_limit = before
    assert_recordings(f, 3)
    with pytest.raises(AttributeError, match="torch._dynamo.config.foo does not exist"):
        torch._dynamo.config.foo  # noqa: B018
    with pytest.raises(NotImplementedError, match="torch._dynamo.config.suppress_errors"):
        torch._dynamo.config.suppress_errors = True


def test_a_module_compiled_in_place():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh())
    plain, x = copy.deepcopy(model), torch.randn(2, 3)
    model.compile(fullgraph=True)
    for _ in range(3):
        assert torch.allclose(model(x), plain(x))
    model(x).sum().backward()
    plain(x).sum().backward()
    assert torch.allclose(model[0].weight.grad, plain[0].weight.grad)
    assert explain(model._compiled_call_impl).startswith("Hooks._uncompiled_call: 1 recordings")
    assert copy.deepcopy(model)._compiled_call_impl is None
    file = io.BytesIO()
    torch.save(model.state_dict(), file)


def test_a_method_compiled():
    class Model(nn.Module):
        def __init__(self, k):
            super().__init__()
            self.k = k

        @torch.compile(fullgraph=True)
        def forward(self, x):
            return x * self.k

    a, b = Model(2), Model(3)
    for _ in range(2):
        assert [a(torch.ones(1)).item(), b(torch.ones(1)).item()] == [2, 3]
    a.k = 5
    assert [a(torch.ones(1)).item(), b(torch.ones(1)).item()] == [5, 3]


def test_a_module_that_is_not_compiled_is_wrapped_as_well():
    model = nn.Linear(2, 1)
    wrapped = torch.compile(model, backend="eager")
    assert type(wrapped).__name__ == "OptimizedModule" and wrapped._orig_mod is model
    assert list(wrapped.state_dict()) == ["_orig_mod.weight", "_orig_mod.bias"]
    assert torch.equal(wrapped(torch.ones(1, 2)), model(torch.ones(1, 2)))
    assert torch.compile(model, disable=True) is model
    with pytest.raises(AssertionError, match="A callable function is expected, but <class 'int'> is provided"):
        torch.compile(3)
