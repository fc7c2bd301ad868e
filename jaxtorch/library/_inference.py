"""The schema of a Python function, from its annotations."""

from __future__ import annotations

import collections.abc
import inspect
import types
import typing
from functools import cache

from .._core.devices import device
from .._core.dtypes import dtype
from .._core.tensor import Tensor

#: (Python's type, the schema's, may be in a list, in a list with gaps, in a list that may be None)
_TYPES = [
    (Tensor, "Tensor", True, True, False),
    (int, "SymInt", True, False, True),
    (float, "float", True, False, True),
    (bool, "bool", True, False, True),
    (str, "str", False, False, False),
    (int | float | bool, "Scalar", True, False, False),
    (dtype, "ScalarType", False, False, False),
    (device, "Device", False, False, False),
]
_RETURNED = {
    Tensor: "Tensor", typing.List[Tensor]: "Tensor[]", list[Tensor]: "Tensor[]",  # noqa: UP006
    int: "SymInt", float: "float", bool: "bool",
    int | float | bool: "Scalar",
}  # fmt: skip


def _lists(kind) -> tuple:
    return typing.Sequence[kind], typing.List[kind], collections.abc.Sequence[kind], list[kind]  # noqa: UP006


@cache
def _parameter_types() -> dict:
    found = {}
    for kind, name, in_list, gaps, optional_list in _TYPES:
        found[kind] = name
        found[typing.Optional[kind]] = f"{name}?"  # noqa: UP045
        for of in _lists(kind) if in_list else ():
            found[of] = f"{name}[]"
        for of in _lists(typing.Optional[kind]) if gaps else ():  # noqa: UP045
            found[of] = f"{name}?[]"
        for of in _lists(kind) if optional_list else ():
            found[typing.Optional[of]] = f"{name}[]?"  # noqa: UP045
    return found


def _uniform(annotation):
    """An annotation in `typing`'s own spelling: ``Tensor | None`` is ``Optional[Tensor]``."""
    if isinstance(annotation, types.UnionType):
        return typing.Union[tuple(typing.get_args(annotation))]  # noqa: UP007
    if typing.get_origin(annotation) is list:
        return list[tuple(map(_uniform, typing.get_args(annotation)))]
    return annotation


def infer_schema(prototype_function, /, *, mutates_args, op_name: str | None = None) -> str:
    """The schema that a function's annotations describe.

    Args:
        prototype_function: of annotated parameters.
        mutates_args: the names of the tensors it writes, or ``"unknown"``: all of them.
        op_name: what the schema begins with.

    Raises:
        ValueError: a parameter has no annotation, or one that no schema can say.

    Example:
        >>> def scale(x: torch.Tensor, by: float = 2.0) -> torch.Tensor: ...
        >>> torch.library.infer_schema(scale, mutates_args=())
        '(Tensor x, float by=2.0) -> Tensor'
    """
    signature = inspect.signature(prototype_function)

    def refuse(what: str):
        raise ValueError(f"infer_schema(func): {what} Got func with signature {signature})")

    def resolved(annotation):
        if isinstance(annotation, str):
            try:
                annotation = eval(annotation, prototype_function.__globals__)
            except Exception as e:
                refuse(f"Unsupported type annotation {annotation}. It is not a type. ({type(e).__name__}: {e})")
        return _uniform(annotation)

    unknown = mutates_args == "unknown"
    if isinstance(mutates_args, str) and not unknown:
        raise ValueError(
            "mutates_args must either be a sequence of the names of the arguments that are mutated or the string "
            "'unknown'. "
        )
    written = () if unknown else tuple(mutates_args)
    params = []
    for place, (name, param) in enumerate(signature.parameters.items()):
        if param.kind not in (param.POSITIONAL_OR_KEYWORD, param.KEYWORD_ONLY):
            refuse("We do not support positional-only args, varargs, or varkwargs.")
        if param.kind is param.KEYWORD_ONLY and "*" not in params:
            params.append("*")
        if param.annotation is param.empty:
            refuse(f"Parameter {name} must have a type annotation.")
        annotation = resolved(param.annotation)
        known = _parameter_types()
        if annotation not in known:
            _refuse_type(refuse, name, param, annotation, known)
        kind = known[annotation]
        if (unknown and kind.startswith("Tensor")) or name in written:
            if not kind.startswith("Tensor"):
                refuse(
                    f"Parameter {name} is in mutable_args but only Tensors or collections of Tensors can be mutated"
                )
            kind = f"Tensor(a{place}!){kind.removeprefix('Tensor')}"
        default = "" if param.default is param.empty else f"={_shown(param.default, name, refuse)}"
        params.append(f"{kind} {name}{default}")
    strange = set(written) - set(signature.parameters)
    if strange:
        refuse(
            f"{strange} in mutates_args were not found in the custom op's signature. mutates_args should contain the "
            "names of all args that the custom op mutates, or just the string 'unknown' if you don't know."
        )
    if signature.return_annotation is signature.empty:
        refuse("No return type annotation was provided. Please add one.")
    return f"{op_name or ''}({', '.join(params)}) -> {_returned(resolved(signature.return_annotation), refuse)}"


def _refuse_type(refuse, name: str, param, annotation, known: dict) -> None:
    hint = ""
    if typing.get_origin(annotation) is tuple:
        kinds = set(typing.get_args(annotation))
        of = list[kinds.pop()] if len(kinds) == 1 else None
        example = f"For example, {of}.\n\n" if of in known else "\n\n"
        hint = "We do not support Tuple inputs in schema. As a workaround, please try to use List instead. " + example
    refuse(f"Parameter {name} has unsupported type {param.annotation}. {hint}The valid types are: {known.keys()}.")


def _shown(default, name: str, refuse) -> str:
    if default is None or isinstance(default, (int, float)):
        return str(default)
    if isinstance(default, (str, device)):
        return f'"{default}"'
    if isinstance(default, dtype):
        return str(default).removeprefix("torch.")
    return refuse(
        f"Parameter {name} has an unsupported default value type {type(default)}. Please file an issue on GitHub so "
        "we can prioritize this."
    )


def _returned(annotation, refuse) -> str:
    if annotation is None:
        return "()"
    several = typing.get_origin(annotation) is tuple
    kinds = [_uniform(a) for a in typing.get_args(annotation)] if several else [annotation]
    if any(kind not in _RETURNED for kind in kinds):
        refuse(f"Return has unsupported type {annotation}. The valid types are: {_RETURNED}.")
    text = ", ".join(_RETURNED[kind] for kind in kinds)
    return f"({f'({text})' if len(kinds) == 1 else text})" if several else text
