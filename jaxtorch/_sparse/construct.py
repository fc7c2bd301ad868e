"""Making sparse tensors from their components, with PyTorch's checks.

Differs from PyTorch: indices that are out of range are refused here in any case, not only where
``check_invariants`` asks: nothing would be put where such an index says.
"""

from __future__ import annotations

import numpy as np
from jax import numpy as jnp

from .._core import devices, dtypes, formats
from .._core.dispatch import dispatch
from .._core.exchange import tensor
from .._core.spec import function, op, registry
from .._core.tensor import Tensor
from .convert import BY_ROWS
from .tensor import Compressed, Coo, SparseTensor, compressed, coo, rule, torch


class Invariants:
    """Whether all that a sparse tensor must be is checked when one is made (``check_invariants=None``)."""

    checked: bool | None = False


# -- checks ---------------------------------------------------------------------------------------
def _outside(indices, *, shape, coalesced):
    sizes = jnp.asarray(shape, jnp.int64)[:, None]
    wrong = jnp.any((indices < 0) | (indices >= sizes))
    if coalesced and indices.shape[1] > 1:
        keys = jnp.zeros(indices.shape[1:], jnp.int64)
        for d, n in enumerate(shape):
            keys = keys * n + indices[d]
        wrong |= jnp.any(keys[1:] <= keys[:-1])
    return wrong


def _outside_error(indices, *, shape, coalesced):
    found = indices._host()
    for d, n in enumerate(shape):
        low, high = found[d].min(), found[d].max()
        if low < 0:
            return RuntimeError(f"found negative index {low} for dim {d}")
        if high >= n:
            return RuntimeError(f"size is inconsistent with indices: for dim {d}, size is {n} but found index {high}")
    return RuntimeError("cannot set is_coalesced to true if indices correspond to uncoalesced COO tensor")


@op("sparse_within(Tensor indices, size shape, bool coalesced)", forms="", promote="none", differentiable=False,
    bounds=_outside, bounds_error=_outside_error)  # fmt: skip
def sparse_within(indices, *, shape, coalesced):
    return indices


def _broken(starts, places, *, lines, across, by_rows, ordered):
    found = _rules_of(jnp, starts, places, lines, across, ordered)
    return jnp.any(jnp.stack([broken for broken, _ in found]))


def _rules_of(xp, starts, places, lines, across, ordered):
    """(whether a rule is broken, the rule) of a compressed pattern."""
    steps, nnz = starts[..., 1:] - starts[..., :-1], places.shape[-1]
    s, p, i, n = "{starts}", "{places}", "{line}", "{across}"
    found = [
        (xp.any(starts[..., 0] != 0), f"`{s}[..., 0] == 0`"),
        (xp.any(starts[..., -1] != nnz), f"`{s}[..., -1] == nnz`"),
        (xp.any((steps < 0) | (steps > across)), f"`0 <= {s}[..., 1:] - {s}[..., :-1] <= {n}`"),
        (xp.any((places < 0) | (places >= across)), f"`0 <= {p} < {n}`"),
    ]
    if ordered and nnz > 1:
        at = xp.arange(1, nnz)
        begins = xp.any(starts[..., None, :] == at[:, None], -1)
        wrong = xp.any(~begins & (places[..., 1:] <= places[..., :-1]))
        found.append((wrong, f"`{p}[..., {s}[..., i - 1]:{s}[..., i]] for all i = 1, ..., {i} are sorted and distinct "
                             "along the last dimension values`"))  # fmt: skip
    return found


def _broken_error(starts, places, *, lines, across, by_rows, ordered):
    names = {"starts": "crow_indices", "places": "col_indices", "line": "nrows", "across": "ncols"}
    if not by_rows:
        names = {"starts": "ccol_indices", "places": "row_indices", "line": "ncols", "across": "nrows"}
    found = _rules_of(np, starts._host(), places._host(), lines, across, ordered)
    rule_ = next(text for broken, text in found if broken)
    return RuntimeError(rule_.format(**names) + " is not satisfied.")


@op("sparse_compressed_within(Tensor starts, Tensor places, int lines, int across, bool by_rows, bool ordered)",
    forms="", promote="none", differentiable=False, bounds=_broken, bounds_error=_broken_error)  # fmt: skip
def sparse_compressed_within(starts, places, *, lines, across, by_rows, ordered):
    return starts


