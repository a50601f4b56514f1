"""Who listens for changes by ``subscriptions/listen`` of 2026-07-28, and what each is told.

Everyone who hears of a change is told the same text, but for the id of the request that opened the
stream, all of them in one pass. How the text travels is elsewhere (``listening``, ``lines``), and
so are older clients (``news``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Coroutine, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import anyio
import anyio.lowlevel
import msgspec
from anyio.abc import TaskGroup

from micro.calls import Caller
from micro.errors import MicroError
from micro.events import AnyEvent, EventBus, ResourceUpdated, ServiceLoaded
from micro.gateway.gateway import Gateway
from micro.gateway.stages.auth import check_identity
from micro.protocol.identity import Identity
from micro.protocol.listenrequest import ListenRequest, acknowledgement, stamp
from micro.protocol.longcalls import PULSE
from micro.protocol.news import changed_list
from micro.protocol.splice import SERVER_KEY, answer
from micro.protocol.watched import readable, service_of

LISTENERS = 10_000
"""Clients that listen at the same time."""

LISTENERS_OF_ONE = 1_000
"""Those of one subject, where it is asked who calls."""

AT_ONCE = 100
"""Listeners that are told before anything else has its turn."""

_ANYBODY = Caller(door="http").subject
_encode = msgspec.json.Encoder().encode
_LIST = b'{"jsonrpc":"2.0","method":"notifications/%b/list_changed","params":{"_meta":{%b}}}'
_RESOURCE = (
    b'{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"_meta":{%b},"uri":%b}}'
)


class TooManyListeners(MicroError):
    """There is no room for another listener."""


class Ear(Protocol):
    """Takes what one client is told. What waits there already is not to be said again."""

    def tell(self, messages: Sequence[bytes]) -> None:
        """Say something."""
        ...

    def end(self, message: bytes) -> None:
        """Say the last."""
        ...

    def nudge(self) -> None:
        """Give a sign of life."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Listener:
    """A client that listens: of what it hears, and what takes it.

    Attributes:
        request: Id of the request by which it does.
        subject: Whose it is.
        stamp: Names the request in all that it is told.
        lists: Kinds of lists.
        uris: Resources.
        ear: Takes what it is told.
    """

    request: int | str
    subject: str
    stamp: bytes
    lists: frozenset[str]
    uris: frozenset[str]
    ear: Ear


class Listeners:
    """All who listen to one gateway, told while ``run`` runs.

    Args:
        gateway: Says who may read what.
        bus: Where changes are told.
        identity: What clients are told of the server.
        most: Listeners at the same time.
        most_of_one: Those of one subject, where it is asked who calls.
    """

    def __init__(
        self,
        gateway: Gateway,
        bus: EventBus,
        identity: Identity,
        *,
        most: int = LISTENERS,
        most_of_one: int = LISTENERS_OF_ONE,
    ) -> None:
        self._gateway = gateway
        server = {"name": identity.name, "version": identity.version}
        self._server = b"%b:%b" % (_encode(SERVER_KEY), _encode(server))
        self._most = most
        self._most_of_one = most_of_one
        self._listeners: dict[Listener, None] = {}
        self._watched: Counter[str] = Counter()
        self._owned: Counter[str] = Counter()
        self._lists: dict[str, None] = {}
        self._resources: dict[str, None] = {}
        self._some = anyio.Event()
        self._tasks: TaskGroup | None = None
        bus.attach(self._take, calls=False)

    def __len__(self) -> int:
        return len(self._listeners)

    @contextmanager
    def listening(self, request: ListenRequest, caller: Caller, ear: Ear) -> Generator[None]:
        """Tell a client of changes within this context; the first that it is told is of what.

        Raises:
            Unauthenticated: Nobody knows who it is.
            TooManyListeners: There is no room for it.
        """
        check_identity(caller, self._gateway.auth)
        granted = request.wanted.granted(partial(readable, self._gateway, caller))
        listener = Listener(
            request=request.id,
            subject=caller.subject,
            stamp=stamp(request.id),
            lists=granted.lists,
            uris=frozenset(granted.uris or ()),
            ear=ear,
        )
        self._add(listener)
        try:
            ear.tell([acknowledgement(listener.stamp, granted)])
            yield
        finally:
            self._remove(listener)

    def _add(self, listener: Listener) -> None:
        subject = listener.subject
        is_one_too_many = subject != _ANYBODY and self._owned[subject] >= self._most_of_one
        if is_one_too_many or len(self._listeners) >= self._most:
            raise TooManyListeners("Subscription limit reached", mend="end one, then try again")
        self._listeners[listener] = None
        self._owned[subject] += 1
        self._watched.update(listener.uris)

    def _remove(self, listener: Listener) -> None:
        del self._listeners[listener]
        for counted, keys in ((self._owned, (listener.subject,)), (self._watched, listener.uris)):
            for key in keys:
                counted[key] -= 1
                if not counted[key]:
                    del counted[key]

    def end(self) -> None:
        """Tell everyone that nothing more will come."""
        for listener in tuple(self._listeners):
            result = b'{"_meta":{%b,%b},"resultType":"complete"}' % (listener.stamp, self._server)
            listener.ear.end(answer(listener.request, result))

    def spawn(self, tell: Callable[[], Coroutine[None, None, None]]) -> None:
        """Tell somebody who is slow to read, while others are told."""
        if self._tasks is not None:
            self._tasks.start_soon(tell)

    async def run(self, period: float = PULSE) -> None:
        """Tell of changes, and give signs of life, until cancelled.

        Changes that come close together are told together.
        """
        async with anyio.create_task_group() as self._tasks:
            self._tasks.start_soon(self._keep_alive, period)
            try:
                await self._tell_of_changes()
            finally:
                self._tasks = None

    async def _tell_of_changes(self) -> None:
        while True:
            if not (self._lists or self._resources):
                self._some = anyio.Event()
                await self._some.wait()
            lists, self._lists = tuple(self._lists), {}
            updated, self._resources = [(uri, _encode(uri)) for uri in self._resources], {}
            await self._visit(partial(_tell, lists=lists, updated=updated))

    async def _keep_alive(self, period: float) -> None:
        while True:
            await anyio.sleep(period)
            await self._visit(lambda listener: listener.ear.nudge())

    async def _visit(self, visit: Callable[[Listener], None]) -> None:
        """Visit everyone who is still there, and let others have their turns meanwhile."""
        for count, listener in enumerate(tuple(self._listeners), 1):
            if listener in self._listeners:
                visit(listener)
            if count % AT_ONCE == 0:
                await anyio.lowlevel.checkpoint()

    def _take(self, event: AnyEvent) -> None:
        if kind := changed_list(event):
            self._lists[kind] = None
        elif isinstance(event, ResourceUpdated):
            self._update(event.uri)
        elif isinstance(event, ServiceLoaded):
            for uri in sorted(self._watched):
                if service_of(self._gateway, uri) == event.service:
                    self._update(uri)
        if self._lists or self._resources:
            self._some.set()

    def _update(self, uri: str) -> None:
        if uri in self._watched:
            self._resources[uri] = None


def _tell(listener: Listener, lists: Sequence[str], updated: Sequence[tuple[str, bytes]]) -> None:
    """Tell a client of those changes that it wants to hear of."""
    stamp = listener.stamp
    messages = [_LIST % (kind.encode(), stamp) for kind in lists if kind in listener.lists]
    if listener.uris:
        messages += [_RESOURCE % (stamp, text) for uri, text in updated if uri in listener.uris]
    if messages:
        listener.ear.tell(messages)
