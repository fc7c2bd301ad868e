"""torch.masked: reductions, scans and normalizations over the elements that a mask leaves.

A mask broadcasts to its input and is True where an element counts. Elements that do not count are
replaced by a number that changes nothing in the operation (0 of a sum, -inf of a maximum), and the
operation of the same name does the rest; where nothing is left, the result is that number, or nan
where there is none. Masks of strided tensors are taken, and `MaskedTensor` is not.
"""

from __future__ import annotations

import math

from ._core import dtypes
from ._core.bind import namespaces
from ._core.exchange import tensor
from ._core.layout import wrap_dim
from ._core.tensor import Tensor

_torch, _linalg = namespaces["torch"], namespaces["linalg"]

__all__ = [
    "amax", "amin", "argmax", "argmin", "as_masked_tensor", "cumprod", "cumsum", "is_masked_tensor", "log_softmax",
    "logaddexp", "logsumexp", "masked_tensor", "mean", "median", "norm", "normalize", "prod", "softmax", "softmin",
    "std", "sum", "var",
]  # fmt: skip


# -- what is left out -----------------------------------------------------------------------------
def _input_mask(input: Tensor, *args, mask: Tensor, **kwargs) -> Tensor:
    """The mask as bools in the input's shape."""
    if mask.shape != input.shape:
        if mask.ndim > input.ndim:
            raise IndexError(
                "_input_mask expected broadcastable mask (got mask dimensionality higher than of the input)"
            )
        mask = mask.clone().broadcast_to(input.shape)
    return mask.to(dtype=dtypes.bool_)


def _least(d: dtypes.dtype):
    return -math.inf if d.category == 2 else dtypes.iinfo(d).min


def _greatest(d: dtypes.dtype):
    return math.inf if d.category == 2 else dtypes.iinfo(d).max


# operation -> (the kinds of dtype it has an identity for, its identity); kinds are dtype categories
_IDENTITY = {
    "sum": ((0, 1, 2, 3), lambda d: 0),
    "prod": ((0, 1, 2, 3), lambda d: 1),
    "amax": ((1, 2, 3), _least),
    "argmax": ((1, 2, 3), _least),
    "logaddexp": ((1, 2, 3), _least),
    "logsumexp": ((1, 2, 3), lambda d: complex(-math.inf, 0) if d.category == 3 else _least(d)),
    "amin": ((1, 2, 3), _greatest),
    "argmin": ((1, 2, 3), _greatest),
    "median": ((2,), lambda d: math.nan),
    "norm": ((0, 1, 2, 3), lambda d: 0),
}


def _left(name: str, input: Tensor, mask: Tensor | None, ord=None) -> Tensor:
    """The input with the identity of an operation where the mask is False."""
    if mask is None:
        return input
    mask = _input_mask(input, mask=mask)
    d = input.dtype
    kinds, identity = _IDENTITY[name]
    if d.category not in kinds:
        raise NotImplementedError(f"identity of {name} on {d} input")
    if name == "norm" and ord == -math.inf:
        identity = _greatest
    return _torch["where"](mask, input, tensor(identity(d), dtype=d, device=input.device))


def _dims(dim, ndim: int) -> tuple[int, ...]:
    """The dims named, counted from the front and in order; all for None."""
    if dim is None or dim == ():
        return tuple(range(ndim))
    found: list[int] = []
    for d in (dim,) if isinstance(dim, int) else dim:
        if d in found:
            raise RuntimeError(f"dim={d} appears multiple times in the list of dims")
        found.append(wrap_dim(d, ndim))
    return tuple(sorted(found))


def _whole(d: dtypes.dtype) -> dtypes.dtype:
    """The dtype in which a sum or product of elements of ``d`` comes out."""
    return dtypes.int64 if d.category < 2 else d


# -- reductions -----------------------------------------------------------------------------------
def sum(input, dim=None, *, keepdim=False, dtype=None, mask=None) -> Tensor:
    """The sum along dims of the elements that count; 0 where none does."""
    left = _left("sum", input, mask)
    return left.sum(_dims(dim, input.ndim), bool(keepdim), dtype=dtype or _whole(input.dtype))


