"""``torch.cuda.amp`` and ``torch.cpu.amp``: amp with the kind of device in the name of the module."""

from __future__ import annotations

import warnings

from . import autocast_mode, grad_scaler


def warn(kind: str, name: str, use: str) -> None:
    """Tell the caller's caller what the name is now."""
    warnings.warn(f"`torch.{kind}.amp.{name}` is deprecated. Please use `{use}` instead.", FutureWarning, stacklevel=3)


def autocast_for(kind: str, lower) -> type:
    """The class ``torch.<kind>.amp.autocast``; ``lower`` is its default dtype."""

    class autocast(autocast_mode.autocast):  # noqa: N801 - the public name
        __doc__ = f"``torch.autocast({kind!r})`` by a former name."

        def __init__(self, enabled: bool = True, dtype=lower, cache_enabled: bool = True):
            warn(kind, "autocast(args...)", f"torch.amp.autocast('{kind}', args...)")
            super().__init__(kind, enabled=enabled, dtype=dtype, cache_enabled=cache_enabled)

    return _placed(autocast, f"jaxtorch.{kind}.amp.autocast_mode")


def scaler_for(kind: str) -> type:
    """The class ``torch.<kind>.amp.GradScaler``."""

    class GradScaler(grad_scaler.GradScaler):
        __doc__ = f"``torch.amp.GradScaler({kind!r})`` by a former name."

        def __init__(self, init_scale: float = 2.0**16, growth_factor: float = 2.0, backoff_factor: float = 0.5,
                     growth_interval: int = 2000, enabled: bool = True):  # fmt: skip
            warn(kind, "GradScaler(args...)", f"torch.amp.GradScaler('{kind}', args...)")
            super().__init__(
                kind, init_scale=init_scale, growth_factor=growth_factor, backoff_factor=backoff_factor,
                growth_interval=growth_interval, enabled=enabled,
            )  # fmt: skip

    return _placed(GradScaler, f"jaxtorch.{kind}.amp.grad_scaler")


def _placed(cls: type, module: str) -> type:
    cls.__module__, cls.__qualname__ = module, cls.__name__
    return cls
