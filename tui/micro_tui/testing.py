"""A feed without a runtime, for tests and pictures: news are put in by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import anyio

from micro.control import Batch, Called
from micro.errors import MicroError
from micro.events import AnyEvent
from micro.snapshots import CallDetail, NumberedRecord, Snapshot
from micro.stores.chain import Verdict
from micro_tui.feed import Beat, Lost, News


class FakeFeed:
    """Tells what it is told to, and keeps the orders that it gets.

    Attributes:
        orders: Every order, as (name, arguments).
        details: What ``detail`` gives, by call.
        refusal: Raised by every order while it is set.
        audit: Records that ``records`` gives.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.current = snapshot
        self.details: dict[int, CallDetail] = {}
        self.orders: list[tuple[str, tuple[object, ...]]] = []
        self.refusal: MicroError | None = None
        self.audit: list[NumberedRecord] = []
        self.answer: Callable[[str, str], Called] = _answered
        self._news: list[News] = [snapshot]

    def tell(self, *events: AnyEvent, dropped: int = 0) -> None:
        """Put events into the next poll."""
        self._news.append(Batch(events=events, dropped=dropped))

    def lose(self, moment: float) -> None:
        """Lose the runtime."""
        self._news.append(Lost(time=moment))

    def fall_silent(self, moment: float | None) -> None:
        """Answer no more, since a moment; or again."""
        self._news.append(Beat(silent_since=moment))

    def come_back(self, snapshot: Snapshot) -> None:
        """Find a runtime again."""
        self.current = snapshot
        self._news.append(snapshot)

    async def run(self) -> None:
        """Wait until cancelled."""
        await anyio.sleep_forever()

    def poll(self) -> list[News]:
        """Give the news since the last time."""
        news, self._news = self._news, []
        return news

    def _ordered(self, name: str, *arguments: object) -> None:
        self.orders.append((name, arguments))
        if self.refusal is not None:
            raise self.refusal

    async def snapshot(self) -> Snapshot:
        """Give the snapshot that was set last."""
        self._ordered("snapshot")
        return self.current

    async def detail(self, call: int) -> CallDetail | None:
        """Give what was put into ``details``."""
        self._ordered("detail", call)
        return self.details.get(call)

    async def call(
        self, tool: str, arguments: str, *, subject: str = "local", scopes: Sequence[str] = ("*",)
    ) -> Called:
        """Keep the order and answer."""
        caller = () if (subject, *scopes) == ("local", "*") else (subject, tuple(scopes))
        self._ordered("call", tool, arguments, *caller)
        return self.answer(tool, arguments)

    async def records(self, after: int = 0) -> Sequence[NumberedRecord]:
        """Give those of ``audit`` that came after a number."""
        self._ordered("records", after)
        return [row for row in self.audit if row[0] > after]

    async def verify(self) -> Verdict:
        """Say that the chain of ``audit`` is whole."""
        self._ordered("verify")
        return Verdict(rows=len(self.audit), head=(len(self.audit), ""))

    async def reload(self, service: str = "") -> None:
        """Keep the order."""
        self._ordered("reload", service)

    async def decide(self, call: int, *, allowed: bool) -> None:
        """Keep the order."""
        self._ordered("decide", call, allowed)


def _answered(tool: str, arguments: str) -> Called:
    return Called(text=f"{tool} done", structured="", is_error=False, trace_id="0" * 32)
