import torch
from torch.autograd import Variable

t = torch.FloatTensor([[1, -2], [-3, 4]])
x = Variable(t, requires_grad=True)
frozen = Variable(t)
print(x, x.requires_grad, x.is_leaf)
print(frozen, frozen.requires_grad)
print(isinstance(x, torch.Tensor), isinstance(x, Variable), type(x))
print(x.data, x.data.requires_grad, x.grad)

loss = x.clamp(min=0).pow(2).sum()
print(loss, loss.shape, loss.data, loss.data.dim())
loss.backward()
print(x.grad, type(x.grad), x.grad.requires_grad)

x.data -= 0.5 * x.grad.data
print(x)
print(t)
x.grad.data.zero_()
print(x.grad)
print(frozen.grad)
