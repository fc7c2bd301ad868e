"""`jaxtorch coverage` counts the names of PyTorch that there are."""

import pytest

from jaxtorch._cli import coverage
from jaxtorch._cli.main import main


def lines(capsys) -> list[list[str]]:
    return [line.split() for line in capsys.readouterr().out.splitlines() if line.strip()]


def test_the_table(capsys):
    assert main(["coverage", "torch.linalg", "torch.mtia"]) == 0
    head, linalg, mtia, total = lines(capsys)
    assert head == ["namespace", "names", "implemented", "alias", "unsupported", "%"]
    assert linalg[0] == "torch.linalg" and linalg[-1] == "100"
    assert mtia == ["torch.mtia", mtia[1], mtia[1], "0"]
    assert total[:2] == ["all", str(int(linalg[1]) + int(mtia[1]))]


@pytest.mark.parametrize("option", [["--names"], ["--names=all"], ["--names", "all"]])
def test_the_names(capsys, option):
    assert main(["coverage", *option, "torch.fft"]) == 0
    assert ["torch.fft.rfft", "implemented"] in lines(capsys)


def test_the_names_of_one_status(capsys):
    assert main(["coverage", "torch", "--names", "unsupported"]) == 0
    out = capsys.readouterr().out
    assert "torch.miopen_rnn  unsupported: devices other than CPUs and NVIDIA's GPUs\n" in out
    assert "torch.add " not in out and "torch.absolute" not in out


def test_no_such_namespace(capsys):
    assert main(["coverage", "torch.nothing"]) == coverage.UNKNOWN
    told = capsys.readouterr()
    assert told.out == "" and told.err == "jaxtorch coverage: no such namespace of PyTorch: torch.nothing\n"
