"""The list of tools in pages."""

from __future__ import annotations

from typing import Any

import pytest

from doors.harness import MODERN, echo, line_client, make_tool, request, serving
from micro.protocol.listing import PAGE, UnknownCursor, list_result

TOOLS = [make_tool(f"tool{number:04}", echo) for number in range(2 * PAGE + 1)]


def names(result: dict[str, Any]) -> list[str]:
    return [entry["name"] for entry in result["tools"]]


def test_pages_follow_one_another_until_the_last():
    first = list_result(TOOLS)
    second = list_result(TOOLS, first["nextCursor"])
    third = list_result(TOOLS, second["nextCursor"])
    assert [len(page["tools"]) for page in (first, second, third)] == [PAGE, PAGE, 1]
    assert names(first) + names(second) + names(third) == [tool.spec.wire_name for tool in TOOLS]
    assert "nextCursor" not in third


def test_a_list_that_fits_one_page_has_no_cursor():
    assert "nextCursor" not in list_result(TOOLS[:PAGE])


def test_a_reload_between_two_pages_neither_repeats_nor_hides_a_tool():
    first = list_result(TOOLS)
    fewer = [tool for number, tool in enumerate(TOOLS) if number not in (3, PAGE - 1)]
    second = list_result(fewer, first["nextCursor"])
    assert names(second)[0] == TOOLS[PAGE].spec.wire_name


@pytest.mark.parametrize("cursor", ["page2", "?", "é", "ZGVtbw", "ZGVtbx=="])
def test_a_cursor_that_nobody_gave_out_is_refused(cursor: str):
    with pytest.raises(UnknownCursor):
        list_result(TOOLS, cursor)


async def test_a_client_reads_page_by_page():
    async with serving() as served, line_client(served.path) as client:
        served.registry.swap({"demo": TOOLS})
        found, cursor = list[str](), None
        while cursor != "":
            more = {"cursor": cursor} if cursor else {}
            answer = await client.ask(request("tools/list", {"_meta": MODERN} | more))
            found += names(answer["result"])
            cursor = answer["result"].get("nextCursor", "")
        assert found == [tool.spec.wire_name for tool in TOOLS]
