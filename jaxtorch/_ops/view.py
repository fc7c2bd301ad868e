"""Views: functions from layouts to layouts. Nothing is copied."""

from __future__ import annotations

from .._core import layout as layouts
from .._core.spec import view_op


@view_op("transpose(Tensor self, int dim0, int dim1)", backward=lambda g, shape, dim0, dim1: g.transpose(dim0, dim1))
def transpose(layout, dim0, dim1):
    """Swap two dimensions."""
    return layouts.transpose(layout, dim0, dim1)


@view_op("t(Tensor self)", node="TBackward0", backward=lambda g, shape: g.t())
def t(layout):
    """Transpose a matrix; vectors and scalars are themselves."""
    return layouts.t(layout)


@view_op("view(Tensor self, size size)", forms="method", node="ViewBackward0",
         backward=lambda g, shape, size: g.reshape(shape))  # fmt: skip
def view(layout, size):
    """The same elements under another shape."""
    return layouts.view(layout, size)


@view_op("select(Tensor self, int dim, int index)")
def select(layout, dim, index):
    """One slice of a dimension, which disappears."""
    return layouts.select(layout, dim, index)
