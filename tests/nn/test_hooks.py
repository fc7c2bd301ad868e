"""The hooks of modules against torch: which run, when, with what, and what they may change."""

from __future__ import annotations

import copy
from collections import OrderedDict

import pytest
import torch

from tests.nn.programs import compare
from tests.oracle import (
    Trace,
    is_tensor,
    module_under_test,
    to_numpy,
)


@pytest.fixture(scope="module")
def lib():
    return module_under_test()


def plain(value):
    """Tensors as lists, modules by name, so that what hooks were given can be compared."""
    if is_tensor(value):
        return to_numpy(value).tolist()
    if isinstance(value, (tuple, list)):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return (
        value
        if value is None or isinstance(value, (bool, int, float, str))
        else type(value).__name__
    )


class Notes(list):
    """What the hooks were given, in order."""

    def hook(self, name: str, result=None):
        """A hook that notes its arguments and gives ``result`` (of them, if it is a function)."""

        def called(*args):
            self.append([name, *(plain(a) for a in args)])
            return result(*args) if callable(result) else result

        return called


def doubler(lib):
    class Double(lib.nn.Module):
        def forward(self, x, scale=2):
            return x * scale

    return Double()


def test_forward_hooks():
    def program(lib, trace: Trace):
        m, notes = doubler(lib), Notes()
        m.register_forward_pre_hook(notes.hook("pre"))
        m.register_forward_pre_hook(notes.hook("pre changes", lambda m, args: args[0] + 1))
        m.register_forward_pre_hook(notes.hook("pre first"), prepend=True)
        m.register_forward_pre_hook(
            notes.hook("pre kwargs", lambda m, a, k: (a, {"scale": 3})), with_kwargs=True
        )
        m.register_forward_hook(notes.hook("post"))
        m.register_forward_hook(notes.hook("post changes", lambda m, args, out: out + 0.5))
        m.register_forward_hook(notes.hook("post first"), prepend=True)
        last = m.register_forward_hook(notes.hook("post kwargs"), with_kwargs=True)
        trace.note("result", m(lib.ones(2)))
        trace.note("calls", list(notes))
        last.remove()
        last.remove()
        notes.clear()
        trace.note("keyword", m(x=lib.ones(1), scale=5) if False else m(lib.ones(1), scale=5))
        trace.note("calls without the last", list(notes))
        trace.note(
            "tables",
            [len(m._forward_hooks), len(m._forward_hooks_with_kwargs), len(m._forward_pre_hooks)],
        )
        with m.register_forward_hook(notes.hook("within")):
            trace.note("inside", len(m._forward_hooks))
        trace.note("outside", len(m._forward_hooks))

    compare(program)


def test_a_pre_hook_with_kwargs_must_give_a_pair():
    def program(lib, trace: Trace):
        m = doubler(lib)
        m.register_forward_pre_hook(lambda m, args, kwargs: args, with_kwargs=True)
        trace.observe("call", lambda: m(3.5))

    compare(program)


def test_hooks_that_are_always_called():
    def program(lib, trace: Trace):
        m, notes = doubler(lib), Notes()
        m.register_forward_hook(notes.hook("only after success"))
        m.register_forward_hook(notes.hook("always"), always_call=True)
        m.register_forward_hook(notes.hook("always, kwargs"), always_call=True, with_kwargs=True)

        def fail(*_):
            raise KeyError("in a hook")

        m.register_forward_hook(fail, always_call=True)
        trace.observe("call", lambda: m(None), warned=True)
        trace.note("calls", list(notes))

    compare(program)


def test_hooks_of_every_module():
    def program(lib, trace: Trace):
        notes, hooks = Notes(), lib.nn.modules.module
        handles = [
            hooks.register_module_forward_pre_hook(notes.hook("all pre")),
            hooks.register_module_forward_hook(notes.hook("all post")),
            hooks.register_module_forward_hook(notes.hook("all kwargs"), with_kwargs=True),
            hooks.register_module_full_backward_pre_hook(notes.hook("all backward pre")),
            hooks.register_module_full_backward_hook(notes.hook("all backward")),
            hooks.register_module_module_registration_hook(notes.hook("module")),
            hooks.register_module_parameter_registration_hook(notes.hook("parameter")),
            hooks.register_module_buffer_registration_hook(notes.hook("buffer")),
        ]
        try:
            m = lib.nn.Sequential(doubler(lib), doubler(lib))
            m.register_forward_pre_hook(notes.hook("own pre"))
            m.register_buffer("b", lib.zeros(1))
            m.p = lib.nn.Parameter(lib.zeros(1))
            m.p = None
            m.c = lib.nn.ReLU()
            x = lib.ones(2, requires_grad=True)
            trace.note("grad_fn", type(m(x).grad_fn).__name__)
            m(x).sum().backward()
            trace.observe("mixed", lambda: hooks.register_module_backward_hook(print))
        finally:
            for handle in handles:
                handle.remove()
        trace.note("calls", list(notes))
        trace.note("gradient", x.grad)

    compare(program)


