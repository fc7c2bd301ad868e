"""Datasets in local files, images in files, grids and drawings."""

from __future__ import annotations

import gzip
import hashlib
import pickle

import numpy as np
import pytest
import torch
from PIL import Image

import jaxtorch
from jaxtorch.utils.data import DataLoader
from jaxtorch.vision import datasets, io, transforms, utils

from ..counting import compilations


# -- datasets --------------------------------------------------------------------------------------
def write_idx(path, values: np.ndarray, compressed: bool) -> None:
    head = bytes([0, 0, 8, values.ndim]) + np.array(values.shape, ">i4").tobytes()
    opened = gzip.open(f"{path}.gz", "wb") if compressed else open(path, "wb")
    with opened as f:
        f.write(head + values.tobytes())


@pytest.mark.parametrize("name", ["MNIST", "FashionMNIST", "KMNIST"])
@pytest.mark.parametrize("compressed", [False, True])
def test_mnist(name, compressed, tmp_path):
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (5, 28, 28), np.uint8), rng.integers(0, 10, 5).astype(np.uint8)
    cls, raw = getattr(datasets, name), tmp_path / name / "raw"
    with pytest.raises(RuntimeError, match=f"Dataset not found or corrupted. {name}: no t10k-images-idx3-ubyte"):
        cls(tmp_path, train=False)
    with pytest.raises(RuntimeError, match="downloads nothing: put them there by hand"):
        cls(tmp_path, train=False, download=True)
    raw.mkdir(parents=True)
    write_idx(raw / "t10k-images-idx3-ubyte", images, compressed)
    write_idx(raw / "t10k-labels-idx1-ubyte", labels, compressed)
    data = cls(str(tmp_path), train=False, download=True, transform=transforms.ToTensor(), target_transform=str)
    assert len(data) == 5 and data.targets.tolist() == labels.tolist() and len(data.classes) == 10
    image, target = data[3]
    assert (image.numpy() == images[None, 3].astype(np.float32) / 255).all() and target == str(labels[3])
    batch, _ = next(iter(DataLoader(data, batch_size=4)))
    assert batch.shape == (4, 1, 28, 28)
    assert repr(data).splitlines()[:4] == [
        f"Dataset {name}", "    Number of datapoints: 5", f"    Root location: {tmp_path}", "    Split: Test",
    ]  # fmt: skip


def test_a_damaged_idx_file(tmp_path):
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    write_idx(raw / "train-images-idx3-ubyte", np.zeros((2, 28, 28), np.uint8), False)
    write_idx(raw / "train-labels-idx1-ubyte", np.zeros(2, np.uint8), False)
    with open(raw / "train-images-idx3-ubyte", "ab") as f:
        f.write(b"x")
    with pytest.raises(RuntimeError, match="1569 values, where its head says"):
        datasets.MNIST(tmp_path)


def test_cifar(tmp_path, monkeypatch):
    rng = np.random.default_rng(1)
    folder = tmp_path / "cifar-100-python"
    folder.mkdir()
    rows = rng.integers(0, 256, (3, 3072), np.uint8)
    contents = {"test": {"data": rows, "fine_labels": [5, 0, 7]}, "meta": {"fine_label_names": ["apple", "bear"]}}
    for name, content in contents.items():
        (folder / name).write_bytes(pickle.dumps(content))
    with pytest.raises(RuntimeError, match="has the MD5 hash"):  # not the published pickles: not opened
        datasets.CIFAR100(tmp_path, train=False)

    def md5(name):
        return hashlib.md5((folder / name).read_bytes()).hexdigest()

    monkeypatch.setattr(datasets.CIFAR100, "test_list", [["test", md5("test")]])
    monkeypatch.setattr(datasets.CIFAR100, "meta", {**datasets.CIFAR100.meta, "md5": md5("meta")})
    data = datasets.CIFAR100(str(tmp_path), train=False, transform=transforms.PILToTensor())
    image, target = data[2]
    assert (image.numpy() == rows[2].reshape(3, 32, 32)).all() and target == 7
    assert data.class_to_idx == {"apple": 0, "bear": 1} and data.data.shape == (3, 32, 32, 3)
    with pytest.raises(RuntimeError, match="CIFAR10: no data_batch_1, .* in .*cifar-10-batches-py"):
        datasets.CIFAR10(tmp_path, download=True)


def test_folders(tmp_path):
    for name, color in (("cat/b.png", 10), ("cat/a.PNG", 20), ("dog/deep/c.jpg", 30), ("dog/notes.txt", None)):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if color is None:
            path.write_text("x")
        else:
            Image.new("RGB", (4, 3), (color, 0, 0)).save(path)
    data = datasets.ImageFolder(tmp_path, transforms.PILToTensor())
    assert data.classes == ["cat", "dog"] and data.targets == [0, 0, 1] and data.imgs is data.samples
    assert [int(image[0, 0, 0]) for image, _ in data][:2] == [20, 10] and data[2][0].shape == (3, 3, 4)
    read = datasets.DatasetFolder(tmp_path, len, is_valid_file=lambda path: path.endswith("txt"), allow_empty=True)
    assert read[0][1] == 1 and len(read) == 1
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="Found no valid file for the classes empty. Supported extensions are"):
        datasets.ImageFolder(tmp_path)


