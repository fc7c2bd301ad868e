"""Reading and writing by index tensors: gather, scatter, index_add, masked_fill."""

from __future__ import annotations

import warnings

import jax
import numpy as np
from jax import lax
from jax import numpy as jnp

from .._core import dtypes, errors, modes
from .._core import layout as layouts
from .._core.alias import check_inplace, rebase
from .._core.dispatch import dispatch
from .._core.spec import composite, op, registry
from .._core.tape import Underivable, edge_of
from .._core.tensor import Tensor
from .dims import SAME_OUT
from .masking import untouched

ALL = "function method inplace out"
_INT = (dtypes.int32, dtypes.int64)


# -- places ---------------------------------------------------------------------------------------
# What gather and scatter read and write is an array seen `at` a subscript of index arrays: for every
# element of ``index`` its own coordinates with the one along ``dim`` replaced. index_select and
# index_add do the same for whole slices.


def _points(index, dim: int, shape: tuple) -> tuple:
    """The subscript of gather: an array of coordinates for each dimension."""
    if not shape:
        return ()
    where = [lax.broadcasted_iota(index.dtype, index.shape, d) for d in range(len(shape))]
    where[dim % len(shape)] = index
    return tuple(where)


def _slices(index, dim: int, shape: tuple) -> tuple:
    """The subscript of index_select: whole slices along ``dim``."""
    return (slice(None),) * (dim % len(shape)) + (index.reshape(-1),)


def _lifted(*arrays):
    """Arrays with 0-dim ones as of size 1."""
    return [x.reshape(1) if x.ndim == 0 else x for x in arrays]


def _get(x, where):
    return x.at[where].get(mode="promise_in_bounds")


def _set(x, where, values):
    return x.at[where].set(lax.convert_element_type(values, x.dtype), mode="promise_in_bounds")


def _outside(index, size: int):
    return jnp.any((index < 0) | (index >= size))


def _first_outside(index: Tensor, size: int, low: int = 0) -> int:
    values = index._host()
    return int(values[(values < low) | (values >= size)].flat[0])


def _size(shape: tuple, dim: int) -> int:
    return shape[dim] if shape else 1


def _along(self, index, *rest, dim, **_):
    """The `bounds` of ops whose index runs along ``dim``, from 0."""
    return _outside(index, _size(self.shape, dim))


def _along_error(self, index, *rest, dim, **_):
    size = _size(self._layout.shape, dim)
    wrong = _first_outside(index, size)
    return RuntimeError(
        f"index {wrong} is out of bounds for dimension {layouts.wrap_dim(dim, self.ndim)} with size {size}"
    )


# -- gather and scatter ---------------------------------------------------------------------------
def _check_index_dtype(name: str, index) -> None:
    if index.dtype not in _INT:
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index")


def _ndim(x) -> int:
    return max(x.ndim, 1)


def _check_gather(self, index, *, dim, sparse_grad=False):
    dim = layouts.wrap_dim(dim, self.ndim)
    if index.shape and 0 in index.shape:
        return
    _check_index_dtype("gather", index)
    if _ndim(self) != _ndim(index) or (self.ndim and not index.ndim):
        raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")
    for d, (have, limit) in enumerate(zip(index.shape, self.shape)):
        if d != dim and have > limit:
            raise RuntimeError(
                f"Size does not match at dimension {d} expected index {list(index.shape)} to be no larger than self "
                f"{list(self.shape)} apart from dimension {dim}"
            )


def _gather(self, index, dim):
    if index.size == 0:
        return lax.full(index.shape, 0, self.dtype)
    source, places = _lifted(self, index)
    return _get(source, _points(places, dim, source.shape)).reshape(index.shape)


def _scatter_add(self, index, src, dim):
    if index.size == 0:
        return untouched(self, src)
    target, places, src = _lifted(self, index, src)
    return _reduced(target, _points(places, dim, target.shape), _fitted(src, places), "sum").reshape(self.shape)


def _fitted(src, index):
    """The part of ``src`` that ``index`` speaks of."""
    return lax.slice(src, (0,) * src.ndim, index.shape)


