"""Serves services from the process that made them: three lines for a library's user.

The developer tools serve a project another way: its code in a process of its own, reloaded.
"""

from __future__ import annotations

import logging
import ssl
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Unpack

import anyio

from micro.backends.inprocess import InProcessBackend
from micro.doors.access import Access
from micro.doors.foreground import run_until_told
from micro.doors.http import MCP_PATH, HttpApp
from micro.doors.listen import Address, address_of, bind, parse_address
from micro.doors.options import ServeOptions, door_of
from micro.doors.pipes import standard_streams
from micro.doors.stdio import serve_stream
from micro.doors.tls import read_tls
from micro.errors import ConfigError, StoreUnusable, unwrapped
from micro.events import EventBus, ProblemFound, RuntimeStarted
from micro.gateway.options import GatewayOptions, rules_of
from micro.protocol.endpoint import McpEndpoint
from micro.protocol.identity import Identity
from micro.runtime import Runtime
from micro.services.service import Service
from micro.snapshots import HostView
from micro.stores.callback import AuditCallback, AuditCallbacks

log = logging.getLogger(__name__)


class Serving:
    """Services that run in this process, and the MCP endpoint on them. Serves within ``running``.

    Args:
        services: One or several, as declared.
        name: How clients see the server; by default the first service's name.
        audit: Called with the record of every call before its answer leaves; one that is not async
            in a thread of its own. Its failure is told, and the answer leaves all the same unless
            ``on_audit_failure`` says otherwise.
        options: What is asked of calls.

    Raises:
        DeclarationError: A service cannot be served as it is declared.
    """

    def __init__(
        self,
        services: Service | Sequence[Service],
        *,
        name: str = "",
        audit: AuditCallback | None = None,
        **options: Unpack[GatewayOptions],
    ) -> None:
        every = [services] if isinstance(services, Service) else list(services)
        if not every:
            raise ConfigError("there is no service to serve", mend="pass at least one Service")
        for service in every:
            if not isinstance(service, Service):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise ConfigError(
                    f"{service!r} is no service", mend='make one with: Service("name")'
                )
        first = every[0]
        identity = Identity(
            name=name or first.name, version=first.version, instructions=_instructions(every)
        )
        bus = EventBus()
        self._audit = AuditCallbacks(audit, partial(_tell, bus))
        self.runtime = Runtime(
            identity,
            project=identity.name,
            bus=bus,
            write_audit=None if audit is None else self._audit.write,
            host=HostView(pid=None, state="in-process"),
            rules=rules_of(options),
        )
        self._backend = InProcessBackend(
            every, self.runtime.registry, bus=bus, ask=self.runtime.ask
        )
        self.endpoint = McpEndpoint(self.runtime.gateway, bus, identity=identity)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Start the services; stop them when this ends.

        Raises:
            StartHookFailed: A start hook raised.
            NameTaken: Tools of two services have one name on the wire.
        """
        with unwrapped(), self._audit.open():
            async with self.runtime.running(self._backend), self.endpoint.running():
                yield

    @asynccontextmanager
    async def started(self) -> AsyncGenerator[None]:
        """Do the same without MCP. It starts no task, so a test fixture may hold it."""
        with self._audit.open():
            async with self._backend.serving():
                yield


def asgi(
    services: Service | Sequence[Service],
    *,
    name: str = "",
    audit: AuditCallback | None = None,
    hosts: Sequence[str] = (),
    sse: bool = False,
    **options: Unpack[GatewayOptions],
) -> HttpApp:
    """Make an ASGI application of services, to run or to mount.

    Where it is mounted, pass its ``lifespan`` to the application that mounts it:
    ``FastAPI(lifespan=app.lifespan)``.

    Args:
        services: One or several.
        name: How clients see the server.
        audit: Called with the record of every call.
        hosts: Host names that requests may carry besides those of this machine's loopback.
        sse: Serve HTTP+SSE of 2024-11-05 too.
        options: What is asked of calls: ``auth``, ``scopes``, ``rate_limit`` and others.

    Raises:
        DeclarationError: A service cannot be served as it is declared.
    """
    serving = Serving(services, name=name, audit=audit, **options)
    return HttpApp(serving.endpoint, access=Access(*hosts), lifespan=serving.running, sse=sse)


def serve(
    services: Service | Sequence[Service],
    address: str = ":3000",
    *,
    name: str = "",
    audit: AuditCallback | None = None,
    insecure: bool = False,
    **options: Unpack[ServeOptions],
) -> None:
    """Serve until the process is told to stop (Ctrl-C, SIGTERM), or stdin ends with ``"stdio"``.

    Call it in the main thread. Calls and stop hooks have their time to end; a second Ctrl-C does
    not wait for them.

    Args:
        services: One or several.
        address: ``":3000"`` (this machine only), ``"127.0.0.1:3000"``, ``"unix:/path"``, or
            ``"stdio"``.
        name: How clients see the server.
        audit: Called with the record of every call.
        insecure: Listen where other machines can connect, although anyone may call.
        options: What is asked of calls: ``auth``, ``scopes``, ``rate_limit`` and others; and how
            HTTP is spoken: ``sse``, ``tls_cert``, ``tls_key``.

    Raises:
        DeclarationError: A service cannot be served as it is declared.
        ConfigError: It is not an address, or other machines reach it and neither ``auth`` nor
            ``insecure`` is given; or an option is wrong.
        AddressUnusable: The address is taken, or not allowed.
        StartHookFailed: A start hook raised; its error is the cause.
    """
    door, asked = door_of(options)
    serving = Serving(services, name=name, audit=audit, **asked)
    insecure = insecure or serving.runtime.gateway.auth.required
    if address == "stdio":
        run_until_told(_serve_stdio, serving)
        return
    tls = read_tls(door.tls_cert, door.tls_key, root=Path.cwd())
    web = partial(_serve_web, insecure=insecure, sse=door.sse, tls=tls)
    run_until_told(web, serving, parse_address(address))


async def _serve_stdio(serving: Serving) -> None:
    with standard_streams() as stream:  # before any code of a service runs, which may print
        async with serving.running():
            await serve_stream(stream, serving.endpoint)


async def _serve_web(
    serving: Serving,
    address: Address,
    *,
    insecure: bool,
    sse: bool,
    tls: ssl.SSLContext | None,
) -> None:
    from micro.doors.web import serve_web  # stdio and other people's servers need no uvicorn

    sock = bind(address, insecure=insecure)
    bound = address_of(sock)
    app = HttpApp(serving.endpoint, access=Access.of(bound), sse=sse)
    try:
        async with serving.running(), anyio.create_task_group() as doors:
            await doors.start(partial(serve_web, tls=tls), app, [sock])
            _announce(serving, bound.url_for(secure=tls is not None))
    finally:
        sock.close()
        if bound.path is not None:
            bound.path.unlink(missing_ok=True)


def _announce(serving: Serving, url: str) -> None:
    """Say where clients connect, on stderr: a program that only waits looks as if it hung."""
    name = serving.endpoint.identity.name
    log.info("serving %s on %s", name, url)
    sys.stderr.write(f"micro: serving {name} on {url} (MCP at {MCP_PATH}; Ctrl-C ends it)\n")
    sys.stderr.flush()
    serving.runtime.bus.publish(RuntimeStarted(addresses=(url,)))


def _instructions(services: Sequence[Service]) -> str:
    return "\n\n".join(service.instructions for service in services if service.instructions)


def _tell(bus: EventBus, problem: StoreUnusable) -> None:
    bus.publish(ProblemFound(message=problem.message, mend=problem.mend))
