import torch
import numpy as np
from torch.nn.utils.rnn import pad_sequence, pack_sequence, pack_padded_sequence, pad_packed_sequence

data = ['hello world',
        'midnight',
        'calculation',
        'path',
        'short circuit']

char_set = ['<pad>'] + sorted(set(char for seq in data for char in seq))
char2idx = {char: idx for idx, char in enumerate(char_set)}

X = [torch.LongTensor([char2idx[char] for char in seq]) for seq in data]
lengths = [len(seq) for seq in X]

sorted_idx = sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True)
sorted_X = [X[idx] for idx in sorted_idx]

packed_sequence = pack_sequence(sorted_X)
print(packed_sequence)
print(packed_sequence.data.shape, packed_sequence.batch_sizes)
