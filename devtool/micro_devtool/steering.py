"""Steering a project's runtime from elsewhere, by its HTTP address, where the project allows it."""

from __future__ import annotations

import socket
from collections.abc import Sequence

from micro.calls import Caller
from micro.control.remote import SCOPE, serve_remote
from micro.doors.access import Access
from micro.doors.asgi import WebApp
from micro.doors.auth import HttpAuth
from micro.doors.control import ControlDoor
from micro.doors.listen import Address
from micro.runtime import Runtime


def steerable(app: WebApp, runtime: Runtime, addresses: Sequence[Address]) -> ControlDoor:
    """Put the control door before an application that listens at these addresses."""

    async def steer(sock: socket.socket, caller: Caller) -> None:
        await serve_remote(runtime, sock, caller, record=runtime.write_audit)

    gateway = runtime.gateway
    auth = HttpAuth(gateway, gateway.auth.demanding())
    return ControlDoor(app, access=Access.of(*addresses), auth=auth, scope=SCOPE, steer=steer)
