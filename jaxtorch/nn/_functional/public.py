"""What the functions of torch.nn.functional share."""

from __future__ import annotations

from collections.abc import Callable

from ..._core.bind import namespaces, overridable

torch, nn = namespaces["torch"], namespaces["nn"]


def public(fn: Callable) -> Callable:
    """``fn`` as a member of torch.nn.functional, open to ``__torch_function__``."""
    made = overridable(fn, fn.__name__)
    made.__module__ = "torch.nn.functional"
    return made
