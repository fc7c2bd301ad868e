"""An optimizer at work on other parameters and state than its own."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from typing import Any

from .._core.tensor import Tensor
from .optimizer import Optimizer

_NAME = "swap_in_optimizer_params_and_state"


def _checked_state(state) -> dict:
    if not isinstance(state, dict):
        raise RuntimeError(
            f"{_NAME} requires swapin_optim_state['state'] to be a dict mapping packed parameter ids to per-param "
            f"state dicts, got {type(state).__name__}."
        )
    if any(isinstance(key, Tensor) for key in state):
        raise RuntimeError(
            f"{_NAME} requires optimizer.state_dict()-style state keyed by packed parameter ids."
        )
    if any(isinstance(key, int) and not isinstance(entry, dict) for key, entry in state.items()):
        raise RuntimeError(f"{_NAME} requires per-parameter optimizer state entries to be dictionaries.")
    return state


def _checked_ids(number: int, group: dict, given) -> list[int]:
    """The numbers of the parameters of a group that is to stand for ``group``."""
    if not isinstance(given, dict):
        raise RuntimeError(f"{_NAME} requires each optimizer param group to be a dictionary.")
    ids = given.get("params")
    if not isinstance(ids, list) or not all(isinstance(i, int) for i in ids):
        raise RuntimeError(
            f"{_NAME} requires optimizer.state_dict()-style param_groups[*]['params'] entries keyed by packed "
            "parameter ids."
        )
    if len(ids) != len(group["params"]):
        raise RuntimeError(
            f"swapin_optim_state param group {number} has a different number of params than the live optimizer param "
            "group."
        )
    only_given, only_here = [k for k in given if k not in group], [k for k in group if k not in given]
    if only_given or only_here:
        raise RuntimeError(
            f"{_NAME} requires optimizer.state_dict()-style param group keys to exactly match the live optimizer group "
            f"keys for group {number}. Keys only in swap-in: {only_given}. Keys only in live: {only_here}."
        )
    return ids


def _prepared(optimizer: Optimizer, parameters: dict[str, Tensor], given) -> tuple[dict, list]:
    """(the state by number, for each group what stands for it and its parameters)."""
    if not optimizer.state:
        raise RuntimeError(f"{_NAME} requires initialized optimizer state.")
    if not isinstance(given, dict):
        raise RuntimeError(f"{_NAME} requires a DCP-style optimizer state_dict.")
    state, groups = _checked_state(given.get("state")), given.get("param_groups")
    if not isinstance(groups, list):
        raise RuntimeError(
            f"{_NAME} requires swapin_optim_state['param_groups'] to be a list of param-group dicts, got "
            f"{type(groups).__name__}."
        )
    if len(groups) != len(optimizer.param_groups):
        raise RuntimeError("swapin_optim_state has a different number of parameter groups than the live optimizer.")
    rest, known, found = list(parameters.values()), set(), []
    for number, (group, other) in enumerate(zip(optimizer.param_groups, groups, strict=True)):
        ids = _checked_ids(number, group, other)
        known.update(ids)
        if len(ids) > len(rest):
            raise RuntimeError(
                f"{_NAME} requires the explicit parameter state to match optimizer.param_groups ordering."
            )
        found.append((other, rest[: len(ids)]))
        rest = rest[len(ids) :]
    extra = [key for key in state if key not in known]
    if extra:
        raise RuntimeError(
            f"{_NAME} requires swapin_optim_state['state'] to be keyed only by packed parameter ids from "
            f"param_groups[*]['params']; got extra keys {extra!r}."
        )
    return state, found


@contextlib.contextmanager
def swap_in_optimizer_params_and_state(optimizer: Optimizer, swapin_parameters: dict[str, Tensor],
                                       swapin_optim_state: dict[str, Any]):  # fmt: skip
    """A context in which an optimizer has other parameters and state.

    Args:
        optimizer: its own state must be there: after a first step.
        swapin_parameters: name -> tensor, in the order of the optimizer's parameters.
        swapin_optim_state: as `Optimizer.state_dict` gives it. Tensors in it are written in place; what a step would
            put into it anew is not.

    Raises:
        RuntimeError: they do not fit the optimizer.

    Example:
        >>> import jaxtorch as torch
        >>> own, other = torch.ones(1, requires_grad=True), torch.zeros(1, requires_grad=True)
        >>> optimizer = torch.optim.SGD([own], lr=1.0, momentum=0.5)
        >>> own.grad, other.grad = torch.zeros(1), torch.ones(1)
        >>> optimizer.step()
        >>> with torch.optim.swap_in_optimizer_params_and_state(optimizer, {"w": other}, optimizer.state_dict()):
        ...     optimizer.step()
        >>> own.item(), other.item()
        (1.0, -1.0)
    """
    state, replacements = _prepared(optimizer, swapin_parameters, swapin_optim_state)
    own_state, own_groups = optimizer.state, [dict(group) for group in optimizer.param_groups]
    try:
        optimizer.state = defaultdict(dict)
        for group, (other, parameters) in zip(optimizer.param_groups, replacements, strict=True):
            group.update({**other, "params": parameters})
            for parameter, number in zip(parameters, other["params"], strict=True):
                optimizer.state[parameter] = dict(state.get(number, {}))
        yield
    finally:
        for group, own in zip(optimizer.param_groups, own_groups, strict=True):
            group.clear()
            group.update(own)
        optimizer.state = own_state