def prod(input, dim=None, *, keepdim=False, dtype=None, mask=None) -> Tensor:
    """The product along dims of the elements that count; 1 where none does."""
    result = _left("prod", input, mask).to(dtype=dtype or _whole(input.dtype))
    for d in reversed(_dims(dim, input.ndim)):
        result = result.prod(dim=d, keepdim=bool(keepdim))
    return result


def amax(input, dim=None, *, keepdim=False, dtype=None, mask=None) -> Tensor:
    """The greatest along dims of the elements that count."""
    result = _left("amax", input, mask).amax(_dims(dim, input.ndim), bool(keepdim))
    return result.to(dtype=dtype or input.dtype)


def amin(input, dim=None, *, keepdim=False, dtype=None, mask=None) -> Tensor:
    """The smallest along dims of the elements that count."""
    result = _left("amin", input, mask).amin(_dims(dim, input.ndim), bool(keepdim))
    return result.to(dtype=dtype or input.dtype)


def argmax(input, dim=None, *, keepdim=False, dtype=None, mask=None) -> Tensor:
    """The place of the greatest element that counts, in the input's dtype."""
    return _left("argmax", input, mask).argmax(dim, bool(keepdim)).to(dtype=dtype or input.dtype)


def argmin(input, dim=None, *, keepdim=False, dtype=None, mask=None) -> Tensor:
    """The place of the smallest element that counts, in the input's dtype."""
    return _left("argmin", input, mask).argmin(dim, bool(keepdim)).to(dtype=dtype or input.dtype)


def logsumexp(input, dim=None, *, keepdim=False, dtype=None, mask=None) -> Tensor:
    """The logarithm of the sum of exponentials of the elements that count."""
    left = _left("logsumexp", input, mask)
    return left.logsumexp(_dims(dim, input.ndim), keepdim=keepdim).to(dtype=dtype or input.dtype)


def norm(input, ord=2.0, dim=None, *, keepdim=False, dtype=None, mask=None) -> Tensor:
    """The vector norm along dims of the elements that count."""
    left = _left("norm", input, mask, ord)
    dims = _dims(dim, input.ndim)
    return _linalg["vector_norm"](left, ord, dims, bool(keepdim), dtype=dtype or input.dtype)


def median(input, dim=-1, *, keepdim=False, dtype=None, mask=None) -> Tensor:
    """The median along a dim of the elements that count; nan where none does."""
    dim = _dims(dim, input.ndim)[0]
    floating = input.is_floating_point()
    values = input if floating else input.to(dtype=dtypes.float32)
    result = _left("median", values, mask).nanmedian(dim, keepdim).values
    if floating:
        return result
    if bool(result.isnan().any()):
        raise ValueError("masked median expects no fully masked out rows if dtype is not floating point")
    return result.to(dtype=dtype or input.dtype)


def _total_and_count(input, dim, keepdim, dtype, mask):
    """The sum of the elements that count, and their number."""
    if mask is None:
        count = _torch["ones"](input.shape, dtype=dtypes.int64, device=input.device)
        count = sum(count, dim, keepdim=keepdim)
    else:
        mask = _input_mask(input, mask=mask)
        count = mask.sum(dim=dim, keepdim=bool(keepdim))
    return sum(input, dim, keepdim=keepdim, dtype=dtype, mask=mask), count


def mean(input, dim=None, *, keepdim=False, dtype=None, mask=None) -> Tensor:
    """The mean along dims of the elements that count; nan where none does."""
    d = dtype or input.dtype
    if d.category < 2:
        source = "Input" if dtype is None else "Optional"
        raise ValueError(
            f"mean(): Could not infer output dtype. {source} dtype must be either "
            f"a floating point or complex dtype. Got: {d}"
        )
    total, count = _total_and_count(input, dim, keepdim, d, mask)
    return total / count


def var(input, dim=None, unbiased=None, *, correction=None, keepdim=False, dtype=None, mask=None) -> Tensor:
    """The variance along dims of the elements that count; nan where too few do."""
    if unbiased is not None and correction is not None:
        raise AssertionError("Only one of unbiased and correction may be given")
    if correction is None:
        correction = 0.0 if unbiased is False else 1.0
    d = dtype or (input.dtype if input.dtype.category >= 2 else dtypes.float32)
    computed = d if d.category >= 2 else dtypes.float32
    if mask is not None:
        mask = _input_mask(input, mask=mask)
    total, count = _total_and_count(input, dim, True, d, mask)
    x = input - total / count
    total = sum(x * x.conj(), dim, keepdim=keepdim, dtype=computed, mask=mask)
    if not keepdim:
        count = count.reshape(total.shape)
    if correction != 0:
        count = count.to(dtype=computed.to_real()) - float(correction)
        count = count.maximum(count.new_zeros([]))
    return (total / count).to(dtype=d)


