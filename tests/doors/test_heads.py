"""Which heads are known again, and where their bodies begin and end."""

from __future__ import annotations

from typing import Any

import pytest

from micro.doors import heads
from micro.doors.heads import Head, Heads
from micro.protocol.facts import Facts

POST = b"POST /mcp HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\nAccept: all\r\n\r\n{}"
FACTS = Facts(*[""] * 7)


def read(scope: Any) -> Head | None:
    return Head(scope=scope, facts=FACTS, token=scope["token"]) if scope else None


def known(data: bytes = POST) -> Heads:
    made = Heads("/mcp", read)
    made.learn(data, {"token": "a"})
    return made


def test_a_head_is_known_again_whatever_the_length_of_its_body():
    for length in (b"2", b"0", b"99999"):
        data = POST.replace(b"Length: 2", b"Length: " + length)
        found = known().find(data)
        assert found is not None
        assert found.head.token == "a"
        assert data[found.start :] == b"{}"
        assert found.end == found.start + int(length)


def test_a_head_is_known_as_soon_as_it_is_whole():
    end = POST.index(b"{}")
    assert known().find(POST[:end]) is not None
    assert all(known().find(POST[:size]) is None for size in range(end))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"here", b"there"),
        (b"Host", b"host"),
        (b"POST", b"GET"),
        (b"/mcp", b"/mcp/"),
        (b"1.1", b"1.0"),
        (b"Length: 2", b"Length: 100000"),
        (b"Length: 2", b"Length: +2"),
        (b"Length: 2", b"Length: 2 "),
        (b"Length: 2", b"Length: "),
        (b"Length: 2", b"Length:2"),
        (b"Content-Length", b"X-Length"),
        (b"Accept: all", b"X-Strength: 5"),
        (b"Accept: all", b"Content-Length: 2"),
        (b"Accept: all", b"X: " + b"x" * heads.LIMIT),
    ],
)
def test_any_other_head_is_not(old: bytes, new: bytes):
    assert known().find(POST.replace(old, new)) is None


def test_what_always_goes_the_usual_way_is_not_kept():
    made = Heads("/mcp", read)
    made.learn(POST, {})
    assert made.find(POST) is None


def test_the_oldest_makes_room(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(heads, "KEPT", 2)
    made, posts = known(), [POST.replace(b"here", host) for host in (b"b", b"c")]
    for post in posts:
        made.learn(post, {"token": "b"})
    assert made.find(POST) is None
    assert all(made.find(post) for post in posts)
