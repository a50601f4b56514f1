"""JWTs of an authorization server: signature, algorithm, issuer, audience, times and type.

Follows RFC 8725 and RFC 9068. Where the keys come from is in ``jwks``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol, cast

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from micro.gateway.auth.auth import Identity, TokenRefused

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
"""Signatures with a public key; ``none`` and shared secrets are never taken unless named."""
TYPES = frozenset({"", "jwt", "at+jwt", "application/at+jwt"})
LEEWAY = 30
"""Seconds that the clocks of two machines may differ."""


class KeySource(Protocol):
    """Gives the issuer's public keys."""

    async def keys(self, *, fresh: bool = False) -> KeySet:
        """Give the keys; ``fresh``: a token names one that is not among those given before."""
        ...


class JwtVerifier:
    """Checks the tokens of one issuer.

    Args:
        source: Gives its keys.
        issuer: What ``iss`` has to be.
        audience: What ``aud`` has to be or hold.
        algorithms: What a token may be signed with.
        clock: Seconds since the epoch.
    """

    def __init__(
        self,
        source: KeySource,
        *,
        issuer: str,
        audience: str,
        algorithms: tuple[str, ...] = ALGORITHMS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._source = source
        self._algorithms = list(algorithms)
        self._claims = jwt.JWTClaimsRegistry(
            now=lambda: int(clock()),
            leeway=LEEWAY,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    async def authenticate(self, token: str) -> Identity | None:
        """Say who a JWT stands for; ``None`` if the token is none.

        Raises:
            TokenRefused: The JWT is not valid; the message names the part, not its value.
        """
        if token.count(".") != 2:
            return None
        try:
            decoded = await self._decode(token)
            if str(decoded.header.get("typ", "")).lower() not in TYPES:
                raise TokenRefused("The token is of a type that grants nothing here")
            self._claims.validate(decoded.claims)
        except ExpiredTokenError as error:
            raise TokenRefused("The token has expired") from error
        except JoseError as error:
            raise TokenRefused(f"The token is not valid ({error.error})") from error
        except (ValueError, TypeError, KeyError) as error:
            raise TokenRefused("The token is not valid (malformed)") from error
        return _identity(decoded.claims)

    async def _decode(self, token: str) -> jwt.Token:
        keys = await self._source.keys()
        try:
            return jwt.decode(token, keys, algorithms=self._algorithms)
        except InvalidKeyIdError:  # the issuer may have changed its keys since
            keys = await self._source.keys(fresh=True)
            return jwt.decode(token, keys, algorithms=self._algorithms)


def _identity(claims: dict[str, Any]) -> Identity:
    granted = claims.get("scope", claims.get("scp", ()))
    words = cast("object", granted.split() if isinstance(granted, str) else granted)
    if not isinstance(words, list | tuple):
        raise TokenRefused("The token is not valid (scope)")
    scopes = tuple(word for word in cast("list[object]", words) if isinstance(word, str))
    return Identity(subject=str(claims["sub"]), scopes=scopes, expires=float(claims["exp"]))
