from __future__ import annotations

import re
from collections.abc import Sequence

import anyio
import msgspec
import pytest

from micro.errors import MicroError
from micro.events import ProblemFound, ServiceRemoved
from micro.snapshots import ServiceView
from patience import DEADLINE
from tui.screen import NARROW, WIDE, dashboard
from tui.shop import (
    NOW,
    failed,
    finished,
    make_detail,
    make_log,
    make_service,
    make_snapshot,
    make_view,
    reloaded,
    started,
)


async def test_a_call_appears_and_then_its_verdict() -> None:
    async with dashboard() as shown:
        await shown.tell(started(1))
        assert '○ claude-code orders.create        sku="A-113"' in shown.text
        await shown.tell(finished(1))
        assert "● claude-code orders.create" in shown.text
        assert "38.2 ms" in shown.text


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_before_the_first_call_the_screen_says_how_to_make_one(size: tuple[int, int]) -> None:
    async with dashboard(size=size) as shown:
        assert "Serving 3 tools. Nobody has called yet." in shown.text
        assert "claude mcp add shop-api -- micro mcp serve" in shown.text
        assert "curl http://127.0.0.1:3000/mcp/call" in shown.text
        await shown.press("y", "c")
        assert shown.app.clipboard == "claude mcp add shop-api -- micro mcp serve"
        await shown.tell(started(1))
        assert "Nobody has called" not in shown.text


async def test_a_project_without_services_is_shown_what_to_write() -> None:
    async with dashboard(snapshot=make_snapshot(services=())) as shown:
        assert "No service is defined in /home/kim/shop yet." in shown.text
        assert "@hello.tool" in shown.text


async def test_the_side_list_tells_generation_duration_and_age_of_each_load() -> None:
    async with dashboard() as shown:
        assert re.search(r"● orders +v7 12.7 ms  1m", shown.text)
        assert "create" in shown.text
        assert "claude-code" in shown.text


async def test_a_reload_draws_a_rule_between_the_calls() -> None:
    async with dashboard() as shown:
        await shown.tell(started(1), finished(1), reloaded(8, "+1 tool"), started(2))
        rule = next(line for line in shown.lines if "v7 → v8" in line)
        assert "── orders v7 → v8 · +1 tool · 41.0 ms ──" in rule


async def test_a_file_that_does_not_load_opens_the_pane_once_until_it_loads_again() -> None:
    async with dashboard() as shown:
        await shown.tell(started(1), failed())
        assert "generation 2 keeps serving" in shown.text
        assert "services/billing.py:41" in shown.text
        assert "SyntaxError: '(' was never closed" in shown.text
        assert "× 1 failed" in shown.lines[0]
        await shown.press("escape")
        assert "keeps serving ─" not in shown.text.replace("v2 keeps serving", "")
        await shown.tell(failed())
        assert "generation 2 keeps serving" not in shown.text
        await shown.tell(failed(line=42))
        assert "services/billing.py:42" in shown.text
        shown.feed.current = make_snapshot()
        await shown.tell(reloaded(3, service="billing"))
        assert "services/billing.py:42" not in shown.text


async def test_a_failure_waits_while_a_call_is_read_and_shows_when_it_is_closed() -> None:
    async with dashboard() as shown:
        shown.feed.details[1] = make_detail()
        await shown.tell(started(1), finished(1))
        await shown.press("enter")
        await shown.tell(failed())
        assert "ord_9f2" in shown.text
        await shown.press("escape")
        assert "services/billing.py:41" in shown.text
        await shown.press("escape")
        assert "services/billing.py:41" not in shown.text


async def test_a_failed_service_that_still_serves_is_counted_as_served() -> None:
    async with dashboard() as shown:
        await shown.tell(failed())
        assert "● 2 services  × 1 failed" in shown.lines[0]


async def test_a_service_that_goes_away_closes_its_pane() -> None:
    async with dashboard() as shown:
        await shown.tell(failed(), ServiceRemoved(service="billing"))
        await shown.tell(failed())
        assert "services/billing.py:41" in shown.text
        await shown.tell(ServiceRemoved(service="billing"))
        assert "services/billing.py:41" not in shown.text
        assert "billing is gone" in shown.text


