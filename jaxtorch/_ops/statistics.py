"""Order statistics and moments: std, median, quantile, covariance, histograms."""

from __future__ import annotations

import warnings

import numpy as np
from jax import lax
from jax import numpy as jnp

from .._core import dtypes
from .._core.bind import namespaces, return_type
from .._core.dispatch import dispatch
from .._core.layout import wrap_dim
from .._core.spec import composite, op, registry
from .dims import (
    along,
    axes_of,
    check_reduced,
    count,
    finish,
    kept,
    positions,
    product,
    refuse,
    restored,
    select_gradient,
)
from .families import FLOAT, no_derivative
from .sorting import ordered, search

OUT = "function method out"


# -- std and var ----------------------------------------------------------------------------------
def _deviations(self, axes):
    """(self minus its mean over ``axes``, kept dims; the mean)."""
    n = jnp.asarray(count(self.shape, axes), self.real.dtype)
    average = (lax.reduce_sum(self, axes) / n).reshape(kept(self.shape, axes))
    return self - average, average


def _variance(self, correction, axes):
    off, average = _deviations(self, axes)
    squares = off.real * off.real + (off.imag * off.imag if self.dtype.kind == "c" else 0)
    n = jnp.asarray(count(self.shape, axes), squares.dtype)
    free = jnp.maximum(n - correction.real, 0)
    return lax.reduce_sum(squares, axes) / free, average


def _variance_gradient(g, self, correction, dim):
    axes = axes_of(dim, self.ndim)
    off, _ = _deviations(self, axes)
    free = count(self.shape, axes) - correction.real
    g = restored(g, self.shape, dim)
    slope = (2 / free) * off
    if dim is None or not self.ndim:
        # over everything PyTorch says infinity where the degrees of freedom run out
        slope = jnp.where(free > 0, slope, jnp.where(off == 0, jnp.nan, jnp.inf).astype(off.dtype))
    return g * slope


def _deviation_gradient(g, self, correction, dim, result):
    # a constant has no spread: PyTorch takes its gradient as 0, not 0 / 0
    halved = jnp.where(result == 0, jnp.zeros((), g.dtype), g / (result * 2))
    return _variance_gradient(halved, self, correction, dim)


def _mean_gradient(g, self, dim):
    n = count(self.shape, axes_of(dim, self.ndim))
    return jnp.broadcast_to(restored(g, self.shape, dim) / n, self.shape)


def _both_gradients(spread):
    def rule(gs, self, correction, dim, result0):
        g, mean = gs
        total = jnp.zeros(self.shape, self.dtype)
        if g is not None:
            total += spread(g, self, correction, dim, result0)
        return total if mean is None else total + _mean_gradient(mean, self, dim)

    return rule


