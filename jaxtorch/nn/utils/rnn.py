"""torch.nn.utils.rnn: sequences of different lengths, padded and packed."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterable

from ..._core import devices, dtypes
from ..._core.dispatch import dispatch
from ..._core.exchange import as_tensor
from ..._core.spec import registry
from ..._core.tensor import Tensor
from .._namespace import torch

__all__ = [
    "PackedSequence", "invert_permutation", "pack_padded_sequence", "pad_packed_sequence",
    "pad_sequence", "unpad_sequence", "pack_sequence", "unpack_sequence",
]  # fmt: skip

PackedSequence_ = namedtuple(
    "PackedSequence_", ["data", "batch_sizes", "sorted_indices", "unsorted_indices"]
)


class PackedSequence(PackedSequence_):
    """Sequences of different lengths, step by step, without padding: what packing makes.

    Attributes:
        data: the rows of all sequences, (sum of lengths, *).
        batch_sizes: how many sequences reach each step, (longest length,), int64 on the CPU.
        sorted_indices: the order by length that the batch was brought into; None if it came so.
        unsorted_indices: the way back.
    """

    __slots__ = ()

    def __new__(cls, data, batch_sizes=None, sorted_indices=None, unsorted_indices=None):
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        if batch_sizes is None:
            if not (isinstance(data, (list, tuple)) and len(data) == 2):
                raise AssertionError("Expected data to be a list or tuple of length 2")
            data, batch_sizes = data
        elif batch_sizes.device.type != "cpu":
            raise ValueError(
                "batch_sizes should always be on CPU. Instances of PackedSequence should never be "
                "created manually. They should be instantiated by functions like pack_sequence "
                "and pack_padded_sequences in nn.utils.rnn. "
                "https://pytorch.org/docs/stable/nn.html#torch.nn.utils.rnn.pack_sequence"
            )
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args, **kwargs):
        """These sequences with ``data`` moved or cast; itself if nothing has to change."""
        data = self.data.to(*args, **kwargs)
        if data is self.data:
            return self
        orders = (
            None if t is None else t.to(data.device)
            for t in (self.sorted_indices, self.unsorted_indices)
        )
        return type(self)(data, self.batch_sizes, *orders)

    def _on(self, kind: str, args, kwargs):
        where = (
            torch.empty(0, dtype=self.data.dtype, device=self.data.device)
            .to(*args, **kwargs)
            .device
        )
        if where.type != kind:
            kwargs["device"] = kind
        return self.to(*args, **kwargs)

    def cuda(self, *args, **kwargs):
        """These sequences on a GPU."""
        return self._on("cuda", args, kwargs)

    def cpu(self, *args, **kwargs):
        """These sequences in host memory."""
        return self._on("cpu", args, kwargs)

    def double(self):
        """``data`` as float64."""
        return self.to(dtype=dtypes.float64)

    def float(self):
        """``data`` as float32."""
        return self.to(dtype=dtypes.float32)

    def half(self):
        """``data`` as float16."""
        return self.to(dtype=dtypes.float16)

    def long(self):
        """``data`` as int64."""
        return self.to(dtype=dtypes.int64)

    def int(self):
        """``data`` as int32."""
        return self.to(dtype=dtypes.int32)

    def short(self):
        """``data`` as int16."""
        return self.to(dtype=dtypes.int16)

    def char(self):
        """``data`` as int8."""
        return self.to(dtype=dtypes.int8)

    def byte(self):
        """``data`` as uint8."""
        return self.to(dtype=dtypes.uint8)

    @property
    def is_cuda(self) -> bool:
        """Whether ``data`` is on a GPU."""
        return self.data.is_cuda

    def pin_memory(self):
        """These sequences in page-locked memory."""
        orders = (
            None if t is None else t.pin_memory()
            for t in (self.sorted_indices, self.unsorted_indices)
        )
        return type(self)(self.data.pin_memory(), self.batch_sizes, *orders)

    def is_pinned(self) -> bool:
        """Whether ``data`` is in page-locked memory."""
        return self.data.is_pinned()


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """The permutation that undoes ``permutation``; None of None."""
    if permutation is None:
        return None
    places = torch.arange(0, permutation.numel(), device=permutation.device)
    return torch.empty_like(permutation).scatter_(0, permutation, places)


def pack_padded_sequence(
    input: Tensor, lengths, batch_first: bool = False, enforce_sorted: bool = True
):
    """Pack a padded batch.

    Args:
        input: (T, N, *), with ``batch_first`` (N, T, *).
        lengths: of the N sequences, each at least 1; a list, or a tensor on the CPU.
        enforce_sorted: the batch must come in decreasing order of length; else it is sorted here.

    Returns:
        A PackedSequence.

    Raises:
        RuntimeError: lengths that do not fit, are not sorted or not positive.

    Differs from PyTorch: a length beyond T raises.

    Example:
        >>> import jaxtorch as torch
        >>> from jaxtorch.nn.utils.rnn import pack_padded_sequence
        >>> padded = torch.tensor([[1, 2, 3], [4, 0, 0]])
        >>> pack_padded_sequence(padded, [3, 1], batch_first=True).data
        tensor([1, 4, 2, 3])
    """
    if isinstance(lengths, Tensor):
        lengths = lengths.to(dtype=dtypes.int64)
    else:
        lengths = as_tensor(lengths, dtype=dtypes.int64, device=devices.CPU)
    order = None
    if not enforce_sorted:
        lengths, order = torch.sort(lengths, descending=True)
        order = order.to(input.device)
        input = input.index_select(0 if batch_first else 1, order)
    data, batch_sizes = torch._pack_padded_sequence(input, lengths, batch_first)
    return PackedSequence(data, batch_sizes, order, None)


def pad_packed_sequence(sequence: PackedSequence, batch_first: bool = False,
                        padding_value: float = 0.0,
                        total_length: int | None = None) -> tuple[Tensor, Tensor]:  # fmt: skip
    """Pad a packed batch: the reverse of `pack_padded_sequence`.

    Args:
        sequence: what to unpack.
        batch_first: the result is (N, T, *), not (T, N, *).
        padding_value: for what is past a sequence's end.
        total_length: T, if larger than the longest length.

    Returns:
        The padded batch in its first order, and the lengths.

    Raises:
        ValueError: ``total_length`` is below the longest length.
    """
    steps = sequence.batch_sizes.size(0)
    if total_length is not None:
        if total_length < steps:
            raise ValueError(
                "Expected total_length to be at least the length of the longest sequence in "
                f"input, but got total_length={total_length} and max sequence length being {steps}"
            )
        steps = total_length
    padded, lengths = torch._pad_packed_sequence(
        sequence.data, sequence.batch_sizes, batch_first, padding_value, steps
    )
    order = sequence.unsorted_indices
    if order is None:
        return padded, lengths
    return padded.index_select(0 if batch_first else 1, order), lengths[order.cpu()]


def pad_sequence(
    sequences, batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"
) -> Tensor:
    """Tensors of different first sizes in one, padded to the largest.

    Args:
        sequences: tensors (L, *).
        batch_first: the result is (N, T, *), not (T, N, *).
        padding_value: what to pad with.
        padding_side: ``"right"`` or ``"left"``.

    Returns:
        A fresh tensor of the first sequence's dtype.

    Example:
        >>> import jaxtorch as torch
        >>> torch.nn.utils.rnn.pad_sequence([torch.ones(2), torch.ones(3)], batch_first=True)
        tensor([[1., 1., 0.],
                [1., 1., 1.]])
    """
    if not isinstance(sequences, Iterable):
        raise RuntimeError(
            "pad_sequence: Expected iterable for input sequences, but got arg of type: "
            f"{type(sequences)}"
        )
    sequences = list(sequences)
    for i, s in enumerate(sequences):
        if not isinstance(s, Tensor):
            raise TypeError(
                f"expected Tensor as element {i} in argument 0, but got {type(s).__name__}"
            )
    return dispatch(
        registry["pad_sequence"], [sequences, padding_value], (bool(batch_first), padding_side)
    )


def unpad_sequence(
    padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False
) -> list[Tensor]:
    """The sequences of a padded batch: the reverse of `pad_sequence`."""
    if not batch_first:
        padded_sequences.transpose_(0, 1)
    places = torch.arange(padded_sequences.shape[1], device=lengths.device)
    return [row[places < length] for row, length in zip(padded_sequences, lengths, strict=True)]


def pack_sequence(sequences: list[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Pack tensors of different first sizes.

    Args:
        sequences: tensors (L, *), each of at least one step.
        enforce_sorted: they must be in decreasing order of length; otherwise they are sorted here.
    """
    lengths = as_tensor([s.size(0) for s in sequences])
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The sequences of a packed batch: the reverse of `pack_sequence`."""
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)
