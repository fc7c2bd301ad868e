"""``python -m tools``: write what is generated anew; say which files changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from . import coverage, differences, names, stubs

ROOT = Path(__file__).parents[1]


def files() -> Iterator[tuple[Path, str]]:
    """Every generated file and the text it should have; each made when those before it are written."""
    yield from stubs.files().items()
    yield names.PATH, names.text()
    yield ROOT / "docs" / "coverage.md", coverage.page()
    yield ROOT / "docs" / "differences.md", differences.page()


def main() -> None:
    for path, text in files():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
