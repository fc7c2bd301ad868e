"""The ``.grad`` of tensors: what a recording finds there, and what it leaves.

The tensor in a ``.grad`` is another one after every backward, so a recording that reads one looks it
up at every call, as it does its arguments. Owners are tensors from outside, or positions among the
arguments.
"""

from __future__ import annotations

import sys
from operator import attrgetter, is_
from typing import NamedTuple

import jax
import numpy as np

from .._core import devices
from .._core.members import show_gradient
from .._core.storage import Storage
from .._core.tensor import Tensor
from .hold import NOTHING, Hold, can_hold, picker
from .images import Value

_array_of, _grad_of = attrgetter("array"), attrgetter("_grad")


def count_of(attribute: str) -> int:
    """The reference count of what one object's attribute and one list hold, as callers of
    ``list(map(sys.getrefcount, held))`` see it."""
    holder = Storage(object(), None, None, None)
    held = list(map(attrgetter(attribute), [holder]))
    return list(map(sys.getrefcount, held))[0]


ALONE = count_of("array")  # an array that only its storage holds; a gradient that only its owner holds


def facts_of(g: Tensor) -> tuple:
    """What a recording knows of a gradient, beside its value."""
    s = g._storage
    return g._layout, g._dtype, s.layout, s.device, g._requires_grad, type(g)


def is_whole(g: Tensor) -> bool:
    """Whether a gradient is the whole of its memory, and has no history."""
    s = g._storage
    return g._layout is s.layout and g._dtype is s.dtype and g._grad_fn is None and g._view is None


class Entry(NamedTuple):
    """A ``.grad`` that a recording reads: what it must be, or None where there must be none."""

    owner: Tensor | int
    facts: tuple | None
    shape: tuple


class Entries:
    """All that a recording reads; those with a tensor follow the arguments, in order."""

    def __init__(self, entries: list[Entry], captured):
        self.entries = entries
        self.owners = [e.owner for e in entries if e.facts is not None]
        self.captured = frozenset(captured)  # ids of storages that are reached otherwise

    def failed(self, tensors) -> str | None:
        """None, or which gradient is not what it was."""
        for owner, facts, shape in self.entries:
            g = (tensors[owner] if isinstance(owner, int) else owner)._grad
            if g is None or facts is None:
                if g is not facts:
                    return f"the .grad of a tensor of shape {list(shape)}: {_shown(facts)} -> {_shown(g)}"
            elif facts_of(g) != facts or not is_whole(g):
                return f"the .grad of a tensor of shape {list(shape)} has another layout or dtype"
        if self.owners:
            found = {id(s) for s in self.storages(tensors)}
            arguments = {id(t._storage) for t in tensors}
            if len(found) < len(self.owners) or not found.isdisjoint(self.captured) or not found.isdisjoint(arguments):
                return "a .grad shares memory with another tensor"
        return None

    def storages(self, tensors) -> list[Storage]:
        return [(tensors[o] if isinstance(o, int) else o)._grad._storage for o in self.owners]


def entries_of(recorder, owners: dict, positions: dict) -> tuple[Entries, list[Storage]]:
    """(what a recording finds in ``.grad``, the memory of the tensors found there).

    Adds a guard for each tensor there that it must find again: one that is a view, or the like.

    Args:
        owners: the positions of argument tensors by id.
        positions: the positions of their storages by id.
    """
    gradients = {id(g) for _, g in recorder.grads.values()}
    otherwise = {id(x._storage) for x, _ in recorder.seen.values() if id(x) not in gradients}
    entries, storages, pinned = [], [], set(positions) | otherwise
    for t, g in recorder.grads.values():
        if id(t) not in recorder.reads_grad:
            continue
        owner, shape = owners.get(id(t), t), t._layout.shape
        what = f"the .grad of a tensor of shape {list(shape)}"
        if g is None:
            entries.append(Entry(owner, None, shape))
        elif is_whole(g) and id(g._storage) not in pinned:
            entries.append(Entry(owner, facts_of(g), shape))
            storages.append(g._storage)
            pinned.add(id(g._storage))
        else:
            # of an argument: of another one, the recording holds never
            recorder.notes.append(Value(what, lambda t=t: t._grad, g))
    captured = {key for key in recorder.captured if key not in positions} - set(map(id, storages))
    return Entries(entries, captured), storages


