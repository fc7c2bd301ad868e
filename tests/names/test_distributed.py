"""torch.distributed: what programs ask before they use several processes."""

import pytest

import jaxtorch as torch


def test_what_is_not_there_says_why():
    import jaxtorch.distributed as dist

    assert torch.distributed is dist and dist.is_available() is True
    assert not hasattr(dist, "send")
    with pytest.raises(AttributeError, match="groups have one process"):
        dist.TCPStore("localhost", 1)
    with pytest.raises(ImportError):
        from jaxtorch.distributed import isend  # noqa: F401


def test_names_that_are_not_there_are_no_attributes():
    for name in ("fx", "no_such_name"):
        assert not hasattr(torch, name)


def test_annotations_of_scripts():
    assert torch.jit.annotate(dict[str, int], {"a": 1}) == {"a": 1}

    class Module(torch.nn.Module):
        size: torch.jit.Final[int] = 3

    assert Module().size == 3
