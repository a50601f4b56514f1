"""Steering a runtime from elsewhere: what a token may order, and what is recorded of it.

How its bytes travel is the door's matter (``doors.control``). Who opens the socket itself may do
all; here a caller does what its token lets it do, in its own name.
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable

import msgspec

from micro.calls import Caller
from micro.control.messages import Order
from micro.control.server import Controlled, serve_session
from micro.errors import MicroError
from micro.events import Outcome
from micro.gateway.openings import event_record
from micro.gateway.scopes import missing_scopes
from micro.snapshots import AuditRecord

SCOPE = "micro:control"
"""What a token has to name to steer; ``*`` does not stand for it."""

AUDIT_SCOPE = "micro:audit"
"""What it has to name beside to read the audit log, which goes back further than what is seen."""

Record = Callable[[AuditRecord], Awaitable[object]]

_ANYBODY = ("local", "")


def permitted(order: Order, caller: Caller) -> Order:
    """Give an order as this caller may give it: in its own name, with no more than its scopes.

    Raises:
        MicroError: It may not.
    """
    match order.op:
        case "stop":
            raise MicroError(
                "a runtime is not stopped from elsewhere", mend="run there: micro stop"
            )
        case "records" | "verify" if AUDIT_SCOPE not in caller.scopes:
            raise MicroError(
                f"the token does not name {AUDIT_SCOPE}",
                mend="make one that does: micro auth token create",
            )
        case "decide":
            return msgspec.structs.replace(order, by=caller.subject)
        case "call":
            return _call(order, caller)
        case _:
            return order


def _call(order: Order, caller: Caller) -> Order:
    if order.subject not in (*_ANYBODY, caller.subject):
        raise MicroError(
            f"this token calls as {caller.subject}, not as {order.subject[:100]}",
            mend="act as others where the runtime runs: micro attach",
        )
    scopes = caller.scopes if order.scopes == ("*",) else order.scopes
    beyond = missing_scopes(scopes, caller.scopes)
    if beyond:
        raise MicroError(
            f"this token does not hold {', '.join(beyond)[:200]}",
            mend="ask for a token with these scopes",
        )
    return msgspec.structs.replace(order, subject=caller.subject, scopes=scopes)


async def serve_remote(
    runtime: Controlled, sock: socket.socket, caller: Caller, *, record: Record
) -> None:
    """Carry out what a caller orders over a connected socket, until that ends.

    Its coming, its reloads and what it may not do are recorded. Calls, and who allowed one, are in
    the records that the gateway makes.
    """

    async def allow(order: Order) -> Order:
        try:
            allowed = permitted(order, caller)
        except MicroError as error:
            await record(order_record(order.op, caller, outcome="refused", reason=error.message))
            raise
        if order.op == "reload":
            await record(order_record("reload", caller, service=order.service))
        return allowed

    await record(order_record("attach", caller))
    await serve_session(runtime, sock, allow)


def order_record(
    name: str, caller: Caller, *, outcome: Outcome = "ok", reason: str = "", service: str = ""
) -> AuditRecord:
    """Give the record of an order; ``service`` is the one that it was about, if it was."""
    return event_record(
        name,
        msgspec.structs.replace(caller, door="dashboard", client="dashboard", client_version=""),
        outcome=outcome,
        reason=reason,
        service=service or "micro",
        required=(SCOPE,),
    )
