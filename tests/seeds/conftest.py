from __future__ import annotations

from collections.abc import Iterator

import pytest

from .library_process import SUBJECT, LibraryProcess


@pytest.fixture(scope="session")
def reference() -> Iterator[LibraryProcess]:
    process = LibraryProcess("torch")
    yield process
    process.stop()


@pytest.fixture(scope="session")
def subject() -> Iterator[LibraryProcess]:
    process = LibraryProcess(SUBJECT)
    yield process
    process.stop()
