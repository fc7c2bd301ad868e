"""torch.nn.functional: the operations of neural networks as functions."""

from __future__ import annotations

from .._core.bind import namespaces as _namespaces

_torch, _nn = _namespaces["torch"], _namespaces["nn"]
linear, bilinear, one_hot, pdist = (_nn[n] for n in ("linear", "bilinear", "one_hot", "pdist"))
