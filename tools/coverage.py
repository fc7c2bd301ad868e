"""`docs/coverage.md`: every public name of PyTorch and what there is of it."""

from __future__ import annotations

import textwrap
from collections import Counter, defaultdict

from jaxtorch._cli.coverage import STATUSES, row
from jaxtorch._compat.coverage import ALIAS, IMPLEMENTED, MISSING, Entry, entries

INTRODUCTION = """\
# Coverage

Every public name of PyTorch 2.13, namespace by namespace: implemented, an alias of another name, or unsupported, and
why. This page is generated (`make generate`) and tested to be current; `jaxtorch coverage` prints its table, and with
`--names` its lists, for the version that is installed. A name that is here may still differ in part:
[differences](differences.md) says where.

"""


def names(listed: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in listed)


def filled(text: str) -> str:
    """Text in lines of this repository's width."""
    return textwrap.fill(text, 120, break_long_words=False, break_on_hyphens=False, subsequent_indent="  ")


def lists(found: list[Entry]) -> list[str]:
    """The lines about one namespace."""
    lines = []
    here = [e.name for e in found if e.status == IMPLEMENTED]
    if here:
        lines.append(filled(f"- implemented: {names(here)}"))
    others = [e for e in found if e.status == ALIAS]
    if others:
        lines.append(filled("- aliases: " + ", ".join(f"`{e.name}` (`{e.says}`)" for e in others)))
    reasons: dict[str, list[str]] = defaultdict(list)
    for e in found:
        if e.status == MISSING:
            reasons[e.says].append(e.name)
    for reason, missing in sorted(reasons.items()):
        lines.append(filled(f"- unsupported ({reason}): {names(missing)}"))
    return lines


def cells(found: list[Entry]) -> str:
    return " | ".join(row(Counter(e.status for e in found)))


def page() -> str:
    """The text of the page."""
    found = entries()
    spaces: dict[str, list[Entry]] = defaultdict(list)
    for e in found:
        spaces[e.space].append(e)
    lines = [f"| namespace | names | {' | '.join(STATUSES)} | % |", "|---|" + "---:|" * (len(STATUSES) + 2)]
    for space, own in spaces.items():
        lines.append(f"| [`{space}`](#{space.replace('.', '').lower()}) | {cells(own)} |")
    lines.append(f"| all | {cells(found)} |")
    lines += ["", "## Reasons", ""]
    lines += ["| unsupported | names |", "|---|---:|"]
    counts = Counter(e.says for e in found if e.status == MISSING)
    lines += [f"| {reason} | {n} |" for reason, n in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
    for space, own in spaces.items():
        lines += ["", f"## {space}", "", *lists(own)]
    return INTRODUCTION + "\n".join(lines) + "\n"
