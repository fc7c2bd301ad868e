# ruff: noqa: F822 - the names come from the op tables
"""torch.functional: those functions of `torch` that PyTorch writes in Python."""

from ._core.bind import namespaces as _namespaces

__all__ = [
    "atleast_1d", "atleast_2d", "atleast_3d", "broadcast_shapes", "broadcast_tensors", "cartesian_prod", "block_diag",
    "cdist", "chain_matmul", "einsum", "istft", "lu", "norm", "meshgrid", "pca_lowrank", "split", "stft", "svd_lowrank",
    "tensordot", "unique", "unique_consecutive", "unravel_index",
]  # fmt: skip

globals().update({name: _namespaces["torch"][name] for name in __all__})
