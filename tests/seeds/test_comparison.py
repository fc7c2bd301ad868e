"""The comparison must be able to fail."""

from __future__ import annotations

import pytest

from .comparison import Closeness, assert_same_text, last_unit


@pytest.mark.parametrize(
    "decimal, unit",
    [("0.4984", 1e-4), ("34562896.", 1.0), ("9.8954e-05", 1e-9), ("-1.5", 0.1), ("1e-06", 1e-6)],
)
def test_last_unit(decimal: str, unit: float) -> None:
    assert last_unit(decimal) == pytest.approx(unit, rel=1e-12)


@pytest.mark.parametrize(
    "actual, expected, closeness",
    [
        ("tensor(1.)", "tensor(1.)", None),
        ("0 tensor(34562896.)", "0 tensor(34562898.)", Closeness(1e-6)),
        ("tensor(0.0001)", "tensor(9.9954e-05)", Closeness(1e-6)),
        ("tensor(0.0001)", "tensor(0.0002)", Closeness(1e-6)),
        ("3.0595e-05", "3.0900e-05", Closeness(1e-6, root=5e-4)),
    ],
)
def test_same(actual: str, expected: str, closeness: Closeness | None) -> None:
    assert_same_text(actual, expected, closeness)


@pytest.mark.parametrize(
    "actual, expected, closeness",
    [
        ("tensor(1.)", "tensor(1.0000)", None),
        ("tensor(0.4984)", "tensor(0.4985)", None),
        ("0 tensor(34562896.)", "0 tensor(34562996.)", Closeness(1e-6)),
        ("0 tensor(2.)", "1 tensor(2.)", Closeness(1.0)),
        ("tensor(2.)", "tensor(2., grad_fn=<SumBackward0>)", Closeness(1.0)),
        ("tensor(nan)", "tensor(2.)", Closeness(1.0)),
        ("tensor(inf)", "tensor(2.)", Closeness(1.0)),
        ("tensor(-2.)", "tensor(2.)", Closeness(1e-6)),
        ("1.0\n2.0", "1.0", Closeness(1.0)),
        ("tensor(0.0001)", "tensor(0.0003)", Closeness(1e-6)),
        ("3.0595e-05", "3.9900e-05", Closeness(1e-6, root=5e-4)),
    ],
)
def test_different(actual: str, expected: str, closeness: Closeness | None) -> None:
    with pytest.raises(AssertionError):
        assert_same_text(actual, expected, closeness)
