"""``torch.cpu.amp.GradScaler``."""

from ...amp._deprecated import scaler_for

__all__ = ["GradScaler"]

GradScaler = scaler_for("cpu")
