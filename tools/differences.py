"""`docs/differences.md`: where results are not PyTorch's, from the declarations that say so."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import jaxtorch
from jaxtorch._compat.coverage import namespace, public_names
from jaxtorch._core.spec import registry

PACKAGE = Path(jaxtorch.__file__).parent
MARK = "Differs from PyTorch:"
INTRODUCTION = """\
# Differences

The reference for every behaviour is PyTorch 2.13. This page lists where jaxtorch does something else, and why. It is
generated (`make generate`) from what the declarations say of themselves, and tested to be current. Names that are not
here at all stand in [coverage](coverage.md).

"""
DOCSTRINGS = """\
## By name

From the docstrings.

"""
GRADIENTS = """\
## Gradients that are not those of JAX

Gradients are PyTorch's: these do *not* differ from PyTorch. They are listed because the operation's own function,
differentiated by JAX, would give something else, so that its declaration has a formula, and the reason for it. Programs
that mix jaxtorch with functions of `jax.numpy` meet the difference there.

| operation | what the formula gives, and JAX would not |
|---|---|
"""
CASES = """\
## Single checks of single operations

From the case tables in `tests/ops`, which compare each operation with PyTorch in every form, dtype and layout; a case
whose difference goes away fails there.

| operation | check | |
|---|---|---|
"""
DATABASE = """\
## In PyTorch's operator database

From `tests/conformance/shortfalls.csv`; see [conformance](conformance.md).

| entry | checks | |
|---|---|---|
"""


# -- docstrings -----------------------------------------------------------------------------------
def paragraph(doc: str) -> str | None:
    """What a docstring says after "Differs from PyTorch:", up to its next section."""
    doc = inspect.cleandoc(doc)
    if MARK not in doc:
        return None
    rest = doc.split(MARK, 1)[1]
    rest = re.split(r"\n\s*\n|\n(?=[A-Z]\w+:(?:\n|$))", rest.lstrip("\n"), maxsplit=1)[0]
    text = " ".join(rest.split())
    return None if text.rstrip(".").lower() in ("nothing", "") else text


def documented(path: Path) -> Iterator[tuple[str, str]]:
    """(qualified name in the module, docstring) of everything in a file that has one."""
    def visit(node, prefix: str) -> Iterator[tuple[str, str]]:
        doc = ast.get_docstring(node)
        if doc:
            yield prefix, doc
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield from visit(child, f"{prefix}.{child.name}".lstrip("."))

    return visit(ast.parse(path.read_text(encoding="utf-8")), "")


def public_docs() -> dict[str, list[str]]:
    """{paragraph: the public names whose docstring has it}."""
    found: dict[str, list[str]] = defaultdict(list)
    for space, names in public_names().items():
        owner = namespace(space)
        for name in names if owner is not None else ():
            value = vars(owner).get(name)
            doc = getattr(value, "__doc__", None)
            if isinstance(doc, str) and MARK in doc and (text := paragraph(doc)):
                found[text].append(f"{space}.{name}")
    return found


def from_docstrings() -> list[tuple[str, str]]:
    """(name, text), by name: the public names that share a docstring stand together."""
    public, found = public_docs(), set()
    for path in sorted(PACKAGE.rglob("*.py")):
        module = ".".join(("torch", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
        for name, doc in documented(path):
            if text := paragraph(doc):
                names = public.get(text) or [_placed(module, name)]
                home = [n for n in names if n.startswith(module + ".")]  # the others give it on
                found.add((_quoted(home[:1] or _shortest(names)), text))
    seen = {text for _, text in found}  # others have docstrings that are made with them
    return sorted(found | {(_quoted(_shortest(names)), text) for text, names in public.items() if text not in seen})


def _quoted(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _placed(module: str, name: str) -> str:
    """The name of something whose docstring no public name has: of the torch namespace, if that knows it."""
    last = name.rpartition(".")[2]
    if "._" in module and last and hasattr(jaxtorch, last):
        return f"torch.{last}"
    return f"{module}.{name}".rstrip(".").replace("torch._core", "jaxtorch._core")


def _shortest(names: list[str]) -> list[str]:
    """Of names for one thing those that users write: no namespace of a namespace that has it, too."""
    found: dict[str, str] = {}
    for name in sorted(names, key=lambda n: (n.count("."), n)):
        found.setdefault(name.rpartition(".")[2], name)
    return sorted(found.values())


# -- tables ---------------------------------------------------------------------------------------
def from_gradients() -> list[tuple[str, str]]:
    """(op, reason) of the gradient formulas that depart from JAX's; overloads of one reason stand together."""
    found: dict[tuple[str, str], None] = {}
    for spec in registry.values():
        if spec.convention:
            found[spec.name, spec.convention] = None
    return sorted(found)


def from_cases() -> list[tuple[str, str, str]]:
    """(operation, check, reason) of the differences that the case tables expect."""
    tables = importlib.import_module("tests.ops.tables")
    found = {
        (re.sub(r"#\d+$", "", case.id), check, why) for case in tables.cases() for check, why in case.xfail.items()
    }
    found |= {(refusal.source, "error", refusal.xfail) for _, refusal in tables.refusals() if refusal.xfail}
    return sorted(found)


def from_database() -> list[tuple[str, str, str]]:
    """(entry, checks, reason) of the shortfalls in PyTorch's operator database."""
    report = importlib.import_module("tests.conformance.report")
    checks: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in report.shortfalls().values():
        checks[row["entry"], row["reason"]].add(f"{row['check']} {row['dtype']}".strip())
    return sorted((entry, ", ".join(sorted(found)), why) for (entry, why), found in checks.items())


def cell(text: str) -> str:
    """Text that a table can hold."""
    return text.replace("|", "\\|")


def page() -> str:
    """The text of the page."""
    parts = [INTRODUCTION, DOCSTRINGS]
    parts += [f"- {names}: {text}\n" for names, text in from_docstrings()]
    parts += ["\n", GRADIENTS]
    parts += [f"| `{name}` | {cell(text)} |\n" for name, text in from_gradients()]
    parts += ["\n", CASES]
    parts += [f"| `{cell(name)}` | {check} | {cell(why)} |\n" for name, check, why in from_cases()]
    parts += ["\n", DATABASE]
    parts += [f"| `{entry}` | {checks} | {cell(why)} |\n" for entry, checks, why in from_database()]
    return "".join(parts)
