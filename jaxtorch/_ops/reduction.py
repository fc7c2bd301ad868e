"""Reductions: sums, products, extremes and logic over dims."""

from __future__ import annotations

from jax import lax
from jax import numpy as jnp

from .._core import dtypes
from .._core.layout import wrap_dim
from .._core.spec import composite, departs, op
from .dims import (
    SAME_OUT,
    accumulated_dtype,
    along,
    axes_of,
    check_dim,
    check_dims,
    check_reduced,
    count,
    finish,
    kept,
    refuse,
    restored,
    select_gradient,
    spread,
)

OUT = "function method out"


# -- sums -----------------------------------------------------------------------------------------
def add_up(self, dim, keepdim):
    """The sum over ``dim``; of booleans, whether any is true."""
    axes = axes_of(dim, self.ndim)
    reduce = lax.reduce_or if self.dtype.kind == "b" else lax.reduce_sum
    return finish(reduce(self, axes), self.shape, axes, keepdim)


@op("sum(Tensor self, *, dtype? dtype=None)", promote=accumulated_dtype,
    grad=lambda g, self: jnp.broadcast_to(g, self.shape))  # fmt: skip
def sum(self, *, dtype):
    """The sum of all elements.

    Args:
        dtype: the dtype to add in; integers and booleans are added as int64 by default.

    Example:
        >>> torch.sum(torch.tensor([[1, 2], [3, 4]]))
        tensor(10)
    """
    return add_up(self, None, False)


@op("sum.dim_IntList(Tensor self, dims? dim, bool keepdim=False, *, dtype? dtype=None)", forms=OUT,
    computes_out=True, promote=accumulated_dtype, check=check_dims, node="SumBackward1",
    grad=lambda g, self, dim: spread(g, self.shape, dim))  # fmt: skip
def sum_over_dims(self, *, dim, keepdim, dtype):
    return add_up(self, dim, keepdim)


def _check_nansum(self, *, dim, dtype, **_):
    if self.dtype.is_complex:
        raise RuntimeError("nansum on CPU does not support complex inputs")
    axes_of(dim, self.ndim)
    if dtype is not None and self.dtype.category > 1 and not dtype.is_floating_point:
        raise refuse("nansum_cpu", dtype)


def _nansum_gradient(g, self, dim):
    g = spread(g, self.shape, dim)
    return jnp.where(jnp.isnan(self), g * 0, g)  # an infinite g leaves nan, as in PyTorch


@op("nansum(Tensor self, dims? dim=None, bool keepdim=False, *, dtype? dtype=None)", forms=OUT,
    computes_out=True,
    promote=accumulated_dtype, check=_check_nansum, grad=_nansum_gradient)  # fmt: skip
def nansum(self, *, dim, keepdim, dtype):
    """The sum over ``dim`` (all dims by default), NaN counting as zero.

    Example:
        >>> torch.nansum(torch.tensor([1.0, float('nan'), 2.0]))
        tensor(3.)
    """
    if self.dtype.kind == "f":
        self = jnp.where(jnp.isnan(self), jnp.zeros((), self.dtype), self)
    return add_up(self, dim, keepdim)


# -- means ----------------------------------------------------------------------------------------
def _check_mean(self, *, dtype, dim=None, **_):
    used, which = (dtype, "Optional") if dtype else (self.dtype, "Input")
    if used.category < 2:
        raise RuntimeError(
            f"mean(): could not infer output dtype. {which} dtype must be either a floating point "
            "or "
            f"complex dtype. Got: {used.title}"
        )
    axes_of(dim, self.ndim)


def _divided(x, n: int):
    # nothing at all has the mean nan, as 0 / 0
    return x / jnp.asarray(n, x.real.dtype)


@op("mean(Tensor self, *, dtype? dtype=None)", forms=OUT, promote=accumulated_dtype, computes_out="wider",
    check=_check_mean,
    cast_error="mean.dtype_out(): input types can't be cast to the desired output type {out.title}",
    grad=lambda g, self: jnp.broadcast_to(_divided(g, self.size), self.shape))  # fmt: skip
def mean(self, *, dtype):
    """The mean of all elements of a floating point or complex tensor (nan of none).

    Raises:
        RuntimeError: integers, unless ``dtype`` converts them.

    Example:
        >>> torch.mean(torch.tensor([1.0, 2.0, 6.0]))
        tensor(3.)
    """
    return _divided(add_up(self, None, False), self.size)


