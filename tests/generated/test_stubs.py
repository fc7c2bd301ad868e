"""The type stubs are those of the tables, name what there is at run time, and agree with PyTorch's."""

from __future__ import annotations

import ast
import importlib
from collections import defaultdict
from pathlib import Path

import pytest
import torch

import jaxtorch
from jaxtorch._core import arguments, bind
from tools import stubs

from . import typed_program

FILES = stubs.files()
REGENERATE = "not what the tables declare: run `make generate`"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(stubs.PACKAGE)))
def test_current(path):
    assert path.read_text(encoding="utf-8") == FILES[path], REGENERATE


def test_all_stubs_are_generated():
    assert set(stubs.PACKAGE.rglob("*.pyi")) == set(FILES)


# -- names ----------------------------------------------------------------------------------------
def parsed(name: str) -> list[ast.stmt]:
    return ast.parse(FILES[stubs.PACKAGE / name]).body


def names(body: list[ast.stmt]) -> set[str]:
    """The public names that statements of a stub declare."""
    found = set()
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
        elif isinstance(node, ast.ImportFrom):
            found |= {a.asname for a in node.names if a.asname == a.name or a.asname and node.level}
    return {n for n in found if not n.startswith("_") or n in ("_C", "_dynamo")}


MODULES = {"__init__": "", "nn/functional": ".nn.functional", "linalg": ".linalg", "fft": ".fft", "special": ".special"}


@pytest.mark.parametrize("stub", MODULES)
def test_a_module_and_its_stub_have_the_same_names(stub):
    module = importlib.import_module("jaxtorch" + MODULES[stub])
    declared = names(parsed(f"{stub}.pyi"))
    assert not [n for n in declared if not hasattr(module, n)]
    public = {n for n in dir(module) if not n.startswith("_") and n != "annotations"}
    assert public - declared == set()


def test_the_class_and_its_stub_have_the_same_names():
    (base,) = [n for n in parsed("_tensor.pyi") if isinstance(n, ast.ClassDef)]
    declared = names(base.body)
    assert not [n for n in declared if not hasattr(jaxtorch.Tensor, n)]
    written = stubs._class(stubs.PACKAGE / "_core" / "tensor.py", "Tensor")
    by_hand = {n.name for n in written.body if isinstance(n, ast.FunctionDef)}
    public = {n for n in dir(jaxtorch.Tensor) if not n.startswith("_")}
    assert public - declared - by_hand == set()


def test_results_with_names():
    for node in parsed("return_types.pyi"):
        if isinstance(node, ast.ClassDef):
            fields = [n.name for n in node.body if isinstance(n, ast.FunctionDef)]
            assert list(getattr(jaxtorch.return_types, node.name).__match_args__) == fields


# -- signatures -----------------------------------------------------------------------------------
SAMPLES = {
    "Tensor": jaxtorch.zeros(()), "Number": 1, "_complex": 1j, "_int": 1, "_float": 0.5, "_bool": True, "_str": "sum",
    "_dtype": jaxtorch.float32, "_size": (1, 2), "Device": "cpu", "_layout": jaxtorch.strided, "Any": None,
    "memory_format": jaxtorch.contiguous_format, "Generator": jaxtorch.default_generator, "None": None,
    "tuple[Tensor, ...]": (jaxtorch.zeros(()),), "list[Tensor]": [jaxtorch.zeros(())],
}  # fmt: skip


def samples(annotation: ast.expr | None) -> list:
    """Values of every alternative of an annotation."""
    if isinstance(annotation, ast.BinOp):
        return samples(annotation.left) + samples(annotation.right)
    text = ast.unparse(annotation)
    if text.startswith("Sequence"):
        return [(0.5, 0.5)]
    if text.startswith("Literal"):
        return [ast.literal_eval(annotation.slice)]
    return [SAMPLES[text]]


def calls(node: ast.FunctionDef):
    """(arguments, keyword arguments): required ones alone, and all, each of every type that it may have."""
    spec = node.args
    plain = [a for a in spec.args if a.arg != "self"]
    least = len(plain) - min(len(spec.defaults), len(plain))
    required = {a.arg: samples(a.annotation)[0] for a, d in zip(spec.kwonlyargs, spec.kw_defaults) if d is None}
    several = [samples(spec.vararg.annotation)[0]] * 2 if spec.vararg else []
    first = [samples(a.annotation)[0] for a in plain]
    yield [*first[:least], *several], required
    for i, a in enumerate(plain):
        for value in samples(a.annotation):
            yield [*first[:i], value, *first[i + 1 :], *several], required
    for a in spec.kwonlyargs:
        # memory for a copy to a GPU is refused where there is none
        for value in samples(a.annotation) if a.arg not in ("out", "pin_memory") else []:
            yield [*first, *several], {**required, a.arg: value}


