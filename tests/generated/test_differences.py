"""The page of differences is what the declarations say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools import differences

ROOT = Path(__file__).parents[2]


def test_the_page_is_current():
    page = (ROOT / "docs" / "differences.md").read_text(encoding="utf-8")
    assert page == differences.page(), "not current: run `make generate`"


@pytest.mark.parametrize(
    "doc, text",
    [
        ("One.\n\n    Differs from PyTorch: a\n    thing.\n\n    Example:\n        >>> 1", "a thing."),
        ("One.\n\n    Differs from PyTorch:\n        A thing.\n    Example:\n        >>> 1", "A thing."),
        ("One.\n\n    Differs from PyTorch: nothing.\n", None),
        ("One.\n\n    Differs from PyTorch: nothing, but this.", "nothing, but this."),
        ("One.", None),
    ],
)
def test_what_a_docstring_says(doc, text):
    assert differences.paragraph(doc) == text


def test_differences_stand_in_docstrings():
    """A comment would not come to the page."""
    mark = re.compile(rf"#.*{differences.MARK}")
    files = differences.PACKAGE.rglob("*.py")
    assert not [path for path in files if mark.search(path.read_text(encoding="utf-8"))]