def _mean_gradient(g, self, dim):
    n = count(self.shape, axes_of(dim, self.ndim))
    return spread(_divided(g, n), self.shape, dim)


@op("mean.dim(Tensor self, dims? dim, bool keepdim=False, *, dtype? dtype=None)", forms=OUT,
    promote=accumulated_dtype, computes_out="wider", check=_check_mean, node="MeanBackward1",
    grad=_mean_gradient)  # fmt: skip
def mean_over_dims(self, *, dim, keepdim, dtype):
    return _divided(add_up(self, dim, keepdim), count(self.shape, axes_of(dim, self.ndim)))


@composite(
    "nanmean(Tensor self, dims? dim=None, bool keepdim=False, *, dtype? dtype=None)", forms=OUT,
    out_name="nansum",
)  # fmt: skip
def nanmean(self, dim=None, keepdim=False, *, dtype=None):
    """The mean over ``dim`` (all dims by default) of what is not NaN.

    Example:
        >>> torch.nanmean(torch.tensor([1.0, float('nan'), 2.0]))
        tensor(1.5000)
    """
    if self.dtype.category < 2:
        raise RuntimeError(
            "nanmean(): expected input to have floating point or complex dtype but got "
            + self.dtype.title
        )
    present = self.detach().isnan().logical_not().sum(dim, keepdim)
    return self.nansum(dim, keepdim, dtype=dtype).div(present)


@composite("sum_to_size(Tensor self, size size)", forms="method")
def sum_to_size(self, size):
    """The sum over the dims that broadcasting ``size`` to this shape would stretch.

    Example:
        >>> torch.ones(2, 3).sum_to_size(2, 1)
        tensor([[3.],
                [3.]])
    """
    shape = self.shape
    lead = len(shape) - len(size)
    fits = lead >= 0 and all(n in (1, m) for n, m in zip(size, shape[max(lead, 0) :], strict=True))
    if not fits:
        raise RuntimeError(f"size {{{list(size)}}} is not expandable to size {{{list(shape)}}}.")
    if not size:
        return self.sum()
    stretched = [
        d for d in range(len(shape)) if d < lead or (size[d - lead] == 1 and shape[d] != 1)
    ]
    out = self.sum(stretched, True) if stretched else self
    return out.view(size) if lead else out


# -- products -------------------------------------------------------------------------------------
def multiply_up(self, dim, keepdim):
    """The product over ``dim``; of booleans, whether all are true."""
    axes = axes_of(dim, self.ndim)
    reduce = lax.reduce_and if self.dtype.kind == "b" else lax.reduce_prod
    return finish(reduce(self, axes), self.shape, axes, keepdim)


def product_of_others(x, dim: int):
    """For every element the product of the others along ``dim``: right where some are zero too."""
    one = lax.full(kept(x.shape, (dim,)), 1, x.dtype)
    n = x.shape[dim]
    if n == 0:
        return x
    before = lax.cumprod(lax.concatenate([one, lax.slice_in_dim(x, 0, n - 1, axis=dim)], dim), dim)
    after = lax.cumprod(
        lax.concatenate([lax.slice_in_dim(x, 1, n, axis=dim), one], dim), dim, reverse=True
    )
    return before * after


def _prod_gradient(g, self, result):
    return g * jnp.conj(product_of_others(self.reshape(-1), 0)).reshape(self.shape)


def _prod_dim_gradient(g, self, result, dim):
    if self.ndim == 0:
        return g.reshape(())
    others = product_of_others(self, wrap_dim(dim, self.ndim))
    return restored(g, self.shape, (dim,)) * jnp.conj(others)


@op("prod(Tensor self, *, dtype? dtype=None)", promote=accumulated_dtype, grad=_prod_gradient)
def prod(self, *, dtype):
    """The product of all elements (1 of none).

    Example:
        >>> torch.prod(torch.tensor([2.0, 3.0]))
        tensor(6.)
    """
    return multiply_up(self, None, False)


@op("prod.dim_int(Tensor self, int dim, bool keepdim=False, *, dtype? dtype=None)", forms=OUT,
    computes_out=True, promote=accumulated_dtype, check=check_dim, node="ProdBackward1",
    grad=_prod_dim_gradient)  # fmt: skip
def prod_over_dim(self, *, dim, keepdim, dtype):
    return multiply_up(self, (dim,), keepdim)


# -- extremes -------------------------------------------------------------------------------------
def reduce_max(self, axes):
    return (lax.reduce_or if self.dtype.kind == "b" else lax.reduce_max)(self, axes)


