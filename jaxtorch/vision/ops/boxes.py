"""Boxes (x1, y1, x2, y2): areas, overlaps, and suppression of those that overlap."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..._core.exchange import from_numpy
from ..._core.tensor import Tensor
from ...nn._namespace import torch

__all__ = [
    "batched_nms", "box_area", "box_convert", "box_iou", "clip_boxes_to_image", "generalized_box_iou", "nms",
    "remove_small_boxes",
]  # fmt: skip


# -- suppression -----------------------------------------------------------------------------------
def _suppress(boxes: np.ndarray, scores: np.ndarray, iou_threshold: float, groups: np.ndarray | None) -> np.ndarray:
    """The boxes kept, best first: each is dropped that overlaps a better one of its group that is kept."""
    order = np.argsort(-scores, kind="stable")
    x1, y1, x2, y2 = (np.ascontiguousarray(side) for side in boxes[order].T)
    areas = (x2 - x1) * (y2 - y1)
    groups = None if groups is None else groups[order]
    alive, kept = np.ones(len(order), bool), []
    for i in range(len(order)):
        if not alive[i]:
            continue
        kept.append(i)
        rest = i + 1 + np.flatnonzero(alive[i + 1 :])
        if groups is not None:
            rest = rest[groups[rest] == groups[i]]
        wide = np.minimum(x2[i], x2[rest]) - np.maximum(x1[i], x1[rest])
        high = np.minimum(y2[i], y2[rest]) - np.maximum(y1[i], y1[rest])
        shared = np.maximum(wide, 0) * np.maximum(high, 0)
        with np.errstate(divide="ignore", invalid="ignore"):  # boxes without area overlap nothing
            alive[rest[shared / (areas[i] + areas[rest] - shared) > iou_threshold]] = False
    return order[kept].astype(np.int64)


def _nms(boxes: Tensor, scores: Tensor, iou_threshold: float, idxs: Tensor | None = None) -> Tensor:
    if boxes.ndim != 2:
        raise RuntimeError(f"boxes should be a 2d tensor, got {boxes.ndim}D")
    if boxes.shape[1] != 4:
        raise RuntimeError(f"boxes should have 4 elements in dimension 1, got {boxes.shape[1]}")
    if scores.ndim != 1:
        raise RuntimeError(f"scores should be a 1d tensor, got {scores.ndim}D")
    if boxes.shape[0] != scores.shape[0]:
        raise RuntimeError("boxes and scores should have same number of elements in dimension 0, got "
                           f"{boxes.shape[0]} and {scores.shape[0]}")  # fmt: skip
    groups = None if idxs is None else idxs.cpu().numpy()
    kept = _suppress(boxes.detach().cpu().numpy(), scores.detach().cpu().numpy(), iou_threshold, groups)
    return from_numpy(kept).to(boxes.device)


def nms(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    """Indices of the boxes that overlap no better one that is kept, best first.

    Its result's size depends on values: it runs on the host, and inside a compiled step it is a graph break.

    Args:
        boxes: (N, 4).
        scores: (N,).
        iou_threshold: from which overlap on, a box is dropped.

    Returns:
        Fresh int64 indices (K,).

    Example:
        >>> from jaxtorch.vision.ops import nms
        >>> boxes = torch.tensor([[0.0, 0, 10, 10], [1, 1, 10, 10], [20, 20, 30, 30]])
        >>> nms(boxes, torch.tensor([0.5, 0.9, 0.7]), 0.5)
        tensor([1, 2])
    """
    return _nms(boxes, scores, iou_threshold)


def batched_nms(boxes: Tensor, scores: Tensor, idxs: Tensor, iou_threshold: float) -> Tensor:
    """`nms` of each group of boxes by itself.

    Args:
        boxes, scores, iou_threshold: as of `nms`.
        idxs: (N,), the group of each box.

    Returns:
        Fresh int64 indices (K,) of all groups together, best first.
    """
    return _nms(boxes, scores, iou_threshold, idxs)


# -- shapes ----------------------------------------------------------------------------------------
def _wide(x: Tensor) -> Tensor:
    """As a dtype that products do not leave."""
    if x.dtype.is_floating_point:
        return x if x.dtype.itemsize > 2 else x.float()
    return x if x.dtype.itemsize >= 4 else x.int()


def box_area(boxes: Tensor) -> Tensor:
    """The areas of boxes (N, 4), as a fresh tensor (N,)."""
    boxes = _wide(boxes)
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def _overlap(one: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
    """Areas of intersections and unions, (N, M) each."""
    low = torch.maximum(one[:, None, :2], other[:, :2])
    high = torch.minimum(one[:, None, 2:], other[:, 2:])
    shared = _wide(high - low).clamp(min=0).prod(-1)
    return shared, box_area(one)[:, None] + box_area(other) - shared


def box_iou(boxes1: Tensor, boxes2: Tensor) -> Tensor:
    """Intersection over union of each box (N, 4) with each other (M, 4), (N, M)."""
    shared, union = _overlap(boxes1, boxes2)
    return shared / union


def generalized_box_iou(boxes1: Tensor, boxes2: Tensor) -> Tensor:
    """`box_iou` less the share of the smallest enclosing box that neither covers (Rezatofighi et al., 2019)."""
    shared, union = _overlap(boxes1, boxes2)
    low = torch.minimum(boxes1[:, None, :2], boxes2[:, :2])
    high = torch.maximum(boxes1[:, None, 2:], boxes2[:, 2:])
    around = _wide(high - low).clamp(min=0).prod(-1)
    return shared / union - (around - union) / around


def clip_boxes_to_image(boxes: Tensor, size: Sequence[int]) -> Tensor:
    """Boxes (..., 4) with their corners moved into an image.

    Args:
        boxes: any number of them.
        size: the image's height and width.
    """
    height, width = size
    x, y = boxes[..., 0::2].clamp(min=0, max=width), boxes[..., 1::2].clamp(min=0, max=height)
    return torch.stack((x, y), dim=boxes.ndim).reshape(boxes.shape)


def remove_small_boxes(boxes: Tensor, min_size: float) -> Tensor:
    """Indices of the boxes (N, 4) of which no side is shorter than ``min_size``."""
    wide, high = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    return torch.where((wide >= min_size) & (high >= min_size))[0]


def _from_corner_and_size(b: Tensor) -> Tensor:
    return torch.cat([b[..., :2], b[..., :2] + b[..., 2:]], -1)


def _from_center_and_size(b: Tensor) -> Tensor:
    return torch.cat([b[..., :2] - 0.5 * b[..., 2:], b[..., :2] + 0.5 * b[..., 2:]], -1)


def _to_corner_and_size(b: Tensor) -> Tensor:
    return torch.cat([b[..., :2], b[..., 2:] - b[..., :2]], -1)


def _to_center_and_size(b: Tensor) -> Tensor:
    return torch.cat([(b[..., :2] + b[..., 2:]) / 2, b[..., 2:] - b[..., :2]], -1)


# Format -> (to corners, from corners).
_FORMATS = {
    "xyxy": (lambda b: b, lambda b: b),
    "xywh": (_from_corner_and_size, _to_corner_and_size),
    "cxcywh": (_from_center_and_size, _to_center_and_size),
}


def box_convert(boxes: Tensor, in_fmt: str, out_fmt: str) -> Tensor:
    """Boxes (..., 4) in another format.

    Args:
        boxes: any number of them.
        in_fmt, out_fmt: "xyxy" (two corners), "xywh" (corner and size) or "cxcywh" (center and size).

    Returns:
        A fresh tensor.
    """
    if in_fmt not in _FORMATS or out_fmt not in _FORMATS:
        raise ValueError(f"Unsupported Bounding Box Conversions for given in_fmt {in_fmt} and out_fmt {out_fmt}")
    if in_fmt == out_fmt:
        return boxes.clone()
    return _FORMATS[out_fmt][1](_FORMATS[in_fmt][0](boxes))
