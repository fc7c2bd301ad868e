"""torch.nn.attention.bias: masks known by name."""

from __future__ import annotations

from enum import IntEnum, auto

from ..._core.bind import namespaces
from ..._core.dtypes import bool_
from ..._core.tensor import Tensor

__all__ = ["causal_upper_left", "causal_lower_right", "CausalVariant", "CausalBias"]

_torch, _nn = namespaces["torch"], namespaces["nn"]


class CausalVariant(IntEnum):
    """Where the diagonal of a causal mask that is no square begins, or ends."""

    UPPER_LEFT = auto()
    LOWER_RIGHT = auto()


class CausalBias(Tensor):
    """A causal mask: (queries, keys), bool, True where a query may attend to a key.

    It goes to `scaled_dot_product_attention` as ``attn_mask`` and to nothing else.
    """

    variant: CausalVariant
    seq_len_q: int
    seq_len_kv: int

    def __new__(cls, variant: CausalVariant, seq_len_q: int, seq_len_kv: int):
        assert isinstance(variant, CausalVariant), f"variant must be a CausalVariant, got {type(variant).__name__}"
        made = _torch["empty"]((seq_len_q, seq_len_kv), dtype=bool_).as_subclass(cls)
        made.variant, made.seq_len_q, made.seq_len_kv = variant, seq_len_q, seq_len_kv
        return made

    def _materialize(self, device=None) -> Tensor:
        """The mask as an ordinary tensor."""
        shift = 0 if self.variant is CausalVariant.UPPER_LEFT else self.seq_len_kv - self.seq_len_q
        ones = _torch["ones"]((self.seq_len_q, self.seq_len_kv), dtype=bool_, device=device)
        return _torch["tril"](ones, shift)

    def __repr__(self) -> str:
        return repr(self._materialize())

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        if func is not _nn["scaled_dot_product_attention"]:
            raise NotImplementedError("CausalBias only supports scaled_dot_product_attention")
        return _attend(*args, **(kwargs or {}))


def _attend(
    query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, *, scale=None, enable_gqa=False
):
    if is_causal:
        raise ValueError("CausalBias should not be used with causal=True")
    square = attn_mask.seq_len_q == attn_mask.seq_len_kv
    causal = square or attn_mask.variant is CausalVariant.UPPER_LEFT
    mask = None if causal else attn_mask._materialize(query.device)
    return _nn["scaled_dot_product_attention"](
        query, key, value, mask, dropout_p, causal, scale=scale, enable_gqa=enable_gqa
    )


def causal_upper_left(*size) -> CausalBias:
    """The mask by which query ``i`` attends to the keys up to ``i``: the diagonal begins in the corner.

    Example:
        >>> from jaxtorch.nn.attention.bias import causal_upper_left
        >>> causal_upper_left(2, 3)
        tensor([[ True, False, False],
                [ True,  True, False]])
    """
    assert len(size) == 2, "causal_upper_left only supports 2D tensors"
    return CausalBias(CausalVariant.UPPER_LEFT, *size)


def causal_lower_right(*size) -> CausalBias:
    """The mask by which the last query attends to all keys: the diagonal ends in the corner.

    Example:
        >>> from jaxtorch.nn.attention.bias import causal_lower_right
        >>> causal_lower_right(2, 3)
        tensor([[ True,  True, False],
                [ True,  True,  True]])
    """
    assert len(size) == 2, "causal_lower_right only supports 2D tensors"
    return CausalBias(CausalVariant.LOWER_RIGHT, *size)
