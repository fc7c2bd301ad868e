"""Runs the operator database against the library: ``python -m tests.conformance all`` is ``make conformance``.

``run`` writes the outcomes of chosen checks as lines of JSON; ``sum`` compares outcomes with the list of
shortfalls and writes the table (and with ``--list`` the list itself).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import traceback
from pathlib import Path

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("OMP_NUM_THREADS", "1")

_RECORDED_AS = {"gradients": "grad", "errors": "error raised"}


def run(options: argparse.Namespace) -> int:
    """Run the chosen checks of the chosen entries; what the file holds already is not run again."""
    from tests.conformance import checks, database, report
    from tests.oracle import module_under_test

    shard, _, of = options.shard.partition("/")
    names = [n for i, n in enumerate(database.entries()) if i % int(of) == int(shard)]
    if options.only:
        names = [n for n in names if n in options.only or n.partition("[")[0] in options.only]
    out = Path(options.out)
    done = set()
    if options.afresh:
        out.unlink(missing_ok=True)
    elif out.exists():
        done = {report.key_of(outcome) for outcome in map(json.loads, out.read_text().splitlines())}
    lib = module_under_test()
    start = time.monotonic()
    with out.open("a", buffering=1) as results:
        for name in names:
            for check, dtype in checks.plan(name):
                chosen = not options.checks or check in options.checks
                chosen = chosen and (not options.dtypes or dtype in options.dtypes)
                if not chosen or (name, _RECORDED_AS.get(check, check), dtype) in done:
                    continue
                try:
                    found = checks.run(name, check, dtype, lib, options.samples, options.seconds)
                except RuntimeError:
                    traceback.print_exc()
                    continue
                for outcome in found:
                    results.write(json.dumps(outcome.as_dict()) + "\n")
                    if options.verbose and outcome.first >= 0:
                        print(f"{name} {outcome.check} {dtype}: {outcome.failed}/{outcome.ran} {outcome.reason}")
    print(f"{len(names)} entries, {time.monotonic() - start:.0f} s", file=sys.stderr)
    return 0


def sum_up(options: argparse.Namespace) -> int:
    """Compare outcomes with the list, and write the table."""
    from tests.conformance import report

    outcomes = report.read(options.results)
    if options.list:
        report.write_list(outcomes)
    found = list(report.surprises(outcomes, options.samples))
    report.write_table(outcomes)
    for what, target, reached, samples in report.figures(outcomes):
        print(f"{what:32}{target:8}{reached:28}{samples} samples")
    print("\n".join(found))
    return 1 if found else 0


def run_all(options: argparse.Namespace) -> int:
    """Run everything in as many processes as asked for, and sum up."""
    folder = Path(options.folder)
    folder.mkdir(parents=True, exist_ok=True)
    outs = [folder / f"{i}.jsonl" for i in range(options.jobs)]
    # shards finer than processes are of no use: what each costs evens out over hundreds of entries
    command = [sys.executable, "-W", "ignore", "-m", "tests.conformance", "run", "--samples", str(options.samples)]
    command += [] if options.resume else ["--afresh"]
    started = [
        subprocess.Popen([*command, "--out", str(out), "--shard", f"{i}/{options.jobs}"]) for i, out in enumerate(outs)
    ]
    if any([process.wait() for process in started]):
        return 1
    options.results = list(map(str, outs))
    return sum_up(options)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    commands = parser.add_subparsers(required=True)
    running = commands.add_parser("run")
    running.add_argument("--out", required=True)
    running.add_argument("--shard", default="0/1")
    running.add_argument("--only", nargs="*")
    running.add_argument("--checks", nargs="*")
    running.add_argument("--dtypes", nargs="*")
    running.add_argument("--seconds", type=float, default=120, help="the most that one check of an entry may take")
    running.add_argument("--afresh", action="store_true")
    running.add_argument("--verbose", action="store_true")
    running.set_defaults(act=run)
    summing = commands.add_parser("sum")
    summing.add_argument("results", nargs="+")
    summing.set_defaults(act=sum_up)
    everything = commands.add_parser("all")
    everything.add_argument("--folder", default="build/conformance")
    everything.add_argument("--resume", action="store_true", help="keep what an interrupted run has found")
    everything.add_argument("--jobs", type=int, default=os.cpu_count())
    everything.set_defaults(act=run_all)
    for command in (running, summing, everything):
        command.add_argument("--samples", type=int, default=10**9)
    for command in (summing, everything):
        command.add_argument("--list", action="store_true", help="write the list of shortfalls anew")
    options = parser.parse_args()
    return options.act(options)


if __name__ == "__main__":
    sys.exit(main())
