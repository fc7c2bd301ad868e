"""Masks and flat positions: masked_fill, masked_select, nonzero, take, put, and the scatters of views."""

from __future__ import annotations

import numpy as np
from jax import lax
from jax import numpy as jnp

from .._core import dtypes, recipe
from .._core import layout as layouts
from .._core.dispatch import dispatch
from .._core.errors import OVERLAP, type_text
from .._core.exchange import copy_storage
from .._core.modes import state
from .._core.spec import composite, op, registry, views
from .._core.tensor import Tensor, alias
from .dims import SAME_OUT
from .view import apply_view, reshaped

_NAMES = {
    "bool": "bool", "uint8": "unsigned char", "int8": "signed char", "int16": "short int", "int32": "int",
    "int64": "long int", "float16": "c10::Half", "bfloat16": "c10::BFloat16", "float32": "float", "float64": "double",
    "complex64": "c10::complex<float>", "complex128": "c10::complex<double>",
}  # fmt: skip
KEEP_SHAPE = "keep the shape: torch.where(mask, x, other)"


def ranks(mask):
    """For each element of a mask in order, which of the true ones it is, if it is one."""
    return jnp.cumsum(mask.reshape(-1), dtype=jnp.int32) - 1


def picked(values, mask):
    """An array of ``mask``'s shape with one of ``values`` (in order) wherever the mask is true."""
    flat = values.reshape(-1)
    return jnp.take(flat, jnp.maximum(ranks(mask), 0), mode="clip").reshape(mask.shape)


def collected(g, mask, count: int):
    """The adjoint of `picked`: the elements of g where the mask is true, in order, ``count`` of them."""
    keep = jnp.where(mask, g, jnp.zeros((), g.dtype)).reshape(-1)
    return jnp.zeros(count, g.dtype).at[ranks(mask) % max(count, 1)].add(keep, mode="drop")


def untouched(zeros, g):
    """The gradient ``zeros`` of what none of ``g`` (empty) came from, still a function of g."""
    return zeros + jnp.sum(g)


# -- masked_fill ----------------------------------------------------------------------------------
def _check_masked_fill(self, mask, value):
    layouts.broadcast_shapes(mask.shape, self.shape)
    _check_filling(mask, value)
    _check_held(self, value)


def _check_filling(mask, value):
    if mask.dtype is not dtypes.bool_:
        raise RuntimeError(
            "masked_fill_ only supports boolean masks, "
            f"but got mask with dtype {_NAMES.get(mask.dtype.name, mask.dtype.cpp)}"
        )
    if value.ndim:
        raise RuntimeError(
            f"masked_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)."
        )


def _check_masked_fill_(self, mask, value):
    _check_filling(mask, value)
    _check_place(self, mask)
    _check_held(self, value)


def _check_held(self, value):
    if not value.is_tensor:
        dtypes.require_holds(self.dtype, value.number)
    elif value.dtype.is_complex and not self.dtype.is_complex:
        dtypes.require_holds(self.dtype, 1j)


def _filled(self, mask, value):
    return jnp.where(mask, lax.convert_element_type(value, self.dtype), self)


def _masked_fill_value_gradient(g, mask):
    zero = jnp.zeros((), g.dtype)
    return jnp.where(mask, zero, g), None, jnp.sum(jnp.where(mask, g, zero))


def _masked_filling(key: str, kind: str, grad, node: str) -> None:
    op(f"masked_fill{key}(Tensor self, Tensor mask, {kind} value)", opmath=False, check=_check_masked_fill, grad=grad,
       node=node)(masked_fill)  # fmt: skip
    op(f"masked_fill_{key}(Tensor self, Tensor mask, {kind} value)", opmath=False, check=_check_masked_fill_, grad=grad,
       forms="inplace", node=node, overlap="last", overlap_example="tensor[mask] = scalar",
       doc="Write ``value`` into ``self`` wherever ``mask`` is true. Returns ``self``.")(masked_fill)  # fmt: skip


def _check_place(self, mask) -> None:
    """What is written must be as large as what it is broadcast to."""
    shape = layouts.broadcast_shapes(self.shape, mask.shape)
    if shape != self.shape:
        raise RuntimeError(
            f"output with shape {list(self.shape)} doesn't match the broadcast shape {list(shape)}"
        )


