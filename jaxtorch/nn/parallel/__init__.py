"""torch.nn.parallel: modules over the devices of one process, and in a group of processes."""

from .._namespace import name_as_torch
from . import data_parallel as _data_parallel
from . import distributed as _distributed
from .data_parallel import DataParallel, data_parallel
from .distributed import DistributedDataParallel
from .parallel_apply import parallel_apply
from .replicate import replicate
from .scatter_gather import gather, scatter

__all__ = [
    "replicate", "scatter", "parallel_apply", "gather", "data_parallel", "DataParallel", "DistributedDataParallel",
]  # fmt: skip

name_as_torch(_data_parallel, _distributed)
