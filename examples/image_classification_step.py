"""One training step of an image classifier: forward, loss, backward, optimizer.

Tutorial topic: a simple autograd example. Changed: two linear layers stand where the tutorial has
torchvision's pretrained resnet18, with the same shapes in and out; a fixed seed; results printed.
"""

import torch

torch.manual_seed(0)

model = torch.nn.Sequential(
    torch.nn.Flatten(),
    torch.nn.Linear(3 * 64 * 64, 16),
    torch.nn.ReLU(),
    torch.nn.Linear(16, 1000),
)
data = torch.rand(1, 3, 64, 64)
labels = torch.rand(1, 1000)

prediction = model(data)  # forward pass
print(prediction.shape)

loss = (prediction - labels).sum()
loss.backward()  # backward pass
print(f"{loss.item():.1f}")
print([tuple(parameter.grad.shape) for parameter in model.parameters()])

optim = torch.optim.SGD(model.parameters(), lr=1e-2, momentum=0.9)
before = [parameter.detach().clone() for parameter in model.parameters()]
optim.step()  # gradient descent
for parameter, old in zip(model.parameters(), before, strict=True):
    print(torch.allclose(parameter, old - 1e-2 * parameter.grad))
print(f"{(model(data) - labels).sum().item():.1f}")
