import torch

a = torch.tensor([[1.0, 5.0], [3.0, 2.0]])
b = torch.tensor([[1.0, 4.0], [3.0, 9.0]])
print(torch.equal(a, b), torch.equal(a, a.clone()), torch.eq(a, b))
print(a == b, a != b, a < b, a >= b, torch.allclose(a, b), torch.isclose(a, b))
print(torch.max(a), torch.max(a, 1), torch.max(a, b), torch.min(a, dim=0), torch.maximum(a, b))
print(torch.sort(a, dim=1), a.argsort(descending=True), torch.topk(a, 1))
print(torch.isnan(a), torch.isinf(a), torch.isfinite(a))
