"""``subscriptions/listen`` on lines: news between the answers, until the request is cancelled.

Who hears of what is in ``listeners``.
"""

from __future__ import annotations

from collections.abc import Sequence

import anyio

from micro.calls import Caller
from micro.errors import Refused
from micro.protocol.listeners import Listeners, TooManyListeners
from micro.protocol.listenrequest import ListenRequest
from micro.protocol.outbox import Outbox
from micro.protocol.refusals import INTERNAL_ERROR, error_of
from micro.protocol.splice import failure


async def tell_news(
    listeners: Listeners, outbox: Outbox, request: ListenRequest, caller: Caller
) -> None:
    """Tell a client of changes, until cancelled or nothing more will come; or say why not."""
    stream = _Stream(outbox)
    try:
        with listeners.listening(request, caller, stream):
            await stream.over.wait()
    except TooManyListeners as error:
        outbox.put(failure(request.id, INTERNAL_ERROR, error.message))
    except Refused as refusal:
        outbox.put(failure(request.id, *error_of(refusal)))


class _Stream:
    """What a client is told on its line."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self.over = anyio.Event()

    def tell(self, messages: Sequence[bytes]) -> None:
        """Send messages, each unless it waits to be sent already."""
        for message in messages:
            self._outbox.put_once(message)

    def nudge(self) -> None:
        """Do nothing: a line that says nothing is none."""

    def end(self, message: bytes) -> None:
        """Send the last message."""
        self._outbox.put(message)
        self.over.set()