@op("gather(Tensor self, int dim, Tensor index, *, bool sparse_grad=False)", forms="function method out", opmath=False,
    watches="self", apart="always", exact_out=SAME_OUT, check=_check_gather, bounds=_along, bounds_error=_along_error,
    grad=lambda g, self, index, dim: (_scatter_add(lax.full(self.shape, 0, g.dtype), index, g, dim), None))  # fmt: skip
def gather(self, index, *, dim, sparse_grad):
    """``out[i][j][k] = self[i][index[i][j][k]][k]``, for ``dim`` 1."""
    return _gather(self, index, dim)


def _check_scatter_shape(self, index, src, dim):
    dim = layouts.wrap_dim(dim, self.ndim)
    if index.shape and 0 in index.shape:
        return
    if _ndim(self) != _ndim(index):
        raise RuntimeError("Index tensor must have the same number of dimensions as self tensor")
    if src is not None and _ndim(src) != _ndim(index) or (src is not None and index.ndim and not src.ndim):
        raise RuntimeError("Index tensor must have the same number of dimensions as src tensor")
    large = any(d != dim and h > l for d, (h, l) in enumerate(zip(index.shape, self.shape)))
    beyond = src is not None and any(h > l for h, l in zip(index.shape, src.shape))
    if large or beyond:
        more = "" if src is None else f" and to be no larger size than src {list(src.shape)}"
        raise RuntimeError(
            f"Expected index {list(index.shape)} to be no larger than self {list(self.shape)} apart from dimension "
            f"{dim}{more}"
        )


def _check_scatter_src(self, index, src, *, dim, **_):
    dim = layouts.wrap_dim(dim, self.ndim)
    if 0 not in index.shape:
        _check_index_dtype("scatter", index)
        if src.dtype is not self.dtype:
            raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
    _check_scatter_shape(self, index, src, dim)


def _check_scatter_value(self, index, value, *, dim):
    if 0 not in index.shape:
        _check_index_dtype("scatter", index)
    _check_scatter_shape(self, index, None, dim)
    dtypes.require_holds(self.dtype, value.number)


def _scatter(self, index, src, dim):
    if index.size == 0:
        return self
    target, places, src = _lifted(self, index, src)
    return _set(target, _points(places, dim, target.shape), _fitted(src, places)).reshape(self.shape)


def _scatter_value(self, index, value, dim):
    if index.size == 0:
        return self
    target, places = _lifted(self, index)
    return _set(target, _points(places, dim, target.shape), value).reshape(self.shape)


def _of_source(g, src, node: str):
    """The cotangent of ``src``, which PyTorch has only where ``index`` reaches all of it."""
    if any(n != s and s != 1 for n, s in zip(g.shape, src.shape, strict=True)):
        raise RuntimeError(
            f"Function {node} returned an invalid gradient at index 1 - got {list(g.shape)} but expected shape "
            f"compatible with {list(src.shape)}"
        )
    return g


def _source_gradient(g, index, src, dim, node: str, needs):
    return _of_source(_gather(g, index, dim), src, node) if needs[2] else None


@op("scatter(Tensor self, int dim, Tensor index, Tensor src)",
    forms=ALL, apart="partly", apart_first="others",
    opmath=False, exact_out=SAME_OUT, check=_check_scatter_src, bounds=_along, bounds_error=_along_error,
    grad=lambda g, index, src, dim, needs: (
        _scatter_value(g, index, 0, dim), None,
        _source_gradient(g, index, src, dim, "ScatterBackward0", needs)))  # fmt: skip
def scatter(self, index, src, *, dim):
    """``self`` with ``self[i][index[i][j][k]][k] = src[i][j][k]`` (``dim`` 1); ``src`` may be a number."""
    return _scatter(self, index, src, dim)


@op("scatter.value(Tensor self, int dim, Tensor index, Scalar value)", forms=ALL, opmath=False, exact_out=SAME_OUT,
    apart="partly", apart_first="others",
    check=_check_scatter_value, bounds=_along, bounds_error=_along_error, node="ScatterBackward1",
    grad=lambda g, index, dim: (_scatter_value(g, index, 0, dim), None))  # fmt: skip
