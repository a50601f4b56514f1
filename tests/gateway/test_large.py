"""Large results: what goes out in their place, who reads the rest, and for how long."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from calling import make_tool
from clocks import Clock
from micro.calls import Call, Caller, Fault, ToolResult
from micro.gateway.large import LIFETIME, NEXT_KEY, PAGE, PREVIEW, LargeResults

ADA = Caller(door="http", subject="ada", protocol="2026-07-28")
BOB = Caller(door="http", subject="bob", protocol="2026-07-28")
TEXT = "".join(f"line {number}\n" for number in range(30_000))


async def never(call: Call) -> ToolResult:
    raise AssertionError


TOOLS = {
    "plain": make_tool("plain", never),
    "typed": make_tool("typed", never, output_schema={"type": "object"}),
}
find = TOOLS.get


def text_result(text: str) -> ToolResult:
    return ToolResult(content=({"type": "text", "text": text},))


def uri_of(result: ToolResult) -> str:
    return str(result.content[1]["uri"])


def read(results: LargeResults, uri: str, caller: Caller = ADA) -> dict[str, Any]:
    contents = results.read(uri, caller)
    assert contents is not None
    return contents


def whole(results: LargeResults, uri: str, caller: Caller = ADA, *, part: str = "text") -> str:
    """Read a result page by page, as each says which comes next."""
    parts: list[str] = []
    while uri:
        contents = read(results, uri, caller)
        parts.append(contents[part])
        uri = contents.get("_meta", {}).get(NEXT_KEY, "")
    return "".join(parts)


def test_a_result_that_is_not_large_goes_out_as_it_is():
    result = text_result("x" * 1_000)
    assert LargeResults(find, limit=1_000).fit("typed", result, ADA) is result


def test_a_large_text_goes_out_as_its_beginning_and_a_link_to_the_rest():
    results = LargeResults(find, limit=1_000)
    sent = results.fit("plain", text_result(TEXT), ADA)
    words, link = sent.content
    assert words["text"].endswith(TEXT[:PREVIEW])
    assert (link["type"], link["mimeType"], link["size"]) == (
        "resource_link",
        "text/plain",
        len(TEXT),
    )
    assert link["uri"] in words["text"]
    assert not sent.is_error
    first = read(results, uri_of(sent))
    assert (first["uri"], first["mimeType"]) == (uri_of(sent), "text/plain")
    assert whole(results, uri_of(sent)) == TEXT


def test_the_pages_of_a_large_text_are_the_whole_of_it():
    results = LargeResults(find, limit=1_000)
    uri = uri_of(results.fit("plain", text_result(TEXT), ADA))
    pages = [read(results, f"{uri}/{page}")["text"] for page in range(1, -(-len(TEXT) // PAGE) + 1)]
    assert pages[0] == read(results, uri)["text"]
    assert "".join(pages) == TEXT
    assert all(len(page) <= PAGE for page in pages)
    for page in ("0", str(len(pages) + 1), "-1", "x", "²", "1/1", "9" * 5_000):
        assert results.read(f"{uri}/{page}", ADA) is None


def test_a_typed_result_is_kept_as_json_and_goes_out_as_an_error_that_says_what_it_is():
    structured = json.dumps({"lines": [TEXT]}).encode()
    results = LargeResults(find, limit=1_000)
    sent = results.fit("typed", ToolResult(structured=structured), ADA)
    assert sent.structured is None
    assert sent.is_error
    assert json.loads(whole(results, uri_of(sent))) == {"lines": [TEXT]}
    said = sent.content[0]["text"]
    assert said.startswith("The tool has run: do not call it again")
    assert f"resources/read for 10 minutes: {uri_of(sent)}/1 to {uri_of(sent)}/2 are" in said


def test_only_what_a_tool_promised_makes_an_error_of_its_beginning():
    structured = json.dumps({"lines": [TEXT]}).encode()
    sent = LargeResults(find, limit=1_000).fit("plain", ToolResult(structured=structured), ADA)
    assert not sent.is_error
    assert sent.content[0]["text"].startswith("The result is")


def test_content_that_is_large_beside_structured_content_takes_nothing_from_it():
    results = LargeResults(find, limit=1_000)
    picture = {"type": "image", "data": "aGk=" * 1_000, "mimeType": "image/png"}
    result = ToolResult(content=(picture,), structured=b'{"width":3}')
    sent = results.fit("typed", result, ADA)
    assert (sent.structured, sent.fault) == (b'{"width":3}', None)
    assert read(results, uri_of(sent))["blob"] == picture["data"]


def test_a_picture_beside_a_large_structured_result_is_kept_with_it():
    results = LargeResults(find, limit=1_000)
    picture = {"type": "image", "data": "aGk=", "mimeType": "image/png"}
    result = ToolResult(content=(picture,), structured=json.dumps({"text": TEXT}).encode())
    sent = results.fit("typed", result, ADA)
    kept = json.loads(whole(results, uri_of(sent)))
    assert kept == {"content": [picture], "structuredContent": {"text": TEXT}}


def test_a_tool_that_failed_with_many_words_is_not_said_to_have_run():
    fault = Fault(kind="tool_error", message=TEXT)
    sent = LargeResults(find, limit=1_000).fit("typed", ToolResult.failed(fault), ADA)
    assert sent.fault is fault
    assert sent.content[0]["text"].startswith("The result is")


def test_json_that_is_one_page_is_read_as_json():
    results = LargeResults(find, limit=10)
    sent = results.fit("typed", ToolResult(structured=b'{"a": [1, 2, 3]}'), ADA)
    contents = read(results, uri_of(sent))
    assert contents == {
        "uri": uri_of(sent),
        "mimeType": "application/json",
        "text": '{"a": [1, 2, 3]}',
    }


def test_a_large_picture_is_kept_as_one():
    block = {"type": "image", "data": "aGk=" * PAGE, "mimeType": "image/png"}
    results = LargeResults(find, limit=1_000)
    sent = results.fit("plain", ToolResult(content=(block,)), ADA)
    assert read(results, uri_of(sent))["mimeType"] == "image/png"
    assert whole(results, uri_of(sent), part="blob") == block["data"]


def test_blocks_of_several_kinds_are_kept_as_json():
    blocks = ({"type": "text", "text": TEXT}, {"type": "image", "data": "aGk="})
    results = LargeResults(find, limit=1_000)
    sent = results.fit("plain", ToolResult(content=blocks), ADA)
    assert json.loads(whole(results, uri_of(sent))) == list(blocks)


def test_an_embedded_resource_counts_by_what_is_in_it():
    block = {"type": "resource", "resource": {"uri": "a://b", "text": TEXT}}
    sent = LargeResults(find, limit=1_000).fit("plain", ToolResult(content=(block,)), ADA)
    assert sent.content[1]["type"] == "resource_link"


def test_clients_that_know_no_links_are_told_in_words():
    old = Caller(door="http", subject="ada", protocol="2025-03-26")
    results = LargeResults(find, limit=1_000)
    (words,) = results.fit("plain", text_result(TEXT), old).content
    uri = next(word for word in words["text"].split() if word.startswith("micro://"))
    assert whole(results, uri, old) == TEXT


@pytest.mark.parametrize("uri", ["micro://results/unknown", "micro://results/", "users://1", ""])
def test_what_is_no_result_is_not_read(uri: str):
    assert LargeResults(find).read(uri, ADA) is None


def test_nobody_reads_the_result_of_another():
    results = LargeResults(find, limit=1_000)
    uri = uri_of(results.fit("plain", text_result(TEXT), ADA))
    assert results.read(uri, BOB) is None
    assert results.read(f"{uri}/1", BOB) is None


def test_a_result_is_forgotten_after_its_time():
    clock = Clock()
    results = LargeResults(find, limit=1_000, clock=clock)
    uri = uri_of(results.fit("plain", text_result(TEXT), ADA))
    clock.advance(LIFETIME + 1)
    assert results.read(uri, ADA) is None


def test_what_is_kept_is_bounded_and_the_oldest_gives_way():
    results = LargeResults(find, limit=1_000, kept_bytes=3 * sys.getsizeof(TEXT) + 3_000)
    uris = [uri_of(results.fit("plain", text_result(TEXT), ADA)) for _ in range(5)]
    assert [results.read(uri, ADA) is not None for uri in uris] == [False, False, True, True, True]