@pytest.fixture(autouse=True)
def _backward_hooks_may_be_of_either_kind(lib):
    """Which kind of backward hook is used for all modules is settled once a process."""
    yield
    torch.nn.modules.module._global_is_full_backward_hook = None
    if lib is not torch:
        lib.nn.modules._hooks.everywhere.full_backward = None


def test_registration_hooks_replace():
    def program(lib, trace: Trace):
        hooks = lib.nn.modules.module
        handles = [
            hooks.register_module_module_registration_hook(
                lambda m, name, new: lib.nn.Tanh() if name == "a" else None
            ),
            hooks.register_module_parameter_registration_hook(
                lambda m, name, p: lib.nn.Parameter(lib.zeros(7))
            ),
            hooks.register_module_buffer_registration_hook(lambda m, name, b: lib.zeros(9)),
        ]
        try:
            m = lib.nn.Module()
            m.a, m.b = lib.nn.ReLU(), lib.nn.ReLU()
            m.add_module("c", lib.nn.ReLU())
            m.p = lib.nn.Parameter(lib.ones(1))
            m.register_buffer("q", lib.ones(1))
        finally:
            for handle in handles:
                handle.remove()
        trace.note("text", repr(m))
        trace.note("state", {k: tuple(v.shape) for k, v in m.state_dict().items()})

    compare(program)


def test_full_backward_hooks():
    def program(lib, trace: Trace):
        m, notes = doubler(lib), Notes()
        m.register_full_backward_pre_hook(notes.hook("pre", lambda m, grads: (grads[0] * 10,)))
        m.register_full_backward_pre_hook(notes.hook("pre first"), prepend=True)
        m.register_full_backward_hook(notes.hook("post"))
        m.register_full_backward_hook(
            notes.hook("post changes", lambda m, given, got: (given[0] + 1,))
        )
        m.register_full_backward_hook(notes.hook("post first"), prepend=True)
        x = lib.ones(2, requires_grad=True)
        y = m(x)
        trace.note("output", y)
        y.sum().backward()
        trace.note("calls", list(notes))
        trace.note("gradient", x.grad)
        trace.note("no gradient wanted", type(m(lib.ones(1)).grad_fn).__name__)
        with lib.no_grad():
            trace.note("no_grad", m(x).grad_fn)

    compare(program)


def test_full_backward_hooks_of_several_tensors():
    def program(lib, trace: Trace):
        class Several(lib.nn.Module):
            def forward(self, a, number, b, c):
                return a * number, "text", b + c

        m, notes = Several(), Notes()
        m.register_full_backward_pre_hook(notes.hook("pre"))
        m.register_full_backward_hook(notes.hook("post"))
        a, b = lib.ones(2, requires_grad=True), lib.ones(2, requires_grad=True)
        out = m(a, 3, b, lib.ones(2))
        trace.note("outputs", [type(o).__name__ for o in out])
        (out[0].sum() + 2 * out[2].sum()).backward()
        trace.note("calls", list(notes))
        notes.clear()
        m(a, 3, b, lib.ones(2))[0].sum().backward()
        trace.note("one output used", list(notes))
        trace.note("gradients", [a.grad, b.grad])

    compare(program)


def test_full_backward_hooks_without_inputs_that_want_gradients():
    def program(lib, trace: Trace):
        m, notes = lib.nn.Linear(2, 1, bias=False), Notes()
        with lib.no_grad():
            m.weight.fill_(1.0)
        m.register_full_backward_hook(notes.hook("post"))
        trace.observe("backward", lambda: m(lib.ones(1, 2)).sum().backward(), warned=True)
        trace.note("calls", list(notes))
        trace.note("gradient", m.weight.grad)
        m.register_full_backward_hook(lambda m, given, got: (lib.ones(1),))
        trace.observe("changing", lambda: m(lib.ones(1, 2)).sum().backward())

    compare(program)


@pytest.mark.parametrize(
    "which", ["register_full_backward_hook", "register_full_backward_pre_hook"]
)
def test_full_backward_hooks_that_give_the_wrong_number(which):
    def program(lib, trace: Trace):
        m = doubler(lib)
        getattr(m, which)(lambda m, *grads: (None, None))
        trace.observe("backward", lambda: m(lib.ones(1, requires_grad=True)).sum().backward())

    compare(program)


def test_a_full_backward_hook_on_something_else_than_tensors():
    def program(lib, trace: Trace):
        class Dict(lib.nn.Module):
            def forward(self, x):
                return {"y": x * 2}

        m, notes = Dict(), Notes()
        m.register_full_backward_hook(notes.hook("post"))
        x = lib.ones(1, requires_grad=True)
        trace.observe("call", lambda: m(x)["y"].sum().backward(), warned=True)
        trace.note("calls", list(notes))

    compare(program)


def test_an_inplace_module_with_a_full_backward_hook():
    def program(lib, trace: Trace):
        m = lib.nn.ReLU(inplace=True)
        m.register_full_backward_hook(lambda *_: None)
        x = lib.ones(2, requires_grad=True)
        trace.observe("call", lambda: m(x * 2))

    compare(program)


