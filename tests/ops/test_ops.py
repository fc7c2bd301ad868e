"""Every declared op against torch: one harness, fed by the tables of cases."""

from __future__ import annotations

import importlib

import pytest

from tests.ops.harness import checks_of, run_check, run_refusal
from tests.ops.tables import cases, covered, refusals
from tests.oracle import SELF_CHECK, module_under_test


def _items():
    for case in cases():
        for name in checks_of(case):
            reason = case.xfail.get(name)
            marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason else []
            yield pytest.param(case, name, id=f"{case.id}-{name}", marks=marks)


def _refused():
    for family, refusal in refusals():
        marks = [pytest.mark.xfail(reason=refusal.xfail, strict=True)] if refusal.xfail else []
        yield pytest.param(refusal, id=f"{family}: {refusal.source}", marks=marks)


@pytest.mark.parametrize("case, check", list(_items()))
def test_op(case, check):
    run_check(case, check, module_under_test())


@pytest.mark.parametrize("refusal", list(_refused()))
def test_refusal(refusal):
    run_refusal(refusal, module_under_test())


@pytest.mark.skipif(SELF_CHECK, reason="torch has no registry of declarations")
def test_every_declared_op_has_a_case():
    spec = importlib.import_module("jaxtorch._core.spec")
    declared = {**spec.registry, **spec.views, **spec.composites}
    # What has no public form is a part of ops that have: an overload by rank, a draw, a read.
    public = [name for name, found in declared.items() if found.forms]
    names = covered()
    missing = {n for n in public if not {n, n.partition(".")[0]} & names}
    assert not missing, f"without a case: {', '.join(sorted(missing))}"
