"""Code objects: whose they are, and which names they look up."""

from __future__ import annotations

import dis
import sysconfig
from pathlib import Path
from typing import NamedTuple

OURS = frozenset(("jaxtorch", "torch", "jax", "jaxlib", "numpy", "ml_dtypes"))
_STDLIB = str(Path(sysconfig.get_path("stdlib")))
#: Modules of Python's own whose calls are effects as those of a user's program are.
_LOUD = frozenset((
    "logging", "logging.handlers", "random", "pathlib", "shutil", "subprocess", "socket", "tempfile", "uuid", "secrets",
))  # fmt: skip
_GLOBAL = frozenset(("LOAD_GLOBAL", "LOAD_NAME", "STORE_GLOBAL", "DELETE_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS"))
_ATTRIBUTE = frozenset(("LOAD_ATTR", "LOAD_METHOD", "STORE_ATTR", "DELETE_ATTR", "LOAD_SUPER_ATTR"))
_BY_TEXT = frozenset(("getattr", "setattr", "hasattr", "delattr"))


class Facts(NamedTuple):
    """What is known of a code object.

    Attributes:
        code: itself, so that its id stays its own.
        deaf: whether nothing that it calls is the user's: it is JAX's, or imports a module.
        watched: whether it is the user's: what it looks up decides what a recorded run does.
        loud: whether its calls of C functions may be effects.
        globals: the names of globals that it looks up; ``sets``: those that it sets.
        attributes: the names of attributes that it looks up or sets; ``stored``: those that it sets.
    """

    code: object
    watched: bool
    loud: bool
    deaf: bool = False
    globals: frozenset = frozenset()
    sets: frozenset = frozenset()
    attributes: frozenset = frozenset()
    stored: frozenset = frozenset()


_known: dict[int, Facts] = {}


def facts_of(code, module: str) -> Facts:
    """The facts of a code object that runs in ``module``."""
    found = _known.get(id(code))
    if found is None:
        found = _known[id(code)] = _facts(code, module or "")
    return found


def _facts(code, module: str) -> Facts:
    package = module.partition(".")[0]
    if package in OURS:
        return Facts(code, False, False, package in ("jax", "jaxlib"))
    name = code.co_filename
    if package == "importlib":  # what an import runs, runs once
        return Facts(code, False, False, True)
    of_python = name.startswith("<frozen") or (name.startswith(_STDLIB) and "site-packages" not in name)
    if of_python or package.startswith("namedtuple_"):
        return Facts(code, False, module in _LOUD)
    names: dict[str, set] = {"globals": set(), "sets": set(), "attributes": set(), "stored": set()}
    for i in dis.get_instructions(code):
        if i.opname in _GLOBAL:
            names["globals"].add(i.argval)
            if i.opname in ("STORE_GLOBAL", "DELETE_GLOBAL"):
                names["sets"].add(i.argval)
        elif i.opname in _ATTRIBUTE:
            names["attributes"].add(i.argval)
            if i.opname == "STORE_ATTR":
                names["stored"].add(i.argval)
    if names["globals"] & _BY_TEXT:
        names["attributes"].update(c for c in code.co_consts if isinstance(c, str) and c.isidentifier())
    return Facts(code, True, True, False, **{k: frozenset(v) for k, v in names.items()})
