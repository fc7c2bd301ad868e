"""`jaxtorch run` starts a program as `python` does, but for what `torch` means."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SHOW = """
import sys
print(sys.argv, sys.path[0], __name__, __spec__ and __spec__.name, __package__, __cached__)
print(globals().get("__file__"), type(__loader__).__name__, __builtins__.__name__, __doc__)
print(sys.modules["__main__"].__dict__ is globals(), sorted({*globals()} - {"__annotations__"}))
"""

FAILURES = {
    "raise": "def f():\n    raise ValueError('bad')\n\nf()\n",
    "chained": "try:\n    1 / 0\nexcept ZeroDivisionError:\n    raise KeyError('k')\n",
    "syntax": "x = (\n",
    "exit status": "import sys\nsys.exit(7)\n",
    "exit text": "raise SystemExit('bye')\n",
    "exit none": "raise SystemExit\n",
    "own hook": "import sys\nsys.excepthook = lambda *a: print(a[1], a[2].tb_lineno)\n1/0\n",
    "interrupt": "raise KeyboardInterrupt\n",
    "at exit": "import atexit\natexit.register(print, 'end')\n1/0\n",
    "annotations": "from typing import get_type_hints\nx: Absent = 1\n",
}


@pytest.fixture
def same_as_python(execute, jaxtorch):
    """Run the arguments under `python` and `jaxtorch run`; both must do the same."""

    def check(*arguments: str):
        expected, found = execute(*arguments), jaxtorch("run", *arguments)
        assert found.stdout == expected.stdout
        assert found.stderr == expected.stderr
        assert found.returncode == expected.returncode
        return found

    return check


@pytest.mark.parametrize("folder", [".", "deeper"])
def test_script_sees_what_python_shows_it(same_as_python, tmp_path, folder):
    (tmp_path / folder).mkdir(exist_ok=True)
    (tmp_path / folder / "show.py").write_text('"""Its text."""\n' + SHOW)
    done = same_as_python(f"{folder}/show.py", "a", "--rtol", "-m", "x y")
    assert "'--rtol', '-m', 'x y']" in done.stdout


def test_script_behind_a_link(same_as_python, tmp_path):
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "show.py").write_text(SHOW)
    (tmp_path / "link.py").symlink_to("deeper/show.py")
    same_as_python("link.py")


def test_module_sees_what_python_shows_it(same_as_python, tmp_path):
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").touch()
    (tmp_path / "package" / "__main__.py").write_text(SHOW)
    (tmp_path / "package" / "show.py").write_text(SHOW)
    same_as_python("-m", "package", "-c", "1")
    same_as_python("-m", "package.show")


def test_code_sees_what_python_shows_it(same_as_python):
    same_as_python("-c", SHOW.replace(", __cached__", "").replace("type(__loader__)", "type"), "-m")


@pytest.mark.parametrize("text", FAILURES.values(), ids=FAILURES)
def test_endings_are_pythons(same_as_python, tmp_path, text):
    (tmp_path / "script.py").write_text(text)
    same_as_python("script.py")


def test_traceback_of_code_and_module_start_in_the_program(jaxtorch, tmp_path):
    (tmp_path / "module.py").write_text("1 / 0\n")
    file_of = {("-c", "1 / 0"): "<string>", ("-m", "module"): tmp_path / "module.py"}
    for arguments, file in file_of.items():
        lines = jaxtorch("run", *arguments).stderr.splitlines()
        assert lines[:2] == [
            "Traceback (most recent call last):",
            f'  File "{file}", line 1, in <module>',
        ]
        assert lines[-1] == "ZeroDivisionError: division by zero"


@pytest.mark.skipif(os.name != "posix", reason="POSIX signals")
def test_an_interrupt_ends_the_process_by_its_signal(jaxtorch):
    assert jaxtorch("run", "-c", "raise KeyboardInterrupt").returncode == -signal.SIGINT


@pytest.mark.parametrize(
    "arguments, status, message",
    [
        (["absent.py"], 2, "can't open file 'absent.py': No such file or directory"),
        (["."], 2, "can't open file '.': Is a directory"),
        (["-m", "absent"], 1, "No module named absent"),
        (["-m", "absent.deeper"], 1, "No module named absent.deeper"),
        (["-m", "xml"], 1, "'xml' is a package and cannot be directly executed"),
        (["-m"], 2, "argument expected for -m"),
        (["-c"], 2, "argument expected for -c"),
        (["--fast", "x.py"], 2, "unrecognized arguments: --fast"),
        ([], 2, "a script, -m module or -c code is needed"),
    ],
)
def test_programs_that_cannot_start(jaxtorch, arguments, status, message):
    done = jaxtorch("run", *arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert message in done.stderr and "Traceback" not in done.stderr


def test_torch_is_jaxtorch(jaxtorch, tmp_path):
    (tmp_path / "library.py").write_text("import torch.nn as nn\n")
    (tmp_path / "script.py").write_text(
        "import torch, library, jaxtorch\n"
        "import importlib.metadata\n"
        "assert torch is jaxtorch and library.nn is jaxtorch.nn\n"
        "print(importlib.metadata.version('torch'))\n"
    )
    done = jaxtorch("run", "script.py")
    assert (done.stdout, done.stderr) == ("2.13.0\n", "")


def test_a_module_of_torch_can_be_run(jaxtorch):
    assert jaxtorch("run", "-m", "torch.utils.tool").stdout.startswith("tool __main__")


CHILDREN = """
import multiprocessing, subprocess, sys
import torch

