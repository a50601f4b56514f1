"""What the dashboard looks like is kept, and works in poor terminals."""

from __future__ import annotations

from pathlib import Path

from micro_tui.kept import Desktop, Memory, Tastes
from tui.screen import dashboard
from tui.shop import finished, make_detail, reloaded, started


async def test_a_filter_is_there_again_the_next_time_and_says_what_it_hides(
    tmp_path: Path,
) -> None:
    async with dashboard(memory=Memory(tmp_path, project="shop")) as shown:
        await shown.tell(started(1), finished(1), started(2, "billing.charge"))
        await shown.press("slash", *"tool:billing", "enter")
    async with dashboard(memory=Memory(tmp_path, project="shop")) as shown:
        await shown.tell(started(1), finished(1))
        assert "/ tool:billing  0 of 1 rows" in shown.text
        await shown.press("escape")
        assert "orders.create" in shown.text
    assert Memory(tmp_path, project="shop").desktop().filters == {"calls": ""}


async def test_the_arrows_bring_earlier_filters_back() -> None:
    async with dashboard() as shown:
        await shown.tell(started(1))
        await shown.press("slash", *"is:ok", "enter", "slash", "escape")
        await shown.press("slash", "up", "enter")
        assert "/ is:ok" in shown.text


async def test_a_filter_is_completed_with_the_right_arrow() -> None:
    async with dashboard() as shown:
        await shown.tell(started(1))
        await shown.press("slash", *"tool:bil", "right", "enter")
        assert "/ tool:billing.charge" in shown.text


async def test_the_list_of_services_can_go_and_stays_gone(tmp_path: Path) -> None:
    memory = Memory(tmp_path, project="shop")
    async with dashboard(memory=memory) as shown:
        await shown.tell(started(1))
        assert "Services ─" in shown.text
        await shown.press("b")
        assert "Services ─" not in shown.text
    async with dashboard(memory=memory) as shown:
        await shown.tell(started(1))
        assert "Services ─" not in shown.text
        await shown.press("b")
        assert "Services ─" in shown.text


async def test_the_pane_grows_shrinks_and_takes_the_whole(tmp_path: Path) -> None:
    memory = Memory(tmp_path, project="shop")
    async with dashboard(memory=memory) as shown:
        shown.feed.details[1] = make_detail()
        await shown.tell(started(1), finished(1))
        await shown.press("enter")
        before = shown.app.screen.query_one("#pane").size.height
        await shown.press("plus")
        assert shown.app.screen.query_one("#pane").size.height > before
        await shown.press("minus", "minus", "minus", "minus")
        assert shown.app.screen.query_one("#pane").size.height < before
        assert memory.desktop() == Desktop(pane=0)
        await shown.press("z")
        assert "Calls ─" not in shown.text
        assert "ord_9f2" in shown.text
        await shown.press("z")
        assert "Calls ─" in shown.text


async def test_a_theme_that_is_chosen_is_kept_for_every_project(tmp_path: Path) -> None:
    async with dashboard(memory=Memory(tmp_path, project="shop")) as shown:
        shown.app.theme = "nord"
        await shown.settle()
    assert Memory(tmp_path, project="bank").tastes() == Tastes(theme="nord")


async def test_with_sixteen_colours_the_cursor_is_still_seen() -> None:
    async with dashboard() as shown:
        await shown.tell(started(1), finished(1), started(2))
        shown.app.theme = "micro-16"
        await shown.settle()
        strips = shown.app.screen._compositor.render_strips()  # pyright: ignore[reportPrivateUsage]
        row = next(i for i, line in enumerate(shown.lines) if "○ claude-code" in line)
        styles = [segment.style for segment in strips[row] if "orders" in segment.text]
        assert any(style is not None and style.reverse for style in styles)


async def test_without_unicode_not_even_a_scrollbar_is_drawn_with_it() -> None:
    async with dashboard(plain=True, size=(80, 24)) as shown:
        for call in range(60):
            shown.feed.tell(started(call), finished(call))
        await shown.tell(reloaded(8, "orders.x — REMOVED"))
        for key in ("1", "2", "3", "4", "5", "6", "7", "8"):
            await shown.press(key)
            bars = "▁▂▃▄▅▆▇█"
            left = {c for c in shown.text if not c.isascii()}
            assert not left - set(bars), key
