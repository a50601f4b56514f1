"""Local API keys: made once, shown once, kept as keyed digests in a file of the project's owner.

A key is ``micro_ID_SECRET``; the secret has 256 bits. A file that changes under a running runtime
is read again, so that a key which is revoked is refused from then on.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from micro.errors import ConfigError, StoreUnusable
from micro.gateway.auth.auth import Identity, TokenRefused
from micro.system.files import replace

PREFIX = "micro_"
_token = re.compile(r"micro_([0-9a-f]{12})_([A-Za-z0-9_-]{43})", re.ASCII)
_UNKNOWN = "The key is not valid"
_FRESH = 0.001
"""Seconds for which a look at the file is not repeated by who asks whether a key was revoked."""


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a key. Times in seconds since the epoch; ``expires`` 0: never."""

    id: str
    subject: str
    scopes: tuple[str, ...]
    created: float
    expires: float = 0.0
    digest: str


class KeyFile(msgspec.Struct, kw_only=True):
    """The file: the secret that digests are keyed with, and the keys."""

    pepper: str
    keys: list[Key] = []


class KeyStore:
    """The keys in one file.

    Args:
        path: The file; made with the first key.
        clock: Seconds since the epoch.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._stamp: tuple[int, int, int] | None = None
        self._pepper = b""
        self._keys: dict[str, Key] = {}
        self._proved: dict[str, Key] = {}
        self._looked = 0.0

    def create(self, subject: str, scopes: tuple[str, ...], *, ttl: float | None) -> str:
        """Make a key and give its token, which is kept nowhere.

        Raises:
            ConfigError: The subject is empty, or a scope is no word.
            StoreUnusable: The file cannot be read or written.
        """
        if not subject.strip():
            raise ConfigError("the subject is empty", mend="say who the key is for: --subject NAME")
        for scope in scopes:
            if scope.split() != [scope] or "|" in scope:
                raise ConfigError(f"{scope!r} is no scope", mend="write orders:read, orders:* or *")
        file = self._read() or KeyFile(pepper=secrets.token_hex(32))
        number, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        now = self._clock()
        key = Key(
            id=number,
            subject=subject,
            scopes=scopes,
            created=now,
            expires=now + ttl if ttl else 0.0,
            digest=_digest(bytes.fromhex(file.pepper), secret),
        )
        self._write(KeyFile(pepper=file.pepper, keys=[*file.keys, key]))
        return f"{PREFIX}{number}_{secret}"

    def list(self) -> tuple[Key, ...]:
        """Give what is kept of every key, oldest first.

        Raises:
            StoreUnusable: The file cannot be read.
        """
        file = self._read()
        return tuple(file.keys) if file else ()

    def revoke(self, id: str) -> Key | None:
        """Forget a key; give what was kept of it, ``None`` if there is none of that id.

        Raises:
            StoreUnusable: The file cannot be read or written.
        """
        file = self._read()
        found = next((key for key in file.keys if key.id == id), None) if file else None
        if file and found:
            self._write(KeyFile(pepper=file.pepper, keys=[k for k in file.keys if k is not found]))
        return found

    async def authenticate(self, token: str) -> Identity | None:
        """Say who a key stands for; ``None`` if the token is of another kind.

        Raises:
            TokenRefused: The key is not known, revoked or expired.
            StoreUnusable: The file cannot be read.
        """
        if not token.startswith(PREFIX):
            return None
        self._refresh()
        key = self._proved.get(token) or self._prove(token)
        if key.expires and key.expires <= self._clock():
            raise TokenRefused("The key has expired")
        return Identity(
            subject=key.subject, scopes=key.scopes, expires=key.expires or None, key=key.id
        )

    def is_revoked(self, key: str) -> bool:
        """Whether the key of this id is not in the file any more.

        Raises:
            StoreUnusable: The file cannot be read.
        """
        if time.monotonic() - self._looked > _FRESH:
            self._refresh()
        return key not in self._keys

    def _prove(self, token: str) -> Key:
        """Give the key that a token is of, and know both again until the file changes.

        Raises:
            TokenRefused: It is of none.
        """
        match = _token.fullmatch(token)
        key = self._keys.get(match[1]) if match else None
        given = _digest(self._pepper, match[2] if match else "")
        # Compared also where no key has that id: the time it takes tells nobody which exist.
        if not hmac.compare_digest(given, key.digest if key else "0" * 64) or key is None:
            raise TokenRefused(_UNKNOWN)
        self._proved[token] = key
        return key

    def _refresh(self) -> None:
        self._looked = time.monotonic()
        try:
            found = self._path.stat()
        except FileNotFoundError:
            self._stamp, self._keys, self._proved = None, {}, {}
            return
        stamp = (found.st_mtime_ns, found.st_ino, found.st_size)
        if stamp != self._stamp:
            file = self._read()
            self._pepper = bytes.fromhex(file.pepper) if file else b""
            self._keys = {key.id: key for key in file.keys} if file else {}
            self._proved = {}
            self._stamp = stamp

    def _read(self) -> KeyFile | None:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=KeyFile)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError) as error:
            raise StoreUnusable(
                f"the keys in {self._path} cannot be read: {error}",
                mend=f"restore the file, or remove it to revoke every key: rm {self._path}",
            ) from error

    def _write(self, file: KeyFile) -> None:
        temporary = self._path.with_suffix(f".{os.getpid()}")
        try:
            fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(fd, "wb") as stream:
                stream.write(msgspec.json.encode(file))
            replace(temporary, self._path)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise StoreUnusable(
                f"the keys in {self._path} cannot be written: {error.strerror}",
                mend="make the project's folder writable",
            ) from error
        self._looked = 0.0  # what was seen before is not what is there


def _digest(pepper: bytes, secret: str) -> str:
    return hmac.new(pepper, secret.encode(), hashlib.sha256).hexdigest()
