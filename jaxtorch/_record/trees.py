"""Nested structures of tensors: tuples, lists, dicts (in their own order), named tuples.

JAX's pytrees sort the keys of dicts; what a function returns must come back as it was.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict

from .._core.return_types import is_return_type
from .._core.tensor import Tensor

_LEAF = None
_DICTS = (dict, OrderedDict, defaultdict)
#: The types of what is taken apart, beside named tuples.
CONTAINERS = frozenset((tuple, list, *_DICTS))


def flatten(tree) -> tuple[list, object]:
    """(leaves, structure): everything that is no container is a leaf; structures compare and hash."""
    leaves: list = []
    return leaves, _flatten(tree, leaves)


def _flatten(tree, leaves: list):
    kind = type(tree)
    named = isinstance(tree, tuple) and (hasattr(tree, "_fields") or is_return_type(kind))
    if kind is tuple or kind is list or named:
        return kind, tuple([_flatten(e, leaves) for e in tree])
    if kind in _DICTS:
        return kind, tuple(tree), tuple([_flatten(e, leaves) for e in tree.values()])  # pyright: ignore
    leaves.append(tree)
    return _LEAF


def unflatten(structure, leaves):
    """The tree of a structure with these leaves."""
    return _unflatten(structure, iter(leaves))


def _unflatten(structure, leaves):
    if structure is _LEAF:
        return next(leaves)
    if len(structure) == 3:
        kind, keys, parts = structure
        pairs = zip(keys, [_unflatten(p, leaves) for p in parts], strict=True)
        return defaultdict(None, pairs) if kind is defaultdict else kind(pairs)
    kind, parts = structure
    made = [_unflatten(p, leaves) for p in parts]
    return kind._make(made) if hasattr(kind, "_make") else kind(made)


def text_of(structure, indent: int = 0) -> str:
    """A structure as PyTorch prints one."""
    if structure is _LEAF:
        return "*"
    kind, *keys, parts = structure
    inside = f",\n{' ' * (indent + 2)}".join([text_of(p, indent + 2) for p in parts])
    context = list(keys[0]) if keys else kind.__name__ if hasattr(kind, "_fields") else None
    return f"TreeSpec({'namedtuple' if hasattr(kind, '_fields') else kind.__name__}, {context}, [{inside}])"


def spread(prefix, tree) -> list:
    """The leaves of ``prefix``, a part of the structure of ``tree``, one for each leaf of ``tree``.

    Raises:
        ValueError: ``prefix`` has another structure.
    """
    if isinstance(prefix, (tuple, list)) and isinstance(tree, (tuple, list)) and len(prefix) == len(tree):
        return [leaf for p, t in zip(prefix, tree, strict=True) for leaf in spread(p, t)]
    if isinstance(prefix, dict) and isinstance(tree, dict) and prefix.keys() == tree.keys():
        return [leaf for k, t in tree.items() for leaf in spread(prefix[k], t)]
    if isinstance(prefix, (tuple, list, dict)):
        raise ValueError("another structure")
    return [prefix] * len(flatten(tree)[0])


def tensors_of(tree) -> list[Tensor]:
    return [x for x in flatten(tree)[0] if isinstance(x, Tensor)]
