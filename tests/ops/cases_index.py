"""Reading and writing with indices of every kind."""

from __future__ import annotations

from tests.ops.recipes import B, I, S, T, V, bad, op, source

X, CUBE, ROW = T(3, 4), T(2, 3, 4), T(5)
ANY = ("int64", "bool", "bfloat16", "complex64")

#: Names the expressions below may use.
NAMES = {
    "x": X, "c": CUBE, "r": ROW, "z": T(),
    "i": V([2, 0], "int64"), "j": V([1, -1], "int64"), "k": V([[0, 2], [1, 0]], "int64"),
    "n": V(1, "int64"), "u": V([True, False, True], "bool"), "i32": V([0, 1], "int32"),
    "m": V([[True, False, True, False], [False] * 4, [True] * 4], "bool"),
    "f": V([False, True], "bool"), "e": V([], "int64"),
}  # fmt: skip

GETS = (
    "x[0]", "x[-1]", "x[1, 2]", "x[1, -1]", "x[:]", "x[1:]", "x[:2]", "x[::2]", "x[1:1]", "x[5:]", "x[-2:]",
    "x[:, 1]", "x[:, 1:3]", "x[..., 0]", "x[0, ...]", "x[...]", "x[None]", "x[:, None]", "x[..., None]",
    "x[None, 0, None]", "c[0, :, 1:]", "c[:, ::2, ::3]", "c[..., 1, :]", "c[0][1][2]", "r[2]", "z[()]", "z[None]",
    "z[...]", "x[()]", "x[i]", "x[i, j]", "x[k]", "x[i, 1]", "x[1, i]", "x[:, i]", "x[i, :]", "x[i, 1:3]", "x[i, None]",
    "c[:, i]", "c[i - 1]", "c[:, i, j]", "c[f, :, j]" , "c[0, :, i]", "c[i - 1, :, j]", "c[:, i, 1]", "c[i - 1, 0]", "c[..., i]",
    "c[k - 1]", "c[:, k]", "c[None, :, i]", "c[0, i]", "c[0, i, 1:2]", "c[:, k, None]", "x[n]", "x[n, n]", "x[:, n]",
    "x[i32]", "x[[0, 2]]", "x[[0, 2], [1, 3]]", "x[[[0], [2]], [[1, 3]]]", "x[(0, 2),]", "x[range(2)]", "x[e]", "x[:, e]", "x[[]]",
    "x[m]", "x[u]", "x[u, 1]", "x[u, 1:]", "x[:, m[0]]", "x[u, j]" , "c[f]", "c[:, u]", "c[f, 1]",
    "c[:, m]", "c[f][:, m]", "x[True]", "x[False]", "x[None, True]", "z[True]", "x[x > 0]", "r[r > 99]", "x[u][:, i]",
    "x[torch.tensor([[True]]).expand(3, 4)]", "x[i][0]", "x[:, i].t()", "x.t()[i]", "x[::2].t()[j]", "x[i.tolist()]",
    "x[slice(0, 2), 1]", "x[slice(None, None, 3)]", "c[i - 1, i, j]", "c[:, 1][..., j]", "x[n:2]", "x[0:n]", "list(x)[1]", "x[0].tolist()",
    "x[1].item() if x.dim() == 1 else x[1, 1].item()", "[row.sum() for row in x]", "x.take(i)", "x.take(k)", "x[torch.tensor(0)]",
    "x[torch.tensor(True)]", "x[..., ...]", "x.index_select(1, i)", "x[:, [0, 1]]", "x[[True, False, True]]", "x[0, [0, 1]]", "c[[0, 1], :, [1, 2]]",
)  # fmt: skip

