"""torch.nn.parallel.DistributedDataParallel, in a group of one process."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Sequence
from typing import Any

from ..._core.devices import device, numbered
from ...distributed import ProcessGroup
from ...distributed._groups import default_group
from ..modules.batchnorm import SyncBatchNorm
from ..modules.module import Module
from ..parameter import UninitializedParameter
from .scatter_gather import moved

__all__ = ["DistributedDataParallel"]

_MB = 1024 * 1024
_FIRST_CAP = 25


def _mb_to_bytes(cap: float | None) -> int:
    return int((_FIRST_CAP if cap is None else cap) * _MB)


class DistributedDataParallel(Module):
    """A module whose gradients are averaged over the processes of a group: of one, the module itself.

    Args:
        module: what is called; its parameters are named ``module.*``.
        device_ids: for a module on one GPU, that GPU, to which inputs go; None for others.
        output_device: told again; by default the first of ``device_ids``.
        process_group: by default the default one.
        broadcast_buffers, forward_sync_buffers, init_sync, bucket_cap_mb, bucket_cap_mb_list,
            find_unused_parameters, check_reduction, gradient_as_bucket_view, static_graph, batched_grad_copy,
            skip_all_reduce_unused_params, delay_all_reduce_named_params, param_to_hook_all_reduce: how values are
            exchanged between processes. One process exchanges none: they are checked and told again.

    Raises:
        ValueError: there is no group, or ``device_ids`` for a module on the CPU.
        RuntimeError: no parameter requires a gradient.
        NotImplementedError: ``mixed_precision`` or ``device_mesh``.

    Differs from PyTorch: a parameter that the loss does not depend on is no error.

    Example:
        >>> import jaxtorch as torch
        >>> torch.distributed.init_process_group("gloo", init_method="tcp://localhost:1", rank=0, world_size=1)
        >>> model = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(3, 2))
        >>> list(model.state_dict())
        ['module.weight', 'module.bias']
        >>> torch.distributed.destroy_process_group()
    """

    module: Module

    def __init__(
        self,
        module: Module,
        device_ids: Sequence[int | device] | None = None,
        output_device: int | device | None = None,
        dim: int = 0,
        broadcast_buffers: bool | None = None,
        init_sync: bool = True,
        process_group: ProcessGroup | None = None,
        bucket_cap_mb: float | None = None,
        find_unused_parameters: bool = False,
        check_reduction: bool = False,
        gradient_as_bucket_view: bool = False,
        static_graph: bool = False,
        delay_all_reduce_named_params=None,
        param_to_hook_all_reduce=None,
        mixed_precision=None,
        device_mesh=None,
        skip_all_reduce_unused_params: bool = False,
        bucket_cap_mb_list: list[int] | None = None,
        batched_grad_copy: bool = False,
        forward_sync_buffers: bool | None = None,
    ) -> None:
        super().__init__()
        if (delay_all_reduce_named_params is None) != (param_to_hook_all_reduce is None):
            raise ValueError(
                "delay_all_reduce_named_params and param_to_hook_all_reduce need to be set at the same time."
            )
        for name, value in (("device_mesh", device_mesh), ("mixed_precision", mixed_precision)):
            if value is not None:
                raise NotImplementedError(f"DistributedDataParallel({name}=...)")
        self.process_group = default_group() if process_group is None else process_group
        delayed = delay_all_reduce_named_params or ()
        self._delay_all_reduce_params = [p for _, p in delayed]
        self.parameters_to_ignore = set(getattr(module, "_ddp_params_and_buffers_to_ignore", ()))
        self.parameters_to_ignore.update(name for name, _ in delayed)
        self._module_parameters = [p for n, p in module.named_parameters() if n not in self.parameters_to_ignore]
        if not any(p.requires_grad for p in self._module_parameters) and not delayed:
            raise RuntimeError(
                "DistributedDataParallel is not needed when a module doesn't have any parameter that requires a "
                "gradient."
            )
        self._place(device_ids, output_device)
        self.static_graph = False
        self.dim = dim
        self.module = module
        self.device = self._module_parameters[0].device
        self.forward_sync_buffers = _syncs_buffers(broadcast_buffers, forward_sync_buffers)
        self.find_unused_parameters = find_unused_parameters
        self.require_backward_grad_sync = True
        self.require_forward_param_sync = True
        self.gradient_as_bucket_view = gradient_as_bucket_view
        self.batched_grad_copy = batched_grad_copy
        self.skip_all_reduce_unused_params = skip_all_reduce_unused_params
        self.mixed_precision = None
        if check_reduction:
            warnings.warn(
                "The `check_reduction` argument in `DistributedDataParallel` module is deprecated. Please avoid "
                "using it.",
                FutureWarning,
                stacklevel=2,
            )
        if any(isinstance(p, UninitializedParameter) for p in self._module_parameters):
            raise RuntimeError(
                "Modules with uninitialized parameters can't be used with `DistributedDataParallel`. Run a dummy "
                "forward pass to correctly initialize the modules"
            )
        if self.device_type != "cuda" and any(isinstance(m, SyncBatchNorm) for m in module.modules()):
            raise ValueError("SyncBatchNorm layers only work with GPU modules")
        self.broadcast_bucket_size = 250 * _MB
        self.bucket_bytes_cap = _mb_to_bytes(max(bucket_cap_mb_list) if bucket_cap_mb_list else bucket_cap_mb)
        self.bucket_bytes_cap_list = [_mb_to_bytes(cap) for cap in bucket_cap_mb_list or ()]
        if static_graph:
            self._set_static_graph()

    def _place(self, device_ids, output_device) -> None:
        """Check and keep the devices of the module and of what goes in."""
        if device_ids is not None and len(device_ids) > 1:
            raise ValueError("device_ids can only be None or contain a single element.")
        there = {p.device for p in self._module_parameters}
        kinds = {d.type for d in there}
        self.is_multi_device_module = len(there) > 1
        if len(kinds) != 1:
            raise ValueError(
                "DistributedDataParallel's input module must be on the same type of devices, but input module "
                f"parameters locate in {kinds}."
            )
        self.device_type = kinds.pop()
        if device_ids is None or not len(device_ids) or self.device_type == "cpu" or self.is_multi_device_module:
            if device_ids or output_device:
                raise ValueError(
                    "DistributedDataParallel device_ids and output_device arguments only work with "
                    "single-device/multiple-device GPU modules or CPU modules, but got device_ids "
                    f"{device_ids}, output_device {output_device}, and module parameters {there}."
                )
            self.device_ids = self.output_device = None
        else:
            self.device_ids = [_index(d) for d in device_ids]
            self.output_device = _index(device_ids[0] if output_device is None else output_device)

    @property
    def broadcast_buffers(self) -> bool:
        """The old name of ``forward_sync_buffers``."""
        return self.forward_sync_buffers

    @broadcast_buffers.setter
    def broadcast_buffers(self, value: bool) -> None:
        self.forward_sync_buffers = value

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """The module's results, of inputs moved to its GPU where ``device_ids`` names one."""
        if self.device_ids:
            to = numbered(self.device_ids[0])
            return self.module(*moved(inputs, to), **moved(kwargs, to))
        return self.module(*inputs, **kwargs)

    @contextlib.contextmanager
    def no_sync(self):
        """Leave gradients as this process has them: of one process they are so in any case."""
        before, self.require_backward_grad_sync = self.require_backward_grad_sync, False
        try:
            yield
        finally:
            self.require_backward_grad_sync = before

    @contextlib.contextmanager
    def join(self, divide_by_initial_world_size: bool = True, enable: bool = True,
             throw_on_early_termination: bool = False):  # fmt: skip
        """Go on though processes have batches of different numbers."""
        yield

    def register_comm_hook(self, state: object, hook) -> None:
        """Not supported: gradients are not exchanged.

        Raises:
            NotImplementedError: always.
        """
        if not callable(hook):
            raise TypeError("Communication hook must be callable.")
        raise NotImplementedError("DistributedDataParallel.register_comm_hook: gradients stay in their tensors")

    def _set_static_graph(self) -> None:
        if self.static_graph:
            warnings.warn("You've set static_graph to be True, no need to set it again.", stacklevel=2)
            return
        self.static_graph = True
        if self.find_unused_parameters:
            warnings.warn(
                "You passed find_unused_parameters=true to DistributedDataParallel, `_set_static_graph` will detect "
                "unused parameters automatically, so you do not need to set find_unused_parameters=true, just be "
                "sure these unused parameters will not change during training loop while calling "
                "`_set_static_graph`.",
                stacklevel=2,
            )

    @staticmethod
    def _set_params_and_buffers_to_ignore_for_model(module: Module, params_and_buffers_to_ignore) -> None:
        module._ddp_params_and_buffers_to_ignore = params_and_buffers_to_ignore

    def __getstate__(self):
        if self.process_group is not default_group():
            raise RuntimeError(
                "DDP Pickling/Unpickling are only supported when using DDP with the default process group. That is, "
                "when you have called init_process_group and have not passed process_group argument to DDP constructor"
            )
        state = super().__getstate__()
        del state["process_group"]
        return state

    def __setstate__(self, state) -> None:
        self.process_group = default_group()
        super().__setstate__(state)


def _index(d) -> int:
    """The number of a GPU."""
    return d if isinstance(d, int) else device(d).index or 0


def _syncs_buffers(old: bool | None, new: bool | None) -> bool:
    """What ``broadcast_buffers`` and ``forward_sync_buffers`` come to."""
    if old is not None:
        text = (
            "Both `broadcast_buffers` and `forward_sync_buffers` were specified. `broadcast_buffers` is deprecated "
            "and its value is ignored when `forward_sync_buffers` is provided."
        ) if new is not None else (
            "`broadcast_buffers` is deprecated. Use `forward_sync_buffers` instead. IMPORTANT: unlike "
            "`broadcast_buffers=False`, `forward_sync_buffers=False` still syncs buffers at init. If you rely on "
            "buffers NOT being synced at init (e.g. rank-local buffers), keep using `broadcast_buffers=False` until "
            "`init_sync_buffers` is available."
        )  # fmt: skip
        warnings.warn(text, FutureWarning, stacklevel=3)
    return new if new is not None else True if old is None else old
