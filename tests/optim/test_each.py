"""Ops over lists: what one program for all elements must have in common with a loop."""

import numpy as np
import pytest
import torch

from tests.counting import compilations
from tests.oracle import module_under_test

lib = module_under_test()
pytestmark = pytest.mark.skipif(lib is torch, reason="a mechanism of the package")

TIMES = 10  # past the calls that run element by element


def add():
    from jaxtorch._core.spec import registry

    return registry["add"]


def each(*args, **kwargs):
    from jaxtorch._core.each import dispatch_each

    return dispatch_each(*args, **kwargs)


def test_results_are_fresh_and_like_those_of_the_op():
    xs = [lib.ones(2, 3).t(), lib.tensor([1, 2]), lib.tensor(3.5)]
    ys = [lib.zeros(3, 2), lib.tensor([0.5, 0.5]), lib.tensor([1.0, 2.0])]
    for _ in range(TIMES):
        for got, x, y in zip(each(add(), [xs, ys, 2]), xs, ys, strict=True):
            want = lib.add(x, y, alpha=2)
            assert got.tolist() == want.tolist()
            assert (got.dtype, got.shape, got.stride()) == (want.dtype, want.shape, want.stride())


def test_overlapping_destinations_are_written_in_order():
    for _ in range(TIMES):
        base = lib.zeros(10)
        xs = [base[0:4], base[2:6], lib.zeros(2, 2).t(), lib.zeros(3)]
        ys = [lib.ones(4), lib.full((4,), 2.0), lib.tensor([[1.0, 2.0], [3.0, 4.0]]), lib.ones(3)]
        assert each(add(), [xs, ys, 2.0], (), [xs]) is None
        assert base.tolist() == [2, 2, 6, 6, 4, 4, 0, 0, 0, 0]
        assert xs[2].tolist() == [[2, 4], [6, 8]]
        assert base._version == 2


def test_an_element_sees_what_those_before_it_wrote():
    for _ in range(TIMES):
        a, b, c = lib.ones(2), lib.ones(2), lib.ones(2)
        each(add(), [[b, c], [a, b], 1], (), [[b, c]])
        assert (b.tolist(), c.tolist()) == ([2, 2], [3, 3])


def test_moving_windows_need_no_new_program():
    with lib.engine.eager():  # counts programs of op by op
        rows = lib.zeros(40, 3)
        for i in range(TIMES):
            each(add(), [[rows[i], rows[i + 20]], [lib.ones(3), lib.ones(3)], 1], (), [[rows[i], rows[i + 20]]])
        before = compilations()
        ones = [lib.ones(3), lib.ones(3)]
        for i in range(TIMES, 20):
            each(add(), [[rows[i], rows[i + 20]], ones, 1], (), [[rows[i], rows[i + 20]]])
    assert rows.tolist() == [[1.0] * 3] * 40
    assert compilations() == before


def test_numbers_for_each_element():
    xs = [lib.zeros(2), lib.zeros(3)]
    for _ in range(TIMES):
        out = each(add(), [xs, [1.5, 2], 1])
        assert [o.tolist() for o in out] == [[1.5, 1.5], [2.0, 2.0, 2.0]]


def test_equal_arrays_are_computed_once_and_shared():
    from jaxtorch._core.each import cohorts

    steps = [lib.tensor(1.0) for _ in range(4)]
    steps[2].fill_(5)
    assert cohorts([steps]) == [[0, 1, 3], [2]]
    same = [steps[i] for i in (0, 1, 3)]
    each(add(), [same, 1.0, 1], (), [same])
    assert [s.tolist() for s in steps] == [2, 2, 5, 2]
    assert same[0]._storage.array is same[2]._storage.array
    same[0].add_(1)
    assert [s.tolist() for s in same] == [3, 2, 2]


def test_memory_of_numpy_is_written_through():
    memory = np.zeros((2, 3))
    whole = lib.from_numpy(memory)
    for k in range(TIMES):
        each(add(), [[whole[0], lib.zeros(2)], [lib.ones(3).double(), lib.ones(2)], 1], (), [[whole[0], lib.zeros(2)]])
        assert memory.tolist() == [[k + 1.0] * 3, [0.0] * 3]


def test_gradients_are_taped():
    a, b = lib.ones(2, requires_grad=True), lib.ones(2, requires_grad=True)
    x, y = a * 1, b * 1
    each(add(), [[x, y], [lib.ones(2), lib.ones(2)], 3], (), [[x, y]])
    assert x.grad_fn.name() == "AddBackward0"
    (x.sum() + 2 * y.sum()).backward()
    assert (a.grad.tolist(), b.grad.tolist()) == ([1, 1], [2, 2])


def test_refusals_are_those_of_the_op():
    with pytest.raises(RuntimeError, match="single memory location"):
        each(add(), [[lib.ones(1).expand(3)], [lib.ones(3)], 1], (), [[lib.ones(1).expand(3)]])
    with pytest.raises(RuntimeError, match="can't be cast"):
        each(add(), [[lib.tensor([1])], [lib.ones(1)], 1], (), [[lib.tensor([1])]])
    with pytest.raises(RuntimeError, match="must match the size"):
        each(add(), [[lib.ones(2)], [lib.ones(3)], 1])
    with lib.inference_mode():
        made = lib.ones(2)
    with pytest.raises(RuntimeError, match="[Ii]nference tensor"):
        each(add(), [[made], [lib.ones(2)], 1], (), [[made]])


def test_inside_a_jax_trace():
    import jax

    def total(a, b):
        each(add(), [[a, b], [b, a], 1.0], (), [[a, b]])
        return (a.sum() + b.sum())._value()

    assert jax.jit(total)(lib.ones(2), lib.ones(2)).item() == 2 * 2 + 3 * 2