def _declare_spread(name: str, root, rule) -> None:
    """``std``/``var`` and ``std_mean``/``var_mean``: one op each, and PyTorch's three signatures."""
    both = f"{name}_mean"

    def checked(text):
        def check(self, correction, *, dim, **_):
            if self.dtype.category < 2:
                raise RuntimeError(f"{text} only support floating point and complex dtypes")
            axes_of(dim, self.ndim)

        return check

    raw = "Tensor self, Scalar correction, dims? dim, bool keepdim"

    @op(f"{name}.raw({raw})", forms="", promote="same", check=checked("std and var"), grad=rule)
    def spread(self, correction, *, dim, keepdim):
        axes = axes_of(dim, self.ndim)
        found, _ = _variance(self, correction, axes)
        return finish(root(found), self.shape, axes, keepdim)

    def rule_on_var(g, self, correction, dim, result):
        return _variance_gradient(g, self, correction, dim)

    over_both = _both_gradients(_deviation_gradient if name == "std" else rule_on_var)
    if name == "var":
        over_both = _without_result(over_both)

    @op(f"{both}.raw({raw})", forms="", promote="same", check=checked(both), grad=over_both)
    def spread_and_mean(self, correction, *, dim, keepdim):
        axes = axes_of(dim, self.ndim)
        found, average = _variance(self, correction, axes)
        average = average if keepdim else average.reshape(found.shape)
        return finish(root(found), self.shape, axes, keepdim), average

    def run(key, self, dim, correction, keepdim):
        correction = 1 if correction is None else correction
        out = dispatch(registry[f"{key}.raw"], (self, correction), (dim, keepdim))
        first = out[0] if type(out) is tuple else out
        reduced = self.numel() // first.numel() if first.numel() else 0
        if reduced <= correction:
            warnings.warn(
                f"{key}(): degrees of freedom is <= 0. Correction should be strictly less than the "
                "reduction factor (input numel divided by output numel).",
                stacklevel=4,
            )
        return out

    texts = {
        name: f"""The {"standard deviation" if name == "std" else "variance"} over ``dim`` (all dims by default).

        Args:
            unbiased: divide by one less than the number of elements; ``correction`` says how many.

        Example:
            >>> torch.{name}(torch.tensor([1.0, 3.0]), correction=0)
            tensor(1.)
        """,
        both: f"""(`torch.{name}`, `torch.mean`) over ``dim``, in one pass.

        Example:
            >>> torch.{both}(torch.tensor([1.0, 3.0]), correction=0)
            (tensor(1.), tensor(2.))
        """,
    }
    for key, forms in ((name, OUT), (both, "function")):

        def by_correction(self, dim=None, *, correction=None, keepdim=False, key=key):
            return run(key, self, dim, correction, keepdim)

        def over_all(self, unbiased=True, key=key):
            return run(key, self, None, int(unbiased), False)

        def over_dims(self, dim, unbiased=True, keepdim=False, key=key):
            return run(key, self, dim, int(unbiased), keepdim)

        by_correction.__doc__ = texts[key]
        composite(f"{key}.correction(Tensor self, dims? dim=None, *, Scalar? correction=None, "
                  "bool keepdim=False)", forms=forms)(by_correction)  # fmt: skip
        composite(f"{key}.all(Tensor self, bool unbiased=True)", forms=forms)(over_all)
        composite(f"{key}.dim(Tensor self, dims? dim, bool unbiased=True, bool keepdim=False)",
                  forms=forms)(over_dims)  # fmt: skip


def _without_result(rule):
    """The formula that saves no result, from one that does not read it."""
    return lambda gs, self, correction, dim: rule(gs, self, correction, dim, None)


_declare_spread("var", lambda x: x, _variance_gradient)
_declare_spread("std", jnp.sqrt, _deviation_gradient)


# -- median, mode, kthvalue -----------------------------------------------------------------------
def _check_order(name: str):
    def check(self, *, dim, **_):
        wrap_dim(dim, self.ndim)
        if self.shape:
            check_reduced(name, self, (dim,))

    return check


def _picked(values, indices, place, dim, keepdim):
    """The values and indices at ``place`` (dims kept) along ``dim``."""
    found = [jnp.take_along_axis(x, place, dim) for x in (values, indices)]
    return tuple(x if keepdim else jnp.squeeze(x, dim) for x in found)


