"""The list of shortfalls, and the table that a whole run is summed up in."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

LIST = Path(__file__).with_name("shortfalls.csv")
TABLE = Path(__file__).parents[2] / "docs" / "conformance.md"
_COLUMNS = ("entry", "check", "dtype", "first", "reason")
DTYPES = ("float32", "float64", "int64", "bool", "complex64", "bfloat16")

Key = tuple[str, str, str]


def key_of(outcome: dict[str, Any]) -> Key:
    return outcome["entry"], outcome["check"], outcome["dtype"]


def shortfalls() -> dict[Key, dict[str, Any]]:
    """What is known to fall short: (entry, check, dtype) -> the row of the list."""
    with LIST.open(newline="") as file:
        return {key_of(row): row | {"first": int(row["first"])} for row in csv.DictReader(file)}


def read(paths: Iterable[str]) -> list[dict[str, Any]]:
    """The outcomes of runs; of several of one check, the last."""
    found: dict[Key, dict[str, Any]] = {}
    for path in paths:
        with open(path) as lines:
            for line in lines:
                outcome = json.loads(line)
                found[key_of(outcome)] = outcome
    return [o for o in found.values() if o["ran"]]


def write_list(outcomes: list[dict[str, Any]]) -> None:
    """List what falls short, with the reasons that stand there already."""
    known = shortfalls() if LIST.exists() else {}
    rows = []
    for outcome in outcomes:
        if outcome["first"] >= 0:
            reason = known[key_of(outcome)]["reason"] if key_of(outcome) in known else outcome["reason"]
            rows.append({**{k: outcome[k] for k in _COLUMNS}, "reason": reason})
    rows.sort(key=lambda row: (row["entry"], row["check"], row["dtype"]))
    with LIST.open("w", newline="") as file:
        writer = csv.DictWriter(file, _COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def surprises(outcomes: Iterable[dict[str, Any]], samples: int) -> Iterator[str]:
    """Where outcomes of the first ``samples`` samples are not what the list says."""
    known = shortfalls()
    for outcome in outcomes:
        row = known.get(key_of(outcome))
        what = " ".join(filter(None, key_of(outcome)))
        errors = outcome["check"].startswith("error")
        expected = row is not None and (errors or row["first"] < samples)
        if outcome["first"] >= 0 and not expected:
            yield f"{what}: sample {outcome['first']}: {outcome['reason']}"
        elif outcome["first"] < 0 and expected and outcome["ran"]:
            yield f"{what}: passes, though it is listed in {LIST.name} ({row['reason']})"


# ---------------------------------------------------------------- the table


def _share(passed: int, all_of: int) -> str:
    return f"{100 * passed / all_of:.1f} % ({passed} of {all_of})" if all_of else "none"


def _of_entries(outcomes: list[dict[str, Any]]) -> str:
    """How many entries pass in all the outcomes they have."""
    failed = {o["entry"] for o in outcomes if o["first"] >= 0}
    entries = {o["entry"] for o in outcomes}
    return _share(len(entries - failed), len(entries))


def figures(outcomes: list[dict[str, Any]]) -> list[tuple[str, str, str, int]]:
    """(what, target, reached, how many samples were compared) for each target."""

    def of(*checks: str) -> list[dict[str, Any]]:
        return [o for o in outcomes if o["check"] in checks]

    rows: list[tuple[str, str, str, int]] = []

    def add(what: str, target: str, found: list[dict[str, Any]]) -> None:
        rows.append((what, target, _of_entries(found), sum(o["ran"] for o in found)))

    add("forward, all dtypes", "98 %", of("forward"))
    for dtype in DTYPES:
        add(f"forward, {dtype}", "98 %", [o for o in of("forward") if o["dtype"] == dtype])
    add("first gradients, float64", "97 %", of("grad"))
    add("second gradients, float64", "95 %", of("gradgrad"))
    add("method and operator", "98 %", of("method"))
    add("in place", "98 %", of("inplace"))
    add("`out=`", "", of("out"))
    for kind, target in (("raised", "100 %"), ("type", "95 %"), ("text", "85 %")):
        found = of(f"error {kind}")
        total = sum(o["ran"] for o in found)
        rows.append((f"error inputs: {kind}", target, _share(total - sum(o["failed"] for o in found), total), total))
    return rows


_INTRODUCTION = """# Conformance

PyTorch tests its operators with a database of its own
(`torch.testing._internal.common_methods_invocations.op_db`): for every operator the dtypes it takes, sample inputs,
inputs that must fail, and its method, in-place and `out=` forms. `make conformance` runs that database against
jaxtorch and against PyTorch in the same process and compares.

- *Forward*: dtype and shape exactly, values within the tolerances of `torch.testing` for the dtype, or those that the
  database itself sets for the operator. A result outside them passes only where it is no farther than PyTorch's own
  from PyTorch's result in double precision.
- *Gradients* are compared with PyTorch's for the same random cotangents, the second ones as gradients of a random
  projection of the first. That is stricter than `gradcheck` and `gradgradcheck`, which compare with finite
  differences within 1e-3.
- *Error inputs*: that an exception is raised, that it has PyTorch's type, and that it has PyTorch's text.
- Operators whose results are random are seeded alike in both, and must give the same numbers.

An entry counts as passed where all its samples do. What falls short is listed with its reason in
`tests/conformance/shortfalls.csv`; the tests fail where something not listed fails, and where something listed passes.
"""


def write_table(outcomes: list[dict[str, Any]]) -> None:
    """Write docs/conformance.md from the outcomes of a whole run."""
    known = shortfalls()
    entries = {o["entry"] for o in outcomes}
    lines = [_INTRODUCTION, f"## Figures\n\n{len(entries)} entries have samples on the CPU.\n"]
    lines += ["| | target | reached | samples |", "|---|---|---|---|"]
    lines += [f"| {' | '.join(map(str, row))} |" for row in figures(outcomes)]
    missing: dict[str, list[str]] = {}
    wrong: dict[str, list[str]] = {}
    for outcome in outcomes:
        if outcome["first"] < 0:
            continue
        group = missing if outcome["missing"] else wrong
        reason = known.get(key_of(outcome), outcome)["reason"]
        group.setdefault(outcome["entry"], []).append(
            f"{outcome['check']} {outcome['dtype']}".strip() + f": {reason}".replace("|", "\\|")
        )
    absent = sorted(name for name, found in missing.items() if any(f.startswith("forward") for f in found))
    lines += [f"\n## Not there ({len(absent)})\n"]
    lines += [f"- `{name}`: {missing[name][0].partition(': ')[2]}" for name in absent]
    lines += ["\n## Different\n", "| entry | check | |", "|---|---|---|"]
    others = {name: missing[name] for name in missing if name not in absent}
    for name in sorted({*wrong, *others}):
        for text in wrong.get(name, []) + others.get(name, []):
            check, _, reason = text.partition(": ")
            lines.append(f"| `{name}` | {check} | {_plain(reason)} |")
    TABLE.write_text("\n".join(lines) + "\n")


def _plain(text: str) -> str:
    return text.replace("<", "&lt;").replace("*", "\\*").replace("[", "\\[")[:220]
