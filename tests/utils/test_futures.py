"""torch.futures, step by step against torch."""

from __future__ import annotations

import threading

import pytest

import jaxtorch
from tests.compared import compared


def fails(error):
    raise error


@compared
def test_values_and_callbacks(torch, see):
    Future = torch.futures.Future
    f, seen = Future(), []
    see(f.done())
    doubled = f.then(lambda x: x.value() * 2)
    f.add_done_callback(lambda x: seen.append(x.wait()))
    see([doubled.done(), seen])
    f.set_result(torch.ones(2))
    see([f.done(), f.wait(), f.value(), doubled.wait(), seen])
    f.add_done_callback(lambda x: seen.append(2))
    see([len(seen), f.then(lambda x: "late").value()])
    see(lambda: f.set_result(4))
    see(lambda: f.set_exception(ValueError("late")))
    see(torch.futures.__all__)


@compared
def test_exceptions(torch, see):
    Future = torch.futures.Future
    f = Future()
    see(lambda: f.set_exception(3))
    after = f.then(lambda x: x.wait())
    f.set_exception(ValueError("no value"))
    see(f.done())
    see(lambda: f.wait())
    see(lambda: f.value())
    other = Future()
    broken = other.then(lambda x: fails(KeyError("k")))
    other.set_result(1)
    for failed in (after, broken):  # PyTorch adds where the callback was called
        try:
            failed.wait()
        except RuntimeError as error:
            see(str(error).splitlines()[0])


@compared
def test_several(torch, see):
    Future, collect_all, wait_all = torch.futures.Future, torch.futures.collect_all, torch.futures.wait_all
    a, b, c = Future(), Future(), Future()
    both = collect_all([a, b])
    see(both.done())
    b.set_result(2)
    see(both.done())
    a.set_result(1)
    see([x.wait() for x in both.wait()])
    see([wait_all([a, b]), collect_all([]).wait(), wait_all([])])
    c.set_exception(ValueError("c"))
    see(lambda: wait_all([a, c]))
    see(lambda: collect_all([c, a]).wait())


@compared
def test_another_thread_sets_it(torch, see):
    f = torch.futures.Future()
    thread = threading.Timer(0.05, f.set_result, (9,))
    thread.start()
    see(f.wait())
    thread.join()


def test_what_is_refused():
    futures = jaxtorch.futures
    with pytest.raises(RuntimeError, match="not completed"):
        futures.Future().value()
    with pytest.raises(NotImplementedError, match="devices"):
        futures.Future(devices=["cpu"])
    with pytest.raises(TypeError, match="got int"):
        futures.collect_all([1])


def test_an_error_of_a_done_callback_is_logged(caplog):
    f = jaxtorch.futures.Future()
    f.add_done_callback(lambda x: 1 / 0)
    f.set_result(1)
    assert f.value() == 1 and "ZeroDivisionError: division by zero" in caplog.text
