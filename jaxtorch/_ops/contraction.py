"""Products over chosen dims: inner, tensordot, chains of matrices, bilinear forms."""

from __future__ import annotations

from math import prod

from jax import numpy as jnp

from .._core.dispatch import dispatch
from .._core.errors import warn_once
from .._core.layout import wrap_dim
from .._core.out import COPIED, write_out
from .._core.spec import OutRules, composite, function, op, registry
from .._core.tensor import Tensor
from .dims import refuse
from .matmul import KINDS, OUT
from .precision import accumulator, contract, dot_precision, product


# -- tensordot ------------------------------------------------------------------------------------
def _require_same_dtype(self, other) -> None:
    if self.dtype is not other.dtype:
        raise RuntimeError("both inputs should have same dtype")


def _wrapped(dims, ndim: int) -> list[int]:
    found: list[int] = []
    for d in dims:
        d = wrap_dim(d, ndim)
        if d in found:
            raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
        found.append(d)
    return found


def _matrix(shape, dims, last: bool) -> tuple[int, int]:
    """The shape of the matrix whose columns (rows, unless ``last``) are summed over ``dims``."""
    inner = prod(shape[d] for d in dims)
    outer = prod(shape) // inner if inner else 0
    return (outer, inner) if last else (inner, outer)


def _check_tensordot(self, other, *, dims_self, dims_other):
    if len(dims_self) != len(dims_other):
        raise RuntimeError("both dimension lists should have same length")
    _require_same_dtype(self, other)
    for d, e in zip(dims_self, dims_other, strict=True):
        s, t = self.shape[wrap_dim(d, self.ndim)], other.shape[wrap_dim(e, other.ndim)]
        if s != t and 1 not in (s, t):
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {s} in dim {d} "
                f"and second has size {t} in dim {e}"
            )
    _wrapped(dims_self, self.ndim)
    _wrapped(dims_other, other.ndim)


@op("tensordot_dims(Tensor self, Tensor other, int[] dims_self, int[] dims_other)", forms="", promote="same",
    opmath=False, check=_check_tensordot, kernel=f"addmm_impl_cpu_: {KINDS}", node="ViewBackward0",
    saved_views={"other": lambda _, b, *, dims_self, dims_other: _matrix(b, dims_other, False),
                 "self": lambda a, _, *, dims_self, dims_other: _matrix(a, dims_self, True)})  # fmt: skip
def tensordot_dims(self, other, *, dims_self, dims_other):
    a, b = _wrapped(dims_self, self.ndim), _wrapped(dims_other, other.ndim)
    for i, (d, e) in enumerate(zip(a, b, strict=True)):
        # a size of 1 is broadcast, so the other side may be summed first
        if self.shape[d] == 1 != other.shape[b[i]]:
            other = jnp.sum(other, e, keepdims=True, dtype=other.dtype)
        elif other.shape[e] == 1 != self.shape[d]:
            self = jnp.sum(self, d, keepdims=True, dtype=self.dtype)
    return contract(self, other, (tuple(a), tuple(b)))


_tensordot = registry["tensordot_dims"]
_EXACT = (
    "tensordot: Expected the output tensor to have dtype {result.title}, but got an output tensor "
    "with dtype {out.title}"
)


def _dims_of(dims, a, b):
    if isinstance(dims, Tensor):
        dims = dims.tolist()
    if isinstance(dims, (tuple, list)):
        first, second = dims
        for place, d in (("dims_self' (position 3)", first), ("dims_other' (position 4)", second)):
            if not isinstance(d, (tuple, list)):
                raise TypeError(f"tensordot(): argument '{place} must be tuple of ints, not {type(d).__name__}")
        return tuple(first), tuple(second)
    if dims < 0:
        raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
    if dims > min(a.dim(), b.dim()):
        raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
    return tuple(range(-dims, 0)), tuple(range(dims))


