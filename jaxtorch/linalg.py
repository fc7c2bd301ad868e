"""torch.linalg: what the op tables declare for this namespace."""

from ._core.bind import namespaces as _namespaces
from ._ops.linalg import _LinAlgError as LinAlgError

globals().update(_namespaces["linalg"])
__all__ = ["LinAlgError", *sorted(_namespaces["linalg"])]
