import numpy as np
import torch

t = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
print(t.flatten())
print(torch.flatten(t))
print(torch.ones_like(t))
print(t.numpy(), type(t.numpy()))
print(t.shape, t.dtype)
for name in ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64",
             "complex64", "complex128"]:
    array = np.ones(2, dtype=name)
    print(name, torch.from_numpy(array).dtype, torch.from_numpy(array))
