"""Sparse tensors: what `torch.sparse` and the sparse forms of other operations are made of."""

from . import (
    arithmetic,
    construct,
    convert,
    copies,
    facts,
    kernels,
    lookup,
    pattern,
    pointwise,
    printing,
    products,
    reductions,
    shapes,
    tensor,
)

__all__ = [
    "arithmetic", "construct", "convert", "copies", "facts", "kernels", "lookup", "pattern", "pointwise", "printing",
    "products", "reductions", "shapes", "tensor",
]  # fmt: skip
