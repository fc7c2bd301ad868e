"""Nested tensors: tensors of several sizes as one, what they are made of, and what they can do."""

from . import pointwise, printing, rules

__all__ = ["pointwise", "printing", "rules"]  # the tables of operations
