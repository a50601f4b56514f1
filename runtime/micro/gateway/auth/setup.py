"""The auth of a project: its local keys, and the authorization server that its settings name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from micro.gateway.auth.auth import Auth, Authenticator
from micro.gateway.auth.keys import KeyStore
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
        ConfigError: The settings name something that is not https.
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

    return JwtVerifier(
        FetchedKeys(settings.issuer, jwks=settings.jwks),
        issuer=settings.issuer,
        audience=settings.audience,
        algorithms=settings.algorithms or ALGORITHMS,
    )
