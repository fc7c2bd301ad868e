"""Module: a tree of parameters, buffers and submodules with a forward."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator
from types import SimpleNamespace

from ..._core import arguments, devices, dtypes, modes
from ..._core.by_path import reduce_by_path
from ..._core.kinds import typename
from ..._core.spec import Schema
from ..._core.swapping import swap_tensors
from ..._core.tensor import Tensor
from ...autograd.grad_mode import no_grad
from .._namespace import torch
from ..parameter import Buffer, Parameter
from ._hooks import (
    TABLES,
    Hooks,
    OrderedDict,
    everywhere,
    register_module_backward_hook,
    register_module_buffer_registration_hook,
    register_module_forward_hook,
    register_module_forward_pre_hook,
    register_module_full_backward_hook,
    register_module_full_backward_pre_hook,
    register_module_module_registration_hook,
    register_module_parameter_registration_hook,
)  # fmt: skip
from ._state import (  # noqa: F401 - libraries import them from here
    _EXTRA_STATE_KEY_SUFFIX,
    State,
    _IncompatibleKeys,
)

__all__ = [
    "register_module_forward_pre_hook", "register_module_forward_hook",
    "register_module_full_backward_pre_hook", "register_module_backward_hook",
    "register_module_full_backward_hook", "register_module_buffer_registration_hook",
    "register_module_module_registration_hook", "register_module_parameter_registration_hook",
    "Module",
]  # fmt: skip


def _addindent(text: str, spaces: int) -> str:
    first, *rest = text.split("\n")
    return "\n".join([first, *(" " * spaces + line if line.strip() else "" for line in rest)])


class Module(State, Hooks):
    """The base class of neural network layers and of trees of them.

    Tensors of type `Parameter`, buffers and Modules assigned as attributes are registered under
    their names. Calling a module runs its hooks and ``forward``.

    Example:
        >>> import jaxtorch as torch
        >>> class Double(torch.nn.Module):
        ...     def forward(self, x):
        ...         return 2 * x
        >>> Double()(torch.tensor([1.0]))
        tensor([2.])
    """

    dump_patches = False
    _version: int = 1
    training: bool
    call_super_init = False

    def __init__(self, *args, **kwargs) -> None:
        if self.call_super_init is False and kwargs:
            raise TypeError(
                f"{type(self).__name__}.__init__() got an unexpected keyword argument "
                f"'{next(iter(kwargs))}'"
            )
        if self.call_super_init is False and args:
            raise TypeError(
                f"{type(self).__name__}.__init__() takes 1 positional argument but "
                f"{len(args) + 1} were given"
            )
        fields = self.__dict__
        if modes.state.recorder is not None and "_modules" not in fields:
            modes.state.recorder.makes_module(self)
        fields["training"] = True
        fields["_parameters"] = {}
        fields["_buffers"] = {}
        fields["_non_persistent_buffers_set"] = set()
        fields["_is_full_backward_hook"] = None
        for table in TABLES:
            fields[table] = OrderedDict()
        fields["_modules"] = {}
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    def forward(self, *input):
        """What the module computes; every subclass defines it."""
        raise NotImplementedError(
            f'Module [{type(self).__name__}] is missing the required "forward" function'
        )

    # -- registering --------------------------------------------------------------------------
    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that is part of the module's state but not trained.

        Args:
            name: the attribute's name.
            tensor: its value, or None for a place that holds nothing yet.
            persistent: whether state_dict holds it.
        """
        self._check_new("buffer", name, "_buffers")
        if tensor is not None and not _tensor_like(tensor):
            raise TypeError(
                f"cannot assign '{typename(tensor)}' object to buffer '{name}' (torch Tensor or "
                "None required)"
            )
        self._buffers[name] = _told(everywhere.buffers, self, name, tensor)
        if persistent:
            self._non_persistent_buffers_set.discard(name)
        else:
            self._non_persistent_buffers_set.add(name)

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter, or None for a place that holds none."""
        self._check_new("parameter", name, "_parameters")
        if param is None:
            self._parameters[name] = None
            return
        if not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{typename(param)}' object to parameter '{name}' "
                "(torch.nn.Parameter or None required)"
            )
        if param.grad_fn is not None:
            raise ValueError(
                f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be "
                f"created explicitly. To express '{name}' as a function of another Tensor, "
                "compute the value in the forward() method."
            )
        self._parameters[name] = _told(everywhere.parameters, self, name, param)

    def _check_new(self, kind: str, name, table: str) -> None:
        """Raise unless ``name`` can be registered in ``table``."""
        if table not in self.__dict__:
            raise AttributeError(f"cannot assign {kind} before Module.__init__() call")
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {typename(name)}")
        if "." in name:
            raise KeyError(f'{kind} name can\'t contain "."')
        if name == "":
            raise KeyError(f'{kind} name can\'t be empty string ""')
        if hasattr(self, name) and name not in self.__dict__[table]:
            raise KeyError(f"attribute '{name}' already exists")

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a child module under ``name``."""
        if not isinstance(module, Module) and module is not None:
            raise TypeError(f"{typename(module)} is not a Module subclass")
        if not isinstance(name, str):
            raise TypeError(f"module name should be a string. Got {typename(name)}")
        if hasattr(self, name) and name not in self._modules:
            raise KeyError(f"attribute '{name}' already exists")
        if "." in name:
            raise KeyError(f'module name can\'t contain ".", got: {name}')
        if name == "":
            raise KeyError('module name can\'t be empty string ""')
        self._modules[name] = _told(everywhere.modules, self, name, module)

    def register_module(self, name: str, module: Module | None) -> None:
        """The same as add_module."""
        self.add_module(name, module)

    # -- looking up ---------------------------------------------------------------------------
    def get_submodule(self, target: str) -> Module:
        """The descendant at a dotted path (itself for the empty one)."""
        module: Module = self
        for item in target.split(".") if target else ():
            if not hasattr(module, item):
                raise AttributeError(module._get_name() + " has no attribute `" + item + "`")
            module = getattr(module, item)
            if not isinstance(module, Module):
                raise AttributeError("`" + item + "` is not an nn.Module")
        return module

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """Put a module at a dotted path."""
        if target == "":
            raise ValueError("Cannot set the submodule without a target name!")
        if not isinstance(module, Module):
            raise ValueError(f"`module` is not an nn.Module, found {type(module)}")
        path, _, name = target.rpartition(".")
        parent = self.get_submodule(path)
        if strict and not hasattr(parent, name):
            raise AttributeError(parent._get_name() + " has no attribute `" + name + "`")
        if hasattr(parent, name) and not isinstance(getattr(parent, name), Module):
            raise AttributeError("`" + name + "` is not an nn.Module")
        setattr(parent, name, module)

    def get_parameter(self, target: str) -> Parameter:
        """The parameter at a dotted path."""
        found = self._leaf_at(target)
        if not isinstance(found, Parameter):
            raise AttributeError("`" + target.rpartition(".")[2] + "` is not an nn.Parameter")
        return found

    def get_buffer(self, target: str) -> Tensor:
        """The buffer at a dotted path."""
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        found = self._leaf_at(target)
        if name not in module._buffers:
            raise AttributeError("`" + name + "` is not a buffer")
        return found

    def _leaf_at(self, target: str):
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        if not hasattr(module, name):
            raise AttributeError(module._get_name() + " has no attribute `" + name + "`")
        return getattr(module, name)

    # -- attributes ---------------------------------------------------------------------------
    def __getattr__(self, name: str):
        fields = self.__dict__
        for table in ("_parameters", "_buffers", "_modules"):
            found = fields.get(table)
            if found is not None and name in found:
                return found[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __setattr__(self, name: str, value) -> None:
        fields = self.__dict__
        if not self._holds(name, value):  # as `self.count += 1` does in the end
            if modes.state.recorder is not None:
                modes.state.recorder.sets_attribute(self, name)
            modes.restructured()
        params, modules, buffers = (
            fields.get("_parameters"),
            fields.get("_modules"),
            fields.get("_buffers"),
        )
        if isinstance(value, Parameter):
            if params is None:
                raise AttributeError("cannot assign parameters before Module.__init__() call")
            self._forget(name, "_buffers", "_modules")
            self.register_parameter(name, value)
        elif params is not None and name in params:
            if value is not None:
                raise TypeError(
                    f"cannot assign '{typename(value)}' as parameter '{name}' (torch.nn.Parameter "
                    "or None expected)"
                )
            self.register_parameter(name, value)
        elif isinstance(value, Module):
            if modules is None:
                raise AttributeError("cannot assign module before Module.__init__() call")
            self._forget(name, "_parameters", "_buffers")
            modules[name] = _told(everywhere.modules, self, name, value)
        elif modules is not None and name in modules:
            if value is not None:
                raise TypeError(
                    f"cannot assign '{typename(value)}' as child module '{name}' (torch.nn.Module "
                    "or None expected)"
                )
            modules[name] = _told(everywhere.modules, self, name, value)
        elif isinstance(value, Buffer) or (buffers is not None and name in buffers):
            self._assign_buffer(name, value)
        else:
            super().__setattr__(name, value)

    def _holds(self, name: str, value) -> bool:
        """Whether the attribute ``name`` is this very object."""
        fields = self.__dict__
        for table in (fields, *[fields.get(t, {}) for t in ("_parameters", "_buffers", "_modules")]):
            if name in table:
                return table[name] is value
        return False

    def _assign_buffer(self, name: str, value) -> None:
        if value is not None and not _tensor_like(value):
            raise TypeError(
                f"cannot assign '{typename(value)}' as buffer '{name}' (torch.nn.Buffer, "
                "torch.Tensor or None expected)"
            )
        if isinstance(value, Buffer):
            persistent = value.persistent
        else:
            persistent = name not in self._non_persistent_buffers_set
        register = self.register_buffer
        if (
            register.__func__ is Module.register_buffer
            or "persistent" in inspect.signature(register).parameters
        ):
            register(name, value, persistent)
            return
        if not persistent:
            raise RuntimeError(
                "Registering a non-persistent buffer on a Module subclass that implements "
                "register_buffer() without the persistent argument is not allowed."
            )
        register(name, value)

    def _forget(self, name: str, *tables: str) -> None:
        """Take ``name`` out of wherever else it is registered."""
        fields = self.__dict__
        fields.pop(name, None)
        for table in tables:
            fields[table].pop(name, None)
        fields["_non_persistent_buffers_set"].discard(name)

    def __delattr__(self, name: str) -> None:
        modes.restructured()
        for table in (self._parameters, self._buffers, self._modules):
            if name in table:
                del table[name]
                if table is self._buffers:
                    self._non_persistent_buffers_set.discard(name)
                return
        super().__delattr__(name)

    def __dir__(self):
        tables = (self.__dict__, self._parameters, self._modules, self._buffers)
        keys = [*dir(type(self)), *(name for table in tables for name in table)]
        return sorted(key for key in keys if not key[0].isdigit())

    def __getstate__(self):
        state = self.__dict__.copy()
        state.pop("_compiled_call_impl", None)
        return state

    def __setstate__(self, state) -> None:
        self.__dict__.update(state)
        fields = self.__dict__
        for table in TABLES:
            if table not in fields:
                fields[table] = OrderedDict()
        fields.setdefault("_non_persistent_buffers_set", set())
        fields.setdefault("_is_full_backward_hook", None)

    def __reduce_ex__(self, protocol):
        return reduce_by_path(self) or super().__reduce_ex__(protocol)

    # -- walking the tree ---------------------------------------------------------------------
    def _named_members(
        self,
        get_members: Callable,
        prefix: str = "",
        recurse: bool = True,
        remove_duplicate: bool = True,
    ):
        seen: set = set()
        modules = (
            self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate)
            if recurse
            else [(prefix, self)]
        )
        for module_prefix, module in modules:
            for name, value in get_members(module):
                if value is None or id(value) in seen:
                    continue
                if remove_duplicate:
                    seen.add(id(value))
                yield module_prefix + ("." if module_prefix else "") + name, value

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters, each once."""
        for _, p in self.named_parameters(recurse=recurse):
            yield p

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ):
        """(dotted name, parameter) pairs."""
        yield from self._named_members(
            lambda m: m._parameters.items(), prefix, recurse, remove_duplicate
        )

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """The buffers, each once."""
        for _, b in self.named_buffers(recurse=recurse):
            yield b

    def named_buffers(self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True):
        """(dotted name, buffer) pairs."""
        yield from self._named_members(
            lambda m: m._buffers.items(), prefix, recurse, remove_duplicate
        )

    def children(self) -> Iterator[Module]:
        """The direct submodules, each once."""
        for _, m in self.named_children():
            yield m

    def named_children(self):
        """(name, module) pairs of the direct submodules."""
        seen: set = set()
        for name, module in self._modules.items():
            if module is not None and id(module) not in seen:
                seen.add(id(module))
                yield name, module

    def modules(self, remove_duplicate: bool = True) -> Iterator[Module]:
        """This module and all below it, each once unless ``remove_duplicate`` is off."""
        for _, m in self.named_modules(remove_duplicate=remove_duplicate):
            yield m

    def named_modules(
        self, memo: set | None = None, prefix: str = "", remove_duplicate: bool = True
    ):
        """(dotted name, module) pairs of this module and all below it."""
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                below = prefix + ("." if prefix else "") + name
                yield from module.named_modules(memo, below, remove_duplicate)

    # -- modes and gradients ------------------------------------------------------------------
    def train(self, mode: bool = True):
        """Set training mode here and below. Returns self."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self):
        """Set evaluation mode here and below. Returns self."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True):
        """Set whether the parameters are trained. Returns self."""
        for p in self.parameters():
            p.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Clear the parameters' gradients: None, or zeros."""
        for p in self.parameters():
            if set_to_none:
                p.grad = None
                continue
            if p.grad is None:
                continue
            if p.grad.grad_fn is not None:
                p.grad.detach_()
            else:
                p.grad.requires_grad_(False)
            p.grad.zero_()

    # -- converting ---------------------------------------------------------------------------
    def apply(self, fn: Callable[[Module], None]):
        """Call ``fn`` on every module below, then on this one. Returns self."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True):
        """Replace every parameter's and buffer's value by ``fn`` of it."""
        if recurse:
            for module in self.children():
                module._apply(fn)
        for key, param in self._parameters.items():
            if param is not None:
                self._parameters[key] = self._converted(key, param, fn)
        for name, buffer in self._buffers.items():
            if buffer is not None:
                self._buffers[name] = fn(buffer)
        return self

    def _converted(self, key: str, param: Tensor, fn: Callable[[Tensor], Tensor]) -> Tensor:
        """A parameter with ``fn`` of its value and of its gradient's."""
        swaps, overwrites = modes.Policy.swap_parameters, modes.Policy.overwrite_parameters
        with no_grad():
            value, grad = fn(param), param.grad
            grad_value = None if grad is None else fn(grad)
        if swaps:
            param.grad = None
            try:
                swap_tensors(param, Parameter(value, param.requires_grad))
            except Exception as e:
                param.grad = grad
                raise RuntimeError(f"_apply(): Couldn't swap {self._get_name()}.{key}") from e
            if grad is not None:
                try:
                    swap_tensors(grad, grad_value.requires_grad_(grad.requires_grad))
                except Exception as e:
                    raise RuntimeError(f"_apply(): Couldn't swap {self._get_name()}.{key}.grad") from e
                param.grad = grad
            return param
        if overwrites:
            param = Parameter(value, param.requires_grad)
            if grad is not None:
                param.grad = grad_value.requires_grad_(grad.requires_grad)
            return param
        for held, now in ((param, value), (grad, grad_value)):
            if held is not None and now is not held:
                held.data = now  # pyright: ignore[reportAttributeAccessIssue]
        return param

    def to(self, *args, **kwargs):
        """Move or cast the parameters and buffers, as `Tensor.to` does. Returns self."""
        device, dtype, memory_format = _parse_to(*args, **kwargs)
        if dtype is not None and dtype.category < 2:
            raise TypeError(
                "nn.Module.to only accepts floating point or complex dtypes, but got desired "
                f"dtype={dtype}"
            )
        if dtype is not None and dtype.is_complex:
            warnings.warn(
                "Complex modules are a new feature under active development whose design may "
                "change, and some modules might not work as expected when using complex tensors "
                "as parameters or buffers. Please file an issue at "
                "https://github.com/pytorch/pytorch/issues/new?template=bug-report.yml if a "
                "complex module does not work as expected.",
                stacklevel=2,
            )

        def convert(t):
            target = dtype if t._dtype.category > 1 else None
            extra = (
                {"memory_format": memory_format}
                if memory_format is not None and t.ndim in (4, 5)
                else {}
            )
            return t.to(device=device, dtype=target, **extra)

        return self._apply(convert)

    def to_empty(self, *, device, recurse: bool = True):
        """Move to a device without keeping the values. Returns self."""
        return self._apply(lambda t: torch.empty_like(t, device=device), recurse=recurse)

    def type(self, dst_type):
        """Cast all parameters and buffers to a type. Returns self."""
        return self._apply(lambda t: t.type(dst_type))

    def cpu(self):
        """Move to host memory. Returns self."""
        return self._apply(lambda t: t.cpu())

    def cuda(self, device=None):
        """Move to a GPU. Returns self."""
        return self._apply(lambda t: t.cuda(device))

    def float(self):
        """Cast floating point parameters and buffers to float32. Returns self."""
        return self._cast(dtypes.float32)

    def double(self):
        """Cast floating point parameters and buffers to float64. Returns self."""
        return self._cast(dtypes.float64)

    def half(self):
        """Cast floating point parameters and buffers to float16. Returns self."""
        return self._cast(dtypes.float16)

    def bfloat16(self):
        """Cast floating point parameters and buffers to bfloat16. Returns self."""
        return self._cast(dtypes.bfloat16)

    def _cast(self, d):
        return self._apply(lambda t: t.to(d) if t.is_floating_point() else t)

    def share_memory(self):
        """Move the parameters and buffers to memory that processes share. Returns self."""
        return self._apply(lambda t: t.share_memory_())

    # -- text ---------------------------------------------------------------------------------
    def _get_name(self) -> str:
        return type(self).__name__

    def extra_repr(self) -> str:
        """What the module's line of text says between its brackets."""
        return ""

    def __repr__(self) -> str:
        extra = self.extra_repr()
        extra_lines = extra.split("\n") if extra else []
        child_lines = [
            "(" + name + "): " + _addindent(repr(module), 2)
            for name, module in self._modules.items()
        ]
        lines = extra_lines + child_lines
        text = self._get_name() + "("
        if lines:
            if len(extra_lines) == 1 and not child_lines:
                text += extra_lines[0]
            else:
                text += "\n  " + "\n  ".join(lines) + "\n"
        return text + ")"

    def compile(self, *args, **kwargs) -> None:
        """Compile this module's forward, in place: `torch.compile` of its calls.

        Args:
            args, kwargs: as of `torch.compile`.
        """
        from ...compiler import compile

        object.__setattr__(self, "_compiled_call_impl", compile(self._uncompiled_call, *args, **kwargs))

    def _replicate_for_data_parallel(self):
        raise NotImplementedError("Module._replicate_for_data_parallel")


