"""torch.nn.functional: the operations of neural networks as functions."""

from __future__ import annotations

from .._core.bind import namespaces

globals().update(namespaces["nn"])
