"""torch.linalg: what the op tables declare for this namespace."""

from ._core.bind import namespaces as _namespaces

globals().update(_namespaces["linalg"])
__all__ = sorted(_namespaces["linalg"])
