"""torch.quasirandom: the points of Sobol' sequences are PyTorch's, number for number."""

import pytest
import torch

from ..oracle import assert_same_trace, module_under_test, run_program

LIB = module_under_test()


@pytest.mark.parametrize("scramble", [False, True])
@pytest.mark.parametrize("dimension", [1, 2, 7, 300])
def test_points(dimension, scramble):
    def program(lib, trace):
        lib.manual_seed(3)
        engine = lib.quasirandom.SobolEngine(dimension, scramble=scramble)
        trace.observe("state", lambda: (engine.sobolstate, engine.shift, engine.quasi, repr(engine)))
        trace.observe("one", lambda: (engine.draw(), engine.num_generated, engine.quasi))
        trace.observe("five", lambda: engine.draw(5))
        trace.observe("one more", lambda: engine.draw(dtype=lib.float64))
        trace.observe("further", lambda: (engine.fast_forward(20).draw(3), engine.num_generated, engine.quasi))
        trace.observe("again", lambda: engine.reset().draw(9))
        trace.observe("into", lambda: engine.draw(2, out=lib.zeros(0)))
        trace.observe("the generator goes on", lambda: lib.rand(2))

    assert_same_trace(run_program(program, LIB), run_program(program, torch))


def test_seeds_and_refusals():
    def program(lib, trace):
        make = lib.quasirandom.SobolEngine
        engine = make(3, scramble=True, seed=1234)
        trace.observe("balanced", lambda: (engine.draw_base2(3), engine.draw_base2(3), repr(engine)))
        trace.observe("unbalanced", lambda: engine.draw_base2(2))
        trace.observe("passed over first", lambda: make(3).fast_forward(7).draw(2))
        trace.observe("passed over none", lambda: make(3).fast_forward(0).draw(2))
        trace.observe("none", lambda: make(2).draw(0))
        trace.observe("none later", lambda: (engine.draw(0), engine.num_generated))
        trace.observe("half", lambda: make(2).draw(2, dtype=lib.float16))
        trace.observe("half, one", lambda: make(2).draw(1, dtype=lib.float16))
        for dimension in (0, 21202):
            trace.observe(str(dimension), lambda: make(dimension))  # noqa: B023
        trace.observe("the last dimension", lambda: make(21201).sobolstate[-3:])

    assert_same_trace(run_program(program, LIB), run_program(program, torch))
