"""torch.nn.utils.prune, skip_init, fusion and memory formats against torch."""

from __future__ import annotations

import importlib
from functools import partial

import numpy as np
import pytest

from tests.nn.programs import compare
from tests.oracle import Trace, make_tensor


def pruning(lib):
    return importlib.import_module(f"{lib.__name__}.nn.utils.prune")


def layer(lib):
    """A linear layer whose weights differ in absolute value."""
    lib.manual_seed(0)
    module = lib.nn.Linear(4, 3)
    with lib.no_grad():
        module.weight.copy_(lib.arange(12.0).sub(6.2).reshape(3, 4))
    return module


def noted(trace: Trace, label: str, module, prune) -> None:
    trace.note(label, [list(module.state_dict()), list(module._parameters), prune.is_pruned(module)])
    trace.note(f"{label}: weight", module.weight)
    trace.note(f"{label}: mask", getattr(module, "weight_mask", None))


CALLS = [
    "identity(m, 'weight')",
    "random_unstructured(m, 'weight', 0.4)",
    "random_unstructured(m, 'weight', 3)",
    "l1_unstructured(m, 'weight', 0.4)",
    "l1_unstructured(m, 'weight', 0)",
    "l1_unstructured(m, 'weight', 0.9)",
    "l1_unstructured(m, 'weight', 2, importance_scores=torch.arange(12.0).flip(0).reshape(3, 4))",
    "random_structured(m, 'weight', 1, 0)",
    "random_structured(m, 'weight', 0.5, -1)",
    "random_structured(m, 'weight', 0, 0)",
    "ln_structured(m, 'weight', 1, 2, 0)",
    "ln_structured(m, 'weight', 0.5, 1, 1)",
    "ln_structured(m, 'weight', 0.5, float('inf'), -1)",
    "ln_structured(m, 'weight', 1, 2, 0, importance_scores=torch.arange(12.0).flip(0).reshape(3, 4))",
    "custom_from_mask(m, 'weight', torch.ones(3, 4).triu())",
]


@pytest.mark.parametrize("call", CALLS)
def test_methods(call):
    def program(lib, trace: Trace):
        prune, module = pruning(lib), layer(lib)
        trace.note("returned", eval(call, {"m": module, "torch": lib, **vars(prune)}) is module)
        noted(trace, "pruned", module, prune)
        (hook,) = module._forward_pre_hooks.values()
        trace.note("hook", [type(hook), hook._tensor_name, hook.PRUNING_TYPE, sorted(vars(hook))])
        module(lib.ones(2, 4)).sum().backward()
        trace.note("gradient", module.weight_orig.grad)
        original = module.weight_orig
        prune.l1_unstructured(module, "weight", 1)
        noted(trace, "once more", module, prune)
        trace.note("removed", prune.remove(module, "weight") is module)
        noted(trace, "afterwards", module, prune)
        trace.note("the same parameter", module.weight is original)
        trace.note("next draw", lib.rand(1))

    compare(program)


REFUSED = [
    "l1_unstructured(m, 'weight', -1)", "l1_unstructured(m, 'weight', 1.5)", "l1_unstructured(m, 'weight', 13)",
    "l1_unstructured(m, 'weight', 'x')", "random_structured(m, 'weight', 4, 0)",
    "random_structured(m, 'weight', 1, 2)", "ln_structured(m, 'bias', 1, 2, 0)", "identity(m, 'other')",
    "remove(m, 'weight')", "custom_from_mask(m, 'weight', torch.ones(2, 4))",
    "l1_unstructured(m, 'weight', 1, importance_scores=torch.ones(2))", "BasePruningMethod()",
    "L1Unstructured(3).prune(m.weight.detach(), importance_scores=torch.ones(2))", "global_unstructured(3, Identity)",
    "global_unstructured([(m, 'weight')], LnStructured, amount=2, n=1)", "PruningContainer()._tensor_name",
    "global_unstructured([(m, 'weight')], L1Unstructured, importance_scores=3, amount=2)",
    "PruningContainer().add_pruning_method(3)",
]  # fmt: skip


@pytest.mark.parametrize("call", REFUSED)
def test_refusals(call):
    def program(lib, trace: Trace):
        prune, module = pruning(lib), layer(lib)
        trace.observe("refused", lambda: eval(call, {"m": module, "torch": lib, **vars(prune)}))
        noted(trace, "as it was", module, prune)

    compare(program)


