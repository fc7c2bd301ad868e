import os
import tempfile
import torch

points = torch.tensor([[4.0, 1.0], [5.0, 3.0], [2.0, 1.0]])
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, 'ourpoints.t')
    torch.save(points, path)
    print(torch.load(path))
    with open(path, 'wb') as f:
        torch.save({'points': points, 'column': points[:, 1], 'names': ['x', 'y']}, f)
    with open(path, 'rb') as f:
        loaded = torch.load(f)
print(loaded)
loaded['points'][0, 1] = 100.0
print(loaded['column'])
print(loaded['column'].stride(), loaded['column'].storage_offset())