def masked_fill(self, mask, value):
    """``self`` with ``value`` wherever ``mask``, broadcast, is true."""
    return _filled(self, mask, value)


_masked_filling("", "Tensor", _masked_fill_value_gradient, "MaskedFillBackward1")
_masked_filling(
    ".value", "Scalar", lambda g, mask: (jnp.where(mask, jnp.zeros((), g.dtype), g), None), "MaskedFillBackward0"
)


# -- masked_select, masked_scatter ----------------------------------------------------------------
def _check_masked_select(self, mask):
    if mask.dtype is not dtypes.bool_:
        raise RuntimeError("masked_select: expected BoolTensor for mask")
    layouts.broadcast_shapes(mask.shape, self.shape)


def _masked_select_gradient(g, self, mask):
    shape = jnp.broadcast_shapes(self.shape, mask.shape)
    wide = jnp.broadcast_to(mask, shape)
    if not g.size:
        return untouched(lax.full(self.shape, 0, g.dtype), g), None
    return jnp.where(wide, picked(g, wide), jnp.zeros((), g.dtype)), None


@op("masked_select(Tensor self, Tensor mask)", forms="function method out", opmath=False, dynamic=KEEP_SHAPE,
    apart="always", apart_first=True,
    watches="self", exact_out="masked_select(): self and result must have the same scalar type",
    check=_check_masked_select, grad=_masked_select_gradient)  # fmt: skip
def masked_select(self, mask):
    """The elements of ``self`` where ``mask`` is true, as a vector; both are broadcast."""
    wide, mask = np.broadcast_arrays(self, mask)
    return wide[mask]


def _check_masked_scatter(self, mask, source):
    if self.dtype is not source.dtype:
        raise RuntimeError(
            "masked_scatter: expected self and source to have same dtypes but got"
            f"{self.dtype.title} and {source.dtype.title}"
        )
    if mask.dtype is not dtypes.bool_:
        raise RuntimeError(
            f"masked_scatter_ only supports boolean masks, but got mask with dtype {mask.dtype.title}"
        )
    layouts.broadcast_shapes(self.shape, mask.shape)


def _too_few(self, mask, source):
    shape = jnp.broadcast_shapes(self.shape, mask.shape)
    return jnp.sum(jnp.broadcast_to(mask, shape)) > source.size


def _masked_scatter_gradient(g, mask, source):
    wide = jnp.broadcast_to(mask, g.shape)
    back = jnp.where(wide, jnp.zeros((), g.dtype), g)
    return back, None, collected(g, wide, source.size).reshape(source.shape)


@op("masked_scatter(Tensor self, Tensor mask, Tensor source)", opmath=False, check=_check_masked_scatter,
    bounds=_too_few, grad=_masked_scatter_gradient,
    bounds_error=lambda *_: RuntimeError("Number of elements of source < number of ones in mask"))  # fmt: skip
def masked_scatter(self, mask, source):
    """``self`` with the elements of ``source``, in order, wherever ``mask`` is true."""
    shape = jnp.broadcast_shapes(self.shape, mask.shape)
    mask = jnp.broadcast_to(mask, shape)
    if not source.size:
        return jnp.broadcast_to(self, shape)
    return jnp.where(mask, picked(source, mask), self)


@composite("masked_scatter_(Tensor self, Tensor mask, Tensor source)", forms="method")
def masked_scatter_(self, mask, source):
    """Write the elements of ``source``, in order, wherever ``mask`` is true. Returns ``self``."""
    if self._dtype is source._dtype and mask._dtype is dtypes.bool_:
        layouts.expand(mask._layout, self._layout.shape, type_text(mask._dtype, mask._storage.device))
    return dispatch(registry["masked_scatter"], (self, mask, source), (), self)


# -- nonzero --------------------------------------------------------------------------------------
@op("nonzero.raw(Tensor self)", forms="", dynamic="give the count: torch.nonzero_static(x, size=n)",
    differentiable=False)  # fmt: skip