def scatter_value(self, index, value, *, dim):
    return _scatter_value(self, index, value, dim)


@op("scatter_add(Tensor self, int dim, Tensor index, Tensor src)", apart="partly", apart_first="others",
    forms=ALL, opmath=False, exact_out=SAME_OUT, check=_check_scatter_src, bounds=_along, bounds_error=_along_error,
    grad=lambda g, index, src, dim, needs: (
        g, None, _source_gradient(g, index, src, dim, "ScatterAddBackward0", needs)))  # fmt: skip
def scatter_add(self, index, src, *, dim):
    """``self`` with ``self[i][index[i][j][k]][k] += src[i][j][k]``, for ``dim`` 1."""
    return _scatter_add(self, index, src, dim)


# -- reductions into places -----------------------------------------------------------------------
_REDUCE = {"sum": "add", "prod": "multiply", "amax": "max", "amin": "min"}


def _reduced(x, where, values, reduce: str):
    """``x`` with ``values`` reduced into it at the subscript ``where``."""
    if x.dtype.kind == "b":
        reduce = {"sum": "amax", "prod": "amin"}.get(reduce, reduce)
        return _reduced(x.astype(np.int8), where, values.astype(np.int8), reduce).astype(x.dtype)
    if reduce == "prod":
        return _multiplied(x, where, values)
    return getattr(x.at[where], _REDUCE[reduce])(values, mode="promise_in_bounds")


def _multiplied(x, where, values):
    """``x`` times the ``values`` at the subscript ``where``: JAX has no derivative where places repeat."""

    @jax.custom_vjp
    def product(x, values):
        return x.at[where].multiply(values, mode="promise_in_bounds")

    def forward(x, values):
        out = product(x, values)
        return out, (x, values, out)

    def backward(saved, g):
        return _product_gradient(g, saved[0], where, *saved[1:])

    product.defvjp(forward, backward)
    return product(x, values)


def _product_gradient(g, x, where, values, result):
    """(cotangent of x, cotangent of the values) of their product at ``where``, zeros among them too."""
    one = jnp.ones((), x.dtype)
    full = jnp.where(x == 0, one, x)
    own = g * _multiplied(full, where, values) / full
    zero = values == 0
    zeros = jnp.zeros_like(x).at[where].add(zero.astype(x.dtype))
    alone = zero & (_get(zeros, where) == 1)
    without = _multiplied(x, where, jnp.where(alone, one, values))
    return own, jnp.where(alone, _get(g * without, where), _get(g * result, where) / jnp.where(zero, one, values))


def _identity(d, reduce: str):
    if reduce in ("sum", "mean"):
        return 0
    if reduce == "prod":
        return 1
    if d.kind == "b":
        return reduce == "amin"
    if d.kind in "iu":
        info = jnp.iinfo(d)
        return info.min if reduce == "amax" else info.max
    return -np.inf if reduce == "amax" else np.inf


def _counted(x, where, values, include_self: bool):
    """How many elements each place of the mean is over, 1 where there are none."""
    ones = lax.full(values.shape, 1, x.dtype)
    count = lax.full(x.shape, 1 if include_self else 0, x.dtype).at[where].add(ones)
    return jnp.where(count == 0, jnp.ones((), x.dtype), count)


def _reduce_into(x, where, values, reduce: str, include_self: bool):
    target = x if include_self else _set(x, where, jnp.asarray(_identity(x.dtype, reduce), x.dtype))
    if reduce != "mean":
        return _reduced(target, where, values, reduce)
    total, count = _reduced(target, where, values, "sum"), _counted(x, where, values, include_self)
    return total // count if x.dtype.kind in "iu" else total / count


