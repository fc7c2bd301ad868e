"""What only ATen names: operators of `torch.ops.aten` that are no public function."""

from __future__ import annotations

from math import prod

from jax import lax
from jax import numpy as jnp

from .._core import dtypes
from .._core.spec import composite, op


# -- pooling --------------------------------------------------------------------------------------
def _check_pool_backward(grad_output, self, indices, **_):
    if indices.dtype is not dtypes.int64:
        raise RuntimeError(f"expected scalar type Long but found {indices.dtype.title}")
    if grad_output.dtype is not self.dtype:
        raise RuntimeError(
            f"expected dtype {self.dtype.cpp} for `gradOutput` but got dtype {grad_output.dtype.cpp}"
        )


def _planes(x, places):
    """(batch, elements of a plane) of values and of the places they are from."""
    lead = places.shape[:-2]
    return x.reshape(prod(lead), prod(x.shape[-2:])), places.reshape(prod(lead), prod(places.shape[-2:]))


def _pool_backward_gradient(g, self, indices):
    plane, places = _planes(g, indices)
    return jnp.take_along_axis(plane, places, 1).reshape(indices.shape), lax.full(self.shape, 0, g.dtype), None


@op("max_pool2d_with_indices_backward(Tensor grad_output, Tensor self, dims kernel_size, dims stride, dims padding, "
    "dims dilation, bool ceil_mode, Tensor indices)", forms="aten", check=_check_pool_backward,
    node="MaxPool2DWithIndicesBackwardBackward0", grad=_pool_backward_gradient)  # fmt: skip
def max_pool2d_with_indices_backward(grad_output, self, indices, *, kernel_size, stride, padding, dilation, ceil_mode):
    """The gradient of `max_pool2d`: what reached each window, at the place where its largest value was."""
    zeros, places = _planes(lax.full(self.shape, 0, grad_output.dtype), indices)
    rows = lax.broadcasted_iota(places.dtype, places.shape, 0)
    return zeros.at[rows, places].add(grad_output.reshape(places.shape)).reshape(self.shape)


# -- activations ----------------------------------------------------------------------------------
def _softmax_family(name: str) -> None:
    def run(self, dim, half_to_float):
        if half_to_float:
            raise RuntimeError("softmax with half to float conversion is not supported on CPU")
        return getattr(self, name)(dim)

    run.__doc__ = f"`{name}`."
    composite(f"_{name}(Tensor self, int dim, bool half_to_float)", forms="aten")(run)


_softmax_family("softmax")
_softmax_family("log_softmax")


# -- facts and values -----------------------------------------------------------------------------
@composite("_local_scalar_dense(Tensor self)", forms="aten")
def _local_scalar_dense(self):
    """`Tensor.item`."""
    return self.item()


@composite("sym_size.int(Tensor self, int dim)", forms="aten")
def sym_size(self, dim):
    """The size of one dim."""
    return self.size(dim)


@composite("sym_stride.int(Tensor self, int dim)", forms="aten")
def sym_stride(self, dim):
    """The stride of one dim."""
    return self.stride(dim)


@composite("sym_numel(Tensor self)", forms="aten")
def sym_numel(self):
    """The number of elements."""
    return self.numel()


@composite("sym_storage_offset(Tensor self)", forms="aten")
def sym_storage_offset(self):
    """`Tensor.storage_offset`."""
    return self.storage_offset()


@composite("lift_fresh(Tensor self)", forms="aten")
def lift_fresh(self):
    """``self``: where programs are traced this says that nobody else holds it."""
    return self
