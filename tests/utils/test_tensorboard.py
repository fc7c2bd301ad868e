"""Event files: what is written is read again, record by record."""

import struct

import numpy as np
import pytest

import jaxtorch as torch
from jaxtorch.utils.tensorboard import SummaryWriter

from tensorboardX.proto.event_pb2 import Event  # isort: skip


def events(folder):
    """The values in the event files of a folder: (tag, step, value of the summary)."""
    found = []
    for path in sorted(folder.glob("events*")):
        data = path.read_bytes()
        while data:
            (length,) = struct.unpack("<Q", data[:8])
            event = Event.FromString(data[12 : 12 + length])
            data = data[16 + length :]
            found += [(v.tag, event.step, v) for v in event.summary.value]
    return found


@pytest.fixture
def written(tmp_path):
    """A function that runs something on a writer, and returns what it has written."""

    def run(program, folder="."):
        with SummaryWriter(tmp_path) as writer:
            program(writer)
        return events(tmp_path / folder)

    return run


def test_scalars(written):
    def program(w):
        w.add_scalar("loss", torch.tensor([[0.5]], requires_grad=True), 3)
        w.add_scalar("half", torch.tensor(1.5, dtype=torch.bfloat16))
        w.add_scalar("number", 2, 4, walltime=1.0)
        w.add_scalar("new", torch.tensor(0.1), 5, new_style=True)
        w.add_scalar("double", 0.1, 6, new_style=True, double_precision=True)

    found = written(program)
    assert [(t, s, v.simple_value) for t, s, v in found[:3]] == [("loss", 3, 0.5), ("half", 0, 1.5), ("number", 4, 2.0)]
    assert list(found[3][2].tensor.float_val) == [np.float32(0.1)]
    assert list(found[4][2].tensor.double_val) == [0.1]
    assert found[4][2].metadata.plugin_data.plugin_name == "scalars"


def test_a_scalar_has_one_element(written):
    with pytest.raises(AssertionError, match="should contain one element"):
        written(lambda w: w.add_scalar("x", torch.ones(2)))


def test_scalars_of_one_diagram(written):
    found = written(lambda w: w.add_scalars("a/b", {"x": torch.tensor(1.0), "y": 2}, 7), "a_b_x")
    assert [(t, s, v.simple_value) for t, s, v in found] == [("a/b", 7, 1.0)]


def test_a_histogram(written):
    values = torch.arange(100.0)
    ((tag, step, value),) = written(lambda w: w.add_histogram("h", values, 2, bins=10))
    assert (tag, step, value.histo.num, value.histo.sum, value.histo.max) == ("h", 2, 100, 4950, 99)


def test_images(written):
    def program(w):
        w.add_image("one", torch.zeros(3, 4, 5), 1)
        w.add_image("last", torch.zeros(4, 5, 3, dtype=torch.uint8), 1, dataformats="HWC")
        w.add_images("many", torch.rand(4, 1, 6, 6), 2)

    found = written(program)
    assert [(t, v.image.height, v.image.width) for t, _, v in found][:2] == [("one", 4, 5), ("last", 4, 5)]
    assert all(v.image.encoded_image_string.startswith(b"\x89PNG") for *_, v in found)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "int32", "uint8", "bool", "bfloat16", "complex64"])
def test_tensors(written, dtype):
    t = torch.tensor([[0, 1], [1, 3]]).to(getattr(torch, dtype))
    ((tag, _, value),) = written(lambda w: w.add_tensor("t", t))
    assert [d.size for d in value.tensor.tensor_shape.dim] == [2, 2]
    (field,) = [f for f, _ in value.tensor.ListFields() if f.name.endswith("_val")]
    found = list(getattr(value.tensor, field.name))
    if dtype == "bfloat16":
        assert found == t.view(torch.int16).flatten().tolist()
    elif dtype == "complex64":
        assert found[::2] == [0.0, 1.0, 1.0, 3.0]
    else:
        assert found == t.flatten().tolist()


def test_text_curves_and_hyperparameters(written, tmp_path):
    def program(w):
        w.add_text("note", "hello", 1)
        w.add_pr_curve("curve", torch.tensor([0, 1, 1, 0]), torch.tensor([0.1, 0.9, 0.6, 0.4]), 0)
        w.add_hparams({"lr": torch.tensor(0.5), "kind": "sgd", "deep": True}, {"accuracy": 0.9}, run_name="r")

    assert [t for t, *_ in written(program)] == ["note/text_summary", "curve"]
    assert [t for t, *_ in events(tmp_path / "r")][-1] == "accuracy"


def test_what_is_not_there(written):
    with pytest.raises(NotImplementedError, match="add_graph"):
        written(lambda w: w.add_graph(torch.nn.Linear(1, 1)))
    with pytest.raises(NotImplementedError, match="hparam_domain_discrete"):
        written(lambda w: w.add_hparams({}, {}, hparam_domain_discrete={"a": [1]}))
    with pytest.raises(TypeError, match="should be dictionary"):
        written(lambda w: w.add_hparams([], {}))


def test_folders(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with SummaryWriter(comment="_mine") as w:
        assert w.get_logdir() == w.log_dir and w.log_dir.startswith("runs/") and w.log_dir.endswith("_mine")
    assert list((tmp_path / w.log_dir).glob("events.out.tfevents.*"))


def test_a_compiled_step_writes(tmp_path):
    """A writer in a loop around a compiled step."""
    weight = torch.ones(3, requires_grad=True)
    opt = torch.optim.SGD([weight], lr=0.1)

    @torch.compile
    def step():
        opt.zero_grad()
        loss = (weight * weight).sum()
        loss.backward()
        opt.step()
        return loss

    with SummaryWriter(tmp_path) as w:
        for k in range(4):
            w.add_scalar("loss", step(), k)
    assert [s for _, s, _ in events(tmp_path)] == [0, 1, 2, 3]
    assert events(tmp_path)[0][2].simple_value == 3.0
