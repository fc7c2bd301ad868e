"""Every model's parameters by count, names and shapes; some models' weights, outputs and gradients by PyTorch."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from unittest import mock

import numpy as np
import pytest
import torch

import jaxtorch
from jaxtorch._core.tensor import Tensor
from jaxtorch.nn import init
from jaxtorch.nn._namespace import torch as namespace
from jaxtorch.vision import models

from .shadow import import_shadow

REFERENCE = import_shadow("vision.models")


@pytest.fixture
def without_values() -> Iterator[None]:
    """Layers of one repeated number: shapes without memory, and no time to draw them."""

    def empty(*size, **_):
        return jaxtorch.zeros(1).expand(*size)

    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.object(namespace, "empty", empty))
        for name in [name for name in vars(init) if name.endswith("_") and not name.startswith("_")]:
            stack.enter_context(mock.patch.object(init, name, lambda t, *_, **__: t))
        for name in ("copy_", "fill_", "normal_", "uniform_", "zero_"):
            stack.enter_context(mock.patch.object(Tensor, name, lambda t, *_, **__: t))
        yield


@pytest.mark.parametrize("name", models.list_models())
def test_parameters_and_buffers(name, without_values):
    """The count is the published one; names and shapes are those of the same program over PyTorch."""
    model = models.get_model(name)
    count = sum(parameter.numel() for parameter in model.parameters())
    assert count == models.get_model_weights(name).DEFAULT.meta["num_params"]
    with torch.device("meta"):
        expected = REFERENCE.get_model(name)
    shapes = {key: tuple(value.shape) for key, value in expected.state_dict().items()}
    assert {key: tuple(value.shape) for key, value in model.state_dict().items()} == shapes
    assert repr(model) == repr(expected)


# The names in the published files, which the same program over PyTorch would not tell.
NAMES = {
    "alexnet": ["features.0.weight", "features.10.bias", "classifier.1.weight", "classifier.6.bias"],
    "densenet121": ["features.conv0.weight", "features.denseblock4.denselayer16.conv2.weight",
                    "features.transition3.norm.running_var", "features.norm5.bias", "classifier.bias"],
    "efficientnet_b0": ["features.0.0.weight", "features.1.0.block.0.0.weight", "features.2.0.block.2.fc1.bias",
                        "features.7.0.block.3.1.running_mean", "features.8.0.weight", "classifier.1.bias"],
    "mobilenet_v2": ["features.0.1.num_batches_tracked", "features.1.conv.1.weight", "features.2.conv.0.0.weight",
                     "features.17.conv.3.running_var", "features.18.0.weight", "classifier.1.weight"],
    "mobilenet_v3_small": ["features.1.block.1.fc1.weight", "features.4.block.2.fc2.bias", "features.12.1.bias",
                           "classifier.0.weight", "classifier.3.bias"],
    "resnet50": ["layer1.0.downsample.1.running_var", "layer3.5.conv3.weight", "layer4.2.bn3.bias", "fc.weight"],
    "squeezenet1_1": ["features.3.squeeze.weight", "features.12.expand3x3.bias", "classifier.1.weight"],
    "vgg16_bn": ["features.41.running_mean", "features.40.weight", "classifier.6.weight"],
    "vit_b_16": ["class_token", "conv_proj.bias", "encoder.pos_embedding", "encoder.ln.weight", "heads.head.weight",
                 "encoder.layers.encoder_layer_11.self_attention.in_proj_weight",
                 "encoder.layers.encoder_layer_0.self_attention.out_proj.bias",
                 "encoder.layers.encoder_layer_0.ln_2.weight", "encoder.layers.encoder_layer_0.mlp.3.bias"],
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_published_names(name, without_values):
    assert set(NAMES[name]) <= models.get_model(name).state_dict().keys()


# Small members of the families: (class, arguments, image size).
SMALL = {
    "densenet": ("DenseNet", dict(growth_rate=4, block_config=(1, 1), num_init_features=8, num_classes=3), 32),
    "efficientnet": ("EfficientNet", dict(dropout=0.2, stochastic_depth_prob=0.0, num_classes=3), 32),
    "mobilenetv2": ("MobileNetV2", dict(num_classes=3, width_mult=0.25,
                                        inverted_residual_setting=[[1, 16, 1, 1], [6, 24, 2, 2]]), 32),
    "mobilenetv3": ("MobileNetV3", dict(last_channel=16, num_classes=3), 32),
    "resnet": ("ResNet", dict(layers=(2, 1, 1, 1), groups=2, width_per_group=8, num_classes=3,
                              replace_stride_with_dilation=(False, True, True)), 32),
    "squeezenet": ("SqueezeNet", dict(version="1_1", num_classes=3), 32),
    "vision_transformer": ("VisionTransformer", dict(image_size=16, patch_size=8, num_layers=1, num_heads=2,
                                                     hidden_dim=8, mlp_dim=16, num_classes=3,
                                                     representation_size=6), 16),
}  # fmt: skip
TRAINED = ("densenet", "mobilenetv3", "vision_transformer")  # besides ResNet-18, in test_resnet: compiling takes time


def build(library, package, family: str):
    module = __import__(f"{package.__name__}.{family}", fromlist=["x"])
    name, facts, _ = SMALL[family]
    if family == "resnet":
        facts = {**facts, "block": module.Bottleneck}
    if family == "efficientnet":
        stages = ((1, 3, 1, 8, 8, 1), (4, 3, 2, 8, 16, 2))
        facts = {**facts, "inverted_residual_setting": [module.MBConvConfig(*stage) for stage in stages]}
    if family == "mobilenetv3":
        rows = ((16, 3, 16, 16, True, "RE", 2), (16, 5, 24, 16, True, "HS", 1), (16, 3, 24, 24, False, "HS", 2))
        settings = [module.InvertedResidualConfig(*row, 1, 0.5) for row in rows]
        facts = {**facts, "inverted_residual_setting": settings}
    library.manual_seed(1)
    return getattr(module, name)(**facts)


@pytest.mark.parametrize("family", SMALL)
def test_small_models_agree_with_pytorch(family):
    """The same seed gives the same weights; outputs in both modes and gradients agree."""
    expected, model = build(torch, REFERENCE, family), build(jaxtorch, models, family)
    state = model.state_dict()
    for key, value in expected.state_dict().items():
        np.testing.assert_allclose(state[key].numpy(), value.numpy(), rtol=1e-5, atol=1e-6, err_msg=key)
    # biased, so that heads of zeros and equal numbers hide nothing
    rng = np.random.default_rng(0)
    noise = [rng.standard_normal(p.shape).astype(np.float32) * 0.1 for p in expected.parameters()]
    for library, network in ((torch, expected), (jaxtorch, model)):
        with library.no_grad():
            for parameter, offset in zip(network.parameters(), noise):
                parameter += library.tensor(offset)
    size = SMALL[family][2]
    x = rng.standard_normal((2, 3, size, size)).astype(np.float32)
    outputs = []
    for library, network in ((torch, expected), (jaxtorch, model)):
        for module in network.modules():
            if type(module).__name__ == "Dropout":
                module.p = 0.0
        found = []
        if family in TRAINED:
            trained = network.train()(library.tensor(x))
            trained.square().sum().backward()
            found += [trained.detach(), *(p.grad for p in network.parameters())]
        with library.no_grad():
            outputs.append([value.numpy() for value in (network.eval()(library.tensor(x)), *found)])
    assert outputs[0][0].shape == (2, 3)
    for found, wanted in zip(outputs[1], outputs[0], strict=True):
        np.testing.assert_allclose(found, wanted, rtol=2e-3, atol=2e-4 * max(1.0, np.abs(wanted).max()))


def test_a_training_step_is_one_program():
    """Also with blocks left out at random."""
    model = build(jaxtorch, models, "efficientnet")
    block = model.features[1][0]
    assert block.use_res_connect
    block.stochastic_depth.p = 0.5
    optimizer = jaxtorch.optim.SGD(model.parameters(), lr=0.05)
    x, y = jaxtorch.randn(2, 3, 32, 32), jaxtorch.tensor([0, 2])

    @jaxtorch.compile(fullgraph=True)
    def step(x, y):
        optimizer.zero_grad()
        loss = jaxtorch.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    losses = [step(x, y).item() for _ in range(20)]
    assert np.isfinite(losses).all() and min(losses[-5:]) < losses[0]


def test_vgg_and_alexnet_forward(without_values):
    """Their linear layers are large: shapes only, from the smallest images."""
    assert models.vgg11().classifier[0].in_features == 512 * 7 * 7
    assert models.alexnet(num_classes=7).classifier[6].out_features == 7


def test_former_names_of_densenets_layers_load():
    facts = dict(growth_rate=4, block_config=(1,), num_init_features=8, num_classes=3)
    module = __import__("jaxtorch.vision.models.densenet", fromlist=["x"])
    source, target = module.DenseNet(**facts), module.DenseNet(**facts)
    former = {}
    for key, value in source.state_dict().items():
        for name in ("norm1", "norm2", "conv1", "conv2"):
            key = key.replace(f"denselayer1.{name}.", f"denselayer1.{name[:-1]}.{name[-1]}.")
        former[key] = value
    assert "features.denseblock1.denselayer1.norm.1.weight" in former
    target.load_state_dict(former)
    assert all((target.state_dict()[key] == value).all() for key, value in source.state_dict().items())


def test_former_names_of_transformers_layers_load():
    module = __import__("jaxtorch.vision.models.vision_transformer", fromlist=["x"])
    source, target = module.MLPBlock(4, 6, 0.0), module.MLPBlock(4, 6, 0.0)
    renamed = {"0.weight": "linear_1.weight", "0.bias": "linear_1.bias", "3.weight": "linear_2.weight",
               "3.bias": "linear_2.bias"}  # fmt: skip
    target.load_state_dict({renamed[key]: value for key, value in source.state_dict().items()})
    assert (target[3].weight == source[3].weight).all()


def test_names_and_weights():
    assert models.list_models(include="resnet*", exclude=["*101", "*152"]) == ["resnet18", "resnet34", "resnet50"]
    assert "alexnet" in models.list_models(models)
    assert models.get_weight("ResNet50_Weights.DEFAULT") is models.ResNet50_Weights.IMAGENET1K_V2
    assert models.get_model_weights("vit_b_16") is models.ViT_B_16_Weights
    assert models.ResNet50_Weights.verify("IMAGENET1K_V1").file == "resnet50-0676ba61.pth"
    with pytest.raises(ValueError, match="Unknown model nothing"):
        models.get_model("nothing")
    with pytest.raises(TypeError, match="expected ResNet18_Weights but received ResNet50_Weights"):
        models.resnet18(weights=models.ResNet50_Weights.DEFAULT)
    with pytest.raises(ValueError, match="'num_classes' expected value 1000 but got 10 instead"):
        models.resnet18(weights="DEFAULT", num_classes=10)
    with pytest.raises(KeyError, match="categories"):
        models.ResNet18_Weights.DEFAULT.meta["categories"]