SETS = (
    "x[0] = 5", "x[1, 2] = 7.5", "x[:, 1] = 2", "x[...] = 3", "x[:] = r[:4]", "x[1:] = 0", "x[::2, 1::2] = 9", "x[None] = 1",
    "x[:, None, 0] = r[:3, None]", "x[0] = r[:4]", "x[-1] = x[0]", "x[1] = z", "x[0, 0] = z", "x[i] = 4", "x[i] = r[:4]",
    "x[i, j] = r[:2]", "x[i, j] = 3", "x[k] = 1", "x[:, i] = 6", "x[:, i] = r[:3, None]", "x[i, 1:3] = 8", "x[i, None] = 2",
    "x[n] = 3", "x[n, n] = z", "x[m] = 0", "x[m] = r[:4][:1]", "x[m] = r.repeat(2)[:6]", "x[u] = -1", "x[u] = r[:4]", "x[u, 1] = 5", "x[:, m[0]] = 4",
    "x[x > 0] = 0", "x[x > 99] = 1", "x[e] = 1", "x[[0, 2]] = 1", "x[[0, 2], [1, 3]] = r[:2]", "x[True] = 2", "x[False] = 2",
    "x[0] += 1", "x[i] += 1", "x[i, j] *= 2", "x[m] -= r[:1]", "x[:, 1] /= 2", "x[..., 0] **= 2", "x[u] += r[:4]",
    "x[0][1] = 3", "x.t()[1] = 5", "x.t()[i] = 5", "x[::2].t()[j] = 0", "x[0] = x[1] + x[2]", "x[:, 0] = x[:, 1]", "x[1:] = x[:-1].clone()",
    "x[0] = torch.tensor([1, 2, 3, 4])", "x[0, 1] = True", "x[i] = x[i] * 2", "x[[True, False, True]] = 0", "x[i, j] = i.float()",
    "x[0].fill_(3)", "x[1].zero_()", "x[:, 0].mul_(2)", "x.view(-1)[5] = 1", "x.diagonal().fill_(9)", "x.diagonal()[1] = 0", "x.unfold(1, 2, 2)[0, 0] = 4",
    "x.select(0, 1).copy_(r[:4])", "x.narrow(1, 1, 2).add_(1)", "x.data[0] = 8", "x.data.fill_(1)", "x.detach()[0] = 2", "x[1:2, 1:3] = torch.ones(2)",
)  # fmt: skip

BAD_GETS = (
    "x[3]", "x[-4]", "x[0, 4]", "x[0, 0, 0]", "x[:, :, :]", "z[0]", "x[1.5]", "x['a']", "x[::-1]", "x[::0]", "x[i, k, 0]",
    "x[torch.tensor([5])]", "x[torch.tensor([-9])]", "x[:, torch.tensor([4])]", "x[torch.tensor([0.5])]", "x[i, torch.tensor([0, 1, 2])]",
    "x[torch.tensor([True, False])]", "x[m, 0]", "x[m.t()]", "c[m]", "x[i, i, i]", "x[None, 0, 0, 0]", "x[[0, 5]]",
    "x[{}]", "x[x]", "x[1j]", "r[torch.zeros(1, dtype=torch.complex64)]", "x[torch.tensor([True, False, True]), torch.tensor([0, 1, 2])]",
    "x[2:1:-1]", "x[0:'a']", "x[1:2.5]",
)  # fmt: skip
BAD_SETS = (
    "x[3] = 0", "x[0] = r", "x[i] = r", "x[m] = r", "x[m] = x", "x[0] = 'a'", "x[0] = [1, 2, 3, 4]", "x[0, 0] = r", "x[torch.tensor([7])] = 1",
    "x[:, torch.tensor([7])] = 1", "x[1.5] = 1", "x[0] = None", "x[i, j] = r[:3]", "x[u] = r", "x[i] = torch.tensor([1, 2])", "x[::-1] = 1", "z[0] = 1",
    "x[0] = 1j", "x[x.t() > 0] = 1",
)  # fmt: skip

