"""`BlockMask`: which blocks of an attention's scores are computed."""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Callable

import numpy as np

from ..._core.by_path import reduce_by_path
from ..._core.dtypes import bool_, int8, int32
from ..._core.tensor import Tensor
from .._namespace import torch
from ._mods import create_mask, default_device, kind_of, noop_mask

BLOCK = 128
#: the size of the one block of a mask that masks nothing
WHOLE = 1 << 30

_TENSORS = (
    "kv_num_blocks", "kv_indices", "full_kv_num_blocks", "full_kv_indices", "q_num_blocks", "q_indices",
    "full_q_num_blocks", "full_q_indices", "dq_write_order", "dq_write_order_full", "dq_kv_order",
)  # fmt: skip
_PAIRED = "full_{0}_num_blocks and full_{0}_indices must be both provided or omitted"
_MADE_FOR_ANOTHER = "Construct a new BlockMask with matching precomputed dq_write_order metadata."


# -- rows of block numbers, and blocks as ones among zeros ----------------------------------------
def _dense(counts: Tensor, indices: Tensor, columns: int) -> Tensor:
    """(..., rows, columns), int32: 1 for the first ``counts`` of the ``indices`` of a row."""
    used = torch.arange(indices.shape[-1], dtype=int32, device=counts.device) < counts.unsqueeze(-1)
    places = torch.where(used, indices, columns).long()  # what is not used goes into one more column
    found = indices.new_zeros((*indices.shape[:-1], columns + 1), dtype=int32)
    return found.scatter(-1, places, 1)[..., :columns].contiguous()


def _ordered(dense: Tensor) -> tuple[Tensor, Tensor]:
    """(how many ones each row has, the columns with those of ones first), int32."""
    dense = dense.to(int32)
    columns = torch.argsort(dense, dim=-1, descending=True, stable=True)
    return dense.sum(-1).to(int32).contiguous(), columns.to(int32).contiguous()


def _transposed(counts: Tensor, indices: Tensor) -> tuple[Tensor, Tensor]:
    return _ordered(_dense(counts, indices, indices.shape[-1]).transpose(-2, -1))


def _cropped(counts: Tensor, indices: Tensor, rows: int, columns: int) -> tuple[Tensor, Tensor]:
    indices, counts = indices[:, :, :rows, :columns], counts[:, :, :rows].clamp(max=columns)
    return (indices < counts[..., None]).sum(-1).to(int32), indices


def _write_order(mask: BlockMask, descending: bool | None) -> tuple[Tensor, Tensor | None]:
    """For every (key block, query block): the place of the key's block among those that add to the query's gradient."""
    if mask.q_num_blocks is None or mask.q_indices is None:
        raise ValueError("BlockMask must have q_num_blocks and q_indices to compute dq_write_order")
    columns = mask.q_indices.shape[-2]
    ones = _dense(mask.kv_num_blocks, mask.kv_indices, columns)
    if mask.full_kv_num_blocks is not None:
        ones = (ones + _dense(mask.full_kv_num_blocks, mask.full_kv_indices, columns)).clamp(max=1)
    upto = ones.cumsum(-1)
    rank = upto - ones
    rank = (upto[..., -1:] - 1 - rank if descending else rank).to(int32).transpose(-2, -1)

    def gathered(indices: Tensor | None) -> Tensor | None:
        if indices is None:
            return None
        batches = torch.broadcast_shapes(rank.shape[:2], indices.shape[:2])
        places = indices.long().clamp(0, rank.shape[-1] - 1).expand(*batches, -1, -1)
        return rank.expand(*batches, -1, -1).gather(-1, places)

    order = gathered(mask.q_indices)
    assert order is not None
    return order, gathered(mask.full_q_indices)


def refuse_sliced(batch, head, token_q, token_kv):
    """The ``mask_mod`` of a slice of a mask: the places of the whole's are not those of the slice."""
    raise RuntimeError(
        "Cannot use mask_mod from a sliced BlockMask. When you slice a BlockMask using [], the mask_mod attribute is "
        "reset. You must set it from the original BlockMask's mask_mod.\n\nIncorrect usage:\n  base_mask = "
        "create_block_mask(my_mask_fn, ...)\n  sliced_mask = base_mask[:, :, block_idx]\n  sliced_mask.mask_mod = "
        "apply_offset(sliced_mask.mask_mod, offset)  # WRONG!\n\nCorrect usage:\n  base_mask = "
        "create_block_mask(my_mask_fn, ...)\n  sliced_mask = base_mask[:, :, block_idx]\n  sliced_mask.mask_mod = "
        "apply_offset(base_mask.mask_mod, offset)  # Use base_mask!"
    )


