"""From a token to a caller with a subject and scopes, or with the reason why it was not taken.

How a token travels is each door's to know; what kinds there are is in the modules beside this one.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import anyio
from msgspec.structs import replace

from micro.calls import Caller
from micro.errors import MicroError

log = logging.getLogger(__name__)

NO_TOKEN = "There is no token"
TOKEN_LIMIT = 16 * 1024
"""Characters above which a token is not looked at."""
ASKED_AGAIN = 10.0
"""Seconds after which it is asked again who is at the other end of a connection that stays."""


class TokenRefused(MicroError):
    """A token is not taken; the message says why, without any of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a token stands for.

    Attributes:
        scopes: What it grants; ``*`` is everything, ``a:*`` all that begins with ``a:``.
        expires: When it ends, in seconds since the epoch; ``None`` if it does not.
        key: Id of the local key that it is, if it is one.
    """

    subject: str
    scopes: tuple[str, ...] = ()
    expires: float | None = None
    key: str = ""


class Authenticator(Protocol):
    """Knows one kind of token."""

    async def authenticate(self, token: str) -> Identity | None:
        """Say who a token stands for; ``None`` if it is of another kind.

        Raises:
            TokenRefused: It is of this kind, and not valid.
        """
        ...


@runtime_checkable
class Revocable(Protocol):
    """Knows of its tokens at any moment, and at no cost, whether they are still taken."""

    def is_revoked(self, key: str) -> bool:
        """Whether the key of this id is not taken any more."""
        ...


class Auth:
    """What the doors of a runtime ask.

    Args:
        authenticators: Asked in order, until one knows the token.
        required: Whether a caller needs a token at all.
        issuers: Authorization servers where a client gets one, for clients that ask.

    Attributes:
        is_open: Whether nobody is ever asked who they are.
    """

    def __init__(
        self,
        authenticators: Sequence[Authenticator] = (),
        *,
        required: bool = False,
        issuers: tuple[str, ...] = (),
    ) -> None:
        self._authenticators = tuple(authenticators)
        self._revocable = tuple(each for each in authenticators if isinstance(each, Revocable))
        self.required = required
        self.issuers = issuers
        self.is_open = not authenticators and not required

    def demanding(self) -> Auth:
        """Give the same for a door that strangers reach: there everyone needs a token."""
        return Auth(self._authenticators, required=True, issuers=self.issuers)

    async def identify(self, caller: Caller, token: str) -> Caller:
        """Give the caller as its token says; ``rejection`` says why, if that is not taken.

        Where nobody knows any token, one that came is passed over.
        """
        if self.is_open:
            return caller
        if not token:
            return _rejected(caller, NO_TOKEN) if self.required else caller
        try:
            identity = await self._authenticate(token)
        except TokenRefused as refused:
            return _rejected(caller, refused.message)
        except Exception:
            log.exception("a token could not be checked")
            return _rejected(caller, "The token could not be checked")
        return replace(
            caller,
            subject=identity.subject,
            scopes=identity.scopes,
            expires=identity.expires,
            key=identity.key,
        )

    def is_revoked(self, caller: Caller) -> bool:
        """Whether the key that a caller came with was revoked since."""
        key = caller.key
        return bool(key) and any(each.is_revoked(key) for each in self._revocable)

    async def outlive(self, caller: Caller, token: str) -> Caller:
        """Return once a token that was taken is not taken any more; the caller says why.

        Never returns where there is no token.
        """
        if not token or self.is_open:
            await anyio.sleep_forever()
        while True:
            left = math.inf if caller.expires is None else caller.expires - time.time()
            await anyio.sleep(max(0.0, min(left, ASKED_AGAIN)))
            caller = await self.identify(caller, token)
            if caller.rejection:
                return caller

    async def _authenticate(self, token: str) -> Identity:
        if len(token) > TOKEN_LIMIT:
            raise TokenRefused("The token is too long")
        for authenticator in self._authenticators:
            identity = await authenticator.authenticate(token)
            if identity is not None:
                if identity.expires is not None and identity.expires <= time.time():
                    raise TokenRefused("The token has expired")
                return identity
        raise TokenRefused("The token is not known here")


def _rejected(caller: Caller, reason: str) -> Caller:
    return replace(caller, subject="", scopes=(), rejection=reason)
