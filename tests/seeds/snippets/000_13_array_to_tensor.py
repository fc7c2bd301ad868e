import numpy as np
import torch
data = [[1,2],[3,4]]
t_data = torch.tensor(data)
print(t_data)
np_data = np.array(data)
t_from_np = torch.from_numpy(np_data)
print(t_from_np)
# The int32 of the tutorial's comment is what Windows gave before NumPy 2.
print(torch.from_numpy(np_data.astype(np.int32)))
