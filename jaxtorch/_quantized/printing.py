"""The text of quantized tensors, as PyTorch prints them."""

from __future__ import annotations

from .._core import printing
from .tensor import dequantized, rule


@rule("__repr__")
def text(self, *, tensor_contents=None) -> str:
    """The numbers, and how integers stand for them."""
    prefix, q = "tensor(", self._quantizer
    contents = tensor_contents or printing.format_values(dequantized(self)._host(), len(prefix))
    suffixes = [] if self.is_cpu else [f"device='{self.device}'"]
    suffixes += [f"size={tuple(self.shape)}", f"dtype={self.dtype}", f"quantization_scheme={q.scheme}"]
    suffixes += [f"scale={q.scale}", f"zero_point={q.zero_point}"]
    suffixes += [] if q.axis is None else [f"axis={q.axis}"]
    return printing.append_suffixes(prefix + contents, suffixes, len(prefix)) + ")"


@rule("__format__")
def format_(self, spec: str) -> str:
    """The text, for an empty ``spec``."""
    return object.__format__(self, spec)
