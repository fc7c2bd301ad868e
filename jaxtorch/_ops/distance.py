"""Norms and distances."""

from __future__ import annotations

from math import inf

from jax import lax
from jax import numpy as jnp

from .._core import dtypes
from .._core.bind import namespaces
from .._core.dispatch import dispatch, fact_of
from .._core.layout import broadcast_shapes, wrap_dim
from .._core.spec import composite, departs, op, registry
from .dims import SAME_OUT, axes_of, finish, restored
from .precision import dot_precision

OUT = "function method out"


# -- vector norms ---------------------------------------------------------------------------------
def measure(self, p, axes):
    """The ``p``-norm over ``axes``: real, without the dims."""
    if p == 0:
        return lax.reduce_sum((self != 0).astype(self.real.dtype), axes)
    if p == 2:
        square = self.real * self.real
        if self.dtype.kind == "c":
            square += self.imag * self.imag
        return lax.sqrt(lax.reduce_sum(square, axes))
    size = lax.abs(self)
    if p == 1:
        return lax.reduce_sum(size, axes)
    if p == inf:
        return lax.reduce_max(size, axes)
    if p == -inf:
        return lax.reduce_min(size, axes)
    return lax.reduce_sum(size**p, axes) ** (1 / p)


def _direction(x):
    """``x / abs(x)``, 0 where ``x`` is."""
    if x.dtype.kind != "c":
        return lax.sign(x)
    size = lax.abs(x)
    return jnp.where(size == 0, 0, x / jnp.where(size == 0, 1, size).astype(x.dtype))


def _masked(x, where):
    return jnp.where(where, jnp.zeros((), x.dtype), x)


def norm_gradient(g, self, p, result, axes):
    """The gradient of `measure`; ``g`` and ``result`` have the reduced dims as 1.

    Zero where the norm has a corner at zero, as PyTorch has it; none for a count.
    """
    if p == 0:
        return jnp.zeros_like(self)
    if p == 1:
        return _direction(self) * g
    if p == 2:
        return g * _masked(self / result.astype(self.dtype), result == 0)
    if p in (inf, -inf):
        size = lax.abs(self)
        extreme = (size == result) | (jnp.isnan(size) & jnp.isnan(result))
        n = jnp.sum(extreme, axis=axes, keepdims=True, dtype=result.dtype)
        return _direction(self) * (g / n * extreme.astype(result.dtype))
    if p < 1:
        scaled = _direction(self) * _masked(lax.abs(self) ** (p - 1), self == 0)
        return scaled * g * result ** (1 - p)
    scale = _masked(g / result ** (p - 1), result == 0)
    if p < 2:
        return _direction(self) * lax.abs(self) ** (p - 1) * scale
    return self * lax.abs(self) ** (p - 2) * scale


def check_norm(self, p, dim, dtype=None) -> None:
    """PyTorch's errors of vector norms."""
    if self.dtype.category < 2:
        raise RuntimeError(
            "linalg.vector_norm: Expected a floating point or complex tensor as input. Got "
            + self.dtype.title
        )
    axes = axes_of(dim, self.ndim)
    if p == inf or p < 0:
        what = f"linalg.vector_norm cannot compute the {float(p):g} norm on "
        why = "is empty and the operation does not have an identity"
        if not dim and 0 in self.shape:
            raise RuntimeError(
                f"{what}an empty tensor because the operation does not have an identity"
            )
        for d in axes if dim else ():
            if self.shape[d] == 0:
                raise RuntimeError(f"{what}the dimension {d}because this dimension {why}")
    if dtype is None:
        return
    if dtype.category < 2:
        raise RuntimeError(
            f"linalg.vector_norm: dtype should be floating point or complex, but got {dtype.title}"
        )
    if dtype.is_complex != self.dtype.is_complex:
        kind = "complex" if self.dtype.is_complex else "real"
        raise RuntimeError(
            f"linalg.vector_norm: dtype should be {kind} for {kind} inputs, but got {dtype.title}"
        )
    if dtypes.promote_types(self.dtype, dtype) is not dtype:
        raise RuntimeError(
            f"linalg.vector_norm: the dtype of the input ({self.dtype.title}) should be "
            "convertible "
            f"without narrowing to the specified dtype ({dtype.title})"
        )


