"""Sparse tensors: tensors of which only some elements are stored.

They are made by `torch.sparse_coo_tensor`, `torch.sparse_csr_tensor` and `Tensor.to_sparse`.
"""

from __future__ import annotations

import functools

import numpy as np

from .._compat.legacy import CPU_TYPES, tensortype
from .._core import formats
from .._core.bind import namespaces
from .._core.tensor import Tensor
from .._sparse import construct
from .._sparse.products import addmm_of as addmm
from .._sparse.products import mm_of as mm
from .._sparse.products import sampled_addmm
from .._sparse.reductions import softmax_of, sum_of
from .._sparse.tensor import Coo

__all__ = [
    "addmm", "check_sparse_tensor_invariants", "mm", "sum", "softmax", "solve", "log_softmax", "as_sparse_gradcheck",
    "sampled_addmm", "spdiags", "SparseSemiStructuredTensor", "to_sparse_semi_structured",
]  # fmt: skip


class _SparseType(tensortype):
    """The legacy types ``torch.sparse.FloatTensor`` and the like."""

    def __call__(cls, *args, **kwargs):
        if not args:
            args = ((0,),)
        return namespaces["torch"]["sparse_coo_tensor"](*args, dtype=cls.dtype, **kwargs)

    def __instancecheck__(cls, other) -> bool:
        return isinstance(other, Coo) and other.dtype is cls.dtype and other.is_cpu


globals().update({name: _SparseType(name, of.dtype, "sparse") for name, of in CPU_TYPES.items()})


def sum(input: Tensor, dim=None, dtype=None) -> Tensor:
    """The sum of a sparse tensor, or sums over dims.

    Args:
        input: of coordinates.
        dim: an int or several; all by default.
        dtype: what is added up in.

    Returns:
        A fresh sparse tensor; dense, if all sparse dims are summed.

    Example:
        >>> import jaxtorch as torch
        >>> torch.sparse.sum(torch.eye(2).to_sparse(), 0).to_dense()
        tensor([1., 1.])
    """
    return sum_of(input, dim, dtype)


def softmax(input: Tensor, dim: int, *, dtype=None) -> Tensor:
    """Softmax along ``dim`` of the stored elements; those not stored count as -inf, and stay so."""
    return softmax_of(input, dim, dtype, False)


def log_softmax(input: Tensor, dim: int, *, dtype=None) -> Tensor:
    """The logarithm of `softmax`."""
    return softmax_of(input, dim, dtype, True)


def spdiags(diagonals: Tensor, offsets: Tensor, shape, layout=None) -> Tensor:
    """A sparse matrix whose diagonals are rows of ``diagonals``, read at the matrix's columns.

    Args:
        diagonals: (n, length); (length) for one.
        offsets: (n) int64, each once: 0 is the main diagonal, above it are positive ones.
        shape: (rows, columns).
        layout: ``torch.sparse_coo`` (default), ``sparse_csr`` or ``sparse_csc``.
    """
    torch = namespaces["torch"]
    rows = diagonals.unsqueeze(0) if diagonals.dim() == 1 else diagonals
    places = offsets.unsqueeze(0) if offsets.dim() == 0 else offsets
    if rows.dim() != 2:
        raise RuntimeError("Diagonals must be vector or matrix")
    if len(shape) != 2:
        raise RuntimeError("Output shape must be 2d")
    if places.dim() != 1:
        raise RuntimeError("Offsets must be scalar or vector")
    if rows.shape[0] != places.shape[0]:
        raise RuntimeError(
            f"Number of diagonals ({rows.shape[0]}) does not match the number of offsets ({places.shape[0]})"
        )
    if layout not in (None, formats.sparse_coo, formats.sparse_csr, formats.sparse_csc):
        raise RuntimeError(
            f"Only output layouts (torch.sparse_coo, torch.sparse_csc, torch.sparse_csr) are supported, got {layout}"
        )
    found = places._host()
    if len(np.unique(found)) != len(found):
        raise RuntimeError("Offset tensor contains duplicate values")
    (height, width), length = shape, rows.shape[1]
    cells = [
        (d, column - k, column)
        for d, k in enumerate(found.tolist())
        for column in range(max(k, 0), min(width, height + k, length))
    ]
    from_diagonal, lines, columns = np.asarray(cells, np.int64).reshape(-1, 3).T
    where = construct.tensor(np.stack([lines, columns]), device=rows.device)
    values = rows[construct.tensor(from_diagonal), construct.tensor(columns)]
    made = torch["sparse_coo_tensor"](where, values, tuple(shape))
    return made if layout is None else made.to_sparse(layout=layout)


class check_sparse_tensor_invariants:  # noqa: N801 - PyTorch's name
    """Whether making a sparse tensor checks all that it must be: a context, a decorator, or a switch.

    Example:
        >>> import jaxtorch as torch
        >>> with torch.sparse.check_sparse_tensor_invariants():
        ...     torch.sparse.check_sparse_tensor_invariants.is_enabled()
        True
    """

    def __init__(self, enable: bool = True):
        self.state, self.saved = enable, None

    @staticmethod
    def is_enabled() -> bool:
        """Whether it is on."""
        return construct.Invariants.checked

    @staticmethod
    def enable() -> None:
        """Turn it on."""
        construct.Invariants.checked = True

    @staticmethod
    def disable() -> None:
        """Turn it off."""
        construct.Invariants.checked = False

    def __enter__(self):
        if self.saved is not None:
            raise RuntimeError(
                "This context manager instance is already activated. Use a different context manager instance for "
                "context nesting."
            )
        self.saved, construct.Invariants.checked = construct.Invariants.checked, self.state

    def __exit__(self, *_):
        construct.Invariants.checked, self.saved = self.saved, None

    def __call__(self, function):
        @functools.wraps(function)
        def run(*args, **kwargs):
            with type(self)(self.state):
                return function(*args, **kwargs)

        return run


def _unsupported(name: str, why: str):
    def refuse(*args, **kwargs):
        raise NotImplementedError(f"torch.sparse.{name} is not supported: {why}")

    refuse.__name__, refuse.__doc__ = name, f"Not supported: {why}."
    return refuse


solve = _unsupported("solve", "there is no sparse direct solver on a CPU, in PyTorch neither")
as_sparse_gradcheck = _unsupported("as_sparse_gradcheck", "gradcheck here takes dense tensors")
to_sparse_semi_structured = _unsupported("to_sparse_semi_structured", "2:4 sparsity is a matter of CUDA kernels")
SparseSemiStructuredTensor = _unsupported("SparseSemiStructuredTensor", "2:4 sparsity is a matter of CUDA kernels")
