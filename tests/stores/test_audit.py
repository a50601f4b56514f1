"""The audit log on a real file: kept when told so, never changed, and never in the way of calls."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import anyio
import pytest

from calling import DEADLINE
from micro.errors import StoreUnusable
from micro.sections import Durability
from micro.snapshots import AuditRecord
from micro.stores import auditfile
from micro.stores.audit import AuditLog
from micro.stores.chain import text_of
from micro.stores.journal import Journal, journals, read_journal
from micro.stores.records import AuditReader, Filter


def make_record(number: int = 1, **fields: Any) -> AuditRecord:
    given: dict[str, Any] = {
        "time": 1.5,
        "trace_id": f"{number:032x}",
        "tool": "demo.ok",
        "service": "demo",
        "generation": 1,
        "door": "http",
        "client": "tests",
        "client_version": "1",
        "subject": "ada",
        "scopes_required": ("a", "b"),
        "scopes_held": ("*",),
        "outcome": "ok",
        "reason": "",
        "duration": 0.25,
        "arguments_digest": "0" * 64,
        "result_digest": "",
    }
    return AuditRecord(**given | fields)


async def until(is_so: Callable[[], object]) -> None:
    with anyio.fail_after(DEADLINE):
        while not is_so():
            await anyio.lowlevel.checkpoint()


@asynccontextmanager
async def audit_log(
    path: Path, durability: Durability = "process"
) -> AsyncGenerator[tuple[AuditLog, list[StoreUnusable]]]:
    problems: list[StoreUnusable] = []
    log = AuditLog(path, problems.append, durability=durability)
    log.open()
    try:
        with anyio.fail_after(DEADLINE):
            yield log, problems
    finally:
        log.close()


def read(path: Path) -> list[AuditRecord]:
    """Read what the file has, with what is beside it."""
    return [record for _, record in AuditReader(path).after(0, Filter())]


def traces(path: Path) -> list[int]:
    return [int(record.trace_id, 16) for record in read(path)]


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_a_record_can_be_read_when_write_returns(tmp_path: Path):
    path = tmp_path / "audit.db"
    async with audit_log(path) as (log, problems):
        record = make_record(tool="demo.'; DROP TABLE audit; --", client="\x00\U0001f98a")
        await log.write(record)
        assert read(path) == [record]
    assert read(path) == [record]
    assert problems == []


@pytest.mark.parametrize("durability", ["process", "power"])
async def test_two_hundred_writes_at_once_are_all_kept(tmp_path: Path, durability: Durability):
    path = tmp_path / "audit.db"
    async with audit_log(path, durability) as (log, problems):
        await log.write(make_record(0))
        async with anyio.create_task_group() as tasks:
            for number in range(1, 201):
                tasks.start_soon(log.write, make_record(number))
        assert {*traces(path)} == {*range(201)}
    assert problems == []


async def test_records_that_wait_together_go_into_one_commit(tmp_path: Path):
    path = tmp_path / "audit.db"
    problems: list[StoreUnusable] = []
    log = AuditLog(path, problems.append, durability="power")
    with anyio.fail_after(DEADLINE):
        async with anyio.create_task_group() as tasks:
            for number in range(200):
                tasks.start_soon(log.write, make_record(number))
            await anyio.lowlevel.checkpoint()
            # Only now does the thread begin: everything is in its queue.
            commits = count_commits(log)
            log.open()
    log.close()
    assert len(read(path)) == 200
    assert commits == [200]


def count_commits(log: AuditLog) -> list[int]:
    sizes: list[int] = []
    append = log._file.append

    def counted(records: Sequence[AuditRecord]) -> None:
        sizes.append(len(records))
        append(records)

    log._file.append = counted
    return sizes


async def test_closing_commits_what_is_queued(tmp_path: Path):
    path = tmp_path / "audit.db"
    async with anyio.create_task_group() as tasks:
        log = AuditLog(path, lambda problem: None)
        for number in range(50):
            tasks.start_soon(log.write, make_record(number))
        await anyio.lowlevel.checkpoint()
        log.open()
        log.close()
        assert len(read(path)) == 50


async def test_closing_a_log_that_was_never_opened_does_nothing(tmp_path: Path):
    AuditLog(tmp_path / "audit.db", lambda problem: None).close()


async def test_a_write_after_the_end_is_told_and_holds_up_nobody(tmp_path: Path):
    async with audit_log(tmp_path / "audit.db") as (log, problems):
        log.close()
        await log.write(make_record())
        assert "closed" in problems[0].message


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET record = '{}'",
        "UPDATE audit SET seq = 7",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit (seq, record) VALUES (1, '{}')",
        "INSERT INTO audit (seq, record) VALUES (1, '{}') ON CONFLICT DO UPDATE SET record = 1",
    ],
)
async def test_a_row_is_neither_changed_nor_replaced_nor_deleted(tmp_path: Path, statement: str):
    path = tmp_path / "audit.db"
    async with audit_log(path, "power") as (log, _):
        await log.write(make_record())
        with (
            closing(sqlite3.connect(path)) as database,
            pytest.raises(sqlite3.IntegrityError, match="immutable"),
        ):
            database.execute(statement)
        assert AuditReader(path).newest(Filter(), 9) == [(1, make_record())]


@pytest.mark.parametrize(
    ("durability", "beside"), [("process", (".journal",)), ("power", (".db-wal", ".db-shm"))]
)
async def test_the_file_and_what_lies_beside_it_are_their_owners_alone(
    tmp_path: Path, durability: Durability, beside: tuple[str, ...]
):
    async with audit_log(tmp_path / "audit.db", durability) as (log, _):
        await log.write(make_record())
        modes = {path.suffix: path.stat().st_mode & 0o777 for path in files(tmp_path)}
    assert {*beside} <= {*modes}
    assert {*modes.values()} == {0o600}


async def test_a_file_that_is_no_database_is_put_aside_with_its_content(tmp_path: Path):
    path = tmp_path / "audit.db"
    path.write_text("not a database at all, " * 100)
    async with audit_log(path) as (log, problems):
        await until(lambda: problems)
        await log.write(make_record())
        assert len(read(path)) == 1
    (aside,) = [each for each in files(tmp_path) if ".corrupt-" in each.name]
    assert aside.read_text().startswith("not a database at all")
    assert "damaged" in problems[0].message
    assert str(aside) in (problems[0].mend or "")


async def test_a_log_of_another_version_is_put_aside_with_its_rows(tmp_path: Path):
    path = tmp_path / "audit.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE audit (seq INTEGER PRIMARY KEY, tool, hash)")
        database.execute("INSERT INTO audit (tool) VALUES ('demo.ok')")
    async with audit_log(path) as (log, problems):
        await until(lambda: problems)
        await log.write(make_record())
        assert len(read(path)) == 1
    assert "another version" in problems[0].message
    (aside,) = [each for each in files(tmp_path) if ".corrupt-" in each.name]
    with closing(sqlite3.connect(aside)) as database:
        assert database.execute("SELECT tool FROM audit").fetchall() == [("demo.ok",)]


async def test_a_database_whose_pages_are_broken_is_put_aside_when_it_shows(tmp_path: Path):
    path = tmp_path / "audit.db"
    async with audit_log(path) as (log, _), anyio.create_task_group() as tasks:
        for number in range(500):
            tasks.start_soon(log.write, make_record(number))
    size = path.stat().st_size
    with path.open("r+b") as file:  # the schema stays whole, the rows do not
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    async with audit_log(path) as (log, problems):
        await until(lambda: problems)
        await log.write(make_record())
        assert len(read(path)) == 1
    assert "damaged" in problems[0].message
    assert any(".corrupt-" in each.name for each in files(tmp_path))


async def test_a_locked_file_costs_no_record_that_has_to_last_as_long_as_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(auditfile, "LOCK_WAIT", 0.05)
    path = tmp_path / "audit.db"
    async with audit_log(path) as (log, problems):
        await log.write(make_record(1))
        await until(lambda: journals(path) == [])
        with closing(sqlite3.connect(path)) as other:
            other.execute("BEGIN EXCLUSIVE")
            for number in (2, 3):
                assert await log.write(make_record(number))
            await until(lambda: len(problems) == 1)
            assert "locked" in problems[0].message
            assert problems[0].mend
            assert len(read(path)) == 3
            other.rollback()
        await until(lambda: len(problems) == 2)
        assert problems[1].message == "audit records go into audit.db again"
        await log.write(make_record(4))
    assert len(read(path)) == 4
    assert journals(path) == []


async def test_a_locked_file_is_told_once_calls_go_on_and_the_end_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(auditfile, "LOCK_WAIT", 0.05)
    path = tmp_path / "audit.db"
    async with audit_log(path, "power") as (log, problems):
        await log.write(make_record(1))
        with closing(sqlite3.connect(path)) as other:
            other.execute("BEGIN EXCLUSIVE")
            for number in (2, 3, 4):
                assert not await log.write(make_record(number))
            assert len(problems) == 1
            assert "locked" in problems[0].message
            assert problems[0].mend
            other.rollback()
        await log.write(make_record(5))
        assert traces(path) == [1, 5]
        assert problems[1].message == "audit records are kept again; 3 of them were lost"


async def test_a_folder_that_cannot_be_written_is_told_and_stops_no_call(tmp_path: Path):
    async with audit_log(tmp_path / "missing" / "audit.db") as (log, problems):
        for number in range(3):
            await log.write(make_record(number))
        assert len(problems) == 1
        assert "cannot be kept" in problems[0].message


async def test_a_record_that_cannot_be_stored_stops_no_call_after_it(tmp_path: Path):
    path = tmp_path / "audit.db"
    async with audit_log(path) as (log, problems):
        await log.write(make_record(1, tool="\ud800"))
        assert len(problems) == 1
        await log.write(make_record(2))
        assert traces(path) == [2]


async def test_a_write_that_is_cancelled_is_kept_all_the_same(tmp_path: Path):
    path = tmp_path / "audit.db"
    log = AuditLog(path, lambda problem: None)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(log.write, make_record())
        await anyio.lowlevel.checkpoint()
        tasks.cancel_scope.cancel()
    log.open()
    log.close()
    assert len(read(path)) == 1


async def test_what_was_written_is_there_after_the_process_was_killed(tmp_path: Path):
    path = tmp_path / "audit.db"
    code = f"""
        import asyncio, os, signal, sys
        from pathlib import Path
        sys.path.insert(0, {str(Path(__file__).parents[1])!r})
        from stores.test_audit import make_record
        from micro.stores.audit import AuditLog

        async def main():
            log = AuditLog(Path({str(path)!r}), print)
            log.open()
            for n in range(100):
                await log.write(make_record(n))
            os.kill(os.getpid(), signal.SIGKILL)

        asyncio.run(main())
    """
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", textwrap.dedent(code)], timeout=DEADLINE, check=False
    )
    assert done.returncode == -9
    assert len(read(path)) == 100
    before = AuditReader(path).verify()
    async with audit_log(path) as (_, problems):
        await until(lambda: journals(path) == [])
        assert AuditReader(path).verify() == before
    assert (before.rows, before.broken, problems) == (100, None, [])


def left_behind(path: Path, records: int) -> Path:
    """Leave a journal as a runtime that was killed does, and give it."""
    journal = Journal(path)
    for number in range(records):
        journal.append(make_record(number))
    journal.finish()
    return journals(path)[-1]


async def test_a_journal_is_taken_in_once_although_it_is_there_again(tmp_path: Path):
    path = tmp_path / "audit.db"
    async with audit_log(path):
        pass
    journal = left_behind(path, 3)
    content = journal.read_bytes()
    for _ in range(2):
        assert len(read(path)) == 3
        async with audit_log(path):
            assert len(read(path)) == 3
        assert not journal.exists()
        journal.write_bytes(content)  # as if it had been killed before it could remove it
    assert len(read(path)) == 3
    assert AuditReader(path).verify().rows == 3


async def test_a_record_that_fits_in_part_is_not_kept_and_harms_none_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path, write = tmp_path / "audit.db", os.write
    async with audit_log(path) as (log, problems):
        assert await log.write(make_record(1))
        monkeypatch.setattr("os.write", lambda fd, data: write(fd, data[:100]))
        assert not await log.write(make_record(2))
        monkeypatch.undo()
        assert await log.write(make_record(3))
    assert traces(path) == [1, 3]
    assert ["No space left" in problems[0].message, len(problems)] == [True, 2]


def test_records_are_read_before_there_is_a_file(tmp_path: Path):
    path = tmp_path / "audit.db"
    left_behind(path, 2)
    assert [number for number, _ in AuditReader(path).newest(Filter(), 9)] == [1, 2]
    assert AuditReader(path).verify().rows == 2
    assert not path.exists()


def test_a_journal_is_read_whole_however_much_is_read_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "audit.db"
    journal = left_behind(path, 9)
    for block in (1, 1_000, 1 << 20):
        monkeypatch.setattr("micro.stores.journal._BLOCK", block)
        parts = list(read_journal(journal))
        assert [text for part in parts for text in part] == [
            text_of(make_record(number)) for number in range(9)
        ]
    assert len(parts) == 1


async def test_a_line_that_a_kill_cut_short_is_passed_over(tmp_path: Path):
    path = tmp_path / "audit.db"
    journal = left_behind(path, 3)
    journal.write_bytes(journal.read_bytes()[:-7])
    async with audit_log(path) as (log, problems):
        await log.write(make_record(9))
    assert traces(path) == [0, 1, 9]
    assert problems == []


@pytest.mark.parametrize("block", [1, 1 << 20], ids=["line by line", "at once"])
@pytest.mark.parametrize(
    "change",
    [
        lambda lines: [lines[0], lines[1].replace(b"ada", b"eve"), *lines[2:]],
        lambda lines: [lines[0], *lines[2:]],
        lambda lines: [lines[0], lines[2], lines[1], *lines[3:]],
        lambda lines: [lines[0], b"\xff\n", *lines[1:]],
    ],
    ids=["changed", "left out", "moved", "put in"],
)
async def test_a_journal_that_was_changed_is_found_out_told_and_put_aside(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[list[bytes]], list[bytes]],
    block: int,
):
    monkeypatch.setattr("micro.stores.journal._BLOCK", block)
    path = tmp_path / "audit.db"
    async with audit_log(path):
        pass
    journal = left_behind(path, 4)
    changed = b"".join(change(journal.read_bytes().splitlines(keepends=True)))
    journal.write_bytes(changed)
    assert AuditReader(path).verify().broken == 2
    assert len(AuditReader(path).newest(Filter(), 9)) == 1
    async with audit_log(path) as (_, problems):
        await until(lambda: problems)
        assert len(read(path)) == 1
    (aside,) = [each for each in files(tmp_path) if each.name.endswith(".corrupt")]
    assert aside.read_bytes() == changed
    assert "missing" in problems[0].message
    assert str(aside) in (problems[0].mend or "")


async def test_a_journal_that_is_being_written_is_left_to_who_writes_it(tmp_path: Path):
    path = tmp_path / "audit.db"
    other = Journal(path)
    other.append(make_record(1))
    async with audit_log(path) as (log, problems):
        await log.write(make_record(2))
        assert len(read(path)) == 2
    assert len(journals(path)) == 1
    other.append(make_record(3))
    assert len(read(path)) == 3
    other.finish()
    assert problems == []


async def test_records_stand_in_the_file_a_moment_later(tmp_path: Path):
    path = tmp_path / "audit.db"
    async with audit_log(path) as (log, problems):
        for number in range(3):
            await log.write(make_record(number))
            await until(lambda: journals(path) == [])
    assert AuditReader(path).verify().rows == 3
    assert problems == []
