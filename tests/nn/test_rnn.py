"""Recurrent modules against torch: states, packed input, what they keep, and what they refuse."""

from __future__ import annotations

import copy

import jax
import numpy as np
import pytest
import torch

from tests.nn.programs import built, compare
from tests.oracle import (
    TensorFacts,
    Trace,
    make_tensor,
    module_under_test,
    same_error,
    to_numpy,
)  # fmt: skip
from tests.sampling import diagonals


def ramp(lib, *shape):
    size = int(np.prod(shape))
    return make_tensor(lib, np.sin(np.arange(size, dtype=np.float32)).reshape(shape))


STATES = {
    "RNN(3, 4, 2)": (2, 4),
    "GRU(3, 4, bidirectional=True, batch_first=True)": (2, 4),
    "LSTM(3, 4, 2, bidirectional=True)": (4, 4),
    "LSTM(3, 4, proj_size=2, batch_first=True)": (1, 2),
}


def state_for(lib, source: str, *batch: int):
    layers, hidden = STATES[source]
    h = ramp(lib, layers, *batch, hidden).requires_grad_()
    if not source.startswith("LSTM"):
        return h
    return h, (ramp(lib, layers, *batch, 4) * 0.5).detach().requires_grad_()


def run(lib, trace: Trace, module, x, state) -> None:
    out, last = module(x, state)
    rows = out.data if hasattr(out, "batch_sizes") else out
    trace.note("output", rows)
    trace.note("last state", last)
    lasts = last if isinstance(last, tuple) else (last,)
    results = [rows, *lasts]
    lib.autograd.backward(results, [t.detach() for t in results])
    states = state if isinstance(state, tuple) else (state,)
    for name, leaf in [
        *module.named_parameters(),
        *((f"state {i}", s) for i, s in enumerate(states)),
    ]:
        trace.note(f"gradient of {name}", TensorFacts.values_of(leaf.grad))


# torch's own, once a process
pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")


@pytest.mark.parametrize("source", STATES)
def test_a_given_state(source):
    def program(lib, trace: Trace):
        module = built(lib, source)
        shape = (2, 5, 3) if "batch_first" in source else (5, 2, 3)
        run(lib, trace, module, ramp(lib, *shape), state_for(lib, source, 2))

    compare(program)


@pytest.mark.parametrize("source", STATES)
def test_without_a_batch(source):
    def program(lib, trace: Trace):
        run(lib, trace, built(lib, source), ramp(lib, 5, 3), state_for(lib, source))

    compare(program)


@pytest.mark.parametrize("source", STATES)
@pytest.mark.parametrize("lengths", [(4, 2, 1), (1, 4, 2)])
def test_packed(source, lengths):
    def program(lib, trace: Trace):
        module, rnn = built(lib, source), lib.nn.utils.rnn
        x = ramp(lib, 4, 3, 3)
        packed = rnn.pack_padded_sequence(x, list(lengths), enforce_sorted=lengths[0] == 4)
        run(lib, trace, module, packed, state_for(lib, source, 3))
        out, last = module(packed)
        trace.note("of no state", [out, last])
        trace.note("padded", rnn.pad_packed_sequence(out))

    compare(program)


EACH = [
    "RNN(3, 4)", "RNN(3, 4, nonlinearity='relu')", "GRU(3, 4, bidirectional=True)", "LSTM(3, 4)",
    "LSTM(3, 4, proj_size=2)",
]  # fmt: skip


@pytest.mark.parametrize("source, packed", diagonals(EACH, [False, True], 2, (EACH[2], EACH[4])))
def test_gradients_of_gradients(source, packed):
    """In float64: PyTorch has no second derivative of its float32 LSTM."""

    def program(lib, trace: Trace):
        module = built(lib, source).double()
        x = ramp(lib, 4, 3, 3).double()
        x.requires_grad_()
        data = lib.nn.utils.rnn.pack_padded_sequence(x, [4, 2, 1]) if packed else x
        out, last = module(data)
        lasts = last if isinstance(last, tuple) else (last,)
        # by half the sum of squares, whose cotangents are the results themselves, history and all
        results = [out.data if packed else out, *lasts]
        leaves = [x, *module.parameters()]
        first = lib.autograd.grad(results, leaves, results, create_graph=True)
        second = lib.autograd.grad(first, leaves, [g.detach() for g in first])
        trace.note("first", [TensorFacts.values_of(g) for g in first])
        trace.note("second", [TensorFacts.values_of(g) for g in second])

    compare(program)


def of_a_weight(lib, source):
    """A module as a function of one weight, and two values of that."""
    module, x = built(lib, source).double(), ramp(lib, 4, 3, 3).double()
    w = module.weight_hh_l0.detach()

    def call(w):
        return lib.func.functional_call(module, {"weight_hh_l0": w}, (x,))[0]

    return call, w, ramp(lib, *w.shape).double()


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")  # in torch's own jvp
@pytest.mark.parametrize("source", EACH)
def test_forward_mode(source):
    def program(lib, trace: Trace):
        call, w, tangent = of_a_weight(lib, source)
        run = lib.func.jvp if lib is torch else jax.jvp
        trace.note("jvp", [TensorFacts.values_of(t.detach()) for t in run(call, (w,), (tangent,))])

    compare(program)


