"""A two-layer network with its backward pass written by hand, from tensors alone.

Tutorial topic: tensors on CPU and GPU. Changed: a fixed seed; the GPU tensor type is chosen only
where there is a GPU, instead of by commenting a line in or out.
"""

import torch

dtype = torch.cuda.FloatTensor if torch.cuda.is_available() else torch.FloatTensor
torch.manual_seed(0)

# N is the batch size; D_in, H and D_out the sizes of the input, hidden and output layers.
N, D_in, H, D_out = 64, 1000, 100, 10

x = torch.randn(N, D_in).type(dtype)
y = torch.randn(N, D_out).type(dtype)

w1 = torch.randn(D_in, H).type(dtype)
w2 = torch.randn(H, D_out).type(dtype)

learning_rate = 1e-6
for t in range(500):
    # Forward: predict y.
    h = x.mm(w1)
    h_relu = h.clamp(min=0)
    y_pred = h_relu.mm(w2)

    loss = (y_pred - y).pow(2).sum()
    print(t, loss)

    # Backward: the gradients of the loss with respect to w1 and w2.
    grad_y_pred = 2.0 * (y_pred - y)
    grad_w2 = h_relu.t().mm(grad_y_pred)
    grad_h_relu = grad_y_pred.mm(w2.t())
    grad_h = grad_h_relu.clone()
    grad_h[h < 0] = 0
    grad_w1 = x.t().mm(grad_h)

    # Gradient descent.
    w1 -= learning_rate * grad_w1
    w2 -= learning_rate * grad_w2
