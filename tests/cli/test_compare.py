"""`jaxtorch compare`: how lines and numbers are paired, and what the verdict is."""

import math
import os
import sys

import pytest

from jaxtorch._cli import compare
from jaxtorch._cli.alignment import Difference, align, relative_difference, split


@pytest.mark.parametrize(
    "line, text, numbers",
    [
        ("loss 0.25 at 3", "loss# at#", ["0.25", "3"]),
        ("tensor([ 1.,  -.5, 2e-05])", "tensor([#,#,#])", ["1.", "-.5", "2e-05"]),
        ("nan -inf inf", "###", ["nan", "-inf", "inf"]),
        ("info nancy", "info nancy", []),
        ("conv2 float32 v2.13.0", "conv2 float32 v2.13.0", []),
        ("3ms 50% 10/20", "#ms#%#/#", ["3", "50", "10", "20"]),
        ("cuda:0 torch.Size([2, 3])", "cuda:# torch.Size([#,#])", ["0", "2", "3"]),
        ("<X object at 0x7f3a>", "<X object at <address>>", []),
        ("1 2", "##", ["1", "2"]),
        ("", "", []),
    ],
)
def test_split(line, text, numbers):
    assert split(line) == (text.replace("#", "\0"), numbers)


@pytest.mark.parametrize(
    "a, b, expected",
    [
        ("1", "1.0", 0),
        ("2.0", "3.0", 0.5),
        ("-2", "2", 2),
        ("nan", "nan", 0),
        ("inf", "inf", 0),
        ("inf", "-inf", math.inf),
        ("nan", "1", math.inf),
        ("1", "nan", math.inf),
        ("1", "inf", math.inf),
        ("0", "1e-9", math.inf),
        ("0", "-0.0", 0),
    ],
)
def test_relative_difference(a, b, expected):
    assert relative_difference(a, b) == expected


def test_absolute_tolerance_is_for_noise_about_zero():
    assert relative_difference("0", "1e-9", atol=1e-8) == 0
    assert relative_difference("0", "1e-7", atol=1e-8) == math.inf
    assert relative_difference("nan", "1", atol=1e-8) == math.inf


def test_equal_texts():
    found = align(["a 1", "b 2 3"], ["a 1", "b 2 3"], rtol=0)
    assert (found.numbers, found.largest, found.first) == (3, 0, None)


def test_padding_says_nothing():
    assert align(["[ 1.0, -2.0]"], ["[1.0,   -2.0]"], rtol=0).first is None


def test_numbers_within_and_beyond_the_tolerance():
    lines = ["a 1.0", "b 100.0", "c 3"], ["a 1.0", "b 101.0", "c 4"]
    assert align(*lines, rtol=1).first is None
    found = align(*lines, rtol=1e-3)
    assert found.first == Difference(2, "b 100.0", "b 101.0")
    assert found.numbers == 3 and found.largest == pytest.approx(1 / 3)


def test_lines_whose_words_differ_align_no_numbers():
    found = align(["a 1 2", "b 3"], ["a 1", "b 3"], rtol=1)
    assert found.numbers == 1 and found.first == Difference(1, "a 1 2", "a 1")


@pytest.mark.parametrize("swapped", [False, True])
def test_a_missing_line_is_a_difference(swapped):
    lines = [["a 1", "b 2"], ["a 1"]]
    found = align(*(lines[::-1] if swapped else lines), rtol=1)
    expected = (None, "b 2") if swapped else ("b 2", None)
    assert found.numbers == 1 and found.first == Difference(2, *expected)


@pytest.fixture
def script(tmp_path):
    def write(text: str) -> str:
        (tmp_path / "script.py").write_text(text)
        return "script.py"

    return write


