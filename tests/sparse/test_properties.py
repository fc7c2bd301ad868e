"""What holds for every sparse tensor: round trips, and that operations are those of dense tensors."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ..oracle import module_under_test

SIZES = (3, 4)  # one shape: what varies is the pattern


@st.composite
def coordinates(draw, shared=0):
    """(indices, values) of a matrix, out of order: four coordinates, two of them twice; or none.

    ``shared``: two of them, of which two coordinates are in both. How many there are never varies, for each
    number of values has programs of its own.
    """
    order = draw(st.permutations(range(SIZES[0] * SIZES[1])))
    found = []
    for cells in (order[:4], order[2:6])[: 2 if shared else 1]:
        at = draw(st.permutations([*cells, *cells[:2]]))[: draw(st.sampled_from([6, 6, 0]))]
        values = draw(st.lists(st.sampled_from([-2, -1, 1, 3]), min_size=len(at), max_size=len(at)))
        where = np.stack(np.unravel_index(np.asarray(at, np.int64), SIZES)).reshape(2, -1)
        found.append((where, np.asarray(values, np.float64)))
    return found if shared else found[0]


def whole(indices, values) -> np.ndarray:
    out = np.zeros(SIZES)
    np.add.at(out, tuple(indices), values)
    return out


@settings(max_examples=20)
@given(coordinates())
def test_round_trips(made):
    torch, dense = module_under_test(), whole(*made)
    s = torch.sparse_coo_tensor(torch.from_numpy(made[0]), torch.from_numpy(made[1]), SIZES)
    c = s.coalesce()
    assert c.is_coalesced() and (np.diff(c.indices().numpy().T @ [SIZES[1], 1]) > 0).all()
    for form in (s, c, c.to_sparse_csr(), c.to_sparse_csc(), c.to_sparse_csr().to_sparse_coo(),
                 c.to_sparse_csc().to_sparse_csr(), c.to_sparse_bsr((3, 2)), c.to_sparse_bsc((1, 2)).to_sparse_coo(),
                 s.to_dense().to_sparse(), s.to_dense().to_sparse(1), s.to_dense().to_sparse_bsr((1, 4))):  # fmt: skip
        np.testing.assert_array_equal(form.to_dense().numpy(), dense)


@settings(max_examples=20)
@given(coordinates(shared=2))
def test_operations_are_those_of_dense_tensors(made):
    first, second = made
    torch = module_under_test()
    x, y = whole(*first), whole(*second)
    a, b = (torch.sparse_coo_tensor(torch.from_numpy(i), torch.from_numpy(v), SIZES) for i, v in (first, second))
    p, q = a.coalesce().to_sparse_csr(), b.coalesce().to_sparse_csr()
    right = np.arange(8.0).reshape(4, 2)
    w = torch.from_numpy(right)
    for found, wanted in (
        (a + b, x + y), (a - b, x - y), (a * b, x * y), (a.coalesce() + b.coalesce(), x + y), (p + q, x + y),
        (p * q, x * y), (a.t(), x.T), (torch.cat([a, b], 1), np.concatenate([x, y], 1)), (a * 3, x * 3),
    ):  # fmt: skip
        assert found.layout is not torch.strided
        np.testing.assert_array_equal(found.to_dense().numpy(), wanted)
    for found, wanted in (
        (torch.sparse.mm(a, w), x @ right), (p @ w, x @ right), (w.t() @ a.t(), right.T @ x.T),
        (a @ w[:, 1], x @ right[:, 1]), (a.sum(), x.sum()),
        (torch.ones(SIZES, dtype=torch.float64).add(a, alpha=2), 1 + 2 * x),
    ):  # fmt: skip
        assert found.layout is torch.strided
        np.testing.assert_array_equal(found.numpy(), wanted)


def test_products_of_patterns():
    """Each number of values has programs of its own, so these are few."""
    torch = module_under_test()
    for seed in range(3):
        generator = np.random.default_rng(seed)
        x, y = (generator.integers(-2, 3, SIZES) * (generator.random(SIZES) < 0.4) * 1.0 for _ in range(2))
        a, b = torch.from_numpy(x).to_sparse(), torch.from_numpy(y).to_sparse()
        found = torch.sparse.mm(a, b.t())
        assert found.is_coalesced()
        np.testing.assert_array_equal(found.to_dense().numpy(), x @ y.T)
        rows = a.to_sparse_csr() @ b.to_sparse_csr().t().to_sparse_csr()
        np.testing.assert_array_equal(rows.to_dense().numpy(), x @ y.T)
        picked = a.index_select(1, torch.tensor([2, 0]))
        for part, wanted in ((a[1], x[1]), (a.sum(1), x.sum(1)), (picked, x[:, [2, 0]])):
            np.testing.assert_array_equal(part.to_dense().numpy(), wanted)
