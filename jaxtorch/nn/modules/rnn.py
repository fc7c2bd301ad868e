"""Recurrent networks as modules."""

from __future__ import annotations

import math
import numbers
import warnings

from ..._core import errors, modes
from ..._core.tensor import Tensor
from .. import init
from .._namespace import torch
from ..parameter import Parameter
from ..utils.rnn import PackedSequence
from ._layer import unusual
from .module import Module

__all__ = ["RNNBase", "RNN", "LSTM", "GRU", "RNNCellBase", "RNNCell", "LSTMCell", "GRUCell"]

# mode -> (op, how many times hidden_size the gates take)
_MODES = {
    "RNN_TANH": ("rnn_tanh", 1),
    "RNN_RELU": ("rnn_relu", 1),
    "LSTM": ("lstm", 4),
    "GRU": ("gru", 3),
}


def apply_permutation(tensor: Tensor, permutation: Tensor, dim: int = 1) -> Tensor:
    """``tensor.index_select(dim, permutation)``, by a former name."""
    warnings.warn(
        "`apply_permutation` is deprecated, please use `tensor.index_select(dim, permutation)` "
        "instead",
        FutureWarning,
        stacklevel=2,
    )
    return tensor.index_select(dim, permutation)


def _reset(module: Module) -> None:
    """The first values: U(-k, k) with ``k = hidden_size ** -0.5``."""
    k = 1.0 / math.sqrt(module.hidden_size) if module.hidden_size > 0 else 0
    for p in module.parameters():
        init.uniform_(p, -k, k)


