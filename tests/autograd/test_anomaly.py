"""Anomaly detection: what it says, and when."""

from __future__ import annotations

import re
import warnings

import pytest
import torch as oracle

import jaxtorch
from tests.compared import compared


def leaf(torch, *values):
    return torch.tensor(values, requires_grad=True)


@compared
def test_nan_in_backward(torch, see):
    x = leaf(torch, 0.0, 1.0)

    def run(**options):
        with torch.autograd.detect_anomaly(**options):
            y = (x.sqrt() * 0).sum()
            y.backward()

    def forward_only():
        with torch.autograd.detect_anomaly():
            return (x.sqrt() * 0).sum()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for options in ({}, {"check_nan": False}):
            try:
                run(**options)
                see("passed")
            except RuntimeError as e:
                see(str(e))
        y = forward_only()
        try:
            y.backward()
            see("passed")
        except RuntimeError as e:
            see(str(e))
    x.grad = None


@compared
def test_enabling_warns(torch, see):
    see(lambda: torch.autograd.detect_anomaly().check_nan)
    see(lambda: type(torch.autograd.set_detect_anomaly(False)).__name__)
    anomaly = torch.autograd.anomaly_mode
    see([torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()])
    with anomaly.set_detect_anomaly(True, check_nan=False):
        see([torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()])
    see([torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()])
    torch.autograd.set_detect_anomaly(True)
    see([torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()])
    torch.autograd.set_detect_anomaly(False)
    see(torch.is_anomaly_enabled())


@compared
def test_version_error_points_up(torch, see):
    x = leaf(torch, 1.0, 2.0)
    with torch.autograd.set_detect_anomaly(True):
        y = x.exp()
        z = y * y
        y.add_(1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                z.sum().backward()
            except RuntimeError as e:
                see(str(e))


@compared
def test_raising_function(torch, see):
    class Fail(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, g):
            raise ArithmeticError("no")

    class Nan(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x * y

        @staticmethod
        def backward(ctx, g):
            return g, g * float("nan")

    x = leaf(torch, 1.0)
    for run in (lambda: Fail.apply(x), lambda: Nan.apply(x, x * 2)):
        with torch.autograd.set_detect_anomaly(True), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            y = run()
            try:
                y.sum().backward()
            except Exception as e:  # noqa: BLE001
                see([type(e).__name__, str(e)])


def traced_warning(torch) -> str:
    """The text of the warning that shows where a failing operation was made."""
    x = leaf(torch, 0.0, 1.0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with torch.autograd.set_detect_anomaly(True):
            y = x.sqrt() * 0
            try:
                y.sum().backward()
            except RuntimeError:
                pass
    (warning,) = caught
    assert warning.category is UserWarning
    return str(warning.message)


def test_the_warning_shows_the_line_of_the_forward():
    texts = [traced_warning(lib) for lib in (oracle, jaxtorch)]
    for text in texts:
        assert text.startswith(
            "Error detected in SqrtBackward0. Traceback of forward call that caused the error:\n"
        )
        frames = re.findall(r'File "([^"]+)", line \d+, in (\w+)\n    (.*)', text)
        assert frames[-1][1:] == ("traced_warning", "y = x.sqrt() * 0")


def test_nodes_made_outside_have_no_trace():
    def text(torch):
        x = leaf(torch, 0.0, 1.0)
        y = x.sqrt() * 0
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            with torch.autograd.set_detect_anomaly(True):
                try:
                    y.sum().backward()
                    return "passed", [str(w.message) for w in caught]
                except RuntimeError as e:
                    texts = [str(w.message).split("(Triggered")[0].strip() for w in caught]
                    return str(e), texts

    assert text(jaxtorch) == text(oracle)


def test_errors_in_a_taped_backward_show_both_forwards():
    def texts(torch):
        x = leaf(torch, 4.0, 1.0)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            with torch.autograd.set_detect_anomaly(True):
                y = x.sqrt()
                (g,) = torch.autograd.grad(y.sum(), x, create_graph=True)
                with pytest.raises(RuntimeError) as raised:
                    g.backward(torch.tensor([float("nan"), 1.0]))
        heads = [re.sub(r"File .*", "", str(w.message).split("(Triggered")[0], flags=re.S) for w in caught]
        return str(raised.value).replace("Backward0", ""), [h.strip() for h in heads]

    ours, theirs = texts(jaxtorch), texts(oracle)
    assert len(ours[1]) == len(theirs[1]) == 2
    assert ours[1][1] == theirs[1][1]
