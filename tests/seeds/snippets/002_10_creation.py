import numpy as np
import torch

print(torch.ones(2, 3), torch.zeros(2), torch.full((2, 2), 7), torch.empty(2, 0))
print(torch.ones(3, dtype=torch.int64), torch.eye(2), torch.arange(0, 1, 0.25))
print(torch.linspace(0, 1, 5), torch.tensor([[True, False]]))
print(torch.from_numpy(np.array([1.0, 2.0])), torch.as_tensor([1, 2]))
print(torch.zeros_like(torch.ones(2, dtype=torch.short)), torch.full_like(torch.zeros(2), 3))
