"""Recurrent networks: whole stacks of layers as one op, each direction a `lax.scan`.

The input's share of the gates is one product before the scan; only the state's share is inside.
Packed sequences are unfolded to (time, batch) with a mask: a state moves only while its sequence
lasts, which also makes the backward direction start at each sequence's own end.
"""

from __future__ import annotations

from jax import numpy as jnp

from .._core import bind, draws
from .._core.dispatch import dispatch
from .._core.layout import contiguous
from .._core.spec import composite, op, registry
from .._core.tensor import Tensor
from .recurrence import CELLS, cast_product, run
from .sample import drawn_tensor


def _direction(mode, x, state, weights, biases: bool, reverse: bool, mask):
    """(outputs, last state) of one direction of one layer over (time, batch, feature)."""
    w_ih, w_hh, *rest = weights
    b_ih, b_hh = rest[:2] if biases else (jnp.zeros((), w_ih.dtype),) * 2
    w_hr = rest[-1] if len(rest) % 2 else None
    states, _ = run(CELLS[mode], reverse, cast_product(x, w_ih.T) + b_ih, w_hh, b_hh, w_hr, state, mask)
    return states[0], tuple(s[0 if reverse else -1] for s in states)


def _unpacking(batch_sizes, count: int, steps: int, batch: int):
    """(mask, rows of the packed data for (time, batch), place in (time, batch) of each row)."""
    ends = jnp.cumsum(batch_sizes)
    starts = ends - batch_sizes
    mask = jnp.arange(batch)[None] < batch_sizes[:, None]
    rows = jnp.where(mask, starts[:, None] + jnp.arange(batch)[None], 0)
    index = jnp.arange(count)
    time = jnp.searchsorted(ends, index, side="right")
    return mask, rows, time * batch + (index - starts[time])


def _node(*, mode, bidirectional, projected, packed, wide, **_):
    if bidirectional or packed:
        return "CatBackward0"
    return "MkldnnRnnLayerBackward0" if mode == "lstm" and not (projected or wide) else "StackBackward0"


@op("recurrent(Tensor self, Tensor? batch_sizes, Tensor[] states, Tensor[] weights, Tensor[] noise, str mode, "
    "bool biases, int layers, bool bidirectional, bool projected, bool packed, bool wide)",
    forms="", residuals=True, node=_node)  # fmt: skip
def recurrent(
    self, batch_sizes, states, weights, noise, *, mode, biases, layers, bidirectional, projected, packed, wide
):
    """(outputs, last state of each layer and direction ...) over (time, batch, feature) or packed rows."""
    directions = 2 if bidirectional else 1
    x, mask, rows, places = self, None, None, None
    if packed:
        steps, batch = batch_sizes.shape[0], states[0].shape[1]
        mask, rows, places = _unpacking(batch_sizes, self.shape[0], steps, batch)
        x = self[rows]
    each = 2 + (2 if biases else 0) + (1 if projected else 0)
    lasts = []
    for layer in range(layers):
        outputs = []
        for d in range(directions):
            k = layer * directions + d
            state = tuple(s[k] for s in states)
            out, last = _direction(mode, x, state, weights[k * each : (k + 1) * each], biases, d == 1, mask)
            outputs.append(out)
            lasts.append(last)
        x = outputs[0] if directions == 1 else jnp.concatenate(outputs, -1)
        if noise and layer < layers - 1:
            factor = noise[layer]
            x = x * (factor if mask is None else factor[rows])
    if packed:
        x = x.reshape(-1, x.shape[-1])[places]
    return (x, *(s for kind in zip(*lasts, strict=True) for s in kind))


# -- the public functions -------------------------------------------------------------------------
def _noise(shape, like: Tensor, p: float, layers: int, train: bool) -> tuple:
    """The factors between layers, drawn in the order in which PyTorch runs the layers."""
    if not train or p == 0 or layers < 2:
        return ()
    where, made = like._storage.device, []
    order, d = contiguous(shape), like._dtype
    for _ in range(layers - 1):
        if p == 1:
            made.append(like.new_zeros(shape))
            continue
        made.append(drawn_tensor(None, where, lambda e, n: draws.dropout_noise(e, n, d, p), order))
    return tuple(made)


def _run(mode, x, batch_sizes, states, weights, biases, layers, p, train, bidirectional, batch_first):
    if mode not in CELLS:
        raise ValueError(f"Unrecognized RNN mode: {mode}")
    directions = 2 if bidirectional else 1
    each = len(weights) // (layers * directions)
    projected = mode == "lstm" and each % 2 == 1
    if batch_first:
        x = x.transpose(0, 1)
    if batch_sizes is None and not x._layout.shape[0]:
        raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
    shape = (*x._layout.shape[:-1], states[0]._layout.shape[-1] * directions)
    noise = _noise(shape, x, p, layers, train)
    statics = (mode, biases, layers, bidirectional, projected, batch_sizes is not None, x._dtype.itemsize == 8)
    output, *lasts = dispatch(registry["recurrent"], (x, batch_sizes, states, weights, noise), statics)
    if batch_first:
        # PyTorch's LSTM gives a view, the others turn their result in place
        output = output.transpose(0, 1) if mode == "lstm" else output.transpose_(0, 1)
    stack = bind.namespaces["torch"]["stack"]
    count = layers * directions
    return output, *(stack(lasts[i : i + count]) for i in range(0, len(lasts), count))


