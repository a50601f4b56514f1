"""The views beside calls, tools and logs."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from micro.events import BreakerChanged, ClientConnected, HostExited, ProblemFound, ToolsListed
from micro.snapshots import BreakerView, HostView, RateView, ServiceView
from micro_devtool.lint.findings import Finding
from micro_tui.pace import RATE
from tui.screen import NARROW, WIDE, dashboard
from tui.shop import (
    NOW,
    failed,
    finished,
    make_service,
    make_snapshot,
    make_tool,
    reloaded,
    started,
)

BROKEN = "orders.create: parameter `qty` became required — BREAKING"
CHANGES = (BROKEN, "orders.cancel — REMOVED", "orders.list — added")
NAMES = ("get_by_customer", "get")
LIMITED = make_snapshot(
    rates=(
        RateView(key="all calls", limit="10/s burst 20", remaining=3),
        RateView(key="tool orders.create", limit="100/m", remaining=0),
    ),
    breakers=(BreakerView(tool="billing.charge", state="open", failures=5, retry_after=12.0),),
)


def listed(client: str, *, door: str = "http", tools: int = 3) -> ToolsListed:
    return ToolsListed(
        time=NOW - 70,
        door=door,
        client=client,
        client_version="1.4",
        protocol="2025-11-25",
        subject="kim",
        tools=tools,
    )


async def test_the_services_view_gives_each_service_its_figures() -> None:
    async with dashboard() as shown:
        await shown.tell(*(e for n in range(1, 5) for e in (started(n), finished(n, "ok"))))
        await shown.tell(started(5), finished(5, "error"))
        await shown.press("4")
        row = next(line for line in shown.lines if "● orders" in line)
        assert "v7 serving" in row
        assert " 5 " in row
        assert "20%" in row
        assert row.count("38.2 ms") == 2
        assert "█" in row


async def test_a_reload_that_breaks_callers_stands_out_wherever_it_is_shown() -> None:
    service = make_service("orders", "create", generation=8, changes=CHANGES)
    snapshot = make_snapshot(services=(service,))
    async with dashboard(snapshot=make_snapshot()) as shown:
        shown.feed.current = snapshot
        await shown.tell(started(1), reloaded(8, *CHANGES))
        assert "orders v7 → v8 · 2 BREAKING · 3 changes" in shown.text
        await shown.press("enter")
        assert "2 breaking changes" in shown.text
        assert "BREAKING    orders.create: parameter `qty` became required" in shown.text
        assert "REMOVED     orders.cancel" in shown.text
        assert "added       orders.list" in shown.text
        await shown.press("y")
        assert shown.app.clipboard == "\n".join(CHANGES)
        await shown.press("4")
        assert "2 BREAKING" in shown.text
        assert "orders.create: parameter `qty` became required" in shown.text


async def test_enter_on_a_service_shows_its_calls_and_r_reloads_it() -> None:
    async with dashboard() as shown:
        await shown.tell(started(1), started(2, "billing.charge"))
        await shown.press("4", "G", "r")
        assert ("reload", ("orders",)) in shown.feed.orders
        await shown.press("enter")
        assert "/ service:orders" in shown.text
        assert "billing.charge" not in shown.text


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_the_clients_view_says_who_is_there_and_how_to_connect(size: tuple[int, int]) -> None:
    async with dashboard(size=size) as shown:
        await shown.tell(started(1), started(2, client="cursor"))
        await shown.press("5")
        assert "● claude-code" in shown.text
        assert "· cursor                     called" in shown.text
        assert "claude mcp add shop-api -- micro mcp serve" in shown.text
        await shown.press("y", "u")
        assert shown.app.clipboard == "http://127.0.0.1:3000/mcp"
        await shown.press("G", "enter")
        assert '/ client:"cursor"' in shown.text


async def test_the_clients_view_says_what_each_speaks_and_which_list_it_was_given() -> None:
    connected = ClientConnected(
        time=NOW - 70,
        connection="http-1",
        door="http",
        client="cursor",
        client_version="1.4",
        protocol="2025-11-25",
        subject="kim",
    )
    async with dashboard() as shown:
        await shown.tell(connected, listed("cursor", tools=2), listed("agent", door="rest"))
        await shown.press("5", "j")
        row = next(line for line in shown.lines if "● cursor" in line)
        assert " ".join(row.split()) == "● cursor 1.4 http 2025-11-25 kim 2 of 3 tools 1m ago"
        assert "2025-11-25 (sessions)" in shown.text
        assert "· agent 1.4" in shown.text
        changed = make_service("orders", "create", loaded_at=NOW, changes=(BROKEN,))
        shown.feed.current = make_snapshot(services=(changed,))
        await shown.tell(reloaded(8, BROKEN))
        assert "an old list" in shown.text
        assert "it has not asked for the list again" in shown.text


async def test_the_tokens_view_says_what_each_tool_costs_each_client() -> None:
    async with dashboard() as shown:
        await shown.tell(started(1), finished(1))
        await shown.press("9")
        client = next(line for line in shown.lines if "▲ openai-strict" in line)
        assert "3/3  3 cut or renamed" in client
        assert "what is optional has to be sent, as null" not in shown.text
        await shown.press(*["j"] * 6)
        assert "what is optional has to be sent, as null" in shown.text
        await shown.press("G")
        assert "orders_get" in shown.text
        assert "none" in next(line for line in shown.lines if "orders.get " in line)
        await shown.press("k", "enter")
        assert "/ tool:orders.create" in shown.text


async def test_the_limits_view_draws_what_is_used_and_what_rests() -> None:
    async with dashboard(snapshot=LIMITED) as shown:
        await shown.press("6")
        assert "× billing.charge" in shown.text
        assert "5 failures in a row, tried again in 12.0 s" in shown.text
        assert "■ tool orders.create" in shown.text
        assert "0 left of 100" in shown.text
        assert "3 left of 20" in shown.text
        await shown.press("j", "enter")
        assert "/ tool:orders.create" in shown.text


async def test_several_processes_that_share_the_calls_are_shown() -> None:
    one = HostView(pid=43, state="serving", calls=2, memory=35_000_000)
    two = HostView(pid=44, state="serving", leads=False, behind=("billing",))
    async with dashboard(snapshot=make_snapshot(hosts=(one, two))) as shown:
        assert "2 processes" in shown.lines[0]
        await shown.press("6")
        lines = {word: line for line in shown.lines for word in ("43", "44") if word in line}
        assert "2 calls" in lines["43"]
        assert "35 MB" in lines["43"]
        assert "without billing" in lines["44"]
        await shown.tell(HostExited(pid=44, status="signal 9", calls=0))
        assert "processes" not in shown.lines[0]


async def test_limits_are_asked_for_again_while_they_are_looked_at() -> None:
    async with dashboard() as shown:
        await shown.press("6")
        assert "every bucket is full" in shown.text
        shown.feed.current = LIMITED
        for _ in range(RATE):
            shown.app.tick()
        await shown.settle()
        assert "0 left of 100" in shown.text


async def test_a_breaker_that_opens_is_told_between_the_calls() -> None:
    async with dashboard() as shown:
        await shown.tell(
            started(1), BreakerChanged(tool="billing.charge", state="open", failures=5)
        )
        assert "billing.charge rests after 5 failures" in shown.text
        await shown.press("6")
        assert "× billing.charge" in shown.text
        await shown.tell(BreakerChanged(tool="billing.charge", state="closed", failures=0))
        assert "every bucket is full" in shown.text


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_the_problems_view_has_each_with_its_mend(size: tuple[int, int]) -> None:
    async with dashboard(size=size) as shown:
        await shown.press("8")
        assert "nothing is wrong" in shown.text
        await shown.tell(failed(), ProblemFound(message="the ledger is locked", mend="stop it"))
        assert "Problems 2" in shown.lines[1]
        assert "services/billing.py:41" in shown.text
        await shown.press("G")
        assert "mend       stop it" in shown.text
        await shown.press("y")
        assert shown.app.clipboard == "the ledger is locked stop it"


async def test_resources_and_prompts_stand_below_the_tools_of_their_service() -> None:
    service = make_service(
        "orders",
        "create",
        resources=(make_tool("orders.order", uri="orders://{id}", mime_type="application/json"),),
        prompts=(make_tool("orders.summary", description="Sum the orders up."),),
    )
    async with dashboard(snapshot=make_snapshot(services=(service,))) as shown:
        await shown.press("2", "j")
        assert any(line.split()[:2] == ["order", "resource"] for line in shown.lines)
        assert any(line.split()[:2] == ["summary", "prompt"] for line in shown.lines)
        assert "uri     orders://{id}" in shown.text
        assert "type    application/json" in shown.text
        await shown.press("t")
        assert "as subject" not in shown.text
        await shown.press("j")
        assert "Sum the orders up." in shown.text


async def test_what_lint_finds_stands_below_the_problems_the_worst_first() -> None:
    asked: list[str] = []

    def lint(services: Sequence[ServiceView], name: str) -> list[Finding]:
        asked.append(name)
        tools = [tool for service in services for tool in service.tools]
        given = {"rule": "vague", "file": "orders.py", "line": 3, "mend": "say more"}
        return [
            Finding(severity=severity, tool=tool.name, message=f"{severity} words", **given)
            for tool, severity in zip(tools, ("info", "error"), strict=False)
        ]

    async with dashboard(lint=lint) as shown:
        await shown.press("8")
        assert "nothing is wrong" in shown.text
        found = [line for line in shown.lines if " words" in line]
        assert [line.split()[0] for line in found] == ["×", "·", "error"]
        assert "orders.py:3" in shown.text
        assert "mend       say more" in shown.text
        await shown.press("y")
        assert shown.app.clipboard == "orders.get: error words; say more"
        shown.app.tick()
        await shown.settle()
        assert asked == ["shop-api"]
        shown.feed.current = make_snapshot(services=())
        await shown.tell(reloaded(8))
        assert " words" not in shown.text


async def test_a_runtime_that_answers_nothing_is_shown_as_such() -> None:
    async with dashboard() as shown:
        shown.feed.fall_silent(shown.app.desk.clock() - 3)
        await shown.settle()
        assert "▲ SILENT 3s" in shown.lines[0]
        shown.feed.fall_silent(None)
        await shown.settle()
        assert "● LIVE" in shown.lines[0]


async def test_the_views_fit_on_a_line_of_eighty() -> None:
    async with dashboard(size=NARROW) as shown:
        tabs = "1Calls 2Tools 3Logs 4Services 5Clients 6Limits 7Audit 8Problems 9Tokens"
        assert " ".join(shown.lines[1].split()) == tabs


async def test_a_long_name_of_a_tool_takes_the_place_of_its_activity() -> None:
    service = make_service("orders", "get_by_customer", "get")
    async with dashboard(snapshot=make_snapshot(services=(service,))) as shown:
        assert " get_by_customer" in shown.text
        for call, tool in enumerate(("orders.get_by_customer", "orders.get")):
            await shown.tell(started(call, tool), finished(call))
        long, short = (
            next(x for x in shown.lines if x[:38].startswith(f"   {name} ")) for name in NAMES
        )
        assert "▃" not in long[:38]
        assert "▃" in short[:38]
        assert long[20:38].rstrip() == short[20:38].rstrip()


async def test_the_count_of_clients_is_one_wherever_it_stands() -> None:
    async with dashboard(snapshot=make_snapshot(clients=())) as shown:
        await shown.tell(started(1, client="curl"), finished(1))
        assert "1 client " in shown.lines[0]
        assert "5 Clients 1" in shown.lines[1]


async def test_no_view_is_cut_off_for_the_counts_of_others() -> None:
    async with dashboard(size=(100, 30)) as shown:
        await shown.tell(started(1), finished(1))
        assert shown.lines[1].endswith("9 Tokens")
        assert "1 Calls  " in shown.lines[1]
