from __future__ import annotations

from pathlib import Path

from micro_tui.kept import Desktop, Memory
from micro_tui.keys import TABLE
from tui.screen import Dashboard, dashboard
from tui.shop import started


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
            ("calls of billing.charge", "/ tool:billing.charge"),
            ("calls by claude", '/ client:"claude-code"'),
            ("filter is:error", "/ is:error"),
            ("what the list of tools costs", "── Tokens"),
            ("try orders.get", "orders.get"),
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
