"""Names for the types of arguments."""

import os as _os
from builtins import bool as _bool
from builtins import bytes as _bytes
from builtins import complex as _complex  # noqa: F401
from builtins import float as _float
from builtins import int as _int
from builtins import str as _str
from collections.abc import Sequence
from typing import IO, TypeAlias

from ._core.devices import device as _device
from ._core.dtypes import dtype as _dtype  # noqa: F401
from ._core.formats import layout as _layout  # noqa: F401
from ._core.memory import TypedStorage, UntypedStorage
from ._core.tensor import Size, Tensor

__all__ = ["Device", "FileLike", "Number", "Storage"]

_TensorOrTensors: TypeAlias = Tensor | Sequence[Tensor]
_TensorOrOptionalTensors: TypeAlias = Tensor | Sequence[Tensor | None]
_size: TypeAlias = Size | list[_int] | tuple[_int, ...]
Number: TypeAlias = _int | _float | _bool
_Number = (_int, _float, _bool)
FileLike: TypeAlias = _str | _os.PathLike[_str] | IO[_bytes]
Device: TypeAlias = _device | _str | _int | None
Storage: TypeAlias = TypedStorage | UntypedStorage
