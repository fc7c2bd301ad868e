"""torch.nn.utils.prune: parameters with a mask, 0 for what is pruned."""

from __future__ import annotations

import numbers
from abc import ABC, abstractmethod
from collections.abc import Iterable

from ...autograd.grad_mode import no_grad
from .._namespace import torch
from .convert_parameters import parameters_to_vector

__all__ = [
    "BasePruningMethod", "PruningContainer", "Identity", "RandomUnstructured", "L1Unstructured",
    "RandomStructured", "LnStructured", "CustomFromMask", "identity", "random_unstructured",
    "l1_unstructured", "random_structured", "ln_structured", "global_unstructured", "custom_from_mask",
    "remove", "is_pruned",
]  # fmt: skip


# -- checks ---------------------------------------------------------------------------------------
def _validate_pruning_amount_init(amount) -> None:
    if not isinstance(amount, numbers.Real):
        raise TypeError(f"Invalid type for amount: {amount}. Must be int or float.")
    whole = isinstance(amount, numbers.Integral)
    if amount < 0 or (not whole and float(amount) > 1.0):
        raise ValueError(f"amount={amount} should either be a float in the range [0, 1] or a non-negative integer")


def _validate_pruning_amount(amount, tensor_size: int) -> None:
    if isinstance(amount, numbers.Integral) and amount > tensor_size:
        raise ValueError(f"amount={amount} should be smaller than the number of parameters to prune={tensor_size}")


def _validate_structured_pruning(t) -> None:
    if len(t.shape) <= 1:
        raise ValueError(
            "Structured pruning can only be applied to multidimensional tensors. Found tensor of shape "
            f"{t.shape} with {len(t.shape)} dims"
        )


def _validate_pruning_dim(t, dim: int) -> None:
    if dim >= t.dim():
        raise IndexError(f"Invalid index {dim} for tensor of size {t.shape}")


def _compute_nparams_toprune(amount, tensor_size: int) -> int:
    """How many are pruned: a number as it is, a fraction of ``tensor_size`` rounded."""
    return amount if isinstance(amount, numbers.Integral) else round(amount * tensor_size)


def _compute_norm(t, n, dim: int):
    """The ``n``-norm of each slice along ``dim``."""
    dims = list(range(t.dim()))
    if dim < 0:
        dim = dims[dim]
    dims.remove(dim)
    return torch.norm(t, p=n, dim=dims)


def _without_channels(t, dim: int, kept):
    """A mask like ``t``: 1 for the slices along ``dim`` whose numbers are kept."""
    mask = torch.zeros_like(t)
    at = [slice(None)] * t.dim()
    at[dim] = kept
    mask[tuple(at)] = 1
    return mask


