"""Lines into messages, and what is said of those that are none."""

from __future__ import annotations

import json

import pytest
from mcp_types import JSONRPCNotification, JSONRPCRequest

from micro.protocol.messages import NotAMessage, read_message, write_message


def problem(line: bytes | None) -> tuple[object, int]:
    with pytest.raises(NotAMessage) as caught:
        read_message(line)
    answer = json.loads(caught.value.answer)
    assert b"\n" not in caught.value.answer
    return answer["id"], answer["error"]["code"]


def test_a_request_and_a_notification_are_read():
    request = read_message(b'{"jsonrpc":"2.0","id":1,"method":"ping"}').message
    assert isinstance(request, JSONRPCRequest)
    notification = read_message(b'{"jsonrpc":"2.0","method":"notifications/x"}').message
    assert isinstance(notification, JSONRPCNotification)


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[1,",
        b"\xff",
        b'{"id":"\xff"}',
        b'{"\xff":1}',
        b'{"id":NaN}',
        b"[" * 100_000,
        b'{"id":"\\ud800"}',
    ],
)
def test_what_is_not_json_is_a_parse_error_without_an_id(line: bytes):
    assert problem(line) == (None, -32700)


@pytest.mark.parametrize("line", [b"[]", b"5", b"{}", b'[{"jsonrpc":"2.0","id":1,"method":"p"}]'])
def test_what_is_no_object_or_no_message_is_an_invalid_request(line: bytes):
    assert problem(line) == (None, -32600)


@pytest.mark.parametrize("request_id", [b"null", b"1.5", b"true", b"{}", b"[1]"])
def test_a_request_whose_id_is_none_is_answered_and_no_notification(request_id: bytes):
    line = b'{"jsonrpc":"2.0","id":%s,"method":"ping"}' % request_id
    assert problem(line) == (None, -32600)


@pytest.mark.parametrize("request_id", [7, "seven"])
def test_a_request_that_is_wrong_elsewhere_is_answered_under_its_id(request_id: int | str):
    line = json.dumps({"jsonrpc": "2.0", "id": request_id, "method": "ping", "params": []})
    assert problem(line.encode()) == (request_id, -32600)


def test_a_line_that_was_too_long_is_told_the_limit():
    assert problem(None) == (None, -32600)


def test_a_message_is_written_as_one_line():
    line = b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"text":"two\\nlines"}}'
    assert write_message(read_message(line)) == line
