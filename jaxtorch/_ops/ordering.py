"""Orders and ranks of the elements along a dim, by integer keys.

XLA's CPU sort is fast for one integer operand alone. So the elements become integers in their order,
and the place of each is packed below it: one sort of those gives a stable order of both.
"""

from __future__ import annotations

from jax import lax
from jax import numpy as jnp

_PLACES = 32  # the low bits of a packed key
_SELECTED = 2**14  # rows from this length on are searched, not sorted, for one rank


def sort_keys(x, descending: bool = False):
    """Signed integers in PyTorch's order of the elements: -0 equals 0, NaN comes after all others.

    int64 for types of 8 bytes; else int64 numbers of 32 bits.
    """
    kind, wide = x.dtype.kind, x.dtype.itemsize == 8
    if kind == "f" and wide:
        keys = _float_keys(x, jnp.int64)
    elif kind in "fV":
        keys = _float_keys(x.astype(jnp.float32), jnp.int32).astype(jnp.int64)
    elif kind == "u" and x.dtype.itemsize >= 4:
        signed = jnp.int64 if wide else jnp.int32
        least = jnp.asarray(jnp.iinfo(signed).min, signed)
        keys = (lax.bitcast_convert_type(x, signed) ^ least).astype(jnp.int64)
    else:
        keys = x.astype(jnp.int64)
    return ~keys if descending else keys


def _float_keys(x, signed):
    most = jnp.asarray(jnp.iinfo(signed).max, signed)
    bits = lax.bitcast_convert_type(lax.stop_gradient(x), signed)
    magnitude = bits & most
    keys = jnp.where(bits < 0, -magnitude, magnitude)
    infinity = lax.bitcast_convert_type(jnp.asarray(jnp.inf, x.dtype), signed)
    return jnp.where(magnitude > infinity, most, keys)


def _sort_packed(high, dim: int):
    """The places of a stable ascending order of int64 numbers of 32 bits."""
    places = lax.broadcasted_iota(jnp.int64, high.shape, dim)
    packed = lax.sort((high << _PLACES) | places, dimension=dim, is_stable=False)
    return packed & (2**_PLACES - 1)


def take(x, places, dim: int):
    """The elements at ``places`` along ``dim``, which are in bounds."""
    return jnp.take_along_axis(x, places, dim, mode="promise_in_bounds")


def order(x, dim: int, descending: bool = False):
    """The int64 places of the elements in order along ``dim``; equal elements stay in theirs."""
    keys = sort_keys(x, descending)
    if x.shape[dim] > 2**_PLACES:
        places = lax.broadcasted_iota(jnp.int64, x.shape, dim)
        return lax.sort((keys, places), dimension=dim, is_stable=True, num_keys=1)[1]
    if x.dtype.itemsize < 8:
        return _sort_packed(keys, dim)
    # by the low halves, then, keeping that order among equals, by the high ones
    low = (keys & (2**_PLACES - 1)) - 2 ** (_PLACES - 1)
    first = _sort_packed(low, dim)
    return take(first, _sort_packed(take(keys >> _PLACES, first, dim), dim), dim)


def ordered(x, dim: int, descending: bool = False):
    """(sorted values, int64 indices), equal elements in their order; NaN counts as the largest."""
    places = order(x, dim, descending)
    return take(x, places, dim), places


def _search(numbers, rank, low, bits: int, dim: int):
    """The ``rank``-th smallest of ``numbers``, of which ``low`` is a bound and ``bits`` the width.

    It is found bit by bit from the highest: how many numbers are smaller says what a bit is.
    """

    def settle(i, found):
        bit = jnp.left_shift(jnp.ones((), numbers.dtype), (bits - 1 - i).astype(numbers.dtype))
        smaller = jnp.sum(numbers < found + bit, dim, keepdims=True, dtype=rank.dtype)
        return jnp.where(smaller <= rank, found + bit, found)

    return lax.fori_loop(0, bits, settle, jnp.full(rank.shape, low, numbers.dtype))


def _select(x, rank, dim: int):
    """The places that `order` has at ``rank``, without a sort."""
    n = x.shape[dim]
    keys = sort_keys(x).astype(jnp.int64 if x.dtype.itemsize == 8 else jnp.int32)
    key = _search(keys, rank, jnp.iinfo(keys.dtype).min, 8 * keys.dtype.itemsize, dim)
    left = rank - jnp.sum(keys < key, dim, keepdims=True, dtype=rank.dtype)
    places = lax.broadcasted_iota(jnp.int32 if n < 2**31 else jnp.int64, x.shape, dim)
    equal = jnp.where(keys == key, places, n)
    return _search(equal, left, 0, n.bit_length(), dim).astype(jnp.int64)


def ranked(x, rank, dim: int):
    """(values, int64 indices) at the int64 ``rank`` (dims kept) of the order along ``dim``."""
    long = x.shape[dim] >= _SELECTED
    places = _select(x, rank, dim) if long else take(order(x, dim), rank, dim)
    return take(x, places, dim), places


def extremes(x, k: int, largest: bool):
    """The int64 places of the ``k`` first elements of an order of the last dim, from either end."""
    n, dim = x.shape[-1], x.ndim - 1
    exact = x.dtype.kind in "fV" and x.dtype.itemsize <= 4 or x.dtype.itemsize <= 2
    if exact and 0 < k and (16 * k <= n or n <= 128):
        # XLA picks from float32 alone, in the order of IEEE's totalOrder
        keys = sort_keys(x, not largest).astype(jnp.int32)
        bits = jnp.where(keys < 0, keys ^ jnp.iinfo(jnp.int32).max, keys)
        return lax.top_k(lax.bitcast_convert_type(bits, jnp.float32), k)[1].astype(jnp.int64)
    return lax.slice_in_dim(order(x, dim, largest), 0, k, axis=dim)