def _check_vector_norm(self, *, ord, dim, keepdim, dtype):
    if isinstance(ord, complex):
        raise RuntimeError(
            "linalg.vector_norm: Expected a non-complex scalar as the order of norm."
        )
    if not isinstance(ord, (int, float)):
        raise TypeError(
            "linalg_vector_norm(): argument 'ord' (position 2) must be Number, not "
            + type(ord).__name__
        )
    check_norm(self, ord, dim, dtype)


@departs("0 where the norm is 0, not 0 / 0")
def _vector_norm_gradient(g, self, result, ord, dim):
    if ord == 0:
        return None
    g, result = restored(g, self.shape, dim), restored(result, self.shape, dim)
    return norm_gradient(g, self, ord, result, axes_of(dim, self.ndim))


@op("linalg_vector_norm(Tensor self, any ord=2, dims? dim=None, bool keepdim=False, *, "
    "dtype? dtype=None)",
    forms="linalg out", exact_out=SAME_OUT, check=_check_vector_norm, grad=_vector_norm_gradient,
    promote=lambda pairs, dtype, **_: dtype or pairs[0][0])  # fmt: skip
def linalg_vector_norm(self, *, ord, dim, keepdim, dtype):
    """The ``ord``-norm of all elements as one vector, or over ``dim``.

    Args:
        ord: any number: 0 counts, inf and -inf are the extremes of the absolute values.
        dtype: computed in this dtype.

    Example:
        >>> torch.linalg.vector_norm(torch.tensor([3.0, 4.0]))
        tensor(5.)
    """
    axes = axes_of(dim, self.ndim)
    return finish(measure(self, ord, axes), self.shape, axes, keepdim)


@composite("norm(Tensor self, any p='fro', dims? dim=None, bool keepdim=False, any out=None, "
           "dtype? dtype=None)")  # fmt: skip
def norm(self, p="fro", dim=None, keepdim=False, out=None, dtype=None):
    """The vector norm over ``dim`` (all dims by default); matrix norms for 'nuc' and 'fro'.

    Example:
        >>> torch.norm(torch.tensor([3.0, 4.0]))
        tensor(5.)
    """
    linalg = namespaces["linalg"]
    if isinstance(p, str) and not (p == "fro" and (dim is None or len(dim) <= 2)):
        over = tuple(range(self.ndim)) if dim is None else dim
        return linalg["matrix_norm"](self, p, over, keepdim, dtype=dtype, out=out)
    power = 2.0 if p is None or p == "fro" else p
    return linalg["vector_norm"](self, power, dim, keepdim, dtype=dtype, out=out)


# -- distances ------------------------------------------------------------------------------------
def _check_dist(self, other, *, p):
    if not isinstance(p, (int, float)):
        raise TypeError(f"dist(): argument 'p' (position 3) must be Number, not {type(p).__name__}")
    shape = broadcast_shapes(self.shape, other.shape)
    common = dtypes.result_dtype([(self.dtype, self.rank), (other.dtype, other.rank)])
    registry["sub"].check(self, other, fact_of(1))
    if common.category < 2:
        raise RuntimeError(
            "norm(): input dtype should be either floating point or complex. Got "
            f"{common.title} instead."
        )
    if 0 in shape and (p == inf or p < 0):
        raise RuntimeError(
            f"linalg.vector_norm cannot compute the {float(p):g} norm on an empty tensor because "
            "the "
            "operation does not have an identity"
        )


@departs("0 where the distance is 0, not 0 / 0")
def _dist_gradient(g, self, other, p, result):
    if p == 0:  # PyTorch's own formula fails on the gradient that it leaves undefined
        raise RuntimeError(
            "Expected a proper Tensor but got None (or an undefined Tensor in C++) for argument #0 "
            "'self'"
        )
    apart = self - other
    slope = norm_gradient(g, apart, p, result, tuple(range(apart.ndim)))
    return slope, -slope


