"""``torch.cpu.amp.autocast``."""

from ..._core.dtypes import bfloat16
from ...amp._deprecated import autocast_for

__all__ = ["autocast"]

autocast = autocast_for("cpu", bfloat16)