def declared_functions() -> dict[str, tuple]:
    """``file: name`` -> (the overloads in the stub, the specs, whether it is a method)."""
    found = {}
    for stub, module in MODULES.items():
        owner = importlib.import_module("jaxtorch" + module)
        found |= {f"{stub}: {name}": value for name, value in group(parsed(f"{stub}.pyi"), owner, False).items()}
    (base,) = [n for n in parsed("_tensor.pyi") if isinstance(n, ast.ClassDef)]
    return found | {f"Tensor.{name}": value for name, value in group(base.body, jaxtorch.Tensor, True).items()}


def group(body: list[ast.stmt], owner, method: bool) -> dict[str, tuple]:
    found = defaultdict(list)
    for node in body:
        if isinstance(node, ast.FunctionDef) and hasattr(getattr(owner, node.name, None), "declared"):
            found[node.name].append(node)
    operators = bind._OPERATORS | bind._IN_PLACE
    return {
        name: (nodes, getattr(owner, name).declared[0], method)
        for name, nodes in found.items() if name not in operators
    }  # fmt: skip


def test_calls_that_fit_a_stub_fit_the_op():
    functions = declared_functions()
    assert len(functions) > 1000
    wrong = []
    for name, (nodes, specs, method) in functions.items():
        for node in nodes:
            for args, kwargs in calls(node):
                args = [jaxtorch.zeros(()), *args] if method else args
                try:
                    bind.select(specs, tuple(args), dict(kwargs), int(method))
                except (arguments.Mismatch, TypeError) as e:
                    wrong.append(f"{name}({args[int(method):]}, {kwargs}): {e}")
    assert not wrong, "\n".join(wrong[:40])


# -- what PyTorch's stubs say ---------------------------------------------------------------------
def results(path: str, cls: str | None = None) -> dict[str, set[str]]:
    body = ast.parse((Path(torch.__file__).parent / path).read_text(encoding="utf-8")).body
    if cls:
        body = next(n for n in body if isinstance(n, ast.ClassDef) and n.name == cls).body
    found = defaultdict(set)
    for node in body:
        if isinstance(node, ast.FunctionDef) and node.returns is not None:
            found[node.name].add(SPELLED.get(text := ast.unparse(node.returns), text.removeprefix("torch.")))
    return found


SPELLED = {"S": "_T", "Self": "Tensor", "numpy.ndarray": "ndarray", "_int | SymInt": "_int", "str": "_str"}
# PyTorch's stub says less, or something else than what it returns.
LOOSER = {
    "split": "Sequence[Tensor]", "split_copy": "None", "split_with_sizes_copy": "None", "unbind_copy": "None",
    "lu_unpack": "return_types.lu_unpack", "qscheme": "_qscheme",
}  # fmt: skip


@pytest.mark.parametrize("stub, path, cls", [
    ("__init__.pyi", "_C/_VariableFunctions.pyi", None), ("_tensor.pyi", "_C/__init__.pyi", "TensorBase"),
])  # fmt: skip
def test_results_are_those_of_pytorch(stub, path, cls):
    theirs = results(path, cls)
    body = parsed(stub)
    if cls:
        (body,) = [n.body for n in body if isinstance(n, ast.ClassDef)]
    ours = defaultdict(set)
    for node in body:
        if isinstance(node, ast.FunctionDef):
            ours[node.name].add(ast.unparse(node.returns) if node.returns else "")
    wrong = [
        f"{name}: {sorted(found)}, PyTorch {sorted(theirs[name])}"
        for name, found in ours.items()
        if name in theirs and "Any" not in theirs[name] and found != theirs[name]
        and {LOOSER.get(name)} != theirs[name] and name.isidentifier() and not name.startswith("__")
    ]  # fmt: skip
    assert not wrong, "annotate what these return where they are declared:\n" + "\n".join(wrong)


@pytest.mark.parametrize("program", typed_program.PROGRAMS, ids=lambda p: p.__name__)
def test_the_program_that_the_type_checker_reads_runs(program):
    program()
