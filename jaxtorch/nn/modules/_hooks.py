"""Hooks: what runs before and after a module's forward and backward, and calling a module."""

from __future__ import annotations

import functools
import warnings
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from ..._core import modes
from ..._core.tape import RemovableHandle
from ..._core.tensor import Tensor
from ...autograd.function import Function


class Registry:
    """The hooks of every module: register_module_forward_hook and its kin."""

    def __init__(self):
        self.forward_pre: OrderedDict = OrderedDict()
        self.forward: OrderedDict = OrderedDict()
        self.forward_with_kwargs: OrderedDict = OrderedDict()
        self.forward_always: OrderedDict = OrderedDict()
        self.backward_pre: OrderedDict = OrderedDict()
        self.backward: OrderedDict = OrderedDict()
        self.full_backward: bool | None = None  # which kind `backward` holds; None: neither yet
        self.buffers: OrderedDict = OrderedDict()
        self.modules: OrderedDict = OrderedDict()
        self.parameters: OrderedDict = OrderedDict()


everywhere = Registry()
modes.everywhere += [table for table in vars(everywhere).values() if isinstance(table, OrderedDict)]

TABLES = (
    "_backward_pre_hooks", "_backward_hooks", "_forward_hooks", "_forward_hooks_with_kwargs",
    "_forward_hooks_always_called", "_forward_pre_hooks", "_forward_pre_hooks_with_kwargs",
    "_state_dict_hooks", "_state_dict_pre_hooks", "_load_state_dict_pre_hooks",
    "_load_state_dict_post_hooks",
)  # fmt: skip


def _put(hooks: OrderedDict, hook, prepend: bool = False, flags=()) -> RemovableHandle:
    """Put a hook into a table, and its number into those further tables whose flag is on."""
    handle = RemovableHandle(hooks, extra_dict=[table for table, _ in flags])
    hooks[handle.id] = hook
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    for table, on in flags:
        if on:
            table[handle.id] = True
    return handle


class WrappedHook:
    """A hook as a function that is given the module first, without keeping the module alive."""

    def __init__(self, hook, module=None):
        functools.update_wrapper(self, hook)
        self.hook = hook
        self.module = None if module is None else weakref.ref(module)

    def __call__(self, *args, **kwargs):
        if self.module is None:
            return self.hook(*args, **kwargs)
        module = self.module()
        if module is None:
            raise RuntimeError("You are trying to call the hook of a dead Module!")
        return self.hook(module, *args, **kwargs)

    def __getstate__(self):
        return {"hook": self.hook, "module": None if self.module is None else self.module()}

    def __setstate__(self, state):
        self.hook = state["hook"]
        self.module = None if state["module"] is None else weakref.ref(state["module"])


_MIXED = (
    "Cannot use both regular backward hooks and full backward hooks on a {where}. Please use only "
    "one of them."
)