# -- components -----------------------------------------------------------------------------------
def _component(data, dtype, device) -> Tensor:
    """A component as a tensor."""
    if isinstance(data, SparseTensor):
        raise TypeError("the components of sparse tensors are dense")
    t = data if isinstance(data, Tensor) else tensor(data, device=device)
    t = t if dtype is None else t.to(dtype)
    return t if device is None else t.to(device)


def _leaf(t: SparseTensor, requires_grad: bool):
    if requires_grad:
        if t.dtype.category < 2:
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        t = t.detached()
        t._requires_grad = True
    return t


def empty_sparse(size, dtype=None, form: formats.layout = formats.sparse_coo, device=None,
                 requires_grad: bool = False, sparse_dim: int | None = None, blocksize=None):  # fmt: skip
    """A sparse tensor that stores nothing: all of it is 0."""
    size = tuple(size)
    for n in size:
        if n < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {n}: {list(size)}")
    d, device = dtype or dtypes.get_default_dtype(), devices.resolve(device)
    zeros, where = torch["zeros"], {"dtype": dtypes.int64, "device": device}
    if form is formats.sparse_coo:
        rank = len(size) if sparse_dim is None else sparse_dim
        made = coo(zeros((rank, 0), **where), zeros((0, *size[rank:]), dtype=d, device=device), size, True)
    elif form in BY_ROWS and blocksize is None and form in (formats.sparse_csr, formats.sparse_csc):
        if len(size) < 2:
            raise RuntimeError(
                "torch.empty: Only batched sparse compressed (non-block) tensors are supported, but got size "
                f"{list(size)}"
            )
        lines = size[-2] if BY_ROWS[form] else size[-1]
        made = compressed(zeros((*size[:-2], lines + 1), **where), zeros((*size[:-2], 0), **where),
                          zeros((*size[:-2], 0), dtype=d, device=device), size, form)  # fmt: skip
    else:
        raise NotImplementedError(f"an empty tensor of layout {form!r}: the sizes of its blocks are not known")
    return _leaf(made, requires_grad)


# -- coordinates ----------------------------------------------------------------------------------
@function("sparse_coo_tensor")
def sparse_coo_tensor(*args, size=None, indices=None, values=None, dtype=None, layout=None, device=None,
                      pin_memory=False, requires_grad=False, check_invariants=None,
                      is_coalesced=None) -> Tensor:  # fmt: skip
    """A sparse tensor of coordinates: ``sparse_coo_tensor(indices, values, size=None)`` or ``(size)``.

    Args:
        indices: (sparse_dim, nnz) integers.
        values: (nnz, *dense sizes); their gradient is followed.
        size: the shape; by default the least that has all indices.
        dtype, device: those of the values by default.
        requires_grad: make the result a leaf that autograd follows.
        check_invariants: check that ``is_coalesced`` is true. That indices are in range is checked in any case.
        is_coalesced: declare that each coordinate is there once, in order.

    Raises:
        RuntimeError: sizes that do not fit, an index out of range.

    Example:
        >>> import jaxtorch as torch
        >>> torch.sparse_coo_tensor([[0, 1], [2, 0]], [3.0, 4.0], (2, 3)).to_dense()
        tensor([[0., 0., 3.],
                [4., 0., 0.]])
    """
    if layout not in (None, formats.sparse_coo):
        raise TypeError(f"sparse_coo_tensor(): layout must be torch.sparse_coo, not {layout!r}")
    if len(args) == 1 and values is None and indices is None:
        (args, size) = ((), args[0])
    elif args and all(isinstance(a, int) for a in args) and values is None:
        args, size = (), args
    given = [*args]
    indices = given.pop(0) if given else indices
    values = given.pop(0) if given else values
    size = given.pop(0) if given else size
    if given:
        raise TypeError(f"sparse_coo_tensor() takes at most 3 positional arguments ({len(args)} given)")
    if indices is None and values is None:
        return empty_sparse(_size(size, 1), dtype, device=device, requires_grad=requires_grad)
    if indices is None or values is None:
        raise TypeError("sparse_coo_tensor(): indices and values are given together")
    if pin_memory:
        devices.require_accelerator()
    values = _component(values, dtype, device)
    indices = _component(indices, dtypes.int64, values.device)
    checked = Invariants.checked if check_invariants is None else check_invariants
    made = _coo_of(indices, values, size, bool(is_coalesced), bool(checked))
    return _leaf(made, requires_grad)