def nonzero_raw(self):
    found = np.nonzero(self) if self.ndim else np.zeros((0, np.count_nonzero(self)), np.int64)
    return np.asarray(found, np.int64).reshape(self.ndim, -1 if self.ndim else np.count_nonzero(self))


@composite("nonzero(Tensor self, *, bool as_tuple=False)", forms="function method out", out_strides="result",
           exact_out="nonzero: Expected out tensor to have scalar type Long "
           "but got scalar type{out.title}")  # fmt: skip
def nonzero(self, *, as_tuple):
    """The indices of the elements that are not zero.

    Returns:
        An int64 tensor with one row an element, or with ``as_tuple`` a vector for each dimension.
    """
    if as_tuple:
        whole = self if self.ndim else apply_view("unsqueeze", self, 0)
        return apply_view("unbind", dispatch(registry["nonzero.raw"], (whole,)), 0)
    found = dispatch(registry["nonzero.raw"], (self,))
    count = found._layout.shape[1]
    return alias(found, layouts.layout((count, self.ndim), (1, count)))


@composite("argwhere(Tensor self)")
def argwhere(self):
    """The indices of the elements that are not zero, one row an element."""
    return nonzero(self, as_tuple=False)


def _check_static(self, *, size, fill_value):
    if size < 0:
        raise RuntimeError("nonzero_static: 'size' must be an non-negative integer")


@op("nonzero_static(Tensor self, *, int size, int fill_value=-1)", forms="function method out",
    differentiable=False, check=_check_static,
    exact_out="nonzero_static: Expected out tensor to have scalar type Long "
    "but got scalar type{out.title}")  # fmt: skip
def nonzero_static(self, *, size, fill_value):
    """The indices of the first ``size`` elements that are not zero, ``fill_value`` where there are fewer."""
    if not self.ndim:
        return lax.full((size, 0), 0, np.int64)
    found = jnp.nonzero(self, size=size, fill_value=fill_value)
    return jnp.stack([f.astype(np.int64) for f in found], 1)


# -- flat positions -------------------------------------------------------------------------------
def _check_take(self, index):
    if index.dtype is not dtypes.int64:
        raise RuntimeError(f"take(): Expected a long tensor for index, but got {index.dtype.title}")
    if not self.layout.numel and index.layout.numel:
        raise IndexError("take(): tried to take from an empty tensor")


def _beyond(self, index, *_, **__):
    return jnp.any((index < -self.size) | (index >= self.size))


def _beyond_error(self, index, *_, **__):
    n, values = self._layout.numel, index._host()
    wrong = values[(values < -n) | (values >= n)].flat[0]
    return IndexError(f"out of range: tried to access index {wrong} on a tensor of {n} elements.")


@op("take(Tensor self, Tensor index)", forms="function method out", opmath=False, check=_check_take, bounds=_beyond,
    apart="always", apart_first=True,
    watches="self", exact_out="take(): self and out expected to have the same dtype, but got self.dtype = "
    "{result.title} and out.dtype = {out.title}",
    bounds_error=_beyond_error,
    grad=lambda g, self, index: (jnp.zeros(self.size, g.dtype).at[index].add(g).reshape(self.shape), None))  # fmt: skip
def take(self, index):
    """The elements of ``self``, seen as a vector, at ``index``."""
    if not self.size:
        return lax.full(index.shape, 0, self.dtype)
    return self.reshape(-1).at[index].get(mode="promise_in_bounds")


def _check_put(self, index, source, *, accumulate):
    if self.dtype is not source.dtype:
        raise RuntimeError(
            "put_(): self and source expected to have the same dtype, but got self.dtype = "
            f"{self.dtype.title} and source.dtype = {source.dtype.title}"
        )
    if index.dtype is not dtypes.int64:
        raise RuntimeError(f"put_(): Expected a long tensor for index, but got {index.dtype.title}")
    if source.layout.numel != index.layout.numel:
        raise IndexError(
            "put_(): Expected source and index to have the same number of elements, but got source.numel() = "
            f"{source.layout.numel}, index.numel() = {index.layout.numel}"
        )
    if not self.layout.numel and index.layout.numel:
        raise IndexError("put_(): Tried to put elements into an empty tensor")