class Hooks:
    """The hooks of a Module, and the call that runs them."""

    forward: Callable
    _compiled_call_impl: Callable | None = None
    _backward_pre_hooks: OrderedDict
    _backward_hooks: OrderedDict
    _forward_hooks: OrderedDict
    _forward_hooks_with_kwargs: OrderedDict
    _forward_hooks_always_called: OrderedDict
    _forward_pre_hooks: OrderedDict
    _forward_pre_hooks_with_kwargs: OrderedDict
    _state_dict_hooks: OrderedDict
    _state_dict_pre_hooks: OrderedDict
    _load_state_dict_pre_hooks: OrderedDict
    _load_state_dict_post_hooks: OrderedDict

    def register_forward_pre_hook(self, hook, *, prepend: bool = False, with_kwargs: bool = False):
        """Call ``hook(module, args)`` before forward; what it returns replaces the arguments."""
        return _put(
            self._forward_pre_hooks,
            hook,
            prepend,
            [(self._forward_pre_hooks_with_kwargs, with_kwargs)],
        )

    def register_forward_hook(
        self, hook, *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ):
        """Call ``hook(module, args, output)`` after forward; what it returns replaces the output.

        Args:
            prepend: before the hooks there are.
            with_kwargs: ``hook(module, args, kwargs, output)``.
            always_call: also when forward raises.
        """
        flags = [
            (self._forward_hooks_with_kwargs, with_kwargs),
            (self._forward_hooks_always_called, always_call),
        ]
        return _put(self._forward_hooks, hook, prepend, flags)

    def register_full_backward_pre_hook(self, hook, prepend: bool = False):
        """Call ``hook(module, grad_output)`` before backward; what it returns replaces them."""
        return _put(self._backward_pre_hooks, hook, prepend)

    def register_full_backward_hook(self, hook, prepend: bool = False):
        """Call ``hook(module, grad_input, grad_output)`` when the inputs' gradients are known."""
        if self._is_full_backward_hook is False:
            raise RuntimeError(_MIXED.format(where="single Module"))
        self._is_full_backward_hook = True
        return _put(self._backward_hooks, hook, prepend)

    def register_backward_hook(self, hook):
        """Call ``hook(module, grad_input, grad_output)`` on the last operation (deprecated)."""
        if self._is_full_backward_hook is True:
            raise RuntimeError(_MIXED.format(where="single Module"))
        self._is_full_backward_hook = False
        return _put(self._backward_hooks, hook)

    def register_state_dict_post_hook(self, hook):
        """Call ``hook(module, state_dict, prefix, local_metadata)`` after state_dict."""
        hook._from_public_api = True
        return _put(self._state_dict_hooks, hook)

    def _register_state_dict_hook(self, hook):
        if getattr(hook, "_from_public_api", False):
            raise RuntimeError(
                "Cannot register the same function as the state dict post hook that was "
                "previously registered via register_state_dict_post_hook"
            )
        return _put(self._state_dict_hooks, hook)

    def register_state_dict_pre_hook(self, hook):
        """Call ``hook(module, prefix, keep_vars)`` before state_dict."""
        return _put(self._state_dict_pre_hooks, hook)

    def _register_load_state_dict_pre_hook(self, hook, with_module: bool = False):
        return _put(
            self._load_state_dict_pre_hooks, WrappedHook(hook, self if with_module else None)
        )

    def register_load_state_dict_pre_hook(self, hook):
        """Call ``hook(module, state_dict, prefix, ...)`` before this module loads its part."""
        return self._register_load_state_dict_pre_hook(hook, with_module=True)

    def register_load_state_dict_post_hook(self, hook):
        """Call ``hook(module, incompatible_keys)`` after load_state_dict."""
        return _put(self._load_state_dict_post_hooks, hook)

    # -- calling ------------------------------------------------------------------------------
    def _call_impl(self, *args, **kwargs) -> Any:
        if not (
            self._forward_hooks or self._forward_pre_hooks or self._backward_hooks
            or self._backward_pre_hooks or everywhere.forward or everywhere.forward_pre
            or everywhere.backward or everywhere.backward_pre or self._compiled_call_impl is not None
        ):  # fmt: skip
            return self.forward(*args, **kwargs)
        if self._compiled_call_impl is not None:
            return self._compiled_call_impl(*args, **kwargs)
        return _Call(self, args, kwargs).run()

    def _uncompiled_call(self, *args, **kwargs):
        return _Call(self, args, kwargs).run()

    __call__ = _call_impl

    def _backward_hooks_of_kind(self, full: bool) -> list:
        shared = everywhere.backward.values() if everywhere.full_backward is full else ()
        own = self._backward_hooks.values() if self._is_full_backward_hook is full else ()
        return [*shared, *own]


class _Call:
    """One call of a module that has hooks."""

    def __init__(self, module, args, kwargs):
        self.module, self.args, self.kwargs = module, args, kwargs
        self.result = None
        self.called: set = set()

    def run(self):
        try:
            self._before()
            return self._through()
        except Exception:
            self._rescue()
            raise

    def _before(self) -> None:
        m = self.module
        for key, hook in (*everywhere.forward_pre.items(), *m._forward_pre_hooks.items()):
            if key not in m._forward_pre_hooks_with_kwargs:
                changed = hook(m, self.args)
                if changed is not None:
                    self.args = changed if isinstance(changed, tuple) else (changed,)
                continue
            changed = hook(m, self.args, self.kwargs)
            if changed is None:
                continue
            if not isinstance(changed, tuple) or len(changed) != 2:
                raise RuntimeError(
                    "forward pre-hook must return None or a tuple of (new_args, new_kwargs), but "
                    f"got {changed}."
                )
            self.args, self.kwargs = changed

    def _through(self):
        m, watch = self.module, None
        full, last = m._backward_hooks_of_kind(True), m._backward_hooks_of_kind(False)
        before = [*everywhere.backward_pre.values(), *m._backward_pre_hooks.values()]
        if full or before:
            watch = BackwardHook(m, full, before)
            self.args = watch.setup_input_hook(self.args)
        self.result = m.forward(*self.args, **self.kwargs)
        for table, always in self._forward_tables():
            for key, hook in tuple(table.items()):
                if key in always:
                    self.called.add(key)
                self._run(key, hook)
        if watch is not None:
            if not isinstance(self.result, (Tensor, tuple)):
                warnings.warn(
                    "For backward hooks to be called, module output should be a Tensor or a tuple "
                    f"of Tensors but received {type(self.result)}",
                    stacklevel=4,
                )
            self.result = watch.setup_output_hook(self.result)
        if last:
            _hook_last_operation(m, last, self.args, self.result)
        return self.result

    def _forward_tables(self):
        m = self.module
        return (
            (everywhere.forward, everywhere.forward_always),
            (m._forward_hooks, m._forward_hooks_always_called),
        )

    def _run(self, key, hook) -> None:
        m = self.module
        if key in m._forward_hooks_with_kwargs or key in everywhere.forward_with_kwargs:
            changed = hook(m, self.args, self.kwargs, self.result)
        else:
            changed = hook(m, self.args, self.result)
        if changed is not None:
            self.result = changed

    def _rescue(self) -> None:
        """Run the hooks that want to be called even when forward raises."""
        for whose, (table, always) in zip(
            ("global module", "module"), self._forward_tables(), strict=True
        ):
            for key, hook in tuple(table.items()):
                if key not in always or key in self.called:
                    continue
                try:
                    self._run(key, hook)
                except Exception as error:  # noqa: BLE001 - the first error is the one to raise
                    warnings.warn(
                        f"{whose} forward hook with ``always_call=True`` raised an exception that "
                        f"was silenced as another error was raised in forward: {error}",
                        stacklevel=4,
                    )