def _reduce_gradient(g, x, where, values, result, reduce: str, include_self: bool):
    """(cotangent of the target, cotangent of the values)."""
    if reduce == "sum":
        own, other = g, _get(g, where)
    elif reduce == "mean":
        count = _counted(g, where, values, include_self)
        own = g / count
        other = _get(own, where)
    elif reduce == "prod":
        start = x if include_self else _set(x, where, jnp.ones((), x.dtype))
        own, other = _product_gradient(g, start, where, values, result)
    else:
        # the extreme's cotangent is shared by all that attain it
        mine = (x == result).astype(x.dtype)
        theirs = (values == _get(result, where)).astype(x.dtype)
        shared = g / mine.at[where].add(theirs)
        own, other = mine * shared, theirs * _get(shared, where)
    if not include_self:
        own = _set(own, where, jnp.zeros((), own.dtype))
    return own, other


def _check_scatter_reduce(self, index, src, *, dim, reduce, include_self):
    dim = layouts.wrap_dim(dim, self.ndim)
    if reduce not in (*_REDUCE, "mean"):
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    _check_scatter_src(self, index, src, dim=dim)
    if (reduce == "mean" and self.dtype is dtypes.bool_) or (reduce in ("amax", "amin") and self.dtype.is_complex):
        raise NotImplementedError(
            f"\"scatter_gather_tensor_cpu_reduce_{reduce}\" not implemented for '{self.dtype.title}'"
        )


def _scatter_reduce_gradient(g, self, index, src, result, dim, reduce, include_self, needs):
    if needs[2]:
        _of_source(index, src, "ScatterReduceBackward0")
    if index.size == 0:
        return g, None, jnp.zeros_like(src)
    shape = self.shape
    grad, target, places, values, out = _lifted(g, self, index, src, result)
    whole = values.shape
    own, other = _reduce_gradient(
        grad, target, _points(places, dim, target.shape), _fitted(values, places), out, reduce, include_self
    )
    gaps = [(0, s - f, 0) for s, f in zip(whole, other.shape)]
    return own.reshape(shape), None, lax.pad(other, jnp.zeros((), other.dtype), gaps).reshape(src.shape)


@op("scatter_reduce(Tensor self, int dim, Tensor index, Tensor src, str reduce, *, bool include_self=True)",
    forms=ALL, opmath=False, exact_out=SAME_OUT, watches="self src", check=_check_scatter_reduce,
    bounds=_along, bounds_error=_along_error, grad=_scatter_reduce_gradient)  # fmt: skip
def scatter_reduce(self, index, src, *, dim, reduce, include_self):
    """``src`` reduced (sum, prod, mean, amax, amin) into the places of ``self`` that ``index`` names."""
    if index.size == 0:
        return self
    target, places, src = _lifted(self, index, src)
    where = _points(places, dim, target.shape)
    return _reduce_into(target, where, _fitted(src, places), reduce, include_self).reshape(self.shape)


_REDUCE_OF = {"add": "sum", "multiply": "prod"}


def _scatter_deprecated(self: Tensor, dim, index, src, reduce, dest: Tensor | None):
    layouts.wrap_dim(dim, self.ndim)
    if isinstance(src, Tensor):
        warnings.warn(
            "The reduce argument of torch.scatter with Tensor src is deprecated and will be removed in a future "
            "PyTorch release. Use torch.scatter_reduce instead for more reduction options.",
            stacklevel=4,
        )
    if reduce not in _REDUCE_OF:
        raise RuntimeError("reduce argument must be either add or multiply.")
    inputs = [x for x in (self, src) if isinstance(x, Tensor)]
    taped = modes.state.grad and any(x.requires_grad for x in inputs)
    if dest is not None and taped:
        check_inplace(dest, True, modes.state)
    edges = tuple([edge_of(x) for x in inputs]) if taped else ()
    previous, modes.state.grad = modes.state.grad, False
    try:
        if not isinstance(src, Tensor):
            dtypes.require_holds(self._dtype, src)
            src = index.new_full(index.shape, src, dtype=self._dtype)
        args = (dim, _REDUCE_OF[reduce], True)
        out = dispatch(registry["scatter_reduce"], (self, index, src), args, dest)
    finally:
        modes.state.grad = previous
    if taped:
        node = Underivable("aten::scatter_" if dest is not None else "aten::scatter", edges)
        node.outputs.append((out._layout.shape, out._dtype, out._storage.device))
        rebase(out, node)
    return out


