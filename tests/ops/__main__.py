"""``python -m tests.ops add add-inplace``: print what torch does in the named cases or checks."""

from __future__ import annotations

import functools
import sys

import torch

from tests.ops.harness import checks_of, program_of, run_check
from tests.ops.tables import cases
from tests.oracle import brief, module_under_test, run_program


def main(names: list[str]) -> None:
    lib = module_under_test()
    for case in cases():
        for check in checks_of(case):
            if not {case.id, f"{case.id}-{check}"} & set(names):
                continue
            print(f"== {case.id}-{check}: {case.fn} {case.args or case.tensors} {case.kwargs}")
            program, options = program_of(check)
            trace = run_program(functools.partial(program, case, **options), torch)
            for label, fact in trace.facts:
                print(f"  {label}: {brief(fact)}")
            try:
                run_check(case, check, lib)
            except AssertionError as error:
                print(f"DIFFERS\n{error}")


main(sys.argv[1:])
