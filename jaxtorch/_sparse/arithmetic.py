"""Sums, products and quotients of sparse tensors with each other, with dense ones and with numbers."""

from __future__ import annotations

import math

from .._core import dtypes
from .._core.composed import values_of
from .._core.dispatch import dispatch
from .._core.linked import followed, linked
from .._core.settings import result_type
from .._core.spec import registry
from .._core.tensor import Tensor
from .kernels import keys_of, take
from .pattern import coordinates, find, flat_values, places, settled, summed
from .tensor import COMPRESSED, COO, Compressed, Coo, SparseTensor, _same, become, coo, refusal, rule, torch

_DENSE_SECOND = "add(sparse, dense) is not supported. Use add(dense, sparse) instead."


def _is_number(x) -> bool:
    return not isinstance(x, Tensor)


def _conjugate(number):
    return number.conjugate() if type(number) is complex else number


# -- sums -----------------------------------------------------------------------------------------
def _scaled(g: Tensor, alpha) -> Tensor:
    return g if alpha == 1 else g * alpha


def _dense_plus(dense: Tensor, t: SparseTensor, alpha, node: str, dest: Tensor | None = None):
    if dense.shape != t.shape:
        raise RuntimeError(
            f"add: expected 'self' and 'other' to have same size, but self has size {list(dense.shape)} while other "
            f"has size {list(t.shape)} (FYI: dense-sparse addition does not currently support broadcasting)"
        )
    t = settled(t) if followed(t) else t
    common = result_type(dense, t._parts[-1])
    if dest is not None and not dtypes.can_cast(common, dest.dtype):
        raise RuntimeError(
            f"Can't convert result type {common.title} to output {dest.dtype.title} in add operation"
        )
    if isinstance(t, Compressed) and t._blocked:
        t = t.to_sparse_coo()  # pyright: ignore[reportAssignmentType]
    values = flat_values(t, values_of(t, node)).to(common if dest is None else dest.dtype)
    whole = dense if dest is not None else dense.to(common)
    return dispatch(registry["sparse_add"], (whole, coordinates(t), values, alpha), (node,), dest)


def _equal(a: Tensor, b: Tensor) -> bool:
    return _same(a, b) or a.shape == b.shape and bool(torch["equal"](a, b))


def _sum(a: SparseTensor, b: SparseTensor, alpha, node: str):
    if a.shape != b.shape:
        raise RuntimeError(
            f"add: expected sizes of 'self' and 'other' to match, but {list(a.shape)} != {list(b.shape)}"
        )
    if isinstance(a, Compressed) or isinstance(b, Compressed):
        if isinstance(a, Coo) or isinstance(b, Coo) or a._format is not b._format:
            raise NotImplementedError("add of sparse tensors of different layouts")
    elif a._parts[0].shape[0] != b._parts[0].shape[0]:
        raise RuntimeError("add: expected 'self' and 'other' to have same number of sparse dimensions")
    x, y = a._parts[-1].detach(), b._parts[-1].detach()
    if all(map(_equal, a._parts[:-1], b._parts[:-1])):
        made = a._like(torch["add"](x, y, alpha=alpha), "")
        if isinstance(made, Coo):
            made._coalesced = a._coalesced and b._coalesced
    elif isinstance(a, Compressed):
        form, blocks = a._format, tuple(x.shape[1:3]) if a._blocked else None
        flat = _sum(a.detached().to_sparse_coo(), b.detached().to_sparse_coo(), alpha, "")
        made = flat.to_sparse(layout=form, blocksize=blocks)
    else:
        common = result_type(x, y)
        where = torch["cat"]([a._parts[0].long(), b._parts[0].long()], 1)
        both = torch["cat"]([x.to(common), _scaled(y.to(common), alpha)])
        # what is not coalesced is only joined, until it is more than coordinates there are
        if a._coalesced and b._coalesced or where.shape[1] > math.prod(a._sparse_sizes):
            made = coo(*summed(where, both, a._sparse_sizes), a.shape, True)
        else:
            made = coo(where, both, a.shape, False)
    return linked(made, node, (a, lambda g: g), (b, lambda g: _scaled(g, alpha)))


def _plus(self, other, alpha, node: str, dest=None):
    if not isinstance(self, SparseTensor):
        return _dense_plus(self, other, alpha, node, dest)
    if not isinstance(other, SparseTensor):
        if isinstance(self, Compressed) and isinstance(other, Tensor) and dest is None:
            return _dense_plus(_scaled(other, alpha), self, 1, node)
        raise RuntimeError(_DENSE_SECOND)
    made = _sum(self, other, alpha, node)
    return made if dest is None else _written(self, made, "add")


def _written(self, made, what: str):
    if not dtypes.can_cast(made.dtype, self.dtype):
        raise RuntimeError(
            f"Can't convert result type {made.dtype.title} to output {self.dtype.title} in {what} operation"
        )
    return become(self, made, isinstance(self, Compressed))


@rule("add")
def add(self, other, *, alpha=1):
    """self + alpha other; a dense ``self`` gives a dense tensor."""
    if not isinstance(self, Tensor):  # number + sparse
        self, other = other, self
    return _plus(self, other, alpha, "AddBackward0")


@rule("add_")
def add_(self, other, *, alpha=1):
    """Add alpha other to this tensor."""
    return _plus(self, other, alpha, "AddBackward0", self)