def _size(size, position: int) -> tuple:
    if isinstance(size, int):
        size = (size,)
    for at, n in enumerate(size):
        if isinstance(n, bool) or not hasattr(n, "__index__"):
            raise TypeError(
                f"sparse_coo_tensor(): argument 'size' (position {position}) must be tuple of ints, but found element "
                f"of type {type(n).__name__} at pos {at}"
            )
    return tuple(int(n) for n in size)


def _coo_of(indices: Tensor, values: Tensor, size, is_coalesced: bool, checked: bool) -> Coo:
    if indices.dim() != 2:
        raise RuntimeError(f"indices must be sparse_dim x nnz, but got: {list(indices.shape)}")
    if not values.dim():
        values = values.expand(1)
    rank, nnz = indices.shape
    if nnz != values.shape[0]:
        raise RuntimeError(
            f"indices and values must have same nnz, but got nnz from indices: {nnz}, nnz from values: "
            f"{values.shape[0]}"
        )
    if size is None:
        highest = indices._host().max(1) + 1 if nnz else np.zeros(rank, np.int64)
        lowest = indices._host().min(1) if nnz else highest
        for d in range(rank):
            if lowest[d] < 0:
                raise RuntimeError(f"found negative index {lowest[d]} for dim {d}")
        size = (*map(int, highest), *values.shape[1:])
    size = _size(size, 3)
    if any(n < 0 for n in size):
        raise RuntimeError("numel: integer multiplication overflow")
    dense = values.dim() - 1
    if len(size) != rank + dense:
        raise RuntimeError(
            f"'len(size) == sparse_dim + dense_dim' is not satisfied: len(size) = {len(size)}, sparse_dim = {rank}, "
            f"dense_dim = {dense}"
        )
    if values.shape[1:] != size[rank:]:
        raise RuntimeError(f"values has incorrect size, expected {[nnz, *size[rank:]]}, got {list(values.shape)}")
    if nnz and rank:
        dispatch(registry["sparse_within"], (indices.detach(),), (size[:rank], is_coalesced and checked))
    return coo(indices, values, size, is_coalesced or nnz < 2, "SparseCooTensorWithDimsAndTensorsBackward0")


# -- compressed -----------------------------------------------------------------------------------
def _compressed_of(starts, places, values, size, form, checked: bool) -> Compressed:
    by_rows, blocked = BY_ROWS[form], form in (formats.sparse_bsr, formats.sparse_bsc)
    a, b = ("crow_indices", "col_indices") if by_rows else ("ccol_indices", "row_indices")
    if starts.dim() != places.dim():
        raise RuntimeError(
            f"{a} and {b} dimensionalities must be equal but got {starts.dim()} and {places.dim()}, respectively"
        )
    for t, name in ((starts, a), (places, b)):
        if t.dtype not in (dtypes.int32, dtypes.int64):
            raise RuntimeError(f"{name} must have dtype int32 or int64, but got {t.dtype!r}")
    batch, nnz = starts.shape[:-1], places.shape[-1]
    at = len(batch)
    if values.dim() < at + 1 + 2 * blocked:
        raise RuntimeError(
            f"values must have dimensionality > sum of batch and block dimensionalities (={at} + {2 * blocked}) but "
            f"got {values.dim()}"
        )
    if values.shape[at] != nnz:
        raise RuntimeError(
            f"{b}.shape[-1] must be equal to nnz (={values.shape[at]}) as defined by values.shape[{at}], but got {nnz}"
        )
    block = tuple(values.shape[at + 1 : at + 3]) if blocked else (1, 1)
    rest = tuple(values.shape[at + 1 + 2 * blocked :])
    if size is None:
        lines = starts.shape[-1] - 1
        across = int(places._host().max()) + 1 if places.numel() else 0
        pair = (lines, across) if by_rows else (across, lines)
        size = (*batch, pair[0] * block[0], pair[1] * block[1], *rest)
    size = tuple(int(n) for n in size)
    if len(size) != at + 2 + len(rest):
        raise RuntimeError(
            f"tensor dimensionality must be sum of batch, base, and dense dimensionalities (={at} + 2 + {len(rest)}) "
            f"but got {len(size)}"
        )
    rows, columns = size[at] // block[0], size[at + 1] // block[1]
    if rows * block[0] != size[at] or columns * block[1] != size[at + 1]:
        which = 0 if rows * block[0] != size[at] else 1
        raise RuntimeError(
            f"tensor shape[{at + which}] (={size[at + which]}) must be divisible with blocksize[{which}] "
            f"(={block[which]}) as defined by values shape"
        )
    lines, across = (rows, columns) if by_rows else (columns, rows)
    if starts.shape[-1] != lines + 1:
        what = ("number of rows" if by_rows else "number of columns") if not blocked else (
            "number of row blocks" if by_rows else "number of column blocks")  # fmt: skip
        raise RuntimeError(
            f"{a}.shape[-1] must be equal to the {what} + 1 (={lines + 1}), but got {starts.shape[-1]}"
        )
    dispatch(registry["sparse_compressed_within"], (starts.detach(), places.detach()),
             (lines, across, by_rows, checked))  # fmt: skip
    return compressed(starts, places, values, size, form)


