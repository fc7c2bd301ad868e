"""Linear regression on three points, with the weight and bias as bare tensors.

Tutorial topic: linear regression. Changed: the imports, which the tutorial leaves out.
"""

import torch
import torch.optim as optim

x_train = torch.FloatTensor([[1], [2], [3]])
y_train = torch.FloatTensor([[1], [2], [3]])
W = torch.zeros(1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
optimizer = optim.SGD([W, b], lr=0.01)

nb_epochs = 1000
for epoch in range(nb_epochs + 1):
    hypothesis = x_train * W + b
    cost = torch.mean((hypothesis - y_train) ** 2)

    optimizer.zero_grad()  # gradients accumulate until they are cleared
    cost.backward()
    optimizer.step()  # W = W - lr * W.grad, and b likewise

    if epoch % 100 == 0:
        print(
            f"Epoch {epoch:4d}/{nb_epochs} W: {W.item():.3f}, b: {b.item():.3f} "
            f"Cost: {cost.item():.6f}"
        )