class RNNBase(Module):
    """What RNN, LSTM and GRU share: layers of parameters, and running an op over sequences."""

    __constants__ = [
        "mode", "input_size", "hidden_size", "num_layers", "bias", "batch_first", "dropout",
        "bidirectional", "proj_size",
    ]  # fmt: skip
    __jit_unused_properties__ = ["all_weights"]

    def __init__(self, mode: str, input_size: int, hidden_size: int, num_layers: int = 1,
                 bias: bool = True, batch_first: bool = False, dropout: float = 0.0,
                 bidirectional: bool = False, proj_size: int = 0, device=None,
                 dtype=None) -> None:  # fmt: skip
        super().__init__()
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        self._check_settings(dropout)
        self._all_weights = []
        for layer in range(num_layers):
            size = input_size if layer == 0 else (proj_size or hidden_size) * self._directions
            for suffix in ("", "_reverse")[: self._directions]:
                shapes = self._shapes(size)
                names = [f"{name}_l{layer}{suffix}" for name in shapes]
                for name, shape in zip(names, shapes.values(), strict=True):
                    setattr(self, name, Parameter(torch.empty(shape, device=device, dtype=dtype)))
                self._all_weights.append(names)
        self._flat_weights_names = [name for names in self._all_weights for name in names]
        self.reset_parameters()

    def _check_settings(self, dropout) -> None:
        if (
            not isinstance(dropout, numbers.Number)
            or not 0 <= dropout <= 1
            or isinstance(dropout, bool)
        ):
            raise ValueError(
                "dropout should be a number in range [0, 1] representing the probability of an "
                "element being zeroed"
            )
        if dropout > 0 and self.num_layers == 1:
            warnings.warn(
                "dropout option adds dropout after all but last recurrent layer, so non-zero "
                f"dropout expects num_layers greater than 1, but got dropout={dropout} and "
                f"num_layers={self.num_layers}",
                stacklevel=4,
            )
        for name in ("bias", "batch_first"):
            value = getattr(self, name)
            if not isinstance(value, bool):
                raise TypeError(f"{name} should be of type bool, got: {type(value).__name__}")
        for name in ("input_size", "hidden_size"):
            value = getattr(self, name)
            if not isinstance(value, int):
                raise TypeError(f"{name} should be of type int, got: {type(value).__name__}")
            if value <= 0:
                raise ValueError(f"{name} must be greater than zero")
        if self.num_layers <= 0:
            raise ValueError("num_layers must be greater than zero")
        if self.proj_size < 0:
            raise ValueError(
                "proj_size should be a positive integer or zero to disable projections"
            )
        if self.proj_size >= self.hidden_size:
            raise ValueError("proj_size has to be smaller than hidden_size")
        if self.mode not in _MODES:
            raise ValueError("Unrecognized RNN mode: " + self.mode)

    def _shapes(self, input_size: int) -> dict[str, tuple[int, ...]]:
        """The parameters of one direction of one layer, in order."""
        gates = _MODES[self.mode][1] * self.hidden_size
        shapes = {
            "weight_ih": (gates, input_size),
            "weight_hh": (gates, self.proj_size or self.hidden_size),
        }
        if self.bias:
            shapes |= {"bias_ih": (gates,), "bias_hh": (gates,)}
        if self.proj_size:
            shapes["weight_hr"] = (self.proj_size, self.hidden_size)
        return shapes

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters, one list a layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    @property
    def _flat_weights(self) -> list[Parameter]:
        return [getattr(self, name, None) for name in self._flat_weights_names]

    def flatten_parameters(self) -> None:
        """Nothing: XLA lays the parameters out by itself."""

    def reset_parameters(self) -> None:
        """Draw all parameters anew from U(-k, k) with ``k = hidden_size ** -0.5``."""
        _reset(self)

    def __getstate__(self):
        # as PyTorch keeps it, so that it can read what is saved here
        return {**super().__getstate__(), "_flat_weights": self._flat_weights}

    def __setstate__(self, state) -> None:
        super().__setstate__(
            {k: v for k, v in state.items() if k not in ("_flat_weights", "all_weights")}
        )
        fields = self.__dict__
        fields.setdefault("proj_size", 0)
        if "all_weights" in state:
            fields["_all_weights"] = state["all_weights"]
        fields.setdefault(
            "_flat_weights_names", [name for names in self._all_weights for name in names]
        )

    # -- checks -------------------------------------------------------------------------------
    def check_input(self, input: Tensor, batch_sizes: Tensor | None) -> None:
        """Raise unless ``input`` fits the layer."""
        dtype = self._flat_weights[0].dtype
        if input.dtype != dtype and not modes.state.autocast:
            raise ValueError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({dtype}). Convert "
                f"input: input.to({dtype}), or convert model: model.to({input.dtype})"
            )
        dims = 2 if batch_sizes is not None else 3
        if input.dim() != dims:
            raise RuntimeError(f"input must have {dims} dimensions, got {input.dim()}")
        if self.input_size != input.size(-1):
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got "
                f"{input.size(-1)}"
            )

    def _batch(self, input: Tensor, batch_sizes: Tensor | None) -> int:
        if batch_sizes is not None:
            return int(batch_sizes[0])
        return input.size(0) if self.batch_first else input.size(1)

    def get_expected_hidden_size(
        self, input: Tensor, batch_sizes: Tensor | None
    ) -> tuple[int, int, int]:
        """The shape of the hidden state for ``input``."""
        return (
            self.num_layers * self._directions, self._batch(input, batch_sizes),
            self.proj_size or self.hidden_size,
        )  # fmt: skip

    def _check_states(self, *states: Tensor) -> None:
        """Raise unless the states have the dtype of the weights, as the products of the two do."""
        dtype = self._flat_weights[0].dtype
        if modes.state.autocast:
            return
        for state in states:
            if state.dtype != dtype:
                if len(states) == 2 and dtype.name == "float32":
                    raise RuntimeError("get_mkldnn_dtype: unsupported data type")
                raise RuntimeError(errors.FACTORS.format(name="mat1", a=state.dtype, b=dtype))

    def check_hidden_size(self, hx: Tensor, expected_hidden_size: tuple[int, int, int],
                          msg: str = "Expected hidden size {}, got {}") -> None:  # fmt: skip
        """Raise unless a state has the expected shape."""
        if hx.size() != expected_hidden_size:
            raise RuntimeError(msg.format(expected_hidden_size, list(hx.size())))

    def check_forward_args(self, input: Tensor, hidden, batch_sizes: Tensor | None) -> None:
        """Raise unless input and state fit the layer and each other."""
        self.check_input(input, batch_sizes)
        self.check_hidden_size(hidden, self.get_expected_hidden_size(input, batch_sizes))
        self._check_states(hidden)

    def permute_hidden(self, hx, permutation: Tensor | None):
        """The state with its batch in the order of ``permutation``."""
        return (
            hx if permutation is None else self._each(hx, lambda h: h.index_select(1, permutation))
        )

    # -- running ------------------------------------------------------------------------------
    def _each(self, hx, fn):
        """``fn`` of the state (of each of its tensors)."""
        return fn(hx)

    def _zero_state(self, input: Tensor, batch_sizes: Tensor | None):
        size = self.get_expected_hidden_size(input, batch_sizes)
        return torch.zeros(*size, dtype=input.dtype, device=input.device)

    def _check_dims(self, input: Tensor) -> None:
        if input.dim() not in (2, 3):
            raise ValueError(
                f"{self.mode}: Expected input to be 2D or 3D, got {input.dim()}D instead"
            )

    def _check_state_dims(self, hx: Tensor, batched: bool) -> None:
        if hx.dim() != (3 if batched else 2):
            kind = (
                "batched 3-D input, hx should also be 3-D"
                if batched
                else "unbatched 2-D input, hx should also be 2-D"
            )
            raise RuntimeError(f"For {kind} but got {hx.dim()}-D tensor")

    def _run(self, input: Tensor, batch_sizes: Tensor | None, hx):
        """(output, state) of the op over padded or packed sequences."""
        op = getattr(torch, _MODES[self.mode][0])
        settings = (
            self._flat_weights,
            self.bias,
            self.num_layers,
            self.dropout,
            self.training,
            self.bidirectional,
        )
        if batch_sizes is None:
            output, *state = op(input, hx, *settings, self.batch_first)
        else:
            output, *state = op(input, batch_sizes, hx, *settings)
        return output, (state[0] if len(state) == 1 else tuple(state))

    def forward(self, input, hx=None):
        """Run the layers over the sequences.

        Args:
            input: (L, N, input_size), with ``batch_first`` (N, L, input_size); without a batch
                (L, input_size); or a PackedSequence.
            hx: the first state; zeros by default.

        Returns:
            The outputs of the last layer, shaped as the input, and the last state of each layer.
        """
        if isinstance(input, PackedSequence):
            return self._forward_packed(input, hx)
        self._check_dims(input)
        batched, batch_dim = input.dim() == 3, 0 if self.batch_first else 1
        if hx is not None:
            self._check_state_dims(hx, batched)
        if not batched:
            input = input.unsqueeze(batch_dim)
            hx = None if hx is None else self._each(hx, lambda h: h.unsqueeze(1))
        if hx is None:
            hx = self._zero_state(input, None)
        self.check_forward_args(input, hx, None)
        output, state = self._run(input, None, hx)
        if not batched:
            output, state = output.squeeze(batch_dim), self._each(state, lambda h: h.squeeze(1))
        return output, state

    def _forward_packed(self, input: PackedSequence, hx):
        data, batch_sizes, sorted_indices, unsorted_indices = input
        if hx is None:
            hx = self._zero_state(data, batch_sizes)
        else:
            hx = self.permute_hidden(hx, sorted_indices)
        self._check_packed(data, hx, batch_sizes)
        output, state = self._run(data, batch_sizes, hx)
        output = PackedSequence(output, batch_sizes, sorted_indices, unsorted_indices)
        return output, self.permute_hidden(state, unsorted_indices)

    def _check_packed(self, data: Tensor, hx, batch_sizes: Tensor) -> None:
        self.check_forward_args(data, hx, batch_sizes)

    def extra_repr(self) -> str:
        shown = unusual(
            self,
            proj_size=0,
            num_layers=1,
            bias=True,
            batch_first=False,
            dropout=0,
            bidirectional=False,
        )
        return ", ".join([f"{self.input_size}, {self.hidden_size}", *shown])


