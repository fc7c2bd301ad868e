"""Run one program on two libraries, line by line, and compare everything both can see."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np
import torch

from tests.fuzz.programs import KINDS, Program, Scene, start
from tests.oracle import (
    Raised,
    brief,
    dtype_name,
    grad_fn_name,
    is_tensor,
    storage_start,
    to_numpy,
    value_problem,
)

Rewrite = Callable[[str], str]


class Undefined(Exception):
    """Torch has come to a state that it does not define: nothing after it can be compared."""


class Divergence(AssertionError):
    """The two libraries differ after a line; the message is the program and the difference."""


class Machine:
    """One library's side of a program.

    ``copies``: of torch, its graphs save copies of tensors, which no later write can change.
    """

    def __init__(self, lib: Any, copies: bool = False) -> None:
        self.copies = copies
        self.space: dict[str, Any] = {"torch": lib, "np": np, "takes_gradient": takes_gradient}

    def run(self, line: str) -> Raised | None:
        """Execute one line; an exception is a result."""
        saving = torch.autograd.graph.saved_tensors_hooks(lambda t: t.detach().clone(), lambda t: t)
        with warnings.catch_warnings(), saving if self.copies else nullcontext():
            warnings.simplefilter("ignore")
            try:
                exec(compile(line, "<program>", "exec"), self.space)
            except Exception as error:
                return Raised.of(error)
        return None

    def facts(self) -> dict[str, Any]:
        """What can be seen of every tensor and array the program holds."""
        found: dict[str, Any] = {}
        storages: dict[int, str] = {}
        for name in sorted(self.space):
            value = self.space[name]
            if isinstance(value, np.ndarray):
                found[name] = {
                    "values": value.copy(),
                    "strides": value.strides,
                    "dtype": str(value.dtype),
                }
            elif is_tensor(value):
                found[name] = facts_of(value)
                owner = storages.setdefault(storage_start(value), name) if value.numel() else None
                found[name]["storage first seen as"] = owner
        return found


def takes_gradient(tensor: Any) -> bool:
    """Whether the tensor can enter the final loss: its history may have been declared broken."""
    try:
        return bool(tensor.requires_grad and tensor.is_leaf is not None and tensor.numel())
    except RuntimeError:
        return False


def facts_of(tensor: Any) -> dict[str, Any]:
    """One tensor's facts; reading one of them may itself raise, which is a fact too."""
    readers: dict[str, Callable[[], Any]] = {
        "requires_grad": lambda: tensor.requires_grad,
        "is_leaf": lambda: tensor.is_leaf,
        "grad_fn": lambda: grad_fn_name(tensor),
        "version": lambda: tensor._version,
        "is a view": lambda: tensor._is_view(),
        "dtype": lambda: dtype_name(tensor.dtype),
        "shape": lambda: tuple(tensor.shape),
        "stride": lambda: tuple(tensor.stride()),
        "offset": lambda: tensor.storage_offset(),
        "contiguous": lambda: tensor.is_contiguous(),
        "values": lambda: to_numpy(tensor),
        "grad": lambda: tensor.grad if tensor.is_leaf else None,
    }
    found = {}
    for label, read in readers.items():
        try:
            value = read()
        except Exception as error:
            value = Raised.of(error)
        found[label] = to_numpy(value) if is_tensor(value) else value
    return found


def is_real(dtype: str) -> bool:
    """Whether the dtype is one of those that can require gradients (programs have no complex ones)."""
    return dtype.startswith("float")


def same(got: Any, want: Any) -> str | None:
    """How two facts differ, or None."""
    if isinstance(want, np.ndarray) and isinstance(got, np.ndarray):
        if got.shape != want.shape or got.dtype != want.dtype:
            return f"{got.dtype}{got.shape}, torch {want.dtype}{want.shape}"
        if np.array_equal(got, want):
            return None
        return value_problem(got, want, want.dtype.name)
    if type(got) is not type(want) or got != want:
        return f"{brief(got)}, torch {brief(want)}"
    return None


def compare(got: dict[str, Any], want: dict[str, Any]) -> list[str]:
    """Every difference between two machines' facts."""
    found = []
    if got.keys() != want.keys():
        found.append(f"names {sorted(got)}, torch {sorted(want)}")
    for name in want.keys() & got.keys():
        for label, value in want[name].items():
            problem = same(got[name][label], value)
            if problem:
                found.append(f"{name}.{label}: {problem}")
    return sorted(found)


