import torch
import torch.nn.functional as F
import torch.optim as optim

x_train = torch.FloatTensor([[1, 2, 1, 1], [2, 1, 3, 2], [3, 1, 3, 4], [4, 1, 5, 5],
                             [1, 7, 5, 5], [1, 2, 5, 6], [1, 6, 6, 6], [1, 7, 7, 7]])
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

    if epoch % 10 == 0:
        print('Epoch {:4d} Cost: {:.4f}'.format(epoch, cost.item()))
print(hypothesis)
print(hypothesis.sum(dim=1))
print(hypothesis.argmax(dim=1))
