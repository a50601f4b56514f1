"""What became of services, told to the runtime; a failure only if it is still one a moment later.

A formatter, or the second of two saves, often mends within milliseconds what the first broke.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from micro.backends.host.messages import Failing, Served, Told, ToRuntime
from micro.calls import Tool
from micro.events import ResourceUpdated, ServiceFailed, ServiceLoaded, ServiceRemoved

MOMENT = 0.1
"""Seconds that a failure is kept back."""


class Tidings:
    """Tells in order, and keeps failures back.

    Args:
        send: Tells the runtime.

    Attributes:
        patient: Whether failures are kept back; not while a host loads for the first time.
    """

    def __init__(self, send: Callable[[ToRuntime], None]) -> None:
        self._send = send
        self._kept: dict[tuple[str, str], asyncio.TimerHandle] = {}
        self.patient = False

    def tell(
        self, event: ServiceLoaded | ServiceFailed | ServiceRemoved, tools: tuple[Tool, ...]
    ) -> None:
        """Tell of a service, with the tools that it has now."""
        match event:
            case ServiceLoaded():
                self._forget(lambda service, file: file == event.file)
                self._send(Served(event=event, tools=tuple(tool.spec for tool in tools)))
            case ServiceRemoved():
                self._forget(lambda service, file: service == event.service)
                self._send(Told(event=event))
            case ServiceFailed() if not self.patient:
                self._send(Told(event=event))
            case ServiceFailed():
                self._send(Failing(service=event.service, error=event.error))
                key = (event.service, event.file)
                self._forget(lambda service, file: (service, file) == key)
                loop = asyncio.get_running_loop()
                self._kept[key] = loop.call_later(MOMENT, self._tell_failure, key, event)

    def updated(self, service: str, uri: str) -> None:
        """Tell that a resource has other content; from any thread."""
        self._send(Told(event=ResourceUpdated(service=service, uri=uri)))

    def _tell_failure(self, key: tuple[str, str], event: ServiceFailed) -> None:
        del self._kept[key]
        self._send(Told(event=event))

    def _forget(self, is_mended: Callable[[str, str], bool]) -> None:
        for key in [key for key in self._kept if is_mended(*key)]:
            self._kept.pop(key).cancel()