def std(input, dim=None, unbiased=None, *, correction=None, keepdim=False, dtype=None, mask=None) -> Tensor:
    """The standard deviation along dims of the elements that count; nan where too few do."""
    found = var(input, dim, unbiased, correction=correction, keepdim=keepdim, dtype=dtype, mask=mask)
    return found.sqrt()


# -- scans and normalizations ---------------------------------------------------------------------
def cumsum(input, dim, *, dtype=None, mask=None) -> Tensor:
    """The sums of the elements that count, up to each place."""
    d = dtype or input.dtype
    return _left("sum", input, mask).cumsum(_dims(dim, input.ndim)[0], dtype=d).to(dtype=d)


def cumprod(input, dim, *, dtype=None, mask=None) -> Tensor:
    """The products of the elements that count, up to each place."""
    d = dtype or input.dtype
    return _left("prod", input, mask).cumprod(_dims(dim, input.ndim)[0], dtype=d).to(dtype=d)


def softmax(input, dim, *, dtype=None, mask=None) -> Tensor:
    """softmax over the elements that count; 0 elsewhere, nan where none does."""
    left = _left("amax", input, mask)
    return left.softmax(_dims(dim, input.ndim)[0], dtype=dtype or input.dtype)


def log_softmax(input, dim, *, dtype=None, mask=None) -> Tensor:
    """The logarithm of `softmax`."""
    left = _left("amax", input, mask)
    return left.log_softmax(_dims(dim, input.ndim)[0], dtype=dtype or input.dtype)


def softmin(input, dim, *, dtype=None, mask=None) -> Tensor:
    """`softmax` of the negated elements."""
    left = _left("amin", input, mask)
    return (-left).softmax(_dims(dim, input.ndim)[0], dtype=dtype or input.dtype)


def normalize(input, ord, dim, *, eps=1e-12, dtype=None, mask=None) -> Tensor:
    """The elements that count over their norm along a dim, or over ``eps`` where that is more."""
    left = _left("sum", input, mask)
    length = norm(input, ord, dim, keepdim=True, dtype=dtype or input.dtype, mask=mask)
    return left / length.maximum(length.new_full([], eps))


def logaddexp(input, other, *, dtype=None, input_mask=None, other_mask=None) -> Tensor:
    """``log(exp(input) + exp(other))``, each over the elements that its mask leaves."""
    left = _left("logaddexp", input, input_mask)
    return left.logaddexp(_left("logaddexp", other, other_mask)).to(dtype=dtype or input.dtype)


_REDUCTIONS = {"sum", "prod", "amax", "amin", "argmax", "argmin", "mean", "median", "norm", "var", "std", "logsumexp"}


def _output_mask(op, input, *args, **kwargs) -> Tensor:
    """The mask of what ``op``, a function of this module, gives for these arguments."""
    mask = _input_mask(input, mask=kwargs["mask"])
    if op.__name__ not in _REDUCTIONS:
        return mask
    args = args[1:] if op.__name__ == "norm" else args
    dims = _dims(args[0] if args else kwargs.get("dim"), input.ndim)
    for d in reversed(dims):
        mask = mask.any(d, keepdim=bool(kwargs.get("keepdim", False)))
    return mask


# -- tensors that carry a mask --------------------------------------------------------------------
def is_masked_tensor(obj) -> bool:
    """Whether an object is a `MaskedTensor`: there are none."""
    return False


def masked_tensor(data, mask, requires_grad=False):
    """Not supported: pass ``mask=`` to the functions of this module."""
    raise NotImplementedError("torch.masked.masked_tensor: give the functions of torch.masked a mask= instead")


def as_masked_tensor(data, mask):
    """Not supported: pass ``mask=`` to the functions of this module."""
    raise NotImplementedError("torch.masked.as_masked_tensor: give the functions of torch.masked a mask= instead")
