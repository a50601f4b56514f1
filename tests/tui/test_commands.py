from __future__ import annotations

from pathlib import Path

from textual.command import CommandList

from micro_tui.commands import DISCOVERED, FOUND
from micro_tui.kept import Desktop, Memory
from micro_tui.keys import TABLE
from tui.screen import Dashboard, dashboard
from tui.shop import make_service, make_snapshot, started


async def choose(shown: Dashboard, text: str) -> None:
    await shown.press("colon")
    await shown.pilot.press(*text)
    await shown.pilot.pause(0.2)
    await shown.press("enter", "enter")


async def test_the_palette_finds_what_can_be_done_with_what_there_is(tmp_path: Path) -> None:
    memory = Memory(tmp_path, project="shop")
    memory.keep_desktop(Desktop(history=("is:error",)))
    async with dashboard(memory=memory) as shown:
        await shown.tell(started(1))
        for text, seen in (
            ("of bil", "/ tool:billing.charge"),
            ("by cl", '/ client:"claude-code"'),
            ("er is:e", "/ is:error"),
            ("tools co", "── Tokens"),
            ("y orders.g", "orders.get"),
        ):
            await choose(shown, text)
            assert seen in shown.text


async def test_the_palette_offers_every_view() -> None:
    wanted = [key.help for key in TABLE if key.action.startswith("show(")]
    async with dashboard(size=(120, 60)) as shown:
        await shown.press("colon")
        await shown.pilot.pause(0.2)
        assert len(wanted) == 9
        for help in wanted:
            assert help in shown.text


async def test_a_search_among_a_thousand_tools_shows_those_that_match_best_and_no_more() -> None:
    many = make_service("orders", *(f"tool_{number}" for number in range(1_000)))
    async with dashboard(snapshot=make_snapshot(services=(many,))) as shown:
        await shown.press("colon")
        await shown.pilot.pause(0.2)
        offers = shown.app.screen.query_one(CommandList)
        assert FOUND < offers.option_count <= DISCOVERED + 1
        await shown.pilot.press(*"_99")
        await shown.pilot.pause(0.2)
        assert 0 < offers.option_count <= FOUND + 1
        assert "orders.tool_99" in shown.text
        assert "orders.tool_10" not in shown.text
