"""Counts and histograms."""

from __future__ import annotations

import numpy as np
from jax import numpy as jnp

from .._core import dtypes
from .._core.dispatch import dispatch
from .._core.return_types import return_type
from .._core.spec import composite, op, registry
from .._core.tensor import Tensor
from .dims import product, refuse
from .families import no_derivative
from .sorting import search

OUT = "function method out"


_HIST_OUT = (
    "torch.histogram: input tensor and hist tensor should have the same dtype, but got input "
    "{result.cpp} and "
    "hist {out.cpp}"
)
_INTEGERS = frozenset(dtypes.KINDS["int"])


def _check_bincount(self, weights, *, minlength):
    if minlength < 0:
        raise RuntimeError("minlength should be >= 0")
    if self.dtype not in _INTEGERS:
        raise refuse("bincount_cpu", self.dtype)
    if self.ndim == 1 and self.shape[0] == 0:
        return
    if self.ndim != 1:
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    if weights is not None and weights.shape != self.shape:
        raise RuntimeError("weights should be 1-d and have the same length as input")


@op("bincount(Tensor self, Tensor? weights=None, int minlength=0)", check=_check_bincount,
    dynamic="count into a fixed number of bins with index_add or scatter_add",
    **no_derivative("bincount"))  # fmt: skip
def bincount(self, weights, *, minlength):
    """How often each of 0, 1, 2, ... occurs, or the sum of the ``weights`` where it does.

    Returns:
        int64 counts up to the largest element (at least ``minlength``), or float sums.

    Raises:
        NotImplementedError: inside a JAX trace: the shape of the result depends on values.

    Example:
        >>> torch.bincount(torch.tensor([0, 2, 2]))
        tensor([1, 0, 2])
    """
    if self.size == 0:
        return np.zeros(minlength, np.int64)
    if self.min() < 0:
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    if weights is None:
        return np.bincount(self, minlength=minlength)
    kind = weights.dtype if weights.dtype in (np.float32, np.float64) else np.float64
    sums = np.zeros(max(int(self.max()) + 1, minlength), kind)
    np.add.at(sums, self.astype(np.int64), weights.real.astype(kind))
    return sums


def _shown(x) -> str:
    """A number as C++ streams print it."""
    return f"{float(x):g}"


def _outer_edges(self, low, high):
    """The range of a histogram: the data's own where ``low == high``."""
    if self.size:
        own = low == high
        low, high = jnp.where(own, jnp.min(self), low), jnp.where(own, jnp.max(self), high)
    return low, high


def _counted(self, edges_count, place, inside, weights):
    """The sum of ``weights`` in each of the bins."""
    n = edges_count - 1
    place = jnp.where(inside, jnp.clip(place, 0, n - 1), n)
    return jnp.zeros(n + 1, self.dtype).at[place].add(weights)[:n]


def _linear_place(x, low, high, bins):
    """The bin that each element falls in, were all bins of one width."""
    inside = (x >= low) & (x <= high)
    at = jnp.where(inside, (x - low) * bins / (high - low), 0).astype(jnp.int64)
    return jnp.minimum(at, bins - 1), inside


def _check_bins(bins: int):
    if bins <= 0:
        raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension 0")


def _check_histc(self, low, high, *, bins):
    if self.dtype.is_complex:
        raise refuse("aminmax_cpu", self.dtype)
    if not self.dtype.is_floating_point:
        raise refuse("linspace_cpu" if self.dtype is dtypes.bool_ else "histogram_cpu", self.dtype)
    _check_bins(bins)


def _histc_range(self, low, high):
    low, high = _outer_edges(
        self.astype(jnp.float32) if self.dtype.itemsize == 2 else self, low, high
    )
    return low, high


def _histc_wrong(self, low, high, *, bins):
    first, last = _histc_range(self, low, high)
    return ~(jnp.isfinite(first) & jnp.isfinite(last)) | (low > high)


def _histc_error(self, low, high, *, bins):
    if low > high:
        return RuntimeError("torch.histc: max must be larger than min")
    if low == high:
        own = self.min().item(), self.max().item()
        low, high = (("-nan" if v != v else _shown(v)) for v in own)
    else:
        low, high = _shown(low), _shown(high)
    return RuntimeError(f"torch.histc: range of [{low}, {high}] is not finite")


@op("histc(Tensor self, int bins=100, Scalar min=0, Scalar max=0)", forms=OUT, promote="same",
    exact_out=_HIST_OUT,
    check=_check_histc, bounds=_histc_wrong, bounds_error=_histc_error,
    differentiable=False)  # fmt: skip
def histc(self, low, high, *, bins):
    """How many elements fall in each of ``bins`` bins of equal width between ``min`` and ``max``.

    Args:
        min, max: the range; the data's own where they are equal. Elements outside are not counted.

    Returns:
        Counts in ``self``'s dtype.

    Example:
        >>> torch.histc(torch.tensor([1.0, 2.0, 1.0]), bins=4, min=0, max=3)
        tensor([0., 2., 1., 0.])
    """
    flat = self.reshape(-1)
    low, high = _outer_edges(flat, low, high)
    low, high = _widened(low, high, 1)
    place, inside = _linear_place(flat, low, high, bins)
    return _counted(flat, bins + 1, place, inside, jnp.ones((), self.dtype))


