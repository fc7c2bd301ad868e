import torch

t = torch.tensor([[-1.5, 0.0, 2.5], [3.0, -4.25, 0.5]])
print(t.mean(), t.mean(0), torch.mean(t, 1, keepdim=True))
print(t.std(), t.std(dim=1), t.std(0, correction=0), t.var())
print(t.norm(), torch.norm(t, dim=0), t.norm(p=1), t.norm(p=float('inf')))
print(t.sum(), t.prod(), t.cumsum(0), t.argmin(), t.argmax(1))
print(t.median(), t.median(dim=1), t.any(), (t > -5).all())
print(torch.tensor([1, 2, 2, 3]).unique(), torch.logsumexp(t, 1))
