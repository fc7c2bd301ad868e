"""Optimizer: parameter groups, state, hooks and state_dict, in PyTorch's formats."""

from __future__ import annotations

import copy
import functools
import itertools
import warnings
from collections import OrderedDict, defaultdict
from collections.abc import Iterable

from .._core import dtypes, modes
from .._core.each import dispatch_each
from .._core.kinds import typename
from .._core.spec import registry
from .._core.tape import RemovableHandle, put_hook
from .._core.tensor import Tensor

__all__ = ["Optimizer", "register_optimizer_step_post_hook", "register_optimizer_step_pre_hook"]


class _Required:
    """Stands in ``defaults`` for an option that every group must give."""

    def __repr__(self) -> str:
        return "<required parameter>"


required = _Required()

_global_optimizer_pre_hooks: OrderedDict = OrderedDict()
_global_optimizer_post_hooks: OrderedDict = OrderedDict()

_HOOKS = (
    "_optimizer_step_pre_hooks", "_optimizer_step_post_hooks", "_optimizer_state_dict_pre_hooks",
    "_optimizer_state_dict_post_hooks", "_optimizer_load_state_dict_pre_hooks",
    "_optimizer_load_state_dict_post_hooks",
)  # fmt: skip


def _add_hook(hooks: OrderedDict, hook, prepend: bool = False) -> RemovableHandle:
    handle = put_hook(hooks, hook)
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


def register_optimizer_step_pre_hook(hook) -> RemovableHandle:
    """Call ``hook(optimizer, args, kwargs)`` before the step of every optimizer."""
    return _add_hook(_global_optimizer_pre_hooks, hook)


def register_optimizer_step_post_hook(hook) -> RemovableHandle:
    """Call ``hook(optimizer, args, kwargs)`` after the step of every optimizer."""
    return _add_hook(_global_optimizer_post_hooks, hook)


def _hooked(step):
    """``step`` with the step hooks around it."""

    @functools.wraps(step)
    def run(*args, **kwargs):
        segment = modes.state.segment
        if segment is None:
            return stepped(*args, **kwargs)
        with segment.step(args[0]):
            return stepped(*args, **kwargs)

    def stepped(*args, **kwargs):
        self = args[0]
        if modes.state.recorder is not None:
            modes.state.recorder.guard_later(lambda: Parts(self))
        for hook in (*_global_optimizer_pre_hooks.values(), *self._optimizer_step_pre_hooks.values()):
            changed = hook(self, args, kwargs)
            if changed is None:
                continue
            if not (isinstance(changed, tuple) and len(changed) == 2):
                raise RuntimeError(
                    f"{step} must return None or a tuple of (new_args, new_kwargs), but got {changed}."
                )
            args, kwargs = changed
        out = step(*args, **kwargs)
        self._optimizer_step_code()
        for hook in (*self._optimizer_step_post_hooks.values(), *_global_optimizer_post_hooks.values()):
            hook(self, args, kwargs)
        return out

    run.hooked = True  # pyright: ignore[reportAttributeAccessIssue]
    return run


class _Untouchable:
    """In the place of a recorder: no operation gets past it."""

    def __getattr__(self, name: str):
        raise AttributeError("tensors are compared by identity here")


_untouchable = _Untouchable()


class Parts:
    """The groups, parameters, states and hooks of an optimizer, which a compiled step relies on."""

    def __init__(self, optimizer: Optimizer):
        self.optimizer, self.state, self.size = optimizer, optimizer._state, len(optimizer._state)
        self.parts = self._look()
        self.parts[0] = [list(params) for params in self.parts[0]]
        self.states = [dict(state) if type(state) is dict else state for state in self.state.values()], list(self.state)

    def _look(self) -> list:
        o = self.optimizer
        groups = o.param_groups
        return [
            [g["params"] for g in groups], list(map(id, groups)),
            *_global_optimizer_pre_hooks.values(), *_global_optimizer_post_hooks.values(),
            *o._optimizer_step_pre_hooks.values(), *o._optimizer_step_post_hooks.values(),
        ]  # fmt: skip

    def failed(self) -> str | None:
        """None, or what a compiled step says of why it is recorded again."""
        mode, o = modes.state, self.optimizer
        if o._state is self.state and len(self.state) == self.size:
            before, mode.recorder = mode.recorder, _untouchable
            try:  # containers take what is one object for equal, and ask only others
                if self._look() == self.parts and (
                    not o._state_shown or (list(self.state.values()), list(self.state)) == self.states
                ):
                    return None
            except Exception:  # noqa: BLE001, S110 - they differ
                pass
            finally:
                mode.recorder = before
        return f"the optimizer {type(self.optimizer).__name__}: its groups, parameters, states or hooks changed"


