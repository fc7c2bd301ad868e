"""torch.return_types: the classes of results with names, each made when first asked for."""

from functools import cache as _cache

from ._compat.coverage import public_names as _public_names
from ._core.return_types import named as _named
from ._core.spec import overloads as _overloads


def _fields(name: str) -> tuple[str, ...] | None:
    """The names of the results of the op called this; None where there is none, or it has one result."""
    specs = [spec for spec in _overloads.get(name, ()) if spec.schema is not None]
    if any(spec.forms for spec in specs):
        # what the public form is written with may have further results
        for spec in sorted(specs, key=lambda spec: not spec.forms):
            if spec.schema.outputs:
                return spec.schema.outputs
    return None


@_cache
def _names() -> tuple[str, ...]:
    """The names of all classes: of the op, and of its form with ``out=``."""
    return tuple([n for n in _public_names()["torch.return_types"] if _fields(n.removesuffix("_out"))])


def __getattr__(name: str):
    if name == "all_return_types":
        return {_named(n, _fields(n.removesuffix("_out"))) for n in _names()}
    if name == "__all__":
        return ["all_return_types", *_names()]
    if name not in _names():
        raise AttributeError(f"module 'torch.return_types' has no attribute '{name}'")
    return _named(name, _fields(name.removesuffix("_out")))


def __dir__() -> list[str]:
    return sorted([*globals(), "all_return_types", *_names()])
