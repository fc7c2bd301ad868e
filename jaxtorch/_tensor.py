"""torch._tensor: where programs and pickles find Tensor."""

from ._core.tensor import Tensor

__all__ = ["Tensor"]
