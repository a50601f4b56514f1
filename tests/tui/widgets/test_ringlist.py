"""How much the live list draws: what is seen, once, and nothing when nothing changed."""

from __future__ import annotations

import anyio
from textual.app import App, ComposeResult

from micro_tui.look import STYLES
from micro_tui.parts import Parts
from micro_tui.ring import Ring
from micro_tui.widgets.painted import LOOK_CLASSES
from micro_tui.widgets.ringlist import RingList
from patience import DEADLINE

HEIGHT = 20


class Lists(App[None]):
    """One list of numbers that keeps count of the rows it was asked to draw."""

    COMPONENT_CLASSES = LOOK_CLASSES  # pyright: ignore[reportAssignmentType]
    CSS = "RingList { overflow-y: scroll; }" + "".join(
        f".look--{name} {{ color: white; }}" for name in STYLES
    )

    def __init__(self) -> None:
        super().__init__()
        self.ring = Ring[int](100_000)
        self.drawn: list[int] = []

    def compose(self) -> ComposeResult:
        yield RingList(self.ring, self.draw)

    def draw(self, row: int, width: int) -> Parts:
        self.drawn.append(row)
        return [("base", str(row))]


async def test_a_tick_draws_the_rows_that_are_seen_however_many_came() -> None:
    app = Lists()
    async with app.run_test(size=(80, HEIGHT)) as pilot:
        for number in range(50_000):
            app.ring.append(number)
        app.query_one(RingList).tick()
        with anyio.fail_after(DEADLINE):
            while 49_999 not in app.drawn:
                await pilot.pause()
        assert set(range(50_000 - HEIGHT, 50_000)) <= set(app.drawn)
        assert len(app.drawn) <= 3 * HEIGHT


async def test_a_row_that_stays_on_the_screen_is_not_drawn_again() -> None:
    app = Lists()
    async with app.run_test(size=(80, HEIGHT)) as pilot:
        for number in range(HEIGHT * 2):
            app.drawn.clear()
            app.ring.append(number)
            app.query_one(RingList).tick()
            await pilot.pause()
        # The new row, and the one that the cursor has left.
        last = HEIGHT * 2 - 1
        assert set(app.drawn) == {last - 1, last}


async def test_a_tick_in_which_nothing_came_draws_nothing() -> None:
    app = Lists()
    async with app.run_test(size=(80, HEIGHT)) as pilot:
        app.ring.append(1)
        app.query_one(RingList).tick()
        await pilot.pause()
        app.drawn.clear()
        for _ in range(20):
            app.query_one(RingList).tick()
            await pilot.pause()
        assert app.drawn == []
