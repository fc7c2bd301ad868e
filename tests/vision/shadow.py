"""The sources of `jaxtorch.vision` over real PyTorch: the same programs, executed by the reference.

A package of another name stands for jaxtorch: its `nn`, `Tensor` and so on are PyTorch's, its `vision` is our folder.
"""

from __future__ import annotations

import importlib
import sys
import types
from pathlib import Path

import torch
import torch.hub
import torch.utils.checkpoint
import torch.utils.data

import jaxtorch.vision

NAME = "vision_over_pytorch"


def _module(name: str, **values) -> types.ModuleType:
    module = sys.modules[name] = types.ModuleType(name)
    module.__dict__.update(values, __path__=[])
    return module


def import_shadow(name: str) -> types.ModuleType:
    """The module ``jaxtorch.<name>`` executed with PyTorch in jaxtorch's place."""
    if NAME not in sys.modules:
        _module(NAME, nn=torch.nn, hub=torch.hub, serialization=torch.serialization)
        _module(f"{NAME}._core", tensor=_module(f"{NAME}._core.tensor", Tensor=torch.Tensor))
        _module(f"{NAME}._core.exchange", from_numpy=torch.from_numpy, tensor=torch.tensor, as_tensor=torch.as_tensor)
        dtypes = {k: v for k, v in vars(torch).items() if isinstance(v, torch.dtype)}
        _module(f"{NAME}._core.dtypes", iinfo=torch.iinfo, bool_=torch.bool, **dtypes)
        _module(f"{NAME}.nn", __getattr__=torch.nn.__getattribute__, functional=torch.nn.functional)
        _module(f"{NAME}.nn._namespace", torch=torch)
        sys.modules[f"{NAME}.nn.functional"] = torch.nn.functional
        _module(f"{NAME}.utils")
        sys.modules[f"{NAME}.utils.checkpoint"] = torch.utils.checkpoint
        sys.modules[f"{NAME}.utils.data"] = torch.utils.data
        folder = str(Path(jaxtorch.vision.__file__).parent)
        spec = importlib.util.spec_from_file_location(
            f"{NAME}.vision", f"{folder}/__init__.py", submodule_search_locations=[folder]
        )
        module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return importlib.import_module(f"{NAME}.{name}")
