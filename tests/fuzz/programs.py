"""Random programs of views, writes through them, and reads, as PyTorch source both libraries run.

A program is a short list of small tuples ``(kind, a, b, c, d)``. Each becomes one line of source by
what torch's tensors look like at that moment (choices are taken modulo what there is), so that any
list is a program and dropping a tuple leaves one. What torch leaves undefined is not
generated: writes to memory that overlaps itself or their source, where torch does not refuse them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

Step = tuple[str, int, int, int, int]
Program = tuple[int, list[Step]]
Render = Callable[["Scene", int, int, int, int], "str | None"]

MOST_TENSORS = 11
NO_GRAD = "with torch.no_grad(): "

KINDS: dict[str, Render] = {}
#: How often a kind is drawn, over the default of 2.
WEIGHTS: dict[str, int] = {}


def kind(weight: int = 2) -> Callable[[Render], Render]:
    """Declare a kind of step by the function that renders it."""

    def declare(render: Render) -> Render:
        name = render.__name__.strip("_")
        KINDS[name], WEIGHTS[name] = render, weight
        return render

    return declare


@dataclass
class Scene:
    """The names a program has so far and the torch values they stand for."""

    space: dict[str, Any]
    made: int = 0
    arrays: int = 0
    unrecorded: bool = False  # whether something was made under no_grad

    @property
    def names(self) -> list[str]:
        return [n for n in self.space if n[0] == "t" and n[1:].isdigit()]

    def pick(self, choice: int, wanted: Callable[[torch.Tensor], bool] | None = None) -> str:
        """A tensor's name: the newest first, so that small choices act on what was just made."""
        names = self.names[::-1]
        if wanted:
            names = [n for n in names if _holds(wanted, self.space[n])] or names
        return names[choice % len(names)]

    def at(self, name: str) -> torch.Tensor:
        return self.space[name]

    def fresh(self) -> str | None:
        """A new tensor's name, or None when there are enough."""
        if len(self.names) >= MOST_TENSORS:
            return None
        self.made += 1
        return f"t{self.made - 1}"

    def bind(self, expression: str | None, guard: int = 0) -> str | None:
        """``t5 = expression``, under ``no_grad`` for some values of ``guard``."""
        name = self.fresh() if expression else None
        line = name and guarded(f"{name} = {expression}", guard)
        self.unrecorded = self.unrecorded or bool(line) and line.startswith(NO_GRAD)
        return line


def _holds(wanted: Callable[[torch.Tensor], bool], tensor: torch.Tensor) -> bool:
    """Whether a tensor is wanted; one whose history torch has declared broken is as good as any."""
    try:
        return wanted(tensor)
    except RuntimeError:
        return True


def guarded(line: str, choice: int) -> str:
    """The line, in one of eight cases under ``no_grad``."""
    return NO_GRAD + line if choice % 8 == 7 else line


