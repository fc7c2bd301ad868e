"""torch.backends.mkldnn: not used by XLA."""


def is_available() -> bool:
    """Whether XLA uses this backend (never)."""
    return False


def is_built() -> bool:
    """Whether this backend is part of jaxtorch (it is not)."""
    return False
