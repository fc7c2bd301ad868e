"""torch.utils.model_zoo: the former place of `torch.hub`'s functions."""

from ..hub import load_state_dict_from_url as load_url

__all__ = ["load_url"]
