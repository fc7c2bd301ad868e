"""The functions of torch.nn.functional that are Python in PyTorch too, by topic."""
