"""torch.nn.parallel: modules over the devices of one process."""

from .._namespace import name_as_torch
from . import data_parallel as _data_parallel
from .data_parallel import DataParallel, data_parallel

__all__ = ["data_parallel", "DataParallel"]

name_as_torch(_data_parallel)
