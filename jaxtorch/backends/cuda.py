"""torch.backends.cuda: whether fp32 matrix products may use TF32."""

from .._core import devices, settings


class _Matmul:
    @property
    def allow_tf32(self) -> bool:
        return settings.modes.Policy.allow_tf32

    @allow_tf32.setter
    def allow_tf32(self, value: bool):
        settings.set_float32_matmul_precision("high" if value else "highest")


matmul = _Matmul()


def is_built() -> bool:
    """Whether this process can use a GPU through JAX."""
    return bool(devices.cuda_devices())
