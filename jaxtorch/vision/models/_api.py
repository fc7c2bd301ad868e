"""Builders of models by name, and the files of their published weights."""

from __future__ import annotations

import fnmatch
import hashlib
import os
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from types import ModuleType
from typing import Any

from ... import hub, serialization
from ..transforms._presets import ImageClassification

__all__ = ["Weights", "WeightsEnum", "get_model", "get_model_builder", "get_model_weights", "get_weight", "list_models"]

_BUILDERS: dict[str, Callable] = {}


class _Meta(dict):
    def __missing__(self, key):
        raise KeyError(f"{key!r}: jaxtorch.vision ships no such fact about published weights, only {sorted(self)}")


@dataclass(frozen=True)
class Weights:
    """Published weights of a model: a file's name, the images it expects, facts.

    Args:
        file: the name torchvision gives the file, which ends with the start of its SHA256.
        transforms: makes the transform its inputs need.
        meta: ``num_params``.
    """

    file: str
    transforms: Callable
    meta: Mapping[str, Any] = field(default_factory=_Meta, hash=False)


class WeightsEnum(Enum):
    """The published weights of one model; ``DEFAULT`` names the best of them."""

    @classmethod
    def verify(cls, obj: Any) -> Any:
        """The member that ``obj`` is or names; None for None.

        Raises:
            TypeError: another model's weights.
            KeyError: no such name.
        """
        if isinstance(obj, str):
            return cls[obj.removeprefix(cls.__name__ + ".")]
        if obj is not None and not isinstance(obj, cls):
            raise TypeError(f"Invalid Weight class provided; expected {cls.__name__} but received "
                            f"{type(obj).__name__}.")  # fmt: skip
        return obj

    @property
    def file(self) -> str:
        """The name of the weights' file."""
        return self.value.file

    @property
    def transforms(self) -> Callable:
        """Makes the transform that the model's inputs need."""
        return self.value.transforms

    @property
    def meta(self) -> Mapping[str, Any]:
        """Facts about the weights: ``num_params``; not the names of the categories."""
        return self.value.meta

    def get_state_dict(self, progress: bool = True, check_hash: bool = False, **kwargs) -> Mapping[str, Any]:
        """The state dict in the weights' file, in the folder ``checkpoints`` of `torch.hub.get_dir`.

        Args:
            progress: accepted; nothing is downloaded.
            check_hash: whether the file's SHA256 has to start as its name says.
            **kwargs: of `torch.load`.

        Raises:
            FileNotFoundError: the file is not there.
            RuntimeError: the file's hash is another.
        """
        folder = os.path.join(hub.get_dir(), "checkpoints")
        path = os.path.join(folder, self.file)
        if not os.path.exists(path):
            raise FileNotFoundError(
                f"{self}: no file {path}. jaxtorch.vision downloads nothing: put the file {self.file} that torchvision "
                f"publishes into {folder}, or pass weights=None for random weights"
            )
        if check_hash:
            with open(path, "rb") as f:
                found = hashlib.file_digest(f, "sha256").hexdigest()
            expected = self.file.rpartition("-")[2].partition(".")[0]
            if not found.startswith(expected):
                raise RuntimeError(f'invalid hash value (expected "{expected}", got "{found}")')
        return serialization.load(path, **{"map_location": "cpu", "weights_only": True, **kwargs})


@dataclass(frozen=True)
class Published:
    """A file of weights, and the sizes to which images are resized and cropped for it."""

    file: str
    crop: int = 224
    resize: int = 256
    interpolation: str = "bilinear"


def _weights_enum(name: str, module: str, params: int, published: Mapping[str, Published]) -> type[WeightsEnum]:
    members: dict[str, Any] = {
        version: Weights(
            p.file,
            partial(ImageClassification, crop_size=p.crop, resize_size=p.resize, interpolation=p.interpolation),
            _Meta(num_params=params),
        )
        for version, p in published.items()
    }
    members["DEFAULT"] = members[list(published)[-1]]
    return WeightsEnum(name, members, module=module)  # pyright: ignore[reportReturnType, reportCallIssue]


@dataclass(frozen=True)
class Variant:
    """A line of a family's table.

    Args:
        label: the stem of the weights' name, as in ``ResNet18_Weights``.
        params: how many parameters there are with 1000 classes.
        published: version -> file; the last is the default.
        **facts: what the family's constructor needs.
    """

    label: str
    params: int
    published: Mapping[str, Published]
    facts: Mapping[str, Any]


def variant(label: str, params: int, published: str | Mapping[str, Published], **facts) -> Variant:
    """A `Variant`; a file's name alone stands for its first published weights."""
    if isinstance(published, str):
        published = {"IMAGENET1K_V1": Published(published)}
    return Variant(label, params, published, facts)


