import torch

x = torch.tensor(2.0, requires_grad=False)
y = 2*x**2 + 1
print(x)
print(y)
print(x.grad_fn, y.grad_fn)