@pytest.fixture
def with_torch(jaxtorch, light_package, tmp_path, script):
    """Compare a script that can tell which of the two it runs under, by `torch.__name__`."""
    (tmp_path / "stand_in").mkdir()
    (tmp_path / "stand_in" / "torch.py").touch()  # what stands for PyTorch must not cost seconds

    def run(text: str, *options: str, arguments=()):
        path = f"{tmp_path / 'stand_in'}{os.pathsep}{light_package}"
        script("import sys, torch\nours = torch.__name__ == 'jaxtorch'\n" + text)
        command = ("compare", *options, "script.py", *arguments)
        return jaxtorch(*command, PYTHONPATH=path, COLUMNS="200")

    return run


def test_runs_that_agree(with_torch):
    done = with_torch("print('loss', 0.5 + ours * 1e-6, sys.argv[1:])", arguments=["--rtol", "9"])
    assert (done.returncode, done.stderr) == (0, "")
    assert "numbers aligned: 2; largest relative difference: 2e-06" in done.stdout
    assert done.stdout.splitlines()[-1] == "PASS"
    assert "wall time" in done.stdout


def test_runs_that_print_other_numbers(with_torch):
    text = "print('start')\nprint('loss', 0.5 + ours * 1e-2)"
    done = with_torch(text)
    assert done.returncode == 1 and done.stdout.splitlines()[-1] == "FAIL"
    assert "line 2" in done.stdout and "loss 0.51" in done.stdout
    assert with_torch(text, "--rtol", "0.1").returncode == 0
    assert with_torch(text, "--atol", "0.1").returncode == 0


def test_brackets_are_not_markup(with_torch):
    done = with_torch("print('[bold]', '[/]', 1 + ours)")
    assert "[bold] [/] 1" in done.stdout and done.stderr == ""


def test_nan_is_equal_to_nan_only(with_torch):
    assert with_torch("print(float('nan'), float('-inf'))").returncode == 0
    done = with_torch("print(float('nan') if ours else 1.0)")
    assert done.returncode == 1 and "largest relative difference: inf" in done.stdout


def test_one_prints_more_lines(with_torch):
    done = with_torch("print(1)\nif not ours: print(2)")
    assert done.returncode == 1 and "(no such line)" in done.stdout


def test_one_fails(with_torch):
    done = with_torch("print(1)\nif ours: raise NotImplementedError('torch.thing')")
    assert done.returncode == 1 and "NotImplementedError: torch.thing" in done.stdout


def test_both_fail_alike(with_torch):
    done = with_torch("raise RuntimeError('expected 3 values')")
    assert done.returncode == 0 and "PASS (both ended with exit status 1)" in done.stdout
    assert done.stdout.count("RuntimeError: expected 3 values") == 2


def test_both_fail_differently(with_torch):
    assert with_torch("raise RuntimeError('a' if ours else 'b')").returncode == 1
    assert with_torch("sys.exit(3 + ours)").returncode == 1


def test_a_run_that_does_not_end(with_torch):
    text = "import time\nprint(1, flush=True)\nif ours: time.sleep(100)"
    done = with_torch(text, "--timeout", "3")
    assert done.returncode == 1 and "stopped after 3 s" in done.stdout


@pytest.mark.skipif(os.name != "posix", reason="POSIX signals")
def test_a_run_that_is_killed(with_torch):
    done = with_torch("import os, signal\nif ours: os.kill(os.getpid(), signal.SIGKILL)")
    assert done.returncode == 1 and "signal SIGKILL" in done.stdout


def test_a_child_left_behind_is_not_waited_for():
    code = "import subprocess, sys; print(1); subprocess.Popen([sys.executable, '-c', {!r}])"
    found = compare.execute([sys.executable, "-c", code.format("import time; time.sleep(20)")], 15)
    assert found.status == 0 and found.stdout == ["1"]


def test_no_such_script(jaxtorch):
    done = jaxtorch("compare", "absent.py")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "jaxtorch compare: no such script: absent.py\n"


def test_without_pytorch(monkeypatch, capsys, tmp_path, script):
    monkeypatch.setattr(compare.importlib.util, "find_spec", lambda name: None)
    assert compare.main([str(tmp_path / script(""))]) == 2
    assert "pip install torch==2.13.0" in capsys.readouterr().err
