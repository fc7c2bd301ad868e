"""Which of PyTorch's public names there are here: as themselves, as another name of one, or not and why."""

from __future__ import annotations

import csv
import importlib
import warnings
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from .._core.dtypes import dtype
from .unsupported import UNSUPPORTED

DATA = Path(__file__).with_name("torch_names.csv")
IMPLEMENTED, ALIAS, MISSING = "implemented", "alias", "unsupported"


@dataclass(frozen=True)
class Entry:
    """One public name: ``says`` is what an alias stands for, and the reason for what is not there."""

    space: str
    name: str
    status: str
    says: str = ""


def public_names() -> dict[str, list[str]]:
    """{namespace: PyTorch's public names in it}."""
    with DATA.open(newline="", encoding="utf-8") as file:
        return {row["namespace"]: row["names"].split() for row in csv.DictReader(file)}


def patterns() -> dict[str, str]:
    """{name or pattern: reason}."""
    return {p: reason for reason, listed in UNSUPPORTED.items() for p in listed.split()}


def reason_of(full: str, known: dict[str, str]) -> str | None:
    """Why a name is not there; None where nothing says it."""
    if full in known:
        return known[full]
    fitting = [p for p in known if "*" in p or "?" in p if fnmatchcase(full, p)]
    return known[max(fitting, key=len)] if fitting else None


def namespace(space: str):
    """Our namespace of PyTorch's name ``space``; None where there is none."""
    package = importlib.import_module("jaxtorch")
    if space == "torch.Tensor":
        return package.Tensor
    try:
        return importlib.import_module(package.__name__ + space.removeprefix("torch"))
    except ModuleNotFoundError:
        return None


def _found(owner, name: str):
    """What a namespace has by a name, and whether it has it."""
    try:
        return (vars(owner)[name] if name in vars(owner) else getattr(owner, name)), True
    except (AttributeError, NotImplementedError):
        return None, False
    except RuntimeError:  # a property that this machine cannot answer
        return None, True


def _other_name(value, name: str, space: str, owner) -> str:
    """By what other name a thing is known, if ``name`` is only one more; else ``""``."""
    known = value.name if isinstance(value, dtype) else getattr(value, "__name__", None) if callable(value) else None
    if not isinstance(known, str) or known == name or known.startswith("_"):
        return ""
    for home, where in ((owner, space), (importlib.import_module("jaxtorch"), "torch")):
        if vars(home).get(known) is value:
            return f"{where}.{known}"
    return ""


def entries(spaces: list[str] | None = None) -> list[Entry]:
    """Every public name of PyTorch (of ``spaces`` alone) and what there is of it."""
    known, made = patterns(), []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for space, names in public_names().items():
            if spaces is not None and space not in spaces:
                continue
            owner = namespace(space)
            for name in names:
                value, there = (None, False) if owner is None else _found(owner, name)
                if there:
                    other = _other_name(value, name, space, owner)
                    made.append(Entry(space, name, ALIAS if other else IMPLEMENTED, other))
                else:
                    made.append(Entry(space, name, MISSING, reason_of(f"{space}.{name}", known) or ""))
    return made


def stale() -> list[str]:
    """The names and patterns of `UNSUPPORTED` that say nothing: what they name is there, or no name of PyTorch."""
    missing = [f"{e.space}.{e.name}" for e in entries() if e.status == MISSING]
    return [p for p in patterns() if p not in missing and not any(fnmatchcase(m, p) for m in missing)]