def test_double_backward_through_a_hooked_module():
    def program(lib, trace: Trace):
        m, notes = doubler(lib), Notes()
        m.register_full_backward_hook(notes.hook("post"))
        x = lib.ones(2, requires_grad=True)
        y = (m(x) ** 3).sum()
        (g,) = lib.autograd.grad(y, x, create_graph=True)
        trace.note("gradient", g.detach())
        g.sum().backward()
        trace.note("second", x.grad)
        trace.note("calls", list(notes))

    compare(program)


def test_deprecated_backward_hooks():
    def program(lib, trace: Trace):
        m, notes = doubler(lib), Notes()
        handle = m.register_backward_hook(notes.hook("last operation"))
        x = lib.ones(2, requires_grad=True)
        trace.observe("one operation", lambda: m(x).sum().backward(), warned=True)
        trace.note("calls", list(notes))
        trace.observe("mixed", lambda: m.register_full_backward_hook(print))
        handle.remove()
        other = lib.nn.Linear(2, 1)
        other.register_full_backward_hook(lambda *_: None)
        trace.observe("mixed the other way", lambda: other.register_backward_hook(print))

        class Several(lib.nn.Module):
            def forward(self, x):
                return (
                    {"a": [x * 2 + 1]}
                    if isinstance(x, lib.Tensor) and x.shape == (1,)
                    else (x * 2, x * 3)
                )

        several = Several()
        several.register_backward_hook(notes.hook("several"))
        trace.observe("two outputs", lambda: several(x)[0].sum().backward(), warned=True)
        trace.observe(
            "nested",
            lambda: several(lib.ones(1, requires_grad=True))["a"][0].backward(),
            warned=True,
        )
        chain = lib.nn.Sequential(doubler(lib), doubler(lib))
        chain.register_backward_hook(notes.hook("chain"))
        trace.observe("two operations", lambda: chain(x).sum().backward(), warned=True)

    compare(program)


def test_state_hooks():
    def program(lib, trace: Trace):
        m, notes = lib.nn.Sequential(lib.nn.Linear(1, 1)), Notes()
        inner = m[0]
        m.register_state_dict_pre_hook(notes.hook("save pre"))
        inner.register_state_dict_pre_hook(notes.hook("inner save pre"))
        inner._register_state_dict_hook(notes.hook("inner saved"))
        m.register_state_dict_post_hook(notes.hook("saved"))
        inner._register_load_state_dict_pre_hook(notes.hook("inner load pre"))
        inner.register_load_state_dict_pre_hook(notes.hook("inner load pre, public"))
        inner.register_load_state_dict_post_hook(notes.hook("inner loaded"))
        m.register_load_state_dict_post_hook(notes.hook("loaded"))
        with lib.no_grad():
            for p in m.parameters():
                p.fill_(0.5)
        state = m.state_dict()
        trace.note("saving", [n[:1] + n[3:] for n in notes])
        notes.clear()
        m.load_state_dict(state)
        trace.note("loading", [[n[0], len(n)] for n in notes])
        m._register_state_dict_hook(lambda m, state, prefix, meta: OrderedDict(only=1))
        trace.note("replaced", dict(m.state_dict()))

    compare(program)


def test_what_state_hooks_may_not_do():
    def program(lib, trace: Trace):
        m = lib.nn.Linear(1, 1)
        handle = m.register_state_dict_post_hook(lambda *_: {})
        trace.observe("a result", lambda: m.state_dict())
        handle.remove()

        def hook(*_):
            return None

        m.register_state_dict_post_hook(hook)
        trace.observe("both ways", lambda: m._register_state_dict_hook(hook))
        m.register_load_state_dict_post_hook(lambda m, keys: keys)
        trace.observe("a result of loading", lambda: m.load_state_dict(m.state_dict()))

    compare(program)


def test_a_load_hook_may_change_what_is_missing():
    def program(lib, trace: Trace):
        m = lib.nn.Linear(1, 1)
        m.register_load_state_dict_post_hook(lambda m, keys: keys.missing_keys.clear())
        trace.observe("load", lambda: repr(m.load_state_dict({})))
        renamed = lib.nn.Linear(1, 1, bias=False)

        def rename(state, prefix, *_):
            state[prefix + "weight"] = state.pop(prefix + "w")

        renamed._register_load_state_dict_pre_hook(rename)
        trace.observe("rename", lambda: repr(renamed.load_state_dict({"w": lib.ones(1, 1)})))
        trace.note("weight", renamed.weight.detach())

    compare(program)


def test_hooks_go_with_copies():
    def program(lib, trace: Trace):
        m = doubler(lib)
        m.handle = m.register_forward_hook(lambda m, args, out: out + 1)
        other = copy.deepcopy(m)
        trace.note("copy", other(lib.ones(1)))
        other.handle.remove()
        trace.note("removed from the copy", other(lib.ones(1)))
        trace.note("kept", m(lib.ones(1)))

    compare(program)


def test_a_dead_module():
    def program(lib, trace: Trace):
        m = lib.nn.Linear(1, 1)
        m.register_load_state_dict_pre_hook(lambda *_: None)
        (hook,) = m._load_state_dict_pre_hooks.values()
        del m
        trace.observe("call", lambda: hook({}))

    compare(program)
