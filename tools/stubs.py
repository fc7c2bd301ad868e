"""Type stubs: what the op tables declare, as editors and type checkers read it."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Collection
from pathlib import Path

import jaxtorch
from jaxtorch._core import bind, dtypes
from jaxtorch._core.tensor import Tensor

from .annotations import Argument, Signature, of_declared, of_function

PACKAGE = Path(jaxtorch.__file__).parent
HEADER = "# Generated from the op tables by `make generate`; not to be edited.\n"
WIDTH = 120
# Where the stubs have their words from; of the package, relative to it.
WORDS = {
    "collections.abc": "Callable Iterator Sequence", "typing": "Any Literal TypeVar overload", "numpy": "ndarray",
    ".": "return_types", "._core.formats": "memory_format", "._core.generator": "Generator",
    "._core.memory": "TypedStorage UntypedStorage", "._core.tensor": "Size Tensor",
    ".types": "Device Number _bool _complex _device _dtype _float _int _layout _size _str",
}  # fmt: skip
# What no schema and no annotation says: overloads of Python functions.
WRITTEN = {
    "Tensor.size": ["(self, dim: None = None) -> Size", "(self, dim: _int) -> _int"],
    "Tensor.stride": ["(self, dim: None = None) -> tuple[_int, ...]", "(self, dim: _int) -> _int"],
    "Tensor.to": [
        "(self, dtype: _dtype, non_blocking: _bool = False, copy: _bool = False, *, "
        "memory_format: memory_format | None = None) -> Tensor",
        "(self, device: Device = None, dtype: _dtype | None = None, non_blocking: _bool = False, "
        "copy: _bool = False, *, memory_format: memory_format | None = None) -> Tensor",
        "(self, other: Tensor, non_blocking: _bool = False, copy: _bool = False, *, "
        "memory_format: memory_format | None = None) -> Tensor",
    ],
    "Tensor.type": [
        "(self, dtype: None = None, non_blocking: _bool = False) -> _str",
        "(self, dtype: _str | _dtype | type, non_blocking: _bool = False) -> Tensor",
    ],
    "Tensor.as_subclass": ["(self, cls: type[_T]) -> _T"],
    "Tensor._make_subclass": ["(subclass: type[_T], data: Tensor, require_grad: _bool = False) -> _T"],
    "Tensor.nonzero": [
        "(self, *, as_tuple: Literal[False] = False) -> Tensor",
        "(self, *, as_tuple: Literal[True]) -> tuple[Tensor, ...]",
    ],
    "torch.nonzero": [
        "(input: Tensor, *, as_tuple: Literal[False] = False, out: Tensor | None = None) -> Tensor",
        "(input: Tensor, *, as_tuple: Literal[True]) -> tuple[Tensor, ...]",
    ],
    "torch.tensordot": [
        "(a: Tensor, b: Tensor, dims: _int | Sequence[Sequence[_int]] | Tensor = 2, out: Tensor | None = None) "
        "-> Tensor"
    ],
    "torch.chain_matmul": ["(*matrices: Tensor, out: Tensor | None = None) -> Tensor"],
    "torch.broadcast_tensors": ["(*tensors: Any) -> tuple[Tensor, ...]"],
    "torch.broadcast_shapes": ["(*shapes: _int | _size) -> Size"],
    "torch.block_diag": ["(*tensors: Tensor | Number | _complex) -> Tensor"],
    "torch.cartesian_prod": ["(*tensors: Tensor) -> Tensor"],
    "torch.meshgrid": ["(*tensors: Any, indexing: _str | None = None) -> tuple[Tensor, ...]"],
    **{
        f"torch.atleast_{n}d": [
            "(tensor: Tensor, /) -> Tensor", "(first: Tensor, second: Tensor, /, *tensors: Tensor) "
            "-> tuple[Tensor, ...]", "(tensors: tuple[Tensor, ...] | list[Tensor], /) -> tuple[Tensor, ...]",
        ]
        for n in (1, 2, 3)
    },
    "torch.split": [
        "(tensor: Tensor, split_size_or_sections: _int | _size, dim: _int = 0) -> tuple[Tensor, ...]"
    ],
    "torch.detach": ["(input: Tensor) -> Tensor"],
    "torch.detach_": ["(input: Tensor) -> Tensor"],
    **{
        f"torch.{name}_lowrank": [f"(A: Tensor, q: _int{q}, {more}) -> tuple[Tensor, Tensor, Tensor]"]
        for name, q, more in (("svd", " = 6", "niter: _int = 2, M: Tensor | None = None"),
                              ("pca", " | None = None", "center: _bool = True, niter: _int = 2"))
    },
    "torch.einsum": ["(equation: _str, *operands: Any) -> Tensor", "(*args: Any) -> Tensor"],
}
# The members that a class in a stub can read, beside its methods.
ATTRIBUTES = {"grad": "Tensor | None", "data": "Tensor"}
# Not for a stub: what `object` has, and what only the package itself calls.
HIDDEN = {"__module__", "__dict__", "__doc__", "__weakref__", "__annotations__", "__slots__", "__init_subclass__"}


# -- text -----------------------------------------------------------------------------------------
def define(name: str, signatures: list[Signature], indent: str = "") -> str:
    """The text of a function with its overloads."""
    lines = []
    for i, one in enumerate(signatures):
        if len(signatures) > 1:
            lines.append(f"{indent}@overload\n")
        lines.append(_one(name, one, indent, one.doc if i == 0 else None))
    return "".join(lines)


def _one(name: str, one: Signature, indent: str, doc: str | None) -> str:
    parts, end = one.parts(), f") -> {one.returns}:"
    head = f"{indent}def {name}("
    body = " ..." if doc is None else ""
    text = head + ", ".join(parts) + end + body
    if len(text) > WIDTH:
        text = head + "\n" + _filled(parts, indent + "    ") + indent + end + body
    quoted = "" if doc is None else f'\n{indent}    """{doc}"""'
    if quoted and len(quoted.strip("\n")) > WIDTH:
        quoted = "\n" + _folded(doc, indent + "    ")
    return text + quoted + "\n"


def _filled(parts: list[str], indent: str) -> str:
    lines = [indent]
    for part in parts:
        if len(lines[-1]) + len(part) + 2 > WIDTH and lines[-1].strip():
            lines[-1] = lines[-1].rstrip()
            lines.append(indent)
        lines[-1] += part + ", "
    return "\n".join([*lines[:-1], lines[-1].rstrip()]) + "\n"


def _folded(doc: str, indent: str) -> str:
    words, lines = doc.split(), [f'{indent}"""']
    for word in words:
        if len(lines[-1]) + len(word) + 1 > WIDTH - 3:
            lines.append(indent)
        lines[-1] += ("" if lines[-1].endswith(('"""', indent)) else " ") + word
    return "\n".join(lines) + '"""'


