"""Exactly one record of every call, whatever comes of it, before the answer leaves."""

from __future__ import annotations

import hashlib

import anyio
import pytest

from calling import CALLER, World, make_call, make_tool, ok, until
from micro.calls import AUDIT_KEY, Call, ToolResult
from micro.errors import Refused, Unaudited, UnknownTool
from micro.gateway.stages import audit as module
from micro.gateway.stages.audit import NOT_KEPT, Audit
from micro.redaction import Redactor
from micro.snapshots import AuditRecord
from patience import DEADLINE


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

    async def write(record: AuditRecord) -> bool:
        records.append(record)
        writing.set()
        await anyio.sleep_forever()
        return True

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Audit(write), make_call(), ok)
        await writing.wait()
        tasks.cancel_scope.cancel()
    assert [record.outcome for record in records] == ["ok"]


async def test_the_record_is_kept_before_the_answer_leaves():
    world, order = World(), list[str]()

    async def write(record: AuditRecord) -> bool:
        await anyio.lowlevel.checkpoint()
        order.append("kept")
        return True

    gateway = world.with_stages([Audit(write)])
    await gateway.call("demo.ok", b"{}", caller=CALLER)
    order.append("answered")
    assert order == ["kept", "answered"]


async def test_a_record_that_cannot_be_written_does_not_hold_up_a_cancelled_call(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(module, "WRITE_DEADLINE", 0.01)
    entered = anyio.Event()

    async def write(record: AuditRecord) -> bool:
        await anyio.sleep_forever()
        return True

    async def wait(call: object) -> ToolResult:
        entered.set()
        await anyio.sleep_forever()
        raise AssertionError

    with anyio.fail_after(DEADLINE):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(Audit(write), make_call(), wait)
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


class Broken:
    """A log that can be told not to work; ``records`` are those it kept."""

    def __init__(self) -> None:
        self.records: list[AuditRecord] = []
        self.works = False

    async def write(self, record: AuditRecord) -> bool:
        if self.works:
            self.records.append(record)
        return self.works


async def test_without_a_record_a_call_goes_on_and_says_so():
    world, log = World(), Broken()
    gateway = world.with_stages([Audit(log.write)])
    for _ in range(2):
        result = await gateway.call("demo.ok", b"{}", caller=CALLER)
        assert (result.text, result.meta[AUDIT_KEY]) == ("fine", NOT_KEPT)
    log.works = True
    assert AUDIT_KEY not in (await gateway.call("demo.ok", b"{}", caller=CALLER)).meta


async def test_where_the_log_comes_first_the_answer_is_withheld_and_the_next_call_is_not_run():
    world, log, runs = World(), Broken(), list[int]()

    async def run(call: Call) -> ToolResult:
        runs.append(call.id)
        return await ok(call)

    world.serve("counted", run)
    gateway = world.with_stages([Audit(log.write, on_failure="refuse")])
    first = await gateway.call("demo.counted", b"{}", caller=CALLER)
    assert first.fault is not None
    assert (first.fault.kind, first.fault.retryable) == ("audit_unavailable", False)
    assert first.structured is None
    for _ in range(2):
        with pytest.raises(Unaudited) as caught:
            await gateway.call("demo.counted", b"{}", caller=CALLER)
    assert caught.value.details["retry_after"] == 1.0
    assert runs == [1]
    log.works = True
    with pytest.raises(Unaudited):  # by its record it is seen that the log works again
        await gateway.call("demo.counted", b"{}", caller=CALLER)
    assert (await gateway.call("demo.counted", b"{}", caller=CALLER)).text == "fine"
    assert [record.reason for record in log.records] == ["audit_unavailable", ""]


async def test_a_refusal_stays_the_same_refusal_without_a_record():
    gateway = World().with_stages([Audit(Broken().write)])
    with pytest.raises(UnknownTool):
        await gateway.call("demo.nowhere", b"{}", caller=CALLER)


async def test_the_record_holds_values_without_secrets_where_that_is_asked_for():
    records: list[AuditRecord] = []

    async def write(record: AuditRecord) -> bool:
        records.append(record)
        return True

    gateway = World().with_stages([Audit(write, values=Redactor({}))])
    await gateway.call("demo.ok", b'{"password": "hunter2", "item": "tea"}', caller=CALLER)
    assert "hunter2" not in repr(records)
    assert '"item":"tea"' in records[0].arguments.replace(" ", "")
    assert "42" in records[0].result