async def test_a_service_that_never_loaded_says_that_nothing_is_served() -> None:
    async with dashboard(size=NARROW, snapshot=make_snapshot(services=())) as shown:
        await shown.tell(failed("pay", serving=None))
        assert "nothing of it is served" in shown.text
        assert "Clients do not see its tools" in shown.text


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_enter_opens_a_call_with_all_that_is_kept_of_it(size: tuple[int, int]) -> None:
    async with dashboard(size=size) as shown:
        shown.feed.details[1] = make_detail()
        await shown.tell(started(1), finished(1))
        await shown.press("enter")
        assert '{"sku": "A-113", "qty": 2}' in shown.text
        assert '{"id": "ord_9f2", "total_cents": 3798}' in shown.text
        assert "reserving two" in shown.text
        assert "orders.create" in shown.text
        assert "████" in shown.text
        assert f"trace {1:032x}" in shown.text
        assert "v7" in shown.text
        await shown.press("escape")
        assert "ord_9f2" not in shown.text


async def test_a_failed_call_says_why_in_its_row_and_opens_to_its_traceback() -> None:
    said = "OutOfStock: none left"
    view = make_view(outcome="error", reason="exception", said=said)
    detail = make_detail(view=view, result="", traceback="File x.py, line 3\n  raise OutOfStock")
    async with dashboard() as shown:
        shown.feed.details[1] = detail
        await shown.tell(started(1), finished(1, "error", reason="exception", said=said))
        assert "OutOfStock: none left" in shown.text
        await shown.press("enter")
        assert "why        exception: OutOfStock: none left" in shown.text
        assert "raise OutOfStock" in shown.text


async def test_n_and_p_walk_from_call_to_call() -> None:
    async with dashboard() as shown:
        for call in (1, 2, 3):
            shown.feed.details[call] = make_detail(call, result=f'"answer {call}"')
            await shown.tell(started(call), finished(call))
        await shown.press("enter")
        assert '"answer 3"' in shown.text
        await shown.press("p", "p")
        assert '"answer 1"' in shown.text
        await shown.press("n")
        assert '"answer 2"' in shown.text


async def test_an_open_call_that_ends_shows_its_result() -> None:
    async with dashboard() as shown:
        running = make_view(outcome=None, duration=None)
        shown.feed.details[1] = make_detail(view=running, result="")
        await shown.tell(started(1))
        await shown.press("enter")
        assert "running" in shown.text
        shown.feed.details[1] = make_detail()
        await shown.tell(finished(1))
        assert "ord_9f2" in shown.text


async def test_a_call_that_is_no_longer_kept_says_so() -> None:
    async with dashboard() as shown:
        await shown.tell(started(1), finished(1))
        await shown.press("enter")
        assert "The runtime keeps no more of this call." in shown.text


async def test_a_filter_shows_only_what_it_lets_through() -> None:
    async with dashboard(size=NARROW) as shown:
        await shown.tell(
            started(1), finished(1), started(2, "billing.charge"), finished(2, "error")
        )
        await shown.press("slash", *"is:error", "enter")
        assert "billing.charge" in shown.text
        assert "orders.create" not in shown.text
        await shown.press("escape")
        assert "orders.create" in shown.text


async def test_a_filter_takes_in_a_call_that_comes_to_match_when_it_ends() -> None:
    async with dashboard(size=NARROW) as shown:
        await shown.press("slash", *"is:error", "enter")
        await shown.tell(started(1), started(2, "billing.charge"))
        assert "billing.charge" not in shown.text
        await shown.tell(finished(2, "error"))
        assert "billing.charge" in shown.text
        assert "orders.create" not in shown.text


async def test_a_filter_that_is_wrong_says_why_and_the_last_good_one_stays() -> None:
    async with dashboard() as shown:
        await shown.tell(started(1), finished(1))
        await shown.press("slash", *"orders:x")
        assert "no field is called orders:" in shown.text
        assert "orders.create" in shown.text


async def test_keys_written_into_a_filter_are_no_commands() -> None:
    async with dashboard() as shown:
        await shown.tell(started(1), finished(1))
        await shown.press("slash", *"q1Rey")
        assert shown.app.is_running
        assert shown.feed.orders == []
        assert "/ q1Rey" in shown.text


async def test_looking_away_stops_the_list_and_counts_what_is_new() -> None:
    async with dashboard(size=NARROW) as shown:
        for call in range(1, 60):
            shown.feed.tell(started(call), finished(call))
        await shown.settle()
        await shown.press("k", "k")
        before = [line[:79].rstrip() for line in shown.lines[3:22]]
        await shown.tell(started(60), started(61))
        assert [line[:79].rstrip() for line in shown.lines[3:22]] == before
        assert "+2 new" in shown.text
        await shown.press("G")
        assert "○" in shown.lines[22]
        assert "● follows" in shown.text


