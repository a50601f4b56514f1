"""Which requests HTTP doors take at all: by the host they name and the page they come from.

A web page that a developer visits must not reach the services on the same machine: neither by a
name that points at 127.0.0.1 (``Host``) nor by a request across origins (``Origin``).
"""

from __future__ import annotations

import ipaddress
import re
import socket
from http import HTTPStatus

from starlette.types import Scope

from micro.doors.asgi import Problem, header_values
from micro.doors.listen import Address
from micro.protocol.headers import headers_of

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
REMEMBERED = 100
"""Hosts and origins that passed and are not looked at again."""

_host = re.compile(r"(?:\[([0-9a-fA-F:.]+)\]|([^\[\]:/@\s]+))(?::\d{1,5})?", re.ASCII)
_origin = re.compile(r"https?://(.+)", re.ASCII | re.IGNORECASE)


class Access:
    """Checks the ``Host`` and ``Origin`` of requests.

    Args:
        hosts: Names that are taken beside the loopback ones, without a port; ``*`` takes every one.
        any_ip: Whether every IP address is taken: right where the door listens on all of them, and
            safe, because a name that an attacker controls is what such an attack needs.
    """

    def __init__(self, *hosts: str, any_ip: bool = False) -> None:
        self._hosts = LOOPBACK | {host.lower().strip("[]") for host in hosts}
        self._any_ip = any_ip
        self._passed: set[tuple[tuple[bytes, ...], tuple[bytes, ...]]] = set()

    @classmethod
    def of(cls, *addresses: Address) -> Access:
        """Give what suits a door that listens at these addresses."""
        hosts = [address.host for address in addresses if address.host and not address.is_wildcard]
        any_ip = any(address.is_wildcard for address in addresses)
        return cls(*hosts, *([socket.gethostname()] if any_ip else []), any_ip=any_ip)

    def check(self, scope: Scope) -> None:
        """Let the request pass, or raise what to answer.

        Raises:
            Problem: 421 for a host that is not ours, 403 for a page of another origin.
        """
        headers = headers_of(scope)
        told = headers.all(b"host"), headers.all(b"origin")
        if told in self._passed:
            return
        self._check(scope)
        if len(self._passed) < REMEMBERED:
            self._passed.add(told)

    def _check(self, scope: Scope) -> None:
        hosts = header_values(scope, b"host")
        if len(hosts) != 1 or not self._is_ours(_name(hosts[0])):
            raise Problem(
                HTTPStatus.MISDIRECTED_REQUEST,
                "bad_host",
                message=f"the Host {', '.join(hosts)[:100]!r} is not served here",
                mend="use 127.0.0.1 or localhost, or allow the host where the server is started",
            )
        for origin in header_values(scope, b"origin"):
            match = _origin.fullmatch(origin)
            if match is None or not self._is_ours(_name(match[1])):
                raise Problem(
                    HTTPStatus.FORBIDDEN,
                    "bad_origin",
                    message=f"pages of {origin[:100]!r} may not call",
                    mend="call from a page of this host, or from a program that is no browser",
                )

    def _is_ours(self, name: str) -> bool:
        if name in self._hosts or ("*" in self._hosts and name):
            return True
        return self._any_ip and _is_ip(name)


def _name(host: str) -> str:
    """Give the name in a ``Host`` header without its port, empty if it is malformed."""
    match = _host.fullmatch(host)
    return (match[1] or match[2]).lower() if match else ""


def _is_ip(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
