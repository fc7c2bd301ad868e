"""Function transforms: gradients, products with Jacobians, and mapping over a batch dimension."""

from ._call import functional_call, stack_module_state
from ._derivatives import grad, grad_and_value, hessian, jacfwd, jacrev, jvp, vjp
from ._vmap import vmap

__all__ = [
    "functional_call", "grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "stack_module_state", "vjp",
    "vmap",
]  # fmt: skip
