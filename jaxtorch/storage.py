"""torch.storage: the classes of storages."""

from ._core.memory import TypedStorage, UntypedStorage

__all__ = ["TypedStorage", "UntypedStorage"]
