"""ChannelShuffle."""

from __future__ import annotations

from ._layer import Layer

__all__ = ["ChannelShuffle"]


class ChannelShuffle(Layer, call="channel_shuffle(input, groups)"):
    """Interleaves the channels of ``groups`` groups (Zhang et al., 2017)."""

    groups: int
