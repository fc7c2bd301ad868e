"""torch.nn.utils.init: modules whose first values are left alone."""

from __future__ import annotations

import inspect

from ...random import fork_rng
from ..modules.module import Module

__all__ = ["skip_init"]


def skip_init(module_cls, *args, **kwargs):
    """A module whose parameters may hold anything; it takes no numbers from the random stream.

    Args:
        module_cls: its class, whose constructor takes ``device``.

    Raises:
        RuntimeError: ``module_cls`` is no module, or its constructor takes no ``device``.

    Example:
        >>> import jaxtorch as torch
        >>> torch.nn.utils.skip_init(torch.nn.Linear, 3, 2).weight.shape
        torch.Size([2, 3])
    """
    if not issubclass(module_cls, Module):
        raise RuntimeError(f"Expected a Module; got {module_cls}")
    if "device" not in inspect.signature(module_cls).parameters:
        raise RuntimeError("Module must support a 'device' arg to skip initialization")
    kwargs.setdefault("device", "cpu")
    with fork_rng():
        return module_cls(*args, **kwargs)
