"""Random training programs: a model, a loss, an optimizer and a step, all decided by a seed.

`Program(seed)` makes the same program every time, so that it can be run compiled and uncompiled.
Shapes come from a small set (batch 4, width 6, length 3): programs differ in what they do, and the
operations that the uncompiled runs compile one by one are shared.
"""

from __future__ import annotations

import random

import jaxtorch as torch
import jaxtorch.nn.functional as F
from jaxtorch import nn
from jaxtorch.utils.checkpoint import checkpoint

BATCH, WIDTH, LENGTH, CLASSES = 4, 6, 3, 3


class Pick:
    """Choices of a seeded generator, remembered by name."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.log: list[str] = []

    def one(self, name: str, options):
        options = list(options)
        found = options[self.random.randrange(len(options))]
        self.log.append(f"{name}={found}")
        return found

    def chance(self, name: str, share: float) -> bool:
        found = self.random.random() < share
        if found:
            self.log.append(name)
        return found


# -- parts of models --------------------------------------------------------------------------------
class Residual(nn.Module):
    def __init__(self, inner, scale):
        super().__init__()
        self.inner, self.scale = inner, scale

    def forward(self, x):
        return x + self.scale * self.inner(x)


class Checkpointed(nn.Module):
    def __init__(self, inner, use_reentrant):
        super().__init__()
        self.inner, self.use_reentrant = inner, use_reentrant

    def forward(self, x):
        return checkpoint(self.inner, x, use_reentrant=self.use_reentrant)


class Tied(nn.Module):
    """Two layers with one weight, transposed in the second."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(WIDTH, WIDTH)
        self.bias = nn.Parameter(torch.zeros(WIDTH))

    def forward(self, x):
        return F.linear(torch.tanh(self.first(x)), self.first.weight.t(), self.bias)


class Shared(nn.Module):
    """Two layers that are given one parameter."""

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)
        self.last.weight = self.first.weight

    def forward(self, x):
        return self.last(F.relu(self.first(x)))


class Gated(nn.Module):
    def __init__(self):
        super().__init__()
        self.both = nn.Linear(WIDTH, 2 * WIDTH)

    def forward(self, x):
        a, b = self.both(x).chunk(2, -1)
        return a * torch.sigmoid(b)


class Writes(nn.Module):
    """In-place writes to views of an activation."""

    def forward(self, x):
        y = x.clone()
        y[..., :2] *= 2
        y[..., 3].add_(x[..., 0])
        y.select(-1, 4).zero_()
        return y


class Moving(nn.Module):
    """A moving average and a counter of integers, kept in buffers."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.zeros(WIDTH))
        self.register_buffer("count", torch.zeros((), dtype=torch.int64))

    def forward(self, x):
        if self.training:
            with torch.no_grad():
                self.count += 1
                self.mean.lerp_(x.reshape(-1, WIDTH).mean(0), 0.2)
        return x - self.mean / self.count.clamp(min=1)


class Frozen(nn.Module):
    """A layer whose weight takes no gradient, under no_grad in part."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(WIDTH, WIDTH)
        self.layer.weight.requires_grad_(False)

    def forward(self, x):
        with torch.no_grad():
            scale = x.abs().mean(-1, keepdim=True) + 1
        return self.layer(x) / scale + x.detach()


class Noisy(nn.Module):
    """Noise and a random mask that Python asks for."""

    def forward(self, x):
        if not self.training:
            return x
        return x + 0.1 * torch.randn_like(x) * torch.bernoulli(torch.full_like(x, 0.5))


class Routed(nn.Module):
    """Each row by one of two layers, picked by indices that depend on values."""

    def __init__(self):
        super().__init__()
        self.left, self.right = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)

    def forward(self, x):
        mask = x.sum(-1, keepdim=True) > 0
        both = torch.stack([self.left(x), self.right(x)], -2)
        index = mask.long().unsqueeze(-1).expand(*x.shape[:-1], 1, WIDTH)
        return both.gather(-2, index).squeeze(-2) + torch.where(mask, x, -x)


class Looking(nn.Module):
    """A decision of Python on a value: nothing that a program can repeat."""

    def forward(self, x):
        return x * 2 if x.sum() > 0 else x - 1


class Normed(nn.Module):
    """A weight with its length apart."""

    def __init__(self):
        super().__init__()
        self.direction = nn.Parameter(torch.randn(WIDTH, WIDTH))
        self.length = nn.Parameter(torch.ones(WIDTH, 1))

    def forward(self, x):
        return F.linear(x, self.length * F.normalize(self.direction, dim=1))