# -- methods --------------------------------------------------------------------------------------
class BasePruningMethod(ABC):
    """What makes the mask of a parameter; a hook that masks it before forward.

    A subclass defines ``compute_mask`` and ``PRUNING_TYPE``: what it decides about, ``"unstructured"``
    elements, ``"structured"`` slices or the ``"global"`` whole.

    Attributes:
        _tensor_name: the parameter's; its values are ``<name>_orig`` and the mask ``<name>_mask``.
    """

    _tensor_name: str
    PRUNING_TYPE: str

    def __call__(self, module, inputs) -> None:
        setattr(module, self._tensor_name, self.apply_mask(module))

    @abstractmethod
    def compute_mask(self, t, default_mask):
        """The mask of ``t``: what is pruned besides what ``default_mask`` prunes."""

    def apply_mask(self, module):
        """The parameter with the mask."""
        name = getattr(self, "_tensor_name", None)
        if name is None:
            raise AssertionError(f"Module {module} has to be pruned")
        mask = getattr(module, name + "_mask")
        original = getattr(module, name + "_orig")
        return mask.to(dtype=original.dtype) * original

    @classmethod
    def apply(cls, module, name, *args, importance_scores=None, **kwargs):
        """Prune the parameter ``name`` of ``module``, once more where it is pruned.

        Args:
            args, kwargs: of the method's constructor.
            importance_scores: by which the mask is found, instead of the parameter's values.

        Returns:
            The method.
        """
        found = [
            (key, hook) for key, hook in module._forward_pre_hooks.items()
            if isinstance(hook, BasePruningMethod) and hook._tensor_name == name
        ]  # fmt: skip
        if len(found) > 1:
            raise AssertionError(
                f"Avoid adding multiple pruning hooks to the same tensor {name} of module {module}. "
                "Use a PruningContainer."
            )
        method = cls(*args, **kwargs)
        method._tensor_name = name
        original = getattr(module, name)
        if importance_scores is None:
            importance_scores = original
        elif importance_scores.shape != original.shape:
            raise AssertionError(
                f"importance_scores should have the same shape as parameter {name} of {module}, "
                f"got {importance_scores.shape} vs {original.shape}"
            )
        if found:
            key, former = found[0]
            del module._forward_pre_hooks[key]
            container = former if isinstance(former, PruningContainer) else PruningContainer(former)
            container._tensor_name = name
            container.add_pruning_method(method)
            default = getattr(module, name + "_mask").to(original.dtype)
            method = container
        else:
            # the parameter stays as the one whose values training changes
            module.register_parameter(name + "_orig", original)
            del module._parameters[name]
            default = torch.ones_like(original)
        try:
            with no_grad():
                mask = method.compute_mask(importance_scores, default_mask=default)
            module.register_buffer(name + "_mask", mask)
            setattr(module, name, method.apply_mask(module))
            module.register_forward_pre_hook(method)
        except Exception:
            if not found:
                module.register_parameter(name, getattr(module, name + "_orig"))
                del module._parameters[name + "_orig"]
            raise
        return method

    def prune(self, t, default_mask=None, importance_scores=None):
        """``t`` pruned: a tensor of no module.

        Args:
            default_mask: what is pruned already.
            importance_scores: by which the mask is found, instead of ``t``.
        """
        if importance_scores is None:
            importance_scores = t
        elif importance_scores.shape != t.shape:
            raise AssertionError(
                f"importance_scores should have the same shape as tensor t, got {importance_scores.shape} vs {t.shape}"
            )
        if default_mask is None:
            default_mask = torch.ones_like(t)
        return t * self.compute_mask(importance_scores, default_mask=default_mask)

    def remove(self, module) -> None:
        """Leave the masked parameter as it is, without the mask."""
        name = getattr(self, "_tensor_name", None)
        if name is None:
            raise AssertionError(f"Module {module} has to be pruned before pruning can be removed")
        masked = self.apply_mask(module)
        if hasattr(module, name):
            delattr(module, name)
        original = module._parameters[name + "_orig"]
        original.data = masked.data
        del module._parameters[name + "_orig"]
        del module._buffers[name + "_mask"]
        setattr(module, name, original)


class PruningContainer(BasePruningMethod):
    """Several methods on one parameter, each on what the others left."""

    def __init__(self, *args) -> None:
        self._pruning_methods: tuple = ()
        if len(args) == 1:
            self._tensor_name = args[0]._tensor_name
        for method in args:
            self.add_pruning_method(method)

    def add_pruning_method(self, method) -> None:
        """Add a method for the same parameter."""
        if method is not None and not isinstance(method, BasePruningMethod):
            raise TypeError(f"{type(method)} is not a BasePruningMethod subclass")
        if method is not None and self._tensor_name != method._tensor_name:
            raise ValueError(
                "Can only add pruning methods acting on the parameter named "
                f"'{self._tensor_name}' to PruningContainer {self}. Found '{method._tensor_name}'"
            )
        self._pruning_methods += (method,)

    def __len__(self) -> int:
        return len(self._pruning_methods)

    def __iter__(self):
        return iter(self._pruning_methods)

    def __getitem__(self, idx):
        return self._pruning_methods[idx]

    def compute_mask(self, t, default_mask):
        """The mask of the last method on what ``default_mask`` left, and what that prunes."""
        method = self._pruning_methods[-1]
        mask = default_mask.to(dtype=t.dtype)
        if method.PRUNING_TYPE == "unstructured":
            left = mask == 1
        elif method.PRUNING_TYPE == "structured":
            if not hasattr(method, "dim"):
                raise AttributeError(
                    "Pruning methods of PRUNING_TYPE 'structured' need to have the attribute `dim` defined."
                )
            dims = t.dim()
            dim = method.dim % dims if method.dim < 0 else method.dim
            alive = mask.sum(dim=[d for d in range(dims) if d != dim]) != 0
            left = tuple([slice(None)] * dim + [alive])
        elif method.PRUNING_TYPE == "global":
            left = tuple([slice(None)] * t.dim())
        else:
            raise ValueError(f"Unrecognized PRUNING_TYPE {method.PRUNING_TYPE}")
        mask[left] = method.compute_mask(t[left], default_mask=mask[left])
        return mask


