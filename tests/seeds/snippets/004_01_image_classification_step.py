import torch

torch.manual_seed(0)

# Stands in for a pretrained resnet18: 1x3x64x64 in, 1x1000 out.
model = torch.nn.Sequential(
    torch.nn.Flatten(), torch.nn.Linear(3 * 64 * 64, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1000)
)
data = torch.rand(1, 3, 64, 64)
labels = torch.rand(1, 1000)

prediction = model(data)
print(prediction.shape)

loss = (prediction - labels).sum()
loss.backward()
print('{:.1f}'.format(loss.item()))
print([tuple(p.grad.shape) for p in model.parameters()])
print(model[3].bias.grad[:5])

optim = torch.optim.SGD(model.parameters(), lr=1e-2, momentum=0.9)
print(optim)

before = [p.detach().clone() for p in model.parameters()]
optim.step()
print([torch.allclose(p, b - 1e-2 * p.grad) for p, b in zip(model.parameters(), before)])
print('{:.1f}'.format((model(data) - labels).sum().item()))
