"""Sparse tensors in programs: optimizers, modules, files, copies, compiled functions, refusals."""

import copy
import io
import pickle
import warnings

import pytest
import torch as pytorch

from ..oracle import module_under_test
from .outcome import compare


def trained(torch):
    """A function that makes steps of an optimizer on a table with sparse gradients."""

    def train(name, **options):
        m = torch.nn.Embedding(5, 2, sparse=True)
        with torch.no_grad():
            m.weight.copy_(torch.arange(10.0).reshape(5, 2) / 7 - 0.5)
        optimizer = getattr(torch.optim, name)(m.parameters(), **options)
        for at in ([1, 0, 1], [3, 0, 1], [3, 0, 1]):
            optimizer.zero_grad()
            m(torch.tensor(at)).pow(2).sum().backward()
            optimizer.step()
        state = dict(optimizer.state[m.weight])
        if "momentum_buffer" in state:
            state["momentum_buffer"] = state["momentum_buffer"].to_dense()
        return m.weight.detach(), sorted(state), [state[k] for k in sorted(state)]

    return {"train": train}


@pytest.mark.parametrize("expression", """
train('SGD',lr=.1)
train('SGD',lr=.1,momentum=.9)
train('SGD',lr=.1,momentum=.9,dampening=.2)
train('SGD',lr=.1,momentum=.9,nesterov=True)
train('SGD',lr=.1,maximize=True)
train('SGD',lr=.1,weight_decay=.9)
train('SGD',lr=.1,fused=True)
train('SparseAdam',lr=.1)
train('SparseAdam',lr=.1,betas=(.5,.6),eps=1e-3,maximize=True)
train('Adagrad',lr=.1)
train('Adagrad',lr=.1,lr_decay=.3,initial_accumulator_value=.5,maximize=True)
train('Adagrad',lr=.1,weight_decay=.1)
train('Adagrad',lr=.1,fused=True)
train('Adam',lr=.1)
train('AdamW',lr=.1)
train('NAdam',lr=.1)
train('RAdam',lr=.1)
train('Adamax',lr=.1)
train('ASGD',lr=.1)
train('RMSprop',lr=.1)
train('Rprop',lr=.1)
train('Adadelta',lr=.1)
torch.optim.SparseAdam([D],lr=-1)
torch.optim.SparseAdam([D],eps=-1)
torch.optim.SparseAdam([D],betas=(2,.1))
""".strip().splitlines())  # fmt: skip
def test_optimizers_are_as_in_pytorch(expression):
    compare(expression, trained, text=False)


def test_sparse_adam_refuses_dense_gradients():
    torch = module_under_test()
    w = torch.ones(2, requires_grad=True)
    w.sum().backward()
    with pytest.raises(RuntimeError, match="SparseAdam does not support dense gradients, please consider Adam instead"):
        torch.optim.SparseAdam([w]).step()


@pytest.mark.parametrize("make", ["U", "S", "C", "C.to_sparse_csc()", "H", "B", "S.double()"])
def test_files_are_those_of_pytorch(make):
    from .outcome import facts, names_of

    torch = module_under_test()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for source, target in ((torch, pytorch), (pytorch, torch), (torch, torch)):
            file, given = io.BytesIO(), eval(make, names_of(source))  # noqa: S307
            source.save({"a": given}, file)
            file.seek(0)
            assert str(facts(target.load(file)["a"])) == str(facts(given))


def test_copies():
    torch = module_under_test()
    s = torch.eye(2).to_sparse().requires_grad_()
    s.to_dense().sum().backward()
    deep, again = copy.deepcopy(s), pickle.loads(pickle.dumps(s.detach()))
    assert deep.requires_grad and deep.grad.to_dense().equal(torch.eye(2)) and deep.grad is not s.grad
    deep.detach().neg_()
    assert s.to_dense().equal(torch.eye(2)) and again.to_dense().equal(torch.eye(2))
    with pytest.raises(RuntimeError, match="Only Tensors created explicitly by the user"):
        copy.deepcopy(s * 2)