def _widened(low, high, by):
    flat = low == high
    return jnp.where(flat, low - by, low), jnp.where(flat, high + by, high)


def _check_histogram(self, weight=None):
    if weight is not None:
        if weight.dtype is not self.dtype:
            raise RuntimeError(
                "torch.histogramdd: if weight tensor is provided, input tensor and weight tensor "
                "should have "
                f"the same dtype, but got input({self.dtype.cpp}), and weight({weight.dtype.cpp})"
            )
        if product(weight.shape) != product(self.shape):
            raise RuntimeError(
                "torch.histogramdd: if weight tensor is provided it should have the same shape as "
                "the input "
                "tensor excluding its innermost dimension, but got input with shape "
                f"[{product(self.shape)}, 1] and weight with shape [{product(weight.shape)}]"
            )


_HISTOGRAM = {
    "forms": "", "promote": "same", "kernel": "histogramdd: float", **no_derivative("histogram"),
}  # fmt: skip


def _check_equal_bins(self, weight, low, high, *, bins, **_):
    _check_bins(bins)
    _check_histogram(self, weight)


def _range_wrong(self, weight, low, high, *, given, **_):
    first, last = (low, high) if given else _outer_edges(self, low, high)
    return ~(jnp.isfinite(first) & jnp.isfinite(last)) | (low > high)


def _range_error(self, weight, low, high, *, given, **_):
    if low > high:
        return RuntimeError(
            f"torch.histogramdd: min should not exceed max, but got min {_shown(low)} max "
            f"{_shown(high)} "
            "for dimension 0"
        )
    if not given:
        low, high = self.min().item(), self.max().item()
    return RuntimeError(
        f"torch.histogramdd: dimension 0's range [{_shown(low)}, {_shown(high)}] is not finite"
    )


@op("histogram.equal_bins(Tensor self, Tensor? weight, Scalar low, Scalar high, int bins, "
    "bool density, bool given) -> (hist, bin_edges)", check=_check_equal_bins,
    bounds=_range_wrong, bounds_error=_range_error, **_HISTOGRAM)  # fmt: skip
def histogram_of_equal_bins(self, weight, low, high, *, bins, density, given):
    flat = self.reshape(-1)
    if given or flat.size:
        low, high = (low, high) if given else _outer_edges(flat, low, high)
        low, high = _widened(low, high, jnp.asarray(0.5, flat.dtype))
    else:
        high = low + 1
    edges = jnp.linspace(low, high, bins + 1, dtype=flat.dtype)
    place, inside = _linear_place(flat, low, high, bins)
    # rounding may be one bin off: the edges decide
    place = jnp.where(flat < edges[place], place - 1, place)
    place = jnp.where((flat >= edges[place + 1]) & (place < bins - 1), place + 1, place)
    return _histogram(flat, place, inside, weight, edges, density), edges


def _histogram(flat, place, inside, weight, edges, density):
    weights = jnp.ones((), flat.dtype) if weight is None else weight.reshape(-1)
    hist = _counted(flat, edges.shape[0], place, inside, weights)
    return hist / jnp.sum(hist) / jnp.diff(edges) if density else hist


def _check_edges(self, weight, bins, **_):
    if bins.ndim != 1:
        raise RuntimeError(
            f"torch.histogramdd: bins tensor should have one dimension, but got {bins.ndim} "
            "dimensions in the "
            "bins tensor for dimension 0"
        )
    if bins.shape[0] == 0:
        raise RuntimeError(
            "torch.histogramdd: bins tensor should have at least 1 element, but got 0 elements in "
            "the bins "
            "tensor for dimension 0"
        )
    if bins.dtype is not self.dtype:
        raise RuntimeError(
            "torch.histogramdd: input tensor and bins tensors should have the same dtype, but got "
            "input with "
            f"dtype {self.dtype.cpp} and bins for dimension 0 with dtype {bins.dtype.cpp}"
        )
    _check_bins(bins.shape[0] - 1)
    _check_histogram(self, weight)


@op("histogram.given_edges(Tensor self, Tensor? weight, Tensor bins, bool density) "
    "-> (hist, bin_edges)", check=_check_edges, **_HISTOGRAM)  # fmt: skip
def histogram_of_given_edges(self, weight, bins, *, density):
    flat = self.reshape(-1)
    last = bins.shape[0] - 1
    place = search(bins, flat, True) - 1
    place = jnp.where(flat == bins[last], last - 1, place)
    inside = (flat >= bins[0]) & (flat <= bins[last])
    return _histogram(flat, place, inside, weight, bins, density), bins


@composite("histogram(Tensor self, Tensor bins, *, Tensor? weight=None, bool density=False)",
           forms=OUT, exact_out=_HIST_OUT)  # fmt: skip