def _deprecated_overloads(kind: str, name: str) -> None:
    """The four forms of scatter with ``reduce=``."""

    @composite(f"scatter.{name}_reduce(Tensor self, int dim, Tensor index, {kind} {name}, *, str reduce)",
               forms="function method out", exact_out=SAME_OUT, refused_out=True)  # fmt: skip
    def fresh(self, dim, index, values, *, reduce):
        return _scatter_deprecated(self, dim, index, values, reduce, None)

    @composite(f"scatter.{name}_reduce_(Tensor self, int dim, Tensor index, {kind} {name}, *, str reduce)",
               forms="inplace")  # fmt: skip
    def written(self, dim, index, values, *, reduce):
        return _scatter_deprecated(self, dim, index, values, reduce, self)


_deprecated_overloads("Tensor", "src")
_deprecated_overloads("Scalar", "value")


# -- slices along a dimension ---------------------------------------------------------------------
def _check_index_select(self, index, *, dim):
    dim = layouts.wrap_dim(dim, self.ndim)
    if index.ndim > 1:
        raise IndexError("index_select(): Index is supposed to be a vector")
    if self.ndim == 0 and index.layout.numel != 1:
        raise RuntimeError(
            f"index_select(): Index to scalar can have only 1 value, got {index.layout.numel} value(s)"
        )
    if index.dtype not in _INT:
        raise RuntimeError("index_select(): Expected dtype int32 or int64 for index")


def _select_gradient(g, self, index, dim):
    zeros = lax.full(self.shape, 0, g.dtype)
    if not g.size:
        return untouched(zeros, g), None
    zeros, g = _lifted(zeros, g)
    return zeros.at[_slices(index, dim, zeros.shape)].add(g).reshape(self.shape), None


@op("index_select(Tensor self, int dim, Tensor index)", forms="function method out", opmath=False,
    apart="always", apart_first=True, exact_out="index_select(): self and result must have the same scalar type",
    check=_check_index_select, bounds=_along, bounds_error=lambda *_, **__: IndexError("index out of range in self"),
    grad=_select_gradient)  # fmt: skip
def index_select(self, index, *, dim):
    """The slices of ``self`` along ``dim`` that the vector ``index`` names."""
    if not self.ndim:
        return self
    return _get(self, _slices(index, dim, self.shape))


def _check_vector(name: str, self, index, source, dim):
    """What index_add and index_reduce ask of their operands."""
    dim = layouts.wrap_dim(dim, self.ndim)
    if index.dtype not in _INT:
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index but got: {index.dtype.title}")
    if index.ndim > 1:
        raise IndexError(
            f"{name}(): Index is supposed to be a vector, but got dim: {index.ndim} with type: {index.dtype.title} "
            f"and size: {list(index.shape)}"
        )
    if self.dtype is not source.dtype:
        raise RuntimeError(
            f"{name}(): self ({self.dtype.title}) and source ({source.dtype.title}) must have the same scalar type"
        )
    count = index.layout.numel
    have = _size(source.shape, dim) if dim < _ndim(source) else None
    if have is None:
        raise RuntimeError(f"{name}(): Indexing dim {dim} is out of bounds of the source tensor with dim {source.ndim}")
    if count != have:
        raise RuntimeError(
            f"{name}(): Number of indices ({count}) should be equal to source.size(dim): ({have}), for dim: {dim}"
        )
    rest = [s for d, s in enumerate(self.shape) if d != dim]
    other = [s for d, s in enumerate(source.shape) if d != dim]
    if rest != other:
        raise RuntimeError(
            "source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = "
            f"{list(self.shape)} source.shape = {list(source.shape)}"
        )


def _check_index_add(self, index, source, alpha, *, dim):
    _check_vector("index_add_", self, index, source, dim)
    if alpha is not None:
        dtypes.require_holds(self.dtype, alpha.number)


def _like_source(x, source):
    return x.reshape(source.shape)


