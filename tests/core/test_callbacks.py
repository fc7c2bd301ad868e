"""Python functions of elements, and small questions to tensors, against PyTorch."""

import pytest
import torch

import jaxtorch

LIBRARIES = (torch, jaxtorch)
EXPRESSIONS = [
    "x.clone().apply_(lambda v: v * 2)", "x.T.clone().apply_(lambda v: v + 1)", "x[:, ::2].apply_(lambda v: v + 10)",
    "i.apply_(lambda v: v // 2)", "x.map_(torch.ones(3), lambda a, b: a - b)",
    "x.map2_(x, x, lambda a, b, c: a + b * c)", "torch.zeros(0).apply_(lambda v: 1 / 0)", "x.apply_(3)",
    "x.map_(i, lambda a, b: a)", "torch.ones(2, requires_grad=True).apply_(lambda v: v)",
    "torch.tensor([1]).is_nonzero()", "torch.tensor([1, 2]).is_nonzero()", "torch.tensor([]).is_nonzero()",
    "torch.get_device(x)", "torch.is_inference(x)", "torch.fill_(x, 3)", "torch.fill_(x, torch.tensor(2))",
    "torch.addmv_(torch.zeros(2), x, torch.ones(3))", "torch.typename(x)", "torch.typename(torch.nn.Linear(1, 1))",
    "torch.typename(3)", "x.dim_order()", "x.T.dim_order()", "torch.zeros(2, 1, 3).dim_order()",
    "torch.zeros(1, 2, 3, 4).to(memory_format=torch.channels_last).dim_order()",
    "x.const_data_ptr() == x.data_ptr()", "torch.get_deterministic_debug_mode()",
    "[torch.set_deterministic_debug_mode(m) or torch.get_deterministic_debug_mode() for m in (1, 'error', 'default')]",
    "torch.set_deterministic_debug_mode('often')", "torch.set_deterministic_debug_mode(5)",
    "torch.set_deterministic_debug_mode(None)",
]  # fmt: skip


def outcome(lib, text):
    names = {"torch": lib, "x": lib.arange(6.0).reshape(2, 3), "i": lib.arange(4)}
    try:
        found = eval(text, names)
    except Exception as error:
        return type(error).__name__, str(error)
    return repr(found), repr(names["x"]), names["x"]._version


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_same(text):
    assert outcome(jaxtorch, text) == outcome(torch, text)
