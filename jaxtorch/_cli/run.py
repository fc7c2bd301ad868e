"""`jaxtorch run`: Python's own way to start a program, with `torch` naming jaxtorch."""

from __future__ import annotations

import argparse
import builtins
import importlib.machinery
import importlib.util
import io
import os
import sys
import types
from collections.abc import Callable, Sequence
from typing import Any

from . import environment


def main(argv: Sequence[str]) -> int:
    """Run the program that `argv` names as `__main__`; return 0 if it ends by itself.

    SystemExit and uncaught exceptions leave through here to the interpreter, which
    prints and exits as it does for any program.
    """
    parser = argparse.ArgumentParser(
        prog="jaxtorch run",
        usage="jaxtorch run [-h] (script.py | -m module | -c code) [arguments ...]",
        description="Run a PyTorch program on JAX: `import torch` resolves to jaxtorch, in the "
        "program and in the Python processes it starts.",
    )
    first = argv[0] if argv else ""
    if first in ("-m", "-c"):
        if len(argv) < 2:
            parser.error(f"argument expected for {first}")
        start = _run_module if first == "-m" else _run_code
        start(argv[1], argv[2:])
    elif first.startswith("-") or not argv:
        parser.parse_args(argv[:1])
        parser.error("a script, -m module or -c code is needed")
    else:
        try:
            with io.open_code(os.path.abspath(first)) as file:
                source = file.read()
        except OSError as error:
            print(f"jaxtorch run: can't open file {first!r}: {error.strerror}", file=sys.stderr)
            return 2
        _run_script(first, source, argv[1:])
    return 0


def _run_script(path: str, source: bytes, arguments: Sequence[str]) -> None:
    file = os.path.join(os.getcwd(), path)

    def load(names: dict[str, Any]) -> types.CodeType:
        loader = importlib.machinery.SourceFileLoader("__main__", file)
        names.update(__file__=file, __cached__=None, __loader__=loader)
        return compile(source, file, "exec", dont_inherit=True)

    _execute(load, [path, *arguments], os.path.dirname(os.path.realpath(path)))


def _run_code(source: str, arguments: Sequence[str]) -> None:
    def load(names: dict[str, Any]) -> types.CodeType:
        names.update(__loader__=importlib.machinery.BuiltinImporter)
        return compile(source + "\n", "<string>", "exec", dont_inherit=True)

    _execute(load, ["-c", *arguments], "")


def _run_module(name: str, arguments: Sequence[str]) -> None:
    def load(names: dict[str, Any]) -> types.CodeType:
        spec, code = _find_module(name)
        sys.argv[0] = spec.origin or "-m"
        names.update(__file__=spec.origin, __cached__=spec.cached, __loader__=spec.loader)
        names.update(__package__=spec.parent, __spec__=spec)
        return code

    _execute(load, ["-m", *arguments], os.getcwd())


def _find_module(name: str) -> tuple[importlib.machinery.ModuleSpec, types.CodeType]:
    """Return the spec and code of the module that `python -m name` would run."""
    try:
        spec = importlib.util.find_spec(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise  # a parent was found, and failed to import something else
        spec = None
    if spec is not None and spec.submodule_search_locations is not None:
        if not name.endswith("__main__") and importlib.util.find_spec(f"{name}.__main__"):
            return _find_module(f"{name}.__main__")
        sys.exit(f"jaxtorch run: No module named {name}.__main__; "
                 f"{name!r} is a package and cannot be directly executed")  # fmt: skip
    if spec is None or spec.loader is None:
        sys.exit(f"jaxtorch run: No module named {name}")
    get_code = getattr(spec.loader, "get_code", None)
    code = get_code(name) if get_code is not None else None
    if code is None:
        sys.exit(f"jaxtorch run: No code object available for {name}")
    return spec, code


def _execute(
    load: Callable[[dict[str, Any]], types.CodeType], argv: list[str], folder: str
) -> None:
    """Make this process look as `python` makes it, and execute the code that `load` returns.

    `load` is given the names of the new `__main__`, to add those that depend on the program.
    """
    sys.argv[:] = argv
    if not sys.flags.safe_path:
        sys.path[0] = folder
    environment.apply()
    from jaxtorch._compat import alias_torch  # imports JAX: not before the environment is set

    alias_torch.install()
    inherited = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (alias_torch.PATH_ENTRY, inherited)))

    module = types.ModuleType("__main__")
    names = module.__dict__
    names["__builtins__"] = builtins
    sys.modules["__main__"] = module
    try:
        exec(load(names), names)
    except SystemExit:
        raise
    except BaseException:
        sys.excepthook = _without_own_frames(sys.excepthook)
        raise


def _without_own_frames(hook: Callable) -> Callable:
    """Return `hook`, the program's or Python's own, given tracebacks that start in the program."""

    def show(kind, error, trace):
        shown, entry = trace, trace
        while entry is not None:
            if entry.tb_frame.f_code.co_filename == __file__:
                shown = entry.tb_next
            entry = entry.tb_next
        hook(kind, error.with_traceback(shown), shown)

    return show
