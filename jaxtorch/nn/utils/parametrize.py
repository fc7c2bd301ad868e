"""torch.nn.utils.parametrize: parameters and buffers computed from others.

A parametrized module is of a class of its own, in which the tensor's name is a property: read, it goes
through the parametrizations; set, through their ``right_inverse``.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ..._core.tensor import Tensor
from ...autograd.grad_mode import no_grad
from ..modules.container import ModuleDict, ModuleList
from ..modules.module import Module
from ..parameter import Parameter

__all__ = [
    "cached", "ParametrizationList", "register_parametrization", "is_parametrized", "remove_parametrizations",
    "type_before_parametrizations", "transfer_parametrizations_and_params",
]  # fmt: skip

_cache_enabled = 0
_cache: dict[tuple[int, str], Tensor | None] = {}


@contextmanager
def cached():
    """A context in which parametrized tensors are computed once.

    Example:
        >>> import jaxtorch as torch
        >>> from jaxtorch.nn.utils import parametrize
        >>> layer = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(2, 2))
        >>> with parametrize.cached():
        ...     layer.weight is layer.weight
        True
    """
    global _cache_enabled
    _cache_enabled += 1
    try:
        yield
    finally:
        _cache_enabled -= 1
        if not _cache_enabled:
            _cache.clear()


def _register_parameter_or_buffer(module: Module, name: str, tensor: Tensor) -> None:
    if isinstance(tensor, Parameter):
        module.register_parameter(name, tensor)
    else:
        module.register_buffer(name, tensor)


def _replace(target: Tensor, value: Tensor) -> None:
    """Let ``target`` be ``value``'s memory, in its place."""
    if target is not value:
        target.set_(value)


def _facts(t: Tensor) -> dict:
    """What a parametrization keeps, by name."""
    return {"dtype": t.dtype, "shape": t.shape}


def _differences(facts: dict, result: Tensor) -> Iterator[tuple]:
    """Which of the facts are others of ``result``: (name, before, after)."""
    for what, after in _facts(result).items():
        if facts[what] != after:
            yield what, facts[what], after


class ParametrizationList(ModuleList):
    """The parametrizations of one tensor, in order, and what they start from.

    Attributes:
        original: the parameter or buffer that the first one takes; ``original0``, ``original1``, ...
            where its ``right_inverse`` gives several.
        unsafe: whether shapes and dtypes may change.
    """

    is_tensor: bool

    def __init__(
        self, modules: Sequence[Module], original: Tensor | Parameter, unsafe: bool = False
    ) -> None:
        if len(modules) == 0:
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        given = _facts(original)
        new = self._inverted(original)
        self.is_tensor = isinstance(new, Tensor)
        self.ntensors = 1 if self.is_tensor else len(new)
        if self.is_tensor:
            self._start(original, new)
        else:
            for i, part in enumerate(new):
                if not isinstance(part, Tensor):
                    raise ValueError(
                        "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). "
                        f"Got element {i} of the sequence with type {type(part).__name__}."
                    )
                if isinstance(original, Parameter):
                    part = Parameter(part, original.requires_grad)
                part.requires_grad_(original.requires_grad)
                _register_parameter_or_buffer(self, f"original{i}", part)
        if not unsafe:
            self._check_result(given)

    def _inverted(self, original):
        """What the first parametrization takes: ``original`` through the inverses, where there are."""
        new = original
        with no_grad():
            for module in reversed(list(self)):
                if hasattr(module, "right_inverse"):
                    try:
                        new = module.right_inverse(new)
                    except NotImplementedError:
                        pass
        if not isinstance(new, (Tensor, Sequence)):
            raise ValueError(
                f"'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). "
                f"Got {type(new).__name__}"
            )
        return new

    def _start(self, original, new) -> None:
        for what in ("dtype", "device"):
            before, after = getattr(original, what), getattr(new, what)
            if before != after:
                raise ValueError(
                    f"When `right_inverse` outputs one tensor, it may not change the {what}.\n"
                    f"original.{what}: {before}\nright_inverse(original).{what}: {after}"
                )
        with no_grad():
            _replace(original, new)
        _register_parameter_or_buffer(self, "original", original)

    def _check_result(self, given: dict) -> None:
        result = self()
        if not isinstance(result, Tensor):
            raise ValueError(f"A parametrization must return a tensor. Got {type(result).__name__}.")
        for what, before, after in _differences(given, result):
            raise ValueError(
                f"Registering a parametrization may not change the {what} of the tensor, unless `unsafe` flag "
                f"is enabled.\nunparametrized {what}: {before}\nparametrized {what}: {after}"
            )

    def right_inverse(self, value: Tensor) -> None:
        """Set what the first parametrization takes so that the last one gives ``value``.

        Raises:
            RuntimeError: a parametrization has no ``right_inverse``.
            ValueError: it gives other tensors than were there.
        """
        with no_grad():
            new = value
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(f"parametrization {type(module).__name__} does not implement right_inverse.")
                new = module.right_inverse(new)
            if self.is_tensor:
                if not isinstance(new, Tensor):
                    raise ValueError(f"`right_inverse` should return a tensor. Got {type(new).__name__}")
                self._set("original", new, "The tensor returned by `right_inverse`")
                return
            if not isinstance(new, Sequence):
                raise ValueError(
                    f"'right_inverse' must return a sequence of tensors. Got {type(new).__name__}."
                )
            if len(new) != self.ntensors:
                raise ValueError(
                    f"'right_inverse' must return a sequence of tensors of length {self.ntensors}. Got a sequence "
                    f"of length {len(new)}."
                )
            for i, part in enumerate(new):
                if not isinstance(part, Tensor):
                    raise ValueError(
                        "'right_inverse' must return a sequence of tensors or reference-type opaques. "
                        f"Got element {i} of type {type(part).__name__}."
                    )
                self._set(f"original{i}", part, f"Tensor {i} returned by `right_inverse`")

    def _set(self, name: str, value: Tensor, said: str) -> None:
        original = getattr(self, name)
        if original.dtype != value.dtype:
            raise ValueError(
                f"{said} has dtype {value.dtype} while `{name}` has dtype {original.dtype}"
            )
        _replace(original, value)

    def forward(self) -> Tensor:
        """The parametrized tensor."""
        first, *others = list(self)
        starts = ["original"] if self.is_tensor else [f"original{i}" for i in range(self.ntensors)]
        x = first(*[getattr(self, name) for name in starts])
        for module in others:
            x = module(x)
        return x


