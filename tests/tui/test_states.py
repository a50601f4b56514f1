"""What the screen looks like where something is missing: colours, letters, room, a runtime."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rich.segment import Segment

from micro.snapshots import HostView
from micro_tui.look import ASCII, UNICODE, Glyphs
from tui.screen import Dashboard, dashboard
from tui.shop import NOW, finished, make_snapshot, started

OUTCOMES = ("ok", "error", "refused", "cancelled", None)


def segments(shown: Dashboard) -> Iterator[Segment]:
    for strip in shown.app.screen._compositor.render_strips():  # pyright: ignore[reportPrivateUsage]
        yield from strip


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_every_verdict_has_a_shape_of_its_own(glyphs: Glyphs) -> None:
    shapes = {glyphs.of(outcome) for outcome in OUTCOMES}
    assert len(shapes) == len(OUTCOMES)
    assert all(len(shape) == 1 for shape in shapes)


async def test_without_colours_everything_is_grey_and_the_cursor_is_still_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with dashboard() as shown:
        await shown.tell(started(1), finished(1, "error"), started(2))
        for key in ("1", "4", "6", "9"):
            await shown.press(key)
            for segment in segments(shown):
                style = segment.style
                for colour in (style.color, style.bgcolor) if style is not None else ():
                    if colour is not None and colour.triplet is not None:
                        assert len(set(colour.triplet)) == 1, segment
        behind = {s.style.bgcolor for s in segments(shown) if s.style and s.style.bgcolor}
        assert len(behind) >= 3


async def test_without_unicode_not_even_what_opens_over_the_screen_is_drawn_with_it() -> None:
    async with dashboard(plain=True) as shown:
        await shown.tell(started(1), finished(1))
        for keys in (
            ("question_mark",),
            ("escape", "t"),
            ("escape", "colon"),
            ("escape", "y", "x"),
        ):
            await shown.press(*keys)
            await shown.pilot.pause(0.2)
            assert not {char for char in shown.text if not char.isascii()}, keys


async def test_a_list_without_rows_says_why_there_are_none() -> None:
    async with dashboard() as shown:
        await shown.press("3")
        assert "nothing was printed or logged yet" in shown.text
        await shown.press("7")
        assert "no record yet: each call makes one" in shown.text
        await shown.tell(started(1), finished(1))
        await shown.press("1", "slash", *"is:error", "enter")
        assert "nothing fits the filter; esc clears it" in shown.text
        await shown.press("escape")
        assert "nothing fits" not in shown.text


async def test_a_lost_runtime_is_looked_for_and_its_calls_stay_on_the_screen() -> None:
    async with dashboard() as shown:
        await shown.tell(started(1), finished(1))
        shown.feed.lose(NOW - 12)
        await shown.settle()
        assert shown.lines[0].endswith("looking for it  × LOST 12s")
        assert "orders.create" in shown.text
        shown.feed.come_back(make_snapshot(pid=77, started_at=NOW - 1))
        await shown.settle()
        assert shown.lines[0].endswith("● LIVE")
        assert "the runtime is back, process 77" in shown.text


async def test_a_host_that_is_replaced_is_said_and_so_is_one_that_starts() -> None:
    starting = make_snapshot(host=HostView(pid=None, state="starting"), services=())
    async with dashboard(snapshot=starting) as shown:
        assert "○ host starting" in shown.lines[0]


@pytest.mark.parametrize(("size", "whole"), [((39, 24), False), ((80, 9), False), ((40, 10), True)])
async def test_below_forty_by_ten_one_line_says_what_is_needed(
    size: tuple[int, int], whole: bool
) -> None:
    async with dashboard(size=size) as shown:
        await shown.tell(started(1))
        for key in ("1", "9"):
            await shown.press(key)
            assert ("micro needs 40 columns and 10 rows" not in shown.text) is whole
            assert ("q Quit" in shown.text) is whole
