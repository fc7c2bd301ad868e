"""Texts of errors that more than one place raises."""

from __future__ import annotations

import warnings

from . import modes

OVERLAP = (
    "unsupported operation: more than one element of the written-to tensor refers to a single "
    "memory location. Please clone() the tensor before performing the operation."
)
OVERLAP_DEPRECATED = (
    "Use of {}_ on expanded tensors is deprecated. Please clone() the tensor before performing this operation. "
    "This also applies to advanced indexing e.g. {}"
)
CAST = "result type {result.title} can't be cast to the desired output type {out.title}"
TWO_BOOLS = (
    "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator "
    "instead."
)
FACTORS = "{name} and mat2 must have the same dtype, but got {a.title} and {b.title}"
OUT_GRAD = (
    "{name}(): functions with out=... arguments don't support automatic differentiation, but one of the "
    "arguments requires grad."
)


def refused_cast(cast_error, result, out) -> Exception:
    """The error for a result of one dtype that cannot be stored as another (see `OutRules.cast_error`)."""
    return cast_error(result, out) if callable(cast_error) else RuntimeError(cast_error.format(result=result, out=out))


DEEPCOPY = (
    "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol "
    "at the moment.  If you were attempting to deepcopy a module, this may be because of a "
    "torch.nn.utils.weight_norm usage, see https://github.com/pytorch/pytorch/pull/103001"
)
LEAF_WRITTEN = "a leaf Variable that requires grad has been used in an in-place operation."
DIRTY_VIEW = (
    "If your Function modifies inplace an input that is a view of another Tensor, your Function cannot "
    "return more than one Tensor. This is not supported by the current autograd engine. You should either "
    "make sure the input is not a view (using .clone() for example) or make your Function only return one "
    "Tensor (potentially splitting it into two Functions: one doing the inplace that returns a single Tensor "
    "and a second one that does the other operations). You can ask on the forum "
    "https://discuss.pytorch.org/ if you need help to do this change."
)
LEAF = "a leaf Variable that requires grad is being used in an in-place operation."
VIEW_OF_LEAF = (
    "a view of a leaf Variable that requires grad is being used in an in-place operation."
)
FREED = (
    "Trying to backward through the graph a second time (or directly access saved tensors after "
    "they have already been freed). Saved intermediate values of the graph are freed when you call "
    ".backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the "
    "graph a second time or if you need to access saved tensors after calling backward."
)
DETACHED = (
    "Trying to use a saved tensor that has been detached in-place, i.e. with .detach_().This is not "
    "supported, please use out-of-place `.detach()` instead"
)
PACK_WRITES = (
    "A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack "
    "hook cannot be modified by in-place operations as this can lead to unexpected side-effects. "
    "Please open an issue if you need to perform in-place operations on the input to a pack hook."
)
NO_GRAD = "element 0 of tensors does not require grad and does not have a grad_fn"
INFERENCE_SAVED = (
    "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference "
    "mode in computation tracked by autograd. To work around this, you can make a clone to get a "
    "normal tensor and use it in autograd, or use `torch.no_grad()` instead of "
    "`torch.inference_mode()`."
)
INFERENCE_INPLACE = (
    "Inplace update to inference tensor outside InferenceMode is not allowed."
    "You can make a clone to get a normal tensor before doing inplace update."
    "See https://github.com/pytorch/rfcs/pull/17 for more details."
)


