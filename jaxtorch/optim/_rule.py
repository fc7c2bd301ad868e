"""Update rules, and the optimizers that apply one rule to all parameters of a group.

A rule is an op on the arrays of one parameter: what its step computes, declared once. Run by
`dispatch_each` it becomes one program for a whole group; with ``differentiable=True`` it is taped
like any other op.
"""

from __future__ import annotations

import functools
from operator import is_

import jax.numpy as jnp
from jax import lax

from .._core import devices, dtypes, modes
from .._core.bind import namespaces
from .._core.composed import Composed
from .._core.dispatch import number
from .._core.each import cohorts, concrete, dispatch_each
from .._core.layout import like_layout
from .._core.spec import op, registry
from .._core.tensor import Tensor, wrap
from ._arithmetic import add, mul, narrowed, widened
from .optimizer import Optimizer, evaluate, use_grad_for_differentiable

_full, zeros_like = namespaces["torch"]["full"], namespaces["torch"]["zeros_like"]
CAPTURABLE = ["cuda", "xpu", "hpu", "privateuseone", "xla"]
_FUSED = ["mps", "cuda", "xpu", "hpu", "cpu", "mtia", "privateuseone"]


def rule(schema: str):
    """Declare an update rule ``(param, grad, state..., numbers..., *, flags) -> (param, state...)``.

    Numbers reach it as 0-dim float64 arrays. Complex parameters are updated as pairs of real ones.
    With the flag ``fused``, halves are rounded once a step and not once an operation.
    """

    def declare(fn):
        @functools.wraps(fn)
        def run(param, grad, *rest, fused=False, maximize=False, **flags):
            is_complex, stored = jnp.iscomplexobj(param), param.dtype

            def enter(x):
                if x is None or jnp.iscomplexobj(x):
                    return x if x is None else jnp.stack([lax.real(x), lax.imag(x)], -1)
                return widened(x) if fused else x

            def leave(x):
                if is_complex and x.ndim and x.shape[:-1] == param.shape:
                    return lax.complex(x[..., 0], x[..., 1])
                return narrowed(x, stored) if fused and stored.name in ("float16", "bfloat16") else x

            entered = [enter(x) for x in (param, -grad if maximize else grad, *rest)]
            return tuple([leave(x) for x in fn(*entered, **flags)])

        op(schema + " -> (param, states)", forms="", layout=lambda layouts, **_: like_layout(layouts[0]))(run)
        return fn

    return declare


@op("step_forward(Tensor step)", forms="")
def step_forward(step):
    return step + jnp.ones((), step.dtype)


@op("step_back(Tensor step, Tensor found_inf)", forms="")
def step_back(step, found_inf):
    return step - found_inf.astype(step.dtype).reshape(())


@op("unscale(Tensor grad, Tensor grad_scale)", forms="")
def unscale(grad, grad_scale):
    return grad / grad_scale.astype(grad.dtype).reshape(())


@op("unless_inf(Tensor old, Tensor new, Tensor found_inf)", forms="")
def unless_inf(old, new, found_inf):
    return jnp.where(found_inf.reshape(()) == 1, old, new)


def add_decay(param, grad, lr, weight_decay, decay, decoupled):
    """(param, grad) with the weight decay in one of them, as a rule begins."""
    if not decay:
        return param, grad
    if decoupled:
        return mul(param, 1 - lr * weak(weight_decay, lr)), grad
    return param, add(grad, param, weight_decay)


def scalar(x) -> Tensor | float:
    """A hyperparameter as an operand: a float, or a 0-dim tensor."""
    if isinstance(x, Tensor):
        return x if x.dim() == 0 else x.squeeze()
    return float(x)


def weak(x, like):
    """The number ``x`` in the dtype of another, as a Python number beside a tensor takes it."""
    return x.astype(like.dtype)


def step_dtype(fused=None) -> dtypes.dtype:
    """The dtype of step counts."""
    wide = not fused and dtypes.get_default_dtype() is dtypes.float64
    return dtypes.float64 if wide else dtypes.float32


def step_full(group: dict, p: Tensor, value: float) -> Tensor:
    """A 0-dim state of one parameter: on the CPU, unless the options want it where the parameter is."""
    fused = group.get("fused")
    device = p.device if group.get("capturable") or fused else "cpu"
    return _full((), value, dtype=step_dtype(fused), device=device)


