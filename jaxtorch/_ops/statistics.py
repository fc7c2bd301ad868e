"""Moments: std, var, covariance and correlation."""

from __future__ import annotations

import warnings

from jax import lax
from jax import numpy as jnp

from .._core import dtypes
from .._core.bind import namespaces
from .._core.dispatch import dispatch
from .._core.spec import composite, departs, op, registry
from .dims import axes_of, count, finish, kept, restored

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


@departs("0 where the deviation is 0, not 0 / 0")
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

    rule.__dict__.update(vars(spread))  # what it says of itself
    return rule


def _declare_spread(name: str, root, rule) -> None:
    """``std``/``var`` and ``std_mean``/``var_mean``: one op each under three signatures."""
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

    what = "standard deviation" if name == "std" else "variance"
    texts = {
        name: f"""The {what} over ``dim`` (all dims by default).

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


# -- covariance -----------------------------------------------------------------------------------
def _check_weights(name: str, weights, kind: str, right: bool, observations: int):
    if weights.ndim > 1:
        raise RuntimeError(
            f"cov(): expected {name} to have one or fewer dimensions but got {name} with "
            f"{weights.ndim} dimensions"
        )
    if not right:
        raise RuntimeError(
            f"cov(): expected {name} to have {kind} dtype but got {name} with "
            f"{weights.dtype.title} dtype"
        )
    if weights.numel() != observations:
        raise RuntimeError(
            f"cov(): expected {name} to have the same numel as there are observations in the input "
            "but got "
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
            "cov(): expected input to have two or fewer dimensions but got an input with "
            f"{self.ndim} dimensions"
        )
    if self.dtype is dtypes.bool_:
        raise RuntimeError("cov(): bool dtype is not supported for input")
    rows = (
        self.view([1, -1])
        if self.ndim < 2 and self.numel()
        else self.view([1, self.numel()])
        if self.ndim < 2
        else self
    )
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
            "cov(): degrees of freedom is <= 0. Correction should be strictly less than the number "
            "of "
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
        >>> torch.corrcoef(torch.tensor([[0.0, 2.0], [2.0, 0.0]])).round()
        tensor([[ 1., -1.],
                [-1.,  1.]])
    """
    if self.ndim > 2:
        raise RuntimeError(
            "corrcoef(): expected input to have two or fewer dimensions but got an input with "
            f"{self.ndim} dimensions"
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