def _tensor_like(value) -> bool:
    return isinstance(value, Tensor) or hasattr(value, "__torch_function__")


def _told(hooks: OrderedDict, module: Module, name: str, value):
    """``value`` as the registration hooks of every module leave it."""
    for hook in hooks.values():
        changed = hook(module, name, value)
        value = value if changed is None else changed
    return value


_TO_OPTIONS = "bool non_blocking=False, bool copy=False, *, memory_format? memory_format=None"
_TO = [
    Schema(f"to({first}, {_TO_OPTIONS})")
    for first in ("device? device=None, dtype? dtype=None", "dtype dtype", "Tensor tensor")
]


def _parse_to(*args, **kwargs):
    """(device, dtype, memory_format) of the arguments of ``to``."""
    for schema in _TO:
        try:
            values = dict(zip(schema.by_name, arguments.parse(schema, args, kwargs), strict=True))
        except arguments.Mismatch:
            continue
        like, device = values.get("tensor"), values.get("device")
        if device is not None and not isinstance(device, (str, int, devices.device)):
            continue
        if values["copy"]:
            raise RuntimeError(".to() does not accept copy argument")
        if like is not None:
            return like.device, like.dtype, values["memory_format"]
        return (
            None if device is None else devices.device(device),
            values.get("dtype"),
            values["memory_format"],
        )
    raise arguments.no_overload(
        "to", [SimpleNamespace(schema=schema, forms=(), hidden=False) for schema in _TO], args, kwargs
    )
