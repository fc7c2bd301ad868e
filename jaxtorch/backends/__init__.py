"""Switches of PyTorch's backends that mean something on XLA."""

from . import cpu, cuda, cudnn, mha, mkldnn, mps

__all__ = ["cpu", "cuda", "cudnn", "mha", "mkldnn", "mps"]