def _refuse_projection(kwargs: dict) -> None:
    if "proj_size" in kwargs:
        raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")


class RNN(RNNBase):
    """The Elman network ``h' = tanh(W_ih x + b_ih + W_hh h + b_hh)``, in layers.

    Args:
        input_size, hidden_size: of ``x`` and ``h``.
        num_layers: each after the first runs over the outputs of the one before.
        nonlinearity: ``"tanh"`` or ``"relu"``.
        bias: whether there are biases.
        batch_first: inputs and outputs are (N, L, size), not (L, N, size). States are not affected.
        dropout: the probability to zero an element between layers in training.
        bidirectional: also run backward; the outputs of both directions are concatenated.

    Example:
        >>> import jaxtorch as torch
        >>> output, h = torch.nn.RNN(4, 3)(torch.zeros(5, 2, 4))
        >>> output.shape, h.shape
        (torch.Size([5, 2, 3]), torch.Size([1, 2, 3]))
    """

    def __init__(self, *args, **kwargs):
        _refuse_projection(kwargs)
        if len(args) > 3:
            nonlinearity, args = args[3], args[:3] + args[4:]
        else:
            nonlinearity = kwargs.pop("nonlinearity", "tanh")
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(
                f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'."
            )
        self.nonlinearity = nonlinearity
        super().__init__("RNN_" + nonlinearity.upper(), *args, **kwargs)

    def _check_dims(self, input: Tensor) -> None:
        if input.dim() not in (2, 3):
            raise ValueError(
                f"RNN: Expected input to be 2D or 3D, got {input.dim()}D tensor instead"
            )


