import torch

torch.manual_seed(0)
print(torch.randn(3))
print(torch.randn(2, 20))
print(torch.normal(0.0, 1.0, (4,)))
print(torch.normal(torch.arange(1.0, 6.0), torch.arange(1.0, 0.0, -0.2)))
print(torch.normal(2.0, torch.ones(3)))
print(torch.rand(2, 3), torch.randint(0, 10, (5,)), torch.randperm(8))
print(torch.bernoulli(torch.full((6,), 0.5)), torch.rand_like(torch.zeros(2)))
print(torch.empty(3).uniform_(-1, 1), torch.empty(3).normal_(1, 2))
torch.manual_seed(0)
print(torch.randn(3))
