"""Module itself against torch: registering, looking up, converting, copying, saving."""

from __future__ import annotations

import copy
import pickle
from collections import OrderedDict

import pytest
import torch

from tests.nn.programs import compare
from tests.oracle import (
    SELF_CHECK,
    Trace,
    dtype_name,
    module_under_test,
    same_error,
    shares_storage,
    to_numpy,
)  # fmt: skip


@pytest.fixture(scope="module")
def lib():
    return module_under_test()


def classes(lib):
    """Modules to work with, of one library."""
    nn = lib.nn

    class Inner(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(2, 3)
            self.register_buffer("count", lib.zeros(1))
            self.register_buffer("scratch", lib.zeros(2), persistent=False)
            self.register_parameter("none", None)
            self.plain = 5

        def forward(self, x):
            return self.linear(x)

    class Outer(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = Inner()
            self.tied = self.first
            self.weight = nn.Parameter(lib.ones(2))
            self.missing = None
            self.relu = nn.ReLU()

        def extra_repr(self):
            return "two\\nlines"

        def forward(self, x):
            return self.relu(self.first(x))

    return Inner, Outer


# -- registering ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "code",
    [
        "m.register_buffer('a.b', None)",
        "m.register_buffer('', None)",
        "m.register_buffer(3, None)",
        "m.register_buffer('forward', None)",
        "m.register_buffer('linear', None)",
        "m.register_buffer('x', 3)",
        "m.register_buffer('x', [1])",
        "m.register_parameter('a.b', None)",
        "m.register_parameter('', None)",
        "m.register_parameter(3, None)",
        "m.register_parameter('forward', None)",
        "m.register_parameter('count', None)",
        "m.register_parameter('x', torch.zeros(1))",
        "m.register_parameter('x', 3)",
        "m.register_parameter('x', torch.nn.Parameter)",
        "m.add_module('a.b', None)",
        "m.add_module('', None)",
        "m.add_module(3, None)",
        "m.add_module('forward', None)",
        "m.add_module('x', 3)",
        "m.add_module('x', torch.zeros(1))",
        "m.add_module('x', torch.nn.Linear)",
        "setattr(m, 'none', torch.zeros(1))",
        "setattr(m, 'none', 3)",
        "setattr(m, 'linear', 3)",
        "setattr(m, 'linear', torch.zeros(1))",
        "setattr(m, 'count', 3)",
        "setattr(m, 'count', 'text')",
        "m.unknown",
        "del m.unknown",
        "delattr(m, 'unknown')",
        "m.get_submodule('unknown')",
        "m.get_submodule('linear.weight')",
        "m.get_submodule('linear.unknown')",
        "m.get_parameter('linear.unknown')",
        "m.get_parameter('count')",
        "m.get_parameter('linear')",
        "m.get_buffer('linear.weight')",
        "m.get_buffer('unknown')",
        "m.set_submodule('', torch.nn.ReLU())",
        "m.set_submodule('linear', 3)",
        "m.set_submodule('plain', torch.nn.ReLU())",
        "m.set_submodule('unknown', torch.nn.ReLU(), strict=True)",
        "m.set_submodule('unknown.deeper', torch.nn.ReLU())",
        "m.train('yes')",
        "m.to(torch.int32)",
        "m.to('nowhere')",
        "m.to(unknown=3)",
        "m.to('cpu', unknown=3)",
        "m.to([1])",
        "m.to('cpu', 3)",
        "m.to('cpu', copy=True)",
        "m.to(dtype=3)",
        "m.load_state_dict(3)",
        "m.get_extra_state()",
        "m.set_extra_state(3)",
        "torch.nn.Module(3)",
        "torch.nn.Module(a=3)",
        "torch.nn.Module()(3)",
        "torch.nn.Parameter([1.0])",
        "torch.nn.Parameter(torch.tensor([1]))",
        "m.register_parameter('x', torch.nn.Parameter(torch.ones(1)) * 2)",
    ],
)
def test_refusals(lib, code):
    def run(lib):
        inner, _ = classes(lib)
        m = inner()
        exec(code, {"m": m, "torch": lib, "copy": copy})

    same_error(lambda: run(lib), lambda: run(torch))


@pytest.mark.parametrize(
    "what",
    ["torch.nn.Parameter(torch.ones(1))", "torch.nn.ReLU()", "torch.nn.Buffer(torch.ones(1))"],
)
def test_assigning_before_init_is_refused(lib, what):
    def run(lib):
        class Early(lib.nn.Module):
            def __init__(self):
                self.x = eval(what, {"torch": lib})

        Early()

    same_error(lambda: run(lib), lambda: run(torch))


@pytest.mark.parametrize(
    "code", ["m.register_buffer('x', None)", "m.register_parameter('x', None)"]
)
def test_registering_before_init_is_refused(lib, code):
    def run(lib):
        class Early(lib.nn.Module):
            def __init__(self):
                exec(code, {"m": self})

        Early()

    same_error(lambda: run(lib), lambda: run(torch))


def test_a_non_leaf_is_no_parameter(lib):
    def run(lib):
        p = lib.nn.Parameter(lib.ones(2))
        q = p * 2
        q._is_param = True
        lib.nn.Module().register_parameter("x", q)

    same_error(lambda: run(lib), lambda: run(torch))


def names(module) -> dict:
    return {
        "parameters": [n for n, _ in module.named_parameters()],
        "all parameters": [n for n, _ in module.named_parameters(remove_duplicate=False)],
        "own parameters": [n for n, _ in module.named_parameters("p", recurse=False)],
        "buffers": [n for n, _ in module.named_buffers()],
        "all buffers": [n for n, _ in module.named_buffers(remove_duplicate=False)],
        "modules": [n for n, _ in module.named_modules()],
        "all modules": [n for n, _ in module.named_modules(prefix="p", remove_duplicate=False)],
        "count of modules": [
            len(list(module.modules())),
            len(list(module.modules(remove_duplicate=False))),
        ],
        "children": [n for n, _ in module.named_children()],
        "count": [
            len(list(module.parameters())),
            len(list(module.buffers())),
            len(list(module.children())),
        ],
        "state": list(module.state_dict()),
        "metadata": [
            list(module.state_dict()._metadata),
            list(module.state_dict(prefix="p.")._metadata),
        ],
        "prefixed": list(module.state_dict(prefix="p.")),
        "text": repr(module),
        "dir": [
            n
            for n in dir(module)
            if n in ("linear", "first", "tied", "count", "none", "plain", "forward", "0")
        ],
    }


def test_names():
    def program(lib, trace: Trace):
        inner, outer = classes(lib)
        for cls in (inner, outer):
            for what, found in names(cls()).items():
                trace.note(f"{cls.__name__}: {what}", found)
        trace.note("sequential", names(lib.nn.Sequential(outer(), lib.nn.ReLU())))

    compare(program)


def test_assigning_moves_between_tables():
    def program(lib, trace: Trace):
        inner, _ = classes(lib)
        steps = {
            "a parameter over a plain attribute": lambda m: setattr(
                m, "plain", lib.nn.Parameter(lib.ones(1))
            ),
            "a module over a buffer": lambda m: setattr(m, "count", lib.nn.ReLU()),
            "a parameter over a module": lambda m: setattr(
                m, "linear", lib.nn.Parameter(lib.ones(1))
            ),
            "a module over a parameter place": lambda m: (
                m.register_parameter("q", None) or delattr(m, "q")
            ),
            "None over a module": lambda m: setattr(m, "linear", None),
            "None over a buffer": lambda m: setattr(m, "count", None),
            "a tensor over a buffer": lambda m: setattr(m, "scratch", lib.ones(5)),
            "a tensor over nothing": lambda m: setattr(m, "fresh", lib.ones(5)),
            "a Buffer over nothing": lambda m: setattr(m, "fresh", lib.nn.Buffer(lib.ones(5))),
            "a Buffer not kept": lambda m: setattr(
                m, "fresh", lib.nn.Buffer(lib.ones(5), persistent=False)
            ),
            "a persistent Buffer over one not kept": lambda m: setattr(
                m, "scratch", lib.nn.Buffer(lib.ones(5))
            ),
            "deleting a buffer": lambda m: delattr(m, "scratch"),
            "deleting a module": lambda m: delattr(m, "linear"),
            "deleting a plain attribute": lambda m: delattr(m, "plain"),
            "a new submodule": lambda m: m.set_submodule("linear", lib.nn.ReLU()),
            "register_module": lambda m: m.register_module("late", lib.nn.ReLU()),
        }
        for what, step in steps.items():
            m = inner()
            trace.observe(what, lambda m=m, step=step: step(m), noted=lambda _: None)
            trace.note(f"{what}: names", names(m))
            trace.note(f"{what}: plain", sorted(k for k in vars(m) if not k.startswith("_")))
            trace.note(f"{what}: not kept", sorted(m._non_persistent_buffers_set))

    compare(program)


def test_register_buffer_of_a_subclass_is_used():
    def program(lib, trace: Trace):
        class Old(lib.nn.Module):
            def register_buffer(self, name, tensor):
                trace.note("registered", name)
                super().register_buffer(name, tensor)

        m = Old()
        m.x = lib.nn.Buffer(lib.ones(1))
        trace.observe(
            "not persistent", lambda: setattr(m, "y", lib.nn.Buffer(lib.ones(1), persistent=False))
        )
        trace.note("state", list(m.state_dict()))

    compare(program)


def test_call_super_init():
    def program(lib, trace: Trace):
        class Other:
            def __init__(self, value):
                self.value = value

        class Both(lib.nn.Module, Other):
            call_super_init = True

            def __init__(self, value):
                super().__init__(value)

        trace.note("value", Both(3).value)

    compare(program)


# -- modes and gradients --------------------------------------------------------------------------
def test_modes_and_gradients():
    def program(lib, trace: Trace):
        _, outer = classes(lib)
        m = outer()
        trace.note("eval", m.eval() is m and [c.training for c in m.modules()])
        trace.note("train", [c.training for c in m.train().modules()])
        m.requires_grad_(False)
        trace.note("frozen", [p.requires_grad for p in m.parameters()])
        m.requires_grad_()
        m(lib.ones(1, 2)).sum().backward()
        trace.note("gradients", [p.grad is not None for p in m.parameters()])
        m.zero_grad(set_to_none=False)
        trace.note("zeros", [p.grad for p in m.parameters()])
        m.zero_grad()
        trace.note("none", [p.grad for p in m.parameters()])
        order = []
        m.apply(lambda c: order.append(type(c).__name__))
        trace.note("apply", order)

    compare(program)


def test_converting_keeps_the_parameters():
    def program(lib, trace: Trace):
        inner, _ = classes(lib)
        m = inner()
        m.register_buffer("whole", lib.tensor([1, 2]))
        m(lib.ones(1, 2)).sum().backward()
        weight, count = m.linear.weight, m.count
        for name in ("double", "float", "half", "bfloat16", "float"):
            trace.note(name, getattr(m, name)() is m)
            trace.note(f"{name}: same parameter", [m.linear.weight is weight, m.count is count])
            trace.note(f"{name}: dtypes", [dtype_name(t.dtype) for t in m.state_dict().values()])
            trace.note(
                f"{name}: gradient",
                [dtype_name(weight.grad.dtype), weight.grad is m.linear.weight.grad],
            )
            trace.note(
                f"{name}: leaf", [weight.is_leaf, weight.requires_grad, type(weight).__name__]
            )
        m.to(lib.float64)
        trace.note("to(dtype)", [dtype_name(t.dtype) for t in m.state_dict().values()])
        m.to(lib.ones(1))
        trace.note("to(tensor)", [dtype_name(t.dtype) for t in m.state_dict().values()])
        m.to("cpu", lib.float64)
        trace.note("to(device, dtype)", [dtype_name(t.dtype) for t in m.state_dict().values()])
        m.to(device="cpu", dtype=lib.float32, non_blocking=True)
        trace.note("to keywords", [dtype_name(t.dtype) for t in m.state_dict().values()])
        trace.note("nothing to do", m.to("cpu").linear.weight is weight)
        m.type(lib.float64)
        trace.note("type", [dtype_name(t.dtype) for t in m.state_dict().values()])
        trace.note("cpu", m.cpu() is m)
        m.to_empty(device="cpu")
        trace.note("to_empty", [tuple(t.shape) for t in m.state_dict().values()])
        trace.observe(
            "complex", lambda: dtype_name(m.to(lib.complex64).linear.weight.dtype), warned=True
        )

    compare(program)


# -- state ----------------------------------------------------------------------------------------
def test_state_dict_shares_memory():
    def program(lib, trace: Trace):
        inner, _ = classes(lib)
        m = inner()
        state = m.state_dict()
        trace.note("type", [type(state).__name__, state["linear.weight"].requires_grad])
        trace.note("shares", shares_storage(state["linear.weight"], m.linear.weight))
        trace.note("vars", m.state_dict(keep_vars=True)["linear.weight"] is m.linear.weight)
        mine = OrderedDict()
        trace.note(
            "destination", m.state_dict(destination=mine, prefix="x.") is mine and list(mine)
        )
        trace.observe(
            "positional", lambda: list(m.state_dict(OrderedDict(), "p.", True)), warned=True
        )
        m.linear.weight.data.fill_(7)
        trace.note("written", state["linear.weight"])

    compare(program)


def test_load_state_dict():
    def program(lib, trace: Trace):
        inner, outer = classes(lib)
        loads = {
            "all": lambda m: (m, m.state_dict(), {}),
            "missing": lambda m: (m, {"count": lib.ones(1)}, {}),
            "unexpected": lambda m: (
                m,
                {**m.state_dict(), "a": lib.ones(1), "linear.b": lib.ones(1), "x.y": 1},
                {},
            ),
            "not strict": lambda m: (
                m,
                {"count": lib.ones(1), "a": lib.ones(1)},
                {"strict": False},
            ),
            "other sizes": lambda m: (
                m,
                {**m.state_dict(), "count": lib.ones(3), "linear.bias": lib.ones(4)},
                {},
            ),
            "sizes, missing": lambda m: (m, {"count": lib.ones(3), "a": lib.ones(4)}, {}),
            "no tensor": lambda m: (
                m,
                {**m.state_dict(), "count": 3, "linear.bias": [1, 2, 3]},
                {},
            ),
            "another dtype": lambda m: (
                m,
                {**m.state_dict(), "count": lib.ones(1, dtype=lib.int64)},
                {},
            ),
            "an ordinary dict": lambda m: (m, dict(m.state_dict()), {}),
        }
        for what, make in loads.items():
            for cls in (inner, outer):
                m, state, options = make(cls())
                if cls is outer:
                    state = (
                        {f"first.{k}": v for k, v in state.items()} if what == "missing" else state
                    )
                label = f"{what}, {cls.__name__}"
                trace.observe(
                    label, lambda m=m, s=state, o=options: repr(m.load_state_dict(s, **o))
                )
                trace.note(f"{label}: buffers", dict(m.named_buffers()))

    compare(program)


def test_a_scalar_takes_a_vector_of_one():
    def program(lib, trace: Trace):
        m = lib.nn.Module()
        m.register_buffer("x", lib.tensor(1.0))
        trace.observe("load", lambda: repr(m.load_state_dict({"x": lib.tensor([5.0])})))
        trace.note("x", m.x)

    compare(program)


def test_load_state_dict_by_assigning():
    def program(lib, trace: Trace):
        inner, _ = classes(lib)
        m, given = inner(), inner().state_dict()
        given["linear.bias"] = lib.nn.Parameter(lib.ones(3), requires_grad=False)
        trace.observe("load", lambda: repr(m.load_state_dict(given, assign=True)))
        trace.note("shares", shares_storage(m.linear.weight, given["linear.weight"]))
        trace.note("kind", [type(m.linear.weight).__name__, m.linear.weight.requires_grad])
        trace.note(
            "same",
            [
                m.linear.bias is given["linear.bias"],
                m.linear.bias.requires_grad,
                m.count is given["count"],
            ],
        )
        trace.observe(
            "sizes", lambda: m.load_state_dict({**given, "count": lib.ones(9)}, assign=True)
        )

    compare(program)


def test_extra_state():
    def program(lib, trace: Trace):
        class Extra(lib.nn.Module):
            def get_extra_state(self):
                return {"steps": 3}

            def set_extra_state(self, state):
                trace.note("set", state)

        m = lib.nn.Sequential(Extra())
        trace.note("state", m.state_dict())
        trace.observe("load", lambda: repr(m.load_state_dict(m.state_dict())))
        trace.observe("missing", lambda: m.load_state_dict({}))
        trace.observe(
            "unexpected", lambda: lib.nn.Sequential(lib.nn.ReLU()).load_state_dict(m.state_dict())
        )

    compare(program)


def test_old_batch_norm_state_loads():
    def program(lib, trace: Trace):
        m = lib.nn.BatchNorm1d(2)
        m.num_batches_tracked.fill_(4)
        state = {k: v for k, v in m.state_dict().items() if k != "num_batches_tracked"}
        trace.observe("old", lambda: repr(m.load_state_dict(dict(state))))
        trace.note("count", m.num_batches_tracked)
        new = m.state_dict()
        del new["num_batches_tracked"]
        trace.observe("new", lambda: m.load_state_dict(new))
        norm = lib.nn.InstanceNorm1d(2)
        trace.observe(
            "instance",
            lambda: norm.load_state_dict({"running_mean": lib.ones(2), "running_var": lib.ones(2)}),
        )

    compare(program)


def test_consume_prefix():
    def program(lib, trace: Trace):
        state = lib.nn.Sequential(lib.nn.Linear(1, 1)).state_dict(prefix="module.")
        lib.nn.modules.utils.consume_prefix_in_state_dict_if_present(state, "module.")
        trace.note("names", [list(state), list(state._metadata)])

    compare(program)


# -- copies ---------------------------------------------------------------------------------------
def test_deepcopy():
    def program(lib, trace: Trace):
        _, outer = classes(lib)
        m = outer()
        m.first.linear.weight.note = "kept?"
        m(lib.ones(1, 2)).sum().backward()
        calls = []
        m.register_forward_hook(lambda *_: calls.append("hook"))
        other = copy.deepcopy(m)
        trace.note("text", repr(other))
        trace.note("tied", other.first is other.tied and other.first is not m.first)
        trace.note("shares", shares_storage(other.first.linear.weight, m.first.linear.weight))
        trace.note("gradients", [p.grad is None for p in other.parameters()])
        trace.note("attributes", hasattr(other.first.linear.weight, "note"))
        trace.note("kinds", [type(p).__name__ for p in other.parameters()])
        other(lib.ones(1, 2))
        trace.note("hooks", calls)
        with lib.no_grad():
            other.first.linear.weight.fill_(3)
        trace.note("apart", bool((m.first.linear.weight == 3).any()))

    compare(program)


def test_copying_a_parameter_that_is_a_view():
    def program(lib, trace: Trace):
        p = lib.nn.Parameter(lib.arange(6.0).view(2, 3).t())
        q = copy.deepcopy(p)
        trace.note(
            "facts",
            [tuple(q.shape), q.stride(), q.storage_offset(), q.requires_grad, type(q).__name__],
        )
        trace.note("value", q.detach())
        r = copy.deepcopy(lib.nn.Parameter(lib.arange(6.0)[2:], requires_grad=False))
        trace.note("offset", [r.storage_offset(), r.requires_grad])

    compare(program)


class Pickled(module_under_test().nn.Module):
    """A module that pickle finds by name."""

    def __init__(self):
        super().__init__()
        self.layers = module_under_test().nn.Sequential(
            module_under_test().nn.Linear(2, 2), module_under_test().nn.ReLU()
        )
        self.lstm = module_under_test().nn.LSTM(2, 3)


@pytest.mark.skipif(SELF_CHECK, reason="about jaxtorch's class names")
def test_pickle(lib):
    m = Pickled()
    other = pickle.loads(pickle.dumps(m))
    assert repr(other) == repr(m)
    assert type(other.layers) is lib.nn.Sequential
    for (name, a), (_, b) in zip(m.state_dict().items(), other.state_dict().items(), strict=True):
        assert to_numpy(a).tobytes() == to_numpy(b).tobytes(), name


@pytest.mark.skipif(SELF_CHECK, reason="about jaxtorch's class names")
def test_pickle_of_a_module_without_tensors(lib):
    m = lib.nn.Sequential(lib.nn.ReLU(), lib.nn.Sequential(lib.nn.Dropout(0.25)))
    other = pickle.loads(pickle.dumps(m))
    assert repr(other) == repr(m)
    assert type(other[0]) is lib.nn.ReLU


def test_a_module_of_an_older_version_gets_its_missing_tables():
    def program(lib, trace: Trace):
        m = lib.nn.Linear(2, 2)
        state = {
            k: v
            for k, v in vars(m).items()
            if k in ("_parameters", "_buffers", "_modules", "training")
        }
        old = lib.nn.Module.__new__(lib.nn.Linear)
        old.__setstate__(
            state | {"_forward_hooks": OrderedDict(), "_backward_hooks": OrderedDict()}
        )
        old.in_features = old.out_features = 2
        trace.note("text", repr(old))
        trace.note("called", tuple(old(lib.ones(1, 2)).shape))
        trace.note("state", list(old.state_dict()))

    compare(program)


# -- Parameter and Buffer -------------------------------------------------------------------------
def test_parameter():
    def program(lib, trace: Trace):
        data = lib.ones(2)
        p = lib.nn.Parameter(data)
        trace.note("text", repr(p))
        trace.note("frozen", repr(lib.nn.Parameter(lib.ones(2), requires_grad=False)))
        trace.note("empty", tuple(lib.nn.Parameter().shape))
        trace.note("shares", shares_storage(p, data))
        trace.note(
            "facts",
            [
                isinstance(p, lib.Tensor),
                isinstance(p, lib.nn.Parameter),
                isinstance(data, lib.nn.Parameter),
            ],
        )
        trace.note(
            "result",
            [
                type(p * 2).__name__,
                type(p.detach()).__name__,
                type(p.data).__name__,
                type(p[0]).__name__,
            ],
        )
        with lib.no_grad():
            trace.note("under no_grad", lib.nn.Parameter(lib.ones(1)).requires_grad)
        b = lib.nn.Buffer(lib.ones(2), persistent=False)
        trace.note(
            "buffer",
            [
                isinstance(b, lib.nn.Buffer),
                b.persistent,
                type(b).__name__,
                isinstance(data, lib.nn.Buffer),
            ],
        )

        class Named(lib.nn.Parameter):
            pass

        trace.note(
            "a subclass",
            [type(Named(lib.ones(1))).__name__, type(copy.deepcopy(Named(lib.ones(1)))).__name__],
        )

    compare(program)


def test_parameter_of_a_subclass():
    def program(lib, trace: Trace):
        class Custom(lib.Tensor):
            pass

        c = lib.nn.Parameter(lib.ones(2).as_subclass(Custom))
        trace.note("facts", [isinstance(c, lib.nn.Parameter), type(c).__name__, c.requires_grad])

    compare(program)


def test_lazy_parameters():
    def program(lib, trace: Trace):
        p = lib.nn.UninitializedParameter(dtype=lib.float64)
        b = lib.nn.UninitializedBuffer()
        trace.note("text", [repr(p), repr(b)])
        trace.observe("shape", lambda: p.shape)
        trace.note("kinds", [isinstance(p, lib.nn.Parameter), isinstance(b, lib.nn.Buffer)])
        trace.note("copy", repr(copy.deepcopy(p)))
        p.materialize((2, 3))
        b.materialize((2,))
        trace.note("made", [type(p).__name__, tuple(p.shape), dtype_name(p.dtype), p.requires_grad])
        trace.note("made buffer", [type(b).__name__, tuple(b.shape)])

    compare(program)


def refused(thunk) -> list:
    """The error without the text of the function called, which names PyTorch's internals."""
    try:
        return [thunk()]
    except ValueError as error:
        text = str(error)
        return [
            text[: text.index("<")],
            text[text.index("> ") + 1 :] if "> " in text else text[text.index(">.") :],
        ]


def test_lazy_modules():
    def program(lib, trace: Trace):
        for source, shape in (
            ("LazyLinear(4)", (2, 3)), ("LazyConv2d(4, 2)", (1, 3, 5, 5)),
            ("LazyConvTranspose1d(4, 2)", (3, 5)), ("LazyBatchNorm1d()", (4, 3)),
            ("LazyInstanceNorm2d(affine=True)", (2, 3, 4, 4)),
        ):  # fmt: skip
            m = eval(f"nn.{source}", {"nn": lib.nn})
            trace.note(f"{source}: lazy", [repr(m), m.has_uninitialized_params()])
            trace.note(
                f"{source}: count", refused(lambda m=m: sum(p.numel() for p in m.parameters()))
            )
            lib.manual_seed(3)
            other = (
                copy.deepcopy(m) if "Norm" not in source else eval(f"nn.{source}", {"nn": lib.nn})
            )
            m.initialize_parameters(lib.ones(shape))
            trace.note(
                f"{source}: known",
                [
                    m.has_uninitialized_params(),
                    {k: tuple(v.shape) for k, v in m.state_dict().items()},
                ],
            )
            trace.note(f"{source}: values", m.state_dict())
            trace.observe(
                f"{source}: load", lambda m=m, o=other: repr(o.load_state_dict(m.state_dict()))
            )
            trace.note(
                f"{source}: loaded", {k: tuple(v.shape) for k, v in other.state_dict().items()}
            )
        m = lib.nn.LazyLinear(4)
        m(lib.ones(2, 3))
        trace.note(
            "class",
            [
                type(m).__name__,
                repr(m),
                sorted(k for k in vars(m) if k.endswith("_hook")),
                len(m._forward_pre_hooks),
            ],
        )
        trace.observe("other input", lambda: m(lib.ones(2, 5)), noted=lambda _: None)
        trace.observe("conv", lambda: lib.nn.LazyConv2d(4, 2)(lib.ones(2)))
        trace.note("use", refused(lambda: lib.nn.LazyLinear(4).weight + 1))
        trace.note("copy of a buffer", refused(lambda: copy.deepcopy(lib.nn.UninitializedBuffer())))

    compare(program)
