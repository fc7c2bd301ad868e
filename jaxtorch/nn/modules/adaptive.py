"""The softmax over many classes, of which some are rare."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence

from ..._core.tensor import Tensor
from .. import functional as F
from .._namespace import torch
from .container import ModuleList, Sequential
from .linear import Linear
from .module import Module

__all__ = ["AdaptiveLogSoftmaxWithLoss"]

_ASMoutput = namedtuple("_ASMoutput", ["output", "loss"])


class AdaptiveLogSoftmaxWithLoss(Module):
    """The log-softmax over classes sorted by frequency, rare ones in clusters (Grave et al., 2017).

    Args:
        in_features: the width of the input.
        n_classes: how many classes there are.
        cutoffs: where the clusters begin; the classes before the first are the frequent ones.
        div_value: by what power of it the input of a cluster is narrower.
        head_bias: whether the frequent classes have a bias.

    Attributes:
        head: the map to the frequent classes and one more for each cluster.
        tail: the two maps of each cluster.

    Raises:
        ValueError: ``cutoffs`` are not increasing numbers between 1 and ``n_classes - 1``.

    Example:
        >>> import jaxtorch as torch
        >>> layer = torch.nn.AdaptiveLogSoftmaxWithLoss(8, 10, [2, 5], div_value=2.0)
        >>> output, loss = layer(torch.zeros(3, 8), torch.tensor([0, 4, 9]))
        >>> output.shape, loss.shape
        (torch.Size([3]), torch.Size([]))
    """

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        device=None,
        dtype=None,
    ) -> None:
        super().__init__()
        cutoffs = list(cutoffs)
        if len(cutoffs) == 0:
            raise ValueError("cutoffs should be a sequence of length larger than 0")
        whole = all(int(c) == c for c in cutoffs)
        if not whole or cutoffs != sorted(set(cutoffs)) or cutoffs[0] <= 0 or cutoffs[-1] > n_classes - 1:
            raise ValueError(
                "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where each "
                "value is between 1 and n_classes-1"
            )
        self.in_features = in_features
        self.n_classes = n_classes
        self.cutoffs = [*cutoffs, n_classes]
        self.div_value = div_value
        self.head_bias = head_bias
        self.shortlist_size = self.cutoffs[0]
        self.n_clusters = len(self.cutoffs) - 1
        self.head_size = self.shortlist_size + self.n_clusters
        self.head = Linear(in_features, self.head_size, bias=head_bias, device=device, dtype=dtype)
        self.tail = ModuleList()
        for i in range(self.n_clusters):
            width = int(in_features // (div_value ** (i + 1)))
            size = self.cutoffs[i + 1] - self.cutoffs[i]
            self.tail.append(
                Sequential(
                    Linear(in_features, width, bias=False, device=device, dtype=dtype),
                    Linear(width, size, bias=False, device=device, dtype=dtype),
                )
            )

    def reset_parameters(self) -> None:
        """Draw all weights anew."""
        self.head.reset_parameters()
        for first, second in self.tail:  # pyright: ignore[reportGeneralTypeIssues]
            first.reset_parameters()
            second.reset_parameters()

    def forward(self, input_: Tensor, target_: Tensor) -> _ASMoutput:
        """(the log-probability of each target, the mean of their negatives).

        Args:
            input_: (N, in_features), or (in_features,).
            target_: (N,) classes, or ().

        Raises:
            RuntimeError: shapes do not go together, or a target is no class.
        """
        dims = target_.dim()
        if dims == 1:
            if input_.size(0) != target_.size(0):
                raise RuntimeError("Input and target should have the same size in the batch dimension.")
            if input_.dim() != 2:
                raise RuntimeError(
                    f"1D target tensor expects 2D input tensors, but found inputs with size {input_.size()}"
                )
        elif dims == 0:
            if input_.dim() != 1:
                raise RuntimeError(
                    f"0D target tensor expects 1D input tensors, but found inputs with size {input_.size()}"
                )
        else:
            raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
        x, target = (input_, target_) if dims else (input_.unsqueeze(0), target_.unsqueeze(0))
        wrong = (target < 0) | (target >= self.n_classes)
        if wrong.any():
            raise RuntimeError(
                f"Target values should be in [0, {self.n_classes - 1}], but values in range "
                f"[{target.min().item()}, {target.max().item()}] were found. "
            )
        cluster = torch.zeros_like(target)
        for cutoff in self.cutoffs[:-1]:
            cluster = cluster + (target >= cutoff)
        place = torch.where(cluster == 0, target, cluster + (self.shortlist_size - 1))
        within = x.new_zeros(target.shape[0])  # the log-probability within a cluster
        for i, tail in enumerate(self.tail):
            rows = (cluster == i + 1).nonzero().squeeze(1)
            if rows.numel():
                found = F.log_softmax(tail(x.index_select(0, rows)), dim=1)
                classes = target.index_select(0, rows) - self.cutoffs[i]
                within = within.index_copy(0, rows, found.gather(1, classes.unsqueeze(1)).squeeze(1))
        head = F.log_softmax(self.head(x), dim=1)
        output = within + head.gather(1, place.unsqueeze(1)).squeeze()
        loss = (-output).mean()
        return _ASMoutput(output if dims else output.squeeze(0), loss)

    def _get_full_log_prob(self, input, head_output):
        """The log-probabilities of all classes."""
        size = self.shortlist_size
        out = input.new_empty((head_output.size(0), self.n_classes))
        head = F.log_softmax(head_output, dim=1)
        out[:, :size] = head[:, :size]
        for i, (start, stop) in enumerate(zip(self.cutoffs, self.cutoffs[1:], strict=False)):
            found = F.log_softmax(self.tail[i](input), dim=1)
            out[:, start:stop] = found + head[:, size + i].unsqueeze(1)
        return out

    def log_prob(self, input: Tensor) -> Tensor:
        """The log-probabilities of all classes: (N, n_classes) of (N, in_features)."""
        return self._get_full_log_prob(input, self.head(input))

    def predict(self, input: Tensor) -> Tensor:
        """The most probable class of each row, a frequent one if no cluster is more probable."""
        head = self.head(input)
        best = torch.argmax(head, dim=1)
        rare = best >= self.shortlist_size
        return torch.where(rare, torch.argmax(self._get_full_log_prob(input, head), dim=1), best)
