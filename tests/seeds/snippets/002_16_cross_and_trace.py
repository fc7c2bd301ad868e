import torch

a = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
b = torch.tensor([[0.5, -1.0, 2.0], [3.0, 1.0, -2.0]])
print(torch.cross(a, b, dim=1))
print(torch.linalg.cross(a, b))
print(torch.trace(torch.arange(9.0).reshape(3, 3)), torch.arange(6).reshape(2, 3).trace())
print(torch.diag(torch.tensor([1.0, 2.0])), torch.triu(a), torch.tril(a), torch.flip(a, [1]))