ACTIVATIONS = {
    "ReLU": nn.ReLU, "ReLU_": lambda: nn.ReLU(inplace=True), "GELU": nn.GELU,
    "GELU_tanh": lambda: nn.GELU("tanh"), "SiLU": nn.SiLU, "ELU": nn.ELU, "CELU": nn.CELU, "SELU": nn.SELU,
    "LeakyReLU": lambda: nn.LeakyReLU(0.1), "Softplus": nn.Softplus, "Mish": nn.Mish, "Hardtanh": nn.Hardtanh,
    "Hardswish": nn.Hardswish, "PReLU": nn.PReLU, "RReLU": nn.RReLU, "Sigmoid": nn.Sigmoid, "Tanh": nn.Tanh,
    "Softsign": nn.Softsign, "Tanhshrink": nn.Tanhshrink, "LogSigmoid": nn.LogSigmoid, "Softshrink": nn.Softshrink,
    "Hardsigmoid": nn.Hardsigmoid, "ReLU6": nn.ReLU6, "Softmax": lambda: nn.Softmax(-1), "Threshold": lambda:
    nn.Threshold(0.1, 0.0),
}  # fmt: skip

#: (..., WIDTH) -> (..., WIDTH), of any number of dimensions.
BLOCKS = {
    "Linear": lambda: nn.Linear(WIDTH, WIDTH),
    "Linear_without_bias": lambda: nn.Linear(WIDTH, WIDTH, bias=False),
    "LayerNorm": lambda: nn.LayerNorm(WIDTH),
    "LayerNorm_plain": lambda: nn.LayerNorm(WIDTH, elementwise_affine=False),
    "RMSNorm": lambda: nn.RMSNorm(WIDTH),
    "Dropout": lambda: nn.Dropout(0.4),
    "AlphaDropout": lambda: nn.AlphaDropout(0.2),
    "Tied": Tied, "Shared": Shared, "Gated": Gated, "Writes": Writes, "Moving": Moving, "Frozen": Frozen,
    "Noisy": Noisy, "Routed": Routed, "Normed": Normed, "Looking": Looking,
    "GLU": lambda: nn.Sequential(nn.Linear(WIDTH, 2 * WIDTH), nn.GLU(-1)),
    "Residual": lambda: Residual(nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.Tanh()), 0.5),
    "Residual_norm": lambda: nn.Sequential(
        Residual(nn.Sequential(nn.LayerNorm(WIDTH), nn.Linear(WIDTH, WIDTH), nn.GELU()), 1.0), nn.LayerNorm(WIDTH)
    ),
    "Checkpointed": lambda: Checkpointed(nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.Tanh()), False),
    "Checkpointed_reentrant": lambda: Checkpointed(nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.SiLU()), True),
    "Checkpointed_dropout": lambda: Checkpointed(nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.Dropout(0.3)), False),
}  # fmt: skip

#: (BATCH, WIDTH) -> (BATCH, WIDTH)
FEATURE_BLOCKS = {
    "BatchNorm1d": lambda: nn.BatchNorm1d(WIDTH),
    "BatchNorm1d_momentum": lambda: nn.BatchNorm1d(WIDTH, momentum=0.3, affine=False),
    "BatchNorm1d_untracked": lambda: nn.BatchNorm1d(WIDTH, track_running_stats=False),
    "BatchNorm1d_cumulative": lambda: nn.BatchNorm1d(WIDTH, momentum=None),
    "GroupNorm": lambda: nn.GroupNorm(2, WIDTH),
    "LSTMCell": lambda: FromCell(nn.LSTMCell(WIDTH, WIDTH)),
    "GRUCell": lambda: FromCell(nn.GRUCell(WIDTH, WIDTH)),
    "RNNCell": lambda: FromCell(nn.RNNCell(WIDTH, WIDTH)),
    "Bilinear": lambda: Both(nn.Bilinear(WIDTH, WIDTH, WIDTH)),
}


class FromCell(nn.Module):
    """A recurrent cell run for two steps on one input."""

    def __init__(self, cell):
        super().__init__()
        self.cell = cell

    def forward(self, x):
        h = self.cell(x)
        h = self.cell(x, h)
        return h[0] if isinstance(h, tuple) else h