class Identity(BasePruningMethod):
    """A mask of ones: nothing is pruned."""

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t, default_mask):
        return default_mask

    @classmethod
    def apply(cls, module, name):
        """Give the parameter a mask of ones."""
        return super().apply(module, name)


class _Unstructured(BasePruningMethod):
    """So many elements, or such a fraction of them: which ones, a subclass chooses."""

    PRUNING_TYPE = "unstructured"

    def __init__(self, amount) -> None:
        _validate_pruning_amount_init(amount)
        self.amount = amount

    def compute_mask(self, t, default_mask):
        size = t.nelement()
        count = _compute_nparams_toprune(self.amount, size)
        _validate_pruning_amount(count, size)
        mask = default_mask.clone()
        if count:
            mask.view(-1)[self._choose(t, count)] = 0
        return mask

    @abstractmethod
    def _choose(self, t, count: int):
        """The places in ``t``, flat, of ``count`` elements to prune."""


class RandomUnstructured(_Unstructured):
    """Elements at random.

    Args:
        amount: how many, or which fraction.
    """

    def _choose(self, t, count: int):
        return torch.topk(torch.rand_like(t).view(-1), k=count).indices

    @classmethod
    def apply(cls, module, name, amount):
        """Prune elements at random."""
        return super().apply(module, name, amount=amount)


class L1Unstructured(_Unstructured):
    """The elements of the smallest absolute values.

    Args:
        amount: how many, or which fraction.
    """

    def _choose(self, t, count: int):
        return torch.topk(torch.abs(t).view(-1), k=count, largest=False).indices

    @classmethod
    def apply(cls, module, name, amount, importance_scores=None):
        """Prune the elements of the smallest absolute values or scores."""
        return super().apply(module, name, amount=amount, importance_scores=importance_scores)


class RandomStructured(BasePruningMethod):
    """Slices along a dim at random.

    Args:
        amount: how many, or which fraction.
    """

    PRUNING_TYPE = "structured"

    def __init__(self, amount, dim=-1) -> None:
        _validate_pruning_amount_init(amount)
        self.amount, self.dim = amount, dim

    def compute_mask(self, t, default_mask):
        _validate_structured_pruning(t)
        _validate_pruning_dim(t, self.dim)
        size = t.shape[self.dim]
        count = _compute_nparams_toprune(self.amount, size)
        _validate_pruning_amount(count, size)
        if not count:
            return default_mask
        drawn = torch.rand(size)
        threshold = torch.kthvalue(drawn, k=count).values
        mask = _without_channels(t, self.dim, drawn > threshold)
        mask *= default_mask.to(dtype=mask.dtype)
        return mask

    @classmethod
    def apply(cls, module, name, amount, dim=-1):
        """Prune slices at random."""
        return super().apply(module, name, amount=amount, dim=dim)


class LnStructured(BasePruningMethod):
    """The slices along a dim of the smallest ``n``-norms.

    Args:
        amount: how many, or which fraction.
        n: as ``p`` of `torch.norm`.
    """

    PRUNING_TYPE = "structured"

    def __init__(self, amount, n, dim=-1) -> None:
        _validate_pruning_amount_init(amount)
        self.amount, self.n, self.dim = amount, n, dim

    def compute_mask(self, t, default_mask):
        _validate_structured_pruning(t)
        _validate_pruning_dim(t, self.dim)
        size = t.shape[self.dim]
        count = _compute_nparams_toprune(self.amount, size)
        _validate_pruning_amount(count, size)
        if not count:
            return default_mask
        kept = torch.topk(_compute_norm(t, self.n, self.dim), k=size - count, largest=True)
        mask = _without_channels(t, self.dim, kept.indices)
        mask *= default_mask.to(dtype=mask.dtype)
        return mask

    @classmethod
    def apply(cls, module, name, amount, n, dim, importance_scores=None):
        """Prune the slices of the smallest norms."""
        return super().apply(module, name, amount=amount, n=n, dim=dim, importance_scores=importance_scores)


