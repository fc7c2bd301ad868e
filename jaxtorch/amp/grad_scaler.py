"""Gradient scaling: losses are scaled up so that small gradients survive in float16."""

from __future__ import annotations

import inspect
import warnings
from collections import abc, defaultdict
from enum import Enum
from typing import Any, cast

import jax.numpy as jnp
from jax import lax

from .. import cuda
from .._core import dtypes, modes
from .._core.bind import namespaces
from .._core.each import dispatch_each
from .._core.spec import op, registry
from .._core.tensor import Tensor

__all__ = ["OptState", "GradScaler"]

_full = namespaces["torch"]["full"]


class OptState(Enum):
    """How far an optimizer's step has come."""

    READY = 0
    UNSCALED = 1
    STEPPED = 2


def _refresh_per_optimizer_state() -> dict[str, Any]:
    return {"stage": OptState.READY, "found_inf_per_device": {}}


@op("unscale_gradient(Tensor grad, Tensor inv_scale, Tensor found_inf) -> (grad, found_inf)", forms="")
def unscale_gradient(grad, inv_scale, found_inf):
    wide = grad.astype(jnp.float32) if grad.dtype.itemsize < 4 else grad
    unscaled = jnp.where(inv_scale == 1, wide, wide * inv_scale.astype(wide.dtype))
    one = jnp.ones((), found_inf.dtype)
    return unscaled.astype(grad.dtype), jnp.where(jnp.all(jnp.isfinite(wide)), found_inf, one)


@op("next_scale(Tensor scale, Tensor growth_tracker, Tensor found_inf, Scalar growth_factor, Scalar backoff_factor,"
    " Scalar growth_interval) -> (scale, growth_tracker)", forms="")  # fmt: skip
def next_scale(scale, growth_tracker, found_inf, growth_factor, backoff_factor, growth_interval):
    found = found_inf != 0
    steps = growth_tracker + 1
    grows = steps == growth_interval
    grown = (scale * growth_factor).astype(scale.dtype)
    kept = jnp.where(grows & lax.is_finite(grown), grown, scale)
    steps = jnp.where(found | grows, jnp.zeros_like(steps), steps)
    return jnp.where(found, (scale * backoff_factor).astype(scale.dtype), kept), steps