@rule("sub", "subtract")
def sub(self, other, *, alpha=1):
    """self - alpha other; a dense ``self`` gives a dense tensor."""
    if isinstance(self, Compressed):
        raise RuntimeError("unsupported tensor layout: SparseCsr")
    return _plus(self, other, -alpha, "SubBackward0")


@rule("sub_", "subtract_")
def sub_(self, other, *, alpha=1):
    """Subtract alpha other from this tensor."""
    return _plus(self, other, -alpha, "SubBackward0", self)


@rule("rsub")
def rsub(self, other, alpha=1):
    """other - alpha self, of a dense ``other``."""
    if not isinstance(other, Tensor):
        raise RuntimeError(_DENSE_SECOND)
    return sub(other, self, alpha=alpha)


# -- products -------------------------------------------------------------------------------------
@rule("mul", "multiply", inplace="mul multiply")
def mul(self, other):
    """The product, element by element: sparse if either side is."""
    if not isinstance(self, SparseTensor):
        self, other = other, self
    if _is_number(other):
        made = self._like(self._parts[-1].detach() * other, "")
        return linked(made, "MulBackward0", (self, lambda g: g * _conjugate(other)))
    if isinstance(other, SparseTensor):
        return _product(self, other)
    self = settled(self) if followed(self) or followed(other) else self
    values = values_of(self, "MulBackward0")
    if other.dim():
        if other.shape != self.shape:
            other = other.expand(self.shape)
        if isinstance(self, Compressed) and self._blocked:
            raise NotImplementedError("mul of a blocked sparse tensor and a dense one")
        other = take(other, coordinates(self)).reshape(values.shape)
    return self._like(values * other, "MulBackward0")


def _product(a: SparseTensor, b: SparseTensor):
    """The product of two sparse tensors: where both have values."""
    if isinstance(a, Compressed):
        if not isinstance(b, Compressed) or a._format is not b._format or a._blocked:
            raise NotImplementedError("mul of sparse tensors of these layouts")
        if all(_same(p, q) for p, q in zip(a._parts[:-1], b._parts[:-1], strict=True)):
            return a._like(values_of(a, "MulBackward0") * values_of(b, "MulBackward0"), "MulBackward0")
        return _product(a.to_sparse_coo(), b.to_sparse_coo()).to_sparse(layout=a._format)
    if a._parts[0].shape[0] != b._parts[0].shape[0] or a._sparse_sizes != b._sparse_sizes or a.dim() != b.dim():
        raise RuntimeError(
            "sparse_binary_op_intersection_cpu(): expects sparse inputs with equal dimensionality, number of sparse "
            "dimensions, and shape of sparse dimensions"
        )
    a, b = settled(a), settled(b)
    sizes = a._sparse_sizes
    at, there = find(keys_of(a._parts[0], sizes), keys_of(b._parts[0], sizes))
    kept = places(there)
    values = values_of(a, "MulBackward0").index_select(0, kept)
    values = values * values_of(b, "MulBackward0").index_select(0, at.index_select(0, kept))
    return coo(a._parts[0].index_select(1, kept), values, a.shape, True, "MulBackward0")


def _divisor(self, other) -> None:
    if isinstance(other, SparseTensor) or isinstance(other, Tensor) and other.dim():
        raise RuntimeError(
            "Sparse division requires a scalar or zero-dim dense tensor divisor (got shape "
            f"{list(other.shape)} for divisor)"
        )


@rule("div", "divide", "true_divide", inplace="div divide true_divide", of=[COO])
def div(self, other, *, rounding_mode=None):
    """The values divided by a number or a 0-dim tensor."""
    _divisor(self, other)
    if rounding_mode is not None or isinstance(other, Tensor):
        self = settled(self)
        values = torch["div"](values_of(self, "DivBackward0"), other, rounding_mode=rounding_mode)
        return self._like(values, "DivBackward0")
    made = self._like(self._parts[-1].detach() / other, "")
    return linked(made, "DivBackward0", (self, lambda g: g / _conjugate(other)))


@rule("div", "divide", "true_divide", of=[COMPRESSED])
def _no_div(self, other, **_):
    raise RuntimeError("unsupported tensor layout: SparseCsr")


@rule("__rdiv__")
def _no_rdiv(self, other):
    raise refusal("reciprocal", self)


@rule("floor_divide", inplace="floor_divide", of=[COO])
def floor_divide(self, other):
    """The values divided by a number or a 0-dim tensor, rounded down."""
    _divisor(self, other)
    self = settled(self)
    return self._like(self._parts[-1].floor_divide(other), "")


@rule("pow", of=[COO])
def pow_(self, exponent):
    """The powers of the values.

    Raises:
        RuntimeError: the exponent is 0, which would make all elements 1.
    """
    if isinstance(exponent, Tensor) or not isinstance(self, SparseTensor):
        raise refusal("pow.Tensor_Tensor", self, exponent)
    if exponent == 0:
        raise RuntimeError(
            "pow: cannot raise to zeroth power on sparse tensor; it would make the result tensor dense"
        )
    self = settled(self)
    return self._like(values_of(self, "PowBackward0").pow(exponent), "PowBackward0")


@rule("zero_")
def zero_(self):
    """Make all elements 0: none is stored."""
    if isinstance(self, Compressed):
        empty = torch["zeros"](self.shape, dtype=self.dtype, device=self.device, layout=self.layout)
    else:
        empty = coo(self._parts[0][:, :0], self._parts[1].detach()[:0], self.shape, True)
    return become(self, empty)