# -- backward hooks -------------------------------------------------------------------------------
class BackwardHookFunction(Function):
    """The identity, put around a module so that its node sees the module's gradients."""

    @staticmethod
    def forward(ctx, *args):
        ctx.mark_non_differentiable(*[a for a in args if not a.requires_grad])
        return args

    @staticmethod
    def backward(ctx, *args):
        return args


class BackwardHook:
    """Runs the full backward hooks of one call of a module.

    Args:
        module: is given to the hooks.
        user_hooks: called with the gradients of the inputs and of the outputs.
        user_pre_hooks: called with those of the outputs.
    """

    def __init__(self, module, user_hooks, user_pre_hooks):
        self.module, self.user_hooks, self.user_pre_hooks = module, user_hooks, user_pre_hooks
        self.grad_outputs: tuple | None = None
        self.n_inputs = 0
        self.input_places: list | None = None
        self.output_places: list = []

    def setup_input_hook(self, args: tuple) -> tuple:
        """The arguments, with an identity on the tensors whose backward runs the hooks."""
        self.n_inputs = len(args)
        args, self.input_places = self._identity(args, self._inputs_known)
        return args

    def setup_output_hook(self, args):
        """The result, with an identity on the tensors whose backward runs the pre-hooks."""
        single = not isinstance(args, tuple)
        values = (args,) if single else args
        self.n_outputs = len(values)
        values, places = self._identity(values, self._outputs_known)
        self.output_places = places or []
        return values[0] if single else values

    def _identity(self, values: tuple, hook):
        places = [i for i, v in enumerate(values) if isinstance(v, Tensor)]
        if not modes.state.grad or not any(values[i].requires_grad for i in places):
            return values, None
        watched = BackwardHookFunction.apply(*[values[i] for i in places])
        node = next(t.grad_fn for t in watched if t.grad_fn is not None)
        node.register_hook(hook)
        changed = list(values)
        for i, v in zip(places, watched, strict=True):
            changed[i] = v
        return (tuple(changed) if type(values) is tuple else type(values)(*changed)), places

    def _outputs_known(self, _, grads):
        self.grad_outputs = _spread(self.output_places, grads, self.n_outputs)
        for hook in self.user_pre_hooks:
            changed = hook(self.module, self.grad_outputs)
            if changed is None:
                continue
            if len(changed) != self.n_outputs:
                raise RuntimeError(
                    "Backward pre hook returned an invalid number of grad_output, "
                    f"got {len(changed)}, but expected {self.n_outputs}"
                )
            self.grad_outputs = changed
        grad_outputs = self.grad_outputs
        if self.input_places is None:
            self._run_without_inputs()
        return tuple(grad_outputs[i] for i in self.output_places)

    def _run_without_inputs(self) -> None:
        """No input wants a gradient: the hooks run as soon as the outputs' gradients are known."""
        warnings.warn(
            "Full backward hook is firing when gradients are computed with respect to module "
            "outputs since no inputs require gradients. See "
            "https://docs.pytorch.org/docs/main/generated/torch.nn.Module.html"
            "#torch.nn.Module.register_full_backward_hook for more details.",
            stacklevel=5,
        )
        for hook in self.user_hooks:
            changed = hook(self.module, (None,) * self.n_inputs, self.grad_outputs)
            if changed is not None and not (
                isinstance(changed, tuple) and all(c is None for c in changed)
            ):
                raise RuntimeError(
                    "Backward hook for Modules where no input requires gradient should always "
                    "return None or None for all gradients."
                )
        self.grad_outputs = None

    def _inputs_known(self, grads, _):
        if self.grad_outputs is None:
            return None  # the gradient did not come through the outputs, as in a double backward
        grad_inputs = _spread(self.input_places, grads, self.n_inputs)
        for hook in self.user_hooks:
            changed = hook(self.module, grad_inputs, self.grad_outputs)
            if changed is None:
                continue
            if len(changed) != self.n_inputs:
                raise RuntimeError(
                    "Backward hook returned an invalid number of grad_input, "
                    f"got {len(changed)}, but expected {self.n_inputs}"
                )
            grad_inputs = changed
        self.grad_outputs = None
        return tuple(grad_inputs[i] for i in self.input_places)


