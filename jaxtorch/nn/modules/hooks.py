"""Hooks: what runs before and after a module's forward and backward, and calling a module."""

from __future__ import annotations

import functools
import warnings

from ..._core import modes
from ..._core.tape import RemovableHandle
from ..._core.tensor import Tensor

# Hooks for every module: register_module_forward_hook and its kin.
FORWARD_PRE: dict = {}
FORWARD: dict = {}
FORWARD_KWARGS: dict = {}
FORWARD_ALWAYS: dict = {}
BACKWARD_PRE: dict = {}
BACKWARD: dict = {}
BUFFER_REGISTRATION: dict = {}
MODULE_REGISTRATION: dict = {}
PARAMETER_REGISTRATION: dict = {}

_TABLES = (
    "_forward_hooks", "_forward_hooks_with_kwargs", "_forward_hooks_always_called",
    "_forward_pre_hooks", "_forward_pre_hooks_with_kwargs", "_backward_hooks", "_backward_pre_hooks",
    "_state_dict_hooks", "_state_dict_pre_hooks", "_load_state_dict_pre_hooks",
    "_load_state_dict_post_hooks",
)  # fmt: skip


def initialise(fields: dict, only_missing: bool = False) -> None:
    """Give a module its own empty tables of hooks."""
    for name in _TABLES:
        if not (only_missing and name in fields):
            fields[name] = {}
    fields.setdefault("_is_full_backward_hook", None)


class _Handle(RemovableHandle):
    """Removes a hook and its flags."""

    def __init__(self, hooks: dict, hook, prepend: bool = False, flags=()):
        super().__init__(hooks)
        self._flags = flags
        if prepend:
            rest = dict(hooks)
            hooks.clear()
            hooks[self.id] = hook
            hooks.update(rest)
        else:
            hooks[self.id] = hook
        for table, on in flags:
            if on:
                table[self.id] = True

    def remove(self) -> None:
        super().remove()
        for table, _ in self._flags:
            table.pop(self.id, None)


class _WithModule:
    """A hook that is given the module first, without keeping it alive."""

    def __init__(self, hook, module):
        import weakref

        self.hook, self.module = hook, weakref.ref(module)

    def __call__(self, *args, **kwargs):
        return self.hook(self.module(), *args, **kwargs)


