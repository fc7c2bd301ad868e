"""The text of sparse tensors, as PyTorch prints them."""

from __future__ import annotations

from .._core import dtypes, printing
from .._core.tensor import Tensor
from .tensor import Compressed, SparseTensor, rule

_PREFIX = "tensor("


def _component(name: str, t: Tensor) -> str:
    """``name=tensor(...)``, without what a tensor says behind its elements."""
    start = f"{name}=tensor("
    text = start + printing.format_values(t._host(), len(_PREFIX) + len(start))
    return text + (f", size={tuple(t.shape)}" if t.numel() == 0 else "") + ")"


def component_names(t: SparseTensor) -> tuple[str, ...]:
    """What the components are called, in their order."""
    if not isinstance(t, Compressed):
        return "indices", "values"
    return ("crow_indices", "col_indices", "values") if t._by_rows else ("ccol_indices", "row_indices", "values")


@rule("__repr__")
def text(self, *, tensor_contents=None) -> str:
    """The components and facts of a sparse tensor."""
    contents = f",\n{' ' * len(_PREFIX)}".join(map(_component, component_names(self), self._parts))
    suffixes = [] if self.is_cpu else [f"device='{self.device}'"]
    suffixes += [f"size={tuple(self.shape)}", f"nnz={self._nnz()}"]
    default = dtypes.get_default_dtype().name
    implied = {default, "complex128" if default == "float64" else "complex64", "int64", "bool"}
    if self.dtype.name not in implied if self._nnz() else self.dtype.name != default:
        suffixes.append(f"dtype=torch.{self.dtype.name}")
    suffixes.append(f"layout={self.layout!r}")
    if self.grad_fn is not None:
        suffixes.append(f"grad_fn=<{type(self.grad_fn).__name__}>")
    elif self.requires_grad:
        suffixes.append("requires_grad=True")
    newline = not isinstance(self, Compressed)
    return printing.append_suffixes(_PREFIX + (tensor_contents or contents), suffixes, len(_PREFIX), newline) + ")"


@rule("__format__")
def format_(self, spec: str) -> str:
    """The text, for an empty ``spec``."""
    return object.__format__(self, spec)
