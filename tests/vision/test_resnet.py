"""The image classifier of the tutorial: torchvision's resnet18, its weights from PyTorch, one step of SGD."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
import torch

import jaxtorch
from jaxtorch.vision import models

from .reference import ResNet18

FILE = "resnet18-f37072fd.pth"


def close(ours, theirs, tolerance: float = 1e-4) -> None:
    theirs = theirs.detach().numpy()
    scale = max(1.0, float(np.abs(theirs).max()))
    np.testing.assert_allclose(ours.detach().numpy(), theirs, rtol=tolerance, atol=tolerance * scale)


@pytest.fixture(scope="module")
def theirs() -> ResNet18:
    torch.manual_seed(0)
    return ResNet18()


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A hub folder with the weights' file, as PyTorch writes it."""
    monkeypatch.setattr(jaxtorch.hub, "_hub_dir", str(tmp_path))
    (tmp_path / "checkpoints").mkdir()
    return tmp_path / "checkpoints"


def test_the_tutorials_step_on_pytorchs_weights(theirs, home):
    torch.save(theirs.state_dict(), home / FILE)
    model = models.resnet18()
    model.load_state_dict(jaxtorch.load(home / FILE))
    rng = np.random.default_rng(0)
    data, labels = rng.random((2, 3, 64, 64), np.float32), rng.random((2, 1000), np.float32)

    runs = []
    for library, network in ((torch, theirs), (jaxtorch, model)):
        prediction = network(library.tensor(data))
        loss = (prediction - library.tensor(labels)).sum()
        loss.backward()
        library.optim.SGD(network.parameters(), lr=1e-2, momentum=0.9).step()
        runs.append((network, prediction, loss))
    (_, expected, loss), (_, found, our_loss) = runs
    close(found, expected)
    close(our_loss, loss)
    after = dict(model.named_parameters())
    for name, parameter in theirs.named_parameters():
        close(after[name].grad, parameter.grad)
        close(after[name], parameter)
    for name, buffer in theirs.named_buffers():
        close(model.state_dict()[name], buffer)


def test_weights_come_from_the_file(home):
    state = ResNet18().state_dict()
    torch.save(state, home / FILE)
    model = models.resnet18(weights="DEFAULT")
    assert list(model.state_dict()) == list(state)
    for key, value in model.state_dict().items():
        assert value.numpy().tobytes() == state[key].numpy().tobytes()
    digest = hashlib.sha256((home / FILE).read_bytes()).hexdigest()
    with pytest.raises(RuntimeError, match=f'invalid hash value .expected "f37072fd", got "{digest}"'):
        models.ResNet18_Weights.IMAGENET1K_V1.get_state_dict(check_hash=True)


def test_a_missing_file_is_named(home):
    with pytest.raises(FileNotFoundError) as error:
        models.resnet18(weights=models.ResNet18_Weights.DEFAULT)
    assert str(home / FILE) in str(error.value) and "downloads nothing" in str(error.value)
    with pytest.warns(UserWarning, match="deprecated since 0.13") as warned:
        with pytest.raises(FileNotFoundError):
            models.resnet18(pretrained=True)
    assert len(warned) == 2 and "weights=ResNet18_Weights.IMAGENET1K_V1" in str(warned[1].message)


def test_initialisation():
    model = models.resnet18(num_classes=4, zero_init_residual=True)
    assert not model.layer4[1].bn2.weight.any()
    model = models.resnet18(num_classes=4)
    weight = model.layer3[0].conv1.weight
    assert abs(weight.std().item() / (2 / (256 * 9)) ** 0.5 - 1) < 0.01  # He's rule from fan-out
    assert not model.bn1.bias.any() and (model.layer4[1].bn2.weight == 1).all()
