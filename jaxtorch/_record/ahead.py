"""Checks of indices: in the program of a recording, or before it, where what they look at is there already.

A check inside of the program can undo what the program has written only if the old values are kept until the
end: XLA then copies all state that is updated. What checks read is mostly the arguments themselves.
"""

from __future__ import annotations

from .graph import Graph, cone, nbytes

#: Bytes of state from which on a second call costs less than copies of it.
LARGE = 1 << 18


def foreseeable(graph: Graph, checks: list, written: list) -> bool:
    """Whether it pays to make ``checks`` ahead, and they take no more than operations on integers.

    Args:
        written: the numbers of the values that are written.
    """
    if sum(nbytes(*graph.avals[n]) for n in set(written)) < LARGE:
        return False
    steps = cone(graph.steps, checked(checks))
    return all(graph.avals[n][1].kind in "iub" for step in steps for n in (*step.makes, *step.reads))


def checked(checks: list) -> list[int]:
    """The numbers of the flags and of what the errors show."""
    return list(dict.fromkeys([n for n, _ in checks] + [n for _, error in checks for n in error.numbers]))


class Flags:
    """Where among the results of a program its flags are, and what their errors show.

    Args:
        outputs: the numbers of the results.
    """

    def __init__(self, checks: list, outputs: list[int]):
        at = {n: i for i, n in enumerate(outputs)}
        self.places = [(at[n], error, [at[k] for k in error.numbers]) for n, error in checks]

    def failed(self, outs) -> Exception | None:
        """The first error."""
        for flag, error, numbers in self.places:
            if outs[flag]:
                return error([outs[k] for k in numbers])
        return None


class Ahead:
    """The checks of a recording as a program of their own.

    Args:
        order: the numbers of the arrays that the recording's program takes, in its lists.
        small: constants that are part of the program.
        program_of: makes a program of (steps, order, constants, results).
    """

    def __init__(self, graph: Graph, checks: list, order, small: dict, program_of):
        outputs = checked(checks)
        steps = cone(graph.steps, outputs)
        made = {n for s in steps for n in s.makes}
        places = {n: (i, j) for i, group in enumerate(order) for j, n in enumerate(group)}
        reads = dict.fromkeys([n for n in (*outputs, *[n for s in steps for n in s.reads]) if n not in made])
        inputs = [n for n in reads if n in places]
        self.places = [places[n] for n in inputs]
        self.flags = Flags(checks, outputs)
        known = {n: small[n] for n in reads if n not in places}
        self.program = program_of(steps, [inputs], known, outputs)

    def failed(self, lists) -> Exception | None:
        """The first error, for the arrays that the program is about to be given."""
        return self.flags.failed(self.program([lists[i][j] for i, j in self.places]))
