"""A program over many names, for the type checker (`make check`) and for the interpreter (`test_stubs.py`)."""

from __future__ import annotations

from typing import assert_type

import jaxtorch as torch
import jaxtorch.nn.functional as F
from jaxtorch import Tensor, nn


def shapes() -> None:
    x = torch.zeros(2, 3, dtype=torch.float32, device="cpu")
    assert_type(x, Tensor)
    assert_type(torch.zeros((2, 3)), Tensor)
    assert_type(x.shape, torch.Size)
    assert_type(x.size(), torch.Size)
    assert_type(x.size(0), int)
    assert_type(x.stride(), tuple[int, ...])
    assert_type(x.dim(), int)
    assert_type(x.numel(), int)
    assert_type(x.dtype, torch.dtype)
    assert_type(x.device, torch.device)
    assert_type(x.view(3, 2), Tensor)
    assert_type(x.view([3, 2]), Tensor)
    assert_type(x.reshape(-1).view(torch.int32), Tensor)
    assert_type(x.permute(1, 0).transpose(0, 1).T.mT, Tensor)
    assert_type(x.chunk(2), tuple[Tensor, ...])
    assert_type(torch.split(x, [1, 1]), tuple[Tensor, ...])
    assert_type(x.unbind(0), tuple[Tensor, ...])
    assert_type(torch.meshgrid(x[0], x[1], indexing="ij"), tuple[Tensor, ...])
    assert_type(x.expand(4, 2, 3).flatten().unsqueeze(0).squeeze(), Tensor)
    assert_type(x.to("cpu").to(torch.float64).to(x, copy=True), Tensor)
    assert_type(x.type(), str)
    assert_type(x.is_contiguous(memory_format=torch.contiguous_format), bool)


def arithmetic() -> None:
    x, y = torch.ones(2, 3), torch.rand(2, 3, generator=torch.Generator().manual_seed(0))
    assert_type(x + y, Tensor)
    assert_type(2 * x - 1.5 / (y + 1), Tensor)
    assert_type(-(x**2) @ y.t(), Tensor)
    assert_type(x < y, Tensor)
    assert_type(x == 1, Tensor)
    assert_type((x > 0) & ~(y > 0), Tensor)
    assert_type(torch.add(x, y, alpha=2, out=torch.empty(2, 3)), Tensor)
    assert_type(x.add_(y).mul_(2).clamp_(min=0).abs_(), Tensor)
    x += 1
    x[0, :] = 3.0
    x[y > 0.5] = y[y > 0.5]
    assert_type(x[..., None, 1:], Tensor)
    assert_type(x.multiply(y).true_divide(2).absolute(), Tensor)
    assert_type(torch.where(x > 0, x, y), Tensor)
    assert_type(torch.where(x > 0), tuple[Tensor, ...])
    assert_type(torch.nonzero(x, as_tuple=True), tuple[Tensor, ...])
    assert_type(torch.einsum("ij,kj->ik", x, y), Tensor)
    assert_type(torch.allclose(x, x), bool)
    assert_type(x.equal(y), bool)
    assert_type(torch.cat([x, y], dim=1), Tensor)
    assert_type(torch.stack((x, y)), Tensor)


def reductions() -> None:
    x = torch.randn(4, 5)
    assert_type(x.sum(), Tensor)
    assert_type(x.sum(dim=(0, 1), keepdim=True), Tensor)
    assert_type(x.mean(1), Tensor)
    assert_type(x.max(), Tensor)
    assert_type(x.max(dim=1).values, Tensor)
    values, indices = torch.sort(x, descending=True)
    assert_type(values, Tensor)
    assert_type(torch.topk(x, 2).indices + indices[:, :2], Tensor)
    mean, std = torch.var_mean(x, dim=0)
    assert_type(mean + std, Tensor)
    assert_type(torch.linalg.svd(x).S, Tensor)
    assert_type(torch.linalg.norm(x), Tensor)
    assert_type(torch.fft.rfft(x, norm="ortho"), Tensor)
    assert_type(torch.special.expit(x), Tensor)


def training() -> None:
    layer = nn.Linear(5, 3)
    x, target = torch.randn(4, 5, requires_grad=True), torch.tensor([0, 1, 2, 0])
    loss = F.cross_entropy(F.dropout(F.gelu(layer(x)), 0.1), target, reduction="mean")
    assert_type(loss, Tensor)
    loss.backward()
    assert_type(x.grad, Tensor | None)
    assert_type(x.data.detach().requires_grad_().requires_grad, bool)
    x.grad = None
    x.requires_grad = False
    image = torch.randn(1, 3, 8, 8)
    assert_type(F.conv2d(image, torch.randn(2, 3, 3, 3), stride=2, padding="valid"), Tensor)
    assert_type(F.max_pool2d(image, 2), Tensor)
    pooled, places = F.max_pool2d(image, (2, 2), return_indices=True)
    assert_type(F.max_unpool2d(pooled, places, 2), Tensor)
    assert_type(F.interpolate(image, scale_factor=2.0, mode="nearest"), Tensor)
    assert_type(F.layer_norm(image, [8, 8]), Tensor)
    assert_type(F.softmax(image, dim=-1), Tensor)
    assert_type(F.one_hot(target, 3), Tensor)
    with torch.no_grad():
        layer.weight.add_(1).copy_(layer.weight)
    assert_type(torch.float32.is_floating_point, bool)
    assert_type(torch.finfo(torch.float32).eps, float)


PROGRAMS = [shapes, arithmetic, reductions, training]