def written(key: str, doc: str | None = None) -> list[Signature] | None:
    """The overloads of `WRITTEN`."""
    if key not in WRITTEN:
        return None
    made = []
    for text in WRITTEN[key]:
        node = ast.parse(f"def f{text}: ...").body[0]
        assert isinstance(node, ast.FunctionDef)
        made.append(Signature(_arguments(node.args), ast.unparse(node.returns) if node.returns else "Any", doc))
    return made


def _arguments(node: ast.arguments) -> tuple[Argument, ...]:
    def text(part) -> str | None:
        return None if part is None else ast.unparse(part)

    unset = [None] * (len(node.posonlyargs) + len(node.args) - len(node.defaults))
    plain = [*node.posonlyargs, *node.args]
    made = [Argument(a.arg, text(a.annotation) or "", text(d)) for a, d in zip(plain, [*unset, *node.defaults])]
    if node.posonlyargs:
        made.insert(len(node.posonlyargs), Argument("/"))
    if node.vararg:
        made.append(Argument(node.vararg.arg, text(node.vararg.annotation) or "", star="*"))
    for a, d in zip(node.kwonlyargs, node.kw_defaults):
        made.append(Argument(a.arg, text(a.annotation) or "", text(d), True))
    return tuple(made)


# -- one public callable --------------------------------------------------------------------------
def signatures(value, name: str, key: str = "", returns: str = "Any") -> list[Signature]:
    """The overloads of a public callable, wherever they are declared."""
    by_hand = written(key)
    if by_hand is not None:
        return by_hand
    declared = getattr(value, "declared", None)
    if declared is not None:
        specs, offset, inplace = declared
        return of_declared(specs, 1 if key.startswith("Tensor.") else offset, inplace)
    return of_function(value, name, returns)


