"""Opens the dashboard on a fake feed and reads the screen as text."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
from textual.pilot import Pilot

from micro.events import AnyEvent
from micro.snapshots import Snapshot
from micro_tui.app import DevApp
from micro_tui.exporting import Export, Exporter
from micro_tui.findings import Lint
from micro_tui.kept import Memory
from micro_tui.lent import Lent
from micro_tui.look import ASCII, UNICODE
from micro_tui.testing import FakeFeed
from tui.shop import NOW, make_snapshot

WIDE = (120, 36)
NARROW = (80, 24)


class Dashboard:
    """An app under test; its timer is not waited for: ``tell`` takes the news in at once."""

    def __init__(self, app: DevApp, feed: FakeFeed, pilot: Pilot[None]) -> None:
        self.app, self.feed, self.pilot = app, feed, pilot

    async def tell(self, *events: AnyEvent, dropped: int = 0) -> None:
        self.feed.tell(*events, dropped=dropped)
        await self.settle()

    async def settle(self) -> None:
        for _ in range(3):
            ending = [worker for worker in self.app.workers if worker.group != "feed"]
            if ending:
                await self.app.workers.wait_for_complete(ending)
            self.app.take_news(slow=True)
            await self.pilot.pause()
            while self.app._batch_count:  # a screen that comes holds up the drawing for a moment
                await anyio.sleep(0.005)
                await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.settle()

    @property
    def lines(self) -> list[str]:
        strips = self.app.screen._compositor.render_strips()  # pyright: ignore[reportPrivateUsage]
        return ["".join(segment.text for segment in strip).rstrip() for strip in strips]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def notices(self) -> list[str]:
        return [f"{n.title} {n.message}".strip() for n in self.app._notifications]  # pyright: ignore[reportPrivateUsage]


@asynccontextmanager
async def dashboard(
    *,
    size: tuple[int, int] = WIDE,
    snapshot: Snapshot | None = None,
    exporter: Exporter | None = None,
    exports: Sequence[Export] = (),
    memory: Memory | None = None,
    audit: Path | None = None,
    lint: Lint | None = None,
    lent: Lent | None = None,
    plain: bool = False,
) -> AsyncGenerator[Dashboard]:
    feed = FakeFeed(snapshot or make_snapshot())
    glyphs = ASCII if plain else UNICODE
    if exporter is not None:
        exports = [Export(key="d", label="docs", write=exporter)]
    app = DevApp(
        feed,
        lent=Lent(exports=exports, lint=lint) if lent is None else lent,
        title="shop",
        clock=lambda: NOW,
        glyphs=glyphs,
        memory=memory,
        audit=audit,
    )
    async with app.run_test(size=size, notifications=True) as pilot:
        shown = Dashboard(app, feed, pilot)
        await shown.settle()
        yield shown
