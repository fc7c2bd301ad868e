"""What every schedule is made of: the base class and how options of groups are read and set."""

from __future__ import annotations

import warnings
import weakref
from contextlib import contextmanager
from functools import wraps

from ..._core import modes
from ..._core.tensor import Tensor
from ..optimizer import Optimizer

EPOCH_DEPRECATION_WARNING = (
    "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where possible. "
    "Please use `scheduler.step()` to step the scheduler. During the deprecation, if epoch is different from "
    "None, the closed form is used instead of the new chainable form, where available. Please open an issue "
    "if you are unable to replicate your use case: https://github.com/pytorch/pytorch/issues/new/choose."
)
_HOW = " See more details at https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate"
_OVERRIDDEN = (
    "Seems like `optimizer.step()` has been overridden after learning rate scheduler initialization. Please, "
    "make sure to call `optimizer.step()` before `lr_scheduler.step()`." + _HOW
)
_TOO_EARLY = (
    "Detected call of `lr_scheduler.step()` before `optimizer.step()`. In PyTorch 1.1.0 and later, you should "
    "call them in the opposite order: `optimizer.step()` before `lr_scheduler.step()`.  Failure to do this "
    "will result in PyTorch skipping the first value of the learning rate schedule." + _HOW
)
_NOT_RESUMED = (
    "param 'initial_lr' is not specified in param_groups[{}] when resuming scheduler with last_epoch >= 0.\n"
    "This typically happens when:\n1. You're trying to resume training from a checkpoint but haven't properly "
    "loaded the optimizer state\n2. You're using last_epoch >= 0 for a fresh training run (not recommended)"
)


def copied(value):
    return value.clone() if isinstance(value, Tensor) else value


def values_of(optimizer: Optimizer, key: str) -> list:
    """An option of every group; tensors are copied."""
    return [copied(group[key]) for group in optimizer.param_groups]


def set_option(group: dict, key: str, value) -> None:
    """Set an option of a group; a tensor is written in place."""
    if isinstance(group[key], Tensor):
        if isinstance(value, Tensor) and value.dim() != 0:
            value = value.squeeze()
        group[key].fill_(value)
    else:
        group[key] = value


def for_each_group(name: str, optimizer: Optimizer, value) -> list:
    """``value`` as one value a group."""
    groups = optimizer.param_groups
    if not isinstance(value, (list, tuple)):
        return [copied(value) for _ in groups]
    if len(value) != len(groups):
        raise ValueError(
            f"{name} must have the same length as optimizer.param_groups. {name} has {len(value)} values, "
            f"param_groups has {len(groups)}."
        )
    return [copied(v) for v in value]


def require_optimizer(optimizer) -> None:
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")


def _track_steps(optimizer: Optimizer) -> None:
    """Let the optimizer note that its step was called."""
    if hasattr(optimizer.step, "_wrapped_by_lr_sched"):
        return
    reference, function = weakref.ref(optimizer), optimizer.step.__func__

    @wraps(function)
    def step(*args, **kwargs):
        owner = reference()
        owner._opt_called = True
        return function(owner, *args, **kwargs)

    step._wrapped_by_lr_sched = True  # pyright: ignore[reportAttributeAccessIssue]
    optimizer.step = step


def _repeatable(step):
    """``step`` of a schedule, which a compiled step takes at every call."""

    @wraps(step)
    def run(self, *args, **kwargs):
        recorder = modes.state.recorder
        if recorder is None:
            return step(self, *args, **kwargs)
        if any(isinstance(x, Tensor) for x in (*args, *kwargs.values(), *_rates(self))):
            recorder.settle("a scheduler is given a tensor, or sets one")
            return step(self, *args, **kwargs)
        return recorder.perform(lambda: step(self, *args, **kwargs))

    run.repeatable = True  # pyright: ignore[reportAttributeAccessIssue]
    return run


def _rates(scheduler) -> list:
    return [group["lr"] for group in scheduler.optimizer.param_groups]


class LRScheduler:
    """The base class of schedules: ``step()`` sets the rate of every group to what ``get_lr()`` gives.

    Args:
        optimizer: whose ``param_groups`` are changed.
        last_epoch: the epoch a resumed run was at; -1 starts anew.
    """

    _get_lr_called_within_step = False
    _is_initial = False

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "step" in cls.__dict__ and not hasattr(cls.step, "repeatable"):
            cls.step = _repeatable(cls.step)

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1):
        require_optimizer(optimizer)
        self.optimizer = optimizer
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", copied(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(_NOT_RESUMED.format(i))
        self.base_lrs = values_of(optimizer, "initial_lr")
        self.last_epoch = last_epoch
        _track_steps(optimizer)
        self._initial_step()

    def _initial_step(self) -> None:
        self._step_count = 0
        with self._marked("_is_initial"):
            self.step()

    @contextmanager
    def _marked(self, name: str):
        setattr(self, name, True)
        try:
            yield
        finally:
            setattr(self, name, False)

    def state_dict(self) -> dict:
        """Everything but the optimizer."""
        return {key: value for key, value in self.__dict__.items() if key != "optimizer"}

    def load_state_dict(self, state_dict: dict) -> None:
        """Take over what `state_dict` gave."""
        self.__dict__.update(state_dict)

    def get_last_lr(self) -> list:
        """The rate of each group that the last step set."""
        recorder = modes.state.recorder
        if recorder is None:
            return self._last_lr
        return [
            x if isinstance(x, Tensor) else recorder.symbol("the last rate", lambda i=i: self._last_lr[i])
            for i, x in enumerate(self._last_lr)
        ]

    def get_lr(self) -> list:
        """The next rate of each group."""
        raise NotImplementedError

    def _warn_outside_step(self) -> None:
        if not self._get_lr_called_within_step:
            warnings.warn(
                "To get the last learning rate computed by the scheduler, please use `get_last_lr()`.",
                UserWarning,
                stacklevel=2,
            )

    def _present(self) -> list:
        return values_of(self.optimizer, "lr")

    def _scaled(self, factor) -> list:
        """The present rates times a factor."""
        return [group["lr"] * factor for group in self.optimizer.param_groups]

    @_repeatable
    def step(self, epoch: int | None = None) -> None:
        """Set the rates of the next epoch. ``epoch`` is deprecated."""
        if self._step_count == 1:
            if not hasattr(self.optimizer.step, "_wrapped_by_lr_sched"):
                warnings.warn(_OVERRIDDEN, UserWarning, stacklevel=2)
            elif not getattr(self.optimizer, "_opt_called", False):
                warnings.warn(_TOO_EARLY, UserWarning, stacklevel=2)
        self._step_count += 1
        if epoch is not None:
            warnings.warn(EPOCH_DEPRECATION_WARNING, UserWarning, stacklevel=2)
        self._update_lr(epoch)

    def _update_lr(self, epoch: int | None = None) -> None:
        with self._marked("_get_lr_called_within_step"):
            if epoch is None:
                self.last_epoch += 1
                values = self.get_lr()
            else:
                self.last_epoch = epoch
                values = getattr(self, "_get_closed_form_lr", self.get_lr)()
        self._take(values)

    def _take(self, values: list) -> None:
        for group, lr in zip(self.optimizer.param_groups, values, strict=True):
            set_option(group, "lr", lr)
        self._last_lr = self._present()


_LRScheduler = LRScheduler