def _middle(values, dim: int, skip_nan: bool):
    """The place of the lower median in sorted values; of NaN if there is one and it counts."""
    n = values.shape[dim]
    shape = kept(values.shape, (dim,))
    if values.dtype.kind != "f":
        return jnp.full(shape, (n - 1) // 2, jnp.int64)
    present = jnp.sum(~jnp.isnan(values), dim, keepdims=True, dtype=jnp.int64)
    if skip_nan:
        return jnp.maximum((present - 1) // 2, 0)
    return jnp.where(present == n, (n - 1) // 2, present)


def _even_ties(g, self, result):
    ties = jnp.where(jnp.isnan(result), jnp.isnan(self), self == result)
    return ties.astype(g.dtype) * (g / jnp.sum(ties, dtype=g.dtype))


_INDEXED = {
    "promote": "same",
    "grad": lambda g, self, indices, dim, keepdim: select_gradient(g, indices, self.shape, dim, keepdim),
}  # fmt: skip


def _declare_median(name: str, skip_nan: bool, words: str, example: str) -> None:
    @op(f"{name}(Tensor self)", promote="same", kernel="median_cpu: int half float", grad=_even_ties,
        doc=f"""The lower median of all elements, or along ``dim`` with its index{words}.

        Example:
            >>> torch.{name}(torch.tensor({example}))
            tensor(2.)
        """)  # fmt: skip
    def over_all(self):
        flat = self.reshape(-1)
        if flat.size == 0:
            empty = jnp.nan if flat.dtype.kind == "f" else jnp.iinfo(flat.dtype).min
            return jnp.full((), empty, flat.dtype)
        values = lax.sort(flat)
        return values[_middle(values, 0, skip_nan)[0]]

    @op(f"{name}.dim(Tensor self, int dim, bool keepdim=False) -> (values, indices)", forms=OUT,
        check=_check_order("median"), node=f"{name.title()}Backward1",
        kernel="median_out: int half float", **_INDEXED)  # fmt: skip
    @along
    def along_dim(self, *, dim, keepdim):
        values, indices = ordered(self, dim)
        return _picked(values, indices, _middle(values, dim, skip_nan), dim, keepdim)


_declare_median("median", False, "; NaN if there is one", "[3.0, 1.0, 2.0, 4.0]")
_declare_median("nanmedian", True, ", NaN left out", "[3.0, float('nan'), 2.0]")


@op("mode(Tensor self, int dim=-1, bool keepdim=False) -> (values, indices)", forms=OUT,
    check=_check_order("mode"), kernel="mode_cpu: bool int half float", **_INDEXED)  # fmt: skip
@along
def mode(self, *, dim, keepdim):
    """The most frequent element along ``dim`` (the smallest of several) and its last index.

    Example:
        >>> torch.mode(torch.tensor([1, 2, 2])).values
        tensor(2)
    """
    values, indices = ordered(self, dim)
    n = self.shape[dim]
    place = positions(self.shape, dim)
    new = jnp.not_equal(lax.slice_in_dim(values, 1, n, axis=dim), lax.slice_in_dim(values, 0, n - 1, axis=dim))
    edge = jnp.ones(kept(self.shape, (dim,)), jnp.bool_)
    starts = lax.cummax(jnp.where(jnp.concatenate([edge, new], dim), place, 0), dim)
    length = jnp.where(jnp.concatenate([new, edge], dim), place - starts + 1, 0)
    longest = jnp.expand_dims(lax.argmax(length, dim, jnp.int64), dim)
    return _picked(values, indices, longest, dim, keepdim)


def _check_kthvalue(self, *, k, dim, keepdim):
    dim = wrap_dim(dim, self.ndim)
    if self.shape:
        check_reduced("kthvalue", self, (dim,))
    if not 1 <= k <= (self.shape[dim] if self.shape else 1):
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {dim}")


@op("kthvalue(Tensor self, int k, int dim=-1, bool keepdim=False) -> (values, indices)", forms=OUT,
    check=_check_kthvalue, kernel="kthvalue_cpu: int half float", **_INDEXED)  # fmt: skip
@along
def kthvalue(self, *, k, dim, keepdim):
    """The ``k``-th smallest element along ``dim`` (from 1) and its index.

    Example:
        >>> torch.kthvalue(torch.tensor([3, 1, 2]), 2).values
        tensor(2)
    """
    values, indices = ordered(self, dim)
    place = jnp.full(kept(self.shape, (dim,)), k - 1, jnp.int64)
    return _picked(values, indices, place, dim, keepdim)


# -- quantiles ------------------------------------------------------------------------------------
_INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


def _check_quantile(self, q, interpolation):
    if self.numel() == 0:
        raise RuntimeError("quantile() input tensor must be non-empty")
    if q.ndim > 1:
        raise RuntimeError("quantile() q must be a scalar or 1D tensor")
    if self.dtype not in (dtypes.float32, dtypes.float64):
        raise RuntimeError("quantile() input tensor must be either float or double dtype")
    if q.dtype is not self.dtype:
        raise RuntimeError("quantile() q tensor must be same dtype as the input tensor")
    if interpolation not in _INTERPOLATIONS:
        raise RuntimeError(
            "quantile() interpolation must be one of linear, lower, higher, midpoint or nearest, but got "
            f"{interpolation}"
        )


def _quantile(self, q, dim, keepdim, interpolation, skip_nan):
    if not isinstance(q, (int, float)):
        if q.numel() and not _within(q):
            raise RuntimeError("quantile() q values must be in the range [0, 1]")
    else:
        if not 0 <= q <= 1:
            raise RuntimeError(f"quantile() q must be in the range [0, 1] but got {q:g}")
        q = self.new_tensor(q) if self.dtype.is_floating_point else self.new_tensor(q, dtype=dtypes.float32)
    _check_quantile(self, q, interpolation)
    ndim = self.ndim
    shape = list(self.shape)
    if dim is None:
        shape = [1] * ndim if keepdim else []
        values = self.flatten().sort()[0]
    else:
        dim = wrap_dim(dim, ndim)
        if ndim:
            shape[dim : dim + 1] = [1] if keepdim else []
        if dim == max(ndim - 1, 0):
            values = self.sort()[0]
        else:
            values = self.unsqueeze(-1).transpose(dim, -1).sort()[0]
    n = values.shape[-1] if values.ndim else 1
    values = values.contiguous().view([*shape, n])
    if n > 16_000_000:
        raise RuntimeError("quantile() input tensor is too large")
    absent = values.isnan()
    if skip_nan:
        ranks = q * (absent.logical_not().sum(-1, True) - 1)
        ranks = ranks.masked_fill(ranks < 0, 0)
    else:
        ranks = q * (n - 1)
        hidden = absent.any(-1, True)
        ranks = ranks.expand([*hidden.shape[:-1], ranks.numel()]).masked_fill(hidden, n - 1)
    if interpolation in ("lower", "higher", "nearest"):
        ranks = getattr(ranks, {"lower": "floor", "higher": "ceil", "nearest": "round"}[interpolation])()
    below = ranks.long()
    found = values.gather(-1, below)
    if interpolation in ("linear", "midpoint"):
        weights = ranks.new_full(ranks.shape, 0.5) if interpolation == "midpoint" else ranks - below
        found = found.lerp(values.gather(-1, ranks.ceil().long()), weights)
    if q.ndim == 0:
        return found.squeeze_(-1)
    return found.unsqueeze_(0).transpose_(0, -1).squeeze_(-1)


def _within(q) -> bool:
    return bool(((q >= 0) & (q <= 1)).all())


def _declare_quantile(name: str, skip_nan: bool, words: str) -> None:
    for key, kind in ((name, "Tensor"), (f"{name}.scalar", "float")):

        @composite(f"{key}(Tensor self, {kind} q, int? dim=None, bool keepdim=False, *, "
                   "str interpolation='linear')", forms=OUT)  # fmt: skip
        def quantile(self, q, dim=None, keepdim=False, *, interpolation="linear"):
            return _quantile(self, q, dim, keepdim, interpolation, skip_nan)

        quantile.__doc__ = f"""The ``q``-quantiles over ``dim`` (all elements by default){words}.

        Args:
            q: a number in [0, 1], or several in a tensor: they are the first dim of the result.
            interpolation: what lies between two elements: linear, lower, higher, midpoint, nearest.

        Example:
            >>> torch.{name}(torch.tensor([1.0, 2.0, 4.0]), 0.75)
            tensor(3.)
        """


_declare_quantile("quantile", False, "; NaN if there is one")
_declare_quantile("nanquantile", True, ", NaN left out")


# -- covariance -----------------------------------------------------------------------------------
def _check_weights(name: str, weights, kind: str, right: bool, observations: int):
    if weights.ndim > 1:
        raise RuntimeError(
            f"cov(): expected {name} to have one or fewer dimensions but got {name} with {weights.ndim} dimensions"
        )
    if not right:
        raise RuntimeError(
            f"cov(): expected {name} to have {kind} dtype but got {name} with {weights.dtype.title} dtype"
        )
    if weights.numel() != observations:
        raise RuntimeError(
            f"cov(): expected {name} to have the same numel as there are observations in the input but got "
            f"{weights.numel()} != {observations}"
        )
    if observations and bool(weights.min() < 0):
        raise RuntimeError(f"cov(): {name} cannot be negative")


@composite("cov(Tensor self, *, int correction=1, Tensor? fweights=None, Tensor? aweights=None)")
def cov(self, *, correction=1, fweights=None, aweights=None):
    """The covariance matrix of variables (rows) over observations (columns).

    Args:
        correction: what is taken off the number of observations.
        fweights: integers: how often each observation was made.
        aweights: floats: how much each observation counts.

    Example:
        >>> torch.cov(torch.tensor([[0.0, 2.0], [2.0, 0.0]]))
        tensor([[ 2., -2.],
                [-2.,  2.]])
    """
    if self.ndim > 2:
        raise RuntimeError(
            f"cov(): expected input to have two or fewer dimensions but got an input with {self.ndim} dimensions"
        )
    if self.dtype is dtypes.bool_:
        raise RuntimeError("cov(): bool dtype is not supported for input")
    rows = self.view([1, -1]) if self.ndim < 2 and self.numel() else self.view([1, self.numel()]) if self.ndim < 2 else self
    n = rows.shape[1]
    weights = None
    if fweights is not None:
        right = fweights.dtype.category == 1
        _check_weights("fweights", fweights, "integral", right, n)
        weights = fweights
    if aweights is not None:
        _check_weights("aweights", aweights, "floating point", aweights.dtype.is_floating_point, n)
        weights = aweights if weights is None else weights * aweights
    weighted = rows if weights is None else rows * weights
    total = n
    if weights is not None:
        total = weights.sum()
        if bool(total == 0):
            raise RuntimeError("cov(): weights sum to zero, can't be normalized")
    mean = weighted.sum(1) / total
    if weights is not None and aweights is not None and correction != 0:
        free = total - correction * (weights * aweights).sum() / total
    else:
        free = total - correction
    if bool(free <= 0):
        warnings.warn(
            "cov(): degrees of freedom is <= 0. Correction should be strictly less than the number of "
            "observations.",
            stacklevel=3,
        )
        free = 0
    rows = rows - mean.unsqueeze(1)
    other = rows if weights is None else rows * weights
    return rows.mm(other.t().conj()).div(free).squeeze()


@composite("corrcoef(Tensor self)")
def corrcoef(self):
    """The correlation coefficients of variables (rows) over observations (columns).

    Example:
        >>> torch.corrcoef(torch.tensor([[0.0, 2.0], [2.0, 0.0]]))
        tensor([[ 1., -1.],
                [-1.,  1.]])
    """
    if self.ndim > 2:
        raise RuntimeError(
            f"corrcoef(): expected input to have two or fewer dimensions but got an input with {self.ndim} dimensions"
        )
    c = self.cov()
    if c.ndim == 0:
        return c / c
    spread = c.diagonal()
    spread = (spread.real if c.dtype.is_complex else spread).sqrt()
    c = c / spread.view([-1, 1])
    c = c / spread.view([1, -1])
    if c.dtype.is_complex:
        return namespaces["torch"]["complex"](c.real.clamp(-1, 1), c.imag.clamp(-1, 1))
    return c.clamp(-1, 1)


# -- counts and histograms ------------------------------------------------------------------------
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
    dynamic="count into a fixed number of bins with index_add or scatter_add", **no_derivative("bincount"))  # fmt: skip
def bincount(self, weights, *, minlength):
    """How often each of 0, 1, 2, ... occurs, or the sum of the ``weights`` where it does.

    Returns:
        int64 counts up to the largest element (at least ``minlength``); sums are float32 or float64.

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
    low, high = _outer_edges(self.astype(jnp.float32) if self.dtype.itemsize == 2 else self, low, high)
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
    check=_check_histc, bounds=_histc_wrong, bounds_error=_histc_error, differentiable=False)  # fmt: skip
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
                "torch.histogramdd: if weight tensor is provided, input tensor and weight tensor should have "
                f"the same dtype, but got input({self.dtype.cpp}), and weight({weight.dtype.cpp})"
            )
        if product(weight.shape) != product(self.shape):
            raise RuntimeError(
                "torch.histogramdd: if weight tensor is provided it should have the same shape as the input "
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
            f"torch.histogramdd: min should not exceed max, but got min {_shown(low)} max {_shown(high)} "
            "for dimension 0"
        )
    if not given:
        low, high = self.min().item(), self.max().item()
    return RuntimeError(f"torch.histogramdd: dimension 0's range [{_shown(low)}, {_shown(high)}] is not finite")


@op("histogram.equal_bins(Tensor self, Tensor? weight, Scalar low, Scalar high, int bins, bool density, bool given) "
    "-> (hist, bin_edges)", check=_check_equal_bins, bounds=_range_wrong, bounds_error=_range_error, **_HISTOGRAM)  # fmt: skip
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
            f"torch.histogramdd: bins tensor should have one dimension, but got {bins.ndim} dimensions in the "
            "bins tensor for dimension 0"
        )
    if bins.shape[0] == 0:
        raise RuntimeError(
            "torch.histogramdd: bins tensor should have at least 1 element, but got 0 elements in the bins "
            "tensor for dimension 0"
        )
    if bins.dtype is not self.dtype:
        raise RuntimeError(
            "torch.histogramdd: input tensor and bins tensors should have the same dtype, but got input with "
            f"dtype {self.dtype.cpp} and bins for dimension 0 with dtype {bins.dtype.cpp}"
        )
    _check_bins(bins.shape[0] - 1)
    _check_histogram(self, weight)


@op("histogram.given_edges(Tensor self, Tensor? weight, Tensor bins, bool density) -> (hist, bin_edges)",
    check=_check_edges, **_HISTOGRAM)  # fmt: skip
def histogram_of_given_edges(self, weight, bins, *, density):
    flat = self.reshape(-1)
    last = bins.shape[0] - 1
    place = search(bins, flat, True) - 1
    place = jnp.where(flat == bins[last], last - 1, place)
    inside = (flat >= bins[0]) & (flat <= bins[last])
    return _histogram(flat, place, inside, weight, bins, density), bins


@composite("histogram(Tensor self, Tensor bins, *, Tensor? weight=None, bool density=False) "
           "-> (hist, bin_edges)", forms=OUT)  # fmt: skip
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


@composite("histogram.bin_ct(Tensor self, int bins=100, *, float[]? range=None, Tensor? weight=None, "
           "bool density=False)", forms=OUT)  # fmt: skip
def histogram_of_range(self, bins=100, *, range=None, weight=None, density=False):
    if range is not None and len(range) != 2:
        raise RuntimeError(
            f"torch.histogramdd: for a 1-dimensional histogram range should have 2 elements, but got {len(range)}"
        )
    low, high = range or (0.0, 0.0)
    static = (bins, density, range is not None)
    return _named(registry["histogram.equal_bins"], (self, weight, low, high), static)

