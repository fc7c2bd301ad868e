"""Every layer compiled: what two calls of a training step leave is what they leave in PyTorch.

The layers are those of PyTorch's database of modules on its inputs, and, from ``cases.py``, those which it lacks.
`make test` runs the first input of most in one mode; ``JAXTORCH_FUZZ_STEPS=1`` all of them, training and not.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import torch

import jaxtorch
from jaxtorch.compiler import assert_recordings
from tests.bounded import bounded_memory  # noqa: F401 - a fixture
from tests.conformance import modules
from tests.conformance.comparison import problem, tensors
from tests.conformance.translation import Builder
from tests.nn.cases import CASES, Case, case, given, real
from tests.oracle import SELF_CHECK, dtype_name, is_tensor, make_tensor, to_numpy
from tests.sampling import EVERY

pytestmark = pytest.mark.skipif(SELF_CHECK, reason="compiles")

#: Layers that no program can do, and for which arguments; of these steps it is said that a value is read.
UNCOMPILED: dict[str, Callable[[Any, tuple], bool]] = {
    # how many numbers are drawn depends on values
    "RReLU": lambda module, args: module.training,
    # which rows a cluster is given
    "AdaptiveLogSoftmaxWithLoss": lambda module, args: True,
    # how wide targets are that lie one after the other
    "CTCLoss": lambda module, args: args[1].ndim == 1 and is_tensor(args[3]) and args[3].ndim == 1,
}
#: Layers of which `make test` runs the evaluation too.
TWO_WAYS = {"BatchNorm2d", "InstanceNorm2d", "RReLU", "Dropout"}

SERIES, IMAGE, VOLUME = real(2, 3, 5), real(2, 3, 4, 4), real(1, 3, 4, 4, 4)
#: Layers that `cases.py` builds and does not call, or in a larger form.
CALLED = [
    case("TransformerDecoder(nn.TransformerDecoderLayer(4, 1, 2, 0.0), 1)", real(3, 2, 4), real(2, 2, 4)),
    *[case(f"MaxUnpool{d}d(2)", real(1, 1, *[2] * d), given(*at)) for d, at in (
        (1, [[[0, 3]]]), (2, [[[[0, 3], [9, 14]]]]), (3, [[[[[0, 3], [9, 14]], [[33, 35], [40, 47]]]]]),
    )],
    case("LazyLinear(5)", real(2, 3)),
    *[case(f"Lazy{kind}Norm{d}d({options})", x) for kind, options in (("Batch", ""), ("Instance", "affine=True"))
        for d, x in ((1, SERIES), (2, IMAGE), (3, VOLUME))],
]  # fmt: skip


@dataclass(frozen=True)
class Layer:
    """A layer and its inputs: ``make(builder)`` gives (the module, positional arguments, named ones)."""

    cls: str
    what: str
    training: bool
    make: Callable[[Builder], tuple[Any, tuple, dict]]

    def __str__(self) -> str:
        return f"{self.what}-{'train' if self.training else 'eval'}"


def _of_database(name: str, place: int, training: bool) -> Layer:
    def make(builder: Builder) -> tuple[Any, tuple, dict]:
        sample = modules.samples(name, training)[place]
        module = modules.build(modules.entries()[name], sample, builder, training)
        return module, tuple(builder.tree(sample.forward_input.args)), builder.tree(sample.forward_input.kwargs)

    cls = modules.entries()[name].module_cls.__name__
    return Layer(cls, f"{cls}-{place}", training, make)


def _of_case(found: Case, cls: str, training: bool) -> Layer:
    def make(builder: Builder) -> tuple[Any, tuple, dict]:
        builder.lib.manual_seed(5)
        args = [make_tensor(builder.lib, a.astype("float64") if a.dtype.kind == "f" else a) for a in found.arrays()]
        for x in args[: found.learned]:
            x.requires_grad_(x.is_floating_point())
        return found.build(builder.lib).train(training).double(), tuple(args), {}

    return Layer(cls, found.source, training, make)


def _modes(cls: str, first: bool) -> list[bool]:
    """The modes in which a layer is run; of layers that differ in the number of dimensions alone, one is."""
    if not EVERY and re.search(r"[13]d$", cls):
        return []
    return [True, False] if EVERY or cls in TWO_WAYS else [first]


def _layers() -> Iterator[Layer]:
    known = set()
    for i, (name, info) in enumerate(modules.entries().items()):
        known.add(info.module_cls.__name__)
        for training in _modes(info.module_cls.__name__, i % 4 != 0):
            for place in range(len(modules.samples(name, training)) if EVERY else 1):
                yield _of_database(name, place, training)
    for i, found in enumerate([c for c in [*CALLED, *CASES] if c.makers]):
        cls = re.match(r"\w+", found.source)[0]
        if cls in known or ".eval()" in found.source:
            continue
        if not EVERY:
            known.add(cls)
        for training in _modes(cls, i % 4 != 0):
            yield _of_case(found, cls, training)


def _scaled(lib: Any, value: Any, factor: float) -> Any:
    """Arguments made anew, of values that a layer takes as well."""
    if is_tensor(value):
        if not value.is_floating_point():
            return value
        made = make_tensor(lib, factor * to_numpy(value), dtype_name(value.dtype))
        return made.requires_grad_(value.requires_grad)
    if isinstance(value, list | tuple):
        made = [_scaled(lib, v, factor) for v in value]
        return type(value)(*made) if hasattr(value, "_fields") else type(value)(made)
    return {k: _scaled(lib, v, factor) for k, v in value.items()} if isinstance(value, dict) else value


def run(lib: Any, layer: Layer, compile: Callable = lambda f: f) -> tuple[list[dict], Any]:
    """What each call of a step leaves, and the function that was called."""
    module, *inputs = layer.make(Builder(lib))

    def step(*args: Any, **kwargs: Any) -> Any:
        module.zero_grad()
        result = module(*args, **kwargs)
        losses = [(t * (1 + t.detach())).sum() for t in tensors(result) if t.requires_grad]
        if losses:
            sum(losses).backward()
        return result

    call, found = compile(step), []
    for factor in (1.0, 0.9, 1.1)[: 3 if layer.cls.startswith("Lazy") else 2]:  # one's first call makes its parameters
        args, kwargs = _scaled(lib, inputs, factor)
        lib.manual_seed(6)
        result = call(*args, **kwargs)
        state = {k: to_numpy(v) for k, v in module.state_dict().items() if is_tensor(v)}
        found.append({
            "results": [t.detach() for t in tensors(result)],
            "requires_grad": [t.requires_grad for t in tensors(result)],
            "gradients of inputs": [x.grad for x in tensors([args, tuple(kwargs.values())]) if x.requires_grad],
            "gradients": [p.grad for p in module.parameters()],
            "state": [make_tensor(lib, value) for value in state.values()],
            "names": list(state),
            "draws": lib.rand(2),
        })  # fmt: skip
    return found, call


def differences(ours: list[dict], wanted: list[dict]) -> list[str]:
    """How what calls left differs, a line each. A gradient that torch leaves undefined may be zeros."""
    found = []
    for i, (a, b) in enumerate(zip(ours, wanted, strict=True)):
        for what in a:
            mine = a[what]
            if what.startswith("gradients"):
                mine = [None if y is None and x is not None and not to_numpy(x).any() else x
                        for x, y in zip(mine, b[what], strict=True)]  # fmt: skip
            why = problem(mine, b[what])
            found += [f"call {i}, {what}: {why}"] if why else []
    return found


@pytest.mark.parametrize("layer", list(_layers()), ids=str)
def test_a_step_compiled_is_the_step_uncompiled(layer):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        module, args, _ = layer.make(Builder(torch))
        broken = layer.cls in UNCOMPILED and UNCOMPILED[layer.cls](module, args)
        wanted, _ = run(torch, layer)
        ours, call = run(jaxtorch, layer, lambda f: jaxtorch.compile(f, fullgraph=not broken))
    assert not differences(ours, wanted)
    assert_recordings(call, 0 if broken else 1)
    said = [str(w.message) for w in told if "runs uncompiled" in str(w.message)]
    assert ["a value is read" in text for text in said] == [True] * broken
