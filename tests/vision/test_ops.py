"""Boxes, regions and losses against plain loops over numbers, and against PyTorch's own gradients."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

import jaxtorch
from jaxtorch.vision import ops

from ..counting import compilations
from .shadow import import_shadow

REFERENCE = import_shadow("vision.ops")


def boxes_of(rng, n: int, size: float = 12.0) -> np.ndarray:
    low = rng.random((n, 2), np.float32) * size
    return np.concatenate([low, low + 3 + rng.random((n, 2), np.float32) * size], 1)


def iou(a, b) -> float:
    wide = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    high = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - wide * high
    return wide * high / union


def slow_nms(boxes, scores, threshold, groups) -> list[int]:
    kept: list[int] = []
    for i in sorted(range(len(boxes)), key=lambda i: -scores[i]):
        if all(groups[i] != groups[j] or iou(boxes[i], boxes[j]) <= threshold for j in kept):
            kept.append(i)
    return kept


@pytest.mark.parametrize("threshold", [0.1, 0.5])
def test_nms(threshold):
    rng = np.random.default_rng(0)
    boxes, scores = boxes_of(rng, 60), rng.random(60, np.float32)
    scores[10:20] = scores[10]  # ties go to the first
    groups = rng.integers(0, 3, 60)
    b, s, g = (jaxtorch.tensor(v) for v in (boxes, scores, groups))
    found = ops.nms(b, s, threshold)
    assert found.dtype == jaxtorch.int64
    assert found.tolist() == slow_nms(boxes.tolist(), scores.tolist(), threshold, [0] * 60)
    expected = slow_nms(boxes.tolist(), scores.tolist(), threshold, groups.tolist())
    assert ops.batched_nms(b, s, g, threshold).tolist() == expected
    assert 5 < len(expected) < 60


def test_nms_compiles_nothing_and_takes_no_boxes():
    rng = np.random.default_rng(1)
    before = compilations()
    for n in (3, 5, 7):
        ops.nms(jaxtorch.from_numpy(boxes_of(rng, n)), jaxtorch.from_numpy(rng.random(n, np.float32)), 0.5)
    assert compilations() == before
    assert ops.nms(jaxtorch.zeros(0, 4), jaxtorch.zeros(0), 0.5).tolist() == []
    with pytest.raises(RuntimeError, match="boxes should have 4 elements in dimension 1, got 3"):
        ops.nms(jaxtorch.zeros(2, 3), jaxtorch.zeros(2), 0.5)


def test_overlaps():
    rng = np.random.default_rng(2)
    a, b = boxes_of(rng, 5), boxes_of(rng, 7)
    found = ops.box_iou(jaxtorch.tensor(a), jaxtorch.tensor(b)).numpy()
    general = ops.generalized_box_iou(jaxtorch.tensor(a), jaxtorch.tensor(b)).numpy()
    for i, p in enumerate(a.tolist()):
        for j, q in enumerate(b.tolist()):
            around = (max(p[2], q[2]) - min(p[0], q[0])) * (max(p[3], q[3]) - min(p[1], q[1]))
            areas = sum((r[2] - r[0]) * (r[3] - r[1]) for r in (p, q))
            union = areas / (1 + iou(p, q))
            assert math.isclose(found[i, j], iou(p, q), rel_tol=1e-4, abs_tol=1e-5)
            assert math.isclose(general[i, j], iou(p, q) - (around - union) / around, rel_tol=1e-4, abs_tol=1e-5)
    assert ops.box_area(jaxtorch.tensor([[0, 0, 200, 200]], dtype=jaxtorch.uint8)).tolist() == [40000]


def test_formats_and_clipping():
    xyxy = jaxtorch.tensor([[1.0, 2.0, 5.0, 10.0], [0.0, 0.0, 3.0, 1.0]])
    expected = {"xyxy": xyxy.tolist(), "xywh": [[1, 2, 4, 8], [0, 0, 3, 1]], "cxcywh": [[3, 6, 4, 8], [1.5, 0.5, 3, 1]]}
    for source in expected:
        for target in expected:
            found = ops.box_convert(jaxtorch.tensor(expected[source]).float(), source, target)
            assert found.tolist() == expected[target]
    with pytest.raises(ValueError, match="Unsupported Bounding Box Conversions for given in_fmt xyxy and out_fmt x"):
        ops.box_convert(xyxy, "xyxy", "x")
    assert ops.clip_boxes_to_image(xyxy, (4, 2)).tolist() == [[1, 2, 2, 4], [0, 0, 2, 1]]
    assert ops.remove_small_boxes(xyxy, 2).tolist() == [0]


def bilinear(image, y: float, x: float) -> float:
    height, width = image.shape
    if y < -1 or y > height or x < -1 or x > width:
        return 0.0
    y, x = max(y, 0.0), max(x, 0.0)
    y0, x0 = min(int(y), height - 1), min(int(x), width - 1)
    y1, x1 = min(y0 + 1, height - 1), min(x0 + 1, width - 1)
    dy, dx = (0.0 if y0 == height - 1 else y - y0), (0.0 if x0 == width - 1 else x - x0)
    top = image[y0, x0] * (1 - dx) + image[y0, x1] * dx
    return top * (1 - dy) + (image[y1, x0] * (1 - dx) + image[y1, x1] * dx) * dy


def slow_roi_align(input, rois, out, scale, ratio, aligned):
    result = np.zeros((len(rois), input.shape[1], *out))
    for k, (image, *corners) in enumerate(rois):
        x1, y1, x2, y2 = (c * scale - (0.5 if aligned else 0) for c in corners)
        wide, high = x2 - x1, y2 - y1
        if not aligned:
            wide, high = max(wide, 1.0), max(high, 1.0)
        bh, bw = high / out[0], wide / out[1]
        ny, nx = (ratio, ratio) if ratio > 0 else (math.ceil(bh), math.ceil(bw))
        for c in range(input.shape[1]):
            for i in range(out[0]):
                for j in range(out[1]):
                    ys = [y1 + (i + (m + 0.5) / ny) * bh for m in range(ny)]
                    xs = [x1 + (j + (n + 0.5) / nx) * bw for n in range(nx)]
                    samples = [bilinear(input[int(image), c], y, x) for y in ys for x in xs]
                    result[k, c, i, j] = sum(samples) / max(len(samples), 1)
    return result


# Regions inside, across the border, outside, and without extent.
ROIS = np.array([[0, 1, 2, 7, 9], [1, -3, -2, 5, 4.5], [1, 6, 5, 22, 19], [0, 30, 30, 40, 40], [1, 4, 4, 4, 4]],
                np.float32)  # fmt: skip


@pytest.mark.parametrize("ratio", [2, -1])
@pytest.mark.parametrize("aligned", [False, True])
def test_roi_align(ratio, aligned):
    features = np.random.default_rng(3).standard_normal((2, 2, 8, 10)).astype(np.float32)
    x = jaxtorch.tensor(features, requires_grad=True)
    found = ops.roi_align(x, jaxtorch.tensor(ROIS), (3, 2), 0.7, ratio, aligned)
    expected = slow_roi_align(features, ROIS.tolist(), (3, 2), 0.7, ratio, aligned)
    np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-4, atol=1e-5)
    # linear in the features: the gradient of a weighted sum gives back that sum
    weights = jaxtorch.tensor(np.random.default_rng(4).standard_normal(expected.shape).astype(np.float32))
    total = (found * weights).sum()
    total.backward()
    assert abs((x.grad * x).sum().item() - total.item()) < 1e-3


def test_roi_align_of_lists_and_of_nothing():
    x = jaxtorch.tensor(np.random.default_rng(3).standard_normal((2, 2, 8, 10)).astype(np.float32))
    listed = [jaxtorch.tensor(ROIS[ROIS[:, 0] == i, 1:]) for i in range(2)]
    found = ops.RoIAlign((3, 2), 0.7, 2)(x, listed)
    order = np.argsort(ROIS[:, 0], kind="stable")
    np.testing.assert_allclose(found.numpy(), ops.roi_align(x, jaxtorch.tensor(ROIS[order]), (3, 2), 0.7, 2).numpy())
    assert ops.roi_align(x, jaxtorch.zeros(0, 5), 2).shape == (0, 2, 2, 2)
    with pytest.raises(IndexError, match="a region is of image 2, but there are 2 images"):
        ops.roi_align(x, jaxtorch.tensor([[2.0, 0, 0, 1, 1]]), 2)
    with pytest.raises(AssertionError, match="not correct as Tensor.K, 5."):
        ops.roi_align(x, jaxtorch.zeros(1, 4), 2)


def slow_roi_pool(input, rois, out, scale):
    result = np.zeros((len(rois), input.shape[1], *out), np.float32)
    height, width = input.shape[2:]
    for k, (image, *corners) in enumerate(rois):
        scaled = [c * scale for c in corners]
        x1, y1, x2, y2 = (int(math.copysign(math.floor(abs(c) + 0.5), c)) for c in scaled)
        bh, bw = max(y2 - y1 + 1, 1) / out[0], max(x2 - x1 + 1, 1) / out[1]
        for i in range(out[0]):
            for j in range(out[1]):
                rows = range(max(math.floor(i * bh) + y1, 0), min(math.ceil((i + 1) * bh) + y1, height))
                columns = range(max(math.floor(j * bw) + x1, 0), min(math.ceil((j + 1) * bw) + x1, width))
                for c in range(input.shape[1]):
                    values = [input[int(image), c, y, x] for y in rows for x in columns]
                    result[k, c, i, j] = max(values, default=0)
    return result


def test_roi_pool():
    features = np.random.default_rng(5).standard_normal((2, 2, 8, 10)).astype(np.float32)
    x = jaxtorch.tensor(features, requires_grad=True)
    found = ops.roi_pool(x, jaxtorch.tensor(ROIS), (2, 4), 0.5)
    assert (found.detach().numpy() == slow_roi_pool(features, ROIS.tolist(), (2, 4), 0.5)).all()
    found.sum().backward()
    assert abs((x.grad * x).sum().item() - found.sum().item()) < 1e-4


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_sigmoid_focal_loss(reduction):
    rng = np.random.default_rng(6)
    logits, targets = rng.standard_normal((3, 4)).astype(np.float32), rng.integers(0, 2, (3, 4)).astype(np.float32)
    p = 1 / (1 + np.exp(-logits.astype(np.float64)))
    right = np.where(targets == 1, p, 1 - p)
    expected = np.where(targets == 1, 0.25, 0.75) * (1 - right) ** 2 * -np.log(right)
    expected = {"none": expected, "mean": expected.mean(), "sum": expected.sum()}[reduction]
    found = ops.sigmoid_focal_loss(jaxtorch.tensor(logits), jaxtorch.tensor(targets), reduction=reduction)
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-5)


def test_stochastic_depth_draws_pytorchs_numbers():
    x = np.arange(1, 13, dtype=np.float32).reshape(4, 3)
    for mode in ("row", "batch"):
        results = []
        for library, package in ((torch, REFERENCE), (jaxtorch, ops)):
            library.manual_seed(2)
            results.append(package.StochasticDepth(0.5, mode)(library.tensor(x)).numpy())
        assert (results[0] == results[1]).all()
    assert (ops.StochasticDepth(0.5, "row").eval()(jaxtorch.tensor(x)).numpy() == x).all()


def test_frozen_batch_norm():
    rng = np.random.default_rng(7)
    source = torch.nn.BatchNorm2d(3).eval()
    with torch.no_grad():
        for value in (source.weight, source.bias, source.running_mean, source.running_var):
            value.copy_(torch.tensor(rng.random(3, np.float32)))
    frozen = ops.FrozenBatchNorm2d(3)
    frozen.load_state_dict({name: jaxtorch.tensor(value.numpy()) for name, value in source.state_dict().items()})
    x = rng.random((2, 3, 4, 4), np.float32)
    expected = source(torch.tensor(x)).detach().numpy()
    np.testing.assert_allclose(frozen(jaxtorch.tensor(x)).numpy(), expected, rtol=1e-5, atol=1e-6)
    assert not list(frozen.parameters()) and repr(frozen) == "FrozenBatchNorm2d(3, eps=1e-05)"


def test_layers():
    assert ops.Conv2dNormActivation(3, 4, 5, dilation=2)[0].padding == (4, 4)
    assert ops.Conv2dNormActivation(3, 4, norm_layer=None)[0].bias is not None
    assert [type(m).__name__ for m in ops.MLP(3, [4, 2], norm_layer=jaxtorch.nn.LayerNorm)] == [
        "Linear", "LayerNorm", "ReLU", "Dropout", "Linear", "Dropout",
    ]  # fmt: skip
    assert ops.SqueezeExcitation(4, 2)(jaxtorch.ones(1, 4, 2, 2)).shape == (1, 4, 2, 2)
