"""``python -m tools``: write what is generated anew; say which files changed."""

from __future__ import annotations

from pathlib import Path

from . import stubs

ROOT = Path(__file__).parents[1]


def files() -> dict[Path, str]:
    """Every generated file and the text it should have."""
    return stubs.files()


def main() -> None:
    for path, text in files().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
