"""What a runtime's process listens on, and the doors that it opens there."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from anyio.abc import TaskGroup

from micro.config import Project
from micro.control import serve_control
from micro.doors.access import Access
from micro.doors.asgi import WebApp
from micro.doors.http import HttpApp
from micro.doors.listen import Address, address_of, bind, parse_address
from micro.doors.stdio import serve_socket
from micro.doors.tls import read_tls
from micro.gateway.auth.auth import Auth
from micro.protocol.endpoint import McpEndpoint
from micro.runtime import Runtime
from micro.state import StateFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class Sockets:
    """Bound before anything else, so that a taken port costs nothing.

    ``web`` is ``None`` where HTTP is not served, ``tls`` where it is served in the clear.
    """

    web: socket.socket | None
    tls: ssl.SSLContext | None
    mcp: socket.socket
    control: socket.socket

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Where HTTP listens."""
        return () if self.web is None else (address_of(self.web),)

    @property
    def urls(self) -> tuple[str, ...]:
        """The same, for people and clients."""
        return tuple(each.url_for(secure=self.tls is not None) for each in self.addresses)

    @contextmanager
    def tidied(self) -> Generator[None]:
        """Remove the file of a Unix socket that HTTP is served on, once this is over."""
        paths = [address.path for address in self.addresses if address.path is not None]
        try:
            yield
        finally:
            for path in paths:
                path.unlink(missing_ok=True)


def bind_all(
    project: Project, state: StateFolder, address: str, *, open_to_others: bool
) -> Sockets:
    """Bind everything; no address: no HTTP.

    Raises:
        AddressUnusable: One is taken.
        ConfigError: Other machines reach the address and may not, or the certificate is no good.
    """
    http = project.settings.http
    tls = read_tls(http.tls_cert, http.tls_key, root=project.root)
    return Sockets(
        web=bind(parse_address(address), insecure=open_to_others) if address else None,
        tls=tls,
        mcp=bind(Address(path=state.mcp_socket)),
        control=bind(Address(path=state.control_socket)),
    )


async def open_doors(
    tasks: TaskGroup, runtime: Runtime, endpoint: McpEndpoint, sockets: Sockets, *, app: WebApp
) -> None:
    """Serve on every socket, in ``tasks``; return once clients are taken."""
    tasks.start_soon(serve_control, runtime, sockets.control)
    await tasks.start(serve_socket, sockets.mcp, endpoint)
    if sockets.web is not None:
        from micro.doors.web import serve_web  # a runtime for agents alone needs no uvicorn

        await tasks.start(partial(serve_web, tls=sockets.tls), app, [sockets.web])


def web_app(
    endpoint: McpEndpoint, auth: Auth, sockets: Sockets, *, insecure: bool, sse: bool
) -> WebApp:
    """Make what HTTP serves: other machines need a token, unless ``insecure``."""
    if not insecure and not all(address.is_local for address in sockets.addresses):
        auth = auth.demanding()
    return HttpApp(endpoint, access=Access.of(*sockets.addresses), auth=auth, sse=sse)
