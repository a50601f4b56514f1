from __future__ import annotations

from micro.snapshots import Phase
from micro_tui.look import ASCII, UNICODE
from micro_tui.paint.waterfall import depths, in_order, waterfall
from micro_tui.parts import text_of, width_of

PHASES = (
    Phase(name="tool", start=0.2, duration=0.7),
    Phase(name="gateway", start=0.0, duration=1.0),
    Phase(name="auth", start=0.0, duration=0.1),
    Phase(name="query", start=0.3, duration=0.6),
    Phase(name="result", start=0.9, duration=0.1),
)


def test_phases_lie_under_the_ones_that_enclose_them() -> None:
    ordered = in_order(PHASES)
    assert [phase.name for phase in ordered] == ["gateway", "auth", "tool", "query", "result"]
    assert depths(ordered) == [0, 1, 1, 2, 1]


def test_bars_share_one_axis_and_lines_are_as_wide_as_asked() -> None:
    lines = waterfall(PHASES, 1.0, width=72, glyphs=UNICODE)
    texts = [text_of(line) for line in lines]
    assert all(width_of(line) == 72 for line in lines)
    assert texts[0].count("█") == 39
    assert texts[2].index("█") > texts[1].index("▉" if "▉" in texts[1] else "█")
    assert texts[0].endswith("1.00 s")


def test_a_call_of_no_duration_and_one_that_runs_are_drawn() -> None:
    phase = Phase(name="\x1b[31m", start=0.0, duration=0.0)
    (line,) = waterfall((phase,), None, width=60, glyphs=ASCII)
    assert "#" in text_of(line)
    assert "\x1b" not in text_of(line)
    assert waterfall((), 1.0, width=60, glyphs=UNICODE) == []
