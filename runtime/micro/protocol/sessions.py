"""The HTTP sessions of older clients: whose each one is, what is answered in it, and when it ends.

What is said in them is elsewhere: plain messages are answered by ``older`` and ``fasthttp``, the
rest by the SDK, which hears of a session only then (``sdksession``).
"""

from __future__ import annotations

import secrets
from collections import Counter, OrderedDict
from collections.abc import Callable, Coroutine, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import anyio
from anyio.abc import TaskGroup

from micro.calls import Caller
from micro.errors import MicroError
from micro.protocol.connections import Connection, Connections
from micro.protocol.keeping import Store
from micro.protocol.longcalls import PULSE
from micro.protocol.replay import SessionStreams

IDLE_TIMEOUT = 30 * 60.0
"""Seconds after which a session ends in which nothing was asked, and to which nobody listens."""

SESSIONS = 10_000
"""Sessions that are open at the same time."""

SESSIONS_OF_ONE = 1_000
"""Sessions of one subject, where it is asked who calls."""

_ANYBODY = Caller(door="http").subject


class TooManySessions(MicroError):
    """There is no room for another session, as every one is in use."""


class Cancellable(Protocol):
    """What can be cancelled."""

    def cancel(self) -> None:
        """Cancel it."""
        ...


@dataclass(eq=False, slots=True, kw_only=True)
class HttpSession:
    """A session of an older client.

    Attributes:
        id: What its client names it by; nobody can guess it.
        subject: Whose it is: who opened it.
        store: Bounds what is kept of what is said in it.
        handshake: As its client sent it; empty where the SDK itself saw it.
        is_ready: Whether its handshake was answered well, and what it said is known here.
        is_initialized: Whether its client has said that the handshake is over.
        client: Name and version of the client program.
        version: Which version of the protocol was agreed on.
        is_askable: Whether its client can be asked something while its calls run.
        wants_lines: Whether its client wants to be told of what its calls log.
        used: When it was used last.
        requests: By its key, each request that is not answered yet, and what cancels it.
        sdk: The SDK's end of it, once there is one.
        connection: What the dashboard sees of it.
    """

    id: str
    subject: str
    store: Store
    used: float
    handshake: bytes = b""
    is_ready: bool = False
    is_initialized: bool = False
    client: tuple[str, str] = ("", "")
    version: str = ""
    is_askable: bool = False
    wants_lines: bool = False
    requests: dict[str, Cancellable | None] = field(default_factory=dict[str, "Cancellable | None"])
    sdk: Cancellable | None = None
    connection: Connection | None = None
    _streams: SessionStreams | None = None

    @property
    def streams(self) -> SessionStreams:
        """Its streams."""
        if self._streams is None:
            self._streams = SessionStreams(self.store)
        return self._streams

    @property
    def is_idle(self) -> bool:
        """Whether nothing is answered in it, and nobody listens."""
        return not self.requests and not self.is_heard

    @property
    def is_heard(self) -> bool:
        """Whether somebody reads its standing stream."""
        standing = self._streams.standing if self._streams is not None else None
        return standing is not None and standing.is_read

    def tell(self, message: bytes) -> None:
        """Say what answers no request, if its client has ever listened."""
        if self._streams is not None and self._streams.standing is not None:
            self._streams.standing.put_once(message)

    def nudge(self) -> None:
        """Have a sign of life given on every stream that is read."""
        if self._streams is not None:
            for stream in self._streams:
                stream.nudge()

    def end(self) -> None:
        """Cancel what runs, and end what is read."""
        for running in (*self.requests.values(), self.sdk):
            if running is not None:
                running.cancel()
        if self._streams is not None:
            self._streams.end()
        if self.connection is not None:
            self.connection.close()


