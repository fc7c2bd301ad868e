import torch

a = torch.ones(3, 2)
a.zero_()
print(a)
print(a.add_(2).mul_(3).sub_(1).div_(2) is a, a)
print(a.fill_(4).sqrt_(), a.neg_().abs_(), a.pow_(3), a.clamp_(max=5))
a[1].fill_(0)
a[:, 1].copy_(torch.tensor([1.0, 2.0, 3.0]))
print(a, a.t_().shape, a.unsqueeze_(0).shape, a.squeeze_().shape)
a += 1
print(a)
