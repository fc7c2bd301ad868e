"""Sorting, searching and uniqueness."""

from __future__ import annotations

import jax
import numpy as np
from jax import numpy as jnp

from .._core import dtypes
from .._core.dispatch import dispatch
from .._core.layout import contiguous, wrap_dim
from .._core.spec import composite, op, registry
from .dims import SAME_OUT, along, product
from .families import NUMBER, missing
from .ordering import extremes, order, ordered, take

OUT = "function method out"


# -- sorting --------------------------------------------------------------------------------------
def scatter_gradient(g, indices, shape, dim: int):
    """The cotangent of values taken at ``indices`` along ``dim``: added up where they came from."""
    if not shape:
        return g.reshape(())
    dim = wrap_dim(dim, len(shape))

    def take(x):
        return jnp.take_along_axis(x, indices, dim, mode="promise_in_bounds")

    return jax.linear_transpose(take, jax.ShapeDtypeStruct(shape, g.dtype))(g)[0]


def _check_sort(self, *, dim, **_):
    if self.dtype.is_complex:
        raise RuntimeError(" Sort does not support complex dtypes on CPU")
    wrap_dim(dim, self.ndim)


def _sorted_layout(layouts, **_):
    layout = layouts[0]
    return layout.form if layout.dense else contiguous(layout.shape)


_SORT = {
    "forms": OUT, "exact_out": SAME_OUT, "out_strides": "result", "check": _check_sort, "layout": _sorted_layout,
    "grad": lambda g, self, indices, dim: scatter_gradient(g, indices, self.shape, dim),
}  # fmt: skip


@op("sort(Tensor self, int dim=-1, bool descending=False) -> (values, indices)", **_SORT)
@along
def sort(self, *, dim, descending):
    """The elements along ``dim`` in order, and where each was: a named tuple (values, indices).

    NaN counts as the largest. Equal elements stay in their order, whatever ``stable`` says.

    Example:
        >>> torch.sort(torch.tensor([3, 1, 2]))
        torch.return_types.sort(
        values=tensor([1, 2, 3]),
        indices=tensor([1, 2, 0]))
    """
    return ordered(self, dim, descending)


@op("sort.stable(Tensor self, *, bool? stable, int dim=-1, bool descending=False) "
    "-> (values, indices)", node="SortBackward1", **_SORT)  # fmt: skip
@along
def sort_stably(self, *, dim, descending, stable):
    return ordered(self, dim, descending)


def _positions(self, dim, descending):
    return along(lambda x, *, dim: order(x, dim, descending))(self, dim=dim)


_ARGSORT = {"check": _check_sort, "layout": _sorted_layout, "differentiable": False}


@op("argsort(Tensor self, int dim=-1, bool descending=False)", **_ARGSORT)
def argsort(self, *, dim, descending):
    """The indices that sort along ``dim``, as int64.

    Example:
        >>> torch.argsort(torch.tensor([3, 1, 2]))
        tensor([1, 2, 0])
    """
    return _positions(self, dim, descending)


@op(
    "argsort.stable(Tensor self, *, bool stable, int dim=-1, bool descending=False)",
    forms=OUT,
    **_ARGSORT,
)
def argsort_stably(self, *, stable, dim, descending):
    return _positions(self, dim, descending)


@composite("msort(Tensor self)", forms=OUT, exact_out=SAME_OUT, out_name="sort")
def msort(self):
    """The rows of a tensor sorted along its first dim.

    Example:
        >>> torch.msort(torch.tensor([3, 1, 2]))
        tensor([1, 2, 3])
    """
    return self.sort(0)[0]


def _check_topk(self, *, k, dim, **_):
    n = self.shape[wrap_dim(dim, self.ndim)] if self.ndim else 1
    if not 0 <= k <= n:
        raise RuntimeError("selected index k out of range")
    if self.dtype.is_complex:
        raise RuntimeError(" topk does not support complex dtypes on CPU")
    if self.dtype is dtypes.bool_:
        raise RuntimeError("topk does not support bool dtypes on CPU")


