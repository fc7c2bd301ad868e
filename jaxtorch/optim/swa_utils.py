"""Averages of a model's weights: stochastic weight averaging, and exponential moving averages."""

from __future__ import annotations

import itertools
import math
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable
from copy import deepcopy

from .._core.bind import namespaces
from .._core.dtypes import int64
from .._core.exchange import tensor
from .._core.tensor import Tensor
from ..autograd.grad_mode import no_grad
from ..nn.modules.batchnorm import _BatchNorm
from ..nn.modules.module import Module
from ._schedules.base import LRScheduler, for_each_group

__all__ = [
    "AveragedModel", "update_bn", "SWALR", "get_ema_multi_avg_fn", "get_swa_multi_avg_fn", "get_ema_avg_fn",
    "get_swa_avg_fn",
]  # fmt: skip

_torch = namespaces["torch"]


def _is_inexact(t: Tensor) -> bool:
    return t.is_floating_point() or t.is_complex()


def _check_decay(decay: float) -> None:
    if decay < 0.0 or decay > 1.0:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")


def get_ema_multi_avg_fn(decay: float = 0.999) -> Callable:
    """An exponential moving average of many parameters at once, for `AveragedModel`.

    Args:
        decay: the share of the average that stays, in [0, 1].

    Returns:
        A function (averages, current parameters, count), which writes the averages.

    Raises:
        ValueError: ``decay`` is outside [0, 1].
    """
    _check_decay(decay)

    @no_grad()
    def update(averages, current, _count) -> None:
        if _is_inexact(averages[0]):
            _torch["_foreach_lerp_"](averages, current, 1 - decay)
        else:
            for average, now in zip(averages, current, strict=True):
                average.copy_(average * decay + now * (1 - decay))

    return update


def get_swa_multi_avg_fn() -> Callable:
    """The mean of all parameters so far, of many at once, for `AveragedModel`.

    Returns:
        A function (averages, current parameters, count), which writes the averages.
    """

    @no_grad()
    def update(averages, current, count) -> None:
        if _is_inexact(averages[0]):
            _torch["_foreach_lerp_"](averages, current, 1 / (int(count) + 1))
            return
        apart = _torch["_foreach_sub"](current, averages)
        if isinstance(count, Tensor):
            _torch["_foreach_addcdiv_"](averages, apart, [count + 1] * len(averages))
        else:
            _torch["_foreach_add_"](averages, apart, alpha=1.0 / (count + 1))

    return update


def get_ema_avg_fn(decay: float = 0.999) -> Callable:
    """An exponential moving average of one parameter, for `AveragedModel`.

    Args:
        decay: the share of the average that stays, in [0, 1].

    Returns:
        A function (average, current parameter, count) -> the new average.

    Raises:
        ValueError: ``decay`` is outside [0, 1].
    """
    _check_decay(decay)

    @no_grad()
    def updated(average, current, _count):
        return decay * average + (1 - decay) * current

    return updated


def get_swa_avg_fn() -> Callable:
    """The mean of all values of one parameter so far, for `AveragedModel`.

    Returns:
        A function (average, current parameter, count) -> the new average.
    """

    @no_grad()
    def updated(average, current, count):
        return average + (current - average) / (count + 1)

    return updated