def namespace(names: dict, returns: str = "Any") -> str:
    """The definitions of the functions of a namespace."""
    return "\n".join(
        define(name, signatures(names[name], name, f"torch.{name}", RESULTS.get(name, returns)))
        for name in sorted(names)
    )


# -- files ----------------------------------------------------------------------------------------
def assembled(body: str, imports: str = "", package: str = ".") -> str:
    """A stub: the imports that its body needs and ``imports``, whose names it gives on, then the body."""
    used = set(re.findall(r"\w+", re.sub(r'"""(.|\n)*?"""', "", body)))
    given = set(re.findall(r" as (\w+)\n", imports))
    lines = []
    for module, names in WORDS.items():
        wanted = [n for n in names.split() if n in used and n not in given]
        source = package + module.removeprefix(".") if module.startswith(".") else module
        if wanted:
            lines.append(f"from {source} import {', '.join(wanted)}\n")
    return HEADER + "".join(lines) + imports + "\n" + body


def tensor_stub() -> str:
    """The base that Tensor has for type checkers: all that is attached to the class."""
    own = {n.name for n in ast.walk(_class(PACKAGE / "_core" / "tensor.py", "Tensor"))
           if isinstance(n, ast.FunctionDef)}  # fmt: skip
    parts = []
    for name, value in sorted(vars(Tensor).items()):
        private = name.startswith("_") and not name.startswith("__")
        if name in HIDDEN or (private and not (callable(value) or isinstance(value, staticmethod))):
            continue
        if isinstance(value, property):
            if name not in own or name in ATTRIBUTES:
                returns = ATTRIBUTES.get(name) or of_function(value.fget, name, "Tensor")[0].returns
                text = define(name, [Signature((Argument("self"),), returns)], "    ")
                parts.append(f"    @property\n{text}")
                if value.fset is not None:
                    taken = (Argument("self"), Argument("value", returns))
                    text = define(name, [Signature(taken, "None")], "    ")
                    parts[-1] += f"    @{name}.setter\n{text}"
                if value.fdel is not None:
                    text = define(name, [Signature((Argument("self"),), "None")], "    ")
                    parts[-1] += f"    @{name}.deleter\n{text}"
        elif name == "__torch_function__":  # subclasses replace it by class methods, or by one object for all
            parts.append(f"    {name}: Any\n")
        elif isinstance(value, classmethod | staticmethod):
            if name not in own:
                made = written(f"Tensor.{name}") or of_function(value.__func__, name)
                kind = "classmethod" if isinstance(value, classmethod) else "staticmethod"
                parts.append(f"    @{kind}\n{define(name, made, '    ')}")
        elif not callable(value):
            if name not in own:
                parts.append(f"    {name}: Any\n")
        elif name not in own:
            made = _operator(name) or signatures(value, name, f"Tensor.{name}", RESULTS.get(name, "Any"))
            parts.append(define(name, made, "    "))
    exported = "from ._core.tensor import Tensor as Tensor\n"
    return assembled('_T = TypeVar("_T")\n\nclass _TensorBase:\n' + "\n".join(parts), exported)


def _class(path: Path, name: str) -> ast.ClassDef:
    return next(
        n for n in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(n, ast.ClassDef) and n.name == name
    )


def _operator(name: str) -> list[Signature] | None:
    """An operator of two operands: whatever the op takes further, an operator takes one."""
    source = (bind._OPERATORS | bind._REFLECTED | bind._IN_PLACE).get(name)
    if source is None:
        return None
    number = "" if "matmul" in name else " | Number | _complex"
    return [Signature((Argument("self"), Argument("other", f"Tensor{number}")), "Tensor")]


def imported(path: Path, wanted: Collection[str] | None = None) -> dict[str, str]:
    """The public names that a module imports from others, and the statement by which a stub does."""
    found = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module != "__future__":
            source = "." * node.level + (node.module or "")
            for a in node.names:
                name = a.asname or a.name
                if name in wanted if wanted is not None else not name.startswith("_") or name == "__version__":
                    found[name] = f"from {source} import {a.name} as {name}\n"
    return found


