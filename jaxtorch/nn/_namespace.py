"""``torch``: the public functions by attribute, for code that stands below the package's top module."""

from __future__ import annotations

from types import SimpleNamespace

from .._core.bind import namespaces

torch = SimpleNamespace(
    **namespaces["torch"],
    linalg=SimpleNamespace(**namespaces["linalg"]),
)
