"""What a plain tensor is: strided, dense, of numbers; and how it answers when asked for other kinds."""

from __future__ import annotations

import warnings

from . import devices
from .members import member
from .tensor import Tensor


def typename(obj) -> str:
    """The full name of an object's type, or of a class; a tensor's type in PyTorch's old names.

    Returns:
        A string: ``"torch.FloatTensor"``, ``"torch.nn.modules.linear.Linear"``, ``"int"``.
    """
    if isinstance(obj, Tensor):
        return obj.type()
    named = obj if hasattr(obj, "__qualname__") else type(obj)
    module = getattr(named, "__module__", None)
    return named.__qualname__ if module in ("builtins", "", None) else f"{module}.{named.__qualname__}"


# Every one of these is False of a strided tensor on a CPU or a GPU.
_NEVER = {
    "is_sparse": "Whether the layout is sparse COO",
    "is_sparse_csr": "Whether the layout is sparse CSR",
    "is_mkldnn": "Whether the layout is MKL-DNN's",
    "is_quantized": "Whether the values are quantized",
    "is_nested": "Whether this is a nested tensor",
    "is_meta": "Whether this has a shape and no values",
    **{f"is_{kind}": f"Whether this is on a device of type {kind}"
       for kind in ("ipu", "maia", "mps", "mtia", "vulkan", "xla", "xpu")},
}  # fmt: skip


def _never(name: str, doc: str) -> property:
    def get(self) -> bool:
        return False

    get.__name__ = name
    return property(get, doc=f"{doc}: never.")


for _name, _doc in _NEVER.items():
    setattr(Tensor, _name, _never(_name, _doc))

_SPARSE_ONLY = {
    "is_coalesced": "sparse coordinate tensor", "coalesce": "sparse coordinate tensor",
    "indices": "sparse coordinate tensor", "values": "sparse tensor",
    "crow_indices": "sparse row compressed tensor", "col_indices": "sparse row compressed tensor",
    "ccol_indices": "sparse column compressed tensor", "row_indices": "sparse column compressed tensor",
}  # fmt: skip


def _sparse_only(name: str, expected: str):
    def refuse(self):
        raise RuntimeError(f"{name} expected {expected} layout but got Strided")

    refuse.__name__, refuse.__doc__ = name, "Of sparse tensors only."
    return refuse


for _name, _expected in _SPARSE_ONLY.items():
    member(_sparse_only(_name, _expected))


@member
def to_padded_tensor(self, padding, output_size=None) -> Tensor:
    """A dense tensor of the padded components: of nested tensors only."""
    raise NotImplementedError("Could not run 'aten::to_padded_tensor' with arguments from the 'CPU' backend.")


@member
def module_load(self, other, assign=False) -> Tensor:
    """What a module takes for this parameter or buffer where ``other`` is loaded, if it exchanges tensors.

    Args:
        other: the value from the state dict.
        assign: whether ``other`` itself is taken, instead of being copied into this tensor.

    Returns:
        A detached alias of ``other``, or of this tensor, into which ``other`` was copied.
    """
    return other.detach() if assign else self.copy_(other).detach()


@member
def sparse_dim(self) -> int:
    """How many dims are sparse: none."""
    return 0


@member
def dense_dim(self) -> int:
    """How many dims are dense: all."""
    return self.dim()


@member
def to_dense(self, dtype=None, *, masked_grad=None) -> Tensor:
    """This tensor itself, which is dense; converted if ``dtype`` is given."""
    return self if dtype is None else self.to(dtype)


@member
def is_distributed(self) -> bool:
    """Whether this is spread over processes (never)."""
    return False


@member
def is_pinned(self, device=None) -> bool:
    """Whether this is in page-locked memory (never: JAX copies to GPUs from any memory)."""
    return False


@member
def pin_memory(self, device=None) -> Tensor:
    """This tensor for a fast copy to a GPU.

    Returns:
        This tensor itself.

    Raises:
        RuntimeError: there is no GPU, or the tensor is on one.

    Differs from PyTorch:
        Nothing is copied, and `is_pinned` stays False: JAX copies to GPUs from any memory.
    """
    devices.require_accelerator()
    if self.is_cuda:
        raise RuntimeError(f"cannot pin '{self.type()}' only dense CPU tensors can be pinned")
    return self


def _volatile(self) -> bool:
    warnings.warn("volatile was removed (Variable.volatile is always False)", stacklevel=2)
    return False


_OLD = {
    "volatile": property(_volatile, doc="Whether no gradients are followed, once: always False."),
    "name": property(lambda self: None, doc="A name, once: always None."),
}
for _name, _member in _OLD.items():
    setattr(Tensor, _name, _member)


def is_vulkan_available() -> bool:
    """Whether there is Vulkan: never."""
    return False


def get_device(input: Tensor) -> int:
    """The index of the GPU that ``input`` is on, -1 on the CPU."""
    return input.get_device()


def is_inference(input: Tensor) -> bool:
    """Whether ``input`` was made in inference mode."""
    return input.is_inference()


@member
def is_nonzero(self) -> bool:
    """Whether the single element is not zero."""
    return bool(self)


@member
def dim_order(self, *, ambiguity_check=False) -> tuple[int, ...]:
    """The dims from the largest stride to the smallest.

    Raises:
        NotImplementedError: ``ambiguity_check`` is given.
    """
    if ambiguity_check:
        raise NotImplementedError("Tensor.dim_order(ambiguity_check=...)")
    strides = self.stride()
    return tuple(sorted(range(self.dim()), key=lambda d: -strides[d]))


@member
def const_data_ptr(self) -> int:
    """`data_ptr`, of memory that is only read."""
    return self.data_ptr()
