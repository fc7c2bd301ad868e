"""The absolute values of Cauchy numbers."""

from __future__ import annotations

import math

from .._core.tensor import Tensor
from .cauchy import Cauchy
from .half_normal import _Half
from .utils import _through

__all__ = ["HalfCauchy"]


class HalfCauchy(_Half):
    """The absolute values of numbers of ``Cauchy(0, scale)``.

    Args:
        scale: that of the Cauchy distribution.
    """

    _whole = Cauchy
    variance = _through("base_dist", "variance")

    def __init__(self, scale: Tensor | float, validate_args: bool | None = None):
        super().__init__(scale, validate_args)

    @property
    def mean(self):
        return self._filled(math.inf, self.scale)
