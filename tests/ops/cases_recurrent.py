"""Recurrent layers and cells as functions of their weights; as modules they are in tests/nn."""

from __future__ import annotations

from tests.ops.recipes import S, T, op

CHECKS = ("forward", "grad", "backward", "layouts")
SIZES = T(3, dtype="int64", values=[2, 2, 1])


def _weights(gates: int, inputs: int = 3, hidden: int = 2, bias: bool = True) -> list:
    """The weights of a layer or cell: (gates * hidden, inputs), (gates * hidden, hidden), biases."""
    wide = gates * hidden
    pair = [T(wide, inputs, lo=-1, hi=1), T(wide, hidden, lo=-1, hi=1)]
    return pair + [T(wide, lo=-1, hi=1)] * 2 if bias else pair


def _layer(name: str, gates: int) -> list:
    states = 2 if name == "lstm" else 1

    def state(layers: int, *batch: int):
        one = T(layers, *batch, 2)
        return (one, T(layers, *batch, 2)) if states == 2 else one

    two = _weights(gates) + _weights(gates, 2)
    both = _weights(gates) * 2
    return op(
        name,
        S(T(4, 2, 3), state(1, 2), _weights(gates), True, 1, 0.0, False, False, False),
        S(T(4, 2, 3), state(1, 2), _weights(gates, bias=False), False, 1, 0.0, True, False, False),
        S(T(2, 4, 3), state(2, 2), two, True, 2, 0.0, False, False, True),
        S(T(4, 2, 3), state(2, 2), both, True, 1, 0.0, False, True, False),
        S(T(5, 3), SIZES, state(1, 2), _weights(gates), True, 1, 0.0, False, False),
        checks=CHECKS, tags=("no_second",),
    )  # fmt: skip


def _cell(name: str, gates: int) -> list:
    state = [T(2, 2), T(2, 2)] if name == "lstm_cell" else T(2, 2)
    return op(
        name, S(T(2, 3), state, *_weights(gates)), S(T(2, 3), state, *_weights(gates, bias=False)),
        checks=CHECKS, tags=("no_second",),
    )  # fmt: skip


CASES = [
    *[_layer(name, gates) for name, gates in (("lstm", 4), ("gru", 3), ("rnn_tanh", 1), ("rnn_relu", 1))],
    *[_cell(f"{name}_cell", gates) for name, gates in (("lstm", 4), ("gru", 3), ("rnn_tanh", 1), ("rnn_relu", 1))],
]  # fmt: skip

REFUSALS: list = []
