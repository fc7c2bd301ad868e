"""torch.utils.hooks: handles of hooks, and what runs those of a module's backward."""

from __future__ import annotations

import warnings

from .._core.tape import RemovableHandle
from ..nn.modules._hooks import BackwardHook

__all__ = ["BackwardHook", "RemovableHandle", "unserializable_hook", "warn_if_has_hooks"]


def unserializable_hook(f):
    """Say of a hook that it need not be saved with its tensor: `warn_if_has_hooks` is silent on it. Returns it."""
    f.__torch_unserializable__ = True
    return f


def warn_if_has_hooks(tensor) -> None:
    """Warn of the hooks of a tensor that would not be saved with it."""
    for hook in (tensor._hooks or {}).values():
        if not hasattr(hook, "__torch_unserializable__"):
            warnings.warn(
                f"backward hook {hook!r} on tensor will not be serialized.  If this is expected, you can decorate the "
                "function with @torch.utils.hooks.unserializable_hook to suppress this warning",
                stacklevel=2,
            )
