"""The audit log on a real file: kept when told so, never changed, and never in the way of calls."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import anyio
import pytest

from calling import DEADLINE
from micro.errors import StoreUnusable
from micro.snapshots import AuditRecord
from micro.stores import audit as module
from micro.stores.audit import AuditLog


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


@asynccontextmanager
async def audit_log(path: Path) -> AsyncGenerator[tuple[AuditLog, list[StoreUnusable]]]:
    problems: list[StoreUnusable] = []
    log = AuditLog(path, problems.append)
    log.open()
    try:
        with anyio.fail_after(DEADLINE):
            yield log, problems
    finally:
        log.close()


def read(path: Path, columns: str = "trace_id") -> list[Any]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(f"SELECT {columns} FROM audit ORDER BY seq").fetchall()


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_a_record_is_in_the_file_when_write_returns(tmp_path: Path):
    path = tmp_path / "audit.db"
    async with audit_log(path) as (log, problems):
        await log.write(make_record(tool="demo.'; DROP TABLE audit; --", client="\x00\U0001f98a"))
        rows = read(path, "tool, client, scopes_required, scopes_held, duration, outcome")
    assert rows == [("demo.'; DROP TABLE audit; --", "\x00\U0001f98a", "a b", "*", 0.25, "ok")]
    assert problems == []


async def test_two_hundred_writes_at_once_are_all_kept_in_few_commits(tmp_path: Path):
    path = tmp_path / "audit.db"
    async with audit_log(path) as (log, problems):
        await log.write(make_record(0))
        async with anyio.create_task_group() as tasks:
            for number in range(1, 201):
                tasks.start_soon(log.write, make_record(number))
        assert {int(trace, 16) for (trace,) in read(path)} == set(range(201))
    assert problems == []


async def test_records_that_wait_together_go_into_one_commit(tmp_path: Path):
    path = tmp_path / "audit.db"
    problems: list[StoreUnusable] = []
    log = AuditLog(path, problems.append)
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
    insert = log._insert

    def counted(rows: list[tuple[object, ...]]) -> None:
        sizes.append(len(rows))
        insert(rows)

    log._insert = counted
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
        "UPDATE audit SET subject = 'eve'",
        "UPDATE audit SET seq = 7",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit (seq, subject) VALUES (1, 'eve')",
        "INSERT INTO audit (seq, subject) VALUES (1, 'eve') ON CONFLICT DO UPDATE SET subject = 1",
    ],
)
async def test_a_row_is_neither_changed_nor_replaced_nor_deleted(tmp_path: Path, statement: str):
    path = tmp_path / "audit.db"
    async with audit_log(path) as (log, _):
        await log.write(make_record())
        with (
            closing(sqlite3.connect(path)) as database,
            pytest.raises(sqlite3.IntegrityError, match="immutable"),
        ):
            database.execute(statement)
        assert read(path, "seq, subject") == [(1, "ada")]


async def test_the_file_and_what_lies_beside_it_are_their_owners_alone(tmp_path: Path):
    async with audit_log(tmp_path / "audit.db") as (log, _):
        await log.write(make_record())
        modes = {path.name: path.stat().st_mode & 0o777 for path in files(tmp_path)}
    assert modes == dict.fromkeys(("audit.db", "audit.db-wal", "audit.db-shm"), 0o600)


async def test_a_file_that_is_no_database_is_put_aside_with_its_content(tmp_path: Path):
    path = tmp_path / "audit.db"
    path.write_text("not a database at all, " * 100)
    async with audit_log(path) as (log, problems):
        await log.write(make_record())
        assert len(read(path)) == 1
    (aside,) = [each for each in files(tmp_path) if ".corrupt-" in each.name]
    assert aside.read_text().startswith("not a database at all")
    assert "damaged" in problems[0].message
    assert str(aside) in (problems[0].mend or "")


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
        await log.write(make_record())
        assert len(read(path)) == 1
    assert "damaged" in problems[0].message
    assert any(".corrupt-" in each.name for each in files(tmp_path))


async def test_a_locked_file_is_told_once_calls_go_on_and_the_end_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "LOCK_WAIT", 0.05)
    path = tmp_path / "audit.db"
    async with audit_log(path) as (log, problems):
        await log.write(make_record(1))
        with closing(sqlite3.connect(path)) as other:
            other.execute("BEGIN EXCLUSIVE")
            for number in (2, 3, 4):
                await log.write(make_record(number))
            assert len(problems) == 1
            assert "locked" in problems[0].message
            assert problems[0].mend
            other.rollback()
        await log.write(make_record(5))
        assert read(path) == [(f"{1:032x}",), (f"{5:032x}",)]
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
        assert read(path) == [(f"{2:032x}",)]


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
            await asyncio.gather(*(log.write(make_record(n)) for n in range(100)))
            os.kill(os.getpid(), signal.SIGKILL)

        asyncio.run(main())
    """
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", textwrap.dedent(code)], timeout=DEADLINE, check=False
    )
    assert done.returncode == -9
    assert len(read(path)) == 100