# -- the class of a parametrized module -----------------------------------------------------------
_PICKLED = (
    "Serialization of parametrized modules is only supported through state_dict(). See:\n"
    "https://pytorch.org/tutorials/beginner/saving_loading_models.html"
    "#saving-loading-a-general-checkpoint-for-inference-and-or-resuming-training"
)


def _deep_copied(self, memo):
    made = memo.get(id(self))
    if made is None:
        made = memo[id(self)] = object.__new__(type(self))
        made.__dict__.update(copy.deepcopy(self.__dict__, memo))
    return made


def _inject_new_class(module: Module) -> None:
    """Make ``module`` the only one of a subclass of its class."""
    cls = type(module)

    def __getstate__(self):
        raise RuntimeError(_PICKLED)

    members = {"__getstate__": __getstate__, "__module__": "torch.nn.utils.parametrize"}
    if not hasattr(cls, "__deepcopy__"):
        members["__deepcopy__"] = _deep_copied
    module.__class__ = type(f"Parametrized{cls.__name__}", (cls,), members)


def _inject_property(module: Module, name: str) -> None:
    """Let the attribute ``name`` be computed by ``module.parametrizations[name]``."""

    def get(self) -> Tensor:
        if not _cache_enabled:
            return self.parametrizations[name]()
        key = (id(self), name)
        if _cache.get(key) is None:
            _cache[key] = self.parametrizations[name]()
        return _cache[key]

    def put(self, value: Tensor) -> None:
        self.parametrizations[name].right_inverse(value)

    setattr(type(module), name, property(get, put))


