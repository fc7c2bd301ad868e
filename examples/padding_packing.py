"""Sequences of different lengths in one batch: padded, packed, and back.

Tutorial topic: padding and packing. Changed: the characters are sorted, since the order of a set
changes with each process; `pack_padded_sequence` and `pad_packed_sequence`, which the tutorial
imports but does not call, are called, and an RNN runs over the packed batch.
"""

import torch
from torch.nn.utils.rnn import (
    pack_padded_sequence,
    pack_sequence,
    pad_packed_sequence,
    pad_sequence,
)

data = ["hello world", "midnight", "calculation", "path", "short circuit"]

char_set = ["<pad>"] + sorted(set(char for seq in data for char in seq))
char2idx = {char: idx for idx, char in enumerate(char_set)}
print("char_set:", char_set)
print("char_set length:", len(char_set))

X = [torch.LongTensor([char2idx[char] for char in seq]) for seq in data]
lengths = [len(seq) for seq in X]
print(lengths)

# Padding: one ordinary tensor, as long as the longest sequence.
padded_sequence = pad_sequence(X, batch_first=True)
print(padded_sequence)
print(pad_sequence(X, batch_first=True, padding_value=-1.0)[3])

# Packing: no padding at all. The sequences must come longest first.
sorted_idx = sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True)
sorted_X = [X[idx] for idx in sorted_idx]

packed_sequence = pack_sequence(sorted_X)
print(packed_sequence)

# From padded to packed: the same, given the lengths.
sorted_padded = pad_sequence(sorted_X, batch_first=True)
sorted_lengths = [lengths[idx] for idx in sorted_idx]
packed_padded = pack_padded_sequence(sorted_padded, sorted_lengths, batch_first=True)
print(torch.equal(packed_padded.data, packed_sequence.data))
print(torch.equal(packed_padded.batch_sizes, packed_sequence.batch_sizes))

# From packed to padded.
unpacked, unpacked_lengths = pad_packed_sequence(packed_sequence, batch_first=True)
print(torch.equal(unpacked, sorted_padded), unpacked_lengths)

# Unsorted sequences, sorted and put back in order by the packed sequence itself.
torch.manual_seed(0)
one_hot = torch.nn.functional.one_hot(padded_sequence, len(char_set)).float()
packed = pack_padded_sequence(one_hot, lengths, batch_first=True, enforce_sorted=False)
print(packed.sorted_indices, packed.unsorted_indices)
rnn = torch.nn.RNN(len(char_set), 3, batch_first=True)
outputs, status = rnn(packed)
padded_outputs, output_lengths = pad_packed_sequence(outputs, batch_first=True)
print(padded_outputs.shape, output_lengths)
print(padded_outputs[3, :5])
print(status)