def histogram(self, bins, *, weight=None, density=False):
    """A histogram with given bin edges, or with ``bins`` bins of equal width over ``range``.

    Args:
        weight: what each element counts, in the shape of ``self``.
        density: scale to an integral of 1.

    Returns:
        A named tuple (hist, bin_edges).

    Example:
        >>> torch.histogram(torch.tensor([1.0, 2.0, 1.0]), bins=3, range=(0.0, 3.0)).hist
        tensor([0., 2., 1.])
    """
    return _named(registry["histogram.given_edges"], (self, weight, bins), (density,))


def _named(spec, operands, static):
    return return_type(spec.schema)(dispatch(spec, operands, static))


@composite("histogram.bin_ct(Tensor self, int bins=100, *, float[]? range=None, "
           "Tensor? weight=None, bool density=False)", forms=OUT, exact_out=_HIST_OUT)  # fmt: skip
def histogram_of_range(self, bins=100, *, range=None, weight=None, density=False):
    if range is not None and len(range) != 2:
        raise RuntimeError(
            "torch.histogramdd: for a 1-dimensional histogram range should have 2 elements, but "
            f"got {len(range)}"
        )
    low, high = range or (0.0, 0.0)
    static = (bins, density, range is not None)
    return _named(registry["histogram.equal_bins"], (self, weight, low, high), static)


# -- of several dimensions ------------------------------------------------------------------------
def _check_grid(self, weight, edges, **_):
    if weight is not None and weight.shape != self.shape[:-1]:
        raise RuntimeError(
            "torch.histogramdd: if weight tensor is provided it should have the same shape as the input tensor "
            f"excluding its innermost dimension, but got input with shape {list(self.shape)} and weight with shape "
            f"{list(weight.shape)}"
        )


@op("histogramdd.grid(Tensor self, Tensor? weight, Tensor[] edges, bool density)", check=_check_grid,
    **_HISTOGRAM)  # fmt: skip
def histogram_of_grid(self, weight, edges, *, density):
    flat = self.reshape(-1, len(edges))
    at, inside = jnp.zeros(flat.shape[0], jnp.int64), jnp.ones(flat.shape[0], bool)
    for d, bins in enumerate(edges):
        x, last = flat[:, d], bins.shape[0] - 1
        place = jnp.where(x == bins[last], last - 1, search(bins, x, True) - 1)
        inside &= (x >= bins[0]) & (x <= bins[last])
        at = at * last + jnp.clip(place, 0, last - 1)
    shape = [bins.shape[0] - 1 for bins in edges]
    weights = jnp.ones((), flat.dtype) if weight is None else weight.reshape(-1)
    total = product(shape)
    hist = jnp.zeros(total + 1, flat.dtype).at[jnp.where(inside, at, total)].add(weights)[:total].reshape(shape)
    if density:
        hist = hist / jnp.sum(hist)
        for d, bins in enumerate(edges):
            hist = hist / jnp.diff(bins).reshape([-1 if i == d else 1 for i in range(len(edges))])
    return hist


@composite("histogramdd(Tensor self, any bins, any range=None, Tensor? weight=None, bool density=False) "
           "-> (hist, bin_edges)", forms="function")  # fmt: skip
def histogramdd(self, bins, range, weight, density):
    """A histogram of points, the rows of ``self``, in as many dimensions as they have coordinates.

    Args:
        self: (..., D).
        bins: the edges for each dimension; or the numbers of bins of equal width, or one for all.
        range: the lowest and the highest edge of each dimension in turn; by default the data's own.
        weight: what each point counts, (...,).
        density: scale to an integral of 1.

    Returns:
        A named tuple (hist, bin_edges), with a tuple of edges.

    Example:
        >>> torch.histogramdd(torch.tensor([[0.0, 1.0], [1.0, 0.0]]), bins=[2, 2]).hist
        tensor([[0., 1.],
                [1., 0.]])
    """
    if self.ndim < 2:
        raise RuntimeError("torch.histogramdd: input tensor should have at least 2 dimensions")
    dims = self.shape[-1]
    bins = (bins,) * dims if isinstance(bins, int) else tuple(bins)
    given = bool(bins) and isinstance(bins[0], Tensor)
    if len(bins) != dims:
        if given:
            raise RuntimeError(
                f"torch.histogramdd: expected {dims} sequences of bin edges for a {dims}-dimensional histogram but "
                f"got {len(bins)}"
            )
        raise RuntimeError("histogramdd: The size of bins must be equal to the innermost dimension of the input.")
    if range is not None and len(range) != 2 * dims:
        raise RuntimeError(
            f"torch.histogramdd: for a {dims}-dimensional histogram range should have {2 * dims} elements, but got "
            f"{len(range)}"
        )
    edges = bins
    if not given:
        spans = [(0.0, 0.0)] * dims if range is None else list(zip(range[::2], range[1::2]))
        equal = registry["histogram.equal_bins"]
        edges = tuple(
            dispatch(equal, (self.select(-1, d), None, low, high), (bins[d], False, range is not None))[1]
            for d, (low, high) in enumerate(spans)
        )
    return dispatch(registry["histogramdd.grid"], (self, weight, list(edges)), (density,)), edges
