"""Whether a segment is compiled as one program, or runs op by op."""

from __future__ import annotations

import logging
import time

log = logging.getLogger("jaxtorch.engine")

#: Seconds that it takes to compile a program of one operation, and a segment beside its operations.
#: Measured: 24 of the first kind in 0.7 s, traced and lowered; segments of 16 to 160 in 0.1 to 0.6 s.
ALONE, BASE = 0.03, 0.05
#: Seconds for each operation of a segment, until it is known better.
EACH = 0.004
#: Of the time that passes, so much may go into compiling what could run op by op.
SHARE = 0.2


class Report:
    """What has become of segments.

    Attributes:
        segments, operations: how many there were.
        new: how many of the segments were seen for the first time.
        fused: how many ran as one program.
        programs, seconds: how many programs were made for that, and how long it took.
        refused: how often a segment was seen again and not compiled, because compiling had its share.
    """

    def __init__(self):
        self.segments = self.operations = self.new = self.fused = self.programs = self.refused = 0
        self.seconds = 0.0

    def count(self, operations: int, new: bool, fused: bool) -> None:
        self.segments += 1
        self.operations += operations
        self.new += new
        self.fused += fused

    def __str__(self) -> str:
        return "\n".join([
            f"{self.segments} segments of {self.operations} operations, {self.new} of them new",
            f"{self.fused} ran as one program, {self.segments - self.fused} op by op",
            f"{self.programs} programs compiled in {self.seconds:.2f} s",
            f"{self.refused} times a segment came again and was not compiled, to bound that time",
        ])  # fmt: skip


class Tiers:
    """Decides what is compiled: what is not dearer than op by op, and what comes again, within a share of the time.

    Attributes:
        alone: the operations (traced) that have run one by one, so that their programs are there.
    """

    def __init__(self, report: Report):
        self.report, self.begin = report, time.perf_counter()
        self.alone: set[int] = set()
        self.spent, self.operations, self.seconds = 0.0, 0, 0.0

    def cost(self, operations: int) -> float:
        """Seconds that a segment of so many operations will take to compile."""
        each = EACH if self.operations < 100 else self.seconds / self.operations
        return BASE + each * operations

    def fuses(self, steps: list, ends: int) -> bool:
        """Whether to compile a segment that has no program yet.

        Args:
            steps: its operations.
            ends: how often it was seen, this time included.
        """
        cost = self.cost(len(steps))
        if cost <= ALONE * len({id(s.traced) for s in steps}.difference(self.alone)):
            return True
        if ends == 1:
            return False
        if self.spent + cost <= SHARE * (time.perf_counter() - self.begin):
            self.spent += cost
            return True
        if not self.report.refused:
            log.info("compiling segments has had its share of the time: they run op by op for now")
        self.report.refused += 1
        return False

    def compiled(self, operations: int, seconds: float) -> None:
        """Note what a program took."""
        self.report.programs += 1
        self.report.seconds += seconds
        self.operations += operations
        self.seconds += max(seconds - BASE, 0.0)
