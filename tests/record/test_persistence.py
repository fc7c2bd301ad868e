"""Programs compiled in one process are found by the next: their text depends on no id, hash or address."""

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import collections, jax
events = collections.Counter()
jax.monitoring.register_event_listener(lambda event, **_: events.update([event]))
import jaxtorch as torch, jaxtorch.nn.functional as F
from jaxtorch import nn

torch.manual_seed(0)

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.cell = nn.Embedding(7, 4), nn.LSTM(4, 5, batch_first=True)
        self.norm, self.head = nn.BatchNorm1d(5), nn.Linear(5, 3)

    def forward(self, i):
        h = self.norm(self.cell(self.table(i))[0][:, -1])
        return self.head(F.dropout(h, 0.2, self.training))

model = Model()
opt = torch.optim.AdamW([{"params": p, "lr": 0.01} for p in model.parameters()], weight_decay=0.1)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 10)

@torch.compile(fullgraph=True)
def step(i, y, scale):
    opt.zero_grad()
    loss = F.cross_entropy(model(i), y) * scale
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    opt.step()
    schedule.step()
    return {"loss": loss, "rate": schedule.get_last_lr()}

forward = torch.compile(model, fullgraph=True)
for n in range(3):
    i, y = torch.randint(0, 7, (6, 4)), torch.randint(0, 3, (6,))
    out = step(i, y, 1 + 0.1 * n)
    forward(i).sum().backward()
    torch.func.vmap(lambda x: torch.cond(x.sum() > 0, torch.sin, torch.cos, (x,)))(torch.randn(3, 2))
print(round(out["loss"].item(), 5), events["/jax/compilation_cache/cache_misses"],
      events["/jax/compilation_cache/compile_requests_use_cache"])
"""


def test_a_second_process_compiles_nothing(tmp_path):
    script, folder = tmp_path / "program.py", tmp_path / "cache"
    script.write_text(PROGRAM)
    variables = {k: v for k, v in os.environ.items() if not k.startswith(("JAX_COMPILATION", "JAX_PERSISTENT"))}
    variables["PYTHONPATH"] = str(Path(__file__).parents[2])
    by_hand = {
        "JAX_COMPILATION_CACHE_DIR": str(folder / "jaxtorch" / "xla"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "0",
    }
    ways = [([], {**by_hand, "PYTHONHASHSEED": "1"}), (["-m", "jaxtorch", "run"], {"XDG_CACHE_HOME": str(folder)})]
    seen = []
    for options, more in ways:
        done = subprocess.run(
            [sys.executable, *options, str(script)],
            env={**variables, **more}, cwd=tmp_path, capture_output=True, text=True, timeout=280,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        loss, misses, requests = done.stdout.split()
        files = {p.name for p in folder.rglob("*") if p.is_file() and not p.name.endswith("-atime")}
        seen.append((loss, int(misses), int(requests), files))
    (loss, misses, _, files), (again, recompiled, requests, left) = seen
    assert loss == again
    assert misses == len(files) > 10
    assert recompiled == 0 < requests
    assert left == files
