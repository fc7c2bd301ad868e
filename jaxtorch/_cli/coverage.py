"""`jaxtorch coverage`: which of PyTorch's public names there are."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence

OK, UNKNOWN = 0, 2
STATUSES = ("implemented", "alias", "unsupported")


def main(argv: Sequence[str]) -> int:
    """Print the table for the namespaces that `argv` names (all by default); return the exit status."""
    parser = argparse.ArgumentParser(
        prog="jaxtorch coverage",
        usage="jaxtorch coverage [-h] [--names [STATUS]] [namespace ...]",
        description="Count PyTorch's public names, namespace by namespace: those that are here, those that are "
        "another name of one, and those that are not. PyTorch itself need not be installed.",
        allow_abbrev=False,
    )
    parser.add_argument("namespaces", nargs="*", metavar="namespace", help="torch.linalg, ... (default: all)")
    parser.add_argument("--names", nargs="?", const="all", choices=("all", *STATUSES), metavar="STATUS",
                        help=f"list the names, too: all, or those that are {', '.join(STATUSES)}")  # fmt: skip
    chosen = parser.parse_args(_apart(argv))

    from jaxtorch._compat.coverage import entries, public_names

    known = public_names()
    strange = [name for name in chosen.namespaces if name not in known]
    if strange:
        print(f"jaxtorch coverage: no such namespace of PyTorch: {', '.join(strange)}", file=sys.stderr)
        return UNKNOWN
    found = entries(chosen.namespaces or None)
    _print_table(found)
    if chosen.names:
        for entry in found:
            if chosen.names in ("all", entry.status):
                says = f": {entry.says}" if entry.says else ""
                print(f"{entry.space}.{entry.name}  {entry.status}{says}")
    return OK


def _apart(argv: Sequence[str]) -> list[str]:
    """`argv` with an option's own value set apart from the namespaces after it."""
    made, arguments = [], list(argv)
    for i, argument in enumerate(arguments):
        follows = arguments[i + 1 : i + 2]
        bare = argument == "--names" and follows and follows[0] not in ("all", *STATUSES)
        made.append("--names=all" if bare else argument)
    return made


def _print_table(found) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("namespace", box=None, pad_edge=False, header_style="bold")
    for column in ("names", *STATUSES, "%"):
        table.add_column(column, justify="right")
    counts: dict[str, Counter] = {}
    for entry in found:
        counts.setdefault(entry.space, Counter())[entry.status] += 1
    for space, count in counts.items():
        table.add_row(space, *row(count))
    table.add_section()
    table.add_row("all", *row(sum(counts.values(), Counter())))
    console = Console()
    console.print(table, width=console.width if console.is_terminal else 120)


def row(count: Counter) -> list[str]:
    """The cells of one namespace: how many names, of each status, and what part of them is here."""
    total = count.total()
    part = 100 * (total - count["unsupported"]) / total
    return [str(total), *(str(count[status] or "") for status in STATUSES), f"{part:.0f}"]
