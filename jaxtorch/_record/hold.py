"""What a recording keeps between two of its runs: the values that it wrote, until somebody looks.

Writing back hundreds of arrays after every run, and gathering them before the next, costs more than the
call of a small program. So the memory that a recording writes becomes `Held`: the recording keeps the
values and gives them to its next run. Whoever reads or writes one of them (an operation, another
recording, a copy) finds all of them in their places again.
"""

from __future__ import annotations

from operator import itemgetter

from .._core.storage import Storage


def picker(places: list[int]):
    """A function that makes a list of what is in those places of a list."""
    first, end = (places[0], places[0] + len(places)) if places else (0, 0)
    if places == list(range(first, end)):
        return itemgetter(slice(first, end))
    pick = itemgetter(*places)
    return lambda found: list(pick(found))


class Hold:
    """The values of storages.

    Attributes:
        storages: the memory.
        writes: how often a run writes each of them.
        arrays: the results of the last run; ``pick`` takes the values of the storages from them.
        runs: how many runs have not been added to their versions.
        shown: whether a tensor that is this memory was handed out.
    """

    __slots__ = ("storages", "writes", "arrays", "pick", "runs", "released", "shown")

    def __init__(self, storages: list[Storage], writes: list[int], arrays: list, pick=lambda arrays: arrays):
        self.storages, self.writes, self.arrays, self.pick = storages, writes, arrays, pick
        self.runs, self.released, self.shown = 1, False, False
        for s in storages:
            s.array = None
            s.hold = self
            s.__class__ = Held  # pyright: ignore[reportAttributeAccessIssue]

    def renew(self, arrays: list) -> None:
        """Keep the values of one more run."""
        self.arrays = arrays
        self.runs += 1

    def release(self) -> None:
        """Put the values where they belong."""
        if not self.released:
            self.released = True
            for s in self.storages:
                s.__class__ = Storage
                s.hold = None
            write(self.storages, self.pick(self.arrays), self.writes, self.runs)
            self.arrays = []


class Held(Storage):
    """Memory whose value a `Hold` keeps."""

    @property
    def array(self):
        self.hold.release()
        return self.array

    @array.setter
    def array(self, array) -> None:
        self.hold.release()
        self.array = array

    @property
    def version(self) -> int:
        self.hold.release()
        return self.version

    @version.setter
    def version(self, version: int) -> None:
        self.hold.release()
        self.version = version


def write(storages, arrays, writes, runs: int) -> None:
    """Give storages their values of the last of ``runs`` runs."""
    for storage, array, count in zip(storages, arrays, writes):  # noqa: B905
        storage.array = array
        storage.version += count * runs


def can_hold(storages) -> bool:
    """Whether all of these are memory of the plain kind, that nothing else shares or keeps."""
    return all([type(s) is Storage and s.host is None for s in storages])


#: Where nothing is kept.
NOTHING = Hold([], [], [])
NOTHING.release()