@op("topk(Tensor self, int k, int dim=-1, bool largest=True, bool sorted=True) "
    "-> (values, indices)", forms=OUT, exact_out=SAME_OUT, check=_check_topk,
    grad=lambda g, self, indices, dim: scatter_gradient(g, indices, self.shape, dim))  # fmt: skip
def topk(self, *, k, dim, largest, sorted):
    """The ``k`` largest (or smallest) elements along ``dim``, in order: (values, indices).

    Which of equal elements are taken is the first ones.

    Raises:
        RuntimeError: ``k`` is more than there are.

    Example:
        >>> torch.topk(torch.tensor([3, 1, 2]), 2).values
        tensor([3, 2])
    """
    if self.ndim == 0:
        return self, jnp.zeros((), jnp.int64)
    dim = wrap_dim(dim, self.ndim)
    places = jnp.moveaxis(extremes(jnp.moveaxis(self, dim, -1), k, largest), -1, dim)
    return take(self, places, dim), places


# -- searching ------------------------------------------------------------------------------------
def search(edges, values, right: bool):
    """How many of the ascending ``edges`` (last dim) are below each value (``right``: not above).

    A binary search of as many steps as the number of edges has bits.
    """
    n = edges.shape[-1]
    low = jnp.zeros(values.shape, jnp.int64)
    high = jnp.full(values.shape, n, jnp.int64)
    shared = edges.ndim == 1

    def below(at):
        found = edges[at] if shared else jnp.take_along_axis(edges, at, -1)
        # negated, so that NaN on either side counts as below, as in PyTorch
        return ~((found > values) if right else (found >= values))

    for _ in range(n.bit_length()):
        middle = (low + high) // 2
        open_ = low < high
        after = below(jnp.minimum(middle, n - 1)) & open_
        low = jnp.where(after, middle + 1, low)
        high = jnp.where(after | ~open_, high, middle)
    return low


def _check_side(name, right, side):
    if side is not None and side not in ("left", "right"):
        raise RuntimeError(f"torch.{name}(): side can only be 'left' or 'right' but got {side}")
    if right and side == "left":
        raise RuntimeError(
            f"torch.{name}(): side and right can't be set to opposites, got side of left while "
            "right was True"
        )


def _check_searchsorted(sorted_sequence, self, *, right, **_):
    edges = sorted_sequence
    if not self.is_tensor or self.ndim == 0:
        if edges.ndim != 1:
            raise RuntimeError(
                "torch.searchsorted(): input value can be a scalar only when boundaries tensor "
                "dimension is 1, "
                f"but we got boundaries tensor dim({edges.ndim}) and input value's dim(0) numel(1)"
            )
    elif edges.ndim == 0:
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should have positive dimension, but got 0 "
            "dimension"
        )
    elif edges.ndim != 1 and (edges.ndim != self.ndim or edges.shape[:-1] != self.shape[:-1]):
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 "
            "dimensions of "
            "boundaries tensor and input value tensor must match, but we got boundaries tensor "
            f"{list(edges.shape)} and input value tensor {list(self.shape)}"
        )


_SEARCH_OUT = (
    "torch.searchsorted(): output tensor's dtype is wrong, it can only be Int(int32) or "
    "Long(int64) depending "
    "on whether out_int32 flag is True, but we got output tensor's dtype {out.title} and out_int32 "
    "flag is "
    "False"
)
_SEARCH = {
    "forms": "",
    "promote": "result",
    "kernel": f"searchsorted_out_cpu: {NUMBER}",
    "differentiable": False,
}


@op("searchsorted.raw(Tensor sorted_sequence, Operand self, bool out_int32, bool right)",
    check=_check_searchsorted, **_SEARCH)  # fmt: skip
def search_sorted(sorted_sequence, self, *, out_int32, right):
    found = search(sorted_sequence, self, right)
    return found.astype(jnp.int32) if out_int32 else found


def _check_sorter(sorted_sequence, sorter):
    if sorter.shape != sorted_sequence.shape:
        raise RuntimeError(
            "torch.searchsorted(): boundary and sorter must have the same size, but got boundary "
            "tensor "
            f"{list(sorted_sequence.shape)}and got sorter tensor {list(sorter.shape)}"
        )
    if sorter.dtype is not dtypes.int64:
        raise RuntimeError(
            "torch.searchsorted(): sorter must be a tensor of long dtype but got dtype "
            f"{sorter.dtype.title}"
        )


