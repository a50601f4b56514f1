"""Facts in the past tense, and the bus that carries them from who makes them to who reads.

Events cross process borders as they are, so they are msgspec structs. What reads them (stores,
dashboard, plain output) lives elsewhere; a slow reader loses events, counted, and slows no one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager

import msgspec

from micro.callevents import PREVIEW_SIZE as PREVIEW_SIZE
from micro.callevents import ApprovalAsked as ApprovalAsked
from micro.callevents import ApprovalDecided as ApprovalDecided
from micro.callevents import BreakerChanged as BreakerChanged
from micro.callevents import CallFinished as CallFinished
from micro.callevents import CallStarted as CallStarted
from micro.callevents import Event as Event
from micro.callevents import Outcome as Outcome
from micro.clientevents import ClientConnected as ClientConnected
from micro.clientevents import ClientDisconnected as ClientDisconnected
from micro.clientevents import ToolsListed as ToolsListed
from micro.memberevents import ListChanged as ListChanged
from micro.memberevents import ResourceUpdated as ResourceUpdated


class LogWritten(Event, frozen=True, kw_only=True, tag="log_written"):
    """A service printed or logged a line. ``call`` is ``None`` outside of a call."""

    service: str
    call: int | None
    level: str
    logger: str
    text: str


class LoadError(msgspec.Struct, frozen=True, kw_only=True):
    """Why code does not load. ``file`` is relative to the project where it lies inside it.

    ``frames`` is the traceback cut to the project's own frames, ready to print. ``mend`` says what
    to do about it, empty where the message says it all. Both are for the author alone.
    """

    file: str
    line: int | None
    message: str
    frames: str = ""
    mend: str = ""


class ServiceLoaded(Event, frozen=True, kw_only=True, tag="service_loaded"):
    """A generation of a service began to serve. ``duration`` in seconds, from save or start.

    ``changes`` says per tool what clients see differently, empty on the first load.
    """

    service: str
    generation: int
    file: str
    tools: tuple[str, ...]
    duration: float
    changes: tuple[str, ...] = ()
    version: str = ""
    description: str = ""


class ServiceFailed(Event, frozen=True, kw_only=True, tag="service_failed"):
    """A file does not load. ``serving`` is the generation that keeps serving, if there is one.

    ``service`` is the file's name where no service of it is known yet.
    """

    service: str
    error: LoadError
    serving: int | None = None
    file: str = ""


class ServiceRemoved(Event, frozen=True, kw_only=True, tag="service_removed"):
    """A service is no longer defined anywhere, and no longer served."""

    service: str


class ToolsChanged(Event, frozen=True, kw_only=True, tag="tools_changed"):
    """The list of tools that clients see is another one now."""

    tools: int


class HostStarted(Event, frozen=True, kw_only=True, tag="host_started"):
    """A process that runs the project's code takes calls; ``replaces``: in whose place, if any."""

    pid: int
    replaces: int | None = None


class HostExited(Event, frozen=True, kw_only=True, tag="host_exited"):
    """The process that ran the project's code ended by itself; ``status`` says how, for people."""

    pid: int
    status: str
    calls: int


class RuntimeStarted(Event, frozen=True, kw_only=True, tag="runtime_started"):
    """The doors are open. ``addresses`` are URLs."""

    addresses: tuple[str, ...]


class ProblemFound(Event, frozen=True, kw_only=True, tag="problem_found"):
    """Something is wrong that stops nothing, and the developer should know.

    ``debug`` is the number that ``micro debug`` takes, where code waits at a breakpoint; else 0.
    """

    message: str
    mend: str | None = None
    debug: int = 0


AnyEvent = (
    CallStarted
    | CallFinished
    | LogWritten
    | ServiceLoaded
    | ServiceFailed
    | ServiceRemoved
    | ToolsChanged
    | ToolsListed
    | ListChanged
    | ResourceUpdated
    | HostStarted
    | HostExited
    | ClientConnected
    | ClientDisconnected
    | RuntimeStarted
    | ProblemFound
    | BreakerChanged
    | ApprovalAsked
    | ApprovalDecided
)
"""Every kind of event, as one type that msgspec can decode."""


class Subscription:
    """A reader's own bounded queue; the oldest events fall out, counted, when it is full."""

    def __init__(self, limit: int, wake: Callable[[], None]) -> None:
        self._events: deque[AnyEvent] = deque(maxlen=limit)
        self._wake = wake
        self._dropped = 0

    def put(self, event: AnyEvent) -> None:
        """Append an event and wake the reader."""
        if len(self._events) == self._events.maxlen:
            self._dropped += 1
        self._events.append(event)
        self._wake()

    def take(self) -> tuple[list[AnyEvent], int]:
        """Empty the queue: the events, oldest first, and how many fell out since the last time."""
        taken, dropped = list(self._events), self._dropped
        self._events.clear()
        self._dropped = 0
        return taken, dropped


def _as_it_is(event: AnyEvent) -> AnyEvent:
    return event


class EventBus:
    """Hands each event to every store at once and to every subscription's queue.

    Lives on one thread, the runtime's. A store is called in line and must not block.

    Attributes:
        redact: Takes secrets out of every event before anyone is told; those of calls are without
            them when they are made.
    """

    def __init__(self) -> None:
        self.redact: Callable[[AnyEvent], AnyEvent] = _as_it_is
        self._stores: list[Callable[[AnyEvent], None]] = []
        self._of_calls: list[Callable[[AnyEvent], None]] = []
        self._subscriptions: list[Subscription] = []

    def attach(self, store: Callable[[AnyEvent], None], *, calls: bool = True) -> None:
        """Call ``store`` with every event from now on; ``calls``: with those of calls too."""
        self._stores.append(store)
        if calls:
            self._of_calls.append(store)

    @property
    def hears_calls(self) -> bool:
        """Whether anybody is told when a call begins and ends."""
        return bool(self._of_calls or self._subscriptions)

    def publish(self, event: AnyEvent) -> None:
        """Tell everyone."""
        stores = self._of_calls
        if not isinstance(event, CallStarted | CallFinished):
            event, stores = self.redact(event), self._stores
        for store in stores:
            store(event)
        for subscription in self._subscriptions:
            subscription.put(event)

    @contextmanager
    def subscribe(
        self, wake: Callable[[], None] = lambda: None, *, limit: int = 10_000
    ) -> Generator[Subscription]:
        """Give a queue of at most ``limit`` events; ``wake`` is called on each, in line."""
        subscription = Subscription(limit, wake)
        self._subscriptions.append(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.remove(subscription)
