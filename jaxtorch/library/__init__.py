"""Operators by name: `torch.ops`, and operators of one's own.

Differs from PyTorch: a fake implementation is kept but never called, as the function itself is recorded;
``opcheck``, ``register_vmap``, ``register_autocast``, ``register_torch_dispatch`` and ``triton_op`` are not there.
"""

from ._custom import CustomOpDef, custom_op
from ._inference import infer_schema
from ._library import Library, define, impl, register_autograd, register_fake, register_kernel
from ._operators import ops

__all__ = [
    "CustomOpDef", "Library", "custom_op", "define", "impl", "infer_schema", "ops", "register_autograd",
    "register_fake", "register_kernel",
]  # fmt: skip