def _index_add_gradient(g, index, source, alpha, dim):
    (lifted,) = _lifted(g)
    back = _get(lifted, _slices(index, dim, lifted.shape))
    return g, None, _like_source(back, source) * alpha.astype(g.dtype)


@op("index_add(Tensor self, int dim, Tensor index, Tensor source, *, Scalar alpha=1)",
    forms=ALL, apart="partly", opmath=False, exact_out=SAME_OUT, watches="source", check=_check_index_add,
    bounds=_along, bounds_error=_along_error, grad=_index_add_gradient)  # fmt: skip
def index_add(self, index, source, alpha, *, dim):
    """``self`` with ``alpha * source`` added to the slices along ``dim`` that ``index`` names."""
    target, values = _lifted(self, source)
    if self.dtype.kind != "b":
        values = values * lax.convert_element_type(alpha, self.dtype)
    else:
        values = values & (alpha != 0)
    return _reduced(target, _slices(index, dim, target.shape), values, "sum").reshape(self.shape)


def _check_index_copy(self, index, source, *, dim):
    dim = layouts.wrap_dim(dim, self.ndim)
    if index.ndim > 1:
        raise IndexError(f"index_copy_(): Index should have dimension 1 or 0 (got {index.ndim})")
    count = index.layout.numel
    if source.ndim == 0 and count != 1:
        raise IndexError(
            f"index_copy_(): When source is scalar, index should have one element (got {count})"
        )
    if source.ndim != self.ndim and source.ndim and self.ndim:
        raise IndexError(
            "index_copy_(): When source and destination are not scalars, their dimensionality must match. Source "
            f"dimensionality ({source.ndim}), destination dimensionality ({self.ndim})"
        )
    if index.dtype is not dtypes.int64:
        raise RuntimeError(f"index_copy_(): Expected a long tensor for index, but got {index.dtype.title}")
    if self.dtype is not source.dtype:
        raise RuntimeError(
            "index_copy_(): self and source expected to have the same dtype, but got (self) "
            f"{self.dtype.title} and (source) {source.dtype.title}"
        )
    rest = [s for d, s in enumerate(self.shape) if d != dim]
    other = [s for d, s in enumerate(source.shape) if d != dim]
    if rest != other:
        raise RuntimeError(
            "index_copy_(): Source/destination tensor must have same slice shapes. Destination slice shape: "
            f"{' '.join(map(str, rest))} at dimension {dim} and source slice shape: {' '.join(map(str, other))} at "
            "dimension 0."
        )
    if source.ndim and count != source.shape[dim]:
        raise IndexError(
            f"index_copy_(): Number of indices ({count}) should be equal to source.size(dim) ({source.shape[dim]})"
        )


def _index_copy_error(self, index, source, *, dim):
    return IndexError("index_copy_(): " + str(_along_error(self, index, dim=dim)))


def _index_copy_gradient(g, index, source, dim):
    (lifted,) = _lifted(g)
    where = _slices(index, dim, lifted.shape)
    return _set(lifted, where, 0).reshape(g.shape), None, _like_source(_get(lifted, where), source)


@op("index_copy(Tensor self, int dim, Tensor index, Tensor source)",
    forms=ALL, apart="partly", opmath=False, exact_out=SAME_OUT, watches="source", check=_check_index_copy,
    bounds=_along, bounds_error=_index_copy_error, grad=_index_copy_gradient)  # fmt: skip
def index_copy(self, index, source, *, dim):
    """``self`` with the slices of ``source`` in the places along ``dim`` that ``index`` names."""
    target, values = _lifted(self, source)
    return _set(target, _slices(index, dim, target.shape), values).reshape(self.shape)


def _check_index_fill(self, index, value, *, dim):
    if index.dtype is not dtypes.int64:
        raise IndexError("index_fill_(): Expected dtype int64 for index.")
    layouts.wrap_dim(dim, self.ndim)
    if value.ndim:
        raise RuntimeError(
            f"index_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)."
        )
    if index.ndim > 1:
        raise RuntimeError("Index has to be a vector/scalar")
    if value.dtype.is_complex and not self.dtype.is_complex:
        raise RuntimeError("index_fill_(): Converting complex Scalar to non-complex type is not supported")
    if not value.is_tensor:
        dtypes.require_holds(self.dtype, value.number)


