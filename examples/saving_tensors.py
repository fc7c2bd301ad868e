"""Tensors and a model's state, saved and loaded.

Tutorial topic: serializing tensors. Changed: the files lie in a temporary folder. The tutorial's
other format, HDF5, is what the h5py package makes of `points.numpy()`.
"""

import os
import tempfile

import torch

points = torch.tensor([[4.0, 1.0], [5.0, 3.0], [2.0, 1.0]])

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "ourpoints.t")
    torch.save(points, path)
    print(torch.load(path))

    # A file object does as well; views saved together share their storage when loaded.
    with open(path, "wb") as f:
        torch.save({"points": points, "column": points[:, 1]}, f)
    with open(path, "rb") as f:
        loaded = torch.load(f)
    loaded["points"][0, 1] = 100.0
    print(loaded["column"])

    torch.manual_seed(0)
    model = torch.nn.Linear(2, 1)
    torch.save(model.state_dict(), path)
    other = torch.nn.Linear(2, 1)
    print(other.load_state_dict(torch.load(path)))
    print(torch.equal(model(points), other(points)))
