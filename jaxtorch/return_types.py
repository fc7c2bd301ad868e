"""torch.return_types: the classes of results with names, each made when first asked for."""

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


def __getattr__(name: str):
    fields = _fields(name) or _fields(name.removesuffix("_out"))
    if fields is None:
        raise AttributeError(f"module 'torch.return_types' has no attribute '{name}'")
    return _named(name, fields)
