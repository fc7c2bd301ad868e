"""Padded and packed sequences.

Packing lists the rows of a padded batch time step by time step, leaving out those past a sequence's
end. The places are worked out on the host from the lengths; the ops move rows to and from them.
"""

from __future__ import annotations

import numpy as np
from jax import lax
from jax import numpy as jnp

from .._core import devices, dtypes
from .._core.dispatch import dispatch
from .._core.exchange import tensor
from .._core.layout import broadcast_shapes, wrap_dim
from .._core.spec import function, op, registry
from .._core.tensor import Tensor


# -- packing --------------------------------------------------------------------------------------
def _rows(x):
    """The rows of (T, N, ...) as (T * N, ...)."""
    return x.reshape(x.shape[0] * x.shape[1], *x.shape[2:])


def _pack_gradient(g, input, places, batch_first):
    shape = (input.shape[1], input.shape[0], *input.shape[2:]) if batch_first else input.shape
    zeros = lax.full((shape[0] * shape[1], *shape[2:]), 0, g.dtype)
    out = zeros.at[places].add(g, mode="promise_in_bounds").reshape(shape)
    return (jnp.swapaxes(out, 0, 1) if batch_first else out), None


@op("_pack_rows(Tensor input, Tensor places, bool batch_first)", forms="", opmath=False,
    grad=_pack_gradient, node="PackPaddedSequenceBackward0")  # fmt: skip
def _pack_rows(input, places, *, batch_first):
    steps = jnp.swapaxes(input, 0, 1) if batch_first else input
    return _rows(steps).at[places].get(mode="promise_in_bounds")


def _check_lengths(input: Tensor, lengths: Tensor, batch_first: bool) -> np.ndarray:
    if lengths.ndim != 1 or lengths.device.type != "cpu" or lengths.dtype is not dtypes.int64:
        raise RuntimeError(
            f"'lengths' argument should be a 1D CPU int64 tensor, but got {lengths.ndim}D "
            f"{lengths.device.type} {lengths.dtype.title} tensor"
        )
    if input.numel() == 0:
        raise RuntimeError("Cannot pack empty tensors.")
    if input.ndim == 0:
        raise IndexError("Dimension specified as 1 but tensor has no dimensions")
    batch = input.shape[wrap_dim(0 if batch_first else 1, input.ndim)]
    steps = input.shape[wrap_dim(1 if batch_first else 0, input.ndim)]
    sizes = lengths._host()
    if len(sizes) != batch:
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {len(sizes)} "
            f"(batch_size={batch})"
        )
    if sizes[-1] <= 0:
        raise RuntimeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' "
            "that is <= 0"
        )
    if (sizes[1:] > sizes[:-1]).any():
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. "
            "You can pass `enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to "
            "sidestep this requirement if you do not need ONNX exportability."
        )
    if sizes[0] > steps:
        raise RuntimeError(
            f"Expected lengths of at most {steps}, the size of the padded input, but got {sizes[0]}"
        )
    return sizes


@function("_pack_padded_sequence")
def _pack_padded_sequence(
    input: Tensor, lengths: Tensor, batch_first: bool
) -> tuple[Tensor, Tensor]:
    """The rows of a padded batch in packed order, and how many sequences reach each step.

    Differs from PyTorch: a length beyond the padded size raises.
    """
    sizes = _check_lengths(input, lengths, batch_first)
    alive = np.arange(sizes[0])[:, None] < sizes[None, :]
    places = tensor(np.flatnonzero(alive), dtype=dtypes.int64, device=input.device)
    data = dispatch(registry["_pack_rows"], [input, places], (bool(batch_first),))
    return data, tensor(alive.sum(1), dtype=dtypes.int64, device=devices.CPU)


# -- unpacking ------------------------------------------------------------------------------------
@op(
    "_pad_rows(Tensor data, Tensor places, Scalar padding_value)",
    forms="",
    opmath=False,
    node="CopySlices",
)
def _pad_rows(data, places, padding_value):
    padding = jnp.asarray(padding_value).astype(data.dtype)
    rows = jnp.concatenate([data, jnp.broadcast_to(padding, (1, *data.shape[1:]))])
    return rows.at[places].get(mode="promise_in_bounds")


@function("_pad_packed_sequence")
def _pad_packed_sequence(
    data: Tensor, batch_sizes: Tensor, batch_first: bool, padding_value, total_length: int
):
    """The padded batch of packed rows, and the sequences' lengths."""
    sizes = batch_sizes._host()
    if len(sizes) == 0:
        raise RuntimeError("Expected batch_sizes of at least one step")
    steps = max(len(sizes), total_length)
    places = np.full((steps, int(sizes[0])), data.shape[0], np.int64)
    alive = np.arange(sizes[0])[None, :] < sizes[:, None]
    places[: len(sizes)][alive] = np.arange(int(sizes.sum()))
    where = tensor(places, dtype=dtypes.int64, device=data.device)
    out = dispatch(registry["_pad_rows"], [data, where, padding_value])
    lengths = tensor(alive.sum(0), dtype=dtypes.int64, device=devices.CPU)
    return (out.transpose(0, 1) if batch_first else out), lengths


# -- padding --------------------------------------------------------------------------------------
def _check_pad_sequence(sequences, padding_value=None, *, batch_first, padding_side):
    if not sequences:
        raise RuntimeError("received an empty list of sequences")
    if padding_side not in ("left", "right"):
        raise RuntimeError(
            f"Expected padding_side to be one of left or right, but got {padding_side}."
        )
    if sequences[0].ndim == 0:
        raise RuntimeError("ArrayRef: invalid slice, N = 1; size = 0")
    rest = sequences[0].shape[1:]
    for s in sequences:
        if s.ndim == 0:
            raise IndexError("Dimension specified as 0 but tensor has no dimensions")
        _require_expandable(s.shape, (s.shape[0], *rest))


def _require_expandable(shape: tuple, target: tuple) -> None:
    """Raise as copying a tensor of ``shape`` into a slice of shape ``target`` does."""
    whole = broadcast_shapes(target, shape)
    if whole != target:
        raise RuntimeError(
            f"output with shape {list(target)} doesn't match the broadcast shape {list(whole)}"
        )


@op("pad_sequence(Tensor[] sequences, bool batch_first=False, Scalar padding_value=0.0, "
    "str padding_side='right')",
    forms="", opmath=False, check=_check_pad_sequence, node="CopySlices")  # fmt: skip
def pad_sequence(sequences, padding_value, *, batch_first, padding_side):
    """The sequences in one tensor, each padded to the length of the longest."""
    first = sequences[0]
    steps, rest = max(s.shape[0] for s in sequences), first.shape[1:]
    padding = jnp.asarray(padding_value).astype(first.dtype)
    padded = []
    for s in sequences:
        s = jnp.broadcast_to(s, (s.shape[0], *rest)).astype(first.dtype)
        gap = steps - s.shape[0]
        sides = (gap, 0) if padding_side == "left" else (0, gap)
        padded.append(lax.pad(s, padding, [(*sides, 0), *((0, 0, 0) for _ in rest)]))
    return jnp.stack(padded, 0 if batch_first else 1)
