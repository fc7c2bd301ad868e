"""Event files that TensorBoard shows: `SummaryWriter`, on the package tensorboardX."""

from .writer import FileWriter, SummaryWriter

__all__ = ["FileWriter", "SummaryWriter"]
