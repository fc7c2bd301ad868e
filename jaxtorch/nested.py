"""Tensors of several sizes as one: ``torch.nested``.

What they are made of is in ``jaxtorch/_nested/tensor.py``, the decisions in docs/design/0012-sparse.md.
"""

from __future__ import annotations

from ._nested.construct import (
    as_nested_tensor,
    masked_select,
    narrow,
    nested_tensor,
    nested_tensor_from_jagged,
    to_padded_tensor,
)

__all__ = [
    "as_nested_tensor", "masked_select", "narrow", "nested_tensor", "nested_tensor_from_jagged", "to_padded_tensor",
]  # fmt: skip
