"""torch.utils.dlpack: tensors to and from other libraries' memory."""

from .._core.exchange import DLDeviceType, from_dlpack, to_dlpack

__all__ = ["DLDeviceType", "from_dlpack", "to_dlpack"]