@function("tensordot")
def tensordot(a, b, dims=2, out=None):
    """The product of two tensors summed over ``dims``: the last of ``a`` with the first of ``b``.

    Args:
        dims: how many, or the list of ``a``'s and the list of ``b``'s.

    Raises:
        RuntimeError: the sizes of paired dims differ (and none is 1), or the dtypes do.

    Example:
        >>> torch.tensordot(torch.ones(2, 3), torch.ones(3, 2), dims=1)
        tensor([[3., 3.],
                [3., 3.]])
    """
    result = dispatch(_tensordot, (a, b), _dims_of(dims, a, b))
    if out is None:
        return result
    return write_out("tensordot", out, result, OutRules(exact_out=_EXACT, out_name=COPIED))


def _check_inner(self, other):
    if self.shape[-1] != other.shape[-1]:
        raise RuntimeError(
            "inner() the last dimension must match on both input tensors but got shapes "
            f"{list(self.shape)} and {list(other.shape)}"
        )
    _require_same_dtype(self, other)
    if self.dtype.category == 0 and self.ndim == other.ndim == 1:
        raise refuse("dot", self.dtype)


@op("inner_last(Tensor self, Tensor other)", forms="", promote="same", opmath=False, check=_check_inner,
    kernel=f"addmm_impl_cpu_: {KINDS}", node="ViewBackward0",
    saved_views={"other": lambda _, b: _matrix(b, (-1,), True)[::-1] if len(b) > 1 else b,
                 "self": lambda a, _: _matrix(a, (-1,), True) if len(a) > 1 else a})  # fmt: skip
def inner_last(self, other):
    return contract(self, other, ((self.ndim - 1,), (other.ndim - 1,)))


@composite("inner(Tensor self, Tensor other)", forms=OUT, exact_out=_EXACT, out_name=COPIED)
def inner(self, other):
    """The sum of products over the last dims; with a 0-d tensor, the plain product.

    Example:
        >>> torch.inner(torch.tensor([1, 2]), torch.tensor([3, 4]))
        tensor(11)
    """
    if not self.ndim or not other.ndim:
        return self.mul(other)
    return dispatch(registry["inner_last"], (self, other))


# -- chains of matrices ---------------------------------------------------------------------------
def _check_chain(tensors):
    n = len(tensors)
    if n < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {n}")
    for i, x in enumerate(tensors):
        if i in (0, n - 1):
            if x.ndim not in (1, 2):
                which = "first" if i == 0 else "last"
                raise RuntimeError(f"multi_dot(): the {which} tensor must be 1D or 2D but got {x.ndim}D")
        elif x.ndim != 2:
            raise RuntimeError(f"multi_dot(): tensor {i} must be 2D but got {x.ndim}D")
    first = tensors[0]
    for i, x in enumerate(tensors[1:], 1):
        if x.dtype is not first.dtype:
            raise RuntimeError(
                "multi_dot(): all tensors must have be the same dtype but tensor 0 is "
                f"{first.dtype.cpp} and tensor {i} {x.dtype.cpp}"
            )
        before = tensors[i - 1]
        if before.shape[-1] != x.shape[0]:
            raise RuntimeError(
                f"multi_dot(): tensors {i - 1} and {i} with shapes {list(before.shape)} and "
                f"{list(x.shape)} cannot be multiplied"
            )


def _cheapest(sizes: list[int]):
    """Where to split each part of a chain of matrices so that the fewest products are made."""
    n = len(sizes) - 1
    cost = [[0] * n for _ in range(n)]
    split = [[0] * n for _ in range(n)]
    for length in range(2, n + 1):
        for i in range(n - length + 1):
            j = i + length - 1
            cost[i][j], split[i][j] = min(
                (cost[i][k] + cost[k + 1][j] + sizes[i] * sizes[k + 1] * sizes[j + 1], k) for k in range(i, j)
            )
    return split


@op("multi_dot(Tensor[] tensors)", forms="", promote="same", opmath=False, check=_check_chain,
    kernel=f"addmm_impl_cpu_: {KINDS}", node="ViewBackward0")  # fmt: skip
