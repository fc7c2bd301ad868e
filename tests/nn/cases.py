"""The modules under test: how each is built, and inputs for it.

A case is the source of a constructor call with ``nn`` and ``torch`` in scope, and one maker of an
array for each argument of forward.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Maker = Callable[[np.random.Generator], np.ndarray]


def real(*shape: int) -> Maker:
    """Normal floats; an argument that requires a gradient."""
    return lambda rng: rng.standard_normal(shape).astype(np.float32)


def within(low: float, high: float, *shape: int) -> Maker:
    """Uniform floats in an interval."""
    return lambda rng: rng.uniform(low, high, shape).astype(np.float32)


def whole(high: int, *shape: int) -> Maker:
    """Integers below ``high``."""
    return lambda rng: rng.integers(0, high, shape)


def signs(*shape: int) -> Maker:
    """1 and -1."""
    return lambda rng: rng.choice(np.array([-1.0, 1.0], np.float32), shape)


def bits(*shape: int) -> Maker:
    """0 and 1, as floats."""
    return lambda rng: rng.integers(0, 2, shape).astype(np.float32)


def given(*values) -> Maker:
    """These very values."""
    return lambda rng: np.array(values)


@dataclass(frozen=True)
class Case:
    """A module and inputs for it.

    ``draws``: forward draws random numbers; ``learned``: how many inputs may require gradients.
    """

    source: str
    makers: tuple[Maker, ...]
    draws: bool = False
    learned: int = 9

    def build(self, lib):
        """The module in a library."""
        return eval(f"nn.{self.source}", {"nn": lib.nn, "torch": lib})

    def arrays(self) -> list[np.ndarray]:
        """The inputs, the same for both libraries."""
        rng = np.random.default_rng(zlib.crc32(self.source.encode()))
        return [make(rng) for make in self.makers]


def case(source: str, *makers: Maker, **facts) -> Case:
    return Case(source, makers, **facts)


X, IMAGE, VOLUME, SERIES = real(2, 3), real(2, 4, 6, 6), real(1, 2, 4, 4, 4), real(2, 3, 8)

ACTIVATIONS = [
    *[case(f"{name}()", X) for name in (
        "ReLU", "ReLU6", "Sigmoid", "Tanh", "Hardsigmoid", "Hardswish", "SiLU", "Mish", "ELU",
        "CELU", "SELU", "GELU", "Hardshrink", "Softshrink", "LeakyReLU", "LogSigmoid", "Softplus",
        "Softsign", "Tanhshrink", "Hardtanh", "PReLU",
    )],
    *[case(f"{name}(inplace=True)") for name in (
        "ReLU", "ReLU6", "Hardsigmoid", "Hardswish", "SiLU", "Mish", "ELU", "CELU", "SELU",
        "LeakyReLU", "Hardtanh", "RReLU", "Dropout",
    )],
    case("Threshold(0.1, 20)", X),
    case("Threshold(0.1, 20, True)"),
    case("RReLU()"),
    case("RReLU(0.2, 0.2).eval()", X),
    case("Hardtanh(-2.0, 0.5)", X),
    case("ELU(0.5)", X),
    case("GLU()", real(2, 4)),
    case("GLU(0)", real(2, 4)),
    case("GELU('tanh')", X),
    case("LeakyReLU(0.2)", X),
    case("Softplus(2, 3)", X),
    case("PReLU(3, 0.1)", X),
    *[case(f"{name}(dim=1)", X) for name in ("Softmax", "LogSoftmax", "Softmin")],
    case("Softmax()"),
    case("Softmax2d()", IMAGE),
    case("Softmax2d()", real(3, 2, 2)),
]  # fmt: skip

DROPOUTS = [
    case("Dropout()", X, draws=True),
    case("Dropout(0.2)", real(8, 8), draws=True),
    case("Dropout(0.2).eval()", X),
    case("Dropout1d()", SERIES, draws=True),
    case("Dropout2d(0.3)", IMAGE, draws=True),
    case("Dropout3d()", VOLUME, draws=True),
    case("AlphaDropout()", X, draws=True),
    case("FeatureAlphaDropout()", IMAGE, draws=True),
]

LINEAR = [
    case("Linear(3, 4)", X),
    case("Linear(3, 4, bias=False)", real(3)),
    case("Linear(3, 1, dtype=torch.float64)"),
    case("Bilinear(3, 4, 2)", X, real(2, 4)),
    case("Bilinear(3, 4, 2, bias=False)", X, real(2, 4)),
    case("Identity(54, unused=0.1)", X),
    case("LazyLinear(5)"),
    case("LazyLinear(5, bias=False)"),
    case("Embedding(10, 3)", whole(10, 2, 4)),
    case("Embedding(10, 3, padding_idx=0)", whole(3, 2, 4)),
    case(
        "Embedding(10, 3, padding_idx=-1, max_norm=1.0, norm_type=1, scale_grad_by_freq=True)",
        whole(10, 4),
    ),
    case("Embedding.from_pretrained(torch.ones(3, 2))", whole(3, 2)),
    case("EmbeddingBag(10, 3)", whole(10, 2, 4)),
    case("EmbeddingBag(10, 3, mode='sum', padding_idx=2)", whole(10, 2, 4)),
    case("EmbeddingBag(10, 3, mode='max')", whole(10, 6), given(0, 2)),
]

CONVOLUTIONS = [
    case("Conv1d(3, 4, 3)", SERIES),
    case("Conv1d(3, 6, 3, stride=2, padding=1, dilation=2, groups=3, bias=False)", SERIES),
    case("Conv2d(4, 2, 3)", IMAGE),
    case("Conv2d(4, 2, (3, 2), (1, 2), (1, 0))", IMAGE),
    case("Conv2d(4, 2, 3, padding='same')", IMAGE),
    case("Conv2d(4, 2, 3, padding='valid', dtype=torch.float64)"),
    *[case(f"Conv2d(4, 2, 3, padding=1, padding_mode='{mode}')", IMAGE)
        for mode in ("reflect", "replicate", "circular")],
    case("Conv3d(2, 3, 2)", VOLUME),
    case("ConvTranspose1d(3, 4, 3, stride=2, output_padding=1)", SERIES),
    case("ConvTranspose2d(4, 2, 3)", IMAGE),
    case("ConvTranspose2d(4, 2, 3, 2, 1, 1, groups=2, bias=False, dilation=2)", IMAGE),
    case("ConvTranspose3d(2, 3, 2)", VOLUME),
    *[case(f"LazyConv{d}d(4, 3)") for d in (1, 2, 3)],
    *[case(f"LazyConvTranspose{d}d(4, 3, bias=False)") for d in (1, 2, 3)],
]  # fmt: skip

NORMALIZATION = [
    case("BatchNorm1d(3)", SERIES),
    case("BatchNorm1d(3, affine=False)", X),
    case("BatchNorm1d(3, bias=False)", X),
    case("BatchNorm2d(4)", IMAGE),
    case("BatchNorm2d(4, momentum=None)", IMAGE),
    case("BatchNorm2d(4).eval()", IMAGE),
    case("BatchNorm2d(4, track_running_stats=False)", IMAGE),
    case("BatchNorm3d(2, eps=0.1, momentum=0.5)", VOLUME),
    case("SyncBatchNorm(4)", IMAGE),
    *[case(f"LazyBatchNorm{d}d()") for d in (1, 2, 3)],
    *[case(f"LazyInstanceNorm{d}d()") for d in (1, 2, 3)],
    case("InstanceNorm1d(3)", SERIES),
    case("InstanceNorm1d(3)", real(3, 8)),
    case("InstanceNorm2d(4, affine=True, track_running_stats=True)", IMAGE),
    case("InstanceNorm3d(2, affine=True, bias=False)", VOLUME),
    case("LayerNorm(8)", real(4, 8)),
    case("LayerNorm([6, 6], bias=False)", IMAGE),
    case("LayerNorm((3,), elementwise_affine=False, eps=0.1)", X),
    case("GroupNorm(2, 4)", IMAGE),
    case("GroupNorm(4, 4, affine=False)", IMAGE),
    case("GroupNorm(2, 4, bias=False)", IMAGE),
    case("RMSNorm(3)", X),
    case("RMSNorm([6, 6], eps=0.1, elementwise_affine=False)", IMAGE),
    case("LocalResponseNorm(2)", IMAGE),
    case("CrossMapLRN2d(2, k=2)"),
]

POOLING = [
    *[case(f"{kind}Pool1d(2)", SERIES) for kind in ("Max", "Avg")],
    case("MaxPool1d(3, 1, 1, 2, ceil_mode=True)", SERIES),
    case("AvgPool1d(3, stride=1, padding=1, ceil_mode=True, count_include_pad=False)", SERIES),
    *[case(f"{kind}Pool2d(2)", IMAGE) for kind in ("Max", "Avg")],
    case("MaxPool2d((3, 2), stride=(2, 1), padding=(1, 0))", IMAGE),
    case("MaxPool2d(2, return_indices=True)", IMAGE),
    case("AvgPool2d(3, 2, 1, divisor_override=2)", IMAGE),
    *[case(f"{kind}Pool3d(2)", VOLUME) for kind in ("Max", "Avg")],
    case("LPPool1d(2, 3)", SERIES),
    case("LPPool2d(1.5, (3, 2), stride=(2, 1))"),
    case("LPPool3d(2, 2)"),
    *[case(f"Adaptive{kind}Pool1d(3)", SERIES) for kind in ("Max", "Avg")],
    *[case(f"Adaptive{kind}Pool2d((None, 2))", IMAGE) for kind in ("Max", "Avg")],
    *[case(f"Adaptive{kind}Pool3d(2)", VOLUME) for kind in ("Max", "Avg")],
    *[case(f"MaxUnpool{d}d(3, stride=2, padding=1)") for d in (1, 2, 3)],
    case("FractionalMaxPool2d(3, output_size=(2, 3))", IMAGE, draws=True),
    case("FractionalMaxPool3d(2, output_ratio=0.5, return_indices=True)", VOLUME, draws=True),
]

SHAPES = [
    case("Flatten()", IMAGE),
    case("Flatten(0, 1)", IMAGE),
    case("Unflatten(1, (2, 2))", IMAGE),
    case("Fold((4, 5), 2)", real(1, 8, 12)),
    case("Unfold((2, 3), dilation=1, padding=0, stride=1)", IMAGE),
    case("PixelShuffle(2)", IMAGE),
    case("PixelUnshuffle(3)", IMAGE),
    case("ChannelShuffle(2)", IMAGE),
    *[case(f"ZeroPad{d}d(1)", x) for d, x in ((1, SERIES), (2, IMAGE), (3, VOLUME))],
    *[case(f"ConstantPad{d}d(1, 2.5)", x) for d, x in ((1, SERIES), (2, IMAGE), (3, VOLUME))],
    *[case(f"{kind}Pad1d((2, 1))", SERIES) for kind in ("Reflection", "Replication", "Circular")],
    *[
        case(f"{kind}Pad2d((1, 2, 0, 1))", IMAGE)
        for kind in ("Reflection", "Replication", "Circular")
    ],
    *[case(f"{kind}Pad3d(1)", VOLUME) for kind in ("Reflection", "Replication", "Circular")],
    case("Upsample(scale_factor=2)", IMAGE),
    case("Upsample(size=(3, 4), mode='bilinear', align_corners=True)", IMAGE),
    case("Upsample(scale_factor=(2.0, 1.5), mode='bicubic')"),
    case("UpsamplingNearest2d(size=8)", IMAGE),
    case("UpsamplingBilinear2d(scale_factor=2)", IMAGE),
    case("CosineSimilarity()", X, X),
    case("PairwiseDistance(1, keepdim=True)", X, X),
]

LOSSES = [
    *[case(f"{name}()", X, X) for name in ("L1Loss", "MSELoss", "SmoothL1Loss", "HuberLoss")],
    *[case(f"MSELoss(reduction='{reduction}')", X, X) for reduction in ("sum", "none")],
    case("SmoothL1Loss(beta=0.5)", X, X),
    case("HuberLoss('sum', 0.5)", X, X),
    case("NLLLoss()", X, whole(3, 2)),
    case("NLLLoss(torch.tensor([1.0, 2.0, 3.0]), ignore_index=1, reduction='sum')", real(4, 3),
        given(0, 1, 2, 2)),
    case("CrossEntropyLoss()", X, whole(3, 2)),
    case("CrossEntropyLoss(label_smoothing=0.1, ignore_index=0)", X, given(1, 2)),
    case("CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 3.0]), reduction='none')", X,
        whole(3, 2)),
    case("PoissonNLLLoss()", X, within(0, 5, 2, 3)),
    case("PoissonNLLLoss(log_input=False, full=True, eps=0.1)", within(0.1, 2, 2, 3),
        within(0, 5, 2, 3)),
    case("GaussianNLLLoss(full=True)", X, X, within(0.5, 2, 2, 3)),
    case("KLDivLoss(reduction='batchmean')", X, within(0.1, 1, 2, 3)),
    case("KLDivLoss(reduction='sum', log_target=True)", X, X),
    case("BCELoss()", within(0.1, 0.9, 2, 3), bits(2, 3)),
    case("BCEWithLogitsLoss()", X, bits(2, 3)),
    case("BCEWithLogitsLoss(pos_weight=torch.tensor([1.0, 2.0, 3.0]))", X, bits(2, 3)),
    case("HingeEmbeddingLoss(0.5)", X, signs(2, 3)),
    case("MultiLabelMarginLoss()", X, lambda rng: np.array([[0, 2, -1], [1, -1, 0]])),
    case("SoftMarginLoss()", X, signs(2, 3), learned=1),
    case("MultiLabelSoftMarginLoss()", X, bits(2, 3)),
    case("CosineEmbeddingLoss(0.1)", X, X, signs(2)),
    case("MarginRankingLoss(0.1)", real(4), real(4), signs(4)),
    case("MultiMarginLoss(2, 0.5)", X, whole(3, 2)),
    case("TripletMarginLoss(swap=True)", X, X, X),
    case("TripletMarginWithDistanceLoss(margin=2.0)", X, X, X),
    case("CTCLoss()", lambda rng: np.log(rng.dirichlet(np.ones(4), (6, 2))).astype(np.float32),
        whole(3, 2, 2),
        given(6, 5), given(2, 1)),
]  # fmt: skip

RECURRENT = [
    case("RNN(3, 4)", real(5, 2, 3)),
    case("RNN(3, 4, nonlinearity='relu', bias=False)", real(5, 2, 3)),
    case("RNN(3, 4, 2, 'tanh', True, True)", real(2, 5, 3)),
    case("LSTM(3, 4)", real(5, 2, 3)),
    case(
        "LSTM(3, 4, num_layers=2, bidirectional=True, batch_first=True, bias=False)", real(2, 5, 3)
    ),
    case("LSTM(3, 4, proj_size=2, num_layers=2)", real(5, 2, 3)),
    case("LSTM(3, 4)", real(5, 3)),
    case("GRU(3, 4)", real(5, 2, 3)),
    case("GRU(3, 4, 2, bidirectional=True)", real(5, 2, 3)),
    case("GRU(3, 4, 3, dropout=0.5)", real(5, 2, 3), draws=True),
    case("RNNCell(3, 4)", X, real(2, 4)),
    case("RNNCell(3, 4, bias=False, nonlinearity='relu')", real(3)),
    case("LSTMCell(3, 4)", X),
    case("LSTMCell(3, 4, False)", real(3)),
    case("GRUCell(3, 4)", X, real(2, 4)),
]

ADAPTIVE = [
    case("AdaptiveLogSoftmaxWithLoss(6, 12, [3, 7], div_value=2.0, head_bias=True)", real(5, 6), given(0, 2, 3, 8, 11)),
    case("AdaptiveLogSoftmaxWithLoss(6, 5, (2,))", real(6), lambda rng: np.array(4)),
]

SEQUENCE, MEMORY = real(5, 2, 8), real(6, 2, 8)

ATTENTION = [
    case("MultiheadAttention(8, 2)", SEQUENCE, MEMORY, MEMORY),
    case("MultiheadAttention(8, 4, batch_first=True, bias=False)", SEQUENCE, SEQUENCE, SEQUENCE),
    case("MultiheadAttention(8, 2, kdim=3, vdim=4)", real(5, 8), real(6, 3), real(6, 4)),
    case("MultiheadAttention(8, 2, add_bias_kv=True, add_zero_attn=True, vdim=4, dtype=torch.float32)", SEQUENCE,
        MEMORY, real(6, 2, 4)),
    case("MultiheadAttention(8, 2, dropout=0.4)", SEQUENCE, MEMORY, MEMORY, draws=True),
    case("TransformerEncoderLayer(8, 2, 5)", SEQUENCE, draws=True),
    case("TransformerEncoderLayer(8, 2, 5, 0.0, nn.GELU(), 1e-3, True, True, False)", SEQUENCE),
    case("TransformerDecoderLayer(8, 2, 5, activation='gelu')", SEQUENCE, MEMORY, draws=True),
    case("TransformerDecoderLayer(8, 4, 5, 0.0, torch.tanh, norm_first=True, batch_first=True)", SEQUENCE,
        real(5, 3, 8)),
    case("TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 5, 0.0, batch_first=True), 2, nn.LayerNorm(8))",
        SEQUENCE),
    case("TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 5, 0.0), 2)", SEQUENCE, MEMORY),
    case("Transformer(8, 2, 1, 1, 5, 0.0, batch_first=True)", real(3, 4, 8), real(3, 2, 8)),
]  # fmt: skip

CONTAINERS = [
    case("Sequential()"),
    case("Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))", X),
    case(
        "Sequential(nn.Sequential(nn.Linear(3, 4), nn.Tanh()), "
        "nn.Sequential(nn.Sequential(nn.Linear(4, 2))))",
        X,
    ),
    case("ModuleList()"),
    case("ModuleList([nn.Linear(2, 2), nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2)])"),
    case("ModuleList([nn.Sequential(nn.Linear(2, 2), nn.ReLU()) for _ in range(3)])"),
    case("ModuleDict({'b': nn.Linear(2, 2), 'a': nn.ModuleList([nn.ReLU(), nn.ReLU()])})"),
    case("ParameterList([torch.ones(2, 3), 3, torch.ones(())])"),
    case("ParameterDict({'b': torch.ones(2, 3), 'a': 'text'})"),
    case("ParameterList()"),
]

CASES = [
    *ACTIVATIONS, *DROPOUTS, *LINEAR, *CONVOLUTIONS, *NORMALIZATION, *POOLING, *SHAPES, *LOSSES,
    *RECURRENT, *ADAPTIVE, *ATTENTION, *CONTAINERS,
]  # fmt: skip
