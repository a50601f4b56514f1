"""Which heads are known again, and where their bodies begin and end."""

from __future__ import annotations

from typing import Any

import pytest

from micro.doors import heads
from micro.doors.heads import Head, Heads, ParsedHeads
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


class Reader:
    """Gives a head for each request, and knows how many it was asked for."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, scope: Any) -> Head | None:
        self.asked += 1
        return Head(scope={}, facts=FACTS, token=scope.get("token", ""))


def post(*headers: tuple[bytes, bytes], **odd: Any) -> dict[str, Any]:
    return {"method": "POST", "path": "/mcp", "headers": [*headers]} | odd


HOST = (b"host", b"here")


def test_parsed_headers_are_read_once_whatever_the_length_of_the_body():
    reader = Reader()
    parsed = ParsedHeads("/mcp", reader)
    first = parsed.of(post(HOST, (b"content-length", b"2"), token="a"))
    assert first is not None
    assert parsed.of(post(HOST, (b"content-length", b"999999"))) is first
    assert parsed.of(post((b"content-length", b"3"), HOST, path="/mcp/")) is first
    assert reader.asked == 1


@pytest.mark.parametrize("other", [(b"host", b"there"), (b"x", b"here")])
def test_other_parsed_headers_are_read_anew(other: tuple[bytes, bytes]):
    reader = Reader()
    parsed = ParsedHeads("/mcp", reader)
    assert parsed.of(post(HOST)) is not parsed.of(post(other))
    assert parsed.of(post(HOST, other)) is not None
    assert reader.asked == 3


def test_very_long_parsed_headers_are_not_kept():
    reader = Reader()
    parsed = ParsedHeads("/mcp", reader)
    for _ in range(2):
        assert parsed.of(post(HOST, (b"cookie", b"x" * heads.LIMIT))) is not None
    assert reader.asked == 2


def test_the_oldest_of_parsed_heads_makes_room():
    reader = Reader()
    parsed = ParsedHeads("/mcp", reader)
    for number in (*range(heads.KEPT + 1), 0):
        parsed.of(post((b"host", b"%d" % number)))
    assert reader.asked == heads.KEPT + 2


@pytest.mark.parametrize("odd", [{"method": "GET"}, {"path": "/health"}, {"root_path": "/mcp"}])
def test_what_is_no_post_to_the_path_has_no_parsed_head(odd: dict[str, Any]):
    assert ParsedHeads("/mcp", Reader()).of(post(HOST, **odd)) is None
