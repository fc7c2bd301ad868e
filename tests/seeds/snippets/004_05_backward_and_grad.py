import torch

x = torch.tensor(2.0, requires_grad=True)
y = 2*x**2 + 1
print(x.grad)
print(y.backward())
print(x.grad)
print(torch.autograd.grad(2*x**2 + 1, x))
print(x.grad)
