import numpy as np
import torch

arr = [1.0, 2.0, 1.0]
print(arr[0])

tens = torch.arange(48.0).reshape(2, 4, 6)
print(tens[0,3,1])
print(float(tens[0,3,1]), tens[0,3,1].item())
print(tens.numpy()[0,3,1])
tens[0,3,1] = -1.0
print(tens[0,3])
