"""`TorchVersion`: a version that is a str and compares as a version."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .version import __version__ as _text

__all__ = ["TorchVersion"]

_FORM = re.compile(
    r"\s*v?(?:(?P<epoch>\d+)!)?(?P<release>\d+(?:\.\d+)*)"
    r"(?:[-_.]?(?P<pre>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?P<pre_n>\d*))?"
    r"(?:-(?P<post_only>\d+)|(?P<post>[-_.]?(?:post|rev|r)[-_.]?(?P<post_n>\d*)))?"
    r"(?P<dev>[-_.]?dev[-_.]?(?P<dev_n>\d*))?"
    r"(?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?\s*",
    re.IGNORECASE,
)
_STAGES = {"a": 0, "alpha": 0, "b": 1, "beta": 1, "c": 2, "rc": 2, "pre": 2, "preview": 2}
_FINAL = 3


def _order(text: str) -> tuple | None:
    """What versions are ordered by (PEP 440); None of what is no version."""
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    release = [int(n) for n in found["release"].split(".")]
    while release and release[-1] == 0:
        release.pop()
    post = found["post_only"] or (found["post"] and (found["post_n"] or "0"))
    dev = found["dev"] and int(found["dev_n"] or 0)
    if found["pre"]:
        stage = (_STAGES[found["pre"].lower()], int(found["pre_n"] or 0))
    else:  # a development version comes before every other of its release
        stage = (-1, 0) if dev is not None and not post else (_FINAL, 0)
    parts = re.findall(r"[a-z0-9]+", (found["local"] or "").lower())
    local = [(1, int(p), "") if p.isdigit() else (0, 0, p) for p in parts]
    return (
        int(found["epoch"] or 0), release, stage, -1 if post is None else int(post),
        float("inf") if dev is None else dev, found["local"] is not None, local,
    )  # fmt: skip


class TorchVersion(str):
    """A str that compares with strings, tuples and `packaging.version.Version` as versions compare.

    Example:
        >>> import jaxtorch as torch
        >>> torch.__version__ >= (2, 9), torch.__version__ < "2.100"
        (True, True)
    """

    __slots__ = ()


def _compared(name: str):
    def compare(self, other):
        if isinstance(other, str) or not isinstance(other, Iterable):
            text = str(other) if isinstance(other, str) or type(other).__name__ == "Version" else ""
        else:
            text = ".".join(str(item) for item in other)
        ours, theirs = _order(str(self)), _order(text)
        if ours is None or theirs is None:
            return getattr(str, name)(self, other)
        return getattr(ours, name)(theirs)

    compare.__name__ = name
    return compare


# set on the finished class, which so keeps the hash of a str
for _name in ("__gt__", "__lt__", "__eq__", "__ge__", "__le__"):
    setattr(TorchVersion, _name, _compared(_name))

__version__ = TorchVersion(_text)
