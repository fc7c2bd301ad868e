"""torch.nn.init against torch: a seed gives the same values, and bad input the same errors."""

from __future__ import annotations

import pytest
import torch

from tests.nn.programs import compare
from tests.oracle import (
    Trace,
    assert_same_trace,
    module_under_test,
    run_program,
    same_error,
    to_numpy,
    tolerances,
)

FILLS = (
    "uniform_({})", "uniform_({}, -2, 3)", "normal_({})", "normal_({}, 1, 0.5)",
    "constant_({}, 2.5)", "ones_({})", "zeros_({})", "eye_({})", "xavier_uniform_({})",
    "xavier_uniform_({}, 2.0)", "xavier_normal_({})", "kaiming_uniform_({})",
    "kaiming_uniform_({}, 5 ** 0.5)", "kaiming_uniform_({}, mode='fan_out', nonlinearity='relu')",
    "kaiming_normal_({})", "kaiming_normal_({}, 0.1, 'fan_out', 'tanh')", "trunc_normal_({})",
    "trunc_normal_({}, 0.5, 2.0, -1.0, 3.0)", "trunc_normal_({}, 0.0, 1.0, 1.0, 2.0)",
    "trunc_normal_({}, 0.0, 1.0, -0.1, 0.1)", "sparse_({}, 0.3)", "sparse_({}, 0.75, 2.0)",
)  # fmt: skip
#: What goes through a matrix factorization is the same up to rounding only.
ROUNDED = ("orthogonal_({})", "orthogonal_({}, 2.0)")
SHAPES = ("torch.empty(6, 8)", "torch.empty(8, 6).t()", "torch.empty(3, 4, dtype=torch.float64)")
#: Values whose shape has more than two dimensions.
DEEP = tuple(
    f.format(shape)
    for shape in ("torch.empty(4, 6, 3)", "torch.empty(6, 2, 3, 2)")
    for f in (
        "xavier_uniform_({})",
        "kaiming_normal_({}, mode='fan_out')",
        "dirac_({})",
        "dirac_({}, 2)",
    )
)
PLACES = (
    "dirac_(torch.empty(3, 5, 4))", "dirac_(torch.empty(5, 3, 1, 2))",
    "dirac_(torch.empty(4, 2, 3, 3, 3), 2)", "uniform_(torch.empty(20)[3:15])",
    "normal_(torch.empty(6, 6)[:, ::2])", "trunc_normal_(torch.empty(0))",
)  # fmt: skip


def run(source: str, lib) -> Trace:
    def program(lib, trace: Trace):
        scope = {f: getattr(lib.nn.init, f) for f in lib.nn.init.__all__} | {"torch": lib}
        lib.manual_seed(42)
        filled = trace.attempt("filled", lambda: eval(source, scope))
        trace.note("bytes", to_numpy(filled).tobytes().hex())
        trace.note("the next draw", lib.rand(1).item())

    return run_program(program, lib)


@pytest.mark.parametrize(
    "source", [f.format(s) for f in FILLS for s in SHAPES] + list(DEEP) + list(PLACES)
)
def test_values(source):
    assert_same_trace(run(source, module_under_test()), run(source, torch))


@pytest.mark.parametrize(
    "source", [f.format(s) for f in ROUNDED for s in (*SHAPES, "torch.empty(4, 2, 3)")]
)
def test_orthogonal(source):
    ours, theirs = run(source, module_under_test()), run(source, torch)
    ours.facts = [f for f in ours.facts if f[0] != "bytes"]
    theirs.facts = [f for f in theirs.facts if f[0] != "bytes"]
    assert_same_trace(ours, theirs)
    assert tolerances("float32")[0] < 1e-5, "the comparison above is of values"


def test_parameters_are_filled_outside_the_graph():
    def program(lib, trace: Trace):
        p = lib.nn.Parameter(lib.empty(3, 4))
        for name in (
            "uniform_",
            "normal_",
            "ones_",
            "zeros_",
            "eye_",
            "xavier_uniform_",
            "kaiming_normal_",
            "trunc_normal_",
        ):
            out = getattr(lib.nn.init, name)(p)
            trace.note(name, [out is p, p.requires_grad, p.is_leaf])
        lib.nn.init.constant_(p, 3)
        trace.note("constant", p.detach())

    compare(program)


def test_a_generator_of_one_s_own():
    def program(lib, trace: Trace):
        for name in (
            "uniform_",
            "normal_",
            "xavier_uniform_",
            "xavier_normal_",
            "kaiming_uniform_",
            "kaiming_normal_",
            "trunc_normal_",
        ):
            g = lib.Generator().manual_seed(5)
            trace.note(
                name,
                to_numpy(getattr(lib.nn.init, name)(lib.empty(4, 5), generator=g)).tobytes().hex(),
            )

    compare(program)


@pytest.mark.parametrize(
    "source",
    [
        "xavier_uniform_(torch.empty(3))", "kaiming_uniform_(torch.empty(3))",
        "kaiming_uniform_(torch.empty(3, 3), mode='up')",
        "kaiming_uniform_(torch.empty(3, 3), nonlinearity='sin')", "calculate_gain('sin')",
        "calculate_gain('leaky_relu', 'a')", "calculate_gain('leaky_relu', True)",
        "eye_(torch.empty(3))", "dirac_(torch.empty(3, 3))", "dirac_(torch.empty(3, 3, 3), 2)",
        "sparse_(torch.empty(3), 0.5)", "orthogonal_(torch.empty(3))",
        "uniform_(torch.empty(3), 2, 1)", "normal_(torch.empty(3), 0, -1)",
        "uniform_(torch.ones(3, dtype=torch.int64))",
    ],
)  # fmt: skip
def test_refusals(source):
    def call(lib):
        eval(source, {f: getattr(lib.nn.init, f) for f in lib.nn.init.__all__} | {"torch": lib})

    same_error(lambda: call(module_under_test()), lambda: call(torch))


def test_gains():
    def program(lib, trace: Trace):
        names = (
            "linear",
            "conv1d",
            "conv_transpose3d",
            "sigmoid",
            "tanh",
            "relu",
            "leaky_relu",
            "selu",
        )
        trace.note("gains", [lib.nn.init.calculate_gain(n) for n in names])
        trace.note(
            "slopes", [lib.nn.init.calculate_gain("leaky_relu", s) for s in (0, 0.2, 5**0.5)]
        )

    compare(program)


def test_warnings():
    def program(lib, trace: Trace):
        init = lib.nn.init
        for name in ("uniform", "normal", "eye", "xavier_uniform", "kaiming_normal", "constant"):
            args = (2.5,) if name == "constant" else ()
            trace.observe(
                name,
                lambda n=name, a=args: getattr(init, n)(lib.empty(2, 2), *a).shape,
                warned=True,
            )
            trace.note(f"{name}: name", getattr(init, name).__name__)
        trace.observe("empty", lambda: init.kaiming_uniform_(lib.empty(0, 2)), warned=True)
        trace.observe("far", lambda: init.trunc_normal_(lib.empty(0), 5.0, 1.0), warned=True)
        trace.observe("no features", lambda: repr(lib.nn.Linear(0, 2)), warned=True)

    compare(program)
