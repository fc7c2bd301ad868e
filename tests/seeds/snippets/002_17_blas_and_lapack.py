import torch

a = torch.tensor([[4.0, 1.0], [2.0, 3.0]])
v = torch.tensor([1.0, -2.0])
print(torch.mm(a, a), torch.mv(a, v), torch.dot(v, v), torch.ger(v, v), a @ a, a @ v)
print(torch.addmm(torch.ones(2, 2), a, a, beta=0.5, alpha=2), torch.addmv(v, a, v))
print(torch.bmm(a.expand(2, 2, 2), a.expand(2, 2, 2)), torch.outer(v, v))
print(torch.inverse(a), torch.det(a), torch.linalg.solve(a, v))
print(torch.linalg.norm(a), torch.linalg.cholesky(a @ a.T))
print(torch.linalg.eigvalsh(a + a.T), torch.linalg.svdvals(a))