def _shown(x) -> str:
    return "None" if x is None else "a tensor"


class Gradients:
    """The ``.grad`` tensors that a run leaves behind.

    A tensor that nobody else holds is used again at the next run, with another value.
    """

    def __init__(self, owners: list, tensors: list[Tensor], cleared: list):
        self.owners, self.tensors, self.cleared = owners, tensors, cleared
        self.storages = [t._storage for t in tensors]
        self.hold = NOTHING
        self.unwritten = [0] * len(tensors)
        self.replace([])
        self.left = False  # whether a run has left values
        self.of_arguments = any(type(o) is int for o in (*owners, *cleared))

    def replace(self, places: list[int]) -> None:
        """Say whose memory of the last run the next one is given."""
        self.replaced, self.pick_replaced = places, picker(places)

    def give(self) -> list:
        """Memory for the program to write the gradients to: that of the last run's, where nobody else has them."""
        if not self.replaced:
            return []
        arrays, hold = None, self.hold
        if not (hold.released or hold.shown):
            arrays = hold.arrays
        elif self.left and not self.of_arguments and self._alone(self.owners):
            arrays = list(map(_array_of, self.storages)) if hold.released else hold.arrays
            if hold.released and max(map(sys.getrefcount, arrays)) > ALONE:
                arrays = None
        if arrays is None:
            return [_blank(self.tensors[i]) for i in self.replaced]
        return self.pick_replaced(arrays)

    def set(self, arrays, arguments) -> None:
        """Leave these values behind."""
        hold, self.left = self.hold, True
        if not (hold.shown or hold.released or self.of_arguments or self.cleared):
            hold.renew(arrays)
            return
        owners, cleared = self.owners, self.cleared
        if self.of_arguments:
            owners, cleared = ([arguments[o] if type(o) is int else o for o in os] for os in (owners, cleared))
        for owner in cleared:
            show_gradient(owner)
            owner._grad = None
        if self._alone(owners):
            if hold.released:
                self.hold = Hold(self.storages, self.unwritten, arrays)
            else:
                hold.shown = False
                hold.renew(arrays)
        else:
            hold.release()  # these values are somebody's to keep
            self.hold, self.tensors = NOTHING, [_like(t, a) for t, a in zip(self.tensors, arrays, strict=True)]
            self.storages = [t._storage for t in self.tensors]
        for owner, t in zip(owners, self.tensors, strict=True):
            if owner._grad is not t:
                show_gradient(owner)
                owner._grad = t

    def _alone(self, owners) -> bool:
        """Whether the tensors of the last run may be those of this one too: nobody else has them."""
        left = all(map(is_, map(_grad_of, owners), self.tensors))
        return (
            (left or all(o._grad is None for o in owners))
            and max(map(sys.getrefcount, self.tensors), default=0) <= (ALONE if left else ALONE - 1)
            and max(map(sys.getrefcount, self.storages), default=0) <= ALONE
            and (not self.hold.released or can_hold(self.storages))
        )


def _blank(t: Tensor):
    """An array like that of ``t``, of no particular value."""
    with jax.enable_x64(True):
        return jax.device_put(np.empty(t._layout.shape, t._dtype.np), devices.to_jax(t._storage.device))


def _like(t: Tensor, array) -> Tensor:
    made = object.__new__(type(t))
    old = t._storage
    made._storage = Storage(array, old.layout, old.dtype, old.device)
    made._layout, made._dtype = t._layout, t._dtype
    return made
