"""Groups and collectives under the path where PyTorch defines them."""

from __future__ import annotations

from . import _collectives, _groups
from ._collectives import *  # noqa: F403
from ._groups import *  # noqa: F403

__all__ = [*_groups.__all__, *_collectives.__all__]

_get_default_group = _groups.default_group
