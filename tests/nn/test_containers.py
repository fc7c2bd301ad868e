"""Containers against torch: what they hold after each step, how they print, what they refuse."""

from __future__ import annotations

import pytest
import torch

from tests.nn.programs import compare
from tests.oracle import Trace, module_under_test, same_error

SEQUENTIAL = "nn.Sequential(nn.Linear(1, 2), nn.ReLU(), nn.Linear(2, 3), nn.Tanh())"
NAMED = "nn.Sequential(OrderedDict(a=nn.Linear(1, 2), b=nn.ReLU(), c=nn.Tanh()))"
LIST = "nn.ModuleList([nn.Linear(1, 2), nn.ReLU(), nn.Linear(2, 3), nn.Tanh()])"
DICT = "nn.ModuleDict({'b': nn.Linear(1, 2), 'a': nn.ReLU()})"
PARAMETERS = "nn.ParameterList([torch.ones(1), nn.Parameter(torch.ones(2)), 'text', torch.ones(3)])"
NAMED_PARAMETERS = (
    "nn.ParameterDict({'b': torch.ones(1), 'a': nn.Parameter(torch.ones(2)), 'c': 3})"
)

INDEXED = (
    "m[0]", "m[-1]", "m[4]", "m[-5]", "m['a']", "m[1.5]", "m[1:3]", "m[::-1]", "m[10:]", "len(m)",
    "list(m)", "m.append(nn.Sigmoid())", "m.append(3)", "m.pop(1)", "m.pop(-1)", "m.pop(9)",
    "m.pop(slice(1, 3))", "m.insert(0, nn.Sigmoid())", "m.insert(2, nn.Sigmoid())",
    "m.extend([nn.Sigmoid(), nn.Sigmoid()])", "m.extend(3)", "m.__setitem__(0, nn.Sigmoid())",
    "m.__setitem__(-1, nn.Sigmoid())", "m.__setitem__(9, nn.Sigmoid())", "m.__setitem__(0, 3)",
    "m.__delitem__(0)", "m.__delitem__(-1)", "m.__delitem__(9)", "m.__delitem__(slice(0, 2))",
    "m.__delitem__(slice(None, None, 2))", "m + m", "m + 3", "m.__iadd__([nn.Sigmoid()])",
    "m.__iadd__(3)", "[k for k in dir(m) if k.isdigit()]", "nn.ReLU() in m",
)  # fmt: skip