_SETTINGS = "Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional"


def _family(mode: str, state: str) -> None:
    """torch.lstm and its kin: over padded sequences, and over packed ones."""

    def padded(self, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first):
        states = hx if isinstance(hx, tuple) else (hx,)
        return _run(
            mode, self, None, states, params, has_biases, num_layers, dropout, train, bidirectional, batch_first
        )

    def packed(data, batch_sizes, hx, params, has_biases, num_layers, dropout, train, bidirectional):
        states = hx if isinstance(hx, tuple) else (hx,)
        return _run(
            mode, data, batch_sizes, states, params, has_biases, num_layers, dropout, train, bidirectional, False
        )

    padded.__doc__ = f"Run layers of ``{mode}`` over (time, batch, feature): (outputs, last states ...)."
    composite(f"{mode}(Tensor self, {state} hx, {_SETTINGS}, bool batch_first)", forms="function")(padded)
    composite(f"{mode}.data(Tensor data, Tensor batch_sizes, {state} hx, {_SETTINGS})", forms="function")(packed)


for _mode, _cell in CELLS.items():
    _family(_mode, "Tensor" if _cell.states == 1 else "Tensor[]")


# -- cells ----------------------------------------------------------------------------------------
_CELL = "Tensor w_ih, Tensor w_hh, Tensor? b_ih=None, Tensor? b_hh=None"


def _check_cell(x, states, w_ih, w_hh) -> None:
    batch, size = x._layout.shape
    if size != w_ih._layout.shape[1]:
        raise RuntimeError(
            f"input has inconsistent input_size: got {size} expected {w_ih._layout.shape[1]}"
        )
    for i, h in enumerate(states):
        rows, hidden = h._layout.shape
        if rows != batch:
            raise RuntimeError(
                f"Input batch size {batch} doesn't match hidden{i} batch size {rows}"
            )
        if hidden != w_hh._layout.shape[1]:
            raise RuntimeError(
                f"hidden{i} has inconsistent hidden_size: got {hidden}, expected {w_hh._layout.shape[1]}"
            )


def _gates(x, h, w_ih, w_hh, b_ih, b_hh, *more):
    _check_cell(x, (h, *more), w_ih, w_hh)
    linear = bind.namespaces["nn"]["linear"]
    return linear(x, w_ih, b_ih), linear(h, w_hh, b_hh)


@composite(f"rnn_tanh_cell(Tensor self, Tensor hx, {_CELL})", forms="function")
def rnn_tanh_cell(self, hx, w_ih, w_hh, b_ih, b_hh):
    """One step of an Elman network: ``tanh(W_ih x + b_ih + W_hh h + b_hh)``."""
    own, recurrent = _gates(self, hx, w_ih, w_hh, b_ih, b_hh)
    return (own + recurrent).tanh()


@composite(f"rnn_relu_cell(Tensor self, Tensor hx, {_CELL})", forms="function")
def rnn_relu_cell(self, hx, w_ih, w_hh, b_ih, b_hh):
    """One step of an Elman network with ``relu``."""
    own, recurrent = _gates(self, hx, w_ih, w_hh, b_ih, b_hh)
    return (own + recurrent).relu()


@composite(f"lstm_cell(Tensor self, Tensor[] hx, {_CELL})", forms="function")
def lstm_cell(self, hx, w_ih, w_hh, b_ih, b_hh) -> tuple[Tensor, Tensor]:
    """One step of long short-term memory: the new (h, c)."""
    h, c = hx
    own, recurrent = _gates(self, h, w_ih, w_hh, b_ih, b_hh, c)
    i, f, g, o = (own + recurrent).chunk(4, 1)
    c = (f.sigmoid() * c).add_(i.sigmoid() * g.tanh())
    return o.sigmoid() * c.tanh(), c


@composite(f"gru_cell(Tensor self, Tensor hx, {_CELL})", forms="function")
def gru_cell(self, hx, w_ih, w_hh, b_ih, b_hh):
    """One step of a gated recurrent unit."""
    own, recurrent = _gates(self, hx, w_ih, w_hh, b_ih, b_hh)
    (r, z, n), (own_r, own_z, own_n) = own.chunk(3, 1), recurrent.chunk(3, 1)
    z = (z + own_z).sigmoid()
    n = (n + (r + own_r).sigmoid() * own_n).tanh()
    return (hx - n).mul_(z).add_(n)
