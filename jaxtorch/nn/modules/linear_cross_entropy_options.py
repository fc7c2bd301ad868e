"""How `linear_cross_entropy` takes its batch apart."""

from __future__ import annotations

from dataclasses import dataclass

from ..._core import dtypes

__all__ = ["LinearCrossEntropyOptions"]


def _ceil_div(a: int, b: int) -> int:
    return -(-a // b)


@dataclass(slots=True, frozen=True)
class LinearCrossEntropyOptions:
    """Evaluation of `linear_cross_entropy` in chunks of the batch.

    Args:
        allow_retain_graph: whether backward may run again.
        batch_chunk_size: how many rows a chunk has; all, where ``chunking_method`` does not say.
        chunking_method: ``"aspect_ratio"`` (the scores of a chunk are about as many as the elements of the input),
            ``"aspect_ratio:N"`` (an Nth of that), ``"auto"`` or None.
        acc_policy: ``"auto"``, ``"accurate"``, ``"balanced"`` or ``"compact"``.
        acc_dtype: what halves are computed in; float32 under ``acc_policy="auto"``.

    Differs from PyTorch: gradients are computed in backward, so that it can always run again and be differentiated;
    ``acc_policy`` decides about ``acc_dtype`` and ``chunking_method`` alone, as no buffers are kept.

    Example:
        >>> import jaxtorch as torch
        >>> torch.nn.LinearCrossEntropyOptions(batch_chunk_size=2).batch_chunk_size
        2
    """

    allow_retain_graph: bool = False
    batch_chunk_size: int | None = None
    chunking_method: str | None = "auto"
    acc_policy: str = "auto"
    acc_dtype: dtypes.dtype | None = None

    def __post_init__(self):
        if self.acc_policy not in ("auto", "accurate", "balanced", "compact"):
            raise ValueError(f"invalid acc_policy: {self.acc_policy!r}")
        if self.chunking_method not in (None, "auto"):
            name, colon, factor = self.chunking_method.partition(":")
            if name != "aspect_ratio" or (colon and not (factor.isdigit() and int(factor))):
                raise ValueError(f"invalid chunking_method: {self.chunking_method!r}")
        size = self.batch_chunk_size
        if size is not None and not (isinstance(size, int) and size > 0):
            raise ValueError(f"batch_chunk_size must be positive int or None, got {size!r}")
        if self.acc_dtype not in (None, dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64):
            raise ValueError(
                "acc_dtype must be one of {None, torch.float16, torch.bfloat16, torch.float32, torch.float64}, got "
                f"{self.acc_dtype!r}. Pass acc_dtype=None to let the op pick automatically."
            )

    def settled(self, rows: int, features: int, classes: int, kind: dtypes.dtype, device) -> tuple:
        """(rows of a chunk, the dtype to compute in) for one call."""
        method = self.chunking_method
        half = kind.itemsize == 2
        if method == "auto":
            method = "aspect_ratio" if half and device.type == "cpu" else "aspect_ratio:2"
            if self.batch_chunk_size is not None:
                method = None
        size = rows if self.batch_chunk_size is None else min(self.batch_chunk_size, rows)
        if method is not None:
            wanted = _ceil_div(rows, _ceil_div(classes, features))
            size = min((1 << (wanted - 1).bit_length()) // int(method.partition(":")[2] or 1), rows)
            if self.batch_chunk_size not in (None, size):
                raise ValueError(
                    f"batch_chunk_size (={self.batch_chunk_size}) and chunking_method ('{method}') give different "
                    f"chunk sizes ({self.batch_chunk_size} vs {size}); pass only one."
                )
        acc = self.acc_dtype or (dtypes.float32 if half and self.acc_policy == "auto" else kind)
        return max(1, size), acc