ASARRAY_GRAD = (
    "torch.asarray: unspecified requires_grad now defaults to obj.requires_grad instead of False. Pass "
    "requires_grad=False explicitly to get the old behavior and silence this warning."
)
LIST_OF_ARRAYS = (
    "Creating a tensor from a list of numpy.ndarrays is extremely slow. Please consider converting the list "
    "to a single numpy.ndarray with numpy.array() before converting to a tensor."
)
LEAVES_ONLY = "you can only change requires_grad flags of leaf variables."
USE_DETACH = (
    " If you want to use a computed variable in a subgraph that doesn't require differentiation use "
    "var_no_grad = var.detach()."
)
CREATE_GRAPH = (
    "Using backward() with create_graph=True will create a reference cycle between the parameter and "
    "its gradient which can cause a memory leak. We recommend using autograd.grad when creating the "
    "graph to avoid this. If you have to use this function, make sure to reset the .grad fields of "
    "your parameters to None after use to break the cycle and avoid the leak."
)
REQUIRES_GRAD_INFERENCE = "Setting requires_grad=True on inference tensor outside InferenceMode is not allowed."
PARTIAL_OVERLAP = (
    "unsupported operation: some elements of the input tensor and the written-to tensor refer to a "
    "single memory location. Please clone() the tensor before performing the operation."
)
_WHY_NOT = {
    "multi": " This view is the output of a function that returns multiple views. Such functions do "
    "not allow the output views to be modified inplace. You should replace the inplace operation by "
    "an out-of-place one.",
    "custom": " This view was created inside a custom Function (or because an input was returned "
    "as-is) and the autograd logic to handle view+inplace would override the custom backward "
    "associated with the custom Function, leading to incorrect gradients. This behavior is "
    "forbidden. You can fix this by cloning the output of the custom Function.",
    "mode": " Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify "
    "your code by moving both the view and the inplace either both inside the {mode} block (if you "
    "don't want the inplace to be tracked) or both outside (if you want the inplace to be tracked).",
}


def view_written(creation: str, made: str | None, number: int, indirect: bool) -> str:
    """The text for a write to a view made in a way (``creation``) that autograd cannot follow.

    ``made`` is the operation that its ``grad_fn`` stands for, if it has one.
    """
    what = "its base or another view of its base has been" if indirect else "is being"
    kind = creation.partition(" ")[0]
    if kind in ("no_grad", "inference") or made is None:
        view = "A view was" if made is None else f"Output {number} of {made} is a view of a view which was"
        inference = kind == "inference"
        then = "in normal mode" if inference else "with grad mode enabled"
        mode = "inference" if inference else "no_grad"
        text = f"{view} created in {mode} mode and {what} modified inplace {then}."
    else:
        text = f"Output {number} of {made} is a view and {what} modified inplace."
    why = _WHY_NOT.get(kind) or _WHY_NOT["mode"].format(
        mode="inference_mode" if kind == "inference" else "no_grad"
    )
    return text + why


def modified_in_place(kind: str, shape, origin: str, actual: int, expected: int, anomaly: bool) -> str:
    """The text of the version check; ``origin`` names the op whose output the tensor is."""
    hint = (
        "the backtrace further above shows the operation that failed to compute its gradient. The "
        "variable in question was changed in there or anywhere later. Good luck!"
        if anomaly
        else "enable anomaly detection to find the operation that failed to compute its gradient, "
        "with torch.autograd.set_detect_anomaly(True, check_nan=False)."
    )
    return (
        "one of the variables needed for gradient computation has been modified by an inplace "
        f"operation: [{kind} {list(shape)}]{origin} is at version {actual}; expected version "
        f"{expected} instead. Hint: {hint}"
    )


_told: set[str] = set()


def warn_once(text: str, stacklevel: int = 4, of: str | None = None) -> None:
    """Warn of what PyTorch warns of once in a process (always, under ``set_warn_always``).

    ``of``: what all such texts are counted as together.
    """
    if modes.Policy.warn_always or (of or text) not in _told:
        _told.add(of or text)
        warnings.warn(text, category=UserWarning, stacklevel=stacklevel)


_LEGACY = {"Float", "Double", "Half", "Byte", "Char", "Short", "Int", "Long"}


def type_text(d, device) -> str:
    """How messages about one tensor name its dtype and device: ``torch.FloatTensor``, ``CPUBoolType``."""
    if d.title not in _LEGACY:
        return f"{device.type.upper()}{d.title}Type"
    return f"torch.{'' if device.type == 'cpu' else device.type + '.'}{d.title}Tensor"


def out_of_storage(size, stride, offset: int, d, needed: int, have: int) -> str:
    """The text for a view of more memory (``needed`` bytes) than there is (``have``)."""
    return (
        f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset}, and itemsize "
        f"{d.itemsize} requiring a storage size of {needed} are out of bounds for storage of size {have}"
    )
