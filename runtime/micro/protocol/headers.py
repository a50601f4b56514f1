"""The headers of one HTTP request, looked through once, whoever asks how often.

Values are bytes as they came, blanks round them included; what they mean is known elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable

from starlette.types import Scope

HEADERS_KEY = "micro.headers"
"""Key in a request's scope: its ``Headers``, once somebody asked."""


class Headers:
    """Headers by their names, which are in lower case.

    Attributes:
        first: Each name with its first value.
        repeats: Whether a name is there twice.
    """

    __slots__ = ("_every", "first", "repeats")

    def __init__(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        self._every = list(headers)
        self.first = dict(self._every)
        self.repeats = len(self.first) != len(self._every)
        if self.repeats:
            self.first = dict(reversed(self._every))

    def all(self, name: bytes) -> tuple[bytes, ...]:
        """Give every value of a header, in order."""
        if self.repeats:
            return tuple(value for key, value in self._every if key == name)
        value = self.first.get(name)
        return () if value is None else (value,)


def headers_of(scope: Scope) -> Headers:
    """Give the headers of a request."""
    headers: Headers | None = scope.get(HEADERS_KEY)
    if headers is None:
        headers = scope[HEADERS_KEY] = Headers(scope["headers"])
    return headers