@op(
    "dist(Tensor self, Tensor other, any p=2)",
    promote="result",
    check=_check_dist,
    grad=_dist_gradient,
)
def dist(self, other, *, p):
    """The ``p``-norm of ``self - other``, broadcast.

    Example:
        >>> torch.dist(torch.tensor([1.0, 5.0]), torch.tensor([4.0, 1.0]))
        tensor(5.)
    """
    apart = self - other
    return measure(apart, p, tuple(range(apart.ndim)))


def _check_renorm(self, maxnorm, *, p, dim):
    if isinstance(p, complex):
        raise RuntimeError("renorm: p must be real-valued")
    if p <= 0:
        raise RuntimeError("renorm: non-positive-norm not supported")
    if maxnorm.dtype.is_complex:
        raise RuntimeError("renorm: maxnorm must be real-valued")
    if self.ndim < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {self.ndim} dimensions")
    check_norm(self, p, _others(self, dim))


def _others(self, dim) -> tuple[int, ...]:
    dim = wrap_dim(dim, self.ndim)
    return tuple(d for d in range(self.ndim) if d != dim)


def _slice_norms(self, p, dim):
    axes = _others(self, dim)
    return finish(measure(self, p, axes), self.shape, axes, True), axes


def _renorm_gradient(g, self, p, dim, maxnorm):
    size, axes = _slice_norms(self, p, dim)
    pulled = jnp.sum((jnp.conj(self) * g).real, axis=axes, keepdims=True)
    slope = norm_gradient(pulled, self, p, size, axes)
    inverse = 1 / (size + 1e-7)
    return jnp.where(size > maxnorm.real, maxnorm * inverse * (g - inverse * slope), g)


@op("renorm(Tensor self, any p, int dim, Scalar maxnorm)", forms="function method inplace out",
    exact_out=SAME_OUT, promote="same", check=_check_renorm, grad=_renorm_gradient,
    bounds=lambda self, maxnorm, **_: ~(maxnorm.real >= 0),
    bounds_error=lambda self, maxnorm, **_: RuntimeError(
        f"renorm: expected maxnorm to be >= 0 but got {float(maxnorm):g}"))  # fmt: skip
def renorm(self, maxnorm, *, p, dim):
    """``self`` with every slice along ``dim`` scaled down to a ``p``-norm of at most ``maxnorm``.

    Example:
        >>> torch.renorm(torch.tensor([[3.0, 4.0], [0.0, 1.0]]), 2, 0, 1.0)
        tensor([[0.6000, 0.8000],
                [0.0000, 1.0000]])
    """
    size, _ = _slice_norms(self, p, dim)
    limit = maxnorm.real
    factor = jnp.where(size > limit, limit / (size + 1e-7), jnp.ones((), size.dtype))
    return self * factor.astype(self.dtype)


# -- distances between rows -----------------------------------------------------------------------
def _differences(x1, x2):
    return jnp.expand_dims(x1, -2) - jnp.expand_dims(x2, -3)


def _row_gradient(g, apart, p, result):
    """The gradient of distances with respect to the differences (last dim)."""
    g, result = jnp.expand_dims(g, -1), jnp.expand_dims(result, -1)
    if p == inf:
        # PyTorch gives every largest component the whole gradient here
        return g * jnp.where(lax.abs(apart) == result, lax.sign(apart), 0)
    return norm_gradient(g, apart, p, result, (apart.ndim - 1,))


@departs("rows that are equal add 0, not 0 / 0")
def _cdist_gradient(g, x1, x2, p, result):
    slope = _row_gradient(g, _differences(x1, x2), p, result)
    return jnp.sum(slope, -2), -jnp.sum(slope, -3)


@op(
    "cdist.raw(Tensor x1, Tensor x2, any p)",
    forms="",
    promote="same",
    kernel="cdist: float",
    grad=_cdist_gradient,
)
def distances(x1, x2, *, p):
    apart = _differences(x1, x2)
    if x1.shape[-1] == 0:
        return jnp.zeros(apart.shape[:-1], x1.dtype)
    return measure(apart, p, (apart.ndim - 1,))


@departs("rows that are equal add 0, not 0 / 0")
def _euclidean_gradient(g, x1, x2, result):
    weight = _masked(g / jnp.where(result == 0, 1, result), result == 0)

    def side(x, other, weight):
        back = jnp.matmul(weight, other, precision=dot_precision())
        return x * jnp.sum(weight, -1, keepdims=True) - back

    return side(x1, x2, weight), side(x2, x1, jnp.swapaxes(weight, -1, -2))