class Hooks:
    """The hooks of a Module, and the call that runs them."""

    def register_forward_pre_hook(self, hook, *, prepend: bool = False, with_kwargs: bool = False):
        """Call ``hook(module, args)`` before forward; what it returns replaces the arguments."""
        return _Handle(self._forward_pre_hooks, hook, prepend, [(self._forward_pre_hooks_with_kwargs, with_kwargs)])

    def register_forward_hook(self, hook, *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False):
        """Call ``hook(module, args, output)`` after forward; what it returns replaces the output."""
        flags = [(self._forward_hooks_with_kwargs, with_kwargs), (self._forward_hooks_always_called, always_call)]
        return _Handle(self._forward_hooks, hook, prepend, flags)

    def register_full_backward_pre_hook(self, hook, prepend: bool = False):
        """Call ``hook(module, grad_output)`` before the module's backward."""
        return _Handle(self._backward_pre_hooks, hook, prepend)

    def register_full_backward_hook(self, hook, prepend: bool = False):
        """Call ``hook(module, grad_input, grad_output)`` when the gradients of the inputs are known."""
        if self._is_full_backward_hook is False:
            raise RuntimeError(
                "Cannot use both regular backward hooks and full backward hooks on a single Module. Please use only one of them."
            )
        self._is_full_backward_hook = True
        return _Handle(self._backward_hooks, hook, prepend)

    def register_backward_hook(self, hook):
        """Call ``hook(module, grad_input, grad_output)`` on the last operation's backward (deprecated)."""
        if self._is_full_backward_hook is True:
            raise RuntimeError(
                "Cannot use both regular backward hooks and full backward hooks on a single Module. Please use only one of them."
            )
        self._is_full_backward_hook = False
        return _Handle(self._backward_hooks, hook)

    def register_state_dict_post_hook(self, hook):
        """Call ``hook(module, state_dict, prefix, local_metadata)`` after state_dict."""
        hook._from_public_api = True
        return _Handle(self._state_dict_hooks, hook)

    def _register_state_dict_hook(self, hook):
        return _Handle(self._state_dict_hooks, hook)

    def register_state_dict_pre_hook(self, hook):
        """Call ``hook(module, prefix, keep_vars)`` before state_dict."""
        return _Handle(self._state_dict_pre_hooks, hook)

    def _register_load_state_dict_pre_hook(self, hook, with_module: bool = False):
        return _Handle(self._load_state_dict_pre_hooks, _WithModule(hook, self) if with_module else hook)

    def register_load_state_dict_pre_hook(self, hook):
        """Call ``hook(module, state_dict, prefix, ...)`` before this module loads its part."""
        return self._register_load_state_dict_pre_hook(hook, with_module=True)

    def register_load_state_dict_post_hook(self, hook):
        """Call ``hook(module, incompatible_keys)`` after load_state_dict."""
        return _Handle(self._load_state_dict_post_hooks, hook)

    # -- calling ------------------------------------------------------------------------------
    def __call__(self, *args, **kwargs):
        if not (
            self._forward_hooks or self._forward_pre_hooks or self._backward_hooks
            or self._backward_pre_hooks or FORWARD_PRE or FORWARD or BACKWARD or BACKWARD_PRE
        ):  # fmt: skip
            return self.forward(*args, **kwargs)
        return self._call_with_hooks(args, kwargs)

    @property
    def _call_impl(self):
        return self.__call__

    def _call_with_hooks(self, args, kwargs):
        called: set = set()
        try:
            return self._run_hooked(args, kwargs, called)
        except Exception:
            # hooks registered with always_call run even when forward raised
            for table, always in ((FORWARD, FORWARD_ALWAYS), (self._forward_hooks, self._forward_hooks_always_called)):
                for key, hook in list(table.items()):
                    if key in always and key not in called:
                        try:
                            self._run_forward_hook(table, key, hook, args, kwargs, None)
                        except Exception as error:  # noqa: BLE001 - the first error is the one to raise
                            warnings.warn(f"module forward hook with ``always_call=True`` raised an exception that was silenced as another error was raised in forward: {error}", stacklevel=2)
            raise

    def _run_forward_hook(self, table, key, hook, args, kwargs, result):
        with_kwargs = key in (FORWARD_KWARGS if table is FORWARD else self._forward_hooks_with_kwargs)
        return hook(self, args, kwargs, result) if with_kwargs else hook(self, args, result)

    def _run_hooked(self, args, kwargs, called):
        for key, hook in [*FORWARD_PRE.items(), *self._forward_pre_hooks.items()]:
            if key in self._forward_pre_hooks_with_kwargs:
                changed = hook(self, args, kwargs)
                if changed is not None:
                    if not isinstance(changed, tuple) or len(changed) != 2:
                        raise RuntimeError(f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {changed}.")
                    args, kwargs = changed
            else:
                changed = hook(self, args)
                if changed is not None:
                    args = changed if isinstance(changed, tuple) else (changed,)
        backward = None
        full = self._is_full_backward_hook is not False
        user = list(self._backward_hooks.values()) if full else []
        user_pre = [*BACKWARD_PRE.values(), *self._backward_pre_hooks.values()]
        if full and (user or BACKWARD) or user_pre:
            backward = BackwardHooks(self, [*BACKWARD.values(), *user], user_pre)
            args = backward.watch_inputs(args)
        result = self.forward(*args, **kwargs)
        for table in (FORWARD, self._forward_hooks):
            for key, hook in list(table.items()):
                called.add(key)
                changed = self._run_forward_hook(table, key, hook, args, kwargs, result)
                if changed is not None:
                    result = changed
        if backward is not None:
            result = backward.watch_outputs(result)
        if not full and self._backward_hooks:
            _watch_last_operation(self, result)
        return result


def _watch_last_operation(module, result) -> None:
    """The deprecated backward hooks: on the node that made the output."""
    var = result
    while not isinstance(var, Tensor):
        var = next(v for v in var.values() if isinstance(v, Tensor)) if isinstance(var, dict) else var[0]
    node = var.grad_fn
    if node is None:
        return
    for hook in module._backward_hooks.values():
        node.register_hook(functools.partial(hook, module))


class BackwardHooks:
    """Full backward hooks: identity operations around a module that see its gradients."""

    def __init__(self, module, hooks, pre_hooks):
        self.module, self.hooks, self.pre_hooks = module, hooks, pre_hooks
        self.grad_outputs: tuple | None = None
        self.has_inputs = False

    def watch_inputs(self, args: tuple) -> tuple:
        """The arguments, with an operation on them whose backward runs the hooks."""
        return self._through(args, self._inputs_done, mark_inputs=True)

    def watch_outputs(self, result):
        """The result, with an operation on it whose backward runs the pre-hooks."""
        single = isinstance(result, Tensor)
        out = self._through((result,) if single else tuple(result) if isinstance(result, (tuple, list)) else (result,), self._outputs_done)
        if single:
            return out[0]
        return out if isinstance(result, tuple) else type(result)(out) if isinstance(result, list) else out[0]

    def _through(self, values: tuple, done, mark_inputs: bool = False) -> tuple:
        from ...autograd.function import Function

        places = [i for i, v in enumerate(values) if isinstance(v, Tensor)]
        if not modes.state.grad or not any(values[i].requires_grad for i in places):
            return values
        self.has_inputs |= mark_inputs

        class BackwardHook(Function):
            @staticmethod
            def forward(ctx, *tensors):
                ctx.set_materialize_grads(False)
                return tuple(t.view_as(t) if t.is_floating_point() else t for t in tensors)

            @staticmethod
            def backward(ctx, *grads):
                return done(grads)

        outs = BackwardHook.apply(*[values[i] for i in places])
        values = list(values)
        for i, o in zip(places, outs, strict=True):
            values[i] = o
        return tuple(values)

    def _outputs_done(self, grads):
        for hook in self.pre_hooks:
            changed = hook(self.module, grads)
            if changed is not None:
                grads = changed if isinstance(changed, tuple) else (changed,)
        self.grad_outputs = grads
        if not self.has_inputs:
            # no input wants a gradient: the hooks run as soon as the outputs' gradients are known
            self._run_hooks((None,), grads)
        return grads

    def _inputs_done(self, grads):
        return self._run_hooks(grads, self.grad_outputs)

    def _run_hooks(self, grad_inputs, grad_outputs):
        for hook in self.hooks:
            changed = hook(self.module, grad_inputs, grad_outputs)
            if changed is not None:
                grad_inputs = changed if isinstance(changed, tuple) else (changed,)
        return grad_inputs


def register_module_forward_pre_hook(hook):
    """Call ``hook(module, args)`` before every module's forward."""
    return _Handle(FORWARD_PRE, hook)


def register_module_forward_hook(hook, *, with_kwargs: bool = False, always_call: bool = False):
    """Call ``hook(module, args, output)`` after every module's forward."""
    return _Handle(FORWARD, hook, False, [(FORWARD_KWARGS, with_kwargs), (FORWARD_ALWAYS, always_call)])


def register_module_full_backward_pre_hook(hook):
    """Call ``hook(module, grad_output)`` before every module's backward."""
    return _Handle(BACKWARD_PRE, hook)


def register_module_full_backward_hook(hook):
    """Call ``hook(module, grad_input, grad_output)`` after every module's backward."""
    return _Handle(BACKWARD, hook)


def register_module_buffer_registration_hook(hook):
    """Call ``hook(module, name, buffer)`` when a buffer is registered."""
    return _Handle(BUFFER_REGISTRATION, hook)


def register_module_module_registration_hook(hook):
    """Call ``hook(module, name, submodule)`` when a submodule is registered."""
    return _Handle(MODULE_REGISTRATION, hook)


def register_module_parameter_registration_hook(hook):
    """Call ``hook(module, name, param)`` when a parameter is registered."""
    return _Handle(PARAMETER_REGISTRATION, hook)