def work(x):
    return torch.__name__, x + 1

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with context.Pool(1) as pool:
        print(pool.apply(work, (1,)))
    code = "import torch, importlib.metadata as m; print(torch.__name__, m.version('torch'))"
    subprocess.run([sys.executable, "-c", code], check=True)
"""


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_child_processes_find_the_same_torch(jaxtorch, tmp_path, method):
    if method == "forkserver" and sys.platform == "win32":
        pytest.skip("no forkserver on Windows")
    (tmp_path / "script.py").write_text(CHILDREN)
    done = jaxtorch("run", "script.py", method)
    assert done.stderr == ""
    assert sorted(done.stdout.splitlines()) == ["('jaxtorch', 2)", "jaxtorch 2.13.0"]


def test_help_and_version(jaxtorch):
    assert "run a PyTorch program" in jaxtorch("--help").stdout
    assert "jaxtorch run [-h]" in jaxtorch("run", "--help").stdout
    assert "jaxtorch-compat" in jaxtorch("--version").stdout
    assert jaxtorch().returncode == 2
    done = jaxtorch("walk")
    assert done.returncode == 2 and "no command 'walk'" in done.stderr


def test_the_console_script_does_without_the_package(execute, light_package, tmp_path):
    """It loads the command alone, and imports jaxtorch only to run a program."""
    source = Path(light_package, "jaxtorch", "_cli", "command.py").read_text()
    (tmp_path / "_jaxtorch_command.py").write_text(source)
    start = "import sys, _jaxtorch_command as c; sys.argv[1:] = {}; status = c.main(); "
    loaded = "print('jaxtorch' in sys.modules, status)"
    done = execute("-c", start.format(["--version"]) + loaded)
    assert done.stdout.splitlines()[-1] == "False 0", done.stderr
    (tmp_path / "script.py").write_text("import torch, jaxtorch; assert torch is jaxtorch")
    done = execute("-c", start.format(["run", "script.py"]) + loaded)
    assert done.stdout == "True 0\n", done.stderr


def test_the_real_package_under_its_two_names(tmp_path):
    (tmp_path / "script.py").write_text(
        "import torch, jaxtorch, torch.nn.functional as F\n"
        "from torch.utils.data import DataLoader\n"
        "import jaxtorch.nn.functional, jaxtorch.utils.data\n"
        "assert torch is jaxtorch and F is jaxtorch.nn.functional\n"
        "assert DataLoader is jaxtorch.utils.data.DataLoader\n"
        "print(torch.ones(2).add(1).tolist())\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "jaxtorch", "run", tmp_path / "script.py"],
        env={
            **{k: v for k, v in os.environ.items() if not k.startswith("JAX_COMPILATION_CACHE")},
            "XDG_CACHE_HOME": str(tmp_path / "cache"),
        },
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("[2.0, 2.0]\n", "", 0)
    assert list((tmp_path / "cache" / "jaxtorch" / "xla").iterdir())  # compiled programs are kept
