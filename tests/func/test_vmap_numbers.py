"""`vmap` inside a compiled function whose arguments are Python numbers: they are no random draws."""

import pytest

import jaxtorch as torch


def test_numbers_are_no_draws():
    @torch.compile
    def scaled(x, n):
        return torch.vmap(lambda row: row * n)(x)

    x = torch.ones(2, 3)
    assert [scaled(x, n).sum().item() for n in (1, 2, 3.5, 2)] == [6.0, 12.0, 21.0, 12.0]


def test_draws_are():
    @torch.compile
    def noisy(x, n):
        return torch.vmap(lambda row: row * n + torch.rand(3))(x)

    for n in (1, 2):
        with pytest.raises(RuntimeError, match="called random operation"):
            noisy(torch.ones(2, 3), n)
