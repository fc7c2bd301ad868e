"""A `jaxtorch` without JAX under it, so that what the command does is tested in milliseconds.

Its `_cli` and `_compat` are the real ones; `nn` and `utils` are empty modules.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

REAL = Path(__file__).parents[2] / "jaxtorch"


@pytest.fixture(scope="session")
def light_package(tmp_path_factory) -> Path:
    """The folder that holds the light `jaxtorch` package."""
    root = tmp_path_factory.mktemp("light")
    package = root / "jaxtorch"
    for folder in ("nn", "utils/data", "broken"):
        (package / folder).mkdir(parents=True)
    for file in ("__init__", "nn/__init__", "nn/functional", "utils/__init__"):
        (package / f"{file}.py").touch()
    (package / "utils/data/__init__.py").write_text("class DataLoader: pass\n")
    (package / "utils/tool.py").write_text("print('tool', __name__, __spec__.name)\n")
    (package / "broken/__init__.py").write_text("import module_that_is_absent\n")
    for name in ("_cli", "_compat", "__main__.py"):
        (package / name).symlink_to(REAL / name)
    return root


@pytest.fixture
def execute(light_package, tmp_path):
    """Run Python on the arguments given, in `tmp_path`, with the light package importable."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
        variables = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("JAX_", "XLA_", "PYTHON"))
        }
        variables["PYTHONPATH"] = str(light_package)
        variables["XDG_CACHE_HOME"] = str(tmp_path / "cache")
        variables.update(environment)
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env=variables,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


@pytest.fixture
def jaxtorch(execute):
    """Run `python -m jaxtorch` on the arguments given."""
    return lambda *arguments, **environment: execute("-m", "jaxtorch", *arguments, **environment)
