"""``torch.cuda.amp.GradScaler``."""

from ...amp._deprecated import scaler_for
from ...amp.grad_scaler import OptState

__all__ = ["GradScaler", "OptState"]

GradScaler = scaler_for("cuda")