CASES = [
    *[source(text, NAMES, checks=("forward", "grad"), covers=("index", "__getitem__", "slice")) for text in dict.fromkeys(GETS)],
    *[source(text, NAMES, checks=("forward", "inplace", "inplace_grad", "grad"), covers=("index_put", "__setitem__")) for text in SETS],
    *[source(text, NAMES, checks=("dtype",), dtypes=ANY) for text in ("x[i]", "x[m]", "x[:, 1:3]", "x[i, j]", "x[0] = 1", "x[i] = 1", "x[m] = 0", "x[0] = 2.5")],
    *[source(text, NAMES, checks=("layouts", "backward", "saved")) for text in ("x[i]", "x[m]", "x[:, i]", "c[:, i, j]", "x[1:, ::2]", "x[i] = r[:4]", "x[m] = 0", "x[:, 1:3] = 1")],
    op("operator.getitem", S(X, 1), S(X, I(2, n=3)), checks=("forward", "grad")),
    op("index_select", S(X, 1, V([2, 0, 2], "int64")), S(X, -2, V([1], "int32")), S(CUBE, 1, V([], "int64")), S(T(), 0, V([0], "int64")), S(X, 0, V(1, "int64")), dtypes=ANY),
    op("gather", S(X, 1, I(3, 2, n=4)), S(X, 0, I(2, 4, n=3)), S(CUBE, 2, I(2, 2, 2, n=4)), S(X, 1, I(3, 2, n=4), sparse_grad=False), S(T(), 0, V(0, "int64")), dtypes=ANY),
    op("scatter", S(X, 1, V([[0, 1], [2, 3], [1, 0]], "int64"), T(3, 2)), S(X, 0, V([[0, 1, 2, 0]], "int64"), T(2, 4)), S(X, 1, V([[0], [1], [3]], "int64"), 2.5), S(X, 1, V([[0, 0], [1, 1], [2, 2]], "int64"), 3.0, reduce="add"), S(X, 1, V([[0, 0], [1, 1], [2, 2]], "int64"), T(3, 2, grad=False), reduce="multiply"), dtypes=ANY),
    op("scatter_add", S(X, 1, V([[0, 0], [2, 3], [1, 1]], "int64"), T(3, 2)), S(X, 0, I(2, 4, n=3), T(3, 4)), dtypes=ANY),
    *[op("scatter_reduce", S(X, 1, V([[0, 0, 1], [2, 2, 2], [3, 1, 1]], "int64"), T(3, 3), r), S(X, 1, V([[0, 0, 1], [2, 2, 2], [3, 1, 1]], "int64"), T(3, 3), r, include_self=False)) for r in ("sum", "prod", "mean", "amax", "amin")],
    op("index_add", S(X, 0, V([0, 0, 2], "int64"), T(3, 4)), S(X, 1, V([3, 1], "int64"), T(3, 2), alpha=2.5), S(ROW, 0, V([4, 4], "int32"), T(2)), dtypes=ANY),
    op("index_copy", S(X, 0, V([2, 0], "int64"), T(2, 4)), S(X, 1, V([3, 1], "int64"), T(3, 2)), dtypes=ANY),
    op("index_fill", S(X, 0, V([2, 0], "int64"), 2.5), S(X, 1, V([3, 1], "int64"), T()), S(X, 1, V(1, "int64"), 1), dtypes=ANY),
    *[op("index_reduce", S(X, 0, V([0, 0, 2], "int64"), T(3, 4), r), S(X, 0, V([0, 0, 2], "int64"), T(3, 4), r, include_self=False)) for r in ("prod", "mean", "amax", "amin")],
    op("index_put", S(X, (V([0, 2], "int64"), V([1, 3], "int64")), T(2)), S(X, (V([0, 0], "int64"),), T(4), True), S(X, (V([0, 0], "int64"), V([1, 1], "int64")), V([1.0, 2.0]), accumulate=True), S(X, (V([True, False, True], "bool"),), T()), S(X, [V([0, 2], "int64")], T(2, 4)), dtypes=ANY),
    op("take", S(X, V([0, 11, -1], "int64")), S(X, V([[0, 1], [5, 5]], "int64")), dtypes=ANY),
    op("Tensor.put_", S(X, V([0, 11, -1], "int64"), T(3)), S(X, V([0, 0, 3], "int64"), T(3), True), dtypes=ANY),
    op("put", S(X, V([0, 11, -1], "int64"), T(3)), S(X, V([0, 0, 3], "int64"), T(3), accumulate=True), dtypes=ANY),
    op("take_along_dim", S(X, I(3, 2, n=4), 1), S(X, I(1, 4, n=3), dim=0), S(X, V([0, 7], "int64")), dtypes=ANY),
    op("masked_fill", S(X, B(3, 4), 2.5), S(X, B(4), 0), S(X, B(3, 1), T()), S(ROW, B(2, 5), 1.0), S(X, B(), -1), dtypes=ANY),
    op("masked_select", S(X, V([[True, False, True, False]] * 3, "bool")), S(X, V([True, False, False, True], "bool")), S(ROW, B(2, 5)), S(X, V([[False] * 4], "bool")), dtypes=ANY),
    op("masked_scatter", S(X, B(3, 4), T(12)), S(X, B(4), T(3, 4)), dtypes=ANY),
    op("nonzero", S(T(2, 3, lo=0, hi=2, dtype="int64")), S(V([0.0, 1.0, 2.0])), S(V(1.0)), S(V(0.0)), S(T(2, 3, dtype="bool"), as_tuple=True), S(T(0, 2)), S(V([[1.0, 0.0], [0.0, 2.0]]), as_tuple=True)),
    op("argwhere", S(V([[1.0, 0.0], [0.0, 2.0]])), S(V(3.0))),
    op("Tensor.masked_fill_", S(X, B(3, 4), 2.5), S(X, B(4), T())),
    op("Tensor.index_fill_", S(X, 0, V([1], "int64"), 3.0)),
    op("Tensor.scatter_", S(X, 1, V([[0], [1], [3]], "int64"), 2.5), S(X, 1, V([[0, 1], [2, 3], [1, 0]], "int64"), T(3, 2))),
    source("x.scatter_(1, i, 1.0)", {"x": T(3, 4), "i": V([[0], [2], [3]], "int64")}),
    source("x.scatter_(1, i, 1, reduce='add')", {"x": T(3, 4), "i": V([[0], [2], [3]], "int64")}, checks=("forward",)),
    source("x.expand(2, 5)[0] = 1", {"x": ROW}),
    source("x.masked_fill_(m, 1.5)", {"x": T(2, dtype="int64"), "m": B(2)}, checks=("forward",)),
    source("torch.zeros(3, 4).scatter_(1, i, 1)", {"i": V([[0], [2], [3]], "int64")}),
    source("x.index_put_((i, j), y, accumulate=True)", {"x": X, "i": I(3, n=3), "j": I(3, n=4), "y": T(3)}),
]  # fmt: skip

