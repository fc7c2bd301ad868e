"""`custom_op`: a Python function on tensors made an operator."""

from __future__ import annotations

from ._inference import infer_schema
from ._operator import Operator


class CustomOpDef:
    """An operator made of a Python function; called, it is that function to autograd and to programs."""

    __module__ = "torch._library.custom_ops"

    def __init__(self, space: str, name: str, schema: str, fn):
        self._namespace, self._name, self._init_fn = space, name, fn
        self._operator = Operator(space, name, schema)
        self._opoverload = self._operator.packet.default
        self.__name__ = name

    @property
    def _qualname(self) -> str:
        return f"{self._namespace}::{self._name}"

    def __repr__(self) -> str:
        return f"<CustomOpDef({self._qualname})>"

    def __call__(self, *args, **kwargs):
        return self._opoverload(*args, **kwargs)

    def register_kernel(self, device_types, fn=None, /):
        """Give it an implementation for kinds of devices (None: all). Without ``fn``, a decorator."""
        if fn is None:
            return lambda fn: self.register_kernel(device_types, fn)
        kinds = (device_types,) if device_types is None or isinstance(device_types, str) else device_types
        operator = self._operator
        takes_tensors = any(kind.startswith("Tensor") for kind in operator.kinds)
        if not takes_tensors and "device" not in operator.schema.by_name:
            raise ValueError(
                "Functions without tensor inputs are required to have a `device: torch.device` argument"
            )
        for kind in kinds:
            operator.kernels[kind] = fn
        return fn

    def register_fake(self, fn, /):
        """Keep a function of shapes alone. Differs from PyTorch: it is never called."""
        self._operator.fake = fn
        return fn

    def register_autograd(self, backward, /, *, setup_context=None) -> None:
        """Give it a gradient: ``backward(ctx, *grads)``, with what ``setup_context(ctx, inputs, output)`` kept."""
        if self._operator.writes:
            raise RuntimeError(
                f"Cannot register autograd formula for non-functional operator {self} with schema "
                f"{self._operator.declaration}. Please create a functional operator and register an autograd formula "
                "for that."
            )
        self._operator.derive(backward, setup_context)


def custom_op(name: str, fn=None, /, *, mutates_args, device_types=None, schema: str | None = None, tags=None):
    """Make a Python function an operator, ``torch.ops.<namespace>.<name>``.

    Args:
        name: ``"namespace::name"``.
        fn: of annotated parameters (or described by ``schema``); without it a decorator is returned. Its results
            are fresh tensors.
        mutates_args: the names of the tensors that it writes, or ``"unknown"``.
        device_types: the kinds of devices that it runs on; all by default.

    Example:
        >>> @torch.library.custom_op("example::doubled", mutates_args=())
        ... def doubled(x: torch.Tensor) -> torch.Tensor:
        ...     return x * 2
        >>> torch.ops.example.doubled(torch.ones(2))
        tensor([2., 2.])
    """
    if tags:
        raise NotImplementedError("custom_op(tags=...) is not supported by jaxtorch")

    def make(fn) -> CustomOpDef:
        text = infer_schema(fn, mutates_args=mutates_args) if schema is None else schema
        space, _, last = name.partition("::")
        made = CustomOpDef(space, last, text, fn)
        written = {p.name for p in made._operator.schema.params if "!" in p.kind}
        if schema is not None and mutates_args != "unknown" and written != set(mutates_args):
            raise ValueError(
                f"Attempted to create a custom op with `mutates_args={mutates_args}` and `schema={schema}. The schema "
                f"suggests that the op mutates {written}which is different from what was provided to us in "
                "`mutates_args`. Please make these consistent."
            )
        made.register_kernel(device_types, fn)
        return made

    return make if fn is None else make(fn)
