"""The public names of PyTorch, read from PyTorch itself: what `jaxtorch coverage` counts against.

A name is public if its module's ``__all__`` has it; of a module without one, if it has no underscore and
what it names is the module's own or a plain value: no module, nothing imported from elsewhere.
"""

from __future__ import annotations

import importlib
import inspect
import typing
import warnings

from jaxtorch._compat.coverage import DATA as PATH
from jaxtorch._compat.coverage import public_names

SPACES = """
torch torch.Tensor torch.accelerator torch.accelerator.memory torch.amp torch.ao.nn.intrinsic torch.ao.nn.intrinsic.qat
torch.ao.nn.intrinsic.quantized torch.ao.nn.qat torch.ao.nn.qat.dynamic torch.ao.nn.quantizable torch.ao.nn.quantized
torch.ao.nn.quantized.dynamic torch.ao.nn.quantized.functional torch.ao.pruning torch.ao.quantization
torch.ao.quantization.backend_config torch.ao.quantization.observer torch.ao.quantization.qconfig_mapping
torch.ao.quantization.quantize_fx torch.autograd torch.autograd.anomaly_mode torch.autograd.forward_ad
torch.autograd.function torch.autograd.functional torch.autograd.grad_mode torch.autograd.gradcheck
torch.autograd.graph torch.autograd.profiler torch.backends torch.backends.cpu torch.backends.cuda torch.backends.cudnn
torch.backends.mha torch.backends.mkl torch.backends.mkldnn torch.backends.mps torch.backends.nnpack
torch.backends.openmp torch.backends.opt_einsum torch.backends.quantized torch.backends.xnnpack torch.compiler
torch.compiler.config torch.cpu torch.cuda torch.cuda.amp torch.cuda.comm torch.cuda.graphs torch.cuda.memory
torch.cuda.nccl torch.cuda.nvtx torch.cuda.profiler torch.cuda.random torch.cuda.streams torch.cuda.tunable
torch.distributed torch.distributed.algorithms.join torch.distributed.autograd torch.distributed.checkpoint
torch.distributed.checkpoint.state_dict torch.distributed.device_mesh torch.distributed.elastic.agent.server
torch.distributed.elastic.multiprocessing torch.distributed.elastic.rendezvous torch.distributed.fsdp
torch.distributed.launcher torch.distributed.nn torch.distributed.nn.functional torch.distributed.optim
torch.distributed.pipelining torch.distributed.rpc torch.distributed.tensor torch.distributed.tensor.parallel
torch.distributions torch.distributions.constraint_registry torch.distributions.constraints torch.distributions.kl
torch.distributions.transforms torch.distributions.utils torch.export torch.export.dynamic_shapes
torch.export.exported_program torch.export.graph_signature torch.export.passes torch.export.unflatten torch.fft
torch.func torch.futures torch.fx torch.fx.experimental.proxy_tensor torch.fx.graph torch.fx.graph_module
torch.fx.interpreter torch.fx.node torch.fx.proxy torch.fx.subgraph_rewriter torch.fx.traceback torch.hub torch.jit
torch.library torch.linalg torch.masked torch.monitor torch.mps torch.mps.event torch.mps.profiler torch.mtia
torch.multiprocessing torch.multiprocessing.reductions torch.multiprocessing.spawn torch.nested torch.nn
torch.nn.attention torch.nn.attention.bias torch.nn.attention.flex_attention torch.nn.attention.varlen
torch.nn.functional torch.nn.grad torch.nn.init torch.nn.intrinsic torch.nn.modules.activation
torch.nn.modules.adaptive torch.nn.modules.batchnorm torch.nn.modules.container torch.nn.modules.conv
torch.nn.modules.dropout torch.nn.modules.instancenorm torch.nn.modules.lazy torch.nn.modules.linear
torch.nn.modules.loss torch.nn.modules.module torch.nn.modules.normalization torch.nn.modules.padding
torch.nn.modules.pooling torch.nn.modules.rnn torch.nn.modules.sparse torch.nn.modules.transformer
torch.nn.modules.upsampling torch.nn.parallel torch.nn.parameter torch.nn.qat torch.nn.quantized torch.nn.utils
torch.nn.utils.clip_grad torch.nn.utils.convert_parameters torch.nn.utils.fusion torch.nn.utils.init
torch.nn.utils.memory_format torch.nn.utils.parametrizations torch.nn.utils.parametrize torch.nn.utils.prune
torch.nn.utils.rnn torch.nn.utils.stateless torch.onnx torch.onnx.ops torch.optim torch.optim.lr_scheduler
torch.optim.optimizer torch.optim.swa_utils torch.overrides torch.package torch.profiler torch.profiler.itt
torch.quantization torch.quasirandom torch.random torch.return_types torch.serialization torch.signal.windows
torch.sparse torch.special torch.storage torch.testing torch.torch_version torch.types torch.utils
torch.utils.benchmark torch.utils.bundled_inputs torch.utils.checkpoint torch.utils.cpp_extension torch.utils.data
torch.utils.data.dataloader torch.utils.data.datapipes.iter torch.utils.data.datapipes.map torch.utils.data.dataset
torch.utils.data.distributed torch.utils.data.graph torch.utils.data.sampler torch.utils.dlpack
torch.utils.flop_counter torch.utils.hooks torch.utils.mkldnn torch.utils.mobile_optimizer torch.utils.module_tracker
torch.utils.tensorboard torch.utils.weak torch.version torch.xpu
""".split()


def own(name: str, value: object, module: str) -> bool:
    """Whether a name of a module without ``__all__`` is its own."""
    if name.startswith("_") or inspect.ismodule(value) or name in ("annotations", "TYPE_CHECKING"):
        return False
    if typing.get_origin(value) is not None or isinstance(value, typing.TypeVar | typing.ParamSpec | dict):
        return False
    home = getattr(value, "__module__", None)
    if not isinstance(home, str) or inspect.isbuiltin(value):
        return True
    return home == module or home.startswith((module + ".", "torch._jit_internal"))


def names_of(space: str) -> list[str]:
    """The public names of one namespace of the PyTorch that is installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if space == "torch.Tensor":
            tensor = importlib.import_module("torch").Tensor
            return sorted(n for n in dir(tensor) if not n.startswith("_"))
        module = importlib.import_module(space)
        listed = set(getattr(module, "__all__", ()))
        if not listed or space == "torch":
            inner = getattr(module, "m", module)  # some modules of torch.backends hide the one they were
            kept = dir(inner) + [n for n, v in vars(type(module)).items() if isinstance(v, _PROPERTIES)]
            listed |= {n for n in kept if own(n, getattr(module, n, None), space)}
        return sorted(n for n in listed if not n.startswith("_") and _is_name(n, module))


_PROPERTIES = importlib.import_module("torch.backends").ContextProp


def _is_name(name: str, module) -> bool:
    """Whether a listed name is one of the namespace: no module, not Tensor again."""
    return not inspect.ismodule(getattr(module, name, None)) and (name != "Tensor" or module.__name__ == "torch")


def text() -> str:
    """`torch_names.csv` as it should be; of modules that need what is not installed, as it is."""
    known, lines = public_names() if PATH.exists() else {}, ["namespace,names\n"]
    for space in SPACES:
        try:
            found = names_of(space)
        except ImportError:
            found = known[space]
        lines.append(f"{space},{' '.join(found)}\n")
    return "".join(lines)
