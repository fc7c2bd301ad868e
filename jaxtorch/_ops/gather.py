"""Reading and writing by index tensors: gather, scatter, index_add, masked_fill."""