class RuleOptimizer(Optimizer):
    """An optimizer whose step is a rule applied to each parameter.

    Attributes:
        rule: the rule's name.
        arrays: the states shaped like their parameter, in the rule's order.
        scalars: the 0-dim states, in the rule's order; "step" is counted before the rule runs.
        reads_step: whether the rule has the step count among its operands.
        old: options that state from older versions may lack, with their values.
        capturable_needs: what the error for ``capturable=True`` on the CPU names.
    """

    rule: str
    arrays: tuple[str, ...] = ()
    scalars: tuple[str, ...] = ("step",)
    old: dict = {"foreach": None, "maximize": False, "differentiable": False}
    reads_step = True
    capturable_needs = "params and state_steps"
    capturable_devices = CAPTURABLE
    no_sparse = ""  # the error for sparse gradients, where it is not the usual one

    # -- what a subclass says ------------------------------------------------------------------------
    def start(self, group: dict, p: Tensor) -> dict:
        """The state of a parameter before its first step."""
        state = {name: self.start_scalar(name, group, p) for name in self.scalars}
        state.update((name, zeros_like(p.detach())) for name in self.arrays_of(group))
        return state

    def start_scalar(self, name: str, group: dict, p: Tensor) -> Tensor:
        """The first value of a 0-dim state."""
        return step_full(group, p, 0.0)

    def arrays_of(self, group: dict) -> tuple[str, ...]:
        """The names in ``arrays`` that a group's options call for; the rule gets None for the others."""
        return self.arrays

    def numbers(self, group: dict) -> list:
        """The rule's numbers, in its order."""
        raise NotImplementedError

    def flags(self, group: dict) -> dict:
        """The rule's flags that are not options of the same name."""
        return {"decay": bool(group.get("weight_decay", 0) != 0)}

    # -- the step ----------------------------------------------------------------------------------
    @use_grad_for_differentiable
    def step(self, closure=None):
        """Update the parameters from their gradients.

        Args:
            closure: recomputes the loss and its gradients first; what it returns is returned.
        """
        loss = evaluate(closure)
        for group in self.param_groups:
            params = [p for p in group["params"] if p.grad is not None]
            sparse = [p for p in params if isinstance(p._grad, Composed)]
            if sparse:
                self.update_sparse(group, sparse)
                params = [p for p in params if not isinstance(p._grad, Composed)]
            if params:
                self.update(group, params)
        return loss

    def update_sparse(self, group: dict, params: list[Tensor]) -> None:
        """Step the parameters of one group whose gradient is a sparse tensor.

        Raises:
            RuntimeError: this optimizer takes none.
        """
        raise RuntimeError(self.no_sparse or f"{type(self).__name__} does not support sparse gradients")

    def update(self, group: dict, params: list[Tensor]) -> None:
        """Step the parameters of one group that have a gradient."""
        self.check_group(group, params)
        state = self._state
        states = []
        for p in params:
            own = state[p]
            if not own:
                self.begin(own, lambda p=p: self.start(group, p))
            states.append(own)
        self.check_states(group, params, states)
        arrays = self.arrays_of(group)
        lists = [params, [p.grad for p in params]]
        lists += [[s[name] for s in states] if name in arrays else None for name in self.arrays]
        scalars = [[s[name] for s in states] for name in self.scalars]
        if modes.state.recorder is not None:
            with modes.outside_recording():  # a compiled step's program has equal counts once
                cohorts([c for c in scalars if all(concrete(t) for t in c)])
            members = [range(len(params))]
        else:
            members = cohorts(scalars) if scalars else [range(len(params))]
        for indices in members:
            if len(indices) == len(params):
                self.apply(group, lists, scalars)
            else:
                self.apply(
                    group,
                    [None if c is None else [c[i] for i in indices] for c in lists],
                    [[c[i] for i in indices] for c in scalars],
                )

    def begin(self, own: dict, start) -> None:
        """Put the first state of a parameter into ``own``: memory that a compiled step finds there."""
        with modes.outside_recording():
            own.update(start())
        if modes.state.recorder is not None:
            modes.state.recorder.undo.append(own.clear)

    def apply(self, group: dict, lists: list, scalars: list) -> None:
        """Count the step and run the rule on parameters whose counts agree."""
        if scalars:
            counted = scalars[self.scalars.index("step")]
            without_grad(dispatch_each, registry["step_forward"], [counted], (), [counted])
            without_grad(self.before_rule, group, scalars)
        read = scalars if self.reads_step else scalars[1:]
        if modes.state.grad:
            read = [[s.clone() for s in c] for c in read]  # they are written after the tape saved them
        self.run_rule(group, lists, read)
        if scalars:
            without_grad(self.after_rule, group, scalars)
            if getattr(self, "found_inf", None) is not None:
                dispatch_each(registry["step_back"], [counted, self.found_inf], (), [counted])  # pyright: ignore

    def run_rule(self, group: dict, lists: list, scalars: list, **changed) -> None:
        """Run the rule: ``lists`` are the parameters, their gradients and the array states (or None)."""
        spec = registry[self.rule]
        if modes.state.recorder is not None:
            modes.state.recorder.guard("the options of an optimizer", remembered(group, lambda: self.options(group)))
        flags = {**group, **self.flags(group), **changed}
        static = tuple([bool(flags[name]) for name in spec.schema.static_names])
        written = [c for c in (lists[0], *lists[2:]) if c is not None]
        operands = [*lists, *scalars, *self.current(group, lambda: self.numbers(group))]
        # what a gradient scaler leaves on an optimizer whose step unscales by itself
        scale, inf = getattr(self, "grad_scale", None), getattr(self, "found_inf", None)
        if scale is not None:
            dispatch_each(registry["unscale"], [lists[1], scale], (), [lists[1]])
        if inf is None:
            dispatch_each(spec, operands, static, written)
            return
        results = dispatch_each(spec, operands, static)
        for k, dests in enumerate(written):
            dispatch_each(registry["unless_inf"], [dests, [r[k] for r in results], inf], (), [dests])

    def options(self, group: dict) -> list:
        """The options that decide which program a step is, beside the numbers it reads."""
        values = [id(v) if isinstance(v, Tensor) else v for v in group.values() if isinstance(v, (bool, Tensor))]
        return [len(group["params"]), *self.flags(group).values(), *values]

    @staticmethod
    def current(group: dict, read) -> list:
        """``read()``, the numbers of a group; in a compiled step they are looked up at every call."""
        recorder = modes.state.recorder
        with modes.outside_recording():  # where what it reads is no guard
            found = read()
        if recorder is None:
            return found
        places = [i for i, x in enumerate(found) if not isinstance(x, Tensor)]

        def make() -> list:
            now = read()
            return [number(now[i]) for i in places]

        made = iter(recorder.provide(remembered(group, make)))
        return [x if isinstance(x, Tensor) else wrap(next(made), devices.CPU) for x in found]

    def before_rule(self, group: dict, scalars: list) -> None:
        """Update the 0-dim states that the rule reads."""

    def after_rule(self, group: dict, scalars: list) -> None:
        """Update the 0-dim states for the next step."""

    # -- refusals ----------------------------------------------------------------------------------
    def check_group(self, group: dict, params: list[Tensor]) -> None:
        """Raise PyTorch's errors for options that do not fit the parameters."""
        if group.get("fused") and getattr(self, "_need_device_dtype_check_for_fused", True):
            for p in params:
                if not p.is_floating_point():
                    raise RuntimeError(
                        "`fused=True` requires all the params to be floating point Tensors of supported "
                        f"devices: {_FUSED} but {p.dtype} and {p.device.type}"
                    )
            self._need_device_dtype_check_for_fused = False

    def check_states(self, group: dict, params: list[Tensor], states: list[dict]) -> None:
        """Raise PyTorch's errors for states that do not fit the options."""
        if group.get("capturable"):
            for p in params:
                if p.device.type not in self.capturable_devices:
                    raise AssertionError(
                        f"If capturable=True, {self.capturable_needs} must be on supported devices: "
                        f"{self.capturable_devices}."
                    )

    def __setstate__(self, state: dict) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            for name, value in self.old.items():
                group.setdefault(name, value)
            for p in group["params"]:
                own = self.state.get(p, {})
                for name in self.scalars:
                    # older versions kept Python numbers
                    if own and not isinstance(own[name], Tensor):
                        own[name] = step_full(group, p, float(own[name]))