def multi_dot(tensors):
    first, last = tensors[0], tensors[-1]
    shape = (first.shape[:-1] if first.ndim == 2 else ()) + (last.shape[1:] if last.ndim == 2 else ())
    matrices = list(tensors)
    matrices[0] = first if first.ndim == 2 else first[None]
    matrices[-1] = last if last.ndim == 2 else last[:, None]
    split = _cheapest([m.shape[0] for m in matrices] + [matrices[-1].shape[1]])

    def multiply(i, j):
        if i == j:
            return matrices[i]
        k = split[i][j]
        return product(multiply(i, k), multiply(k + 1, j))

    return multiply(0, len(matrices) - 1).reshape(shape)


@composite("linalg_multi_dot(Tensor[] tensors)", forms="linalg out",
           exact_out="multi_dot(): expected out tensor to have dtype {result.cpp} but got {out.cpp}",
           out_name="mm")  # fmt: skip
def linalg_multi_dot(tensors):
    """The product of a chain of matrices, in the order that takes the fewest multiplications.

    The first and the last may be vectors: a row and a column.
    """
    return dispatch(registry["multi_dot"], (tensors,))


@function("chain_matmul")
def chain_matmul(*matrices, out=None):
    """The product of a chain of matrices; PyTorch deprecates it for `linalg.multi_dot`."""
    warn_once(
        "torch.chain_matmul is deprecated and will be removed in a future PyTorch release. Use "
        "torch.linalg.multi_dot instead, which accepts a list of two or more tensors rather than "
        "multiple parameters."
    )
    for m in matrices:
        if m.dim() != 2:
            raise RuntimeError("Tensor dimension is 1, expected 2 instead.")
    result = matrices[0].clone() if len(matrices) == 1 else dispatch(registry["multi_dot"], (matrices,))
    if out is None:
        return result
    return write_out("chain_matmul", out, result)


# -- bilinear -------------------------------------------------------------------------------------
def _check_bilinear(input1, input2, weight):
    if weight.dtype.category == 0:
        raise refuse("bmm", weight.dtype)
    if input1.ndim != input2.ndim:
        raise RuntimeError(
            f"bilinear(): input dimensions do not match: got {input1.ndim} and {input2.ndim}"
        )
    for d, (s, t) in enumerate(zip(input1.shape[:-1], input2.shape[:-1], strict=True)):
        if s != t:
            raise RuntimeError(
                f"bilinear(): input batch dimensions do not match at dim {d}: got {s} and {t}"
            )
    for i, x in ((1, input1), (2, input2)):
        if x.shape[-1] != weight.shape[i]:
            raise RuntimeError(
                f"bilinear(): input{i} size does not match weight size: got {x.shape[-1]} but expected "
                f"{weight.shape[i]}"
            )


@op("bilinear_form(Tensor input1, Tensor input2, Tensor weight)", forms="", promote="same", opmath=False,
    check=_check_bilinear, node="ViewBackward0",
    saved_views={"input1": lambda a, *_: (prod(a[:-1]), a[-1]),
                 "input2": lambda _, b, __: (prod(b[:-1]), b[-1])})  # fmt: skip
def bilinear_form(input1, input2, weight):
    out = jnp.einsum(
        "...i,oij,...j->...o", input1, weight, input2, precision=dot_precision(),
        preferred_element_type=accumulator(weight.dtype),
    )  # fmt: skip
    return out.astype(weight.dtype)


@composite("bilinear(Tensor input1, Tensor input2, Tensor weight, Tensor? bias=None)", forms="function nn")
def bilinear(input1, input2, weight, bias):
    """For each output ``o``: ``input1 @ weight[o] @ input2 + bias[o]``.

    Args:
        input1: (..., in1).
        input2: (..., in2).
        weight: (out, in1, in2).
        bias: (out,).

    Returns:
        A fresh (..., out).
    """
    if bias is not None and bias.shape[0] != weight.shape[0]:
        raise RuntimeError(
            f"bilinear(): bias size does not match weight size: got {bias.shape[0]} but expected {weight.shape[0]}"
        )
    out = dispatch(registry["bilinear_form"], (input1, input2, weight))
    return out if bias is None else out + bias
