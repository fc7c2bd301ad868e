"""`torch.optim.swap_in_optimizer_params_and_state`: values, what is restored, refusals."""

import copy

from ..compared import compared


def prepared(torch):
    module = torch.nn.Linear(2, 1)
    with torch.no_grad():
        for p in module.parameters():
            p.fill_(1)
    groups = [{"params": [module.weight], "lr": 0.1}, {"params": [module.bias], "lr": 0.2}]
    return module, torch.optim.Adam(groups)


def stepped(torch):
    module, optimizer = prepared(torch)
    module(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    given = {name: torch.zeros_like(v).requires_grad_() for name, v in module.named_parameters()}
    for v in given.values():
        v.grad = torch.ones_like(v)
    return module, optimizer, given, copy.deepcopy(optimizer.state_dict())


@compared
def test_a_step_on_others(torch, see):
    module, optimizer, given, state = stepped(torch)
    state["param_groups"][0]["lr"] = 0.5
    own = optimizer.param_groups[0]["params"]
    with torch.optim.swap_in_optimizer_params_and_state(optimizer, given, state):
        see(optimizer.param_groups[0]["lr"])
        optimizer.step()
    see([given["weight"], given["bias"], module.weight, state["state"][0]["exp_avg"], state["state"][0]["step"]])
    see([optimizer.param_groups[0]["lr"], optimizer.param_groups[0]["params"] is own])
    see(optimizer.state[module.weight]["exp_avg"])


@compared
def test_refused(torch, see):
    def entered(*arguments):
        with torch.optim.swap_in_optimizer_params_and_state(*arguments):
            return "entered"

    module, optimizer = prepared(torch)
    see(lambda: entered(optimizer, dict(module.named_parameters()), optimizer.state_dict()))
    module, optimizer, given, state = stepped(torch)
    see(lambda: entered(optimizer, {}, state))
    see(lambda: entered(optimizer, given, {**state, "state": {7: {}}}))
    for wrong in (
        3, {}, {"state": {}, "param_groups": 3}, {"state": {}, "param_groups": []},
        {"state": {module.weight: 1}, "param_groups": []}, {"state": {0: 1}, "param_groups": []},
        {"state": {}, "param_groups": [3, 3]}, {"state": {}, "param_groups": [{"params": [0]}, 3]},
        {"state": {}, "param_groups": [{"params": 3}, 3]}, {"state": {}, "param_groups": [{"params": [0, 1]}, 3]},
    ):  # fmt: skip
        see(lambda wrong=wrong: entered(optimizer, given, wrong))