@op("cdist.euclidean(Tensor x1, Tensor x2)", forms="", promote="same", kernel="cdist: float",
    node="ViewBackward0", grad=_euclidean_gradient)  # fmt: skip
def euclidean_distances(x1, x2):
    def squares(x):
        return jnp.sum(x * x, -1, keepdims=True)

    inner = jnp.matmul(x1, jnp.swapaxes(x2, -1, -2), precision=dot_precision())
    square = squares(x1) + jnp.swapaxes(squares(x2), -1, -2) - 2 * inner
    return lax.sqrt(jnp.maximum(square, jnp.zeros((), square.dtype)))


_MODES = (
    "use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist",
)  # fmt: skip


@composite("cdist(Tensor x1, Tensor x2, any p=2.0, "
           "str compute_mode='use_mm_for_euclid_dist_if_necessary')",
           forms="function")  # fmt: skip
def cdist(x1, x2, p=2.0, compute_mode=_MODES[0]):
    """The ``p``-norm distances between the rows of ``x1`` (..., P, M) and ``x2`` (..., R, M).

    Args:
        compute_mode: whether Euclidean distances may be computed by a matrix product, which is
            faster and less exact: by default with more than 25 rows.

    Returns:
        A fresh tensor (..., P, R).

    Example:
        >>> torch.cdist(torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0]]))
        tensor([[5.]])
    """
    if compute_mode not in _MODES:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")
    for name, x in (("X1", x1), ("X2", x2)):
        if x.ndim < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, {name} got: {x.ndim}D")
    if x1.shape[-1] != x2.shape[-1]:
        raise RuntimeError(
            f"X1 and X2 must have the same number of columns. X1: {x1.shape[-1]} X2: {x2.shape[-1]}"
        )
    for name, x in (("X1", x1), ("X2", x2)):
        if not x.dtype.is_floating_point:
            raise RuntimeError(
                f"cdist only supports floating-point dtypes, {name} got: {x.dtype.title}"
            )
    if p < 0:
        raise RuntimeError("cdist only supports non-negative p values")
    if x1.dtype is not x2.dtype:
        raise RuntimeError(f"expected scalar type {x1.dtype.title} but found {x2.dtype.title}")
    broadcast_shapes(tuple(x1.shape[:-2]), tuple(x2.shape[:-2]))
    many = max(x1.shape[-2], x2.shape[-2]) > 25 and compute_mode == _MODES[0]
    if p == 2 and x1.shape[-1] and (many or compute_mode == _MODES[1]):
        return dispatch(registry["cdist.euclidean"], (x1, x2))
    return dispatch(registry["cdist.raw"], (x1, x2), (p,))


def _check_pdist(self, *, p):
    if self.ndim != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {self.ndim}D")
    if not self.dtype.is_floating_point:
        raise RuntimeError("pdist only supports floating-point dtypes")
    if p < 0:
        raise RuntimeError("pdist only supports non-negative p values")


def _pairs(self):
    """The differences of all pairs of rows, the first row's first."""
    first, second = jnp.triu_indices(self.shape[0], 1)
    return first, second, self[first] - self[second]


@departs("rows that are equal add 0, not 0 / 0")
def _pdist_gradient(g, self, p, result):
    first, second, apart = _pairs(self)
    slope = _row_gradient(g, apart, p, result)
    return jnp.zeros_like(self).at[first].add(slope).at[second].add(-slope)


@op("pdist(Tensor self, float p=2)", forms="function nn", promote="same", kernel="pdist: float",
    check=_check_pdist, grad=_pdist_gradient)  # fmt: skip
def pdist(self, *, p):
    """The ``p``-norm distances between all pairs of rows: (0, 1), (0, 2), ..., (1, 2), ...

    Example:
        >>> torch.pdist(torch.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]]))
        tensor([5.0000, 1.0000, 4.2426])
    """
    _, _, apart = _pairs(self)
    if self.shape[1] == 0:
        return jnp.zeros(apart.shape[:1], self.dtype)
    return measure(apart, p, (1,))