_FIXED = (bool, int, float, str, type(None))  # what cannot become another value


def remembered(group: dict, read):
    """``read`` for every call of a compiled step: called again where a value of ``group`` is another one."""
    seen: list = []
    count, found = -1, None

    def look():
        nonlocal seen, count, found
        values = list(group.values())
        if len(values) != len(seen) or len(group["params"]) != count or not all(map(is_, values, seen)):
            found, count = read(), len(group["params"])
            fixed = all(
                isinstance(v, _FIXED) or k == "params" or (type(v) is tuple and all(isinstance(e, _FIXED) for e in v))
                for k, v in group.items()
            )
            seen = values if fixed else []
        return found

    return look


def without_grad(run, *args):
    """``run(*args)`` outside autograd."""
    state = modes.state
    previous, state.grad = state.grad, False
    try:
        return run(*args)
    finally:
        state.grad = previous


def check_positive(**options) -> None:
    """Raise PyTorch's error for options below zero: ``lr``, ``weight_decay``, ..."""
    names = {"lr": "learning rate", "eps": "epsilon value"}
    for name, value in options.items():
        if not 0.0 <= value:
            raise ValueError(f"Invalid {names.get(name, name + ' value')}: {value}")


def check_lr(lr) -> None:
    """Raise PyTorch's error for a learning rate tensor of several elements."""
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ValueError("Tensor lr must be 1-element")


def check_betas(betas) -> None:
    """Raise PyTorch's error for betas outside [0, 1)."""
    for i in (0, 1):
        if not 0.0 <= betas[i] < 1.0:
            raise ValueError(f"Invalid beta parameter at index {i}: {betas[i]}")


def check_fused(fused, foreach, differentiable) -> None:
    """Raise PyTorch's errors for options that exclude each other."""
    if fused:
        if differentiable:
            raise RuntimeError("`fused` does not support `differentiable`")
        if foreach:
            raise RuntimeError("`fused` and `foreach` cannot be `True` together.")
