"""The views beside calls, tools and logs."""

from __future__ import annotations

import pytest

from micro.events import BreakerChanged, ProblemFound
from micro.snapshots import BreakerView, RateView
from tui.screen import NARROW, WIDE, dashboard
from tui.shop import failed, finished, make_service, make_snapshot, reloaded, started

BROKEN = "orders.create: parameter `qty` became required — BREAKING"
CHANGES = (BROKEN, "orders.cancel — REMOVED", "orders.list — added")
LIMITED = make_snapshot(
    rates=(
        RateView(key="all calls", limit="10/s burst 20", remaining=3),
        RateView(key="tool orders.create", limit="100/m", remaining=0),
    ),
    breakers=(BreakerView(tool="billing.charge", state="open", failures=5, retry_after=12.0),),
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
        assert "stdio       for 5m" in shown.text
        assert "cursor                        called" in shown.text
        assert "claude mcp add shop-api -- micro mcp serve" in shown.text
        await shown.press("y", "u")
        assert shown.app.clipboard == "http://127.0.0.1:3000/mcp"
        await shown.press("G", "enter")
        assert '/ client:"cursor"' in shown.text


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


async def test_limits_are_asked_for_again_while_they_are_looked_at() -> None:
    async with dashboard() as shown:
        await shown.press("6")
        assert "every bucket is full" in shown.text
        shown.feed.current = LIMITED
        for _ in range(20):
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
        tabs = "1 Calls 2 Tools 3 Logs 4 Services 5 Clients 6 Limits 7 Audit 8 Problems"
        assert " ".join(shown.lines[1].split()) == tabs
