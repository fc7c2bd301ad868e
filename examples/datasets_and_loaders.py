"""From samples to batches to a training loop: Dataset, DataLoader, torch.nn and torch.optim.

Tutorial topic: how PyTorch supports deep learning projects, which its text describes without code.
"""

import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(0)


class Line(Dataset):
    """Points of y = 2x - 1."""

    def __init__(self, length):
        self.x = torch.linspace(-1, 1, length).unsqueeze(1)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, index):
        return self.x[index], 2 * self.x[index] - 1


loader = DataLoader(Line(10), batch_size=4, shuffle=True)
for x, y in loader:
    print(x.shape, y.flatten())

model = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1))
loss_fn = nn.MSELoss()
optimizer = optim.Adam(model.parameters(), lr=0.05)
print(model)

for epoch in range(30):
    for x, y in loader:
        loss = loss_fn(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 5 == 0:
        with torch.no_grad():
            print(f"epoch {epoch:2d} loss {loss_fn(model(Line(10).x), 2 * Line(10).x - 1):.4f}")