def addresses(tensor: torch.Tensor) -> np.ndarray:
    """The place in its storage of each element."""
    base = np.arange(tensor.untyped_storage().nbytes() // tensor.element_size() or 1)
    item = base.itemsize
    return np.lib.stride_tricks.as_strided(
        base[tensor.storage_offset() :], tensor.shape, [s * item for s in tensor.stride()]
    ).reshape(-1)


def is_dense(tensor: torch.Tensor) -> bool:
    """Whether the elements fill an interval of memory once: where torch tests overlap exactly."""
    where = np.sort(addresses(tensor))
    return bool(tensor.numel() == 0 or (np.diff(where) == 1).all())


def may_write(tensor: torch.Tensor, constant: bool = False) -> bool:
    """Whether torch defines the outcome of writing the tensor: it has no overlap, or refuses it."""
    where = addresses(tensor)
    if tensor.numel() == 0 or len(set(where.tolist())) == len(where):
        return True
    stride_zero = any(s == 0 and n > 1 for s, n in zip(tensor.stride(), tensor.shape, strict=True))
    return constant and stride_zero


def may_copy(target: torch.Tensor, origin: torch.Tensor) -> bool:
    """Whether torch defines writing ``target`` from ``origin``: apart, or the same, or refused."""
    if not may_write(target):
        return False
    if target.untyped_storage().data_ptr() != origin.untyped_storage().data_ptr():
        return True
    if not set(addresses(target).tolist()) & set(addresses(origin).tolist()):
        return True
    same = target.shape == origin.shape and target.stride() == origin.stride()
    same = same and target.storage_offset() == origin.storage_offset()
    return same or (is_dense(target) and is_dense(origin))


def is_float(tensor: torch.Tensor) -> bool:
    return tensor.is_floating_point()


# ---------------------------------------------------------------- roots

ROOTS = (
    "torch.tensor([[1.0, -2.0, 3.0], [0.5, 4.0, -1.5]], dtype=torch.float64)",
    "torch.tensor([2.0, -1.0, 0.25, 3.0], dtype=torch.float64)",
    "torch.tensor([[[1.0, 2.0], [3.0, -4.0]], [[0.5, 6.0], [-7.0, 8.0]]], dtype=torch.float64)",
    "torch.tensor(1.5, dtype=torch.float64)",
    "torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])",
    "torch.tensor([[3, -1], [2, 5]])",
    "torch.zeros(0, 2, dtype=torch.float64)",
    "torch.tensor([True, False, True])",
)


def start(choice: int) -> list[str]:
    """A program's first lines: most have a leaf, and a tensor made of it that may be written."""
    if choice % 4 == 3:
        return [f"t0 = {ROOTS[choice // 4 % 3]}"]
    return [f"t0 = {ROOTS[choice // 4 % 3]}.requires_grad_()", "t1 = t0 * 1"]


@kind(1)
def rest(scene: Scene, a: int, b: int, c: int, d: int) -> str | None:
    """Nothing: what the steps of a failing program shrink to."""
    return None


@kind(2)
def root(scene: Scene, a: int, b: int, c: int, d: int) -> str | None:
    text = ROOTS[a % (len(ROOTS) if c % 3 == 0 else 3)]
    if b % 2:
        text += ".requires_grad_()"
    return scene.bind(text)


# ---------------------------------------------------------------- views


def _dim(scene: Scene, name: str, choice: int) -> int:
    """A dim of the tensor, counted from either end, and once in a while out of range."""
    rank = max(scene.at(name).dim(), 1)
    return (choice % (2 * rank + (choice == 11))) - rank


def _shapes(count: int) -> list[str]:
    shapes = [f"({count},)", "(-1,)", f"(1, {count})", f"({count}, 1)"]
    if count % 2 == 0:
        shapes += [f"(2, {count // 2})", f"({count // 2}, 2)", "(2, -1)", f"(1, 2, {count // 2})"]
    if count % 3 == 0:
        shapes += ["(3, -1)", "(-1, 3)"]
    return [*shapes, f"({count + 1},)"]


STRIDED = (
    "(2, 2), (1, 2)", "(2,), (2,)", "(3,), (1,), 1", "(), ()", "(2, 2), (2, 1), 0",
    "(2, 3), (0, 1)",
    "(2, 2), (1, 1)", "(2,), (3,), 1", "(4,), (2,)", "(1, 2), (7, 1), 1", "(0,), (1,)",
    "(2,), (1, 1)",
)  # fmt: skip
SLICES = (
    "0", "-1", "1:", "::2", ":, 0", "..., 1:", ":, ::2", "None", "1:, 0", "...", "0, 0", ":1",
    "2:1", "..., None, 0", ":, 1:", "3", "0, ..., 0",
)  # fmt: skip


def _place(tensor: torch.Tensor, choice: int, places: tuple[str, ...] = SLICES) -> str:
    """A subscript; of a 0-dim tensor no integer but 0.

    For others torch compares with the first of no sizes: whatever a tensor that was made 0-dim in
    place (``set_``, ``squeeze_``) had there before.
    """
    place = places[choice % len(places)]
    return "0" if tensor.dim() == 0 and place in ("-1", "3") else place


def _view(form: Callable[[Scene, str, int, int], str], weight: int = 2, name: str = "") -> None:
    """Declare a kind that binds ``tN.<form>``."""

    def render(scene: Scene, a: int, b: int, c: int, d: int) -> str | None:
        origin = scene.pick(a)
        return scene.bind(f"{origin}{form(scene, origin, b, c)}", d)

    render.__name__ = name
    kind(weight)(render)


_view(lambda s, t, b, c: f".transpose({_dim(s, t, b)}, {_dim(s, t, c)})", 4, "transpose")
_view(lambda s, t, b, c: f"[{_place(s.at(t), b + c)}]", 9, "slice")
_view(lambda s, t, b, c: f".select({_dim(s, t, b)}, {c % 4 - 2})", 3, "select")
_view(lambda s, t, b, c: f".view{(w := _shapes(s.at(t).numel()))[(b + c) % len(w)]}", 4, "view")
_view(
    lambda s, t, b, c: f".reshape{(w := _shapes(s.at(t).numel()))[(b + c) % len(w)]}", 3, "reshape"
)
_view(lambda s, t, b, c: f".unsqueeze({_dim(s, t, b)})", 2, "unsqueeze")
_view(lambda s, t, b, c: ".squeeze()" if b % 2 else f".squeeze({_dim(s, t, c)})", 2, "squeeze")
_view(lambda s, t, b, c: f".diagonal({c % 3 - 1})", 2, "diagonal")
_view(lambda s, t, b, c: f".unfold({_dim(s, t, b)}, {c % 3}, {c // 3 % 2 + 1})", 2, "unfold")
_view(lambda s, t, b, c: f".as_strided({STRIDED[(b + c) % len(STRIDED)]})", 3, "as_strided")
_view(lambda s, t, b, c: f".narrow({_dim(s, t, b)}, {c % 3}, {c // 3 % 3})", 2, "narrow")
_view(lambda s, t, b, c: f".flatten({b % 3 - 1})" if b % 2 else ".flatten()", 2, "flatten")
_view(lambda s, t, b, c: f".movedim({_dim(s, t, b)}, {_dim(s, t, c)})", 2, "movedim")
_view(lambda s, t, b, c: (".T", ".mT", ".t()", ".H")[b % (4 if c == 11 else 3)], 2, "T")
_view(
    lambda s, t, b, c: (".detach()", ".data", ".view_as({0})", ".contiguous()")[b % 4].format(t),
    3,
    "same",
)
_view(lambda s, t, b, c: f".unflatten({_dim(s, t, b)}, (-1, {c % 3 + 1}))", 1, "unflatten")


@kind(2)
def permute(scene: Scene, a: int, b: int, c: int, d: int) -> str | None:
    name = scene.pick(a)
    rank = scene.at(name).dim()
    order = list(range(rank))
    for i in range(rank):
        order.insert(0, order.pop((b + i * c) % rank))
    return scene.bind(f"{name}.permute({tuple(order)})", d)


@kind(3)
def expand(scene: Scene, a: int, b: int, c: int, d: int) -> str | None:
    name = scene.pick(a, lambda t: t.dim() < 3 and t.numel() < 7)
    shape = list(scene.at(name).shape)
    sizes = [
        (3 if n == 1 and (b >> i) % 2 == 0 else (-1 if c % 2 else n)) for i, n in enumerate(shape)
    ]
    lead = [2] if c % 3 else []
    return scene.bind(f"{name}.expand({tuple(lead + sizes)})", d)


@kind(3)
def parts(scene: Scene, a: int, b: int, c: int, d: int) -> str | None:
    """One or two results of a function that returns several views."""
    name = scene.pick(a)
    dim = _dim(scene, name, b)
    form = (f".unbind({dim})", f".split(2, {dim})", f".chunk(2, {dim})", f".split((1, -1), {dim})")
    first = scene.fresh()
    return first and guarded(f"{first}, *rest = {name}{form[c % (4 if c == 11 else 3)]}", d)


# ---------------------------------------------------------------- fresh results

INDICES = (
    "torch.tensor([1, 0])", ":, torch.tensor([1])", "torch.tensor([0, 0, -1])",
    "torch.tensor([True, False])", "torch.tensor(0)",
    "[0]", "torch.tensor([[0], [1]])", "1:, torch.tensor([0])",
    "torch.tensor([1]), torch.tensor([0])", "torch.tensor([5])", "..., torch.tensor([0, 1])",
)  # fmt: skip


@kind(4)
def arithmetic(scene: Scene, a: int, b: int, c: int, d: int) -> str | None:
    left, right = scene.pick(a), scene.pick(b)
    forms = (
        f"{left} * 2", f"{left} * {right}", f"{left} + {right}", f"{left} - 1.5", f"{left} * 1",
        f"{left} / 2", f"-{left}",
        f"{left} * {left}", f"{left}.tanh()", f"{left}.clone()", f"{left} ** 2", f"{left}.exp()",
    )  # fmt: skip
    return scene.bind(forms[c % len(forms)], d)


@kind(3)
def read(scene: Scene, a: int, b: int, c: int, d: int) -> str | None:
    name, other = scene.pick(a), scene.pick(c)
    # A product takes views of its operands: of views made under no_grad whose base is written later, these have
    # histories that PyTorch refuses in an order of its own, which tells one error from another.
    product = f"{name} * {other}" if scene.unrecorded else f"{name} @ {other}"
    forms = (
        f"{name}.sum()", f"{name}.sum({_dim(scene, name, c)})", f"{name}.clone()",
        f"torch.cat([{name}, {other}])",
        f"torch.stack([{name}, {other}])", f"{name}.mean()", f"{name} > 0",
        f"{name}.sum().item() * {other}", product,
    )  # fmt: skip
    return scene.bind(forms[b % len(forms)], d)


@kind(3)
def index(scene: Scene, a: int, b: int, c: int, d: int) -> str | None:
    name = scene.pick(a)
    where = f"{name} > 0" if c % 4 == 3 else INDICES[(b + c) % len(INDICES)]
    return scene.bind(f"{name}[{where}]", d)


# ---------------------------------------------------------------- writes

NUMBERS = ("2", "-1.5", "0", "0.5", "3")


def _target(scene: Scene, choice: int, constant: bool = False) -> str | None:
    """A tensor that may be written and is not plainly a leaf that requires grad, as a rule."""
    name = scene.pick(choice, lambda t: choice == 11 or not (t.is_leaf and t.requires_grad))
    return name if may_write(scene.at(name), constant) else None


@kind(9)
def write_number(scene: Scene, a: int, b: int, c: int, d: int) -> str | None:
    name = _target(scene, a, constant=b % 8 in (0, 1))
    value = NUMBERS[c % len(NUMBERS)]
    forms = (
        "fill_({})",
        "zero_()",
        "add_({})",
        "mul_({})",
        "sub_({})",
        "div_(2)",
        "neg_()",
        "pow_(2)",
    )
    return name and guarded(f"{name}.{forms[b % 8].format(value)}", d)


@kind(7)
def write_tensor(scene: Scene, a: int, b: int, c: int, d: int) -> str | None:
    name, origin = _target(scene, a), scene.pick(c)
    if not name or not may_copy(scene.at(name), scene.at(origin)):
        return None
    forms = (
        "copy_({0})",
        "add_({0})",
        "mul_({0})",
        "sub_({0}, alpha=2)",
        "copy_({0}.detach())",
        "add_({0}.data)",
    )
    return guarded(f"{name}.{forms[b % len(forms)].format(origin)}", d)


@kind(7)
def set_slice(scene: Scene, a: int, b: int, c: int, d: int) -> str | None:
    name = _target(scene, a)
    if not name:
        return None
    where = _place(scene.at(name), b)
    if c % 2 == 0:
        return guarded(f"{name}[{where}] = {NUMBERS[c // 2 % len(NUMBERS)]}", d)
    origin = scene.pick(c // 2)
    try:
        part = eval(f"x[{where}]", {"x": scene.at(name).detach()})
    except IndexError:
        part = scene.at(name)
    if not may_copy(part, scene.at(origin)):
        return None
    return guarded(f"{name}[{where}] = {origin}", d)


@kind(3)
def augment_slice(scene: Scene, a: int, b: int, c: int, d: int) -> str | None:
    name = _target(scene, a)
    if not name:
        return None
    places = (*SLICES, *INDICES)
    sign = ("+=", "*=", "-=")[c % 3]
    where = _place(scene.at(name), b + 3 * c, places)
    return guarded(f"{name}[{where}] {sign} {NUMBERS[c % 5]}", d)


UNIQUE_INDICES = tuple(i for i in INDICES if i != "torch.tensor([0, 0, -1])")


@kind(5)
def set_index(scene: Scene, a: int, b: int, c: int, d: int) -> str | None:
    name = _target(scene, a)
    if not name:
        return None
    where = f"{name} > 0" if b % 4 == 3 else UNIQUE_INDICES[(b + c) % len(UNIQUE_INDICES)]
    value = NUMBERS[c // 2 % len(NUMBERS)] if c % 2 == 0 else scene.pick(c // 2) + ".clone()"
    if _stops_half_way(scene, name, f"[{where}] = {value}"):
        return None
    return guarded(f"{name}[{where}] = {value}", d)


def _stops_half_way(scene: Scene, name: str, write: str) -> bool:
    """Whether torch raises with some elements written: which ones those are is undefined."""
    target = scene.at(name).detach().clone()
    before = target.numpy().tobytes()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(f"x{write}", {**scene.space, "x": target})
    except Exception:
        return target.numpy().tobytes() != before
    return False


@kind(4)
def write_masked(scene: Scene, a: int, b: int, c: int, d: int) -> str | None:
    name = _target(scene, a)
    if not name:
        return None
    forms = (
        f"masked_fill_({name} > 0, {NUMBERS[c % 5]})",
        f"masked_fill_({name} < 1, {scene.pick(c)}.sum())",
        f"index_fill_({_dim(scene, name, c)}, torch.tensor([0]), 4)",
        f"index_add_({_dim(scene, name, c)}, torch.tensor([0]), {name}.clone())",
        "masked_fill_(torch.tensor([True, False]), 7)",
        f"where_({name})" if c == 11 else "clamp_(-1, 2)",
    )  # fmt: skip
    return guarded(f"{name}.{forms[b % len(forms)]}", d)


@kind(4)
def write_data(scene: Scene, a: int, b: int, c: int, d: int) -> str | None:
    name = scene.pick(a)
    if not may_write(scene.at(name)):
        return None
    forms = (
        ".data.mul_(2)",
        ".data[0] = 9",
        ".data.fill_(1)",
        ".detach().add_(1)",
        ".data.zero_()",
        ".detach()[..., 0] = 5",
    )
    return guarded(name + forms[b % len(forms)], d)


@kind(3)
def write_out(scene: Scene, a: int, b: int, c: int, d: int) -> str | None:
    left, right, out = scene.pick(a), scene.pick(b), _target(scene, c)
    if not out or not all(may_copy(scene.at(out), scene.at(n)) for n in (left, right)):
        return None
    if scene.at(out).numel() and not _fits(scene, left, right, out):
        return None
    form = ("add", "mul", "sub")[d % 3]
    return f"torch.{form}({left}, {right}, out={out})"


def _fits(scene: Scene, left: str, right: str, out: str) -> bool:
    """Whether no resize of ``out`` is asked for: growing leaves memory undefined under views."""
    try:
        shape = torch.broadcast_shapes(scene.at(left).shape, scene.at(right).shape)
    except RuntimeError:
        return True
    return tuple(shape) == tuple(scene.at(out).shape)


# ---------------------------------------------------------------- metadata


@kind(3)
def reshape_in_place(scene: Scene, a: int, b: int, c: int, d: int) -> str | None:
    name = scene.pick(a)
    forms = (
        "t_()",
        f"unsqueeze_({_dim(scene, name, c)})",
        "squeeze_()",
        f"transpose_({_dim(scene, name, b)}, {_dim(scene, name, c)})",
    )
    return guarded(f"{name}.{forms[b % 4]}", d)


@kind(2)
def grad_state(scene: Scene, a: int, b: int, c: int, d: int) -> str | None:
    name = scene.pick(a)
    forms = (
        ".requires_grad_()",
        ".detach_()",
        ".requires_grad_(False)",
        ".retain_grad()",
        ".grad = None",
    )
    return guarded(name + forms[b % len(forms)], d)


@kind(1)
def replace_data(scene: Scene, a: int, b: int, c: int, d: int) -> str | None:
    name, other = scene.pick(a), scene.pick(b)
    forms = (
        f"{name}.data = {other}",
        f"{name}.data = {other}.clone()",
        f"{name}.set_({other})",
        f"{name}.resize_(1)",
    )
    return guarded(forms[c % len(forms)], d)


@kind(1)
def forget(scene: Scene, a: int, b: int, c: int, d: int) -> str | None:
    return f"del {scene.pick(a)}" if len(scene.names) > 2 else None


# ---------------------------------------------------------------- memory shared with NumPy


def _arrays(scene: Scene) -> list[str]:
    return [n for n in scene.space if n[0] == "n" and n[1:].isdigit()]


@kind(2)
def numpy(scene: Scene, a: int, b: int, c: int, d: int) -> str | None:
    arrays = _arrays(scene)
    if arrays and c % 3 == 0:
        return scene.bind(f"torch.from_numpy({arrays[b % len(arrays)]})")
    if arrays and c % 3 == 1:
        return f"{arrays[b % len(arrays)]}[...] = {a % 5}"
    if len(arrays) > 2:
        return f"del {arrays[0]}"
    scene.arrays += 1
    return f"n{scene.arrays - 1} = {scene.pick(a)}.detach().numpy()"


# ---------------------------------------------------------------- gradients


@kind(2)
def backward(scene: Scene, a: int, b: int, c: int, d: int) -> str | None:
    name = scene.pick(a, lambda t: t.requires_grad)
    keep = ("", "retain_graph=True", "create_graph=True")[b % 3]
    total = name if c % 4 == 3 else f"({name} * {name}).sum()" if c % 2 else f"{name}.sum()"
    return f"{total}.backward({keep})"
