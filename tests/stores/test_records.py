"""The audit log is read by filter while it is written, and checked."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from micro.errors import StoreUnusable
from micro.sections import Durability
from micro.stores.audit import AuditLog
from micro.stores.auditfile import open_file
from micro.stores.records import AuditReader, Filter
from stores.test_chain import record

FIRST_FIVE = [
    record(time=1.0, tool="shop.sell", subject="ada"),
    record(time=2.0, tool="shop.buy", subject="bob", outcome="refused", reason="rate_limited"),
    record(time=3.0, tool="users.get", subject="ada", outcome="error", reason="exception"),
    record(time=4.0, tool="shop.sell", subject="bob", trace_id="b" * 32),
    record(time=5.0, tool="shopx.sell", subject="ada"),
]


@asynccontextmanager
async def log(path: Path, durability: Durability = "process") -> AsyncGenerator[AuditLog]:
    problems: list[StoreUnusable] = []
    audit = AuditLog(path, problems.append, durability=durability)
    audit.open()
    try:
        yield audit
    finally:
        audit.close()
    assert not problems


async def filled(path: Path) -> AuditReader:
    async with log(path) as audit:
        for each in FIRST_FIVE:
            await audit.write(each)
    return AuditReader(path)


def tamper(path: Path, statement: str) -> None:
    """Change the file as somebody could who owns it: the triggers are no wall to them."""
    with closing(sqlite3.connect(path)) as database, database:
        for name in ("rows", "numbers", "values"):
            database.execute(f"DROP TRIGGER audit_keeps_{name}")
        database.execute(statement)


@pytest.mark.parametrize(
    ("wanted", "times"),
    [
        (Filter(), [1, 2, 3, 4, 5]),
        (Filter(tool="shop.*"), [1, 2, 4]),
        (Filter(tool="shop.sell", subject="bob"), [4]),
        (Filter(outcome="refused"), [2]),
        (Filter(reason="exception"), [3]),
        (Filter(trace_id="b" * 32), [4]),
        (Filter(since=3.0), [3, 4, 5]),
        (Filter(subject="' OR 1 --"), []),
    ],
)
async def test_records_are_found_by_filter(tmp_path: Path, wanted: Filter, times: list[int]):
    reader = await filled(tmp_path / "audit.db")
    assert [each.time for _, each in reader.newest(wanted, 10)] == times
    assert [each.time for _, each in reader.after(0, wanted)] == times


async def test_the_newest_are_given_oldest_first_and_what_follows_after_them(tmp_path: Path):
    reader = await filled(tmp_path / "audit.db")
    newest = reader.newest(Filter(), 2)
    assert [each.time for _, each in newest] == [4, 5]
    assert list(reader.after(newest[-1][0], Filter())) == []


async def test_what_is_written_meanwhile_is_read(tmp_path: Path):
    path = tmp_path / "audit.db"
    async with log(path) as audit:
        await audit.write(record())
        reader = AuditReader(path)
        assert reader.verify().rows == 1
        await audit.write(record())
        assert reader.verify().rows == 2
        unfolded = reader.verify()
    assert reader.verify() == unfolded


@pytest.mark.parametrize(
    ("wanted", "times"), [(Filter(tool="shop.*"), [1, 2, 4]), (Filter(since=3.0), [3, 4, 5])]
)
async def test_records_are_found_by_filter_before_they_stand_in_the_file(
    tmp_path: Path, wanted: Filter, times: list[int]
):
    path = tmp_path / "audit.db"
    async with log(path) as audit:
        reader = AuditReader(path)
        for each in FIRST_FIVE:
            await audit.write(each)
        assert [each.time for _, each in reader.newest(wanted, 10)] == times
        early = list(reader.after(0, wanted))
        assert reader.has(reader.verify().head[1])
    assert list(reader.after(0, wanted)) == early


@pytest.mark.parametrize(("durability", "synchronous"), [("process", 1), ("power", 2)])
def test_a_commit_waits_for_the_disk_only_where_power_may_fail(
    tmp_path: Path, durability: Durability, synchronous: int
):
    with closing(open_file(tmp_path / "audit.db", 1.0, durability)) as database:
        assert database.execute("PRAGMA synchronous").fetchone() == (synchronous,)


@pytest.mark.parametrize("durability", ["process", "power"])
async def test_records_are_kept_however_long_they_have_to_last(
    tmp_path: Path, durability: Durability
):
    async with log(tmp_path / "audit.db", durability) as audit:
        await audit.write(record())
    assert AuditReader(tmp_path / "audit.db").verify().rows == 1


async def test_the_chain_goes_on_over_a_restart(tmp_path: Path):
    path = tmp_path / "audit.db"
    await filled(path)
    reader = await filled(path)
    verdict = reader.verify()
    assert (verdict.rows, verdict.broken) == (10, None)
    assert reader.has(verdict.head[1])
    assert not reader.has("0" * 64)


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE audit SET record = replace(record, 'ada', 'eve') WHERE seq = 3", 3),
        ("UPDATE audit SET record = json_set(record, '$.scopes_held[0]', '*') WHERE seq = 1", 1),
        ("DELETE FROM audit WHERE seq = 2", 3),
        ("UPDATE audit SET seq = 99 WHERE seq = 4", 5),
        ("UPDATE audit SET record = NULL WHERE seq = 2", 2),
        ("UPDATE audit SET record = x'ff' WHERE seq = 2", 2),
        ("UPDATE audit SET hash = NULL WHERE seq = 2", 2),
    ],
)
async def test_a_file_that_was_changed_is_found_out(tmp_path: Path, statement: str, broken: int):
    path = tmp_path / "audit.db"
    reader = await filled(path)
    tamper(path, statement)
    assert reader.verify().broken == broken


async def test_a_head_that_was_noted_shows_that_the_end_is_missing(tmp_path: Path):
    path = tmp_path / "audit.db"
    reader = await filled(path)
    noted = reader.verify().head[1]
    tamper(path, "DELETE FROM audit WHERE seq = 5")
    assert reader.verify().broken is None
    assert not reader.has(noted)


async def test_a_row_that_is_no_record_is_told(tmp_path: Path):
    path = tmp_path / "audit.db"
    reader = await filled(path)
    tamper(path, "UPDATE audit SET record = '{}' WHERE seq = 2")
    with pytest.raises(StoreUnusable, match="cannot be read: Object missing"):
        reader.newest(Filter(), 5)


async def test_reading_changes_nothing(tmp_path: Path):
    path = tmp_path / "audit.db"
    reader = await filled(path)
    path.chmod(stat.S_IRUSR)
    assert len(reader.newest(Filter(), 10)) == 5


def test_a_log_that_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(StoreUnusable, match="there is no audit log"):
        AuditReader(tmp_path / "audit.db").verify()


def test_a_file_that_is_no_log_is_told(tmp_path: Path):
    path = tmp_path / "audit.db"
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(StoreUnusable, match="cannot be read"):
        AuditReader(path).verify()
