"""The public keys of an authorization server: found by its issuer URL, fetched, kept, renewed.

Only https, or http on this machine's loopback. What comes is bounded in size and time.
"""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlsplit

import anyio
import anyio.to_thread
import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from micro.errors import ConfigError
from micro.gateway.auth.auth import TokenRefused

LIFETIME = 600.0
"""Seconds for which keys are used before they are fetched again."""
PAUSE = 10.0
"""Seconds between two fetches, however many tokens name keys that nobody knows."""
TIMEOUT = 5.0
LARGEST = 512 * 1024

Fetch = Callable[[str], bytes]


class FetchedKeys:
    """The keys of one issuer.

    Args:
        issuer: Its URL, where its metadata is found.
        jwks: URL of the keys, if they are not to be looked up in the metadata.
        fetch: Gives what is at a URL; runs in a thread.
        clock: Seconds that never go back.

    Raises:
        ConfigError: A URL is neither https nor on this machine.
    """

    def __init__(
        self,
        issuer: str,
        *,
        jwks: str = "",
        fetch: Fetch | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        check_url(jwks or issuer)
        self._issuer = issuer
        self._url = jwks
        self._fetch = fetch or fetch_url
        self._clock = clock
        self._fetched_at: float | None = None
        self._keys: KeySet | None = None
        self._turn = anyio.Lock()

    async def keys(self, *, fresh: bool = False) -> KeySet:
        """Give the keys; ``fresh`` fetches them again unless that was done a moment ago.

        Raises:
            TokenRefused: They cannot be had now.
        """
        async with self._turn:
            age = float("inf") if self._fetched_at is None else self._clock() - self._fetched_at
            if age >= LIFETIME or (age >= PAUSE and (fresh or self._keys is None)):
                self._fetched_at = self._clock()
                await self._renew()
            if self._keys is None:
                raise TokenRefused("The issuer's keys cannot be had now")
            return self._keys

    async def _renew(self) -> None:
        """Fetch the keys; those from before stay in use if that fails."""
        try:
            url = self._url or await self._find()
            found = await self._get(url)
            self._keys = KeySet.import_key_set(cast("Any", found))
        except (OSError, ValueError, KeyError, TypeError, JoseError, ConfigError) as error:
            if self._keys is None:
                raise TokenRefused("The issuer's keys cannot be had now") from error

    async def _find(self) -> str:
        """Look the keys' URL up where RFC 8414 puts it, then where OpenID Connect does."""
        parts = urlsplit(self._issuer)
        root, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
        try:
            found = await self._get(f"{root}/.well-known/oauth-authorization-server{path}")
        except OSError:
            found = await self._get(f"{root}{path}/.well-known/openid-configuration")
        if found.get("issuer") != self._issuer:
            raise ValueError("the metadata is another issuer's")
        return str(found["jwks_uri"])

    async def _get(self, url: str) -> dict[str, Any]:
        check_url(url)
        text = await anyio.to_thread.run_sync(self._fetch, url, abandon_on_cancel=True)
        return msgspec.json.decode(text, type=dict[str, Any])


def check_url(url: str) -> None:
    """Refuse a URL that others on the way could answer.

    Raises:
        ConfigError: It is neither https nor http on the loopback.
    """
    parts = urlsplit(url)
    local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and local)):
        raise ConfigError(f"{url!r} is not a https URL", mend="write https://…")


def fetch_url(url: str | urllib.request.Request) -> bytes:
    """Give what is at a URL, or what is answered there.

    Raises:
        OSError: Nothing is, or it was refused.
        ValueError: It is too large.
    """
    with _opener().open(url, timeout=TIMEOUT) as answer:
        body: bytes = answer.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise ValueError("the answer is too large")
    return body


def _opener() -> urllib.request.OpenerDirector:
    """Give what opens URLs and follows no redirect: that could lead anywhere."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.HTTPErrorProcessor,
    ):
        opener.add_handler(handler())
    return opener
