"""Defaults that a program of its own may set and a library may not; the user's own win."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

CACHE_LIMIT = 1 << 30
"""Bytes of compiled programs kept between runs."""


def apply() -> None:
    """Set JAX's defaults for this process and its children, where the user set none.

    JAX reads its environment variables when it is imported; where it has been
    (`python -m jaxtorch` cannot avoid that), its configuration is updated as well.
    """
    _default("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    if "JAX_COMPILATION_CACHE_DIR" in os.environ:
        return
    folder = _cache_folder()
    if folder is not None:
        prune(folder, CACHE_LIMIT)
        _default("JAX_COMPILATION_CACHE_DIR", str(folder))
        # Programs of one op compile in milliseconds each, and there are hundreds of them.
        _default("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", 0.0)


def _default(variable: str, value: str | float) -> None:
    if variable in os.environ:
        return
    os.environ[variable] = str(value)
    jax = sys.modules.get("jax")
    if jax is not None and variable.startswith("JAX_"):
        jax.config.update(variable.lower(), value)


def _cache_folder() -> Path | None:
    """Return the folder for compiled programs, made if need be; None where none can be."""
    try:
        if sys.platform == "win32":
            base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
        elif sys.platform == "darwin":
            base = Path.home() / "Library" / "Caches"
        else:
            base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        folder = base / "jaxtorch" / "xla"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # RuntimeError: no home folder can be determined
        return None
    return folder if os.access(folder, os.W_OK) else None


def prune(folder: Path, limit: int) -> None:
    """Delete the least recently used files of `folder` until it holds at most `limit` bytes.

    JAX can bound its cache too (jax_compilation_cache_max_size), but then reads a file
    per entry, under a lock, each time it adds one; once per run is enough.
    """
    files = []
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):  # another run may be pruning too
                if entry.is_file(follow_symlinks=False):
                    facts = entry.stat(follow_symlinks=False)
                    # A file system that keeps no access times still keeps the writing's.
                    used = max(facts.st_atime, facts.st_mtime)
                    files.append((used, facts.st_size, entry.path))
    total = sum(size for _, size, _ in files)
    for _, size, path in sorted(files):
        if total <= limit:
            return
        with contextlib.suppress(OSError):
            os.unlink(path)
        total -= size