def init_stub() -> str:
    """The ``torch`` namespace: what `__init__.py` imports, and what the tables put there."""
    imports = imported(PACKAGE / "__init__.py")
    names = set(imports)
    lines = list(imports.values())
    for name, module in sorted(jaxtorch._LAZY.items()):
        lines.append(f"from {module} import {name} as {name}\n")
    submodules = sorted(jaxtorch._SUBMODULES | {"autograd", "backends", "cuda"} - names)
    lines += [f"from . import {name} as {name}\n" for name in submodules]
    names |= jaxtorch._LAZY.keys() | jaxtorch._SUBMODULES
    constants, classes, functions = [], [], {}
    for name, value in sorted(vars(jaxtorch).items()):
        if name in names or name.startswith("__") or inspect.ismodule(value):
            continue
        if isinstance(value, dtypes.dtype):
            constants.append(f"{name}: _dtype\n")
        elif value is None:
            constants.append(f"{name}: None\n")
        elif isinstance(value, type):
            base = "Tensor" if isinstance(value, importlib.import_module("jaxtorch._compat.legacy").tensortype) else (
                "TypedStorage")  # fmt: skip
            classes.append(f"class {name}({base}): ...\n")
        elif callable(value) and (not name.startswith("_") or hasattr(value, "declared")):
            functions[name] = value
    body = "".join(constants) + "\n" + "".join(classes) + "\n" + namespace(functions)
    return assembled(body, "".join(lines))


def namespace_stub(space: str) -> str:
    """`linalg.pyi`, `special.pyi` or `fft.pyi`."""
    names = bind.namespaces[space]
    module = importlib.import_module(f"jaxtorch.{space}")
    others = [n for n in module.__all__ if n not in names]
    public = _filled([f'"{n}"' for n in sorted([*others, *names])], "    ")
    return assembled(
        f"__all__ = [\n{public}]\n\n{namespace(names)}",
        "".join(imported(PACKAGE / f"{space}.py", others).values()),
    )


def functional_stub() -> str:
    """`nn/functional.pyi`."""
    module = importlib.import_module("jaxtorch.nn.functional")
    names = {n: v for n, v in vars(module).items() if callable(v) and not n.startswith("__")}
    parts = [
        define(n, signatures(names[n], n, f"nn.functional.{n}", RESULTS.get(n, "Tensor"))) for n in sorted(names)
    ]
    return assembled("\n".join(parts), package="..")


# What Python functions return that annotate nothing, being made in families.
RESULTS = {
    **dict.fromkeys(
        "coalesce indices values crow_indices col_indices ccol_indices row_indices new smm spmm "
        "dsmm sspaddmm sparse_resize_ "
        "sparse_resize_and_clear_ resize_as_sparse_ _coalesced_ "
        "_indices _values".split(),
        "Tensor",
    ),
    "is_coalesced": "_bool", "_nnz": "_int", "_dimI": "_int", "_dimV": "_int",
    "__iter__": "Iterator[Tensor]",
    "multi_head_attention_forward": "tuple[Tensor, Tensor | None]", "_canonical_mask": "Tensor | None",
    "_none_or_dtype": "_dtype | None",
}  # fmt: skip
# Results of several names that are not all tensors.
FIELDS = {("histogramdd", "bin_edges"): "tuple[Tensor, ...]"}


def return_types_stub() -> str:
    """`return_types.pyi`: the classes of results with names."""
    parts = []
    for name in jaxtorch.return_types._names():
        if name.endswith("_out"):
            continue
        outputs = jaxtorch.return_types._fields(name)
        types = [FIELDS.get((name, o), "Tensor") for o in outputs]
        parts.append(f"class {name}(tuple[{', '.join(types)}]):\n")
        for o, t in zip(outputs, types, strict=True):
            parts.append(f"    @property\n    def {o}(self) -> {t}: ...\n")
        parts.append("\n")
    return assembled("".join(parts).rstrip("\n") + "\n")


def files() -> dict[Path, str]:
    """Every stub and its text."""
    made = {
        "__init__.pyi": init_stub(), "_tensor.pyi": tensor_stub(), "return_types.pyi": return_types_stub(),
        "nn/functional.pyi": functional_stub(),
        **{f"{space}.pyi": namespace_stub(space) for space in ("linalg", "special", "fft")},
    }  # fmt: skip
    return {PACKAGE / name: text for name, text in made.items()}
