"""`torch.version`, `torch.__version__`, and the names of types."""

import copy
import importlib
import pickle
import typing

import pytest
import torch
import torch.torch_version

from ..oracle import SELF_CHECK, module_under_test

LIB = module_under_test()
VERSIONS = [
    "2.13.0", "2.13", "2.13.0+cpu", "2.13.0a0", "2.13.0.dev20250101", "2.13.0rc1", "2.13.0.post1", "1.9.1", "junk",
    "2.13.0a0+git1", "2.13.0.post1.dev2", "2.13.0rc1.dev3", "1!1.0", "2.13.0+cpu.2",
]  # fmt: skip
OTHERS = [(2, 13), (2, 13, 0), [1, 9], 3, None, (2, "x")]


def comparisons(lib, text: str) -> list:
    version = importlib.import_module(f"{lib.__name__}.torch_version").TorchVersion(text)
    names = ("__lt__", "__le__", "__eq__", "__ge__", "__gt__")
    return [(name, str(other), getattr(version, name)(other)) for name in names for other in VERSIONS + OTHERS]


@pytest.mark.parametrize("text", VERSIONS)
def test_versions_compare(text):
    assert comparisons(LIB, text) == comparisons(torch, text)


def test_the_version_of_the_package():
    assert LIB.__version__ == LIB.version.__version__
    assert str(LIB.__version__).partition("+")[0] == str(torch.__version__).partition("+")[0]
    assert LIB.__version__ >= (2, 9) and LIB.__version__ < "2.100"
    assert hash(LIB.__version__) == hash(str(LIB.__version__))


@pytest.mark.parametrize("name", ["cuda", "hip", "rocm", "xpu", "debug"])
def test_what_the_package_was_built_with(name):
    assert getattr(LIB.version, name) == getattr(torch.version, name)


def test_an_unknown_name_of_the_version():
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = LIB.version.nothing


def test_types():
    assert set(torch.types.__all__) <= set(dir(LIB.types))
    assert torch.types.Number == LIB.types.Number and torch.types.FileLike == LIB.types.FileLike
    assert LIB.device in typing.get_args(LIB.types.Device)
    assert isinstance(3, LIB.types._Number)


def test_storage_classes():
    t = LIB.ones(2)
    assert isinstance(t.untyped_storage(), LIB.storage.UntypedStorage)
    assert LIB.storage.TypedStorage is LIB.TypedStorage


RETURN_TYPES = [n for n in torch.return_types.__all__ if isinstance(getattr(torch.return_types, n), type)]


def answered(run):
    try:
        return run()
    except Exception as error:
        return type(error), str(error)


@pytest.mark.parametrize("name", RETURN_TYPES)
def test_return_types(name):
    ours, theirs = (getattr(lib.return_types, name) for lib in (LIB, torch))
    assert (ours.__name__, ours.__module__, ours.__match_args__) == (theirs.__name__, theirs.__module__,
                                                                     theirs.__match_args__)  # fmt: skip
    for count in ("n_fields", "n_sequence_fields", "n_unnamed_fields"):
        assert getattr(ours, count) == getattr(theirs, count)
    values = list(range(theirs.n_fields))
    assert repr(ours(values)) == repr(theirs(values))
    for field in theirs.__match_args__:
        assert getattr(ours(values), field) == getattr(theirs(values), field)
        assert repr(getattr(ours, field)) == repr(getattr(theirs, field))


def test_result_tuples():
    def facts(lib):
        cls = lib.return_types.max
        made = cls([1, 2])
        runs = (
            lambda: made + (3,), lambda: made[:1], lambda: tuple(made), lambda: hash(made) == hash((1, 2)),
            lambda: made == (1, 2), lambda: cls((1, 2), {}), lambda: cls((1, 2, 3)), lambda: cls((1,)), lambda: cls(3),
            lambda: cls(iter([1, 2])), lambda: made.nothing, lambda: setattr(made, "values", 1), lambda: len(made),
            lambda: setattr(made, "nothing", 1), lambda: type("Sub", (cls,), {}), lambda: copy.copy(made),
            lambda: copy.deepcopy(made), lambda: hasattr(cls, "_fields"),
            lambda: pickle.loads(pickle.dumps(made)) == made, lambda: type(pickle.loads(pickle.dumps(made))) is cls,
        )  # fmt: skip
        return [repr(answered(run)) for run in runs]

    assert facts(LIB) == facts(torch)


def test_all_return_types():
    assert set(RETURN_TYPES) <= set(LIB.return_types.__all__) <= set(dir(LIB.return_types))
    assert {t.__name__ for t in LIB.return_types.all_return_types} == {
        t.__name__ for t in torch.return_types.all_return_types
    }
    assert LIB.return_types.max in LIB.return_types.all_return_types


def test_results_are_of_return_types():
    assert type(LIB.ones(2, 2).max(0)) is LIB.return_types.max
    assert type(LIB.linalg.slogdet(LIB.eye(2))) is LIB.return_types.linalg_slogdet
    with pytest.raises(AttributeError):
        _ = LIB.return_types.add


def test_former_names():
    scheduler = LIB.optim.lr_scheduler
    assert issubclass(scheduler._LRScheduler, scheduler.LRScheduler)
    assert not issubclass(scheduler.StepLR, scheduler._LRScheduler)
    assert issubclass(LIB.jit.TracerWarning, Warning)
    assert SELF_CHECK or LIB.jit.TracerWarning.__module__ == torch.jit.TracerWarning.__module__
