"""Every example in a docstring and every Python block in the README and docs/ runs."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import jaxtorch

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
# alias_torch refuses to run beside the real torch, which these tests import; tests/cli runs it.
SKIPPED = ("jaxtorch._compat.torch_path", "jaxtorch._compat.alias_torch", "jaxtorch.__main__", "jaxtorch._cli")


def modules() -> list[str]:
    found = ["jaxtorch"]
    for info in pkgutil.walk_packages(jaxtorch.__path__, "jaxtorch."):
        if not info.name.startswith(SKIPPED):
            found.append(info.name)
    return found


@pytest.mark.parametrize("name", modules())
def test_docstrings(name):
    module = importlib.import_module(name)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    finder = doctest.DocTestFinder(exclude_empty=True)
    globs = {"torch": jaxtorch, "jaxtorch": jaxtorch}
    for test in finder.find(module, name, globs={**vars(module), **globs}):
        runner.run(test)
    assert runner.failures == 0


def blocks(page: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_pages(page):
    names: dict = {}
    for block in blocks(page):
        if ">>>" in block:
            test = doctest.DocTestParser().get_doctest(block, names, str(page), str(page), 0)
            runner = doctest.DocTestRunner()
            runner.run(test, clear_globs=False)
            assert runner.failures == 0
        else:
            exec(compile(block, str(page), "exec"), names)
