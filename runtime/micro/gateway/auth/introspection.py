"""Asks the authorization server whether a token is still good (RFC 7662): it may have been revoked.

Answers are believed for some seconds; where there is none, no token is taken. Tokens that are no
JWTs are known by this alone.
"""

from __future__ import annotations

import base64
import hashlib
import time
import urllib.request
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast
from urllib.parse import quote, urlencode

import anyio
import anyio.to_thread
import msgspec

from micro.gateway.auth.auth import Authenticator, Identity, TokenRefused
from micro.gateway.auth.jwks import check_url, fetch_url

Post = Callable[[str, bytes, dict[str, str]], bytes]

KEPT = 10_000
"""Tokens whose answers are kept at a time."""

PAUSE = 1.0
"""Seconds for which a server that could not be asked about a token is left alone with it."""

UNKNOWN = "The token's issuer cannot be asked now"

AT_A_TIME = 8
"""Questions that are under way at a time, whatever tokens strangers come with."""


@dataclass(slots=True, kw_only=True)
class _Known:
    """What is known of a token ``until`` then, or from when on it may be asked about again.

    Who asks has the ``turn``.
    """

    until: float = float("-inf")
    paused: float = float("-inf")
    identity: Identity | None = None
    turn: anyio.Lock = field(default_factory=anyio.Lock)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where and as whom to ask.

    Attributes:
        url: The introspection endpoint.
        client: The client that asks, and its ``secret``.
        audience: What a token has to be made for.
    """

    url: str
    client: str
    secret: str
    audience: str

    @property
    def credentials(self) -> str:
        """Client and secret as HTTP has them (RFC 6749 2.3.1)."""
        both = f"{quote(self.client, safe='')}:{quote(self.secret, safe='')}"
        return base64.b64encode(both.encode()).decode()


class Introspection:
    """Takes what another authenticator takes, as long as the server says that it is active.

    Args:
        jwts: Checks tokens that are JWTs, before the server is asked.
        endpoint: Where to ask.
        believed: Seconds for which an answer is.
        post: Sends a form and gives what is answered; runs in a thread.
        clock: Seconds that never go back.

    Raises:
        ConfigError: The URL is neither https nor on this machine.
    """

    def __init__(
        self,
        jwts: Authenticator,
        endpoint: Endpoint,
        *,
        believed: float,
        post: Post | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        check_url(endpoint.url)
        self._jwts = jwts
        self._endpoint = endpoint
        self._believed = believed
        self._post = post or _post
        self._clock = clock
        self._known = OrderedDict[bytes, _Known]()
        self._limit = anyio.Semaphore(AT_A_TIME)

    async def authenticate(self, token: str) -> Identity | None:
        """Say who a token stands for.

        Raises:
            TokenRefused: It is not valid, not active, or there was no telling.
        """
        claimed = await self._jwts.authenticate(token)
        told = await self._ask(token)
        if told is None:
            raise TokenRefused("The token is not active")
        return told if claimed is None else claimed

    async def _ask(self, token: str) -> Identity | None:
        digest = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
        known = self._known.setdefault(digest, _Known())
        self._known.move_to_end(digest)
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
        async with known.turn:
            if self._clock() < known.paused:
                raise TokenRefused(UNKNOWN)
            if self._clock() >= known.until:
                await self._renew(token, known)
            return known.identity

    async def _renew(self, token: str, known: _Known) -> None:
        try:
            async with self._limit:
                answer = await self._answer(token)
        except (OSError, ValueError) as error:
            known.paused = self._clock() + PAUSE
            raise TokenRefused(UNKNOWN) from error
        known.identity = self._identity(answer)
        known.until = self._clock() + self._believed

    async def _answer(self, token: str) -> dict[str, Any]:
        endpoint = self._endpoint
        form = urlencode({"token": token, "token_type_hint": "access_token"}).encode()
        headers = {"Authorization": f"Basic {endpoint.credentials}"}
        text = await anyio.to_thread.run_sync(
            self._post, endpoint.url, form, headers, abandon_on_cancel=True
        )
        return msgspec.json.decode(text, type=dict[str, Any])

    def _identity(self, told: dict[str, Any]) -> Identity | None:
        """Give who a token stands for, ``None`` unless it is active and made for this server."""
        audience: object = told.get("aud")
        made_for = cast("list[object]", audience) if isinstance(audience, list) else [audience]
        if told.get("active") is not True or self._endpoint.audience not in made_for:
            return None
        expires, scope = told.get("exp"), told.get("scope")
        identity = Identity(subject=str(told.get("sub") or told.get("client_id") or ""))
        if not identity.subject:
            return None
        return replace(
            identity,
            scopes=tuple(scope.split()) if isinstance(scope, str) else (),
            expires=float(expires) if isinstance(expires, int | float) else None,
        )


def _post(url: str, form: bytes, headers: dict[str, str]) -> bytes:
    return fetch_url(urllib.request.Request(url, form, headers))
