"""How long a training loop waits for its data: two worker processes feed a compiled step.

Every second of an epoch is counted as spent either in the step, until its loss is known, or waiting for
the loader. The losses are printed; a progress bar and the times go to the standard error. As it stands it
trains on a few batches; of the size of MNIST it is

    jaxtorch run examples/loader_throughput.py --samples 60000 --epochs 20
"""

import argparse
import time

import numpy as np
import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from torch import nn
from torch.utils.data import DataLoader, Dataset

CLASSES = 10


class Digits(Dataset):
    """Noisy 28 x 28 pictures of ten random patterns, stored as bytes and scaled when asked for."""

    def __init__(self, samples, seed):
        random = np.random.default_rng(seed)
        patterns = random.integers(0, 128, (CLASSES, 28, 28), dtype=np.uint8)
        self.labels = random.integers(0, CLASSES, samples)
        self.images = random.integers(0, 128, (samples, 28, 28), dtype=np.uint8)
        self.images += patterns[self.labels]

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        image = (self.images[index].astype(np.float32) / 255 - 0.5) / 0.25
        return torch.from_numpy(image).unsqueeze(0), self.labels[index]


def network(name):
    if name == "mlp":
        return nn.Sequential(nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, CLASSES))
    return nn.Sequential(
        nn.Conv2d(1, 16, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(32 * 5 * 5, 64), nn.ReLU(), nn.Linear(64, CLASSES),
    )  # fmt: skip


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--samples", type=int, default=1024)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--prefetch", type=int, help="batches that each worker is ahead")
    parser.add_argument("--network", choices=["mlp", "cnn"], default="mlp")
    parser.add_argument("--eager", action="store_true", help="do not compile the step")
    options = parser.parse_args()

    torch.manual_seed(0)
    model = network(options.network)
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)

    def step(images, labels):
        optimizer.zero_grad()
        loss = loss_fn(model(images), labels)
        loss.backward()
        optimizer.step()
        return loss.detach()

    if not options.eager:
        step = torch.compile(step)
    loader = DataLoader(
        Digits(options.samples, seed=0), batch_size=options.batch_size, shuffle=True, drop_last=True,
        num_workers=options.workers, persistent_workers=options.workers > 0, prefetch_factor=options.prefetch,
    )  # fmt: skip
    screen = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}")
    with Progress(*columns, console=screen, refresh_per_second=4) as progress:
        for epoch in range(options.epochs):
            bar = progress.add_task(f"epoch {epoch:2d}", total=len(loader), rate="")
            total, first, waited, longest, stepped = 0.0, 0.0, 0.0, 0.0, 0.0
            began = asked = time.perf_counter()
            for number, (images, labels) in enumerate(loader, 1):
                came = time.perf_counter()
                total += step(images, labels).item()
                done = time.perf_counter()
                if number == 1:
                    first = came - asked
                else:
                    waited, longest = waited + came - asked, max(longest, came - asked)
                stepped += done - came
                rate = number * options.batch_size / (done - began)
                progress.update(bar, completed=number, rate=f"{rate:,.0f} samples/s")
                asked = time.perf_counter()
            progress.console.print(
                f"epoch {epoch:2d}: {rate:,.0f} samples/s, {stepped:.3f} s in the step, {first:.3f} s until the first "
                f"batch, then {waited:.3f} s waiting ({waited / len(loader) * 1e6:.0f} us a batch, "
                f"{longest * 1e3:.1f} ms at most)"
            )
            print(f"epoch {epoch} loss {total / len(loader):.4f}")


main()