def _put_gradient(g, index, source, accumulate):
    flat, where = g.reshape(-1), index.reshape(-1)
    back = g if accumulate else flat.at[where].set(0).reshape(g.shape)
    return back, None, flat[where].reshape(source.shape)


@op("put(Tensor self, Tensor index, Tensor source, bool accumulate=False)", opmath=False,
    forms="function method inplace", layout="like", watches="source", check=_check_put,
    bounds=_beyond, bounds_error=_beyond_error, grad=_put_gradient)  # fmt: skip
def put(self, index, source, *, accumulate):
    """``self``, seen as a vector, with ``source`` put (or added) at ``index``."""
    if not self.size:
        return self
    target, values = self.reshape(-1).at[index.reshape(-1)], source.reshape(-1)
    if not accumulate:
        out = target.set(values)
    elif self.dtype.kind == "b":
        out = target.max(values)
    else:
        out = target.add(values)
    return out.reshape(self.shape)


@composite("take_along_dim(Tensor self, Tensor indices, int? dim=None)", forms="function method out", out_name="gather",
           exact_out=SAME_OUT)  # fmt: skip
def take_along_dim(self, indices, dim):
    """`gather` with everything but ``dim`` broadcast (or of the flattened tensor)."""
    if indices._dtype is not dtypes.int64:
        raise RuntimeError(
            f"torch.take_along_dim(): dtype of indices should be Long but got {indices._dtype.title}"
        )
    if dim is None:
        return reshaped(self, (-1,)).gather(0, reshaped(indices, (-1,)))
    if self.ndim != indices.ndim:
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{self.ndim} dimensions for input, and {indices.ndim} dimensions for indices"
        )
    dim = layouts.wrap_dim(dim, self.ndim)

    def widened(x: Tensor, other: Tensor) -> Tensor:
        shape = list(other._layout.shape)
        shape[dim] = x._layout.shape[dim]
        return apply_view("expand", x, layouts.broadcast_shapes(x._layout.shape, tuple(shape)), False)

    # along dim, PyTorch counts from the end and around it
    return widened(self, indices).gather(dim, widened(indices, self).remainder(self._layout.shape[dim]))


# -- the scatters of views ------------------------------------------------------------------------
def _window(shape: tuple, spec, static: dict):
    """(layout of the window, its recipe) of a view of a contiguous array of ``shape``."""
    whole = layouts.contiguous(shape)
    view = spec.fn(whole, *static.values())
    return view, recipe.recipe(whole, view)


def _scattering(key: str, params: str, forms: str = "function method") -> None:
    """``<view>_scatter(self, src, ...)``: ``self`` with ``src`` where the view op ``key`` looks."""
    spec = views[key]
    name = key + "_scatter"

    def check(self, src, **static):
        view, _ = _window(self.shape, spec, static)
        if view.shape != src.shape:
            raise RuntimeError(
                f"expected src to have a size equal to the slice of self. src size = {list(src.shape)}, slice size = "
                f"{list(view.shape)}"
            )

    def scatter(self, src, **static):
        _, found = _window(self.shape, spec, static)
        src = lax.convert_element_type(src, self.dtype)
        return src if found is None else recipe.write(found.plan, self, found.starts, src)

    def gradient(g, src, static):
        _, found = _window(g.shape, spec, static)
        if found is None:
            return jnp.zeros_like(g), g
        zeros = lax.full(src.shape, 0, g.dtype)
        back = recipe.write(found.plan, g, found.starts, zeros)
        return back, recipe.read(found.plan, g, found.starts)

    names = [p.split("=")[0].split()[-1] for p in params.split(",")[1:]]
    op(f"{name}.values(Tensor self, Tensor src{params})", forms="", opmath=False, layout="like", check=check,
       grad=_rule(gradient, names))(scatter)  # fmt: skip

    def scattered(self, src, *static):
        return _lying_as(self, dispatch(registry[f"{name}.values"], (self, src), static))

    scattered.__name__ = name
    scattered.__doc__ = f"A copy of ``self`` with ``src`` in place of its view `{key}`."
    composite(f"{name}(Tensor self, Tensor src{params})", forms=forms, exact_out=SAME_OUT, refused_out=True)(scattered)


