"""`import torch` resolves to jaxtorch: one module object under both names.

`install()` puts a finder before all others, so `torch.x.y` is the very module
`jaxtorch.x.y`, imported when first asked for, and `torchvision.x.y` is `jaxtorch.vision.x.y`:
torchvision itself, where it is installed, is built against PyTorch's libraries and cannot work
here. It also puts the folder `torch_path` on
`sys.path`. What lies there serves two ends: a distribution record, by which
`importlib.metadata.version("torch")` answers as for any installed package; and a package
`torch` that calls `install()`, by which a child process that inherits only `sys.path`
(multiprocessing's spawn and forkserver) or only PYTHONPATH ends up with the same alias.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
import types
from collections.abc import Iterator

PATH_ENTRY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "torch_path")

# Package imported -> the module of ours that it names.
_NAMES = {"torch": "jaxtorch", "torchvision": "jaxtorch.vision"}

# Folders of ours. PyTorch has modules of some of these names, with other contents.
_PRIVATE = frozenset({"_cli", "_compat", "_core", "_ops", "_record"})


def _target(fullname: str) -> str | None:
    """The module of ours that a name stands for."""
    package = fullname.partition(".")[0]
    return _NAMES[package] + fullname.removeprefix(package) if package in _NAMES else None


class _Loader(importlib.abc.Loader):
    def __init__(self, target: str) -> None:
        self.target = target

    def exec_module(self, module: types.ModuleType) -> None:
        assert module.__spec__ is not None
        # The import system hands out what stands in sys.modules after this returns.
        sys.modules[module.__spec__.name] = importlib.import_module(self.target)
        # A package may have put a function of the same name over a module of its own. Importing
        # that module under its second name must not bind it in the function's place.
        for name, loaded in list(sys.modules.items()):
            if name.startswith(self.target + ".") and _PRIVATE.isdisjoint(name.split(".")[1:2]):
                sys.modules.setdefault(module.__spec__.name + name.removeprefix(self.target), loaded)

    def get_code(self, fullname: str) -> types.CodeType | None:
        """Return the code of the jaxtorch module, for `-m torch.x.y`."""
        spec = importlib.util.find_spec(self.target)
        return spec.loader.get_code(self.target) if spec else None  # type: ignore[union-attr]


class _Finder:
    @staticmethod
    def find_spec(fullname, path=None, reloaded=None) -> importlib.machinery.ModuleSpec | None:
        target = _target(fullname)
        if target is None:
            return None
        private = not _PRIVATE.isdisjoint(fullname.split(".")[1:2])
        module = None if private else sys.modules.get(target)
        found = getattr(module, "__spec__", None)
        if module is None and not private:
            found = importlib.util.find_spec(target)
        if module is None and found is None:
            # importlib.util.find_spec() and its like ask, and are answered None; an import
            # is told why. (None for a private folder would let the next finder load it.)
            asking = sys._getframe(2).f_code.co_name != "_find_and_load_unlocked"
            if asking and not private:
                return None
            raise ModuleNotFoundError(
                f"No module named {fullname!r}: jaxtorch does not provide it", name=fullname
            )
        spec = importlib.machinery.ModuleSpec(
            fullname, _Loader(target), origin=found.origin if found else None
        )
        if found is not None:
            spec.submodule_search_locations = found.submodule_search_locations
        return spec


def install() -> None:
    """Make `import torch` and `import torch.x` mean jaxtorch in this process.

    Idempotent, and cheap: nothing is imported until the program imports it.

    Raises:
        RuntimeError: PyTorch itself has been imported in this process.

    Example:
        >>> import jaxtorch
        >>> from jaxtorch._compat import alias_torch
        >>> with alias_torch.aliased():
        ...     import torch
        >>> torch is jaxtorch
        True
    """
    torch = sys.modules.get("torch")
    if torch is not None and torch is not sys.modules.get("jaxtorch"):
        raise RuntimeError(
            "cannot make `torch` mean jaxtorch: PyTorch itself is already imported in this "
            f"process, from {getattr(torch, '__file__', None)}. Start the program with "
            "`jaxtorch run`, or write `import jaxtorch as torch`."
        )
    if _Finder not in sys.meta_path:
        sys.meta_path.insert(0, _Finder)  # type: ignore[arg-type]
    if PATH_ENTRY not in sys.path:
        sys.path.insert(1, PATH_ENTRY)  # sys.path[0] is the program's folder


def uninstall() -> None:
    """Undo `install()`: forget the names `torch`, `torch.*` and so on; jaxtorch's own stay."""
    if _Finder in sys.meta_path:
        sys.meta_path.remove(_Finder)  # type: ignore[arg-type]
    while PATH_ENTRY in sys.path:
        sys.path.remove(PATH_ENTRY)
    for name, target in [(name, _target(name)) for name in sys.modules]:
        if target is not None and sys.modules[name] is sys.modules.get(target):
            del sys.modules[name]


@contextlib.contextmanager
def aliased() -> Iterator[None]:
    """Install the alias within a `with` block, and leave it if it was installed before."""
    before = _Finder in sys.meta_path
    install()
    try:
        yield
    finally:
        if not before:
            uninstall()
