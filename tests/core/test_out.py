"""``out=`` that shares memory with operands: refused where PyTorch refuses it, before or after it is resized."""

import pytest
import torch

from ..oracle import assert_same_trace, module_under_test, run_program

LIB = module_under_test()
GIVEN = {
    "empty": lambda b: b[:0],
    "stretched": lambda b: b[:1].expand(7),
    "part": lambda b: b[1:3],
    "whole": lambda b: b[:3],
    "beside": lambda b: b[20:21],
}
CALLS = {
    "take": lambda lib, x, y, i, o: lib.take(x, i, out=o),
    "cat": lambda lib, x, y, i, o: lib.cat([x], out=o),
    "cat, other": lambda lib, x, y, i, o: lib.cat([x, y], out=o),
    "hstack": lambda lib, x, y, i, o: lib.hstack([x], out=o),
    "stack": lambda lib, x, y, i, o: lib.stack([x], out=o),
    "gather": lambda lib, x, y, i, o: lib.gather(x, 0, i, out=o),
    "gather, other dtype": lambda lib, x, y, i, o: lib.gather(x.double(), 0, i, out=o),
    "gather, no dim": lambda lib, x, y, i, o: lib.gather(x, 3, i, out=o),
    "index_select": lambda lib, x, y, i, o: lib.index_select(x, 0, i, out=o),
    "masked_select": lambda lib, x, y, i, o: lib.masked_select(x, x > 0, out=o),
    "index_add": lambda lib, x, y, i, o: lib.index_add(x, 0, i, x[:2], out=o),
    "index_add, other": lambda lib, x, y, i, o: lib.index_add(x, 0, i, y, out=o),
    "index_copy": lambda lib, x, y, i, o: lib.index_copy(x, 0, i, x[:2], out=o),
    "index_copy, other": lambda lib, x, y, i, o: lib.index_copy(x, 0, i, y, out=o),
    "scatter": lambda lib, x, y, i, o: lib.scatter(x, 0, i, x[:2], out=o),
    "scatter, other": lambda lib, x, y, i, o: lib.scatter(x, 0, i, y, out=o),
    "scatter, number": lambda lib, x, y, i, o: lib.scatter(x, 0, i, 2, out=o),
    "scatter_add": lambda lib, x, y, i, o: lib.scatter_add(x, 0, i, x[:2], out=o),
    "add": lambda lib, x, y, i, o: lib.add(x, 1, out=o),
}


@pytest.mark.parametrize("given", GIVEN)
def test_memory_shared_with_operands(given):
    def program(lib, trace):
        for name, call in CALLS.items():
            b = lib.arange(30.0)
            out = GIVEN[given](b)
            trace.observe(name, lambda: call(lib, b[:3], b[10:12], lib.tensor([0, 1]), out))  # noqa: B023
            trace.observe(f"{name}, afterwards", lambda: (b, out.shape, out.stride()))  # noqa: B023

    assert_same_trace(run_program(program, LIB), run_program(program, torch))


def test_operands_that_are_the_out():
    def program(lib, trace):
        x, y = lib.zeros(0), lib.ones(2, 3)
        trace.observe("grown over another", lambda: lib.cat((x, y), out=x))
        trace.observe("empty", lambda: lib.cat((lib.zeros(0), x[:0]), out=x[:0]))
        trace.observe("too few", lambda: lib.max(y, 0, out=(lib.zeros(3),)))

    assert_same_trace(run_program(program, LIB), run_program(program, torch))


def test_functions_with_two_results():
    def program(lib, trace):
        a = lib.tensor([[1.0, 2.0], [3.0, 4.0]])
        whole = lambda *shape: lib.zeros(*shape, dtype=lib.int64)  # noqa: E731
        trace.observe("lu", lambda: lib.lu(a, out=(lib.zeros(0), whole(0))))
        trace.observe("lu, with info", lambda: lib.lu(a, get_infos=True, out=[lib.zeros(0), whole(0), whole(0)]))
        trace.observe("lu, one", lambda: lib.lu(a, out=(lib.zeros(0),)))
        trace.observe("lu, a tensor", lambda: lib.lu(a, out=lib.zeros(2)))
        trace.observe("lu, info", lambda: type(a.lu(get_infos=True)).__name__)
        x = lib.arange(8.0).view(1, 2, 2, 2)
        outs = lambda d=None: (lib.zeros(0, dtype=d), lib.zeros(0), lib.zeros(0))  # noqa: E731
        norm = lambda o: lib.native_batch_norm(x, None, None, None, None, True, 0.1, 1e-5, out=o)  # noqa: E731
        trace.observe("batch norm", lambda: norm(outs()))
        trace.observe("batch norm, dtype", lambda: norm(outs(lib.float64)))

    assert_same_trace(run_program(program, LIB), run_program(program, torch))
