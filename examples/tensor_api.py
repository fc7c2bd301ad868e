"""The groups of tensor operations, with one or more of each.

Tutorial topics: the tensor API, softmax, argmax and one-hot labels. Changed: a fixed seed, and
results are printed; the tutorial only names most of these.
"""

import numpy as np
import torch
import torch.nn.functional as F

torch.manual_seed(0)

# Creation.
print(torch.ones(2, 3), torch.zeros(2), torch.from_numpy(np.array([1.0, 2.0])))

# Indexing, slicing, joining, mutating.
a = torch.ones(3, 2)
print(torch.transpose(a, 0, 1).shape, a.transpose(0, 1).shape)

# Pointwise, reduction, comparison.
t = torch.tensor([[-1.5, 0.0, 2.5], [3.0, -4.25, 0.5]])
print(torch.abs(t), torch.cos(t))
print(t.mean(), t.std(), t.norm())
print(torch.equal(t, t.clone()), torch.max(t), torch.max(t, torch.zeros(2, 3)))

# Spectral.
window = torch.hamming_window(16)
print(window)
signal = torch.randn(64)
spectrogram = torch.stft(signal, n_fft=16, hop_length=8, window=window, return_complex=True)
print(spectrogram.shape, spectrogram.dtype)
print(spectrogram.abs()[:3])
print(torch.fft.fft(torch.randn(5, dtype=torch.cfloat)))

# Others: cross of vectors, trace of a matrix.
print(torch.cross(t[0], t[1], dim=0), torch.trace(torch.arange(9.0).reshape(3, 3)))

# Random sampling.
print(torch.randn(3), torch.normal(0.0, 1.0, (2, 2)))

# Parallelism.
torch.set_num_threads(1)
print(torch.get_num_threads())

# Probabilities and labels.
tensor = torch.FloatTensor([0.5, 0.7, 0.1])
h_tensor = F.softmax(tensor, dim=0)
print(h_tensor)
y = torch.randint(5, (10, 5))
print(y)
y_label = y.argmax(dim=0)  # of each column
print(y_label)
y_label = y.argmax(dim=1)  # of each row
print(y_label)
print(F.one_hot(y_label))
