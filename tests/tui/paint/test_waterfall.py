from __future__ import annotations

from typing import Any

from micro.snapshots import Phase
from micro_tui.look import ASCII, UNICODE
from micro_tui.paint.blocks import Touchable
from micro_tui.paint.waterfall import Waterfall
from micro_tui.parts import text_of, width_of
from micro_tui.spans import spans_of
from tui.shop import NOW, make_detail, make_view

STAGES = (
    Phase(name="audit", start=0.0, duration=1.0, kind="stage"),
    Phase(name="scopes", start=0.001, duration=0.9, kind="stage"),
    Phase(name="deadline", start=0.002, duration=0.898, kind="stage"),
    Phase(name="queue", start=0.003, duration=0.1, kind="wait"),
    Phase(name="run", start=0.11, duration=0.78),
)


def waterfall(total: float | None = 1.0, **fields: Any) -> Waterfall:
    spans = spans_of(make_detail(view=make_view(time=NOW), **fields))
    block = Waterfall(spans, total, glyphs=UNICODE)
    assert isinstance(block, Touchable)
    return block


def drawn(block: Waterfall, width: int = 80) -> list[str]:
    return [text_of(block.line(i, width)) for i in range(block.lay_out(width))]


def test_bars_share_one_axis_and_lines_are_as_wide_as_asked() -> None:
    block = waterfall(phases=STAGES)
    lines = drawn(block)
    assert all(width_of(block.line(i, 80)) == 80 for i in range(len(lines)))
    audit, queue, code = lines[0], lines[1], lines[2]
    assert audit.startswith("audit")
    assert audit.index("█") > code.index("█") > queue.index("█")
    assert code.endswith("780 ms")


def test_stages_that_took_next_to_nothing_share_a_line_until_it_is_opened() -> None:
    block = waterfall(phases=STAGES)
    assert drawn(block)[-1].startswith("scopes, deadline")
    assert block.mark(3) == "+"
    assert block.touch(3) == ""
    assert [line.split()[0] for line in drawn(block)] == [
        *("audit", "scopes", "deadline", "queue", "code")
    ]
    assert block.touch(1) == ""
    assert len(drawn(block)) == 4


def test_a_call_that_the_code_made_leads_to_it() -> None:
    nested = make_view(7, time=NOW + 0.2, duration=0.3, tool="stock.reserve", outcome="error")
    block = waterfall(phases=STAGES[-1:], nested=(nested,))
    lines = drawn(block)
    assert lines[1].startswith("  × stock.reserve")
    assert lines[1].endswith("300 ms")
    assert block.touch(1) == "call:7"
    assert block.touch(0) is None
    assert block.value(1) == "stock.reserve 300 ms"


def test_a_call_of_no_duration_and_one_that_runs_are_drawn() -> None:
    phase = Phase(name="\x1b[31m", start=0.0, duration=0.0)
    block = Waterfall(spans_of(make_detail(phases=(phase,))), None, glyphs=ASCII)
    (line,) = drawn(block, 60)
    assert "#" in line
    assert "\x1b" not in line
    assert drawn(Waterfall((), 1.0, glyphs=UNICODE)) == []
