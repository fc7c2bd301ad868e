"""Quantized tensors: what they are made of, and what they can do."""

from . import printing, rules, tensor

__all__ = ["printing", "rules", "tensor"]