def _whole_copy(self: Tensor) -> Tensor:
    """A copy of all the memory of ``self``, seen as ``self`` sees it: PyTorch scatters into such a copy."""
    if self._layout.overlapping or self._layout.flipped:
        return self.detach().clone()
    out = alias(self, self._layout)
    out._storage, out._counter = copy_storage(self._storage, {}), None
    return out


def _lying_as(self: Tensor, result: Tensor) -> Tensor:
    """``result`` with the strides and offset of ``self``, where those leave gaps."""
    layout = self._layout
    if layout.overlapping or layout.flipped or (layout.dense and layout.numel == self._storage.numel):
        return result
    out = _whole_copy(self)
    previous, state.grad = state.grad, False
    try:
        dispatch(registry["copy_.raw"], (out, result), (), out)
    finally:
        state.grad = previous
    out._set_version(0)
    out._grad_fn, out._requires_grad = result._grad_fn, result._requires_grad
    return out


def _rule(gradient, names: list[str]):
    """A gradient formula whose parameters are g, src and the named statics."""
    import inspect

    def rule(g, src, **static):
        return gradient(g, src, static)

    keywords = [inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY) for n in ("g", "src", *names)]
    rule.__signature__ = inspect.Signature(keywords)
    return rule


_scattering("select", ", int dim, int index")
_scattering("slice", ", int dim=0, int? start=None, int? end=None, int step=1", "function method out")
_scattering("diagonal", ", int offset=0, int dim1=0, int dim2=1")


def _strided(shape, size, stride, storage_offset):
    native = layouts.contiguous(shape)
    return recipe.recipe(native, layouts.as_strided(native, size, stride, storage_offset))


def _strided_gradient(g, src, size, stride, storage_offset):
    # the gradient of ``self`` is PyTorch's: what arrives inside the window (mathematics says: outside)
    found = _strided(g.shape, size, stride, storage_offset)
    if found is None:
        return g, g
    inside = recipe.read(found.plan, g, found.starts)
    return recipe.write(found.plan, jnp.zeros_like(g), found.starts, inside), inside


@op("as_strided_scatter.values(Tensor self, Tensor src, size size, size stride, int? storage_offset)", forms="",
    opmath=False, layout="like", node="AsStridedScatterBackward0", grad=_strided_gradient)  # fmt: skip
def as_strided_scatter_values(self, src, *, size, stride, storage_offset):
    found = _strided(self.shape, size, stride, storage_offset)
    src = lax.convert_element_type(src, self.dtype)
    return src if found is None else recipe.write(found.plan, self, found.starts, src)


@composite("as_strided_scatter(Tensor self, Tensor src, size size, size stride, int? storage_offset=None)")
def as_strided_scatter(self, src, size, stride, storage_offset):
    """A copy of ``self`` with ``src`` in place of its view `as_strided`."""
    if state.grad and self.requires_grad and not self._layout.is_contiguous:
        raise RuntimeError(
            "!self.requires_grad() || self.is_contiguous() INTERNAL ASSERT FAILED at "
            '"/__w/pytorch/pytorch/aten/src/ATen/native/TensorShape.cpp":4754, please report a bug to PyTorch. '
            "as_strided_scatter is currently only supported for contiguous inputs"
        )
    out = _whole_copy(self)
    window = apply_view("as_strided", out, size, stride, storage_offset)
    if window._layout.shape != src._layout.shape:
        raise RuntimeError(
            f"expected src to have a size equal to the slice of self. src size = {list(src.shape)}, slice size = "
            f"{list(window.shape)}"
        )
    if window._layout.overlapping:
        raise RuntimeError(OVERLAP)
    if not (state.grad and (self.requires_grad or src.requires_grad)):
        window.copy_(src)
        out._set_version(0)
        return out
    if not self._layout.is_contiguous or self._layout.offset:
        raise NotImplementedError("as_strided_scatter with gradients of a tensor that is a part of a larger one")
    return dispatch(registry["as_strided_scatter.values"], (self, src), (size, stride, storage_offset))
