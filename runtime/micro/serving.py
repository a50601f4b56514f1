"""Serves services from the process that made them: three lines for a library's user.

The developer tools serve a project another way: its code in a process of its own, reloaded.
"""

from __future__ import annotations

import logging
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import anyio

from micro.backends.inprocess import InProcessBackend
from micro.doors.access import Access
from micro.doors.http import HttpApp
from micro.doors.listen import Address, address_of, bind, parse_address
from micro.doors.stdio import serve_stdio
from micro.doors.web import serve_web
from micro.errors import ConfigError
from micro.events import EventBus, RuntimeStarted
from micro.protocol.endpoint import McpEndpoint
from micro.protocol.identity import Identity
from micro.runtime import Runtime
from micro.services.service import Service
from micro.snapshots import AuditRecord, HostView

log = logging.getLogger(__name__)

AuditCallback = Callable[[AuditRecord], Awaitable[None] | None]


class Serving:
    """Services that run in this process, and the MCP endpoint on them. Serves within ``running``.

    Args:
        services: One or several, as declared.
        name: How clients see the server; by default the first service's name.
        audit: Called with the record of every call before its answer leaves; its failure is logged
            and the answer leaves all the same.

    Raises:
        DeclarationError: A service cannot be served as it is declared.
    """

    def __init__(
        self,
        services: Service | Sequence[Service],
        *,
        name: str = "",
        audit: AuditCallback | None = None,
    ) -> None:
        every = [services] if isinstance(services, Service) else list(services)
        if not every:
            raise ConfigError("there is no service to serve", mend="pass at least one Service")
        first = every[0]
        identity = Identity(
            name=name or first.name, version=first.version, instructions=_instructions(every)
        )
        bus = EventBus()
        self.runtime = Runtime(
            identity,
            project=identity.name,
            bus=bus,
            write_audit=_writer(audit),
            host=HostView(pid=None, state="in-process"),
        )
        self._backend = InProcessBackend(
            every, self.runtime.registry, bus=bus, ask=self.runtime.ask
        )
        self.endpoint = McpEndpoint(self.runtime.gateway, bus, identity=identity)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Start the services; stop them when this ends."""
        async with self.runtime.running(self._backend), self.endpoint.running():
            yield


def asgi(
    services: Service | Sequence[Service],
    *,
    name: str = "",
    audit: AuditCallback | None = None,
    hosts: Sequence[str] = (),
) -> HttpApp:
    """Make an ASGI application of services, to run or to mount.

    Where it is mounted, pass its ``lifespan`` to the application that mounts it:
    ``FastAPI(lifespan=app.lifespan)``.

    Args:
        services: One or several.
        name: How clients see the server.
        audit: Called with the record of every call.
        hosts: Host names that requests may carry besides those of this machine's loopback.

    Raises:
        DeclarationError: A service cannot be served as it is declared.
    """
    serving = Serving(services, name=name, audit=audit)
    return HttpApp(serving.endpoint, access=Access(*hosts), lifespan=serving.running)


def serve(
    services: Service | Sequence[Service],
    address: str = ":3000",
    *,
    name: str = "",
    audit: AuditCallback | None = None,
    insecure: bool = False,
) -> None:
    """Serve until the process is told to stop (Ctrl-C, SIGTERM), or stdin ends with ``"stdio"``.

    Args:
        services: One or several.
        address: ``":3000"`` (this machine only), ``"127.0.0.1:3000"``, ``"unix:/path"``, or
            ``"stdio"``.
        name: How clients see the server.
        audit: Called with the record of every call.
        insecure: Listen where other machines can connect, although anyone may call.

    Raises:
        DeclarationError: A service cannot be served as it is declared.
        AddressUnusable: The address is taken, or not allowed.
    """
    serving = Serving(services, name=name, audit=audit)
    if address == "stdio":
        anyio.run(_serve_stdio, serving)
    else:
        anyio.run(_serve_web, serving, parse_address(address), insecure)


async def _serve_stdio(serving: Serving) -> None:
    async with serving.running():
        await serve_stdio(serving.endpoint)


async def _serve_web(serving: Serving, address: Address, insecure: bool) -> None:
    sock = bind(address, insecure=insecure)
    bound = address_of(sock)
    app = HttpApp(serving.endpoint, access=Access.of(bound))
    async with serving.running(), anyio.create_task_group() as doors:
        await doors.start(serve_web, app, [sock])
        log.info("serving %s on %s", serving.endpoint.identity.name, bound.url)
        serving.runtime.bus.publish(RuntimeStarted(addresses=(bound.url,)))
        with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            async for _ in signals:
                break
        doors.cancel_scope.cancel()


def _instructions(services: Sequence[Service]) -> str:
    return "\n\n".join(service.instructions for service in services if service.instructions)


def _writer(audit: AuditCallback | None) -> Callable[[AuditRecord], Awaitable[None]]:
    async def write(record: AuditRecord) -> None:
        if audit is None:
            return
        try:
            waiting = audit(record)
            if waiting is not None:
                await waiting
        except Exception:
            log.exception("the audit callback failed", extra={"trace_id": record.trace_id})

    return write
