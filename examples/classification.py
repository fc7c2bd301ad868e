"""Logistic and softmax classification, each trained by gradient descent.

Tutorial topic: the two other models that the linear regression tutorial names by their hypothesis
and cost alone. Changed: data and a training loop, which those lines need to run.
"""

import torch
import torch.nn.functional as F
import torch.optim as optim

# Two features, two classes: sigmoid and binary cross entropy.
x_train = torch.FloatTensor([[1, 2], [2, 3], [3, 1], [4, 3], [5, 3], [6, 2]])
y_train = torch.FloatTensor([[0], [0], [0], [1], [1], [1]])
W = torch.zeros((2, 1), requires_grad=True)
b = torch.zeros(1, requires_grad=True)
optimizer = optim.SGD([W, b], lr=1)

for epoch in range(101):
    hypothesis = torch.sigmoid(x_train.matmul(W) + b)
    cost = F.binary_cross_entropy(hypothesis, y_train)

    optimizer.zero_grad()
    cost.backward()
    optimizer.step()

    if epoch % 20 == 0:
        print(f"logistic {epoch:4d} Cost: {cost.item():.4f}")
print((hypothesis > 0.5).squeeze())

# Four features, three classes: softmax and cross entropy, which takes the values before softmax.
x_train = torch.FloatTensor(
    [
        [1, 2, 1, 1],
        [2, 1, 3, 2],
        [3, 1, 3, 4],
        [4, 1, 5, 5],
        [1, 7, 5, 5],
        [1, 2, 5, 6],
        [1, 6, 6, 6],
        [1, 7, 7, 7],
    ]
)
y_train = torch.LongTensor([2, 2, 2, 1, 1, 1, 0, 0])
W = torch.zeros((4, 3), requires_grad=True)
b = torch.zeros(3, requires_grad=True)
optimizer = optim.SGD([W, b], lr=0.1)

for epoch in range(101):
    hypothesis = F.softmax(x_train.matmul(W) + b, dim=1)
    cost = F.cross_entropy(x_train.matmul(W) + b, y_train)

    optimizer.zero_grad()
    cost.backward()
    optimizer.step()

    if epoch % 20 == 0:
        print(f"softmax  {epoch:4d} Cost: {cost.item():.4f}")
print(hypothesis)
print(hypothesis.sum(dim=1))
print(hypothesis.argmax(dim=1))
print(F.one_hot(y_train))