def reduce_min(self, axes):
    return (lax.reduce_and if self.dtype.kind == "b" else lax.reduce_min)(self, axes)


def _shared_among_ties(g, self, result, dim):
    """A cotangent in equal parts to the elements that equal the result."""
    ties = restored(result, self.shape, dim) == self
    return _shares(g, ties, dim)


def _shares(g, ties, dim):
    n = jnp.sum(ties, axis=axes_of(dim, ties.ndim), keepdims=True, dtype=g.dtype)
    g = restored(g, ties.shape, dim)
    # nothing equals a NaN result: its share is g / 0 * 0
    nothing = jnp.where((n == 0) & (g != 0), jnp.nan, 0).astype(g.dtype)
    return jnp.where(ties, g / n, nothing)


@departs("where the result is NaN, the NaNs alone share it")
def _shared_among_all_ties(g, self, result):
    ties = jnp.where(jnp.isnan(result), jnp.isnan(self), self == result)
    return ties.astype(g.dtype) * (g / jnp.sum(ties, dtype=g.dtype))


@departs("all of it goes to the element whose index is returned, a NaN too")
def _to_the_index(g, self, indices, dim, keepdim):
    return select_gradient(g, indices, self.shape, dim, keepdim)


def _arg(arg, self, dim):
    return arg(self.astype(jnp.uint8) if self.dtype.kind == "b" else self, dim, jnp.int64)


def _declare_over_dims(name: str, reduce, kernel: str, word: str, example: str) -> None:
    """``amax`` or ``amin``."""

    def check(self, *, dim, **_):
        axes_of(dim, self.ndim)
        check_reduced(f"{name}()", self, dim)
        if self.dtype.is_complex:
            raise refuse(kernel, self.dtype)

    @op(f"{name}(Tensor self, dims dim=(), bool keepdim=False)", forms=OUT, check=check,
        exact_out="Expected the dtype for input and out to match, but got {result.title} for "
        "input's dtype and {out.title} for out's dtype.", grad=_shared_among_ties, compares=True,
        doc=f"""The {word} element over ``dim`` (all dims by default).

        Equal {word} elements share the gradient.

        Example:
            >>> torch.{name}(torch.tensor([[1, 3], [2, 0]]), 1)
            tensor({example})
        """)  # fmt: skip
    def over_dims(self, *, dim, keepdim):
        axes = axes_of(dim, self.ndim)
        return finish(reduce(self, axes), self.shape, axes, keepdim)


_CANNOT_CAST = (
    "Expected canCast( typeMetaToScalarType(self.dtype()), typeMetaToScalarType(out.dtype())) "
    "to be true, but got false.  (Could this error message be improved?  If so, please report an "
    "enhancement request to PyTorch.)"
)


def _declare_extreme(name: str, reduce, arg, of_two: str, word: str, example: str) -> None:
    """``max`` or ``min``: over everything, of two tensors, or along a dim with indices."""

    def check_all(self):
        check_reduced(f"{name}()", self, None)
        if self.dtype.is_complex:
            raise refuse(f"{name}_all", self.dtype)

    @op(f"{name}(Tensor self)", forms=OUT, check=check_all, node=f"{name.title()}Backward1",
        grad=_shared_among_all_ties, compares=True, cast_error=_CANNOT_CAST,
        doc=f"""The {word} element; or along ``dim`` with its index; or elementwise of two tensors.

        Along a dim, the gradient goes to the (first) {word} element that is returned; over
        everything, equal {word} elements share it. NaN counts as the {word}.

        Returns:
            A fresh tensor; with ``dim`` a named tuple (values, indices).

        Example:
            >>> torch.{name}(torch.tensor([[1, 3], [2, 0]]), 1).values
            tensor({example})
        """)  # fmt: skip
    def over_all(self):
        return reduce(self, tuple(range(self.ndim)))

    @composite(f"{name}.other(Tensor self, Tensor other)", forms=OUT)
    def elementwise(self, other):
        return getattr(self, of_two)(other)

    def check_along(self, *, dim, **_):
        wrap_dim(dim, self.ndim)
        if self.shape:
            check_reduced(f"{name}()", self, (dim,))
        if self.dtype.is_complex:
            raise RuntimeError(f"{name}(): does not support complex input")

    @op(f"{name}.dim(Tensor self, int dim, bool keepdim=False) -> (values, indices)", forms=OUT,
        check=check_along, exact_out=SAME_OUT, node=f"{name.title()}Backward0",
        grad=_to_the_index)  # fmt: skip
    @along
    def along_dim(self, *, dim, keepdim):
        found = reduce(self, (dim,)), _arg(arg, self, dim)
        return tuple(finish(x, self.shape, (dim,), keepdim) for x in found)