def test_fake_data_is_pytorchs():
    jaxtorch.manual_seed(5)
    image, target = datasets.FakeData(8, (3, 4, 5), 7, transforms.PILToTensor(), random_offset=2)[3]
    torch.manual_seed(5)
    state = torch.get_rng_state()
    torch.manual_seed(5)
    noise = torch.randn(3, 4, 5)
    assert target == torch.randint(0, 7, size=(1,)).item()
    assert (image.numpy() == (noise * 255).to(torch.int64).to(torch.uint8).numpy()).all()
    assert (jaxtorch.get_rng_state().numpy() == state.numpy()).all()
    with pytest.raises(IndexError, match="FakeData index out of range"):
        datasets.FakeData(2)[2]


# -- images in files -------------------------------------------------------------------------------
def test_read_and_write(tmp_path):
    values = np.random.default_rng(2).integers(0, 256, (3, 5, 7), np.uint8)
    io.write_png(jaxtorch.from_numpy(values), tmp_path / "a.png")
    assert (io.read_image(str(tmp_path / "a.png")).numpy() == values).all()
    assert (io.decode_image(io.read_file(tmp_path / "a.png")).numpy() == values).all()
    gray = io.read_image(tmp_path / "a.png", io.ImageReadMode.GRAY)
    assert gray.shape == (1, 5, 7)
    io.write_jpeg(gray, tmp_path / "b.jpg", quality=100)
    assert np.abs(io.read_image(tmp_path / "b.jpg").numpy().astype(int) - gray.numpy()).max() < 8
    assert io.read_image(tmp_path / "b.jpg", "RGB").shape == (3, 5, 7)
    with pytest.raises(RuntimeError, match="Input tensor dtype should be uint8"):
        io.write_png(jaxtorch.zeros(1, 2, 2), tmp_path / "c.png")


def test_make_grid():
    images = np.random.default_rng(3).random((5, 3, 4, 6), np.float32)
    before = compilations()
    grid = utils.make_grid(jaxtorch.from_numpy(images), nrow=3, padding=1, pad_value=0.5).numpy()
    assert compilations() == before
    assert grid.shape == (3, 2 * 5 + 1, 3 * 7 + 1)
    for k, image in enumerate(images):
        top, left = 1 + k // 3 * 5, 1 + k % 3 * 7
        assert (grid[:, top : top + 4, left : left + 6] == image).all()
        grid[:, top : top + 4, left : left + 6] = 0.5
    assert (grid == 0.5).all()
    scaled = utils.make_grid([jaxtorch.from_numpy(i[:1] * (k + 2)) for k, i in enumerate(images)], normalize=True,
                             scale_each=True, padding=0)  # fmt: skip
    assert scaled.shape == (3, 4, 30) and scaled.min() == 0
    assert all(abs(scaled[:, :, 6 * k : 6 * k + 6].max().item() - 1) < 1e-5 for k in range(5))


def test_save_image(tmp_path):
    image = np.random.default_rng(4).random((3, 4, 6), np.float32)
    utils.save_image(jaxtorch.from_numpy(image), tmp_path / "a.png")
    assert (io.read_image(tmp_path / "a.png").numpy() == (image * 255 + 0.5).astype(np.uint8)).all()


def test_draw_bounding_boxes():
    image = jaxtorch.zeros(1, 20, 30, dtype=jaxtorch.uint8)
    boxes = jaxtorch.tensor([[2, 3, 8, 9], [10, 5, 25, 15]])
    drawn = utils.draw_bounding_boxes(image, boxes, colors=["#00ff00", (0, 0, 255)]).numpy()
    expected = np.zeros((3, 20, 30), np.uint8)
    for channel, (x1, y1, x2, y2) in ((1, (2, 3, 8, 9)), (2, (10, 5, 25, 15))):
        expected[channel, y1 : y2 + 1, x1 : x2 + 1] = 255
        expected[channel, y1 + 1 : y2, x1 + 1 : x2] = 0
    assert (drawn == expected).all()
    filled = utils.draw_bounding_boxes(jaxtorch.zeros(3, 20, 30), boxes, ["a", None], fill=True, width=2)
    assert filled.dtype == jaxtorch.float32 and 0.3 < filled[0, 10, 15].item() < 0.5
    with pytest.raises(ValueError, match="Boxes need to be in .xmin, ymin, xmax, ymax. format"):
        utils.draw_bounding_boxes(image, jaxtorch.tensor([[5, 0, 2, 1]]))