class GradScaler:
    """Scales a loss, and takes the scale out of the gradients before the optimizer sees them.

    A step whose gradients have an inf or a NaN is skipped, and the scale made smaller; after many steps
    without one it is made larger.

    Args:
        device: the kind of device the scale is on, ``"cuda"`` or ``"cpu"``.
        init_scale: the first scale.
        growth_factor: what the scale is multiplied with after ``growth_interval`` good steps.
        backoff_factor: what it is multiplied with after a skipped step.
        growth_interval: how many good steps in a row make it grow.
        enabled: False makes every method do nothing but step the optimizer.

    Raises:
        AssertionError: a ``growth_factor`` of 1 or less, or a ``backoff_factor`` of 1 or more.

    Differs from PyTorch:
        inside ``torch.compile`` no value is read: the optimizer's step is part of the program, and writes
        only where the gradients are finite. Its hooks run in any case.

    Example:
        >>> import jaxtorch as torch
        >>> w = torch.tensor([1.0], requires_grad=True)
        >>> optimizer = torch.optim.SGD([w], lr=0.5)
        >>> scaler = torch.amp.GradScaler("cpu", init_scale=4.0)
        >>> scaler.scale(w.sum()).backward()
        >>> w.grad
        tensor([4.])
        >>> scaler.step(optimizer)
        >>> scaler.update()
        >>> w
        tensor([0.5000], requires_grad=True)
    """

    def __init__(self, device: str = "cuda", init_scale: float = 2.0**16, growth_factor: float = 2.0,
                 backoff_factor: float = 0.5, growth_interval: int = 2000, enabled: bool = True):  # fmt: skip
        self._device = device
        self._enabled = enabled
        if device == "cuda" and enabled and not cuda.is_available():
            warnings.warn(
                "torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  Disabling.", stacklevel=2
            )
            self._enabled = False
        if not self._enabled:
            return
        if growth_factor <= 1.0:
            raise AssertionError("The growth factor must be > 1.0.")
        if backoff_factor >= 1.0:
            raise AssertionError("The backoff factor must be < 1.0.")
        self._init_scale, self._init_growth_tracker = init_scale, 0
        self._scale: Tensor | None = None  # made by the first call of scale()
        self._growth_tracker: Tensor | None = None
        self._growth_factor, self._backoff_factor = growth_factor, backoff_factor
        self._growth_interval = growth_interval
        self._per_optimizer_states = defaultdict(_refresh_per_optimizer_state)

    # -- scaling ---------------------------------------------------------------------------------
    def _check_scale_growth_tracker(self, funcname: str) -> tuple[Tensor, Tensor]:
        for name in ("_scale", "_growth_tracker"):
            if getattr(self, name) is None:
                raise AssertionError(
                    f"Attempted {funcname} but {name} is None.  This may indicate your script did not use "
                    "scaler.scale(loss or outputs) earlier in the iteration."
                )
        return self._scale, self._growth_tracker  # pyright: ignore[reportReturnType]

    def _lazy_init_scale_growth_tracker(self, dev) -> None:
        if self._growth_tracker is not None:
            raise AssertionError("_growth_tracker initialized before _scale")
        with modes.outside_recording():  # a compiled step finds them
            self._scale = _full((), self._init_scale, dtype=dtypes.float32, device=dev)
            self._growth_tracker = _full((), self._init_growth_tracker, dtype=dtypes.int32, device=dev)
        if modes.state.recorder is not None:
            modes.state.recorder.undo.append(self._forget)

    def _forget(self) -> None:
        self._scale = self._growth_tracker = None

    def _scale_on(self, dev) -> Tensor:
        if self._scale is None:
            self._lazy_init_scale_growth_tracker(dev)
        return self._scale.to(device=dev)  # pyright: ignore[reportOptionalMemberAccess]

    def scale(self, outputs):
        """Multiply with the scale.

        Args:
            outputs: a tensor, or an iterable of tensors (nested at will).

        Returns:
            The same structure of fresh tensors; of other iterables than lists and tuples, a map.
        """
        if not self._enabled:
            return outputs
        if isinstance(outputs, Tensor):
            return outputs * self._scale_on(outputs.device)
        if isinstance(outputs, abc.Iterable):
            scaled = map(self.scale, outputs)
            return type(outputs)(scaled) if isinstance(outputs, (list, tuple)) else scaled
        raise ValueError("outputs must be a Tensor or an iterable of Tensors")

    # -- unscaling -------------------------------------------------------------------------------
    def _unscale_grads_(self, optimizer, inv_scale: Tensor, found_inf: Tensor, allow_fp16: bool) -> dict:
        """Multiply an optimizer's gradients with ``inv_scale``; for each device, 1 where one is not finite."""
        grads: dict = defaultdict(list)
        for group in optimizer.param_groups:
            for param in group["params"]:
                if not isinstance(param, Tensor):
                    raise AssertionError(f"expected param to be torch.Tensor, got {type(param).__name__}")
                grad = param.grad
                if grad is None:
                    continue
                if not allow_fp16 and grad.dtype is dtypes.float16:
                    raise ValueError("Attempting to unscale FP16 gradients.")
                grads[grad.device, grad.dtype].append(grad)
        found: dict = {}
        with modes.untaped():
            for (device, _), those in grads.items():
                flag = found.get(device)
                if flag is None:
                    flag = found[device] = found_inf.to(device=device, copy=True)
                flags = [flag] * len(those)
                dispatch_each(
                    registry["unscale_gradient"], [those, inv_scale.to(device=device), flags], (), [those, flags]
                )
        return found

    def unscale_(self, optimizer) -> None:
        """Take the scale out of an optimizer's gradients now, to clip or look at them before `step`.

        Raises:
            RuntimeError: it was done already, or `step` was, since the last `update`.
            ValueError: a gradient is float16.
        """
        if not self._enabled:
            return
        scale, _ = self._check_scale_growth_tracker("unscale_")
        state = self._per_optimizer_states[id(optimizer)]
        if state["stage"] is OptState.UNSCALED:
            raise RuntimeError("unscale_() has already been called on this optimizer since the last update().")
        if state["stage"] is OptState.STEPPED:
            raise RuntimeError("unscale_() is being called after step().")
        inv_scale = scale.double().reciprocal().float()
        found_inf = _full((), 0.0, dtype=dtypes.float32, device=scale.device)
        state["found_inf_per_device"] = self._unscale_grads_(optimizer, inv_scale, found_inf, False)
        state["stage"] = OptState.UNSCALED

    def _check_inf_per_device(self, optimizer) -> dict:
        scale, _ = self._check_scale_growth_tracker("_check_inf_per_device")
        one, zero = (_full((), v, dtype=dtypes.float32, device=scale.device) for v in (1.0, 0.0))
        state = self._per_optimizer_states[id(optimizer)]
        state["found_inf_per_device"] = self._unscale_grads_(optimizer, one, zero, True)
        return state["found_inf_per_device"]

    def _found_inf_per_device(self, optimizer) -> dict:
        return self._per_optimizer_states[id(optimizer)]["found_inf_per_device"]

    # -- stepping --------------------------------------------------------------------------------
    def _maybe_opt_step(self, optimizer, optimizer_state: dict, *args, **kwargs):
        """Step the optimizer if all gradients are finite."""
        found, recorder = list(optimizer_state["found_inf_per_device"].values()), modes.state.recorder
        if recorder is not None:
            state = {p: dict(own) for p, own in optimizer.state.items()}
            groups = [dict(group) for group in optimizer.param_groups]
            finite = sum(t.to(found[0].device) for t in found) == 0
            result, failed = recorder.only_where(finite, lambda: optimizer.step(*args, **kwargs))
            if failed is None:
                return result
            made_state = not state and bool(optimizer.state)  # which the next step will find
            recorder.end(f"{failed} in the step of an optimizer that may be skipped", made_state, often=True)
            optimizer.state.clear()
            optimizer.state.update(state)
            for group, before in zip(optimizer.param_groups, groups, strict=True):
                group.update(before)
        if not sum(t.item() for t in found):
            return optimizer.step(*args, **kwargs)
        return None

    def step(self, optimizer, *args, **kwargs):
        """Take the scale out of an optimizer's gradients, unless `unscale_` has, and step it if they are finite.

        Args:
            args, kwargs: go to ``optimizer.step``; a closure is refused.

        Returns:
            What ``optimizer.step`` returns; None where it is skipped.

        Raises:
            RuntimeError: a closure, or a second step since the last `update`.
            AssertionError: no parameter has a gradient, or nothing was scaled.
        """
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        if "closure" in kwargs:
            raise RuntimeError("Closure use is not currently supported if GradScaler is enabled.")
        self._check_scale_growth_tracker("step")
        state = self._per_optimizer_states[id(optimizer)]
        if state["stage"] is OptState.STEPPED:
            raise RuntimeError("step() has already been called since the last update().")
        if getattr(optimizer, "_step_supports_amp_scaling", False):
            result = self._step_of_its_own(optimizer, state, args, kwargs)
        else:
            if state["stage"] is OptState.READY:
                self.unscale_(optimizer)
            if not state["found_inf_per_device"]:
                raise AssertionError("No inf checks were recorded for this optimizer.")
            result = self._maybe_opt_step(optimizer, state, *args, **kwargs)
        state["stage"] = OptState.STEPPED
        return result

    def _step_of_its_own(self, optimizer, state: dict, args, kwargs):
        """Step an optimizer that unscales and skips by itself, told by its attributes or an argument."""
        if "grad_scaler" in inspect.signature(optimizer.step).parameters:
            warnings.warn(
                "GradScaler is going to stop passing itself as a keyword argument to the passed optimizer. In the "
                "near future GradScaler registers `grad_scale: Tensor` and `found_inf: Tensor` to the passed "
                "optimizer and let the optimizer use them directly.",
                FutureWarning,
                stacklevel=3,
            )
            return optimizer.step(*args, **kwargs, grad_scaler=self)
        if state["stage"] is OptState.READY:
            self._check_inf_per_device(optimizer)
        scale, _ = self._check_scale_growth_tracker("step")
        if state["stage"] is not OptState.UNSCALED:
            optimizer.grad_scale = scale * getattr(optimizer, "grad_scale", 1)
        elif not hasattr(optimizer, "grad_scale"):
            optimizer.grad_scale = None
        optimizer.found_inf = sum(t.to(scale.device) for t in state["found_inf_per_device"].values())
        result = optimizer.step(*args, **kwargs)
        del optimizer.grad_scale, optimizer.found_inf
        return result

    def update(self, new_scale: float | Tensor | None = None) -> None:
        """Make the scale larger or smaller, as the steps since the last update say.

        Args:
            new_scale: the scale to go on with instead: a float, or a tensor of one element.
        """
        if not self._enabled:
            return
        scale, growth_tracker = self._check_scale_growth_tracker("update")
        if new_scale is None:
            self._adapt(scale, growth_tracker)
        elif isinstance(new_scale, float):
            scale.fill_(new_scale)
        else:
            new_scale = cast(Tensor, new_scale)
            if new_scale.device.type != self._device or new_scale.numel() != 1 or new_scale.requires_grad:
                raise AssertionError(
                    "new_scale should be a float or a 1-element torch.cuda.FloatTensor or torch.FloatTensor with "
                    "requires_grad=False."
                )
            scale.copy_(new_scale)
        self._per_optimizer_states = defaultdict(_refresh_per_optimizer_state)

    def _adapt(self, scale: Tensor, growth_tracker: Tensor) -> None:
        states = self._per_optimizer_states.values()
        found = [t.to(device=scale.device) for s in states for t in s["found_inf_per_device"].values()]
        if not found:
            raise AssertionError("No inf checks were recorded prior to update.")
        if modes.state.recorder is not None:
            modes.state.recorder.guard("the settings of a GradScaler", self._settings)
        dispatch_each(
            registry["next_scale"], [[scale], [growth_tracker], sum(found[1:], found[0]), *self._settings()], (),
            [[scale], [growth_tracker]],
        )  # fmt: skip

    def _settings(self) -> tuple:
        return self._growth_factor, self._backoff_factor, self._growth_interval

    # -- questions and settings ------------------------------------------------------------------
    def _get_scale_async(self) -> Tensor | None:
        return self._scale

    def get_scale(self) -> float:
        """The scale; 1.0 where scaling is off."""
        if not self._enabled:
            return 1.0
        return self._init_scale if self._scale is None else self._scale.item()

    def get_growth_factor(self) -> float:
        """What the scale is multiplied with to grow."""
        return self._growth_factor

    def set_growth_factor(self, new_factor: float) -> None:
        """Set what the scale is multiplied with to grow."""
        self._growth_factor = new_factor

    def get_backoff_factor(self) -> float:
        """What the scale is multiplied with after a skipped step."""
        return self._backoff_factor

    def set_backoff_factor(self, new_factor: float) -> None:
        """Set what the scale is multiplied with after a skipped step."""
        self._backoff_factor = new_factor

    def get_growth_interval(self) -> int:
        """How many good steps in a row make the scale grow."""
        return self._growth_interval

    def set_growth_interval(self, new_interval: int) -> None:
        """Set how many good steps in a row make the scale grow."""
        self._growth_interval = new_interval

    def _get_growth_tracker(self) -> int:
        if not self._enabled:
            return 0
        return self._init_growth_tracker if self._growth_tracker is None else self._growth_tracker.item()

    def is_enabled(self) -> bool:
        """Whether scaling is on."""
        return self._enabled

    # -- state -----------------------------------------------------------------------------------
    def state_dict(self) -> dict[str, Any]:
        """The scale, the count of good steps and the settings as Python numbers; empty where scaling is off."""
        if not self._enabled:
            return {}
        return {
            "scale": self.get_scale(),
            "growth_factor": self._growth_factor,
            "backoff_factor": self._backoff_factor,
            "growth_interval": self._growth_interval,
            "_growth_tracker": self._get_growth_tracker(),
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` gave.

        Raises:
            RuntimeError: it is empty.
        """
        if not self._enabled:
            return
        if not state_dict:
            raise RuntimeError(
                "The source state dict is empty, possibly because it was saved from a disabled instance of GradScaler."
            )
        self._init_scale, self._init_growth_tracker = state_dict["scale"], state_dict["_growth_tracker"]
        if self._scale is not None:
            self._scale.fill_(self._init_scale)
        if self._growth_tracker is not None:
            self._growth_tracker.fill_(self._init_growth_tracker)
        self._growth_factor, self._backoff_factor = state_dict["growth_factor"], state_dict["backoff_factor"]
        self._growth_interval = state_dict["growth_interval"]

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        if self._enabled:
            if self._per_optimizer_states:
                raise AssertionError(
                    "A GradScaler instance may only be pickled at the beginning of an iteration, or at the end "
                    "after scaler.update()."
                )
            state["_init_scale"], state["_init_growth_tracker"] = self.get_scale(), self._get_growth_tracker()
            state["_scale"] = state["_growth_tracker"] = None
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