async def test_space_freezes_the_view_and_loses_nothing() -> None:
    async with dashboard(size=NARROW) as shown:
        await shown.tell(started(1))
        await shown.press("space")
        await shown.tell(started(2, "billing.charge"))
        assert "billing.charge" not in shown.text
        assert "paused  +1 new" in shown.text
        await shown.press("space")
        assert "billing.charge" in shown.text


async def test_r_calls_again_with_all_of_the_arguments() -> None:
    async with dashboard() as shown:
        shown.feed.details[1] = make_detail(arguments='{"sku":"' + "x" * 300 + '"}')
        await shown.tell(started(1), finished(1))
        await shown.press("r")
        assert shown.feed.orders[-1] == (
            "call",
            ("orders.create", '{"sku":"' + "x" * 300 + '"}'),
        )
        assert any("orders.create answered again" in notice for notice in shown.notices)


async def test_an_order_that_fails_says_what_happened_and_the_mend() -> None:
    async with dashboard() as shown:
        shown.feed.refusal = MicroError("the runtime does not answer", mend="wait")
        await shown.press("R")
        assert any("the runtime does not answer wait" in notice for notice in shown.notices)


async def test_capital_r_reloads_every_service() -> None:
    async with dashboard() as shown:
        await shown.press("R")
        assert ("reload", ("",)) in shown.feed.orders


async def test_e_exports_and_says_where() -> None:
    given: list[str] = []

    async def export(services: Sequence[ServiceView]) -> str:
        given.extend(service.name for service in services)
        return "wrote 3 files to docs/"

    async with dashboard(exporter=export) as shown:
        await shown.press("e")
        assert given == ["billing", "orders"]
        assert any("wrote 3 files to docs/" in notice for notice in shown.notices)


async def test_y_copies_the_open_call_as_json() -> None:
    async with dashboard() as shown:
        shown.feed.details[1] = make_detail()
        await shown.tell(started(1), finished(1))
        await shown.press("enter", "y", "y")
        copied = msgspec.json.decode(shown.app.clipboard)
        assert copied["arguments"] == {"sku": "A-113", "qty": 2}
        assert copied["result"]["total_cents"] == 3798


async def test_the_tools_view_shows_docs_scopes_examples_and_schema() -> None:
    async with dashboard() as shown:
        await shown.press("2", "G")
        for words in (
            "Get an order.",
            "orders:write",
            "OutOfStock",
            "The article",
            '"type": "object"',
        ):
            assert words in shown.text
        await shown.press("y")
        assert msgspec.json.decode(shown.app.clipboard)["name"] == "orders_get"


async def test_enter_on_a_tool_shows_its_calls() -> None:
    async with dashboard() as shown:
        await shown.tell(started(1, "orders.get"), started(2, "billing.charge"))
        await shown.press("2", "G", "enter")
        assert "/ tool:orders.get" in shown.text
        assert "billing.charge" not in shown.text


async def test_the_log_view_shows_lines_by_service_and_opens_their_call() -> None:
    async with dashboard() as shown:
        shown.feed.details[1] = make_detail()
        lines = [make_log("paid", service="billing"), make_log("two\nlines", call=1)]
        await shown.tell(started(1), finished(1), *lines)
        await shown.press("3")
        assert "billing" in shown.text
        assert "#1" in shown.text
        assert shown.lines[5].endswith("lines")
        await shown.press("s")
        assert "paid" not in shown.text
        await shown.press("enter")
        assert "1 Calls" in shown.text
        assert "ord_9f2" in shown.text


async def test_a_runtime_that_goes_and_comes_back_keeps_the_history() -> None:
    async with dashboard() as shown:
        await shown.tell(started(1))
        shown.feed.lose(NOW - 2)
        await shown.settle()
        assert "× LOST 2s" in shown.lines[0]
        shown.feed.come_back(make_snapshot(pid=77, calls=(make_view(1, trace_id="f" * 32),)))
        await shown.settle()
        assert "● LIVE" in shown.lines[0]
        assert "the runtime is back, process 77" in shown.text
        assert "cancelled" in shown.text
        assert "38.2 ms" in shown.text


async def test_what_was_dropped_is_said() -> None:
    async with dashboard() as shown:
        await shown.tell(started(1), dropped=1204)
        assert "1,204 events not shown" in shown.lines[1]


async def test_a_problem_is_counted_and_shown_with_its_mend() -> None:
    async with dashboard() as shown:
        await shown.tell(ProblemFound(message="the ledger is locked", mend="stop the other micro"))
        assert "the ledger is locked stop the other micro" in shown.text


