"""Reductions of consecutive pieces of a dim."""

from __future__ import annotations

import math

from jax import numpy as jnp

from .._core import dtypes
from .._core.bind import namespaces
from .._core.dispatch import dispatch
from .._core.layout import wrap_dim
from .._core.spec import composite, op, registry
from .dims import refuse

_INITIAL = {"sum": 0.0, "mean": 0.0, "prod": 1.0, "max": -math.inf, "min": math.inf}


def _pieces(data, offsets):
    """(data as batches of rows; of each row the batch, and the piece: ``count`` for none; ``count``)."""
    lead = offsets.ndim - 1
    count = offsets.shape[-1] - 1
    rows = data.reshape(math.prod(data.shape[:lead]), data.shape[lead], math.prod(data.shape[lead + 1 :]))
    ends = offsets.reshape(-1, count + 1)
    places = jnp.arange(rows.shape[1])
    piece = jnp.sum(places[None, None, :] >= ends[:, 1:, None], 1)
    return rows, jnp.arange(rows.shape[0])[:, None], jnp.where(places[None] < ends[:, :1], count, piece), count


def _wrong(data, offsets, initial, *, reduce, given, unsafe):
    steps = jnp.diff(offsets, axis=-1)
    wrong = jnp.any(steps < 0)
    return wrong if unsafe else wrong | jnp.any(offsets[..., -1] != data.shape[offsets.ndim - 1])


def _wrong_error(data, offsets, initial, *, reduce, given, unsafe):
    values = offsets._host()
    if (values[..., 1:] < values[..., :-1]).any():
        return RuntimeError("lengths contains negative value!")
    return RuntimeError(
        "segment_reduce(): Expected all rows of lengths along axis to sum to data.size(lengths.dim()-1) when !unsafe."
    )


def _check_pieces(data, offsets, initial, *, reduce, given, unsafe):
    if data.dtype.category != 2:
        raise refuse("_segment_reduce_cpu", data.dtype)


def _slope(g, data, offsets, result, reduce, initial):
    rows, batch, piece, count = _pieces(data, offsets)
    shape = (rows.shape[0], count, rows.shape[2])

    def spread(x):
        """What belongs to each piece, at its rows."""
        return jnp.pad(x.reshape(shape), ((0, 0), (0, 1), (0, 0)))[batch, piece]

    def gathered(x):
        return jnp.zeros((shape[0], count + 1, shape[2]), x.dtype).at[batch, piece].add(x)[:, :count]

    out = spread(g)
    if reduce == "mean":
        out = out / spread(jnp.maximum(gathered(jnp.ones_like(rows)), 1))
    elif reduce in ("max", "min"):
        # shared by all that are equal
        equal = (rows == spread(result)).astype(rows.dtype)
        out = out * equal / spread(jnp.maximum(gathered(equal), 1))
    elif reduce == "prod":
        zero = rows == 0
        zeros = spread(gathered(zero.astype(rows.dtype)))
        ones = jnp.ones((shape[0], count + 1, shape[2]), rows.dtype) * initial
        others = spread(ones.at[batch, piece].multiply(jnp.where(zero, 1, rows))[:, :count])
        out = out * jnp.where(zero, jnp.where(zeros == 1, others, 0), spread(result) / jnp.where(zero, 1, rows))
    return jnp.where((piece < count)[..., None], out, 0).reshape(data.shape), None


@op("segment_reduce.pieces(Tensor data, Tensor offsets, Scalar initial, str reduce, bool given, bool unsafe)",
    forms="", check=_check_pieces, bounds=_wrong, bounds_error=_wrong_error, once=True,
    node="SegmentReduceBackward0", grad=_slope)  # fmt: skip
def reduce_pieces(data, offsets, initial, *, reduce, given, unsafe):
    rows, batch, piece, count = _pieces(data, offsets)
    start = jnp.full((rows.shape[0], count + 1, rows.shape[2]), initial.astype(data.dtype))
    at = start.at[batch, piece]
    how = {"sum": at.add, "mean": at.add, "prod": at.multiply, "max": at.max, "min": at.min}
    out = how[reduce](rows)[:, :count]
    if reduce == "mean":
        sizes = jnp.zeros((rows.shape[0], count + 1), data.dtype).at[batch, piece].add(1)[:, :count, None]
        out = jnp.where(sizes > 0, out / jnp.maximum(sizes, 1), out if given else math.nan)
    lead = offsets.ndim - 1
    return out.reshape(*data.shape[:lead], count, *data.shape[lead + 1 :])


@composite("segment_reduce(Tensor data, str reduce, *, Tensor? lengths=None, Tensor? indices=None, "
           "Tensor? offsets=None, int axis=0, bool unsafe=False, any initial=None)", forms="function")  # fmt: skip
def segment_reduce(data, reduce, *, lengths, indices, offsets, axis, unsafe, initial):
    """The sum, mean, product, maximum or minimum of each of the pieces a dim is cut into.

    Args:
        reduce: ``"sum"``, ``"mean"``, ``"prod"``, ``"max"`` or ``"min"``.
        lengths: of the pieces, in its last dim; those before it are dims of ``data``.
        offsets: instead, where the pieces begin, and the end of the last.
        axis: the dim cut, the last of ``lengths``.
        unsafe: whether it is left unchecked that the pieces make up the dim.
        initial: what each reduction starts with.

    Returns:
        A fresh tensor with a piece for each index of the dim.

    Example:
        >>> torch.segment_reduce(torch.tensor([1.0, 2.0, 3.0]), "sum", lengths=torch.tensor([1, 2]))
        tensor([1., 5.])
    """
    axis = wrap_dim(axis, data.ndim)
    reduce = {"amax": "max", "amin": "min"}.get(reduce, reduce)
    if reduce not in _INITIAL:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    if indices is not None:
        raise RuntimeError("segment_reduce(): indices based reduction is not supported yet.")
    if lengths is None and offsets is None:
        raise RuntimeError("segment_reduce(): Either lengths or offsets must be defined.")
    given = offsets if lengths is None else lengths
    name = "offsets" if lengths is None else "lengths"
    if axis != given.ndim - 1:
        raise RuntimeError(f"segment_reduce(): Expected axis to be the last dimension of {name} but got {axis}.")
    if given.dtype not in (dtypes.int32, dtypes.int64):
        raise refuse(f"_segment_reduce_{name}_cpu_kernel1", given.dtype)
    if lengths is not None:
        ends = lengths.cumsum(-1)
        offsets = namespaces["torch"]["cat"]((ends.new_zeros((*lengths.shape[:-1], 1)), ends), -1)
    start = _INITIAL[reduce] if initial is None else initial
    static = (reduce, initial is not None, unsafe or lengths is None)
    return dispatch(registry["segment_reduce.pieces"], (data, offsets, start), static)
