from __future__ import annotations

from pathlib import Path

import anyio

from micro.errors import MicroError, StoreUnusable
from micro.snapshots import AuditRecord
from micro.stores.audit import AuditLog
from patience import DEADLINE
from stores.test_chain import record
from stores.test_records import tamper
from tui.screen import Dashboard, dashboard
from tui.shop import NOW


async def write(path: Path, *records: AuditRecord) -> None:
    problems: list[StoreUnusable] = []
    log = AuditLog(path, problems.append)
    log.open()
    try:
        for each in records:
            await log.write(each)
    finally:
        log.close()
    assert not problems


REFUSED = record(
    time=NOW,
    tool="orders.create",
    subject="kim",
    outcome="refused",
    reason="missing_scope",
    scopes_required=("orders:write",),
    scopes_held=("orders:read",),
)
ALLOWED = record(time=NOW, tool="orders.get", subject="ada", outcome="ok")


async def until(shown: Dashboard, text: str) -> None:
    with anyio.fail_after(DEADLINE):
        while text not in shown.text:
            await shown.settle()


async def test_each_record_says_who_was_let_through_and_why_not(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    await write(path, ALLOWED, REFUSED)
    async with dashboard(audit=path) as shown:
        await shown.press("7")
        await until(shown, "orders.create")
        row = next(line for line in shown.lines if "orders.create" in line)
        assert "■ kim" in row
        assert "missing_scope" in row
        assert "needs orders:write" in row
        await shown.press("slash", *"is:ok", "enter")
        assert "orders.create" not in shown.text
        assert "1 of 2 rows" in shown.text


async def test_records_that_come_are_read_while_one_looks(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    await write(path, ALLOWED)
    async with dashboard(audit=path) as shown:
        await shown.press("7")
        await until(shown, "orders.get")
        await write(path, REFUSED)
        await until(shown, "orders.create")
        assert shown.text.count("orders.get") == 1


async def test_v_says_whether_the_chain_is_whole_or_where_it_breaks(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    await write(path, ALLOWED, REFUSED)
    async with dashboard(audit=path) as shown:
        await shown.press("7", "v")
        assert any("2 records: the chain is whole" in notice for notice in shown.notices)
        tamper(path, "UPDATE audit SET record = replace(record, 'kim', 'eve') WHERE seq = 2")
        await shown.press("v")
        assert any("the chain breaks at record 2" in notice for notice in shown.notices)
        assert "× chain breaks at 2" in shown.text
        broken = next(line for line in shown.lines if "the chain breaks here" in line)
        assert "orders.create" in broken


async def test_a_short_chain_is_followed_without_being_asked(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    await write(path, ALLOWED, REFUSED)
    async with dashboard(audit=path) as shown:
        await shown.press("7")
        await until(shown, "● chain whole to 2")
    tamper(path, "UPDATE audit SET record = replace(record, 'ada', 'eve') WHERE seq = 1")
    async with dashboard(audit=path) as shown:
        await shown.press("7")
        await until(shown, "× chain breaks at 1")
        assert "the chain breaks here" in shown.text


async def test_without_a_file_the_view_is_empty_and_verifying_says_so(tmp_path: Path) -> None:
    async with dashboard(audit=tmp_path / "none.db") as shown:
        await shown.press("7", "v")
        assert any("there is no audit log" in notice for notice in shown.notices)


async def test_records_of_a_runtime_elsewhere_come_from_it() -> None:
    async with dashboard() as shown:
        shown.feed.audit = [(1, ALLOWED)]
        await shown.press("7")
        await until(shown, "orders.get")
        shown.feed.audit.append((2, REFUSED))
        await until(shown, "orders.create")
        assert shown.text.count("orders.get") == 1
        await shown.press("v")
        assert any("2 records: the chain is whole" in notice for notice in shown.notices)


async def test_why_the_records_are_not_to_be_had_is_said_and_not_asked_again() -> None:
    async with dashboard() as shown:
        shown.feed.refusal = MicroError("the token does not name micro:audit", mend="make one")
        await shown.press("7")
        await until(shown, "the token does not name micro:audit; make one")
        asked = shown.feed.orders.count(("records", (0,)))
        for _ in range(10):
            await shown.settle()
        assert shown.feed.orders.count(("records", (0,))) == asked
        shown.feed.refusal, shown.feed.audit = None, [(1, ALLOWED)]
        await shown.press("1", "7")
        await until(shown, "orders.get")
