"""The auth of a project: its local keys, and the authorization server that its settings name."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from micro.errors import ConfigError
from micro.gateway.auth.auth import Auth, Authenticator
from micro.gateway.auth.keys import KeyStore
from micro.secretnames import INTROSPECTION
from micro.sections import AuthSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectAuth:
    """What a project's doors ask.

    Attributes:
        auth: For doors on this machine alone.
        knows_someone: Whether there is a token that would be taken: a door that other machines
            reach is of use only then.
    """

    auth: Auth
    knows_someone: bool


def project_auth(settings: AuthSettings, keys: Path) -> ProjectAuth:
    """Give the auth of a project.

    Args:
        settings: What the project says.
        keys: The file of its local keys; it need not be there.

    Raises:
        ConfigError: The settings name something that is not https, or a secret is missing.
        StoreUnusable: The keys cannot be read.
    """
    store = KeyStore(keys)
    authenticators: list[Authenticator] = [store]
    if settings.issuer:
        authenticators.append(_verifier(settings))
    issuers = (settings.issuer,) if settings.issuer else ()
    auth = Auth(authenticators, required=settings.required, issuers=issuers)
    return ProjectAuth(auth=auth, knows_someone=bool(issuers or store.list()))


def _verifier(settings: AuthSettings) -> Authenticator:
    """Import what checks signatures only where an issuer is named: it takes 60 ms."""
    from micro.gateway.auth.jwks import FetchedKeys
    from micro.gateway.auth.jwt import ALGORITHMS, JwtVerifier

    jwts = JwtVerifier(
        FetchedKeys(settings.issuer, jwks=settings.jwks),
        issuer=settings.issuer,
        audience=settings.audience,
        algorithms=settings.algorithms or ALGORITHMS,
    )
    return _asking(jwts, settings) if settings.introspection else jwts


def _asking(jwts: Authenticator, settings: AuthSettings) -> Authenticator:
    from micro.gateway.auth.introspection import Endpoint, Introspection

    secret = os.environ.get(INTROSPECTION, "")
    if not secret:
        raise ConfigError("introspection needs the client's secret", mend=f"set {INTROSPECTION}")
    endpoint = Endpoint(
        url=settings.introspection,
        client=settings.introspection_client,
        secret=secret,
        audience=settings.audience,
    )
    return Introspection(jwts, endpoint, believed=settings.introspection_seconds)
