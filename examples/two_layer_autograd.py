"""A two-layer network whose backward pass autograd derives.

Tutorial topic: Variable and autograd. Changed: a fixed seed. `Variable` is what the tutorial uses;
it has been the Tensor itself since PyTorch 0.4, so the loss has shape () and not (1,), and its
number is `loss.item()` where the tutorial's comments speak of `loss.data[0]`.
"""

import torch
from torch.autograd import Variable

dtype = torch.FloatTensor
torch.manual_seed(0)

# N is the batch size; D_in, H and D_out the sizes of the input, hidden and output layers.
N, D_in, H, D_out = 64, 1000, 100, 10

x = Variable(torch.randn(N, D_in).type(dtype), requires_grad=False)
y = Variable(torch.randn(N, D_out).type(dtype), requires_grad=False)

w1 = Variable(torch.randn(D_in, H).type(dtype), requires_grad=True)
w2 = Variable(torch.randn(H, D_out).type(dtype), requires_grad=True)

learning_rate = 1e-6
for t in range(500):
    # Forward: no intermediate value need be kept, since no backward pass is written here.
    y_pred = x.mm(w1).clamp(min=0).mm(w2)

    loss = (y_pred - y).pow(2).sum()
    print(t)
    print(loss)

    # Fills w1.grad and w2.grad.
    loss.backward()

    # Gradient descent on the data, which autograd does not follow.
    w1.data -= learning_rate * w1.grad.data
    w2.data -= learning_rate * w2.grad.data

    # Gradients accumulate: zero them for the next step.
    w1.grad.data.zero_()
    w2.grad.data.zero_()
