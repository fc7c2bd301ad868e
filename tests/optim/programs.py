"""Small optimisation programs that run on either library, from the same numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

SHAPES = ((3, 4), (16,))


def values(rng: np.random.Generator, shape: tuple, dtype: str) -> np.ndarray:
    """Random numbers, complex where the dtype is."""
    x = rng.standard_normal(shape)
    return x + 1j * rng.standard_normal(shape) if dtype.startswith("complex") else x


def parameters(lib: Any, dtype: str = "float64", shapes: tuple = SHAPES, seed: int = 0) -> list:
    """Leaf tensors of fixed random values."""
    rng = np.random.default_rng(seed)
    kind = getattr(lib, dtype)
    return [lib.tensor(values(rng, s, dtype), dtype=kind).requires_grad_() for s in shapes]


def give_gradients(lib: Any, params: list, seed: int) -> None:
    """Fixed random gradients, different for each seed."""
    rng = np.random.default_rng(1000 + seed)
    for p in params:
        name = str(p.dtype).rpartition(".")[2]
        p.grad = lib.tensor(values(rng, tuple(p.shape), name), dtype=p.dtype)


def run(lib: Any, name: str, options: dict, dtype: str = "float64", steps: int = 20, **kwargs: Any):
    """An optimizer after some steps, with its parameters."""
    params = parameters(lib, dtype, **kwargs)
    optimizer = getattr(lib.optim, name)(params, **options)
    for k in range(steps):
        give_gradients(lib, params, k)
        optimizer.step()
    return optimizer, params


def numbers(optimizer: Any, params: list) -> dict[str, np.ndarray]:
    """The values of parameters and of their state, by name."""
    found = {}
    for i, p in enumerate(params):
        found[f"param {i}"] = np.array(p.detach().tolist())
        for name, v in optimizer.state[p].items():
            found[f"{name} {i}"] = np.array(v.tolist() if hasattr(v, "tolist") else v)
    return found


def assert_close(actual: dict, expected: dict, rtol: float) -> None:
    """Every number within ``rtol`` of what is expected."""
    assert actual.keys() == expected.keys()
    for name, want in expected.items():
        np.testing.assert_allclose(actual[name], want, rtol=rtol, atol=1e-300, err_msg=name)
