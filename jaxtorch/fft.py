"""torch.fft: what the op tables declare for this namespace."""

from ._core.bind import namespaces as _namespaces

globals().update(_namespaces["fft"])
__all__ = sorted(_namespaces["fft"])
