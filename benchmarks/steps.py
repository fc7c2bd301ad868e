"""Training steps, each written once as PyTorch (run by both libraries) and once by hand in JAX + optax.

Both have the same shapes, the same arithmetic and the same optimizer.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import optax


# -- the programs in PyTorch ----------------------------------------------------------------------
def two_layer(lib):
    lib.manual_seed(0)
    x, y = lib.randn(64, 1000), lib.randn(64, 10)
    model = lib.nn.Sequential(lib.nn.Linear(1000, 100), lib.nn.ReLU(), lib.nn.Linear(100, 10))
    opt = lib.optim.SGD(model.parameters(), lr=1e-4)
    return model, opt, lambda: lib.nn.functional.mse_loss(model(x), y)


def linear_regression(lib):
    lib.manual_seed(0)
    x, y = lib.randn(256, 8), lib.randn(256, 1)
    model = lib.nn.Linear(8, 1)
    opt = lib.optim.SGD(model.parameters(), lr=1e-2)
    return model, opt, lambda: lib.nn.functional.mse_loss(model(x), y)


def mlp(lib):
    lib.manual_seed(0)
    x, y = lib.randn(128, 784), lib.randint(0, 10, (128,))
    nn = lib.nn
    model = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))
    opt = lib.optim.Adam(model.parameters(), lr=1e-3)
    return model, opt, lambda: nn.functional.cross_entropy(model(x), y)


def lstm(lib):
    lib.manual_seed(0)
    nn = lib.nn

    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell, self.head = nn.LSTM(128, 128, batch_first=True), nn.Linear(128, 10)

        def forward(self, x):
            return self.head(self.cell(x)[0][:, -1])

    x, y = lib.randn(32, 64, 128), lib.randint(0, 10, (32,))
    model = Tagger()
    opt = lib.optim.Adam(model.parameters(), lr=1e-3)
    return model, opt, lambda: nn.functional.cross_entropy(model(x), y)


#: (channels in, channels out, stride) of ResNet-18's blocks
RESNET18 = (
    (64, 64, 1), (64, 64, 1), (64, 128, 2), (128, 128, 1), (128, 256, 2), (256, 256, 1), (256, 512, 2), (512, 512, 1),
)  # fmt: skip


def char_rnn(lib):
    lib.manual_seed(0)
    nn = lib.nn

    class CharRNN(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.cell, self.head = nn.Embedding(30, 16), nn.RNN(16, 32, batch_first=True), nn.Linear(32, 30)

        def forward(self, x):
            return self.head(self.cell(self.embed(x))[0])

    x, y = lib.randint(0, 30, (4, 20)), lib.randint(0, 30, (80,))
    model = CharRNN()
    opt = lib.optim.Adam(model.parameters(), lr=1e-3)
    return model, opt, lambda: nn.functional.cross_entropy(model(x).reshape(80, 30), y)


def gpt(lib):
    lib.manual_seed(0)
    nn, functional = lib.nn, lib.nn.functional
    width, heads, length, words = 128, 4, 64, 64

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.wide, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

        def forward(self, x, mask):
            n = x.shape[0]
            q, k, v = [
                t.view(n, length, heads, width // heads).transpose(1, 2)
                for t in self.qkv(self.norm1(x)).split(width, 2)
            ]
            scores = (q @ k.transpose(-2, -1)) * (width // heads) ** -0.5
            seen = functional.softmax(scores.masked_fill(mask, float("-inf")), dim=-1) @ v
            x = x + self.out(seen.transpose(1, 2).reshape(n, length, width))
            return x + self.narrow(functional.gelu(self.wide(self.norm2(x))))

    class GPT(nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.places = nn.Embedding(words, width), nn.Embedding(length, width)
            self.blocks = nn.ModuleList([Block() for _ in range(4)])
            self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, words)

        def forward(self, x):
            x = self.words(x) + self.places.weight
            mask = lib.ones(length, length, dtype=lib.bool).triu(1)
            for block in self.blocks:
                x = block(x, mask)
            return self.head(self.norm(x))

    x, y = lib.randint(0, words, (8, length)), lib.randint(0, words, (8 * length,))
    model = GPT()
    opt = lib.optim.AdamW(model.parameters(), lr=1e-3)
    return model, opt, lambda: functional.cross_entropy(model(x).reshape(8 * length, words), y)


def resnet18(lib):
    lib.manual_seed(0)
    nn = lib.nn

    class Block(nn.Module):
        def __init__(self, n, m, step):
            super().__init__()
            self.conv1, self.norm1 = nn.Conv2d(n, m, 3, step, 1, bias=False), nn.BatchNorm2d(m)
            self.conv2, self.norm2 = nn.Conv2d(m, m, 3, 1, 1, bias=False), nn.BatchNorm2d(m)
            self.short = None
            if step > 1 or n != m:
                self.short = nn.Sequential(nn.Conv2d(n, m, 1, step, bias=False), nn.BatchNorm2d(m))

        def forward(self, x):
            y = self.norm2(self.conv2(nn.functional.relu(self.norm1(self.conv1(x)))))
            return nn.functional.relu(y + (x if self.short is None else self.short(x)))

    model = nn.Sequential(
        nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1),
        *[Block(*size) for size in RESNET18], nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10),
    )  # fmt: skip
    x, y = lib.randn(8, 3, 64, 64), lib.randint(0, 10, (8,))
    opt = lib.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    return model, opt, lambda: nn.functional.cross_entropy(model(x), y)


def step_of(lib, build):
    model, opt, loss_of = build(lib)

    def step():
        opt.zero_grad()
        loss = loss_of()
        loss.backward()
        opt.step()
        return loss

    step.model = model
    return step


# -- the same by hand -----------------------------------------------------------------------------
def by_hand(params, data, loss_of, opt):
    """A donated, jitted step as users of JAX write it; returns a function without arguments."""
    state = [params, opt.init(params)]

    def step(params, opt_state, x, y):
        loss, grads = jax.value_and_grad(loss_of)(params, x, y)
        updates, opt_state = opt.update(grads, opt_state, params)
        return optax.apply_updates(params, updates), opt_state, loss

    run = jax.jit(step, donate_argnums=(0, 1))

    def call():
        state[0], state[1], loss = run(*state, *data)
        return loss

    return call


def _dense(rng, n, m):
    bound = 1 / np.sqrt(n)
    return {"w": jnp.asarray(rng.uniform(-bound, bound, (m, n)), jnp.float32), "b": jnp.zeros(m)}


def _apply(p, x):
    return x @ p["w"].T + p["b"]


def _cross_entropy(logits, y):
    return optax.softmax_cross_entropy_with_integer_labels(logits, y).mean()


def hand_two_layer():
    rng = np.random.default_rng(0)
    x, y = jnp.asarray(rng.normal(size=(64, 1000)), jnp.float32), jnp.asarray(rng.normal(size=(64, 10)), jnp.float32)
    params = [_dense(rng, 1000, 100), _dense(rng, 100, 10)]

    def loss(p, x, y):
        return ((_apply(p[1], jax.nn.relu(_apply(p[0], x))) - y) ** 2).mean()

    return by_hand(params, (x, y), loss, optax.sgd(1e-4))


def hand_linear_regression():
    rng = np.random.default_rng(0)
    x, y = jnp.asarray(rng.normal(size=(256, 8)), jnp.float32), jnp.asarray(rng.normal(size=(256, 1)), jnp.float32)
    return by_hand(_dense(rng, 8, 1), (x, y), lambda p, x, y: ((_apply(p, x) - y) ** 2).mean(), optax.sgd(1e-2))


def hand_mlp():
    rng = np.random.default_rng(0)
    x, y = jnp.asarray(rng.normal(size=(128, 784)), jnp.float32), jnp.asarray(rng.integers(0, 10, 128))
    params = [_dense(rng, 784, 512), _dense(rng, 512, 512), _dense(rng, 512, 10)]

    def loss(p, x, y):
        h = jax.nn.relu(_apply(p[0], x))
        return _cross_entropy(_apply(p[2], jax.nn.relu(_apply(p[1], h))), y)

    return by_hand(params, (x, y), loss, optax.adam(1e-3))


def hand_lstm():
    rng = np.random.default_rng(0)
    x, y = jnp.asarray(rng.normal(size=(32, 64, 128)), jnp.float32), jnp.asarray(rng.integers(0, 10, 32))
    params = {"i": _dense(rng, 128, 512), "h": _dense(rng, 128, 512), "head": _dense(rng, 128, 10)}

    def loss(p, x, y):
        def cell(carry, x):
            h, c = carry
            i, f, g, o = jnp.split(_apply(p["i"], x) + _apply(p["h"], h), 4, axis=-1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
            return (h, c), None

        start = jnp.zeros((32, 128)), jnp.zeros((32, 128))
        (h, _), _ = jax.lax.scan(cell, start, x.swapaxes(0, 1))
        return _cross_entropy(_apply(p["head"], h), y)

    return by_hand(params, (x, y), loss, optax.adam(1e-3))


def hand_char_rnn():
    rng = np.random.default_rng(0)
    x, y = jnp.asarray(rng.integers(0, 30, (4, 20))), jnp.asarray(rng.integers(0, 30, 80))
    params = {"embed": jnp.asarray(rng.normal(size=(30, 16)), jnp.float32), "i": _dense(rng, 16, 32),
              "h": _dense(rng, 32, 32), "head": _dense(rng, 32, 30)}  # fmt: skip

    def loss(p, x, y):
        def cell(h, x):
            h = jnp.tanh(_apply(p["i"], x) + _apply(p["h"], h))
            return h, h

        _, hs = jax.lax.scan(cell, jnp.zeros((4, 32)), p["embed"][x].swapaxes(0, 1))
        return _cross_entropy(_apply(p["head"], hs.swapaxes(0, 1)).reshape(80, 30), y)

    return by_hand(params, (x, y), loss, optax.adam(1e-3))


def _layer_norm(p, x):
    mean = x.mean(-1, keepdims=True)
    return (x - mean) * jax.lax.rsqrt(((x - mean) ** 2).mean(-1, keepdims=True) + 1e-5) * p["w"] + p["b"]


def hand_gpt():
    rng = np.random.default_rng(0)
    width, heads, length, words = 128, 4, 64, 64
    x, y = jnp.asarray(rng.integers(0, words, (8, length))), jnp.asarray(rng.integers(0, words, 8 * length))

    def norm():
        return {"w": jnp.ones(width), "b": jnp.zeros(width)}

    def table(n):
        return jnp.asarray(rng.normal(size=(n, width)), jnp.float32)

    params = {
        "words": table(words), "places": table(length), "norm": norm(), "head": _dense(rng, width, words),
        "blocks": [
            {"norm1": norm(), "norm2": norm(), "qkv": _dense(rng, width, 3 * width), "out": _dense(rng, width, width),
             "wide": _dense(rng, width, 4 * width), "narrow": _dense(rng, 4 * width, width)} for _ in range(4)
        ],
    }  # fmt: skip
    mask = np.triu(np.ones((length, length), bool), 1)

    def block(p, x):
        q, k, v = [
            t.reshape(8, length, heads, width // heads).transpose(0, 2, 1, 3)
            for t in jnp.split(_apply(p["qkv"], _layer_norm(p["norm1"], x)), 3, -1)
        ]
        scores = jnp.where(mask, -jnp.inf, q @ k.swapaxes(-2, -1) * (width // heads) ** -0.5)
        seen = (jax.nn.softmax(scores) @ v).transpose(0, 2, 1, 3).reshape(8, length, width)
        x = x + _apply(p["out"], seen)
        return x + _apply(p["narrow"], jax.nn.gelu(_apply(p["wide"], _layer_norm(p["norm2"], x)), approximate=False))

    def loss(p, x, y):
        h = p["words"][x] + p["places"]
        for one in p["blocks"]:
            h = block(one, h)
        return _cross_entropy(_apply(p["head"], _layer_norm(p["norm"], h)).reshape(8 * length, words), y)

    return by_hand(params, (x, y), loss, optax.adamw(1e-3, weight_decay=1e-2))


def hand_resnet18():
    rng = np.random.default_rng(0)
    x, y = jnp.asarray(rng.normal(size=(8, 3, 64, 64)), jnp.float32), jnp.asarray(rng.integers(0, 10, 8))

    def conv(n, m, k):
        return jnp.asarray(rng.normal(size=(m, n, k, k)) * np.sqrt(2 / (n * k * k)), jnp.float32)

    def norm(m):
        return {"w": jnp.ones(m), "b": jnp.zeros(m)}

    def convolve(x, w, step, pad):
        return jax.lax.conv_general_dilated(x, w, (step, step), [(pad, pad)] * 2)

    def normalize(p, x):
        mean = x.mean((0, 2, 3), keepdims=True)
        var = ((x - mean) ** 2).mean((0, 2, 3), keepdims=True)
        return (x - mean) * jax.lax.rsqrt(var + 1e-5) * p["w"][:, None, None] + p["b"][:, None, None]

    steps = [step for _, _, step in RESNET18]
    params = {
        "stem": conv(3, 64, 7), "norm": norm(64), "head": _dense(rng, 512, 10),
        "blocks": [
            {"conv1": conv(n, m, 3), "norm1": norm(m), "conv2": conv(m, m, 3), "norm2": norm(m),
             **({"short": conv(n, m, 1), "norm3": norm(m)} if step > 1 else {})} for n, m, step in RESNET18
        ],
    }  # fmt: skip

    def block(p, x, step):
        h = jax.nn.relu(normalize(p["norm1"], convolve(x, p["conv1"], step, 1)))
        h = normalize(p["norm2"], convolve(h, p["conv2"], 1, 1))
        if "short" in p:
            x = normalize(p["norm3"], convolve(x, p["short"], step, 0))
        return jax.nn.relu(h + x)

    def loss(p, x, y):
        h = jax.nn.relu(normalize(p["norm"], convolve(x, p["stem"], 2, 3)))
        pads = [(0, 0), (0, 0), (1, 1), (1, 1)]
        h = jax.lax.reduce_window(h, -jnp.inf, jax.lax.max, (1, 1, 3, 3), (1, 1, 2, 2), pads)
        for one, step in zip(p["blocks"], steps, strict=True):
            h = block(one, h, step)
        return _cross_entropy(_apply(p["head"], h.mean((2, 3))), y)

    return by_hand(params, (x, y), loss, optax.sgd(0.01, momentum=0.9))


PROGRAMS = {
    "two-layer": (two_layer, hand_two_layer),
    "linear regression": (linear_regression, hand_linear_regression),
    "char-RNN": (char_rnn, hand_char_rnn),
    "MLP": (mlp, hand_mlp),
    "ResNet-18": (resnet18, hand_resnet18),
    "GPT": (gpt, hand_gpt),
    "LSTM": (lstm, hand_lstm),
}
