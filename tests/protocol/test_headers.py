"""The headers of a request are looked through once, and say all that came."""

from __future__ import annotations

from typing import Any

import pytest

from micro.protocol.headers import Headers, headers_of

ONCE = [(b"host", b"here"), (b"accept", b" text/html ")]
TWICE = [(b"host", b"here"), (b"accept", b"1"), (b"host", b"there")]


@pytest.mark.parametrize(
    ("headers", "hosts", "accepts"),
    [(ONCE, (b"here",), (b" text/html ",)), (TWICE, (b"here", b"there"), (b"1",)), ([], (), ())],
)
def test_every_value_is_given_in_order(
    headers: list[tuple[bytes, bytes]], hosts: tuple[bytes, ...], accepts: tuple[bytes, ...]
):
    read = Headers(iter(headers))
    assert read.all(b"host") == hosts
    assert read.all(b"accept") == accepts
    assert read.first.get(b"host") == (hosts[0] if hosts else None)
    assert read.repeats == (len(hosts) > 1)


def test_a_request_keeps_what_was_read():
    scope: dict[str, Any] = {"type": "http", "headers": iter(ONCE)}
    assert headers_of(scope) is headers_of(scope)
    assert headers_of(scope).first == dict(ONCE)
