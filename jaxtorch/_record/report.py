"""What compiled functions say of themselves: their recordings, why they were made, their operations."""

from __future__ import annotations

from .capture import Compiled
from .dynamic import Sized


def _compiled(f) -> Compiled:
    found = getattr(f, "_compiled", f)
    if not isinstance(found, Compiled):
        raise TypeError(f"expected a function compiled by torch.compile, but got {type(f).__name__}")
    return found


def explain(step) -> str:
    """Why ``step`` was recorded as often as it was: one line a recording or graph break.

    Returns:
        The text, which is printed too.
    """
    f = _compiled(step)
    lines = [f"{f.function.__qualname__}: {len(f.all_recordings())} recordings, {len(f.programs())} programs"]
    for number, (reason, recording) in enumerate(f.history):
        what = "uncompiled" if recording is None else f"{len(recording.steps)} operations, {recording.calls} calls"
        if recording is not None and type(recording.program) is Sized:
            what += f", the program of sizes up to {', '.join(map(str, recording.program.bucket.sizes))}"
        lines.append(f"  {number}: {reason} ({what})")
    lines += [f"  no program for several sizes: {why}" for why in dict.fromkeys(f.sizes.refused())]
    text = "\n".join(lines)
    print(text)
    return text


def show(step) -> str:
    """The operations of the latest recording of ``step``: number, name, operands, shape, source line.

    Returns:
        The text, which is printed too.
    """
    recordings = _compiled(step).all_recordings()
    if not recordings:
        raise RuntimeError("there is no recording yet: call the function first")
    recording = recordings[-1]
    graph = recording.graph
    named = {}
    for kind, numbers in zip(("state", "captured", "argument", "provided"), recording.order, strict=False):
        named.update((n, kind) for n in numbers)

    def typed(n: int) -> str:
        shape, dtype = graph.avals[n]
        return f"%{n}: {dtype.name}{list(shape)}"

    lines = [f"{typed(n)} = {kind}" for n, kind in sorted(named.items())]
    lines += [f"{typed(n)} = constant" for n in sorted(graph.constants) if any(n in s.reads for s in recording.steps)]
    for s in recording.steps:
        made = ", ".join(typed(n) for n in s.makes)
        reads = ", ".join(f"%{n}" for n in s.reads)
        lines.append(f"{made} = {s.program.inline.__name__}({reads})  # {s.line}")
    lines.append("return " + ", ".join(f"%{n}" for n in recording.outputs))
    text = "\n".join(lines)
    print(text)
    return text


def assert_recordings(step, n: int) -> None:
    """Raise unless ``step`` was recorded ``n`` times: its Python ran so often, with or without a compilation.

    Raises:
        AssertionError: it was not; the message is what `explain` says.
    """
    f = _compiled(step)
    if len(f.all_recordings()) != n:
        raise AssertionError(f"expected {n} recordings; {explain(step)}")


def assert_programs(step, n: int) -> None:
    """Raise unless the recordings of ``step`` have ``n`` XLA programs between them, backward halves included.

    Raises:
        AssertionError: they have not; the message is what `explain` says.
    """
    f = _compiled(step)
    if len(f.programs()) != n:
        raise AssertionError(f"expected {n} programs; {explain(step)}")
