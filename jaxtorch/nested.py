"""Nested tensors are not supported: every function of `torch.nested` says so."""

from __future__ import annotations

__all__ = [
    "as_nested_tensor", "masked_select", "narrow", "nested_tensor", "nested_tensor_from_jagged", "to_padded_tensor",
]  # fmt: skip


def _unsupported(name: str):
    def refuse(*args, **kwargs):
        raise NotImplementedError(
            f"torch.nested.{name} is not supported by jaxtorch: pad to one size and mask "
            "(torch.nn.utils.rnn.pad_sequence), or keep values beside their offsets (torch.nn.utils.rnn.pack_sequence)"
        )

    refuse.__name__ = refuse.__qualname__ = name
    refuse.__doc__ = "Refused: nested tensors are not supported."
    return refuse


as_nested_tensor = _unsupported("as_nested_tensor")
masked_select = _unsupported("masked_select")
narrow = _unsupported("narrow")
nested_tensor = _unsupported("nested_tensor")
nested_tensor_from_jagged = _unsupported("nested_tensor_from_jagged")
to_padded_tensor = _unsupported("to_padded_tensor")
