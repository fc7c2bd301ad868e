"""torch.utils.hooks: handles of hooks, and what runs those of a module's backward."""

from __future__ import annotations

from .._core.exchange import warn_if_has_hooks
from .._core.tape import RemovableHandle
from ..nn.modules._hooks import BackwardHook

__all__ = ["BackwardHook", "RemovableHandle", "unserializable_hook", "warn_if_has_hooks"]


def unserializable_hook(f):
    """Say of a hook that it need not be saved with its tensor: `warn_if_has_hooks` is silent on it. Returns it."""
    f.__torch_unserializable__ = True
    return f
