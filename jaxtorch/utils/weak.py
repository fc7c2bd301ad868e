"""torch.utils.weak: references to tensors that do not keep them, and dicts by such references.

Keys are told apart by what they are, not by ``==``, which compares elements.
"""

from __future__ import annotations

import copy
import weakref
from collections.abc import Iterator, Mapping, MutableMapping

from .._core.tensor import Tensor

__all__ = ["TensorWeakRef", "WeakIdRef", "WeakIdKeyDictionary", "WeakTensorKeyDictionary"]

WeakRef = weakref.ref


class WeakIdRef(weakref.ref):
    """A weak reference that is equal to those to the same object, and hashes by it."""

    __slots__ = ("_id",)

    def __init__(self, key, callback=None):
        super().__init__(key, callback)  # pyright: ignore[reportCallIssue]
        self._id = id(key)

    def __hash__(self) -> int:
        return self._id

    def __eq__(self, other) -> bool:
        mine, theirs = self(), other()
        # an object that is gone may have left its number to another
        return self is other if mine is None or theirs is None else mine is theirs


class WeakIdKeyDictionary(MutableMapping):
    """A dict whose keys it does not keep: an entry goes with its key.

    Args:
        dict: pairs to begin with.
        ref_type: makes the references.

    Example:
        >>> import jaxtorch as torch
        >>> from jaxtorch.utils.weak import WeakTensorKeyDictionary
        >>> x = torch.ones(2)
        >>> names = WeakTensorKeyDictionary({x: "x"})
        >>> names[x], len(names)
        ('x', 1)
        >>> del x
        >>> len(names)
        0
    """

    def __init__(self, dict=None, ref_type=WeakIdRef):  # noqa: A002 - PyTorch's name
        self.data: dict = {}
        self.ref_type = ref_type
        own = weakref.ref(self)

        def remove(reference):
            held = own()
            if held is not None:
                held.data.pop(reference, None)

        self._remove = remove
        if dict is not None:
            self.update(dict)

    def _live(self) -> Iterator[tuple]:
        """The pairs whose keys are there; they may go, and others come, while these are walked through."""
        for reference, value in list(self.data.items()):
            key = reference()
            if key is not None:
                yield key, value

    def __getitem__(self, key):
        return self.data[self.ref_type(key)]

    def __setitem__(self, key, value) -> None:
        self.data[self.ref_type(key, self._remove)] = value

    def __delitem__(self, key) -> None:
        del self.data[self.ref_type(key)]

    def __len__(self) -> int:
        return len(self.data)

    def __contains__(self, key) -> bool:
        try:
            return self.ref_type(key) in self.data
        except TypeError:
            return False

    def __iter__(self) -> Iterator:
        return (key for key, _ in self._live())

    keys = __iter__  # pyright: ignore[reportAssignmentType]

    def items(self) -> Iterator:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._live()

    def values(self) -> Iterator:  # pyright: ignore[reportIncompatibleMethodOverride]
        return (value for _, value in self._live())

    def keyrefs(self) -> list:
        """The references to the keys."""
        return list(self.data)

    def popitem(self) -> tuple:
        while True:
            reference, value = self.data.popitem()
            key = reference()
            if key is not None:
                return key, value

    def copy(self):
        """The same pairs in a dict of their own."""
        return WeakIdKeyDictionary(self)

    __copy__ = copy

    def __deepcopy__(self, memo):
        made = type(self)()
        for key, value in self._live():
            made[key] = copy.deepcopy(value, memo)
        return made

    def update(self, dict=None, **kwargs) -> None:  # noqa: A002  # pyright: ignore
        given = dict if hasattr(dict, "items") else {} if dict is None else _pairs(dict)
        for key, value in (*given.items(), *kwargs.items()):
            self[key] = value

    def __ior__(self, other):
        self.update(other)
        return self

    def __or__(self, other):
        if not isinstance(other, Mapping):
            return NotImplemented
        made = self.copy()
        made.update(other)
        return made

    def __ror__(self, other):
        if not isinstance(other, Mapping):
            return NotImplemented
        made = type(self)()
        made.update(other)
        made.update(self)
        return made

    def __eq__(self, other) -> bool:
        if not isinstance(other, Mapping):
            return NotImplemented
        return {id(k): v for k, v in self.items()} == {id(k): v for k, v in other.items()}

    __hash__ = None  # pyright: ignore[reportAssignmentType]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} at {id(self):#x}>"


def _pairs(given) -> dict:
    return dict(given)


WeakTensorKeyDictionary = WeakIdKeyDictionary


class TensorWeakRef:
    """A weak reference to a tensor; called, it gives the tensor, or None.

    Raises:
        AssertionError: no tensor.
    """

    def __init__(self, tensor: Tensor):
        if not isinstance(tensor, Tensor):
            raise AssertionError(f"expected torch.Tensor, got {type(tensor)}.")
        self.ref = weakref.ref(tensor)

    def __call__(self) -> Tensor | None:
        return self.ref()