def test_several_methods():
    def program(lib, trace: Trace):
        prune, module = pruning(lib), layer(lib)
        prune.l1_unstructured(module, "weight", 2)
        prune.ln_structured(module, "weight", 1, 2, 0)
        prune.random_unstructured(module, "weight", 2)
        prune.random_structured(module, "weight", 1, 1)
        (hook,) = module._forward_pre_hooks.values()
        trace.note("container", [type(hook), len(hook), [type(method) for method in hook], type(hook[0])])
        noted(trace, "pruned", module, prune)
        prune.l1_unstructured(module, "bias", 1)
        trace.note("bias", module.bias_mask)
        trace.note("hooks", len(module._forward_pre_hooks))
        trace.note("within", prune.is_pruned(lib.nn.Sequential(module)))

    compare(program)


def test_pruning_several_parameters_as_one():
    def program(lib, trace: Trace):
        prune, a, b = pruning(lib), layer(lib), lib.nn.Linear(4, 2)
        wanted = [(a, "weight"), (b, "weight"), (b, "bias")]
        prune.global_unstructured(wanted, pruning_method=prune.L1Unstructured, amount=0.5)
        trace.note("masks", [a.weight_mask, b.weight_mask, b.bias_mask])
        scores = {(a, "weight"): lib.arange(12.0).flip(0).reshape(3, 4)}
        prune.global_unstructured(wanted[:1], prune.L1Unstructured, importance_scores=scores, amount=2)
        trace.note("by scores", a.weight_mask)

    compare(program)


def test_own_methods_and_tensors_of_no_module():
    def program(lib, trace: Trace):
        prune, module = pruning(lib), layer(lib)

        class EverySecond(prune.BasePruningMethod):
            PRUNING_TYPE = "unstructured"

            def compute_mask(self, t, default_mask):
                mask = default_mask.clone()
                mask.view(-1)[::2] = 0
                return mask

        class Unknown(EverySecond):
            PRUNING_TYPE = "other"

        EverySecond.apply(module, "weight")
        noted(trace, "own", module, prune)
        trace.observe("of no type", lambda: Unknown.apply(module, "weight"))
        method, weight = prune.L1Unstructured(3), module.weight_orig.detach()
        trace.note("a tensor", [method.prune(weight), method.prune(weight, lib.ones(3, 4).triu())])
        trace.note("mask", method.compute_mask(weight, lib.ones(3, 4)))

    compare(program)


def test_skip_init():
    def program(lib, trace: Trace):
        lib.manual_seed(1)
        skip = lib.nn.utils.skip_init
        made = skip(lib.nn.Linear, 3, 4, bias=False)
        trace.note("made", [repr(made), made.weight.requires_grad, made.weight.shape])
        trace.note("the next draw", lib.rand(1))
        trace.observe("without a device", lambda: skip(lib.nn.ReLU))

    compare(program)


FUSED = ["Conv2d(2, 3, 2)", "Conv1d(2, 3, 2, bias=False)", "ConvTranspose2d(2, 3, 2)", "Linear(2, 3)"]


@pytest.mark.parametrize("source", FUSED)
def test_fusion(source):
    def program(lib, trace: Trace):
        lib.manual_seed(0)
        nn, U = lib.nn, lib.nn.utils
        module = eval(f"nn.{source}").eval()
        two = "2d" in source
        bn = (nn.BatchNorm2d if two else nn.BatchNorm1d)(3).eval()
        with lib.no_grad():
            for p in (bn.running_mean, bn.running_var, bn.weight, bn.bias):
                p.uniform_(0.5, 1.5)
        shape = (2, 2) if source.startswith("Linear") else (2, 2, 4, 4) if two else (2, 2, 4)
        x = make_tensor(lib, np.random.default_rng(0).standard_normal(shape).astype(np.float32))
        if source.startswith("Linear"):
            fuse = U.fuse_linear_bn_eval
        else:
            fuse = partial(U.fuse_conv_bn_eval, transpose="Transpose" in source)
        fused = fuse(module, bn)
        trace.note("fused", [repr(fused), fused.training, list(fused.parameters())])
        trace.note("result", fused(x))
        assert lib.allclose(fused(x), bn(module(x)), atol=1e-5)
        trace.note("as before", list(module.parameters()))
        trace.observe("training", lambda: fuse(module, type(bn)(3)))
        trace.observe("no statistics", lambda: fuse(module, type(bn)(3, track_running_stats=False).eval()))
        trace.observe("features", lambda: fuse(module, type(bn)(5).eval()), noted=lambda r: None)

    compare(program)


def test_memory_formats():
    def program(lib, trace: Trace):
        nn, U = lib.nn, lib.nn.utils
        module = nn.Sequential(nn.Conv2d(2, 3, 2), nn.ConvTranspose2d(3, 2, 2), nn.Linear(2, 2))
        trace.note("returned", U.convert_conv2d_weight_memory_format(module, lib.channels_last) is module)
        trace.note("strides", [p.stride() for p in module.parameters()])
        volume = U.convert_conv3d_weight_memory_format(nn.Conv3d(2, 3, 2), lib.channels_last_3d)
        trace.note("volume", volume.weight.stride())

    compare(program)
