"""Choose a command and hand it the rest of the command line."""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import sys
from collections.abc import Sequence

COMMANDS = {
    "run": "run a PyTorch program on JAX, with torch absent",
    "compare": "run a script under PyTorch and under jaxtorch, and compare what they print",
    "coverage": "say which of PyTorch's public names there are, and why others are not",
}


def version() -> str:
    """Return what `jaxtorch --version` prints, from the installed distributions."""
    found = []
    for name in ("jaxtorch-compat", "jax", "jaxlib"):
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            found.append(f"{name} (not installed)")
    return ", ".join(found)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that `argv` (default: the process's) names; return the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(
        prog="jaxtorch",
        usage="jaxtorch [-h] [--version] command ...",
        description="PyTorch's Python API on JAX.",
        epilog="\n".join(
            ["commands:"] + [f"  {name:8} {summary}" for name, summary in COMMANDS.items()]
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="store_true", help="print the versions and stop")
    parser.add_argument("command", nargs="?", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments[:1])
    if chosen.version:
        print(version())
        return 0
    if chosen.command is None:
        parser.print_help()
        return 2
    if chosen.command not in COMMANDS:
        parser.error(f"no command {chosen.command!r}: choose from {', '.join(COMMANDS)}")
    command = importlib.import_module(f".{chosen.command}", __package__)
    return command.main(arguments[1:])
