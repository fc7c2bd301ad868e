import torch

t = torch.tensor([[-1.5, 0.0, 2.5], [3.0, -4.25, 0.5]])
print(torch.abs(t), t.abs())
print(torch.cos(t), t.cos())
print(t.sin(), t.exp(), t.tanh(), torch.sigmoid(t))
print(t.abs().sqrt(), torch.log(t.abs() + 1), t.neg(), t.pow(2), t ** 3)
print(t.floor(), t.ceil(), t.round(), t.trunc(), t.sign(), t.clamp(-1, 1))
print(t + 1, t - t, t * 2, t / 4, t // 2, t % 2)
print(torch.add(t, t, alpha=2), torch.mul(t, 2), torch.div(t, 2))