class Optimizer:
    """The base class of optimizers.

    Args:
        params: tensors, or (name, tensor) pairs, or dicts with ``"params"`` and a group's own options.
        defaults: the options of groups that do not give them.

    Raises:
        TypeError: a single tensor, or what is no tensor among the parameters.
        ValueError: no parameters, a non-leaf tensor, or a parameter in two groups.
    """

    _opt_called: bool  # set by a scheduler
    _optimizer_step_pre_hooks: OrderedDict
    _optimizer_step_post_hooks: OrderedDict
    _optimizer_state_dict_pre_hooks: OrderedDict
    _optimizer_state_dict_post_hooks: OrderedDict
    _optimizer_load_state_dict_pre_hooks: OrderedDict
    _optimizer_load_state_dict_post_hooks: OrderedDict

    def __init__(self, params, defaults: dict):
        self.defaults = defaults
        for name in _HOOKS:
            setattr(self, name, OrderedDict())
        self._patch_step_function()
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, but got "
                + typename(params)
            )
        self.state = defaultdict(dict)
        self._state_shown = False
        self.param_groups: list[dict] = []
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def _patch_step_function(self) -> None:
        cls = type(self)
        if not getattr(cls.step, "hooked", None):
            cls.step = _hooked(cls.step)

    def _optimizer_step_code(self) -> None:
        """Called after each step; for profilers."""

    # -- what it is made of ------------------------------------------------------------------------
    def __getstate__(self) -> dict:
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    @property
    def state(self) -> defaultdict:
        """What the optimizer remembers of each parameter, by the parameter."""
        self._state_shown = True  # a compiled step that relies on it must look it through from now on
        return self._state

    @state.setter
    def state(self, state: defaultdict) -> None:
        self._state, self._state_shown = state, True

    def __setstate__(self, state: dict) -> None:
        self.__dict__.update({k: v for k, v in state.items() if k != "state"})
        if "state" in state:
            self.state = state["state"]
        for name in _HOOKS:
            if name not in self.__dict__:
                setattr(self, name, OrderedDict())
        self._patch_step_function()
        self.defaults.setdefault("differentiable", False)

    def __repr__(self) -> str:
        text = type(self).__name__ + " ("
        for i, group in enumerate(self.param_groups):
            options = [f"    {key}: {group[key]}\n" for key in sorted(group) if key != "params"]
            text += f"\nParameter Group {i}\n" + "".join(options)
        return text + ")"

    def add_param_group(self, param_group: dict) -> None:
        """Add a group of parameters with options of its own.

        Args:
            param_group: ``{"params": ..., option: value, ...}``; missing options come from the defaults.
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        params = param_group["params"]
        if isinstance(params, set):
            raise TypeError(
                "optimizer parameters need to be organized in ordered collections, but the ordering of "
                "tensors in sets will change between runs. Please use a list instead."
            )
        entries = [params] if isinstance(params, Tensor) else list(params)
        names = [e[0] for e in entries if isinstance(e, tuple)]
        params = param_group["params"] = [e[1] if isinstance(e, tuple) else e for e in entries]
        if names:
            if len(names) != len(params):
                raise ValueError(
                    "all optimizer params should be with/without names. Some param names are missing"
                )
            param_group["param_names"] = names
        for p in params:
            if not isinstance(p, Tensor):
                raise TypeError("optimizer can only optimize Tensors, but one of the params is " + typename(p))
            if not self.defaults.get("differentiable") and not (p.is_leaf or p.retains_grad):
                raise ValueError("can't optimize a non-leaf Tensor")
        for name, default in self.defaults.items():
            if default is required and name not in param_group:
                raise ValueError(
                    f"parameter group didn't specify a value of required optimization parameter {name}"
                )
            param_group.setdefault(name, default)
        own = set(map(id, params))
        if len(own) != len(params):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters; in future, this will cause "
                "an error; see github.com/pytorch/pytorch/issues/40967 for more information",
                stacklevel=3,
            )
        for group in self.param_groups:
            if ("param_names" in param_group) != ("param_names" in group):
                which = "with names" if "param_names" in param_group else "without names"
                raise ValueError(
                    "all optimizer param groups should be with/without names. "
                    f"cannot add param group {which} to the optimizer"
                )
        if any(id(p) in own for group in self.param_groups for p in group["params"]):
            raise ValueError("some parameters appear in more than one parameter group")
        self.param_groups.append(param_group)

    # -- stepping ------------------------------------------------------------------------------------
    def step(self, closure=None):
        """Update the parameters from their gradients.

        Args:
            closure: recomputes the loss and its gradients first; what it returns is returned.
        """
        raise NotImplementedError

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop the gradients of all parameters, or with ``set_to_none=False`` fill them with zeros."""
        grads = []
        for group in self.param_groups:
            for p in group["params"]:
                if set_to_none:
                    p.grad = None
                    continue
                if p.grad is None:
                    continue
                if p.grad.grad_fn is not None:
                    p.grad.detach_()
                else:
                    p.grad.requires_grad_(False)
                grads.append(p.grad)
        if grads:
            dispatch_each(registry["zero"], [grads], (), [grads])

    def register_step_pre_hook(self, hook) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` before each step; it may return new (args, kwargs)."""
        return _add_hook(self._optimizer_step_pre_hooks, hook)

    def register_step_post_hook(self, hook) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` after each step."""
        return _add_hook(self._optimizer_step_post_hooks, hook)

    # -- state_dict ------------------------------------------------------------------------------------
    def register_state_dict_pre_hook(self, hook, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer)`` before `state_dict`."""
        return _add_hook(self._optimizer_state_dict_pre_hooks, hook, prepend)

    def register_state_dict_post_hook(self, hook, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer, state_dict)`` after `state_dict`; what it returns replaces it."""
        return _add_hook(self._optimizer_state_dict_post_hooks, hook, prepend)

    def register_load_state_dict_pre_hook(self, hook, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer, state_dict)`` before `load_state_dict`; what it returns is loaded."""
        return _add_hook(self._optimizer_load_state_dict_pre_hooks, hook, prepend)

    def register_load_state_dict_post_hook(self, hook, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer)`` after `load_state_dict`."""
        return _add_hook(self._optimizer_load_state_dict_post_hooks, hook, prepend)

    def state_dict(self) -> dict:
        """``{"state": {number: state}, "param_groups": [...]}``, with parameters numbered in order.

        The tensors in it are the optimizer's own, not copies.
        """
        for hook in self._optimizer_state_dict_pre_hooks.values():
            hook(self)
        numbers: dict[int, int] = {}
        count, groups = 0, []
        for group in self.param_groups:
            for i, p in enumerate(group["params"], count):
                numbers.setdefault(id(p), i)
            count += len(group["params"])
            packed = {k: v for k, v in group.items() if k != "params"}
            packed["params"] = [numbers[id(p)] for p in group["params"]]
            groups.append(packed)
        state = {numbers[id(k)] if isinstance(k, Tensor) else k: v for k, v in self.state.items()}
        found = {"state": state, "param_groups": groups}
        for hook in self._optimizer_state_dict_post_hooks.values():
            changed = hook(self, found)
            found = found if changed is None else changed
        return found

    def load_state_dict(self, state_dict: dict) -> None:
        """Take over a state that `state_dict` gave, here or in PyTorch.

        Raises:
            ValueError: other groups, or groups of another size, than this optimizer has.
        """
        state_dict = state_dict.copy()
        for hook in self._optimizer_load_state_dict_pre_hooks.values():
            changed = hook(self, state_dict)
            state_dict = state_dict if changed is None else changed
        groups, saved = self.param_groups, copy.deepcopy(state_dict["param_groups"])
        if len(groups) != len(saved):
            raise ValueError("loaded state dict has a different number of parameter groups")
        if any(len(g["params"]) != len(s["params"]) for g, s in zip(groups, saved)):
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the size of optimizer's group"
            )
        numbers = itertools.chain.from_iterable(s["params"] for s in saved)
        params = dict(zip(numbers, itertools.chain.from_iterable(g["params"] for g in groups), strict=True))
        state: defaultdict = defaultdict(dict)
        for k, v in state_dict["state"].items():
            if k in params:
                state[params[k]] = _fitted(params[k], v, k, state_dict["param_groups"])
            else:
                state[k] = v
        for group, loaded in zip(groups, saved):
            loaded["params"] = group["params"]
            if "param_names" in group:
                loaded.setdefault("param_names", group["param_names"])
        self.__setstate__({"state": state, "param_groups": saved})
        for hook in self._optimizer_load_state_dict_post_hooks.values():
            hook(self)

    @staticmethod
    def _process_value_according_to_param_policy(param, value, param_id, param_groups, key=None):
        """A tensor of a loaded state, in the dtype and on the device it is used in."""
        if key == "step":
            group = next((g for g in param_groups if param_id in g["params"]), {})
            if group.get("capturable") or group.get("fused"):
                return value.to(dtype=dtypes.float32, device=param.device)
            return value
        if param.is_floating_point():
            return value.to(dtype=param.dtype, device=param.device)
        return value.to(device=param.device)


def _fitted(param: Tensor, value, number, groups, key=None):
    """A loaded state with its tensors made to fit their parameter."""
    if isinstance(value, Tensor):
        return Optimizer._process_value_according_to_param_policy(param, value, number, groups, key)
    if isinstance(value, dict):
        return {k: _fitted(param, v, number, groups, k) for k, v in value.items()}
    if isinstance(value, Iterable):
        return type(value)(_fitted(param, v, number, groups) for v in value)
    return value


def use_grad_for_differentiable(step):
    """``step`` run with gradients on or off as the optimizer's ``differentiable`` says."""

    @functools.wraps(step)
    def run(self, *args, **kwargs):
        state = modes.state
        previous, state.grad = state.grad, bool(self.defaults.get("differentiable"))
        try:
            return step(self, *args, **kwargs)
        finally:
            state.grad = previous

    return run


def evaluate(closure):
    """The loss of ``closure``, run with gradients on; None where there is no closure."""
    if closure is None:
        return None
    state = modes.state
    previous, state.grad = state.grad, True
    try:
        return closure()
    finally:
        state.grad = previous
