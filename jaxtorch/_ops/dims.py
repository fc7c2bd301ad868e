"""Dimension arguments of reductions and scans: wrapping, PyTorch's errors, putting dims back."""

from __future__ import annotations

from functools import wraps
from math import prod as product

from jax import lax
from jax import numpy as jnp

from .._core import dtypes
from .._core.layout import wrap_dim

#: what structured kernels say where ``out`` has another dtype than the result
SAME_OUT = "Expected out tensor to have dtype {result.cpp}, but got {out.cpp} instead"


def axes_of(dim, ndim: int) -> tuple[int, ...]:
    """The dims a reduction runs over, counted from the front; all of them for None and ().

    Raises:
        IndexError: a dim is out of range.
        RuntimeError: a dim appears twice.
    """
    if ndim > 64:
        raise RuntimeError("only tensors with up to 64 dims are supported")
    if dim is None or dim == ():
        return tuple(range(ndim))
    seen: list[int] = []
    for d in (dim,) if isinstance(dim, int) else dim:
        d = wrap_dim(d, ndim)
        if d in seen:
            raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
        seen.append(d)
    return tuple(sorted(seen)) if ndim else ()


def check_dims(self, *, dim, **_) -> None:
    """The `check` of ops over dims: they exist and are distinct."""
    axes_of(dim, self.ndim)


def check_dim(self, *, dim, **_) -> None:
    """The `check` of ops along one dim."""
    wrap_dim(dim, self.ndim)


def check_reduced(name: str, self, dim) -> None:
    """PyTorch's errors for reductions without an identity over nothing; they begin with ``name``."""
    if dim is None or dim == ():
        if product(self.shape) == 0:
            raise RuntimeError(
                f"{name}: Expected reduction dim to be specified for input.numel() == 0. "
                "Specify the reduction dim with the 'dim' argument."
            )
        return
    for d in axes_of(dim, self.ndim):
        if self.shape[d] == 0:
            raise IndexError(f"{name}: Expected reduction dim {d} to have non-zero size.")


def count(shape, axes) -> int:
    """The number of elements that one element of the result stands for."""
    return product(shape[d] for d in axes)


def kept(shape, axes) -> tuple[int, ...]:
    """``shape`` with the reduced dims as 1."""
    return tuple(1 if d in axes else s for d, s in enumerate(shape))


def finish(out, shape, axes, keepdim: bool):
    """A reduced array with its dims of 1, where they are kept."""
    return out.reshape(kept(shape, axes)) if keepdim else out


def restored(x, shape, dim):
    """A reduction's result (or its cotangent) with the reduced dims as 1, to go with ``shape``."""
    return x.reshape(kept(shape, axes_of(dim, len(shape))))


def spread(x, shape, dim):
    """A reduction's result (or its cotangent) repeated over what was reduced."""
    return jnp.broadcast_to(restored(x, shape, dim), shape)


def along(fn):
    """Let ``fn(self, ..., dim)``, written for arrays with dims, take 0-dim ones as of size 1."""

    @wraps(fn)
    def lifted(self, *others, dim, **static):
        if self.ndim:
            return fn(self, *others, dim=wrap_dim(dim, self.ndim), **static)
        out = fn(self.reshape(1), *others, dim=0, **static)
        return tuple(o.reshape(()) for o in out) if isinstance(out, tuple) else out.reshape(())

    return lifted


def positions(shape, dim):
    """The index of every element along ``dim``, as int64."""
    return lax.broadcasted_iota(jnp.int64, shape, dim)


def select_gradient(g, indices, shape, dim: int, keepdim: bool):
    """The cotangent of values picked at ``indices`` along ``dim``: it goes to the index taken."""
    if not shape:
        return g.reshape(())
    dim = wrap_dim(dim, len(shape))
    if not keepdim:
        g, indices = jnp.expand_dims(g, dim), jnp.expand_dims(indices, dim)
    return jnp.where(positions(shape, dim) == indices, g, jnp.zeros((), g.dtype))


def accumulated_dtype(pairs, *, dtype=None, **_):
    """Promotion of sums and products: integers are added up as int64 unless ``dtype`` says else."""
    own = pairs[0][0]
    return dtype or (own if own.category > 1 else dtypes.int64)


def refuse(name: str, found: dtypes.dtype) -> NotImplementedError:
    """PyTorch's error for a kernel that does not exist for a dtype."""
    return NotImplementedError(f"\"{name}\" not implemented for '{found.title}'")


def refuse_complex(name: str):
    """A `check` step: the named CPU kernel has no complex form."""

    def check(self) -> None:
        if self.dtype.is_complex:
            raise refuse(name, self.dtype)

    return check
