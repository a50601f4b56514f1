"""Back in time and to now again; columns; an empty list."""

from __future__ import annotations

from pathlib import Path

from micro_tui.kept import Memory
from tui.screen import NARROW, Dashboard, dashboard
from tui.shop import NOW, finished, started


async def three_calls(shown: Dashboard) -> None:
    """One that failed after four seconds, one that was quick, one that runs."""
    await shown.tell(
        started(1, time=NOW - 60, arguments='{"n":"one"}'),
        started(2, "orders.get", time=NOW - 59, arguments='{"n":"two"}'),
        finished(2, duration=0.5),
        finished(1, "error", duration=4, reason="Boom"),
        started(3, "billing.charge", time=NOW - 30, arguments='{"n":"three"}'),
    )


async def test_a_step_back_shows_the_calls_as_they_were() -> None:
    async with dashboard() as shown:
        await three_calls(shown)
        await shown.press("comma")
        assert "‖ as of" in shown.text
        assert "30s ago, 1 ran" in shown.text
        await shown.press("comma")
        assert 'n="three"' not in shown.text
        assert "Boom" in shown.text
        await shown.press("comma")
        assert "Boom" not in shown.text
        assert "● claude-code orders.get" in shown.text
        assert "○ claude-code orders.create" in shown.text
        assert "500 ms" in shown.text
        await shown.press("comma")
        assert "○ claude-code orders.get" in shown.text
        await shown.press("full_stop", "full_stop")
        assert "Boom" in shown.text


async def test_all_that_stands_beside_the_calls_is_as_it_was() -> None:
    async with dashboard() as shown:
        await three_calls(shown)
        assert "50% failed" in shown.lines[0]
        await shown.press(*("comma",) * 3)
        status, tabs = shown.lines[:2]
        assert "‖ as of" in status
        assert "failed" not in status
        assert "client" not in status
        assert "1 Calls 2 " in tabs
        side = shown.text.partition("Clients now")[0]
        assert "get" in side
        assert "×1" not in side
        await shown.press("G")
        assert "×1" in shown.text
        assert "as of" not in shown.text


async def test_views_of_now_say_so_while_the_calls_are_in_the_past() -> None:
    async with dashboard() as shown:
        await three_calls(shown)
        await shown.press("comma", "4")
        assert "now; calls are as of" in shown.lines[1]
        await shown.press("1", "G", "4")
        assert "as of" not in shown.text


async def test_what_comes_meanwhile_is_not_in_the_past_and_there_when_one_returns() -> None:
    async with dashboard() as shown:
        await three_calls(shown)
        await shown.press("comma", "comma")
        await shown.tell(started(4, "orders.get", time=NOW, arguments='{"n":"four"}'))
        assert 'n="four"' not in shown.text
        await shown.press("G")
        assert 'n="four"' in shown.text
        assert "as of" not in shown.text
        assert "● follows" in shown.text


async def test_escape_and_time_itself_lead_back_to_now() -> None:
    async with dashboard() as shown:
        await three_calls(shown)
        await shown.press("less_than_sign")
        assert "10s ago" in shown.text
        await shown.press("less_than_sign", "less_than_sign", "less_than_sign")
        assert "40s ago" in shown.text
        assert 'n="three"' not in shown.text
        for _ in range(4):
            await shown.press("greater_than_sign")
        assert "● follows" in shown.text
        await shown.press("less_than_sign", "escape")
        assert "● follows" in shown.text


async def test_a_filter_asks_what_was_true_then() -> None:
    async with dashboard() as shown:
        await three_calls(shown)
        await shown.press("slash", *"is:error", "enter")
        assert "Boom" in shown.text
        await shown.press(*("comma",) * 3)
        assert "Boom" not in shown.text
        await shown.press("escape", "escape", "slash", *">1s", "enter")
        assert "Boom" in shown.text
        assert "orders.get" not in shown.text.partition("Calls")[2].partition("/ >1s")[2]


async def test_the_timeline_goes_where_it_is_clicked() -> None:
    async with dashboard() as shown:
        await three_calls(shown)
        await shown.press("comma")
        await shown.pilot.click("#timeline", offset=(12, 0))
        await shown.settle()
        assert 'n="one"' in shown.text
        assert 'n="three"' not in shown.text
        await shown.press("space")
        assert 'n="three"' in shown.text


async def test_columns_are_chosen_and_stay_chosen(tmp_path: Path) -> None:
    memory = Memory(tmp_path, project="shop")
    async with dashboard(size=NARROW, memory=memory) as shown:
        await shown.tell(started(1, subject="kim", client="cursor"), finished(1))
        assert "kim" not in shown.text
        await shown.press("C")
        assert "show subject: who it acts for" in shown.text
        await shown.press("s")
        assert "cursor      kim" in shown.text
        await shown.press("C", "c")
        assert "cursor" not in shown.text
    async with dashboard(size=NARROW, memory=memory) as shown:
        await shown.tell(started(1, subject="kim", client="cursor", trace_id="f" * 32))
        assert "kim" in shown.text
        assert "cursor" not in shown.text
        await shown.press("C", "t")
        assert "ffffffff " in shown.text


async def test_the_list_is_cleared_and_goes_on() -> None:
    async with dashboard() as shown:
        await three_calls(shown)
        await shown.press("comma", "c")
        assert "3 calls cleared away; u brings them back" in shown.text
        assert "Boom" not in shown.text
        await shown.tell(finished(3), started(4, arguments='{"n":"four"}'))
        assert 'n="four"' in shown.text
        assert 'n="three"' not in shown.text
        await shown.press("u")
        assert 'n="three"' in shown.text
        assert "Boom" in shown.text


async def test_tab_takes_what_is_suggested() -> None:
    async with dashboard() as shown:
        await three_calls(shown)
        await shown.press("slash", *"stat", "tab", *"err", "tab")
        assert "/ status:error" in shown.text
        assert "Boom" in shown.text
