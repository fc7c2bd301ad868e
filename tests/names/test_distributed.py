"""torch.distributed: what programs ask before they use several processes."""

import pytest

import jaxtorch as torch


def test_it_says_that_it_is_not_there():
    import jaxtorch.distributed as dist

    assert torch.distributed is dist and dist.is_available() is False
    assert not hasattr(dist, "init_process_group")
    with pytest.raises(AttributeError, match="several processes are not supported"):
        dist.init_process_group("gloo")
    with pytest.raises(ImportError):
        from jaxtorch.distributed import all_reduce  # noqa: F401


def test_names_that_are_not_there_are_no_attributes():
    for name in ("fx", "no_such_name"):
        assert not hasattr(torch, name)


def test_annotations_of_scripts():
    assert torch.jit.annotate(dict[str, int], {"a": 1}) == {"a": 1}

    class Module(torch.nn.Module):
        size: torch.jit.Final[int] = 3

    assert Module().size == 3
