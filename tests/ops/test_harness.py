"""The harness itself: each check must notice a defect planted in an otherwise right torch."""

from __future__ import annotations

import contextlib
import warnings
from typing import Any

import pytest
import torch

from tests.ops.harness import run_check, run_refusal
from tests.ops.recipes import Case, S, T, V, bad, op, source
from tests.oracle import (
    LAYOUTS,
    assert_same,
    make_tensor,
    module_under_test,
    same_error,
    to_torch,
)


class Changed:
    """A module or class with some members replaced."""

    def __init__(self, origin: Any, **members: Any) -> None:
        self.__dict__["origin"] = origin
        self.__dict__.update(members)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.origin, name)


def defective(**members: Any) -> Changed:
    """torch with functions replaced."""
    return Changed(torch, **members)


def defective_tensor(**members: Any) -> Changed:
    """torch with Tensor methods replaced (as reached through the class)."""
    return Changed(torch, Tensor=Changed(torch.Tensor, **members))


class WrongGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.exp()

    @staticmethod
    def backward(ctx, cotangent):
        return cotangent * ctx.saved_tensors[0].exp() * 1.001


class OnceOnly(torch.autograd.Function):
    """The right gradient, whose own gradient is lost."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.exp()

    @staticmethod
    def backward(ctx, cotangent):
        return cotangent * ctx.saved_tensors[0].detach().exp()


class ExpBackward0(torch.autograd.Function):
    """The right gradients and grad_fn name by a copy that no later write reaches."""

    @staticmethod
    def forward(ctx, x):
        ctx.kept = x.detach().clone()
        return x.exp()

    @staticmethod
    def backward(ctx, cotangent):
        return cotangent * ctx.kept.exp()


def silent(*args, **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.add(*args, **kwargs)


def numbers_as_tensors(x, y):
    return torch.add(x, y if isinstance(y, torch.Tensor) else torch.tensor([y]))


def into_a_copy(x, *args, **kwargs):
    return torch.add(x, *args, **kwargs)


def behind_the_version(x, *args, **kwargs):
    x.data.add_(*args, **kwargs)
    return x


X, Y = T(2, 3), T(2, 3)
ADD, EXP = op("add", S(X, Y), tags=("binary", "promotion"))[0], op("exp", S(X))[0]
RESHAPE = op("reshape", S(X, (6,)))[0]

DEFECTS: dict[str, tuple[Case, str, Any]] = {
    "value": (ADD, "forward", defective(add=lambda x, y: torch.add(x, y) + 1e-4)),
    "dtype": (ADD, "forward", defective(add=lambda x, y: torch.add(x, y).double())),
    "shape": (ADD, "forward", defective(add=lambda x, y: torch.add(x, y)[None])),
    "stride": (ADD, "layouts", defective(add=lambda x, y: torch.add(x, y).contiguous())),
    "a copy for a view": (RESHAPE, "forward", defective(reshape=lambda x, s: x.reshape(s).clone())),
    "a view for a copy": (op("clone", S(X))[0], "forward", defective(clone=lambda x: x[:])),
    "an input written": (ADD, "forward", defective(add=lambda x, y: torch.add(x.zero_(), y))),
    "half precision": (EXP, "dtype:float16", defective(exp=lambda x: torch.exp(x) * 1.01)),
    "a dtype accepted": (
        op("logaddexp", S(X, Y))[0],
        "dtype:int64",
        defective(logaddexp=lambda x, y: torch.logaddexp(x.float(), y.float())),
    ),
    "promotion": (ADD, "promotion", defective(add=numbers_as_tensors)),
    "gradient": (EXP, "grad", defective(exp=WrongGradient.apply)),
    "name of grad_fn": (EXP, "grad", defective(exp=OnceOnly.apply)),
    "saved tensors": (EXP, "saved", defective(exp=ExpBackward0.apply)),
    "write to a copy": (ADD, "inplace", defective_tensor(add_=into_a_copy)),
    "version": (ADD, "inplace", defective_tensor(add_=behind_the_version)),
    "history in place": (ADD, "inplace_grad", defective_tensor(add_=behind_the_version)),
    "out ignored": (ADD, "out", defective(add=lambda x, y, out=None: torch.add(x, y))),
    "no warning": (ADD, "out", defective(add=silent)),
    "sign of zero": (
        op("neg", S(V([0.0])), tags=("exact_zeros",))[0],
        "forward",
        defective(neg=lambda x: 0 - x),
    ),
    "source": (source("torch.flip(x, (0,))", {"x": X}), "forward", defective(flip=lambda x, d: x)),
}  # fmt: skip


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_is_noticed(defect):
    case, check, lib = DEFECTS[defect]
    run_check(case, check, torch)
    with pytest.raises(AssertionError):
        run_check(case, check, lib)


def test_a_lost_second_gradient_is_noticed():
    with pytest.raises(AssertionError, match="second grad"):
        run_check(EXP, "grad", defective(exp=OnceOnly.apply))


def _refusing(error: Exception) -> Any:
    def add(*args, **kwargs):
        raise error

    return defective(add=add)


TEXT = "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1"


@pytest.mark.parametrize(
    "lib, accepted",
    [
        (_refusing(RuntimeError(TEXT)), True),
        (_refusing(ValueError(TEXT)), False),
        (_refusing(RuntimeError("sizes do not match")), False),
        (defective(add=lambda x, y: x), False),
    ],
)
def test_a_refusal_compares_type_and_text(lib, accepted):
    refusal = bad("torch.add(x, y)", x=X, y=T(4))
    with contextlib.nullcontext() if accepted else pytest.raises(AssertionError):
        run_refusal(refusal, lib)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "complex64", "bool", "int64", "uint8"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_tensor_is_the_same_in_both_libraries(dtype, layout):
    array = T(2, 3).array("", dtype)
    expected = make_tensor(torch, array, dtype, layout)
    actual = make_tensor(module_under_test(), array, dtype, layout)
    assert_same(actual, expected)
    assert actual.storage_offset() == expected.storage_offset()
    back = to_torch(actual)
    assert back.dtype == expected.dtype and back.stride() == expected.stride()
    assert torch.equal(back, expected)


def test_same_error_wants_an_error_on_both_sides():
    def fail():
        raise ValueError("no")

    same_error(fail, fail)
    for actual, expected in ((fail, int), (int, fail)):
        with pytest.raises(AssertionError):
            same_error(actual, expected)


def test_no_farther_from_double_than_torch_passes():
    """Outside the tolerance of torch's rounding, but nearer to the truth."""
    case = op("sum", S(T(600, lo=0.5, hi=1.0)), dtypes=("bfloat16",))[0]
    nearer = defective(sum=lambda x: torch.sum(x.double()).to(x.dtype))
    run_check(case, "dtype:bfloat16", nearer)


def test_a_case_that_torch_refuses_is_a_defect_of_the_table():
    with pytest.raises(ValueError, match="torch itself refuses"):
        run_check(op("add", S(X, T(4)))[0], "forward", torch)
