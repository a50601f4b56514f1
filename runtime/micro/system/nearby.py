"""Sockets for the processes of one user on one machine, each at the path of a file.

They are Unix sockets, where the file's mode says who may connect. Where a system has none (Windows)
it is a port of the loopback, to which every user could connect: the file holds the port and a
secret, and who connects says the secret first.
"""

from __future__ import annotations

import errno
import hmac
import os
import secrets
import socket
import stat
import struct
import sys
from pathlib import Path

import anyio

from micro.system.files import replace

NO_UNIX_SOCKETS = "MICRO_NO_UNIX_SOCKETS"
"""The variable that has loopback ports taken although there are Unix sockets."""
PATIENCE = 5.0
"""Seconds that who connects to a port has to say the secret."""
_LOOPBACK = "127.0.0.1"
_BACKLOG = 1024
_SECRET = 32
"""Bytes, written as twice as many digits and a newline."""


class Guarded(socket.socket):
    """A port that listens for who knows the secret."""

    secret: bytes


def listen_near(path: Path, *, alone: bool = False) -> socket.socket:
    """Listen where this user's processes connect; what a dead process left there is replaced.

    Args:
        path: The file.
        alone: Fail if there is any such file, without trying whether somebody answers.

    Raises:
        FileExistsError: It is another kind of file, or ``alone``.
        OSError: Somebody answers there (``EADDRINUSE``), or the system refuses.
    """
    if not alone:
        _clear(path)
    if sys.platform == "win32" or os.environ.get(NO_UNIX_SOCKETS):
        return _listen_at_port(path)
    sock = socket.socket(socket.AF_UNIX)
    try:
        os.fchmod(sock.fileno(), 0o600)  # on Linux the file gets this mode from the beginning
        sock.bind(str(path))
        path.chmod(0o600)
        sock.listen(_BACKLOG)
    except BaseException:
        sock.close()
        raise
    return sock


def connect_near(path: Path) -> socket.socket:
    """Connect to what listens at a path.

    Raises:
        OSError: Nothing does.
    """
    if sys.platform != "win32" and stat.S_ISSOCK(path.lstat().st_mode):
        where, secret, sock = str(path), b"", socket.socket(socket.AF_UNIX)
    else:
        where, secret = _read_port(path)
        sock = socket.socket()
    try:
        sock.connect(where)
        sock.sendall(secret)
    except BaseException:
        sock.close()
        raise
    return sock


async def admit(peer: socket.socket, listener: socket.socket) -> bool:
    """Whether who connected to a listener is this user; takes the secret off what comes."""
    if not isinstance(listener, Guarded):
        return _is_this_user(peer)
    said = b""
    with anyio.move_on_after(PATIENCE):
        while len(said) < len(listener.secret):
            await anyio.wait_readable(peer)
            try:
                more = peer.recv(len(listener.secret) - len(said))
            except BlockingIOError:
                continue
            except OSError:
                return False
            if not more:
                return False
            said += more
    return hmac.compare_digest(said, listener.secret)


def admit_now(peer: socket.socket, listener: socket.socket) -> bool:
    """Do what ``admit`` does in a thread that may block."""
    if not isinstance(listener, Guarded):
        return _is_this_user(peer)
    peer.settimeout(PATIENCE)
    try:
        said = peer.recv(len(listener.secret), socket.MSG_WAITALL)
    except OSError:
        return False
    peer.settimeout(None)
    return hmac.compare_digest(said, listener.secret)


def _is_this_user(peer: socket.socket) -> bool:
    """Whether the other end is this user, or the system does not tell."""
    if sys.platform != "linux" or peer.family != socket.AF_UNIX:
        return True
    size = struct.calcsize("3i")
    _, user, _ = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return user == os.getuid()


def _listen_at_port(path: Path) -> socket.socket:
    sock = Guarded()
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        sock.bind((_LOOPBACK, 0))
        sock.listen(_BACKLOG)
        sock.secret = secrets.token_hex(_SECRET).encode() + b"\n"
        port = str(sock.getsockname()[1]).encode()
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(fd, "wb") as file:
            file.write(port + b" " + sock.secret)
        if path.exists():
            raise FileExistsError(errno.EEXIST, "there is such a file", str(path))
        replace(temporary, path)
    except BaseException:
        sock.close()
        temporary.unlink(missing_ok=True)
        raise
    return sock


def _read_port(path: Path) -> tuple[tuple[str, int], bytes]:
    port, _, secret = path.read_bytes().partition(b" ")
    if not port.isdigit() or len(secret) != 2 * _SECRET + 1:
        raise FileExistsError(errno.EEXIST, "it is a file, not a socket", str(path))
    return (_LOOPBACK, int(port)), secret


def _clear(path: Path) -> None:
    """Remove what a process left that is gone."""
    try:
        connect_near(path).close()
    except FileNotFoundError:
        return
    except ConnectionRefusedError:
        path.unlink()
    else:
        raise OSError(errno.EADDRINUSE, "it is served by another program", str(path))
