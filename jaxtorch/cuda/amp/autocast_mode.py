"""``torch.cuda.amp.autocast`` and the decorators of ``autograd.Function``."""

from __future__ import annotations

from ..._core.dtypes import float16
from ...amp import autocast_mode
from ...amp._deprecated import autocast_for, warn

__all__ = ["autocast", "custom_fwd", "custom_bwd"]

autocast = autocast_for("cuda", float16)


def custom_fwd(fwd=None, *, cast_inputs=None):
    """``torch.amp.custom_fwd`` for GPUs by a former name."""
    warn("cuda", "custom_fwd(args...)", "torch.amp.custom_fwd(args..., device_type='cuda')")
    return autocast_mode.custom_fwd(fwd, device_type="cuda", cast_inputs=cast_inputs)


def custom_bwd(bwd):
    """``torch.amp.custom_bwd`` for GPUs by a former name."""
    warn("cuda", "custom_bwd(args...)", "torch.amp.custom_bwd(args..., device_type='cuda')")
    return autocast_mode.custom_bwd(bwd, device_type="cuda")