class HttpSessions:
    """All sessions of one endpoint; the one that was used last comes last.

    Args:
        connections: Where a session is announced.
        most: Sessions that are open at the same time; an attribute, too.
        most_of_one: Those of one subject, where it is asked who calls.
        clock: Gives the time.
    """

    def __init__(
        self,
        connections: Connections,
        *,
        most: int = SESSIONS,
        most_of_one: int = SESSIONS_OF_ONE,
        clock: Callable[[], float] = anyio.current_time,
    ) -> None:
        self._connections = connections
        self.most = most
        self._most_of_one = most_of_one
        self._clock = clock
        self._store = Store(clock=clock)
        self._sessions: OrderedDict[str, HttpSession] = OrderedDict()
        self._owned: Counter[str] = Counter()
        self._tasks: TaskGroup | None = None

    def __len__(self) -> int:
        return len(self._sessions)

    def open(self, subject: str) -> HttpSession:
        """Open a session; where there are too many, the one that idles for longest gives way.

        Raises:
            TooManySessions: None idles.
        """
        sessions = self._sessions.values()
        if subject != _ANYBODY and self._owned[subject] >= self._most_of_one:
            self._end_idle(session for session in sessions if session.subject == subject)
        if len(sessions) >= self.most:
            self._end_idle(sessions)
        session = HttpSession(
            id=secrets.token_hex(16), subject=subject, store=self._store, used=self._clock()
        )
        self._sessions[session.id] = session
        self._owned[subject] += 1
        return session

    def close(self, session: HttpSession) -> None:
        """Forget a session, and end all that goes on in it."""
        if self._sessions.pop(session.id, None) is not None:
            self._owned[session.subject] -= 1
            if not self._owned[session.subject]:
                del self._owned[session.subject]
            session.end()

    def find(self, name: str, subject: str | None = None) -> HttpSession | None:
        """Give a session, if there is one of that subject; ``None``: of whatever subject."""
        session = self._sessions.get(name)
        is_theirs = session is not None and subject in (None, session.subject)
        return session if is_theirs else None

    def announce(self, session: HttpSession, caller: Caller) -> None:
        """Tell once who uses a session."""
        if session.connection is None:
            session.connection = self._connections.open(caller)

    @contextmanager
    def answering(
        self, session: HttpSession, request: str, *, scope: Cancellable | None = None
    ) -> Generator[None]:
        """Take a request's key within this context; ``scope`` is what cancels it."""
        session.requests[request] = scope
        try:
            yield
        finally:
            del session.requests[request]
            self.use(session)

    def use(self, session: HttpSession) -> None:
        """Keep a session alive."""
        session.used = self._clock()
        if session.id in self._sessions:
            self._sessions.move_to_end(session.id)

    def tell(self, message: bytes) -> None:
        """Tell every client that listens."""
        for session in self._sessions.values():
            session.tell(message)

    def spawn(self, tell: Callable[[], Coroutine[None, None, None]]) -> None:
        """Tell somebody who is slow to read, while others are told."""
        if self._tasks is not None:
            self._tasks.start_soon(tell)

    async def run(self, period: float = PULSE) -> None:
        """End sessions that idle, and keep streams alive, until cancelled."""
        async with anyio.create_task_group() as self._tasks:
            try:
                while True:
                    await anyio.sleep(period)
                    self.sweep()
                    for session in tuple(self._sessions.values()):
                        session.nudge()
            finally:
                self._tasks = None

    def sweep(self) -> None:
        """End the sessions that have been idle for long, and keep nothing that is too old."""
        oldest = self._clock() - IDLE_TIMEOUT
        for session in tuple(self._sessions.values()):
            if session.used >= oldest:
                break
            if session.is_idle:
                self.close(session)
            else:
                self.use(session)
        self._store.trim()

    def _end_idle(self, sessions: Iterable[HttpSession]) -> None:
        idle = next((session for session in sessions if session.is_idle), None)
        if idle is None:
            raise TooManySessions("too many sessions are in use", mend="end one, then try again")
        self.close(idle)
