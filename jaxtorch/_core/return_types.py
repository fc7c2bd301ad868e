"""The named tuples of ops with several results (``torch.return_types.max``)."""

from __future__ import annotations

import sys

_return_types: dict = {}


def return_type(schema):
    """The named tuple class of an op's several results (``torch.return_types.max``)."""
    return named(schema.name, schema.outputs)


def named(name: str, fields: tuple[str, ...]) -> type:
    found = _return_types.get(name)
    if found is None:
        found = _return_types[name] = make_return_type(name, fields)
    return found


class Field:
    """One of the results, by its name."""

    __slots__ = ("owner", "name", "place")

    def __init__(self, owner: str, name: str, place: int):
        self.owner, self.name, self.place = owner, name, place

    def __get__(self, obj, cls=None):
        return self if obj is None else obj[self.place]

    def __set__(self, obj, value):
        raise AttributeError("readonly attribute")

    def __repr__(self) -> str:
        return f"<member '{self.name}' of '{self.owner}' objects>"


def is_return_type(cls: type) -> bool:
    """Whether ``cls`` is the class of an op's results."""
    return cls.__bases__ == (tuple,) and hasattr(cls, "n_sequence_fields")


def make_return_type(name: str, fields: tuple[str, ...]) -> type:
    full, count = f"torch.return_types.{name}", len(fields)

    def new(cls, sequence, dict=None):  # noqa: A002 - PyTorch's name
        try:
            values = tuple(sequence)
        except TypeError:
            raise TypeError("constructor requires a sequence") from None
        if len(values) != count:
            raise TypeError(f"{full}() takes a {count}-sequence ({len(values)}-sequence given)")
        return tuple.__new__(cls, values)

    def shown(self):
        from .printing import return_type_text

        return return_type_text(name, [(f, repr(v)) for f, v in zip(fields, self, strict=True)])

    def reduce(self):
        if sys.modules.get("torch") is sys.modules[__name__.partition(".")[0]]:
            return type(self), (tuple(self), {})
        return _rebuild_return, (name, fields, tuple(self))  # pickle would not find the class by its name

    def missing(self, attribute, *value):
        raise AttributeError(f"'{full}' object has no attribute '{attribute}'")

    def store(self, attribute, value):
        (Field.__set__ if attribute in fields else missing)(self, attribute, value)

    def refuse(cls):
        raise TypeError(f"type '{full}' is not an acceptable base type")

    body = {
        "__slots__": (),
        "__new__": new,
        "__repr__": shown,
        "__module__": "torch.return_types",
        "__match_args__": fields,
        "__reduce__": reduce,
        "__getattr__": missing,
        "__setattr__": store,
        "__init_subclass__": classmethod(refuse),
        "n_fields": count,
        "n_sequence_fields": count,
        "n_unnamed_fields": 0,
        **{f: Field(full, f, i) for i, f in enumerate(fields)},
    }
    return type(name, (tuple,), body)


def _rebuild_return(name, fields, values):
    cls = _return_types.get(name) or make_return_type(name, fields)
    return cls(values)