async def test_q_leaves_at_once_but_asks_twice_while_calls_run() -> None:
    async with dashboard() as shown:
        await shown.tell(started(1))
        await shown.press("q")
        assert shown.app.is_running
        assert any("1 call runs; q again leaves" in notice for notice in shown.notices)
        await shown.pilot.press("q")
        await shown.pilot.pause()
        assert not shown.app.is_running


async def test_the_footer_names_only_keys_that_work_here() -> None:
    async with dashboard() as shown:
        assert "Replay" not in shown.lines[-1]
        assert "Back" not in shown.lines[-1]
        await shown.tell(started(1), finished(1))
        assert "r Replay" in shown.lines[-1]
        await shown.press("enter")
        assert "n Next" in shown.lines[-1]
        assert "esc Back" in shown.lines[-1]
        await shown.press("2")
        assert "Replay" not in shown.lines[-1]


async def test_a_click_on_the_footer_does_what_the_key_does() -> None:
    async with dashboard() as shown:
        at = shown.lines[-1].index("? Help")
        await shown.pilot.click("#keys", offset=(at + 3, 0))
        await shown.settle()
        assert "follow what comes, or stop" in shown.text


async def test_a_click_on_a_tab_goes_to_the_view() -> None:
    async with dashboard() as shown:
        at = shown.lines[1].index("5 Clients")
        await shown.pilot.click("#tabs", offset=(at + 4, 0))
        await shown.settle()
        assert "Who this is" in shown.text
        await shown.pilot.click("#tabs", offset=(1, 0))
        await shown.settle()
        assert "── Calls" in shown.text


async def test_a_double_click_opens_a_call() -> None:
    async with dashboard() as shown:
        shown.feed.details[1] = make_detail()
        await shown.tell(started(1), finished(1), started(2), finished(2))
        await shown.pilot.click("#stream", offset=(10, 0), times=2)
        await shown.settle()
        assert "ord_9f2" in shown.text


async def test_the_help_names_the_keys_and_closes() -> None:
    async with dashboard() as shown:
        await shown.press("question_mark")
        assert "follow what comes, or stop" in shown.text
        await shown.press("escape")
        assert "follow what comes, or stop" not in shown.text


async def test_the_palette_reloads_a_service() -> None:
    async with dashboard() as shown:
        await shown.press("colon")
        await shown.press(*"reload bill")
        with anyio.fail_after(DEADLINE):
            while "reload billing" not in shown.text:
                await shown.pilot.pause()
        await shown.press("enter")
        await shown.settle()
        assert ("reload", ("billing",)) in shown.feed.orders


async def test_a_terminal_that_is_too_small_gets_one_line() -> None:
    async with dashboard(size=(30, 8)) as shown:
        await shown.tell(started(1))
        assert shown.lines[0] == " micro needs 40 columns and 10"
        assert not any(shown.lines[1:])
        await shown.pilot.resize_terminal(80, 24)
        await shown.settle()
        assert "orders.create" in shown.text


async def test_without_unicode_every_sign_is_ascii() -> None:
    async with dashboard(plain=True) as shown:
        shown.feed.details[1] = make_detail()
        await shown.tell(started(1), finished(1), reloaded(8), started(2), failed())
        await shown.press("escape", "[", "enter")
        assert "- orders v7 > v8 -" in shown.text
        scrollbars = "▁▂▃▄▅▆▇█"
        assert {c for c in shown.text if not c.isascii()} <= set(scrollbars)


@pytest.mark.parametrize("theme", ["micro-light", "nord", "textual-light"])
async def test_other_themes_draw_the_same_text(theme: str) -> None:
    async with dashboard() as shown:
        await shown.tell(started(1), finished(1))
        before = shown.text
        shown.app.theme = theme
        await shown.settle()
        assert shown.text == before


async def test_the_first_snapshot_brings_calls_and_logs_of_before() -> None:
    snapshot = make_snapshot(calls=(make_view(5),), logs=(make_log("of before"),))
    async with dashboard(snapshot=snapshot) as shown:
        assert "orders.create" in shown.text
        await shown.press("3")
        assert "of before" in shown.text


async def test_a_service_opens_to_its_file_and_changes() -> None:
    service = make_service("orders", "create", generation=7, changes=("+1 tool orders.track",))
    async with dashboard(snapshot=make_snapshot(services=(service,))) as shown:
        await shown.tell(started(1), finished(1))
        await shown.press("shift+tab", "enter")
        assert "services/orders.py" in shown.text
        assert "+1 tool orders.track" in shown.text
