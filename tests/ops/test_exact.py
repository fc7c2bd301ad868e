"""Results that are PyTorch's to the last bit, where a compiler is tempted to compute something else."""

import numpy as np
import pytest

import jaxtorch

torch = pytest.importorskip("torch")

DIVISIONS = {
    "a row": lambda lib, x, y: x / y,
    "a number": lambda lib, x, y: x / 3.7,
    "one element": lambda lib, x, y: x / y[3],
    "of a number": lambda lib, x, y: 1.7 / x,
    "in place": lambda lib, x, y: x.clone().div_(y),
    "rounded not at all": lambda lib, x, y: lib.div(x, y, rounding_mode=None),
}


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("form", DIVISIONS)
def test_division(form, dtype, compiled):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(30, 40)).astype(dtype), rng.normal(size=40).astype(dtype)
    divide = DIVISIONS[form]
    run = jaxtorch.compile(divide, fullgraph=True) if compiled else divide
    found = run(jaxtorch, jaxtorch.from_numpy(x.copy()), jaxtorch.from_numpy(y.copy())).numpy()
    expected = divide(torch, torch.from_numpy(x), torch.from_numpy(y)).numpy()
    assert (found == expected).all()