STEPS = {
    SEQUENTIAL: (
        *INDEXED, "m * 2", "2 * m", "m * 0", "m * 1.5", "m.__imul__(2)", "m.__imul__(0)",
        "m.__imul__('a')", "m.__iadd__(nn.Sequential(nn.Sigmoid()))", "m.insert(-1, nn.Sigmoid())",
        "m.insert(9, nn.Sigmoid())", "m.insert(0, 3)", "nn.Sequential(3)",
        "nn.Sequential([nn.ReLU()])",
    ),
    NAMED: (
        "m[0]", "m[-1]", "m[1:]", "m.a", "m.pop(0)", "m.__delitem__(0)", "m.append(nn.Sigmoid())",
        "m + m", "m.__setitem__(1, nn.Sigmoid())",
    ),
    LIST: (
        *INDEXED, "m + [nn.Sigmoid()]", "m.insert(9, nn.Sigmoid())", "m(torch.ones(1))",
        "nn.ModuleList(3)", "nn.ModuleList([3])", "nn.ModuleList(nn.ReLU() for _ in range(2))",
        "list(reversed(m))",
    ),
    DICT: (
        "m['a']", "m['z']", "m.a", "len(m)", "list(m)", "'a' in m", "'z' in m", "list(m.keys())",
        "list(m.items())", "list(m.values())", "m.pop('a')", "m.pop('z')", "m.clear()",
        "m.update({'z': nn.Tanh(), 'a': nn.Tanh()})", "m.update([('z', nn.Tanh())])",
        "m.update([('z',)])", "m.update([3])", "m.update(3)",
        "m.update(nn.ModuleDict({'q': nn.Tanh()}))", "m.__setitem__('z', nn.Tanh())",
        "m.__setitem__('z', 3)", "m.__setitem__('keys', nn.Tanh())",
        "m.__setitem__('x.y', nn.Tanh())", "m.__delitem__('a')", "m.__delitem__('z')",
        "nn.ModuleDict([('x', nn.ReLU())])", "nn.ModuleDict({1: nn.ReLU()})",
    ),
    PARAMETERS: (
        "m[0]", "m[-1]", "m[2]", "m[4]", "m[1:3]", "len(m)", "list(m)", "m.append(torch.ones(4))",
        "m.append('x')", "m.extend([torch.ones(4), 3])", "m.extend(torch.ones(4))", "m.extend(3)",
        "m.__iadd__([torch.ones(2)])", "m.__setitem__(0, torch.zeros(5))",
        "m.__setitem__(2, torch.zeros(5))", "m.__setitem__(9, 1)", "m(3)",
        "[k for k in dir(m) if k.isdigit()]", "nn.ParameterList(3)",
    ),
    NAMED_PARAMETERS: (
        "m['a']", "m['z']", "m[3]", "m.a", "len(m)", "list(m)", "list(reversed(m))", "'a' in m",
        "list(m.keys())", "list(m.items())", "list(m.values())", "m.pop('a')", "m.pop('z')",
        "m.popitem()", "m.clear()", "m.get('a')", "m.get('z')", "m.get('z', 5)",
        "m.setdefault('a')", "m.setdefault('z', torch.ones(4))", "m.copy()",
        "m.fromkeys(['x', 'y'], 3)", "m.update({'z': torch.ones(3), 'y': 1})",
        "m.update([('z', 1)])", "m.update([('z',)])", "m.update([3])", "m.update(3)",
        "m.__setitem__('z', torch.zeros(5))", "m.__delitem__('a')", "m.__delitem__('z')",
        "m | nn.ParameterDict({'q': torch.ones(1)})", "m | {'q': 1}", "{'q': 1} | m",
        "m.__ior__({'q': torch.ones(2)})", "m(3)", "nn.ParameterDict().popitem()",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    "source, step", [(source, step) for source, steps in STEPS.items() for step in steps]
)
def test_step(source, step):
    def program(lib, trace: Trace):
        from collections import OrderedDict

        scope = {"nn": lib.nn, "torch": lib, "OrderedDict": OrderedDict}
        m = scope["m"] = eval(source, scope)
        trace.observe("result", lambda: eval(step, scope), noted=shown)
        trace.note("held", [repr(m), list(m._modules), list(m._parameters), len(m)])

    def shown(result):
        return [type(result).__name__, repr(result)]

    compare(program)


def test_keys_are_strings():
    def run(lib):
        lib.nn.ParameterDict()[3] = 1

    same_error(lambda: run(module_under_test()), lambda: run(torch))


def test_same_modules_are_shared():
    def program(lib, trace: Trace):
        first = lib.nn.Sequential(lib.nn.Linear(1, 1), lib.nn.ReLU())
        trace.note(
            "sum",
            [(first + first)[2] is first[0], (first * 2)[2] is first[0], first[:1][0] is first[0]],
        )
        trace.note("self", [first.append(lib.nn.Tanh()) is first, first.extend([]) is first])

    compare(program)


def test_container_warns():
    def program(lib, trace: Trace):
        trace.observe("Container", lambda: repr(lib.nn.Container(a=lib.nn.ReLU())), warned=True)
        trace.observe("NLLLoss2d", lambda: repr(lib.nn.NLLLoss2d(reduction="sum")), warned=True)

    compare(program)


def test_data_parallel_without_gpus():
    """It is the module itself."""

    def program(lib, trace: Trace):
        lib.manual_seed(0)
        model = lib.nn.DataParallel(lib.nn.Linear(2, 3), device_ids=[0, 1], dim=1)
        trace.note("facts", [repr(model), list(model.state_dict()), model.device_ids, type(model).__module__])
        trace.note("result", model(lib.ones(4, 2)))
        trace.note("by name", model(input=lib.ones(1, 2)))
        trace.observe("function", lambda: lib.nn.parallel.data_parallel(model, lib.ones(4, 2)))

    compare(program)
