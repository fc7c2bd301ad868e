"""The named tuples of ops with several results (``torch.return_types.max``)."""

from __future__ import annotations

_return_types: dict = {}


def return_type(schema):
    """The named tuple class of an op's several results (``torch.return_types.max``)."""
    return named(schema.name, schema.outputs)


def named(name: str, fields: tuple[str, ...]) -> type:
    found = _return_types.get(name)
    if found is None:
        found = _return_types[name] = make_return_type(name, fields)
    return found


def make_return_type(name: str, fields: tuple[str, ...]) -> type:
    def shown(self):
        from .printing import return_type_text

        return return_type_text(name, [(f, repr(v)) for f, v in zip(fields, self, strict=True)])

    body = {
        "__slots__": (),
        "__repr__": shown,
        "__module__": "torch.return_types",
        "_fields": fields,
        "n_fields": len(fields),
        "n_sequence_fields": len(fields),
        "__reduce__": lambda self: (_rebuild_return, (name, fields, tuple(self))),
    }
    for i, f in enumerate(fields):
        body[f] = property(lambda self, i=i: self[i])
    return type(name, (tuple,), body)


def _rebuild_return(name, fields, values):
    cls = _return_types.get(name) or make_return_type(name, fields)
    return cls(values)
