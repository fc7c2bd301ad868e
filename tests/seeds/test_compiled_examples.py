"""Every example with what it does between two looks at values compiled: it prints what it prints in PyTorch.

The stretches of plain statements of a program, those in loops above all, become functions under
`torch.compile`: the names that they set are results, those that they read before are arguments.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from .comparison import assert_same_text
from .library_process import LibraryProcess
from .test_examples import EXAMPLE_CLOSENESS
from .test_seeds import EXAMPLES

#: Programs that train: at least one of their stretches must run as a program.
TRAINS = {
    "char_rnn", "image_classification_step", "linear_regression", "linear_regression_module", "two_layer_autograd",
    "two_layer_function", "two_layer_manual",
}  # fmt: skip
#: Programs that print the nodes of graphs: the history of what a compiled function returns is one node.
SHOWS_GRAPHS = {"autograd_basics"}
#: Programs that compile their step themselves.
COMPILES = {"loader_throughput"}
_PLAIN = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.With)
_LAST = "recordings:"


class Stretches(ast.NodeVisitor):
    """The body of a program with its stretches as functions."""

    def __init__(self):
        self.functions: list[ast.stmt] = []

    def block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        made, run = [], []
        for statement in body:
            if isinstance(statement, _PLAIN) and not (_looks(statement) or _is_text(statement)):
                run.append(statement)
                continue
            made += self.stretch(run)
            run = []
            if isinstance(statement, (ast.For, ast.If)):
                statement.body = self.block(statement.body)
            made.append(statement)
        return made + self.stretch(run)

    def stretch(self, run: list[ast.stmt]) -> list[ast.stmt]:
        if not run:
            return []
        stored, carried = [], []
        for statement in run:
            target = statement.target if isinstance(statement, ast.AugAssign) else None
            reads = _names(statement, ast.Load) | ({target.id} if isinstance(target, ast.Name) else set())
            carried += [name for name in sorted(reads) if name not in stored]
            stored += sorted(_names(statement, ast.Store))
        carried = [name for name in dict.fromkeys(carried) if name in stored]
        name = f"stretch_{len(self.functions)}"
        results = ", ".join(f"{n!r}: {n}" for n in dict.fromkeys(stored))
        function = ast.parse(f"@compiled\ndef {name}({', '.join(carried)}): return {{{results}}}").body[0]
        assert isinstance(function, ast.FunctionDef)
        function.body[:0] = run
        self.functions.append(function)
        call = f"globals().update({name}({', '.join(carried)}))"
        return ast.parse(call).body


def _looks(statement: ast.stmt) -> bool:
    """Whether a value is looked at."""
    attributes = {n.attr for n in ast.walk(statement) if isinstance(n, ast.Attribute)}
    return "print" in _names(statement, ast.Load) or not attributes.isdisjoint(("item", "numpy", "tolist"))


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _names(statement: ast.stmt, kind: type) -> set[str]:
    own = {n.id for c in ast.walk(statement) if isinstance(c, ast.comprehension) for n in ast.walk(c.target)
           if isinstance(n, ast.Name)}  # fmt: skip
    return {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, kind)} - own


def compiled_source(source: str) -> str:
    tree, stretches = ast.parse(source), Stretches()
    body = stretches.block(tree.body)
    head = ast.parse(
        "import torch as _torch, warnings as _warnings\n"
        "_warnings.filterwarnings('ignore', '.*runs uncompiled')\n"
        "_made = []\n"
        "def compiled(f):\n"
        "    _made.append(_torch.compile(f))\n"
        "    return _made[-1]\n"
    ).body
    tail = ast.parse(f"print({_LAST!r}, sum(len(f.all_recordings()) for f in _made))").body
    tree.body = [*head, *stretches.functions, *body, *tail]
    return ast.unparse(ast.fix_missing_locations(tree))


@pytest.mark.parametrize(
    "path",
    [p for p in sorted(EXAMPLES.glob("*.py")) if p.stem not in SHOWS_GRAPHS | COMPILES],
    ids=lambda path: path.stem,
)
def test_compiled_example(path: Path, tmp_path: Path, reference: LibraryProcess, subject: LibraryProcess) -> None:
    program = tmp_path / path.name
    program.write_text(compiled_source(path.read_text(encoding="utf-8")), encoding="utf-8")
    found = subject.run(program)
    assert found["error"] is None, found["error"]
    text, _, recordings = found["stdout"].rpartition(_LAST)
    expected = reference.run(path)["stdout"]
    # that one node has a name of its own, as it has in PyTorch
    text, expected = (re.sub(r"grad_fn=<\w+>", "grad_fn", t) for t in (text, expected))
    assert_same_text(text, expected, EXAMPLE_CLOSENESS.get(path.stem))
    assert int(recordings) >= (path.stem in TRAINS)