#: The end of every program: gradients of everything alive, twice.
FINALE = (
    "live = [v for k, v in sorted(globals().items()) if k[0] == 't' and k[1:].isdigit()]",
    "outs = [t for t in live if takes_gradient(t)]",
    "loss = sum((t * (i + 1) * 0.5).sum() for i, t in enumerate(outs))",
    "leaves = [t for t in outs if t.is_leaf]",
    "firsts = torch.autograd.grad(loss, leaves, create_graph=True, allow_unused=True)",
    "again = [g for g in firsts if g is not None and g.requires_grad]",
    "square = sum((g * g).sum() for g in again)",
    "seconds = torch.autograd.grad(square, leaves, allow_unused=True) if again else []",
)  # fmt: skip


def run_program(program: Program, lib: Any, rewrite: Rewrite = lambda line: line) -> list[str]:
    """Run a program on torch and on ``lib``; raise Divergence at the first difference.

    Args:
        program: how it starts, and its steps.
        lib: the library under test.
        rewrite: changes each line before ``lib`` runs it: how the tests of this file plant defects.

    Returns:
        The program's lines.
    """
    try:
        return _run(program, Machine(torch), Machine(lib), rewrite)
    except Undefined:
        return []
    except Divergence:
        if _corrupts_its_graph(program):
            return []
        raise


def _corrupts_its_graph(program: Program) -> bool:
    """Whether torch's gradients come from memory that was written without a version counting it.

    A write through ``.data``, NumPy or a tensor that took over other memory (``.data =``, ``set_``) is
    one that, in the words of torch's notes, autograd cannot track: the gradient of what was saved
    there before is incorrect. Torch itself, made to save copies, then finds another one.
    """
    try:
        _run(program, Machine(torch), Machine(torch, copies=True), lambda line: line)
    except Undefined:
        return False
    except Divergence as found:
        return "\nraised " not in str(found)  # copies are not checked for versions: that says nothing
    return False


def _run(program: Program, expected: Machine, actual: Machine, rewrite: Rewrite) -> list[str]:
    scene = Scene(expected.space)
    lines: list[str] = []

    def run(line: str) -> Raised | None:
        want, got = expected.run(line), actual.run(rewrite(line))
        lines.append(f"{line}  # {want.type}" if want else line)
        if want and "INTERNAL ASSERT FAILED" in want.text:  # which torch asks to be reported as a bug of its own
            raise Undefined(want.text)
        problem = same(got, want)
        if problem:
            report = f"\n{got.report}" if got and not want else ""
            raise Divergence(_listing(lines) + f"\nraised {problem}{report}")
        return want

    def check() -> None:
        wanted = expected.facts()
        # No integers can require gradients, says torch; in-place ops that no formula of its own keeps
        # from it (masked_fill_, index_fill_) break that where the value requires one.
        if any(f.get("requires_grad") is True and not is_real(f["dtype"]) for f in wanted.values()):
            raise Undefined("integers that require gradients")
        found = compare(actual.facts(), wanted)
        if found:
            raise Divergence(_listing(lines) + "\n" + "\n".join(found))

    first, steps = program
    for line in start(first):
        scene.fresh()
        run(line)
        check()
    for name, *choices in steps:
        line = KINDS[name](scene, *choices)
        if line:
            run(line)
            check()
    for line in FINALE:
        if run(line):
            break
    _compare_gradients(actual.space, expected.space, lines)
    return lines


def _compare_gradients(got: dict[str, Any], want: dict[str, Any], lines: list[str]) -> None:
    """First gradients agree, None included; a second that torch leaves undefined may be zeros."""
    for label, undefined in (("firsts", False), ("seconds", True)):
        ours, theirs = got.get(label, ()), want.get(label, ())
        if len(ours) != len(theirs):
            raise Divergence(_listing(lines) + f"\n{label}: {len(ours)}, torch {len(theirs)}")
        for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
            if undefined and (a is None or b is None):
                present = [to_numpy(g) for g in (a, b) if g is not None]
                problem = next((f"{g} against None" for g in present if g.any()), None)
            else:
                a, b = (to_numpy(g) if is_tensor(g) else g for g in (a, b))
                problem = same(a, b)
            if problem:
                raise Divergence(_listing(lines) + f"\n{label}[{i}]: {problem}")


def _listing(lines: list[str]) -> str:
    return "\n".join(["the program:", *lines])
