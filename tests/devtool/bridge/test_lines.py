import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micro_devtool.bridge.lines import Lines, TooLong, encode, lost_id, messages


@given(st.lists(st.binary(max_size=30).map(lambda b: b.replace(b"\n", b"")), max_size=8), st.data())
def test_lines_come_out_whole_however_the_stream_is_cut(lines: list[bytes], data: st.DataObject):
    stream = b"".join(line + b"\n" for line in lines)
    cut = Lines(100)
    found: list[bytes | TooLong] = []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        found += cut.feed(stream[:size])
        stream = stream[size:]
    assert found == [line for line in lines if line.strip()]


def test_a_line_over_the_limit_is_given_as_its_ends_and_the_next_one_whole():
    cut = Lines(1000)
    found: list[bytes | TooLong] = []
    for _ in range(10):
        found += cut.feed(b"x" * 500)
    found += cut.feed(b"end\nnext\n")
    assert isinstance(found[0], TooLong)
    assert found[0].tail.endswith(b"xend")
    assert found[1:] == [b"next"]


def test_what_stands_after_the_last_newline_is_a_line_at_the_end():
    cut = Lines(10)
    assert list(cut.feed(b"a\nb")) == [b"a"]
    assert list(cut.end()) == [b"b"]
    assert list(cut.end()) == []


@pytest.mark.parametrize(
    ("line", "count"),
    [
        (b'{"id": 1}', 1),
        (b'[{"id": 1}, {"id": 2}, 3]', 2),
        (b"null", 0),
        (b"{", 0),
        (b"\xff", 0),
        (b"[" * 200_000, 0),
    ],
)
def test_messages_on_a_line_are_counted_and_junk_is_none(line: bytes, count: int):
    assert len(messages(line)) == count


@pytest.mark.parametrize("id", [7, -1, "abc"])
@pytest.mark.parametrize("last", [True, False])
def test_the_id_of_a_lost_message_is_found_at_either_end(id: int | str, last: bool):
    begin: dict[str, object] = {} if last else {"jsonrpc": "2.0", "id": id}
    end: dict[str, object] = {"jsonrpc": "2.0", "id": id} if last else {}
    line = json.dumps(begin | {"method": "m", "params": {"id": 99, "t": "x" * 5000}} | end).encode()
    assert lost_id(TooLong(line[:256], line[-256:])) == id


def test_the_id_of_a_lost_message_is_not_guessed_from_its_arguments():
    line = encode({"method": "m", "params": {"jsonrpc": "2.0", "id": 99, "t": "x" * 5000}})
    assert lost_id(TooLong(line[:256], line[-256:])) is None
