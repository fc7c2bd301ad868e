"""The text of a profile's tables, from the same events in both libraries."""

import json

import pytest
from torch.autograd import profiler_util as theirs

from jaxtorch.autograd import profiler_util as ours

EVENTS = (
    {"id": 1, "name": "aten::linear", "start_us": 0.0, "end_us": 1500.0, "cpu_memory_usage": 2048, "flops": 2_000_000},
    {"id": 2, "name": "aten::addmm", "start_us": 10.0, "end_us": 50.0, "input_shapes": [[2, 3], []]},
    {"id": 3, "name": "aten::addmm", "start_us": 60.0, "end_us": 61.25, "input_shapes": [[2, 4], []], "flops": 3000},
    {"id": 4, "name": "x" * 70, "start_us": 2000.0, "end_us": 2060.0},
    {"id": 5, "name": "slow", "start_us": 3000.0, "end_us": 7e6, "cpu_memory_usage": 5 << 20},
)


def events(module, **options):
    made = []
    for event in EVENTS:
        full = {"thread": 0, "input_shapes": [], "stack": [], "flops": 0, **event}
        made.append(module.FunctionEvent(**full))
    found = module.EventList(made, **options)
    found._build_tree()
    return found


def figures(module, get, **options) -> str:
    return get(events(module, **options))


@pytest.mark.parametrize("options", [
    {}, {"profile_memory": True}, {"with_flops": True}, {"profile_memory": True, "with_flops": True},
])  # fmt: skip
@pytest.mark.parametrize("get", [
    lambda e: e.table(), lambda e: str(e), lambda e: e.key_averages().table(sort_by="self_cpu_time_total"),
    lambda e: e.key_averages(True).table(sort_by="cpu_time_total", row_limit=2),
    lambda e: e.key_averages().table(header="HEAD", top_level_events_only=True),
    lambda e: e.key_averages().table(max_name_column_width=20, row_limit=-1),
    lambda e: e.key_averages().table(sort_by="count", time_unit="ms"),
    lambda e: repr(e.total_average()), lambda e: e.self_cpu_time_total,
    lambda e: [(a.key, a.count, a.cpu_time, a.self_cpu_time_total, a.cpu_memory_usage) for a in e.key_averages()],
    lambda e: [(a.cpu_time_str, a.cpu_time_total_str, a.self_cpu_time_total_str) for a in e],
    lambda e: [(repr(a)) for a in e.key_averages()],
])  # fmt: skip
def test_same_text(get, options):
    assert figures(ours, get, **options) == figures(theirs, get, **options)


def test_events_as_a_trace(tmp_path):
    events(ours).export_chrome_trace(str(tmp_path / "t.json"))
    trace = json.loads((tmp_path / "t.json").read_text())
    assert [(e["name"], e["ph"], e["ts"], e["dur"]) for e in trace] == [
        (e["name"], "X", e["start_us"], e["end_us"] - e["start_us"]) for e in EVENTS
    ]


def test_unknown_unit():
    with pytest.raises(ValueError, match="time_unit"):
        events(ours).table(time_unit="h")
