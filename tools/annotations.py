"""The types that stubs give to the parameters and results of ops and of Python functions."""

from __future__ import annotations

import collections.abc
import inspect
import types
import typing
from dataclasses import dataclass, field, replace

import numpy as np

from jaxtorch._core import devices, dtypes, formats, generator
from jaxtorch._core.spec import CompositeSpec, Param, ViewSpec

# By kind of a schema's parameter. Underscored builtins: torch.float, Tensor.int and others hide the plain names.
KINDS = {
    "Tensor": "Tensor", "Tensor[]": "tuple[Tensor, ...] | list[Tensor]", "Operand": "Tensor | Number | _complex",
    "Scalar": "Number | _complex", "Number": "Number | _complex", "int": "_int", "float": "_float", "bool": "_bool",
    "pinned": "_bool", "str": "_str", "dtype": "_dtype", "int[]": "_size", "dims": "_int | _size",
    "size": "_int | _size", "float[]": "Sequence[_float]",
}  # fmt: skip

# Of kind `any`, and of Python functions that annotate nothing: by name.
NAMED = {
    "device": "Device", "layout": "_layout", "generator": "Generator", "memory_format": "memory_format",
    "dtype": "_dtype", "out": "Tensor",
    **dict.fromkeys(
        "input other target weight bias tensor indices mask input1 input2 anchor positive negative log_probs targets "
        "var linear_weight grid theta running_mean running_var logits query key value offsets per_sample_weights "
        "pos_weight".split(),
        "Tensor",
    ),
    **dict.fromkeys(
        "kernel_size stride padding dilation output_size size normalized_shape input_lengths target_lengths".split(),
        "_int | _size",
    ),
    "scale_factor": "_float | Sequence[_float]", "output_ratio": "_float | Sequence[_float]",
    "padding_idx": "_int", "max_norm": "_float", "num_groups": "_int", "align_corners": "_bool",
    "size_average": "_bool", "reduce": "_bool", "recompute_scale_factor": "_bool",
    "value": "_float", "threshold": "_float", "retain_graph": "_bool", "indexing": "_str",
}  # fmt: skip
# In these, the name means something else.
NAMED_IN = {
    ("ctc_loss", "input_lengths"): "Tensor | _size", ("ctc_loss", "target_lengths"): "Tensor | _size",
    ("gaussian_nll_loss", "var"): "Tensor | _float", ("affine_grid", "size"): "_size",
    ("upsample", "size"): "_int | _size", ("multi_head_attention_forward", "value"): "Tensor",
    ("normalize", "p"): "_float", ("__setitem__", "value"): "Tensor | Number | _complex",
    ("kl_div", "target"): "Tensor",
}  # fmt: skip

PLAIN = {bool: "_bool", int: "_int", float: "_float", complex: "_complex", str: "_str"}
CLASSES = {
    dtypes.dtype: "_dtype", devices.device: "_device", formats.layout: "_layout", generator.Generator: "Generator",
    formats.memory_format: "memory_format", np.ndarray: "ndarray", type(None): "None", inspect.Parameter.empty: "Any",
}  # fmt: skip
PUBLIC = {"Tensor", "Size", "TypedStorage", "UntypedStorage"}


@dataclass(frozen=True)
class Argument:
    """One parameter of a stub."""

    name: str
    type: str = ""
    default: str | None = None
    kw_only: bool = False
    star: str = ""

    @property
    def text(self) -> str:
        typed = f"{self.star}{self.name}" + (f": {self.type}" if self.type else "")
        return typed if self.default is None else f"{typed} = {self.default}"


@dataclass(frozen=True)
class Signature:
    """One overload of a stub."""

    arguments: tuple[Argument, ...]
    returns: str
    doc: str | None = field(default=None, compare=False)

    def parts(self) -> list[str]:
        """What stands between the brackets."""
        parts, bare = [], True
        for a in self.arguments:
            if a.star == "*":
                bare = False
            elif a.kw_only and bare:
                parts.append("*")
                bare = False
            parts.append(a.text)
        return parts


def optional(text: str) -> str:
    """A type, or None."""
    return text if text in ("Any", "Device") or "None" in text else f"{text} | None"


def first_line(doc: str | None) -> str | None:
    """The sentence that a docstring starts with, if it stands on its first line."""
    line = (doc or "").strip().partition("\n")[0].strip()
    return line if line.endswith(".") and '"""' not in line and "\\" not in line else None


# -- of schemas -----------------------------------------------------------------------------------
def argument(p: Param) -> Argument:
    """The stub's parameter for one of a schema."""
    text = NAMED.get(p.name, "Any") if p.kind == "any" else KINDS[p.kind]
    if p.optional or p.default is None:
        text = optional(text)
    default = None if p.required else literal(p.default)
    return Argument(SPELLED.get(p.name, p.name), text, default, p.kw_only)


#: names that Python keeps for itself
SPELLED = {"self": "input", "from": "from_"}


def literal(value: object) -> str:
    """A default as a stub shows it."""
    if isinstance(value, float) and value in (float("inf"), -float("inf")):
        return "..."
    return repr(value) if value is None or isinstance(value, (bool, int, float, str, tuple)) else "..."


