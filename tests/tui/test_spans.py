"""Which part of a call took how long: what a waterfall is drawn from."""

from __future__ import annotations

from micro.snapshots import Phase
from micro_tui.spans import depths, in_order, spans_of
from tui.shop import NOW, make_detail, make_view

PHASES = (
    Phase(name="audit", start=0.0, duration=10.0, kind="stage"),
    Phase(name="scopes", start=1.0, duration=8.0, kind="stage"),
    Phase(name="host", start=2.0, duration=6.0),
    Phase(name="arguments", start=2.5, duration=0.5),
    Phase(name="run", start=3.0, duration=4.0),
    Phase(name="result", start=7.0, duration=0.5),
)


def test_phases_lie_under_the_ones_that_enclose_them() -> None:
    phases = (
        Phase(name="tool", start=0.2, duration=0.7),
        Phase(name="gateway", start=0.0, duration=1.0),
        Phase(name="auth", start=0.0, duration=0.1),
        Phase(name="query", start=0.3, duration=0.6),
        Phase(name="result", start=0.9, duration=0.1),
    )
    ordered = in_order(phases)
    assert [phase.name for phase in ordered] == ["gateway", "auth", "tool", "query", "result"]
    assert depths(ordered) == [0, 1, 1, 2, 1]


def test_of_a_stage_and_of_the_way_to_the_code_only_the_own_time_counts() -> None:
    spans = {span.name: span for span in spans_of(make_detail(phases=PHASES))}
    assert spans["audit"].own == 2.0
    assert spans["audit"].parts == ((0.0, 1.0), (9.0, 1.0))
    assert spans["scopes"].own == 2.0
    assert spans["host"].parts == ((2.0, 0.5), (7.5, 0.5))
    assert spans["run"].own == 4.0
    assert {span.depth for span in spans.values()} == {0}


def test_a_stage_that_refused_has_nothing_inside() -> None:
    spans = spans_of(make_detail(phases=PHASES[:2]))
    assert [(span.name, span.own) for span in spans] == [("audit", 2.0), ("scopes", 8.0)]


def test_the_calls_that_the_code_made_stand_under_it_in_their_order() -> None:
    view = make_view(1, time=NOW)
    nested = tuple(
        make_view(call, time=NOW + call, duration=0.5, tool=f"stock.part{call}") for call in (3, 5)
    )
    spans = spans_of(make_detail(view=view, phases=PHASES, nested=nested))
    names = [span.name for span in spans]
    at = names.index("run")
    assert names[at + 1 : at + 3] == ["stock.part3", "stock.part5"]
    assert spans[at + 1].parts == ((3.0, 0.5),)
    assert spans[at + 1].depth == 1


def test_calls_of_a_call_without_phases_are_not_lost() -> None:
    spans = spans_of(make_detail(phases=(), nested=(make_view(2),)))
    assert [span.kind for span in spans] == ["call"]