def test_components_share_memory_as_in_pytorch():
    torch = module_under_test()
    v = torch.ones(2)
    s = torch.sparse_coo_tensor([[0, 1]], v, (3,))
    v.mul_(2)
    s._values().add_(1)
    assert v.tolist() == [3, 3] and s.to_dense().tolist() == [3, 3, 0]


def test_modules_keep_sparse_buffers():
    torch = module_under_test()

    class Layer(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("adjacency", torch.eye(3).to_sparse())

        def forward(self, x):
            return torch.sparse.mm(self.adjacency, x)

    m, other = Layer(), Layer()
    m.adjacency.mul_(2)
    other.load_state_dict(m.state_dict())
    assert other(torch.ones(3, 1)).tolist() == [[2], [2], [2]]
    assert m.double().adjacency.dtype is torch.float64 and m.adjacency.is_sparse


# -- compiled functions -----------------------------------------------------------------------------
@pytest.fixture
def adjacency():
    return module_under_test().tensor([[0.0, 0.0, 0.3], [0.4, 0.0, 0.5]]).to_sparse()


def test_a_compiled_step_with_a_sparse_constant(adjacency):
    torch = module_under_test()

    def step(layer, optimizer, x):
        optimizer.zero_grad()
        loss = torch.sparse.mm(adjacency, layer(x)).pow(2).sum()
        loss.backward()
        optimizer.step()
        return loss

    def run(wrap):
        torch.manual_seed(0)
        layer = torch.nn.Linear(4, 3)
        optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
        once = wrap(lambda x: step(layer, optimizer, x))
        return [once(torch.ones(3, 4)).item() for _ in range(3)]

    assert run(lambda f: torch.compile(f, fullgraph=True)) == pytest.approx(run(lambda f: f))


def test_a_compiled_function_sees_another_pattern(adjacency):
    torch = module_under_test()
    x = torch.ones(3, 2)
    inside = torch.compile(lambda x: (adjacency @ x).sum(), fullgraph=True)
    given = torch.compile(lambda a, x: (a @ x).sum(), fullgraph=True)
    other = torch.sparse_coo_tensor([[0], [0]], [7.0], (2, 3))
    assert inside(x).item() == pytest.approx(2.4) and given(adjacency, x).item() == pytest.approx(2.4)
    assert given(other, x).item() == 14 and given(adjacency.to_sparse_csr(), x).item() == pytest.approx(2.4)
    adjacency.mul_(2)  # other values
    assert inside(x).item() == pytest.approx(4.8) and given(adjacency, x).item() == pytest.approx(4.8)
    adjacency.neg_()  # the same memory, written
    assert inside(x).item() == pytest.approx(-4.8)
    adjacency.copy_(other)
    assert inside(x).item() == 14


def test_values_of_a_compiled_function_have_gradients():
    torch = module_under_test()
    where, x = torch.tensor([[0, 1], [1, 2]]), torch.arange(6.0).reshape(3, 2)

    def loss(v):
        return (torch.sparse_coo_tensor(where, v, (2, 3), is_coalesced=True) @ x).pow(2).sum()

    found = []
    for f in (loss, torch.compile(loss, fullgraph=True)):
        v = torch.tensor([1.0, 2.0], requires_grad=True)
        f(v).backward()
        found.append(v.grad.tolist())
    assert found[0] == found[1]


@pytest.mark.parametrize(
    "function, why",
    [
        (lambda a: a * 2, "a sparse tensor is returned"),
        (lambda a: (a + a).coalesce().sum(0).to_dense(), "how many values a sparse tensor has depends on values"),
        (lambda a: a.zero_().to_dense(), "a sparse tensor is given other components"),
    ],
)
def test_what_cannot_be_compiled_runs_uncompiled_and_says_so(adjacency, function, why):
    torch = module_under_test()
    compiled = torch.compile(function)
    with pytest.warns(UserWarning, match=why):
        found = compiled(adjacency.clone())
    wanted = function(adjacency.clone())
    assert found.to_dense().equal(wanted.to_dense())


def test_a_sparse_gradient_breaks_the_graph():
    torch = module_under_test()
    table = torch.nn.Embedding(3, 2, sparse=True)

    def step(at):
        table(at).sum().backward()
        return table.weight.grad._nnz()

    with pytest.raises(RuntimeError, match="a gradient is a sparse tensor"):
        torch.compile(step, fullgraph=True)(torch.tensor([1]))


# -- refusals ---------------------------------------------------------------------------------------
def test_no_operation_takes_a_sparse_tensor_for_a_dense_one():
    """Every public method either has a rule or refuses: none densifies, none fails inside."""
    torch = module_under_test()
    from jaxtorch._core.composed import Composed
    from jaxtorch._core.spec import overloads
    from jaxtorch._sparse.tensor import COMPRESSED, COO

    made = torch.eye(3).to_sparse()
    for name in overloads:
        for public in (name, name + "_"):
            method = getattr(type(made), public, None)
            if not callable(method) or public in COO or public in Composed._PASSED:
                continue
            with pytest.raises(NotImplementedError, match=f"Could not run 'aten::{public}' with .* 'SparseCPU'"):
                method(made)
    assert made.to_dense().equal(torch.eye(3)) and COMPRESSED


def test_an_operation_past_all_rules_is_refused():
    torch = module_under_test()
    from jaxtorch._core.dispatch import dispatch
    from jaxtorch._core.spec import registry

    with pytest.raises(NotImplementedError, match="a tensor of the SparseCPU backend, which has none"):
        dispatch(registry["exp"], (torch.eye(2).to_sparse(),))
    with pytest.raises(NotImplementedError, match="mm\\(out=\\) of sparse tensors"):
        torch.mm(torch.eye(2).to_sparse(), torch.eye(2), out=torch.empty(2, 2))


@pytest.mark.parametrize("checked", [None, False, True])
def test_indices_out_of_range_are_refused(checked):
    """PyTorch looks only where it is told to, and reads other memory else."""
    torch = module_under_test()
    with pytest.raises(RuntimeError, match="size is inconsistent with indices: for dim 0, size is 3 but found index 5"):
        torch.sparse_coo_tensor([[0, 5]], [1.0, 2.0], (3,), check_invariants=checked)
    with pytest.raises(RuntimeError, match="found negative index -1 for dim 0"):
        torch.sparse_coo_tensor([[0, -1]], [1.0, 2.0], (3,), check_invariants=checked)
    with pytest.raises(RuntimeError, match="`0 <= col_indices < ncols` is not satisfied."):
        torch.sparse_csr_tensor([0, 1, 1], [5], [1.0], (2, 2), check_invariants=checked)
    with pytest.raises(RuntimeError, match="`crow_indices\\[..., -1\\] == nnz` is not satisfied."):
        torch.sparse_csr_tensor([0, 1, 3], [0], [1.0], (2, 2), check_invariants=checked)


def test_checking_invariants():
    torch = module_under_test()
    check = torch.sparse.check_sparse_tensor_invariants
    twice = ([[0, 0]], [1.0, 2.0], (2,))
    torch.sparse_coo_tensor(*twice, is_coalesced=True)
    with check():
        assert check.is_enabled()
        with pytest.raises(RuntimeError, match="cannot set is_coalesced to true if indices correspond to uncoalesced"):
            torch.sparse_coo_tensor(*twice, is_coalesced=True)
    assert not check.is_enabled()
    with pytest.raises(RuntimeError, match="cannot set is_coalesced to true"):
        check()(torch.sparse_coo_tensor)(*twice, is_coalesced=True)


def test_beside_other_subclasses():
    torch = module_under_test()

    class Plain(torch.Tensor):
        pass

    class Taking(torch.Tensor):
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            return "taken"

    s, x = torch.eye(2).to_sparse(), torch.ones(2, 2)
    assert torch.mm(s, x.as_subclass(Plain)).tolist() == [[1, 1], [1, 1]]
    assert torch.mm(s, x.as_subclass(Taking)) == "taken"
    with pytest.raises(NotImplementedError, match="Plain of a sparse tensor"):
        torch.Tensor._make_subclass(Plain, s)
