"""Settings of `torch.compile` by PyTorch's names."""

from __future__ import annotations

import sys
import types

from .._record import capture

#: How often one function is recorded before what is new runs uncompiled.
recompile_limit: int
cache_size_limit: int

_LIMITS = ("recompile_limit", "cache_size_limit", "accumulated_recompile_limit", "accumulated_cache_size_limit")


class _Config(types.ModuleType):
    def __getattr__(self, name: str):
        if name in _LIMITS:
            return capture.limits.most
        raise AttributeError(f"torch._dynamo.config.{name} does not exist")

    def __setattr__(self, name: str, value) -> None:
        if name in _LIMITS:
            capture.limits.most = value
        elif name.startswith("__"):
            super().__setattr__(name, value)
        else:
            raise NotImplementedError(f"torch._dynamo.config.{name}: the recorder has no such choice")


sys.modules[__name__].__class__ = _Config