class AveragedModel(Module):
    """A copy of a model whose parameters are averages of the model's.

    Args:
        model: what is averaged.
        device: where the copy is; by default where the model is.
        avg_fn: (average, current, count) -> the new average, of one parameter.
        multi_avg_fn: the same of many at once, in place; at most one of the two. By default the mean of all.
        use_buffers: whether buffers are averaged too; else they are copied.

    Raises:
        AssertionError: both ``avg_fn`` and ``multi_avg_fn`` are given.

    Example:
        >>> import jaxtorch as torch
        >>> from jaxtorch.optim.swa_utils import AveragedModel
        >>> model = torch.nn.Linear(1, 1, bias=False)
        >>> average = AveragedModel(model)
        >>> for value in (1.0, 2.0):
        ...     _ = torch.nn.init.constant_(model.weight, value)
        ...     average.update_parameters(model)
        >>> average.module.weight.item()
        1.5
    """

    n_averaged: Tensor

    def __init__(
        self, model: Module, device=None, avg_fn: Callable | None = None, multi_avg_fn: Callable | None = None,
        use_buffers: bool = False,
    ):  # fmt: skip
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", tensor(0, dtype=int64, device=device))
        self.avg_fn, self.multi_avg_fn, self.use_buffers = avg_fn, multi_avg_fn, use_buffers

    def forward(self, *args, **kwargs):
        return self.module(*args, **kwargs)

    def _averaged(self, model: Module) -> Iterable[Tensor]:
        return itertools.chain(model.parameters(), model.buffers() if self.use_buffers else ())

    def update_parameters(self, model: Module) -> None:
        """Take the model's present parameters into the averages; the first call copies them."""
        averages = [p.detach() for p in self._averaged(self.module)]
        current = [
            p.detach().to(average.device) for p, average in zip(self._averaged(model), averages, strict=False)
        ]
        if self.n_averaged == 0:
            for average, now in zip(averages, current, strict=False):
                average.copy_(now)
        else:
            self._update(averages, current)
        if not self.use_buffers:
            for held, now in zip(self.module.buffers(), model.buffers(), strict=False):
                held.detach().copy_(now.detach().to(held.device))
        self.n_averaged += 1

    def _update(self, averages: list[Tensor], current: list[Tensor]) -> None:
        groups = defaultdict(lambda: ([], []))
        for average, now in zip(averages, current, strict=False):
            of_kind = groups[average.device, average.dtype]
            of_kind[0].append(average)
            of_kind[1].append(now)
        for (device, _), (held, now) in groups.items():
            count = self.n_averaged.to(device)
            at_once = self.multi_avg_fn
            if at_once is None and self.avg_fn is None and device.type == "cuda":
                at_once = get_swa_multi_avg_fn()
            if at_once is not None:
                at_once(held, now, count)
                continue
            one = self.avg_fn or get_swa_avg_fn()
            for average, value in zip(held, now, strict=True):
                average.copy_(one(average, value, count))


@no_grad()
def update_bn(loader: Iterable, model: Module, device=None) -> None:
    """Compute the running statistics of a model's batch norms anew, over all batches.

    Args:
        loader: tensors, or lists and tuples whose first item is one.
        model: called on each; its layers are in training mode meanwhile.
        device: where the batches are put first, if given.
    """
    momenta = {}
    for module in model.modules():
        if isinstance(module, _BatchNorm):
            module.reset_running_stats()
            momenta[module] = module.momentum
    if not momenta:
        return
    was_training = model.training
    model.train()
    for module in momenta:
        module.momentum = None
    for batch in loader:
        x = batch[0] if isinstance(batch, (list, tuple)) else batch
        model(x if device is None else x.to(device))
    for module, momentum in momenta.items():
        module.momentum = momentum
    model.train(was_training)


class SWALR(LRScheduler):
    """The rate goes from where it is to ``swa_lr``, and stays.

    Args:
        optimizer: whose rates are set.
        swa_lr: the last rate, or one a group.
        anneal_epochs: how many steps it takes.
        anneal_strategy: "cos" or "linear".
        last_epoch: the epoch a resumed run was at.

    Raises:
        ValueError: an option is none of these.
    """

    def __init__(
        self, optimizer, swa_lr: float, anneal_epochs: int = 10, anneal_strategy: str = "cos", last_epoch: int = -1
    ):
        for rate, group in zip(for_each_group("swa_lr", optimizer, swa_lr), optimizer.param_groups, strict=True):
            group["swa_lr"] = rate
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        self._strategy = anneal_strategy
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def anneal_func(self, t: float) -> float:
        """How far the rate has come when ``t`` of the steps are done."""
        return t if self._strategy == "linear" else (1 - math.cos(math.pi * t)) / 2

    def get_lr(self) -> list:
        """The rate of each group in this step."""
        if not self._get_lr_called_within_step:
            warnings.warn(
                "To get the last learning rate computed by the scheduler, please use `get_last_lr()`.", UserWarning,
                stacklevel=2,
            )  # fmt: skip
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)

        def way(step: int) -> float:
            return self.anneal_func(max(0, min(1, step / max(1, self.anneal_epochs))))

        before, now = way(step - 1), way(step)
        rates = []
        for group in self.optimizer.param_groups:
            last = group["swa_lr"]
            first = last if before == 1 else (group["lr"] - before * last) / (1 - before)
            rates.append(last * now + first * (1 - now))
        return rates
