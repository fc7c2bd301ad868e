"""Transforms: both kinds of images agree, the random ones draw what torchvision draws, values are worked out here."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
import torch
from PIL import Image

import jaxtorch
from jaxtorch.vision import transforms as T
from jaxtorch.vision.transforms import functional as F

from .shadow import import_shadow

REFERENCE = import_shadow("vision.transforms")


def picture(height: int = 12, width: int = 10, seed: int = 0) -> Image.Image:
    """A smooth picture, so that two ways of rounding hardly differ."""
    y, x = np.mgrid[:height, :width]
    rng = np.random.default_rng(seed)
    waves = [np.sin(a * x / width * 3 + b * y / height * 3) for a, b in rng.random((3, 2)) + 0.5]
    return Image.fromarray(((np.stack(waves, -1) * 0.5 + 0.5) * 255).astype(np.uint8))


IMAGE = picture()
PIXELS = np.asarray(IMAGE).transpose(2, 0, 1)


def tensor() -> jaxtorch.Tensor:
    return jaxtorch.from_numpy(PIXELS.copy())


def values(img) -> np.ndarray:
    return np.asarray(img).transpose(2, 0, 1) if isinstance(img, Image.Image) else img.numpy()


# -- conversions -----------------------------------------------------------------------------------
def test_to_tensor():
    found = F.to_tensor(IMAGE)
    assert found.dtype == jaxtorch.float32 and (found.numpy() == PIXELS.astype(np.float32) / 255).all()
    assert (F.to_tensor(np.asarray(IMAGE)).numpy() == found.numpy()).all()
    assert F.to_tensor(np.ones((2, 3), np.float64)).dtype == jaxtorch.float64
    assert F.to_tensor(Image.fromarray(np.array([[70000]], np.int32))).tolist() == [[[70000]]]
    assert F.to_tensor(Image.fromarray(np.array([[True, False]]))).tolist() == [[[1.0, 0.0]]]
    assert (F.pil_to_tensor(IMAGE).numpy() == PIXELS).all()
    with pytest.raises(TypeError, match="pic should be PIL Image or ndarray. Got <class 'list'>"):
        F.to_tensor([1])


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "I", "F", "HSV"])
def test_pillow_and_back(mode):
    there = IMAGE.convert("RGB").convert(mode if mode != "HSV" else "RGB").convert(mode)
    back = T.ToPILImage(mode)(F.pil_to_tensor(there))
    assert back.mode == mode and (np.asarray(back) == np.asarray(there)).all()


def test_to_pil_image_of_floats():
    assert (np.asarray(F.to_pil_image(F.to_tensor(IMAGE))).transpose(2, 0, 1) == PIXELS).all()
    with pytest.raises(ValueError, match="should not have > 4 channels"):
        F.to_pil_image(jaxtorch.zeros(5, 2, 2))


@pytest.mark.parametrize("source", ["uint8", "int16", "int32", "float32", "float64"])
@pytest.mark.parametrize("target", ["uint8", "int16", "int32", "int64", "float32", "float64"])
def test_convert_image_dtype(source, target):
    white = 1 if source[0] == "f" else torch.iinfo(getattr(torch, source)).max
    x = (np.linspace(0, 1, 7) * white).astype(source)
    results = []
    for library, package in ((torch, REFERENCE), (jaxtorch, T)):
        try:
            made = package.functional.convert_image_dtype(library.tensor(x), getattr(library, target))
            results.append((str(made.dtype), made.tolist()))
        except RuntimeError as error:
            results.append(str(error))
    assert results[0] == results[1]
    if not isinstance(results[0], str):
        top = 1 if target[0] == "f" else torch.iinfo(getattr(torch, target)).max
        assert results[1][1][0] == 0 and abs(results[1][1][-1] / top - 1) < 1e-2


def test_normalize():
    x = F.to_tensor(IMAGE)
    found = F.normalize(x, [0.5, 0.4, 0.3], [0.1, 0.2, 0.3])
    mean, std = (np.array(v, np.float32)[:, None, None] for v in ([0.5, 0.4, 0.3], [0.1, 0.2, 0.3]))
    np.testing.assert_allclose(found.numpy(), (x.numpy() - mean) / std, rtol=1e-5, atol=1e-6)
    same = F.normalize(x, [0.5, 0.4, 0.3], [0.1, 0.2, 0.3], inplace=True)
    assert same is x and (x.numpy() == found.numpy()).all()
    with pytest.raises(TypeError, match="Input tensor should be a float tensor. Got torch.uint8."):
        F.normalize(tensor(), [0.5], [0.5])
    with pytest.raises(ValueError, match="std evaluated to zero after conversion to torch.float32"):
        F.normalize(x, [0.5], [0.0])


# -- one result for both kinds of images -----------------------------------------------------------
# name -> (call, how far values may be apart)
SAME = {
    "crop": (lambda i: F.crop(i, 2, 3, 5, 4), 0),
    "crop beyond": (lambda i: F.crop(i, -2, 7, 20, 9), 0),
    "crop outside": (lambda i: F.crop(i, 20, -9, 3, 4), 0),
    "center_crop": (lambda i: F.center_crop(i, [5, 7]), 0),
    "center_crop of more": (lambda i: F.center_crop(i, 15), 0),
    "hflip": (F.hflip, 0),
    "vflip": (F.vflip, 0),
    "pad": (lambda i: F.pad(i, [1, 2, 3, 4], fill=7), 0),
    "pad edge": (lambda i: F.pad(i, [1, 2], padding_mode="edge"), 0),
    "pad reflect": (lambda i: F.pad(i, 2, padding_mode="reflect"), 0),
    "pad symmetric": (lambda i: F.pad(i, [1, 2, 3, 0], padding_mode="symmetric"), 0),
    "resize": (lambda i: F.resize(i, [7, 16]), 1),
    "resize shorter": (lambda i: F.resize(i, 5), 1),
    "resize bicubic": (lambda i: F.resize(i, [20, 7], T.InterpolationMode.BICUBIC), 1),
    "resize max_size": (lambda i: F.resize(i, 10, max_size=11), 1),
    "resized_crop": (lambda i: F.resized_crop(i, 1, 2, 8, 7, 5), 1),
    "five_crop": (lambda i: F.five_crop(i, 4)[3], 0),
    "ten_crop": (lambda i: F.ten_crop(i, 4)[6], 0),
    "brightness": (lambda i: F.adjust_brightness(i, 1.3), 1),
    "contrast": (lambda i: F.adjust_contrast(i, 0.6), 1),
    "saturation": (lambda i: F.adjust_saturation(i, 1.7), 2),
    "hue": (lambda i: F.adjust_hue(i, 0.2), 8),  # Pillow's hues have 256 steps
    "gamma": (lambda i: F.adjust_gamma(i, 0.7), 1),
    "grayscale": (lambda i: F.rgb_to_grayscale(i, 3), 1),
    "invert": (F.invert, 0),
    "posterize": (lambda i: F.posterize(i, 3), 0),
    "solarize": (lambda i: F.solarize(i, 100), 0),
    "gaussian_blur": (lambda i: F.gaussian_blur(i, [3, 5], [0.8, 1.1]), 0),
    "rotate 90": (lambda i: F.rotate(i, 90, expand=True), 0),
    "rotate": (lambda i: F.rotate(i, 180, fill=[1.0, 2.0, 3.0]), 0),
    "affine": (lambda i: F.affine(i, 0, [2, 1], 1.0, 0.0, fill=[9.0]), 0),
    "affine bilinear": (lambda i: F.affine(i, 0, [0, 0], 2.0, [0.0], T.InterpolationMode.BILINEAR), 2),
}


@pytest.mark.parametrize("name", SAME)
def test_both_kinds_agree(name):
    call, apart = SAME[name]
    ours, pillows = values(call(tensor())), values(call(IMAGE))
    assert ours.shape == pillows.shape and ours.dtype == np.uint8
    inner = ours[:, 1:-1, 1:-1] if apart > 1 else ours  # Pillow's bilinear sampling ends earlier
    outer = pillows[:, 1:-1, 1:-1] if apart > 1 else pillows
    assert np.abs(inner.astype(int) - outer).max() <= apart


def test_results_by_hand():
    assert (values(F.crop(IMAGE, 2, 3, 5, 4)) == PIXELS[:, 2:7, 3:7]).all()
    assert F.resize(IMAGE, 5).size == (5, 6) and F.resize(IMAGE, 10, max_size=11).size == (9, 11)
    assert F.resize(IMAGE, [12, 10]) is IMAGE
    assert (F.rotate(tensor(), 90, expand=True).numpy() == np.rot90(PIXELS, axes=(1, 2))).all()
    gray = PIXELS[0] * 0.2989 + PIXELS[1] * 0.587 + PIXELS[2] * 0.114
    assert np.abs(F.rgb_to_grayscale(tensor()).numpy()[0] - gray).max() <= 1
    red = jaxtorch.tensor([1.0, 0.0, 0.0]).view(3, 1, 1)
    np.testing.assert_allclose(F.adjust_hue(red, 1 / 3).flatten().tolist(), [0, 1, 0], atol=1e-5)
    np.testing.assert_allclose(F.adjust_hue(red, -1 / 3).flatten().tolist(), [0, 0, 1], atol=1e-5)
    assert F.get_dimensions(IMAGE) == F.get_dimensions(tensor()) == [3, 12, 10] and F.get_image_size(IMAGE) == [10, 12]


def test_the_gradient_goes_through():
    x = F.to_tensor(IMAGE).requires_grad_()
    F.normalize(F.center_crop(F.resize(F.hflip(x), 6), 4), [0.5], [0.5]).sum().backward()
    assert x.grad.abs().sum().item() > 0


@pytest.mark.parametrize(
    "call, text",
    [
        (lambda: F.resize(IMAGE, [1, 2, 3]), "Size must be an int or a 1 or 2 element tuple/list, not a 3 element"),
        (lambda: F.pad(IMAGE, [1, 2, 3]), "Padding must be an int or a 1, 2, or 4 element tuple, not a 3 element"),
        (lambda: F.five_crop(IMAGE, 30), "Requested crop size 30 is bigger than input size .12, 10."),
        (lambda: F.adjust_hue(IMAGE, 1), "hue_factor .1. is not in .-0.5, 0.5."),
        (lambda: F.gaussian_blur(IMAGE, 4), "kernel_size should have odd and positive integers"),
        (lambda: T.RandomCrop(40)(IMAGE), "Required crop size .40, 40. is larger than input image size .12, 10."),
        (lambda: T.ColorJitter(hue=0.6), "hue values should be between"),
        (lambda: T.RandomErasing(value="x"), "If value is str, it should be 'random'"),
    ],
)
def test_refusals(call, text):
    with pytest.raises(ValueError, match=text):
        call()
    with pytest.raises(TypeError, match="img should be PIL Image. Got <class 'int'>"):
        F.hflip(3)


# -- chance ----------------------------------------------------------------------------------------
# What torchvision draws, written out over PyTorch's generator: name -> (transform, what it then does).
def draw(low, high):
    return torch.empty(1).uniform_(low, high).item()


def integer(high):
    return torch.randint(0, high, size=(1,)).item()


def crop_after_padding(img):
    img = F.pad(img, 2)
    return F.crop(img, integer(12 + 4 - 8 + 1), integer(10 + 4 - 6 + 1), 8, 6)


def resized_crop(img):
    low, high = torch.log(torch.tensor((3.0 / 4.0, 4.0 / 3.0)))
    for _ in range(10):
        area = 120 * draw(0.08, 1.0)
        aspect = torch.exp(torch.empty(1).uniform_(low.item(), high.item())).item()
        w, h = int(round(math.sqrt(area * aspect))), int(round(math.sqrt(area / aspect)))
        if 0 < w <= 10 and 0 < h <= 12:
            return F.resized_crop(img, integer(12 - h + 1), integer(10 - w + 1), h, w, [6, 6])
    raise AssertionError("a seed that fits is wanted")


def jitter(img):
    order = torch.randperm(4)
    factors = [draw(0.5, 1.5), draw(0.6, 1.4), draw(0.7, 1.3), draw(-0.1, 0.1)]
    calls = [F.adjust_brightness, F.adjust_contrast, F.adjust_saturation, F.adjust_hue]
    for i in order:
        img = calls[i](img, factors[i])
    return img


DRAWN = {
    "crop": (T.RandomCrop((8, 6), padding=2), crop_after_padding),
    "flip": (T.RandomHorizontalFlip(0.6), lambda i: F.hflip(i) if torch.rand(1) < 0.6 else i),
    "vflip": (T.RandomVerticalFlip(), lambda i: F.vflip(i) if torch.rand(1) < 0.5 else i),
    "gray": (T.RandomGrayscale(0.5), lambda i: F.rgb_to_grayscale(i, 3) if torch.rand(1) < 0.5 else i),
    "resized": (T.RandomResizedCrop(6), resized_crop),
    "rotation": (T.RandomRotation(30), lambda i: F.rotate(i, draw(-30.0, 30.0), fill=0)),
    "jitter": (T.ColorJitter(0.5, 0.4, 0.3, 0.1), jitter),
    "blur": (T.GaussianBlur(3), lambda i: F.gaussian_blur(i, 3, draw(0.1, 2.0))),
    "apply": (T.RandomApply([T.RandomInvert(1.0)], 0.4),
              lambda i: i if 0.4 < torch.rand(1) else (torch.rand(1), F.invert(i))[1]),
    "affine": (T.RandomAffine(20, (0.1, 0.2), (0.8, 1.2), 5),
               lambda i: F.affine(i, draw(-20.0, 20.0), [round(draw(-1.0, 1.0)), round(draw(-2.4, 2.4))],
                                  draw(0.8, 1.2), [draw(-5.0, 5.0), 0.0], fill=0)),
}  # fmt: skip


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("seed", [0, 1])
def test_the_same_seed_draws_the_same(name, seed):
    transform, expected = DRAWN[name]
    jaxtorch.manual_seed(seed)
    torch.manual_seed(seed)
    assert (values(transform(IMAGE)) == values(expected(IMAGE))).all()
    assert jaxtorch.rand(1).item() == torch.rand(1).item()  # both generators stand at the same place


@pytest.mark.parametrize("value", [0, "random", (1.0, 2.0, 3.0)])
@pytest.mark.parametrize("seed", [0, 2])
def test_random_erasing(value, seed):
    jaxtorch.manual_seed(seed)
    torch.manual_seed(seed)
    found = T.RandomErasing(0.9, value=value)(F.to_tensor(IMAGE)).numpy()
    expected = F.to_tensor(IMAGE).numpy()
    low, high = torch.log(torch.tensor((0.3, 3.3))).tolist()
    if torch.rand(1) < 0.9:
        while True:
            area, aspect = 120 * draw(0.02, 0.33), torch.exp(torch.empty(1).uniform_(low, high)).item()
            h, w = int(round(math.sqrt(area * aspect))), int(round(math.sqrt(area / aspect)))
            if h < 12 and w < 10:
                break
        fill = {"random": lambda: torch.empty(3, h, w).normal_().numpy(), 0: lambda: 0}.get(
            value, lambda: np.array(value, np.float32)[:, None, None]
        )()
        i, j = integer(12 - h + 1), integer(10 - w + 1)
        expected[:, i : i + h, j : j + w] = fill
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_choice_and_order():
    random.seed(0)
    chosen = [T.RandomChoice([lambda i: "a", lambda i: "b"], p=[1, 3])(0) for _ in range(8)]
    random.seed(0)
    assert chosen == [random.choices("ab", weights=[1, 3])[0] for _ in range(8)]
    assert T.RandomOrder([lambda i: i + 1, lambda i: i + 1])(0) == 2


# -- text and presets ------------------------------------------------------------------------------
def test_text():
    text = repr(T.Compose([T.Resize(8), T.RandomCrop(4, padding=1), T.ToTensor(), T.Normalize([0.5], [0.2])]))
    assert text == ("Compose(\n    Resize(size=8, interpolation=bilinear, max_size=None, antialias=True)\n"
                    "    RandomCrop(size=(4, 4), padding=1)\n    ToTensor()\n    Normalize(mean=[0.5], std=[0.2])\n)")
    assert repr(T.RandomResizedCrop(6)) == ("RandomResizedCrop(size=(6, 6), scale=(0.08, 1.0), ratio=(0.75, 1.3333), "
                                            "interpolation=bilinear, antialias=True)")


def test_preset_of_weights():
    from jaxtorch.vision import models

    prepare = models.EfficientNet_B1_Weights.IMAGENET1K_V1.transforms()
    assert (prepare.crop_size, prepare.resize_size, prepare.interpolation.value) == ([240], [256], "bicubic")
    prepare = models.ResNet18_Weights.DEFAULT.transforms(crop_size=6, resize_size=8)
    expected = np.asarray(F.center_crop(F.resize(IMAGE, 8), 6)).transpose(2, 0, 1) / 255
    mean, std = (np.array(v)[:, None, None] for v in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    np.testing.assert_allclose(prepare(IMAGE).numpy(), (expected - mean) / std, rtol=1e-4, atol=1e-5)
