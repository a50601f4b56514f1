"""Where a door listens: reads an address, refuses what is not safe, binds the socket.

Knows nothing of what is served there.
"""

from __future__ import annotations

import errno
import ipaddress
import re
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from micro.errors import AddressUnusable, ConfigError
from micro.system.nearby import listen_near

BACKLOG = 4096
"""Connections that wait to be taken; systems have bounds of their own."""
UNREAD_TIMEOUT = 60.0
"""Seconds after which the system gives up a connection whose client reads nothing of what waits."""

_FORMS = 'write HOST:PORT, as "127.0.0.1:3000", ":3000", "[::1]:3000", or "unix:/path/to/socket"'
_pattern = re.compile(r"(?:\[(?P<six>[^\]]*)\]|(?P<host>[^:\[\]/\s]*)):(?P<port>\d{1,5})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where to listen: ``host`` and ``port`` (0: any free one), or the Unix socket ``path``."""

    host: str = ""
    port: int = 0
    path: Path | None = None

    def __str__(self) -> str:
        """As it is written in settings."""
        if self.path is not None:
            return f"unix:{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """For people and clients: ``http://127.0.0.1:3000``."""
        return self.url_for(secure=False)

    def url_for(self, *, secure: bool) -> str:
        """The same, with ``https`` where TLS is spoken."""
        if self.path is not None:
            return str(self)
        return f"https://{self}" if secure else f"http://{self}"

    @property
    def is_local(self) -> bool:
        """Whether this machine alone reaches it."""
        if self.path is not None or self.host.lower() == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def is_wildcard(self) -> bool:
        """Whether it stands for every address of this machine."""
        return self.host in ("0.0.0.0", "::")


def parse_address(text: str) -> Address:
    """Read an address as people write it; no host means this machine only.

    Raises:
        ConfigError: It is not an address.
    """
    if text.startswith("unix:"):
        if not text.removeprefix("unix:"):
            raise ConfigError(f"the address {text!r} names no file", mend=_FORMS)
        return Address(path=Path(text.removeprefix("unix:")))
    match = _pattern.fullmatch(text)
    if match is None:
        raise ConfigError(f"{text!r} is not an address", mend=_FORMS)
    port = int(match["port"])
    if port > 65535:
        raise ConfigError(f"port {port} in {text!r} is above 65535", mend="choose a lower one")
    if match["six"] is not None:
        try:
            return Address(host=str(ipaddress.IPv6Address(match["six"])), port=port)
        except ValueError as error:
            raise ConfigError(f"{match['six']!r} is not an IPv6 address", mend=_FORMS) from error
    return Address(host=match["host"] or "127.0.0.1", port=port)


def bind(
    address: Address, *, insecure: bool = False, unread_timeout: float = UNREAD_TIMEOUT
) -> socket.socket:
    """Give a socket that listens there, or say why there is none.

    Args:
        address: Where.
        insecure: Whether to listen where other machines can connect: because every caller needs
            a token, or although anyone may call.
        unread_timeout: Seconds after which a connection is given up whose client does not read;
            where the system can do that (Linux), and not on a Unix socket.

    Raises:
        ConfigError: Other machines could connect, and ``insecure`` is not set.
        AddressUnusable: The system refuses the address; the message says why.
    """
    if address.path is not None:
        return _bind_path(address.path)
    family, where = _resolve(address)
    if not insecure and not ipaddress.ip_address(where).is_loopback:
        raise ConfigError(
            f"{address} can be reached from other machines, and nothing here asks who calls",
            mend="listen on 127.0.0.1, ask for tokens (micro auth token create, or auth=), or "
            "pass --insecure (insecure=True) if the network is trusted",
        )
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        # Elsewhere the second lets a program take the port of another that still listens.
        own = socket.SO_EXCLUSIVEADDRUSE if sys.platform == "win32" else socket.SO_REUSEADDR
        sock.setsockopt(socket.SOL_SOCKET, own, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if sys.platform == "linux":  # connections inherit it
            milliseconds = round(unread_timeout * 1000)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
        sock.bind((where, address.port))
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise _explain(address, error) from error
    sock.setblocking(False)
    return sock


def address_of(sock: socket.socket) -> Address:
    """Give where a bound socket listens, with the port that the system chose."""
    if sys.platform != "win32" and sock.family == socket.AF_UNIX:
        return Address(path=Path(sock.getsockname()))
    host, port, *_ = sock.getsockname()
    return Address(host=host, port=port)


def _resolve(address: Address) -> tuple[socket.AddressFamily, str]:
    """Give the IP address to bind; ``localhost`` is the IPv4 one."""
    host = "127.0.0.1" if address.host.lower() == "localhost" else address.host
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise AddressUnusable(f"{address.host} is no name of this machine", mend=_FORMS) from error
    family, *_, where = found[0]
    return family, str(where[0])


def _explain(address: Address, error: OSError) -> AddressUnusable:
    where = f"port {address.port} on {address.host}"
    if error.errno == errno.EADDRINUSE:
        return AddressUnusable(
            f"{where} is taken by another program",
            mend="choose one with --address HOST:PORT, or port 0 for any that is free",
        )
    if error.errno == errno.EACCES:
        return AddressUnusable(
            f"{where} is not allowed for this user", mend="take a port above 1023"
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return AddressUnusable(f"{address.host} is no address of this machine", mend=_FORMS)
    return AddressUnusable(f"{where} cannot be used: {error.strerror}", mend=_FORMS)


def _bind_path(path: Path) -> socket.socket:
    """Listen where this user alone connects; what a dead process left is replaced."""
    try:
        sock = listen_near(path)
    except FileExistsError as error:
        raise AddressUnusable(
            f"{path} is a file, not a socket", mend="choose another path"
        ) from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise AddressUnusable(
                f"{path} is served by another program", mend="stop that first"
            ) from error
        raise AddressUnusable(
            f"{path} cannot be listened on: {error.strerror or error}",
            mend="choose a shorter path you may write",
        ) from error
    sock.setblocking(False)
    return sock