class Both(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return self.inner(x, x)


class Attention(nn.Module):
    def __init__(self, causal, dropout):
        super().__init__()
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.causal, self.dropout = causal, dropout

    def forward(self, x):
        n, length, _ = x.shape
        q, k, v = self.qkv(x).view(n, length, 3, 2, WIDTH // 2).permute(2, 0, 3, 1, 4).unbind(0)
        scores = q @ k.transpose(-2, -1) / (WIDTH // 2) ** 0.5
        if self.causal:
            scores = scores.masked_fill(torch.ones(length, length, dtype=torch.bool).triu(1), float("-inf"))
        y = F.dropout(scores.softmax(-1), self.dropout, self.training) @ v
        return x + self.out(y.transpose(1, 2).reshape(n, length, WIDTH))


class Recurrent(nn.Module):
    def __init__(self, kind, **options):
        super().__init__()
        self.rnn = getattr(nn, kind)(WIDTH, WIDTH, batch_first=True, **options)
        sides = 2 if self.rnn.bidirectional else 1
        self.mix = nn.Linear(sides * WIDTH, WIDTH) if sides == 2 else nn.Identity()

    def forward(self, x):
        y, state = self.rnn(x)
        h = state[0] if isinstance(state, tuple) else state
        return self.mix(y) + h[-1].unsqueeze(1)


class Turned(nn.Module):
    """A block of (batch, channels, length) on (batch, length, channels)."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return self.inner(x.transpose(1, 2)).transpose(1, 2)


#: (BATCH, LENGTH, WIDTH) -> the same
SEQUENCE_BLOCKS = {
    "RNN": lambda: Recurrent("RNN"),
    "RNN_relu": lambda: Recurrent("RNN", nonlinearity="relu", num_layers=2),
    "GRU": lambda: Recurrent("GRU"),
    "GRU_both": lambda: Recurrent("GRU", bidirectional=True),
    "LSTM": lambda: Recurrent("LSTM"),
    "LSTM_deep": lambda: Recurrent("LSTM", num_layers=2, dropout=0.3),
    "LSTM_both": lambda: Recurrent("LSTM", bidirectional=True),
    "Attention": lambda: Attention(False, 0.0),
    "Attention_causal": lambda: Attention(True, 0.0),
    "Attention_dropout": lambda: Attention(False, 0.3),
    "Conv1d": lambda: Turned(nn.Conv1d(WIDTH, WIDTH, 3, padding=1)),
    "Conv1d_groups": lambda: Turned(nn.Conv1d(WIDTH, WIDTH, 3, padding="same", groups=2, padding_mode="circular")),
    "BatchNorm1d": lambda: Turned(nn.BatchNorm1d(WIDTH)),
    "InstanceNorm1d": lambda: Turned(nn.InstanceNorm1d(WIDTH, affine=True, track_running_stats=True)),
    "Dropout1d": lambda: Turned(nn.Dropout1d(0.3)),
}

#: (BATCH, 2, WIDTH, WIDTH) -> the same
IMAGE_BLOCKS = {
    "Conv2d": lambda: nn.Conv2d(2, 2, 3, padding=1),
    "Conv2d_groups": lambda: nn.Conv2d(2, 2, 3, padding=1, groups=2, bias=False),
    "Conv2d_dilated": lambda: nn.Conv2d(2, 2, 3, padding=2, dilation=2, padding_mode="reflect"),
    "ConvTranspose2d": lambda: nn.Sequential(nn.Conv2d(2, 2, 2, stride=2), nn.ConvTranspose2d(2, 2, 2, stride=2)),
    "BatchNorm2d": lambda: nn.BatchNorm2d(2),
    "GroupNorm": lambda: nn.GroupNorm(2, 2),
    "InstanceNorm2d": lambda: nn.InstanceNorm2d(2),
    "LocalResponseNorm": lambda: nn.LocalResponseNorm(2),
    "MaxPool2d": lambda: nn.MaxPool2d(3, 1, 1),
    "AvgPool2d": lambda: nn.AvgPool2d(3, 1, 1),
    "LPPool2d": lambda: nn.Sequential(nn.Softplus(), nn.LPPool2d(2, 2), nn.Upsample(scale_factor=2)),
    "Down_up": lambda: nn.Sequential(nn.MaxPool2d(2), nn.Upsample(scale_factor=2, mode="bilinear")),
    "Dropout2d": lambda: nn.Dropout2d(0.3),
    "PixelShuffle": lambda: nn.Sequential(nn.Conv2d(2, 8, 2, stride=2), nn.PixelShuffle(2)),
    "PReLU": lambda: nn.PReLU(2),
    "Residual": lambda: Residual(nn.Sequential(nn.Conv2d(2, 2, 3, padding=1), nn.BatchNorm2d(2), nn.ReLU()), 1.0),
}


class Network(nn.Module):
    """Blocks, then a mean over what is not (batch, WIDTH), then a head."""

    def __init__(self, start, blocks, pooled, head):
        super().__init__()
        self.start, self.blocks, self.pooled, self.head = start, blocks, pooled, head

    def forward(self, x):
        x = self.blocks(self.start(x))
        if self.pooled == "mean":
            x = x.mean(1)
        elif self.pooled == "last":
            x = x[:, -1]
        elif self.pooled == "max":
            x = x.amax(1)
        elif self.pooled == "image":
            x = x.mean((1, 2))
        return self.head(x)


def make_model(pick: Pick):
    """(model, what makes a batch of inputs)."""
    kind = pick.one("input", ("features", "features", "sequence", "tokens", "image"))
    start = nn.Identity()
    pooled = "none"
    if kind == "features":
        tables, shape = [BLOCKS, BLOCKS, FEATURE_BLOCKS, ACTIVATIONS], (WIDTH,)
    elif kind == "image":
        tables, shape, pooled = [IMAGE_BLOCKS, IMAGE_BLOCKS, ACTIVATIONS], (2, WIDTH, WIDTH), "image"
    else:
        tables, shape, pooled = [BLOCKS, SEQUENCE_BLOCKS, ACTIVATIONS], (LENGTH, WIDTH), None
        pooled = pick.one("pooled", ("mean", "last", "max"))
        if kind == "tokens":
            if pick.chance("bag", 0.2):
                tables, pooled = [BLOCKS, FEATURE_BLOCKS, ACTIVATIONS], "none"
                start = nn.EmbeddingBag(9, WIDTH, mode=pick.one("mode", ("sum", "mean", "max")))
            else:
                choices = {}, {"padding_idx": 0}, {"max_norm": 1.0}, {"scale_grad_by_freq": True}
                start = nn.Embedding(9, WIDTH, **pick.one("embedding", choices))
    names, blocks = [], []
    for _ in range(pick.random.randint(1, 4)):
        table = tables[pick.random.randrange(len(tables))]
        name = pick.random.choice(sorted(table))
        names.append(name)
        blocks.append(table[name]())
    pick.log.append(f"blocks={names}")
    model = Network(start, nn.Sequential(*blocks), pooled, nn.Linear(WIDTH, CLASSES)).double()

    def batch(n):
        if kind == "tokens":
            return torch.randint(0, 9, (n, LENGTH))
        return torch.randn(n, *shape, dtype=torch.float64)

    return model, batch


# -- losses -----------------------------------------------------------------------------------------
def of_classes(f):
    return f, lambda n: torch.randint(0, CLASSES, (n,))


def of_values(f):
    return f, lambda n: torch.randn(n, CLASSES, dtype=torch.float64)


def of_shares(f):
    return f, lambda n: torch.rand(n, CLASSES, dtype=torch.float64)


LOSSES = {
    "cross_entropy": of_classes(F.cross_entropy),
    "smoothed": of_classes(nn.CrossEntropyLoss(label_smoothing=0.1, reduction="sum")),
    "ignoring": of_classes(nn.CrossEntropyLoss(ignore_index=1)),
    "nll": of_classes(lambda x, y: F.nll_loss(F.log_softmax(x, -1), y)),
    "multi_margin": of_classes(nn.MultiMarginLoss()),
    "picked": of_classes(lambda x, y: -x.log_softmax(-1)[torch.arange(len(y)), y].mean()),
    "mse": of_values(F.mse_loss),
    "l1": of_values(nn.L1Loss()),
    "smooth_l1": of_values(nn.SmoothL1Loss(beta=0.5)),
    "huber": of_values(nn.HuberLoss(delta=0.7)),
    "soft_margin": of_values(lambda x, y: F.soft_margin_loss(x, y.sign())),
    "cosine": of_values(lambda x, y: 1 - F.cosine_similarity(x, y).mean()),
    "gaussian": of_values(lambda x, y: F.gaussian_nll_loss(x, y, F.softplus(x) + 0.1)),
    "by_hand": of_values(lambda x, y: ((x - y) ** 2).sum(-1).sqrt().mean() + 0.01 * x.abs().max()),
    "logits": of_shares(F.binary_cross_entropy_with_logits),
    "bce": of_shares(lambda x, y: F.binary_cross_entropy(torch.sigmoid(x), y)),
    "kl": of_shares(lambda x, y: F.kl_div(F.log_softmax(x, -1), y, reduction="batchmean")),
    "poisson": of_shares(nn.PoissonNLLLoss()),
    "logsumexp": of_shares(lambda x, y: (torch.logsumexp(x, -1) - (x * y).sum(-1)).mean()),
}

# -- optimizers -------------------------------------------------------------------------------------
# Not Rprop: it goes by the signs of gradients, which are those of rounding where they are zero in theory.
OPTIMIZERS = {
    "SGD": [
        {}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True, "weight_decay": 0.01}, {"maximize": True},
        {"momentum": 0.8, "dampening": 0.1}, {"foreach": False, "momentum": 0.5}, {"weight_decay": 0.1},
    ],
    "Adam": [
        {}, {"amsgrad": True}, {"betas": (0.8, 0.95), "weight_decay": 0.01}, {"maximize": True}, {"fused": True},
        {"foreach": False}, {"capturable": False, "eps": 1e-5},
    ],
    "AdamW": [{}, {"weight_decay": 0.1}, {"amsgrad": True}, {"betas": (0.5, 0.9)}, {"weight_decay": 0.0}],
    "RMSprop": [{}, {"momentum": 0.5}, {"alpha": 0.9, "weight_decay": 0.01}, {"centered": True, "momentum": 0.3}],
    "Adagrad": [{}, {"lr_decay": 0.1}, {"weight_decay": 0.01, "initial_accumulator_value": 0.1}],
    "Adadelta": [{}, {"rho": 0.8, "weight_decay": 0.01}],
    "Adamax": [{}, {"weight_decay": 0.01}],
    "NAdam": [{}, {"weight_decay": 0.01, "decoupled_weight_decay": True}, {"momentum_decay": 0.01}],
    "RAdam": [{}, {"weight_decay": 0.01}],
    "ASGD": [{}, {"t0": 2.0, "weight_decay": 0.01}],
}  # fmt: skip

SCHEDULES = {
    "none": lambda o: None,
    "cosine": lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 7),
    "step": lambda o: torch.optim.lr_scheduler.StepLR(o, 2, 0.3),
    "exponential": lambda o: torch.optim.lr_scheduler.ExponentialLR(o, 0.8),
    "warmup": lambda o: torch.optim.lr_scheduler.LambdaLR(o, lambda n: min(1.0, (n + 1) / 3)),
    "linear": lambda o: torch.optim.lr_scheduler.LinearLR(o, 0.3, total_iters=3),
    "one_cycle": lambda o: torch.optim.lr_scheduler.OneCycleLR(
        o, [g["lr"] for g in o.param_groups], total_steps=9, cycle_momentum=False
    ),
    "cyclic": lambda o: torch.optim.lr_scheduler.CyclicLR(o, 0.001, 0.01, 2, cycle_momentum=False),
    "sequence": lambda o: torch.optim.lr_scheduler.SequentialLR(
        o, [torch.optim.lr_scheduler.ConstantLR(o, 0.1, 2), torch.optim.lr_scheduler.PolynomialLR(o, 4)], [2]
    ),
}  # fmt: skip


def make_optimizer(pick: Pick, model):
    params = list(model.parameters())
    parts = pick.one("groups", (1, 1, 2, 3))
    lr = pick.one("lr", (0.1, 0.01))
    kind = pick.one("optimizer", sorted(OPTIMIZERS))
    options = pick.one("options", OPTIMIZERS[kind])
    groups = [{"params": params[i::parts], "lr": lr / (i + 1)} for i in range(parts)]
    groups = [g for g in groups if g["params"]]
    if len(groups) > 1 and "weight_decay" in options:
        groups[1]["weight_decay"] = 0.0
    return getattr(torch.optim, kind)(groups, **options)


CLIPS = {
    "none": lambda p: None,
    "norm": lambda p: nn.utils.clip_grad_norm_(p, 0.5),
    "norm_1": lambda p: nn.utils.clip_grad_norm_(p, 1.0, norm_type=1),
    "norm_inf": lambda p: nn.utils.clip_grad_norm_(p, 0.1, norm_type=float("inf")),
    "value": lambda p: nn.utils.clip_grad_value_(p, 0.05),
}


class Program:
    """One training program.

    Attributes:
        text: what was chosen.
        compiles: how: "step" (all of a step), "model" (the forward), "halves" (gradients, then update).
    """

    def __init__(self, seed: int):
        pick = Pick(seed)
        torch.manual_seed(seed)
        self.model, self.inputs = make_model(pick)
        self.loss, self.targets = LOSSES[pick.one("loss", sorted(LOSSES))]
        self.optimizer = make_optimizer(pick, self.model)
        self.schedule = SCHEDULES[pick.one("schedule", ("none", *sorted(SCHEDULES)))](self.optimizer)
        self.clip = CLIPS[pick.one("clip", ("none", *sorted(CLIPS)))]
        self.parts = pick.one("accumulate", (1, 1, 1, 2))
        self.to_none = pick.one("set_to_none", (True, True, False))
        self.penalty = pick.one("penalty", ("none", "none", "none", "weights", "gradient"))
        if any(getattr(m, "use_reentrant", isinstance(m, nn.Hardsigmoid)) for m in self.model.modules()):
            self.penalty = "none"  # no gradient of a gradient passes a reentrant checkpoint, nor a Hardsigmoid
        self.average = [p.detach().clone() for p in self.model.parameters()] if pick.chance("average", 0.2) else []
        self.short = pick.chance("short_batch", 0.1)
        self.compiles = pick.one("compiles", ("step", "step", "step", "model", "halves"))
        #: Whether a run of it cannot be one program: PyTorch, too, draws for RReLU as values demand.
        self.breaks = any(isinstance(m, (nn.RReLU, Looking)) for m in self.model.modules())
        self.text = f"seed {seed}: " + " ".join(pick.log)

    def gradients(self, forward, xs, ys):
        """The losses of the micro-batches, after their backward."""
        losses, params = [], [p for p in self.model.parameters() if p.requires_grad]
        self.optimizer.zero_grad(set_to_none=self.to_none)
        for x, y in zip(xs, ys, strict=True):
            loss = self.loss(forward(x), y)
            if self.penalty == "weights":
                loss = loss + 0.01 * sum(p.square().sum() for p in params)
            elif self.penalty == "gradient":
                grads = torch.autograd.grad(loss, params, create_graph=True, allow_unused=True)
                loss = loss + 0.1 * sum(g.square().sum() for g in grads if g is not None)
            (loss / len(xs)).backward()
            losses.append(loss.detach())
        return losses

    def update(self):
        norm = self.clip(self.model.parameters())
        self.optimizer.step()
        with torch.no_grad():
            for a, p in zip(self.average, self.model.parameters(), strict=False):
                a.lerp_(p, 0.1)
        return norm

    def step(self, xs, ys):
        losses = self.gradients(self.model, xs, ys)
        return losses, self.update()

    def run(self, compiled, steps: int = 4):
        """(all that can be seen after each step, the compiled functions).

        ``compiled``: what a function or module is passed through.
        """
        seen, functions = [], []
        if self.compiles == "step":
            step = compiled(self.step)
            functions.append(step)
        elif self.compiles == "model":
            forward = compiled(self.model)
            functions.append(forward)

            def step(xs, ys):
                return self.gradients(forward, xs, ys), self.update()
        else:
            first, second = compiled(lambda xs, ys: self.gradients(self.model, xs, ys)), compiled(self.update)
            functions += [first, second]

            def step(xs, ys):
                return first(xs, ys), second()

        for i in range(steps):
            n = BATCH - 1 if self.short and i == 2 else BATCH
            xs = [self.inputs(n) for _ in range(self.parts)]
            ys = [self.targets(n) for _ in range(self.parts)]
            losses, norm = step(xs, ys)
            if self.schedule is not None:
                self.schedule.step()
            seen.append({"losses": losses, "norm": norm})
        params = list(self.model.parameters())
        seen.append({
            "parameters": [p.detach() for p in params],
            "gradients": [p.grad for p in params],
            "buffers": list(self.model.buffers()),
            "optimizer": self.optimizer.state_dict(),
            "average": self.average,
            "random": torch.get_rng_state(),
        })  # fmt: skip
        return seen, functions
