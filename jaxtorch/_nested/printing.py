"""The text of nested tensors, as PyTorch prints them."""

from __future__ import annotations

from .tensor import JAGGED, STRIDED, rule


@rule("__repr__", of=[JAGGED])
def jagged_text(_, self, *, tensor_contents=None) -> str:
    """The size, where components start, and the history."""
    history = f", grad_fn={self.grad_fn}" if self.grad_fn else ", requires_grad=True" if self.requires_grad else ""
    facts = f"size={tuple(self.shape)}, offsets={self.offsets()!r}{history}, contiguous={self.is_contiguous()}"
    return f"NestedTensor({facts})"


@rule("__repr__", of=[STRIDED])
def strided_text(_, self, *, tensor_contents=None) -> str:
    """The components, one below the other."""
    components = [c.detach().requires_grad_(self.requires_grad) for c in self._split(self._parts[-1])]
    lines = ",\n".join("  " + repr(c).replace("\n", "\n  ") for c in components)
    history = ""
    if self.grad_fn is not None:
        history = f", grad_fn=<{type(self.grad_fn).__name__}>"
    elif self.requires_grad:
        history = ", requires_grad=True"
    return f"nested_tensor([\n{tensor_contents or lines}\n]{history})"


@rule("__format__")
def format_(_, self, spec: str) -> str:
    """The text, for an empty ``spec``."""
    return object.__format__(self, spec)
