"""The parts of `torch.utils.benchmark`, under the names they have there."""
