"""Which resources a client may watch: those that it may read. Who does watch is kept elsewhere."""

from __future__ import annotations

from collections.abc import Iterable

from micro.calls import Caller
from micro.errors import Refused
from micro.gateway.gateway import Gateway

WATCHED = 1_000
"""Resources that one client may watch."""


def may_read(gateway: Gateway, caller: Caller, uri: str) -> bool:
    """Whether there is such a resource for a caller."""
    member = gateway.catalogue.find_resource(uri).member
    try:
        return member in gateway.members("resource", caller)
    except Refused:
        return False


def readable(gateway: Gateway, caller: Caller, uris: Iterable[str]) -> list[str]:
    """Give those resources that a caller may read, and so may watch."""
    return [uri for uri in list(uris)[:WATCHED] if may_read(gateway, caller, uri)]


def service_of(gateway: Gateway, uri: str) -> str:
    """Give the service that has a resource; empty if none has."""
    member = gateway.catalogue.find_resource(uri).member
    return member.spec.service if member is not None else ""
