"""Order statistics: median, mode, kthvalue and quantiles."""

from __future__ import annotations

from jax import lax
from jax import numpy as jnp

from .._core import dtypes
from .._core.layout import wrap_dim
from .._core.spec import composite, departs, op
from .dims import along, check_reduced, kept, positions, select_gradient
from .ordering import ordered, ranked, take
from .running import running_max

OUT = "function method out"


# -- median, mode, kthvalue -----------------------------------------------------------------------
def _check_order(name: str):
    def check(self, *, dim, **_):
        wrap_dim(dim, self.ndim)
        if self.shape:
            check_reduced(f"{name}()", self, (dim,))

    return check


def _picked(found, dim, keepdim):
    """What was found with dims kept."""
    return tuple(x if keepdim else jnp.squeeze(x, dim) for x in found)


def _middle(self, dim: int, skip_nan: bool):
    """The rank of the lower median; of NaN if there is one and it counts."""
    n = self.shape[dim]
    shape = kept(self.shape, (dim,))
    if self.dtype.kind != "f":
        return jnp.full(shape, (n - 1) // 2, jnp.int64)
    present = jnp.sum(~jnp.isnan(self), dim, keepdims=True, dtype=jnp.int64)
    if skip_nan:
        return jnp.maximum((present - 1) // 2, 0)
    return jnp.where(present == n, (n - 1) // 2, present)


@departs("the elements that equal the median share it")
def _even_ties(g, self, result):
    ties = jnp.where(jnp.isnan(result), jnp.isnan(self), self == result)
    return ties.astype(g.dtype) * (g / jnp.sum(ties, dtype=g.dtype))


_INDEXED = {
    "promote": "same",
    "grad": lambda g, self, indices, dim, keepdim: select_gradient(
        g, indices, self.shape, dim, keepdim),
}  # fmt: skip


def _declare_median(name: str, skip_nan: bool, words: str, example: str) -> None:
    @op(f"{name}(Tensor self)", promote="same", kernel="median_cpu: int half float",
        grad=_even_ties, compares=True,
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
        return ranked(flat, _middle(flat, 0, skip_nan), 0)[0][0]

    @op(f"{name}.dim(Tensor self, int dim, bool keepdim=False) -> (values, indices)", forms=OUT,
        exact_out="Expected tensor for 'values' to have the same type as tensor for argument #2 "
        "'self'; but type torch.{out.title}Tensor does not equal torch.{result.title}Tensor (while "
        "checking arguments for median)", check=_check_order("median"),
        node=f"{name.title()}Backward1",
        kernel="median_out: int half float", **_INDEXED)  # fmt: skip
    @along
    def along_dim(self, *, dim, keepdim):
        return _picked(ranked(self, _middle(self, dim, skip_nan), dim), dim, keepdim)


_declare_median("median", False, "; NaN if there is one", "[3.0, 1.0, 2.0, 4.0]")
_declare_median("nanmedian", True, ", NaN left out", "[3.0, float('nan'), 2.0]")


@op("mode(Tensor self, int dim=-1, bool keepdim=False) -> (values, indices)", forms=OUT,
    exact_out="expected scalar type '{result.title}' but got '{out.title}' for values output",
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
    new = jnp.not_equal(
        lax.slice_in_dim(values, 1, n, axis=dim), lax.slice_in_dim(values, 0, n - 1, axis=dim)
    )
    edge = jnp.ones(kept(self.shape, (dim,)), jnp.bool_)
    starts = running_max(jnp.where(jnp.concatenate([edge, new], dim), place, 0), dim)
    length = jnp.where(jnp.concatenate([new, edge], dim), place - starts + 1, 0)
    longest = jnp.expand_dims(lax.argmax(length, dim, jnp.int64), dim)
    return _picked([take(x, longest, dim) for x in (values, indices)], dim, keepdim)


def _check_kthvalue(self, *, k, dim, keepdim):
    dim = wrap_dim(dim, self.ndim)
    if self.shape:
        check_reduced("kthvalue()", self, (dim,))
    if not 1 <= k <= (self.shape[dim] if self.shape else 1):
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {dim}")


@op("kthvalue(Tensor self, int k, int dim=-1, bool keepdim=False) -> (values, indices)", forms=OUT,
    exact_out="output values must be of same type as input", apart="always", apart_first=True, check=_check_kthvalue,
    kernel="kthvalue_cpu: int half float", **_INDEXED)  # fmt: skip
@along
def kthvalue(self, *, k, dim, keepdim):
    """The ``k``-th smallest element along ``dim`` (from 1) and its index.

    Example:
        >>> torch.kthvalue(torch.tensor([3, 1, 2]), 2).values
        tensor(2)
    """
    rank = jnp.full(kept(self.shape, (dim,)), k - 1, jnp.int64)
    return _picked(ranked(self, rank, dim), dim, keepdim)


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
            "quantile() interpolation must be one of linear, lower, higher, midpoint or nearest, "
            "but got "
            f"{interpolation}"
        )


def _quantile(self, q, dim, keepdim, interpolation, skip_nan):
    if not isinstance(q, (int, float)):
        if q.numel() and not _within(q):
            raise RuntimeError("quantile() q values must be in the range [0, 1]")
    else:
        if not 0 <= q <= 1:
            raise RuntimeError(f"quantile() q must be in the range [0, 1] but got {q:g}")
        q = (
            self.new_tensor(q)
            if self.dtype.is_floating_point
            else self.new_tensor(q, dtype=dtypes.float32)
        )
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
        ranks = getattr(
            ranks, {"lower": "floor", "higher": "ceil", "nearest": "round"}[interpolation]
        )()
    below = ranks.long()
    found = values.gather(-1, below)
    if interpolation in ("linear", "midpoint"):
        weights = ranks.new_full(ranks.shape, 0.5) if interpolation == "midpoint" else ranks - below
        found.lerp_(values.gather(-1, ranks.ceil().long()), weights)
    if q.ndim == 0:
        return found.squeeze_(-1)
    return found.unsqueeze_(0).transpose_(0, -1).squeeze_(-1)


def _within(q) -> bool:
    return bool(((q >= 0) & (q <= 1)).all())


def _declare_quantile(name: str, skip_nan: bool, words: str) -> None:
    for key, kind in ((name, "Tensor"), (f"{name}.scalar", "float")):

        @composite(f"{key}(Tensor self, {kind} q, int? dim=None, bool keepdim=False, *, "
                   "str interpolation='linear')", forms=OUT,
                   exact_out="quantile() out tensor must be same dtype as the input tensor", out_name="copy_",
                   )  # fmt: skip
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
