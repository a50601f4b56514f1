"""What the fast lane reads, and what it leaves alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from doors.harness import MODERN, call, request
from micro.protocol.envelope import read_cancelled, read_request


def read(message: dict[str, Any]) -> Any:
    return read_request(json.dumps(message).encode())


def test_a_plain_call_is_read_and_its_arguments_stay_as_they_were_sent():
    line = (
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":{"a": 1}}}'
    )
    read = read_request(line)
    assert read is not None
    assert read.arguments == b'{"a": 1}'
    assert not read.is_enveloped


def test_a_request_of_2026_07_28_says_who_sends_it_and_in_which_trace():
    found = read(call("t", _meta=MODERN | {"traceparent": "00-1"}))
    assert found.is_modern
    assert found.client == ("modern-hand", "0.2")
    assert found.traceparent == "00-1"


@pytest.mark.parametrize("arguments", [[], 1, "x", None, True])
def test_arguments_that_are_no_object_are_none(arguments: object):
    assert read(request("tools/call", {"name": "t", "arguments": arguments})).arguments is None


@pytest.mark.parametrize(
    "odd",
    [
        {"progressToken": 1},
        {"io.modelcontextprotocol/logLevel": "info"},
        {"io.modelcontextprotocol/clientCapabilities": []},
        {"io.modelcontextprotocol/clientInfo": {"name": "x"}},
        {"io.modelcontextprotocol/protocolVersion": None},
    ],
)
def test_what_a_client_asks_for_beside_the_answer_is_odd(odd: dict[str, Any]):
    assert read(call("t", _meta=MODERN | odd)) is None


@pytest.mark.parametrize("odd", ["cursor", "task", "inputResponses", "requestState"])
def test_a_page_a_task_or_an_answer_is_odd(odd: str):
    assert read(call("t") | {"params": {"name": "t", odd: None}}) is None


@pytest.mark.parametrize(
    "line",
    [b"", b"{", b"[]", b"null", b'{"\xff":1}', b"[" * 100_000, b'{"jsonrpc":"2.0","id":1.0}'],
)
def test_what_is_no_message_is_left_alone(line: bytes):
    assert read_request(line) is None


def test_text_that_is_not_utf_8_is_odd_even_where_it_is_skipped():
    line = json.dumps(call("t", {"text": "@"})).encode()
    assert read_request(line) is not None
    assert read_request(line.replace(b"@", b"\xff")) is None


@pytest.mark.parametrize(("given", "key"), [(7, "7"), ("7", "7"), ("x", "x"), (None, None)])
def test_a_cancellation_names_its_request(given: object, key: str | None):
    params = {"requestId": given}
    line = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params}
    assert read_cancelled(json.dumps(line).encode()) == key


def test_what_only_speaks_of_cancelling_cancels_nothing():
    assert (
        read_cancelled(b'{"method":"x","params":{"requestId":"notifications/cancelled"}}') is None
    )
