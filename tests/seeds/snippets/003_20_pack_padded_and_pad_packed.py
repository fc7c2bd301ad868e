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

padded_sequence = pad_sequence(sorted_X, batch_first=True)
sorted_lengths = sorted(lengths, reverse=True)
packed_padded = pack_padded_sequence(padded_sequence, sorted_lengths, batch_first=True)
print(packed_padded)
unpacked, unpacked_lengths = pad_packed_sequence(packed_padded, batch_first=True)
print(unpacked, unpacked_lengths)
print(torch.equal(unpacked, padded_sequence))

unsorted = pack_padded_sequence(pad_sequence(X), lengths, enforce_sorted=False)
print(unsorted)
print(pad_packed_sequence(unsorted, padding_value=-1, total_length=14))
print(pad_packed_sequence(pack_sequence(X, enforce_sorted=False))[1])
