import torch
from torch.autograd import Variable

x = Variable(torch.FloatTensor([1, 2, 3]), requires_grad=True)
loss = x.pow(2).sum()
print(loss.data)
loss.data[0]
