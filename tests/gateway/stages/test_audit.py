"""Exactly one record of every call, whatever comes of it, before the answer leaves."""

from __future__ import annotations

import hashlib

import anyio
import pytest

from calling import CALLER, World, make_call, make_tool, ok, until
from micro.calls import ToolResult
from micro.errors import Refused
from micro.gateway.stages import audit as module
from micro.gateway.stages.audit import audit
from micro.snapshots import AuditRecord


@pytest.mark.parametrize(
    ("tool", "outcome", "reason"),
    [
        ("demo.ok", "ok", ""),
        ("demo.fail", "error", "tool_error"),
        ("demo.break", "error", "RuntimeError"),
        ("demo.none", "refused", "unknown_tool"),
    ],
)
async def test_every_outcome_leaves_one_record(tool: str, outcome: str, reason: str):
    world = World()
    try:
        await world.call(tool)
    except Refused:
        assert outcome == "refused"
    (record,) = world.records
    assert (record.tool, record.outcome, record.reason) == (tool, outcome, reason)
    assert (record.subject, record.door, record.client) == ("ada", "memory", "tests")
    assert record.duration > 0


async def test_a_cancelled_call_leaves_one_record():
    world = World()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(world.call, "demo.hang")
        await until(world.bus, lambda: world.events)
        tasks.cancel_scope.cancel()
    assert [(record.tool, record.outcome) for record in world.records] == [
        ("demo.hang", "cancelled")
    ]


async def test_a_call_that_is_cancelled_while_its_record_is_written_leaves_one_record():
    records: list[AuditRecord] = []
    writing = anyio.Event()

    async def write(record: AuditRecord) -> None:
        records.append(record)
        writing.set()
        await anyio.sleep_forever()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(audit(write), make_call(), ok)
        await writing.wait()
        tasks.cancel_scope.cancel()
    assert [record.outcome for record in records] == ["ok"]


async def test_the_record_is_kept_before_the_answer_leaves():
    world, order = World(), list[str]()

    async def write(record: AuditRecord) -> None:
        await anyio.lowlevel.checkpoint()
        order.append("kept")

    gateway = world.with_stages([audit(write)])
    await gateway.call("demo.ok", b"{}", caller=CALLER)
    order.append("answered")
    assert order == ["kept", "answered"]


async def test_a_record_that_cannot_be_written_does_not_hold_up_a_cancelled_call(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(module, "WRITE_DEADLINE", 0.01)
    entered = anyio.Event()

    async def write(record: AuditRecord) -> None:
        await anyio.sleep_forever()

    async def wait(call: object) -> ToolResult:
        entered.set()
        await anyio.sleep_forever()
        raise AssertionError

    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(audit(write), make_call(), wait)
            await entered.wait()
            tasks.cancel_scope.cancel()


async def test_the_record_holds_digests_and_no_values():
    world = World()
    await world.call("demo.ok", b'{"password": "hunter2"}')
    (record,) = world.records
    assert record.arguments_digest == hashlib.sha256(b'{"password": "hunter2"}').hexdigest()
    assert record.result_digest == hashlib.sha256(b'{"answer":42}').hexdigest()
    assert "hunter2" not in repr(record)


async def test_the_record_says_which_scopes_were_needed_and_held():
    world = World()
    world.registry.swap({"demo": [make_tool("ok", ok, scopes=("a",))]})
    await world.call("demo.ok")
    (record,) = world.records
    assert (record.scopes_required, record.scopes_held) == (("a",), ("a", "b"))
    assert (record.service, record.generation) == ("demo", 3)
