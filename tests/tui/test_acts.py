"""What one does with a call or a tool: replay, compare, try, copy, export, edit."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import anyio
import pytest

from micro.control import Called
from micro.errors import MicroError
from micro.events import ApprovalAsked, ApprovalDecided
from micro.snapshots import CallDetail, ServiceView
from micro_tui.exporting import Export
from tui.screen import NARROW, WIDE, Dashboard, dashboard
from tui.shop import finished, make_detail, make_snapshot, make_tool, started


def answering(structured: str, *, is_error: bool = False) -> Called:
    return Called(text="said", structured=structured, is_error=is_error, trace_id="a" * 32)


async def with_a_call(shown: Dashboard, **fields: object) -> None:
    shown.feed.details[1] = make_detail(**fields)
    await shown.tell(started(1), finished(1))


async def test_a_replay_says_what_it_answered_differently() -> None:
    async with dashboard() as shown:
        await with_a_call(shown)
        shown.feed.answer = lambda *_: answering('{"id":"ord_9f3","total_cents":3798,"new":[1]}')
        await shown.press("r")
        assert any("2 differences; d shows what" in notice for notice in shown.notices)
        await shown.press("d")
        assert "2 differences replay of orders.create" in shown.text
        for line in ("~ id", '- "ord_9f2"', '+ "ord_9f3"', "+ new", "+ [1]"):
            assert line in shown.text
        await shown.press("y")
        assert shown.app.clipboard.startswith('~ id\n    - "ord_9f2"')


async def test_a_replay_is_made_as_who_called_with_what_they_held() -> None:
    async with dashboard() as shown:
        await with_a_call(shown, scopes_held=("orders:read",))
        await shown.press("r")
        arguments = '{"sku":"A-113","qty":2}'
        order = ("call", ("orders.create", arguments, "local", ("orders:read",)))
        assert shown.feed.orders[-1] == order
        await shown.press("t", "enter")
        assert shown.feed.orders[-1][1][2:] == ("local", ("orders:read",))


async def test_a_replay_that_answers_the_same_says_so() -> None:
    async with dashboard() as shown:
        await with_a_call(shown)
        shown.feed.answer = lambda *_: answering('{"total_cents": 3798, "id": "ord_9f2"}')
        await shown.press("r")
        assert any("the same answer" in notice for notice in shown.notices)


async def test_details_that_come_late_do_not_take_the_place_of_a_comparison() -> None:
    asked, gate = 0, anyio.Event()

    async def detail(call: int) -> CallDetail | None:
        nonlocal asked
        asked += 1
        if asked == 1:
            await gate.wait()
        return make_detail(call, result=f'{{"n":{call}}}')

    async with dashboard() as shown:
        await shown.tell(started(1), finished(1), started(2), finished(2))
        shown.feed.detail = detail
        await shown.pilot.press("enter", "d")
        assert asked > 1
        gate.set()
        await shown.settle()
        assert "1 difference since the last" in shown.text
        assert "- 1" in shown.text


async def test_without_a_replay_a_call_is_compared_with_the_one_before_it() -> None:
    async with dashboard() as shown:
        for call, tool in ((1, "orders.create"), (2, "orders.get"), (3, "orders.create")):
            shown.feed.details[call] = make_detail(call, result=f'{{"n":{call}}}')
            await shown.tell(started(call, tool), finished(call))
        await shown.press("enter", "d")
        assert "1 difference since the last orders.create" in shown.text
        assert "- 1" in shown.text
        assert "+ 3" in shown.text
        await shown.press("escape")
        assert '{"n": 3}' in shown.text
        await shown.press("escape")
        assert '{"n": 3}' not in shown.text


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_a_call_is_made_again_with_other_arguments(size: tuple[int, int]) -> None:
    async with dashboard(size=size) as shown:
        await with_a_call(shown, arguments='{"sku":"B-7","qty":3}')
        shown.feed.answer = lambda *_: answering('{"id":"ord_1"}')
        await shown.press("t")
        assert "sku *" in shown.text
        assert "B-7" in shown.text
        await shown.press("8", "enter")
        assert shown.feed.orders[-1] == ("call", ("orders.create", '{"sku": "B-78", "qty": 3}'))
        assert "● answered" in shown.text
        assert '{"id": "ord_1"}' in shown.text
        await shown.press("escape")
        assert "answered" not in shown.text


async def test_a_wrong_field_is_said_while_it_is_written_and_not_sent() -> None:
    async with dashboard() as shown:
        await with_a_call(shown)
        await shown.press("t", "tab", "x", "enter")
        assert "this is no integer" in shown.text
        assert "not called: see the fields" in shown.text
        assert not any(name == "call" for name, _ in shown.feed.orders)


async def test_a_tool_is_tried_as_somebody_else_with_fewer_scopes() -> None:
    async with dashboard() as shown:
        await shown.press("2", "G", "t", "tab", "tab")
        await shown.press(*"2", "tab", "backspace", *"orders:read", "enter")
        assert shown.feed.orders[-1] == (
            "call",
            ("orders.get", '{"sku": "A-113", "qty": 2}', "local2", ("orders:read",)),
        )


async def test_a_refusal_is_shown_with_its_mend_and_the_form_stays() -> None:
    async with dashboard() as shown:
        await shown.press("2", "t")
        shown.feed.refusal = MicroError("orders:write is needed", mend="ask for it")
        await shown.press("enter")
        assert "■ not let through" in shown.text
        assert "orders:write is needed" in shown.text
        assert "ask for it" in shown.text


async def test_a_tool_that_raises_shows_where_in_the_form() -> None:
    async with dashboard() as shown:
        await shown.press("2", "t")
        shown.feed.answer = lambda *_: Called(
            text="failed unexpectedly",
            structured="",
            is_error=True,
            trace_id="a" * 32,
            traceback='  File "orders.py", line 3, in get\n    return 1 / 0\nLookupError: none',
        )
        await shown.press("enter")
        assert 'File "orders.py", line 3, in get' in shown.text
        assert "LookupError: none" in shown.text
        assert "failed unexpectedly" not in shown.text


async def test_a_tool_without_declared_arguments_takes_them_as_json() -> None:
    tool = make_tool("any.thing", input_schema={"type": "object"}, examples=())
    service = make_snapshot().services[0]
    served = make_snapshot(services=(ServiceView(**{**_fields(service), "tools": (tool,)}),))
    async with dashboard(snapshot=served) as shown:
        await shown.press("2", "t", "backspace", *'"a":1}', "enter")
        assert shown.feed.orders[-1] == ("call", ("any.thing", '{"a": 1}'))


def _fields(service: ServiceView) -> dict[str, object]:
    return {name: getattr(service, name) for name in service.__struct_fields__}


async def test_a_call_is_copied_as_what_one_asks_for() -> None:
    async with dashboard() as shown:
        await with_a_call(shown)
        await shown.press("y", "c")
        assert shown.app.clipboard.startswith("curl http://127.0.0.1:3000/mcp/call")
        await shown.press("enter", "y", "t")
        assert shown.app.clipboard == f"{1:032x}"
        await shown.press("y", "escape")
        assert "as Python" not in shown.text


async def test_e_offers_what_can_be_exported() -> None:
    written: list[str] = []

    def export(name: str) -> Export:
        async def write(services: Sequence[ServiceView]) -> str:
            written.append(name)
            return f"wrote {name}"

        return Export(key=name[0], label=name, write=write)

    async with dashboard(exports=[export("docs"), export("schemas")]) as shown:
        await shown.press("e")
        assert "s  schemas" in shown.text
        await shown.press("s")
        assert written == ["schemas"]
        assert any("wrote schemas" in notice for notice in shown.notices)
        await shown.press("e", "escape")
        assert written == ["schemas"]


async def test_o_opens_the_tool_at_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "services").mkdir()
    (tmp_path / "services" / "orders.py").touch()
    opened = tmp_path / "opened"
    script = tmp_path / "code"
    script.write_text(
        f"#!{sys.executable}\nimport json, sys\n"
        f"open({str(opened)!r}, 'w').write(json.dumps(sys.argv[1:]))\n"
    )
    script.chmod(0o755)
    monkeypatch.setenv("MICRO_EDITOR", str(script))
    async with dashboard(snapshot=make_snapshot(project=str(tmp_path))) as shown:
        await with_a_call(shown)
        await shown.press("o")
        assert json.loads(opened.read_text()) == ["-g", f"{tmp_path}/services/orders.py:31"]


async def test_a_file_that_is_not_there_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICRO_EDITOR", "vim")
    async with dashboard() as shown:
        await with_a_call(shown)
        await shown.press("o")
        assert any("services/orders.py is no file here" in notice for notice in shown.notices)


async def test_a_call_that_waits_is_counted_and_allowed_or_denied() -> None:
    async with dashboard() as shown:
        await shown.tell(started(1), ApprovalAsked(call=1, tool="orders.create", subject="kim"))
        await shown.tell(started(2), ApprovalAsked(call=2, tool="orders.get", subject="kim"))
        assert "▲ 2 to allow" in shown.lines[0]
        await shown.press("a")
        assert "orders.create by claude-code" in shown.text
        await shown.press("x")
        assert shown.feed.orders[-1] == ("decide", (1, False))
        await shown.tell(ApprovalDecided(call=1, allowed=False, by="kim"))
        assert "kim denied call 1 of orders.create" in shown.text
        await shown.press("a", "a")
        assert shown.feed.orders[-1] == ("decide", (2, True))
        await shown.tell(ApprovalDecided(call=2, allowed=True, by=""))
        assert "to allow" not in shown.lines[0]
        await shown.press("a")
        assert any("no call waits for you" in notice for notice in shown.notices)


async def test_a_question_that_is_left_decides_nothing() -> None:
    async with dashboard() as shown:
        await shown.tell(started(1), ApprovalAsked(call=1, tool="orders.create", subject="kim"))
        await shown.press("a", "escape")
        assert not any(name == "decide" for name, _ in shown.feed.orders)
