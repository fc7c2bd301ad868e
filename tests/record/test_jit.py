"""torch.jit's functions are compiled ones."""

import pytest

import jaxtorch as torch
from jaxtorch.compiler import assert_recordings


def test_script_and_trace():
    @torch.jit.script
    def f(x: torch.Tensor, n: int):
        return x * n

    assert f(torch.ones(2), 3).tolist() == [3, 3]
    assert_recordings(f, 1)
    model = torch.nn.Linear(2, 1)
    traced = torch.jit.trace(model, torch.ones(1, 2))
    assert_recordings(traced, 1)
    x = torch.randn(1, 2)
    assert traced(x).tolist() == model(x).tolist()
    assert_recordings(traced, 1)


def test_marks_and_refusals():
    assert torch.jit.ignore(len) is len
    assert torch.jit.ignore()(len) is len
    assert torch.jit.unused(len) is torch.jit.export(len) is len
    assert not torch.jit.is_scripting()
    with pytest.raises(NotImplementedError, match="torch.jit.load"):
        torch.jit.load("x.pt")
