"""What the dashboard may cost: CPU for a tick, and what an import brings in."""

from __future__ import annotations

import subprocess
import sys
import time

from tui.screen import Dashboard, dashboard
from tui.shop import finished, started

BUDGET = 0.05
"""Seconds of CPU for one tick with its frame at 120x36; a tick comes every 0.067 s."""


async def cost_of_tick(shown: Dashboard, calls: int, *, first: int) -> float:
    best = 1.0
    for turn in range(8):
        start = first + turn * calls
        numbers = range(start, start + calls)
        shown.feed.tell(*(e for n in numbers for e in (started(n), finished(n))))
        begun = time.process_time()
        shown.app.take_news(slow=turn % 4 == 0)
        await shown.pilot.pause()
        best = min(best, time.process_time() - begun)
    return best


async def test_a_tick_stays_cheap_when_ten_thousand_events_a_second_come_in() -> None:
    async with dashboard() as shown:
        await cost_of_tick(shown, 1400, first=1)
        calm = await cost_of_tick(shown, 1, first=20_000)
        busy = await cost_of_tick(shown, 350, first=30_000)
        assert busy < BUDGET
        assert busy < 4 * calm + 0.02


def test_importing_the_dashboard_brings_in_no_screen_library() -> None:
    code = "import sys, micro_tui; print('textual' in sys.modules, 'rich' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_the_screen_needs_none_of_the_heavy_widgets() -> None:
    code = """
import sys, micro_tui.app
heavy = ("_markdown", "_text_area", "_data_table", "_rich_log", "_log", "_list_view")
print([name for name in heavy if f"textual.widgets.{name}" in sys.modules],
      [name for name in ("mcp", "starlette", "uvicorn", "markdown_it") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] []"


async def test_a_tick_in_which_nothing_happened_costs_next_to_nothing() -> None:
    async with dashboard() as shown:
        await shown.tell(started(1), finished(1))
        begun = time.process_time()
        for _ in range(50):
            shown.app.take_news(slow=True)
            await shown.pilot.pause()
        assert (time.process_time() - begun) / 50 < 0.01