@pytest.mark.parametrize("source", EACH)
def test_vmap(source):
    """PyTorch has none of recurrent networks."""
    lib = module_under_test()
    call, *weights = of_a_weight(lib, source)
    gradient = lib.func.grad(lambda w: (call(w) ** 3).sum())
    for f in (call, gradient):
        many = lib.func.vmap(f)(lib.stack(weights))
        for one, w in zip(many, weights, strict=True):
            np.testing.assert_allclose(to_numpy(one.detach()), to_numpy(f(w).detach()), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("source", EACH)
def test_nan_stays_in_its_sequence(source):
    def program(lib, trace: Trace):
        module, rnn = built(lib, source), lib.nn.utils.rnn
        values = np.sin(np.arange(24, dtype=np.float32)).reshape(4, 2, 3)
        values[0, 0, 0] = np.nan
        x = make_tensor(lib, values).requires_grad_()
        out = module(rnn.pack_padded_sequence(x, [4, 2]))[0].data
        (out * out).sum().backward()
        trace.note("output", out)
        trace.note("gradient", TensorFacts.values_of(x.grad))

    compare(program)


def test_packed_equals_each_sequence_alone():
    lib = module_under_test()
    module, rnn = built(lib, "GRU(3, 4, bidirectional=True)"), lib.nn.utils.rnn
    x, lengths = ramp(lib, 4, 3, 3), (4, 2, 1)
    out, _ = rnn.pad_packed_sequence(module(rnn.pack_padded_sequence(x, list(lengths)))[0])
    for i, n in enumerate(lengths):
        alone, _ = module(x[:n, i])
        assert np.allclose(to_numpy(out[:n, i]), to_numpy(alone), atol=1e-6)
        assert not to_numpy(out[n:, i]).any()


@pytest.mark.parametrize("training", [True, False])
def test_dropout_between_layers(training):
    def program(lib, trace: Trace):
        module = built(lib, "LSTM(3, 4, 3, dropout=0.5)").train(training)
        lib.manual_seed(3)
        trace.note("output", module(ramp(lib, 5, 2, 3))[0])
        trace.note("the next draw", lib.rand(1))

    compare(program)


def test_what_the_module_keeps():
    def program(lib, trace: Trace):
        module = built(lib, "LSTM(3, 4, 2, bidirectional=True, proj_size=2)")
        shapes = [[tuple(p.shape) for p in layer] for layer in module.all_weights]
        trace.note("all_weights", shapes)
        trace.note("names", [module._flat_weights_names, module._all_weights])
        trace.note("same", module.all_weights[0][0] is module.weight_ih_l0)
        trace.note("flatten", module.flatten_parameters())
        trace.note(
            "settings", [module.mode, module.dropout, module.proj_size, module.bidirectional]
        )
        other = copy.deepcopy(module)
        trace.note("copy", [repr(other), other.all_weights[0][0] is other.weight_ih_l0])
        trace.note("copy runs", other(ramp(lib, 5, 2, 3))[0])
        module.weight_ih_l0 = lib.nn.Parameter(lib.zeros(16, 3))
        trace.note("a new parameter", module(ramp(lib, 5, 2, 3))[0])
        module.double()
        trace.note("double", module(ramp(lib, 5, 2, 3).double())[0])
        trace.note(
            "nonlinearity", [built(lib, "RNN(1, 1)").nonlinearity, built(lib, "RNN(1, 1)").mode]
        )
        module.reset_parameters()
        trace.note("reset", lib.rand(1))

    compare(program)


def test_replacing_a_parameter_by_a_tensor():
    """What weight dropout does: the parameter goes, a tensor made of it takes its name."""

    def program(lib, trace: Trace):
        module = built(lib, "GRU(3, 4)")
        raw = module.weight_hh_l0
        del module._parameters["weight_hh_l0"]
        module.weight_hh_l0 = raw * 0.5
        out, _ = module(ramp(lib, 5, 2, 3))
        out.sum().backward()
        trace.note("output", out)
        trace.note("gradient", TensorFacts.values_of(raw.grad))

    compare(program)


@pytest.mark.parametrize(
    "code",
    [
        "RNN(0, 3)", "RNN(3, 0)", "RNN(3, 4, 0)", "RNN(3.0, 4)", "RNN(3, 4.0)", "RNN(3, 4, bias=1)",
        "RNN(3, 4, batch_first=1)", "RNN(3, 4, dropout=1.5)", "RNN(3, 4, dropout=True)",
        "RNN(3, 4, nonlinearity='sin')", "RNN(3, 4, 1, 'sin')", "RNN(3, 4, proj_size=2)",
        "GRU(3, 4, proj_size=2)", "LSTM(3, 4, proj_size=4)", "LSTM(3, 4, proj_size=-1)",
        "RNNBase('ABC', 3, 4)", "LSTM()", "LSTM(3)", "RNN(3, 4, unknown=1)", "GRU(3, 4, unknown=1)",
        "RNN(3, 4)(torch.zeros(5, 2, 2))", "RNN(3, 4)(torch.zeros(3))",
        "RNN(3, 4)(torch.zeros(0, 2, 3))", "LSTM(3, 4)(torch.zeros(0, 3))",
        "GRU(3, 4, batch_first=True)(torch.zeros(2, 0, 3))",
        "LSTM(3, 4)(torch.zeros(3))", "GRU(3, 4)(torch.zeros(1, 1, 1, 3))",
        "LSTM(3, 4)(torch.zeros(5, 2, 2))", "RNN(3, 4)(torch.zeros(5, 2, 3, dtype=torch.float64))",
        "RNN(3, 4)(torch.zeros(5, 2, 3), torch.zeros(1, 2, 5))",
        "RNN(3, 4)(torch.zeros(5, 2, 3), torch.zeros(2, 4))",
        "RNN(3, 4)(torch.zeros(5, 3), torch.zeros(1, 1, 4))",
        "GRU(3, 4, 2)(torch.zeros(5, 2, 3), torch.zeros(1, 2, 4))",
        "LSTM(3, 4)(torch.zeros(5, 2, 3), (torch.zeros(1, 2, 5), torch.zeros(1, 2, 4)))",
        "LSTM(3, 4)(torch.zeros(5, 2, 3), (torch.zeros(1, 2, 4), torch.zeros(1, 3, 4)))",
        "LSTM(3, 4)(torch.zeros(5, 2, 3), (torch.zeros(2, 4), torch.zeros(1, 2, 4)))",
        "LSTM(3, 4)(torch.zeros(5, 3), (torch.zeros(1, 1, 4), torch.zeros(1, 1, 4)))",
        "GRU(3, 4)(utils.rnn.pack_sequence([torch.zeros(2, 5)]))",
        "GRU(3, 4)(utils.rnn.pack_sequence([torch.zeros(2, 3)]), torch.zeros(1, 2, 4))",
        "RNNCell(3, 4)(torch.zeros(2, 3, 1))",
        "RNNCell(3, 4)(torch.zeros(2, 3), torch.zeros(1, 2, 4))",
        "RNNCell(3, 4, nonlinearity='sin')(torch.zeros(2, 3))",
        "LSTMCell(3, 4)(torch.zeros(2, 3, 1))",
        "LSTMCell(3, 4)(torch.zeros(2, 3), (torch.zeros(2, 4), torch.zeros(1, 2, 4)))",
        "GRUCell(3, 4)(torch.zeros(2, 3, 1))",
        "GRUCell(3, 4)(torch.zeros(2, 3), torch.zeros(1, 2, 4))",
        "RNNCell(3, 4)(torch.zeros(2, 5))", "RNNCell(3, 4)(torch.zeros(2, 3), torch.zeros(3, 4))",
        "LSTMCell(3, 4)(torch.zeros(2, 3), (torch.zeros(2, 5), torch.zeros(2, 4)))",
        "LSTMCell(3, 4)(torch.zeros(2, 3), (torch.zeros(2, 4), torch.zeros(2, 5)))",
        "GRUCell(3, 4)(torch.zeros(2, 3), torch.zeros(2, 5))",
    ],
)  # fmt: skip
def test_refusals(code):
    def call(lib):
        eval(f"nn.{code}", {"nn": lib.nn, "torch": lib, "utils": lib.nn.utils})

    same_error(lambda: call(module_under_test()), lambda: call(torch))


@pytest.mark.parametrize(
    "state",
    [
        "",
        ", (torch.zeros(1, 3, 4), torch.zeros(1, 3, 4))",
        ", (torch.zeros(1, 2, 5), torch.zeros(1, 2, 5))",
    ],
)
def test_lstm_refuses_packed_input_that_does_not_fit(state):
    """The type of error is PyTorch's; its text there is that of the product that fails."""

    def call(lib):
        rnn = lib.nn.utils.rnn
        packed = rnn.pack_sequence([lib.zeros(2, 3), lib.zeros(1, 3)])
        source = f"nn.LSTM({3 if state else 5}, 4)(packed{state})"
        eval(source, {"nn": lib.nn, "torch": lib, "packed": packed})

    for lib in (module_under_test(), torch):
        with pytest.raises(RuntimeError):
            call(lib)


def test_warnings():
    def program(lib, trace: Trace):
        trace.observe("dropout", lambda: repr(lib.nn.LSTM(1, 1, dropout=0.5)), warned=True)
        permute = lib.nn.modules.rnn.apply_permutation
        places = lib.tensor([1, 0])
        trace.observe("former", lambda: permute(lib.arange(4).view(1, 2, 2), places), warned=True)

    compare(program)
