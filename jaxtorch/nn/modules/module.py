"""Module: a tree of parameters, buffers and submodules with a forward."""

from __future__ import annotations

import itertools
from collections import OrderedDict, namedtuple
from collections.abc import Callable, Iterator

from ..._core import devices, dtypes
from ..._core.override import has_torch_function  # noqa: F401 - part of the module's public face
from ..._core.tape import RemovableHandle
from ..._core.tensor import Tensor
from ...autograd.grad_mode import no_grad
from ..parameter import Buffer, Parameter
from . import hooks as _hooks
from .hooks import Hooks

def _addindent(text: str, spaces: int) -> str:
    first, *rest = text.split("\n")
    return "\n".join([first, *(" " * spaces + line for line in rest)]) if rest else first


class Module(Hooks):
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
                f"{type(self).__name__}.__init__() got an unexpected keyword argument '{next(iter(kwargs))}'"
            )
        if self.call_super_init is False and args:
            raise TypeError(
                f"{type(self).__name__}.__init__() takes 1 positional argument but {len(args) + 1} were given"
            )
        fields = self.__dict__
        fields["training"] = True
        fields["_parameters"] = {}
        fields["_buffers"] = {}
        fields["_non_persistent_buffers_set"] = set()
        fields["_modules"] = {}
        _hooks.initialise(fields)
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    def forward(self, *input):
        """What the module computes; every subclass defines it."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    # -- registering --------------------------------------------------------------------------
    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that is part of the module's state but not trained.

        Args:
            name: the attribute's name.
            tensor: its value, or None for a place that holds nothing yet.
            persistent: whether state_dict holds it.
        """
        self._require_init("_buffers", "buffers")
        self._check_name(name, "buffer", self._buffers)
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{_typename(tensor)}' object to buffer '{name}' (torch Tensor or None required)"
            )
        for hook in _hooks.BUFFER_REGISTRATION.values():
            tensor = _replaced(hook(self, name, tensor), tensor)
        self._buffers[name] = tensor
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter, or None for a place that holds none."""
        self._require_init("_parameters", "parameter")
        self._check_name(name, "parameter", self._parameters)
        if param is None:
            self._parameters[name] = None
            return
        if not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{_typename(param)}' object to parameter '{name}' (torch.nn.Parameter or None required)"
            )
        if param.grad_fn is not None:
            raise ValueError(
                f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be created "
                f"explicitly. To express '{name}' as a function of another Tensor, compute the value in "
                "the forward() method."
            )
        for hook in _hooks.PARAMETER_REGISTRATION.values():
            param = _replaced(hook(self, name, param), param)
        self._parameters[name] = param

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a child module under ``name``."""
        if not isinstance(module, Module) and module is not None:
            raise TypeError(f"{_typename(module)} is not a Module subclass")
        self._check_name(name, "module", self._modules)
        for hook in _hooks.MODULE_REGISTRATION.values():
            module = _replaced(hook(self, name, module), module)
        self._modules[name] = module

    def register_module(self, name: str, module: Module | None) -> None:
        """The same as add_module."""
        self.add_module(name, module)

    def _require_init(self, field: str, what: str) -> None:
        if field not in self.__dict__:
            raise AttributeError(f"cannot assign {what} before Module.__init__() call")

    def _check_name(self, name, kind: str, table: dict) -> None:
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {_typename(name)}")
        if kind == "module":
            if hasattr(self, name) and name not in self._modules:
                raise KeyError(f"attribute '{name}' already exists")
            if "." in name:
                raise KeyError(f'module name can\'t contain ".", got: {name}')
            if name == "":
                raise KeyError('module name can\'t be empty string ""')
            return
        if "." in name:
            raise KeyError(f'{kind} name can\'t contain "."')
        if name == "":
            raise KeyError(f'{kind} name can\'t be empty string ""')
        if hasattr(self, name) and name not in table:
            raise KeyError(f"attribute '{name}' already exists")

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
        *parents, name = target.split(".")
        parent = self.get_submodule(".".join(parents))
        if strict and not hasattr(parent, name):
            raise AttributeError(parent._get_name() + " has no attribute `" + name + "`")
        if not isinstance(module, Module):
            raise ValueError(f"`module` is not an nn.Module, found {type(module)}")
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
        params = fields.get("_parameters")
        if isinstance(value, Parameter):
            if params is None:
                raise AttributeError("cannot assign parameters before Module.__init__() call")
            self._forget(name)
            self.register_parameter(name, value)
            return
        if params is not None and name in params:
            if value is not None:
                raise TypeError(
                    f"cannot assign '{_typename(value)}' as parameter '{name}' (torch.nn.Parameter or None expected)"
                )
            self.register_parameter(name, value)
            return
        modules = fields.get("_modules")
        if isinstance(value, Module):
            if modules is None:
                raise AttributeError("cannot assign module before Module.__init__() call")
            self._forget(name)
            for hook in _hooks.MODULE_REGISTRATION.values():
                value = _replaced(hook(self, name, value), value)
            modules[name] = value
            return
        if modules is not None and name in modules:
            if value is not None:
                raise TypeError(
                    f"cannot assign '{_typename(value)}' as child module '{name}' (torch.nn.Module or None expected)"
                )
            modules[name] = value
            return
        buffers = fields.get("_buffers")
        if isinstance(value, Tensor) and (getattr(value, "_is_buffer", False) or (buffers is not None and name in buffers)):
            if buffers is None:
                raise AttributeError("cannot assign buffers before Module.__init__() call")
            persistent = value.persistent if getattr(value, "_is_buffer", False) else name not in self._non_persistent_buffers_set
            self._forget(name, keep=buffers)
            self.register_buffer(name, value, persistent)
            return
        if buffers is not None and name in buffers:
            if value is not None:
                raise TypeError(
                    f"cannot assign '{_typename(value)}' as buffer '{name}' (torch.nn.Buffer, torch.Tensor or None expected)"
                )
            buffers[name] = value
            return
        super().__setattr__(name, value)

    def _forget(self, name: str, keep: dict | None = None) -> None:
        """Take ``name`` out of wherever else it is registered."""
        fields = self.__dict__
        fields.pop(name, None)
        for table in (fields.get("_parameters"), fields.get("_buffers"), fields.get("_modules")):
            if table is not None and table is not keep and name in table and table is not fields.get("_parameters"):
                del table[name]
        fields.get("_non_persistent_buffers_set", set()).discard(name)

    def __delattr__(self, name: str) -> None:
        for table in (self._parameters, self._buffers, self._modules):
            if name in table:
                del table[name]
                self._non_persistent_buffers_set.discard(name)
                return
        super().__delattr__(name)

    def __dir__(self):
        keys = (
            dir(type(self)) + list(self.__dict__) + list(self._parameters) + list(self._modules) + list(self._buffers)
        )
        return sorted(k for k in keys if not k[:1].isdigit())

    def __setstate__(self, state) -> None:
        self.__dict__.update(state)
        _hooks.initialise(self.__dict__, only_missing=True)
        self.__dict__.setdefault("_non_persistent_buffers_set", set())

    # -- walking the tree ---------------------------------------------------------------------
    def _named_members(self, get_members: Callable, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True):
        seen: set = set()
        modules = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate) if recurse else [(prefix, self)]
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

    def named_parameters(self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True):
        """(dotted name, parameter) pairs."""
        yield from self._named_members(lambda m: m._parameters.items(), prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """The buffers, each once."""
        for _, b in self.named_buffers(recurse=recurse):
            yield b

    def named_buffers(self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True):
        """(dotted name, buffer) pairs."""
        yield from self._named_members(lambda m: m._buffers.items(), prefix, recurse, remove_duplicate)

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

    def modules(self) -> Iterator[Module]:
        """This module and all below it, each once."""
        for _, m in self.named_modules():
            yield m

    def named_modules(self, memo: set | None = None, prefix: str = "", remove_duplicate: bool = True):
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
            if p.grad is None:
                continue
            if set_to_none:
                p.grad = None
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
        for param in self._parameters.values():
            if param is None:
                continue
            with no_grad():
                param.data = fn(param)
                if param._grad is not None:
                    grad = param._grad
                    grad.data = fn(grad)
        for name, buffer in self._buffers.items():
            if buffer is not None:
                self._buffers[name] = fn(buffer)
        return self

    def to(self, *args, **kwargs):
        """Move or cast the parameters and buffers: ``to(device)``, ``to(dtype)``, ``to(tensor)``. Returns self."""
        device, dtype, memory_format = _parse_to(*args, **kwargs)
        if dtype is not None and dtype.category < 2:
            raise TypeError(f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={dtype!r}")

        def convert(t):
            target = dtype if t._dtype.category > 1 else None
            extra = {"memory_format": memory_format} if memory_format is not None and t.ndim in (4, 5) else {}
            return t.to(device=device, dtype=target, **extra)

        return self._apply(convert)

    def to_empty(self, *, device, recurse: bool = True):
        """Move to a device without keeping the values. Returns self."""
        from ..._core.bind import namespaces

        like = namespaces["torch"]["empty_like"]
        return self._apply(lambda t: like(t, device=device), recurse=recurse)

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
        """Not supported: see Tensor.share_memory_."""
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
            "(" + name + "): " + _addindent(repr(module), 2) for name, module in self._modules.items()
        ]
        lines = extra_lines + child_lines
        text = self._get_name() + "("
        if lines:
            if len(extra_lines) == 1 and not child_lines:
                text += extra_lines[0]
            else:
                text += "\n  " + "\n  ".join(lines) + "\n"
        return text + ")"

    def _replicate_for_data_parallel(self):
        raise NotImplementedError("Module._replicate_for_data_parallel")


def _typename(obj) -> str:
    module = type(obj).__module__
    name = type(obj).__qualname__
    if isinstance(obj, Tensor):
        return obj.type() if type(obj) is Tensor else f"{module}.{name}"
    return name if module in ("builtins", None, "") else f"{module}.{name}"


def _replaced(result, value):
    return value if result is None else result


def _parse_to(*args, **kwargs):
    """(device, dtype, memory_format) of the arguments of ``to``."""
    device, dtype = kwargs.pop("device", None), kwargs.pop("dtype", None)
    memory_format = kwargs.pop("memory_format", None)
    kwargs.pop("non_blocking", None)
    if kwargs:
        raise TypeError(f"to() got an unexpected keyword argument '{next(iter(kwargs))}'")
    for a in args:
        if isinstance(a, Tensor):
            device, dtype = a.device, a._dtype
        elif isinstance(a, dtypes.dtype):
            dtype = a
        elif isinstance(a, (str, int, devices.device)) and not isinstance(a, bool):
            device = a
        elif a is not None and not isinstance(a, bool):
            raise TypeError(
                "to() received an invalid combination of arguments - got "
                f"({', '.join(type(v).__name__ for v in args)}), but expected one of:\n"
                " * (torch.device device, torch.dtype dtype, bool non_blocking, bool copy, *, torch.memory_format memory_format)\n"
                " * (torch.dtype dtype, bool non_blocking, bool copy, *, torch.memory_format memory_format)\n"
                " * (Tensor tensor, bool non_blocking, bool copy, *, torch.memory_format memory_format)\n"
            )
    return None if device is None else devices.device(device), dtype, memory_format


Module.__module__ = "torch.nn.modules.module"

__all__ = ["Buffer", "Module", "RemovableHandle"]