class LSTM(RNNBase):
    """Long short-term memory (Hochreiter and Schmidhuber, 1997), in layers.

    The arguments are RNN's without ``nonlinearity``; ``proj_size`` > 0 projects ``h`` to that size
    (Sak et al., 2014). The state is a pair ``(h, c)``.

    Example:
        >>> import jaxtorch as torch
        >>> output, (h, c) = torch.nn.LSTM(4, 3, batch_first=True)(torch.zeros(2, 5, 4))
        >>> output.shape, c.shape
        (torch.Size([2, 5, 3]), torch.Size([1, 2, 3]))
    """

    def __init__(self, *args, **kwargs):
        super().__init__("LSTM", *args, **kwargs)

    def get_expected_cell_size(
        self, input: Tensor, batch_sizes: Tensor | None
    ) -> tuple[int, int, int]:
        """The shape of the cell state for ``input``."""
        return self.num_layers * self._directions, self._batch(input, batch_sizes), self.hidden_size

    def check_forward_args(self, input: Tensor, hidden, batch_sizes: Tensor | None) -> None:
        """Raise unless input and state fit the layer and each other."""
        self.check_input(input, batch_sizes)
        sizes = (
            self.get_expected_hidden_size(input, batch_sizes),
            self.get_expected_cell_size(input, batch_sizes),
        )
        for i, size in enumerate(sizes):
            self.check_hidden_size(hidden[i], size, f"Expected hidden[{i}] size {{}}, got {{}}")
        self._check_states(*hidden)

    def _each(self, hx, fn):
        return fn(hx[0]), fn(hx[1])

    def _zero_state(self, input: Tensor, batch_sizes: Tensor | None):
        sizes = (
            self.get_expected_hidden_size(input, batch_sizes),
            self.get_expected_cell_size(input, batch_sizes),
        )
        return tuple(torch.zeros(*size, dtype=input.dtype, device=input.device) for size in sizes)

    def _check_state_dims(self, hx, batched: bool) -> None:
        want = 3 if batched else 2
        if hx[0].dim() != want or hx[1].dim() != want:
            batch = "batched" if batched else "unbatched"
            kind = f"{batch} {want}-D input, hx and cx should also be {want}-D"
            raise RuntimeError(f"For {kind} but got ({hx[0].dim()}-D, {hx[1].dim()}-D) tensors")


class GRU(RNNBase):
    """Gated recurrent units (Cho et al., 2014), in layers.

    The arguments are RNN's without ``nonlinearity``.

    Example:
        >>> import jaxtorch as torch
        >>> output, h = torch.nn.GRU(4, 3, bidirectional=True)(torch.zeros(5, 2, 4))
        >>> output.shape, h.shape
        (torch.Size([5, 2, 6]), torch.Size([2, 2, 3]))
    """

    def __init__(self, *args, **kwargs):
        _refuse_projection(kwargs)
        super().__init__("GRU", *args, **kwargs)