def _declare_index(name: str, arg, word: str, example: str) -> None:
    """``argmax`` or ``argmin``."""

    def check(self, *, dim, **_):
        if dim is not None:
            wrap_dim(dim, self.ndim)
            if self.shape:
                check_reduced(f"{name}()", self, (dim,))
        elif 0 in self.shape:
            raise IndexError(
                f"{name}(): Expected reduction dim to be specified for input.numel() == 0."
            )
        kind = "complex" if self.dtype.is_complex else "bool"
        if self.dtype.is_complex or self.dtype is dtypes.bool_:
            raise RuntimeError(f"{name}(): does not support {kind} input")

    @along
    def along_dim(self, *, dim, keepdim):
        return finish(_arg(arg, self, dim), self.shape, (dim,), keepdim)

    @op(f"{name}(Tensor self, int? dim=None, bool keepdim=False)", forms=OUT, check=check,
        exact_out=SAME_OUT, differentiable=False,
        doc=f"""The index of the first {word} element, in the flattened tensor or along ``dim``.

        Example:
            >>> torch.{name}(torch.tensor([1, 3, 0]))
            tensor({example})
        """)  # fmt: skip
    def position(self, *, dim, keepdim):
        if dim is None:
            found = _arg(arg, self.reshape(-1), 0)
            return finish(found, self.shape, tuple(range(self.ndim)), keepdim)
        return along_dim(self, dim=dim, keepdim=keepdim)


_declare_over_dims("amax", reduce_max, "max_values_cpu", "largest", "[3, 2]")
_declare_over_dims("amin", reduce_min, "min_values_cpu", "smallest", "[1, 0]")
_declare_extreme("max", reduce_max, lax.argmax, "maximum", "largest", "[3, 2]")
_declare_extreme("min", reduce_min, lax.argmin, "minimum", "smallest", "[1, 0]")
_declare_index("argmax", lax.argmax, "largest", "1")
_declare_index("argmin", lax.argmin, "smallest", "2")


def _check_hash(self, *, dim, mode, **_):
    if mode != 0:
        raise RuntimeError(f"Unknown hash_tensor mode: {mode}")
    check_dims(self, dim=dim)
    check_reduced("hash_tensor", self, dim)
    if self.dtype.is_complex:
        raise refuse("xor_sum_cpu", self.dtype)


@op("hash_tensor(Tensor self, dims dim=(), *, bool keepdim=False, int mode=0)", forms=OUT, check=_check_hash,
    exact_out="Expected result to be of dtype uint64, but got {out.title}", opmath=False,
    differentiable=False)  # fmt: skip
def hash_tensor(self, *, dim, keepdim, mode):
    """The exclusive or of the elements' bits over ``dim`` (all dims by default), as uint64.

    Floating numbers count as float64, others as int64.

    Example:
        >>> torch.hash_tensor(torch.tensor([1, 2, 4]))
        tensor(7, dtype=torch.uint64)
    """
    wide = self.astype(jnp.float64 if jnp.issubdtype(self.dtype, jnp.floating) else jnp.int64)
    bits = lax.bitcast_convert_type(wide, jnp.uint64)
    axes = axes_of(dim, self.ndim)
    return finish(lax.reduce(bits, jnp.zeros((), jnp.uint64), lax.bitwise_xor, axes), self.shape, axes, keepdim)


def _check_aminmax(self, *, dim, **_):
    if dim is None:
        if 0 in self.shape:
            raise RuntimeError(
                "aminmax(): cannot compute aminmax over an empty dimension as the operation has no "
                "identity."
            )
    elif self.shape and self.shape[wrap_dim(dim, self.ndim)] == 0:
        raise IndexError(
            f"aminmax: Expected reduction dim {wrap_dim(dim, self.ndim)} to have non-zero size."
        )
    else:
        wrap_dim(dim, self.ndim)
    if self.dtype.is_complex:
        raise refuse("aminmax_cpu", self.dtype)


def _aminmax_gradient(gs, self, results, dim):
    low, high = (
        jnp.zeros(self.shape, self.dtype) if g is None else _shared_among_ties(g, self, r, dim)
        for g, r in zip(gs, results, strict=True)
    )
    return low + high


