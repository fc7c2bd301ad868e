"""The list of PyTorch's names is PyTorch's, and each name that is not here has its reason."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from jaxtorch._compat import coverage as data
from tools import coverage, names

ROOT = Path(__file__).parents[2]
REGENERATE = "not current: run `make generate`"


@pytest.mark.skipif(torch.version.cuda is not None, reason="the list is that of PyTorch's build for CPUs")
def test_the_names_are_those_of_pytorch():
    assert names.PATH.read_text(encoding="utf-8") == names.text(), REGENERATE


def test_the_page_is_current():
    assert (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8") == coverage.page(), REGENERATE


def test_what_is_missing_has_a_reason():
    silent = [f"{e.space}.{e.name}" for e in data.entries() if e.status == data.MISSING and not e.says]
    assert not silent, "name them in jaxtorch/_compat/unsupported.py, under a reason"


def test_no_reason_speaks_of_what_is_there():
    assert not data.stale(), "take these out of jaxtorch/_compat/unsupported.py"


def test_no_name_stands_under_two_reasons():
    listed = [p for names in data.UNSUPPORTED.values() for p in names.split()]
    assert len(listed) == len(set(listed))


def test_statuses():
    found = {f"{e.space}.{e.name}": e for e in data.entries(["torch", "torch.special", "torch.ao.quantization"])}
    assert found["torch.add"].status == data.IMPLEMENTED
    assert (found["torch.absolute"].status, found["torch.absolute"].says) == (data.ALIAS, "torch.abs")
    assert (found["torch.special.expit"].status, found["torch.special.expit"].says) == (data.ALIAS, "torch.sigmoid")
    assert found["torch.cudnn_convolution"].status == data.MISSING
    assert "torch.Tensor.add" not in found


def test_the_longest_pattern_gives_the_reason():
    known = {"torch.a.*": "far", "torch.a.b.*": "near", "torch.a.b.c": "itself"}
    asked = ("torch.a.x", "torch.a.b.x", "torch.a.b.c", "torch.b")
    assert [data.reason_of(name, known) for name in asked] == ["far", "near", "itself", None]
