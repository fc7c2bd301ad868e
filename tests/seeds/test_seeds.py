"""Every snippet of the five tutorials prints under jaxtorch what it prints under PyTorch."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from .comparison import Closeness, assert_same_text
from .library_process import ROOT, LibraryProcess
from .tutorials import CODE_BLOCKS, PROSE, Block

EXAMPLES = ROOT / "examples"
SNIPPETS = {path.stem: path for path in sorted((Path(__file__).parent / "snippets").glob("*.py"))}

# The two-layer network trains for 500 steps in float32. BLAS and XLA add in different orders, and
# so does BLAS with itself: PyTorch with one thread and with two, and with the units of the layers
# in eight random orders (the same network), printed losses that spread as
#     step              0        20       100      200      300      400      499
#     loss              2.9e7    2.3e5    402      1.37     7.1e-3   1.6e-4   3.0e-5
#     relative spread   1.4e-7   6.0e-7   1.0e-5   1.5e-4   2.4e-3   6.8e-3   1.6e-2
# The residuals carry an absolute error e whatever their size, which moves their sum of squares
# by 2e√loss: over all 500 steps and ten runs the spread was below 1e-6·loss + 3.3e-4·√loss.
# A flat 1e-4 would be both looser than this for the first 100 steps and, from step 230 on,
# tighter than PyTorch is with itself.
TWO_LAYERS = Closeness(relative=1e-6, root=5e-4)

CLOSENESS = {
    "001_01_two_layers_by_hand": TWO_LAYERS,
    "001_02_two_layers_by_autograd": TWO_LAYERS,
    "001_03_two_layers_by_a_custom_function": TWO_LAYERS,
    # Prints 50 float32 losses in full. One unit in the last place of each initial weight moved
    # them by 2e-7 of themselves at most.
    "003_15_char_sequence": Closeness(relative=1e-6),
}


@pytest.mark.parametrize("name", SNIPPETS)
def test_snippet(name: str, reference: LibraryProcess, subject: LibraryProcess) -> None:
    expected = reference.run(SNIPPETS[name])
    raises = name.endswith("_error")
    assert (expected["error"] is not None) == raises, expected["error"]

    actual = subject.run(SNIPPETS[name])
    if actual["error"] and not raises:
        pytest.fail(actual["stdout"] + actual["error"]["traceback"])
    assert_same_text(actual["stdout"], expected["stdout"], CLOSENESS.get(name))
    if raises:
        assert actual["error"], f"nothing raised; PyTorch raises {expected['error']}"
        for part in ("type", "text"):
            assert actual["error"][part] == expected["error"][part], actual["error"]["traceback"]
    # A user is told nothing that PyTorch would not tell.
    told = [w for w in actual["warnings"] if w not in expected["warnings"]]
    assert not told


def identifiers(path: Path) -> set[str]:
    """Every name, attribute and import in a program."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
                found.add(name)
            case ast.alias(name=name):
                found.update(name.split("."))
    return found


def lines(path: Path) -> str:
    """The code with each line's blanks squeezed out."""
    text = path.read_text(encoding="utf-8")
    return "\n".join("".join(line.split()) for line in text.splitlines())


@pytest.mark.parametrize("block", CODE_BLOCKS, ids=lambda b: f"{b.tutorial}_{b.snippet}")
def test_code_block_has_its_snippet(block: Block) -> None:
    code = lines(SNIPPETS[f"{block.tutorial}_{block.snippet}"])
    first, last = ("".join(line.split()) for line in (block.first, block.last))
    assert first in code
    assert last in code[code.index(first) :]
    assert (EXAMPLES / f"{block.example}.py").is_file()


def test_code_blocks_are_in_order() -> None:
    order = [(block.tutorial, block.snippet) for block in CODE_BLOCKS]
    assert order == sorted(order)


@pytest.mark.parametrize("name", PROSE)
def test_operations_of_the_prose_have_their_snippet(name: str) -> None:
    assert set(PROSE[name].split()) <= identifiers(SNIPPETS[name])


def test_every_snippet_is_listed_once() -> None:
    of_code = {f"{block.tutorial}_{block.snippet}" for block in CODE_BLOCKS}
    assert sorted([*of_code, *PROSE]) == list(SNIPPETS)
    assert set(CLOSENESS) <= set(SNIPPETS)


def test_every_operation_is_in_an_example() -> None:
    shown = set().union(*(identifiers(path) for path in EXAMPLES.glob("*.py")))
    assert {name for names in PROSE.values() for name in names.split()} - shown == set()
