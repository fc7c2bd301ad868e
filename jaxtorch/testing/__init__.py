"""torch.testing: comparisons that say where values differ, and tensors of random numbers."""

from ._comparison import assert_allclose, assert_close
from ._creation import make_tensor

__all__ = ["assert_allclose", "assert_close", "make_tensor"]
