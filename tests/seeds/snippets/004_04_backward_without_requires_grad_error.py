import torch

x = torch.tensor(2.0, requires_grad=False)
y = 2*x**2 + 1
y.backward()
