"""What an expression gives, in a form that compares: run once with PyTorch and once with this package."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from ..oracle import module_under_test


def names_of(torch: Any) -> dict:
    """Tensors of one package that expressions speak of."""
    i, v = torch.tensor([[0, 1, 1], [2, 0, 2]]), torch.tensor([0.3, 0.4, 0.5])
    U = torch.sparse_coo_tensor(torch.tensor([[1, 0, 1], [0, 2, 0]]), v.clone(), (2, 3))
    S = torch.sparse_coo_tensor(i, v.clone(), (2, 3)).coalesce()
    return {
        "torch": torch, "F": torch.nn.functional, "i": i, "v": v, "U": U, "S": S, "D": torch.ones(2, 3),
        "C": S.to_sparse_csr(), "E": torch.tensor([[1.0, -2.0, 0.5], [3.0, 0.0, -1.0]]),
        "H": torch.sparse_coo_tensor(torch.tensor([[1, 0]]), torch.tensor([[1.0, 2.0], [3.0, 4.0]]), (3, 2)),
        "L": torch.sparse_coo_tensor(i, v.clone(), (2, 3), requires_grad=True),
        "G": torch.tensor([1.0, 2.0], requires_grad=True),
        "B": torch.ones(4, 4).to_sparse_bsr((2, 2)),
    }  # fmt: skip


def facts(x: Any) -> Any:
    """A value as what can be compared: text and numbers."""
    if hasattr(x, "layout") and hasattr(x, "requires_grad"):
        coalesced = x.is_coalesced() if x.is_sparse else None
        whole = x.detach() if repr(x.layout) == "torch.strided" else x.detach().to_dense()
        wide = whole if x.dtype.is_complex else whole.double()
        return [repr(x.layout), coalesced, tuple(x.shape), repr(x.dtype), x.requires_grad, np.asarray(wide)]
    if isinstance(x, (list, tuple)):
        return [type(x).__name__, *map(facts, x)]
    if isinstance(x, float):
        return np.float64(x)
    return re.sub(r"0x[0-9a-f]+", "0x", repr(x)) if not isinstance(x, (int, str, bool, type(None))) else x


def outcome(expression: str, torch: Any, extra: Callable | None = None) -> tuple:
    """("value", facts, text) or ("error", type, text) of an expression."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's of what is in beta
        names = names_of(torch) | (extra(torch) if extra else {})
        try:
            value = eval(expression, names)  # noqa: S307
        except Exception as e:  # noqa: BLE001
            text = re.sub(r"Could not run 'aten::.*", "Could not run", str(e), flags=re.DOTALL)
            return "error", type(e).__name__, text
        return "value", facts(value), re.sub(r"0x[0-9a-f]+", "0x", repr(value))


def assert_same(found: Any, wanted: Any, rtol: float = 2e-6) -> None:
    """Equal but for rounding."""
    if isinstance(wanted, (np.ndarray, np.floating)):
        np.testing.assert_allclose(found, wanted, rtol=rtol, atol=rtol)
    elif isinstance(wanted, (list, tuple)):
        assert type(found) is type(wanted) and len(found) == len(wanted), (found, wanted)
        for f, w in zip(found, wanted, strict=True):
            assert_same(f, w, rtol)
    else:
        assert found == wanted, f"{found!r} for {wanted!r}"


def compare(expression: str, extra: Callable | None = None, text: bool = True) -> None:
    """Run an expression with both packages and compare.

    Args:
        extra: further names for the expression, made for a package.
        text: compare how the result prints, too.
    """
    wanted, found = outcome(expression, torch, extra), outcome(expression, module_under_test(), extra)
    assert found[0] == wanted[0], (found, wanted)
    if wanted[0] == "error":
        assert found[1:] == wanted[1:]
        return
    assert_same(found[1], wanted[1])
    if text:
        assert found[2] == wanted[2]
