"""Which requests to be told of changes are plain, and how they are acknowledged."""

from __future__ import annotations

import json
from typing import Any

import pytest

from doors.harness import MODERN, request
from micro.protocol.listenrequest import Wanted, acknowledgement, read_listen, stamp
from protocol.heard import LISTEN, listen


def text(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode()


def test_a_plain_request_is_read():
    read = read_listen(text(listen({"toolsListChanged": True, "resourceSubscriptions": ["a://b"]})))
    assert read is not None
    assert read.wanted.lists == {"tools"}
    assert read.wanted.uris == ("a://b",)
    assert read.client == ("modern-hand", "0.2")


def test_a_client_need_not_say_its_name():
    meta = {key: value for key, value in MODERN.items() if "clientInfo" not in key}
    read = read_listen(text(request(LISTEN, {"notifications": {}, "_meta": meta})))
    assert read is not None
    assert read.client == ("", "")
    assert not read.wanted.lists


@pytest.mark.parametrize(
    "odd",
    [
        {"id": None},
        {"id": 1.5},
        {"method": "subscriptions/other"},
        {"result": {}},
        {"params": {"_meta": MODERN}},
        {"params": {"notifications": {}}},
        {"params": {"notifications": {"toolsListChanged": 1}, "_meta": MODERN}},
        {"params": {"notifications": {"resourceSubscriptions": [1]}, "_meta": MODERN}},
        {"params": {"notifications": {}, "_meta": MODERN | {"progressToken": 1}}},
        {
            "params": {
                "notifications": {},
                "_meta": MODERN | {"io.modelcontextprotocol/protocolVersion": "2031-01-01"},
            }
        },
        {
            "params": {
                "notifications": {},
                "_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28"},
            }
        },
    ],
)
def test_an_odd_request_is_left_to_the_sdk(odd: dict[str, Any]):
    assert read_listen(text(listen() | odd)) is None


@pytest.mark.parametrize(
    "broken", [b"", b"{", b'"subscriptions/listen"', b"\xffsubscriptions/listen"]
)
def test_what_is_no_request_is_left_to_the_sdk(broken: bytes):
    assert read_listen(broken) is None


def test_only_what_is_told_is_acknowledged():
    wanted = Wanted(tools=True, prompts=False, uris=("a://b", "a://c"))
    granted = wanted.granted(lambda uris: [uri for uri in uris if uri == "a://c"])
    said = json.loads(acknowledgement(stamp("7"), granted))
    assert said["params"] == {
        "_meta": {"io.modelcontextprotocol/subscriptionId": "7"},
        "notifications": {"toolsListChanged": True, "resourceSubscriptions": ["a://c"]},
    }