def _either_sign(self, index, value, *, dim):
    size = _size(self.shape, dim)
    return jnp.any((index < -size) | (index >= size))


def _index_fill_error(self, index, value, *, dim):
    size = _size(self._layout.shape, dim)
    if not size:
        # PyTorch looks at the memory with as many elements along dim as there are indices, first
        shape, stride = list(self._layout.shape), list(self._layout.stride)
        shape[dim], stride[dim] = index.numel(), 0
        needed = layouts.required_size(layouts.layout(shape, stride, self._layout.offset)) * self._dtype.itemsize
        if needed > self._storage.nbytes:
            return RuntimeError(
                errors.out_of_storage(shape, stride, self._layout.offset, self._dtype, needed, self._storage.nbytes)
            )
    wrong = _first_outside(index, size, -size)
    return IndexError(
        f"index {wrong} is out of bounds for dimension {layouts.wrap_dim(dim, self.ndim)} with size {size}"
    )


def _index_fill(self, index, value, dim):
    (target,) = _lifted(self)
    return _set(target, _slices(index, dim, target.shape), value).reshape(self.shape)


def _index_fill_gradient(g, index, dim):
    return _index_fill(g, index, 0, dim), None


def _index_fill_value_gradient(g, index, value, dim):
    (lifted,) = _lifted(g)
    return (*_index_fill_gradient(g, index, dim), jnp.sum(_get(lifted, _slices(index, dim, lifted.shape))))


def _index_filling(key: str, kind: str, grad, node: str) -> None:
    op(f"index_fill{key}(Tensor self, int dim, Tensor index, {kind} value)", forms="function method inplace",
       opmath=False, layout="like", check=_check_index_fill, bounds=_either_sign, bounds_error=_index_fill_error,
       overlap="last", overlap_example="tensor[mask] = scalar",
       grad=grad, node=node)(index_fill)  # fmt: skip


def index_fill(self, index, value, *, dim):
    """``self`` with ``value`` in the slices along ``dim`` that ``index`` names."""
    return _index_fill(self, index, value, dim)


_index_filling("", "Tensor", _index_fill_value_gradient, "IndexFillBackward1")
_index_filling(".value", "Scalar", _index_fill_gradient, "IndexFillBackward0")


def _check_index_reduce(self, index, source, *, dim, reduce, include_self):
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError(
            f"index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {reduce}."
        )
    _check_vector("index_reduce_", self, index, source, dim)
    if reduce in ("amax", "amin") and self.dtype.is_complex:
        kernel = "maximum_cpu" if reduce == "amax" else "minimum_cpu"
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{self.dtype.title}'")
    if reduce == "mean" and self.dtype is dtypes.bool_:
        raise NotImplementedError("\"div_floor_cpu\" not implemented for 'Bool'")


def _index_reduce_gradient(g, self, index, source, result, dim, reduce, include_self):
    grad, target, values, out = _lifted(g, self, source, result)
    where = _slices(index, dim, target.shape)
    own, other = _reduce_gradient(grad, target, where, values, out, reduce, include_self)
    return own.reshape(self.shape), None, _like_source(other, source)


@op("index_reduce(Tensor self, int dim, Tensor index, Tensor source, str reduce, *, bool include_self=True)",
    forms=ALL, opmath=False, exact_out=SAME_OUT, watches="self source", check=_check_index_reduce, bounds=_along,
    told="index_reduce() is in beta and the API may change at any time.",
    bounds_error=lambda *_, **__: IndexError("index out of range in self"), grad=_index_reduce_gradient)  # fmt: skip
def index_reduce(self, index, source, *, dim, reduce, include_self):
    """``source`` reduced (prod, mean, amax, amin) into the slices along ``dim`` that ``index`` names."""
    target, values = _lifted(self, source)
    where = _slices(index, dim, target.shape)
    return _reduce_into(target, where, values, reduce, include_self).reshape(self.shape)
