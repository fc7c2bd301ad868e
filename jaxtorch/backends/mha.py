"""torch.backends.mha: PyTorch's fast path for attention in inference.

Here it decides on details of results alone: strides, and what padded places hold (see
`torch.nn.TransformerEncoder`).
"""

from __future__ import annotations

_enabled = [True]


def get_fastpath_enabled() -> bool:
    """Whether results are as those of the fast path."""
    return _enabled[0]


def set_fastpath_enabled(value: bool) -> None:
    """Switch it on or off."""
    _enabled[0] = value
