"""A library user's own way to say who a token stands for: ``auth=`` of ``serve`` and ``asgi``."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, cast

from micro.errors import ConfigError
from micro.gateway.auth.auth import Auth, Authenticator, Identity, TokenRefused

Verify = Callable[[str], Identity | Awaitable[Identity | None] | None]


class Plug:
    """Asks a function, sync or async, that gives an ``Identity`` or ``None``."""

    def __init__(self, verify: Verify) -> None:
        self._verify = verify

    async def authenticate(self, token: str) -> Identity | None:
        """Say who a token stands for.

        Raises:
            TokenRefused: The function knows nobody by it, or gave something else.
        """
        found = self._verify(token)
        if inspect.isawaitable(found):
            found = await found
        if found is None:
            raise TokenRefused("The token is not valid")
        if not isinstance(found, Identity):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"auth gave {type(found).__name__}, not Identity or None")
        return found


def auth_of(given: object) -> Auth:
    """Give the auth of what a library user passed: everybody needs a token then.

    Raises:
        ConfigError: It is neither an ``Auth``, nor callable, nor has ``authenticate``.
    """
    if given is None:
        return Auth()
    if isinstance(given, Auth):
        return given
    if callable(getattr(given, "authenticate", None)):
        return Auth([cast("Authenticator", given)], required=True)
    if callable(given):
        return Auth([Plug(cast("Any", given))], required=True)
    raise ConfigError(
        f"auth={given!r} cannot be asked who a token stands for",
        mend="pass a function of the token that gives an Identity, or None",
    )