refuse_sliced.__name__ = "_sliced_mask_mod_error"


class BlockMask:
    """An attention mask in blocks: for each row of blocks, which are computed in part and which in full.

    `create_block_mask` makes one of a function, `from_kv_blocks` of numbers of blocks.

    Attributes:
        kv_num_blocks: (B, H, rows), int32: how many blocks of keys each row of queries has in part.
        kv_indices: (B, H, rows, columns), int32: which; what comes after those is undefined.
        full_kv_num_blocks, full_kv_indices: the same of blocks without a masked score, or None.
        q_num_blocks, q_indices, full_q_num_blocks, full_q_indices: the same by columns, or None.
        seq_lengths: the numbers of queries and of keys.
        BLOCK_SIZE: the sizes of a block: queries, keys.
        mask_mod: the function of (batch, head, query, key).

    Differs from PyTorch:
        it has no methods for pytrees; `flex_attention` reads nothing of it but ``mask_mod``, as PyTorch's own
        reference does.
    """

    def __init__(self, seq_lengths: tuple[int, int], kv_num_blocks: Tensor, kv_indices: Tensor,
                 full_kv_num_blocks: Tensor | None, full_kv_indices: Tensor | None, q_num_blocks: Tensor | None,
                 q_indices: Tensor | None, full_q_num_blocks: Tensor | None, full_q_indices: Tensor | None,
                 BLOCK_SIZE: tuple[int, int] = (BLOCK, BLOCK), mask_mod: Callable = noop_mask, *,
                 dq_write_order: Tensor | None = None, dq_write_order_full: Tensor | None = None,
                 dq_kv_order: Tensor | None = None, dq_kv_order_spt: bool | None = None) -> None:  # fmt: skip
        if kv_indices.dim() < 2:
            raise RuntimeError("BlockMask must have at least 2 dimensions")
        assert kv_num_blocks is not None, "kv_num_blocks must be provided"
        assert (full_kv_num_blocks is None) == (full_kv_indices is None), _PAIRED.format("kv")
        assert (full_q_num_blocks is None) == (full_q_indices is None), _PAIRED.format("q")
        if dq_write_order_full is not None and dq_write_order is None:
            raise ValueError("dq_write_order_full requires dq_write_order")
        self.seq_lengths = seq_lengths
        self.kv_num_blocks, self.kv_indices = kv_num_blocks, kv_indices
        self.full_kv_num_blocks, self.full_kv_indices = full_kv_num_blocks, full_kv_indices
        self.q_num_blocks, self.q_indices = q_num_blocks, q_indices
        self.full_q_num_blocks, self.full_q_indices = full_q_num_blocks, full_q_indices
        self.dq_write_order, self.dq_write_order_full = dq_write_order, dq_write_order_full
        self.dq_kv_order, self.dq_kv_order_spt = dq_kv_order, dq_kv_order_spt
        self.BLOCK_SIZE, self.mask_mod = BLOCK_SIZE, mask_mod

    @classmethod
    def from_kv_blocks(cls, kv_num_blocks: Tensor, kv_indices: Tensor, full_kv_num_blocks: Tensor | None = None,
                       full_kv_indices: Tensor | None = None, BLOCK_SIZE: int | tuple[int, int] = BLOCK,
                       mask_mod: Callable | None = None, seq_lengths: tuple[int, int] | None = None,
                       compute_q_blocks: bool = True, *, dq_write_order: Tensor | None = None,
                       dq_write_order_full: Tensor | None = None,
                       dq_kv_order: Tensor | bool | None = None) -> BlockMask:  # fmt: skip
        """The mask with these blocks of keys; those of queries are found from them.

        Args:
            kv_num_blocks, kv_indices, full_kv_num_blocks, full_kv_indices: as the attributes.
            BLOCK_SIZE: the sizes of a block: queries, keys; or one for both.
            mask_mod: the function of the mask; None masks nothing.
            seq_lengths: the numbers of queries and keys; None: whole blocks.
            compute_q_blocks: whether the blocks of queries are wanted: by the backward pass.

        Raises:
            RuntimeError: less than two dimensions.
            AssertionError: one of ``full_kv_*`` without the other.
        """
        if kv_indices.dim() < 2:
            raise RuntimeError("BlockMask must have at least 2 dimensions")
        assert (full_kv_num_blocks is None) == (full_kv_indices is None), _PAIRED.format("kv")
        queries: tuple = (None, None, None, None)
        if compute_q_blocks:
            full = (None, None) if full_kv_indices is None else _transposed(full_kv_num_blocks, full_kv_indices)
            queries = (*_transposed(kv_num_blocks, kv_indices), *full)
        sizes = (BLOCK_SIZE, BLOCK_SIZE) if isinstance(BLOCK_SIZE, int) else BLOCK_SIZE
        if seq_lengths is None:
            blocks = kv_indices._layout.shape[-2:]
            seq_lengths = (blocks[0] * sizes[0], blocks[1] * sizes[1])
        if not isinstance(dq_kv_order, (bool, Tensor, type(None))):
            raise ValueError("dq_kv_order must be a bool, Tensor, or None")
        order, descending = (dq_kv_order, None) if isinstance(dq_kv_order, Tensor) else (None, dq_kv_order)
        return cls(
            seq_lengths, kv_num_blocks, kv_indices, full_kv_num_blocks, full_kv_indices, *queries, BLOCK_SIZE=sizes,
            mask_mod=noop_mask if mask_mod is None else mask_mod, dq_write_order=dq_write_order,
            dq_write_order_full=dq_write_order_full, dq_kv_order=order, dq_kv_order_spt=descending,
        )  # fmt: skip

    def __reduce_ex__(self, protocol):
        return reduce_by_path(self) or super().__reduce_ex__(protocol)

    def as_tuple(self, flatten: bool = True) -> tuple:
        """Its attributes: the numbers of queries and keys, the tensors, the sizes of a block, the function.

        Args:
            flatten: two numbers each for the lengths and the sizes, or a pair.
        """
        lengths, sizes = (self.seq_lengths, self.BLOCK_SIZE) if flatten else ((self.seq_lengths,), (self.BLOCK_SIZE,))
        tensors = [getattr(self, name) for name in _TENSORS]
        return (*lengths, *tensors, self.dq_kv_order_spt, *sizes, self.mask_mod)

    @property
    def shape(self) -> tuple[int, ...]:
        """(B, H, queries, keys)."""
        return (*self.kv_indices.shape[:-2], *self.seq_lengths)

    def numel(self) -> int:
        """How many scores it speaks of."""
        return math.prod(self.shape)

    def sparsity(self) -> float:
        """How many percent of the scores are in blocks that are not computed."""
        computed = self.kv_num_blocks.sum()
        if self.full_kv_num_blocks is not None:
            computed = computed + self.full_kv_num_blocks.sum()
        return 100 * (1 - computed.item() * self.BLOCK_SIZE[0] * self.BLOCK_SIZE[1] / self.numel())

    def to_dense(self) -> Tensor:
        """(B, H, rows, columns), int32: 1 for blocks that are computed. Fresh."""
        dense = _dense(self.kv_num_blocks, self.kv_indices, self.kv_indices.shape[-1])
        if self.full_kv_num_blocks is None or self.full_kv_indices is None:
            return dense
        return dense | _dense(self.full_kv_num_blocks, self.full_kv_indices, self.full_kv_indices.shape[-1])

    def to(self, device) -> BlockMask:
        """The same mask with its tensors on a device.

        Args:
            device: a device or its name.
        """
        tensors = {name: x if x is None else x.to(device) for name in _TENSORS for x in (getattr(self, name),)}
        return BlockMask(
            self.seq_lengths, **tensors, BLOCK_SIZE=self.BLOCK_SIZE, mask_mod=self.mask_mod,
            dq_kv_order_spt=self.dq_kv_order_spt,
        )  # fmt: skip

    # -- parts ------------------------------------------------------------------------------------
    def _with_blocks(self, parts: list, mask_mod: Callable, lengths: tuple[int, int]) -> BlockMask:
        made = BlockMask.from_kv_blocks(
            *parts, BLOCK_SIZE=self.BLOCK_SIZE, mask_mod=mask_mod, seq_lengths=lengths,
            compute_q_blocks=self.q_indices is not None, dq_kv_order=self.dq_kv_order_spt,
        )  # fmt: skip
        if self.dq_write_order is not None:
            made.dq_write_order, made.dq_write_order_full = _write_order(made, made.dq_kv_order_spt)
        return made

    def __getitem__(self, index) -> BlockMask:
        """The mask of some batches, heads and rows of blocks; all dimensions are kept.

        Args:
            index: up to three of int, slice, tensor.

        Returns:
            A mask without a usable ``mask_mod``: one for its places has to be set.

        Example:
            >>> from jaxtorch.nn.attention.flex_attention import create_block_mask
            >>> mask = create_block_mask(lambda b, h, q, kv: q >= kv, 4, 2, 512, 512)
            >>> mask[0].kv_indices.shape, mask[1:3, 1].kv_num_blocks.shape
            (torch.Size([1, 2, 4, 4]), torch.Size([2, 1, 4]))
        """
        if self.dq_kv_order is not None:
            raise NotImplementedError(
                f"Slicing BlockMask with tensor dq_kv_order is not supported yet. {_MADE_FOR_ANOTHER}"
            )
        index = index if isinstance(index, tuple) else (index,)
        index = (*index, slice(None), slice(None), slice(None))[:3]
        places = []
        for i, n in zip(index, self.kv_num_blocks.shape[:3], strict=True):
            if isinstance(i, int):
                i = slice(i + n, i + n + 1) if -n <= i < 0 else slice(i, i + 1)
            places.append(i)
        parts = [x if x is None else x[tuple(places)] for x in self._kv_blocks()]
        return self._with_blocks(parts, refuse_sliced, self.seq_lengths)

    def _kv_blocks(self) -> list[Tensor | None]:
        return [self.kv_num_blocks, self.kv_indices, self.full_kv_num_blocks, self.full_kv_indices]

    def _adjust(self, new_q_len: int, new_kv_len: int) -> BlockMask:
        """The mask of the first queries and keys."""
        if self.dq_kv_order is not None:
            raise NotImplementedError(
                f"Adjusting BlockMask with tensor dq_kv_order is not supported yet. {_MADE_FOR_ANOTHER}"
            )
        rows, columns = -(-new_q_len // self.BLOCK_SIZE[0]), -(-new_kv_len // self.BLOCK_SIZE[1])
        parts: list = [*_cropped(self.kv_num_blocks, self.kv_indices, rows, columns), None, None]
        if self.full_kv_num_blocks is not None and self.full_kv_indices is not None:
            parts[2:] = _cropped(self.full_kv_num_blocks, self.full_kv_indices, rows, columns)
        return self._with_blocks(parts, self.mask_mod, (new_q_len, new_kv_len))

    # -- text -------------------------------------------------------------------------------------
    def __str__(self) -> str:
        return f"BlockMask(shape={self.shape}, sparsity={self.sparsity():.2f}%, \n{self.to_string().strip()}\n)"

    def __repr__(self) -> str:
        shapes = "".join(
            f"    {name}={None if x is None else x.shape},\n" for name in _TENSORS[:8] for x in (getattr(self, name),)
        )
        return (
            f"BlockMask(\n{shapes}    BLOCK_SIZE={self.BLOCK_SIZE},\n    shape={self.shape},\n"
            f"    sparsity={self.sparsity():.2f}%,\n    mask_mod={getattr(self.mask_mod, '__name__', self.mask_mod)}\n)"
        )

    def to_string(self, grid_size: int | tuple[int, int] = (20, 20), limit: int = 4) -> str:
        """A picture of the blocks: full where all are computed, half where some are.

        Args:
            grid_size: at most so many rows and columns; -1: every block has its own place.
            limit: of so many batches and heads.
        """
        dense = np.asarray(self.to_dense().cpu())
        *batches, rows, columns = dense.shape
        high, wide = (grid_size, grid_size) if isinstance(grid_size, int) else grid_size
        row_step, column_step = max(1, -(-rows // high)), max(1, -(-columns // wide))
        pictures = []
        for number, place in enumerate(itertools.product(*map(range, batches))):
            if number == limit:
                pictures += [
                    "...", "To print out more, set BlockMask.to_string(limit=N)",
                    "You can also index (BlockMask[batch, head]) to choose a specific batch or head",
                ]  # fmt: skip
                break
            lines = [f"{place}\n"]
            for r in range(0, rows, row_step):
                parts = (dense[place][r : r + row_step, c : c + column_step] for c in range(0, columns, column_step))
                lines.append("".join(2 * ("█" if p.all() else "░" if p.any() else " ") for p in parts) + "\n")
            pictures.append("".join(lines))
        return "\n".join(pictures)


def _blocks_of(mask: Tensor, q_size: int, kv_size: int, separate: bool) -> tuple[Tensor, Tensor | None]:
    """(blocks computed in part, those in full), int8; all in part where they are not told apart."""
    assert mask.dtype is bool_, f"mask.dtype must be torch.bool, got {mask.dtype}"
    mask = mask[(None,) * (4 - mask.dim())]
    batch, heads, queries, keys = mask.shape
    padded = mask.new_zeros((batch, heads, -(-queries // q_size) * q_size, -(-keys // kv_size) * kv_size))
    padded[:, :, :queries, :keys] = mask
    blocks = padded.view(batch, heads, padded.shape[2] // q_size, q_size, padded.shape[3] // kv_size, kv_size)
    count = blocks.sum((3, 5))
    if not separate:
        return (count > 0).to(int8), None
    full = count == q_size * kv_size
    return ((count > 0) & ~full).to(int8), full.to(int8)


def create_block_mask(mask_mod: Callable, B: int | None, H: int | None, Q_LEN: int, KV_LEN: int, device=None,
                      BLOCK_SIZE: int | tuple[int, int] = BLOCK, _compile=False, separate_full_blocks: bool = True,
                      compute_dq_write_order: bool = False, dq_kv_order: bool = True) -> BlockMask:  # fmt: skip
    """The `BlockMask` of a function that says which queries attend to which keys.

    Args:
        mask_mod: (batch, head, query, key) -> bool tensor, all without dimensions.
        B, H: the numbers of batches and heads; None: 1, the same mask for all.
        Q_LEN, KV_LEN: the numbers of queries and of keys.
        device: by default the GPU where there is one.
        BLOCK_SIZE: the sizes of a block: queries, keys; or one for both.
        separate_full_blocks: whether blocks without a masked score are told apart.
        compute_dq_write_order: whether ``dq_write_order`` and ``dq_write_order_full`` are found too.
        dq_kv_order: their order is by descending blocks of keys, or ascending.

    Raises:
        AssertionError: a function of scores.

    Example:
        >>> from jaxtorch.nn.attention.flex_attention import create_block_mask
        >>> print(create_block_mask(lambda b, h, q, kv: q >= kv, None, None, 6, 6, BLOCK_SIZE=2))
        BlockMask(shape=(1, 1, 6, 6), sparsity=33.33%, 
        (0, 0)
        ██    
        ████  
        ██████
        )
    """  # noqa: W291
    device = default_device() if device is None else device
    assert kind_of(mask_mod) == "mask", f"create-block_mask requires a mask_mod function! Got {mask_mod}"
    if _compile:
        warnings.warn(
            "_compile flag on create_block_mask was originally added to work around a torch.compile limitation. That "
            "limitation has since been addressed. So, to compile create_block_mask, we suggest doing "
            "torch.compile(create_block_mask). This still works for now, but will be removed in the future.",
            DeprecationWarning,
            stacklevel=2,
        )
    sizes = (BLOCK_SIZE, BLOCK_SIZE) if isinstance(BLOCK_SIZE, int) else BLOCK_SIZE
    if not isinstance(dq_kv_order, bool):
        raise ValueError("dq_kv_order must be a bool when using create_block_mask")
    mask = create_mask(mask_mod, B, H, Q_LEN, KV_LEN, device)
    partial, full = _blocks_of(mask, *sizes, separate_full_blocks)
    made = BlockMask.from_kv_blocks(
        *_ordered(partial), *((None, None) if full is None else _ordered(full)), BLOCK_SIZE=sizes, mask_mod=mask_mod,
        seq_lengths=(Q_LEN, KV_LEN),
    )  # fmt: skip
    if compute_dq_write_order:
        made.dq_write_order, made.dq_write_order_full = _write_order(made, dq_kv_order)
        made.dq_kv_order_spt = dq_kv_order
    return made


def nothing_masked(query: Tensor) -> BlockMask:
    """The mask in one block that masks nothing, whatever the lengths."""
    ones = torch.ones((1, 1, 1), dtype=int32, device=query.device)
    zeros = torch.zeros((1, 1, 1, 1), dtype=int32, device=query.device)
    return BlockMask.from_kv_blocks(ones, zeros, BLOCK_SIZE=WHOLE, seq_lengths=(1, 1))