# What ops return whose functions are made in families.
RESULTS = {
    **dict.fromkeys(
        "var_mean std_mean rnn_tanh rnn_relu gru adaptive_max_pool1d".split(), "tuple[Tensor, Tensor]"
    ),
    **dict.fromkeys("lstm _batch_norm_with_update".split(), "tuple[Tensor, Tensor, Tensor]"),
    **dict.fromkeys("is_autocast_enabled _is_autocast_available".split(), "_bool"),
    **dict.fromkeys("set_autocast_enabled set_autocast_dtype".split(), "None"),
    **dict.fromkeys("dequantize.tensors quantize_per_tensor.tensors".split(), "tuple[Tensor, ...]"),
    **dict.fromkeys("q_per_channel_axis q_zero_point".split(), "_int"), "q_scale": "_float", "qscheme": "Any",
    "get_autocast_dtype": "_dtype", "histogram": "return_types.histogram",
}  # fmt: skip


def result(spec, inplace: bool) -> str:
    """What an op returns."""
    if inplace:
        return "Tensor"
    known = RESULTS.get(spec.key) or RESULTS.get(spec.name)
    if known is not None:
        return known
    if spec.schema.outputs:
        return f"return_types.{spec.name}"
    if isinstance(spec, ViewSpec):
        return "tuple[Tensor, ...]" if spec.multi else "Tensor"
    if isinstance(spec, CompositeSpec):
        returns = hints(spec.fn).get("return")
        return "Tensor" if returns is None else shown(returns)
    return "Tensor"


def of_spec(spec, offset: int, inplace: bool) -> list[Signature]:
    """The overloads of one spec: with a size as a tuple or as several ints, too, where PyTorch takes both."""
    schema = spec.schema
    arguments = [argument(p) for p in schema.params[offset:]]
    if offset:
        arguments.insert(0, Argument("self"))
    elif "out" in spec.forms and not inplace and "out" not in schema.by_name:
        several = "tuple[Tensor, ...] | list[Tensor]" if len(schema.outputs) > 1 else "Tensor"
        arguments.append(Argument("out", optional(several), "None", True))
    doc = first_line(spec.doc)
    made = [Signature(tuple(arguments), result(spec, inplace), doc)]
    if schema.varargs and schema.positional - offset == 1:
        at = schema.positional - 1 + (1 if offset else 0) - offset
        sizes = replace(arguments[at], type="_int", default=None, star="*")
        loose = [*arguments[:at], sizes, *arguments[at + 1 :]]
        made.append(Signature(tuple(loose), made[0].returns, doc))
    return made


def of_declared(specs, offset: int, inplace: bool) -> list[Signature]:
    """The overloads of a public callable that `bind.make_callable` made."""
    made: list[Signature] = []
    for spec in specs:
        if not spec.hidden:
            made += [s for s in of_spec(spec, offset, inplace) if s not in made]
    return made


# -- of Python functions --------------------------------------------------------------------------
def hints(fn) -> dict:
    """The annotations of a function that can be read."""
    fn = inspect.unwrap(fn)
    found = {}
    for name, text in getattr(fn, "__annotations__", {}).items():
        try:
            found[name] = eval(text, vars(inspect.getmodule(fn))) if isinstance(text, str) else text
        except NameError:  # of a module that only type checkers import
            pass
    return found


def shown(annotation) -> str:
    """An annotation in the words of the stubs."""
    if annotation is None:
        return "None"
    if annotation is Ellipsis:
        return "..."
    if annotation in PLAIN:
        return PLAIN[annotation]
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        return " | ".join(dict.fromkeys(shown(a) for a in typing.get_args(annotation)))
    if origin is typing.Literal:
        return f"Literal[{', '.join(map(repr, typing.get_args(annotation)))}]"
    if origin is collections.abc.Callable:
        return "Callable"
    if origin is not None:
        return f"{shown(origin)}[{', '.join(shown(a) for a in typing.get_args(annotation))}]"
    if annotation in CLASSES:
        return CLASSES[annotation]
    if annotation in (tuple, list, dict, set, object) or annotation in (collections.abc.Sequence,):
        return annotation.__name__
    if annotation is collections.abc.Callable:
        return "Callable"
    if isinstance(annotation, type) and annotation.__name__ in PUBLIC:
        return annotation.__name__
    return "Any"


def of_function(fn, name: str, returns: str = "Any") -> list[Signature]:
    """The overloads of a Python function; ``returns`` where it annotates nothing."""
    known = hints(fn)
    made = []
    for p in inspect.signature(fn).parameters.values():
        default = None if p.default is p.empty else literal(p.default)
        star = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
        if p.name == "self" and not made:
            text = ""
        elif p.name in known:
            text = shown(known[p.name])
        elif (name, p.name) in NAMED_IN:
            text = NAMED_IN[name, p.name]
        elif p.name in NAMED:
            text = NAMED[p.name]
        else:
            text = PLAIN.get(type(p.default), "Any")
        if p.default is None:
            text = optional(text)
        made.append(Argument(p.name, text, default, p.kind is p.KEYWORD_ONLY, star))
    found = shown(known["return"]) if "return" in known else returns
    one = Signature(tuple(made), found, first_line(fn.__doc__))
    at = next((i for i, a in enumerate(made) if a.name == "return_indices" and a.default == "False"), None)
    if at is None:
        return [one]
    never = [*made[:at], replace(made[at], type="Literal[False]"), *made[at + 1 :]]
    asked = replace(made[at], type="Literal[True]", default=None, kw_only=True)
    both = [*made[:at], *(replace(a, kw_only=True) for a in (asked, *made[at + 1 :]))]
    return [replace(one, arguments=tuple(never)), Signature(tuple(both), f"tuple[{found}, {found}]")]