def _spread(places, values, size: int) -> tuple:
    """``values`` at ``places`` of a tuple that is None elsewhere."""
    out: list = [None] * size
    for i, v in zip(places, values, strict=True):
        out[i] = v
    return tuple(out)


_DEPRECATED = (
    "Using {what} is deprecated and will be removed in future versions. This hook will be missing "
    "some {lost}."
)
_TENSORS = "a single Tensor or a tuple of Tensors"
_PLEASE = " Please use register_full_backward_hook to get the documented behavior."


def _hook_last_operation(module, hooks, args, result) -> None:
    """The deprecated backward hooks: on the node that made the output."""
    var = result
    while not isinstance(var, Tensor):
        var = (
            next(v for v in var.values() if isinstance(v, Tensor))
            if isinstance(var, dict)
            else var[0]
        )
    node = var.grad_fn
    if node is None:
        return
    for hook in hooks:
        node.register_hook(WrappedHook(hook, module))
    text = _what_is_missed(node, args, result)
    if text:
        warnings.warn(text, FutureWarning, stacklevel=5)


def _what_is_missed(node, args, result) -> str | None:
    """Why a deprecated backward hook will not see all gradients, if so."""
    results = _all_tensors(result)
    if results is None:
        what = "non-full backward hooks on a Module that does not return " + _TENSORS
        return _DEPRECATED.format(what=what, lost="of the grad_output") + _PLEASE
    inputs = _all_tensors(args)
    if inputs is None:
        what = "non-full backward hooks on a Module that does not take as input " + _TENSORS
        return _DEPRECATED.format(what=what, lost="of the grad_input") + _PLEASE
    made_by = {r.grad_fn for r in results if r.grad_fn is not None}
    if not made_by or (len(made_by) == 1 and node not in made_by):
        what = "a non-full backward hook when outputs are nested in python data structure"
        return _DEPRECATED.format(what=what, lost="grad_output")
    if len(made_by) > 1:
        what = "a non-full backward hook when outputs are generated by different autograd Nodes"
        return _DEPRECATED.format(what=what, lost="grad_output") + _PLEASE
    if {i.grad_fn for i in inputs if i.grad_fn is not None} != {n for n, _ in node.next_functions}:
        what = "a non-full backward hook when the forward contains multiple autograd Nodes"
        return _DEPRECATED.format(what=what, lost="grad_input") + _PLEASE
    return None


def _all_tensors(values) -> tuple | None:
    if isinstance(values, Tensor):
        return (values,)
    return (
        values if isinstance(values, tuple) and all(isinstance(v, Tensor) for v in values) else None
    )


# -- for every module -----------------------------------------------------------------------------
def register_module_forward_pre_hook(hook):
    """Call ``hook(module, args)`` before every module's forward."""
    return _put(everywhere.forward_pre, hook)


def register_module_forward_hook(hook, *, with_kwargs: bool = False, always_call: bool = False):
    """Call ``hook(module, args, output)`` after every module's forward."""
    flags = [
        (everywhere.forward_with_kwargs, with_kwargs),
        (everywhere.forward_always, always_call),
    ]
    return _put(everywhere.forward, hook, False, flags)


def register_module_full_backward_pre_hook(hook):
    """Call ``hook(module, grad_output)`` before every module's backward."""
    return _put(everywhere.backward_pre, hook)


def register_module_full_backward_hook(hook):
    """Call ``hook(module, grad_input, grad_output)`` after every module's backward."""
    return _register_module_backward_hook(hook, True)


def register_module_backward_hook(hook):
    """Call ``hook(module, grad_input, grad_output)`` on all last operations (deprecated)."""
    return _register_module_backward_hook(hook, False)


def _register_module_backward_hook(hook, full: bool):
    if everywhere.full_backward is (not full):
        raise RuntimeError(
            _MIXED.format(where="global Module hook").replace("on a global", "as a global")
        )
    everywhere.full_backward = full
    return _put(everywhere.backward, hook)


def register_module_buffer_registration_hook(hook):
    """Call ``hook(module, name, buffer)`` when a buffer is registered."""
    return _put(everywhere.buffers, hook)


def register_module_module_registration_hook(hook):
    """Call ``hook(module, name, submodule)`` when a submodule is registered."""
    return _put(everywhere.modules, hook)


def register_module_parameter_registration_hook(hook):
    """Call ``hook(module, name, param)`` when a parameter is registered."""
    return _put(everywhere.parameters, hook)
