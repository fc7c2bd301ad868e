"""torch.nested: every public function is there to say that it is not supported."""

import pytest
import torch

import jaxtorch


@pytest.mark.parametrize("name", torch.nested.__all__)
def test_every_function_names_itself(name):
    with pytest.raises(NotImplementedError, match=f"torch.nested.{name} is not supported"):
        getattr(jaxtorch.nested, name)([jaxtorch.ones(2)])