@op("aminmax(Tensor self, *, int? dim=None, bool keepdim=False) -> (min, max)", forms=OUT,
    exact_out=SAME_OUT,
    check=_check_aminmax, grad=_aminmax_gradient, compares=True)  # fmt: skip
def aminmax(self, *, dim, keepdim):
    """The smallest and the largest element, over all or along ``dim``: a named tuple (min, max).

    Example:
        >>> torch.aminmax(torch.tensor([3, 1, 2]))
        torch.return_types.aminmax(
        min=tensor(1),
        max=tensor(3))
    """
    axes = axes_of(dim if dim is None else (dim,), self.ndim)
    return tuple(finish(r(self, axes), self.shape, axes, keepdim) for r in (reduce_min, reduce_max))


# -- logic ----------------------------------------------------------------------------------------
def _check_some_dims(self, *, dim, **_):
    if dim:
        axes_of(dim, self.ndim)


def _truth_out(name):
    text = f"{name} only supports bool tensor for result, got: {{out.title}}"
    return lambda _, out: None if out in (dtypes.bool_, dtypes.uint8) else text


def _declare_logic(name: str, reduce, words: str, example: str) -> None:
    """``all`` or ``any``: bool, but uint8 of uint8; over no dims for ``dim=()``."""

    @op(f"{name}(Tensor self, dims? dim=None, bool keepdim=False)", forms=OUT,
        check=_check_some_dims, exact_out=_truth_out(name), differentiable=False,
        doc=f"""Whether {words} true (not zero), over ``dim`` (all dims by default).

        Example:
            >>> torch.{name}(torch.tensor([True, False]))
            tensor({example})
        """)  # fmt: skip
    def over(self, *, dim, keepdim):
        axes = () if dim == () else axes_of(dim, self.ndim)
        truth = self if self.dtype.kind == "b" else self != jnp.zeros((), self.dtype)
        out = finish(reduce(truth, axes), self.shape, axes, keepdim)
        return out.astype(jnp.uint8) if self.dtype == jnp.uint8 else out


_declare_logic("all", lax.reduce_and, "all elements are", "False")
_declare_logic("any", lax.reduce_or, "any element is", "True")


@op("count_nonzero(Tensor self, dims? dim=None)", check=check_dims, differentiable=False)
def count_nonzero(self, *, dim):
    """The number of elements that are not zero, over ``dim`` (all dims by default), as int64.

    Example:
        >>> torch.count_nonzero(torch.tensor([0, 3, 0, 1]))
        tensor(2)
    """
    return add_up((self != jnp.zeros((), self.dtype)).astype(jnp.int64), dim, False)


# -- logsumexp ------------------------------------------------------------------------------------
def _check_logsumexp(self, *, dim, keepdim):
    axes_of(dim, self.ndim)
    if dim == () and self.ndim and not keepdim:
        raise RuntimeError(
            f"output with shape [] doesn't match the broadcast shape {[1] * self.ndim}"
        )


def _logsumexp_gradient(g, self, result, dim):
    shape = self.shape
    return restored(g, shape, dim) * jnp.conj(jnp.exp(self - restored(result, shape, dim)))


def _float_out(_, out):
    if out.category < 2:
        return "logsumexp(): Expected floating point type for result tensor, but got: {out.title}"
    return None


@op("logsumexp(Tensor self, dims dim, bool keepdim=False)", forms=OUT, promote="float", computes_out="wider",
    exact_out=_float_out,
    check=_check_logsumexp, grad=_logsumexp_gradient)  # fmt: skip
def logsumexp(self, *, dim, keepdim):
    """``log(sum(exp(self)))`` over ``dim``, without overflow.

    Example:
        >>> torch.logsumexp(torch.tensor([1.0, 1.0]), 0)
        tensor(1.6931)
    """
    axes = axes_of(dim, self.ndim)
    if 0 in self.shape:
        total = lax.log(lax.reduce_sum(lax.exp(self), axes))
        return finish(total, self.shape, axes, keepdim)
    top = lax.reduce_max(self.real, axes).reshape(kept(self.shape, axes))
    # an infinite maximum would make inf - inf
    top = jnp.where(jnp.isinf(top), jnp.zeros((), top.dtype), top)
    total = lax.log(lax.reduce_sum(lax.exp(self - top.astype(self.dtype)), axes)).reshape(top.shape)
    total = total + top.astype(self.dtype)
    return (
        total if keepdim else total.reshape([s for d, s in enumerate(self.shape) if d not in axes])
    )