# -- registering ----------------------------------------------------------------------------------
def register_parametrization(
    module: Module, tensor_name: str, parametrization: Module, *, unsafe: bool = False
) -> Module:
    """Let a parameter or buffer of ``module`` be computed by ``parametrization`` from now on.

    Args:
        tensor_name: the parameter or buffer; where it is parametrized, this is one more step.
        parametrization: a module from tensor to tensor; its method ``right_inverse``, if it has one,
            gives the value to start from.
        unsafe: whether the shape or dtype may change.

    Returns:
        ``module`` itself.

    Raises:
        ValueError: there is no such tensor, or its shape or dtype changes.

    Example:
        >>> import jaxtorch as torch
        >>> class Symmetric(torch.nn.Module):
        ...     def forward(self, x):
        ...         return x.triu() + x.triu(1).T
        >>> layer = torch.nn.Linear(3, 3)
        >>> layer = torch.nn.utils.parametrize.register_parametrization(layer, "weight", Symmetric())
        >>> torch.equal(layer.weight, layer.weight.T)
        True
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        if not unsafe:
            _check_step(getattr(module, tensor_name), parametrization)
        steps = _lists(module)[tensor_name]
        steps.append(parametrization)
        steps.unsafe |= unsafe
    elif tensor_name in module._buffers or tensor_name in module._parameters:
        original = getattr(module, tensor_name)
        steps = ParametrizationList([parametrization], original, unsafe=unsafe)
        delattr(module, tensor_name)
        if not is_parametrized(module):
            _inject_new_class(module)
            module.parametrizations = ModuleDict()
        _inject_property(module, tensor_name)
        _lists(module)[tensor_name] = steps
    else:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element with name "
            f"'{tensor_name}'"
        )
    return module


def _lists(module: Module) -> ModuleDict:
    found = module.parametrizations
    assert isinstance(found, ModuleDict)
    return found


def _check_step(value: Tensor, parametrization: Module) -> None:
    """What one more parametrization gives of ``value`` is like it."""
    result = parametrization(value)
    if not isinstance(result, Tensor):
        raise ValueError(f"A parametrization must return a tensor. Got {type(result).__name__}.")
    for what, before, after in _differences(_facts(value), result):
        raise ValueError(
            f"Registering a parametrization may not change the {what} of the tensor, unless the `unsafe` flag is "
            f"enabled.\nmodule.weight.{what}: {before}\nparametrization(module.weight).{what}: {after}"
        )
    if not hasattr(parametrization, "right_inverse"):
        return
    start = parametrization.right_inverse(result)
    if not isinstance(start, Tensor):
        raise ValueError(f"parametrization.right_inverse must return a tensor. Got: {type(start).__name__}")
    for what, before, after in _differences(_facts(value), start):
        raise ValueError(
            f"The tensor returned by parametrization.right_inverse must have the same {what} as "
            f"module.weight, unless the `unsafe` flag is enabled.\nmodule.weight.{what}: {before}\n"
            f"returned {what}: {after}"
        )


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Whether ``module`` has parametrized tensors, or this one."""
    found = module.__dict__.get("_modules", {}).get("parametrizations")
    if not isinstance(found, ModuleDict):
        return False
    return len(found) > 0 if tensor_name is None else tensor_name in found


def type_before_parametrizations(module: Module) -> type:
    """The class of ``module`` without its parametrizations."""
    return type(module).__bases__[0] if is_parametrized(module) else type(module)


def remove_parametrizations(
    module: Module, tensor_name: str, leave_parametrized: bool = True
) -> Module:
    """Take the parametrizations of a tensor away.

    Args:
        leave_parametrized: whether the tensor keeps the value it has, and not the one they start from.

    Returns:
        ``module`` itself.

    Raises:
        ValueError: there are none, or they start from several tensors, which cannot be left.
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    lists = _lists(module)
    steps = lists[tensor_name]
    assert isinstance(steps, ParametrizationList)
    if steps.is_tensor:
        original = steps.original
        if leave_parametrized:
            with no_grad():
                _replace(original, getattr(module, tensor_name))
    elif leave_parametrized:
        value = getattr(module, tensor_name)
        original = Parameter(value.detach()) if value.requires_grad else value
    else:
        raise ValueError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in terms of a "
            "sequence of tensors."
        )
    delattr(type(module), tensor_name)
    del lists[tensor_name]
    _register_parameter_or_buffer(module, tensor_name, original)
    if not len(lists):
        delattr(module, "parametrizations")
        module.__class__ = type(module).__bases__[0]
    return module


def transfer_parametrizations_and_params(
    from_module: Module, to_module: Module, tensor_name: str | None = None
) -> Module:
    """Give ``to_module`` the parametrizations of ``from_module``, and the tensors they start from.

    Args:
        tensor_name: of this tensor alone.

    Returns:
        ``to_module``. Both modules then share these tensors and the parametrizations.
    """
    if not is_parametrized(from_module):
        return to_module
    source = _lists(from_module)
    for name in list(source) if tensor_name is None else [tensor_name]:
        steps = source[name]
        assert isinstance(steps, ParametrizationList)
        if not hasattr(to_module, name):
            setattr(to_module, name, Parameter(getattr(from_module, name).detach().clone()))
        for step in list(steps):
            register_parametrization(to_module, name, step)
        made = _lists(to_module)[name]
        starts = ["original"] if steps.is_tensor else [f"original{i}" for i in range(steps.ntensors)]
        for start in starts:
            setattr(made, start, getattr(steps, start))
    return to_module
