"""uvicorn's HTTP protocol with a way past ASGI, for posts whose head is known.

They go straight to their answer, which is written at once. Everything else, and what ``direct``
leaves, takes uvicorn's own way; both give the same bytes. This rests on uvicorn's insides, so it is
used with versions only that it was tried with.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol, cast

import uvicorn
from starlette.types import ASGIApp, Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from micro.doors.direct import DirectPosts
from micro.doors.exchange import Exchange
from micro.doors.lean import Flow, PartWriter, Waiting, parser_of, shared
from micro.protocol.parts import WRITE_KEY

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application

KNOWN = ("0.54",)
"""Versions of uvicorn that this was tried with."""

BODY_PATIENCE = 1.0
"""Seconds after which a head whose body does not come takes the usual way, to be timed out."""


def is_known() -> bool:
    """Whether the uvicorn that is installed is one of those."""
    return uvicorn.__version__.rpartition(".")[0] in KNOWN


class _App(Protocol):
    direct: DirectPosts


class DirectProtocol(HttpToolsProtocol):
    """One connection. In place of timers of its own it is looked at now and then (``look``).

    What it adds to uvicorn's is in slots: with more attributes than objects of one class keep
    together, each connection would hold a kilobyte more.
    """

    parser: Any
    """Made for what has to be parsed: a connection whose heads are known needs none."""

    __slots__ = ("_answered", "_begun", "_early", "_is_between", "_since", "application", "posts")

    def __init__(self, config: uvicorn.Config, *args: Any, **kwargs: Any) -> None:
        super().__init__(config, *args, **kwargs)
        self.posts = cast("_App", config.app).direct
        self.application = cast("ASGIApp", cast("Any", config).loaded_app)
        self.pipeline = cast("Any", Waiting())
        self.parser = None
        self._answered: RequestResponseCycle | None = None
        self._early = b""
        self._begun = 0
        self._is_between = True
        self._since = self.loop.time()

    def data_received(self, data: bytes) -> None:
        """Take what comes (asyncio calls this): a whole post that is known, or anything else."""
        early, self._early = self._early, b""
        data = early + data if early else data
        if not self._is_between or not self._is_answered:
            self._parse(data)
            return
        posted = self.posts.heads.find(data)
        if posted is None:
            self._parse_and_learn(data)
        elif len(data) == posted.end:
            self.parser = None
            cycle = self.cycle = Exchange(self, posted.head, data[posted.start :])
            self._start_asgi_task(cycle, cast("ASGI3Application", self.application))
        elif len(data) < posted.end and not early:
            self._early, self._since = data, self.loop.time()
        else:
            self._parse(data)

    @property
    def _is_answered(self) -> bool:
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return cycle is None or cycle.response_complete

    def _parse(self, data: bytes) -> None:
        self._since = self.loop.time()
        if self.parser is None:
            self.parser = parser_of(self)
        super().data_received(data)
        if self._is_between:
            self.parser = None

    def _parse_and_learn(self, data: bytes) -> None:
        """Have the parser take what begins with a head, and know that again if it is plain."""
        begun = self._begun
        self._parse(data)
        cycle = cast("RequestResponseCycle | None", self.cycle)
        if self._begun == begun + 1 and cycle and cycle.scope is self.scope and cycle.keep_alive:
            self.posts.heads.learn(data, cast("Scope", self.scope))

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin (asyncio calls this)."""
        super().connection_made(transport)
        self.flow = Flow(transport)
        self.server = shared(self.server)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever answers on it (asyncio calls this); uvicorn tells the last request alone."""
        super().connection_lost(exc)
        cycle = self._answered
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
            if isinstance(cycle, Exchange):
                cycle.hung_up()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answered = cycle
        if not isinstance(cycle, Exchange):
            cast("Scope", cycle.scope)[WRITE_KEY] = PartWriter(self.transport, self.flow)
        super()._start_asgi_task(cycle, app)

    def on_message_begin(self) -> None:
        """Know that the parser is within a message (it calls this)."""
        self._is_between = False
        self._begun += 1
        super().on_message_begin()

    def on_message_complete(self) -> None:
        """Know that the parser is between messages (it calls this)."""
        self._is_between = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Go on with what waits, if anything does (whoever answers calls this)."""
        self._since = self.loop.time()
        if self.pipeline:
            super().on_response_complete()
        else:
            self.server_state.total_requests += 1
            self._answered = None
            if self._is_between:  # else what comes yet belongs to it
                self.cycle = cast("RequestResponseCycle", None)
            if self.flow.read_paused and not self.transport.is_closing():
                self.flow.resume_reading()

    def look(self, now: float) -> None:
        """Do what is due on the loop's clock: close a connection that has been idle for long."""
        if self._early:
            if now - self._since >= BODY_PATIENCE:
                early, self._early = self._early, b""
                self._parse(early)
        elif self._is_answered and now - self._since >= self.timeout_keep_alive:
            self.transport.close()
