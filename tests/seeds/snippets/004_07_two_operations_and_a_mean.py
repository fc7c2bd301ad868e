import torch

x = torch.tensor([[1.0, 2.0 ,3.0],[4.0,5.0,6.0]], requires_grad=True)
print(x)
y = 2*x + 1
print(y)
z = y**2
print(z)
out = z.mean()
print(out)

out.backward()
print(x.grad)