class CustomFromMask(BasePruningMethod):
    """A mask of one's own."""

    PRUNING_TYPE = "global"

    def __init__(self, mask) -> None:
        self.mask = mask

    def compute_mask(self, t, default_mask):
        if default_mask.shape != self.mask.shape:
            raise AssertionError(
                f"default_mask shape {default_mask.shape} must match self.mask shape {self.mask.shape}"
            )
        return default_mask * self.mask.to(dtype=default_mask.dtype)

    @classmethod
    def apply(cls, module, name, mask):
        """Prune by a given mask."""
        return super().apply(module, name, mask=mask)


# -- functions ------------------------------------------------------------------------------------
def identity(module, name):
    """Give the parameter ``name`` a mask of ones. Returns the module."""
    Identity.apply(module, name)
    return module


def random_unstructured(module, name, amount):
    """Prune elements of the parameter ``name`` at random. Returns the module.

    Args:
        amount: how many, or which fraction.

    Example:
        >>> import jaxtorch as torch
        >>> layer = torch.nn.utils.prune.random_unstructured(torch.nn.Linear(3, 2), "weight", 2)
        >>> int(layer.weight_mask.sum())
        4
    """
    RandomUnstructured.apply(module, name, amount)
    return module


def l1_unstructured(module, name, amount, importance_scores=None):
    """Prune the elements of ``name`` of the smallest absolute values (or scores). Returns the module."""
    L1Unstructured.apply(module, name, amount=amount, importance_scores=importance_scores)
    return module


def random_structured(module, name, amount, dim):
    """Prune slices of ``name`` along ``dim`` at random. Returns the module."""
    RandomStructured.apply(module, name, amount, dim)
    return module


def ln_structured(module, name, amount, n, dim, importance_scores=None):
    """Prune the slices of ``name`` along ``dim`` of the smallest ``n``-norms. Returns the module."""
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def global_unstructured(parameters, pruning_method, importance_scores=None, **kwargs) -> None:
    """Prune several parameters by one method, as if they were one.

    Args:
        parameters: (module, name) of each.
        pruning_method: a class of unstructured pruning, with ``kwargs``.
        importance_scores: scores by (module, name), instead of values.

    Raises:
        TypeError: the method is not unstructured, or the arguments are of other types.
    """
    if not isinstance(parameters, Iterable):
        raise TypeError("global_unstructured(): parameters is not an Iterable")
    scores = {} if importance_scores is None else importance_scores
    if not isinstance(scores, dict):
        raise TypeError("global_unstructured(): importance_scores must be of type dict")
    parameters = [(module, name) for module, name in parameters]
    values = [getattr(module, name) for module, name in parameters]
    given = [scores.get(key, value) for key, value in zip(parameters, values, strict=True)]
    masks = [
        getattr(module, name + "_mask", torch.ones_like(value))
        for (module, name), value in zip(parameters, values, strict=True)
    ]
    container = PruningContainer()
    container._tensor_name = "temp"
    method = pruning_method(**kwargs)
    method._tensor_name = "temp"
    container.add_pruning_method(method)
    if method.PRUNING_TYPE != "unstructured":
        raise TypeError(
            'Only "unstructured" PRUNING_TYPE supported for the `pruning_method`. '
            f"Found method {pruning_method} of type {method.PRUNING_TYPE}"
        )
    with no_grad():
        mask = container.compute_mask(parameters_to_vector(given), parameters_to_vector(masks))
    start = 0
    for (module, name), value in zip(parameters, values, strict=True):
        part = mask[start : start + value.numel()].view_as(value)
        custom_from_mask(module, name, mask=part)
        start += value.numel()


def custom_from_mask(module, name, mask):
    """Prune ``name`` by a mask: 0 for what is pruned. Returns the module."""
    CustomFromMask.apply(module, name, mask)
    return module


def remove(module, name):
    """Leave the masked values as the parameter ``name`` itself. Returns the module.

    Raises:
        ValueError: it is not pruned.
    """
    for key, hook in module._forward_pre_hooks.items():
        if isinstance(hook, BasePruningMethod) and hook._tensor_name == name:
            hook.remove(module)
            del module._forward_pre_hooks[key]
            return module
    raise ValueError(f"Parameter '{name}' of module {module} has to be pruned before pruning can be removed")


def is_pruned(module) -> bool:
    """Whether a parameter of the module or of a part of it is pruned."""
    return any(
        isinstance(hook, BasePruningMethod)
        for part in module.modules()
        for hook in part._forward_pre_hooks.values()
    )
