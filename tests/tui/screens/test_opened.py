"""A call opened: its page, what folds, where lines lead, what is done with it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from micro.control import Called
from micro.errors import MicroError
from micro.events import ApprovalAsked, CallStarted
from micro.snapshots import CallDetail, Phase
from micro_tui.lent import Lent
from stores.test_chain import record
from tui.screen import NARROW, WIDE, Dashboard, dashboard
from tui.shop import NOW, finished, make_detail, make_log, make_snapshot, make_view, started
from tui.test_audit import until, write

STAGES = (
    Phase(name="audit", start=0.0, duration=0.04, kind="stage"),
    Phase(name="scopes", start=0.001, duration=0.03, kind="stage"),
    Phase(name="host", start=0.002, duration=0.028),
    Phase(name="run", start=0.004, duration=0.02),
)
TRACEBACK = (
    "Traceback (most recent call last):\n"
    '  File "shop/orders.py", line 4, in create\n'
    "    raise OutOfStock(sku)\n"
    "shop.orders.OutOfStock: A-113"
)
CODE = "def create(sku):\n    # Make one.\n    if not left(sku):\n        raise OutOfStock(sku)\n"


async def opened(shown: Dashboard, detail: CallDetail, event: CallStarted | None = None) -> None:
    view = detail.view
    shown.feed.details[view.call] = detail
    await shown.tell(event or started(view.call, view.tool, trace_id=view.trace_id))
    if view.outcome is not None:
        await shown.tell(finished(view.call, view.outcome, reason=view.reason))
    await shown.press("enter")


async def test_the_page_says_who_called_by_what_right_and_what_it_came_through() -> None:
    detail = make_detail(
        view=make_view(subject="kim@dev", client="claude-code"),
        client_version="2.1",
        protocol="2026-07-28",
        scopes_required=("orders:write", "stock:read|stock:admin"),
        scopes_held=("orders:*", "stock:admin"),
        decided_by="ada",
        phases=STAGES,
    )
    async with dashboard() as shown:
        await opened(shown, detail)
        assert "claude-code 2.1 · http · MCP 2026-07-28" in shown.text
        assert "● allowed by ada for kim@dev" in shown.text
        assert "needs orders:write, covered by orders:*" in shown.text
        assert "needs stock:read|stock:admin, covered by stock:admin" in shown.text
        for name in ("audit", "to the code and back", "code", "scopes"):
            assert name in shown.text


async def test_a_refusal_says_which_stage_refused_and_what_was_missing() -> None:
    detail = make_detail(
        view=make_view(outcome="refused", reason="insufficient_scope"),
        scopes_required=("orders:write",),
        scopes_held=("orders:read",),
        phases=STAGES[:2],
        result="",
    )
    async with dashboard() as shown:
        await opened(shown, detail)
        assert "■ refused by scopes: insufficient_scope" in shown.text
        assert "needs orders:write, which nothing held covers" in shown.text
        assert "holds orders:read" in shown.text


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_values_fold_by_key_and_by_mouse(size: tuple[int, int]) -> None:
    result = {"orders": [{"id": 1, "tags": ["a", "b"]}], "note": "x" * 180}
    async with dashboard(size=size) as shown:
        await opened(shown, make_detail(result=json.dumps(result), phases=(), logs=()))
        assert '"tags": [' in shown.text
        if size == WIDE:
            await shown.press("tab", "z")
        page = next(i for i, line in enumerate(shown.lines) if '"orders": [' in line)
        await shown.pilot.click(offset=(60, page))
        await shown.settle()
        assert '+  "orders": [ { "id": 1, "tags": [ "a", "b" ] } ],  1 item' in shown.text
        await shown.press("l")
        assert '"id": 1,' in shown.text
        await shown.press("j", "j", "h")
        assert '+    { "id": 1, "tags": [ "a", "b" ] }  2 members' in shown.text
        await shown.press("enter")
        assert '"id": 1,' in shown.text
        await shown.press("Z")
        assert "1 item" in shown.text


async def test_the_value_under_the_cursor_is_copied_alone() -> None:
    result = {"orders": [{"id": 1, "tags": ["a", "b"]}], "note": "x" * 180}
    async with dashboard() as shown:
        await opened(shown, make_detail(result=json.dumps(result), phases=(), logs=()))
        await shown.press("tab", "z")
        page = next(i for i, line in enumerate(shown.lines) if '"orders": [' in line)
        await shown.pilot.click(offset=(60, page))
        await shown.press("y", "v")
        assert json.loads(shown.app.clipboard) == result["orders"]


async def test_a_call_leads_to_those_that_it_made_and_they_lead_back() -> None:
    outer = make_view(1, trace_id="a" * 32)
    inner = make_view(
        2,
        trace_id="a" * 32,
        tool="stock.reserve",
        client="orders.create",
        door="service",
        duration=0.01,
    )
    async with dashboard() as shown:
        shown.feed.details[2] = make_detail(view=inner, result='"reserved"')
        await shown.tell(started(1, trace_id="a" * 32))
        await shown.tell(
            started(2, "stock.reserve", trace_id="a" * 32, client="orders.create", door="service"),
            finished(2, duration=0.01),
        )
        shown.feed.details[1] = make_detail(view=outer, phases=STAGES, nested=(inner,))
        await shown.tell(finished(1))
        await shown.press("k", "enter", "tab", "z")
        line = next(i for i, text in enumerate(shown.lines) if "● stock.reserve" in text)
        await shown.pilot.click(offset=(60, line))
        await shown.settle()
        assert '"reserved"' in shown.text
        line = next(i for i, text in enumerate(shown.lines) if "made by orders.create" in text)
        await shown.pilot.click(offset=(60, line))
        await shown.settle()
        assert '"total_cents": 3798' in shown.text


async def test_the_source_round_the_line_that_raised_is_shown_while_it_is_what_ran(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "shop" / "orders.py"
    path.parent.mkdir()
    path.write_text(CODE)
    detail = make_detail(view=make_view(outcome="error"), traceback=TRACEBACK, result="")
    async with dashboard(snapshot=make_snapshot(project=str(tmp_path))) as shown:
        await opened(shown, detail)
        assert "shop/orders.py:4" in shown.text
        assert "→ 4 │         raise OutOfStock(sku)" in shown.text
        assert "  3 │     if not left(sku):" in shown.text
        path.write_text("# another\n" + CODE)
        await shown.press("escape", "enter")
        assert "if not left(sku)" not in shown.text
        assert "raise OutOfStock(sku)" in shown.text


async def test_what_a_running_call_logs_and_calls_is_shown_as_it_comes() -> None:
    running = make_view(outcome=None, duration=None)
    async with dashboard() as shown:
        await opened(shown, make_detail(view=running, result="", logs=(), phases=()))
        assert "reserving two" not in shown.text
        inner = make_view(2, tool="stock.reserve", outcome=None, duration=None)
        logs = (make_log("reserving two"),)
        shown.feed.details[1] = make_detail(
            view=running, result="", logs=logs, phases=(), nested=(inner,)
        )
        await shown.settle()
        assert "reserving two" in shown.text
        assert "○ stock.reserve" in shown.text


async def test_o_opens_the_line_that_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "orders.py").write_text(CODE)
    script, told = tmp_path / "code", tmp_path / "told"
    script.write_text(f'#!/bin/sh\necho "$@" > {told}\n')
    script.chmod(0o755)
    monkeypatch.setenv("MICRO_EDITOR", str(script))
    detail = make_detail(view=make_view(outcome="error"), traceback=TRACEBACK, result="")
    async with dashboard(snapshot=make_snapshot(project=str(tmp_path))) as shown:
        await opened(shown, detail)
        await shown.press("o")
        assert told.read_text().endswith("shop/orders.py:4\n")


async def test_a_traceback_makes_nobody_read_other_files(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("the password\n")
    project = tmp_path / "project"
    project.mkdir()
    frames = f'  File "{tmp_path}/secret", line 1, in x\n    the password\n'
    frames += '  File "../secret", line 1, in x\n    the password\n'
    detail = make_detail(traceback=frames, result="")
    async with dashboard(snapshot=make_snapshot(project=str(project))) as shown:
        await opened(shown, detail)
        assert "source" not in shown.text


async def test_the_audit_record_is_one_key_away_and_so_is_the_call(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    mine = record(time=NOW - 10, trace_id=f"{1:032x}", tool="orders.create")
    inner = record(time=NOW - 10, trace_id=f"{1:032x}", tool="stock.reserve")
    await write(path, inner, mine, record(trace_id="f" * 32))
    async with dashboard(audit=path) as shown:
        await opened(shown, make_detail())
        assert "on record as audit 2" in shown.text
        await shown.press("v")
        await until(shown, "2 of 3 rows")
        await shown.press("G", "enter")
        assert "reserving two" in shown.text


async def test_s_keeps_the_call_as_a_test_case_and_says_where(tmp_path: Path) -> None:
    def save(detail: CallDetail) -> Path:
        if detail.view.call == 2:
            raise MicroError("a secret was among its arguments", mend="call it by hand")
        return tmp_path / "tests" / "calls" / f"{detail.view.tool}.yaml"

    lent = Lent(save_case=save, case_text=lambda detail: f"tool: {detail.view.tool}")
    async with dashboard(lent=lent, snapshot=make_snapshot(project=str(tmp_path))) as shown:
        await opened(shown, make_detail())
        await shown.press("s")
        assert any("tests/calls/orders.create.yaml" in notice for notice in shown.notices)
        await shown.press("y", "s")
        assert shown.app.clipboard == "tool: orders.create"
        await shown.press("escape")
        shown.feed.details[2] = make_detail(2)
        await shown.tell(started(2), finished(2))
        await shown.press("s")
        assert any("call it by hand" in notice for notice in shown.notices)


async def test_a_on_a_call_decides_that_call_and_else_the_one_that_waits_longest() -> None:
    async with dashboard() as shown:
        for call in (1, 2):
            await shown.tell(
                started(call), ApprovalAsked(call=call, tool="orders.create", subject="kim")
            )
        await shown.press("enter", "a")
        await shown.press("a")
        await shown.press("escape", "G", "a", "x")
        decided = [arguments for name, arguments in shown.feed.orders if name == "decide"]
        assert decided == [(2, True), (1, False)]


async def test_what_no_terminal_takes_is_copied_to_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    async with dashboard() as shown:
        await opened(shown, make_detail(result=json.dumps(["x" * 90] * 1_000)))
        await shown.press("y", "r")
        (path,) = tmp_path.iterdir()  # noqa: ASYNC240
        assert path.stat().st_mode & 0o777 == 0o600
        assert json.loads(path.read_text()) == ["x" * 90] * 1_000
        assert any(path.name in notice for notice in shown.notices)


async def test_a_text_answer_is_shown_as_it_was_said() -> None:
    said = [{"type": "text", "text": "two\nlines with \x1b[31m"}]
    async with dashboard() as shown:
        await opened(shown, make_detail(result=json.dumps(said)))
        assert "result     two" in shown.text
        assert "lines with ␛[31m" in shown.text


async def test_ten_megabytes_are_opened_and_folded() -> None:
    arguments = json.dumps({"rows": [{"id": n, "name": "x" * 60} for n in range(110_000)]})
    result = json.dumps({"blob": "y" * 10_000_000})
    async with dashboard() as shown:
        shown.feed.answer = lambda *_: Called(
            text="done", structured=result, is_error=False, trace_id="a" * 32
        )
        await opened(shown, make_detail(arguments=arguments, result=result))
        assert "110,000 items" in shown.text
        await shown.press("tab", "z", "G")
        assert "… 10.0 MB · ~2,49" in shown.text
