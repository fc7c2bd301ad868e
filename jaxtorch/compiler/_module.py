"""A compiled module: the module itself, with its forward compiled."""

from __future__ import annotations

from .._record.capture import Compiled
from ..nn import Module


class OptimizedModule(Module):
    """A module whose calls run compiled; parameters, attributes and state are those of ``_orig_mod``."""

    def __init__(self, module: Module, fullgraph: bool = False, dynamic=None, uncompiled: bool = False):
        super().__init__()
        self._orig_mod = module
        compiled = module.__call__ if uncompiled else Compiled(module.__call__, fullgraph, dynamic)
        object.__setattr__(self, "_compiled", compiled)
        self.training = module.training

    def forward(self, *args, **kwargs):
        return self._compiled(*args, **kwargs)

    def train(self, mode: bool = True):
        super().train(mode)
        return self

    def __getattr__(self, name: str):
        if name == "_orig_mod":
            return self._modules["_orig_mod"]
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(self._modules["_orig_mod"], name)

    def __len__(self) -> int:
        return len(self._orig_mod)

    def __getitem__(self, index):
        return self._orig_mod[index]  # pyright: ignore[reportIndexIssue]

    def __iter__(self):
        return iter(self._orig_mod)