# -- cells ----------------------------------------------------------------------------------------
class RNNCellBase(Module):
    """What the cells share: the parameters of one step."""

    __constants__ = ["input_size", "hidden_size", "bias"]

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool,
        num_chunks: int,
        device=None,
        dtype=None,
    ) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        gates = num_chunks * hidden_size
        shapes = {"weight_ih": (gates, input_size), "weight_hh": (gates, hidden_size)}
        shapes |= (
            {"bias_ih": (gates,), "bias_hh": (gates,)}
            if bias
            else {"bias_ih": None, "bias_hh": None}
        )
        for name, shape in shapes.items():
            made = (
                None if shape is None else Parameter(torch.empty(shape, device=device, dtype=dtype))
            )
            self.register_parameter(name, made)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all parameters anew from U(-k, k) with ``k = hidden_size ** -0.5``."""
        _reset(self)

    def _step(
        self,
        cell: str,
        op: str,
        input: Tensor,
        hx: tuple[Tensor | None, ...],
        names: tuple[str, ...],
    ) -> tuple:
        """The next state from an input (a batch, or one alone) and the state (None: zeros)."""
        for tensor, name in ((input, "input"), *zip(hx, names, strict=True)):
            if tensor is not None and tensor.dim() not in (1, 2):
                raise ValueError(
                    f"{cell}: Expected {name} to be 1D or 2D, got {tensor.dim()}D instead"
                )
        batched = input.dim() == 2
        if not batched:
            input = input.unsqueeze(0)
            hx = tuple(None if h is None else h.unsqueeze(0) for h in hx)
        size = input.size(0), self.hidden_size
        hx = tuple(
            torch.zeros(size, dtype=input.dtype, device=input.device) if h is None else h
            for h in hx
        )
        weights = (self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
        out = getattr(torch, op)(input, hx if len(hx) > 1 else hx[0], *weights)  # pyright: ignore
        out = out if isinstance(out, tuple) else (out,)
        return out if batched else tuple(h.squeeze(0) for h in out)

    def extra_repr(self) -> str:
        shown = unusual(self, bias=True)
        if "nonlinearity" in self.__dict__:
            shown += unusual(self, nonlinearity="tanh")
        return ", ".join([f"{self.input_size}, {self.hidden_size}", *shown])


class RNNCell(RNNCellBase):
    """One step of RNN: ``h' = tanh(W_ih x + b_ih + W_hh h + b_hh)``.

    Args:
        input_size, hidden_size: of ``x`` and ``h``.
        bias: whether there are biases.
        nonlinearity: ``"tanh"`` or ``"relu"``.
    """

    __constants__ = ["input_size", "hidden_size", "bias", "nonlinearity"]

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True,
                 nonlinearity: str = "tanh", device=None, dtype=None) -> None:  # fmt: skip
        super().__init__(input_size, hidden_size, bias, num_chunks=1, device=device, dtype=dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """The next state from ``input`` (N, input_size) or (input_size,) and the state."""
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        return self._step("RNNCell", f"rnn_{self.nonlinearity}_cell", input, (hx,), ("hidden",))[0]


class LSTMCell(RNNCellBase):
    """One step of LSTM; the state is a pair ``(h, c)``. The arguments are GRUCell's."""

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device=None, dtype=None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, num_chunks=4, device=device, dtype=dtype)

    def forward(
        self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, Tensor]:
        """The next state from ``input`` (N, input_size) or (input_size,) and the state."""
        return self._step(
            "LSTMCell",
            "lstm_cell",
            input,
            (None, None) if hx is None else tuple(hx),
            ("hx[0]", "hx[1]"),
        )


class GRUCell(RNNCellBase):
    """One step of GRU. The arguments are RNNCell's, without ``nonlinearity``."""

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device=None, dtype=None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, num_chunks=3, device=device, dtype=dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """The next state from ``input`` (N, input_size) or (input_size,) and the state."""
        return self._step("GRUCell", "gru_cell", input, (hx,), ("hidden",))[0]
