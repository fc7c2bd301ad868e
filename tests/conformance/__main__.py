"""Runs the operator database: ``python -m tests.conformance run --out results.jsonl``, then ``table``."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import traceback

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("OMP_NUM_THREADS", "1")


def run(options: argparse.Namespace) -> None:
    """Run the chosen checks of the chosen entries, one line of JSON an outcome."""
    from tests.conformance import checks, database
    from tests.oracle import module_under_test

    shard, _, of = options.shard.partition("/")
    names = [n for i, n in enumerate(database.entries()) if i % int(of) == int(shard)]
    names = [n for n in names if not options.only or n in options.only or n.partition("[")[0] in options.only]
    done = set()
    if os.path.exists(options.out) and not options.afresh:
        with open(options.out) as lines:
            done = {(d["entry"], d["check"], d["dtype"]) for d in map(json.loads, lines)}
    lib = module_under_test()
    start = time.monotonic()
    with open(options.out, "w" if options.afresh else "a", buffering=1) as results:
        for name in names:
            for check, dtype in checks.plan(name):
                if options.checks and check not in options.checks or options.dtypes and dtype not in options.dtypes:
                    continue
                known = {"gradients": "grad", "errors": "error raised"}.get(check, check)
                if (name, known, dtype) in done:
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


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance")
    commands = parser.add_subparsers(required=True)
    running = commands.add_parser("run")
    running.add_argument("--out", required=True)
    running.add_argument("--shard", default="0/1")
    running.add_argument("--only", nargs="*")
    running.add_argument("--checks", nargs="*")
    running.add_argument("--dtypes", nargs="*")
    running.add_argument("--samples", type=int, default=10**9)
    running.add_argument("--seconds", type=float, default=120)
    running.add_argument("--afresh", action="store_true")
    running.add_argument("--verbose", action="store_true")
    running.set_defaults(act=run)
    options = parser.parse_args()
    options.act(options)


if __name__ == "__main__":
    main()