def _legacy_weights(name: str, weights_enum: type[WeightsEnum], weights: Any, pretrained: Any) -> Any:
    """What `weights` is once the former spelling ``pretrained=True`` has been read, with torchvision's warnings."""
    former = weights if isinstance(weights, bool) else pretrained
    if former is None:
        return weights
    if former is pretrained:
        warnings.warn("The parameter 'pretrained' is deprecated since 0.13 and may be removed in the future, please "
                      "use 'weights' instead.", UserWarning, stacklevel=3)  # fmt: skip
    first = next(iter(weights_enum)) if former else None
    shown = f"weights={first}" if first else "weights=None"
    more = f" You can also use `weights={weights_enum.__name__}.DEFAULT` to get the most up-to-date weights."
    warnings.warn("Arguments other than a weight enum or `None` for 'weights' are deprecated since 0.13 and may be "
                  f"removed in the future. The current behavior is equivalent to passing `{shown}`."
                  + (more if first else ""), UserWarning, stacklevel=3)  # fmt: skip
    return first


def _builder(name: str, module: str, construct: Callable, line: Variant, weights_enum: type[WeightsEnum]) -> Callable:
    def build(*args, weights=None, progress: bool = True, pretrained=None, **kwargs):
        if len(args) > 2:
            raise TypeError(f"{name}() takes at most 2 positional arguments, weights and progress")
        given = args[0] if args else weights
        chosen = weights_enum.verify(_legacy_weights(name, weights_enum, given, pretrained))
        if chosen is not None and kwargs.setdefault("num_classes", 1000) != 1000:
            raise ValueError("The parameter 'num_classes' expected value 1000 but got "
                             f"{kwargs['num_classes']} instead.")  # fmt: skip
        state = None if chosen is None else chosen.get_state_dict(progress=progress)  # before the long way to a model
        model = construct(**{**line.facts, **kwargs})
        if state is not None:
            model.load_state_dict(state)
        return model

    build.__name__ = build.__qualname__ = name
    build.__module__ = module
    build.__doc__ = (f"{line.label}: {line.params:,} parameters.\n\nArgs:\n"
                     f"    weights: a `{weights_enum.__name__}`, its name, or None for random weights.\n"
                     "    progress: accepted; nothing is downloaded.\n"
                     "    **kwargs: of the model's class.\n")  # fmt: skip
    build.weights = weights_enum  # pyright: ignore[reportFunctionMemberAccess]
    return build


def builders(module: str, construct: Callable, table: Mapping[str, Variant]) -> dict[str, Any]:
    """What a family's module defines: a builder and an enum of weights for each line of its table."""
    made: dict[str, Any] = {}
    for name, line in table.items():
        weights_enum = _weights_enum(f"{line.label}_Weights", module, line.params, line.published)
        made[weights_enum.__name__] = weights_enum
        made[name] = _BUILDERS[name] = _builder(name, module, construct, line, weights_enum)
    return made


# -- by name ---------------------------------------------------------------------------------------
def list_models(module: ModuleType | None = None, include: Iterable[str] | str | None = None,
                exclude: Iterable[str] | str | None = None) -> list[str]:  # fmt: skip
    """The names of models, sorted.

    Args:
        module: only those that this module itself defines.
        include, exclude: patterns of the shell, of names to list or to leave out.
    """
    names = {n for n, b in _BUILDERS.items() if module is None or b.__module__.rpartition(".")[0] == module.__name__}
    if include:
        names = _matching(names, include)
    return sorted(names - _matching(names, exclude or ()))


def _matching(names: set[str], patterns: Iterable[str] | str) -> set[str]:
    patterns = [patterns] if isinstance(patterns, str) else patterns
    return {name for pattern in patterns for name in fnmatch.filter(names, pattern)}


def get_model_builder(name: str) -> Callable:
    """The function that builds the model of this name.

    Raises:
        ValueError: there is none.
    """
    try:
        return _BUILDERS[name.lower()]
    except KeyError:
        raise ValueError(f"Unknown model {name.lower()}") from None


def get_model(name: str, **config):
    """A model by name.

    Args:
        name: one of `list_models`.
        **config: of the model's builder.

    Example:
        >>> from jaxtorch.vision import models
        >>> models.get_model("squeezenet1_1", num_classes=2).classifier[1].out_channels
        2
    """
    return get_model_builder(name)(**config)


def get_model_weights(name: Callable | str) -> type[WeightsEnum]:
    """The enum of a model's published weights.

    Args:
        name: a model's name or builder.
    """
    return (get_model_builder(name) if isinstance(name, str) else name).weights  # pyright: ignore


def get_weight(name: str) -> WeightsEnum:
    """The weights of this full name, such as ``"ResNet18_Weights.DEFAULT"``.

    Raises:
        ValueError: there are none.
    """
    enum_name, _, member = name.partition(".")
    if not member:
        raise ValueError(f"Invalid weight name provided: '{name}'.")
    for builder in _BUILDERS.values():
        found = builder.weights  # pyright: ignore[reportFunctionMemberAccess]
        if found.__name__ == enum_name:
            return found[member]
    raise ValueError(f"The weight enum '{enum_name}' could not be found.")