@op("searchsorted.sorted(Tensor sorted_sequence, Tensor sorter)", forms="", check=_check_sorter,
    differentiable=False,
    bounds=lambda _, sorter: jnp.any((sorter < 0) | (sorter >= sorter.shape[-1])),
    bounds_error=lambda *_: RuntimeError(
        "torch.searchsorted(): sorter index out of range"))  # fmt: skip
def in_order(sorted_sequence, sorter):
    return jnp.take_along_axis(sorted_sequence, sorter, -1)


@composite("searchsorted(Tensor sorted_sequence, Operand self, *, bool out_int32=False, "
           "bool right=False, str? side=None, Tensor? sorter=None)", forms="function out",
           exact_out=_SEARCH_OUT)  # fmt: skip
def searchsorted(sorted_sequence, self, *, out_int32=False, right=False, side=None, sorter=None):
    """Where each value belongs in the ascending last dim of ``sorted_sequence``.

    Args:
        right: after equal elements instead of before them; ``side="right"`` says the same.
        sorter: the indices that sort ``sorted_sequence``, where it is not sorted.

    Returns:
        int64 positions of ``self``'s shape (int32 with ``out_int32``).

    Example:
        >>> torch.searchsorted(torch.tensor([1, 3, 5]), torch.tensor([3, 6]))
        tensor([1, 3])
    """
    if side is not None and side not in ("left", "right"):
        raise RuntimeError(
            f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}"
        )
    if right and side == "left":
        raise RuntimeError(
            "torch.searchsorted(): side and right can't be set to opposites, got side of left "
            "while right was True"
        )
    if sorter is not None:
        sorted_sequence = dispatch(registry["searchsorted.sorted"], (sorted_sequence, sorter), ())
    static = (out_int32, right or side == "right")
    return dispatch(registry["searchsorted.raw"], (sorted_sequence, self), static)


def _check_bucketize(self, boundaries, **_):
    if boundaries.ndim != 1:
        raise RuntimeError(f"boundaries tensor must be 1 dimension, but got dim({boundaries.ndim})")


@op("bucketize(Operand self, Tensor boundaries, *, bool out_int32=False, bool right=False)",
    check=_check_bucketize,
    **{**_SEARCH, "forms": "function out", "exact_out": _SEARCH_OUT})  # fmt: skip
def bucketize(self, boundaries, *, out_int32, right):
    """The index of the bucket between ascending ``boundaries`` that each value falls in.

    Example:
        >>> torch.bucketize(torch.tensor([3, 6, 9]), torch.tensor([1, 3, 5, 7, 9]))
        tensor([1, 3, 4])
    """
    found = search(boundaries, self, right)
    return found.astype(jnp.int32) if out_int32 else found


# -- uniqueness -----------------------------------------------------------------------------------
_REFERRED = (
    "sort the values and compare neighbours (torch.sort, torch.diff), which keeps their number"
)


def _check_unique(self, **_):
    if self.dtype.is_complex:
        raise NotImplementedError(f"\"unique\" not implemented for '{self.dtype.title}'")


def _check_unique_dim(self, *, dim, **_):
    d = wrap_dim(dim, self.ndim, wrap_scalar=False)
    if 0 in self.shape and (self.shape[d] != 0 or self.shape.count(0) > 1):
        raise RuntimeError(
            "There are 0 sized dimensions, and they aren't selected, so unique cannot be applied"
        )
    _check_unique(self)


def _runs(first, positions):
    """(values' places, inverse, counts) of runs; ``first`` marks where one begins."""
    starts = np.flatnonzero(first)
    inverse = np.empty(first.size, np.int64)
    inverse[positions] = np.cumsum(first) - 1
    counts = np.diff(np.append(starts, first.size))
    return positions[starts], inverse, counts.astype(np.int64)


