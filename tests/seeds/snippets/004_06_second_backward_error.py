import torch

x = torch.tensor(2.0, requires_grad=True)
y = 2*x**2 + 1
print(y.backward())
y.backward()
