"""`import torch` finds jaxtorch: one module object under both names, and only where installed."""

import textwrap

import pytest


@pytest.fixture
def check(execute):
    """Run statements in a fresh process after `alias_torch` has been imported."""

    def run(statements: str) -> str:
        prelude = "import sys, jaxtorch\nfrom jaxtorch._compat import alias_torch\n"
        done = execute("-c", prelude + textwrap.dedent(statements))
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_both_names_are_one_module(check):
    check("""
        alias_torch.install()
        import torch, torch.nn as nn, torch.nn.functional as F
        from torch.utils.data import DataLoader
        from torch import nn as again
        import jaxtorch.nn.functional, jaxtorch.utils.data
        assert torch is jaxtorch and nn is again is jaxtorch.nn
        assert F is jaxtorch.nn.functional
        assert DataLoader is jaxtorch.utils.data.DataLoader
        assert sys.modules["torch.nn"] is sys.modules["jaxtorch.nn"]
        assert torch.nn.__name__ == torch.nn.__spec__.name == "jaxtorch.nn"
    """)


def test_each_module_is_executed_once(check, light_package, tmp_path):
    (light_package / "jaxtorch" / "counted.py").write_text("print('executed')\n")
    out = check("""
        alias_torch.install()
        import torch.counted, jaxtorch.counted
        from torch import counted
    """)
    assert out == "executed\n"


def test_install_is_lazy_and_idempotent(check):
    check("""
        before = list(sys.meta_path), list(sys.path)
        alias_torch.install()
        after = list(sys.meta_path), list(sys.path)
        alias_torch.install()
        assert (list(sys.meta_path), list(sys.path)) == after != before
        assert not any(name.split(".")[0] == "torch" for name in sys.modules)
        assert sys.path[0] == before[1][0]
        alias_torch.uninstall()
        assert (list(sys.meta_path), list(sys.path)) == before
        alias_torch.uninstall()
    """)


def test_uninstall_forgets_the_names_of_torch_only(check):
    check("""
        with alias_torch.aliased():
            import torch.nn
        assert not any(name.split(".")[0] == "torch" for name in sys.modules)
        assert sys.modules["jaxtorch.nn"] is torch.nn
        alias_torch.install()
        with alias_torch.aliased():
            pass
        import torch.nn  # still there: it was installed before the block
    """)


def test_a_module_that_is_not_there_is_named(check):
    out = check("""
        alias_torch.install()
        for name in ("torch.absent", "torch.nn.absent", "torch._ops", "torch._core.tensor"):
            try:
                __import__(name)
            except ModuleNotFoundError as error:
                print(error.name, "|", error)
    """)
    assert out.splitlines() == [
        "torch.absent | No module named 'torch.absent': jaxtorch does not provide it",
        "torch.nn.absent | No module named 'torch.nn.absent': jaxtorch does not provide it",
        "torch._ops | No module named 'torch._ops': jaxtorch does not provide it",
        "torch._core | No module named 'torch._core': jaxtorch does not provide it",
    ]


def test_an_import_error_inside_a_module_is_its_own(check):
    out = check("""
        alias_torch.install()
        try:
            import torch.broken
        except ModuleNotFoundError as error:
            print(error)
        assert "torch.broken" not in sys.modules
    """)
    assert out == "No module named 'module_that_is_absent'\n"


def test_find_spec_answers_without_importing(check):
    check("""
        from importlib.util import find_spec
        alias_torch.install()
        spec = find_spec("torch")
        assert spec.name == "torch" and spec.submodule_search_locations == jaxtorch.__path__
        assert spec.origin == jaxtorch.__file__
        assert "torch" not in sys.modules
        assert find_spec("torch.nn").name == "torch.nn" and "torch.nn" not in sys.modules
        assert find_spec("torch.absent") is None
        import torch
        assert find_spec("torch") is not None
    """)


def test_a_module_made_by_hand_is_found(check):
    check("""
        import types
        alias_torch.install()
        sys.modules["jaxtorch.made"] = made = types.ModuleType("jaxtorch.made")
        import torch.made
        assert sys.modules["torch.made"] is made
    """)


def test_a_function_over_a_module_of_its_name_stays(check, light_package):
    folder = light_package / "jaxtorch" / "launching"
    folder.mkdir()
    (folder / "__init__.py").write_text("from .launch import launch\n")
    (folder / "launch.py").write_text("class Failed(Exception): pass\ndef launch(): return 3\n")
    out = check("""
        alias_torch.install()
        import torch
        import torch.launching as launching
        from torch.launching.launch import Failed
        print(launching.launch(), Failed.__module__)
    """)
    assert out == "3 jaxtorch.launching.launch\n"


def test_the_distribution_is_found(check):
    out = check("""
        import importlib.metadata as metadata
        alias_torch.install()
        print(metadata.version("torch"), metadata.metadata("torch")["Name"])
        print(metadata.packages_distributions()["torch"][0])
    """)
    assert out == "2.13.0 torch\ntorch\n"


@pytest.mark.parametrize("statement", ["install()", "aliased().__enter__()"])
def test_pytorch_itself_is_not_replaced(check, tmp_path, statement):
    (tmp_path / "torch.py").touch()  # found in the working folder: stands for PyTorch itself
    out = check(f"""
        import torch
        try:
            alias_torch.{statement}
        except RuntimeError as error:
            print(error)
        assert sys.modules["torch"] is torch is not jaxtorch
        assert not any(entry == alias_torch.PATH_ENTRY for entry in sys.path)
    """)
    assert "PyTorch itself is already imported in this process, from " in out
    assert "`jaxtorch run`" in out


def test_the_path_entry_alone_gives_the_alias(execute, check):
    entry = check("print(alias_torch.PATH_ENTRY)").strip()
    out = check(f"""
        import importlib.metadata
        sys.path.insert(1, {entry!r})
        assert importlib.metadata.version("torch") == "2.13.0"
        import torch, torch.nn
        assert torch is jaxtorch and torch.nn is jaxtorch.nn
        assert sys.path.count({entry!r}) == 1
        print("done")
    """)
    assert out == "done\n"
