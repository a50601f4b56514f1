"""A runtime put together: what it shows, what it does when told, how it ends."""

from __future__ import annotations

import os

import anyio
import pytest

from calling import CALLER, DEADLINE, make_call, make_tool, ok, text_result
from micro.calls import Call, ToolResult
from micro.errors import MicroError, UnknownTool
from micro.events import EventBus, ProblemFound
from micro.gateway.rules import Rules
from micro.protocol.identity import Identity
from micro.runtime import VERSION, Runtime
from micro.snapshots import AuditRecord, HostView


class StandIn:
    """A backend that does what the test says."""

    def __init__(self, error: Exception | None = None, *, slow: bool = False) -> None:
        self.error, self.slow = error, slow
        self.reloaded: list[str] = []
        self.caught_up = 0

    @property
    def hosts(self) -> tuple[HostView, ...]:
        return ()

    async def run(self, ready: anyio.Event) -> None:
        if self.error is not None:
            raise self.error
        if not self.slow:
            ready.set()
        await anyio.sleep_forever()

    async def reload_service(self, service: str) -> None:
        self.reloaded.append(service)

    async def catch_up(self) -> None:
        self.caught_up += 1


def make_runtime(rules: Rules | None = None) -> tuple[Runtime, list[AuditRecord]]:
    records: list[AuditRecord] = []

    async def write(record: AuditRecord) -> bool:
        records.append(record)
        return True

    runtime = Runtime(
        Identity(name="demo"),
        project="/demo",
        bus=EventBus(),
        write_audit=write,
        host=HostView(pid=None, state="starting"),
        rules=rules,
    )
    runtime.registry.swap({"demo": [make_tool("ok", ok)]})
    return runtime, records


async def test_the_snapshot_says_who_and_what_runs():
    runtime, _ = make_runtime()
    runtime.bus.publish(ProblemFound(message="look"))
    await runtime.gateway.call("demo.ok", b"{}", caller=CALLER)
    snapshot = runtime.snapshot()
    assert (snapshot.project, snapshot.name, snapshot.version) == ("/demo", "demo", VERSION)
    assert snapshot.pid == os.getpid()
    assert [problem.message for problem in snapshot.problems] == ["look"]
    assert [view.outcome for view in snapshot.calls] == ["ok"]


async def test_a_rule_that_fits_no_tool_is_told_once_the_tools_are_there():
    runtime, _ = make_runtime(Rules(scopes={"demo.okk": ("admin",), "demo.*": ("a",)}))
    async with runtime.running(StandIn()):
        (problem,) = runtime.snapshot().problems
    assert "'demo.okk'" in problem.message


async def test_it_serves_once_the_backend_is_ready_and_steers_it():
    runtime, _ = make_runtime()
    backend = StandIn()
    with anyio.fail_after(DEADLINE):
        async with runtime.running(backend):
            await runtime.reload("demo")
            await runtime.gateway.list_tools(CALLER)
    assert (backend.reloaded, backend.caught_up) == (["demo"], 1)


async def test_it_serves_after_a_while_although_the_backend_is_not_ready():
    runtime, _ = make_runtime()
    with anyio.fail_after(DEADLINE):
        async with runtime.running(StandIn(slow=True), patience=0.01):
            assert (await runtime.gateway.call("demo.ok", b"{}", caller=CALLER)).text == "fine"


async def test_an_error_of_the_backend_comes_out_as_itself():
    runtime, _ = make_runtime()
    with pytest.raises(MicroError, match="no code") as caught:
        async with runtime.running(StandIn(MicroError("no code", mend="write some"))):
            raise AssertionError
    assert caught.value.mend == "write some"


async def test_an_error_of_who_holds_it_comes_out_as_itself():
    runtime, _ = make_runtime()
    with pytest.raises(KeyError):
        async with runtime.running(StandIn()):
            raise KeyError


async def test_a_call_that_a_tool_makes_is_in_its_trace_and_for_its_subject():
    runtime, records = make_runtime()
    parent = make_call(7, name="demo.front")
    result = await runtime.ask("demo.ok", b"{}", parent)
    assert result.trace_id == parent.trace_id
    (record,) = records
    assert (record.door, record.client, record.subject) == ("service", "demo.front", "ada")
    assert record.scopes_held == parent.caller.scopes


async def test_a_call_that_a_tool_makes_may_be_refused():
    runtime, records = make_runtime()
    with pytest.raises(UnknownTool):
        await runtime.ask("demo.nothing", b"{}", make_call())
    assert [record.outcome for record in records] == ["refused"]


async def test_the_control_door_gets_text_and_json():
    runtime, _ = make_runtime()
    called = await runtime.control_call("demo.ok", b"{}", CALLER)
    assert (called.text, called.structured) == ("fine", '{"answer":42}')

    async def bare(call: Call) -> ToolResult:
        return ToolResult()

    runtime.registry.swap({"demo": [make_tool("bare", bare)]})
    called = await runtime.control_call("demo.bare", b"{}", CALLER)
    assert (called.text, called.structured, called.is_error) == ("", "", False)


async def test_a_request_to_stop_is_a_value_that_others_wait_for():
    runtime, _ = make_runtime()
    assert not runtime.stopping.is_set()
    runtime.request_stop()
    with anyio.fail_after(DEADLINE):
        await runtime.stopping.wait()


def test_a_result_that_is_larger_than_the_settings_say_goes_out_by_its_beginning():
    runtime, _ = make_runtime(Rules(result_bytes=4_096))
    large = text_result("x" * 5_000)
    assert runtime.gateway.large.fit("demo.ok", large, CALLER) is not large
    small = text_result("x" * 3_000)
    assert runtime.gateway.large.fit("demo.ok", small, CALLER) is small