def _differs_from_previous(rows):
    """For each row of a matrix whether it differs from the row before; NaN equals nothing."""
    first = np.ones(len(rows), np.bool_)
    if len(rows) > 1:
        first[1:] = (rows[1:] != rows[:-1]).any(tuple(range(1, rows.ndim)))
    return first


def _unique_values(self, sort: bool):
    flat = self.reshape(-1)
    if flat.dtype.kind == "V":
        flat = flat.astype(np.float32)  # bfloat16
    places = np.argsort(flat, kind="stable") if sort else np.arange(flat.size)
    picked, inverse, counts = _runs(_differs_from_previous(flat[places]), places)
    return flat[picked].astype(self.dtype), inverse.reshape(self.shape), counts


def _unique_slices(self, dim: int, sort: bool):
    rows = np.moveaxis(self, dim, 0)
    flat = rows.reshape(len(rows), product(rows.shape[1:]))
    if flat.dtype.kind == "V":
        flat = flat.astype(np.float32)  # bfloat16
    # lexicographic: the last key of lexsort is the most significant
    places = np.lexsort(flat.T[::-1]) if sort and flat.size else np.arange(len(rows))
    picked, inverse, counts = _runs(_differs_from_previous(flat[places]), places)
    return np.moveaxis(rows[picked], 0, dim), inverse, counts


@op("unique.raw(Tensor self)", forms="", dynamic=_REFERRED, check=_check_unique,
    node="Unique2Backward0",
    grad=missing("the derivative for '_unique2' is not implemented."))  # fmt: skip
def unique_elements(self):
    return _unique_values(self, True)


@op("unique.raw_dim(Tensor self, int dim)", forms="", dynamic=_REFERRED, check=_check_unique_dim,
    node="UniqueDimBackward0",
    grad=missing("the derivative for 'unique_dim' is not implemented."))  # fmt: skip
def unique_slices(self, *, dim):
    return _unique_slices(self, wrap_dim(dim, self.ndim), True)


def _check_consecutive(self, *, dim):
    if dim is not None:
        _check_unique_dim(self, dim=dim)
    _check_unique(self)


@op("unique_consecutive.raw(Tensor self, int? dim)", forms="", dynamic=_REFERRED,
    check=_check_consecutive,
    grad=missing("the derivative for 'unique_consecutive' is not implemented."))  # fmt: skip
def unique_runs(self, *, dim):
    if dim is None:
        return _unique_values(self, False)
    return _unique_slices(self, wrap_dim(dim, self.ndim), False)


def _asked(found, return_inverse, return_counts):
    out: tuple = (found[0],)
    if return_inverse:
        out += (found[1],)
    if return_counts:
        out += (found[2],)
    return out if len(out) > 1 else out[0]  # pyright: ignore[reportGeneralTypeIssues]


@composite(
    "unique(Tensor self, bool sorted=True, bool return_inverse=False, bool return_counts=False, "
    "int? dim=None)"
)
def unique(self, sorted=True, return_inverse=False, return_counts=False, dim=None):
    """The distinct elements (or slices along ``dim``), in ascending order.

    Args:
        sorted: they are sorted either way.
        return_inverse: give the index of each element of ``self`` in the result too.
        return_counts: give how often each occurs too.

    Raises:
        NotImplementedError: inside a JAX trace: the shape of the result depends on values.

    Example:
        >>> torch.unique(torch.tensor([3, 1, 3, 2]), return_counts=True)
        (tensor([1, 2, 3]), tensor([1, 1, 2]))
    """
    key, static = ("unique.raw", ()) if dim is None else ("unique.raw_dim", (dim,))
    return _asked(dispatch(registry[key], (self,), static), return_inverse, return_counts)


@composite(
    "unique_consecutive(Tensor self, bool return_inverse=False, bool return_counts=False, int? "
    "dim=None)"
)
def unique_consecutive(self, return_inverse=False, return_counts=False, dim=None):
    """The elements (or slices along ``dim``) without those that repeat the one before.

    Example:
        >>> torch.unique_consecutive(torch.tensor([1, 1, 2, 1]))
        tensor([1, 2, 1])
    """
    found = dispatch(registry["unique_consecutive.raw"], (self,), (dim,))
    return _asked(found, return_inverse, return_counts)