def _declare(name: str, form: formats.layout | None, a: str, b: str) -> None:
    def make(*args, size=None, dtype=None, layout=None, device=None, pin_memory=False, requires_grad=False,
             check_invariants=None, **components) -> Tensor:  # fmt: skip
        chosen = form or layout
        if chosen not in BY_ROWS or layout not in (None, chosen):
            raise RuntimeError(f"{name}(): the layout must be a sparse compressed one, not {layout!r}")
        given = [*args]
        found = []
        for part in (a, b, "values"):
            if not given and part not in components:
                raise TypeError(f'{name}() missing required argument: "{part}"')
            found.append(given.pop(0) if given else components.pop(part))
        size = given.pop(0) if given else size
        if components or given:
            raise TypeError(f"{name}() got an unexpected argument '{next(iter(components), 'of more positions')}'")
        if pin_memory:
            devices.require_accelerator()
        values = _component(found[2], dtype, device)
        starts, places = (_component(x, None, values.device) for x in found[:2])
        checked = Invariants.checked if check_invariants is None else check_invariants
        return _leaf(_compressed_of(starts, places, values, size, chosen, bool(checked)), requires_grad)

    make.__name__ = name
    make.__doc__ = f"""A sparse tensor of compressed {a.removeprefix("c").removesuffix("_indices") or "line"}s.

    Args:
        {a}: where each line's places begin, and where the last one's end.
        {b}: the places.
        values: the elements (or blocks) there; their gradient is followed.
        size: the shape; by default the least that has all places.

    Raises:
        RuntimeError: components that do not fit.
    """
    function(name)(make)


_declare("sparse_csr_tensor", formats.sparse_csr, "crow_indices", "col_indices")
_declare("sparse_csc_tensor", formats.sparse_csc, "ccol_indices", "row_indices")
_declare("sparse_bsr_tensor", formats.sparse_bsr, "crow_indices", "col_indices")
_declare("sparse_bsc_tensor", formats.sparse_bsc, "ccol_indices", "row_indices")
_declare("sparse_compressed_tensor", None, "compressed_indices", "plain_indices")


# -- like another ---------------------------------------------------------------------------------
def _empty_like(self, *, dtype=None, layout=None, device=None, requires_grad=False, memory_format=None,
                pin_memory=False):  # fmt: skip
    """A tensor like this one that stores nothing."""
    form = layout or self.layout
    if form is formats.strided:
        return torch["zeros"](self.shape, dtype=dtype or self.dtype, device=device or self.device,
                              requires_grad=requires_grad)  # fmt: skip
    rank = self.sparse_dim() if form is formats.sparse_coo else None
    return empty_sparse(self.shape, dtype or self.dtype, form, device or self.device, requires_grad, rank)


rule("zeros_like", "empty_like")(_empty_like)


@rule("new_zeros", "new_empty")
def new_zeros(self, *size, dtype=None, device=None, requires_grad=False, layout=None, pin_memory=False):
    """A sparse tensor of this one's dtype and device that stores nothing."""
    size = size[0] if len(size) == 1 and not isinstance(size[0], int) else size
    return empty_sparse(size, dtype or self.dtype, layout or self.layout, device or self.device, requires_grad)


@rule("new_tensor")
def new_tensor(self, data, *, dtype=None, device=None, requires_grad=False):
    """A tensor of ``data`` with this one's dtype and device."""
    if isinstance(data, SparseTensor):
        return _leaf(data.detach().clone().to(dtype=dtype or data.dtype), requires_grad)
    return self._parts[-1].new_tensor(data, dtype=dtype, device=device, requires_grad=requires_grad)

