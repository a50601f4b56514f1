"""The HTTP sessions of older clients, as far as the fast lane has to know them.

The SDK opens and ends them; it tells here (``server``). A request that is being answered is known
here whichever lane answers it, so that its id is taken, and so that the client can cancel it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import anyio

TOUCH_EVERY = 30.0
"""Seconds between two signs of life that the fast lane passes on for one session."""


class Cancellable(Protocol):
    """What can be cancelled."""

    def cancel(self) -> None:
        """Cancel it."""
        ...


@dataclass(eq=False, slots=True, kw_only=True)
class HttpSession:
    """A session past its handshake.

    Attributes:
        client: Name and version of the client program.
        version: Which version of the protocol was agreed on.
        subject: Whose it is: who opened it.
        touch: Tells the SDK that the session is used.
        is_askable: Whether its client can be asked something while its calls run.
        wants_lines: Whether its client wants to be told of what its calls log.
    """

    client: tuple[str, str]
    version: str
    subject: str
    touch: Callable[[], None]
    is_askable: bool = False
    wants_lines: bool = False
    touched: float = field(default_factory=anyio.current_time)

    def use(self) -> None:
        """Keep the session alive: the SDK ends those that are idle, and does not see all."""
        now = anyio.current_time()
        if now - self.touched > TOUCH_EVERY:
            self.touched = now
            self.touch()


class HttpSessions:
    """All sessions of one endpoint, and their requests that are being answered."""

    def __init__(self) -> None:
        self._sessions: dict[str, HttpSession] = {}
        self._requests: dict[str, dict[str, Cancellable | None]] = {}

    def open(self, session: str, opened: HttpSession) -> None:
        """Know a session until ``close``."""
        self._sessions[session] = opened

    def close(self, session: str) -> None:
        """Forget a session, and cancel its calls on the fast lane."""
        self._sessions.pop(session, None)
        for scope in tuple(self._requests.get(session, {}).values()):
            if scope is not None:
                scope.cancel()

    def find(self, session: str) -> HttpSession | None:
        """Give a session; ``None`` for one that the SDK has to say something about."""
        return self._sessions.get(session)

    def is_answering(self, session: str, request: str) -> bool:
        """Whether a request of this key is not answered yet."""
        return request in self._requests.get(session, ())

    def cancel(self, session: str, request: str) -> None:
        """Cancel a call on the fast lane, if it is one."""
        scope = self._requests.get(session, {}).get(request)
        if scope is not None:
            scope.cancel()

    @contextmanager
    def answering(
        self, session: str, request: str, *, scope: Cancellable | None = None
    ) -> Generator[None]:
        """Take a request's key within this context; ``scope`` is what cancels it."""
        requests = self._requests.setdefault(session, {})
        requests[request] = scope
        try:
            yield
        finally:
            del requests[request]
            if not requests:
                self._requests.pop(session, None)
