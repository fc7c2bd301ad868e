"""linear_cross_entropy(options=...): the batch in chunks."""

import pytest
import torch

from ..oracle import assert_same_trace, module_under_test, run_program

LIB = module_under_test()
OPTIONS = [{"batch_chunk_size": 4}, {"chunking_method": "aspect_ratio"}]


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_values_and_gradients(reduction, options):
    def program(lib, trace):
        lib.manual_seed(0)
        x, w, b = (lib.randn(*s, dtype=lib.float64, requires_grad=True) for s in ((6, 4), (5, 4), (5,)))
        target = lib.tensor([0, 1, 2, 3, 4, -100])
        for name, more in {
            "plain": {}, "all": {"linear_bias": b, "weight": lib.arange(5.0, dtype=lib.float64), "ignore_index": 2},
        }.items():  # fmt: skip
            y = target.clamp(0) if name == "all" else target
            given = lib.nn.LinearCrossEntropyOptions(**options)
            out = lib.nn.functional.linear_cross_entropy(x, w, y, reduction=reduction, options=given, **more)
            trace.observe(name, lambda: (out, type(out.grad_fn).__name__))  # noqa: B023
            x.grad = w.grad = b.grad = None
            (out * out).sum().backward()
            trace.observe(f"{name}, gradients", lambda: (x.grad, w.grad, b.grad))

    assert_same_trace(run_program(program, LIB), run_program(program, torch))


def test_halves_are_computed_in_float32():
    def program(lib, trace):
        x, w = lib.arange(24.0).view(6, 4).sin().bfloat16(), lib.arange(20.0).view(5, 4).cos().bfloat16()
        for reduction in ("mean", "none"):
            trace.observe(reduction, lambda: lib.nn.functional.linear_cross_entropy(
                x, w, lib.arange(6) % 5, reduction=reduction, options=lib.nn.LinearCrossEntropyOptions()))  # noqa: B023

    assert_same_trace(run_program(program, LIB), run_program(program, torch))


def test_what_is_refused():
    def program(lib, trace):
        make, x, w = lib.nn.LinearCrossEntropyOptions, lib.ones(6, 4), lib.ones(5, 4)
        loss, y = lib.nn.functional.linear_cross_entropy, lib.tensor([0, 1, 2, 3, 4, 4])
        for given in ({"batch_chunk_size": 0}, {"acc_policy": "x"}, {"chunking_method": "x"}, {"acc_dtype": lib.int32}):
            trace.observe(str(given), lambda: make(**given))  # noqa: B023
        trace.observe("repr", lambda: repr(make()))
        given = make(batch_chunk_size=3, chunking_method="aspect_ratio")
        trace.observe("two sizes", lambda: loss(x, w, y, options=given))
        trace.observe("no class", lambda: loss(x, w, y + 3, options=make()))
        trace.observe("accumulator", lambda: loss(x, w, y, options=make(acc_dtype=lib.float64)))
        trace.observe("dtypes", lambda: loss(x, w.double(), y, options=make()))
        trace.observe("smoothed", lambda: loss(x, w, y, label_smoothing=0.1, options=make()), warned=True)
        trace.observe("empty", lambda: (loss(x[:0], w, y[:0], options=make()), loss(x[0], w, y[0], options=make())))

    assert_same_trace(run_program(program, LIB), run_program(program, torch))


def test_the_module():
    def program(lib, trace):
        lib.manual_seed(0)
        module = lib.nn.LinearCrossEntropyLoss(4, 5, out_features=(2,), bias=True)
        trace.observe("text", lambda: (repr(module), list(module.state_dict())))
        trace.observe("loss", lambda: module(lib.ones(3, 4), lib.tensor([[0, 1], [2, 3], [4, 0]])))
        chunked = lib.nn.LinearCrossEntropyLoss(4, 5, options=lib.nn.LinearCrossEntropyOptions(batch_chunk_size=2))
        trace.observe("in chunks", lambda: chunked(lib.ones(3, 4), lib.tensor([0, 1, 2])))

    assert_same_trace(run_program(program, LIB), run_program(program, torch))
