"""`torch.testing.assert_close`: passes, refuses and says what PyTorch's does."""

import numpy as np
import pytest
import torch

from ..oracle import module_under_test

LIB = module_under_test()
NAN = float("nan")


def outcome(lib, function, *args, **kwargs) -> tuple:
    """The exception's type and text; empty when there is none."""
    try:
        function(*args, **kwargs)
    except Exception as error:
        return type(error).__name__, str(error).replace("jaxtorch._core.tensor", "torch")
    return ()


CASES = {
    "equal": lambda t: (t.tensor([1.0, 2.0]), t.tensor([1.0, 2.0]), {}),
    "within": lambda t: (t.tensor([1.0]), t.tensor([1.000001]), {}),
    "apart": lambda t: (t.tensor([1.0, 4.0, 5.0]), t.tensor([1.0, 2.0, 3.0]), {}),
    "of two dims": lambda t: (t.arange(6.0).reshape(2, 3), t.arange(6.0).reshape(2, 3) ** 2, {}),
    "exact": lambda t: (t.tensor([1.0, 4.0]), t.tensor([1.0, 2.0]), {"rtol": 0, "atol": 0}),
    "given tolerances": lambda t: (t.tensor([1.0, 2.4]), t.tensor([1.1, 2.0]), {"rtol": 0.1, "atol": 0.01}),
    "loose": lambda t: (t.tensor([1.0, 2.4]), t.tensor([1.1, 2.0]), {"rtol": 0.3, "atol": 0}),
    "rtol alone": lambda t: (t.tensor([1.0]), t.tensor([1.0]), {"rtol": 0.1}),
    "atol alone": lambda t: ([1.0], [1.0], {"atol": 0.1}),
    "negative rtol": lambda t: (t.tensor([1.0]), t.tensor([2.0]), {"rtol": -1.0, "atol": 0.0}),
    "0-dim": lambda t: (t.tensor(1.0), t.tensor(1.5), {}),
    "zero expected": lambda t: (t.tensor([1.0, 0.0]), t.tensor([0.0, 0.0]), {}),
    "empty": lambda t: (t.zeros(0), t.zeros(0), {}),
    "ints": lambda t: (t.tensor([1, 200]), t.tensor([1, 100]), {}),
    "uint8 wraps not": lambda t: (t.tensor([1], dtype=t.uint8), t.tensor([3], dtype=t.uint8), {}),
    "bools": lambda t: (t.tensor([True, False]), t.tensor([True, True]), {}),
    "halves": lambda t: (t.tensor([1.0, 2.0]).half(), t.tensor([1.0, 2.01]).half(), {}),
    "bfloat16": lambda t: (t.tensor([1.0, 2.0]).bfloat16(), t.tensor([1.0, 2.5]).bfloat16(), {}),
    "complex": lambda t: (t.tensor([1 + 1j]), t.tensor([1 + 2j]), {}),
    "doubles": lambda t: (t.tensor([1.0]).double(), t.tensor([1.000001]).double(), {}),
    "float8": lambda t: (t.tensor([1.0, 2.0]).to(t.float8_e4m3fn), t.tensor([1.0, 4.0]).to(t.float8_e4m3fn), {}),
    "dtypes": lambda t: (t.tensor([1.0]), t.tensor([1]), {}),
    "dtypes unchecked": lambda t: (t.tensor([1.0]), t.tensor([2]), {"check_dtype": False}),
    "wide unsigned": lambda t: (
        t.tensor([1], dtype=t.uint16), t.tensor([2], dtype=t.int8), {"check_dtype": False}),
    "loosest dtype": lambda t: (t.tensor([1.0]).half(), t.tensor([1.0005]), {"check_dtype": False}),
    "shapes": lambda t: (t.zeros(2, 3), t.zeros(3, 2), {}),
    "strides": lambda t: (t.zeros(2, 3), t.zeros(3, 2).t(), {"check_stride": True}),
    "strides unchecked": lambda t: (t.zeros(2, 3), t.zeros(3, 2).t(), {}),
    "nan": lambda t: (t.tensor([NAN, 1.0]), t.tensor([NAN, 1.0]), {}),
    "equal nan": lambda t: (t.tensor([NAN, 1.0]), t.tensor([NAN, 1.0]), {"equal_nan": True}),
    "inf": lambda t: (t.tensor([float("inf")]), t.tensor([float("inf")]), {}),
    "requires grad": lambda t: (t.ones(2, requires_grad=True), t.zeros(2), {}),
    "numbers": lambda t: (1.0, 1.5, {}),
    "ints of Python": lambda t: (1, 2, {}),
    "complex numbers": lambda t: (1 + 1j, 1 + 2j, {}),
    "types of numbers": lambda t: (1, 1.0, {}),
    "types unchecked": lambda t: (1, 1.0, {"check_dtype": False}),
    "nan numbers": lambda t: (NAN, NAN, {}),
    "equal nan numbers": lambda t: (NAN, NAN, {"equal_nan": True}),
    "zero number": lambda t: (1.0, 0.0, {}),
    "NumPy's numbers": lambda t: (np.float32(1.0), np.float64(2.0), {}),
    "bool and int": lambda t: (True, 1, {}),
    "bool mismatch": lambda t: ([True], [np.bool_(False)], {}),
    "bool match": lambda t: (np.bool_(True), True, {}),
    "None": lambda t: ([None, None], [None, 3], {}),
    "None alone": lambda t: (None, None, {}),
    "arrays": lambda t: (np.array([1.0, 2.0]), np.array([1.0, 3.0]), {}),
    "array and tensor": lambda t: (np.array([1.0]), t.tensor([1.0]), {}),
    "objects": lambda t: (1, [1], {}),
    "sets": lambda t: ({1}, {1}, {}),
    "strings": lambda t: ("a", "a", {}),
    "lists": lambda t: ([t.zeros(2), t.ones(2)], [t.zeros(2), t.zeros(2)], {}),
    "list and tuple": lambda t: ([1, 2], (1, 2), {}),
    "lengths": lambda t: ([1, [2]], [1, [2, 3]], {}),
    "nested": lambda t: ({"a": [1, {"b": t.ones(1)}]}, {"a": [1, {"b": t.zeros(1)}]}, {}),
    "keys": lambda t: ({"a": 1, "b": 2}, {"a": 1, "c": 2}, {}),
    "structure first": lambda t: ([1, [2]], [5, [2, 3]], {}),
    "first of two": lambda t: ({"b": 1, "a": 2}, {"b": 3, "a": 4}, {}),
    "text": lambda t: ([1.0], [2.0], {"msg": "not so"}),
    "text of structure": lambda t: ([1.0], [], {"msg": "not so"}),
    "function of text": lambda t: ([1.0], [2.0], {"msg": lambda text: f"<{text}>"}),
    "subclass": lambda t: (t.nn.Parameter(t.ones(2)), t.ones(2), {}),
    "no subclass": lambda t: ([t.nn.Parameter(t.ones(2))], [t.ones(2)], {"allow_subclasses": False}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_assert_close(name):
    found = []
    for lib in (LIB, torch):
        actual, expected, options = CASES[name](lib)
        found.append(outcome(lib, lib.testing.assert_close, actual, expected, **options))
    assert found[0] == tuple(s.replace("jaxtorch.", "torch.") for s in found[1])


@pytest.mark.parametrize(
    "make, options",
    [
        (lambda t: (t.tensor([1.0, NAN]), [1, NAN]), {}),
        (lambda t: ([1.0], t.tensor([1.00005]).double()), {}),
        (lambda t: ([1.0], [1.1]), {}),
        (lambda t: ([1.0], [1.1]), {"msg": "so"}),
        (lambda t: ([1.0], [1.1]), {"rtol": 0.2, "atol": 0}),
        (lambda t: ([NAN], [NAN]), {"equal_nan": False}),
        (lambda t: ([1.0], [1.1]), {"rtol": 0.2}),
    ],
)
def test_assert_allclose(make, options):
    found = []
    for lib in (LIB, torch):
        with pytest.warns(FutureWarning, match="assert_allclose"):
            found.append(outcome(lib, lib.testing.assert_allclose, *make(lib), **options))
    assert found[0] == found[1]
