"""Pinned memory: what a batch's ``pin_memory`` methods make of it."""

from __future__ import annotations

import collections.abc

from .collate import rebuilt_mapping, rebuilt_sequence


def pin_memory(data, device=None):
    """``data`` with everything in it pinned that can be; containers are kept."""
    if hasattr(data, "pin_memory"):
        return data.pin_memory()
    if isinstance(data, (str, bytes)):
        return data
    if isinstance(data, collections.abc.Mapping):
        return rebuilt_mapping(data, {key: pin_memory(v, device) for key, v in data.items()})
    if isinstance(data, tuple):
        pinned = [pin_memory(v, device) for v in data]
        return type(data)(*pinned) if hasattr(data, "_fields") else type(data)(pinned)
    if isinstance(data, collections.abc.Sequence):
        return rebuilt_sequence(data, [pin_memory(v, device) for v in data])
    return data