IDX = V([[0, 5]], "int64")
REFUSALS = [
    *[bad(text, **NAMES) for text in BAD_GETS],
    *[bad(text, **NAMES) for text in BAD_SETS],
    bad("torch.index_select(x, 0, i)", x=X, i=V([3], "int64")),
    bad("torch.index_select(x, 0, i)", x=X, i=V([-1], "int64")),
    bad("torch.index_select(x, 0, i)", x=X, i=V([[0]], "int64")),
    bad("torch.index_select(x, 0, i)", x=X, i=V([0.0])),
    bad("torch.index_select(x, 2, i)", x=X, i=V([0], "int64")),
    bad("torch.gather(x, 1, i)", x=X, i=IDX),
    bad("torch.gather(x, 1, i)", x=X, i=V([[-1]], "int64")),
    bad("torch.gather(x, 1, i)", x=X, i=V([0], "int64")),
    bad("torch.gather(x, 1, i)", x=X, i=V([[0], [0], [0], [0]], "int64")),
    bad("torch.gather(x, 1, i)", x=X, i=V([[0.0]])),
    bad("torch.gather(x, 2, i)", x=X, i=V([[0]], "int64")),
    bad("torch.scatter(x, 1, i, y)", x=X, i=IDX, y=T(3, 2)),
    bad("torch.scatter(x, 1, i, y)", x=X, i=V([[0, 1]], "int64"), y=T(1, 1)),
    bad("torch.scatter(x, 1, i, y)", x=X, i=V([[0, 1]], "int64"), y=T(1, 2, dtype="float64")),
    bad("torch.scatter(x, 1, i, 1.0)", x=X, i=V([[0.0]])),
    bad("torch.scatter(x, 1, i, y, reduce='no')", x=X, i=V([[0, 1]], "int64"), y=T(1, 2)),
    bad("torch.scatter_add(x, 1, i, y)", x=X, i=IDX, y=T(3, 2)),
    bad("torch.scatter_reduce(x, 1, i, y, 'no')", x=X, i=V([[0, 1]], "int64"), y=T(1, 2)),
    bad("torch.index_add(x, 0, i, y)", x=X, i=V([0, 7], "int64"), y=T(2, 4)),
    bad("torch.index_add(x, 0, i, y)", x=X, i=V([0, 1], "int64"), y=T(3, 4)),
    bad("torch.index_add(x, 0, i, y)", x=X, i=V([0], "int64"), y=T(1, 4, dtype="int64")),
    bad("torch.index_copy(x, 0, i, y)", x=X, i=V([0, 7], "int64"), y=T(2, 4)),
    bad("torch.index_copy(x, 0, i, y)", x=X, i=V([0, 1], "int64"), y=T(2, 3)),
    bad("torch.index_fill(x, 0, i, 1.0)", x=X, i=V([7], "int64")),
    bad("torch.index_fill(x, 0, i, y)", x=X, i=V([0], "int64"), y=T(2)),
    bad("torch.take(x, i)", x=X, i=V([12], "int64")),
    bad("torch.take(x, i)", x=X, i=V([0.0])),
    bad("x.put_(i, y)", x=X, i=V([0, 1], "int64"), y=T(3)),
    bad("x.put_(i, y)", x=X, i=V([12], "int64"), y=T(1)),
    bad("torch.take_along_dim(x, i, 0)", x=X, i=V([0], "int64")),
    bad("torch.masked_fill(x, m, 1.0)", x=X, m=V([1, 0, 1, 0], "int64")),
    bad("torch.masked_fill(x, m, 1.0)", x=X, m=B(3)),
    bad("torch.masked_fill(x, m, y)", x=X, m=B(3, 4), y=T(3)),
    bad("torch.masked_select(x, m)", x=X, m=V([1, 0, 1, 0], "int64")),
    bad("torch.masked_select(x, m)", x=X, m=B(3)),
    bad("torch.masked_scatter(x, m, y)", x=X, m=V([[True] * 4] * 3, "bool"), y=T(2)),
    bad("torch.masked_scatter(x, m, y)", x=X, m=B(3, 4), y=T(12, dtype="float64")),
    bad("x.index_put_((i,), y)", x=X, i=V([7], "int64"), y=T(4)),
    bad("x.index_put_((i,), y)", x=X, i=V([0], "int64"), y=T(4, dtype="float64")),
    bad("x.index_put_((i, i, i), y)", x=X, i=V([0], "int64"), y=T(1)),
    bad("x[i][9]", x=X, i=V([0], "int64")),
    bad("del x[0]", x=X),
    bad("x.requires_grad_()[0] = 1", x=X),
    bad("x.requires_grad_()[torch.tensor([0])] = 1", x=X),
    bad("x.expand(2, 5)[:] = 1", x=ROW),
]  # fmt: skip
