"""LazyModuleMixin: modules that learn their input's sizes from the first input."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from ..._core import modes
from ...autograd.grad_mode import no_grad
from ..parameter import is_lazy

__all__ = ["LazyModuleMixin"]


class LazyModuleMixin:
    """Makes a module whose parameters get their shapes from the first input.

    A subclass creates `UninitializedParameter`s and defines ``initialize_parameters``, which takes
    forward's arguments and materialises them. After the first call the module becomes an instance
    of ``cls_to_become``.
    """

    cls_to_become: type | None = None

    if TYPE_CHECKING:  # the module's, from the other base

        def __getattr__(self, name: str) -> Any: ...

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._load_hook = self._register_load_state_dict_pre_hook(self._lazy_load_hook)
        self._initialize_hook = self.register_forward_pre_hook(
            self._infer_parameters, with_kwargs=True
        )

    def _own_state(self):
        return itertools.chain(self._parameters.items(), self._buffers.items())

    def _save_to_state_dict(self, destination, prefix, keep_vars):
        for name, value in self._own_state():
            if value is not None and name not in self._non_persistent_buffers_set:
                destination[prefix + name] = (
                    value if keep_vars or is_lazy(value) else value.detach()
                )

    def _lazy_load_hook(self, state_dict, prefix, *_):
        """Give what is loaded its shape before load_state_dict copies the values."""
        for name, value in self._own_state():
            given = state_dict.get(prefix + name)
            if given is not None and is_lazy(value) and not is_lazy(given):
                with no_grad():
                    value.materialize(given.shape)

    def initialize_parameters(self, *args, **kwargs):
        """Materialise the parameters for forward's arguments; every subclass defines it."""
        raise NotImplementedError(
            f"initialize_parameters is not implemented for {type(self).__name__}"
        )

    def has_uninitialized_params(self) -> bool:
        """Whether a parameter or buffer still has no shape."""
        return any(is_lazy(value) for _, value in self._own_state())

    def _infer_parameters(self, module, args, kwargs=None):
        recorder = modes.state.recorder
        if recorder is not None and id(module) not in recorder.modules:  # the next call finds another module
            recorder.end("a lazy module learns its sizes", for_now=True)
        module.initialize_parameters(*args, **(kwargs or {}))
        if module.has_uninitialized_params():
            raise RuntimeError(f"module {self._get_name()} has not been fully initialized")
        module._initialize_hook.remove()
        module._load_hook.remove()
        del module._initialize_hook, module._load_hook
        if module.cls_to_become is not None:
            module.__class__ = module.cls_to_become
