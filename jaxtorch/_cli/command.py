"""The console script's first module, installed beside the package as `_jaxtorch_command`.

Importing any module of `jaxtorch` imports JAX first. Loading this folder as a package
of its own instead keeps `jaxtorch --help` and `jaxtorch compare` quick, and lets
`jaxtorch run` set the environment before JAX reads it.
"""

import importlib
import importlib.util
import os
import sys


def main() -> int:
    """Run the `jaxtorch` command and return its exit status."""
    package = importlib.util.find_spec("jaxtorch")
    if package is None or not package.submodule_search_locations:
        sys.exit("jaxtorch: the package jaxtorch is not installed")
    folder = os.path.join(package.submodule_search_locations[0], "_cli")
    spec = importlib.util.spec_from_file_location(
        "_jaxtorch_cli", os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return importlib.import_module("_jaxtorch_cli.main").main()
